"""Relabelling that gives Prometheus an address such as ``9100:9100`` or ``10.0.0.7:8080:9100``.

The rules of a job are run, one after the other, on labels as service discovery would set them; where the address stops
being ``host:port``, that rule is reported. Semantics: relabel.go of github.com/prometheus/prometheus (anchored RE2,
Go's ``Expand`` for the replacement).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Context,
    Document,
    Edit,
    EmbeddedDocument,
    FieldPath,
    Fix,
    NamedTuple,
    PatternError,
    Place,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    compile_pattern,
    embedded_documents,
    needs_words,
    regex,
)

_ADDRESS = "__address__"
_LISTS = ("relabel_configs", "relabelings", "relabelingConfigs")
_VALID = regex(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:;/\[\]]*)(?::\d+)?")
_REFERENCE = regex(r"\$(?:\$|\{(\w+)\}|(\w+))")
_NAMES = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
_PORT = "9100"
_SAFE_REGEX = r"([^:]+)(?::\d+)?;(\d+)"
_MOST_STEPS = 200


class Job(NamedTuple):
    """One list of relabel rules with the addresses that its targets begin with; ``path`` leads to the list."""

    rules: list[Any]
    path: FieldPath
    addresses: tuple[str, ...]
    is_any: bool


class Broken(NamedTuple):
    """The rule that spoiled the address: its position, the addresses before and after, and what went wrong."""

    position: int
    before: str
    after: str


@alone
@needs_words((*_LISTS, "data", "stringData"))
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every job whose addresses a rule spoils."""
    for host, data, prefix in _texts(resource):
        for job in _jobs(data, (), resource.kind):
            broken = _first_broken(job)
            if broken is not None:
                yield _problem(host, (*prefix, *job.path), job, broken)


def _texts(resource: Resource) -> Iterator[tuple[Document | EmbeddedDocument, Any, FieldPath]]:
    """Yield the object itself and the YAML documents in the strings of a ConfigMap or Secret."""
    if resource.kind not in ("ConfigMap", "Secret"):
        yield resource.document, resource.data, resource.prefix
        return
    for field in ("data", "stringData"):
        for key, text in as_dict(resource.get(field)).items():
            if (
                isinstance(text, str)
                and (_LISTS[0] in text or _ADDRESS in text)
                and not resource.may_be_patched(field, key)
            ):
                for document in embedded_documents(resource.document, (*resource.prefix, field, key)):
                    yield document, document.data, ()


def _jobs(data: Any, path: FieldPath, kind: str, depth: int = 0) -> Iterator[Job]:
    """Yield every list of relabel rules in ``data``, wherever it lies."""
    if depth > 12:
        return
    if isinstance(data, dict):
        for name in _LISTS:
            rules = data.get(name)
            if isinstance(rules, list) and len(rules) <= _MOST_STEPS:
                yield Job(rules, (*path, name), *_addresses(data, kind))
        for key, value in data.items():
            if key not in _LISTS and isinstance(key, str):
                yield from _jobs(value, (*path, key), kind, depth + 1)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _jobs(value, (*path, index), kind, depth + 1)


def _addresses(job: dict[str, Any], kind: str) -> tuple[tuple[str, ...], bool]:
    """Return the addresses that targets of a job begin with, and whether one spoiled address is enough.

    Kubernetes gives every declared port to the address; of other discoveries only the written targets are known.
    """
    if kind in ("ServiceMonitor", "PodMonitor") or job.get("kubernetes_sd_configs") or job.get("kubernetesSDConfigs"):
        return ("10.0.0.7:8080",), True
    static = as_list(job.get("static_configs")) or as_list(job.get("staticConfigs"))
    targets = [item for config in map(as_dict, static) for item in as_list(config.get("targets"))]
    written = [target for target in targets if isinstance(target, str) and "$" not in target and "{" not in target]
    if written and len(written) == len(targets) and not any(key.endswith("_sd_configs") for key in job):
        return tuple(written[:50]), True
    return ("10.0.0.7:8080", "node-1"), False


def _first_broken(job: Job) -> Broken | None:
    found = [_run(job.rules, address) for address in job.addresses]
    if not job.is_any and any(broken is None for broken in found):
        return None
    return next((broken for broken in found if broken is not None), None)


def _run(rules: list[Any], address: str) -> Broken | None:
    """Return the first rule after which the address of a target is none; None where it stays one."""
    labels = {_ADDRESS: address}
    for position, item in enumerate(rules):
        rule = {_NAMES.get(key, key): value for key, value in as_dict(item).items() if isinstance(key, str)}
        if str(rule.get("action") or "replace").lower() != "replace" or not isinstance(rule.get("target_label"), str):
            continue
        sources = [label for label in as_list(rule.get("source_labels")) if isinstance(label, str)]
        values = [labels.get(label) if label in labels else _sample(label) for label in sources]
        joined = _text(rule, "separator", ";").join("" if value is None else value for value in values)
        result = _replace(_text(rule, "regex", "(.*)"), _text(rule, "replacement", "$1"), joined)
        if result is None:
            continue
        before = labels[_ADDRESS]
        labels[rule["target_label"]] = result
        is_spoiled = rule["target_label"] == _ADDRESS and _is_valid(before) and not _is_valid(result)
        if is_spoiled and "{" not in str(rule.get("replacement")).replace("${", ""):
            return Broken(position, before, result)
    return None


def _replace(regex: str, replacement: str, text: str) -> str | None:
    """Return what a replace rule makes of ``text``; None where its regular expression does not match, or is none."""
    try:
        match = compile_pattern(f"^(?:{regex})$").search(text)
    except PatternError:
        return None
    if match is None:
        return None
    groups = dict(enumerate((match.group(), *match.groups())))

    def value(reference: re.Match[str]) -> str:
        name = reference.group(1) or reference.group(2)
        if name is None:
            return "$"
        if name.isdigit():
            return groups.get(int(name)) or ""
        return match.groupdict().get(name) or ""

    return _REFERENCE.sub(value, re.sub(r"\$\$(?=[\d{])", "$", replacement))


def _sample(label: str) -> str:
    """Return a value as service discovery would give it to ``label``."""
    name = label.lower()
    if name.endswith(("_port", "_port_number", "_ports")):
        return _PORT
    if name.endswith(("_ip", "_address_internalip", "_host_ip")):
        return "10.0.0.7"
    if "present" in name or name.endswith("_scrape"):
        return "true"
    return "name"


def _is_valid(address: str) -> bool:
    """Return whether Prometheus can connect to an address: a host that is no bare number, perhaps a port."""
    host = address.rpartition(":")[0] or address
    return _VALID.fullmatch(address) is not None and not host.isdigit()


def _text(rule: dict[str, Any], field: str, default: str) -> str:
    value = rule.get(field)
    return default if value is None else str(value)


def _problem(host: Document | EmbeddedDocument, path: FieldPath, job: Job, broken: Broken) -> Problem:
    rule = as_dict(job.rules[broken.position])
    route = (*path, broken.position)
    is_operator = "targetLabel" in rule
    sources = as_list(rule.get("sourceLabels" if is_operator else "source_labels"))
    parts = broken.after.split(":")
    if parts[0].isdigit():
        why = f"the host is lost, {' and '.join(map(str, sources))} holds only a port"
    elif len(parts) > 2:
        why = "the address had a port already, and its group takes that along"
    else:
        why = "that is not host:port"
    field = "replacement" if "replacement" in rule else "regex" if "regex" in rule else "target_label"
    place = Place(host, (*route, field))
    source = "sourceLabels" if is_operator else "source_labels"
    culprit, blame = (source, "only a port") if parts[0].isdigit() else ("regex", "takes the port along")
    related = (RelatedPlace(Place(host, (*route, culprit)), blame),) if culprit in rule and culprit != field else ()
    message = f"this rule turns the target {broken.before} into {broken.after}: {why}"
    return Problem(message, place, f"gives {broken.after}", related, _fix(host, route, rule, sources, is_operator))


def _fix(
    host: Document | EmbeddedDocument, route: FieldPath, rule: dict[str, Any], sources: list[Any], is_operator: bool
) -> Fix | None:
    """Return the usual rule in place of this one, where it is an address and a port, or a port alone, of a pod."""
    if len(sources) == 2 and sources[0] == _ADDRESS and "separator" not in rule:
        edits: list[tuple[str, Any]] = [("regex", _SAFE_REGEX), ("replacement", "$1:$2")]
    elif len(sources) == 1 and str(sources[0]).startswith("__meta_kubernetes_pod_"):
        labels = ["__meta_kubernetes_pod_ip", sources[0]]
        edits = [("sourceLabels" if is_operator else "source_labels", labels)]
        edits.extend([("regex", "(.+);(.+)"), ("replacement", "$1:$2")])
    else:
        return None
    changes = tuple(
        Edit("set", Place(host, (*route, field)), value) for field, value in edits if rule.get(field) != value
    )
    return Fix("take the host from one label and the port from the other", changes, "unsafe")

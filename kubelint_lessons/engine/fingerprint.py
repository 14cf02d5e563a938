"""A name for a finding that survives moved lines, moved files, and findings that come and go elsewhere.

A fingerprint is 16 hexadecimal digits, the *base*: a hash of the rule, of what names the object, of the route to the
field, and of the value there. What names an object are group, kind, namespace and name as they are written; where there
is no name, and for findings on lines of text, the file does. Several findings may well have one base: one Deployment in
three overlays, one mistake twice in a list whose items have no names. The second of them in order of place is called
``<base>.2``, so that all differ. Who compares two runs compares bases and counts them (engine.matching).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.embedded import EmbeddedDocument
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.location import FieldPath, Location, Place

try:
    from _sha2 import (
        sha256,
    )  # what hashlib wraps; hashlib itself loads OpenSSL, which takes longer than most runs judge
except ImportError:
    try:
        from _sha256 import sha256  # its name in Python 3.11
    except ImportError:  # pragma: no cover - an interpreter that hides both
        from hashlib import sha256

_KEYS = ("name", "key", "containerPort", "port", "mountPath", "devicePath", "host", "path", "topologyKey", "ip", "kind")
"""What tells the items of a list apart, most telling first: the merge keys of the API of Kubernetes, and some more."""


def fingerprint(
    rule: Rule, place: Place | Location, resource: Resource | None, file: str, line: str, hide: Callable[[str], str]
) -> str:
    """Return the base of a finding's fingerprint.

    ``file`` is the path inside the project of the file that holds the object, or the line where there is none. ``line``
    is that line of text, secrets masked, asked only of a place that is a Location. ``hide`` masks the secrets in a
    value: a hash of one would let people guess it.
    """
    name = rule.aliases[0] if rule.aliases else rule.id  # the oldest name, so that a renamed rule says the same
    parts = [name, *_identity(resource, file)]
    if isinstance(place, Location):
        parts += ["line", " ".join(line.split())]
    else:
        document = place.document
        is_own = resource is not None and document is resource.document
        prefix = resource.prefix if resource is not None and is_own else ()
        parts += ["field" if is_own else "elsewhere", stable_route(document, place.path, prefix)]
        parts.append(hide(_normal(_value(document, place.path), place.path)))
    return str(sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest())[:16]


def base_of(fingerprint: str) -> str:
    """Return the part of a fingerprint that equal findings have in common."""
    return fingerprint.partition(".")[0]


def nth_of(base: str, number: int) -> str:
    """Return the fingerprint of the ``number``-th finding, from 1, of those with one base."""
    return base if number == 1 else f"{base}.{number}"


def distinct(findings: Iterable[Finding], inside: Callable[[str], str]) -> list[Finding]:
    """Return findings with equal bases numbered in order of place, in the order in which they came.

    ``inside`` makes of the path of a file as shown that inside the project: names do not depend on where one stands.
    """
    listed = list(findings)
    order = sorted(range(len(listed)), key=lambda index: _order(listed[index], inside))
    times: dict[str, int] = {}
    for index in order:
        base = base_of(listed[index].fingerprint)
        times[base] = times.get(base, 0) + 1
        name = nth_of(base, times[base])
        if name != listed[index].fingerprint:
            listed[index] = listed[index]._replace(fingerprint=name)
    return listed


def distinct_across(groups: Iterable[Sequence[Finding]]) -> list[Finding]:
    """Return the findings of several projects in one list; numbers of equal bases go on from one to the next."""
    found: list[Finding] = []
    highest: dict[str, int] = {}
    for group in groups:
        before = dict(highest)
        for finding in group:
            base, _, number = finding.fingerprint.partition(".")
            wanted = int(number or 1) + before.get(base, 0)
            highest[base] = max(highest.get(base, 0), wanted)
            name = nth_of(base, wanted)
            found.append(finding if name == finding.fingerprint else finding._replace(fingerprint=name))
    return found


def stable_route(document: Any, path: FieldPath, prefix: FieldPath = ()) -> str:
    """Return a route without numbers, from ``prefix`` on: ``spec.containers.[web].image``, ``spec.rules.[].http``.

    List items are called by what names them, as they keep that wherever they stand. An item of a ``List`` is an object
    of its own, ``prefix`` is where it lies.
    """
    parts: list[str] = []
    if isinstance(document, EmbeddedDocument):
        parts.append(stable_route(document.host, document.path, prefix) + ":")
        prefix = ()
    value: Any = document.data if isinstance(document, Document | EmbeddedDocument) else None
    start = len(prefix) if path[: len(prefix)] == prefix else 0
    for index, step in enumerate(path):
        value = _child(value, step)
        if index >= start:
            parts.append(f"[{_item_name(value)}]" if isinstance(step, int) else step)
    return ".".join(parts)


def _order(finding: Finding, inside: Callable[[str], str]) -> tuple[str, int, int, str, str]:
    location = finding.location
    return inside(location.path), location.line, location.column, finding.message, finding.field


def _identity(resource: Resource | None, file: str) -> tuple[str, ...]:
    if resource is None:
        return "file", file
    what = (resource.group, resource.kind)
    if resource.original_name:
        return "object", *what, resource.original_namespace or "", resource.original_name
    generated = resource.get("metadata", "generateName")
    return "unnamed", *what, generated if isinstance(generated, str) else "", file


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return None


def _item_name(item: Any) -> str:
    """Return what names a list item: ``web``, ``containerPort=80``; nothing for a scalar, whose value counts anyway."""
    if isinstance(item, dict):
        for key in _KEYS:
            found = item.get(key)
            if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
                return str(found) if key == "name" else f"{key}={found}"
    return ""


def _value(document: Any, path: FieldPath) -> Any:
    value: Any = document.data if isinstance(document, Document | EmbeddedDocument) else None
    for step in path:
        value = _child(value, step)
    return value


def _normal(value: Any, path: FieldPath) -> str:
    """Return what counts of a value: nothing of maps, lists and texts, which change for many reasons.

    Of an image, the version does not count: what is wrong with an image is not new with every release.
    """
    if isinstance(value, dict | list) or value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    if "\n" in value.strip():
        return "text"
    if path and path[-1] == "image":
        head, slash, last = value.partition("@")[0].rpartition("/")
        value = f"{head}{slash}{last.partition(':')[0]}"
    return " ".join(value.split())

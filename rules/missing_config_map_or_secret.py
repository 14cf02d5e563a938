"""Pods that need a ConfigMap or a Secret which is not there.

What is missing from the manifests may be made by hand or by an installer, Secrets more often than not. It is certain
only where the object that was meant is there: in another namespace, or under nearly the same name and needed by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from kubelint_lessons.plugin import (
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    grouped,
    needs_words,
    regex,
)

_NAME = regex(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_COPIED = regex(r"reflect|replicat|kubed|config-syncer|sync|mirror|copy|clone|propagat", re.IGNORECASE)
"""Words in the annotations and labels of objects that some controller copies into other namespaces."""
_WORDS = (
    *("azureFile", "configMap", "configMapKeyRef", "configMapRef"),
    *("nodePublishSecretRef", "secret", "secretKeyRef", "secretRef"),
)
"""The keys under which a pod names a ConfigMap or a Secret that it needs; to pull images it may do without."""
_WORD = regex(r"[\w.-]+")
_DIGITS = regex(r"\d+")
_MOST_NAMED = 3


class Known(NamedTuple):
    """The objects of one kind: by name, and by namespace and name."""

    by_name: dict[str, list[Resource]]
    by_namespace: dict[str | None, dict[str, Resource]]


class Missing(NamedTuple):
    """A name that leads nowhere, and where it stands."""

    path: FieldPath
    kind: str
    name: str


@needs_words(_WORDS)
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each missing object that was meant for another one, and one for all others of a kind."""
    relations = context.relations
    unknown: dict[str, list[Missing]] = {}
    for reference in _missing(workload, relations):
        place = workload.place(*reference.path)
        known = context.once(reference.kind, partial(_known, reference.kind, relations))
        elsewhere = [item for item in known.by_name.get(reference.name, ()) if not _is_copied(item)]
        here = known.by_namespace.get(workload.namespace, {})
        meant = _meant(reference.name, here, relations) if not elsewhere else None
        if elsewhere:
            found = elsewhere[0]
            related = (RelatedPlace(found.place("metadata", "name"), "not in the namespace of the pods"),)
            message = f'{workload.id} needs {reference.kind} "{reference.name}", which is in {found.namespace}'
            yield Problem(message, place, f"not in {workload.namespace or 'the same namespace'}", related)
        elif meant is not None:
            message = f'{workload.id} needs {reference.kind} "{reference.name}", which is not there'
            related = (RelatedPlace(meant.place("metadata", "name"), "the closest name, which nobody uses"),)
            fix = Fix(f"use {meant.original_name}", (Edit("set", place, meant.original_name),), "unsafe")
            yield Problem(message, place, f"no such {reference.kind}", related, fix)
        elif reference.name not in context.once("made", lambda: _made_at_run_time(relations)):
            unknown.setdefault(reference.kind, []).append(reference)
    for kind, references in unknown.items():
        names = ", ".join(f'"{reference.name}"' for reference in references[:_MOST_NAMED])
        more = f" and {len(references) - _MOST_NAMED} more" if len(references) > _MOST_NAMED else ""
        others = [RelatedPlace(workload.place(*item.path), "this one, too") for item in references[1:_MOST_NAMED]]
        yield Problem(
            f"{workload.id} needs {kind} {names}{more}, which no manifest here defines",
            workload.place(*references[0].path),
            "must exist before the pods",
            tuple(others),
            at_most="info",
        )


def _missing(workload: Resource, relations: Relations) -> Iterator[Missing]:
    """Yield the first reference to each object that is missing for certain and may not be."""
    seen: set[tuple[str, str]] = set()
    for reference in relations.references(workload, "ConfigMap", "Secret") if not workload.is_patch else ():
        identity = (reference.kind, reference.name)
        if reference.state != "absent" or reference.is_optional or identity in seen:
            continue
        is_pull_secret = "imagePullSecrets" in reference.path
        if not is_pull_secret and _NAME.fullmatch(reference.name) and not workload.may_be_patched(*reference.path):
            seen.add(identity)
            yield Missing(reference.path, reference.kind, reference.name)


def _known(kind: str, relations: Relations) -> Known:
    items = relations.of_kind(kind)
    by_namespace: dict[str | None, dict[str, Resource]] = {}
    for item in items:
        by_namespace.setdefault(item.namespace, {})[item.name] = item
    return Known(grouped(items, lambda item: item.name), by_namespace)


def _made_at_run_time(relations: Relations) -> set[str]:
    """Return the words of which a Role speaks, or a command: a program of these manifests makes what is called so."""
    words: set[str] = set()
    for role in relations.of_kind("Role", "ClusterRole"):
        for rule in as_list(role.get("rules")):
            words.update(item for item in as_list(as_dict(rule).get("resourceNames")) if isinstance(item, str))
    for workload in relations.workloads():
        for container in workload.pod_template.containers if workload.pod_template is not None else ():
            for item in (*as_list(container.data.get("command")), *as_list(container.data.get("args"))):
                if isinstance(item, str):
                    words.update(_WORD.findall(item))
    return words


def _meant(name: str, here: dict[str, Resource], relations: Relations) -> Resource | None:
    """Return the object with nearly this name that no manifest uses; other digits make another object."""
    from difflib import get_close_matches

    close = [
        item for item in get_close_matches(name, list(here), 3, 0.85) if _DIGITS.findall(item) == _DIGITS.findall(name)
    ]
    unused = [here[item] for item in close if not relations.related(here[item], "referencedBy").items]
    return unused[0] if len(unused) == 1 and not relations.is_ambiguous(unused[0]) else None


def _is_copied(resource: Resource) -> bool:
    return any(_COPIED.search(key) for key in (*resource.annotations, *resource.labels))

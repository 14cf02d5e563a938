"""Which object of the bad side is which of the fixed side, and what changed in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from kubelint_lessons.authoring.drafts.compare import Change, compare
from kubelint_lessons.authoring.drafts.sides import SideFile, is_binary
from kubelint_lessons.engine.collect import is_checked
from kubelint_lessons.engine.reading import is_manifest_name
from kubelint_lessons.manifests.classify import Hint
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.records import NamedTuple


class SideResource(NamedTuple):
    """An object of one side, and the key of the file that it stands in."""

    key: str
    resource: Resource


class ResourcePair(NamedTuple):
    """One object on both sides. ``bad`` is None for an object that the repair added, ``fixed`` for one it removed."""

    bad: Resource | None
    fixed: Resource | None
    changes: tuple[Change, ...]


class ReadSide(NamedTuple):
    """What one side holds: its objects, and the files that are something else (or that do not parse)."""

    resources: tuple[SideResource, ...]
    texts: tuple[SideFile, ...]
    broken: tuple[str, ...]


def read_files(files: Iterable[SideFile]) -> ReadSide:
    """Return the Kubernetes objects in ``files``, and the files without any."""
    resources: list[SideResource] = []
    texts: list[SideFile] = []
    broken: list[str] = []
    for file in files:
        documents: tuple[Document, ...] = ()
        if is_manifest_name(file.path) and not is_binary(file.data):
            hint: Hint = "chart-template" if "/templates/" in f"/{file.path}" and b"{{" in file.data else ""
            documents = documents_of(read_source(file.path, file.data), hint)
        checked = [document for document in documents if is_checked(document)]
        resources += [SideResource(file.key, resource) for document in checked for resource in document.resources]
        if any(document.document_class == "broken" for document in documents):
            broken.append(file.path)
        if not checked:
            texts.append(file)
    return ReadSide(tuple(resources), tuple(texts), tuple(broken))


def pair_resources(bad: Iterable[SideResource], fixed: Iterable[SideResource]) -> tuple[ResourcePair, ...]:
    """Return the objects that differ, in the order of the bad side, then those that only the fixed side has.

    An object is looked for under its full identity first, in the same file before others; then with another group,
    namespace, name or kind, as long as only one object can be meant.
    """
    olds, news = list(bad), list(fixed)
    pairs: list[tuple[SideResource, SideResource]] = []
    for identity in _IDENTITIES:
        by_identity: dict[Hashable, list[SideResource]] = {}
        for new in news:
            by_identity.setdefault(identity(new), []).append(new)
        counts: dict[Hashable, int] = {}
        for old in olds:
            counts[identity(old)] = counts.get(identity(old), 0) + 1
        for old in tuple(olds):
            found = by_identity.get(identity(old), [])
            if len(found) == 1 and counts[identity(old)] == 1:
                pairs.append((old, found[0]))
                olds.remove(old)
                news.remove(found[0])
                by_identity[identity(old)] = []
    order = {id(old): index for index, old in enumerate(bad)} if isinstance(bad, (tuple, list)) else {}
    pairs.sort(key=lambda pair: order.get(id(pair[0]), 0))
    result = [
        ResourcePair(old.resource, new.resource, compare(old.resource.data, new.resource.data)) for old, new in pairs
    ]
    result = [pair for pair in result if pair.changes]
    result += [ResourcePair(old.resource, None, ()) for old in olds]
    result += [ResourcePair(None, new.resource, ()) for new in news]
    return tuple(result)


def _full(item: SideResource) -> Hashable:
    return item.key, item.resource.id


def _anywhere(item: SideResource) -> Hashable:
    return item.resource.id


def _other_group(item: SideResource) -> Hashable:
    resource = item.resource
    return item.key, resource.kind, resource.namespace, resource.name


def _other_namespace(item: SideResource) -> Hashable:
    return item.key, item.resource.group, item.resource.kind, item.resource.name


def _other_name(item: SideResource) -> Hashable:
    return item.key, item.resource.group, item.resource.kind


def _other_kind(item: SideResource) -> Hashable:
    return item.key, item.resource.namespace, item.resource.name


_IDENTITIES: tuple[Callable[[SideResource], Hashable], ...] = (
    _full,
    _anywhere,
    _other_group,
    _other_namespace,
    _other_name,
    _other_kind,
)

"""Where an edit is to be made: a file, a document in it, a route; and on into documents inside strings."""

from __future__ import annotations

from kubelint_lessons.fixes.texts import RefusedError
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.embedded import EmbeddedDocument
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.location import FieldPath, Locatable, Place
from kubelint_lessons.model.records import NamedTuple

_INNER = "\0document "


class Hop(NamedTuple):
    """A route inside one document, the ``document``-th of its text."""

    document: int
    path: FieldPath


class Target(NamedTuple):
    """A place in a file. All hops but the last lead to a string that holds further documents."""

    file: str
    hops: tuple[Hop, ...]

    @property
    def route(self) -> FieldPath:
        """Return the hops as one route, in which places inside others begin with the route of those."""
        route: FieldPath = (self.hops[0].document, *self.hops[0].path)
        for hop in self.hops[1:]:
            route = (*route, f"{_INNER}{hop.document}", *hop.path)
        return route

    def moved(self, route: FieldPath) -> Target:
        """Return the target that has ``route`` in the same file."""
        hops: list[Hop] = []
        index, path = int(route[0]), list[str | int]()
        for step in route[1:]:
            if isinstance(step, str) and step.startswith(_INNER):
                hops.append(Hop(index, tuple(path)))
                index, path = int(step.removeprefix(_INNER)), []
            else:
                path.append(step)
        return Target(self.file, (*hops, Hop(index, tuple(path))))


def resolve(place: Place) -> tuple[Target, str]:
    """Return where a place is, and the text of its file as it was read. Raises RefusedError."""
    hops: list[Hop] = []
    document: Locatable = place.document
    path = place.path
    while isinstance(document, EmbeddedDocument):
        hops.append(Hop(_index_of(document), path))
        path = document.path
        document = document.host
    if not isinstance(document, Document):
        raise RefusedError("its place is in no manifest")
    hops.append(Hop(document.index, path))
    return Target(document.source.path, tuple(reversed(hops))), document.source.text


def _index_of(embedded: EmbeddedDocument) -> int:
    """Return which document of its string this is."""
    value = embedded.host.data
    for step in embedded.path:
        value = value[step]
    same = [inner.index for inner in documents_of(Source("", value)) if inner.text == embedded.text]
    if len(same) != 1:
        raise RefusedError("the string holds the same document twice")
    return same[0]

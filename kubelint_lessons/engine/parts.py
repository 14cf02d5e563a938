"""What judging some of the objects of a run gave, and the way of that from one process to another as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from kubelint_lessons.engine.excerpts import Lines
from kubelint_lessons.engine.plainfinding import finding_from_plain, finding_to_plain
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.engine.timing import Spent, add_to
from kubelint_lessons.manifests.documents import Document
from kubelint_lessons.manifests.embedded import EmbeddedDocument, embedded_documents
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Edit
from kubelint_lessons.model.location import Location, Place
from kubelint_lessons.model.records import NamedTuple


class Key(NamedTuple):
    """What makes two problems one: a document may be looked at in several scopes."""

    rule: str
    place: Place | Location
    message: str


class Part:
    """Findings in the order in which they were found, errors, and how often what could not be evaluated and why.

    ``changed`` are errors of files that turned out to have changed, ``lines`` what the findings point at, ``spent`` is
    the time that rules took by id.
    """

    __slots__ = ("changed", "errors", "findings", "lines", "not_evaluated", "spent")

    def __init__(self) -> None:
        self.findings: dict[Key, Finding] = {}
        self.errors: list[RunError] = []
        self.changed: list[RunError] = []
        self.lines: Lines = {}
        self.not_evaluated: Counter[tuple[str, str]] = Counter()
        self.spent: dict[str, Spent] = {}

    def add(self, later: Part) -> None:
        """Add what was found after all in here; a problem found twice, and a check that does not load, count once."""
        for key, finding in later.findings.items():
            self.findings.setdefault(key, finding)
        self.errors += [error for error in later.errors if error.kind == "bug" or error not in self.errors]
        self.lines.update(later.lines)
        self.not_evaluated.update(later.not_evaluated)
        for rule, spent in later.spent.items():
            add_to(self.spent, rule, spent.seconds, spent.calls)


class Packer:
    """Makes plain values of parts and parts of plain values; ``documents`` are the same in both processes."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._numbers: dict[int, int] = {}

    def pack(self, part: Part) -> Any:
        """Return values that ``marshal`` takes; raises ValueError or TypeError for what cannot be sent."""
        inner: dict[int, EmbeddedDocument] = {}
        findings = [
            (self._pack_key(key, inner), self._pack_finding(finding, inner)) for key, finding in part.findings.items()
        ]
        return (
            findings,
            [self._pack_inner(document) for document in inner.values()],
            [tuple(error) for error in part.errors],
            [tuple(error) for error in part.changed],
            part.lines,
            dict(part.not_evaluated),
            {rule: (spent.calls, spent.seconds) for rule, spent in part.spent.items()},
        )

    def unpack(self, plain: Any) -> Part:
        """Return the part that ``pack`` was given."""
        findings, packed, errors, changed, lines, not_evaluated, spent = plain
        inner = [self._unpack_inner(document) for document in packed]
        part = Part()
        for (rule, place, message), finding in findings:
            key = Key(rule, self._unpack_place(place, inner), message)
            part.findings[key] = finding_from_plain(finding, partial(self._unpack_edits, inner=inner))
        part.errors += [RunError(*error) for error in errors]
        part.changed += [RunError(*error) for error in changed]
        part.lines.update(lines)
        part.not_evaluated.update(not_evaluated)
        part.spent.update((rule, Spent(*entry)) for rule, entry in spent.items())
        return part

    def _pack_key(self, key: Key, inner: dict[int, EmbeddedDocument]) -> Any:
        return key.rule, self._pack_place(key.place, inner), key.message

    def _pack_finding(self, finding: Finding, inner: dict[int, EmbeddedDocument]) -> Any:
        edits = finding.fix.edits if finding.fix is not None else ()
        packed = tuple((edit.operation, self._pack_place(edit.place, inner), edit.value, edit.old) for edit in edits)
        return finding_to_plain(finding, packed)

    def _unpack_edits(self, plain: Any, inner: Sequence[EmbeddedDocument]) -> tuple[Edit, ...]:
        made = []
        for operation, packed, value, old in plain:
            place = self._unpack_place(packed, inner)
            assert isinstance(place, Place)
            made.append(Edit(operation, place, value, old))
        return tuple(made)

    def _pack_place(self, place: Place | Location, inner: dict[int, EmbeddedDocument]) -> Any:
        """Return a place with a number for its document: from 0 on for those of files, below for those inside."""
        if isinstance(place, Location):
            return tuple(place)
        document = place.document
        if isinstance(document, EmbeddedDocument):
            inner.setdefault(id(document), document)
            number = -1 - list(inner).index(id(document))
        else:
            number = self._number(document)
        return number, tuple(place.path), place.spot

    def _unpack_place(self, plain: Any, inner: Sequence[EmbeddedDocument]) -> Place | Location:
        if len(plain) == len(Location._fields):
            return Location(*plain)
        number, path, spot = plain
        return Place(self._documents[number] if number >= 0 else inner[-1 - number], path, spot)

    def _pack_inner(self, document: EmbeddedDocument) -> Any:
        steps: list[tuple[Any, int]] = []
        current: Document | EmbeddedDocument = document
        while isinstance(current, EmbeddedDocument):
            steps.append((tuple(current.path), current.index))
            current = current.host
        return self._number(current), steps[::-1]

    def _unpack_inner(self, plain: Any) -> EmbeddedDocument:
        number, steps = plain
        current: Document | EmbeddedDocument = self._documents[number]
        for path, index in steps:
            current = next(found for found in embedded_documents(current, path) if found.index == index)
        assert isinstance(current, EmbeddedDocument)
        return current

    def _number(self, document: object) -> int:
        if not self._numbers:
            self._numbers.update((id(known), number) for number, known in enumerate(self._documents))
        try:
            return self._numbers[id(document)]
        except KeyError:
            raise ValueError("a document that is in no file of the project") from None


def joined(parts: Iterable[Part], errors: list[RunError]) -> Part:
    """Return parts as one, in their order; adds to ``errors`` what files have changed."""
    whole = Part()
    for part in parts:
        whole.add(part)
        errors += [error for error in part.changed if error not in errors]
    return whole

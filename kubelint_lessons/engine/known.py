"""Findings that were known before: which of those found now they are, so that only the others are reported.

What two runs have in common is the base of a fingerprint (engine.fingerprint). Where several findings have one base,
they are counted: each known finding stands for one found now, of its own file if there is one, else for one that may
have moved here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kubelint_lessons.model.finding import Finding, ResourceId
from kubelint_lessons.model.records import NamedTuple


class Known(NamedTuple):
    """One finding as others remember it. ``file`` is its path inside the project; only ``fingerprint`` decides."""

    fingerprint: str
    rule: str
    file: str
    object: str
    message: str


class BaselineUse(NamedTuple):
    """What a baseline did; ``path`` as shown.

    ``hidden`` are findings as they were found now. ``stale`` are the entries whose finding is gone, ``waiting`` those
    of which this run cannot tell, as their rules or files were left out.
    """

    path: str
    hidden: tuple[Known, ...]
    stale: tuple[Known, ...]
    waiting: tuple[Known, ...]


class Compared(NamedTuple):
    """What a comparison with an earlier state gave; ``label`` is that state as it was asked for.

    ``existing`` are the findings of both, hidden; ``taught`` of them are due to rules that the earlier state did not
    have, by rule. ``fixed`` is None where not everything was looked at, so that nobody can tell.
    """

    label: str
    new: int
    existing: int
    fixed: tuple[Known, ...] | None
    taught: tuple[tuple[str, int], ...] = ()


def merge_compared(parts: Iterable[Compared | None]) -> Compared | None:
    """Return one comparison for several projects; None where none was compared."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    taught: dict[str, int] = {}
    for part in there:
        for rule, number in part.taught:
            taught[rule] = taught.get(rule, 0) + number
    fixed: tuple[Known, ...] | None = ()
    for part in there:
        fixed = None if fixed is None or part.fixed is None else (*fixed, *part.fixed)
    return Compared(
        there[0].label,
        sum(part.new for part in there),
        sum(part.existing for part in there),
        fixed,
        tuple(sorted(taught.items())),
    )


def known_of(findings: Iterable[Finding], inside: Mapping[str, str]) -> list[Known]:
    """Return findings as they are remembered; ``inside`` maps paths as shown to paths inside the project."""
    return [
        Known(
            finding.fingerprint,
            finding.rule,
            inside.get(finding.location.path, finding.location.path),
            _object(finding.resource),
            finding.message,
        )
        for finding in findings
    ]


def pair(known: Sequence[Known], found: Sequence[Known], may_move: Callable[[str], bool]) -> dict[int, int]:
    """Return which of ``found`` (by index) is which of ``known``; none is used twice.

    Those in the same file come first, with the same message before others. What is left may have moved from a file to
    another if ``may_move`` says so of the first: its findings would be in ``found`` if they were still there. A file of
    the same name in another directory is more likely the one.
    """
    from kubelint_lessons.engine.fingerprint import base_of  # takes long to import, and few runs pair anything

    free: dict[str, list[int]] = {}
    for index, item in enumerate(known):
        free.setdefault(base_of(item.fingerprint), []).append(index)
    groups: dict[str, list[int]] = {}
    for index, item in enumerate(found):
        if base_of(item.fingerprint) in free:
            groups.setdefault(base_of(item.fingerprint), []).append(index)
    pairs: dict[int, int] = {}
    for base, members in groups.items():
        left = free[base]
        for is_same in (_same_place_and_words, _same_place, _same_name_and_words, _same_words, _anything):
            waiting, members = members, []
            for index in waiting:
                partner = next(
                    (
                        other
                        for other in left
                        if is_same(known[other], found[index])
                        and (known[other].file == found[index].file or may_move(known[other].file))
                    ),
                    None,
                )
                if partner is None:
                    members.append(index)
                else:
                    left.remove(partner)
                    pairs[index] = partner
    return pairs


def _same_place_and_words(known: Known, found: Known) -> bool:
    return known.file == found.file and known.message == found.message


def _same_place(known: Known, found: Known) -> bool:
    return known.file == found.file


def _same_name_and_words(known: Known, found: Known) -> bool:
    names = known.file.rpartition("/")[2], found.file.rpartition("/")[2]
    return names[0] == names[1] and known.message == found.message


def _same_words(known: Known, found: Known) -> bool:
    return known.message == found.message


def _anything(known: Known, found: Known) -> bool:
    return True


def _object(resource: ResourceId | None) -> str:
    """Return what names an object for people: ``Deployment prod/web``; empty where there is none."""
    if resource is None:
        return ""
    name = f"{resource.namespace}/{resource.name}" if resource.namespace else resource.name
    return f"{resource.kind} {name}".strip()

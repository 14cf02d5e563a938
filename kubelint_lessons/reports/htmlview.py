"""What the HTML page shows, made from a result: groups of findings, code frames in pieces, and links."""

from __future__ import annotations

from kubelint_lessons.engine.result import Reported, Result
from kubelint_lessons.model.finding import SEVERITIES, Finding
from kubelint_lessons.model.location import Location
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.checkout import file_url, lesson_url
from kubelint_lessons.reports.frame import clip
from kubelint_lessons.reports.groups import Group, by_rule, worst
from kubelint_lessons.reports.lessonwords import is_link
from kubelint_lessons.reports.sanitize import clean_path, clean_source_line, display_width
from kubelint_lessons.reports.wrap import plural

MOST_OPEN = 300
"""With more findings than this, the page starts with its lessons closed, so that it can be surveyed."""


class Frame(NamedTuple):
    """One place: the line in three pieces, harmless and with columns kept; ``pad`` is as wide as ``before``."""

    place: str
    url: str
    label: str
    has_code: bool
    number: int
    before: str
    marked: str
    after: str
    pad: str


class Item(NamedTuple):
    """One finding; ``files`` are indexes into the page's files, of every place that it shows."""

    anchor: str
    finding: Finding
    resource: str
    fix: str
    primary: Frame
    related: tuple[Frame, ...]
    files: str


class Source(NamedTuple):
    """What a lesson rests on; ``url`` is empty where it is no link of http or https."""

    text: str
    url: str


class Section(NamedTuple):
    """The findings of one rule, below the words of its lesson."""

    anchor: str
    rule: str
    severity: str
    items: tuple[Item, ...]
    reported: Reported | None
    seen: str
    place: str
    url: str
    also: str
    sources: tuple[Source, ...]


class View(NamedTuple):
    """The page: ``tallies`` counts each severity, ``files`` names every file that a finding shows."""

    sections: tuple[Section, ...]
    tallies: tuple[tuple[str, int], ...]
    files: tuple[str, ...]
    unchecked: tuple[tuple[str, str], ...]
    is_open: bool


def view_of(result: Result, blob: str) -> View:
    """Return what the page shows; ``blob`` is what ``checkout.blob_url`` returns."""
    paths = sorted({place.path for finding in result.findings for place in _places(finding)})
    files = {path: index for index, path in enumerate(paths)}
    anchors: dict[str, int] = {}
    sections = tuple(
        _section(result, group, blob, files, anchors, number)
        for number, group in enumerate(by_rule(result.findings), 1)
    )
    severities = [finding.severity for finding in result.findings]
    return View(
        sections=sections,
        tallies=tuple((severity, severities.count(severity)) for severity in SEVERITIES),
        files=tuple(clean_path(path) for path in paths),
        unchecked=tuple((status.path, status.state) for status in result.files if status.state != "checked"),
        is_open=len(result.findings) <= MOST_OPEN,
    )


def _places(finding: Finding) -> tuple[Location, ...]:
    return (finding.location, *(related.location for related in finding.related))


def _section(
    result: Result, group: Group, blob: str, files: dict[str, int], anchors: dict[str, int], number: int
) -> Section:
    reported = result.lessons.get(group[0].lesson)
    words = reported.words if reported is not None else None
    also = reported.see_also if reported is not None else ()
    return Section(
        anchor=f"lesson-{number}",
        rule=group[0].rule,
        severity=worst(group),
        items=tuple(_item(result, finding, blob, files, anchors) for finding in group),
        reported=reported,
        seen=("seen once" if len(words.seen) == 1 else f"seen {len(words.seen)} times") if words and words.seen else "",
        place=f"{clean_path(words.path)}:{words.line}" if words and words.path else "",
        url=lesson_url(reported, blob),
        also=", ".join(f"{clean_path(other.path)}:{other.line}" for other in also),
        sources=tuple(Source(source, source if is_link(source) else "") for source in (words.sources if words else ())),
    )


def _item(result: Result, finding: Finding, blob: str, files: dict[str, int], anchors: dict[str, int]) -> Item:
    anchors[finding.fingerprint] = times = anchors.get(finding.fingerprint, 0) + 1
    resource = finding.resource
    return Item(
        anchor=f"finding-{finding.fingerprint}" + (f"-{times}" if times > 1 else ""),
        finding=finding,
        resource="" if resource is None else "/".join(filter(None, (resource.kind, resource.namespace, resource.name))),
        fix="" if finding.fix is None else finding.fix.title,
        primary=_frame(result, finding.location, finding.label, blob),
        related=tuple(_frame(result, related.location, related.label, blob) for related in finding.related),
        files=" ".join(str(index) for index in sorted({files[place.path] for place in _places(finding)})),
    )


def _frame(result: Result, location: Location, label: str, blob: str) -> Frame:
    excerpt = result.excerpts.get((location.path, location.line))
    text, start, end = clip((excerpt or "").rstrip("\r\n"), location.column - 1, location.end_column - 1)
    before = clean_source_line(text[:start])
    return Frame(
        place=f"{clean_path(location.path)}:{location.line}:{location.column}",
        url=file_url(blob, location.path, location.line),
        label=label,
        has_code=excerpt is not None,
        number=location.line,
        before=before,
        marked=clean_source_line(text[start:end]) or " ",
        after=clean_source_line(text[end:]),
        pad=" " * min(display_width(before), 40),
    )


def count_of(section: Section) -> str:
    """Return ``3 findings``."""
    return plural(len(section.items), "finding")

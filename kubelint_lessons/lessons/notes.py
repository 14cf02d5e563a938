"""Notes: lessons in the older prose form, read from bullets, numbered lists, paragraphs, tables and headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kubelint_lessons.lessons.lesson import NoteForm
from kubelint_lessons.lessons.prose import (
    CODE_MASK,
    Comment,
    Prose,
    Span,
    flatten,
    joined,
    label_name,
    split_parts,
    split_pieces,
    split_seen,
    split_sources,
    tidy,
)
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_LISTS = ("bullet_list", "ordered_list")
_TASK = regex(r"\[[ xX]\] ")
_SEPARATOR = regex(r":(?=\s)|\s[—–→]\s|\s(?:-|->|=>)\s|[.!?](?=\s|$)")


class Draft(NamedTuple):
    """A note before it has an id; lines are 1-based and inclusive. ``name`` is what its id is made from where that is
    not the symptom."""

    symptom: str
    cause: str
    fix: str
    seen: tuple[str, ...]
    sources: tuple[str, ...]
    comments: tuple[Comment, ...]
    form: NoteForm
    line: int
    end_line: int
    name: str = ""


class Collected(NamedTuple):
    """Notes of a section, and list items (line, text) that were read as prose."""

    drafts: tuple[Draft, ...]
    unread: tuple[tuple[int, str], ...]


class _Lead(NamedTuple):
    """How an item begins. ``kind`` is symptom (bold), label or plain; ``symptom`` its span, ``rest`` where the
    explanation begins."""

    kind: str
    symptom: Span
    rest: int


def collect_notes(nodes: Sequence[SyntaxTreeNode], title: str | None, line: int, end_line: int) -> Collected:
    """Return the notes among the nodes of one section; ``title`` is its heading where that may be a symptom.

    A section whose own paragraphs name a cause or a fix is one note, its heading the symptom; where its list
    items are notes by themselves, only a paragraph that begins with a label makes the heading a note too.
    """
    drafts: list[Draft] = []
    unread: list[tuple[int, str]] = []
    lists = [node for node in nodes if node.type in _LISTS]
    paragraphs = [node for node in nodes if node.type not in (*_LISTS, "table", "fence", "hr")]
    items = [item for node in lists for item in node.children]
    unquoted = [node for node in paragraphs if node.type != "blockquote"]
    own_labels = _has_label(flatten(unquoted)) or any(_lead(_own_prose(item)).kind == "label" for item in items)
    symptoms = [item for item in items if _label_of(item) == "symptom"]
    definite = [item for item in items if _is_definite(item, strict=own_labels)]
    if title and len(symptoms) == 1 and own_labels and definite == symptoms:
        definite = []  # one list of Symptom, Cause and Fix: the heading's
    tables = [draft for node in nodes if node.type == "table" for draft in _read_table(node)]
    spoken = _paragraph_notes(nodes) if not _is_single_lesson(paragraphs, definite) else []
    if title and own_labels and not definite and not tables and not spoken:
        return Collected((_heading_note(nodes, title, line, end_line),), ())
    if title and definite and _starts_with_label(paragraphs):
        drafts.append(_heading_note(paragraphs, title, line, end_line))
    drafts += tables
    drafts += spoken
    for node in lists:
        if not any(draft.form == "paragraph" and draft.line <= _first(node) <= draft.end_line for draft in spoken):
            _read_list(node, drafts, unread)
    told = (draft for draft in drafts if draft.symptom or draft.cause or draft.fix)  # an empty item tells nothing
    named = (draft._replace(symptom=draft.symptom or draft.cause or draft.fix) for draft in told)
    return Collected(tuple(sorted(named, key=lambda draft: draft.line)), tuple(unread))


def _first(node: SyntaxTreeNode) -> int:
    return (node.map or (0, 1))[0] + 1


def _last(node: SyntaxTreeNode) -> int:
    return (node.map or (0, 1))[1]


def _own_prose(item: SyntaxTreeNode) -> Prose:
    """Return the prose of a list item without its nested lists."""
    return flatten([child for child in item.children if child.type not in _LISTS])


def _sub_items(item: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    return [sub for child in item.children if child.type in _LISTS for sub in child.children]


def _has_label(prose: Prose) -> bool:
    return any(part.name in ("cause", "fix") for part in split_parts(prose)[1])


def _starts_with_label(nodes: Iterable[SyntaxTreeNode]) -> bool:
    prose = flatten(nodes)
    starts = {block.start for block in prose.blocks}
    return any(part.name in ("cause", "fix") and part.label.start in starts for part in split_parts(prose)[1])


def _lead(prose: Prose) -> _Lead:
    """Return how ``prose`` begins."""
    task = _TASK.match(prose.text)
    start = task.end() if task else 0
    end = prose.blocks[0].end if prose.blocks else len(prose.text)
    parts = split_parts(prose)[1]
    if parts and not re.search(r"\w", prose.mask[start : parts[0].label.start].replace(CODE_MASK, "x")):
        return _Lead("label", Span(start, start), start)
    for bold in prose.bold:
        before = prose.mask[start : bold.start].replace(CODE_MASK, "x")
        if len(before) > 4 or re.search(r"\w", before):
            break
        content, rest = prose.text[bold.start : bold.end].strip(), prose.mask[bold.end : end]
        ends = content[-1:] in tuple(":.!?") or not rest.strip() or re.match(r"\s*[:.!?;,—–→(-]", rest) is not None
        if content and (ends or len(content.split()) >= 3):
            return _Lead("symptom", bold, bold.end)
        break
    return _Lead("plain", _first_clause(prose, start, parts[0].label.start if parts else end), start)


def _first_clause(prose: Prose, start: int, end: int) -> Span:
    """Return the span up to the first separator before ``end``."""
    match = _SEPARATOR.search(prose.mask, start, end)
    return Span(start, match.start() if match else end)


def _is_definite(item: SyntaxTreeNode, *, strict: bool) -> bool:
    """Return whether a list item is a note whatever stands around it.

    ``strict`` asks for a cause or fix of its own: where the section's paragraphs already have them, bold bullets
    are more often the steps of a fix.
    """
    own = _own_prose(item)
    lead = _lead(own)
    if lead.kind == "label":
        return any(part.name == "symptom" for part in split_parts(own)[1][:1])
    if lead.kind == "symptom":
        return not strict or _has_label(flatten(item.children)) or any(_is_own_note(sub) for sub in _sub_items(item))
    return any(_is_own_note(sub) for sub in _sub_items(item))


def _is_own_note(item: SyntaxTreeNode) -> bool:
    """Return whether a nested item is a lesson of its own: a bold symptom with its own cause or fix."""
    return _lead(_own_prose(item)).kind == "symptom" and _has_label(flatten(item.children))


def _is_group(item: SyntaxTreeNode) -> bool:
    """Return whether an item only names what its nested items are about, such as ``- **MetalLB**``."""
    own = _own_prose(item)
    lead = _lead(own)
    subs = [_lead(_own_prose(sub)) for sub in _sub_items(item)]
    if lead.kind == "label" or not subs or _has_label(own):
        return False
    said = own.words(Span(lead.rest, len(own.text))).strip(":.—– ")
    is_title = not said if lead.kind == "symptom" else len(said.split()) <= 6
    kinds = [sub.kind for sub in subs]
    symptoms = sum(_label_of(sub) == "symptom" for sub in _sub_items(item))
    return is_title and (symptoms > 1 or ("symptom" in kinds and "label" not in kinds))


def _label_of(item: SyntaxTreeNode) -> str | None:
    own = _own_prose(item)
    return split_parts(own)[1][0].name if _lead(own).kind == "label" else None


def _read_list(node: SyntaxTreeNode, drafts: list[Draft], unread: list[tuple[int, str]]) -> None:
    """Read every item of a list; an item that begins with a label other than Symptom continues the one before."""
    form: NoteForm = "numbered" if node.type == "ordered_list" else "bullet"
    runs: list[list[SyntaxTreeNode]] = []
    for item in node.children:
        label = _label_of(item)
        if label not in (None, "symptom") and runs:
            runs[-1].append(item)
        else:
            runs.append([item])
    noted = [any(_is_note(item) for item in run) for run in runs]
    for run, is_note in zip(runs, noted, strict=True):
        if _is_group(run[0]):
            for child in run[0].children:
                if child.type in _LISTS:
                    _read_list(child, drafts, unread)
        elif is_note or sum(noted) * 2 >= len(noted):
            _read_item(run, form, drafts)
        else:
            unread.append((_first(run[0]), tidy(flatten(run).text)))


def _is_note(item: SyntaxTreeNode) -> bool:
    return _lead(_own_prose(item)).kind != "plain" or _has_label(flatten(item.children))


def _read_item(run: Sequence[SyntaxTreeNode], form: NoteForm, drafts: list[Draft]) -> None:
    """Add the note of an item, and those of nested items that are lessons of their own."""
    nodes: list[SyntaxTreeNode] = []
    nested: list[SyntaxTreeNode] = []
    for item in run:
        for child in item.children:
            own = [sub for sub in child.children if _is_own_note(sub)] if child.type in _LISTS else []
            nested += own
            nodes += [child] if not own else [sub for sub in child.children if sub not in own]
    drafts.append(_draft(nodes, form, _first(run[0]), _last(run[-1])))
    for sub in nested:
        _read_item([sub], form, drafts)


def _draft(nodes: Sequence[SyntaxTreeNode], form: NoteForm, line: int, end_line: int) -> Draft:
    """Return the note that ``nodes`` tell, symptom first."""
    prose = flatten(_without_remarks(nodes))
    lead = _lead(prose)
    before, parts = split_parts(prose)
    symptom = prose.words(lead.symptom).rstrip(":").rstrip()
    rest = max(lead.symptom.end, lead.rest)
    explanation = prose.words(Span(rest, max(rest, before.end))).lstrip(" :—–-→.").rstrip()
    if lead.kind == "label":
        explanation = ""
        symptom = joined(prose, parts, "symptom") or joined(prose, parts, "cause") or joined(prose, parts, "fix")
    else:
        symptom = " ".join(filter(None, (symptom, joined(prose, parts, "symptom"))))
    return Draft(
        symptom,
        " ".join(filter(None, (explanation, joined(prose, parts, "cause")))),
        joined(prose, parts, "fix"),
        split_seen(prose, parts),
        split_sources(prose, parts),
        prose.comments,
        form,
        line,
        end_line,
    )


def _without_remarks(nodes: Sequence[SyntaxTreeNode]) -> list[SyntaxTreeNode]:
    """Return ``nodes`` without the items of other labels ("**Category:** …") in lists of Symptom, Cause and Fix."""
    kept: list[SyntaxTreeNode] = []
    for node in nodes:
        items = node.children if node.type in _LISTS else []
        if sum(_label_of(item) is not None for item in items) < 2:
            kept.append(node)
        else:
            kept += [item for item in items if _label_of(item) or _lead(_own_prose(item)).kind == "plain"]
    return kept


def _heading_note(nodes: Sequence[SyntaxTreeNode], title: str, line: int, end_line: int) -> Draft:
    """Return the note of a section whose heading is the symptom, unless a symptom is named below it."""
    prose = flatten(_without_remarks(nodes))
    before, parts = split_parts(prose)
    lead = _lead(prose)
    symptom, rest = joined(prose, parts, "symptom"), 0
    if not symptom and lead.kind == "symptom" and prose.blocks and lead.symptom.end >= prose.blocks[0].end - 1:
        symptom, rest = prose.words(lead.symptom).rstrip(":"), lead.rest
    explanation = prose.words(Span(rest, max(rest, before.end)))
    return Draft(
        symptom or title,
        " ".join(filter(None, (explanation, joined(prose, parts, "cause")))),
        joined(prose, parts, "fix"),
        split_seen(prose, parts),
        split_sources(prose, parts),
        prose.comments,
        "heading",
        line,
        end_line,
        title,
    )


def _is_single_lesson(paragraphs: Sequence[SyntaxTreeNode], definite: Sequence[SyntaxTreeNode]) -> bool:
    """Return whether at most one paragraph begins with a bold symptom and it is the first: the heading's own."""
    leads = [index for index, node in enumerate(paragraphs) if _lead(flatten([node])).kind == "symptom"]
    return not definite and (not leads or (leads == [0] and _is_bold_only(paragraphs[0])))


def _is_bold_only(node: SyntaxTreeNode) -> bool:
    prose = flatten([node])
    return bool(prose.bold) and not prose.text[prose.bold[0].end :].strip(" .:")


def _paragraph_notes(nodes: Sequence[SyntaxTreeNode]) -> list[Draft]:
    """Return the notes that are told in paragraphs: each begins with a bold symptom and names a cause or fix."""
    runs: list[list[SyntaxTreeNode]] = []
    for node in nodes:
        if node.type == "paragraph" and _lead(flatten([node])).kind == "symptom":
            runs.append([node])
        elif runs and node.type not in ("table", "hr", "html_block"):
            runs[-1].append(node)
    drafts = []
    for run in runs:
        kept = [run[0]]
        for node in run[1:]:
            if node.type in _LISTS and any(_is_definite(item, strict=True) for item in node.children):
                break
            kept.append(node)
        if _has_label(flatten(kept)):
            drafts.append(_draft(kept, "paragraph", _first(kept[0]), _last(kept[-1])))
    return drafts


def _read_table(node: SyntaxTreeNode) -> list[Draft]:
    """Return a note for each row of a table whose columns are called symptom and cause or fix."""
    rows = [row for part in node.children for row in part.children]
    names = [label_name(flatten([cell]).text) or _column_name(flatten([cell]).text) for cell in rows[0].children]
    if "symptom" not in names or not {"cause", "fix"} & set(names):
        return []
    drafts = []
    for row in rows[1:]:
        prose = [flatten([cell]) for cell in row.children]
        cells = {name: tidy(text.text) for name, text in zip(names, prose, strict=False) if name and text.text.strip()}
        texts = dict(zip(names, prose, strict=False))
        if "symptom" not in cells:
            continue
        drafts.append(
            Draft(
                cells["symptom"],
                cells.get("cause", ""),
                cells.get("fix", ""),
                _pieces(texts.get("seen")),
                _pieces(texts.get("sources")),
                tuple(comment for text in prose for comment in text.comments),
                "table",
                _first(row),
                _last(row),
            )
        )
    return drafts


def _column_name(text: str) -> str | None:
    """Return the part that a table's column is, by words that mean it only above a column."""
    words = {"error": "symptom", "what happens": "symptom", "issue": "symptom", "failure": "symptom", "date": "seen"}
    return words.get(" ".join(text.lower().split()))


def _pieces(prose: Prose | None) -> tuple[str, ...]:
    return tuple(split_pieces(prose.text)) if prose else ()

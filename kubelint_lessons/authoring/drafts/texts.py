"""Rules for files that are no manifests: workflows, scripts, Terraform, templates. A changed line becomes a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from kubelint_lessons.authoring.drafts.linechanges import LineChange, changed_lines, pieces, stands_in
from kubelint_lessons.authoring.drafts.relevance import bonus
from kubelint_lessons.authoring.drafts.ruledraft import Own, RuleDraft, TextExhibit, braced
from kubelint_lessons.authoring.drafts.secrecy import is_secret_text
from kubelint_lessons.authoring.drafts.sides import SideFile, is_binary
from kubelint_lessons.authoring.drafts.wording import brief
from kubelint_lessons.lessons.names import slug
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_CONTEXT = 2
_MOST_CHANGES = 40
_WIDEST_LINE = 300
_SCORE = 50
_VERSION = regex(r"[@:=/v]\d+$|\d\.\d+$")
_WORKFLOWS = ".github/workflows/"


class TextDrafts(NamedTuple):
    """The drafts, and what keeps files or changes from being put into a rule."""

    drafts: tuple[RuleDraft, ...]
    remarks: tuple[str, ...]


def text_drafts(bad: Sequence[SideFile], fixed: Sequence[SideFile], words: str) -> TextDrafts:
    """Return a rule for each telling line that changed in files of both sides; ``words`` tell the story."""
    drafts: list[RuleDraft] = []
    remarks: list[str] = []
    news = {file.key: file for file in fixed}
    alone: list[str] = []
    for old in bad:
        new = news.pop(old.key, None)
        if new is None:
            alone.append(f"{old.path} was removed as a whole")
        if new is None or new.data == old.data:
            continue
        if is_binary(old.data) or is_binary(new.data):
            remarks.append(f"{old.path}: is no text")
            continue
        before, after = _lines(old), _lines(new)
        changes = changed_lines(before, after)
        if changes is None:
            remarks.append(f"{old.path}: has too many lines to compare")
            continue
        found = list(_of_file(new, before, after, changes[:_MOST_CHANGES], words))
        drafts += found
        if not found:
            remarks.append(_why_not(old.path, changes))
    alone += [f"{file.path} was added as a whole" for file in news.values()]
    return TextDrafts(tuple(drafts), tuple(remarks if drafts else (*remarks, *alone)))


def globs_of(path: str) -> list[str]:
    """Return the patterns of the files that are of the same sort as ``path``."""
    directory, _, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if path.startswith(_WORKFLOWS):
        return [f"{_WORKFLOWS}*.yml", f"{_WORKFLOWS}*.yaml"]
    if not dot or not stem or not re.fullmatch(r"[A-Za-z0-9]+", ending):
        return [f"**/{_safe(name)}"]
    if "/templates/" in f"/{path}":
        return [f"**/templates/**/*.{ending}"]
    if ending in ("yaml", "yml", "json"):
        top = directory.partition("/")[0]
        return [f"{_safe(top)}/**/*.{ending}"] if top else [_safe(name)]
    return [f"**/*.{ending}"]


def language_of(path: str) -> str:
    """Return the language of a fence for a file."""
    name = path.rpartition("/")[2]
    if name.lower().startswith(("dockerfile", "containerfile")):
        return "dockerfile"
    if "/templates/" in f"/{path}" and name.endswith((".yaml", ".yml", ".tpl")):
        return "gotmpl"
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    known = {"yml": "yaml", "tf": "hcl", "tfvars": "hcl", "bash": "sh", "md": "markdown"}
    return known.get(ending, ending) if re.fullmatch(r"[a-z0-9]{1,12}", ending) else "text"


def _of_file(
    file: SideFile, before: Sequence[str], after: Sequence[str], changes: Sequence[LineChange], words: str
) -> Iterator[RuleDraft]:
    fixed_text = "\n".join(after)
    for change in changes:
        if not change.old or len(change.old) > _WIDEST_LINE or is_secret_text(change.old):
            continue
        found = [piece for piece in pieces(change) if _forms(piece, fixed_text)]
        for position, piece in enumerate(found[:2]):
            key, pattern = _forms(piece, fixed_text)[0]
            score = _SCORE + bonus((file.path, change.old, change.new), words) + (4 if change.new else 0)
            block: dict[str, Any] = {key: pattern, "files": globs_of(file.path)}
            block["message"] = _message(piece, file.path)
            if change.new and len(change.new.strip()) <= 100:
                block["note"] = f"write {braced(change.new.strip())}"
            old, new = brief(change.old, 80), brief(change.new, 80)
            yield RuleDraft(
                block=block,
                change=f"{file.path}:{change.bad_line}: {old} {f'became {new}' if new else 'was removed'}",
                title=f'a line that holds "{piece}"',
                cause=f"`{file.path}` said `{old.replace('`', '')}`.",
                remedy=f"Write `{new.replace('`', '')}`." if new else "Remove the line.",
                slug=_slug(piece, file.path),
                score=score,
                own=(Own(file.path, 1, len(before), None),),
                mended=(Own(file.path, 1, len(after), None),),
                bad=(_exhibit(file.path, before, change.bad_line),),
                good=(_exhibit(file.path, after, change.fixed_line or min(change.bad_line, max(len(after), 1))),),
                narrowed="with more of the line" if position else "",
            )


def _forms(piece: str, fixed_text: str) -> list[tuple[str, str]]:
    """Return the literal, or where that would also match a longer word a pattern; nothing that the fixed text has."""
    if piece not in fixed_text and not _VERSION.search(piece):
        return [("text", piece)]
    if stands_in(piece, fixed_text):
        return []
    return [("regex", f"({_re2(piece)})(?:[^A-Za-z0-9_.-]|$)")]


def _re2(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _message(piece: str, path: str) -> str:
    where = "a workflow" if path.startswith(_WORKFLOWS) else path.rpartition("/")[2]
    return f'"{braced(piece)}" failed before in {braced(where)}'


def _exhibit(path: str, lines: Sequence[str], line: int) -> TextExhibit:
    """Return the lines around one, without what looks secret, and which of them it is."""
    first = max(0, line - 1 - _CONTEXT)
    shown = list(lines[first : line + _CONTEXT])
    while shown and not shown[-1].strip():
        shown.pop()
    kept = [(text, index) for index, text in enumerate(shown, first + 1) if not is_secret_text(text)]
    position = next((number for number, (_, index) in enumerate(kept, 1) if index == line), 0)
    return TextExhibit(path, tuple(text for text, _ in kept), position)


def _lines(file: SideFile) -> list[str]:
    return list(read_source(file.path, file.data).lines())


def _slug(piece: str, path: str) -> str:
    name = path.rpartition("/")[2]
    sort = "workflow" if path.startswith(_WORKFLOWS) else name.rpartition(".")[2] or name
    return slug(f"{sort}-{piece}") if piece[:1].isalnum() else slug(f"{sort} {piece}")


def _safe(name: str) -> str:
    """Return a name as a pattern of its own: what could mean more than itself becomes ``?``."""
    return re.sub(r"[^\w./@+ -]", "?", name)


def _why_not(path: str, changes: Sequence[LineChange]) -> str:
    if not changes:
        return f"{path}: only white space or comments changed"
    if all(not change.old for change in changes):
        return f"{path}: lines were only added, and a text rule finds what is there, not what is missing"
    if all(is_secret_text(change.old) for change in changes if change.old):
        return f"{path}: the changed lines look secret, and a lesson must not repeat them"
    return f"{path}: no piece of the changed lines tells both sides apart"

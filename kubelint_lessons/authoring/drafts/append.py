"""A new lesson in the lessons file: at the end of its category, everything else byte for byte as it was."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kubelint_lessons.lessons.lesson import LessonFile
from kubelint_lessons.lessons.markdown import read_markdown
from kubelint_lessons.lessons.parse import parse_lessons
from kubelint_lessons.lessons.prose import flatten, tidy
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

DEFAULT_CATEGORY = "Kubernetes"

_HEADER = """\
# AI lessons

What failed here, why, and what helped. Each lesson with a rule is enforced by `kubelint lint`.
"""
_LINE = regex(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KINDS = (
    ("Networking", ("Ingress", "Service", "NetworkPolicy", "Gateway", "HTTPRoute", "IngressRoute", "IPAddressPool")),
    ("Storage", ("PersistentVolumeClaim", "PersistentVolume", "StorageClass")),
    ("Monitoring", ("ServiceMonitor", "PodMonitor", "PrometheusRule", "Prometheus")),
)


class Appended(NamedTuple):
    """The lessons file as it would be. ``before`` is None for a file that does not exist yet.

    ``line`` is where the lesson begins; ``category`` the heading that it stands under, ``is_new_category`` whether that
    heading is new.
    """

    before: bytes | None
    after: bytes
    line: int
    category: str
    is_new_category: bool


class AppendError(Exception):
    """Why a lesson cannot be put into a file, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def append_lesson(before: bytes | None, path: str, markdown: str, category: str) -> Appended:
    """Return the file with ``markdown``, a lesson or a note, at the end of ``category``; a new category comes last.

    Line ends are those of the line above, a missing one at the end of the file stays missing. Raises AppendError where
    the file would read differently afterwards in any other respect.
    """
    try:
        text = (before or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise AppendError(f"{path} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    is_new_file = before is None or not text.strip("\ufeff \t\r\n")
    if is_new_file:
        text += _HEADER
    lines = [line for line in _LINE.findall(text) if line]
    end, found = _end_of_category(text, path, category)
    addition = markdown if found else f"## {category}\n\n{markdown}"
    position = _last_filled(lines, end)
    after = _joined(lines, position, addition)
    result = Appended(before, after.encode("utf-8"), position + (2 if found else 4), found or category, not found)
    _verify(text, after, path)
    return result


def category_for(kinds: Sequence[str], path: str, known: Sequence[str]) -> str:
    """Return the category that a lesson about these kinds, or about the file ``path``, belongs to.

    A heading that the file has already is preferred to a new one.
    """
    wanted = [DEFAULT_CATEGORY]
    if path.startswith(".github/workflows/"):
        wanted = ["GitHub Actions", "CI"]
    elif path.endswith((".tf", ".tfvars")):
        wanted = ["Terraform", "Infrastructure"]
    elif path.endswith((".sh", ".bash")):
        wanted = ["Shell scripts", "Scripts"]
    elif "/templates/" in f"/{path}":
        wanted = ["Helm"]
    elif path and not kinds:
        wanted = ["Configuration"]
    for name, members in _KINDS:
        if any(kind in members for kind in kinds):
            wanted = [*(f"{kind}s" for kind in kinds if kind in members), name, DEFAULT_CATEGORY]
    for name in (*kinds, *wanted):
        for heading in known:
            words = {word.strip(".,:()").lower() for word in heading.split()}
            if name.lower() == heading.lower() or {*name.lower().split()} <= words:
                return heading
    return wanted[-1] if wanted[-1] == DEFAULT_CATEGORY else wanted[0]


def categories_of(text: str, path: str) -> list[str]:
    """Return the ``##`` headings of a file in order."""
    return [title for title, _, _ in _headings(text, path)]


def _headings(text: str, path: str) -> list[tuple[str, int, int]]:
    """Return title, first line and end (0-based, exclusive) of each ``##`` section."""
    markdown = read_markdown(text, path)
    tops = [
        (int(node.tag[1]), tidy(flatten([node]).text), node.map[0])
        for node in markdown.nodes
        if node.type == "heading" and node.map and int(node.tag[1]) <= 2
    ]
    ends = [start for _, _, start in tops[1:]] + [len(markdown.lines)]
    return [(title, start, end) for (level, title, start), end in zip(tops, ends, strict=False) if level == 2]


def _end_of_category(text: str, path: str, category: str) -> tuple[int, str]:
    """Return where a category ends (0-based line) and how its heading reads; the end of the file and empty if new."""
    wanted = " ".join(category.split()).lower()
    for title, _, end in _headings(text, path):
        if title.lower() == wanted:
            return end, title
    return len(text), ""


def _last_filled(lines: Sequence[str], end: int) -> int:
    """Return how many of the first ``end`` lines remain without the empty ones at their end."""
    position = min(end, len(lines))
    while position and not lines[position - 1].strip():
        position -= 1
    return position


def _joined(lines: Sequence[str], position: int, addition: str) -> str:
    above = "".join(lines[:position])
    rest = "".join(lines[position:])
    line_end = _line_end(lines, position)
    has_end = above.endswith(("\n", "\r"))
    body = addition.rstrip("\n").replace("\n", line_end)
    start = line_end if has_end or not above else line_end * 2
    is_last = not rest.strip()
    if is_last and not has_end:
        return above + start + body
    return above + start + body + line_end + rest


def _line_end(lines: Sequence[str], position: int) -> str:
    """Return the line end of the line above, of any line where that has none."""
    for line in (*reversed(lines[:position]), *lines[position:]):
        for line_end in ("\r\n", "\n", "\r"):
            if line.endswith(line_end):
                return line_end
    return "\n"


def _verify(before: str, after: str, path: str) -> None:
    """Raise AppendError where what the file held reads differently now, or the new lesson is not read as one."""
    old, new = parse_lessons(before, path), parse_lessons(after, path)
    same = _contents(old) <= _contents(new) and len(_contents(new)) == len(_contents(old)) + 1
    if not same or len(new.problems) > len(old.problems):
        problem = next((item for item in new.problems if item not in old.problems), None)
        where = f" (line {problem.line}: {problem.message})" if problem else ""
        message = f"the lesson would not stand on its own in {path}{where}"
        raise AppendError(message, "run kubelint lessons check, and mend the file first")


def _contents(file: LessonFile) -> set[tuple[str, str, str, str]]:
    entries = [(lesson.id, lesson.words) for lesson in file.lessons]
    entries += [(note.id, note.words) for note in file.notes]
    return {(name, words.symptom, words.cause, words.category) for name, words in entries}


def write_lesson(path: str, appended: Appended) -> None:
    """Write the file, whole or not at all; raises AppendError where it changed meanwhile or cannot be written."""
    from kubelint_lessons.fixes.write import Change, WriteError, write_files

    try:
        if appended.before is None:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            os.close(descriptor)
        write_files({path: Change(appended.before or b"", appended.after)})
    except WriteError as error:
        raise AppendError(
            f"{path} {error.reason.partition(';')[0]}", "nothing was written; run the command again"
        ) from None
    except OSError as error:
        raise AppendError(f"{path} cannot be written: {error.strerror or error}", "check its directory") from None


def require_inside(path: str, root: str) -> None:
    """Raise AppendError where a file leads out of the project, through a link or by its name."""
    target, base = os.path.realpath(path), os.path.realpath(root)
    if target != base and not target.startswith(base.rstrip(os.sep) + os.sep):
        raise AppendError(f"{path} leads out of the project", "name a lessons file below the project's root")

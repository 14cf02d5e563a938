"""Where a new lesson goes: the end of its category, and not one other byte of the file changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.authoring.drafts.append import (
    AppendError,
    append_lesson,
    categories_of,
    category_for,
    require_inside,
    write_lesson,
)
from kubelint_lessons.lessons.parse import parse_lessons

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures"
PATH = "docs/ai-lessons.md"

LESSON = """\
### pod-host-ipc-true

**Pods were evicted.**

**Root cause:** The Deployment set `hostIPC` to true.

**Fix:** Remove `hostIPC`.

```yaml rule
match: workloads
forbid: has(variables.podSpec.hostIPC) && variables.podSpec.hostIPC == true
```
"""

FILE = """\
# Lessons

- a bullet above

## Kubernetes

- **Pods hang**: the volume is attached elsewhere. Fix: delete the attachment.

## Networking

1. **502**: the probe answers too early. Fix: probe /ready.

"""


def after(before: str, category: str, lesson: str = LESSON) -> str:
    appended = append_lesson(before.encode(), PATH, lesson, category)
    text = appended.after.decode()
    first = lesson.partition("\n")[0]
    assert text.splitlines()[appended.line - 1] == first
    return text


def test_a_lesson_goes_to_the_end_of_its_category() -> None:
    head, middle, tail = FILE.partition("\n## Networking")
    assert after(FILE, "kubernetes") == f"{head}\n{LESSON}{middle}{tail}"


def test_a_lesson_of_the_last_category_goes_before_the_empty_lines_at_the_end() -> None:
    assert after(FILE, "Networking") == FILE.removesuffix("\n") + "\n" + LESSON + "\n"


def test_a_new_category_comes_last() -> None:
    appended = append_lesson(FILE.encode(), PATH, LESSON, "Storage")
    assert appended.after.decode() == FILE.removesuffix("\n") + "\n## Storage\n\n" + LESSON + "\n"
    assert (appended.category, appended.is_new_category) == ("Storage", True)


def test_the_lesson_is_read_in_its_category() -> None:
    for category in ("Kubernetes", "Networking", "Storage"):
        file = parse_lessons(after(FILE, category), PATH)
        assert [(lesson.id, lesson.words.category) for lesson in file.lessons] == [("pod-host-ipc-true", category)]
        assert len(file.notes) == 2


def test_headings_in_fences_are_no_categories() -> None:
    text = "# L\n\n## A\n\n```markdown\n## Kubernetes\n```\n\n## Kubernetes\n\ntext\n\n## B\n"
    assert categories_of(text, PATH) == ["A", "Kubernetes", "B"]
    assert after(text, "Kubernetes") == text.replace("text\n", f"text\n\n{LESSON}")


def test_a_file_without_categories_gets_one() -> None:
    assert after("# Lessons\n", "Kubernetes") == f"# Lessons\n\n## Kubernetes\n\n{LESSON}"


@pytest.mark.parametrize("before", [None, b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_that_is_not_there_gets_a_header(before: bytes | None) -> None:
    appended = append_lesson(before, PATH, LESSON, "Kubernetes")
    text = appended.after.decode()
    assert text.endswith(f"\n## Kubernetes\n\n{LESSON}")
    assert "# AI lessons\n" in text
    assert appended.before == before
    assert text.splitlines()[appended.line - 1] == "### pod-host-ipc-true"


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_line_ends_stay_as_they_are(line_end: str) -> None:
    before = FILE.replace("\n", line_end)
    assert after(before, "Kubernetes") == after(FILE, "Kubernetes").replace("\n", line_end)


def test_of_mixed_line_ends_the_one_above_counts_and_all_others_stay() -> None:
    before = FILE.replace("\n\n## Networking", "\r\n\n## Networking")
    text = after(before, "Kubernetes")
    assert LESSON.replace("\n", "\r\n") in text
    assert text.replace("\r\n" + LESSON.replace("\n", "\r\n"), "") == before


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n", "\r\n"])
def test_the_end_of_the_file_stays_as_it_is(ending: str) -> None:
    before = "# L\n\n## Kubernetes\n\ntext" + ending
    text = after(before, "Kubernetes")
    assert text.startswith("# L\n\n## Kubernetes\n\ntext")
    assert text.endswith("```" + ending)


def test_a_byte_order_mark_stays() -> None:
    text = append_lesson(b"\xef\xbb\xbf" + FILE.encode(), PATH, LESSON, "Kubernetes").after
    assert text == b"\xef\xbb\xbf" + after(FILE, "Kubernetes").encode()


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(AppendError, match="not UTF-8"):
        append_lesson(b"# L\n\xff\n", PATH, LESSON, "Kubernetes")


@pytest.mark.parametrize(
    "before",
    [
        "# L\n\n## Kubernetes\n\n```sh\necho never closed\n",
        f"# L\n\n## Kubernetes\n\n{LESSON}",
    ],
    ids=["an open fence", "the same id"],
)
def test_a_lesson_that_would_not_stand_on_its_own_is_refused(before: str) -> None:
    with pytest.raises(AppendError, match="stand on its own"):
        append_lesson(before.encode(), PATH, LESSON, "Kubernetes")


@pytest.mark.parametrize("name", ["ai-lessons-482.md", "homelab/docs/ai-lessons.md"])
def test_real_files_take_a_lesson_in_every_category(name: str) -> None:
    before = (FIXTURES / name).read_bytes()
    text = before.decode()
    old = parse_lessons(text, PATH)
    for category in [*categories_of(text, PATH), "Something new"]:
        appended = append_lesson(before, PATH, LESSON, category)
        start = appended.after.index(LESSON.encode())
        rest = appended.after[:start] + appended.after[start + len(LESSON.encode()) :]
        assert rest.replace(b"## Something new\n\n", b"").replace(b"\n", b"") == before.replace(b"\n", b"")
        new = parse_lessons(appended.after.decode(), PATH)
        assert len(new.notes) == len(old.notes)
        assert next(lesson for lesson in new.lessons if lesson.id == "pod-host-ipc-true").words.category == category


CATEGORIES = ["Kubernetes", "New"]
PIECES = st.sampled_from(
    ["# T", "## Kubernetes", "## Other", "### a-b", "- **s**: c. Fix: f.", "", "text", "```", "---", "| a | b |", "> q",
     "    code", "<!-- c -->", "**S**", "**Root cause:** x", "1. one"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(
    st.lists(PIECES, max_size=14),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["Kubernetes", "New"]),
)
def test_in_any_file_everything_else_stays(lines: list[str], line_end: str, has_end: bool, category: str) -> None:
    before = (line_end.join(lines) + (line_end if has_end else "")).encode()
    try:
        appended = append_lesson(before, PATH, LESSON, category)
    except AppendError:
        return
    if not before.strip():
        return
    lesson = LESSON.replace("\n", line_end if before.count(line_end.encode()) else "\n").encode().rstrip()
    start = appended.after.index(lesson)
    head, tail = appended.after[:start].rstrip(), appended.after[start + len(lesson) :].lstrip()
    if appended.is_new_category:
        head = head.removesuffix(f"## {category}".encode()).rstrip()
    assert before.startswith(head)
    assert before.rstrip().endswith(tail.rstrip())
    assert len(head) + len(tail.rstrip()) == len(b"".join([head, before[len(head) :].strip()]))


@pytest.mark.parametrize(
    ("kinds", "path", "known", "expected"),
    [
        (("Deployment",), "", ["Kubernetes", "Networking"], "Kubernetes"),
        (("Deployment",), "", ["Ingress", "Deployment pitfalls"], "Deployment pitfalls"),
        (("Service",), "", ["Kubernetes", "Services and ingress"], "Services and ingress"),
        (("Service",), "", ["Networking", "Kubernetes"], "Networking"),
        (("Service",), "", [], "Kubernetes"),
        ((), ".github/workflows/a.yml", ["GitHub Actions (ARC)"], "GitHub Actions (ARC)"),
        ((), ".github/workflows/a.yml", [], "GitHub Actions"),
        ((), "terraform/a.tf", ["Terraform / Proxmox"], "Terraform / Proxmox"),
        ((), "run.sh", [], "Shell scripts"),
        ((), "charts/x/templates/a.yaml", [], "Helm"),
        ((), "nginx.conf", [], "Configuration"),
    ],
)
def test_the_category_is_one_that_is_there(kinds: tuple[str, ...], path: str, known: list[str], expected: str) -> None:
    assert category_for(kinds, path, known) == expected


def test_a_new_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "ai-lessons.md"
    appended = append_lesson(None, PATH, LESSON, "Kubernetes")
    write_lesson(str(path), appended)
    assert path.read_bytes() == appended.after
    assert [entry.name for entry in path.parent.iterdir()] == ["ai-lessons.md"]


def test_mode_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.md"
    real.write_text(FILE, encoding="utf-8")
    real.chmod(0o640)
    link = tmp_path / "ai-lessons.md"
    link.symlink_to(real)
    appended = append_lesson(real.read_bytes(), PATH, LESSON, "Kubernetes")
    write_lesson(str(link), appended)
    assert link.is_symlink()
    assert real.read_bytes() == appended.after
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ai-lessons.md"
    path.write_text(FILE, encoding="utf-8")
    appended = append_lesson(path.read_bytes(), PATH, LESSON, "Kubernetes")
    path.write_text(FILE + "more\n", encoding="utf-8")
    with pytest.raises(AppendError, match="has changed"):
        write_lesson(str(path), appended)
    assert path.read_text(encoding="utf-8") == FILE + "more\n"
    fresh = append_lesson(None, PATH, LESSON, "Kubernetes")
    with pytest.raises(AppendError):
        write_lesson(str(path), fresh)


def test_a_file_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "outside.md").write_text("# x\n", encoding="utf-8")
    (project / "ai-lessons.md").symlink_to(tmp_path / "outside.md")
    with pytest.raises(AppendError, match="out of the project"):
        require_inside(str(project / "ai-lessons.md"), str(project))
    require_inside(os.path.join(str(project), "docs", "new.md"), str(project))

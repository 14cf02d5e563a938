"""``kubelint lint --watch`` as editors use it: a line before and after every check, and no change missed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import LESSON, MANIFEST, kubelint
from watched import PATIENCE, Watched, watching

from kubelint_lessons.cli.child import run_in_child
from kubelint_lessons.cli.options import read_arguments
from kubelint_lessons.cli.watch import _check, _plan

FINDING = 'k8s/web.yaml:4:3: error[web-called-web] ConfigMap "web" has a name that says nothing'
FOUND = "kubelint: done, 1 finding in 1 file"
NOTHING = "kubelint: done, no findings"
OTHER = MANIFEST.replace("name: web", "name: shop")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "docs").mkdir(parents=True)
    (root / "k8s").mkdir()
    (root / "docs" / "ai-lessons.md").write_text(LESSON, encoding="utf-8")
    (root / "k8s" / "web.yaml").write_text(MANIFEST, encoding="utf-8")
    return root


def test_findings_come_and_go_between_the_marker_lines(project: Path) -> None:
    with watching(project, "k8s") as watched:
        assert watched.check() == ("kubelint: checking k8s", (FINDING,), FOUND)
        (project / "k8s" / "web.yaml").write_text(OTHER, encoding="utf-8")
        assert watched.check() == ("kubelint: checking again: k8s/web.yaml changed", (), NOTHING)
        (project / "k8s" / "web.yaml").write_text(MANIFEST, encoding="utf-8")
        assert watched.check().lines == (FINDING,)


def test_files_that_come_and_go(project: Path) -> None:
    with watching(project) as watched:
        assert watched.check().begin == "kubelint: checking ."
        (project / "new" / "deep").mkdir(parents=True)
        (project / "new" / "deep" / "a.yaml").write_text(MANIFEST, encoding="utf-8")
        watched.check_until("kubelint: done, 2 findings in 2 files")
        (project / "new" / "deep" / "a.yaml").rename(project / "k8s" / "b.yaml")
        renamed = watched.check_until("kubelint: done, 2 findings in 2 files")
        assert [line.partition(":")[0] for line in renamed.lines] == ["k8s/b.yaml", "k8s/web.yaml"]
        shutil.rmtree(project / "k8s")
        gone = watched.check_until("kubelint: done, no findings")
        assert gone.lines == ()


@pytest.mark.parametrize(
    ("name", "before", "broken", "error"),
    [
        ("docs/ai-lessons.md", LESSON, LESSON.replace("severity: error", "severity: [error"), "docs/ai-lessons.md:"),
        (".kubelint.yaml", "", "select: [", ".kubelint.yaml:1:"),
        (".kubelint.yaml", "", "no-such-option: 1\n", ".kubelint.yaml:1:1: error: "),
        ("docs/platform-reference.md", "", "```yaml platform\nnodez: 1\n```\n", "docs/platform-reference.md:2:"),
    ],
    ids=["lessons", "config-syntax", "config-key", "platform"],
)
def test_what_is_broken_for_a_moment_is_an_error_for_a_moment(
    project: Path, name: str, before: str, broken: str, error: str
) -> None:
    (project / name).write_text(before, encoding="utf-8")
    with watching(project) as watched:
        assert watched.check().end == FOUND
        (project / name).write_text(broken, encoding="utf-8")
        check = watched.check()
        assert check.end.endswith(" 1 error")
        assert any(line.startswith(error) for line in check.lines)
        (project / name).write_text(before, encoding="utf-8")
        assert watched.check().end == FOUND


def test_a_lesson_that_is_written_holds_at_once(project: Path) -> None:
    with watching(project) as watched:
        watched.check()
        lessons = project / "docs" / "ai-lessons.md"
        lessons.write_text(LESSON.replace('"web"\nat', '"shop"\nat'), encoding="utf-8")
        assert watched.check().end == NOTHING


def test_a_project_that_gets_its_first_lessons(tmp_path: Path) -> None:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "web.yaml").write_text(MANIFEST, encoding="utf-8")
    with watching(tmp_path, "k8s") as watched:
        assert watched.check().end == NOTHING
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "ai-lessons.md").write_text(LESSON, encoding="utf-8")
        watched.check_until(FOUND)


def test_a_path_that_does_not_exist_yet(project: Path) -> None:
    with watching(project, "k8s/later.yaml") as watched:
        first = watched.check()
        assert first.end == "kubelint: done, no findings, 1 error"
        assert "k8s/later.yaml:1:1: error: no such file or directory" in first.lines[0]
        (project / "k8s" / "later.yaml").write_text(MANIFEST, encoding="utf-8")
        watched.check_until(FOUND)


def test_what_an_editor_leaves_behind_and_what_a_report_writes_is_no_change(project: Path) -> None:
    with watching(project, "--output-format", "concise", "--output-format", "json=report.json") as watched:
        assert watched.check().end == FOUND
        (project / "k8s" / ".web.yaml.swp").write_bytes(b"swap")
        (project / "k8s" / "web.yaml~").write_text(OTHER, encoding="utf-8")
        (project / "k8s" / ".#web.yaml").symlink_to("somebody@somewhere.1:1")
        assert watched.is_silent_for(2)
        assert (project / "report.json").is_file()


def test_what_git_ignores_is_no_change(project: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    (project / ".gitignore").write_text("/build/\n*.log\n", encoding="utf-8")
    (project / "build").mkdir()
    (project / "run.log").write_text("", encoding="utf-8")
    with watching(project) as watched:
        assert watched.check().end == FOUND
        (project / "build" / "out.yaml").write_text(MANIFEST, encoding="utf-8")
        (project / "run.log").write_text("more", encoding="utf-8")
        assert watched.is_silent_for(2)
        (project / ".gitignore").write_text("", encoding="utf-8")
        watched.check_until("kubelint: done, 2 findings in 2 files")


def test_a_change_during_a_check_is_seen(project: Path) -> None:
    """The check that runs while the files change may see either; the last one sees how it ends."""
    for number in range(300):
        (project / "k8s" / f"filler-{number}.yaml").write_text(OTHER.replace("shop", f"f{number}"), encoding="utf-8")
    with watching(project) as watched:
        begin = watched._line()  # the check runs from here on
        assert begin == "kubelint: checking ."
        (project / "k8s" / "filler-7.yaml").write_text(MANIFEST, encoding="utf-8")
        while not watched._line().startswith("kubelint: done"):
            pass
        check = watched.check_until("kubelint: done, 2 findings in 2 files")
        assert check.begin == "kubelint: checking again: k8s/filler-7.yaml changed"


def test_full_output_when_asked_for(project: Path) -> None:
    with watching(project, "--output-format", "full", "--color", "never") as watched:
        lines = watched.check().lines
        assert "   = fix:     Name it after what it serves." in lines
        assert "Found 1 error in 1 file." in lines
    with watching(project, "--output-format", "full", "--color", "never", "-q") as watched:
        assert "Found 1 error in 1 file." not in watched.check().lines


def test_nothing_stands_on_standard_error(project: Path) -> None:
    with watching(project) as watched:
        watched.check()
        watched.process.send_signal(signal.SIGTERM)
        assert watched.process.wait(PATIENCE) == 143
        assert watched.process.stderr is not None
        assert watched.process.stderr.read() == ""


@pytest.mark.parametrize("during", [False, True], ids=["waiting", "checking"])
def test_control_c_ends_it(project: Path, during: bool) -> None:
    with watching(project) as watched:
        if during:
            watched._line()
        else:
            watched.check()
        os.killpg(watched.process.pid, signal.SIGINT)
        assert watched.process.wait(PATIENCE) == 130
        assert watched.process.stderr is not None
        assert watched.process.stderr.read() == "\nkubelint: interrupted\n"
        with pytest.raises(ProcessLookupError):  # no child is left
            os.killpg(watched.process.pid, 0)


def test_it_ends_when_nobody_reads(project: Path) -> None:
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "--watch"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while not process.stdout.readline().startswith(b"kubelint: done"):
            pass
        process.stdout.close()
        assert process.wait(PATIENCE) == 141
        assert process.stderr.read() == b""


def resident_kib(watched: Watched) -> int:
    status = Path(f"/proc/{watched.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="there is no /proc here to read the memory from")
def test_two_hundred_edits_leave_nothing_behind(project: Path) -> None:
    manifest = project / "k8s" / "web.yaml"
    with watching(project) as watched:
        watched.check()
        before = 0
        for number in range(200):
            text = MANIFEST if number % 2 else OTHER
            manifest.write_text(f"{text}# {number}\n", encoding="utf-8")
            if number % 10 == 9:  # the others may fall into one check
                watched.check_until(FOUND)
            if number == 19:
                before = resident_kib(watched)
        assert resident_kib(watched) - before < 1024


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fix",), "--watch writes nothing and so does not go with --fix"),
        (("--diff",), "--watch writes nothing and so does not go with --diff"),
        (("-",), "--watch looks at files, not at standard input"),
        (("--output-format", "sarf"), 'did you mean "sarif"?'),
    ],
)
def test_what_cannot_be_watched_is_said_at_once(project: Path, arguments: tuple[str, ...], message: str) -> None:
    done = kubelint(project, "lint", "--watch", *arguments, stdin="")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def leave(status: int) -> None:
    sys.exit(status)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_child_tells_how_it_ended(method: str) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no signals like these on Windows")
    assert run_in_child(leave, 0, method=method) == 0
    assert run_in_child(leave, 7, method=method) == 7
    assert run_in_child(crash, method=method) == -signal.SIGKILL


def test_a_check_in_a_process_that_was_started_anew(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As on systems where a fork is unknown or unsafe."""
    given = read_arguments(["--watch", str(project / "k8s")])
    assert given is not None
    assert run_in_child(_check, _plan(given), method="spawn") == 0
    printed = capfd.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines()[-1] == FOUND


def test_the_page_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[1] / "docs" / "editors.md").read_text(encoding="utf-8")
    shown = ("kubelint: checking k8s", FINDING, FOUND, "kubelint: checking again: k8s/web.yaml changed", NOTHING)
    assert "$ kubelint lint --watch k8s\n" + "\n".join(shown) + "\n" in page

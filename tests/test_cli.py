"""The command line as people use it: words, exit statuses, streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LESSON = """\
# Lessons

## Kubernetes

### web-called-web

**Nobody knows which web is meant.**

**Root cause:** The name says nothing.

**Fix:** Name it after what it serves.

**Seen:** 2026-02-11 cardboard, 2026-02-13 trade-bot

```yaml rule
severity: error
match: ConfigMap
forbid: object.metadata.name == "web"
at: metadata.name
label: says nothing
message: '{object.kind} "{object.name}" has a name that says nothing'
```
"""

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  key: value\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "k8s").mkdir()
    (tmp_path / "docs" / "ai-lessons.md").write_text(LESSON, encoding="utf-8")
    (tmp_path / "k8s" / "web.yaml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


def kubelint(
    cwd: Path, *arguments: str, stdin: str | bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "kubelint_lessons", *arguments],
        cwd=cwd,
        input=data,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    output = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert "Traceback" not in output[1]
    return subprocess.CompletedProcess(done.args, done.returncode, *output)


FULL = """\
error[web-called-web]: ConfigMap "web" has a name that says nothing
  --> k8s/web.yaml:4:3
   |
 4 |   name: web
   |   ^^^^^^^^^ says nothing
   |
   = symptom: Nobody knows which web is meant.
   = cause:   The name says nothing.
   = fix:     Name it after what it serves.
   = lesson:  docs/ai-lessons.md:5 (seen 2 times)

Found 1 error in 1 file.
  checked: 1 resource in 1 document of 1 file, """


def test_a_finding_in_full(project: Path) -> None:
    done = kubelint(project, "lint", "k8s")
    assert done.returncode == 1
    assert done.stdout.startswith(FULL)
    assert done.stderr == ""


def test_concise_is_one_line_a_finding(project: Path) -> None:
    done = kubelint(project, "lint", "-q", "--output-format", "concise")
    assert done.stdout == 'k8s/web.yaml:4:3: error[web-called-web] ConfigMap "web" has a name that says nothing\n'


def test_json_is_versioned_and_complete(project: Path) -> None:
    data = json.loads(kubelint(project, "lint", "--output-format", "json").stdout)
    assert data["version"] == 1
    assert data["summary"]["error"] == 1
    (finding,) = data["findings"]
    assert finding["rule"] == "web-called-web"
    assert finding["location"] == {"path": "k8s/web.yaml", "line": 4, "column": 3, "end_column": 12}
    assert finding["resource"] == {"group": "", "kind": "ConfigMap", "namespace": None, "name": "web"}
    assert finding["lesson"]["path"] == "docs/ai-lessons.md"
    assert len(finding["lesson"]["seen"]) == 2


def test_several_reports_at_once(project: Path) -> None:
    done = kubelint(project, "lint", "--output-format", "concise", "--output-format", "json=out.json")
    assert "web-called-web" in done.stdout
    assert json.loads((project / "out.json").read_text(encoding="utf-8"))["version"] == 1


def test_two_runs_give_the_same_bytes(project: Path) -> None:
    first = kubelint(project, "lint", "--output-format", "json", PYTHONHASHSEED="1")
    second = kubelint(project, "lint", "--output-format", "json", PYTHONHASHSEED="2")
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--ignore", "web-called-web"), 0),
        (("--select", "duplicate-key"), 0),
        (("--select", "web-called-web"), 1),
        (("--exclude", "k8s/web.yaml", "docs"), 0),
    ],
)
def test_exit_status(project: Path, arguments: tuple[str, ...], status: int) -> None:
    assert kubelint(project, "lint", *arguments).returncode == status


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lint", "--selct", "x"), "--select"),
        (("lnt",), 'Did you mean "lint"?'),
        (("lint", "nowhere"), "no such file or directory"),
        (("lint", "--select", "web-caled-web"), 'did you mean "web-called-web"?'),
        (("lint", "--output-format", "jsn"), 'did you mean "json"?'),
        (("lint", "--output-format", "json=/nowhere/x.json"), "cannot be written"),
        (("lint", "--stdin-filename", "a.yaml"), "goes with - as PATH"),
        (("lint", "--fail-on", "sometimes"), "never"),
        (("explain", "web-caled-web"), 'did you mean "web-called-web"?'),
    ],
)
def test_a_mistake_on_the_command_line_is_one_message_with_the_next_step(
    project: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = kubelint(project, *arguments)
    assert done.returncode == 2
    assert words in done.stdout + done.stderr


def test_an_empty_directory_is_an_error(project: Path) -> None:
    (project / "empty").mkdir()
    done = kubelint(project, "lint", "empty")
    assert done.returncode == 2
    assert "empty: error: holds no file to look at" in done.stdout


def test_standard_input_is_linted_alone_or_in_place_of_a_file(project: Path) -> None:
    assert kubelint(project, "lint", "-", stdin=MANIFEST).stdout.count("error[web-called-web]") == 1
    assert "--> <stdin>:4:3" in kubelint(project, "lint", "-", stdin=MANIFEST).stdout
    mended = MANIFEST.replace("name: web", "name: shop")
    assert kubelint(project, "lint", "--stdin-filename", "k8s/web.yaml", "-", stdin=mended).returncode == 0


def test_a_list_as_kubectl_prints_it(project: Path) -> None:
    listed = 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: "web"\n'
    assert "--> <stdin>:7:5" in kubelint(project, "lint", "-", stdin=listed).stdout


def test_a_broken_lesson_is_named_at_its_place_and_the_others_run(project: Path) -> None:
    words = "\n### broken-rule\n\n**It breaks.**\n\n**Root cause:** x.\n\n**Fix:** y.\n"
    broken = f"{LESSON}{words}\n```yaml rule\nmatch: Service\nforbid: object.spec.selector ==\n```\n"
    (project / "docs" / "ai-lessons.md").write_text(broken, encoding="utf-8")
    done = kubelint(project, "lint", "k8s")
    assert done.returncode == 2
    assert "error[web-called-web]" in done.stdout
    assert "docs/ai-lessons.md:34:32" in done.stdout


def test_a_lesson_whose_example_does_not_hold_is_an_error(project: Path) -> None:
    wrong = LESSON + "\n```yaml bad\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop # finding\n```\n"
    (project / "docs" / "ai-lessons.md").write_text(wrong, encoding="utf-8")
    for _ in range(2):  # the second time from the cache
        done = kubelint(project, "lint", "k8s")
        assert done.returncode == 2
        assert (
            "docs/ai-lessons.md:28:1: error: web-called-web: the bad example has no finding on this line" in done.stdout
        )


def test_show_files_says_how_each_was_treated(project: Path) -> None:
    (project / "k8s" / "values.yaml").write_text("replicas: 1\n", encoding="utf-8")
    out = kubelint(project, "lint", "--show-files").stdout
    assert "checked" in out
    assert "k8s/web.yaml" in out
    assert "k8s/values.yaml" in out


def test_colour_is_off_in_a_pipe_and_with_no_color(project: Path) -> None:
    assert "\x1b[" not in kubelint(project, "lint").stdout
    assert "\x1b[" in kubelint(project, "lint", "--color", "always").stdout
    assert "\x1b[" in kubelint(project, "lint", FORCE_COLOR="1").stdout
    assert "\x1b[" not in kubelint(project, "lint", NO_COLOR="1", FORCE_COLOR="1").stdout


def test_a_config_with_a_mistake_is_an_error_and_the_rest_of_it_holds(project: Path) -> None:
    (project / ".kubelint.yaml").write_text("ignore: [web-called-web]\nexlude: [x]\n", encoding="utf-8")
    done = kubelint(project, "lint")
    assert done.returncode == 2
    assert '.kubelint.yaml:2:1: error: unknown option "exlude"' in done.stdout
    assert "web-called-web]" not in done.stdout
    assert kubelint(project, "lint", "--isolated").returncode == 1


def test_explain_and_rules_know_the_teams_lessons(project: Path) -> None:
    told = kubelint(project, "explain", "web-called-web").stdout
    assert "Nobody knows which web is meant." in told
    assert "docs/ai-lessons.md:5" in told
    listed = json.loads(kubelint(project, "rules", "--output-format", "json").stdout)
    assert {"web-called-web", "shared-service-selector"} <= {rule["id"] for rule in listed}
    assert "web-called-web" in kubelint(project, "rules").stdout


def test_lessons_check_says_what_was_looked_at(project: Path) -> None:
    done = kubelint(project, "lessons", "check")
    assert done.returncode == 0
    assert "docs/ai-lessons.md:5:5: warning: web-called-web: there is no bad example" in done.stdout
    assert done.stdout.endswith("1 lesson, 0 notes, 0 examples: 2 warnings\n")
    assert kubelint(project, "lessons", "check", "--strict").returncode == 1


def test_version() -> None:
    from kubelint_lessons import __version__

    assert kubelint(Path.cwd(), "--version").stdout == f"kubelint {__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and pipes")
def test_a_closed_pipe_is_no_error_message(project: Path) -> None:
    command = f"{sys.executable} -m kubelint_lessons lint | true"
    done = subprocess.run(["sh", "-c", command], cwd=project, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and pipes")
def test_an_interrupt_ends_with_130(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kubelint_lessons", "lint", "-"],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # The program is up and waits for standard input once it has made its first system calls on it.
    assert process.stdin is not None
    process.stdin.write("a: 1\n")
    process.stdin.flush()
    _wait_until_started(process.pid)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in errors


def _wait_until_started(pid: int) -> None:
    """Wait until the process sleeps in a read of its standard input."""
    import time

    for _ in range(600):
        try:
            if "pipe" in Path(f"/proc/{pid}/wchan").read_text(encoding="ascii"):
                return
        except OSError:
            pytest.skip("this system does not tell what a process waits for")
        time.sleep(0.05)
    pytest.skip("this system does not tell what a process waits for")


def test_the_program_ends_with_all_its_output_and_its_status(tmp_path: Path) -> None:
    """It ends without taking Python apart: what others registered for the end runs, and nothing stays in a buffer."""
    program = (
        "import atexit, sys\n"
        "from kubelint_lessons import cli\n"
        "def main():\n"
        "    print('x' * 100_000, end='')\n"
        "    sys.stderr.write('told')\n"
        "    sys.exit({status})\n"
        "cli.main = main\n"
        "atexit.register(lambda: print('registered'))\n"
        "cli.program()\n"
    )
    for status, code in (("1", 1), ("0", 0), ("None", 0), ("'words'", 1)):
        done = subprocess.run(
            [sys.executable, "-c", program.replace("{status}", status)], capture_output=True, text=True, check=False
        )
        assert done.returncode == code
        assert done.stdout == "x" * 100_000 + "registered\n"
        assert done.stderr.startswith("told")


def test_a_broken_pipe_at_the_end_is_told_by_python(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from kubelint_lessons import cli\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "os.dup2(writing, 1)\n"
        "def main():\n"
        "    sys.stdout.write('x')\n"
        "    sys.exit(0)\n"
        "cli.main = main\n"
        "cli.program()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "BrokenPipeError" in done.stderr

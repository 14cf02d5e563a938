"""Results that are remembered: the same answer as without, whatever has changed, and whatever became of the entry."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from git_helpers import NEEDS_GIT, commit, git, write

from kubelint_lessons.authoring import remembered
from kubelint_lessons.authoring.linter import lint
from kubelint_lessons.authoring.remembered import lint_remembered
from kubelint_lessons.authoring.request import Linted, Options
from kubelint_lessons.engine import filestates, packed
from kubelint_lessons.engine.baseline import render_baseline
from kubelint_lessons.engine.known import Known
from kubelint_lessons.engine.packed import pack_result, unpack_result
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import Result
from kubelint_lessons.lessons import blobs as blobs_module
from kubelint_lessons.lessons.blobs import Blobs, Room
from kubelint_lessons.lessons.installation import installation_key
from kubelint_lessons.manifests.inputs import Inputs, StandardInput, find_inputs

SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  selector: {{app: {app}}}
  ports: [{{port: 80}}]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {app}}}}}
spec:
  hostNetwork: {host}
  containers: [{{name: web, image: "nginx:{tag}"}}]
"""
LESSON = """\
# Lessons

## Kubernetes

### {rule}

**{symptom}**

**Root cause:** it breaks. **Fix:** remove it.

```yaml rule
severity: error
match: Pod
forbid: has(object.spec.hostNetwork) && object.spec.hostNetwork == true
at: spec.hostNetwork
```
"""
FILES: dict[str, str | None] = {
    "k8s/service.yaml": SERVICE.format(name="web", app="web"),
    "k8s/pod.yaml": POD.format(name="web", app="wob", host="true", tag="1.25"),
    "docs/ai-lessons.md": LESSON.format(rule="host-network-pod", symptom="Ports clash."),
}


class Runs:
    """Lints the current directory with a cache of its own, and counts how often the linter itself was asked."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.asked = 0
        self._lint = remembered._lint
        monkeypatch.setattr(remembered, "cache_folder", lambda: str(folder))
        key = installation_key()  # somebody may work on this tree while its tests run
        monkeypatch.setattr(blobs_module, "installation_key", lambda: key)
        monkeypatch.setattr(remembered, "_lint", self._count)

    def _count(self, inputs: Inputs, options: Options, readings: Readings | None) -> Linted:
        self.asked += 1
        return self._lint(inputs, options, readings)

    def check(self, *paths: str, stdin: StandardInput | None = None, **options: Any) -> bool:
        """Return whether the answer was remembered; it must be that of a lint that remembers nothing."""
        inputs = find_inputs(paths or (".",), stdin=stdin)
        before = self.asked
        answer = lint_remembered(inputs, Options(**options))
        assert plain(answer) == plain(lint(inputs, Options(**options)))
        return self.asked == before

    def entries(self) -> list[Path]:
        return sorted((self.folder / remembered.KIND).glob("*"))


def plain(linted: Linted) -> object:
    """Return a result as reports see it."""
    assert pack_result(linted.result) is not None
    return linted.status, pack_result(linted.result)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Return runs in a small project whose files have not changed for long enough."""
    monkeypatch.setattr(filestates, "SETTLED", -1 << 62)  # what was written just now counts as old
    root = tmp_path / "project"
    write(root, {".kubelint.yaml": "", **FILES})
    monkeypatch.chdir(root)
    return Runs(tmp_path / "cache", monkeypatch)


def test_an_unchanged_project_is_not_linted_again(runs: Runs) -> None:
    assert not runs.check()
    assert runs.check()
    assert runs.check()
    assert len(runs.entries()) == 1
    assert not runs.check("k8s/pod.yaml")
    assert runs.check("k8s/pod.yaml")
    assert runs.check()


def edit(name: str, text: str | None) -> Callable[[], None]:
    return lambda: write(Path.cwd(), {name: text})


def _rename() -> None:
    os.rename("k8s/pod.yaml", "k8s/renamed.yaml")


def _edit_and_restore_the_time() -> None:
    path = Path("k8s/pod.yaml")
    status = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("true", "null"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)


def _swap() -> None:
    """Exchange two files, times and sizes included."""
    os.rename("k8s/pod.yaml", "k8s/other")
    os.rename("k8s/service.yaml", "k8s/pod.yaml")
    os.rename("k8s/other", "k8s/service.yaml")


def _link() -> None:
    Path("elsewhere").write_text(Path("k8s/pod.yaml").read_text(encoding="utf-8").replace("true", "false"))
    os.unlink("k8s/pod.yaml")
    os.symlink("../elsewhere", "k8s/pod.yaml")


def _link_lessons_out() -> None:
    outside = Path.cwd().parent / "outside.md"
    os.rename("docs/ai-lessons.md", outside)
    os.symlink(outside, "docs/ai-lessons.md")


CHANGES: dict[str, Callable[[], None]] = {
    "edit": edit("k8s/pod.yaml", POD.format(name="web", app="web", host="false", tag="1.25")),
    "edit with the old time": _edit_and_restore_the_time,
    "rename": _rename,
    "swap": _swap,
    "delete": edit("k8s/pod.yaml", None),
    "new manifest": edit("k8s/new.yaml", POD.format(name="new", app="web", host="true", tag="1.25")),
    "new kustomization": edit("k8s/kustomization.yaml", "resources: [service.yaml]\nnamespace: a\n"),
    "link": _link,
    "lessons": edit("docs/ai-lessons.md", LESSON.format(rule="host-network-pod", symptom="Other words.")),
    "lessons gone": edit("docs/ai-lessons.md", None),
    "lessons behind a link": _link_lessons_out,
    "second lessons": edit("ai-lessons.md", LESSON.format(rule="another-rule", symptom="Other words.")),
    "facts": edit("docs/platform-reference.md", "```yaml platform\nkubernetesVersion: '1.16'\n```\n"),
    "config": edit(".kubelint.yaml", "ignore: [host-network-pod]\n"),
    "severity": edit(".kubelint.yaml", "severity: {host-network-pod: info}\n"),
    "exclude": edit(".kubelint.yaml", "exclude: [k8s/pod.yaml]\n"),
    "fail-on": edit(".kubelint.yaml", "fail-on: never\n"),
    "other lessons": edit(".kubelint.yaml", "lessons: [docs/none.md]\n"),
    "baseline": edit(".kubelint-baseline.json", "{}"),
    "suppression": edit(
        "k8s/pod.yaml", "# kubelint: ignore-file[host-network-pod] known\n" + str(FILES["k8s/pod.yaml"])
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_linted_again(runs: Runs, change: Callable[[], None]) -> None:
    assert not runs.check()
    assert runs.check()
    change()
    assert not runs.check()


@pytest.mark.parametrize(
    "options",
    [
        {"ignore": ("host-network-pod",)},
        {"select": ("host-network-pod",)},
        {"extend_select": ("host-network-pod",)},
        {"fail_on": "never"},
        {"isolated": True},
        {"kubernetes_version": "1.16"},
        {"is_narrowed": True},
        {"config": "other.yaml"},
        {"baseline": "book.json"},
        {"use_baseline": False},
        {"force_exclude": True},
    ],
    ids=lambda options: next(iter(options)),
)
def test_other_options_are_another_question(runs: Runs, options: dict[str, Any]) -> None:
    write(Path.cwd(), {"other.yaml": "ignore: [host-network-pod]\n", "book.json": "{}"})
    assert not runs.check()
    assert not runs.check(**options)
    assert runs.check()
    assert runs.check(**options)


def test_sources_outside_the_project_count(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("ignore: [host-network-pod]\n", encoding="utf-8")
    assert not runs.check(config="../other.yaml")
    assert runs.check(config="../other.yaml")
    (tmp_path / "other.yaml").write_text("fail-on: never\n", encoding="utf-8")
    assert not runs.check(config="../other.yaml")


def test_paths_are_those_of_the_directory(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs.check()
    monkeypatch.chdir("k8s")
    assert not runs.check("..")
    assert not runs.check()
    assert runs.check()


def test_standard_input_counts(runs: Runs) -> None:
    def given(host: str) -> StandardInput:
        return StandardInput(POD.format(name="web", app="web", host=host, tag="1").encode(), "k8s/pod.yaml")

    assert not runs.check("k8s", stdin=given("true"))
    assert runs.check("k8s", stdin=given("true"))
    assert not runs.check("k8s", stdin=given("false"))


def test_a_baseline_counts_with_the_files_that_it_names(runs: Runs) -> None:
    gone = Known("0123456789abcdef", "host-network-pod", "notes/gone.yaml", "Pod web", "It breaks.")
    commit_files = {".kubelint.yaml": "exclude: [notes]\n", ".kubelint-baseline.json": render_baseline([gone])}
    write(Path.cwd(), {**commit_files, "notes/a.yaml": ""})
    assert not runs.check()
    assert runs.check()
    write(Path.cwd(), {"notes/a.yaml": None, "notes/gone.yaml": ""})
    assert not runs.check()
    assert runs.check()


def test_a_touched_file_is_read_and_not_linted(runs: Runs) -> None:
    assert not runs.check()
    for path in Path("k8s").iterdir():
        os.utime(path, ns=(1, 1))
    before = runs.entries()[0].stat().st_mtime_ns
    assert runs.check()
    assert runs.entries()[0].stat().st_mtime_ns != before  # the new times are known now
    assert runs.check()


@NEEDS_GIT
def test_another_branch_is_linted_again(runs: Runs) -> None:
    root = Path.cwd()
    commit(root, {})
    git(root, "checkout", "-q", "-b", "other")
    commit(root, {"k8s/pod.yaml": POD.format(name="web", app="web", host="false", tag="1.25")})
    git(root, "checkout", "-q", "main")
    assert not runs.check()
    git(root, "checkout", "-q", "other")
    assert not runs.check()
    git(root, "checkout", "-q", "main")
    runs.check()
    assert runs.check()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_an_unreadable_file_is_not_remembered(runs: Runs) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    assert not runs.check()
    os.chmod("k8s/pod.yaml", 0)
    assert not runs.check()
    assert not runs.check()


def test_a_file_that_changed_just_now_is_read_each_time(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filestates, "SETTLED", 1 << 62)
    assert not runs.check()
    hashed: list[str] = []
    monkeypatch.setattr(remembered, "hash_file", lambda path: hashed.append(path) or filestates.hash_file(path))  # type: ignore[func-returns-value]
    assert runs.check()
    assert any(path.endswith("pod.yaml") for path in hashed)


@pytest.mark.parametrize(
    ("name", "text"),
    [("k8s/pod.yaml", "kind: none\n"), ("docs/ai-lessons.md", "# None\n"), (".kubelint.yaml", "{}\n")],
)
def test_what_changes_while_it_is_linted_is_not_remembered(
    runs: Runs, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    def late(inputs: Inputs, options: Options, readings: Readings | None) -> Linted:
        linted = lint(inputs, options, readings=readings)
        write(Path.cwd(), {name: text})
        return linted

    monkeypatch.setattr(remembered, "_lint", late)
    lint_remembered(find_inputs(["."]), Options())
    assert runs.entries() == []


def test_an_entry_until_a_day_is_of_that_day(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    suppress = "suppress:\n- rules: [host-network-pod]\n  until: 2026-05-01\n  reason: it moves away\n"
    write(Path.cwd(), {".kubelint.yaml": suppress})
    for day, is_known in (("2026-05-01", False), ("2026-05-01", True), ("2026-05-02", False), ("2026-05-02", True)):
        for module in ("engine.suppressionentries", "engine.run"):
            monkeypatch.setattr(f"kubelint_lessons.{module}.today", lambda day=day: day)
        assert runs.check() is is_known


def test_days_do_not_count_elsewhere(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs.check()
    monkeypatch.setattr("kubelint_lessons.engine.suppressionentries.today", lambda: "2000-01-01")
    assert runs.check()


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "other", "folder", "foreign"])
def test_a_damaged_entry_is_no_entry(runs: Runs, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs.check("k8s/service.yaml")
    (other,) = runs.entries()
    assert not runs.check()
    (entry,) = (path for path in runs.entries() if path != other)
    content = entry.read_bytes()
    if damage == "empty":
        entry.write_bytes(b"")
    elif damage == "short":
        entry.write_bytes(content[:-1])
    elif damage == "flipped":
        entry.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "other":
        entry.write_bytes(other.read_bytes())
    elif damage == "folder":
        entry.unlink()
        entry.mkdir()
    else:
        if os.name != "posix":
            pytest.skip("owners are POSIX")
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert not runs.check()


def test_another_installation_has_its_own_answers(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs.check()
    monkeypatch.setattr(blobs_module, "installation_key", lambda: "another")
    assert not runs.check()
    assert len(runs.entries()) == 1
    assert runs.check()


def test_a_cache_that_cannot_be_written_changes_nothing(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert not runs.check()
        assert not runs.check()
    assert runs.entries() == []
    runs.folder.joinpath(remembered.KIND).rmdir()
    runs.folder.joinpath(remembered.KIND).write_text("a file", encoding="utf-8")
    assert not runs.check()


def test_without_a_cache_nothing_is_read_or_written(runs: Runs) -> None:
    assert not runs.check()
    (entry,) = runs.entries()
    assert not runs.check(use_cache=False)
    before = entry.read_bytes()
    write(Path.cwd(), {"k8s/pod.yaml": "kind: none\n"})
    assert not runs.check(use_cache=False)
    assert entry.read_bytes() == before


def test_room_is_bounded(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    room = Room(entries=8, total=10_000, largest=4_000)
    blobs.put("kind", "large", "x" * 5_000, room)
    assert blobs.get("kind", "large") is None
    for number in range(40):
        blobs.put("kind", str(number), [number], room)
        assert blobs.get("kind", str(number)) == [number]
        assert len(list((tmp_path / "kind").iterdir())) <= 8
    for number in range(10):
        blobs.put("kind", str(number), "y" * 3_000, room)
        assert sum(path.stat().st_size for path in (tmp_path / "kind").iterdir()) <= 10_000


def test_values_that_cannot_be_kept_are_not(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path))
    blobs.put("kind", "key", object(), Room(8, 10_000, 4_000))
    assert blobs.get("kind", "key") is None
    Blobs(None).put("kind", "key", 1, Room(8, 10_000, 4_000))
    assert Blobs(None).get("kind", "key") is None


def test_a_result_is_packed_whole(runs: Runs) -> None:
    result = lint(find_inputs(["."]), Options()).result
    assert result.findings
    assert Result._fields == packed._FIELDS
    again = unpack_result(pack_result(result) or ())
    assert [finding._replace(fix=None) for finding in again.findings] == [
        finding._replace(fix=None) for finding in result.findings
    ]
    assert again._replace(findings=(), suppressed=()) == result._replace(findings=(), suppressed=())


ALONE = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def kubelint(cwd: Path, cache: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kubelint_lessons", "lint", *arguments]
    environment = {**ALONE, "KUBELINT_CACHE_DIR": str(cache)}
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_may_share_a_cache(tmp_path: Path) -> None:
    write(tmp_path / "project", {".kubelint.yaml": "", **FILES})
    outputs = set()
    for _ in range(2):
        both = [kubelint(tmp_path / "project", tmp_path / "cache", ".") for _ in range(3)]
        outputs |= {(process.communicate(timeout=120), process.returncode) for process in both}
    assert len(outputs) == 1
    assert {path.suffix for path in (tmp_path / "cache" / "results").iterdir()} == {".bin"}


def test_edits_in_any_order_are_seen(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of edits, each followed by lints of the whole and of a part, compared with lints without a cache."""
    monkeypatch.setattr(filestates, "SETTLED", 20_000_000)
    chance = random.Random(6)
    names = [f"k8s/{name}.yaml" for name in ("a", "b", "c", "d", "service", "pod")]
    for _ in range(60):
        name = chance.choice(names)
        kind = chance.choice(["pod", "service", "delete", "touch", "swap", "nothing", "config"])
        path = Path(name)
        app, tag = chance.choice(["web", "db"]), chance.choice(["1.25", "1.26", "latest"])
        if kind == "pod":
            write(Path.cwd(), {name: POD.format(name=app, app=app, host=chance.choice(["true", "null"]), tag=tag)})
        elif kind == "service":
            write(Path.cwd(), {name: SERVICE.format(name=app, app=app)})
        elif kind == "config":
            write(Path.cwd(), {".kubelint.yaml": chance.choice(["", "ignore: [host-network-pod]\n"])})
        elif not path.exists():
            continue
        elif kind == "delete":
            path.unlink()
        elif kind == "touch":
            os.utime(path, ns=(0, chance.choice([1, time.time_ns()])))
        elif kind == "swap":
            os.replace(path, chance.choice(names))
        runs.check()
        present = [other for other in names if Path(other).exists()]
        if present:
            runs.check(chance.choice(present))

"""Several processes find what one finds, byte for byte, whatever happens to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelint_lessons.cli.options import OUTPUT_FORMATS
from kubelint_lessons.engine import jobs
from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.jobs import LEAST_BYTES, MOST_PIECES, processes_for, share
from kubelint_lessons.engine.judging import pieces_of
from kubelint_lessons.engine.result import Result
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.checks import CheckError, load_check
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.embedded import embedded_documents
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.finding import Finding, Problem, RelatedPlace
from kubelint_lessons.model.fix import Edit, Fix
from kubelint_lessons.model.location import Location, Place

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

RULES = load_rules().rules
PARENT = os.getpid()


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork also where a coverage tool watches this process."""
    monkeypatch.setattr(jobs, "_can_fork", lambda: True)


def plain(answer: Any) -> Any:
    return answer


def in_child() -> bool:
    return os.getpid() != PARENT


def wait_for_a_child() -> None:
    """Give the child time to take a piece."""
    if not in_child():
        time.sleep(0.05)


def test_answers_come_in_order_and_from_several_processes() -> None:
    def work(number: int) -> tuple[int, int]:
        time.sleep(0.01)
        return number, os.getpid()

    answers = share(40, 3, work, plain, plain)
    assert [number for number, _ in answers] == list(range(40))
    assert len({process for _, process in answers}) == 3


@pytest.mark.parametrize("pieces", [0, 1, MOST_PIECES])
def test_any_number_of_pieces(pieces: int) -> None:
    assert share(pieces, 2, lambda number: number * 2, plain, plain) == [number * 2 for number in range(pieces)]


def ends_by_signal(number: int) -> int:
    if in_child():
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def ends_by_itself(number: int) -> int:
    if in_child():
        os._exit(0)
    return number


def raises(number: int) -> int:
    if in_child():
        raise SystemExit("not for the child to decide")
    return number


def has_no_memory(number: int) -> int:
    if in_child():
        raise MemoryError
    return number


@pytest.mark.parametrize("work", [ends_by_signal, ends_by_itself, raises, has_no_memory])
def test_the_parent_does_what_a_child_fails_to_do(work: Any) -> None:
    def slowly(number: int) -> int:
        wait_for_a_child()
        answer: int = work(number)
        return answer

    assert share(6, 3, slowly, plain, plain) == list(range(6))


def test_the_parent_does_what_cannot_be_sent() -> None:
    def work(number: int) -> object:
        wait_for_a_child()
        return number, in_child()

    answers = share(6, 2, work, lambda answer: object() if answer[1] else answer, plain)
    assert answers == [(number, False) for number in range(6)]


def test_a_truncated_answer_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(mouth: int, waiting: bytearray) -> None:
        os.write(mouth, waiting[:-1])
        os._exit(0)

    monkeypatch.setattr(jobs, "_send", break_off)

    def work(number: int) -> int:
        wait_for_a_child()
        return os.getpid()

    assert set(share(6, 2, work, plain, plain)) == {os.getpid()}


def test_what_came_whole_before_a_child_died_counts() -> None:
    def work(number: int) -> tuple[int, bool]:
        time.sleep(0.05)
        if in_child() and number > 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return number, in_child()

    answers = share(12, 2, work, plain, plain)
    assert [number for number, _ in answers] == list(range(12))
    assert any(by_child for _, by_child in answers)
    assert not any(by_child for number, by_child in answers if number > 5)


def test_answers_larger_than_a_pipe_come_whole() -> None:
    def work(number: int) -> tuple[int, str]:
        time.sleep(0.01)
        return os.getpid(), str(number) * 700_000

    answers = share(9, 2, work, plain, plain)
    assert [text[:1] for _, text in answers] == list("012345678")
    assert all(len(text) == 700_000 for _, text in answers)
    assert len({process for process, _ in answers}) == 2


def test_no_child_is_left_behind_when_the_parent_is_interrupted(tmp_path: Path) -> None:
    def work(number: int) -> int:
        if in_child():
            (tmp_path / "child").write_text(str(os.getpid()), encoding="ascii")
            time.sleep(60)
        deadline = time.monotonic() + 30
        while not (tmp_path / "child").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share(2, 2, work, plain, plain)
    child = int((tmp_path / "child").read_text(encoding="ascii"))
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_system_without_room_for_a_child_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", full)
    assert share(5, 4, lambda number: number, plain, plain) == list(range(5))


def test_processes_are_used_only_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "usable_cores", lambda: 8)
    assert processes_for(0, LEAST_BYTES - 1) == 1
    assert processes_for(0, LEAST_BYTES) == 4
    assert processes_for(1, LEAST_BYTES) == 1
    assert processes_for(6, 10) == 6
    monkeypatch.setattr(jobs, "usable_cores", lambda: 1)
    assert processes_for(0, LEAST_BYTES) == 1
    monkeypatch.setattr(jobs, "_can_fork", lambda: False)
    assert processes_for(6, LEAST_BYTES) == 1


@pytest.mark.parametrize(
    ("sizes", "most"),
    [
        ([], 0),
        ([1], 1),
        ([1] * 1000, 40),
        ([10_000], 40),
        ([5000, *[1] * 5000], 40),
        ([3] * 7, 21),
        ([51, 50] * 99, 75),
    ],
)
def test_pieces_hold_every_object_once_and_in_order(sizes: list[int], most: int) -> None:
    groups: Any = [(Scope, [(scope, number) for number in range(size)]) for scope, size in enumerate(sizes)]
    pieces: Any = pieces_of(groups)
    assert [item for piece in pieces for _, objects in piece for item in objects] == [
        (scope, number) for scope, size in enumerate(sizes) for number in range(size)
    ]
    assert len(pieces) <= most <= MOST_PIECES


def test_pieces_grow_smaller_so_that_nobody_waits_long_for_the_last() -> None:
    sizes = [len(objects) for (_, objects) in (piece[0] for piece in pieces_of([(Scope, range(9600))]))]  # type: ignore[list-item]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-2]) == (800, 100)


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{0}}}
spec:
  selector: {{matchLabels: {{app: web-{0}}}}}
  template:
    metadata: {{labels: {{app: web-{0}}}}}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          resources: {{limits: {{memory: 512m}}}}
          envFrom: [{{configMapRef: {{name: absent-{0}}}}}]
      volumes:
        - {{name: c, configMap: {{name: settings-{0}, defaultMode: 644}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web-{0}}}
spec: {{selector: {{app: web-{0}}}, ports: [{{port: 80, targetPort: http}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings-{0}}}
data:
  a.yaml: |
    one: 1
    ---
    two: 2
"""


def write_project(root: Path) -> Path:
    """Return a project whose objects lie in a scope of their own, and in two overlays of one base."""
    root.mkdir()
    (root / ".kubelint.yaml").write_text("suppress: []\n", encoding="utf-8")
    for folder, first, last in (("plain", 0, 30), ("base", 30, 45)):
        (root / folder).mkdir(parents=True)
        for number in range(first, last):
            (root / folder / f"{number}.yaml").write_text(MANIFEST.format(number), encoding="utf-8")
    names = "".join(f"  - {number}.yaml\n" for number in range(30, 45))
    (root / "base" / "kustomization.yaml").write_text(f"resources:\n{names}", encoding="utf-8")
    for overlay in ("staging", "production"):
        (root / overlay).mkdir()
        text = f"namespace: {overlay}\nresources: [../base]\n"
        (root / overlay / "kustomization.yaml").write_text(text, encoding="utf-8")
    (root / "plain" / "broken.yaml").write_text("kind: [\n", encoding="utf-8")
    (root / "deploy.sh").write_text("kubectl apply -f .\n", encoding="utf-8")
    return root


# An --exclude of its own for each run: what is remembered of another run would make it vain.


def kubelint(where: Path, cache: Path, *arguments: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "kubelint_lessons", "lint", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "KUBELINT_CACHE_DIR": str(cache)}
    return subprocess.run(command, cwd=where, capture_output=True, check=False, env=environment)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def reports_of(where: Path, folder: Path, cache: Path, number: str, seed: str) -> dict[str, bytes]:
    folder.mkdir()
    outputs = [f"--output-format={name}={folder / name}" for name in OUTPUT_FORMATS]
    done = kubelint(
        where, cache, "--show-files", f"--jobs={number}", f"--exclude=run-{number}-{seed}", *outputs, seed=seed
    )
    assert done.returncode in (1, 2), done.stderr
    assert done.stderr == b""
    return {name: (folder / name).read_bytes() for name in OUTPUT_FORMATS}


def test_every_format_is_the_same_with_and_without_processes(tmp_path: Path, cache: Path) -> None:
    project = write_project(tmp_path / "project")
    alone = reports_of(project, tmp_path / "one", cache, "1", "1")
    assert alone["concise"].count(b"\n") > 100
    for number, seed in (("2", "2"), ("3", "77")):
        assert reports_of(project, tmp_path / f"jobs-{number}", cache, number, seed) == alone


def test_fixes_are_the_same_with_and_without_processes(tmp_path: Path, cache: Path) -> None:
    project = write_project(tmp_path / "project")
    alone = kubelint(project, cache, "--jobs=1", "--exclude=run-1", "--diff", "--unsafe-fixes")
    assert alone.stdout.startswith(b"---")
    together = kubelint(project, cache, "--jobs=2", "--exclude=run-2", "--diff", "--unsafe-fixes")
    assert (together.returncode, together.stdout, together.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_the_corpus_is_the_same_with_and_without_processes(shared: Path, tmp_path: Path, cache: Path) -> None:
    reports = []
    for number in ("1", "2"):
        target = tmp_path / f"{number}.json"
        kubelint(
            shared / "corpus" / "clean",
            cache,
            f"--jobs={number}",
            f"--exclude=run-{number}",
            f"--output-format=json={target}",
        )
        reports.append(target.read_bytes())
    assert reports[0] == reports[1]


@pytest.mark.parametrize("text", ["0", "-1", "two", "65", "1.5", "٢", ""])
def test_a_number_of_processes_that_is_none_is_refused(tmp_path: Path, cache: Path, text: str) -> None:
    done = kubelint(tmp_path, cache, f"--jobs={text}")
    assert done.returncode == 2
    assert b"--jobs: " in done.stderr


def project_of(root: Path) -> Project:
    paths = sorted(path for path in root.rglob("*.yaml") if path.name != ".kubelint.yaml")
    files = [InputFile(str(path), str(path.relative_to(root)), str(path), True, True) for path in paths]
    return Project(str(root), str(root), tuple(files))


def run(root: Path, check: Any, number: int, rule: str = "decimal-file-mode") -> Result:
    def loading(name: str) -> Any:
        return check if name == RULES[rule].detectors[0].check else load_check(name)

    if check is None:

        def loading(name: str) -> Any:
            raise CheckError(f"{name} is broken", "mend it")

    rules = {name: RULES[name] for name in (rule, "memory-of-a-few-bytes")}
    settings = Settings({}, {}, jobs=number)
    return run_project(project_of(root), rules, Platform({}, ""), Toolbox(Compiler(), loading), settings)


def comparable(finding: Finding) -> tuple[object, ...]:
    """Return a finding as values: documents of two runs differ."""
    edits = () if finding.fix is None else finding.fix.edits
    places = [(edit.operation, edit.place.location(), edit.place.spot, edit.value, edit.old) for edit in edits]
    return (*finding._replace(fix=None), finding.fix and (finding.fix.title, finding.fix.applicability), places)


def same(one: Result, other: Result) -> bool:
    assert [comparable(finding) for finding in one.findings] == [comparable(finding) for finding in other.findings]
    return one._replace(findings=()) == other._replace(findings=())


def says_everything(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield problems of every form: on fields, on lines, inside strings, related to others, with fixes."""
    time.sleep(0.001)
    document = resource.document
    name = resource.place("metadata", "name")
    other = Location(document.source.path, 1, 1, 2)
    whole = Fix("whole", (Edit("set", name, {"a": [1, None, 1.5, True]}), Edit("replace", name, "b", "web")), "safe")
    yield Problem("field", name, "here", (RelatedPlace(other, "there"), RelatedPlace(name)), whole, "info", "advice")
    yield Problem("line", other)
    yield Problem("for everybody", Location("elsewhere.yaml", 1, 1, 2))
    (settings,) = [item for item in context.relations.of_kind("ConfigMap") if item.document.source is document.source]
    for number, inner in enumerate(embedded_documents(settings.document, ("data", "a.yaml"))):
        key = ("one", "two")[number]
        edit = Edit("set", Place(inner, (key,)), number)
        yield Problem(f"inside {key}", Place(inner, (key,)), fix=Fix("inside", (edit,)))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def test_problems_of_every_form_come_back_whole(project: Path) -> None:
    alone = run(project, says_everything, 1)
    assert len(alone.findings) > 100
    assert same(alone, run(project, says_everything, 3))


def fails(resource: Resource, context: Context) -> Iterator[Problem]:
    del context
    time.sleep(0.001)
    if resource.name.endswith("1"):
        raise LookupError(f"{resource.name} is odd")
    yield Problem("fine", resource.place("metadata"))


def test_bugs_are_told_in_the_order_of_one_process(project: Path) -> None:
    alone = run(project, fails, 1)
    assert len({error.path for error in alone.errors if error.kind == "bug"}) > 3
    assert same(alone, run(project, fails, 2))


def test_a_check_that_does_not_load_is_told_once(project: Path) -> None:
    alone = run(project, None, 1)
    assert [error.kind for error in alone.errors] == ["lesson", "lesson"]
    assert same(alone, run(project, None, 2))


def kills_its_child(resource: Resource, context: Context) -> Iterator[Problem]:
    del context
    time.sleep(0.001)
    if in_child() and resource.name.endswith("7"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield Problem("fine", resource.place("metadata"))


def test_nothing_is_lost_when_a_child_is_killed(project: Path) -> None:
    alone = run(project, kills_its_child, 1)
    assert len(alone.findings) > 40
    assert same(alone, run(project, kills_its_child, 2))


def changes_files(resource: Resource, context: Context) -> Iterator[Problem]:
    del context
    time.sleep(0.001)
    yield Problem("fine", resource.place("metadata"))


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for number in range(200):
        (root / f"{number:03}.yaml").write_text(MANIFEST.format(number), encoding="utf-8")

    def shortens(resource: Resource, context: Context) -> Iterator[Problem]:
        path = Path(resource.document.source.path)
        if path.name == "003.yaml":
            path.write_text("changed\n" * 40, encoding="utf-8")
        yield from changes_files(resource, context)

    told = [error for error in run(root, shortens, 2).errors if "changed while it was linted" in error.message]
    assert [Path(error.path).name for error in told] == ["003.yaml"]

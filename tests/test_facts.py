"""Documents that are remembered: the same run as without, and no file is parsed again without need."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from git_helpers import write

from kubelint_lessons.authoring.linter import lint
from kubelint_lessons.authoring.request import Options
from kubelint_lessons.engine import collect as collect_module
from kubelint_lessons.engine import facts, filestates, reading
from kubelint_lessons.engine.packed import pack_result
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.lessons import blobs as blobs_module
from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.manifests.documents import Document, documents_of, settle_patches
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.source import Source

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {app}}}}}
spec:
  hostNetwork: {host}
  containers: [{{name: web, image: "nginx:{tag}", envFrom: [{{configMapRef: {{name: {name}}}}}]}}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {app}}}, ports: [{{port: 80}}]}}
"""
FILES: dict[str, str | None] = {
    ".kubelint.yaml": "",
    "a.yaml": POD.format(name="a", app="web", host="true", tag="1.25"),
    "b.yaml": POD.format(name="b", app="web", host="null", tag="latest"),
    "service.yaml": SERVICE.format(name="web", app="web") + "---\n" + SERVICE.format(name="db", app="db"),
    "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n",
    "twice.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b, a: c}\n",
    "values.yaml": "image: {tag: latest}\n",
    "list.yaml": "apiVersion: v1\nkind: List\nitems: [&x {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}, *x]\n",
    "patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 2}\n",
    "quiet.yaml": "# kubelint: ignore-file[unpinned-image] known\n"
    + POD.format(name="q", app="q", host="null", tag="1"),
    "chart/templates/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Values.name }}'}\n",
}


class Runs:
    """Lints the current directory with facts, and notes which files were parsed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.parsed: list[str] = []
        monkeypatch.setattr(facts, "FEWEST_FILES", 1)
        monkeypatch.setattr(blobs_module, "installation_key", lambda: "this")
        monkeypatch.setattr(reading, "documents_of", self._parse)

    def _parse(self, source: Source, *rest: Any) -> tuple[Document, ...]:
        self.parsed.append(source.path)
        return documents_of(source, *rest)

    def check(self, *paths: str, **options: Any) -> list[str]:
        """Return the files that were parsed; the answer must be that of a lint without facts."""
        inputs = find_inputs(paths or (".",))
        self.parsed = []
        answer = lint(inputs, Options(**options), readings=Readings(Blobs(str(self.folder))))
        parsed = sorted(self.parsed)
        assert pack_result(answer.result) == pack_result(lint(inputs, Options(**options)).result)
        return parsed

    def entries(self) -> list[Path]:
        return sorted((self.folder / facts.KIND).glob("*"))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Return runs in a small project whose files have not changed for long enough."""
    monkeypatch.setattr(filestates, "SETTLED", -1 << 62)
    write(tmp_path / "project", FILES)
    monkeypatch.chdir(tmp_path / "project")
    return Runs(tmp_path / "cache", monkeypatch)


SPOKEN_OF = ["broken.yaml", "twice.yaml"]
"""Files whose reading has problems are parsed each time."""


def test_unchanged_files_are_not_parsed(runs: Runs) -> None:
    assert len(runs.check()) == len(FILES)
    assert runs.check() == SPOKEN_OF
    assert runs.check("a.yaml") == SPOKEN_OF
    write(Path.cwd(), {"b.yaml": POD.format(name="b", app="db", host="true", tag="1.25")})
    assert runs.check() == ["b.yaml", *SPOKEN_OF]
    assert runs.check() == SPOKEN_OF


def _restore_time() -> None:
    path = Path("a.yaml")
    status = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("true", "null"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _swap() -> None:
    os.rename("a.yaml", "other")
    os.rename("b.yaml", "a.yaml")
    os.rename("other", "b.yaml")


CHANGES: dict[str, tuple[Callable[[], object], list[str]]] = {
    "the time": (lambda: os.utime("a.yaml", ns=(1, 1)), []),
    "the content but not the time": (_restore_time, ["a.yaml"]),
    "two names": (_swap, ["a.yaml", "b.yaml"]),
    "a file gone": (lambda: os.unlink("a.yaml"), []),
    "a new file": (lambda: write(Path.cwd(), {"new.yaml": FILES["a.yaml"]}), ["new.yaml"]),
    "a chart": (
        lambda: write(Path.cwd(), {"chart/Chart.yaml": "name: chart\n"}),
        ["chart/Chart.yaml", "chart/templates/x.yaml"],
    ),
    "a kustomization": (
        lambda: write(Path.cwd(), {"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: patch.yaml}]\n"}),
        ["kustomization.yaml"],
    ),
}


@pytest.mark.parametrize(("change", "parsed"), CHANGES.values(), ids=CHANGES)
def test_only_what_changed_is_parsed(runs: Runs, change: Callable[[], object], parsed: list[str]) -> None:
    runs.check()
    change()
    assert runs.check() == sorted([*parsed, *SPOKEN_OF])
    assert runs.check() == SPOKEN_OF


def test_other_rules_need_other_facts(runs: Runs) -> None:
    runs.check()
    assert len(runs.check(select=("unpinned-image",))) == len(FILES)
    assert runs.check(select=("unpinned-image",)) == SPOKEN_OF
    assert runs.check() == SPOKEN_OF


def test_paths_are_shown_from_where_somebody_stands(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.check()
    monkeypatch.chdir("chart")
    assert runs.check("..") == [f"../{name}" for name in SPOKEN_OF]


def test_a_file_that_changed_just_now_is_read(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filestates, "SETTLED", 1 << 62)
    runs.check()
    stamps = os.stat("a.yaml")
    assert runs.check() == SPOKEN_OF  # by its content
    monkeypatch.setattr(facts, "stamp_of", lambda path: b"1" * 48)
    write(Path.cwd(), {"a.yaml": str(FILES["a.yaml"]).replace("true", "null")})
    assert os.stat("a.yaml").st_size == stamps.st_size
    assert "a.yaml" in runs.check()


@pytest.mark.parametrize("damage", [b"", b"short", b"flip", b"list"])
def test_damaged_facts_are_none(runs: Runs, damage: bytes) -> None:
    runs.check()
    (entry,) = runs.entries()
    content = entry.read_bytes()
    if damage == b"list":
        Blobs(str(runs.folder)).put(facts.KIND, "other", [1, 2], facts.ROOM)
        other = next(path for path in runs.entries() if path != entry)
        entry.write_bytes(other.read_bytes())
    else:
        entry.write_bytes({b"": b"", b"short": content[:-5], b"flip": content[:-1] + b"\0"}[damage])
    assert len(runs.check()) == len(FILES)
    assert runs.check() == SPOKEN_OF


def test_a_damaged_part_is_that_of_one_file(runs: Runs) -> None:
    runs.check()
    (entry,) = runs.entries()
    content = entry.read_bytes()
    entry.write_bytes(content.replace(b"nginx", b"ngixx", 1))
    assert entry.read_bytes() != content
    assert len(runs.check()) == len(SPOKEN_OF) + 1


def test_a_file_that_changes_while_its_facts_are_used_is_told(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.check()
    inputs = find_inputs(["."])

    def late(documents: Iterable[Document]) -> None:
        settle_patches(documents)
        write(Path.cwd(), {"list.yaml": "kind: none\n"})

    monkeypatch.setattr(collect_module, "settle_patches", late)
    result = lint(inputs, Options(), readings=Readings(Blobs(str(runs.folder)))).result
    assert [(error.path, error.kind) for error in result.errors] == [("list.yaml", "input")]
    assert "changed while it was linted" in result.errors[0].message


def test_small_projects_keep_nothing(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "FEWEST_FILES", len(FILES) + 1)
    assert len(runs.check()) == len(FILES)
    assert len(runs.check()) == len(FILES)
    assert runs.entries() == []


def test_edits_in_any_order_give_the_same_run(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filestates, "SETTLED", 20_000_000)
    chance = random.Random(7)
    names = [name for name in FILES if name.endswith(".yaml") and name != ".kubelint.yaml"]
    for _ in range(25):
        name = chance.choice(names)
        text = FILES[chance.choice(names)] if chance.random() < 0.5 else str(FILES["a.yaml"]).replace("true", "null")
        if chance.random() < 0.2 and Path(name).exists():
            os.unlink(name)
        else:
            write(Path.cwd(), {name: text})
        runs.check(*([chance.choice(names)] if chance.random() < 0.3 and all(Path(n).exists() for n in names) else []))

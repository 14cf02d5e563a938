"""Input that is broken, hostile or out of reach: one clear message with its place, the right status, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli import kubelint

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n"


def bomb() -> str:
    lines, previous = ['a: &a ["x", "x", "x"]'], "a"
    for name in "bcdefghij":
        lines.append(f"{name}: &{name} [{', '.join([f'*{previous}'] * 9)}]")
        previous = name
    return MANIFEST + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("content", "status", "place", "words"),
    [
        (b"[" * 200_000, 1, "x.yaml:1:", "levels deep"),
        (b"{a: " * 100_000, 1, "x.yaml:1:", "levels deep"),
        (b"- " * 100_000, 1, "x.yaml:1:", "levels deep"),
        (bomb().encode(), 1, "x.yaml:14:", "aliases multiply"),
        (bytes(range(256)) * 10, 2, "x.yaml:1:1", "not text"),
        (b"a: \xff\xfe\xfa\n", 1, "x.yaml:1:4", "UTF-8"),
        (b"a: b: c\n", 1, "x.yaml:1:", ""),
        (b"a:\n\t- b\n", 1, "x.yaml:2:1", "tab"),
        (b"a: &a {b: *a}\n", 1, "x.yaml:1:", ""),
        (MANIFEST.encode() + b"---\na: [\n---\n" + MANIFEST.replace("shop", "other").encode(), 1, "x.yaml:6:", ""),
        (b"", 0, "", "No findings."),
        (b"# only a comment\n", 0, "", "No findings."),
        (b"just a string\n", 0, "", "No findings."),
        ("kind: \ud800".encode("utf-8", "surrogatepass"), 1, "x.yaml:1:", ""),
        (b'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": null}', 0, "", "No findings."),
        (b"apiVersion: v1\nkind: [List]\nitems: 3\n", 0, "", "No findings."),
        (b"apiVersion: v1\nkind: List\nitems: [1, null, {}]\n", 0, "", "No findings."),
    ],
    ids=lambda value: str(value[:12]) if isinstance(value, bytes) else "",
)
def test_one_clear_message(tmp_path: Path, content: bytes, status: int, place: str, words: str) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    done = kubelint(tmp_path, "lint", "x.yaml", "--output-format", "concise")
    assert done.returncode == status
    assert place in done.stdout
    assert words in done.stdout
    assert done.stderr == ""
    problems = [line for line in done.stdout.splitlines() if line.startswith("x.yaml:")]
    assert len(problems) == (1 if status else 0)


def test_a_broken_document_does_not_hide_its_siblings(tmp_path: Path) -> None:
    twice = MANIFEST + "  name: again\n"
    (tmp_path / "x.yaml").write_text(f"{twice}---\na: [\n---\n{twice}", encoding="utf-8")
    out = kubelint(tmp_path, "lint", "x.yaml", "--output-format", "concise").stdout
    assert out.count("[duplicate-key]") == 2
    assert out.count("[yaml-syntax]") == 1


def test_a_directory_of_helm_templates_holds_nothing_to_check(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 1.0.0\n", encoding="utf-8")
    template = "apiVersion: v1\nkind: Service\n{{- if .Values.on }}\nmetadata: {name: {{ .x }}}\n{{- end }}\n"
    (tmp_path / "templates" / "a.yaml").write_text(template, encoding="utf-8")
    done = kubelint(tmp_path, "lint")
    assert done.returncode == 0
    assert "not checked: 1 (a template" in done.stdout


def test_a_file_without_read_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read everything, and tests often run as root: so the refusal is simulated where the file is opened.
    from kubelint_lessons.authoring.linter import Options, lint
    from kubelint_lessons.engine import reading
    from kubelint_lessons.manifests.inputs import find_inputs

    (tmp_path / "x.yaml").write_text(MANIFEST, encoding="utf-8")
    (tmp_path / "y.yaml").write_text(MANIFEST + "  name: other\n", encoding="utf-8")
    read = reading._read

    def refuse(path: str) -> bytes:
        if path.endswith("x.yaml"):
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(reading, "_read", refuse)
    linted = lint(find_inputs(["."], start=str(tmp_path)), Options(use_cache=False))
    assert linted.status == 2
    assert [(error.path, error.message) for error in linted.result.errors] == [
        ("x.yaml", "cannot be read: Permission denied")
    ]
    assert [finding.rule for finding in linted.result.findings] == ["duplicate-key"]


def test_a_huge_file_is_refused_not_skipped(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: 1\n" * 4_000_000)
    done = kubelint(tmp_path, "lint", ".")
    assert done.returncode == 2
    assert "x.yaml:1:1: error:" in done.stdout
    assert "larger" in done.stdout

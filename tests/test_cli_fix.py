"""``--fix``, ``--unsafe-fixes`` and ``--diff`` as people use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli import kubelint

LESSON = """\
# Lessons

## Kubernetes

### replicas-of-one

**The service is gone while a node restarts.**

**Root cause:** There is one pod.

**Fix:** Run two.

```yaml rule
severity: warning
match: Widget
forbid: has(object.spec.replicas) && object.spec.replicas == 1
at: spec.replicas
message: 'one replica only'
fix: {set: spec.replicas, value: 2, applicability: APPLICABILITY, title: run two}
```
"""

BEFORE = (
    b"# kept\r\napiVersion: example.com/v1\r\nkind: Widget\r\nmetadata: {name: web}\r\nspec:\r\n  replicas: 1 # why\r\n"
)
AFTER = BEFORE.replace(b"replicas: 1", b"replicas: 2")


@pytest.fixture(params=["safe", "unsafe", "display"])
def applicability(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def write_project(root: Path, applicability: str) -> Path:
    (root / "docs").mkdir()
    (root / "docs" / "ai-lessons.md").write_text(LESSON.replace("APPLICABILITY", applicability), encoding="utf-8")
    manifest = root / "web.yaml"
    manifest.write_bytes(BEFORE)
    manifest.chmod(0o640)
    return manifest


@pytest.mark.parametrize(
    ("options", "applied"),
    [(("--fix",), {"safe"}), (("--fix", "--unsafe-fixes"), {"safe", "unsafe"})],
)
def test_fixes_are_applied_by_how_safe_they_are(
    tmp_path: Path, applicability: str, options: tuple[str, ...], applied: set[str]
) -> None:
    manifest = write_project(tmp_path, applicability)
    done = kubelint(tmp_path, "lint", *options)
    if applicability in applied:
        assert manifest.read_bytes() == AFTER
        assert manifest.stat().st_mode & 0o777 == 0o640
        assert done.returncode == 0
        assert "fixed web.yaml:6:3 [replicas-of-one] run two" in done.stderr
        assert "No findings." in done.stdout
    else:
        assert manifest.read_bytes() == BEFORE
        assert done.returncode == 1
        assert "one replica only" in done.stdout


def test_a_diff_writes_nothing(tmp_path: Path) -> None:
    manifest = write_project(tmp_path, "safe")
    done = kubelint(tmp_path, "lint", "--diff")
    assert manifest.read_bytes() == BEFORE
    assert "-  replicas: 1 # why" in done.stdout
    assert "+  replicas: 2 # why" in done.stdout
    assert "would fix web.yaml:6:3" in done.stderr


def test_a_diff_shows_no_secret(tmp_path: Path) -> None:
    manifest = write_project(tmp_path, "safe")
    manifest.write_bytes(BEFORE.replace(b"  replicas", b"  password: hunter2\r\n  replicas"))
    done = kubelint(tmp_path, "lint", "--diff")
    assert "+  replicas: 2" in done.stdout
    assert "hunter2" not in done.stdout
    assert "password: ***" in done.stdout


def test_a_diff_of_standard_input(tmp_path: Path) -> None:
    write_project(tmp_path, "safe")
    done = kubelint(tmp_path, "lint", "--diff", "--stdin-filename", "web.yaml", "-", stdin=BEFORE)
    assert "+  replicas: 2 # why" in done.stdout


def test_the_summary_says_what_could_be_fixed(tmp_path: Path) -> None:
    write_project(tmp_path, "unsafe")
    assert "fixable: 1 finding with --fix --unsafe-fixes" in kubelint(tmp_path, "lint").stdout


@pytest.mark.parametrize("options", [("--unsafe-fixes",), ("--fix", "-", "web.yaml")])
def test_what_cannot_be_meant_is_refused(tmp_path: Path, options: tuple[str, ...]) -> None:
    write_project(tmp_path, "safe")
    assert kubelint(tmp_path, "lint", *options, stdin=BEFORE).returncode == 2


def test_a_file_outside_the_given_paths_is_not_changed(tmp_path: Path) -> None:
    manifest = write_project(tmp_path, "safe")
    other = tmp_path / "other.yaml"
    other.write_bytes(BEFORE.replace(b"web", b"other"))
    kubelint(tmp_path, "lint", "--fix", "other.yaml")
    assert manifest.read_bytes() == BEFORE
    assert b"replicas: 2" in other.read_bytes()

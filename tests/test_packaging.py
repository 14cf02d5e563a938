"""The rules travel with the program: wheel, sdist, editable install and checkout know the same ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build wheel and sdist from a clean copy of the tree, without an isolated environment."""
    copy = tmp_path_factory.mktemp("tree") / "kubelint"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout.split(b"\0")  # fmt: skip
    for name in (os.fsdecode(name) for name in names if name):
        source = ROOT / name
        if source.is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def fresh_environment(folder: Path) -> Path:
    """Return the Python of a new environment that sees our dependencies, but not our own editable install."""
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    # A plain path in a .pth file is searched, but the .pth files in there (our editable install) are not read.
    (Path(site) / "zz_dependencies.pth").write_text("".join(f"{path}\n" for path in sorted(paths)), encoding="utf-8")
    return python


def rules_after(python: Path, cwd: Path, *install: str) -> list[dict[str, object]]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "KUBELINT_CACHE_DIR": str(cwd / "cache")}
    environment.pop("PYTHONPATH", None)
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [str(python), "-m", "pip", "install", *options, *install]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    script = python.parent / ("kubelint.exe" if os.name == "nt" else "kubelint")
    done = subprocess.run(
        [str(script), "rules", "--all", "--output-format", "json"],
        cwd=cwd, capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rules: list[dict[str, object]] = json.loads(done.stdout)
    for rule in rules:
        rule["path"] = str(rule["path"]).rpartition("/")[2]
    return rules


def test_every_kind_of_install_knows_the_same_rules(dist: Path, tmp_path: Path) -> None:
    wheel = next(dist.glob("*.whl"))
    sdist = next(dist.glob("*.tar.gz"))
    found = {}
    for name, install in (("wheel", [str(wheel)]), ("sdist", [str(sdist)]), ("editable", ["-e", str(ROOT)])):
        folder = tmp_path / name
        folder.mkdir()
        found[name] = rules_after(fresh_environment(tmp_path / f"venv-{name}"), folder, *install)
    assert len(found["wheel"]) >= 5
    assert found["sdist"] == found["wheel"]
    assert found["editable"] == found["wheel"]
    assert {rule["id"] for rule in found["wheel"]} == {
        path.stem.replace("_", "-") for path in (ROOT / "rules").glob("*.md")
    }


def test_the_wheel_holds_rules_and_schemas_and_nothing_else_of_the_tree(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert any(name.startswith("kubelint_lessons/rules/") and name.endswith(".md") for name in names)
    assert any(name.endswith("rule-block.schema.json") for name in names)
    for path in (ROOT / "kubelint_lessons" / "reports" / "templates").iterdir():
        assert f"kubelint_lessons/reports/templates/{path.name}" in names
    assert "kubelint_lessons/rules/compiled.bin" in names
    assert not [name for name in names if not name.startswith(("kubelint_lessons/", "kubelint_lessons-"))]

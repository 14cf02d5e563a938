"""The cache: quick when it is right, invisible when it is not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kubelint_lessons import __version__
from kubelint_lessons.lessons import cache as cache_module
from kubelint_lessons.lessons.cache import Cache, cache_folder, digest, engine_version, environment_key
from kubelint_lessons.lessons.packs import load_platform, load_rules

TEAM = "docs/ai-lessons.md"
TEXT = """\
## K

### own-rule

**It breaks.**

**Root cause:** x. **Fix:** y.

```yaml rule
match: Service
forbid: object.spec.type == 'x'
```

```yaml bad
kind: Service # finding
```

- **A note**: a. Fix: b <!-- rule: own-rule -->
"""


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_values_come_back(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path / "cache"))
    assert cache.get("proofs", "key") is None
    values: list[object] = [{"a": [1, 2.5, None, True, "ü\ud800"]}, [], "text", 0, False]
    for value in values:
        cache.put("proofs", "key", value)
        assert Cache(str(tmp_path / "cache")).get("proofs", "key") == value
    assert cache.get("proofs", "other") is None
    assert cache.get("examples", "key") is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    cache = Cache(None)
    cache.put("a", "b", 1)
    assert cache.get("a", "b") is None


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_folder_and_files_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Cache(str(tmp_path / "a" / "cache")).put("proofs", "key", 1)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a" / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a" / "cache" / "proofs").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path)] == [0o600]


@pytest.mark.parametrize("damage", [b"", b"\x00" * 50, b"{}", b"truncate", b"flip", b"swap"])
def test_damaged_entries_are_no_entries(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(str(tmp_path))
    cache.put("proofs", "key", {"answer": 42})
    cache.put("proofs", "other", {"answer": 43})
    path, other = files(tmp_path)
    content = path.read_bytes()
    if damage == b"truncate":
        path.write_bytes(content[:-1])
    elif damage == b"flip":
        path.write_bytes(content.replace(b"4", b"5"))
    elif damage == b"swap":
        path.write_bytes(other.read_bytes())
    else:
        path.write_bytes(damage)
    found = [cache.get("proofs", key) for key in ("key", "other")]
    assert None in found
    assert {"answer": 44} not in found
    cache.put("proofs", "key", {"answer": 42})
    assert cache.get("proofs", "key") == {"answer": 42}


def test_entries_of_another_environment_are_no_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(str(tmp_path)).put("proofs", "key", 1)
    monkeypatch.setattr(cache_module, "__version__", "99.0")
    assert Cache(str(tmp_path)).get("proofs", "key") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    cache = Cache(str(tmp_path / "cache"))
    cache.put("proofs", "key", 1)
    assert cache.get("proofs", "key") is None


def test_a_file_where_the_folder_belongs(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("x")
    cache = Cache(str(tmp_path / "cache"))
    cache.put("proofs", "key", 1)
    assert cache.get("proofs", "key") is None


def test_a_folder_where_an_entry_belongs(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    cache.put("proofs", "key", 1)
    path = files(tmp_path)[0]
    path.unlink()
    path.mkdir()
    cache.put("proofs", "key", 1)
    assert cache.get("proofs", "key") is None
    assert files(tmp_path) == []


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(str(tmp_path))

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    cache.put("proofs", "key", 1)
    assert cache.get("proofs", "key") is None
    assert files(tmp_path) == []


def test_values_that_json_cannot_hold_are_not_kept(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (object(), {1, 2}, float("nan"), deep):
        cache.put("proofs", "key", value)
        assert cache.get("proofs", "key") is None


def test_old_entries_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_MOST_ENTRIES", 10)
    cache = Cache(str(tmp_path))
    for number in range(40):
        cache.put("proofs", str(number), number)
    assert len(files(tmp_path)) <= 10
    assert cache.get("proofs", "39") == 39


def test_digests_tell_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
    assert len(digest("\ud800")) == 40


def test_the_key_names_tool_python_and_engine() -> None:
    key = environment_key()
    assert __version__ in key
    assert ".".join(map(str, sys.version_info[:3])) in key
    assert engine_version() in key
    assert engine_version()[0].isdigit()


def test_where_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder({"KUBELINT_CACHE_DIR": str(tmp_path)}) == str(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert os.path.isabs(cache_folder({"KUBELINT_CACHE_DIR": "relative"}) or "")
    if sys.platform != "win32":
        assert cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/home/u"}) == "/x/kubelint-lessons"
        assert cache_folder({"XDG_CACHE_HOME": "relative", "HOME": "/home/u"}) == "/home/u/.cache/kubelint-lessons"
        assert cache_folder({"HOME": "/home/u"}) == "/home/u/.cache/kubelint-lessons"


def test_rules_from_the_cache_are_the_same(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    first = load_rules([(TEAM, TEXT)], cache=cache)
    assert load_rules([(TEAM, TEXT)], cache=cache) == first
    assert load_rules([(TEAM, TEXT)]).rules["own-rule"].lesson == first.rules["own-rule"].lesson
    assert load_rules([(TEAM, TEXT + "\nx\n")], cache=cache).key != first.key


def test_problems_come_from_the_cache_too(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    text = TEXT.replace("object.spec", "objct.spec")
    first = load_rules([(TEAM, text)], cache=cache, builtin=False)
    assert len(first.problems) == 1
    assert load_rules([(TEAM, text)], cache=cache, builtin=False) == first


def test_platform_facts_from_the_cache_are_the_same(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    text = "```yaml platform\ndistribution: k3s\nnods: {}\n```\n"
    first = load_platform([("p.md", text)], cache=cache)
    second = load_platform([("p.md", text)], cache=cache)
    assert (first[0].facts, first[1]) == (second[0].facts, second[1])
    assert len(second[1]) == 1


PROGRAM = f"""
import sys
from kubelint_lessons.lessons.cache import Cache
from kubelint_lessons.lessons.packs import load_platform, load_rules
cache = Cache(sys.argv[1])
rules = load_rules([({TEAM!r}, {TEXT!r})], cache=cache)
load_platform([("p.md", "```yaml platform\\ndistribution: k3s\\n```\\n")], cache=cache)
assert "own-rule" in rules.rules and rules.team_lessons[0].examples and len(rules.rules) > 1
print(*sys.modules)
"""

HEAVY = {
    "cel_expr_python", "dataclasses", "difflib", "hashlib", "importlib.metadata", "inspect", "jsonschema", "logging",
    "markdown_it", "pathlib", "re2", "subprocess", "tempfile", "tomllib", "unicodedata", "yaml",
}  # fmt: skip


def modules_of_a_load(folder: Path) -> set[str]:
    command = [sys.executable, "-I", "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_warm_load_imports_next_to_nothing(tmp_path: Path) -> None:
    assert "markdown_it" in modules_of_a_load(tmp_path)
    loaded = modules_of_a_load(tmp_path)
    assert {name for name in loaded if name in HEAVY or name.partition(".")[0] in HEAVY} == set()


def test_a_folder_inside_a_checkout_is_not_used_because_a_pull_request_could_fill_it(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    inside = tmp_path / "repository" / "build" / "cache"
    assert cache_folder({"KUBELINT_CACHE_DIR": str(inside)}) is None
    assert cache_folder({"KUBELINT_CACHE_DIR": str(tmp_path / "cache")}) == str(tmp_path / "cache")
    home = {"HOME": str(tmp_path / "repository")}  # a home directory may be a repository of its own
    assert cache_folder(home) == str(tmp_path / "repository" / ".cache" / "kubelint-lessons")

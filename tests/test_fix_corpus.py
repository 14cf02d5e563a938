"""Edits in thousands of real files: data differ where meant, comments stay, and edits there and back leave no trace."""

from __future__ import annotations

import difflib
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kubelint_lessons.fixes.edits import Request, edit_text
from kubelint_lessons.fixes.oracle import copied, edited, is_same
from kubelint_lessons.fixes.targets import Hop
from kubelint_lessons.fixes.texts import RefusedError, apply_edits
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.nodes import compose, walk_scalars
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.source import Source, read_source, split
from kubelint_lessons.model.location import FieldPath

FILES = 250
EDITS = 4
VALUES: tuple[Any, ...] = (
    "plain", "on", "1.20", "a: b", "a #b", "ünï ☃ 😀", "two\nlines\n", "two\nlines", "", "{{ x }}", "*a", "a,b", "- x",
    7, 1.5, True, None, {}, [], {"a": {"b": ["x", {"y": "z"}]}, "c": "yes"}, ["x", {"k": "v"}, [1]],
)  # fmt: skip
NAMES = ("newKey", "on", "app.kubernetes.io/name", "k: x", "ünï")


class Real(NamedTuple):
    """A document of a real file."""

    path: str
    text: str
    number: int
    data: Any


@pytest.fixture(scope="module")
def documents() -> list[Real]:
    root = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "clean"
    if not root.is_dir():
        pytest.skip("the corpora are not here: they lie in a folder shared/ beside the repository")
    paths = sorted(path for path in root.rglob("*") if path.suffix in (".yaml", ".yml", ".json") and path.is_file())
    found = []
    for path in random.Random(7).sample(paths, FILES):
        if path.stat().st_size > 60_000:
            continue
        source = read_source(str(path.relative_to(root)), path.read_bytes())
        for index, chunk in enumerate(split(source)[:3]):
            try:
                data = load(chunk.text).data
            except ReadError:
                continue
            if isinstance(data, (dict, list)) and data:
                found.append(Real(source.path, source.text, index, data))
    assert len(found) > FILES / 2
    return found


def routes(data: Any, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in parts:
        yield (*path, step), value
        yield from routes(value, (*path, step))


def comments(text: str) -> list[str]:
    """Return the comments of a text, those that are no part of a scalar."""
    spans = []
    for chunk in split(Source("", text)):
        try:
            root = compose(chunk.text, chunk.start)
        except ReadError:
            continue
        spans += [(node.start, node.end) for node in walk_scalars(root)] if root is not None else []
    found = []
    for match in re.finditer(r"(?:(?<=\s)|^)#[^\r\n]*", text, re.MULTILINE):
        if not any(start <= match.start() < end for start, end in spans):
            found.append(match.group().rstrip())
    return found


def draw(rng: random.Random, real: Real) -> tuple[FieldPath, Request]:
    """Return a random edit that means something in a document."""
    everything = list(routes(real.data))
    maps = [path for path, value in everything if isinstance(value, dict) or value is None]
    lists = [(path, value) for path, value in everything if isinstance(value, list)]
    texts = [(path, value) for path, value in everything if isinstance(value, str) and value]
    kind = rng.choice(("set", "remove", "rename", "add", "chain", "append", "replace", "turn"))
    path, value = rng.choice(everything)
    if kind == "rename" and isinstance(path[-1], str):
        return path, Request("rename", rng.choice(NAMES))
    if kind == "add" and maps:
        return (*rng.choice(maps), "brandNew"), Request("set", rng.choice(VALUES))
    if kind == "chain" and maps:
        return (*rng.choice(maps), "newA", "newB", 0, "newC"), Request("set", rng.choice(VALUES))
    if kind == "append" and lists:
        path, value = rng.choice(lists)
        return (*path, len(value)), Request("set", rng.choice(VALUES))
    if kind == "replace" and texts:
        path, value = rng.choice(texts)
        start = rng.randrange(len(value))
        return path, Request("replace", rng.choice(("X", "ä", ": ", "#", '"')), value[start : start + 3])
    if kind == "turn" and lists:
        path, value = rng.choice(lists)
        kept = [item for item in value if rng.random() < 0.7]
        return path, Request("set", [*kept, rng.choice(VALUES)])
    if kind == "remove":
        return path, Request("remove")
    return path, Request("set", rng.choice(VALUES))


def check(real: Real, path: FieldPath, request: Request) -> None:
    before, index = real.text, real.number
    after = apply_edits(before, edit_text(before, (Hop(index, path),), request))
    expected = edited(real.data, request.operation, path, request.value, request.old)
    old, new = split(Source("", before)), split(Source("", after))
    assert [chunk.text for chunk in old if chunk != old[index]][:index] == [chunk.text for chunk in new][:index]
    assert [chunk.text for chunk in old][index + 1 :] == [chunk.text for chunk in new][index + 1 :]
    assert is_same(copied(load(new[index].text).data), expected)
    lost = Counter(comments(before)) - Counter(comments(after))
    gained = Counter(comments(after)) - Counter(comments(before))
    assert not gained
    if request.operation in ("rename", "replace") or path[-1] in ("brandNew", "newC"):
        assert not lost
    assert ("\r\n" in before) == ("\r\n" in after)


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_of_real_files(documents: list[Real], seed: int) -> None:
    rng = random.Random(seed)
    refused: Counter[str] = Counter()
    number = 0
    for real in documents:
        for _ in range(EDITS):
            path, request = draw(rng, real)
            try:
                check(real, path, request)
            except RefusedError as error:
                if str(error) == "there is nothing to change" or str(error).endswith("exists already"):
                    continue
                refused[str(error)] += 1
            number += 1
    assert number > FILES
    assert sum(refused.values()) < 0.01 * number, refused


def there_and_back(real: Real, path: FieldPath, there: Request, back: tuple[FieldPath, Request]) -> str | None:
    try:
        broken = apply_edits(real.text, edit_text(real.text, (Hop(real.number, path),), there))
        return apply_edits(broken, edit_text(broken, (Hop(real.number, back[0]),), back[1]))
    except RefusedError:
        return None


def test_an_incident_put_into_a_real_file_is_fixed_without_a_trace(documents: list[Real]) -> None:
    """A wrong value, a key that does not belong, a wrong name: the fix gives back the very bytes."""
    rng = random.Random(11)
    done: Counter[str] = Counter()
    for real in documents:
        everything = list(routes(real.data))
        word = [path for path, value in everything if isinstance(value, str) and re.fullmatch(r"[a-z]{5,}", value)]
        filled = [path for path, value in everything if isinstance(value, dict) and value]
        named = [path for path, _ in everything if isinstance(path[-1], str) and re.fullmatch("[a-zA-Z]{5,}", path[-1])]
        if word:
            path = rng.choice(word)
            value = next(value for route, value in everything if route == path)
            after = there_and_back(real, path, Request("set", "broken"), (path, Request("set", value)))
            assert after in (None, real.text)
            done["value"] += after is not None
        if filled:
            path = (*rng.choice(filled), "doesNotBelong")
            after = there_and_back(real, path, Request("set", rng.choice(VALUES)), (path, Request("remove")))
            assert after in (None, real.text)
            done["key"] += after is not None
        if named:
            path = rng.choice(named)
            wrong = (*path[:-1], "wrongName")
            after = there_and_back(real, path, Request("rename", "wrongName"), (wrong, Request("rename", path[-1])))
            assert after in (None, real.text)
            done["name"] += after is not None
    assert min(done["value"], done["key"], done["name"]) > len(documents) / 2


def changed_lines(before: str, after: str) -> int:
    difference = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return sum(line[0] in "+-" for line in difference) - 2


def test_the_goldens_of_polaris_are_met_with_fewer_lines(shared: Path) -> None:
    """Polaris writes the whole document anew: it loses the indentation of lists, and line breaks at the end."""
    number = 0
    for golden in sorted((shared / "verdicts" / "polaris").rglob("mutated*.yaml")):
        before = golden.with_name(golden.name.replace("mutated", "failure")).read_text(encoding="utf-8")
        after = golden.read_text(encoding="utf-8")
        have, want = load(before).data, load(after).data
        ours = before
        for key in {**have, **want}:
            if key not in want or not is_same(have.get(key), want[key]):
                request = Request("set", want[key]) if key in want else Request("remove")
                ours = apply_edits(ours, edit_text(ours, (Hop(0, (key,)),), request))
        assert is_same(load(ours).data, want)
        assert changed_lines(before, ours) < changed_lines(before, after)
        number += 1
    assert number == 8

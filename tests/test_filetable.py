"""Files by their keys: what of them is taken, and what lies in which directory."""

from __future__ import annotations

import os
import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.filetable import FileTable
from kubelint_lessons.manifests.pathkeys import Paths
from kubelint_lessons.manifests.source import Source

NAMES = st.lists(st.sampled_from(["a", "b", "c.yaml", "..", ".d", "kustomization.yaml"]), min_size=1, max_size=4)
FILES = NAMES.map("/".join).map(posixpath.normpath).filter(lambda path: not path.endswith("."))
PATHS = st.lists(FILES, max_size=8, unique=True)


def table(*paths: str, text: str = "a: 1\n---\nb: 2\n") -> tuple[FileTable, Paths]:
    """Return a table of files that all hold ``text``."""
    known = Paths()
    return FileTable(known, [item for path in paths for item in documents_of(Source(path, text))]), known


def test_a_file_is_found_by_its_key_however_it_was_named() -> None:
    files, paths = table("a/x.yaml", "./b/../b/y.yaml", "../beside/z.yaml", posixpath.join(os.getcwd(), "c.yaml"))
    for name in ("a/x.yaml", "b/y.yaml", "../beside/z.yaml", "c.yaml"):
        found = files.documents(paths.key(name))
        assert [document.data for document in found] == [{"a": 1}, {"b": 2}]
        assert paths.key(found[0].source.path) == paths.key(name)
        assert paths.key(name) in files
    assert paths.key("a") not in files
    assert not files.documents(paths.key("a/y.yaml"))


def test_what_is_taken_is_not_left() -> None:
    files, paths = table("a/x.yaml", "a/y.yaml", "b/z.yaml")
    files.take(paths.key("a/y.yaml"))
    files.take(paths.key("a/none.yaml"))
    left = [(directory, documents[0].source.path, len(documents)) for directory, documents in files.left()]
    assert left == [(paths.key("a"), "a/x.yaml", 2), (paths.key("b"), "b/z.yaml", 2)]


@pytest.mark.parametrize("names", [("kustomization.yaml",), ("y.yaml", "kustomization.yaml")])
def test_files_are_found_by_whole_names(names: tuple[str, ...]) -> None:
    files, paths = table("b/kustomization.yaml", "a/no-kustomization.yaml", "a/kustomization.yaml")
    assert files.named(names) == [paths.key("a/kustomization.yaml"), paths.key("b/kustomization.yaml")]


@given(PATHS)
def test_directories_are_those_of_the_keys(names: list[str]) -> None:
    files, paths = table(*names, text="a: 1\n")
    keys = sorted(map(paths.key, names))
    expected = {"/"}
    for key in keys:
        while key != "/":
            key = posixpath.dirname(key)
            expected.add(key)
    assert files.directories() == (expected if keys else set())
    for directory in (*expected, f"{paths.start}/a/b", f"{paths.start}-not"):
        below = [key for key in keys if key.startswith(f"{directory.rstrip('/')}/")]
        assert list(files.below(directory)) == below
        assert files.has_directory(directory) == bool(below)

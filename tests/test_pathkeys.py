"""Keys of paths: the quick way agrees with ``posixpath``."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kubelint_lessons.manifests.pathkeys import Paths, join, name_of, parent

PIECES = st.lists(st.sampled_from(["a", "b.yaml", ".", "..", "", ".hidden", "c d", "...", "a.b/"]), max_size=6)
KEYS = st.lists(st.sampled_from(["a", "b", ".c", "..d"]), max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(KEYS, PIECES, st.sampled_from(["", "/", "./", "../"]))
def test_joining_gives_what_normalising_does(directory: str, pieces: list[str], start: str) -> None:
    path = start + "/".join(pieces)
    assert join(directory, path) == posixpath.normpath(posixpath.join(directory, path))


@given(KEYS)
def test_directory_and_name_are_those_of_the_path(key: str) -> None:
    assert (parent(key), name_of(key)) == posixpath.split(key)


@pytest.mark.parametrize("key", ["C:/a", "C:", ""])
def test_keys_of_other_systems_end_too(key: str) -> None:
    assert parent(key) == posixpath.dirname(key)


@given(PIECES)
def test_paths_are_shown_as_they_were_given(pieces: list[str]) -> None:
    path = posixpath.normpath("/".join(pieces))
    paths = Paths()
    assume(path.split("/").count("..") <= len(paths.start.strip("/").split("/")))  # above the root is the root
    shown = "" if path == "." else path.lstrip("/")
    assert paths.show(paths.key(path.lstrip("/") or ".")) == shown


def test_what_lies_beside_the_start_directory_is_shown_from_there() -> None:
    paths = Paths()
    assert paths.show(paths.key("../else/where.yaml")) == "../else/where.yaml"
    assert paths.show(f"{paths.start}-not/x") == f"../{name_of(paths.start)}-not/x"


@given(PIECES, st.sampled_from(["", "/", "./", "../"]))
def test_a_settled_path_is_what_its_key_shows(pieces: list[str], start: str) -> None:
    paths = Paths()
    path = start + "/".join(pieces)
    assert paths.settle(path) == paths.show(paths.key(path))


def test_an_ordinary_path_is_settled_without_a_copy() -> None:
    path = "/".join(["clusters", "home.lab", "deploy.yaml"])
    assert Paths().settle(path) is path

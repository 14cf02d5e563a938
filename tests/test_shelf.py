"""Large things are closed again: by number, by size, and with nothing left for a garbage collection."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from kubelint_lessons.authoring.linter import lint
from kubelint_lessons.authoring.request import Options
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import Source

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: app, image: nginx}
"""


class Thing:
    """Something of a size that knows whether it is open."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def pod() -> Document:
    (document,) = documents_of(Source("pod.yaml", POD))
    return document


def open_after(sizes: list[int], room: int, characters: int) -> list[int]:
    """Return the positions of those things that are still open once all were put on one shelf."""
    shelf = Shelf(room, characters)
    things = [Thing(size) for size in sizes]
    for thing in things:
        shelf.put(thing)
    return [position for position, thing in enumerate(things) if thing.is_open]


@pytest.mark.parametrize(
    ("sizes", "still_open"),
    [
        ([1, 1, 1], [0, 1, 2]),
        ([1, 1, 1, 1], [1, 2, 3]),
        ([6, 6, 1], [1, 2]),
        ([6, 6, 6], [2]),
        ([1, 1, 99], [2]),
        ([99, 1, 1], [1, 2]),
        ([99], [0]),
    ],
)
def test_the_latest_stay_open_as_far_as_number_and_size_allow(sizes: list[int], still_open: list[int]) -> None:
    assert open_after(sizes, room=3, characters=10) == still_open


def test_what_closed_frees_its_size_for_others() -> None:
    assert open_after([9, 9, 1], room=3, characters=10) == [1, 2]


def test_a_closed_document_says_the_same() -> None:
    document = pod()
    (resource,) = document.resources
    before = resource.data, resource.labels, resource.pod_template and resource.pod_template.containers[0].image
    document.shelve(Shelf())
    document.close()
    assert document.resources == (resource,)
    template = resource.pod_template
    assert template is not None
    assert (resource.data, resource.labels, template.containers[0].image) == before
    assert template.containers[0].template is template


def test_a_container_outlives_its_closed_document() -> None:
    document = pod()
    template = document.resources[0].pod_template
    assert template is not None
    (container,) = template.containers
    document.close()
    assert container.template.spec == template.spec
    assert container.place("image").location() == template.place("spec", "containers", 0, "image").location()


def test_nothing_of_a_closed_document_waits_for_a_garbage_collection() -> None:
    document = pod()
    template = document.resources[0].pod_template
    assert template is not None
    assert template.containers
    del template
    gc.collect()
    gc.disable()
    try:
        document.close()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_run_leaves_no_document_for_a_garbage_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("pods.yaml").write_text("---\n".join([POD] * 5), encoding="utf-8")
    options = Options(use_cache=False, select=("missing-limits",))
    lint(find_inputs(["."]), options)
    gc.collect()
    gc.disable()
    try:
        linted = lint(find_inputs(["."]), options)
        assert linted.result.counts.documents == 5
        assert not [item for item in gc.get_objects() if isinstance(item, Document)]
    finally:
        gc.enable()

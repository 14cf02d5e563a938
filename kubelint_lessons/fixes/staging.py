"""Files in the course of a round: one fix is made after the other, each where the ones before have moved its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubelint_lessons.fixes.edits import edit_text
from kubelint_lessons.fixes.texts import RefusedError, apply_edits
from kubelint_lessons.fixes.units import Step, Unit
from kubelint_lessons.model.location import FieldPath


class ConflictError(Exception):
    """Another fix of this round has changed the same place; the next round sees what is left to do."""


class Stage:
    """The texts of files, and what this round has changed in them. Staging a unit makes a new stage.

    ``closed`` says of files why they cannot be changed.
    """

    __slots__ = ("_done", "_removed", "closed", "read", "texts")

    def __init__(self, texts: Mapping[str, str], closed: Mapping[str, str]) -> None:
        self.closed = closed
        self.read = dict(texts)
        self.texts = dict(texts)
        self._done: dict[str, list[tuple[FieldPath, Any]]] = {}
        self._removed: dict[str, list[FieldPath]] = {}

    def with_unit(self, unit: Unit) -> Stage:
        """Return the stage after all edits of a unit. Raises RefusedError, or ConflictError."""
        stage = Stage(self.read, self.closed)
        stage.texts = dict(self.texts)
        stage._done = {path: list(done) for path, done in self._done.items()}
        stage._removed = {path: list(removed) for path, removed in self._removed.items()}
        for step in unit.steps():
            stage._make(step, self._done.get(step.target.file, []))
        return stage

    def _make(self, step: Step, before: list[tuple[FieldPath, Any]]) -> None:
        """Make one edit; ``before`` is what other units have done in its file."""
        path, route = step.target.file, step.target.route
        if path in self.closed:
            raise RefusedError(self.closed[path])
        if path not in self.texts:
            raise RefusedError(f"it would change {path} as well, which is not among the files to fix")
        if step.read != self.read[path]:
            raise RefusedError(f"{path} has changed since it was read")
        for other, request in before:
            if other == route and request == step.request:
                return
            if other[: len(route)] == route[: len(other)]:
                raise ConflictError(f"another fix changes the same place in {path}")
        target = step.target.moved(self._present(path, route))
        self.texts[path] = apply_edits(self.texts[path], edit_text(self.texts[path], target.hops, step.request))
        self._done.setdefault(path, []).append((route, step.request))
        if step.request.operation == "remove" and isinstance(route[-1], int):
            self._removed.setdefault(path, []).append(target.route)

    def _present(self, path: str, route: FieldPath) -> FieldPath:
        """Return where a route of the file as it was read leads now that list items before it are gone."""
        for removed in self._removed.get(path, ()):
            at = len(removed) - 1
            step, gone = route[at] if at < len(route) else None, removed[at]
            if isinstance(step, int) and isinstance(gone, int) and route[:at] == removed[:at]:
                if step == gone:
                    raise ConflictError(f"another fix changes the same list in {path}")
                if step > gone:
                    route = (*route[:at], step - 1, *route[at + 1 :])
        return route

"""``overrides:`` of a config: what is different for findings in some files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.model.finding import Severity
from kubelint_lessons.model.records import NamedTuple


class PathRules(NamedTuple):
    """One override with its names resolved to ids; ``select`` None means: no other rules than before."""

    paths: tuple[str, ...]
    select: frozenset[str] | None
    extend_select: frozenset[str]
    ignore: frozenset[str]
    severity: Mapping[str, Severity]
    parameters: Mapping[str, dict[str, Any]]


class Overrides:
    """Answers what holds in a file, by its path as findings show it; later overrides build on earlier ones."""

    def __init__(self, rules: Iterable[PathRules], usual: frozenset[str], inside: Mapping[str, str]) -> None:
        """``usual`` are the rules that run elsewhere, ``inside`` maps paths as shown to paths below the root."""
        self._rules = [(compile_globs(entry.paths), entry) for entry in rules]
        self._usual = usual
        self._inside = inside
        self._known: dict[str, tuple[PathRules, ...]] = {}

    def allows(self, rule: str, path: str) -> bool:
        """Return whether findings of a rule are reported in a file."""
        chosen = rule in self._usual
        for entry in self._of(path):
            chosen = chosen if entry.select is None else rule in entry.select
            chosen = (chosen or rule in entry.extend_select) and rule not in entry.ignore
        return chosen

    def severity(self, rule: str, path: str) -> Severity | None:
        """Return the severity that a rule has in a file, None where nothing is said about it."""
        return next((entry.severity[rule] for entry in reversed(self._of(path)) if rule in entry.severity), None)

    def parameters(self, rule: str, path: str) -> dict[str, Any]:
        """Return the parameters that a rule has in a file, those of later overrides over earlier ones."""
        merged: dict[str, Any] = {}
        for entry in self._of(path):
            merged.update(entry.parameters.get(rule, {}))
        return merged

    def _of(self, path: str) -> tuple[PathRules, ...]:
        found = self._known.get(path)
        if found is None:
            inside = self._inside.get(path, path)
            found = tuple(entry for pattern, entry in self._rules if matches(pattern, inside))
            self._known[path] = found
        return found

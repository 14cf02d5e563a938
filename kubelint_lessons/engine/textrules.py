"""``text:`` and ``regex:`` — rules over the raw lines of files that need not be manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.lessons.patterns import compile_pattern
from kubelint_lessons.lessons.rule import Detector
from kubelint_lessons.manifests.globs import compile_globs, matches
from kubelint_lessons.manifests.source import Source
from kubelint_lessons.model.finding import Problem
from kubelint_lessons.model.location import Location


class TextRule:
    """One text detector, its pattern and its globs compiled."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self._globs = compile_globs(detector.files)
        self._pattern: Any = None

    def applies_to(self, inside: str) -> bool:
        """Return whether the rule looks at a file, named relative to the project's root."""
        return matches(self._globs, inside)

    def problems(self, source: Source) -> Iterator[Problem]:
        """Yield one problem for every match; no match crosses a line.

        The place is the group called ``at``, else group 1, else the whole match.
        """
        pattern = self._compiled()
        for number, line in enumerate(source.lines(), 1):
            for match in pattern.finditer(line):
                group = pattern.groupindex.get("at", min(pattern.groups, 1))
                start, end = match.span(group)
                if start < 0:
                    start, end = match.span()
                location = Location(source.path, number, start + 1, max(end, start + 1) + (end == start))
                message = self.detector.message.replace("{match}", line[start:end])
                yield Problem(message, location, label=self.detector.label, note=self.detector.note)

    def _compiled(self) -> Any:
        if self._pattern is None:
            if self.detector.kind == "text":
                self._pattern = re.compile(re.escape(self.detector.pattern))
            else:
                self._pattern = compile_pattern(self.detector.pattern)
        return self._pattern

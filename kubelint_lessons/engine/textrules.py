"""``text:`` and ``regex:`` — rules over the raw lines of files that need not be manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.lessons.paths import parse_template, render
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
        self._templates = [parse_template(text) for text in (detector.message, detector.label, detector.note)]

    def applies_to(self, inside: str) -> bool:
        """Return whether the rule looks at a file, named relative to the project's root."""
        return matches(self._globs, inside)

    def problems(self, source: Source) -> Iterator[Problem]:
        """Yield one problem for every match; without ``multiline`` no match crosses a line.

        The place is the group called ``at``, else group 1, else the whole match, as far as its first line goes.
        """
        pattern = self._compiled()
        group = pattern.groupindex.get("at", min(pattern.groups, 1))
        starts = [0] if self.detector.multiline else source.line_starts()
        texts = [source.text] if self.detector.multiline else source.lines()
        for offset, text in zip(starts, texts, strict=True):
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if start < 0:
                    start, end = match.span()
                line, column, end_column = source.span(offset + start, offset + max(end, start + 1))
                scope = {"match": text[start:end]}
                message, label, note = (render(template, scope) for template in self._templates)
                yield Problem(message, Location(source.path, line, column, end_column), label=label, note=note)

    def _compiled(self) -> Any:
        if self._pattern is None:
            if self.detector.kind == "text":
                self._pattern = re.compile(re.escape(self.detector.pattern))
            else:
                self._pattern = compile_pattern(self.detector.pattern)
        return self._pattern

"""One rule block of a run: what it belongs to, and which documents it could say something about."""

from __future__ import annotations

from kubelint_lessons.lessons.rule import Detector, Rule


class Runner:
    """A rule block whose facts are known. Two are never equal: tables hold what was made ready for each.

    ``inferred_from`` says where inferred facts among those that it needs come from. ``masks`` are bits of words:
    a document that has none of one of them cannot make it fire.
    """

    __slots__ = ("detector", "inferred_from", "masks", "rule")

    def __init__(self, rule: Rule, detector: Detector, inferred_from: str, masks: tuple[int, ...]) -> None:
        self.rule = rule
        self.detector = detector
        self.inferred_from = inferred_from
        self.masks = masks

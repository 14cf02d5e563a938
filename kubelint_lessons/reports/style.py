"""Colours of terminal output; every function returns the text unchanged when colour is off."""

from __future__ import annotations

from kubelint_lessons.model.records import NamedTuple

_CODES = {"error": "1;31", "warning": "1;33", "info": "1;36", "frame": "1;34", "strong": "1", "ok": "1;32"}


class Style(NamedTuple):
    """How to paint; ``Style(False)`` paints nothing."""

    enabled: bool = False

    def paint(self, role: str, text: str) -> str:
        """Return ``text`` in the colour of ``role``: a severity, ``frame``, ``strong`` or ``ok``."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.enabled and text else text

"""One file of a project: what it is called by whom, and what is known of it before it is read."""

from __future__ import annotations

import os

from kubelint_lessons.manifests.stamps import Stamp
from kubelint_lessons.model.records import NamedTuple


class InputFile(NamedTuple):
    """One file of a project.

    ``path`` is what reports show (relative to the start directory), ``inside`` is relative to the project's
    root; ``place`` is that root with a separator at its end, which all files share, or the absolute path of a file
    that is elsewhere. ``data`` takes the place of what the file holds: standard input, or the file as a fix would
    leave it. ``stamp`` is how the file looked when it was listed, empty where nobody looked.
    """

    path: str
    inside: str
    place: str
    is_reported: bool
    is_given: bool
    data: bytes | None = None
    stamp: Stamp = b""

    @property
    def absolute(self) -> str:
        """Return the absolute path."""
        place = self.place
        if place[-1:] != os.sep:
            return place
        return place + (self.inside if os.sep == "/" else self.inside.replace("/", os.sep))

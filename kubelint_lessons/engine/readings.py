"""What a run read, by what it was: hashes of its files, and of the sources of its rules and facts.

Whoever keeps the result of a run needs to know what it depends on, as the run saw it and not as it is later.
"""

from __future__ import annotations

from kubelint_lessons.lessons.blobs import Blobs
from kubelint_lessons.lessons.cache import digest


class Readings:
    """Notes what is read. ``files`` maps absolute paths to hashes; ``opened`` are those of them that were read, and not
    known by their stamps. ``sources`` maps those of lessons, facts, config and baseline to a hash, or to whether such a
    file is there, and ``present`` other paths to whether anything is there. ``names_day`` says that the result depends
    on the day."""

    __slots__ = ("blobs", "files", "names_day", "opened", "present", "sources")

    def __init__(self, blobs: Blobs | None = None) -> None:
        """``blobs`` is where the facts of files are kept between runs."""
        self.blobs = blobs or Blobs(None)
        self.files: dict[str, bytes] = {}
        self.opened: set[str] = set()
        self.sources: dict[str, str | bool] = {}
        self.present: dict[str, bool] = {}
        self.names_day = False

    def note_file(self, path: str, content: bytes) -> None:
        """Note the hash of what a file of the project holds, which was read for it."""
        self.files[path] = content
        self.opened.add(path)

    def note_source(self, path: str, data: bytes) -> None:
        """Note what a source of rules or facts holds."""
        self.sources[path] = digest(data)

    def note_presence(self, path: str, is_there: bool) -> None:
        """Note whether there is such a source."""
        self.sources.setdefault(path, is_there)


def hash_of(data: bytes) -> bytes:
    """Return a hash of a file's bytes, 20 bytes long."""
    return bytes.fromhex(digest(data))

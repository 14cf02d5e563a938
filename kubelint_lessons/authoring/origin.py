"""Where lessons, facts, config and baseline of a project are read from: its work tree, or a revision of it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.manifests.git import GitError
from kubelint_lessons.manifests.links import LEADS_OUT, is_outside

if TYPE_CHECKING:
    from kubelint_lessons.manifests.gitbase import Tree


class Origin:
    """Reads the files of the project at ``root``; with ``tree``, as that revision has them.

    ``readings`` notes what was read from the work tree.
    """

    def __init__(self, root: str, shown_root: str, tree: Tree | None = None, readings: Readings | None = None) -> None:
        self.root = root
        self.readings = readings
        self.tree = tree
        self._prefix = "" if shown_root in ("", ".") else f"{shown_root}/"

    def shown(self, name: str) -> str:
        """Return the path of a file as reports show it."""
        return self._prefix + name

    def holds(self, name: str) -> bool:
        """Return whether there is a file of this name, relative to the root."""
        if self.tree is not None:
            return self.tree.holds(name)
        path = os.path.join(self.root, name)
        is_there = os.path.isfile(path)
        if self.readings is not None:
            self.readings.note_presence(path, is_there)
        return is_there

    def read(self, name: str) -> bytes:
        """Return what a file holds; raises OSError, FileNotFoundError where there is none."""
        if self.tree is None:
            path = os.path.join(self.root, name)
            if self.readings is not None:
                self.readings.note_presence(path, False)
            if is_outside(path, self.root):
                raise OSError(errno.ELOOP, LEADS_OUT)
            with open(path, "rb") as file:
                content = file.read()
            if self.readings is not None:
                self.readings.note_source(path, content)
            return content
        try:
            data = self.tree.read(os.path.normpath(name).replace(os.sep, "/"))
        except GitError as error:
            raise OSError(0, error.message) from None
        if data is None:
            raise FileNotFoundError(2, f"is not in {self.tree.commit[:10]}")
        return data

    def inside(self, path: str) -> str | None:
        """Return the name, relative to the root, of a file that somebody names from the current directory.

        None where the file lies elsewhere.
        """
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self.root))
        return None if relative.startswith("..") or os.path.isabs(relative) else relative.replace(os.sep, "/")

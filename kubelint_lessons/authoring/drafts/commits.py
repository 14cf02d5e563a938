"""The two sides of a commit, read from git without running anything that the repository brings along."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubelint_lessons.authoring.drafts.sides import MAX_BYTES, MAX_FILES, SideFile, Sides, SidesError
from kubelint_lessons.engine.collect import is_manifest_name

_MAX_CONTEXT_BYTES = 50_000_000
_REGULAR = ("100644", "100755")
_NOTHING = ""
_SETTINGS = (
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "log.showSignature=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
"""No lock, no prompt, and no object fetched from elsewhere: that could run a program that the config names."""


class Commit(NamedTuple):
    """What a commit changed. ``subject`` and ``body`` are its message, ``date`` its author's day, ``name`` its hash."""

    sides: Sides
    subject: str
    body: str
    date: str
    name: str
    skipped: tuple[str, ...]


class _Entry(NamedTuple):
    """One line of the difference: blobs and paths on both sides; the hash of nothing is empty."""

    old: str
    new: str
    old_path: str
    new_path: str


def read_commit(root: str, revision: str, path: str = "") -> Commit:
    """Return both sides of ``revision`` below ``root``, as its first parent has it and as it has it itself.

    ``path``, relative to ``root``, narrows what is compared. Renamed files are followed. The manifests of the commit
    that it did not change are the context. Raises SidesError.
    """
    if not revision or revision.startswith("-") or any(character in revision for character in "\n\0"):
        raise SidesError(f'"{revision}" names no commit', "write a hash, a branch, a tag or HEAD~1")
    git = _Git(root)
    name = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    if not name:
        raise SidesError(f'git knows no commit "{revision}"', "git log --oneline lists them; a shallow clone has few")
    parents, date, message = git.header(name)
    if not parents:
        raise SidesError(f"{name[:10]} is the first commit: there is nothing before it", "name a later one")
    if not git.text("cat-file", "--batch-check", stdin=f"{parents[0]}\n".encode()).split()[1:2] == ["commit"]:
        raise SidesError(
            f"the commit before {name[:10]} is not here", "the clone is shallow: git fetch --deepen=1 gets it"
        )
    entries, skipped = _difference(git, parents[0], name, path)
    if not entries:
        raise SidesError(
            f"{name[:10]} changes no file{f' below {path}' if path else ''} of this project",
            "name another commit, or leave out --path",
        )
    blobs = git.blobs(blob for entry in entries for blob in (entry.old, entry.new) if blob)
    bad, fixed = [], []
    for entry in entries:
        key = entry.new_path or entry.old_path
        if entry.old in blobs:
            bad.append(SideFile(key, key, blobs[entry.old]))
        if entry.new in blobs:
            fixed.append(SideFile(key, key, blobs[entry.new]))
        skipped += [key for blob in (entry.old, entry.new) if blob and blob not in blobs]
    subject, _, body = message.strip().partition("\n")
    sides = Sides(tuple(bad), tuple(fixed), _context(git, name, {file.key for file in (*bad, *fixed)}))
    return Commit(sides, subject.strip(), body.strip(), date, name[:10], tuple(dict.fromkeys(skipped)))


def _difference(git: _Git, before: str, after: str, path: str) -> tuple[list[_Entry], list[str]]:
    command = ["diff-tree", "-r", "-z", "--raw", "-M", "--relative", "--no-ext-diff", "--no-textconv", "--full-index"]
    command += ["--end-of-options", before, after, *(["--", path] if path else [])]
    fields = git.data(*command).split(b"\0")
    entries: list[_Entry] = []
    skipped: list[str] = []
    position = 0
    while position + 1 < len(fields) and fields[position].startswith(b":"):
        old_mode, new_mode, old, new, status = fields[position][1:].decode("ascii").split(" ")
        is_moved = status[:1] in ("R", "C")
        names = [os.fsdecode(name) for name in fields[position + 1 : position + 2 + is_moved]]
        position += 2 + is_moved
        old = old if old_mode in _REGULAR else _NOTHING
        new = new if new_mode in _REGULAR else _NOTHING
        if not old and not new:
            skipped.append(names[0])  # a link or a submodule
        if old == new:
            continue
        entries.append(_Entry(old, new, names[0], names[-1]))
    if len(entries) > MAX_FILES:
        message = f"the commit changes {len(entries)} files, up to {MAX_FILES} are compared"
        raise SidesError(message, "narrow it: --path DIR")
    return entries, skipped


def _context(git: _Git, name: str, changed: set[str]) -> tuple[SideFile, ...]:
    """Return the manifests of a commit that are not in ``changed``; none where there are too many."""
    listed = []
    for line in git.data("ls-tree", "-r", "-z", "-l", "--end-of-options", name).split(b"\0"):
        head, _, path = line.partition(b"\t")
        parts = head.split()
        inside = os.fsdecode(path)
        if len(parts) == 4 and parts[0].decode() in _REGULAR and is_manifest_name(inside) and inside not in changed:
            listed.append((parts[2].decode("ascii"), inside, int(parts[3]) if parts[3].isdigit() else MAX_BYTES + 1))
    listed = [item for item in listed if item[2] <= MAX_BYTES]
    if len(listed) > MAX_FILES or sum(size for _, _, size in listed) > _MAX_CONTEXT_BYTES:
        return ()
    blobs = git.blobs(blob for blob, _, _ in listed)
    return tuple(SideFile(path, path, blobs[blob]) for blob, path, _ in listed if blob in blobs)


class _Git:
    """Runs git in a directory."""

    def __init__(self, root: str) -> None:
        self._root = root

    def data(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git writes; raises SidesError where it fails."""
        done, error = self._run(arguments, stdin)
        if error:
            raise SidesError(f"git {arguments[0]} failed: {error}", "is this directory in a git repository?")
        return done

    def text(self, *arguments: str, stdin: bytes = b"") -> str:
        """Return what git writes, empty where it fails."""
        return self._run(arguments, stdin)[0].decode("utf-8", "replace")

    def header(self, name: str) -> tuple[list[str], str, str]:
        """Return a commit's parents, its author's day (as written there) and its message."""
        import datetime

        raw = self.data("cat-file", "commit", name)
        head, _, message = raw.partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        parents = [line.partition(" ")[2] for line in lines if line.startswith("parent ")]
        author = next((line for line in lines if line.startswith("author ")), "").rsplit(" ", 2)
        date = ""
        if len(author) == 3 and author[1].isdigit() and int(author[1]) < 2**35:
            zone = author[2]
            minutes = int(zone[-4:-2]) * 60 + int(zone[-2:]) if zone[-4:].isdigit() else 0
            shift = datetime.timedelta(minutes=-minutes if zone.startswith("-") else minutes)
            moment = datetime.datetime.fromtimestamp(int(author[1]), datetime.UTC) + shift
            date = moment.strftime("%Y-%m-%d")
        return parents, date, message.decode("utf-8", "replace")

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by their hashes, without those that are too large."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        sizes = self.text("cat-file", "--batch-check", stdin="".join(f"{name}\n" for name in wanted).encode())
        small = []
        for line in sizes.splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[1] == "blob" and int(parts[2]) <= MAX_BYTES:
                small.append(parts[0])
        output = self.data("cat-file", "--batch", stdin="".join(f"{name}\n" for name in small).encode())
        found: dict[str, bytes] = {}
        position = 0
        for name in small:
            end = output.index(b"\n", position)
            size = int(output[position:end].split()[2])
            found[name] = output[end + 1 : end + 1 + size]
            position = end + 2 + size
        return found

    def _run(self, arguments: Sequence[str], stdin: bytes) -> tuple[bytes, str]:
        import subprocess

        command = ["git", *_SETTINGS, "-C", self._root, *arguments]
        try:
            done = subprocess.run(
                command, input=stdin, capture_output=True, check=False, env={**os.environ, **_ENVIRONMENT}
            )
        except OSError as error:
            message = f"git cannot be run: {error.strerror or error}"
            raise SidesError(message, "install git, or use --bad and --fixed") from None
        if done.returncode != 0:
            message = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            return b"", message.removeprefix("fatal: ") or f"exit status {done.returncode}"
        return done.stdout, ""

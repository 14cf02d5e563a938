"""The two sides of a commit, read from git without running anything that the repository brings along."""

from __future__ import annotations

import os
from collections.abc import Iterable

from kubelint_lessons.authoring.drafts.sides import MAX_BYTES, MAX_FILES, SideFile, Sides, SidesError
from kubelint_lessons.engine.reading import is_manifest_name
from kubelint_lessons.manifests.git import Git, GitError
from kubelint_lessons.model.records import NamedTuple

_MAX_CONTEXT_BYTES = 50_000_000
_REGULAR = ("100644", "100755")
_NOTHING = ""


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
    try:
        return _read(Git(root), revision, path)
    except GitError as error:
        raise SidesError(error.message, error.hint) from None


def _read(git: Git, revision: str, path: str) -> Commit:
    name = git.commit(revision)
    parents, date, message = _header(git, name)
    if not parents:
        raise SidesError(f"{name[:10]} is the first commit: there is nothing before it", "name a later one")
    if git.text("cat-file", "-t", parents[0]) != "commit":
        raise SidesError(
            f"the commit before {name[:10]} is not here", "the clone is shallow: git fetch --deepen=1 gets it"
        )
    entries, skipped = _difference(git, parents[0], name, path)
    if not entries:
        raise SidesError(
            f"{name[:10]} changes no file{f' below {path}' if path else ''} of this project",
            "name another commit, or leave out --path",
        )
    blobs = _small_blobs(git, (blob for entry in entries for blob in (entry.old, entry.new) if blob))
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


def _difference(git: Git, before: str, after: str, path: str) -> tuple[list[_Entry], list[str]]:
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


def _context(git: Git, name: str, changed: set[str]) -> tuple[SideFile, ...]:
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
    blobs = _small_blobs(git, (blob for blob, _, _ in listed))
    return tuple(SideFile(path, path, blobs[blob]) for blob, path, _ in listed if blob in blobs)


def _header(git: Git, name: str) -> tuple[list[str], str, str]:
    """Return a commit's parents, its author's day (as written there) and its message."""
    import datetime

    raw = git.data("cat-file", "commit", name)
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


def _small_blobs(git: Git, names: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of files by their hashes, without those that are too large or not in this clone."""
    sizes = git.sizes(names)
    return git.blobs(name for name, size in sizes.items() if size <= MAX_BYTES)

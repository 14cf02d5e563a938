"""Git, asked without running anything that a repository brings along, and without touching its work tree."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence

_SETTINGS = (
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "log.showSignature=false",
    "-c", "safe.bareRepository=explicit",
)  # fmt: skip
SAFE_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
"""No lock, no prompt, and no object fetched from elsewhere: that could run a program that the config names."""

_HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for its hooks; with them, the top of the repository would be wherever we look."""


def git_command(root: str) -> list[str]:
    """Return the start of every command line of git in ``root``; raises FileNotFoundError where there is no git.

    ``safe.bareRepository`` keeps git from the config of a repository that is a mere directory of the scanned one.
    """
    return [_program(), *_SETTINGS, "-C", root]


def _program() -> str:
    """Return where git is; the directory that is scanned may be the current one, so PATH cannot lead into it."""
    here = os.path.normcase(os.getcwd())
    for directory in os.get_exec_path():
        if not os.path.isabs(directory) or os.path.normcase(os.path.normpath(directory)) == here:
            continue
        path = os.path.join(directory, "git.exe" if os.name == "nt" else "git")
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(errno.ENOENT, "not on PATH, leaving out the current directory", "git")


class Running:
    """A command that runs while this process goes on. ``output`` has to be called, once.

    Importing subprocess takes half as long as git does for a listing, and every lint asks for one.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        """Start the command; raises OSError where it cannot be run."""
        self._child = 0
        self._output: bytes | None = None
        if not hasattr(os, "posix_spawn"):
            import subprocess

            done = subprocess.run(command, capture_output=True, check=False, env=environment)
            self._output = done.stdout if done.returncode == 0 else None
            return
        self._reading, writing = os.pipe()  # neither end is inherited but as standard output
        try:
            actions = [
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ]
            self._child = os.posix_spawn(command[0], list(command), environment, file_actions=actions)
        except OSError:
            os.close(self._reading)
            raise
        finally:
            os.close(writing)

    def output(self) -> bytes | None:
        """Return what the command wrote, None where it failed."""
        if not self._child:
            return self._output
        try:
            with os.fdopen(self._reading, "rb") as pipe:
                output = pipe.read()
        finally:
            _, status = os.waitpid(self._child, 0)
        return output if status == 0 else None


class GitError(Exception):
    """Why git could not answer, and the next step."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class MissingError(GitError):
    """The answer is not in this clone, which holds a part of the history only."""


class Git:
    """Runs git in a directory."""

    def __init__(self, root: str) -> None:
        self.root = root

    def data(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what git writes; raises GitError where it fails."""
        done, error = self._run(arguments, stdin)
        if "dubious ownership" in error:
            hint = f"if you trust it: git config --global --add safe.directory {self.top()}"
            raise GitError("git refuses to read this repository, because it belongs to another user", hint)
        if "not a git repository" in error:
            raise GitError("this is no git repository", "run kubelint inside one, or leave out the revision")
        if error:
            raise GitError(f"git {arguments[0]} failed: {error}", "is this directory in a git repository?")
        return done

    def text(self, *arguments: str, stdin: bytes = b"") -> str:
        """Return what git writes, without blanks at its ends; empty where it fails."""
        return self._run(arguments, stdin)[0].decode("utf-8", "replace").strip()

    def top(self) -> str:
        """Return the nearest directory that holds ``.git``, as git looks for it; the own one where none does."""
        current = os.path.abspath(self.root)
        while not os.path.exists(os.path.join(current, ".git")):
            parent = os.path.dirname(current)
            if parent == current:
                return self.root
            current = parent
        return current

    def commit(self, revision: str) -> str:
        """Return the full hash of the commit that ``revision`` names; raises GitError.

        MissingError where the clone is shallow, so that the commit may exist elsewhere.
        """
        if not revision or revision.startswith("-") or any(character in revision for character in "\n\0"):
            raise GitError(f'"{revision}" names no commit', "write a hash, a branch, a tag or HEAD~1")
        self.data("rev-parse", "--git-dir")
        name = self.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if name and self.text("cat-file", "-t", name) == "commit":
            return name
        if self.is_shallow():
            hint = "fetch more of the history: git fetch --deepen=1, or fetch-depth: 2 for actions/checkout"
            raise MissingError(f'the clone is shallow and does not hold the commit "{revision}"', hint)
        raise GitError(
            f'git knows no commit "{revision}"', "git log --oneline lists them; git fetch gets those of others"
        )

    def is_shallow(self) -> bool:
        """Return whether the clone holds a part of the history only."""
        return self.text("rev-parse", "--is-shallow-repository") == "true"

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """Return the sizes in bytes of files by their hashes, without those that are not in this clone."""
        wanted = dict.fromkeys(names)
        listed = self.text("cat-file", "--batch-check", stdin="".join(f"{name}\n" for name in wanted).encode())
        lines = [line.split() for line in listed.splitlines()]
        return {line[0]: int(line[2]) for line in lines if len(line) == 3 and line[1] == "blob"}

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by their hashes, all of which ``sizes`` knows."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        output = self.data("cat-file", "--batch", stdin="".join(f"{name}\n" for name in wanted).encode())
        found: dict[str, bytes] = {}
        position = 0
        for name in wanted:
            end = output.index(b"\n", position)
            size = int(output[position:end].split()[2])
            found[name] = output[end + 1 : end + 1 + size]
            position = end + 2 + size
        return found

    def _run(self, arguments: Sequence[str], stdin: bytes) -> tuple[bytes, str]:
        import subprocess

        environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
        try:
            done = subprocess.run(
                [*git_command(self.root), *arguments],
                input=stdin,
                capture_output=True,
                check=False,
                env={**environment, **SAFE_ENVIRONMENT},
            )
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror or error}", "install git") from None
        if done.returncode != 0:
            message = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            return b"", message.removeprefix("fatal: ") or f"exit status {done.returncode}"
        return done.stdout, ""

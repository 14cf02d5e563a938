"""``kubelint cache``: where results and rules are kept, how much that is, and ``clean``, which deletes it."""

from __future__ import annotations

import click

from kubelint_lessons.cli.output import write
from kubelint_lessons.lessons.cache import cache_folder
from kubelint_lessons.lessons.housekeeping import Contents, OddFolderError, clean, contents_of
from kubelint_lessons.reports.sanitize import clean_path
from kubelint_lessons.reports.wrap import plural


@click.group(
    "cache",
    invoke_without_command=True,
    short_help="Show what is kept between runs, or delete it.",
)
def command() -> None:
    """Show what is kept between runs: the folder, and how many files of which size it holds.

    Nothing in there is needed: what is missing is worked out again. KUBELINT_CACHE_DIR names another folder,
    kubelint lint --no-cache uses none.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    folder = _folder()
    found = _looked(folder)
    lines = [clean_path(folder)]
    width = max((len(kind.name) for kind in found.kinds), default=0)
    for kind in found.kinds:
        lines.append(f"  {kind.name:<{width}}  {plural(len(kind.entries), 'file'):>10}  {_bytes(kind.size):>9}")
    lines.append(f"{plural(found.entries, 'file')}, {_bytes(found.size)}")
    write("\n".join(lines) + "\n" + _foreign(found))


@command.command("clean", short_help="Delete what is kept.")
def _clean() -> None:
    """Delete everything that kubelint keeps between runs.

    Other files in the folder are left alone. A folder that is a link or belongs to another user is refused.
    """
    folder = _folder()
    try:
        found = clean(folder)
    except OddFolderError as error:
        raise _refused(folder, error) from None
    except OSError as error:
        raise click.ClickException(f"{clean_path(error.filename or folder)}: {error.strerror or error}") from None
    freed = f"deleted {plural(found.entries, 'file')}, {_bytes(found.size)}"
    write(f"{clean_path(folder)}: {freed if found.entries else 'nothing to delete'}\n{_foreign(found)}")


def _folder() -> str:
    folder = cache_folder()
    if folder is None:
        raise click.ClickException(
            "there is no cache: the folder would lie in a git checkout, or there is no home directory;"
            " name another one with KUBELINT_CACHE_DIR"
        )
    return folder


def _looked(folder: str) -> Contents:
    try:
        return contents_of(folder)
    except OddFolderError as error:
        raise _refused(folder, error) from None
    except OSError as error:
        raise click.ClickException(f"{clean_path(error.filename or folder)}: {error.strerror or error}") from None


def _refused(folder: str, error: OddFolderError) -> click.ClickException:
    advice = "look at it, and delete it by hand or name another folder with KUBELINT_CACHE_DIR"
    return click.ClickException(f"{clean_path(folder)} is left alone, because {error}; {advice}")


def _foreign(found: Contents) -> str:
    if not found.foreign:
        return ""
    return f"left alone: {plural(found.foreign, 'item')} that kubelint has not written\n"


def _bytes(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KiB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"

"""Where reports go: the formats by name, colour, and files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, TypeVar

from kubelint_lessons.cli.errors import usage_error
from kubelint_lessons.cli.options import COLORS, OUTPUT_FORMATS
from kubelint_lessons.engine.result import Result
from kubelint_lessons.lessons.names import did_you_mean
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.manifests.links import LEADS_OUT, link_out
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.reports.style import Style

_FOR_TERMINALS = ("full", "concise")
_BLOCK = 1 << 16

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Output(NamedTuple):
    """One wanted report; ``file`` None is standard output."""

    format: str
    file: str | None


def parse_output(text: str) -> Output:
    """Return the meaning of ``FORMAT`` or ``FORMAT=FILE``; raises click.UsageError with what was meant."""
    name, _, file = text.partition("=")
    if name not in OUTPUT_FORMATS:
        advice = did_you_mean(name, OUTPUT_FORMATS, f"there are {', '.join(OUTPUT_FORMATS)}")
        raise usage_error(f'--output-format: no format is called "{name}"; {advice}')
    if "=" in text and not file:
        raise usage_error(f'--output-format: "{text}" names no file after =')
    return Output(name, file or None)


def color_option(function: _Command) -> _Command:
    """Add ``--color`` to a command."""
    import click

    option = click.option(
        "--color", type=click.Choice(COLORS), default="auto", help="Colour the output. Default: auto."
    )
    return option(function)


def should_color(choice: str, stream: TextIO | None = None) -> bool:
    """Return whether to colour standard output, or ``stream``.

    As chosen, else on a terminal without NO_COLOR or a dumb TERM.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream or sys.stdout).isatty()


def write_outputs(
    result: Result, outputs: list[Output], *, color: bool, quiet: bool, show_files: bool, to_error: bool = False
) -> None:
    """Write every wanted report; a file that cannot be written is a usage error.

    ``to_error`` leaves standard output to something else: what would stand there goes to standard error.
    """
    for output in outputs:
        style = Style(color and output.file is None)
        pieces = render(result, output.format, style, quiet=quiet)
        if show_files and output.format in _FOR_TERMINALS:
            from kubelint_lessons.reports.text import show_files as render_files

            text = "".join(pieces)
            pieces = iter((render_files(result), "\n" if text else "", text))
        if output.file is None:
            for block in _in_blocks(pieces):
                write(block, sys.stderr if to_error else None)
            continue
        if link_out(os.path.abspath(output.file), os.getcwd(), project_root) is not None:
            raise usage_error(f"--output-format: {output.file} {LEADS_OUT}; remove the link, or write elsewhere")
        try:
            with open(output.file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.writelines(pieces)
        except OSError as error:
            raise usage_error(f"--output-format: {output.file} cannot be written: {error.strerror}") from None


def _in_blocks(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text in parts of a size that is worth a call of the system; a whole report may take tens of megabytes."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


def render(result: Result, name: str, style: Style, *, quiet: bool) -> Iterator[str]:
    """Return one report as text, in pieces where it may be large; ``name`` is one of OUTPUT_FORMATS."""
    if name in _FOR_TERMINALS:
        from kubelint_lessons.reports import text

        return (text.full_pieces if name == "full" else text.concise_pieces)(result, style, quiet=quiet)
    if name == "json":
        from kubelint_lessons.reports.jsonreport import json_pieces

        return json_pieces(result)
    return iter((_whole(result, name, quiet=quiet),))


def _whole(result: Result, name: str, *, quiet: bool) -> str:
    """Return a report that is made as a whole: one that relates to the checkout."""
    from kubelint_lessons.reports.checkout import blob_url, checkout_prefix, relocate

    here = os.getcwd()
    result = relocate(result, checkout_prefix(os.environ, here))
    if name == "sarif":
        from kubelint_lessons.reports.sarif import render_sarif

        return render_sarif(result)
    if name == "github":
        from kubelint_lessons.reports.github import render_github

        return render_github(result, quiet=quiet)
    if name == "gitlab":
        from kubelint_lessons.reports.gitlab import render_gitlab

        return render_gitlab(result)
    if name == "junit":
        from kubelint_lessons.reports.junit import render_junit

        return render_junit(result)
    if name == "markdown":
        from kubelint_lessons.reports.markdown import render_markdown

        return render_markdown(result, blob_url(os.environ, here))
    if name == "rdjson":
        from kubelint_lessons.reports.rdjson import render_rdjson

        return render_rdjson(result)
    if name == "azure":
        from kubelint_lessons.reports.azure import render_azure

        return render_azure(result, quiet=quiet)
    from kubelint_lessons.reports.htmlreport import render_html

    return render_html(result, blob_url(os.environ, here))


def write(text: str, stream: TextIO | None = None) -> None:
    """Write to standard output, or ``stream``, as UTF-8, whatever the locale; what cannot be encoded is escaped."""
    write_bytes(text.encode("utf-8", "backslashreplace"), stream)


def write_bytes(data: bytes, stream: TextIO | None = None) -> None:
    """Write to standard output, or ``stream``, exactly this, at once."""
    stream = stream or sys.stdout
    stream.flush()
    stream.buffer.write(data)
    stream.buffer.flush()

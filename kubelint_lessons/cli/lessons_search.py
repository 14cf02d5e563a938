"""``kubelint lessons search``: find lessons by words, an error message, a log line, an alert or an object."""

from __future__ import annotations

import json
import os
import sys

import click

from kubelint_lessons.authoring.linter import Options, rules_of
from kubelint_lessons.authoring.search import found_document, search
from kubelint_lessons.authoring.words import LONGEST_TEXT
from kubelint_lessons.cli.output import color_option, should_color, write
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.manifests.inputs import project_root
from kubelint_lessons.reports.errors import error_text
from kubelint_lessons.reports.searchtext import search_text
from kubelint_lessons.reports.style import Style


@click.command("search", short_help="Find lessons by words, an error message or an object.")
@click.argument("words", nargs=-1, metavar="WORDS...")
@click.option("--limit", type=click.IntRange(1), default=5, metavar="N", help="Show at most N lessons. Default: 5.")
@click.option(
    "--output-format", "output_format", type=click.Choice(("text", "json")), default="text", help="Default: text."
)
@color_option
def command(words: tuple[str, ...], limit: int, output_format: str, color: str) -> None:
    """Find the lessons about WORDS, best first: the team's lessons and notes, and the built-in ones.

    WORDS may be a symptom, an error message, a log line, an alert or an object; - reads them from standard input.

    \b
    kubelint lessons search 502 bad gateway
    kubectl logs deploy/web --tail 20 | kubelint lessons search -

    Exit status: 0, also where nothing is found; 2 for lessons that do not load.
    """
    query = _standard_input() if words == ("-",) else " ".join(words)
    if not query.strip():
        raise click.UsageError("there is nothing to search for: kubelint lessons search 502 bad gateway")
    root = project_root(os.getcwd()) or os.getcwd()
    rules = rules_of(root, os.path.relpath(root).replace(os.sep, "/"), Options(), Cache(cache_folder()))
    found = search(rules.rule_set, rules.chosen.keys(), query, limit)
    document = found_document(query, found)
    if output_format == "json":
        write(json.dumps(document, indent=2) + "\n")
    else:
        write("".join(f"{line}\n" for line in search_text(document, Style(should_color(color)))))
    for error in rules.errors:
        click.echo(error_text(error, Style()), err=True)
    raise SystemExit(2 if rules.errors else 0)


def _standard_input() -> str:
    """Return what is piped in, as far as a search looks; bytes that are no UTF-8 are replaced."""
    return sys.stdin.buffer.read(4 * LONGEST_TEXT).decode("utf-8", "replace")[:LONGEST_TEXT]

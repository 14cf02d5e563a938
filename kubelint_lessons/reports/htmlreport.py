"""One HTML page for people: findings by lesson, with code frames, filters and search; it loads nothing."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

import jinja2
from markupsafe import Markup

from kubelint_lessons import __version__
from kubelint_lessons.engine.result import Result
from kubelint_lessons.reports.htmlview import count_of, view_of
from kubelint_lessons.reports.sanitize import clean, clean_path
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.text import summary

_ELSEWHERE = " (--show-files lists them)"
"""What the counts say where files are not listed; this page lists them."""


def render_html(result: Result, blob: str = "") -> str:
    """Return the page; ``blob`` is what ``checkout.blob_url`` returns: with it, places are links.

    Its policy (CSP) allows the page's own style and script, by their hashes, and nothing else: should text of the
    repository ever become markup, a browser would neither run nor load it.
    """
    folder = resources.files("kubelint_lessons.reports") / "templates"
    template, style, script = (
        (folder / name).read_text(encoding="utf-8") for name in ("report.html.j2", "report.css", "report.js")
    )
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(words=clean, path=clean_path)
    verdict, *counts = (line.strip().removesuffix(_ELSEWHERE) for line in summary(result, Style()))
    page = environment.from_string(template).render(
        result=result,
        view=view_of(result, blob),
        count_of=count_of,
        verdict=verdict,
        counts=counts,
        version=__version__,
        style=Markup(style),
        script=Markup(script),
        policy=(
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        ),
    )
    return page.rstrip("\n") + "\n"


def _hash(text: str) -> str:
    """Return how a Content-Security-Policy names the content of an inline element."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"

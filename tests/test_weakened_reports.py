"""What reports say of a change that weakens the rules."""

from __future__ import annotations

import json

from action_runner import commands_in
from format_results import HOSTILE, HOSTILE_PATH, hostile_result, many, plain_result
from markdown_it import MarkdownIt

from kubelint_lessons.engine.result import Result, Weakening
from kubelint_lessons.reports import text
from kubelint_lessons.reports.checkout import relocate
from kubelint_lessons.reports.github import render_github
from kubelint_lessons.reports.htmlreport import render_html
from kubelint_lessons.reports.jsonreport import render_json
from kubelint_lessons.reports.markdown import render_markdown
from kubelint_lessons.reports.sarif import render_sarif
from kubelint_lessons.reports.style import Style
from kubelint_lessons.reports.weakenedtext import weakened_markdown

WEAKENED = (
    Weakening('removes the lesson "web-called-web"', "docs/ai-lessons.md"),
    Weakening('ignores "no-limits" here: later', "k8s/web.yaml", 4),
    Weakening("turns everything off"),
)
LINES = """\
This change weakens the rules:
  - removes the lesson "web-called-web" (docs/ai-lessons.md)
  - ignores "no-limits" here: later (k8s/web.yaml:4)
  - turns everything off
"""


def weaker(result: Result) -> Result:
    return result._replace(weakened=WEAKENED)


def test_the_text_forms_end_with_it() -> None:
    assert text.full(weaker(plain_result()), Style()).endswith(LINES)
    assert text.concise(weaker(plain_result()), Style()).endswith(LINES)
    assert "weakens" not in text.full(plain_result(), Style())


def test_it_is_one_warning_for_github_and_one_of_ten() -> None:
    commands = commands_in(render_github(weaker(many(30, severity="warning"))))
    warnings = [command for command in commands if command.name == "warning"]
    assert len(warnings) == 10
    assert warnings[-1].properties == {"title": "kubelint: This change weakens the rules"}
    assert warnings[-1].message.splitlines() == [line.strip() for line in LINES.splitlines()[1:]]
    assert len([command for command in commands if command.name == "notice"]) <= 10


def test_it_is_shown_though_nothing_was_found() -> None:
    result = weaker(plain_result()._replace(findings=(), errors=()))
    assert [command.name for command in commands_in(render_github(result, quiet=True))] == ["warning"]


def test_in_markdown_it_is_a_section_above_the_findings() -> None:
    page = render_markdown(weaker(plain_result()), "https://forge.example/blob/abc/")
    section = page.index("### This change weakens the rules")
    assert section < page.index("| Severity |")
    assert "[`k8s/web.yaml:4`](https://forge.example/blob/abc/k8s/web.yaml#L4)" in page
    assert 'removes the lesson "web-called-web" (`docs/ai-lessons.md`)' in page


def test_the_page_has_a_section_too() -> None:
    page = render_html(weaker(plain_result()))
    assert '<span class="place">k8s/web.yaml:4</span> ignores &#34;no-limits&#34; here: later' in page
    assert "weakens the rules" not in render_html(plain_result())


def test_programs_get_it_as_data() -> None:
    data = json.loads(render_json(weaker(plain_result())))
    assert data["weakened"][1] == {"text": 'ignores "no-limits" here: later', "path": "k8s/web.yaml", "line": 4}
    (run,) = json.loads(render_sarif(weaker(plain_result())))["runs"]
    texts = [item["message"]["text"] for item in run["invocations"][0]["toolConfigurationNotifications"]]
    assert 'This change removes the lesson "web-called-web".' in texts


def test_a_long_list_is_cut() -> None:
    result = plain_result()._replace(weakened=tuple(Weakening(f"turns off {number}") for number in range(25)))
    assert text.concise(result, Style()).endswith("  - turns off 19\n  - and 5 more\n")


def test_places_are_called_from_the_root_of_the_checkout() -> None:
    moved = relocate(weaker(plain_result()), "cluster/")
    assert [item.path for item in moved.weakened] == ["cluster/docs/ai-lessons.md", "cluster/k8s/web.yaml", ""]


def test_what_a_stranger_wrote_is_harmless() -> None:
    result = hostile_result()._replace(weakened=(Weakening(HOSTILE, HOSTILE_PATH, 3), Weakening(HOSTILE, HOSTILE_PATH)))
    for render in (text.full, text.concise):
        assert commands_in(render(result, Style())) == ()
    added = len(commands_in(render_github(result))) - len(commands_in(render_github(hostile_result())))
    assert added == 1


def test_what_a_stranger_wrote_is_words_in_markdown() -> None:
    weakened = (Weakening(HOSTILE, HOSTILE_PATH, 3), Weakening(HOSTILE, HOSTILE_PATH))
    blob = "https://forge.example/blob/abc/"
    section = weakened_markdown(plain_result()._replace(weakened=weakened), blob)
    tokens = MarkdownIt("commonmark").parse(section)
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in tokens} <= {
        *("heading_open", "heading_close", "bullet_list_open", "bullet_list_close"),
        *("list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "inline"),
    }
    assert not {child.type for child in inline} & {"html_inline", "image"}
    links = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
    assert len(links) == 1
    assert links[0].startswith(blob)
    assert "@" not in section.replace("`", "").partition("(")[0]

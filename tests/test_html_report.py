"""The HTML page: read back by Python's parser of HTML, and used in a browser where one is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from browser import Browser
from format_results import HOSTILE, everything_result, hostile_result, many, plain_result

from kubelint_lessons.engine.result import Result
from kubelint_lessons.model.finding import Related
from kubelint_lessons.model.fix import Fix
from kubelint_lessons.reports import htmlreport, htmlview
from kubelint_lessons.reports.htmlreport import render_html
from kubelint_lessons.reports.sanitize import clean

BLOB = "https://github.example/o/r/blob/abc/"
VOID = {"meta", "link", "input", "br", "img"}


class Element(NamedTuple):
    """An element with its attributes, and all text inside it."""

    tag: str
    attributes: dict[str, str]
    text: list[str]
    parents: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


class Reader(HTMLParser):
    """Collects elements, and fails where they do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.comments: list[str] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parents = tuple(parent.tag for parent in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, [], parents)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def all(self, tag: str, **wanted: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(value in element.attributes.get(name, "").split() for name, value in wanted.items())
        ]


def classes(element: Element) -> list[str]:
    return element.attributes.get("class", "").split()


def found(page: Reader, name: str) -> list[Element]:
    return [element for element in page.elements if name in classes(element)]


# What the page says --------------------------------------------------------------------------------------------------


def test_every_finding_is_there_with_its_lesson_and_both_ends() -> None:
    result = plain_result()
    page = Reader(render_html(result, BLOB))
    articles = found(page, "finding")
    assert [article.words.partition(" ")[0] for article in articles] == ["#Service", "#no", "#nobody"]
    assert [element.words for element in found(page, "symptom")] == [
        "half of the requests fail with 502", "no-limits", "nobody answers",
    ]  # fmt: skip
    first = articles[0].words
    for text in (
        "matches 2 workloads",
        "k8s/postgres.yaml:12:9",
        "also matched here",
        "Note: closest label: component",
    ):
        assert text in first
    assert [mark.words for mark in page.all("mark")][:2] == ["'😀'}", "app: web"]
    assert found(page, "seen")[0].words == "seen 2 times"
    assert "2026-02-11 cardboard, 2026-02-13 trade-bot" in " ".join(element.words for element in page.all("dd"))
    links = {element.attributes["href"] for element in page.all("a")}
    assert f"{BLOB}docs/ai-lessons.md#L41" in links
    assert f"{BLOB}k8s/caf%C3%A9/service%201.yaml#L8" in links
    assert not any("rules/x.md" in link for link in links)
    assert "kubelint explain no-owner" in [element.words for element in page.all("code")]
    (problems,) = found(page, "problems")
    assert "docs/ai-lessons.md:50:3 lesson error: unknown key: serverity" in problems.words
    (rest,) = found(page, "rest")
    for text in ("k8s/templates/x.yaml a template of Helm", "no-docker needs containerRuntime", "a remote base"):
        assert text in rest.words


def test_what_was_suppressed_is_there_with_its_reason() -> None:
    (rest,) = found(Reader(render_html(everything_result("because"))), "rest")
    assert "Suppressed (3)" in rest.words
    assert "(annotation, because:1: because)" in rest.words


def test_a_page_of_a_clean_run_says_so() -> None:
    page = Reader(render_html(many(0)))
    assert [element.words for element in page.all("h1")] == ["No findings."]
    assert [element.words for element in found(page, "clean")] == ["Every lesson holds: nothing was found."]
    assert page.all("script") == []


def test_a_run_that_was_not_complete_is_not_called_clean() -> None:
    page = Reader(render_html(plain_result()._replace(findings=())))
    assert found(page, "clean") == []
    assert len(found(page, "problems")) == 1


@pytest.mark.parametrize(
    ("applicability", "said"),
    [
        ("safe", "kubelint lint --fix does it"),
        ("unsafe", "kubelint lint --diff --unsafe-fixes shows it"),
        ("display", "Edit: pin it"),
    ],
)
def test_a_fix_says_how_to_have_it(applicability: str, said: str) -> None:
    result = many(1)
    fix = Fix("pin it", (), applicability)  # type: ignore[arg-type]
    page = render_html(result._replace(findings=(result.findings[0]._replace(fix=fix),)))
    assert said in found(Reader(page), "finding")[0].words


def test_a_large_report_starts_with_its_lessons_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htmlview, "MOST_OPEN", 2)
    assert not any("open" in element.attributes for element in found(Reader(render_html(many(3))), "lesson"))
    assert all("open" in element.attributes for element in found(Reader(render_html(many(2))), "lesson"))


def test_anchors_are_unique_and_lead_somewhere() -> None:
    result = plain_result()
    page = Reader(render_html(result._replace(findings=result.findings * 2)))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    inner = {element.attributes["href"][1:] for element in page.all("a") if element.attributes["href"].startswith("#")}
    assert inner <= set(ids)
    assert {element.attributes.get("data-for", ids[0]) for element in page.elements} <= set(ids)


# Trust ---------------------------------------------------------------------------------------------------------------


def loads(page: Reader) -> Iterator[str]:
    """Yield everything that makes a browser load, run or style something."""
    for element in page.elements:
        for name, value in element.attributes.items():
            if name in ("src", "srcset", "style", "action", "formaction", "background", "data", "poster"):
                yield f"{element.tag} {name}={value}"
            if name.startswith("on"):
                yield f"{element.tag} {name}"
        if element.tag in ("img", "iframe", "object", "embed", "base", "video", "audio", "svg"):
            yield element.tag
        if element.tag == "link" and element.attributes["href"] != "data:,":
            yield element.attributes["href"]


@pytest.mark.parametrize(
    "result",
    [plain_result(), hostile_result(), everything_result(HOSTILE)],
    ids=["plain", "hostile", "everything hostile"],
)
def test_nothing_is_loaded_and_no_text_becomes_markup(result: Result) -> None:
    text = render_html(result, BLOB)
    page = Reader(text)
    assert list(loads(page)) == []
    assert page.comments == []
    assert len(page.all("script")) == len(page.all("style")) == 1
    assert re.findall(r"@import|url\(|expression\(", page.all("style")[0].words) == []
    links = [element.attributes["href"] for element in page.all("a")]
    assert all(link.startswith(("#", BLOB, "https://kubernetes.io/")) for link in links)
    tags = {element.tag for element in Reader(render_html(plain_result(), BLOB)).elements}
    assert {element.tag for element in page.elements} <= tags
    assert len(found(page, "finding")) == len(result.findings)


def test_hostile_words_are_all_there_as_text() -> None:
    page = Reader(render_html(hostile_result()))
    shown = " ".join(clean(HOSTILE).split()).replace("\ufffe", "")
    assert shown in found(page, "finding")[0].words.replace("\ufffe", "")


def test_the_policy_allows_just_the_style_and_the_script_of_the_page() -> None:
    page = Reader(render_html(plain_result()))
    (policy,) = [element.attributes["content"] for element in page.all("meta") if "http-equiv" in element.attributes]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": htmlreport._hash("".join(page.all("style")[0].text)),
        "script-src": htmlreport._hash("".join(page.all("script")[0].text)),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_a_link_in_a_source_cannot_leave_its_attribute() -> None:
    result = plain_result()
    lesson = result.lessons["docs/ai-lessons.md:41"]
    sources = ("javascript:alert(1)", 'https://a.example/"onclick="x', "https://a.example/<b>", "https://a.example/ok")
    lesson = lesson._replace(words=lesson.words._replace(sources=sources))
    page = Reader(render_html(result._replace(lessons={**result.lessons, "docs/ai-lessons.md:41": lesson})))
    outside = [element.attributes["href"] for element in page.all("a") if "rel" in element.attributes]
    assert outside == ["https://a.example/ok", "https://kubernetes.io/docs/concepts/services-networking/service/"]


# Contrast ------------------------------------------------------------------------------------------------------------


def luminance(color: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2)."""
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(scheme: str) -> None:
    style = Reader(render_html(plain_result())).all("style")[0].words
    blocks = re.findall(r":root \{([^}]*)\}", style)
    colors = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[0]))
    if scheme == "dark":
        colors |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[1]))
    pairs = [(name, back) for name in ("text", "muted", "link", "related", "fix") for back in ("page", "card", "code")]
    pairs += [
        (name, back) for name in ("error", "warning", "info") for back in ("page", "card", "code", f"{name}-soft")
    ]
    pairs += [("text", f"{name}-soft") for name in ("error", "warning", "info", "related")]
    pairs.remove(("fix", "code"))
    weak = {pair: contrast(colors[pair[0]], colors[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


# In a browser --------------------------------------------------------------------------------------------------------

VISIBLE = "[...document.querySelectorAll('article.finding')].filter(node => node.checkVisibility()).length"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def page_for(tmp_path: Path, result: Result) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render_html(result, BLOB), encoding="utf-8")
    return path


def test_search_and_filters_show_what_matches(browser: Browser, tmp_path: Path) -> None:
    browser.complaints.clear()
    browser.requests.clear()
    page = page_for(tmp_path, plain_result())
    browser.open(page)
    assert browser.value(VISIBLE) == 3
    browser.type("/")
    browser.type("memory")
    assert browser.value(VISIBLE) == 1
    assert browser.value("document.querySelector('#shown').textContent") == "1 of 3 shown"
    assert browser.value("document.querySelectorAll('.lessons li:not([hidden])').length") == 1
    browser.type(" elephant")
    assert browser.value(VISIBLE) == 0
    assert browser.value("document.querySelector('#nothing').checkVisibility()") is True
    browser.press("Escape")
    assert browser.value("new Promise(done => setTimeout(done, 20))") is None
    assert browser.value(VISIBLE) == 3
    browser.value("document.querySelector('input[value=error]').click()")
    assert browser.value(VISIBLE) == 2
    browser.value("document.querySelector('#clear').click()")
    browser.value("new Promise(done => setTimeout(done, 20))")
    choose = "(() => { const box = document.querySelector('%s'); box.selectedIndex = %d;"
    choose += " box.dispatchEvent(new Event('input', {bubbles: true})); })()"
    browser.value(choose % ("#file", 2))  # k8s/postgres.yaml: of two findings, and the other end of the third
    assert browser.value(VISIBLE) == 3
    browser.value(choose % ("#file", 1))
    assert browser.value(VISIBLE) == 1
    browser.value(choose % ("#lesson", 2))
    assert browser.value(VISIBLE) == 0
    assert browser.complaints == []
    assert {request for request in browser.requests if request != "data:,"} == {page.resolve().as_uri()}


def test_keys_lead_from_finding_to_finding(browser: Browser, tmp_path: Path) -> None:
    browser.open(page_for(tmp_path, plain_result()))
    focused = "[...document.querySelectorAll('article.finding')].indexOf(document.activeElement)"
    seen = []
    for key in "jjjjkk":
        browser.type(key)
        seen.append(browser.value(focused))
    assert seen == [0, 1, 2, 2, 1, 0]


def test_a_link_to_a_finding_opens_its_lesson(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(htmlview, "MOST_OPEN", 0)
    browser.open(page_for(tmp_path, many(8)))
    assert browser.value(VISIBLE) == 0
    browser.value("location.hash = '#finding-0000000000000001'")
    browser.value("new Promise(done => setTimeout(done, 50))")
    assert browser.value("document.querySelector('#finding-0000000000000001').checkVisibility()") is True


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_hostile_text_neither_runs_nor_overflows(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    browser.complaints.clear()
    browser.requests.clear()
    result = hostile_result()
    script = "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    first = result.findings[0]._replace(
        message=script, label=script, related=(Related(result.findings[0].location, script),)
    )
    page = page_for(tmp_path, result._replace(findings=(first, *result.findings[1:])))
    browser.open(page, width=width, dark=dark)
    assert browser.value("document.title").startswith("kubelint: ")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("document.querySelectorAll('img, iframe').length") == 0
    assert browser.complaints == []
    assert {request for request in browser.requests if request != "data:,"} == {page.resolve().as_uri()}


def test_the_policy_stops_what_would_break_out(browser: Browser, tmp_path: Path) -> None:
    browser.complaints.clear()
    page = page_for(tmp_path, plain_result())
    attack = "<script>document.title='pwned'</script><img src='https://evil.example/x.png'></body>"
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", attack), encoding="utf-8")
    browser.open(page)
    assert browser.value("document.title").startswith("kubelint: ")
    assert sum("Content Security Policy" in complaint for complaint in browser.complaints) >= 2


def test_the_page_prints(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htmlview, "MOST_OPEN", 0)
    browser.open(page_for(tmp_path, plain_result()))
    assert browser.pdf().startswith(b"%PDF-")
    assert browser.value("[...document.querySelectorAll('details.lesson')].every(node => node.open)") is True

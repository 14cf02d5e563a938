"""The formats that other programs read: each is read back by a reader that is not ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from format_results import HOSTILE, HOSTILE_PATH, everything_result, hostile_result, many, plain_result
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kubelint_lessons import __version__
from kubelint_lessons.cli.options import OUTPUT_FORMATS
from kubelint_lessons.cli.output import render
from kubelint_lessons.engine.result import Reported, Result, RunError
from kubelint_lessons.model.finding import Related
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports import sarif
from kubelint_lessons.reports.azure import render_azure
from kubelint_lessons.reports.checkout import blob_url, checkout_prefix, relocate
from kubelint_lessons.reports.github import render_github
from kubelint_lessons.reports.gitlab import render_gitlab
from kubelint_lessons.reports.jsonreport import render_json
from kubelint_lessons.reports.junit import render_junit
from kubelint_lessons.reports.markdown import render_markdown
from kubelint_lessons.reports.rdjson import byte_column, render_rdjson
from kubelint_lessons.reports.sarif import render_sarif
from kubelint_lessons.reports.style import Style

DATA = Path(__file__).parent / "data" / "formats"
BLOB = "https://github.example/o/r/blob/abc/"
FORMATS: dict[str, tuple[str, Callable[[Result], str]]] = {
    "sarif": ("sarif", render_sarif),
    "github": ("github.txt", render_github),
    "gitlab": ("gitlab.json", render_gitlab),
    "junit": ("junit.xml", render_junit),
    "markdown": ("summary.md", lambda result: render_markdown(result, BLOB)),
}
RESULTS = {"plain": plain_result, "hostile": hostile_result}


@pytest.mark.parametrize("case", RESULTS)
@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_as_expected(name: str, case: str, update_goldens: bool) -> None:
    suffix, function = FORMATS[name]
    text = function(RESULTS[case]()).replace(f'"semanticVersion": "{__version__}"', '"semanticVersion": "0"')
    golden = DATA / f"{case}.{suffix}"
    if update_goldens:
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_bytes().decode()


# Every format, hostile text ------------------------------------------------------------------------------------------


def commands_in(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Return the workflow commands that the runner of GitHub Actions would find, unescaped.

    As its source has it: ``::name properties::data`` at the start of a line, else ``##[name properties]data`` anywhere.
    """
    found = []
    for line in re.split(r"\r\n|\n|\r", log):
        match = re.match(r"\s*::([^\s:]+)(?: (.*?))?::(.*)$", line)
        if match:
            pairs = [pair.partition("=") for pair in (match[2] or "").split(",") if pair]
            unescape = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}
            values = {}
            for key, _, value in pairs:
                for code, character in unescape.items():
                    value = value.replace(code, character)
                values[key.strip()] = value
            data = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
            found.append((match[1], values, data))
        elif re.search(r"##(vso)?\[", line):
            found.append(("legacy", {}, line))
    return found


CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_no_text_of_a_repository_is_a_command_or_a_control_character(name: str) -> None:
    text = "".join(render(hostile_result(), name, Style(), quiet=False))
    names = [command for command, _, _ in commands_in(text)]
    own = {"github": ["error", "error", "error", "warning", "notice"], "azure": ["legacy"] * 4}
    assert names == own.get(name, [])
    assert not CONTROL.search(text)


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_nor_is_what_was_hidden_known_or_weakened(name: str) -> None:
    text = "".join(render(everything_result(HOSTILE), name, Style(), quiet=False))
    names = {command for command, _, _ in commands_in(text)}
    assert names == {"github": {"error", "warning", "notice"}, "azure": {"legacy"}}.get(name, set())
    assert not CONTROL.search(text)


PIECES = st.sampled_from(
    ["::error::", "::error file=a,line=1::", "##[error]", "##vso[x]", "\n", "\r", "\u2028", "\u00a0", " ", "\x1b[",
     "%0A", "](x)", "`", "```", "|", "<b>", "]]>", "&amp;", "\\", "-->", "x", "é", "😀", "\ud800", "\uffff", "#",
     "- ", "a" * 90]
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=8).map("".join)


@settings(max_examples=60, deadline=None)
@given(message=TEXTS, path=TEXTS, words=TEXTS, line=TEXTS)
def test_no_text_whatever_breaks_out_of_a_report(message: str, path: str, words: str, line: str) -> None:
    plain = plain_result()
    place = Location(path, 3, 1, 4)
    found = plain.findings[0]._replace(
        message=message, label=words, note=message, location=place, related=(Related(place, words),)
    )
    lesson = plain.lessons[found.lesson].words._replace(symptom=words, cause=message, fix=words, sources=(words,))
    result = plain._replace(
        findings=(found,),
        errors=(RunError("input", message, path, 1, 1, words),),
        lessons={found.lesson: Reported(lesson, (), False)},
        excerpts={(path, 3): line},
        files=(),
    )
    reports = {name: "".join(render(result, name, Style(), quiet=False)) for name in OUTPUT_FORMATS}
    for name, text in reports.items():
        commands = [command for command, _, _ in commands_in(text)]
        assert commands == {"github": ["error", "error", "notice"], "azure": ["legacy", "legacy"]}.get(name, [])
        assert not CONTROL.search(text)
    root = ElementTree.fromstring(reports["junit"].encode())
    assert [len(list(root.iter(tag))) for tag in ("testcase", "failure", "error")] == [2, 1, 1]
    assert len(json.loads(reports["sarif"])["runs"][0]["results"]) == 1
    page = page_of(render_markdown(result))
    assert (page.tables, page.rows, page.images) == (1, 2, [])
    assert len([html for html in page.html if html.startswith(("<details>", "</details>"))]) == len(page.html) == 2


def test_the_reader_of_commands_sees_what_the_runner_sees() -> None:
    assert commands_in("a ::error::x\n  ::error title=a%2Cb::c%0Ad\nb ##[warning]x") == [
        ("error", {"title": "a,b"}, "c\nd"),
        ("legacy", {}, "b ##[warning]x"),
    ]


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
@pytest.mark.parametrize("case", ["empty", "plain"])
def test_a_report_ends_with_one_line_feed(name: str, case: str) -> None:
    result = plain_result()
    if case == "empty":
        result = result._replace(findings=(), errors=(), skipped=(), incomplete=(), files=(), excerpts={}, lessons={})
    text = "".join(render(result, name, Style(), quiet=False))
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


# SARIF ---------------------------------------------------------------------------------------------------------------


def log_of(result: Result) -> Any:
    return json.loads(render_sarif(result))


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    checker = jsonschema.FormatChecker(formats=())

    @checker.checks("uri", raises=ValueError)
    @checker.checks("uri-reference", raises=ValueError)
    def is_uri(value: object) -> bool:
        urllib.parse.urlsplit(str(value))
        return re.fullmatch(r"(%[0-9A-Fa-f]{2}|[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=])*", str(value)) is not None

    text = (DATA / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text), format_checker=checker)


@pytest.mark.parametrize(
    "result",
    [
        plain_result(),
        hostile_result(),
        many(30),
        everything_result(HOSTILE),
        plain_result()._replace(findings=(), errors=(), skipped=(), incomplete=(), lessons={}, excerpts={}),
    ],
    ids=["plain", "hostile", "many", "everything", "empty"],
)
def test_sarif_validates(schema: jsonschema.Draft4Validator, result: Result) -> None:
    assert [error.message for error in schema.iter_errors(log_of(result))] == []


def test_the_schema_refuses_what_is_wrong(schema: jsonschema.Draft4Validator) -> None:
    log = log_of(plain_result())
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b"
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert len(list(schema.iter_errors(log))) == 2


def test_sarif_regions_count_utf_16_on_one_line() -> None:
    result = plain_result()
    run = log_of(result)["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = result.excerpts["k8s/café/service 1.yaml", 8]
    units = line.encode("utf-16-le")
    shown = units[2 * (region["startColumn"] - 1) : 2 * (region["endColumn"] - 1)].decode("utf-16-le")
    assert shown == line[11:18]
    assert run["columnKind"] == "utf16CodeUnits"
    for item in run["results"]:
        for place in (*item["locations"], *item.get("relatedLocations", ())):
            region = place["physicalLocation"]["region"]
            assert region["startLine"] == region["endLine"]
            assert region["startColumn"] <= region["endColumn"]


def test_sarif_paths_lead_back_to_the_files() -> None:
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for item in log_of(hostile_result())["runs"][0]["results"]
        for place in item["locations"]
    ]
    paths = [urllib.parse.unquote(uri, errors="surrogateescape") for uri in uris]
    assert paths == [HOSTILE_PATH, HOSTILE_PATH, "##[error]z\udcff.yaml"]
    assert not any(urllib.parse.urlsplit(uri).scheme for uri in uris)


def test_sarif_results_know_their_rules_and_relations() -> None:
    run = log_of(plain_result())["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for item in run["results"]:
        assert rules[item["ruleIndex"]]["id"] == item["ruleId"]
        assert set(item["partialFingerprints"]) == {"kubelint/v1"}
        linked = {int(number) for number in re.findall(r"(?<!\\)\]\((\d+)\)", item["message"]["text"])}
        assert linked == {place["id"] for place in item.get("relatedLocations", ())}
    help_text = rules[run["results"][0]["ruleIndex"]]["help"]
    assert "**Root cause:** The selector holds one label only." in help_text["markdown"]
    assert "Seen: 2 times" in help_text["text"]


def test_sarif_messages_link_to_nothing_but_related_places() -> None:
    for item in log_of(hostile_result())["runs"][0]["results"]:
        targets = re.findall(r"(?<!\\)\]\(([^)]*)\)", item["message"]["text"])
        assert targets == [str(place["id"]) for place in item.get("relatedLocations", ())]


def test_sarif_says_that_a_run_was_not_complete() -> None:
    invocation = log_of(plain_result())["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert [item["level"] for item in invocation["toolConfigurationNotifications"]] == ["error", "note", "note"]
    assert [item["level"] for item in invocation["toolExecutionNotifications"]] == ["note"]


def test_sarif_keeps_the_most_serious(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    run = log_of(plain_result())["runs"][0]
    assert [item["level"] for item in run["results"]] == ["error", "warning"]
    assert "1 least serious finding left out" in json.dumps(run["invocations"])


# GitHub --------------------------------------------------------------------------------------------------------------


def test_an_annotation_says_what_and_where() -> None:
    commands = commands_in(render_github(plain_result()))
    assert [name for name, _, _ in commands] == ["error", "error", "warning", "notice", "notice"]
    _, properties, message = commands[1]
    assert properties == {
        "file": "k8s/café/service 1.yaml", "line": "8", "endLine": "8", "col": "12", "endColumn": "19",
        "title": "shared-service-selector",
    }  # fmt: skip
    assert message.splitlines()[0].startswith('Service "web" also selects')
    assert "Fix: Add app.kubernetes.io/component: web to the selector." in message
    assert "Lesson: docs/ai-lessons.md:41 (seen 2 times)" in message
    assert commands[0][1]["file"] == "docs/ai-lessons.md"


@pytest.mark.parametrize("quiet", [False, True])
def test_ten_of_a_level_show_every_rule_and_the_log_holds_the_others(quiet: bool) -> None:
    text = render_github(many(30, rules=9), quiet=quiet)
    commands = commands_in(text)
    titles = [properties["title"] for name, properties, _ in commands if name == "error"]
    assert len(titles) == 10
    assert set(titles) == {f"rule-{number}" for number in range(9)}
    assert sum("error[rule-" in line for line in text.splitlines()) == 20
    assert [name for name, _, _ in commands[10:]] == ["group", "endgroup", "notice"]
    assert "Found 30 errors in 1 file." in commands[-1][2]
    assert "20 more findings in the log of this step" in commands[-1][2]


def test_the_counts_are_one_of_the_ten_notices() -> None:
    names = [name for name, _, _ in commands_in(render_github(many(30, severity="info")))]
    assert names.count("notice") == 10


def test_a_long_message_is_cut_before_the_runner_cuts_it() -> None:
    result = many(1)
    result = result._replace(findings=(result.findings[0]._replace(message="%😀" * 9_000),))
    ((_, _, message), _) = commands_in(render_github(result))
    assert len(message) == 4096
    assert message.endswith("…")


def test_a_clean_run_annotates_nothing() -> None:
    clean_run = many(0)
    assert commands_in(render_github(clean_run)) == []
    assert render_github(clean_run).startswith("No findings.\n")
    assert render_github(clean_run, quiet=True) == ""


# GitLab --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", RESULTS)
def test_gitlab_issues_have_the_documented_keys(case: str) -> None:
    issues = json.loads(render_gitlab(RESULTS[case]()))
    assert len(issues) == 4
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_keeps_paths_and_fingerprints() -> None:
    issues = json.loads(render_gitlab(plain_result()))
    assert issues[1]["location"]["path"] == "k8s/café/service 1.yaml"
    assert issues[1]["fingerprint"] == "0123456789abcdef"
    assert [issue["severity"] for issue in issues] == ["blocker", "critical", "info", "major"]


# JUnit ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*RESULTS, "many"])
def test_junit_is_xml_whose_counts_are_right(case: str) -> None:
    result = many(5) if case == "many" else RESULTS[case]()
    root = ElementTree.fromstring(render_junit(result).encode())
    assert root.tag == "testsuites"
    suites = root.findall("testsuite")
    for node in (root, *suites):
        assert int(node.attrib["tests"]) == len(list(node.iter("testcase")))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(node.attrib[name]) == len(list(node.iter(tag)))
    assert len(list(root.iter("failure"))) == len(result.findings)
    assert len({suite.attrib["name"] for suite in suites}) == len(suites)
    for suite in suites:
        names = [(case.attrib["classname"], case.attrib["name"]) for case in suite.findall("testcase")]
        assert len(set(names)) == len(names)


def test_junit_shows_the_finding_and_the_files_without_any() -> None:
    root = ElementTree.fromstring(render_junit(plain_result()).encode())
    cases = {case.attrib["classname"]: case for case in root.iter("testcase")}
    failure = cases["k8s/café/service 1.yaml"].find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "error", "message": 'Service "web" also selects StatefulSet "postgres"'}
    assert "= lesson:  docs/ai-lessons.md:41 (seen 2 times)" in (failure.text or "")
    assert list(cases["k8s/clean.yaml"]) == []
    assert [node.tag for node in cases["k8s/templates/x.yaml"]] == ["skipped"]
    assert [node.tag for node in cases["docs/ai-lessons.md"]] == ["error"]


# Markdown ------------------------------------------------------------------------------------------------------------


class Page(NamedTuple):
    """What a reader of Markdown makes of a summary."""

    html: list[str]
    links: list[str]
    images: list[str]
    tables: int
    rows: int
    text: str


def page_of(text: str) -> Page:
    tokens = list(flat(MarkdownIt("commonmark").enable("table").parse(text)))
    return Page(
        html=[token.content for token in tokens if token.type in ("html_block", "html_inline")],
        links=[str(token.attrs["href"]) for token in tokens if token.type == "link_open"],
        images=[str(token.attrs["src"]) for token in tokens if token.type == "image"],
        tables=sum(token.type == "table_open" for token in tokens),
        rows=sum(token.type == "tr_open" for token in tokens),
        text="\n".join(token.content for token in tokens if token.type in ("text", "code_inline", "fence")),
    )


def flat(tokens: Any) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from flat(token.children or ())


def test_a_summary_has_a_table_the_words_and_links() -> None:
    page = page_of(render_markdown(plain_result(), BLOB))
    assert (page.tables, page.rows) == (1, 4)
    assert page.links.count(f"{BLOB}docs/ai-lessons.md#L41") == 2
    assert f"{BLOB}k8s/caf%C3%A9/service%201.yaml#L8" in page.links
    assert "https://kubernetes.io/docs/concepts/services-networking/service/" in page.links
    assert "Add app.kubernetes.io/component: web to the selector." in page.text
    assert not any("rules/x.md" in link for link in page.links)


def test_a_summary_of_hostile_text_is_words() -> None:
    page = page_of(render_markdown(hostile_result(), BLOB))
    assert (page.tables, page.rows, page.images) == (1, 3, [])
    assert all(link.startswith(BLOB) for link in page.links)
    shapes = {re.sub(r"<code>[^<>]*</code>", "<code></code>", html.strip()) for html in page.html}
    findings = {f"<details><summary>{head}</summary>" for head in _HEADS}
    assert shapes == {*findings, "</details>"}


_HEADS = ("error <code></code>: 2 findings", "warning <code></code>: 1 finding")


def test_a_summary_without_a_checkout_has_no_links_to_files() -> None:
    links = page_of(render_markdown(plain_result())).links
    assert {urllib.parse.urlsplit(link).hostname for link in links} == {"kubernetes.io"}


@pytest.mark.parametrize("limit", [800, 2_000, 6_000, 20_000])
def test_a_summary_stays_below_its_limit_and_says_what_is_missing(limit: int) -> None:
    result = many(400, rules=200)
    text = render_markdown(result, BLOB, limit)
    assert len(text.encode()) <= limit
    assert re.search(r"\*\*\d+ findings left out here", text)
    assert "Found 400 errors" in text


def test_a_summary_lists_the_first_of_many() -> None:
    text = render_markdown(many(400, rules=2))
    assert text.count("and 150 more findings of this rule") == 2
    assert "left out" not in text


# Paths in a CI job ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("directory", "changed", "url"),
    [
        ("/w", {}, "https://git.example/o/r/blob/abc/"),
        ("/w/infra a", {}, "https://git.example/o/r/blob/abc/"),
        ("/elsewhere", {}, ""),
        ("/w", {"GITHUB_SHA": ""}, ""),
        ("/w", {"GITHUB_SERVER_URL": "javascript:x"}, ""),
        ("/w", {"GITHUB_SERVER_URL": "https://x) ![y](z"}, ""),
        ("/w", {"GITHUB_ACTIONS": ""}, ""),
    ],
)
def test_the_checkout_of_a_github_job(directory: str, changed: dict[str, str], url: str) -> None:
    environment = {
        "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "abc", "GITHUB_WORKSPACE": "/w",
    }  # fmt: skip
    assert blob_url({**environment, **changed}, directory) == url


def test_the_checkout_of_a_gitlab_job() -> None:
    environment = {
        "CI_SERVER_URL": "https://gitlab.example", "CI_PROJECT_PATH": "g/o/r", "CI_COMMIT_SHA": "abc",
        "CI_PROJECT_DIR": "/builds/r",
    }  # fmt: skip
    assert blob_url(environment, "/builds/r") == "https://gitlab.example/g/o/r/-/blob/abc/"


@pytest.mark.parametrize(
    ("environment", "directory", "prefix"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/w"}, "/w", ""),
        ({"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/w"}, "/w/infra/a b", "infra/a b/"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "D:\\w"}, "D:\\w\\infra", "infra/"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/w"}, "/elsewhere", ""),
        ({"CI_PROJECT_DIR": "/builds/r"}, "/builds/r/k8s", "k8s/"),
        ({}, "/w/infra", ""),
    ],
)
def test_the_way_from_the_root_of_a_checkout(environment: dict[str, str], directory: str, prefix: str) -> None:
    assert checkout_prefix(environment, directory) == prefix


def test_paths_are_told_from_the_root_of_the_checkout() -> None:
    result = plain_result()
    assert relocate(result, "") is result
    moved = relocate(result, "infra/")
    assert moved.findings[0].location.path == "infra/k8s/café/service 1.yaml"
    assert moved.findings[0].related[0].location.path == "infra/k8s/postgres.yaml"
    assert moved.errors[0].path == "infra/docs/ai-lessons.md"
    assert [words.words.path for words in moved.lessons.values()] == ["infra/docs/ai-lessons.md", "rules/x.md"]
    assert "infra/k8s/café/service 1.yaml:8:12" in render_junit(moved)
    assert "😀é: {app" in render_junit(moved)
    above = result._replace(errors=(result.errors[0]._replace(path="../k8s/a.yaml"),))
    assert relocate(above, "infra/").errors[0].path == "k8s/a.yaml"


# Reviewdog and Azure ----------------------------------------------------------------------------------------------


def test_rdjson_counts_bytes() -> None:
    result = plain_result()
    found = json.loads(render_rdjson(result))["diagnostics"]
    assert [item["severity"] for item in found] == ["ERROR", "ERROR", "INFO", "WARNING"]
    line = result.excerpts["k8s/café/service 1.yaml", 8].encode()
    span = found[1]["location"]["range"]
    assert line[span["start"]["column"] - 1 : span["end"]["column"] - 1].decode() == " '😀'}"
    assert found[1]["location"]["path"] == "k8s/café/service 1.yaml"
    assert found[1]["code"] == {"value": "shared-service-selector"}
    assert "k8s/postgres.yaml:12: also matched here" in found[1]["message"]


@pytest.mark.parametrize(
    ("line", "utf16", "utf8"),
    [("a: x", 4, 4), ("é: x", 4, 5), ("😀: x", 5, 7), ("e\u0301 x", 4, 5), ("\t: x", 4, 4)],
)
def test_columns_in_every_unit(line: str, utf16: int, utf8: int) -> None:
    assert line[3] == "x"
    assert sarif.utf16_column(line, 4) == utf16
    assert byte_column(line, 4) == utf8
    assert line.encode("utf-16-le")[2 * (utf16 - 1) :].decode("utf-16-le") == "x"
    assert line.encode()[utf8 - 1 :].decode() == "x"


def logged_issues(log: str) -> list[tuple[dict[str, str], str]]:
    """Return what the agent of Azure Pipelines finds: ``##vso[area.event name=value;…]message`` anywhere in a line."""

    def unescape(text: str) -> str:
        for code, character in (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%")):
            text = text.replace(code, character)
        return text

    found = []
    for line in log.split("\n"):
        start = line.find("##vso[")
        if start >= 0:
            head, _, message = line[start + 6 :].partition("]")
            area, _, rest = head.partition(" ")
            assert area == "task.logissue"
            pairs = [pair.partition("=") for pair in rest.split(";") if pair]
            found.append(({name: unescape(value) for name, _, value in pairs}, unescape(message)))
    return found


def test_azure_issues_say_what_and_where() -> None:
    issues = logged_issues(render_azure(plain_result()))
    assert [properties["type"] for properties, _ in issues] == ["error", "error", "warning", "warning"]
    assert issues[1][0] == {
        "type": "error", "sourcepath": "k8s/café/service 1.yaml", "linenumber": "8", "columnnumber": "12",
        "code": "shared-service-selector",
    }  # fmt: skip
    assert issues[1][1].startswith('Service "web" also selects StatefulSet "postgres" (matches 2 workloads)')


def test_azure_issues_of_hostile_text_have_no_other_properties() -> None:
    issues = logged_issues(render_azure(hostile_result()))
    assert len(issues) == 4
    for properties, message in issues:
        assert set(properties) <= {"type", "sourcepath", "linenumber", "columnnumber", "code"}
        assert "##vso[" not in message


# The JSON of our own -------------------------------------------------------------------------------------------------


def test_json_says_the_true_text_without_a_command() -> None:
    document = json.loads(render_json(hostile_result()))
    assert document["findings"][0]["location"]["path"] == HOSTILE_PATH


# The command line ----------------------------------------------------------------------------------------------------

CANARY = "c4n4ry-hunter2"
PROJECT = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: db, name: db2}}
stringData:
  password: {CANARY}
  password: {CANARY}-2
---
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
    - name: web
      image: web:1
      env:
        - name: DB_PASSWORD
          value: {CANARY}
        - {{name: URL, value: "postgres://app:{CANARY}@db/app"}}
"""
LESSONS = """\
# Lessons

### points-at-values

**It points at values.**

**Root cause:** It is a test.

**Fix:** None.

```yaml rule
match: Pod
each: env
forbid: item.name != ""
at: value
message: 'look at {item.name} in {object.name}'
```
"""


def test_every_format_at_once_and_no_secret_in_any(tmp_path: Path) -> None:
    (tmp_path / "a é😀.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "ai-lessons.md").write_text(LESSONS, encoding="utf-8")
    outputs = [f"--output-format={name}={name}.out" for name in OUTPUT_FORMATS]
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "--show-files", *outputs]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    for name in OUTPUT_FORMATS:
        text = (tmp_path / f"{name}.out").read_text(encoding="utf-8")
        assert "duplicate-key" in text
        assert "points-at-values" in text
        assert CANARY not in text
    ElementTree.fromstring((tmp_path / "junit.out").read_bytes())
    json.loads((tmp_path / "sarif.out").read_text(encoding="utf-8"))


def test_a_step_that_runs_below_the_root_of_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "a.yaml").write_text(PROJECT, encoding="utf-8")
    command = [sys.executable, "-m", "kubelint_lessons", "lint", "-q", "--output-format=github"]
    environment = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path.resolve())}
    done = subprocess.run(command, cwd=tmp_path / "infra", capture_output=True, text=True, check=False, env=environment)
    assert "::error file=infra/a.yaml,line=3," in done.stdout

"""Searching lessons: labelled queries as people paste them, and the command around it.

Measured on tests/data/search-queries.tsv (80 queries against 174 notes and 165 rules): the expected lesson comes first
for 72 of them (90 %), and is among the first three for 77 (96 %).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lesson_library import library, read_rows, rule_set, team_notes

from kubelint_lessons.authoring.ranking import Entry, Index
from kubelint_lessons.authoring.search import Found, LessonIndex, found_document, search
from kubelint_lessons.authoring.words import stem, terms
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.reports.searchtext import search_text
from kubelint_lessons.reports.style import Style

HOMELAB = Path(__file__).resolve().parents[1] / "fixtures" / "homelab"


@pytest.fixture(scope="module")
def everything() -> LessonIndex:
    rules = library()
    return LessonIndex(rule_set(rules, team_notes()), rules.keys())


def ids(found: Found) -> list[str]:
    return [hit.id for hit in found.hits]


def test_labelled_queries(everything: LessonIndex) -> None:
    rows = read_rows("search-queries.tsv")
    assert len(rows) >= 40
    first, third, missed = 0, 0, []
    for row in rows:
        expected = set(row["expected"].split("|"))
        got = ids(everything.search(row["query"], 3))
        first += bool(expected & set(got[:1]))
        third += bool(expected & set(got))
        if not expected & set(got):
            missed.append((row["query"], got))
    assert first >= 0.87 * len(rows), first
    assert third >= 0.95 * len(rows), missed


NOISE = (
    "2026-02-17T09:14:03.{n:03d}Z INFO  [http-nio-8080-exec-{n}] c.a.w.RequestLog request id=5f0c{n:04d}e1b2c3d4 GET "
    "/api/v1/items/{n} 200 {n} ms client=10.42.{n}.17 pod=web-6d5f7c9b8-x2x4z\n"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("exec /usr/bin/app: exec format error", "missing-arch-node-selector"),
        (
            'level=error msg="send" err="429: Maximum active stream limit exceeded, reduce the number of streams"',
            "loki-refuses-maximum-active-stream-limit-exceeded",
        ),
        ("sed: cannot rename /config/sedk3Jx1: Device or resource busy", "device-or-resource-busy-from-sed-i-in-an"),
    ],
)
def test_an_error_is_found_in_a_log_of_two_thousand_characters(
    everything: LessonIndex, line: str, expected: str
) -> None:
    noise = "".join(NOISE.format(n=number) for number in range(11, 25))
    log = f"{noise[:1000]}\n{line}\n{noise[1000:]}"
    assert len(log) > 2000
    found = everything.search(log, 5)
    assert any(hit.id.startswith(expected) for hit in found.hits[:2]), ids(found)


ALERT = """\
{"status": "firing", "labels": {"alertname": "KubeHpaReplicasUnknown", "namespace": "apps",
"horizontalpodautoscaler": "web", "severity": "warning"},
"annotations": {"summary": "HPA apps/web shows unknown for cpu: missing request for cpu in container envoy of Pod web"},
"startsAt": "2026-02-17T09:14:03.120Z", "fingerprint": "5ef77f1f8a3ecfac"}
"""


def test_a_pasted_alert_is_understood(everything: LessonIndex) -> None:
    found = ids(everything.search(ALERT, 3))
    assert {"hpa-utilization-without-requests", "the-horizontalpodautoscaler-shows-unknown"} & set(found[:2]), found


def test_the_same_question_gets_the_same_answer(everything: LessonIndex) -> None:
    once = everything.search("dns broken after network policy", 10)
    again = search(rule_set(library(), team_notes()), library().keys(), "dns broken after network policy", 10)
    assert found_document("", once) == found_document("", again)


@pytest.mark.parametrize("query", ["", "   ", "xyzzy plugh", "🦀🦀", "-- :: //", "the of and", "\x00\x1b[31m"])
def test_nothing_is_found_for_nothing(everything: LessonIndex, query: str) -> None:
    found = everything.search(query, 5)
    assert found.hits == ()
    assert found.searched == 174 + 165


def test_a_slip_of_the_finger_is_forgiven(everything: LessonIndex) -> None:
    found = ids(everything.search("longhron volme degarded", 3))
    assert found[0] in ("volumes-stay-degraded", "longhorn-replicas-exceed-nodes")


def test_short_names_of_kinds_are_understood(everything: LessonIndex) -> None:
    for short, full in (("pvc", "persistentvolumeclaim"), ("netpol egress", "NetworkPolicy egress")):
        got = [ids(everything.search(query, 5)) for query in (short, full)]
        assert got[0] == got[1]


def test_a_team_speaks_for_the_rule_that_it_binds() -> None:
    path = HOMELAB / "docs" / "ai-lessons.md"
    rules = load_rules([("docs/ai-lessons.md", path.read_text(encoding="utf-8"))])
    found = search(rules, rules.rules.keys(), "half of the requests 502 bad gateway", 5)
    hit = found.hits[0]
    assert (hit.kind, hit.rules, hit.words.path) == ("note", ("shared-service-selector",), "docs/ai-lessons.md")
    assert "shared-service-selector" in hit.also
    assert set(hit.matches) >= {"502", "gateway"}
    off = search(rules, (), "half of the requests 502 bad gateway", 5).hits[0]
    assert (off.rules, off.off) == ((), ("shared-service-selector",))


def test_terms_keep_what_tells_errors_apart() -> None:
    found = {term.text for term in terms("x509 502 HTTP/2 OOMKilled spec.strategy.rollingUpdate runAsNonRoot")}
    assert {"502", "oomkilled", "spec.strategy.rollingupdate", "runasnonroot", "root"} <= found
    assert {"oom", "kill", "updat"} <= found


def test_terms_leave_out_what_changes_from_run_to_run() -> None:
    text = (
        "2026-02-17T09:14:03Z 0a1b2c3d-1111-2222-3333-444455556666 web-6d5f7c9b8-x2x4z sha256:0123456789abcdef 1234567"
    )
    assert {term.text for term in terms(text)} == {"web"}


@pytest.mark.parametrize(
    ("forms", "root"),
    [
        (("request", "requests", "requested", "requesting"), "request"),
        (("retry", "retries", "retried"), "retry"),
        (("select", "selects", "selected"), "select"),
        (("mount", "mounted", "mounts"), "mount"),
        (("stop", "stopped", "stopping"), "stop"),
    ],
)
def test_words_are_the_same_in_every_form(forms: tuple[str, ...], root: str) -> None:
    assert {stem(form) for form in forms} == {root}


def test_a_rare_word_in_a_weighty_field_wins() -> None:
    index = Index(
        [
            Entry("often", (("service service service", 1.0),)),
            Entry("rare", (("service", 1.0), ("gateway", 3.0))),
            Entry("third", (("service", 1.0),)),
        ]
    )
    assert index.rank("service gateway")[0].key == "rare"
    assert index.rarity("gateway") > index.rarity("service")


def test_text_of_a_repository_cannot_write_to_the_terminal() -> None:
    lesson = "# L\n\n## K\n\n- **boom \x1b[31m gateway**: cause \u202e. Fix: \x07 none.\n"
    rules = load_rules([("docs/\x1b.md", lesson)], builtin=False)
    found = search(rules, (), "boom gateway", 5)
    text = "\n".join(search_text(found_document("boom", found), Style()))
    assert not {"\x1b", "\u202e", "\x07"} & set(text)
    assert "boom" in text


def kubelint(*arguments: str, stdin: str | None = None, cwd: Path = HOMELAB) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kubelint_lessons", "lessons", "search", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )


def test_the_command_says_where_and_whether_it_is_enforced() -> None:
    done = kubelint("502", "bad", "gateway")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("half-of-the-http-requests-fail-with-502-bad-gateway\n  symptom:  Half of the HTTP")
    assert "  lesson:   docs/ai-lessons.md:11 (seen 4 times)\n" in done.stdout
    assert "  rule:     enforced by shared-service-selector\n" in done.stdout
    (matches,) = [line for line in done.stdout.splitlines() if line.startswith("  matches:  ")]
    assert set(matches.split(":")[1].replace(",", "").split()) == {"502", "bad", "gateway"}


def test_the_command_reads_standard_input_and_writes_json() -> None:
    done = kubelint("-", "--output-format", "json", "--limit", "1", stdin="x" * 2_000 + "\nexec format error\n")
    data = json.loads(done.stdout)
    assert data["version"] == 1
    (hit,) = data["hits"]
    assert hit["rules"] == ["missing-arch-node-selector"]
    assert hit["enforced"] is True
    assert hit["path"] == "docs/ai-lessons.md"


def test_the_command_asks_for_words() -> None:
    done = kubelint()
    assert done.returncode == 2
    assert "kubelint lessons search 502 bad gateway" in done.stderr


def test_the_command_works_without_a_lessons_file(tmp_path: Path) -> None:
    done = kubelint("exec", "format", "error", cwd=tmp_path)
    assert done.returncode == 0
    assert "built in, rules/missing_arch_node_selector.md:" in done.stdout

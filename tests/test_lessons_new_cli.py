"""``kubelint lessons new`` as people use it: words, exit statuses, questions, and what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from repairs import config, container, service, workload
from test_lessons_new_git import Repository

from kubelint_lessons.cli.app import app

BAD = workload("      hostIPC: true\n" + container("", "ghcr.io/acme/tunes:1"), more="  replicas: 1\n")
FIXED = workload(container("", "ghcr.io/acme/tunes:2"), more="  replicas: 2\n")
LESSONS = "# Lessons\n\n## Kubernetes\n\n- **Old pain**: it was old. Fix: none.\n\n## Storage\n\ntext\n"


class Desk:
    """A project to work in, and the command line."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lessons = root / "docs" / "ai-lessons.md"

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")

    def run(self, *arguments: str, answers: str | None = None) -> Result:
        return CliRunner().invoke(app, ["lessons", *arguments], input=answers, catch_exceptions=False)

    def new(self, *arguments: str, answers: str | None = None) -> Result:
        return self.run("new", *arguments, answers=answers)

    def document(self, *arguments: str) -> dict[str, Any]:
        result = self.new(*arguments, "--output-format", "json")
        assert result.exit_code == 0, result.output
        document: dict[str, Any] = json.loads(result.stdout)
        return document


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    root = tmp_path / "project"
    found = Desk(root)
    found.write("docs/ai-lessons.md", LESSONS)
    found.write("k8s/tunes.yaml", BAD)
    found.write(
        "k8s/other.yaml", workload("      hostIPC: true\n" + container("", "ghcr.io/acme/radio:1"), name="radio")
    )
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    (tmp_path / "fixed.yaml").write_text(FIXED, encoding="utf-8")
    monkeypatch.chdir(root)
    return found


SIDES = ("--bad", "../bad.yaml", "--fixed", "../fixed.yaml")
SYMPTOM = ("--symptom", "Pods were evicted at night")


def test_without_write_the_lesson_is_shown_and_nothing_is_written(desk: Desk) -> None:
    result = desk.new(*SYMPTOM, *SIDES)
    assert result.exit_code == 0
    assert desk.lessons.read_text(encoding="utf-8") == LESSONS
    assert result.output == (
        "Compared both sides: 3 changes of Kubernetes objects.\n"
        'drafted from: Deployment "tunes": spec.template.spec.hostIPC was removed\n'
        'left out: Deployment "tunes": spec.replicas was 1 and is 2 (a number of replicas is rarely the cause)\n'
        'left out: Deployment "tunes": spec.template.spec.containers[0].image was ghcr.io/acme/tunes:1 and is\n'
        "          ghcr.io/acme/tunes:2 (only the tag of an image)\n"
        "\n"
        "The lesson, for docs/ai-lessons.md:\n"
        "\n"
        "  ### pod-host-ipc-true\n"
        "\n"
        "  **Pods were evicted at night**\n"
        "\n"
        "  **Root cause:** The Deployment set `hostIPC` to true.\n"
        "\n"
        "  **Fix:** Remove `hostIPC`.\n"
        "\n"
        "  ```yaml rule\n"
        "  severity: warning\n"
        "  match: workloads\n"
        "  forbid: has(variables.podSpec.hostIPC) && variables.podSpec.hostIPC == true\n"
        "  at: spec.template.spec.hostIPC\n"
        "  message: '{object.kind} \"{object.name}\" sets hostIPC to true'\n"
        "  fix:\n"
        "    remove: spec.template.spec.hostIPC\n"
        "  ```\n"
        "\n"
        "  ```yaml bad\n"
        "  apiVersion: apps/v1\n"
        "  kind: Deployment\n"
        "  metadata:\n"
        "    name: tunes\n"
        "  spec:\n"
        "    selector:\n"
        "      matchLabels:\n"
        "        app: tunes\n"
        "    template:\n"
        "      metadata:\n"
        "        labels:\n"
        "          app: tunes\n"
        "      spec:\n"
        "        hostIPC: true # finding\n"
        "        containers:\n"
        "          - name: app\n"
        "            image: ghcr.io/acme/tunes:1\n"
        "  ```\n"
        "\n"
        "  ```yaml good\n"
        "  apiVersion: apps/v1\n"
        "  kind: Deployment\n"
        "  metadata:\n"
        "    name: tunes\n"
        "  spec:\n"
        "    selector:\n"
        "      matchLabels:\n"
        "        app: tunes\n"
        "    template:\n"
        "      metadata:\n"
        "        labels:\n"
        "          app: tunes\n"
        "      spec:\n"
        "        containers:\n"
        "          - name: app\n"
        "            image: ghcr.io/acme/tunes:2\n"
        "  ```\n"
        "\n"
        "Both examples hold. The bad side is found (../bad.yaml:12), the fixed one is not.\n"
        "In this tree it would find 2 places, 1 in what was broken:\n"
        '  k8s/other.yaml:11: Deployment "radio" sets hostIPC to true\n'
        '  k8s/tunes.yaml:12: Deployment "tunes" sets hostIPC to true\n'
        "\n"
        "Other drafts; --choose N takes one, --note none:\n"
        "    2  a workload that sets hostIPC to true (only pods that run ghcr.io/acme/tunes): 1 place here\n"
        "\n"
        "Nothing was written; --write adds it at docs/ai-lessons.md:7, under ## Kubernetes.\n"
    )


def test_what_is_written_passes_the_check_and_finds_the_failure(desk: Desk) -> None:
    result = desk.new(*SYMPTOM, *SIDES, "--write", "--severity", "error")
    assert result.exit_code == 0
    place = "docs/ai-lessons.md:7, under ## Kubernetes"
    assert result.output.endswith(f"\nAdded pod-host-ipc-true at {place}. kubelint lint enforces it from now on.\n")
    text = desk.lessons.read_text(encoding="utf-8")
    start = text.index("### pod-host-ipc-true")
    assert text[:start] + text[text.index("## Storage") :] == LESSONS
    check = desk.run("check", "--strict")
    assert check.output == "1 lesson, 1 note, 2 examples: all is well\n"
    lint = CliRunner().invoke(app, ["lint", "--output-format", "concise", "-q"], catch_exceptions=False)
    assert [line.partition(" ")[0] for line in lint.stdout.splitlines() if "pod-host-ipc-true" in line] == [
        "k8s/other.yaml:11:7:",
        "k8s/tunes.yaml:12:7:",
    ]


def test_quiet_prints_the_lesson_alone(desk: Desk) -> None:
    result = desk.new(*SYMPTOM, *SIDES, "-q")
    assert result.output.startswith("### pod-host-ipc-true\n")
    assert result.output.endswith("```\n")


def test_json_holds_everything(desk: Desk) -> None:
    document = desk.document(*SYMPTOM, *SIDES)
    assert (document["id"], document["kind"], document["category"]) == ("pod-host-ipc-true", "rule", "Kubernetes")
    assert (document["file"], document["line"], document["written"]) == ("docs/ai-lessons.md", 7, False)
    assert [(item["number"], item["found"], item["others"]) for item in document["drafts"]] == [(1, 2, 1), (2, 1, 0)]
    assert document["chosen"] == 1
    assert len(document["leftOut"]) == 2
    assert document["problems"] == []


def test_another_draft_can_be_chosen(desk: Desk) -> None:
    document = desk.document(*SYMPTOM, *SIDES, "--choose", "2")
    assert document["chosen"] == 2
    assert "variables.containers.exists" in document["lesson"]
    result = desk.new(*SYMPTOM, *SIDES, "--choose", "3")
    assert result.exit_code == 2
    assert "there is no draft 3; there are 2" in result.output


def test_the_first_ten_places_are_shown_and_the_rest_is_counted(desk: Desk) -> None:
    for number in range(14):
        text = workload("      hostIPC: true\n" + container(""), name=f"app{number:02}")
        desk.write(f"k8s/many/{number:02}.yaml", text)
    result = desk.new(*SYMPTOM, *SIDES)
    assert "In this tree it would find 16 places, 1 in what was broken:" in result.output
    assert result.output.count("sets hostIPC to true\n") == 10
    assert "\n  and 6 more\n" in result.output


def test_a_rule_about_something_missing_is_narrowed_by_the_tree(desk: Desk) -> None:
    probe = "          readinessProbe: {httpGet: {path: /, port: 80}}\n"
    desk.write("../bad.yaml", workload(container("")))
    desk.write("../fixed.yaml", workload(container(probe)))
    document = desk.document(*SYMPTOM, *SIDES)
    assert document["drafts"][0]["others"] == 1
    assert document["chosen"] == 2
    assert document["drafts"][1]["narrowed"] == "only containers of ghcr.io/acme/tunes"


def test_directories_are_compared_file_by_file(desk: Desk) -> None:
    for side, app_label in (("old", "tune"), ("new", "tunes")):
        desk.write(f"../{side}/a/service.yaml", service(f"  selector: {{app: {app_label}}}\n  ports: [{{port: 80}}]\n"))
        desk.write(f"../{side}/web.yaml", FIXED)
    document = desk.document(*SYMPTOM, "--bad", "../old", "--fixed", "../new")
    assert document["id"] == "service-selects-nothing"
    assert document["knownRules"] == ["service-selects-no-pod"]


def test_a_rule_that_knows_the_failure_can_be_bound(desk: Desk) -> None:
    for side, app_label in (("old", "tune"), ("new", "tunes")):
        desk.write(f"../{side}/service.yaml", service(f"  selector: {{app: {app_label}}}\n  ports: [{{port: 80}}]\n"))
        desk.write(f"../{side}/web.yaml", FIXED)
    sides = ("--bad", "../old", "--fixed", "../new")
    assert "--bind service-selects-no-pod writes a note" in " ".join(desk.new(*SYMPTOM, *sides).output.split())
    result = desk.new(*SYMPTOM, *sides, "--cause", "a typo", "--bind", "service-selects-no-pod", "--write")
    assert result.exit_code == 0
    assert (
        "- **Pods were evicted at night**: a typo <!-- rule: service-selects-no-pod -->\n" in desk.lessons.read_text()
    )
    assert desk.run("check").exit_code == 0


def test_a_symptom_alone_becomes_a_note(desk: Desk) -> None:
    result = desk.new("--symptom", "Restore takes a day", "--cause", "One thread", "--fix", "More", "--write")
    assert result.exit_code == 0
    assert "note (a lesson without a rule)" in result.output
    assert (
        "### restore-takes-a-day\n\n**Restore takes a day**\n\n**Root cause:** One thread\n" in desk.lessons.read_text()
    )
    assert desk.run("check").output == "0 lessons, 2 notes, 0 examples: all is well\n"


def test_what_gives_no_rule_becomes_a_note_and_says_why(desk: Desk) -> None:
    desk.write("../bad.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: Tr0ub4dor}\n")
    desk.write(
        "../fixed.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: N3wer-w0rd}\n"
    )
    result = desk.new(*SYMPTOM, *SIDES, "--cause", "The password was old")
    assert result.exit_code == 0
    assert "not a rule: " in result.output
    assert "a lesson must not repeat secret values" in " ".join(result.output.split())
    assert "Tr0ub4dor" not in result.output


def test_an_id_that_is_taken_is_refused_with_another(desk: Desk) -> None:
    assert desk.new(*SYMPTOM, *SIDES, "--id", "ipc", "--write").exit_code == 0
    before = desk.lessons.read_bytes()
    result = desk.new(*SYMPTOM, *SIDES, "--id", "ipc", "--write")
    assert result.exit_code == 2
    assert '"ipc" is taken by another lesson; choose another one, such as --id ipc-2' in result.output
    assert desk.lessons.read_bytes() == before
    assert desk.document(*SYMPTOM, *SIDES)["id"] == "pod-host-ipc-true"


def test_a_drafted_id_that_is_taken_gets_a_number(desk: Desk) -> None:
    assert desk.new(*SYMPTOM, *SIDES, "--write").exit_code == 0
    assert desk.document(*SYMPTOM, *SIDES)["id"] == "pod-host-ipc-true-2"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--bad", "../bad.yaml"), "--fixed is missing"),
        (("--fixed", "../fixed.yaml"), "--bad is missing"),
        ((*SIDES, "--from-git", "HEAD"), "--from-git brings both sides itself"),
        ((*SIDES, "--path", "k8s"), "--path narrows --from-git"),
        ((*SIDES, "--note", "--choose", "1"), "exclude each other"),
        (("--bad", "../none.yaml", "--fixed", "../fixed.yaml"), "none.yaml: cannot be read"),
        (("--bad", "..", "--fixed", "../fixed.yaml"), "is a directory"),
        (("--bad", "../bad.yaml", "--fixed", "../bad.yaml"), "both sides say the same"),
        ((), "a note needs a symptom"),
        (("--symptom", "x"), "a note needs a root cause"),
        ((*SIDES, "--id", "Bad Id"), "is not an id"),
        ((*SIDES, "--symptom", "x", "--bind", "no-such-rule"), "there is no rule"),
        ((*SIDES, "--write"), "a lesson needs a symptom to be saved"),
        (("--from-git", "-x"), "names no commit"),
    ],
)
def test_mistakes_end_with_two_and_the_next_step(arguments: tuple[str, ...], message: str, desk: Desk) -> None:
    result = desk.new(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())
    assert desk.lessons.read_text(encoding="utf-8") == LESSONS


def test_on_a_terminal_everything_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubelint_lessons.cli.lessons_new._is_terminal", lambda: True)
    answers = "Pods vanish\n../bad.yaml\n../fixed.yaml\n\nTake it out.\nStorage\nshared-ipc\ny\n"
    result = desk.new(answers=answers)
    assert result.exit_code == 0
    told, _, asked = result.output.partition("drafted from: ")
    assert "The manifest as it failed" in told
    assert "Root cause [The Deployment set `hostIPC` to true.]" in asked
    text = desk.lessons.read_text(encoding="utf-8")
    expected = (
        "### shared-ipc\n\n**Pods vanish**\n\n**Root cause:** The Deployment set `hostIPC` to true.\n\n**Fix:** Take it"
    )
    assert expected in text.partition("## Storage")[2]


def test_on_a_terminal_no_means_no(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubelint_lessons.cli.lessons_new._is_terminal", lambda: True)
    result = desk.new(*SIDES, answers="Pods vanish\n\n\n\n\nn\n")
    assert result.exit_code == 0
    assert "Nothing was written" in result.output
    assert desk.lessons.read_text(encoding="utf-8") == LESSONS


def test_a_project_without_lessons_gets_a_file(desk: Desk) -> None:
    desk.lessons.unlink()
    desk.write(".kubelint.yaml", "")
    result = desk.new(*SYMPTOM, *SIDES, "--write")
    assert result.exit_code == 0
    assert desk.lessons.read_text(encoding="utf-8").startswith("# AI lessons\n\nWhat failed here")
    assert desk.run("check", "--strict").exit_code == 0


def test_a_commit_gives_the_words_and_both_sides(desk: Desk) -> None:
    repository = Repository(desk.root)
    repository.commit("begin")
    repository.commit("fix: pods were evicted\n\nThey saw each other.", **{"k8s__tunes.yaml": FIXED})
    result = desk.new("--from-git", "HEAD", "--write")
    assert result.exit_code == 0
    text = desk.lessons.read_text(encoding="utf-8")
    assert "**Pods were evicted**\n\n**Root cause:** They saw each other.\n" in text
    assert "**Seen:** 2026-02-11 (mended in " in text
    assert desk.run("check").exit_code == 0


def test_a_commit_is_narrowed_from_any_folder(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(desk.root)
    repository.commit("begin", **{"k8s__conf.yaml": config("a = old-thing")})
    repository.commit("much", **{"k8s__tunes.yaml": FIXED, "k8s__conf.yaml": config("a = new-thing")})
    monkeypatch.chdir(desk.root / "k8s")
    document = desk.document("--from-git", "HEAD", "--path", "conf.yaml")
    assert document["changes"] == 1
    assert document["file"] == "../docs/ai-lessons.md"


def test_hostile_text_reaches_no_terminal(desk: Desk) -> None:
    evil = "\x1b]0;owned\x07\u202e::error::x"
    desk.write("../bad.yaml", BAD.replace("name: tunes", 'name: "tu\\u001b[31mnes\\u202e"', 1))
    desk.write("../fixed.yaml", FIXED.replace("name: tunes", 'name: "tu\\u001b[31mnes\\u202e"', 1))
    result = desk.new("--symptom", evil, *SIDES)
    assert "\x1b" not in result.output
    assert "\x07" not in result.output
    assert "\u202e" not in result.output


def test_a_lessons_file_that_leads_elsewhere_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("# mine\n", encoding="utf-8")
    desk.lessons.unlink()
    desk.lessons.symlink_to(outside)
    result = desk.new(*SYMPTOM, *SIDES, "--write")
    assert result.exit_code == 2
    assert "leads out of the project" in result.output
    assert outside.read_text(encoding="utf-8") == "# mine\n"


def test_broken_lessons_do_not_keep_from_writing_a_new_one(desk: Desk) -> None:
    desk.write("docs/ai-lessons.md", LESSONS + "\n### broken-one\n\n```yaml rule\nmatch: Pod\nforbid: '('\n```\n")
    result = desk.new(*SYMPTOM, *SIDES, "--write")
    assert result.exit_code == 0
    assert "### pod-host-ipc-true" in desk.lessons.read_text(encoding="utf-8")
    assert "error:" in result.stderr

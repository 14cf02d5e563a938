"""``kubelint lessons new``: from the two sides of a repair to a rule that holds, at the right line and no wider."""

from __future__ import annotations

from pathlib import Path

import pytest
from repairs import REPAIRS, Repair, config, container, one, service, workload

from kubelint_lessons.authoring.check import check_lessons
from kubelint_lessons.authoring.drafts.append import append_lesson
from kubelint_lessons.authoring.drafts.sides import SideFile, Sides
from kubelint_lessons.authoring.linter import Options, ProjectRules, rules_of
from kubelint_lessons.authoring.newlesson import (
    Answers,
    Choice,
    Composed,
    ComposeError,
    Trial,
    compose,
    failures_of,
    suggest,
    tree_of,
    try_out,
)
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project, find_inputs
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.schema.lookup import Schemas

ROOT = Path(__file__).resolve().parents[1]
CLEAN = ROOT / "fixtures" / "homelab-fixed"


class Bench:
    """What all drafts are tried out with: the mended homelab as the tree, and the built-in rules."""

    def __init__(self) -> None:
        self.toolbox = Toolbox(Compiler())
        self.cache = Cache(cache_folder())
        self.here: ProjectRules = rules_of(str(CLEAN), "homelab", Options(), self.cache)
        self.tried: dict[str, Trial] = {}
        self.tree = tree_of(find_inputs((str(CLEAN),)), str(CLEAN), self.here.config)

    def try_out(self, files: dict[str, tuple[str, str]], words: str = "") -> Trial:
        return try_out(sides_of(files), words, self.tree, self.here, Schemas(), self.toolbox)

    def repaired(self, repair: Repair) -> Trial:
        if repair.name not in self.tried:
            self.tried[repair.name] = self.try_out(repair.files)
        return self.tried[repair.name]

    def compose(self, trial: Trial, answers: Answers | None = None) -> Composed:
        choice = trial.choices[trial.preferred]
        full = suggest(answers or Answers("It failed at night."), choice, self.here.rule_set, ())
        return compose(full, choice, self.here.rule_set)

    def places(self, composed: Composed, files: dict[str, str]) -> list[tuple[str, int]]:
        """Return where the composed lesson fires, read from its Markdown as anybody would."""
        rules = load_rules([("docs/ai-lessons.md", composed.markdown)], builtin=False)
        assert rules.problems == ()
        inputs = tuple(
            InputFile(path, path, path, True, False, text.encode()) for path, text in sorted(files.items()) if text
        )
        result = run_project(
            Project("", "", inputs), rules.rules, Platform(), self.toolbox, Settings({}, {}), is_one_scope=False
        )
        assert result.errors == ()
        assert result.skipped == ()
        return sorted((finding.location.path, finding.location.line) for finding in result.findings)


def sides_of(files: dict[str, tuple[str, str]]) -> Sides:
    return Sides(
        tuple(SideFile(path, path, bad.encode()) for path, (bad, _) in files.items() if bad),
        tuple(SideFile(path, path, fixed.encode()) for path, (_, fixed) in files.items() if fixed),
    )


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_a_repair_becomes_a_rule(repair: Repair, bench: Bench) -> None:
    trial = bench.repaired(repair)
    choice: Choice = trial.choices[trial.preferred]
    block = choice.proven.draft.block
    assert {key: block.get(key) for key in repair.block} == repair.block
    assert ("fix" in block) == repair.fix
    composed = bench.compose(trial)
    assert failures_of(composed, "docs/ai-lessons.md", bench.toolbox) == ()
    assert bench.places(composed, {path: bad for path, (bad, _) in repair.files.items()}) == repair.places
    assert bench.places(composed, {path: fixed for path, (_, fixed) in repair.files.items()}) == []
    assert choice.others == 0, "it would also fire in the mended homelab"


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_what_is_drafted_passes_the_check(repair: Repair, bench: Bench) -> None:
    composed = bench.compose(bench.repaired(repair))
    text = append_lesson(None, "docs/ai-lessons.md", composed.markdown, composed.category).after.decode()
    rules = load_rules([("docs/ai-lessons.md", text)], cache=bench.cache)
    checked = check_lessons(rules, {"docs/ai-lessons.md": text}, bench.toolbox)
    assert [item.message for item in checked.errors] == []
    assert (checked.lessons, checked.examples) == (1, 2)


def test_what_only_came_along_is_left_out_and_named(bench: Bench) -> None:
    repair = next(repair for repair in REPAIRS if "while the tag" in repair.name)
    trial = bench.repaired(repair)
    assert sorted(reason.rpartition("(")[2] for reason in trial.drafted.left_out) == [
        "a number of replicas is rarely the cause)",
        "only the tag of an image)",
    ]
    assert {choice.proven.draft.change.partition(":")[0] for choice in trial.choices} == {'Deployment "tunes"'}
    assert all("memory" in choice.proven.draft.change for choice in trial.choices)


def test_a_new_tag_alone_is_the_repair(bench: Bench) -> None:
    bad, fixed = (workload(container("", f"ghcr.io/acme/tunes:{tag}")) for tag in ("1.4.1", "1.4.2"))
    trial = bench.try_out({"k8s/tunes.yaml": (bad, fixed)})
    block = trial.choices[trial.preferred].proven.draft.block
    assert block["forbid"] == "has(item.image) && item.image == 'ghcr.io/acme/tunes:1.4.1'"


def test_the_words_of_the_story_choose_among_changes(bench: Bench) -> None:
    bad = workload(container("          tty: true\n          stdin: true\n"))
    fixed = workload(container("          tty: false\n          stdin: false\n"))
    for word in ("tty", "stdin"):
        trial = bench.try_out({"k8s/tunes.yaml": (bad, fixed)}, f"the program reads its {word} for ever")
        assert trial.choices[trial.preferred].proven.draft.block["at"] == word


def test_a_rule_that_exists_already_is_named(bench: Bench) -> None:
    repair = next(repair for repair in REPAIRS if "also matched" in repair.name)
    assert bench.repaired(repair).known_by(0) == ("shared-service-selector",)


def test_order_comments_and_layout_are_no_change(bench: Bench) -> None:
    bad = service("  selector: {app: tunes}\n  ports:\n    - port: 80\n      name: a\n    - port: 81\n      name: b\n")
    fixed = service(
        "  # in order of names\n  selector:\n    app: tunes\n"
        "  ports:\n    - {name: b, port: 81}\n    - {name: a, port: 80}\n"
    )
    trial = bench.try_out({"k8s/tunes.yaml": (bad, fixed)})
    assert trial.choices == ()
    assert trial.drafted.left_out == ('Service "tunes": spec.ports has another order (only the order is another)',)


def test_secret_values_are_in_no_lesson(bench: Bench) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData:\n  password: {}\n  url: {}\n"
    bad = secret.format("Tr0ub4dor", "https://user:Tr0ub4dor@db.example.org/")
    fixed = secret.format("c0rrect-h0rse", "https://user:c0rrect-h0rse@db.example.org/")
    trial = bench.try_out({"k8s/secret.yaml": (bad, fixed)})
    assert trial.choices == ()
    assert "a lesson must not repeat secret values" in " ".join(trial.drafted.remarks)
    shown = repr([trial.drafted.remarks, trial.drafted.left_out, trial.drafted.refused])
    assert "Tr0ub4dor" not in shown
    assert "c0rrect" not in shown


def test_a_password_that_is_taken_out_is_not_repeated(bench: Bench) -> None:
    repair = next(repair for repair in REPAIRS if "plain sight" in repair.name)
    for choice in bench.repaired(repair).choices:
        shown = repr([choice.proven.draft, choice.proven.examples])
        assert "correct-horse" not in shown


def test_a_key_of_a_secret_that_was_missing_is_a_rule_without_its_value(bench: Bench) -> None:
    head = "apiVersion: v1\nkind: Secret\nmetadata: {name: tunes}\nstringData:\n  user: tunes\n"
    trial = bench.try_out({"k8s/secret.yaml": (head, head + "  password: c0rrect-h0rse\n")})
    composed = bench.compose(trial)
    assert "c0rrect" not in composed.markdown
    assert failures_of(composed, "x.md", bench.toolbox) == ()


def test_long_texts_are_cut_down_in_examples(bench: Bench) -> None:
    lines = [f"option_{number} = {number}" for number in range(200)]
    mended = [line.replace("option_120 = 120", "option_120 = twelve-dozen") for line in lines]
    trial = bench.try_out({"k8s/c.yaml": (config("\n".join(lines)), config("\n".join(mended)))})
    composed = bench.compose(trial)
    assert failures_of(composed, "x.md", bench.toolbox) == ()
    assert "option_120 = 120" in composed.markdown
    assert "option_7 " not in composed.markdown


def test_a_secret_line_does_not_hide_the_rest_of_a_text(bench: Bench) -> None:
    lines = "[db]\npassword = Tr0ub4dor\npool = {}\n[cache]\nsize = 1"
    trial = bench.try_out({"k8s/c.yaml": (config(lines.format("tiny-pool")), config(lines.format("large-pool")))})
    composed = bench.compose(trial)
    assert "tiny-pool" in composed.markdown
    assert "Tr0ub4dor" not in composed.markdown
    assert failures_of(composed, "x.md", bench.toolbox) == ()


def test_one_mistake_in_several_services_is_one_rule_about_all(bench: Bench) -> None:
    files = {}
    for name in ("web", "api"):
        text = service("  selector: {app: tune}\n  ports: [{port: 80}]\n").replace("name: tunes", f"name: {name}", 1)
        files[f"k8s/{name}.yaml"] = (text, text.replace("app: tune}", "app: tunes}"))
    files["k8s/pods.yaml"] = (workload(container("")),) * 2
    trial = bench.try_out(files)
    first = trial.choices[0].proven
    assert first.draft.block["forbid"] == "workloadsCount == 0"
    assert [(place.path, place.is_own) for place in first.bad_places] == [
        ("k8s/api.yaml", True),
        ("k8s/web.yaml", True),
    ]


def test_the_same_change_in_many_workloads_is_one_rule(bench: Bench) -> None:
    files = {}
    for kind, name in (("Deployment", "a"), ("StatefulSet", "b"), ("DaemonSet", "c")):
        bad = workload("      hostIPC: true\n" + container(""), kind, name)
        files[f"k8s/{name}.yaml"] = (bad, bad.replace("      hostIPC: true\n", ""))
    trial = bench.try_out(files)
    general = [choice for choice in trial.choices if not choice.proven.draft.narrowed]
    assert len(general) == 1
    assert [place.path for place in general[0].proven.bad_places] == ["k8s/a.yaml", "k8s/b.yaml", "k8s/c.yaml"]


def test_a_patch_is_matched_as_a_patch(bench: Bench) -> None:
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: tunes}}\nspec: {{replicas: 2{}}}\n"
    files = {"k8s/patch.yaml": (patch.format(", paused: true"), patch.format(""))}
    trial = bench.try_out(files)
    composed = bench.compose(trial)
    assert trial.choices[0].proven.draft.block["patches"] is True
    assert failures_of(composed, "x.md", bench.toolbox) == ()


def test_documents_and_lists_are_paired_by_what_they_are(bench: Bench) -> None:
    web, db = (workload(container(f"          tty: true # {name}\n"), name=name) for name in ("web", "db"))
    mended = db.replace("tty: true", "tty: false")
    trial = bench.try_out({"k8s/all.yaml": (f"{web}---\n{db}", f"{mended}---\n{web}")})
    assert trial.drafted.changes == 1
    assert trial.choices[0].proven.draft.change.startswith('Deployment "db"')


def test_what_no_rule_can_say_is_said_to_people(bench: Bench) -> None:
    bad, fixed = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", ""
    trial = bench.try_out({"k8s/ns.yaml": (bad, fixed)})
    assert trial.choices == ()
    assert trial.drafted.remarks == ('Namespace "a" was removed as a whole',)


@pytest.mark.parametrize(
    ("name", "bad", "fixed", "reason"),
    [
        ("run.sh", "#!/bin/sh\nset -e\n", "#!/bin/sh\nset -e\nwait\n", "lines were only added"),
        ("run.sh", "#!/bin/sh\n# old\n", "#!/bin/sh\n# new words\n", "only white space or comments"),
        ("run.sh", "password=Tr0ub4dor\n", "password=$PASSWORD\n", "look secret"),
        ("run.sh", "", "set -e\n", "was added as a whole"),
        ("run.sh", "set -e\n", "", "was removed as a whole"),
        ("logo.png", "\0\1\2", "\0\1\3", "is no text"),
        ("a.tf", "x\n" * 6000, "y\n" * 6000, "too many lines"),
    ],
)
def test_texts_that_give_no_rule_say_why(name: str, bad: str, fixed: str, reason: str, bench: Bench) -> None:
    trial = bench.try_out({name: (bad, fixed)})
    assert trial.choices == ()
    assert reason in trial.drafted.remarks[0]


def test_a_text_rule_does_not_match_the_longer_word_of_the_fixed_side(bench: Bench) -> None:
    repair = next(repair for repair in REPAIRS if repair.name == "a line of a workflow")
    block = bench.repaired(repair).choices[0].proven.draft.block
    assert block["regex"] == "(acme/setup-kubectl@v1)(?:[^A-Za-z0-9_.-]|$)"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (Answers("s", name="Not An Id"), "is not an id"),
        (Answers("s", name="shared-service-selector"), "a built-in rule"),
    ],
)
def test_ids_that_cannot_be_are_refused(answers: Answers, message: str, bench: Bench) -> None:
    trial = bench.try_out(one("x", *_one_pair(), {}).files)
    with pytest.raises(ComposeError) as error:
        bench.compose(trial, answers)
    assert message in error.value.message
    assert error.value.hint


def _one_pair() -> tuple[str, str]:
    return workload("      hostIPC: true\n" + container("")), workload(container(""))


@pytest.mark.parametrize(
    "symptom",
    [
        "**bold** and <!-- rule: yaml-syntax --> and `code` and [a](b) <b>",
        "# heading\n## other\n- item",
        "Fix: what? Root cause: that. Seen: 2026-01-01",
        "``` fence",
        "`unbalanced",
        "\x1b[31mred\x07 \u202e right to left",
        "ends with a star *",
        "&lt;b&gt; _under_ ~~gone~~ | table |",
    ],
)
def test_words_are_no_markup(symptom: str, bench: Bench) -> None:
    trial = bench.try_out(one("x", *_one_pair(), {}).files)
    composed = bench.compose(trial, Answers(symptom, cause=symptom, fix=symptom))
    rules = load_rules([("l.md", composed.markdown)], builtin=False)
    assert rules.problems == ()
    assert [lesson.id for lesson in rules.team_lessons] == [composed.name]
    assert rules.notes == ()
    assert "\x1b" not in composed.markdown
    assert "\n#" not in composed.markdown.partition("```")[0].partition("\n")[2]

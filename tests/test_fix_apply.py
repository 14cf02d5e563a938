"""Fixing a project: what is applied, in which order, what is withheld and why. The linter here is a few functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kubelint_lessons.fixes.apply import MAX_RELINTS, MAX_ROUNDS, fix_project
from kubelint_lessons.fixes.outcome import FixOutcome, count_fixable, title_of
from kubelint_lessons.manifests.documents import Document, documents_of
from kubelint_lessons.manifests.embedded import embedded_documents
from kubelint_lessons.manifests.source import read_source
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.fix import Applicability, Edit, Fix
from kubelint_lessons.model.location import Place

Found = Iterator[tuple[str, Place, Fix | None]]
Check = Callable[[list[Document]], Found]


def finding_of(rule: str, place: Place, fix: Fix | None) -> Finding:
    name = f"{rule} {place.path}"
    return Finding(rule, "error", f"{rule} fires", place.location(), "", (), None, "", "", fix, name, "")


class Linter:
    """Lints files in memory with checks that see all documents."""

    def __init__(self, files: dict[str, bytes], *checks: Check) -> None:
        self.files = files
        self.checks = checks
        self.runs = 0

    def __call__(self, changed: dict[str, bytes]) -> tuple[Finding, ...]:
        self.runs += 1
        files = {**self.files, **changed}
        documents = [item for path in sorted(files) for item in documents_of(read_source(path, files[path]))]
        found = [problem for check in self.checks for problem in check(documents)]
        findings = [
            Finding(
                rule, "error", f"{rule} fires", place.location(), "", (), None, "", "", fix, f"{rule}{place[1]}", ""
            )
            for rule, place, fix in found
        ]
        return tuple(sorted(findings, key=lambda finding: (*finding.location, finding.rule)))


def fix(files: dict[str, Any], *checks: Check, allow: set[Applicability] | None = None) -> FixOutcome:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    linter = Linter(data, *checks)
    return fix_project(data, linter({}), linter, {"safe"} if allow is None else allow)


def wants(key: str, value: Any, applicability: Applicability = "safe", rule: str = "") -> Check:
    """Return a check that fires unless every document has ``value`` in spec.``key``."""

    def check(documents: list[Document]) -> Found:
        for document in documents:
            if (document.data.get("spec") or {}).get(key) != value:
                place = Place(document, ("spec", key))
                yield rule or f"want-{key}", place, Fix("", (Edit("set", place, value),), applicability)

    return check


def forbids_items(*unwanted: Any) -> Check:
    def check(documents: list[Document]) -> Found:
        for document in documents:
            for position, item in enumerate(document.data.get("args", ())):
                if item in unwanted:
                    place = Place(document, ("args", position))
                    yield "no-item", place, Fix("", (Edit("remove", place),), "safe")

    return check


def text_of(outcome: FixOutcome, path: str = "a.yaml") -> str:
    return outcome.files[path].decode()


def reasons(outcome: FixOutcome) -> list[str]:
    return [item.reason for item in outcome.withheld]


def test_a_safe_fix_is_applied() -> None:
    outcome = fix({"a.yaml": "spec:\n  replicas: 1 # c\n"}, wants("replicas", 2))
    assert outcome.files == {"a.yaml": b"spec:\n  replicas: 2 # c\n"}
    assert outcome.remaining == ()
    assert outcome.withheld == ()
    assert outcome.rounds == 1
    [applied] = outcome.applied
    assert (applied.finding.rule, applied.files, applied.round) == ("want-replicas", ("a.yaml",), 1)
    assert applied.title == "set spec.replicas to 2"


@pytest.mark.parametrize("applicability", ["unsafe", "display"])
def test_other_fixes_are_applied_only_where_allowed(applicability: Applicability) -> None:
    files = {"a.yaml": "spec:\n  replicas: 1\n"}
    check = wants("replicas", 2, applicability)
    outcome = fix(files, check)
    assert outcome.files == {}
    assert outcome.withheld == ()
    assert count_fixable(outcome.remaining)[applicability] == 1
    assert text_of(fix(files, check, allow={"safe", applicability})) == "spec:\n  replicas: 2\n"


def test_missing_parents_that_two_fixes_need_are_made_once() -> None:
    outcome = fix({"a.yaml": "kind: X\n"}, wants("a", 1), wants("b", 2))
    assert text_of(outcome) == "kind: X\nspec:\n  a: 1\n  b: 2\n"
    assert outcome.rounds == 1


def test_equal_edits_of_two_rules_are_one() -> None:
    outcome = fix({"a.yaml": "spec:\n  a: 1\n"}, wants("a", 2, rule="one"), wants("a", 2, rule="two"))
    assert text_of(outcome) == "spec:\n  a: 2\n"
    assert [item.finding.rule for item in outcome.applied] == ["one", "two"]


def test_several_items_of_one_list_go_in_one_round() -> None:
    before = "args:\n- a # keep\n- b\n- c # gone\n- d # keep\n- b\n- e\n"
    outcome = fix({"a.yaml": before}, forbids_items("b", "c"))
    assert text_of(outcome) == "args:\n- a # keep\n- d # keep\n- e\n"
    assert outcome.rounds == 1


def test_a_value_behind_a_removed_item_is_found() -> None:
    def check(documents: list[Document]) -> Found:
        for position, item in enumerate(documents[0].data["args"]):
            if item == "old":
                place = Place(documents[0], ("args", position))
                yield "old", place, Fix("", (Edit("set", place, "new"),), "safe")

    outcome = fix({"a.yaml": "args: [b, x, old]\n"}, forbids_items("b"), check)
    assert text_of(outcome) == "args: [x, new]\n"
    assert outcome.rounds == 1


def test_a_conflict_is_left_for_the_next_round() -> None:
    def has_tier(documents: list[Document]) -> Found:
        place = Place(documents[0], ("spec", "labels"))
        if "tier" not in documents[0].data["spec"].get("labels", {}):
            yield "tier", place, Fix("", (Edit("set", Place(documents[0], (*place.path, "tier")), "web"),), "safe")

    def has_app(documents: list[Document]) -> Found:
        labels = documents[0].data["spec"].get("labels", {})
        place = Place(documents[0], ("spec", "labels"))
        if "app" not in labels:
            yield "app", place, Fix("", (Edit("set", place, {**labels, "app": "x"}),), "safe")

    outcome = fix({"a.yaml": "spec:\n  x: 1\n"}, has_app, has_tier)
    assert text_of(outcome) == "spec:\n  x: 1\n  labels:\n    app: x\n    tier: web\n"
    assert outcome.rounds == 2


def rename_label(documents: list[Document]) -> Found:
    edits = tuple(
        Edit("rename", Place(document, path), "app.kubernetes.io/name")
        for document in documents
        for path in [("spec", "selector", "app"), ("metadata", "labels", "app")]
        if "app" in (document.data.get(path[0]) or {}).get(path[1], {})
    )
    if edits:
        yield "old-label", edits[0].place, Fix("use the recommended label", edits, "safe")


SERVICE = "kind: Service\nspec:\n  selector: {app: web}\n"
POD = "kind: Pod\nmetadata:\n  labels:\n    app: web # the app\n"


def test_a_fix_across_files_is_applied_in_all() -> None:
    outcome = fix({"service.yaml": SERVICE, "pod.yaml": POD}, rename_label)
    assert text_of(outcome, "service.yaml") == SERVICE.replace("app:", "app.kubernetes.io/name:")
    assert text_of(outcome, "pod.yaml") == POD.replace("app:", "app.kubernetes.io/name:")
    assert set(outcome.applied[0].files) == {"service.yaml", "pod.yaml"}


def test_a_fix_across_files_that_fails_in_one_changes_none() -> None:
    pod = "kind: Pod\nmetadata:\n  labels: &labels\n    app: web\nx: *labels\n"
    outcome = fix({"service.yaml": SERVICE, "pod.yaml": pod}, rename_label)
    assert outcome.files == {}
    assert reasons(outcome) == ["an alias repeats this elsewhere, so the edit would change other places too"]
    assert outcome.remaining == (outcome.withheld[0].finding,)


def test_a_fix_that_does_not_help_is_withheld_and_others_are_applied() -> None:
    def always(documents: list[Document]) -> Found:
        place = Place(documents[0], ("spec", "x"))
        yield "always", place, Fix("", (Edit("set", place, documents[0].data["spec"].get("x", 0) + 1),), "safe")

    outcome = fix({"a.yaml": "spec:\n  x: 1\n"}, always, wants("a", 1), wants("b", 2))
    assert text_of(outcome) == "spec:\n  x: 1\n  a: 1\n  b: 2\n"
    assert reasons(outcome) == ["always would still fire in a.yaml"]
    assert [finding.rule for finding in outcome.remaining] == ["always"]


def test_a_fix_that_causes_something_new_is_withheld() -> None:
    def small(documents: list[Document]) -> Found:
        if documents[0].data["spec"]["a"] > 1:
            yield "too-large", Place(documents[0], ("spec", "a")), None

    outcome = fix({"a.yaml": "spec:\n  a: 1\n"}, wants("a", 2), small)
    assert outcome.files == {}
    assert reasons(outcome) == ["it would cause too-large at a.yaml:2: too-large fires"]


def test_two_rules_that_want_opposites_do_not_take_turns() -> None:
    outcome = fix({"a.yaml": "spec:\n  a: 1\n"}, wants("a", 2, rule="two"), wants("a", 3, rule="three"))
    assert text_of(outcome) in ("spec:\n  a: 2\n", "spec:\n  a: 3\n")
    assert len(outcome.remaining) == 1
    assert outcome.rounds == 1


def test_rounds_end() -> None:
    def countdown(documents: list[Document]) -> Found:
        for number in range(documents[0].data["spec"]["left"]):
            place = Place(documents[0], ("spec", "left"))
            value = documents[0].data["spec"]["left"] - 1
            edit = Edit("set", place, value, old=str(number))  # differs, so that one is left for the next round
            yield "countdown", place, Fix("", (edit,), "safe")

    outcome = fix({"a.yaml": "spec:\n  left: 30\n"}, countdown)
    assert outcome.rounds == MAX_ROUNDS
    assert text_of(outcome) == f"spec:\n  left: {30 - MAX_ROUNDS}\n"
    assert set(reasons(outcome)) == {f"{MAX_ROUNDS} rounds were not enough; run kubelint lint --fix again"}


def test_many_harmful_fixes_do_not_lint_forever() -> None:
    def useless(documents: list[Document]) -> Found:
        for number in range(400):
            place = Place(documents[0], ("spec", f"x{number}"))
            yield "useless", place, Fix("", (Edit("set", place, 1),), "safe")

    data = {"a.yaml": b"spec:\n  a: 1\n"}
    linter = Linter(data, useless)
    outcome = fix_project(data, linter({}), linter)
    assert outcome.files == {}
    assert len(outcome.withheld) == 400
    assert linter.runs <= MAX_RELINTS + 1


def test_a_file_that_changed_in_between_is_left_alone() -> None:
    data = {"a.yaml": b"spec:\n  a: 1\n"}
    linter = Linter(data, wants("a", 2))
    findings = linter({})
    outcome = fix_project({"a.yaml": b"spec:\n  b: 1\n"}, findings, linter)
    assert outcome.files == {}
    assert reasons(outcome) == ["a.yaml has changed since it was read"]


def test_a_file_that_was_not_given_is_left_alone() -> None:
    data = {"service.yaml": SERVICE.encode(), "pod.yaml": POD.encode()}
    linter = Linter(data, rename_label)
    outcome = fix_project({"service.yaml": data["service.yaml"]}, linter({}), linter)
    assert outcome.files == {}
    assert reasons(outcome) == ["it would change pod.yaml as well, which is not among the files to fix"]


@pytest.mark.parametrize(
    ("codec", "mark"), [("utf-8", "\ufeff"), ("utf-8", ""), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")]
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_encoding_mark_and_line_breaks_stay(codec: str, mark: str, line_break: str) -> None:
    before = (mark + "# ü 😀\nspec:\n  a: 1\n".replace("\n", line_break)).encode(codec)
    after = (mark + "# ü 😀\nspec:\n  a: 1\n  b: é\n".replace("\n", line_break)).encode(codec)
    assert fix({"a.yaml": before}, wants("b", "é")).files == {"a.yaml": after}


def test_a_file_that_is_not_utf8_is_left_alone() -> None:
    data = b"spec:\n  a: 1\n---\nspec:\n  a: \xff\n"

    def first(documents: list[Document]) -> Found:
        yield from wants("a", 2)(documents[:1])

    outcome = fix({"a.yaml": data}, first)
    assert outcome.files == {}
    assert reasons(outcome) == ["the file is not UTF-8 (byte 29)"]


def test_names_and_values_of_one_entry_change_together() -> None:
    def check(documents: list[Document]) -> Found:
        if "old" in documents[0].data["spec"]:
            place = Place(documents[0], ("spec", "old"))
            edits = (
                Edit("rename", place, "new"),
                Edit("set", place, 2),
                Edit("remove", Place(documents[0], ("kind",))),
            )
            yield "old", place, Fix("", edits, "safe")

    assert text_of(fix({"a.yaml": "kind: X\nspec:\n  old: 1 # c\n"}, check)) == "spec:\n  new: 2 # c\n"


def test_a_document_inside_a_string_is_edited_in_place() -> None:
    def check(documents: list[Document]) -> Found:
        for inner in embedded_documents(documents[0], ("data", "app.yaml")):
            if inner.data.get("debug"):
                yield "debug", inner.place("debug"), Fix("", (Edit("set", inner.place("debug"), False),), "safe")

    before = "data:\n  app.yaml: |\n    # settings\n    name: x\n    debug: true  # for now\n\n    other: 1\n  z: 1\n"
    outcome = fix({"a.yaml": before}, check)
    assert text_of(outcome) == before.replace("debug: true", "debug: false")
    assert text_of(fix({"a.yaml": before.replace("\n", "\r\n")}, check)) == text_of(outcome).replace("\n", "\r\n")


def test_no_input_is_changed() -> None:
    data = {"a.yaml": b"spec:\n  a: 1\n"}
    linter = Linter(data, wants("a", {"x": [1]}))
    findings = linter({})
    assert fix_project(data, findings, linter).files
    assert data == {"a.yaml": b"spec:\n  a: 1\n"}
    document: Any = findings[0].fix.edits[0].place.document if findings[0].fix else None
    assert document.data == {"spec": {"a": 1}}


def test_titles_say_what_a_fix_does() -> None:
    [document] = documents_of(read_source("a.yaml", b"a: 1\n"))
    place = Place(document, ("a",))
    edits = (
        Edit("remove", place),
        Edit("rename", place, "b"),
        Edit("replace", place, "x", "y"),
        Edit("set", place, {}),
    )
    assert title_of(Fix("", edits)) == "remove a; rename a to b; replace y by x in a; set a"
    assert title_of(Fix("do it", edits)) == "do it"

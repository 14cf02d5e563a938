"""What is asked of an object once, for all checks that would ask it; tests/test_triggers.py compares whole runs."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from manifest_helpers import read

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.engine import marks as marks_module
from kubelint_lessons.engine.dispatch import Dispatcher, prepare, word_bits
from kubelint_lessons.engine.marks import FirstLook, Marks
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.needs import (
    DOUBTED,
    LARGE,
    MARKS,
    ODD_LABELS,
    OUTDATED,
    REFUSED,
    REPEATED,
    UNTYPED,
    holding,
)
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.scopes import one_scope

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
CUSTOM = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: web}\n"
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {size: {type: integer}}}}
"""
LONG = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: long}}\ndata: {{text: {'x' * marks_module.LONG_TEXT}}}\n"
ALIAS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &a web}\ndata: {text: *a}\n"
OLD = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {maxUnavailable: 1}\n"


BITS = {mark: 2 << number for number, mark in enumerate(MARKS)}
ALL = sum(BITS.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SERVICE, set()),
        (SERVICE.replace("port: 80", "port: 80, prot: UDP"), {REFUSED, UNTYPED}),
        (SERVICE.replace("port: 80", 'port: 80, protocol: "${PROTOCOL}"'), {UNTYPED}),
        (SERVICE.replace("name: web", "name: web, labels: {a: 1}"), {REFUSED, UNTYPED, ODD_LABELS}),
        (SERVICE.replace("port: 80}]", "port: 80}], selector: {app: a b}"), {ODD_LABELS}),
        (CUSTOM, set()),
        (CUSTOM.replace("name: web", "name: web, labels: {a: 1}"), {UNTYPED, ODD_LABELS}),
        (CUSTOM.replace("name: web", "name: web, labels: {a/b/c: d}"), {UNTYPED, ODD_LABELS}),
        (CUSTOM.replace("name: web", "name: web, annotations: {a: true}"), {UNTYPED}),
        (f"{CUSTOM}spec: {{template: {{spec: {{containers: [{{image: a}}]}}}}}}\n", {UNTYPED}),
        (f"{CUSTOM}---\n{DEFINITION}", set()),
        (f"{CUSTOM}size: large\n---\n{DEFINITION}", {REFUSED}),
        ("apiVersion: v1\nkind: Servce\nmetadata: {name: web}\n", {REFUSED}),
        ("apiVersion: storage.k8s.io/v0\nkind: StorageClass\nmetadata: {name: web}\n", {REFUSED, UNTYPED}),
        (OLD, {OUTDATED, REFUSED, UNTYPED}),
        (f"{SERVICE}---\n{SERVICE}", {REPEATED}),
        (f"{SERVICE}---\n{CUSTOM}", set()),
        (LONG, {LARGE}),
        (ALIAS, {LARGE}),
    ],
)
def test_what_is_marked(text: str, expected: set[str]) -> None:
    documents = read({"all.yaml": text})
    objects = [item for document in documents for item in document.resources]
    definitions = [item for item in objects if item.kind == "CustomResourceDefinition"]
    marks = Marks(BITS, RunSchemas(Platform({"kubernetesVersion": "1.34"}, "facts"), definitions))
    found = marks.of(objects[0], one_scope("", documents), ALL)
    assert {mark for mark, bit in BITS.items() if found & bit} == expected

    bits = {**BITS, f"{DOUBTED}1.34": max(BITS.values()) << 1}
    builtin = RunSchemas(Platform({"kubernetesVersion": "1.34"}, "facts"), ())
    for document in documents:
        FirstLook(bits, builtin).at(document, is_reported=True)
    known = RunSchemas(Platform({"kubernetesVersion": "1.34"}, "facts"), definitions, builtin)
    assert Marks(bits, known).of(objects[0], one_scope("", documents), ALL) == found


@pytest.mark.parametrize(
    ("text", "is_reported", "is_doubted"),
    [
        (SERVICE, True, False),
        (SERVICE, False, True),
        (f"{SERVICE}typo: 1\n", True, True),
        (SERVICE.replace("[{port: 80}]", "[{prot: 80}]"), True, True),
        (CUSTOM, True, True),
        (
            "apiVersion: v1\nkind: List\nitems:\n" + textwrap.indent(f"- {SERVICE[:-1]}", "  ").replace("\n", "\n  "),
            True,
            False,
        ),
        ("apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: web}}]\n", True, False),
        ("apiVersion: v1\nkind: ServiceList\nitems: [{metadata: {name: web}}, {spec: {prot: 1}}]\n", True, True),
    ],
)
def test_a_first_look_notes_which_documents_are_doubted(text: str, is_reported: bool, is_doubted: bool) -> None:
    (document,) = read({"all.yaml": text})
    bits = {f"{DOUBTED}None": 2}
    FirstLook(bits, RunSchemas(Platform({}), ())).at(document, is_reported)
    assert bool(document.words & 2) == is_doubted


def test_objects_that_are_not_doubted_are_not_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = {**BITS, f"{DOUBTED}None": max(BITS.values()) << 1}
    (document,) = read({"all.yaml": SERVICE})
    schemas = RunSchemas(Platform({}), ())
    FirstLook(bits, schemas).at(document, is_reported=True)
    document.close()
    monkeypatch.setattr("kubelint_lessons.manifests.documents.Document.live", None)
    assert Marks(bits, schemas).of(document.resources[0], one_scope("", [document]), BITS[REFUSED]) == 0


def test_documents_are_marked_anew_for_another_version() -> None:
    rules = load_rules().rules
    assert word_bits(rules, "1.33").keys() ^ word_bits(rules, "1.34").keys() == {f"{DOUBTED}1.33", f"{DOUBTED}1.34"}
    calm = {"host-port-blocks-rollout": rules["host-port-blocks-rollout"]}
    assert not any(word.startswith(DOUBTED) for word in word_bits(calm, "1.34"))


def test_what_no_block_wants_to_know_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("nobody wants to know")

    monkeypatch.setattr(RunSchemas, "quick_test", fail)
    documents = read({"all.yaml": SERVICE})
    (service,) = documents[0].resources
    assert Marks(BITS, RunSchemas(Platform({}), ())).of(service, one_scope("", documents), BITS[LARGE]) == 0


def test_which_kinds_the_scope_holds() -> None:
    thing, secret, service = holding("Thing", "Secret", "Service")
    bits = {thing: 2, secret: 4, service: 8}
    documents = read({"all.yaml": f"{SERVICE}---\n{CUSTOM}"})
    marks = Marks(bits, RunSchemas(Platform({}), ()))
    (item,) = documents[0].resources
    assert marks.of(item, one_scope("", documents), sum(bits.values())) == 2 | 8
    assert marks.of(item, one_scope("", documents[:1]), sum(bits.values())) == 8


def test_what_schemas_say_is_not_asked_of_files_that_nobody_wants_a_report_on() -> None:
    rules = load_rules().rules
    bits = word_bits(rules)
    documents = read({"all.yaml": SERVICE})
    (service,) = documents[0].resources
    dispatcher = Dispatcher(prepare(rules, (), Platform({}), bits).runners, Marks(bits, RunSchemas(Platform({}), ())))
    further, everything = dispatcher.kind_of(service).words
    assert {mark for mark in MARKS if further & bits[mark]} == {REPEATED}
    assert {mark for mark in MARKS if everything & bits[mark]} == set(MARKS)


def test_a_schema_that_fails_is_the_bug_of_the_rules_that_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(RunSchemas, "quick_test", fail)
    monkeypatch.setattr(RunSchemas, "problems", fail)
    (tmp_path / "web.yaml").write_text(SERVICE)
    monkeypatch.chdir(tmp_path)
    result = lint(find_inputs(["."]), Options()).result
    assert {error.kind for error in result.errors} == {"bug"}
    assert any("unknown-field" in error.message and "broken" in error.message for error in result.errors)

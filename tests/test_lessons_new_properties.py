"""Any two sides give drafts or sentences, never an exception; what is drafted tells the sides apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kubelint_lessons.authoring.drafts.compare import Change, compare
from kubelint_lessons.authoring.drafts.drafting import Drafted, draft_rules
from kubelint_lessons.authoring.drafts.lessontext import Words, lesson_markdown
from kubelint_lessons.authoring.drafts.secrecy import masked
from kubelint_lessons.authoring.drafts.sides import SideFile, Sides
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.fixes.oracle import is_same
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.schema.lookup import Schemas

TOOLBOX = Toolbox(Compiler())
SCHEMAS = Schemas()

KEYS = st.one_of(
    st.sampled_from(
        ["name", "spec", "image", "env", "value", "selector", "labels", "data", "a.b/c", "in", "true", "'"]
    ),
    st.text(max_size=6),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["web", "8080", "64Mi", "nginx:1", "a\nb\n", "${X}", "{x}", "é\u202e", "# finding"]),
    st.text(max_size=12),
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=14,
)
KINDS = st.sampled_from(
    [("v1", "Service"), ("v1", "ConfigMap"), ("v1", "Secret"), ("example.org/v1", "Thing"), ("v1", "Pod"),
     ("apps/v1", "Deployment"), ("batch/v1", "CronJob"), ("networking.k8s.io/v1", "Ingress")]
)  # fmt: skip


def object_of(kind: tuple[str, str], body: Any) -> dict[str, Any]:
    return {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x", "labels": {"app": "x"}}, "spec": body}


def workload_of(body: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "a", "image": "x:1", "args": body}], "extra": body}
    if isinstance(body, dict):
        pod |= body
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pod}
    return object_of(("apps/v1", "Deployment"), {"selector": {"matchLabels": {"app": "x"}}, "template": template})


def draft(bad: bytes, fixed: bytes, name: str = "k8s/x.yaml") -> Drafted:
    sides = Sides((SideFile(name, name, bad),), (SideFile(name, name, fixed),))
    return draft_rules(sides, "the web image fails", SCHEMAS, TOOLBOX)


def as_bytes(data: Any) -> bytes:
    return json.dumps(data).encode()


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(KINDS, TREES, TREES)
def test_any_two_objects_give_drafts_or_sentences(kind: tuple[str, str], bad: Any, fixed: Any) -> None:
    drafted = draft(as_bytes(object_of(kind, bad)), as_bytes(object_of(kind, fixed)))
    assert_it_holds(drafted)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, TREES)
def test_any_two_workloads_give_drafts_or_sentences(bad: Any, fixed: Any) -> None:
    drafted = draft(as_bytes(workload_of(bad)), as_bytes(workload_of(fixed)))
    assert_it_holds(drafted)


def assert_it_holds(drafted: Drafted) -> None:
    if drafted.changes:
        assert drafted.proven or drafted.refused or drafted.remarks or drafted.left_out
    for item in drafted.proven[:3]:
        text = lesson_markdown("a-lesson", Words("It fails.", "A change."), item.draft.block, item.examples)
        rules = load_rules([("l.md", text)], builtin=False)
        assert rules.problems == ()
        assert [len(lesson.examples) for lesson in rules.team_lessons] == [2]


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(["a.yaml", "b.sh", "c", "d.tf", "Dockerfile"]))
def test_any_two_files_give_drafts_or_sentences(bad: bytes, fixed: bytes, name: str) -> None:
    draft(bad, fixed, name)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["set -e", "uses: a/b@v1", "uses: a/b@v12", "# note", "x = 1", "x = 2", "```", "** a", "{{ .x }}"]
        ),
        st.text(max_size=20).filter(lambda text: "\n" not in text and "\r" not in text),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=100)
@given(LINES, LINES, st.sampled_from(["run.sh", ".github/workflows/x.yml", "a b/c'd\".tf", "c/templates/y.yaml"]))
@example(["x = [1, 2]", "```sh bad", "echo oops"], ["x = [1, 2]", "```sh bad", "echo fine"], "run.sh")
def test_any_two_texts_give_rules_that_load(bad: list[str], fixed: list[str], name: str) -> None:
    drafted = draft("\n".join(bad).encode(), "\n".join(fixed).encode(), name)
    assert_it_holds(drafted)


@settings(deadline=None, max_examples=300)
@given(TREES, TREES)
def test_comparing_is_complete_and_leads_to_what_changed(bad: Any, fixed: Any) -> None:
    changes = compare(bad, fixed)
    assert (compare(bad, bad), compare(fixed, fixed)) == ((), ())
    for change in changes:
        if change.kind in ("changed", "removed", "item-removed", "renamed"):
            assert is_same(at(bad, change.path), change.old)
        if change.kind in ("changed", "added", "item-added", "renamed"):
            assert is_same(at(fixed, change.fixed_path), change.new)
    if not changes:
        assert is_same(without_nulls(bad), without_nulls(fixed))


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def without_nulls(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_nulls(value) for key, value in data.items() if value is not None}
    if isinstance(data, list):
        return [without_nulls(value) for value in data]
    return data


HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
LINES_OF_TEXT = [f"    line {number} of text\n" for number in range(3000)]
HOSTILE = {
    "nested lists": (HEAD + "spec: " + "[" * 90 + "1" + "]" * 90, HEAD + "spec: " + "[" * 90 + "2" + "]" * 90),
    "nested maps": (HEAD + "spec: " + "{a: " * 90 + "1" + "}" * 90, HEAD + "spec: " + "{a: " * 90 + "2" + "}" * 90),
    "brackets": (HEAD + "spec: " + "[" * 30_000, HEAD + "spec: {a: 1}"),
    "many keys": (
        HEAD + "data:\n" + "".join(f"  k{number}: a\n" for number in range(2000)),
        HEAD + "data:\n" + "".join(f"  k{number}: b\n" for number in range(2000)),
    ),
    "many items": (
        HEAD + f"spec: [{','.join(f'{{name: a{number}}}' for number in range(2000))}]\n",
        HEAD + f"spec: [{','.join(f'{{name: b{number}}}' for number in range(2000))}]\n",
    ),
    "a long text": (
        HEAD + "data:\n  a: |\n" + "".join(LINES_OF_TEXT),
        HEAD + "data:\n  a: |\n" + "".join(LINES_OF_TEXT).replace(" of ", " in "),
    ),
    "aliases": (
        HEAD + "spec:\n  a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"  b{n}: &b{n} [{','.join([f'*b{n - 1}' if n else '*a'] * 9)}]\n" for n in range(8)),
        HEAD + "spec: {a: 1}\n",
    ),
    "a long line": ("x" * 100_000, "y" * 100_000),
    "many objects": (
        "---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{n}}}\n" for n in range(500)),
        "---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: y{n}}}\n" for n in range(500)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_too_much_ends_in_sentences(name: str) -> None:
    bad, fixed = HOSTILE[name]
    drafted = draft(bad.encode(), fixed.encode())
    assert drafted.proven or drafted.refused or drafted.remarks


def test_list_items_are_paired_by_name_not_by_place() -> None:
    bad = [{"name": "a", "x": 1}, {"name": "b", "x": 1}]
    fixed = [{"name": "c", "x": 7}, {"name": "b", "x": 2}, {"name": "a", "x": 1}]
    assert compare(bad, fixed) == (
        Change("changed", (1, "x"), (1, "x"), 1, 2),
        Change("item-added", (), (0,), new={"name": "c", "x": 7}),
    )


@given(TREES)
def test_masking_keeps_the_shape(data: Any) -> None:
    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(part) for key, part in value.items()}
        return [shape(part) for part in value] if isinstance(value, list) else 0

    if isinstance(data, dict):
        assert shape(masked(data)) == shape(data)

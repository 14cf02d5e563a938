"""Whether a workload may select another's pods, told by a few look-ups: never no where the join finds one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_helpers import deployment, pick, relations_of

from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.triggers import tells_all_others, tells_others
from kubelint_lessons.manifests.relations import Relations

_NAMES = st.sampled_from(["a", "b", "c"])
_VALUES = st.sampled_from(["web", "shop", "${APP}"])
_LABELS = st.dictionaries(st.sampled_from(["app", "tier", "pod-template-hash"]), _VALUES, max_size=3)
_KINDS = st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"])
_NAMESPACES = st.sampled_from(["", "namespace: shop", "namespace: test", "namespace: '${WHERE}'"])
_WORKLOADS = st.lists(st.tuples(_KINDS, _NAMES, _NAMESPACES, _LABELS, _LABELS), min_size=1, max_size=9)


_BUDGET = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: NAME}\nspec: {selector: {}}\n"
_SELECTING = st.sampled_from(
    [
        ("apiVersion: policy/v1\nkind: PodDisruptionBudget", "spec: {selector: {}}"),
        ("apiVersion: v1\nkind: Service", "spec: {selector: {app: web}}"),
        (
            "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor",
            "spec: {selector: {}, namespaceSelector: {any: true}}",
        ),
    ]
)


def _flow(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: '{value}'" for key, value in labels.items()) + "}"


def _text(kind: str, name: str, namespace: str, selector: dict[str, str], labels: dict[str, str]) -> str:
    version = {"Pod": "v1", "Job": "batch/v1"}.get(kind, "apps/v1")
    head = f"---\napiVersion: {version}\nkind: {kind}\n"
    if kind == "Pod":
        return f"{head}metadata: {{name: {name}, labels: {_flow(labels)}, {namespace}}}\nspec: {{}}\n"
    spec = f"{{selector: {{matchLabels: {_flow(selector)}}}, template: {{metadata: {{labels: {_flow(labels)}}}}}}}"
    return f"{head}metadata: {{name: {name}, {namespace}}}\nspec: {spec}\n"


@settings(max_examples=150)
@given(_WORKLOADS)
def test_what_the_join_finds_is_never_denied(
    workloads: list[tuple[str, str, str, dict[str, str], dict[str, str]]],
) -> None:
    relations = relations_of("".join(_text(*workload) for workload in workloads))
    for workload in relations.workloads():
        found = relations.related(workload, "selects").items
        if any(item is not workload for item in found):
            assert relations.may_lead(workload, "selects", (), to_others=True)


@settings(max_examples=100)
@given(_WORKLOADS, st.lists(st.tuples(_SELECTING, _NAMES, _NAMESPACES), max_size=3))
def test_what_selects_is_never_denied(
    workloads: list[tuple[str, str, str, dict[str, str], dict[str, str]]], more: list[tuple[tuple[str, str], str, str]]
) -> None:
    selecting = "".join(
        f"---\n{head}\nmetadata: {{name: {name}, {where}}}\n{spec}\n" for (head, spec), name, where in more
    )
    relations = relations_of("".join(_text(*workload) for workload in workloads) + selecting)
    for workload in relations.workloads():
        for kinds in ((), ("PodDisruptionBudget",), ("monitoring.coreos.com/PodMonitor",), ("workloads",)):
            if relations.related(workload, "selectedBy", kinds=kinds).items:
                assert relations.may_lead(workload, "selectedBy", kinds, to_others=False)


def test_a_budget_of_another_namespace_selects_nothing_here() -> None:
    relations = relations_of(
        deployment("web", namespace="shop")
        + deployment("api", namespace="test")
        + _BUDGET.replace("NAME", "all, namespace: shop")
    )
    found = [
        relations.may_lead(item, "selectedBy", ("PodDisruptionBudget",), to_others=False)
        for item in relations.workloads()
    ]
    assert found == [True, False]


def _web(*more: str) -> tuple[Relations, bool]:
    relations = relations_of(deployment("web", "app: web, tier: front") + "".join(more))
    return relations, relations.may_lead(pick(relations, "Deployment", "web"), "selects", (), to_others=True)


def test_one_label_that_no_other_has_is_enough() -> None:
    assert not _web()[1]
    assert not _web(deployment("other", "app: other, tier: front"))[1]
    assert _web(deployment("other", "app: web, tier: front"))[1]


def test_only_label_joins_of_workloads_are_told() -> None:
    relations, _ = _web()
    web = pick(relations, "Deployment", "web")
    assert relations.may_lead(web, "targets", (), to_others=True)
    assert relations.may_lead(web, "selects", (), to_others=False)
    stranger = pick(relations_of(deployment("web", "app: web")), "Deployment", "web")
    assert relations.may_lead(stranger, "selects", (), to_others=True)


@pytest.mark.parametrize(
    ("expression", "tells", "tells_all"),
    [
        ("item.metadata.name != object.metadata.name", True, True),
        ("object.metadata.name != item.metadata.name", True, True),
        ("item.kind == 'Pod' && item.metadata.name != object.metadata.name", True, False),
        ("item.kind == 'Pod' || item.metadata.name != object.metadata.name", False, False),
        ("item.metadata.name == object.metadata.name", False, False),
        ("item.metadata.name != item.metadata.name", False, False),
        ("item.metadata.name != object.metadata.namespace", False, False),
    ],
)
def test_which_expressions_leave_out_the_object_itself(expression: str, tells: bool, tells_all: bool) -> None:
    tree = Compiler().compile(expression).tree
    assert tells_others(tree) is tells
    assert tells_all_others(tree) is tells_all

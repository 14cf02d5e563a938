"""Words that a rule needs save time and change nothing: with and without them the same is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.lessons.triggers import find_triggers, needed_relations
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.load import ALL_WORDS, ANY_DOCUMENT, DOLLAR, load
from kubelint_lessons.manifests.platform import Platform

FACTS = {
    "kubernetesVersion": "1.34",
    "nodes": {"architectures": ["amd64", "arm64"]},
    "metallb": {"version": "0.14.8"},
    "traefik": {"version": "3.1"},
    "storage": {"defaultClass": "local-path", "longhornNodes": 2},
    "ingress": {"classes": ["nginx"]},
    "network": {"podMTU": 1450},
    "prometheus": {"annotationScraping": False},
    "gitops": {"tool": "flux"},
    "distribution": "k3s",
}


@pytest.mark.parametrize(
    ("expression", "outcome", "expected"),
    [
        ("has(object.spec.hostNetwork) && object.spec.hostNetwork", True, [("hostNetwork",)]),
        ("!(has(item.hostPath) && item.hostPath.type == 'File')", False, [("hostPath",)]),
        ("has(item.nfs) && has(item.nfs.mode) && item.nfs.mode in ['A', 'B']", True, ["nfs", "mode", ("A", "B")]),
        ("has(object.spec.one) || has(object.spec.two)", True, [("one", "two")]),
        ("has(object.spec.one) || size(object.metadata.name) > 3", True, []),
        ("'a/b' in object.metadata.annotations", True, []),
        ("has(object.metadata.annotations) && 'a/b' in object.metadata.annotations", True, [("a/b",)]),
        ("has(object.spec.volumes) && object.spec.volumes.exists(v, has(v.nfs))", True, [("nfs",), ("volumes",)]),
        ("has(object.spec.volumes) && object.spec.volumes.all(v, !has(v.nfs))", False, []),
        ("has(item.verbs) && item.verbs.exists(v, v in ['bind', 'escalate'])", True, ["verbs", ("bind", "escalate")]),
        ("has(item.verbs) && item.verbs.exists(v, v == 'bind' || v == '*')", True, ["verbs", ("bind", "*")]),
        ("has(platform.distribution) && platform.distribution == 'k3s'", True, []),
        ("has(params.names) && params.names.exists(n, n == 'web' && has(n.x))", True, []),
        ("!has(object.spec.hostNetwork)", True, []),
        ("object.status.hostNetwork == 'Yes'", True, []),
        ("has(object.spec.b) ? object.spec.b == 'A' : has(object.spec.other)", True, [("other", "b"), ("other", "A")]),
    ],
)  # fmt: skip
def test_what_an_expression_needs(expression: str, outcome: bool, expected: list[str | tuple[str, ...]]) -> None:
    tree = Compiler().compile(expression).tree
    found = find_triggers([(tree, outcome)], (), has_pods=True)
    wanted = {frozenset((group,) if isinstance(group, str) else group) for group in expected}
    assert {frozenset(group) for group in found} <= wanted
    assert bool(found) == bool(wanted)


def test_a_failed_guess_about_where_a_field_lies_would_hide_an_error_so_none_is_made() -> None:
    tree = Compiler().compile("has(object.status.deep.field)").tree
    assert find_triggers([(tree, True)], (), has_pods=False) == ()


@pytest.mark.parametrize(
    ("expression", "outcome", "needed"),
    [
        ("othersCount > 1 && has(object.spec.x)", True, ("others",)),
        ("others.exists(o, o.name == 'x')", True, ("others",)),
        ("others.all(o, o.name == 'x')", True, ()),
        ("othersCount > 1 || scalersCount == 2", True, ()),
        ("othersCount > 1 || (othersCount == 1 && scalersCount == 1)", True, ("others",)),
        ("!(othersCount >= 1 && scalersCount > 0)", False, ("others", "scalers")),
        ("othersCount == 0", True, ()),
        ("othersState == 'found'", True, ()),
    ],
)
def test_which_relations_an_expression_needs(expression: str, outcome: bool, needed: tuple[str, ...]) -> None:
    names = ("others", "scalers")
    tree = Compiler().compile(expression, relations=names).tree
    assert needed_relations([(tree, outcome)], names) == needed


def test_words_are_keys_and_whole_values_wherever_they_stand() -> None:
    bits = {"hostPath": 2, "FileOrCreate": 4, "other": 8}
    loaded = load("spec:\n  - &a {hostPath: {type: FileOrCreate}}\n  - *a\n", bits)
    assert loaded.words == ANY_DOCUMENT | 2 | 4
    assert load("text: not other at all\n", bits).words == ANY_DOCUMENT
    assert load("x: other\n", bits).words == ANY_DOCUMENT | 8
    assert load("", bits).words & ALL_WORDS == ANY_DOCUMENT


@pytest.mark.parametrize("text", ["a: $B\n", "- [x, '${B}']\n", 'a: "\\x24B"\n', '{"a": "\\u0024{B}"}', "a: b  # $\n"])
def test_a_dollar_sign_is_a_word_wherever_it_stands(text: str) -> None:
    assert load(text, {DOLLAR: 2}).words == ANY_DOCUMENT | 2
    assert load("a: '%24'\n", {DOLLAR: 2}).words == ANY_DOCUMENT


def without_triggers(rules: dict[str, Rule]) -> dict[str, Rule]:
    return {
        name: rule._replace(
            detectors=tuple(
                detector._replace(triggers=(), needed_relations=(), possible=None) for detector in rule.detectors
            )
        )
        for name, rule in rules.items()
    }


@pytest.mark.parametrize("part", range(4))
def test_real_files_are_judged_as_if_every_rule_looked_at_everything(shared: Path, part: int) -> None:
    """Every rule runs, also those that are off, with facts that let every ``needs:`` be met."""
    folders = sorted(path for path in (shared / "corpus" / "clean").iterdir() if path.is_dir())[part::4]
    rules = load_rules().rules
    rules = {name: rule._replace(enabled=True) for name, rule in rules.items()}
    settings = Settings({}, {})
    for project in find_inputs([str(folder) for folder in folders]).projects:
        fast = run_project(project, rules, Platform(FACTS, "facts"), Toolbox(Compiler()), settings)
        slow = run_project(project, without_triggers(rules), Platform(FACTS, "facts"), Toolbox(Compiler()), settings)
        assert [*map(str, fast.findings)] == [*map(str, slow.findings)]
        assert fast.errors == slow.errors

"""Lessons become rules: what a detector holds, and where in the Markdown each mistake is."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons import checks
from kubelint_lessons.lessons.checks import CheckError, check_names, load_check
from kubelint_lessons.lessons.compile import compile_lesson, make_tools
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import LessonProblem
from kubelint_lessons.lessons.matching import GrammarError, parse_match, parse_relation
from kubelint_lessons.lessons.parse import parse_lessons
from kubelint_lessons.lessons.rule import Detector, Expression, MatchPattern, Rule, from_plain, matches_glob, to_plain

TOOLS = make_tools(["shared_service_selector"])
PATH = "docs/ai-lessons.md"

HOST_NETWORK = """\
## Networking

### host-network-without-cluster-dns

**Names of Services do not resolve in a pod, names of the internet do.**

**Root cause:** With `hostNetwork` a pod uses the node's resolver unless `dnsPolicy` says otherwise.

**Fix:** Set `dnsPolicy: ClusterFirstWithHostNet`.

**Seen:** 2026-03-02 home-assistant

```yaml rule
severity: error
match: workloads
where: has(variables.podSpec.hostNetwork) && variables.podSpec.hostNetwork == true
require: |
  has(variables.podSpec.dnsPolicy) &&
    variables.podSpec.dnsPolicy in ['ClusterFirstWithHostNet', 'None']
at: spec.template.spec.hostNetwork
message: '{object.kind} "{object.name}" asks the node for names'
label: dnsPolicy is not ClusterFirstWithHostNet
fix: {set: spec.template.spec.dnsPolicy, value: ClusterFirstWithHostNet, applicability: unsafe, title: use cluster DNS}
```
"""

RELATED = """\
### service-selects-batch-pods

**Connections are refused while a backup runs.**

**Root cause:** Pods of a Job carry the labels that the Service selects.

**Fix:** Give them another component label.

```yaml rule
match: [Service, serving.knative.dev/v1/Service]
relate:
  servers: selects(Deployment, apps/v1/StatefulSet)
  batch: {relation: selects, kinds: [Job, CronJob], fields: [spec.schedule], where: "!item.name.startsWith('test-')"}
  twins: 'same(Service, by: spec.selector)'
forbid: serversCount > 0 && batchCount > 0 && twinsState == 'absent'
related: [batch, {name: servers, where: item.kind == 'Deployment', label: serves}]
params: {limit: 3}
needs: [nodes.architectures]
patches: true
```
"""


def compile_text(text: str) -> tuple[list[Rule], list[LessonProblem]]:
    file = parse_lessons(text, PATH)
    rules, problems = [], list(file.problems)
    for lesson in file.lessons:
        rule, wrong = compile_lesson(lesson, PATH, "team", TOOLS)
        rules += [rule] if rule else []
        problems += wrong
    return rules, problems


def compile_block(block: str, symptom: str = "**S.**\n\n") -> list[tuple[int, int, str, str]]:
    """Return (line within the block, column, message, hint) of every problem."""
    text = f"### a-b\n\n{symptom}```yaml rule\n{block}```\n"
    first = text.split("\n").index("```yaml rule") + 1
    found = compile_text(text)[1]
    return [(problem.line - first, problem.column, problem.message, problem.hint) for problem in found]


def detector_of(block: str) -> Detector:
    rules, problems = compile_text(f"### a-b\n\n**Sym {{tom}}.**\n\n```yaml rule\n{block}```\n")
    assert problems == []
    return rules[0].detectors[0]


def evaluate(expression: Expression | None, relations: tuple[str, ...] = (), **values: object) -> object:
    assert expression is not None
    compiler = Compiler()
    return compiler.load(base64.b64decode(expression.program), relations).evaluate(compiler.bind(values))


def test_a_rule_over_one_object() -> None:
    rules, problems = compile_text(HOST_NETWORK)
    assert problems == []
    rule = rules[0]
    assert (rule.id, rule.origin, rule.enabled, rule.lesson.category) == (
        "host-network-without-cluster-dns",
        "team",
        True,
        "Networking",
    )
    detector = rule.detectors[0]
    assert (detector.kind, detector.severity, detector.match) == ("require", "error", (MatchPattern("workloads"),))
    assert evaluate(detector.where, variables={"podSpec": {"hostNetwork": True}}) is True
    assert evaluate(detector.expression, variables={"podSpec": {"hostNetwork": True}}) is False
    assert evaluate(detector.expression, variables={"podSpec": {"dnsPolicy": "None"}}) is True
    assert detector.fix is not None
    assert detector.fix.applicability == "unsafe"
    assert detector.fix.edits[0][:3] == ("set", "spec.template.spec.dnsPolicy", "ClusterFirstWithHostNet")


def test_places_of_expressions() -> None:
    lines = HOST_NETWORK.split("\n")
    detector = compile_text(HOST_NETWORK)[0][0].detectors[0]
    assert lines[detector.line - 1] == "severity: error"
    for expression in (detector.where, detector.expression):
        assert expression is not None
        assert lines[expression.line - 1][expression.column - 1 :] == expression.text.split("\n")[0]


def test_a_rule_over_related_objects() -> None:
    rules, problems = compile_text(RELATED)
    assert problems == []
    detector = rules[0].detectors[0]
    assert detector.severity == "warning"
    assert detector.match == (MatchPattern("Service"), MatchPattern("Service", "serving.knative.dev", "v1"))
    servers, batch, twins = detector.relate
    assert (servers.relation, servers.kinds) == (
        "selects",
        (MatchPattern("Deployment"), MatchPattern("StatefulSet", "apps", "v1")),
    )
    assert (batch.fields, twins.by) == (("spec.schedule",), ("spec.selector",))
    assert [relate.reads_state for relate in detector.relate] == [False, False, True]
    assert detector.relation_names == ("servers", "batch", "twins")
    names = detector.relation_names
    values = {"serversCount": 1, "batchCount": 1, "twinsState": "absent"}
    assert evaluate(detector.expression, names, **values) is True
    assert evaluate(batch.where, names, item={"name": "test-1"}) is False
    assert [(spec.name, spec.label) for spec in detector.related] == [("batch", ""), ("servers", "serves")]
    assert evaluate(detector.related[1].where, names, item={"kind": "Deployment"}) is True
    assert (detector.params, detector.needs, detector.patches) == ({"limit": 3}, ("nodes.architectures",), True)


def test_rules_survive_json() -> None:
    for rule in (*compile_text(HOST_NETWORK)[0], *compile_text(RELATED)[0]):
        full = rule._replace(builtin_lesson=rule.lesson, see_also=(rule.lesson,), presets=("a",), aliases=("b",))
        assert from_plain(json.loads(json.dumps(to_plain(full)))) == full


def test_the_message_defaults_to_the_symptom() -> None:
    assert detector_of("match: any\nforbid: 'true'\n").message == "Sym {{tom}}."
    assert detector_of("match: any\nforbid: 'true'\nmessage: own\n").message == "own"


def test_a_where_that_reads_item_is_about_the_item() -> None:
    forbid = detector_of("match: any\neach: containers\nwhere: has(item.image)\nforbid: item.image == 'x'\n")
    assert forbid.where is None
    assert evaluate(forbid.expression, item={"image": "x"}) is True
    assert evaluate(forbid.expression, item={}) is False
    require = detector_of("match: any\neach: containers\nwhere: has(item.image)\nrequire: item.image == 'x'\n")
    assert evaluate(require.expression, item={"image": "y"}) is False
    assert evaluate(require.expression, item={}) is True


def test_an_edit_of_the_item_itself() -> None:
    block = "match: any\neach: rules[*].apiGroups[*]\nforbid: item == 'x'\nfix: {replace: '', old: x, value: z}\n"
    detector = detector_of(block)
    assert detector.fix is not None
    assert detector.fix.edits[0] == ("replace", "", "z", "x")
    wrong = compile_block("match: any\nforbid: 'true'\nfix: {replace: '', old: x, value: y}\n")
    assert wrong == [(3, 17, 'path "": the path is empty', "write a path such as spec.selector")]


def test_several_edits_are_as_safe_as_the_least_safe_one() -> None:
    block = (
        "match: any\nforbid: 'true'\nfix:\n- {remove: a.b, applicability: safe}\n"
        "- {rename: a.c, to: d, applicability: unsafe, title: 'rename it to {object.name}'}\n"
    )
    fix = detector_of(block).fix
    assert fix is not None
    assert (fix.applicability, fix.title) == ("unsafe", "rename it to {object.name}")
    assert [edit.operation for edit in fix.edits] == ["remove", "rename"]


def test_text_and_regex() -> None:
    detector = detector_of("text: 'summerwind.net'\nfiles: .github/**\nmessage: 'found {match}'\n")
    assert (detector.kind, detector.pattern, detector.files) == ("text", "summerwind.net", (".github/**",))
    assert detector_of("regex: '^a(?P<at>b)'\nfiles: [x, z]\n").files == ("x", "z")


def test_rule_wide_keys() -> None:
    text = (
        "### a-b\n\n**S.**\n\n```yaml rule\nmatch: any\nforbid: 'true'\naliases: [old-b]\npresets: [p]\n```\n\n"
        "```yaml rule\nmatch: Pod\nforbid: 'true'\ndefault: off\npresets: [p, q]\n```\n"
    )
    rule = compile_text(text)[0][0]
    assert (rule.enabled, rule.aliases, rule.presets, len(rule.detectors)) == (False, ("old-b",), ("p", "q"), 2)


CASES = {
    "expression in a literal block": (
        "match: any\nforbid: |\n  object.a == 1 &&\n    objct.b == 2\n",
        [(4, 5, "there is no variable 'objct'")],
    ),
    "expression in a folded block": (
        "match: any\nforbid: >-\n  object.a == 1\n  && objct.b == 2\n",
        [(4, 6, "there is no variable 'objct'")],
    ),
    "expression on one line": ("match: any\nforbid: object.a == objct\n", [(2, 21, "there is no variable 'objct'")]),
    "expression in quotes": (
        'match: any\nforbid: "object[\\"a\\"] == objct"\n',
        [(2, 27, "there is no variable 'objct'")],
    ),
    "relation that is not bound": (
        "match: any\nrelate: {pods: selects}\nforbid: podCount > 1\n",
        [(3, 9, "there is no variable 'podCount'")],
    ),
    "result that is no bool": ("match: any\nforbid: object.a\n", [(2, 9, "the expression must be a bool")]),
    "all mistakes at once": (
        "match: service\nforbid: objct\nat: a..b\nmessage: '{objct}'\n",
        [
            (1, 8, '"service" is not a kind'),
            (2, 9, "there is no variable 'objct'"),
            (3, 7, 'path "a..b"'),
            (4, 12, "nothing is called 'objct' here"),
        ],
    ),
    "further mistakes beside those of the schema": (
        "sevrity: error\nmatch: any\nforbid: objct\n",
        [(1, 1, 'unknown key "sevrity"'), (3, 9, "there is no variable 'objct'")],
    ),
    "parameter, fact and variable that do not exist": (
        "match: any\nparams: {limit: 1}\nforbid: |\n  params.limt > 1 &&\n    platform.metallb.pool[0].name == 'x' ||\n"
        "  size(variables.container) > 1 || 'a' in platform.crds || platform['nods'].list.exists(n, n.a == 'y')\n",
        [
            (4, 10, 'there is no parameter "limt"'),
            (5, 22, 'there is no platform fact "pool"'),
            (6, 18, 'there is no variable "container"'),
            (6, 69, 'there is no platform fact "nods"'),
        ],
    ),
    "unknown relation": (
        "match: any\nrelate: {a: select}\nforbid: aCount > 1\n",
        [(2, 13, 'unknown relation "select"')],
    ),
    "join key that is missing": (
        "match: any\nrelate: {a: same(Service)}\nforbid: aCount > 1\n",
        [(2, 13, "same needs a join key")],
    ),
    "join key that does not belong": (
        "match: any\nrelate: {a: {relation: selects, by: x}}\nforbid: aCount > 1\n",
        [(2, 33, '"by" goes with same only')],
    ),
    "path of a join key": (
        "match: any\nrelate: {a: 'same(Service, by: spec..x)'}\nforbid: aCount > 1\n",
        [(2, 37, 'path "spec..x"')],
    ),
    "name that CEL has": (
        "match: any\nrelate: {item: selects, a: selects, aCount: owns, in: owns}\nforbid: aCount > 1\n",
        [(2, 10, '"item" is taken'), (2, 37, '"aCount" is taken'), (2, 51, '"in" is a word of CEL')],
    ),
    "condition on related objects": (
        "match: any\nrelate: {a: {relation: selects, where: item.x == y}}\nforbid: aCount > 1\n",
        [(2, 50, "there is no variable 'y'")],
    ),
    "related to nothing": (
        "match: any\nrelate: {pods: selects}\nforbid: podsCount > 1\nrelated: [pod]\n",
        [(4, 11, 'relate: binds no "pod"')],
    ),
    "unknown fact": (
        "match: any\nforbid: 'true'\nneeds: metallb.pool\n",
        [(3, 8, '"metallb.pool" is not a platform fact')],
    ),
    "item without each": ("match: any\nforbid: item.x == 1\n", [(2, 1, "the expression reads item")]),
    "each without item": (
        "match: any\neach: containers\nforbid: 'true'\n",
        [(2, 1, "the expression does not read item")],
    ),
    "each that is nothing": (
        "match: any\neach: container\nforbid: item.x == 1\n",
        [(2, 7, 'each: "container" is neither a known list nor a path with [*]')],
    ),
    "regex": ("regex: 'a(b'\nfiles: x\n", [(1, 8, "not a regular expression: missing )")]),
    "regex with look-ahead": ("regex: 'a(?=b)'\nfiles: x\n", [(1, 8, "not a regular expression")]),
    "regex that matches everything": ("regex: 'a*'\nfiles: x\n", [(1, 8, "the expression matches every line")]),
    "text over lines": ("text: \"a\\nb\"\nfiles: x\n", [(1, 7, "the text spans lines")]),
    "lookup in a text rule": (
        "text: a\nfiles: x\nmessage: '{object.name}'\n",
        [(3, 12, "nothing is called 'object' here")],
    ),
    "check": ("match: any\ncheck: shared_servce_selector\n", [(2, 8, 'there is no check "shared_servce_selector"')]),
    "template": ("match: any\nforbid: 'true'\nmessage: 'a {object'\n", [(3, 13, "a brace that is not closed")]),
    "template in an edit": (
        "match: any\nforbid: 'true'\nfix: {set: a.b, value: {c: ['{x}']}}\n",
        [(3, 31, "nothing is called 'x' here")],
    ),
    "group": ("match: Apps/Deployment\nforbid: 'true'\n", [(1, 8, '"Apps" is not an API group')]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_mistake_has_its_place(case: tuple[str, list[tuple[int, int, str]]]) -> None:
    block, expected = case
    found = compile_block(block)
    assert [(line, column) for line, column, _, _ in found] == [(line, column) for line, column, _ in expected], found
    for (_, _, message, hint), (_, _, beginning) in zip(found, expected, strict=True):
        assert message.startswith(beginning)
        assert hint


def test_hints_say_what_was_meant() -> None:
    assert [hint for _, _, _, hint in compile_block("match: any\ncheck: shared_servce_selector\n")] == [
        'did you mean "shared_service_selector"?'
    ]
    assert [hint for _, _, _, hint in compile_block("match: pods\nforbid: 'true'\n")] == ['did you mean "workloads"?']
    assert [hint for _, _, _, hint in compile_block("match: any\nforbid: 'true'\nneeds: metallb.pool\n")] == [
        'did you mean "pools"?'
    ]


def test_a_block_without_any_message() -> None:
    found = compile_block("match: any\nforbid: 'true'\n", symptom="")
    assert found == [
        (
            2,
            1,
            "the block has no message, and its lesson no symptom",
            "add message:, or a bold symptom below the heading",
        )
    ]


def test_places_inside_an_indented_block() -> None:
    text = "### a-b\n\n**S.**\n\n1. item\n\n   ```yaml rule\n   match: any\n   forbid: |\n     objct == 1\n   ```\n"
    problem = compile_text(text)[1][0]
    assert (problem.line, problem.column) == (10, 6)


def test_extends_stands_alone() -> None:
    text = (
        "### a-b\n\n**S.**\n\n```yaml rule\nextends: other-rule\nseverity: info\n```\n\n"
        "```yaml rule\nmatch: any\nforbid: 'true'\n```\n"
    )
    assert [problem.message for problem in compile_text(text)[1]] == ["a lesson that extends a rule has one block"]


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("Service", MatchPattern("Service")),
        ("apps/Deployment", MatchPattern("Deployment", "apps")),
        ("apps/v1/Deployment", MatchPattern("Deployment", "apps", "v1")),
        ("v1/Service", MatchPattern("Service", "", "v1")),
        ("core/v1/Service", MatchPattern("Service", "", "v1")),
        ("core/Service", MatchPattern("Service", "")),
        ("*.summerwind.net/*", MatchPattern("*", "*.summerwind.net")),
        ("workloads", MatchPattern("workloads")),
        ("any", MatchPattern("any")),
    ],
)
def test_match_grammar(text: str, pattern: MatchPattern) -> None:
    assert parse_match(text) == pattern


@pytest.mark.parametrize(
    "text", ["service", "a/b/c/D", "apps/", "/Service", "Apps/Deployment", "apps/1/Deployment", ""]
)
def test_match_grammar_refuses(text: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_match(text)
    assert caught.value.hint


def test_what_patterns_match() -> None:
    group = parse_match("*.summerwind.net/*")
    assert group.matches("actions.summerwind.net", "v1alpha1", "RunnerDeployment", False)
    assert not group.matches("summerwind.net", "v1alpha1", "RunnerDeployment", False)
    assert parse_match("workloads").matches("argoproj.io", "v1alpha1", "Rollout", True)
    assert not parse_match("workloads").matches("", "v1", "Service", False)
    assert parse_match("core/Service").matches("", "v1", "Service", False)
    assert not parse_match("core/Service").matches("serving.knative.dev", "v1", "Service", False)
    assert parse_match("any").matches("", "v1", "Anything", False)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [("a*c", "abc", True), ("a*c", "ac", True), ("a*bc", "abc", True), ("ab*bc", "abc", False), ("*", "", True),
     ("a", "b", False), ("*a*", "xay", True), ("a*b*c", "axbyc", True), ("a*b*c", "acb", False)],
)  # fmt: skip
def test_globs(pattern: str, text: str, expected: bool) -> None:
    assert matches_glob(pattern, text) is expected


def test_relation_grammar() -> None:
    assert parse_relation("selects")[:1] == ("selects",)
    assert parse_relation(" references ( Secret , ConfigMap ) ").kinds == (
        MatchPattern("Secret"),
        MatchPattern("ConfigMap"),
    )
    assert parse_relation("same(Ingress, by: spec.a, by: spec.b)").by == ("spec.a", "spec.b")
    for text in ("", "selects(", "selects(x: y)", "selects(service)", "selects(by: a)"):
        with pytest.raises(GrammarError):
            parse_relation(text)


def test_checks_load_by_path(tmp_path: Path) -> None:
    (tmp_path / "some_rule.py").write_text("def check(resource, context): return [1]\ndef other(r, c): return [2]\n")
    folder = str(tmp_path)
    assert check_names(folder) == ("some_rule",)
    assert load_check("some-rule", folder)(None, None) == [1]
    assert load_check("some_rule.other", folder)(None, None) == [2]
    assert load_check("some_rule", folder) is load_check("some_rule", folder)
    assert load_check("some_rule", folder).__module__ == "kubelint_lessons.rules.some_rule"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\n", "has no function check"),
        ("import no_such_module_at_all\n", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("def check(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_checks_that_do_not_load_name_their_file(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "bad_rule.py").write_text(source)
    with pytest.raises(CheckError) as caught:
        load_check("bad_rule", str(tmp_path))
    assert "bad_rule.py" in caught.value.message
    assert message in caught.value.message
    assert caught.value.hint


def test_checks_outside_the_folder_are_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "evil.py").write_text("def check(r, c): return []\n")
    for name in ("../evil", "/evil", "evil.__class__.x", "os.path", "evil", ""):
        with pytest.raises(CheckError):
            load_check(name, str(tmp_path / "rules"))
    assert compile_block("match: any\ncheck: ../evil\n")[0][2].startswith(
        '"check": "../evil" is not the name of a check'
    )


def test_check_modules_do_not_enter_the_search_path() -> None:
    import sys

    assert not any(entry.rstrip("/").endswith("/rules") for entry in sys.path)
    assert checks.READER == "reader"


LINES = """\
severity: error
severity: [
match: Service
match: &m [Service, 3]
match: *m
<<: {forbid: 'true'}
<<: *m
relate: {a: selects}
relate: {a: {relation: same, by: [x, 1..2]}}
forbid: aCount > 1
forbid: |
  objct ==
require: item.x
each: containers
each: "a[*].b["
where: has(item.x)
at: a..b
related: [a, {name: b}]
message: '{x} {{ {'
params: {a: {b: [1]}}
needs: [nodes.architectures, x]
fix: [{set: a, value: '{q}'}, {rename: b}]
text: "a"
regex: '('
files: [x]
check: reader
extends: a-b
default: off
? [a]
: b
!!binary "x": y
- a
"""


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LINES.split("\n")), max_size=12))
def test_any_block_gives_a_rule_or_problems_with_places(lines: list[str]) -> None:
    text = "### a-b\n\n**S.**\n\n```yaml rule\n" + "\n".join(lines) + "\n```\n"
    rules, problems = compile_text(text)
    assert bool(rules) != bool(problems)
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n")
        assert 1 <= problem.column < problem.end_column
        assert problem.message
        assert problem.hint

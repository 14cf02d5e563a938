"""Whether a change weakens the rules: two revisions of what judges a project, compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.authoring.weakening.compare import weakenings
from kubelint_lessons.authoring.weakening.judge import Ignore, Judge
from kubelint_lessons.authoring.weakening.suppressions import ignores_of
from kubelint_lessons.engine.config import parse_config
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.engine.selection import Selection, choose
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_platform, load_rules
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.model.location import Location

LESSONS = """\
# Lessons

## Kubernetes

### web-called-web

**Nobody knows which web is meant.**

**Root cause:** The name says nothing.

**Fix:** Name it after what it serves.

```yaml rule
severity: error
match: [ConfigMap, Secret]
forbid: object.metadata.name == "web"
at: metadata.name
message: '{object.kind} "{object.name}" has a name that says nothing'
```

```yaml bad
apiVersion: v1
kind: ConfigMap
metadata:
  name: web # finding
```

### data-missing

**It is empty.**

**Root cause:** Nobody filled it.

**Fix:** Fill it.

```yaml rule
severity: warning
match: ConfigMap
require: has(object.data)
message: '{object.name} is empty'
```
"""

TOOLBOX = Toolbox(Compiler())


def judge(lessons: str = LESSONS, config: str = "", facts: str = "", **more: object) -> Judge:
    rule_set = load_rules([("docs/ai-lessons.md", lessons)] if lessons else [], cache=Cache(cache_folder()))
    loaded = parse_config(".kubelint.yaml", config.encode())
    assert not loaded.errors
    selection = Selection(loaded.config.select, loaded.config.extend_select, loaded.config.ignore)
    chosen, _ = choose(rule_set.rules, rule_set.aliases, selection)
    text = f"# Platform\n\n```yaml platform\n{facts}\n```\n"
    platform, _ = load_platform([("docs/platform-reference.md", text)] if facts else [])
    return Judge(loaded, rule_set, chosen, platform.facts, "docs/platform-reference.md")._replace(**more)  # type: ignore[arg-type]


def said(before: Judge, after: Judge) -> list[str]:
    return [
        f"{item.text} @ {item.path}{f':{item.line}' if item.line else ''}"
        for item in weakenings(before, after, TOOLBOX)
    ]


def without(lesson: str) -> str:
    head, _, rest = LESSONS.partition(f"### {lesson}")
    _, found, tail = rest.partition("\n### ")
    return head + (f"### {tail}" if found else "")


LESSON_CASES = {
    "the same": (LESSONS, []),
    "other words, other places": (
        LESSONS.replace("Nobody filled it", "It was\nforgotten").replace("# Lessons", "# L\n"),
        [],
    ),
    "a further lesson": (LESSONS + LESSONS.replace("web-called", "shop-called").partition("### data")[0], []),
    "a lesson removed": (without("data-missing"), ['removes the lesson "data-missing" @ docs/ai-lessons.md']),
    "all lessons removed": (
        "",
        [
            'removes the lesson "data-missing" @ docs/ai-lessons.md',
            'removes the lesson "web-called-web" @ docs/ai-lessons.md',
        ],
    ),
    "a lesson that no longer loads": (
        LESSONS.replace("has(object.data)", "has(object.data"),
        ['breaks the lesson "data-missing", so that its rule does not run @ docs/ai-lessons.md:28'],
    ),
    "a lower severity": (
        LESSONS.replace("severity: error", "severity: info"),
        ['lowers "web-called-web" from error to info @ docs/ai-lessons.md:5'],
    ),
    "a higher severity": (LESSONS.replace("severity: warning", "severity: error"), []),
    "an example that is no longer found": (
        LESSONS.replace('== "web"', '== "wob"'),
        [
            'loosens "web-called-web": the bad example that was on line 21 is no longer found @ docs/ai-lessons.md:5',
        ],
    ),
    "another expression": (
        LESSONS.replace("has(object.data)", "has(object.data) || true"),
        ['changes what "data-missing" looks for @ docs/ai-lessons.md:28'],
    ),
    "fewer kinds": (
        LESSONS.replace("match: [ConfigMap, Secret]", "match: ConfigMap"),
        ['changes what "web-called-web" looks for @ docs/ai-lessons.md:5'],
    ),
    "a condition more": (
        LESSONS.replace("require: has", "where: object.metadata.name != 'x'\nrequire: has"),
        ['changes what "data-missing" looks for @ docs/ai-lessons.md:28'],
    ),
    "a built-in rule replaced": (
        LESSONS
        + LESSONS.replace("web-called-web", "shared-service-selector").partition("### data")[0].partition("## K")[2],
        ['replaces the built-in rule "shared-service-selector" with one of the team @ docs/ai-lessons.md:44'],
    ),
}


@pytest.mark.parametrize("name", LESSON_CASES)
def test_lessons(name: str) -> None:
    lessons, expected = LESSON_CASES[name]
    assert said(judge(), judge(lessons)) == expected


def test_undoing_a_replacement_leaves_the_built_in_rule() -> None:
    lessons, _ = LESSON_CASES["a built-in rule replaced"]
    (told,) = said(judge(lessons), judge())
    assert told.startswith('removes the team\'s lesson "shared-service-selector": the built-in rule')


def test_a_renamed_lesson_is_a_removed_one() -> None:
    renamed = LESSONS.replace("### data-missing", "### data-forgotten")
    assert said(judge(), judge(renamed)) == ['removes the lesson "data-missing" @ docs/ai-lessons.md']


GONE = ['lowers "data-missing" from error to warning @ .kubelint.yaml']
CONFIG_CASES = {
    "nothing": ("fail-on: error\n", "fail-on: error\n", []),
    "a rule ignored": ("", "ignore: [data-missing]\n", ['turns off "data-missing" @ .kubelint.yaml:1']),
    "what was ignored before": ("ignore: [data-missing]\n", "ignore: [data-missing]\n", []),
    "a rule heard again": ("ignore: [data-missing]\n", "", []),
    "fewer rules selected": (
        "select: [data-missing, web-called-web]\n",
        "select: [data-missing]\n",
        ['turns off "web-called-web" @ .kubelint.yaml:1'],
    ),
    "an extension dropped": (
        "select: [data-missing]\nextend-select: [web-called-web]\n",
        "select: [data-missing]\n",
        ['turns off "web-called-web" @ .kubelint.yaml:1'],
    ),
    "a severity lowered": (
        "",
        "severity:\n  web-called-web: warning\n",
        ['lowers "web-called-web" from error to warning @ .kubelint.yaml:1'],
    ),
    "a severity raised": ("severity:\n  data-missing: info\n", "severity:\n  data-missing: error\n", []),
    "files excluded": (
        "exclude: [a/]\n",
        "exclude: [a/, b/**]\n",
        ['excludes "b/**" @ .kubelint.yaml:1'],
    ),
    "files no longer excluded": ("exclude: [a/, b/]\n", "exclude: [b/]\n", []),
    "only some files": ("", "include: [k8s/**]\n", ['looks only at "k8s/**" @ .kubelint.yaml:1']),
    "fewer files": (
        "include: [k8s/**, apps/**]\n",
        "include: [k8s/**]\n",
        ['no longer looks at "apps/**" @ .kubelint.yaml:1'],
    ),
    "more files": ("include: [k8s/**]\n", "include: [k8s/**, apps/**]\n", []),
    "all files again": ("include: [k8s/**]\n", "", []),
    "fails later": ("", "fail-on: error\n", ['fails for "error" instead of "warning" @ .kubelint.yaml:1']),
    "fails never": ("fail-on: info\n", "fail-on: never\n", ['fails for nothing instead of "info" @ .kubelint.yaml:1']),
    "fails earlier": ("fail-on: error\n", "", []),
    "other parameters": (
        "",
        "parameters:\n  data-missing: {limit: 3}\n",
        ['sets other parameters for "data-missing" @ .kubelint.yaml:1'],
    ),
    "findings silenced": (
        "",
        "suppress:\n  - rules: [data-missing]\n    kind: ConfigMap\n    path: k8s/**\n"
        "    reason: later\n    until: 2027-01-01\n",
        [
            'silences "data-missing" for kind "ConfigMap", path "k8s/**" until 2027-01-01: later @ .kubelint.yaml:2',
        ],
    ),
    "silenced as before, in other words": (
        "suppress:\n  - rules: [data-missing]\n    reason: later\n",
        "fail-on: warning\nsuppress:\n  - rules: [data-missing]\n    reason: much later\n",
        [],
    ),
    "other rules in some paths": (
        "",
        "overrides:\n  - paths: [dev/**]\n    ignore: [data-missing]\n",
        ['changes what holds in "dev/**" @ .kubelint.yaml:2'],
    ),
    "more rules in some paths": ("", "overrides:\n  - paths: [dev/**]\n    extend-select: [data-missing]\n", []),
    "no special paths any more": (
        "overrides:\n  - paths: [prod/**]\n    severity: {data-missing: error}\n",
        "",
        ['removes what holds in "prod/**" @ .kubelint.yaml'],
    ),
    "the config removed": ("severity:\n  data-missing: error\n", "", GONE),
}


@pytest.mark.parametrize("name", CONFIG_CASES)
def test_config(name: str) -> None:
    before, after, expected = CONFIG_CASES[name]
    assert said(judge(config=before), judge(config=after)) == expected


def test_many_rules_turned_off_are_one_line() -> None:
    (told,) = said(judge(), judge(config="select: [data-missing]\n"))
    assert told.startswith("turns off ")
    assert told.count('"') == 10
    assert " more @ .kubelint.yaml:1" in told


def test_facts_that_are_gone() -> None:
    before = judge(facts="storage: {defaultClass: fast}\nmetallb: {version: 0.14.0}")
    assert said(before, judge(facts="storage: {defaultClass: slow}")) == [
        'removes the fact "metallb.version" @ docs/platform-reference.md'
    ]
    assert said(judge(), before) == []


def ignore(path: str, line: int, rule: str = "data-missing", reason: str = "on purpose") -> Ignore:
    return Ignore(rule, reason, Location(path, line, 1, 2))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([ignore("a.yaml", 3)], []),
        ([ignore("a.yaml", 30)], []),
        ([ignore("moved/a.yaml", 3)], []),
        ([], []),
        ([ignore("a.yaml", 3), ignore("a.yaml", 9)], ['ignores "data-missing" here: on purpose @ a.yaml:9']),
        ([ignore("a.yaml", 3), ignore("b.yaml", 1)], ['ignores "data-missing" here: on purpose @ b.yaml:1']),
        ([ignore("a.yaml", 3, "other-rule")], ['ignores "other-rule" here: on purpose @ a.yaml:3']),
    ],
)
def test_ignores_in_files(after: list[Ignore], expected: list[str]) -> None:
    before = judge(ignores=(ignore("a.yaml", 3),))
    assert said(before, judge(ignores=tuple(after))) == expected


def test_ignores_are_read_from_comments_and_annotations(tmp_path: Path) -> None:
    (tmp_path / ".kubelint.yaml").touch()
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # kubelint: ignore[one, two] both are fine\n"
        "  annotations:\n    kubelint.io/ignore: 'three: it is'\ndata:\n  text: |\n    # kubelint: ignore[four] text\n",
        encoding="utf-8",
    )
    (tmp_path / "b.yaml").write_text("kind: x # kubelint: ignore[five]\n", encoding="utf-8")  # without a reason
    (tmp_path / "run.sh").write_text("echo # kubelint: ignore[six] shells are fine\n", encoding="utf-8")
    (project,) = find_inputs([str(tmp_path)]).projects
    known = {name: name for name in ("two", "three", "four", "five", "six")} | {"one": "uno"}
    found = ignores_of(project, known, frozenset({"run.sh"}))
    assert [(item.rule, item.reason) for item in found] == [
        ("uno", "both are fine"),
        ("two", "both are fine"),
        ("three", "it is"),
        ("six", "shells are fine"),
    ]


def test_a_baseline_that_grew() -> None:
    before = judge(baseline=("aa", "bb"), baseline_path=".kubelint-baseline.json")
    after = judge(baseline=("aa", "aa", "cc"), baseline_path=".kubelint-baseline.json")
    assert said(before, after) == ["adds 2 findings to the baseline @ .kubelint-baseline.json"]
    assert said(after, before._replace(baseline=("aa",))) == []


def test_a_directory_that_leaves_the_project() -> None:
    (told,) = said(judge(), judge(roots=frozenset({"k8s/legacy"})))
    assert told.startswith('makes "k8s/legacy" a project of its own')
    assert said(judge(roots=frozenset({"k8s/legacy"})), judge()) == []

"""Suppressions: what they silence, what they do not, and what is said about those that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.authoring.fixing import lint_and_fix
from kubelint_lessons.authoring.linter import Linted, Options, lint
from kubelint_lessons.engine.suppressionannotations import find_annotations
from kubelint_lessons.engine.suppressioncomments import find_comments
from kubelint_lessons.lessons.checks import SUPPRESSION_CODES
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.inputs import find_inputs
from kubelint_lessons.manifests.source import read_source

DATA = Path(__file__).resolve().parent / "data"
LESSONS = """\
# Lessons

## Tests

### named-web

**It breaks.**

**Root cause:** the name.

**Fix:** another one.

```yaml rule
severity: error
match: [ConfigMap, Service, Deployment]
forbid: object.metadata.name == "web"
at: metadata.name
aliases: [called-web]
```

### app-label

**It breaks.**

**Root cause:** the label.

**Fix:** another one.

```yaml rule
severity: error
match: workloads
forbid: >-
  has(variables.podTemplate.metadata.labels) && "app" in variables.podTemplate.metadata.labels
at: spec.template.metadata.labels.app
```

### selected-workload

**It breaks.**

**Root cause:** the selector.

**Fix:** another one.

```yaml rule
severity: error
match: Service
relate: {workloads: selects}
forbid: workloadsCount > 0
at: spec.selector
related: workloads
```

### needs-facts

**It breaks.**

**Root cause:** the cluster.

**Fix:** another one.

```yaml rule
severity: error
match: ConfigMap
needs: [metallb.version]
forbid: object.metadata.name == "web"
```

### needle

**It breaks.**

**Root cause:** the word.

**Fix:** another one.

```yaml rule
severity: error
text: haystack
files: ['*.tf', '*.sh', 'page.md', '*.js', '*.tpl', 'workflow.yaml', 'embedded.yaml', 'chart/templates/*']
message: 'says haystack'
```
"""
RULES = ("named-web", "app-label", "selected-workload", "needs-facts", "needle", "duplicate-key", "yaml-syntax")
WEB = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: example/web:1
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: front
spec:
  selector:
    app: web
  ports:
    - port: 80
"""


PIECES = (
    "apiVersion: v1\n", "kind: ConfigMap\n", "metadata:\n", "  name: web\n", "---\n", "...\n", "items:\n", "- ",
    "--- # kubelint: ignore[a] x\n", "# kubelint: ignore[a, b] why\n", " # kubelint: ignore[a]\n", "kubelint: ",
    "  a: |\n    x # kubelint: ignore[a] y\n", "  annotations:\n    kubelint.io/ignore: 'a: b; c'\n", "[", "{a: b}",
    "'", "&x", "*x", "<<: *x\n", "\t", "é😀", "%YAML 1.1\n", "kubelint.io/ignore: [1]\n", "\r\n", "\r", "\ufeff",
    "<!-- kubelint: ignore[a] x -->\n",
)  # fmt: skip


def run(
    folder: Path, files: dict[str, str], *paths: str, rules: tuple[str, ...] = RULES, options: Any = None
) -> Linted:
    """Lint files of a project with the rules of this module and those about suppressions."""
    for name, text in {"docs/ai-lessons.md": LESSONS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    chosen = Options(select=(*rules, *SUPPRESSION_CODES)) if options is None else options
    return lint(find_inputs(paths or (".",), start=str(folder)), chosen)


def shown(linted: Linted) -> list[str]:
    """Return ``path:line rule`` of what is reported; errors of the run are a failure of the test."""
    assert [error.message for error in linted.result.errors] == []
    return [f"{item.location.path}:{item.location.line} {item.rule}" for item in linted.result.findings]


def comments(linted: Linted) -> list[str]:
    return [item.message for item in linted.result.findings if item.rule in SUPPRESSION_CODES]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(WEB.replace("web", "web # kubelint: ignore[named-web] a reason"), id="on the line"),
        pytest.param(WEB.replace("  name", "  # kubelint: ignore[named-web] a reason\n  name"), id="above"),
        pytest.param(
            WEB.replace("  name", "  # kubelint: ignore[named-web] a reason\n\n  # more words\n\n  name"),
            id="above, with blank lines and comments between",
        ),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[ called-web ]: a reason"), id="by a former id"),
        pytest.param(WEB.replace("web", "web # words # kubelint:ignore[named-web] - a reason"), id="behind a comment"),
        pytest.param("# kubelint: ignore[named-web] a reason\n" + WEB, id="above the first key"),
        pytest.param("# kubelint: ignore[named-web] a reason\n---\n" + WEB, id="at the head of the file"),
        pytest.param("--- # kubelint: ignore[named-web] a reason\n" + WEB, id="behind the dashes"),
        pytest.param(WEB.replace("Map", "Map # kubelint: ignore[named-web] a reason"), id="on kind"),
        pytest.param(WEB.replace("kind", "# kubelint: ignore[named-web] a reason\nkind"), id="above kind"),
        pytest.param(WEB.replace("\n", "\r\n").replace("web", "web # kubelint: ignore[named-web] x"), id="CR LF"),
        pytest.param("\ufeff# kubelint: ignore[named-web] é😀\n" + WEB, id="BOM"),
        pytest.param(
            WEB + "  annotations:\n    kubelint.io/ignore: 'named-web: a reason'\n", id="by an annotation of the object"
        ),
        pytest.param(
            WEB + "  annotations:\n    kubelint.io/ignore: |\n      app-label: x\n      named-web: a reason\n",
            id="by the second line of an annotation",
        ),
        pytest.param(
            WEB + "  annotations: {kubelint.io/ignore: 'app-label: x; named-web: a; reason'}\n", id="separated by ;"
        ),
        pytest.param(
            WEB + "  annotations: {kubelint.io/ignore: 'app-label, called-web: a reason'}\n", id="two ids, one reason"
        ),
    ],
)
def test_a_finding_is_silenced(text: str, tmp_path: Path) -> None:
    linted = run(tmp_path, {"a.yaml": text})
    assert [item for item in shown(linted) if "unused" not in item] == []
    assert [(item.finding.rule, bool(item.reason)) for item in linted.result.suppressed] == [("named-web", True)]
    assert linted.result.counts.suppressed == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            WEB.replace("kind", "kind").replace("v1\n", "v1 # kubelint: ignore[named-web] x\n"), 4, id="first"
        ),
        pytest.param(WEB.replace("metadata:", "metadata: # kubelint: ignore[named-web] x"), 4, id="the line before"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[app-label] x"), 4, id="another rule"),
        pytest.param(WEB + "data:\n  a: '# kubelint: ignore[named-web] x'\n", 4, id="inside quotes"),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    a: 'see # kubelint: ignore[named-web] x'\n"
            "  name: web\n",
            6,
            id="inside quotes on the line above",
        ),
        pytest.param(WEB + "  labels: {kubelint.io/ignore: 'named-web: x'}\n", 4, id="a label"),
        pytest.param(WEB + "# kubelint: ignore[named-web] x\n", 4, id="below"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[named-web]"), 4, id="no reason"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[named-web] --"), 4, id="no word in the reason"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore named-web x"), 4, id="no brackets"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[] x"), 4, id="nothing in brackets"),
        pytest.param(WEB.replace("web", "web # kubelint: ignore[all] x"), 4, id="all"),
        pytest.param(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  annotations:\n    note: |\n"
            "      # kubelint: ignore[named-web] x\n  name: web\n",
            7,
            id="inside a block scalar",
        ),
        pytest.param(
            "apiVersion: v1\nkind: List\nitems:\n- # kubelint: ignore[app-label] x\n  " + WEB.replace("\n", "\n  "),
            8,
            id="another rule, on an item",
        ),
    ],
)
def test_a_finding_is_reported_all_the_same(text: str, line: int, tmp_path: Path) -> None:
    linted = run(tmp_path, {"a.yaml": text})
    assert f"a.yaml:{line} named-web" in shown(linted)
    assert linted.result.suppressed == ()


def test_a_comment_above_an_object_speaks_of_no_other_one(tmp_path: Path) -> None:
    linted = run(tmp_path, {"a.yaml": f"# kubelint: ignore[named-web] a reason\n{WEB}---\n{WEB}"})
    assert shown(linted) == ["a.yaml:10 named-web"]


def test_a_comment_above_an_item_of_a_list_speaks_of_that_item(tmp_path: Path) -> None:
    item = WEB.replace("\n", "\n    ").rstrip()
    text = f"apiVersion: v1\nkind: List\nitems:\n  # kubelint: ignore[named-web] a reason\n  - {item}\n  - {item}\n"
    linted = run(tmp_path, {"a.yaml": text})
    assert shown(linted) == ["a.yaml:12 named-web"]
    above_all = run(tmp_path, {"a.yaml": f"# kubelint: ignore[named-web] a reason\n{text}"})
    assert [item.finding.location.line for item in above_all.result.suppressed] == [9, 13]


def test_several_findings_on_a_line_and_several_ids(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, name: web}%s\n"
    assert len(shown(run(tmp_path, {"a.yaml": text % ""}))) == 2
    both = run(tmp_path, {"a.yaml": text % " # kubelint: ignore[named-web, duplicate-key] a reason"})
    assert (shown(both), both.result.counts.suppressed) == ([], 2)
    one = run(tmp_path, {"a.yaml": text % " # kubelint: ignore[named-web, app-label] a reason"})
    assert shown(one) == ["a.yaml:3 duplicate-key", "a.yaml:3 unused-suppression"]
    assert comments(one) == ["app-label finds nothing to silence on line 3; remove its name here"]
    assert one.result.findings[1].location.column == 64


def test_an_annotation_of_a_pod_template_speaks_of_the_template(tmp_path: Path) -> None:
    note = "      annotations: {kubelint.io/ignore: 'app-label, named-web: a reason'}\n"
    linted = run(tmp_path, {"a.yaml": DEPLOYMENT.replace("      labels:\n", note + "      labels:\n")})
    assert shown(linted) == ["a.yaml:4 named-web", "a.yaml:10 unused-suppression"]
    assert [item.finding.rule for item in linted.result.suppressed] == ["app-label"]
    assert "spec.template" in comments(linted)[0]


def test_a_comment_on_the_key_of_a_block_scalar_speaks_of_all_of_it(tmp_path: Path) -> None:
    text = WEB.replace("web", "x") + "data:\n  a: |%s\n    one\n    a haystack\n  b: haystack\n"
    assert shown(run(tmp_path, {"embedded.yaml": text % ""})) == ["embedded.yaml:8 needle", "embedded.yaml:9 needle"]
    linted = run(tmp_path, {"embedded.yaml": text % " # kubelint: ignore[needle] a reason"})
    assert shown(linted) == ["embedded.yaml:9 needle"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.sh", "echo haystack # kubelint: ignore[needle] a reason\n"),
        ("a.sh", "# kubelint: ignore[needle] a reason\n# haystack? no:\necho haystack\n"),
        ("a.tf", "// kubelint: ignore[needle] a reason\nx = haystack\n"),
        ("a.js", "f(haystack) // kubelint: ignore[needle] a reason\n"),
        ("a.js", "/* kubelint: ignore[needle] a reason */\nhaystack()\n"),
        ("page.md", "<!-- kubelint: ignore[needle] a reason -->\n\nhaystack\n"),
        ("a.tpl", "{{- /* kubelint: ignore[needle] a reason */ -}}\nhaystack\n"),
        ("chart/templates/a.yaml", "{{/* kubelint: ignore[needle] a reason */}}\na: {{ .Values.haystack }}\n"),
        (
            "workflow.yaml",
            "jobs:\n  a: # kubelint: ignore[app-label] x\n    run: haystack # kubelint: ignore[needle] x\n",
        ),
        ("workflow.yaml", "# kubelint: ignore[needle] a reason\nhaystack: 1\n"),
    ],
)
def test_findings_in_other_files_are_silenced_in_their_syntax(name: str, text: str, tmp_path: Path) -> None:
    files = {name: text, "chart/Chart.yaml": "apiVersion: v2\nname: x\n"}
    linted = run(tmp_path, files)
    assert [item for item in shown(linted) if item.endswith(" needle") and "a.sh:2" not in item] == []
    assert {item.reason for item in linted.result.suppressed} <= {"a reason", "x"}
    assert linted.result.suppressed


def test_markdown_shows_comments_of_other_languages_without_meaning_them(tmp_path: Path) -> None:
    text = "haystack\n\n    # kubelint: ignore[needle]\n    # kubelint: ignore[nothing-like-it] x\n"
    assert shown(run(tmp_path, {"page.md": text})) == ["page.md:1 needle"]


def test_the_other_end_of_a_relation_does_not_silence_and_says_where_to_write(tmp_path: Path) -> None:
    there = DEPLOYMENT.replace("name: web\nspec", "name: x\nspec").replace(
        "        app: web", "        app: web # kubelint: ignore[selected-workload] a reason"
    )
    linted = run(tmp_path, {"service.yaml": SERVICE, "web.yaml": there}, rules=("selected-workload",))
    assert shown(linted) == ["service.yaml:7 selected-workload", "web.yaml:11 misplaced-suppression"]
    assert "reported at service.yaml:7" in comments(linted)[0]
    here = SERVICE.replace("app: web", "app: web # kubelint: ignore[selected-workload] a reason")
    for path in (".", "web.yaml", "service.yaml"):
        again = run(tmp_path, {"service.yaml": here, "web.yaml": DEPLOYMENT}, path, rules=("selected-workload",))
        assert (shown(again), again.result.counts.suppressed) == ([], 1)


# What is said about suppressions


@pytest.mark.parametrize(
    ("text", "rule", "line", "words"),
    [
        ("  name: web # kubelint: ignore[named-web]\n", "suppression-without-reason", 4, "ignore[named-web] …"),
        ("  name: web # kubelint: ignore[named-wed] x\n", "unknown-suppressed-rule", 4, 'did you mean "named-web"?'),
        ("  name: web # kubelint: ignore[zzzzz] x\n", "unknown-suppressed-rule", 4, "kubelint rules lists them"),
        ("  name: x # kubelint: ignore[named-web] x\n", "unused-suppression", 4, "on line 4"),
        ("  name: web # kubelint: disable=named-web\n", "misplaced-suppression", 4, "write # kubelint: ignore["),
        ("  name: web # kubelint: ignore-file[named-web] x\n", "misplaced-suppression", 4, "not understood"),
        ("  name: web # kubelint: ignore[ , ] x\n", "misplaced-suppression", 4, "names no rule"),
        ("  name: x\ndata:\n  a: |\n    # kubelint: ignore[named-web] x\n", "misplaced-suppression", 7, "on line 6"),
        ("  name: x\n# kubelint: ignore[named-web] x\n", "misplaced-suppression", 5, "nothing follows"),
        ("  name: x\n# kubelint: ignore[named-web] x\n---\na: 1\n", "misplaced-suppression", 5, "nothing follows"),
        ("  annotations: {kubelint.io/ignore: named-web}\n", "suppression-without-reason", 4, '"named-web: …"'),
        ("  annotations: {kubelint.io/ignore: ''}\n", "misplaced-suppression", 4, "names no rule"),
        ("  name: x\ndata: {kubelint.io/ignore: 'named-web: x'}\n", "misplaced-suppression", 5, "metadata.annotations"),
        ("  name: x # kubelint: this is prose\n", None, 0, ""),
        ("  name: x # see kubelint: ignore[named-web]\n", None, 0, ""),
        ("  name: web # kubelint: ignore[named-web] why\n", None, 0, ""),
    ],
)
def test_what_is_wrong_with_a_suppression_is_a_finding(
    text: str, rule: str | None, line: int, words: str, tmp_path: Path
) -> None:
    linted = run(tmp_path, {"a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n{text}"})
    found = [item for item in linted.result.findings if item.rule in SUPPRESSION_CODES]
    assert [(item.rule, item.location.line) for item in found] == ([(rule, line)] if rule else [])
    assert words in "".join(comments(linted))


def test_every_suppression_rule_has_words_of_its_own(tmp_path: Path) -> None:
    linted = run(tmp_path, {"a.yaml": WEB.replace("web", "web # kubelint: ignore[zzzzz]")})
    for finding in linted.result.findings:
        assert linted.result.lessons[finding.lesson].words.fix


def unused(linted: Linted) -> list[str]:
    return [item for item in shown(linted) if item.endswith("unused-suppression")]


IDLE = WEB.replace("web", "idle # kubelint: ignore[{}] a reason")


def test_unused_is_said_only_where_the_rule_ran(tmp_path: Path) -> None:
    assert unused(run(tmp_path, {"a.yaml": IDLE.format("named-web")})) == ["a.yaml:4 unused-suppression"]
    others = tuple(rule for rule in RULES if rule != "named-web")
    assert unused(run(tmp_path, {"a.yaml": IDLE.format("named-web")}, rules=others)) == []
    assert unused(run(tmp_path, {"a.yaml": IDLE.format("needs-facts")})) == []


def test_unused_is_not_said_where_an_override_turns_the_rule_off(tmp_path: Path) -> None:
    config = "overrides:\n  - {paths: a.yaml, ignore: [named-web]}\n"
    files = {"a.yaml": IDLE.format("named-web"), "b.yaml": IDLE.format("named-web"), ".kubelint.yaml": config}
    assert unused(run(tmp_path, files)) == ["b.yaml:4 unused-suppression"]


def test_unused_is_said_only_of_files_that_are_reported_on(tmp_path: Path) -> None:
    files = {"a.yaml": IDLE.format("named-web"), "b.yaml": IDLE.format("named-web")}
    assert unused(run(tmp_path, files, "a.yaml")) == ["a.yaml:4 unused-suppression"]
    assert len(unused(run(tmp_path, files))) == 2


def test_unused_is_not_said_while_a_relation_may_be_unknown(tmp_path: Path) -> None:
    service = SERVICE.replace("app: web", "app: other # kubelint: ignore[selected-workload] a reason")
    certain = {"service.yaml": service, "web.yaml": DEPLOYMENT}
    assert unused(run(tmp_path, certain)) == ["service.yaml:7 unused-suppression"]
    mixed = {**certain, "more.yaml": DEPLOYMENT.replace("name: web\nspec", "name: x\n  namespace: shop\nspec")}
    assert unused(run(tmp_path / "mixed", mixed)) == []
    chart = {**certain, "k/kustomization.yaml": "resources: [../service.yaml, 'https://example.com/remote']\n"}
    assert unused(run(tmp_path / "remote", chart)) == []


def test_unused_is_not_said_of_a_document_that_no_rule_could_read(tmp_path: Path) -> None:
    template = "{{ if x }}\n" + IDLE.format("named-web") + "{{ end }}\n"
    files = {"chart/Chart.yaml": "apiVersion: v2\nname: x\n", "chart/templates/a.yaml": template}
    assert unused(run(tmp_path, files)) == []


def test_a_rule_about_suppressions_can_be_silenced_like_any_other(tmp_path: Path) -> None:
    text = WEB.replace(
        "  name: web", "  # kubelint: ignore[unused-suppression] kept for the next release\n  name: idle"
    )
    text = text.replace("idle", "idle # kubelint: ignore[named-web] a reason")
    linted = run(tmp_path, {"a.yaml": text})
    assert shown(linted) == []
    assert [item.finding.rule for item in linted.result.suppressed] == ["unused-suppression"]


def test_files_without_our_name_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kubelint_lessons.engine import suppressionannotations, suppressioncomments

    def never(*arguments: object) -> None:
        raise AssertionError(arguments)

    monkeypatch.setattr(suppressioncomments, "find_comments", never)
    monkeypatch.setattr(suppressionannotations, "find_annotations", never)
    assert shown(run(tmp_path, {"a.yaml": WEB})) == ["a.yaml:4 named-web"]


# Entries of the config


def entry(**keys: str) -> str:
    lines = [f"    {name}: {value}\n" for name, value in {"reason": "known", **keys}.items()]
    return "suppress:\n  - rules: [named-web, yaml-syntax, duplicate-key]\n" + "".join(lines)


@pytest.mark.parametrize(
    ("keys", "silenced"),
    [
        ({}, True),
        ({"kind": "ConfigMap"}, True),
        ({"kind": "'Config*'", "name": "web", "path": "k8s/"}, True),
        ({"kind": "[Service, ConfigMap]"}, True),
        ({"name": "'w*'"}, True),
        ({"namespace": "''"}, True),
        ({"path": "'*.yaml'"}, True),
        ({"path": "k8s/**"}, True),
        ({"until": "2999-12-31"}, True),
        ({"kind": "Service"}, False),
        ({"name": "we"}, False),
        ({"namespace": "shop"}, False),
        ({"path": "other/"}, False),
        ({"until": "2020-12-31"}, False),
    ],
)
def test_an_entry_silences_what_all_its_keys_match(keys: dict[str, str], silenced: bool, tmp_path: Path) -> None:
    files = {"k8s/a.yaml": WEB, ".kubelint.yaml": entry(**keys)}
    linted = run(tmp_path, files, "k8s")
    assert ("k8s/a.yaml:4 named-web" in shown(linted)) is not silenced
    assert [item.kind for item in linted.result.suppressed] == ["config"] * silenced


def test_an_entry_silences_files_that_do_not_parse_and_findings_of_the_reader(tmp_path: Path) -> None:
    files = {"a.yaml": "a: [\n", "b.yaml": WEB.replace("name: web", "name: x\n  labels: {a: b, a: c}")}
    assert len(shown(run(tmp_path, files, "a.yaml", "b.yaml"))) == 2
    by_path = run(tmp_path, {**files, ".kubelint.yaml": entry(path="a.yaml")}, "a.yaml", "b.yaml")
    assert shown(by_path) == ["b.yaml:5 duplicate-key"]
    by_kind = run(tmp_path, {**files, ".kubelint.yaml": entry(kind="ConfigMap", name="x")}, "a.yaml", "b.yaml")
    assert shown(by_kind) == ["a.yaml:1 yaml-syntax"]


def test_an_expired_entry_is_reported_with_what_it_silenced(tmp_path: Path) -> None:
    files = {"a.yaml": WEB, "b.yaml": WEB.replace("web", "x"), ".kubelint.yaml": entry(until="2020-12-31")}
    linted = run(tmp_path, files, "a.yaml")
    assert shown(linted) == [".kubelint.yaml:2 expired-suppression", "a.yaml:4 named-web"]
    assert [other.location.path for other in linted.result.findings[0].related] == ["a.yaml"]
    assert shown(run(tmp_path, files, "b.yaml")) == []
    assert shown(run(tmp_path, files, ".kubelint.yaml"))[0] == ".kubelint.yaml:2 expired-suppression"


def test_an_unused_entry_is_said_only_when_all_files_are_reported_on(tmp_path: Path) -> None:
    files = {"a.yaml": WEB, "b.yaml": WEB.replace("web", "x"), ".kubelint.yaml": entry()}
    linted = run(tmp_path, files)
    assert shown(linted) == [".kubelint.yaml:2 unused-suppression"] * 2
    assert [item.location.column for item in linted.result.findings] == [24, 37]
    assert shown(run(tmp_path, files, "b.yaml")) == []
    narrowed = Options(select=("named-web", "unused-suppression"), is_narrowed=True)
    assert shown(run(tmp_path, files, options=narrowed)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("suppress:\n  - rules: named-wed\n    reason: x\n", 'did you mean "named-web"'),
        ("suppress:\n  - rules: named-web\n", '"reason" is missing'),
        ("suppress:\n  - rules: named-web\n    reason: '?'\n", '"reason" says nothing'),
        ("suppress:\n  - reason: x\n", '"rules" is missing'),
        ("suppress:\n  - rules: named-web\n    reason: x\n    until: soon\n", "write YYYY-MM-DD"),
        ("suppress:\n  - rules: named-web\n    reason: x\n    until: 2026-02-30\n", "write YYYY-MM-DD"),
        ("suppress:\n  - rules: named-web\n    reason: x\n    naem: y\n", 'did you mean "name"?'),
        ("suppress: named-web\n", "list of maps"),
        ("suppress: [named-web]\n", "list of maps"),
        ("ignores: [named-web]\n", '"suppress"'),
    ],
)
def test_a_wrong_entry_is_an_error_and_silences_nothing(text: str, words: str, tmp_path: Path) -> None:
    linted = run(tmp_path, {"a.yaml": WEB, ".kubelint.yaml": text})
    assert linted.status == 2
    assert "named-web" in [item.rule for item in linted.result.findings]
    assert words in " ".join(f"{error.message} {error.hint}" for error in linted.result.errors)
    assert all(error.path == ".kubelint.yaml" and error.line for error in linted.result.errors)


def test_without_the_config_its_entries_do_not_hold(tmp_path: Path) -> None:
    isolated = Options(select=("named-web",), isolated=True)
    assert shown(run(tmp_path, {"a.yaml": WEB, ".kubelint.yaml": entry()}, options=isolated)) == ["a.yaml:4 named-web"]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.sampled_from(["a.yaml", "a.md", "a.sh"]))
@settings(deadline=None, max_examples=400)
def test_whatever_a_file_holds_its_suppressions_have_places_in_it(text: str, name: str) -> None:
    source = read_source(name, text.encode())
    documents = documents_of(source) if name == "a.yaml" else ()
    found = [find_comments(source, documents), *(find_annotations(document, {}) for document in documents)]
    for directive in (directive for part in found for directive in part.directives):
        assert 1 <= directive.first <= directive.last <= len(source.line_starts())
        for rule in directive.rules if directive.kind == "comment" else ():
            place = rule.location
            assert source.line(place.line)[place.column - 1 : place.end_column - 1] == rule.name


FIXING = (
    LESSONS
    + """
### host-network

**It breaks.**

**Root cause:** the field.

**Fix:** remove it.

```yaml rule
severity: error
match: workloads
forbid: has(variables.podSpec.hostNetwork)
at: spec.template.spec.hostNetwork
fix: {remove: spec.template.spec.hostNetwork, applicability: safe}
```

### network-of-the-host

**It breaks.**

**Root cause:** the field.

**Fix:** remove it.

```yaml rule
severity: error
match: workloads
forbid: has(variables.podSpec.hostNetwork)
at: spec.template.spec
```
"""
)


def test_a_fix_may_leave_a_suppression_with_nothing_to_silence(tmp_path: Path) -> None:
    text = DEPLOYMENT.replace("kind: Deployment", "kind: Deployment # kubelint: ignore[network-of-the-host] known")
    text = text.replace("      containers:", "      hostNetwork: true\n      containers:")
    chosen = Options(select=("host-network", "network-of-the-host", *SUPPRESSION_CODES))
    files = {"docs/ai-lessons.md": FIXING, "a.yaml": text}
    assert shown(run(tmp_path, files, options=chosen)) == ["a.yaml:13 host-network"]
    fixed = lint_and_fix(find_inputs(["."], start=str(tmp_path)), chosen, {"safe"})
    assert [item.reason for item in fixed.outcome.withheld] == []
    assert shown(fixed.linted) == ["a.yaml:2 unused-suppression"]


# Reports


def report(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    from kubelint_lessons.cli.linting import run as lint_command
    from kubelint_lessons.cli.options import read_arguments

    given = read_arguments(["--select", "named-web", *arguments])
    assert given is not None
    lint_command(given)
    return capsys.readouterr().out


def test_every_report_says_what_was_suppressed_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, {"a.yaml": WEB.replace("web", "web # kubelint: ignore[named-web] a ##[x] reason")})
    monkeypatch.chdir(tmp_path)
    assert "suppressed: 1 finding (--show-suppressed lists them)" in report(tmp_path, capsys)
    full = report(tmp_path, capsys, "--show-suppressed")
    assert "suppressed[named-web]" in full
    assert "a ##\\x5bx] reason (comment at a.yaml:4)" in full
    concise = report(tmp_path, capsys, "--show-suppressed", "--output-format", "concise")
    assert concise.startswith("a.yaml:4:3: suppressed[named-web] ")
    plain = json.loads(report(tmp_path, capsys, "--output-format", "json"))
    assert (plain["summary"]["suppressed"], plain["suppressed"], plain["findings"]) == (1, [], [])
    (item,) = json.loads(report(tmp_path, capsys, "--show-suppressed", "--output-format", "json"))["suppressed"]
    assert (item["rule"], item["suppression"]["kind"], item["suppression"]["location"]["line"]) == (
        "named-web", "comment", 4,
    )  # fmt: skip
    assert json.loads(report(tmp_path, capsys, "--output-format", "sarif"))["runs"][0]["results"] == []
    sarif = json.loads(report(tmp_path, capsys, "--show-suppressed", "--output-format", "sarif"))
    jsonschema.validate(sarif, json.loads((DATA / "formats" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")))
    (result,) = sarif["runs"][0]["results"]
    assert [item["kind"] for item in result["suppressions"]] == ["inSource"]
    assert sarif["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "named-web"

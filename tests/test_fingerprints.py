"""Names of findings: unique in a report, and the same as long as the finding is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.engine.fingerprint import base_of
from kubelint_lessons.engine.merge import merge
from kubelint_lessons.engine.result import Result
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import RuleSet, load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform


def lesson(name: str, block: str) -> str:
    return f"### {name}\n\n**It breaks.**\n\n**Root cause:** x.\n\n**Fix:** y.\n\n```yaml rule\n{block}\n```\n\n"


LESSONS = "# Lessons\n\n## Tests\n\n" + "".join(
    lesson(name, block)
    for name, block in {
        "any-image": "match: workloads\neach: containers\nforbid: has(item.image)\nat: image",
        "any-port": "match: Service\neach: ports\nforbid: has(item.port)",
        "any-argument": "match: workloads\neach: containers\nforbid: has(item.args)\nat: args[0]",
        "no-limits": "match: workloads\nforbid: 'true'\nat: spec.template.spec",
        "any-object": "match: any\nforbid: 'true'",
        "self-hosted-runner": "regex: 'runs-on: .*'\nfiles: ['**']\nmessage: a runner",
        "plain-password": "match: workloads\neach: containers\nforbid: has(item.env)\nat: env[0].value",
    }.items()
)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    rule_set = load_rules([("docs/ai-lessons.md", LESSONS)])
    assert rule_set.problems == ()
    return rule_set


@pytest.fixture(scope="module")
def toolbox() -> Toolbox:
    return Toolbox(Compiler())


class Linter:
    """Runs the rules of this module, and those of the reader."""

    def __init__(self, rule_set: RuleSet, toolbox: Toolbox) -> None:
        names = {"yaml-syntax", "duplicate-key"}
        self.rules = {key: rule for key, rule in rule_set.rules.items() if rule.origin == "team" or key in names}
        self.toolbox = toolbox

    def __call__(self, files: dict[str, str], shown: str = "", only: str | None = None) -> Result:
        inputs = tuple(
            InputFile(shown + name, name, name, only in (None, name), False, text.encode())
            for name, text in files.items()
        )
        project = Project("", shown.rstrip("/"), inputs)
        return run_project(project, self.rules, Platform({}, "p.md"), self.toolbox, Settings({}, {}))


@pytest.fixture
def lint(rules: RuleSet, toolbox: Toolbox) -> Linter:
    return Linter(rules, toolbox)


def names(result: Result) -> list[str]:
    found = [finding.fingerprint for finding in result.findings]
    assert len(set(found)) == len(found)
    return sorted(found)


def web(name: str = "web", image: str = "example/web:1", before: str = "", namespace: str = "") -> str:
    where = f"\n  namespace: {namespace}" if namespace else ""
    return f"""\
{before}apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}{where}
spec:
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      containers:
        - name: main
          image: {image}
          args: [--first]
        - name: sidecar
          image: example/sidecar:1
          env:
            - name: API_TOKEN
              value: hunter2
"""


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
    - port: 80
    - port: 443
"""
UNNAMED = "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: migrate-}\nspec: {}\n"
RUNNERS = "jobs:\n  a:\n    runs-on: one\n  b:\n    runs-on: one\n  c:\n    runs-on: two\n"
BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: [}\n"
FILES = {"k8s/web.yaml": web() + "---\n" + SERVICE, "k8s/jobs.yaml": UNNAMED, "ci.yml": RUNNERS, "k8s/bad.yaml": BROKEN}


def test_blank_lines_and_comments_change_nothing(lint: Linter) -> None:
    before = names(lint(FILES))
    assert len(before) >= 12
    assert names(lint({name: "# above\n\n" + text + "\n# below\n" for name, text in FILES.items()})) == before


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_comments_anywhere_change_nothing(rules: RuleSet, toolbox: Toolbox, data: st.DataObject) -> None:
    lint = Linter(rules, toolbox)
    text = FILES["k8s/web.yaml"]
    lines = text.splitlines(keepends=True)
    for index in sorted(data.draw(st.sets(st.integers(0, len(lines)), max_size=5)), reverse=True):
        lines.insert(index, data.draw(st.sampled_from(["# a comment\n", "\n", "      # indented\n"])))
    assert names(lint({"k8s/web.yaml": "".join(lines)})) == names(lint({"k8s/web.yaml": text}))


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(4)), split=st.integers(0, 4))
def test_order_of_documents_and_files_changes_nothing(
    rules: RuleSet, toolbox: Toolbox, order: list[int], split: int
) -> None:
    lint = Linter(rules, toolbox)
    documents = [web("a"), web("b"), SERVICE, web("a", namespace="other")]
    whole = names(lint({"all.yaml": "---\n".join(documents)}))
    shuffled = [documents[index] for index in order]
    parts = {"z.yaml": "---\n".join(shuffled[:split]), "a.yaml": "---\n".join(shuffled[split:])}
    assert names(lint(parts)) == whole


def test_moved_files_keep_the_names_of_objects(lint: Linter) -> None:
    before = names(lint({"k8s/web.yaml": web()}))
    assert names(lint({"apps/web/deployment.yaml": web()})) == before


def test_names_do_not_depend_on_where_one_stands(lint: Linter) -> None:
    assert names(lint(FILES, "../../infra/")) == names(lint(FILES))


def test_changed_values_elsewhere_in_the_object_change_nothing(lint: Linter) -> None:
    def of(result: Result, rule: str) -> list[str]:
        return [finding.fingerprint for finding in result.findings if finding.rule == rule]

    plain, changed = lint({"a.yaml": web()}), lint({"a.yaml": web().replace("--first", "--other")})
    assert of(plain, "no-limits") == of(changed, "no-limits")
    assert of(plain, "any-argument") != of(changed, "any-argument")


def test_a_new_version_of_an_image_is_no_new_finding(lint: Linter) -> None:
    old = {finding.fingerprint for finding in lint({"a.yaml": web()}).findings}
    assert {item.fingerprint for item in lint({"a.yaml": web(image="example/web:2@sha256:0a")}).findings} == old
    assert {item.fingerprint for item in lint({"a.yaml": web(image="other/web:1")}).findings} != old


def test_items_are_called_by_what_names_them(lint: Linter) -> None:
    def ports(result: Result) -> set[str]:
        return {finding.fingerprint for finding in result.findings if finding.rule == "any-port"}

    before = ports(lint({"a.yaml": SERVICE}))
    after = ports(lint({"a.yaml": SERVICE.replace("    - port: 80\n", "    - port: 22\n    - port: 80\n")}))
    assert before < after


def test_an_object_means_the_same_alone_and_in_a_list(lint: Linter) -> None:
    indented = "".join(f"  {line}\n" for line in web().splitlines())
    item = "- " + indented[2:]
    listed = f"apiVersion: v1\nkind: List\nitems:\n{item}"
    assert set(names(lint({"a.yaml": web()}))) <= set(names(lint({"a.yaml": listed})))


def overlays(*directories: str) -> dict[str, str]:
    return {f"{directory}/web.yaml": web() for directory in directories}


def bases(result: Result) -> Counter[str]:
    names(result)
    return Counter(base_of(finding.fingerprint) for finding in result.findings)


def test_equal_objects_are_told_apart_and_share_their_base(lint: Linter) -> None:
    one, three = bases(lint(overlays("dev"))), bases(lint(overlays("dev", "prod", "test")))
    assert three == Counter({base: 3 * number for base, number in one.items()})


def test_fixing_one_of_equals_leaves_names_that_were_there(lint: Linter) -> None:
    before = set(names(lint(overlays("dev", "prod", "test"))))
    for gone in ("dev", "prod", "test"):
        left = [directory for directory in ("dev", "prod", "test") if directory != gone]
        assert set(names(lint(overlays(*left)))) < before


def test_what_is_reported_on_changes_no_name_but_the_number_among_equals(lint: Linter) -> None:
    files = {**overlays("dev", "prod"), **FILES}
    whole = {(item.location, item.rule): item.fingerprint for item in lint(files).findings}
    for name in files:
        for finding in lint(files, only=name).findings:
            assert base_of(whole[finding.location, finding.rule]) == base_of(finding.fingerprint)


def test_what_has_no_name_is_called_by_its_file(lint: Linter) -> None:
    assert names(lint({"a.yaml": UNNAMED})) != names(lint({"b.yaml": UNNAMED}))
    assert names(lint({"a.yml": RUNNERS})) != names(lint({"b.yml": RUNNERS}))


def test_lines_are_told_apart_by_what_they_say(lint: Linter) -> None:
    found = [finding for finding in lint({"ci.yml": RUNNERS}).findings if finding.rule == "self-hosted-runner"]
    assert [base_of(finding.fingerprint) for finding in found].count(base_of(found[0].fingerprint)) == 2
    moved = RUNNERS.replace("jobs:\n", "# moved\njobs:\n").replace("  c:\n", "  c:\n    # two\n")
    assert names(lint({"ci.yml": moved})) == names(lint({"ci.yml": RUNNERS}))


def test_the_secret_in_a_value_is_not_hashed(lint: Linter) -> None:
    assert names(lint({"a.yaml": web()})) == names(lint({"a.yaml": web().replace("hunter2", "correct horse")}))


def test_an_overlay_that_comes_along_changes_no_name(lint: Linter) -> None:
    base = {"base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": web()}
    overlay = {"a/kustomization.yaml": "resources: [../base]\nnamespace: a\n"}

    def of_web(result: Result) -> set[str]:
        return {item.fingerprint for item in result.findings if item.location.path == "base/web.yaml"}

    assert of_web(lint({**base, **overlay})) == of_web(lint(base))


def test_projects_in_one_report_have_names_of_their_own(lint: Linter) -> None:
    results = [lint(overlays("dev", "prod"), f"{shown}/") for shown in ("one", "two", "three")]
    merged = merge(results)
    assert len({finding.fingerprint for finding in merged.findings}) == sum(len(result.findings) for result in results)
    first = {finding.fingerprint for finding in results[0].findings}
    assert {item.fingerprint for item in merged.findings if item.location.path.startswith("one/")} == first


def duplicated() -> Iterator[dict[str, str]]:
    for left, right in itertools.combinations(FILES, 2):
        yield {**FILES, f"copy/{left}": FILES[left], f"copy/{right}": FILES[right]}


@pytest.mark.parametrize("files", list(duplicated()))
def test_copies_add_names_and_take_none_away(lint: Linter, files: dict[str, str]) -> None:
    assert set(names(lint(FILES))) < set(names(lint(files)))

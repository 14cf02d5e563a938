"""Rules meet resources: what is reported, where, how bad, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.result import Result, exit_code
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.finding import Problem

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example/web:1
        - name: sidecar
          image: example/sidecar:latest
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
    - port: 80
"""


def lesson(block: str, name: str = "test-rule", examples: str = "") -> str:
    return (
        f"# Lessons\n\n## Tests\n\n### {name}\n\n**It breaks.**\n\n**Root cause:** a mistake.\n\n**Fix:** mend it.\n\n"
        f"```yaml rule\n{block}\n```\n{examples}"
    )


def run(
    block: str,
    *files: tuple[str, str],
    facts: dict[str, Any] | None = None,
    check: Any = None,
    only: str | None = None,
    settings: Settings | None = None,
) -> Result:
    rule_set = load_rules([("docs/ai-lessons.md", lesson(block))], builtin=False)
    assert rule_set.problems == ()
    inputs = tuple(
        InputFile(path, path, path, only is None or path == only, False, text.encode()) for path, text in files
    )
    toolbox = Toolbox(Compiler()) if check is None else Toolbox(Compiler(), lambda name: check)
    platform = Platform(facts or {}, "docs/platform-reference.md")
    return run_project(Project("", "", inputs), rule_set.rules, platform, toolbox, settings or Settings({}, {}))


def places(result: Result) -> list[str]:
    return [f"{item.location.path}:{item.location.line}:{item.location.column}" for item in result.findings]


def test_forbid_fires_where_it_is_true() -> None:
    result = run(
        "severity: error\nmatch: Deployment\nforbid: object.metadata.name == 'web'\nat: metadata.name\n"
        "message: 'call {object.kind} {object.name} something else'",
        ("a.yaml", WEB),
    )
    assert places(result) == ["a.yaml:4:3"]
    assert result.findings[0].message == "call Deployment web something else"
    assert result.findings[0].severity == "error"
    assert result.findings[0].field == "metadata.name"


def test_require_fires_where_it_is_false_at_the_deepest_ancestor_that_exists() -> None:
    result = run(
        "match: workloads\nrequire: has(variables.podSpec.nodeSelector)\nat: spec.template.spec.nodeSelector",
        ("a.yaml", WEB),
    )
    assert places(result) == ["a.yaml:11:5"]


def test_each_names_the_exact_element() -> None:
    result = run(
        "match: workloads\neach: containers\nforbid: item.image.endsWith(':latest')\nat: image\nmessage: '{item.name}'",
        ("a.yaml", WEB),
    )
    assert places(result) == ["a.yaml:16:11"]
    assert result.findings[0].message == "sidecar"


def test_where_decides_whether_a_rule_looks_at_all() -> None:
    block = "match: Deployment\nwhere: object.metadata.name == 'other'\nforbid: 'true'"
    assert places(run(block, ("a.yaml", WEB))) == []


def test_a_relation_joins_and_shows_both_ends() -> None:
    block = (
        "severity: error\nmatch: Service\nrelate: {workloads: selects}\nforbid: workloadsCount == 1\n"
        "at: spec.selector\nrelated: workloads\nmessage: 'selects {workloads}'"
    )
    result = run(block, ("service.yaml", SERVICE), ("web.yaml", WEB))
    assert places(result) == ["service.yaml:7:5"]
    assert result.findings[0].message == 'selects Deployment "web"'
    assert [f"{other.location.path}:{other.location.line}" for other in result.findings[0].related] == ["web.yaml:10"]


def test_a_finding_is_reported_if_its_other_end_is() -> None:
    block = "match: Service\nrelate: {workloads: selects}\nforbid: workloadsCount == 1\nrelated: workloads"
    files = (("service.yaml", SERVICE), ("web.yaml", WEB), ("other.yaml", WEB.replace("web", "other")))
    assert len(run(block, *files, only="web.yaml").findings) == 1
    assert len(run(block, *files, only="service.yaml").findings) == 1
    assert len(run(block, *files, only="other.yaml").findings) == 0


def test_an_unknown_relation_never_fires_unless_the_rule_reads_its_state() -> None:
    template = ("chart/templates/web.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .x }}\n")
    chart = ("chart/Chart.yaml", "name: x\n")
    block = "match: Service\nrelate: {workloads: selects}\n"
    files = (("service.yaml", SERVICE), template, chart)
    assert places(run(block + "forbid: workloadsCount == 0", *files)) == []
    assert len(places(run(block + "forbid: workloadsState == 'unknown'", *files))) == 1
    assert len(places(run(block + "forbid: workloadsCount == 0", ("service.yaml", SERVICE)))) == 1


def test_a_resource_that_is_defined_twice_is_joined_with_nothing() -> None:
    block = "match: Service\nrelate: {workloads: selects}\nforbid: workloadsCount == 1"
    twice = SERVICE.replace("port: 80", "port: 81")
    assert places(run(block, ("a.yaml", SERVICE + "---\n" + twice + "---\n" + WEB))) == []


def test_missing_facts_keep_a_rule_from_running_and_are_said() -> None:
    block = "match: Deployment\nneeds: [nodes.architectures]\nforbid: size(platform.nodes.architectures) > 1"
    silent = run(block, ("a.yaml", WEB))
    assert silent.findings == ()
    assert [(skip.rule, "nodes.architectures" in skip.reason) for skip in silent.skipped] == [("test-rule", True)]
    told = run(block, ("a.yaml", WEB), facts={"nodes": {"architectures": ["amd64", "arm64"]}})
    assert len(told.findings) == 1
    assert told.skipped == ()


def test_inferred_facts_give_a_warning_at_most_and_name_their_source() -> None:
    pool = (
        "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan}\nspec: {addresses: [10.0.0.0/24]}\n"
    )
    block = "severity: error\nmatch: Deployment\nneeds: [metallb.pools]\nforbid: size(platform.metallb.pools) == 1"
    found = run(block, ("a.yaml", WEB), ("pool.yaml", pool)).findings
    assert [finding.severity for finding in found] == ["warning"]
    assert "pool.yaml" in found[0].note


def test_an_evaluation_error_is_no_finding_and_is_counted() -> None:
    result = run("match: Deployment\nforbid: object.spec.paused == true", ("a.yaml", WEB))
    assert result.findings == ()
    assert [(skip.rule, skip.times) for skip in result.skipped] == [("test-rule", 1)]
    assert result.errors == ()


def test_a_check_that_raises_is_named_and_the_others_go_on() -> None:
    def check(resource: Resource, context: Context) -> Iterator[Problem]:
        if resource.name == "web":
            raise KeyError("oops")
        yield Problem("found", resource.place("metadata", "name"))

    other = WEB.replace("name: web\nspec", "name: api\nspec")
    result = run("match: Deployment\ncheck: shared_service_selector", ("a.yaml", WEB + "---\n" + other), check=check)
    assert [finding.message for finding in result.findings] == ["found"]
    assert [error.kind for error in result.errors] == ["bug"]
    assert 'rule "test-rule" failed on Deployment "web": KeyError' in result.errors[0].message
    assert (result.errors[0].path, result.errors[0].line) == ("a.yaml", 1)
    assert exit_code(result, "never") == 3


def test_severity_and_parameters_can_be_set_from_outside() -> None:
    block = "severity: error\nmatch: Deployment\nparams: {name: nobody}\nforbid: object.metadata.name == params.name"
    assert places(run(block, ("a.yaml", WEB))) == []
    settings = Settings({"test-rule": "info"}, {"test-rule": {"name": "web"}})
    found = run(block, ("a.yaml", WEB), settings=settings).findings
    assert [finding.severity for finding in found] == ["info"]


@pytest.mark.parametrize(
    ("text", "silenced"),
    [
        ("  name: web # kubelint: ignore[test-rule] a reason\n", True),
        ("  # kubelint: ignore[test-rule] a reason\n  name: web\n", True),
        ("  # kubelint: ignore[other-rule, test-rule] a reason\n\n  # more words\n  name: web\n", True),
        ("  name: web # kubelint: ignore[other-rule] a reason\n", False),
        ("  annotations:\n    note: |\n      # kubelint: ignore[test-rule] only text\n  name: web\n", False),
        ('  annotations: {a: "# kubelint: ignore[test-rule]"}\n  name: web\n', False),
    ],
)
def test_comments_suppress_on_their_line_or_the_next(text: str, silenced: bool) -> None:
    block = "match: ConfigMap\nforbid: object.metadata.name == 'web'\nat: metadata.name"
    result = run(block, ("a.yaml", f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n{text}"))
    assert (len(result.findings), result.counts.suppressed) == ((0, 1) if silenced else (1, 0))


def test_text_rules_look_at_files_that_are_no_manifests() -> None:
    block = (
        "regex: 'kubectl apply -f (\\S+\\.tmpl)'\nfiles: ['*.sh', '.github/workflows/*']\nmessage: 'applies a template'"
    )
    script = "set -e\n  kubectl apply -f é/x.tmpl # twice\n"
    result = run(block, ("deploy.sh", script), ("notes.md", script), ("deep/x.sh", script))
    assert places(result) == ["deep/x.sh:2:20", "deploy.sh:2:20"]
    assert result.findings[0].location.end_column == 28


def test_text_may_match_across_lines() -> None:
    block = "regex: 'name: (web)\\n +port: 80'\nmultiline: true\nfiles: '*.tf'"
    result = run(block, ("a.tf", "x {\n  name: web\n  port: 80\n}\n"), ("b.tf", "name: web\n# port: 80\n"))
    assert places(result) == ["a.tf:2:9"]


CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: prometheus
data:
  prometheus.yml: |
    scrape_configs:
      - job_name: é
        scheme: http
      - job_name: other
        scheme: https
  notes: just words
"""


def test_a_document_inside_a_string_is_judged_at_its_place_in_the_file() -> None:
    block = (
        "match: ConfigMap\nembedded: data[*]\neach: scrape_configs[*]\nforbid: item.scheme == 'http'\nat: scheme\n"
        "message: '{item.job_name} in {object.name}'"
    )
    result = run(block, ("a.yaml", CONFIG))
    assert places(result) == ["a.yaml:9:9"]
    assert result.findings[0].message == "é in prometheus"
    assert result.findings[0].location.end_column == 21


def test_a_whole_embedded_document_is_an_item() -> None:
    block = "match: ConfigMap\nembedded: data[*]\nwhere: type(item) == map\nforbid: has(item.scrape_configs)"
    assert places(run(block, ("a.yaml", CONFIG))) == ["a.yaml:7:5"]


def test_fingerprints_survive_moved_lines_and_files_and_tell_equals_apart() -> None:
    block = "match: workloads\neach: containers\nforbid: has(item.image)\nat: image"
    before = run(block, ("a.yaml", WEB)).findings
    after = run(block, ("b.yaml", "# moved\n" + WEB)).findings
    assert [finding.fingerprint for finding in before] == [finding.fingerprint for finding in after]
    assert len({finding.fingerprint for finding in before}) == 2


def test_a_base_in_two_overlays_is_reported_once() -> None:
    files = (
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", WEB),
        ("dev/kustomization.yaml", "resources: [../base]\nnamespace: dev\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n"),
    )
    assert places(run("match: Deployment\nforbid: 'true'", *files)) == ["base/web.yaml:1:1"]


def test_the_result_does_not_depend_on_the_order_of_rules_and_runs() -> None:
    block = "match: any\nforbid: 'true'"
    assert run(block, ("a.yaml", WEB + "---\n" + SERVICE)) == run(block, ("a.yaml", WEB + "---\n" + SERVICE))


SECRETS = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: example/web:1
      env:
        - name: DB_PASSWORD
          value: canary-one
        - value: canary-two
          name: API_TOKEN
        - name: APP_SECRET
          # why
          value: canary-three
        - name: ROLE
          value: reader
---
apiVersion: v1
kind: Secret
metadata:
  name: web
stringData:
  file: |
    canary-four
    canary-five
"""


def test_secret_values_are_in_no_message_and_no_excerpt() -> None:
    block = "match: workloads\neach: env\nforbid: has(item.value)\nat: value\nmessage: '{item.name} is {item.value}'"
    result = run(block, ("a.yaml", SECRETS))
    text = repr((result.findings, result.excerpts))
    assert len(result.findings) == 4
    assert "canary" not in text
    assert "ROLE is reader" in text
    secret = run(
        "match: Secret\nforbid: 'true'\nat: stringData.file\nmessage: '{object.stringData}'", ("a.yaml", SECRETS)
    )
    assert "canary" not in repr((secret.findings[0].message, secret.excerpts))

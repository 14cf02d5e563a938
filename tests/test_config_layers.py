"""Who decides: command line, environment, overrides, config, lessons, in this order; and what shows of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubelint_lessons.authoring.linter import Options, lint
from kubelint_lessons.engine.config import parse_config
from kubelint_lessons.engine.configkeys import KEYS, OVERRIDE_KEYS, SUPPRESS_KEYS
from kubelint_lessons.engine.configschema import config_schema
from kubelint_lessons.engine.result import Result
from kubelint_lessons.manifests.inputs import find_inputs

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "schemas" / "kubelint.schema.json"
LESSONS = """\
# Lessons

## Tests

### named-web

**It breaks.**

**Root cause:** the name.

**Fix:** another one.

```yaml rule
severity: error
match: ConfigMap
params: {name: web}
forbid: object.metadata.name == params.name
at: metadata.name
message: 'called {params.name}'
aliases: [called-web]
```

### without-data

**It breaks.**

**Root cause:** no data.

**Fix:** data.

```yaml rule
severity: warning
match: ConfigMap
require: has(object.data)
presets: [strict]
```

### old-cluster

**It breaks.**

**Root cause:** the version.

**Fix:** a newer one.

```yaml rule
severity: warning
match: ConfigMap
needs: [kubernetesVersion]
forbid: platform.kubernetesVersion == "1.30"
```
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
FILES = {"docs/ai-lessons.md": LESSONS, "k8s/a.yaml": MAP, "vendor/b.yaml": MAP}
BASE = "select: [named-web]\n"


def write(folder: Path, config: str = BASE, files: Mapping[str, str] = FILES) -> None:
    for name, text in {**files, ".kubelint.yaml": config}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run(folder: Path, config: str = BASE, *paths: str, **options: Any) -> Result:
    write(folder, config)
    return lint(find_inputs(paths or (".",), start=str(folder)), Options(**options)).result


def shown(result: Result) -> list[str]:
    assert [error.message for error in result.errors] == []
    return [f"{item.location.path} {item.severity}[{item.rule}] {item.message}" for item in result.findings]


def kubelint(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubelint_lessons", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


# Overrides


@pytest.mark.parametrize(
    ("override", "vendor"),
    [
        ("ignore: [named-web]", None),
        ("ignore: called-web", None),
        ("severity: {named-web: info}", "vendor/b.yaml info[named-web] called web"),
        ("severity: {called-web: info}", "vendor/b.yaml info[named-web] called web"),
        ("parameters: {named-web: {name: other}}", None),
        ("select: [without-data]", "vendor/b.yaml warning[without-data] "),
        ("select: [strict]\n    ignore: without-data", None),
        ("extend-select: [without-data]\n    ignore: [named-web]", "vendor/b.yaml warning[without-data] "),
    ],
)
def test_an_override_holds_for_the_findings_in_its_files(override: str, vendor: str | None, tmp_path: Path) -> None:
    found = shown(run(tmp_path, f"{BASE}overrides:\n  - paths: vendor/\n    {override}\n"))
    assert found[0] == "k8s/a.yaml error[named-web] called web"
    assert len(found) == (1 if vendor is None else 2)
    assert vendor is None or found[1].startswith(vendor)


PEERS = """\
# Lessons

## Tests

### small-peer

**It breaks.**

**Root cause:** a small peer.

**Fix:** a larger one.

```yaml rule
severity: error
match: ConfigMap
params: {least: 2}
relate:
  peers: {relation: same, by: [metadata.labels.app], where: size(item.data) < params.least}
forbid: peersCount > 0
at: metadata.name
message: 'beside {peers}'
```
"""


def test_parameters_of_an_override_hold_for_related_objects_too(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, labels: {app: web}}\ndata: {DATA}\n"
    sizes = {"all/a": "x: y, z: y", "all/b": "x: y", "all/vendor/c": "x: y, y: y, z: y"}
    made = {f"{name}.yaml": text.replace("NAME", name[-1]).replace("DATA", data) for name, data in sizes.items()}
    config = "select: [small-peer]\noverrides:\n  - {paths: all/vendor/, parameters: {small-peer: {least: 3}}}\n"
    write(tmp_path, config, {"docs/ai-lessons.md": PEERS, **made})
    assert shown(lint(find_inputs((".",), start=str(tmp_path)), Options()).result) == [
        'all/a.yaml error[small-peer] beside ConfigMap "b"',
        'all/vendor/c.yaml error[small-peer] beside ConfigMap "a" and ConfigMap "b"',
    ]


def test_later_overrides_build_on_earlier_ones(tmp_path: Path) -> None:
    text = (
        f"{BASE}overrides:\n"
        "  - {paths: '**', extend-select: [without-data], severity: {named-web: warning, without-data: info}}\n"
        "  - {paths: vendor/, ignore: [named-web], severity: {without-data: error}}\n"
    )
    assert [item.split("]")[0] for item in shown(run(tmp_path, text))] == [
        "k8s/a.yaml info[without-data", "k8s/a.yaml warning[named-web", "vendor/b.yaml error[without-data",
    ]  # fmt: skip


def test_the_command_line_chooses_rules_over_overrides_which_still_ignore(tmp_path: Path) -> None:
    text = "overrides:\n  - {paths: vendor/, select: [without-data], ignore: [named-web]}\n"
    assert shown(run(tmp_path, text, select=("named-web",))) == ["k8s/a.yaml error[named-web] called web"]


def test_an_override_beats_the_config_which_beats_the_lesson(tmp_path: Path) -> None:
    text = f"{BASE}severity: {{called-web: warning}}\nparameters: {{called-web: {{name: web}}}}\n"
    assert [item.split("[")[0] for item in shown(run(tmp_path, text))] == [
        "k8s/a.yaml warning",
        "vendor/b.yaml warning",
    ]
    text += "overrides:\n  - {paths: vendor/, severity: {named-web: info}}\n"
    assert [item.split("[")[0] for item in shown(run(tmp_path, text))] == ["k8s/a.yaml warning", "vendor/b.yaml info"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("overrides:\n  - ignore: [named-web]\n", '"paths" is missing'),
        ("overrides:\n  - paths: a\n    ignroe: [named-web]\n", 'did you mean "ignore"?'),
        ("overrides:\n  - paths: a\n    ignore: [named-wed]\n", 'did you mean "named-web"'),
        ("overrides:\n  - paths: a\n    severity: {named-wed: info}\n", 'did you mean "named-web"'),
        ("overrides:\n  - paths: a\n    severity: {named-web: inof}\n", 'did you mean "info"?'),
        ("overrides:\n  - paths: a\n    fail-on: error\n", 'unknown option "fail-on"'),
        ("severity: {named-wed: info}\n", 'did you mean "named-web"'),
        ("kubernetes-version: 1.30\n", "write it in quotes"),
        ("kubernetes-version: '2.0'\n", "no version of Kubernetes"),
        ("baseline: ../x.json\n", "leads out of the project"),
        ("plugin: my_rules\n", "only the command line can name one"),
        ("plugins: [my_rules]\n", "kubelint lint --plugin NAME"),
    ],
)
def test_a_mistake_is_an_error_at_its_place(text: str, words: str, tmp_path: Path) -> None:
    (error,) = run(tmp_path, text).errors
    assert words in f"{error.message} {error.hint}"
    assert (error.kind, error.path) == ("config", ".kubelint.yaml")
    assert error.line >= 1


# Files


def test_include_names_the_only_files_that_are_looked_at(tmp_path: Path) -> None:
    include = f"{BASE}include: [k8s/]\n"
    assert shown(run(tmp_path, include)) == ["k8s/a.yaml error[named-web] called web"]
    assert shown(run(tmp_path, include, "vendor")) == []
    assert len(shown(run(tmp_path, include, "vendor/b.yaml"))) == 1
    assert shown(run(tmp_path, include, "vendor/b.yaml", force_exclude=True)) == []


def test_exclude_leaves_out_files_that_include_names(tmp_path: Path) -> None:
    assert shown(run(tmp_path, f"{BASE}include: [k8s/, vendor/]\nexclude: [k8s/]\n")) == [
        "vendor/b.yaml error[named-web] called web"
    ]


# Facts


def test_the_version_of_the_cluster_can_be_said_outside_the_platform_reference(tmp_path: Path) -> None:
    select = "select: [old-cluster]\n"
    assert [skip.rule for skip in run(tmp_path, select).skipped] == ["old-cluster"]
    assert len(shown(run(tmp_path, f'{select}kubernetes-version: "1.30"\n'))) == 2
    assert shown(run(tmp_path, f'{select}kubernetes-version: "1.30"\n', kubernetes_version="1.34")) == []
    reference = '```yaml platform\nkubernetesVersion: "1.30"\ndistribution: k3s\n```\n'
    (tmp_path / "docs" / "platform-reference.md").write_text(reference)
    assert len(shown(run(tmp_path, select))) == 2
    assert shown(run(tmp_path, f'{select}kubernetes-version: "1.34"\n')) == []


# Command line and environment


def concise(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.split(" ")[1] for line in done.stdout.splitlines() if ".yaml:" in line]


def test_the_command_line_beats_the_environment_which_beats_the_config(tmp_path: Path) -> None:
    write(tmp_path, f"{BASE}fail-on: never\n")
    quiet = ("lint", "-q", "--output-format", "concise", "k8s")
    assert kubelint(tmp_path, *quiet).returncode == 0
    assert kubelint(tmp_path, *quiet, KUBELINT_FAIL_ON="error").returncode == 1
    assert kubelint(tmp_path, *quiet, "--fail-on", "never", KUBELINT_FAIL_ON="error").returncode == 0
    assert concise(kubelint(tmp_path, *quiet, KUBELINT_SELECT="without-data, named-web")) == [
        "warning[without-data]", "error[named-web]",
    ]  # fmt: skip
    chosen = kubelint(tmp_path, *quiet, "--select", "named-web", KUBELINT_SELECT="without-data")
    assert concise(chosen) == ["error[named-web]"]
    assert concise(kubelint(tmp_path, *quiet, KUBELINT_IGNORE="named-web")) == []
    assert kubelint(tmp_path, "lint", "k8s", KUBELINT_OUTPUT_FORMAT="json").stdout.startswith("{")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("KUBELINT_FAIL_ON", "eror", "none of error, warning, info, never"),
        ("KUBELINT_OUTPUT_FORMAT", "xml", "no format is called"),
        ("KUBELINT_NO_CACHE", "maybe", "neither 1 nor 0"),
        ("KUBELINT_KUBERNETES_VERSION", "latest", "no version of Kubernetes"),
        ("KUBELINT_COLOR", "red", "none of auto, always, never"),
    ],
)
def test_a_wrong_variable_is_a_usage_error_that_names_it(variable: str, value: str, words: str, tmp_path: Path) -> None:
    write(tmp_path)
    done = kubelint(tmp_path, "lint", **{variable: value})
    assert done.returncode == 2
    assert variable in done.stderr
    assert words in done.stderr
    assert kubelint(tmp_path, "lint", "-q", **{variable: ""}).returncode == 1
    assert kubelint(tmp_path, "lint", "--isolated", "--fail-on", "never", **{variable: value}).returncode == 0


def test_isolated_leaves_out_config_and_environment(tmp_path: Path) -> None:
    write(tmp_path, "ignore: [named-web]\nnonsense: 1\n")
    done = kubelint(tmp_path, "lint", "--isolated", "--select", "named-web", "k8s", KUBELINT_IGNORE="named-web")
    assert (done.returncode, "error[named-web]" in done.stdout) == (1, True)


def test_config_takes_the_place_of_the_projects_file(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "other.yaml").write_text("ignore: [named-web, without-data, old-cluster]\n")
    assert kubelint(tmp_path, "lint", "--config", "other.yaml", "k8s").returncode == 0
    assert kubelint(tmp_path, "lint", "k8s", KUBELINT_CONFIG="other.yaml").returncode == 0
    missing = kubelint(tmp_path, "lint", "--config", "nope.yaml", "k8s")
    assert missing.returncode == 2
    assert "nope.yaml: error: no such config file" in missing.stdout + missing.stderr
    (tmp_path / "other.yaml").write_text("ignroe: []\n")
    wrong = kubelint(tmp_path, "lint", "--config", "other.yaml", "k8s")
    assert "other.yaml:1:1: error:" in wrong.stdout + wrong.stderr


# kubelint config


def test_config_shows_what_holds_and_who_says_so(tmp_path: Path) -> None:
    write(tmp_path, "# ours\nignore: [without-data]\nfail-on: error\nexclude: [vendor/]\n")
    done = kubelint(
        tmp_path / "k8s", "config", "--ignore", "named-web", "--output-format", "json", KUBELINT_SELECT="all,strict"
    )
    assert done.returncode == 0, done.stderr
    plain = json.loads(done.stdout)
    assert plain["config"] == "../.kubelint.yaml"
    assert list(plain["options"]) == [key.name for key in KEYS]
    said = {name: (item["value"], item["source"], item["where"]) for name, item in plain["options"].items()}
    assert said["ignore"] == (["without-data", "named-web"], "command line", ["--ignore", "../.kubelint.yaml:2"])
    assert said["select"] == (["all", "strict"], "environment", ["KUBELINT_SELECT"])
    assert said["fail-on"] == ("error", "config", ["../.kubelint.yaml:3"])
    assert said["lessons"] == (["docs/ai-lessons.md"], "default", [])
    assert said["platform"] == (None, "default", [])


def test_config_shows_text_and_variables_that_mean_nothing(tmp_path: Path) -> None:
    write(tmp_path, "fail-on: error\n")
    done = kubelint(tmp_path, "config", KUBELINT_FAILON="error")
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert lines["fail-on"].split() == ["error", "(.kubelint.yaml:1)"]
    assert lines["lessons"].split() == ['["docs/ai-lessons.md"]', "(default)"]
    assert 'did you mean "KUBELINT_FAIL_ON"?' in done.stderr


def test_config_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    write(tmp_path, "ignroe: []\n")
    done = kubelint(tmp_path, "config")
    assert done.returncode == 2
    assert '.kubelint.yaml:1:1: error: unknown option "ignroe"' in done.stderr


def test_everything_that_a_config_can_say_is_shown_as_it_was_written(tmp_path: Path) -> None:
    config = {
        "lessons": ["docs/ai-lessons.md"],
        "platform": "docs/cluster.md",
        "kubernetes-version": "1.34",
        "include": ["k8s/"],
        "exclude": ["vendor/"],
        "select": ["all"],
        "extend-select": ["strict"],
        "ignore": ["named-web"],
        "severity": {"named-web": "info"},
        "parameters": {"named-web": {"name": "x"}},
        "suppress": [
            {"rules": ["named-web"], "kind": ["ConfigMap"], "name": ["w*"], "namespace": [""], "path": ["k8s/"],
             "reason": "known", "until": "2999-12-31"}
        ],
        "overrides": [
            {"paths": ["k8s/"], "select": ["strict"], "extend-select": ["named-web"], "ignore": ["without-data"],
             "severity": {"named-web": "info"}, "parameters": {"named-web": {"name": "y"}}}
        ],
        "fail-on": "error",
        "baseline": "known.json",
    }  # fmt: skip
    assert list(config) == [key.name for key in KEYS], "a key of the table is not tried here"
    assert list(config["suppress"][0]) == [key.name for key in SUPPRESS_KEYS]  # type: ignore[index]
    assert list(config["overrides"][0]) == [key.name for key in OVERRIDE_KEYS]  # type: ignore[index]
    jsonschema.validate(config, config_schema())
    write(tmp_path, json.dumps(config))
    plain = json.loads(kubelint(tmp_path, "config", "--output-format", "json").stdout)
    assert {name: item["value"] for name, item in plain["options"].items()} == config


# The schema


def test_the_published_schema_is_made_from_the_table(update_goldens: bool, tmp_path: Path) -> None:
    text = kubelint(tmp_path, "config", "schema").stdout
    if update_goldens:
        SCHEMA.parent.mkdir(exist_ok=True)
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text, "run make goldens"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize(
    "config",
    [
        {"ignroe": []},
        {"fail-on": "nevr"},
        {"ignore": [1]},
        {"severity": {"a": "fatal"}},
        {"parameters": {"a": 1}},
        {"kubernetes-version": 1.3},
        {"kubernetes-version": "2.0"},
        {"suppress": [{"rules": "a"}]},
        {"suppress": [{"reason": "a"}]},
        {"suppress": [{"rules": "a", "reason": "b", "until": "soon"}]},
        {"overrides": [{"ignore": []}]},
        {"overrides": {}},
        {"plugin": "a"},
    ],
)
def test_schema_and_reader_refuse_the_same(config: dict[str, Any]) -> None:
    assert list(jsonschema.Draft202012Validator(config_schema()).iter_errors(config))
    assert parse_config(".kubelint.yaml", json.dumps(config).encode()).errors

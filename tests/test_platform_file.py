"""Facts about the cluster, in Markdown that people read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelint_lessons.lessons.platform_file import PlatformFacts, read_platform

PATH = "docs/platform-reference.md"

REFERENCE = """\
# Platform reference

Seven nodes. Traefik is the sole ingress controller.

## Nodes

| node | architecture |
|---|---|
| cp-1 | amd64 |

```yaml platform
kubernetesVersion: "1.33"
distribution: k3s
nodes:
  list:
    - {name: cp-1, architecture: amd64, labels: {node-role.kubernetes.io/control-plane: "true"}}
    - {name: mac-mini, architecture: arm64, taints: ["a=b:NoSchedule", {key: c, effect: NoExecute}]}
images:
  - {match: "registry.example.org/*", architectures: [amd64]}
storage: {defaultClass: longhorn, classes: [longhorn, {name: nfs, accessModes: [ReadWriteMany]}]}
ingress: {classes: [traefik]}
```

Some more prose, and facts that belong to it:

```yaml platform
metallb:
  version: 0.14.9
  pools:
    - lan
    - {name: public, autoAssign: false, addresses: [203.0.113.0/28]}
traefik: {version: "3.3", entryPoints: {web: 8000}}
certManager: {version: 1.16.2}
network: {podCIDR: 10.42.0.0/16, policyEngine: kube-router}
prometheus: {operator: true, selectorLabels: {release: prometheus}}
gitops: {tool: flux}
crds: [traefik.io/v1alpha1]
```

```yaml
distribution: not read
```
"""


def read(text: str) -> PlatformFacts:
    return read_platform(text, PATH)


def said(block: str) -> list[tuple[int, int, str, str]]:
    found = read(f"```yaml platform\n{block}```\n")
    return [(problem.line - 1, problem.column, problem.message, problem.hint) for problem in found.problems]


def test_facts_of_every_block() -> None:
    found = read(REFERENCE)
    assert found.problems == ()
    assert found.facts["kubernetesVersion"] == "1.33"
    assert found.facts["metallb"]["pools"][1] == {
        "name": "public",
        "autoAssign": False,
        "addresses": ["203.0.113.0/28"],
    }
    assert set(found.facts) == {
        "kubernetesVersion", "distribution", "nodes", "images", "storage", "ingress", "metallb", "traefik",
        "certManager", "network", "prometheus", "gitops", "crds",
    }  # fmt: skip


def test_facts_have_one_form() -> None:
    facts = read(REFERENCE).facts
    assert facts["metallb"]["pools"][0] == {"name": "lan"}
    assert facts["storage"]["classes"] == [{"name": "longhorn"}, {"name": "nfs", "accessModes": ["ReadWriteMany"]}]
    assert facts["nodes"]["architectures"] == ["amd64", "arm64"]
    assert facts["nodes"]["count"] == 2


def test_stated_architectures_are_kept() -> None:
    facts = read(
        "```yaml platform\nnodes: {architectures: [arm64], list: [{name: a, architecture: amd64}]}\n```\n"
    ).facts
    assert facts["nodes"]["architectures"] == ["arm64"]


def test_lines_of_facts() -> None:
    found = read(REFERENCE)
    lines = REFERENCE.split("\n")
    for key, part in {
        "kubernetesVersion": "kubernetesVersion",
        "nodes.list[1]": "mac-mini",
        "nodes.list[1].architecture": "mac-mini",
        "metallb.pools[1].name": "name: public",
        "crds": "crds:",
        "metallb.pools[7].x": "pools:",
        "metallb.nothing": "metallb:",
    }.items():
        line = found.line_of(key)
        assert line is not None
        assert part in lines[line - 1], key
    assert found.line_of("dns") is None
    assert found.line_of("") is None


CASES = {
    "unknown key": ("distributon: k3s\n", [(1, 1, 'unknown key "distributon"', 'did you mean "distribution"?')]),
    "unknown key below": (
        "metallb:\n  pool: [a]\n",
        [(2, 3, 'unknown key "pool" in "metallb"', 'did you mean "pools"?')],
    ),
    "unknown key in a list": (
        "metallb: {pools: [{name: a, adresses: []}]}\n",
        [(1, 29, 'unknown key "adresses" in "metallb.pools"', 'did you mean "addresses"?')],
    ),
    "version as a number": (
        "kubernetesVersion: 1.30\n",
        [
            (
                1,
                20,
                '"kubernetesVersion" is the number 1.3, expected text',
                "put the value in quotes, as YAML reads it as something else",
            )
        ],
    ),
    "version that is none": (
        "kubernetesVersion: latest\n",
        [(1, 20, '"kubernetesVersion": "latest" is not a Kubernetes version such as "1.33"', "correct it")],
    ),
    "architecture": (
        "nodes: {architectures: [amd64, x86_64, arm46]}\n",
        [
            (1, 32, '"nodes.architectures" is "x86_64", expected amd64, arm64, arm, 386, ppc64le, riscv64 or s390x',
             "write one of amd64, arm64, arm, 386, ppc64le, riscv64 or s390x"),
            (1, 40, '"nodes.architectures" is "arm46", expected amd64, arm64, arm, 386, ppc64le, riscv64 or s390x',
             'did you mean "arm64"?'),
        ],
    ),
    "list instead of a map": ("- a\n", [(1, 1, "the block holds a list, a map is expected", "write facts as keys")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_mistakes_have_their_place(case: tuple[str, list[tuple[int, int, str, str]]]) -> None:
    block, expected = case
    assert said(block) == expected


def test_facts_that_are_no_yaml() -> None:
    found = read("# P\n\n```yaml platform\nmetallb:\n  pools: [lan\ndistribution: k3s\n```\n")
    assert found.facts == {}
    assert [problem.message.partition(":")[0] for problem in found.problems] == ["the block is not YAML"]
    assert 4 <= found.problems[0].line <= 6


def test_a_mistake_costs_only_the_fact_that_holds_it() -> None:
    found = read("```yaml platform\nmetallb:\n  pool: [a]\n  version: 0.14.9\ndistribution: k3s\n```\n")
    assert found.facts == {"distribution": "k3s"}


def test_a_fact_stated_twice() -> None:
    text = "```yaml platform\ndistribution: k3s\n```\n\n```yaml platform\ndistribution: rke2\ncrds: [a/v1]\n```\n"
    found = read(text)
    assert found.facts == {"distribution": "k3s", "crds": ["a/v1"]}
    assert [(problem.line, problem.message) for problem in found.problems] == [
        (6, '"distribution" is stated in line 2 already')
    ]


def test_a_reference_without_facts_or_with_an_empty_block() -> None:
    assert read("# P\n\nprose\n") == PlatformFacts({}, PATH, {}, ())
    assert read("```yaml platform\n```\n").facts == {}


def test_misspelt_blocks_are_said_and_others_left_alone() -> None:
    found = read("```yaml plaform\ndistribution: k3s\n```\n\n```yaml bed\n```\n\n```sh\n```\n")
    assert [(problem.line, problem.hint) for problem in found.problems] == [(1, 'did you mean "yaml platform"?')]


def test_the_homelab_reference() -> None:
    path = Path(__file__).resolve().parents[1] / "fixtures" / "homelab" / "docs" / "platform-reference.md"
    found = read_platform(path.read_text(encoding="utf-8"), PATH)
    assert found.problems == ()
    assert found.facts["nodes"]["count"] == 7

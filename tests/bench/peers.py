"""The other linters: how each is installed and called, and how its output shows that it did its work.

Each runs with its own defaults and its own parallelism, without network.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .corpus import Corpus
from .gomodules import install as install_go
from .measure import Runner, Verdict
from .schemas import standalone_schemas
from .scratch import InstallError, call, environment

POLICIES = Path(__file__).with_name("kyverno.yaml")
BROKEN = re.compile(r"(?m)^(panic: |fatal error: |Traceback \(most recent call last\))")


class Program(NamedTuple):
    """What a peer's installation gives: its command and its version."""

    path: str
    version: str


class Peer(NamedTuple):
    """One peer; ``reported`` finds in its output what it did, and its absence means that it did not work."""

    name: str
    install: Callable[[], Program]
    arguments: Callable[[Corpus], Sequence[str]]
    reported: re.Pattern[str]
    statuses: tuple[int, ...] = (0, 1)


def find(names: Sequence[str] | None = None) -> tuple[list[Runner], dict[str, str]]:
    """Return the peers that are or can be installed here (all, or those named), and why the others cannot."""
    runners: list[Runner] = []
    missing: dict[str, str] = {}
    for peer in PEERS:
        if names is not None and peer.name not in names:
            missing[peer.name] = "not asked for"
            continue
        try:
            program = peer.install()
        except InstallError as error:
            missing[peer.name] = str(error)
        else:
            runners.append(_runner(peer, program))
    return runners, missing


def _runner(peer: Peer, program: Program) -> Runner:
    def judge(status: int, output: str, corpus: Corpus) -> Verdict:
        del corpus
        return judge_peer(peer, status, output)

    return Runner(
        peer.name,
        "peer",
        lambda corpus: [program.path, *peer.arguments(corpus)],
        judge=judge,
        version=program.version,
    )


def judge_peer(peer: Peer, status: int, output: str) -> Verdict:
    """Return whether a run of a peer counts: its exit status is one of its own, and its output shows what it did."""
    broken = BROKEN.search(output)
    if status not in peer.statuses or broken:
        last = output[broken.start() :] if broken else output.strip()[-200:]
        return Verdict(f"exit status {status}: {' '.join(last.split())[:200]}")
    hits = peer.reported.findall(output)
    if not hits:
        return Verdict(f"its output does not show that it did anything: {' '.join(output.split())[:200]}")
    return Verdict(reported=hits[0] if peer.reported.groups else f"{len(hits)} reports")


def manifests(corpus: Corpus) -> list[str]:
    """Return the manifests of a corpus, relative to its folder; workflow files are left out."""
    found: list[str] = []
    for folder, folders, names in os.walk(corpus.folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        relative = os.path.relpath(folder, corpus.folder)
        found += (
            os.path.join(relative, name)
            for name in sorted(names)
            if name.endswith((".yaml", ".yml")) and name[0] != "."
        )
    return found


def _files(*before: str) -> Callable[[Corpus], list[str]]:
    return lambda corpus: [*before, *manifests(corpus)]


def _kyverno(corpus: Corpus) -> list[str]:
    paths = _distinct(corpus.folder, tuple(manifests(corpus)))
    return ["apply", str(POLICIES), *(f"--resource={path}" for path in paths)]


@functools.cache
def _distinct(folder: str, paths: tuple[str, ...]) -> list[str]:
    """Return the files without unnamed objects and without those of an earlier file: Kyverno panics on either."""
    seen: set[tuple[str, str, str]] = set()
    chosen: list[str] = []
    for path in paths:
        documents = [one for one in yaml.load_all(Path(folder, path).read_bytes(), yaml.CSafeLoader) if one]
        mine = [_identity(document) for document in documents]
        if len(set(mine)) == len(mine) and not seen & set(mine) and all(name for _, _, name in mine):
            seen |= set(mine)
            chosen.append(path)
    return chosen


def _identity(document: dict[str, Any]) -> tuple[str, str, str]:
    meta = document.get("metadata") or {}
    return str(document.get("kind")), str(meta.get("namespace") or "default"), str(meta.get("name") or "")


def _go(package: str) -> Callable[[], Program]:
    return lambda: Program(*install_go(package))


def _pypi(package: str) -> Callable[[], Program]:
    def install() -> Program:
        commands = environment(package, package)
        ask = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
        return Program(str(commands / package), call([str(commands / "python"), "-c", ask]).strip())

    return install


def _kubeconform(corpus: Corpus) -> list[str]:
    template = standalone_schemas() / "{{.ResourceKind}}{{.KindSuffix}}.json"
    return ["-summary", "-ignore-missing-schemas", "-schema-location", str(template), *_top_folders(corpus)]


def _top_folders(corpus: Corpus) -> list[str]:
    """Return the folders of a corpus that hold manifests: kubeconform takes a workflow file for one that is broken."""
    return sorted({path.split(os.sep)[0] for path in manifests(corpus)})


PEERS = (
    Peer(
        "kube-linter",
        _go("golang.stackrox.io/kube-linter/cmd/kube-linter"),
        lambda corpus: ["lint", "."],
        re.compile(r"found (\d+ lint errors)|(No lint errors) found"),
    ),
    Peer("kube-score", _go("github.com/zegl/kube-score/cmd/kube-score"), _files("score"), re.compile(r"\[CRITICAL\]")),
    Peer(
        "kubeconform",
        _go("github.com/yannh/kubeconform/cmd/kubeconform"),
        _kubeconform,
        re.compile(r"Summary: .* - (Valid: [1-9]\d*, Invalid: \d+, Errors: 0, Skipped: \d+)"),
    ),
    Peer(
        "polaris",
        _go("github.com/fairwindsops/polaris"),
        lambda corpus: ["audit", "--audit-path", ".", "--format", "pretty"],
        re.compile(r"Score: \d+"),
    ),
    Peer(
        "kyverno",
        _go("github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno"),
        _kyverno,
        re.compile(r"policy rule\(s\) to ([1-9]\d* resource)\(s\)"),
    ),
    Peer(
        "checkov",
        _pypi("checkov"),
        lambda corpus: ["--directory", ".", "--framework", "kubernetes", "--compact", "--quiet", "--skip-download"],
        re.compile(r"(Passed checks: [1-9]\d*, Failed checks: \d+)"),
    ),
    Peer("yamllint", _pypi("yamllint"), lambda corpus: ["."], re.compile(r"(?m)^ +\d+:\d+ +(?:error|warning)")),
    Peer(
        "kubernetes-validate",
        _pypi("kubernetes-validate"),
        _files(),
        re.compile(r"(?m)^INFO .* passed for resource"),
        statuses=(0, 1, 2, 3),  # the sum of what its files had
    ),
)

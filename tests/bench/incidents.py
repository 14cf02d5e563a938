"""The known mistakes that are injected into a corpus, from fixtures/homelab, and the lines where they must be found."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from .background import ROOT

HOMELAB = ROOT / "fixtures" / "homelab"
EXPECTED = ROOT / "tests" / "data" / "homelab-expected.tsv"
FOLDERS = ("k8s/cardboard", "k8s/mosquitto", "k8s/code-server")
WORKFLOW = ".github/workflows/deploy-runners.yml"
RULES = (
    "shared-service-selector",
    "missing-arch-node-selector",
    "configmap-over-writable-path",
    "metallb-pool-annotation",
    "summerwind-net-crd",
)


class Incident(NamedTuple):
    """What a run must find: a rule at a line of a file, relative to the corpus."""

    path: str
    line: int
    rule: str


class Injected(NamedTuple):
    """The files of one set of mistakes, how many documents they hold, and what must be found in them."""

    files: dict[str, str]
    documents: int
    incidents: tuple[Incident, ...]


def inject(number: int) -> Injected:
    """Return one set of mistakes: every rule of ``RULES`` once, in namespaces of its own."""
    suffix = f"-x{number}"
    files: dict[str, str] = {}
    documents = 0
    moved: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((HOMELAB / folder).glob("*.yaml")):
            text = re.sub(
                r"(?m)^(\s*namespace: )([a-z0-9-]+)$", rf"\g<1>\g<2>{suffix}", path.read_text(encoding="utf-8")
            )
            source = path.relative_to(HOMELAB).as_posix()
            moved[source] = f"clusters/home/{path.parent.name}{suffix}/{path.name}"
            files[moved[source]] = text
            documents += len(re.findall(r"(?m)^kind: ", text))
    moved[WORKFLOW] = WORKFLOW.replace(".yml", f"{suffix}.yml")
    files[moved[WORKFLOW]] = (HOMELAB / WORKFLOW).read_text(encoding="utf-8")
    with EXPECTED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    incidents = tuple(
        Incident(moved[row["path"]], int(row["line"]), row["rule"])
        for row in rows
        if row["path"] in moved and row["rule"] in RULES
    )
    return Injected(files, documents, incidents)

"""``make bench``: how long a lint takes, as a ratio to merely parsing the same bytes, measured in turns in one run.

The corpus is made from fixtures/homelab: copies of its manifests in namespaces of their own, so that each of its shared
Service selectors must be found once a copy. A fast run that misses one does not count.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "fixtures" / "homelab"
RULE = "shared-service-selector"
INCIDENTS = 4
ROUNDS = 5

PARSE = """
import os, sys, yaml
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            for document in yaml.load_all(file.read(), yaml.CSafeLoader):
                pass
"""


def make_corpus(folder: Path, copies: int) -> int:
    """Write ``copies`` of the homelab's manifests below ``folder`` and return how many documents they hold."""
    documents = 0
    for number in range(copies):
        for path in sorted((SOURCE / "k8s").rglob("*.yaml")):
            text = re.sub(r"(?m)^(\s*namespace: )(\S+)$", rf"\g<1>\g<2>-{number}", path.read_text(encoding="utf-8"))
            if path.name == "kustomization.yaml":
                continue
            target = folder / "k8s" / f"copy-{number}" / path.relative_to(SOURCE / "k8s")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            documents += len(re.findall(r"(?m)^kind: ", text))
    (folder / ".kubelint.yaml").write_text("", encoding="utf-8")
    return documents


def seconds(command: list[str], cwd: Path) -> float:
    """Return the wall time of a command."""
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, check=False, stdout=subprocess.DEVNULL, env=dict(os.environ))
    return time.perf_counter() - start


def measure(copies: int) -> str:
    """Return one row of the table: documents, both times, their ratio, and whether every incident was found."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = make_corpus(folder, copies)
        lint = [sys.executable, "-m", "kubelint_lessons", "lint", "k8s", "-q", "--output-format", "json"]
        parse = [sys.executable, "-c", PARSE, "k8s"]
        done = subprocess.run(lint, cwd=folder, capture_output=True, text=True, check=False)
        found = sum(item["rule"] == RULE for item in json.loads(done.stdout)["findings"])
        times = [(seconds(parse, folder), seconds(lint, folder)) for _ in range(ROUNDS)]
    parsed, linted = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(one[1] / one[0] for one in times)
    verdict = "all found" if found == INCIDENTS * copies else f"MISSED: {found} of {INCIDENTS * copies} found"
    return f"| {documents:>9} | {parsed:>14.2f} s | {linted:>7.2f} s | {ratio:>5.2f} | {verdict} |"


def main() -> None:
    """Print the table."""
    print("| documents | parsing (C) | lint | ratio | incidents |\n|---|---|---|---|---|")
    for copies in (1, 10, 40):
        print(measure(copies), flush=True)


if __name__ == "__main__":
    main()

"""What a lint is held against that is no linter: parsing the same bytes, reading them, starting Python."""

from __future__ import annotations

from pathlib import Path

from .measure import Runner

PARSE = "yaml.CSafeLoader, parsing"
READ = "cat"
START = "python -c pass"
IMPORT = 'python -c "import yaml, click"'

_PARSE_PROGRAM = """
import os, yaml
for folder, _, names in os.walk("."):
    for name in names:
        if name.endswith((".yaml", ".yml")):
            with open(os.path.join(folder, name), "rb") as file:
                for document in yaml.load_all(file.read(), yaml.CSafeLoader):
                    pass
"""
_READ = "find . -name '*.y*ml' -type f -print0 | xargs -0 cat > /dev/null"


def runners(commands: Path) -> list[Runner]:
    """Return the reference lines of a whole project, run by the Python that runs the linter."""
    python = str(commands / "python")
    return [
        Runner(PARSE, "reference", lambda corpus: [python, "-c", _PARSE_PROGRAM], least=2),
        Runner(READ, "reference", lambda corpus: ["/bin/sh", "-c", _READ], least=2),
    ]


def start_runners(commands: Path) -> list[Runner]:
    """Return the reference lines of a single file: what Python itself takes to start."""
    python = str(commands / "python")
    return [
        Runner(START, "reference", lambda corpus: [python, "-c", "pass"], least=2),
        Runner(IMPORT, "reference", lambda corpus: [python, "-c", "import yaml, click"], least=2),
    ]

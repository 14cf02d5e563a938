"""Arrows between the layers point downwards only (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "kubelint_lessons"

LAYERS = {
    "model": 0, "manifests": 1, "lessons": 2, "engine": 3, "fixes": 4, "authoring": 5, "reports": 6, "cli": 7,
}  # fmt: skip
MAY_IMPORT = {
    "reports": {"model", "engine", "lessons"},  # engine: the Result; lessons: the words of a rule
}
THIRD_PARTY = {
    "yaml": {"manifests"},
    "jsonschema": {"lessons"},
    "cel_expr_python": {"lessons"},
    "re2": {"lessons"},
    "markdown_it": {"lessons"},
    "jinja2": {"reports"},
    "click": {"cli"},
    "kubernetes": {"manifests"},
}


def imports_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"line {node.lineno}: relative imports hide the arrows")


def violations(layer: str, source: str) -> list[str]:
    found = []
    for name, line in imports_of(ast.parse(source)):
        top, _, rest = name.partition(".")
        if top == PACKAGE:
            target = rest.partition(".")[0]
            if target in LAYERS and target != layer:
                allowed = MAY_IMPORT.get(layer, {other for other in LAYERS if LAYERS[other] < LAYERS[layer]})
                if target not in allowed:
                    found.append(f"line {line}: {layer} imports {name}")
            elif target == "plugin":
                found.append(f"line {line}: only files in rules/ import the plugin facade")
        elif top in THIRD_PARTY and layer not in THIRD_PARTY[top]:
            found.append(f"line {line}: {layer} imports {top}")
    return found


MODULES = sorted(path for path in (ROOT / PACKAGE).rglob("*.py") if path.relative_to(ROOT / PACKAGE).parts[0] in LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_lower_layers(path: Path) -> None:
    layer = path.relative_to(ROOT / PACKAGE).parts[0]
    assert violations(layer, path.read_text(encoding="utf-8")) == []


RULES = sorted((ROOT / "rules").glob("*.py"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_checks_import_only_the_facade(path: Path) -> None:
    for name, line in imports_of(ast.parse(path.read_text(encoding="utf-8"))):
        if name.partition(".")[0] == PACKAGE:
            assert name == f"{PACKAGE}.plugin", f"{path.name}:{line} imports {name}"


def test_the_facade_has_no_logic() -> None:
    tree = ast.parse((ROOT / PACKAGE / "plugin.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.If):  # names for the type checker only
            assert ast.unparse(node.test) == "TYPE_CHECKING"
            assert all(isinstance(inner, ast.ImportFrom) for inner in node.body)
            assert not node.orelse
        else:
            assert isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign)


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("model", "from kubelint_lessons.manifests import load"),
        ("manifests", "import kubelint_lessons.engine.run"),
        ("reports", "from kubelint_lessons.manifests.load import x"),
        ("engine", "import yaml"),
        ("lessons", "from kubelint_lessons.cli import main"),
    ],
)
def test_an_import_turned_around_is_seen(layer: str, source: str) -> None:
    assert violations(layer, source)

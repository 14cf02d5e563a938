"""What a draft shows becomes the text of its examples; the rule itself says where the mark of the finding goes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubelint_lessons.authoring.drafts.lessontext import ExampleText
from kubelint_lessons.authoring.drafts.ruledraft import Exhibit, TextExhibit
from kubelint_lessons.authoring.drafts.shrink import shrink, yaml_text
from kubelint_lessons.authoring.drafts.texts import language_of
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.problems import ReadError

DEFAULT_NAME = "example.yaml"
_MARK = " # finding"
_HASH_LANGUAGES = frozenset(("yaml", "sh", "hcl", "py", "toml", "conf", "ini", "rb", "make"))


def example_of(exhibits: Sequence[Exhibit | TextExhibit], label: str) -> ExampleText | None:
    """Return what ``exhibits`` show as one example without marks; None where it would not read back as it is."""
    first = exhibits[0]
    if isinstance(first, TextExhibit):
        text = "".join(f"{line}\n" for line in first.lines)
        if not text.isprintable() and not all(part.replace("\t", " ").isprintable() for part in first.lines):
            return None
        return ExampleText(label, language_of(first.path), _named(first.path), text)
    objects = [shrink(item.resource, item.keep, item.texts) for item in exhibits if isinstance(item, Exhibit)]
    texts = [yaml_text(data) for data in objects]
    for data, text in zip(objects, texts, strict=True):
        try:
            if load(text).data != data:
                return None
        except ReadError:
            return None
    return ExampleText(label, "yaml", "", "---\n".join(texts))


def marked(example: ExampleText, rule: Rule, toolbox: Toolbox) -> ExampleText | None:
    """Return a bad example with its findings marked; None where ``rule`` finds nothing in it."""
    lines = found_lines(example, rule, toolbox)
    if not lines:
        return None
    text = example.text.split("\n")
    at = list(example.at)
    for line in lines:
        changed = [*text[: line - 1], text[line - 1] + _MARK, *text[line:]]
        if example.language in _HASH_LANGUAGES and _same(text, changed, example, line):
            text = changed
        else:
            at.append(line)
    result = example._replace(text="\n".join(text), at=tuple(at))
    return result if found_lines(result, rule, toolbox) == lines else None


def found_lines(example: ExampleText, rule: Rule, toolbox: Toolbox) -> tuple[int, ...]:
    """Return the lines of an example at which ``rule`` reports, in order."""
    name = example.path or DEFAULT_NAME
    file = InputFile(name, name, name, True, False, example.text.encode("utf-8", "surrogatepass"))
    result = run_project(
        Project("", "", (file,)), {rule.id: rule}, Platform(), toolbox, Settings({}, {}), is_one_scope=True
    )
    return tuple(sorted({finding.location.line for finding in result.findings}))


def _same(before: list[str], after: list[str], example: ExampleText, line: int) -> bool:
    """Return whether the mark is a comment there, and not a part of the text."""
    if example.language != "yaml" or example.path:
        return not before[line - 1].rstrip().endswith("\\")
    try:
        return _documents(before) == _documents(after)
    except ReadError:
        return False


def _documents(lines: list[str]) -> list[object]:
    return [load(text).data for text in re.split(r"^---$", "\n".join(lines), flags=re.MULTILINE)]


def _named(path: str) -> str:
    """Return a file's name as a fence can say it."""
    steps = [re.sub(r"[^\w.@+-]", "_", step) for step in path.split("/")]
    return "/".join(step if step not in ("", ".", "..") else "_" for step in steps)

"""No rule is quadratic: what many copies of its examples make it open grows as they do.

Counted is how often the values of an object are opened for it. Nearly nothing stays open here, so that whoever goes
through all objects for each object opens them as often; what lists and messages show at most is made less.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Literal

import pytest

from kubelint_lessons.engine import projection, reading
from kubelint_lessons.engine.config import CONFIG_NAME
from kubelint_lessons.engine.run import Settings, Toolbox, run_project
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.lesson import Example, Lesson
from kubelint_lessons.lessons.packs import load_rules, read_builtin_lessons
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests import relations
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.inputs import InputFile, Project
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.shelf import Shelf
from kubelint_lessons.manifests.source import read_source

How = Literal["alike", "apart"]
"""Whether copies differ in the names of their objects only, or wherever one of these names stands."""

FEW, MANY = 16, 64
MOST_GROWTH = 1.6 * MANY / FEW
RULES = load_rules().rules
TOOLBOX = Toolbox(Compiler())


def asks_others(rule: Rule) -> bool:
    return any(not detector.alone for detector in rule.detectors if detector.kind not in ("text", "regex"))


LESSONS = [lesson for lesson in read_builtin_lessons() if asks_others(RULES[lesson.id])]


def largest(lesson: Lesson) -> Iterator[Example]:
    """Yield the longest example of each label."""
    by_size = sorted(lesson.examples, key=lambda example: sum(len(file.text) for file in example.files))
    yield from {example.label: example for example in by_size}.values()


def copied(path: str, text: str, number: int, how: How, names: set[str]) -> str:
    if how == "apart":
        longest = sorted(names, key=len, reverse=True)
        pattern = rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])"
        return re.sub(pattern, rf"\1-{number}", text) if names else text
    lines = text.split("\n")
    for document in documents_of(read_source(path, text.encode("utf-8", "surrogatepass"))):
        for resource in document.resources:
            if resource.original_name:
                line = resource.place("metadata", "name").location().line - 1
                pattern = rf"(\bname:\s*[\"']?{re.escape(resource.original_name)})"
                lines[line] = re.sub(pattern, rf"\1-{number}", lines[line], count=1)
    return "\n".join(lines)


def project_of(example: Example, copies: int, how: How) -> Project:
    """Return an example with so many copies of its files in one scope; of config and kustomizations is one."""
    files = {file.path: file.text for file in example.files}
    sources = [read_source(path, text.encode("utf-8", "surrogatepass")) for path, text in files.items()]
    objects = (item for source in sources for document in documents_of(source) for item in document.resources)
    names = {item.original_name for item in objects if item.original_name}
    made = dict(files)
    for path, text in files.items():
        if path != CONFIG_NAME and "kustomization" not in path:
            start, dot, end = path.rpartition(".")
            for number in range(1, copies):
                made[f"{start}-{number}{dot}{end}"] = copied(path, text, number, how, names)
    data = {path: text.encode("utf-8", "surrogatepass") for path, text in sorted(made.items())}
    return Project("", "", tuple(InputFile(path, path, path, True, False, text) for path, text in data.items()))


class Counter:
    """Counts how often values of objects are opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        view = Resource._view

        def counted(resource: Resource) -> object:
            self.count += 1
            return view(resource)

        monkeypatch.setattr(Resource, "_view", counted)

    def of(self, rules: dict[str, Rule], project: Project, platform: Platform) -> int:
        """Return how often values are opened in a run."""
        self.count = 0
        result = run_project(project, rules, platform, TOOLBOX, Settings({}, {}), is_one_scope=True)
        assert result.errors == ()
        return self.count


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    monkeypatch.setattr(reading, "Shelf", partial(Shelf, 2))
    monkeypatch.setattr(projection, "MOST_ITEMS", 4)
    monkeypatch.setattr(relations, "MAX_LINKS", 4)
    return Counter(monkeypatch)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_what_a_rule_opens_grows_with_the_objects(lesson: Lesson, counter: Counter) -> None:
    rules = {lesson.id: RULES[lesson.id]}
    for example in largest(lesson):
        platform = Platform(dict(example.platform or {}), "")
        hows: tuple[How, ...] = ("alike", "apart")
        for how in hows:
            few, many = (counter.of(rules, project_of(example, copies, how), platform) for copies in (FEW, MANY))
            assert many <= MOST_GROWTH * few, f"line {example.line}, {how}: {few} of {FEW}, {many} of {MANY} copies"

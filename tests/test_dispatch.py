"""Which rule blocks meet an object, what they share about it, and what they iterate over."""

from __future__ import annotations

import random
from typing import Any

import pytest
from manifest_helpers import read

from kubelint_lessons.engine.dispatch import Dispatcher
from kubelint_lessons.engine.iterate import Elements
from kubelint_lessons.engine.marks import Marks
from kubelint_lessons.engine.runner import Runner
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.needs import HOLDING
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.lessons.paths import EACH, Path, expand, values_at
from kubelint_lessons.lessons.rule import EACH_NAMES
from kubelint_lessons.manifests.load import ANY_DOCUMENT
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import one_scope

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  containers: [{name: web, image: a/b:1, ports: [{containerPort: 80}, 7], env: [{name: A}]}, 5, {name: two}]
  initContainers: [{name: first, env: {}}]
  ephemeralContainers: [{name: look}]
  volumes: [{name: data}, text]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}, {port: 81}], volumes: [1]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: data}
data: {a: "x: [1, 2]", b: "x: {}", c: text}
"""


def resources_of(text: str) -> list[Resource]:
    return [resource for document in read({"a.yaml": text}) for resource in document.resources]


@pytest.mark.parametrize("each", ["", *EACH_NAMES, "spec.ports[*].port", "spec.containers[*].ports[*]", "data[*]"])
@pytest.mark.parametrize("embedded", ["", "data[*]"])
def test_values_are_those_of_the_items_in_their_order(each: str, embedded: str) -> None:
    if embedded and each in EACH_NAMES:
        each = f"x{'[*]' * bool(each)}"
    elements = Elements(each, embedded)
    for resource in resources_of(PODS):
        items = elements.items(resource)
        if elements.iterates:
            assert [item.value for item in items] == elements.values(resource)
        else:
            assert [(item.value, item.is_whole) for item in items] == [(None, True)]


def test_values_lie_where_routes_lead() -> None:
    chance = random.Random(7)

    def data(depth: int) -> Any:
        if depth == 0 or chance.random() < 0.2:
            return chance.choice(["text", 3, None, True])
        if chance.random() < 0.5:
            return [data(depth - 1) for _ in range(chance.randrange(4))]
        return {key: data(depth - 1) for key in chance.sample(["a", "b", "*", "c"], chance.randrange(4))}

    def path() -> Path:
        steps: list[str | int] = ["a", "b", "*", 0, 1, EACH, EACH]
        return tuple(chance.choice(steps) for _ in range(chance.randrange(1, 5)))

    found = 0
    for _ in range(3000):
        plain, steps = data(5), path()
        wanted = [value for _, value in expand(plain, steps)]
        assert values_at(plain, steps) == wanted
        found += len(wanted)
    assert found > 300


def test_blocks_are_chosen_by_kind_by_words_and_by_whether_the_object_is_reported() -> None:
    some = next(rule for rule in load_rules().rules.values() if rule.detectors[0].check)
    pattern = some.detectors[0].match[0]
    detector = some.detectors[0]._replace(match=(pattern._replace(kind="Pod", group="", version=None),), alone=False)
    one, two, four, eight = (ANY_DOCUMENT << number for number in range(1, 5))
    runners = (
        Runner(some, detector, "", (ANY_DOCUMENT,)),
        Runner(some, detector, "", (one | two, four)),
        Runner(some, detector._replace(alone=True), "", (two,)),
        Runner(some, detector, "", (one, two, four | eight, eight)),
    )
    dispatcher = Dispatcher(runners, Marks({}, RunSchemas(Platform({}), ())))
    pod, service, _ = resources_of(PODS)
    scope = one_scope("", [pod.document])
    chance = random.Random(3)
    for _ in range(2000):
        pod.document.words = ANY_DOCUMENT | chance.randrange(4096) << ANY_DOCUMENT.bit_length()
        is_reported = chance.random() < 0.5
        words = pod.document.words
        wanted = [
            runner
            for runner in runners
            if all(words & mask for mask in runner.masks) and (is_reported or not runner.detector.alone)
        ]
        assert [*dispatcher.runners_for(pod, scope, is_reported)] == wanted
    assert dispatcher.runners_for(service, scope, True) == ()


@pytest.mark.parametrize(
    ("block", "triggers", "has_part"),
    [
        (
            "relate: {quotas: 'same(ResourceQuota, by: metadata.namespace)'}\nforbid: quotasCount > 0",
            ["ResourceQuota"],
            0,
        ),
        ("relate: {pods: selects(Pod)}\nforbid: podsCount > 0 && has(object.spec.x)", ["Pod", "x"], 1),
        ("relate: {pods: selects(Pod)}\nwhere: has(object.spec)\nforbid: podsCount > 0", [], 0),
        ("relate: {pods: selects(workloads)}\nforbid: podsCount > 0", [], 0),
        ("relate: {pods: selects(Pod)}\nrequire: podsCount > 0 || !has(object.spec.x)", ["x"], 1),
        ("relate: {others: 'same(Service, by: metadata.name)'}\nforbid: othersCount > 0", [], 0),
    ],
)
def test_a_block_waits_for_scopes_that_hold_what_it_needs(block: str, triggers: list[str], has_part: int) -> None:
    text = (
        "# Lessons\n\n## Tests\n\n### some-rule\n\n**It breaks.**\n\n**Root cause:** a mistake.\n\n**Fix:** none.\n\n"
        f"```yaml rule\nmatch: Service\n{block}\n```\n"
    )
    (rule,) = load_rules([("docs/ai-lessons.md", text)], builtin=False).rules.values()
    (detector,) = rule.detectors
    found = [word.removeprefix(HOLDING) for trigger in detector.triggers for word in trigger]
    assert (found, int(detector.possible is not None)) == (triggers, has_part)

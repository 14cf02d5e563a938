"""duplicate-ingress-path over many Ingresses: what it finds by index is what comparing each with each would find."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from kubelint_lessons.engine.context import Context
from kubelint_lessons.engine.schemas import RunSchemas
from kubelint_lessons.lessons.checks import load_check
from kubelint_lessons.manifests.documents import documents_of
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.scopes import build_scopes
from kubelint_lessons.manifests.source import read_source

Row = tuple[str, str, str, str]
"""Name, namespace, path and backend of one Ingress."""

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: "{}", namespace: {}}}
spec:
  ingressClassName: nginx
  rules: [{{host: a.example.org, http: {{paths: [{{path: {}, backend: {{service: {{name: {}}}}}}}]}}}}]
"""


def messages(rows: list[Row]) -> list[tuple[str, int]]:
    """Return each message with the number of related places."""
    text = "---".join(INGRESS.format(*row) for row in rows)
    scope = build_scopes("", list(documents_of(read_source("a.yaml", text.encode()))))[0]
    context = Context({}, Platform(), scope, RunSchemas(Platform(), ()), {}, {})
    check = load_check("duplicate_ingress_path")
    return [
        (problem.message, len(problem.related)) for resource in scope.resources for problem in check(resource, context)
    ]


def expected(rows: list[Row]) -> Iterator[tuple[str, int]]:
    for number, (name, namespace, path, backend) in enumerate(rows):
        others = [
            row
            for row in rows[:number]
            if row[2] == path and (row[1], row[3]) != (namespace, backend) and row[:2] != (name, namespace)
        ]
        if len(others) == 1:
            yield f'Ingress "{name}" and Ingress "{others[0][0]}" both claim a.example.org{path}', 1
        elif others:
            names = [f'Ingress "{row[0]}"' for row in others[:3]]
            names += [f"{len(others) - 3} more"] if len(others) > 3 else []
            yield (
                f'Ingress "{name}" claims a.example.org{path}, as {", ".join(names[:-1])} and {names[-1]} do',
                min(len(others), 3),
            )


@pytest.mark.parametrize("seed", range(40))
def test_index_and_comparison_agree(seed: int) -> None:
    rng = random.Random(seed)
    rows = [
        (f"i{number}", rng.choice(("one", "two")), rng.choice(("/", "/a")), rng.choice("abc"))
        for number in range(rng.randrange(2, 14))
    ]
    assert messages(rows) == list(expected(rows))


def test_a_name_that_the_api_server_makes_is_no_duplicate_of_another() -> None:
    rows = [("", "one", "/", "a"), ("", "one", "/", "b"), ("web", "one", "/", "c")]
    found = messages(rows)
    assert [message for message, _ in found] == ['Ingress "web" and Ingress "" both claim a.example.org/']


def test_an_ingress_that_two_files_define_alike_is_named_once() -> None:
    rows = [("shop", "one", "/", "a"), ("shop", "one", "/", "a"), ("blog", "one", "/", "b")]
    assert messages(rows) == [('Ingress "blog" and Ingress "shop" both claim a.example.org/', 1)]

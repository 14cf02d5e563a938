"""Environment variables that a container defines twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
)


@alone
@needs_words("env")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every entry that hides an earlier one of its name, as the API server warns of it."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        entries = as_list(container.data.get("env"))
        names = [entry.get("name") for entry in entries if isinstance(entry, dict)]
        if len(names) > 1 and len(set(map(str, names))) < len(names):
            yield from _judge(container)


def _judge(container: Container) -> Iterator[Problem]:
    first: dict[str, int] = {}
    entries = [as_dict(item) for item in as_list(container.data.get("env"))]
    for index, entry in enumerate(entries):
        name, value = entry.get("name"), entry.get("value")
        if not isinstance(name, str) or not name:
            continue
        if name not in first:
            first[name] = index
            continue
        if isinstance(value, str) and f"$({name})" in value and value != f"$({name})":
            continue
        earlier = first[name]
        yield Problem(
            f'container "{container.name}" defines {name} twice, and the later entry wins',
            container.place("env", index, "name"),
            label="hides the entry above",
            related=(RelatedPlace(container.place("env", earlier, "name"), "first defined here"),),
            fix=_fix(container, earlier, index, entries),
        )


def _fix(container: Container, earlier: int, later: int, entries: list[dict[str, Any]]) -> Fix:
    """Return the fix that removes the hidden entry; where both say the same, it changes nothing else."""
    if entries[earlier] == entries[later]:
        return Fix("remove the repetition", (Edit("remove", container.place("env", later)),), "safe")
    return Fix("remove the entry that is hidden", (Edit("remove", container.place("env", earlier)),), "unsafe")

"""Commands whose first word is a whole command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_LINE = regex(r"[A-Za-z0-9_./-]+[ \t]+\S[^{\n]*")
_NEEDS_SHELL = regex(r"[|&;<>$`*?~\\\n]")
_EXEC_FIELDS: tuple[tuple[str, ...], ...] = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)


@alone
@needs_words("command")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every command of a container, a probe or a hook that is written into one string."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        for path, command in _commands(container):
            first = command[0] if command else None
            if isinstance(first, str) and (" " in first or "\t" in first) and _LINE.fullmatch(first):
                yield Problem(
                    f'container "{container.name}" runs a program called "{first}", in one piece',
                    container.place(*path, 0),
                    label="each word belongs in an entry of its own",
                    fix=_fix(container, path, first, command[1:]),
                )


def _commands(container: Container) -> Iterator[tuple[FieldPath, list[Any]]]:
    if "command" in container.data:
        yield ("command",), as_list(container.data["command"])
    for field in _EXEC_FIELDS:
        data: Any = container.data
        if field[0] not in data:
            continue
        for step in (*field, "exec"):
            data = as_dict(data).get(step)
        yield (*field, "exec", "command"), as_list(as_dict(data).get("command"))


def _fix(container: Container, path: FieldPath, line: str, rest: list[Any]) -> Fix | None:
    """Return the fix that splits the line as a shell would; none where a shell would do more than that."""
    if _NEEDS_SHELL.search(line):
        return None
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    edit = Edit("set", container.place(*path), [*words, *rest])
    return Fix("write each word as an entry of its own", (edit,), "unsafe")

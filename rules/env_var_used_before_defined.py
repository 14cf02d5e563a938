"""Variables whose value names a variable that stands below them in the list."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    DOLLAR,
    Container,
    Context,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    regex,
)

_REFERENCE = regex(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


@alone
@needs_words("env", DOLLAR)
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every value that names a variable before the list defines it."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        if _names_any(container) and not as_list(container.data.get("envFrom")):
            yield from _judge(container)


def _names_any(container: Container) -> bool:
    for item in as_list(container.data.get("env")):
        value = as_dict(item).get("value")
        if isinstance(value, str) and "$(" in value:
            return True
    return False


def _judge(container: Container) -> Iterator[Problem]:
    entries = [as_dict(item) for item in as_list(container.data.get("env"))]
    first = {as_text(entry.get("name")): index for index, entry in reversed([*enumerate(entries)])}
    for index, entry in enumerate(entries):
        value = entry.get("value")
        for name in _REFERENCE.findall(value) if isinstance(value, str) else ():
            below = first.get(name, -1)
            if not name or below <= index:
                continue
            yield Problem(
                f'"{entry.get("name")}" uses $({name}), which the list defines only below it',
                container.place("env", index, "value"),
                label=f"stays $({name}), literally",
                related=(RelatedPlace(container.place("env", below, "name"), "defined here"),),
                note=f"move {name} above {entry.get('name')}",
            )
            break

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
    names = [entry.get("name") for entry in entries]
    for index, entry in enumerate(entries):
        value = entry.get("value")
        for name in _REFERENCE.findall(value) if isinstance(value, str) else ():
            if not name or name in names[: index + 1] or name not in names[index + 1 :]:
                continue
            below = names.index(name, index + 1)
            yield Problem(
                f'"{entry.get("name")}" uses $({name}), which the list defines only below it',
                container.place("env", index, "value"),
                label=f"stays $({name}), literally",
                related=(RelatedPlace(container.place("env", below, "name"), "defined here"),),
                note=f"move {name} above {entry.get('name')}",
            )
            break

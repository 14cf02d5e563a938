"""Pod templates that name their ServiceAccount in the field of old, alone or beside another name."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource, alone, as_text, needs_words


@alone
@needs_words("serviceAccount")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for ``serviceAccount`` where it is ignored, a softer one where it stands alone.

    Both with one name is what the API server itself writes: it keeps the two fields alike.
    """
    template = workload.pod_template
    if template is None or workload.get("status"):
        return
    old, new = as_text(template.spec.get("serviceAccount")), as_text(template.spec.get("serviceAccountName"))
    if not old or new == old:
        return
    place = template.place("spec", "serviceAccount")
    if new:
        yield Problem(
            f'{workload.id} runs as ServiceAccount "{new}"; the "{old}" in the deprecated field is ignored',
            place,
            "ignored",
            (RelatedPlace(template.place("spec", "serviceAccountName"), "this one counts"),),
        )
        return
    edit = Edit("rename", place, "serviceAccountName")
    yield Problem(
        f"{workload.id} names its ServiceAccount in the deprecated field serviceAccount",
        place,
        "deprecated",
        fix=Fix("use serviceAccountName", (edit,), "safe"),
        at_most="info",
    )

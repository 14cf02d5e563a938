"""RunnerDeployments and RunnerSets that fix the number of runners which an autoscaler decides on.

Source: docs/automatically-scaling-runners.md of github.com/actions/actions-runner-controller.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource, as_text, grouped, needs_words

_AUTOSCALER = "actions.summerwind.dev/HorizontalRunnerAutoscaler"


@needs_words("replicas")
def check(runners: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where a HorizontalRunnerAutoscaler of the same namespace scales this object."""
    replicas = runners.get("spec", "replicas")
    if runners.is_patch or not isinstance(replicas, int) or context.relations.is_ambiguous(runners):
        return
    for scaler in context.once("scalers", lambda: _scalers(context)).get(
        (runners.namespace, runners.original_name), ()
    ):
        kind = scaler.get("spec", "scaleTargetRef", "kind", default="RunnerDeployment")
        name = scaler.get("spec", "scaleTargetRef", "name")
        if kind != runners.kind or name != runners.original_name:
            continue
        place = runners.place("spec", "replicas")
        yield Problem(
            f'{runners.id} sets replicas: {replicas}, but "{scaler.name}" scales it: every apply sets it back',
            place,
            label="the autoscaler decides this",
            related=(RelatedPlace(scaler.place("spec", "scaleTargetRef"), "scaled here"),),
            fix=Fix("remove replicas", (Edit("remove", place),), "unsafe"),
        )
        return


def _scalers(context: Context) -> dict[tuple[str | None, str], list[Resource]]:
    """Return the autoscalers by their namespace and the name of what they scale."""
    return grouped(
        context.relations.of_kind(_AUTOSCALER),
        lambda scaler: (scaler.namespace, as_text(scaler.get("spec", "scaleTargetRef", "name"))),
    )

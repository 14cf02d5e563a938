"""RunnerDeployments and RunnerSets that fix the number of runners which an autoscaler decides on.

Source: docs/automatically-scaling-runners.md of github.com/actions/actions-runner-controller.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource

_AUTOSCALER = "actions.summerwind.dev/HorizontalRunnerAutoscaler"


def check(runners: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where a HorizontalRunnerAutoscaler of the same namespace scales this object."""
    replicas = runners.get("spec", "replicas")
    if runners.is_patch or not isinstance(replicas, int) or context.relations.is_ambiguous(runners):
        return
    for scaler in context.relations.of_kind(_AUTOSCALER):
        kind = scaler.get("spec", "scaleTargetRef", "kind", default="RunnerDeployment")
        name = scaler.get("spec", "scaleTargetRef", "name")
        if scaler.namespace != runners.namespace or kind != runners.kind or name != runners.original_name:
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

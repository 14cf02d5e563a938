"""Requests for devices and huge pages without the limit that the API server wants beside them.

Which resources may not be shared out more often than they exist: those with a domain other than kubernetes.io in their
name, and ``hugepages-…`` (IsOvercommitAllowed in
https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/helper/helpers.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, RelatedPlace, Resource, alone, as_dict, needs_words

_NATIVE = "kubernetes.io/"


@alone
@needs_words("requests")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each such request that has no limit, or another one."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        resources = as_dict(container.data.get("resources"))
        requests = as_dict(resources.get("requests"))
        if not any(isinstance(key, str) and _is_exact(key) for key in requests):
            continue
        limits = as_dict(resources.get("limits"))
        if workload.may_be_patched(*container.template.path, *container.path, "resources"):
            continue
        for key, value in requests.items():
            if not isinstance(key, str) or not _is_exact(key) or not isinstance(value, str | int):
                continue
            limit = limits.get(key)
            place = container.place("resources", "requests", key)
            who = f'container "{container.name}" of {workload.id}'
            if limit is None:
                edit = Edit("set", container.place("resources", "limits", key), value)
                yield Problem(
                    f"{who} requests {key}: {value}, but sets no limit for it",
                    place,
                    "needs the same limit",
                    fix=Fix(f"limit it to {value}", (edit,), "safe"),
                )
            elif "/" in key and f"{limit}" != f"{value}":
                yield Problem(
                    f"{who} requests {key}: {value}, but its limit is {limit}",
                    place,
                    "must be equal",
                    (RelatedPlace(container.place("resources", "limits", key), "the limit"),),
                )


def _is_exact(name: str) -> bool:
    return ("/" in name and _NATIVE not in name) or name.startswith("hugepages-")

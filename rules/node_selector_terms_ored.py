"""Required node affinity whose terms speak of different labels: any one of them is enough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from kubelint_lessons.plugin import Context, Problem, RelatedPlace, Resource, alone, as_dict, as_list, needs_words

_ROUTE = ("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


@alone
@needs_words("nodeSelectorTerms")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where no two terms have a label in common, as alternatives would."""
    template = workload.pod_template
    if template is None:
        return
    affinity = as_dict(as_dict(template.spec.get("affinity")).get("nodeAffinity"))
    terms = as_list(as_dict(affinity.get(_ROUTE[3])).get("nodeSelectorTerms"))
    keys = [_keys(term) for term in terms]
    if len(terms) < 2 or not all(keys) or any(one & other for one, other in combinations(keys, 2)):
        return
    first, second = (sorted(item)[0] for item in keys[:2])
    yield Problem(
        f"{workload.id} runs on nodes that fulfil any one of {len(terms)} terms: {first} or {second}, not both",
        template.place(*_ROUTE, 1),
        "or",
        (RelatedPlace(template.place(*_ROUTE, 0), "either"),),
        note="where both are meant, put their matchExpressions into one term",
    )


def _keys(term: Any) -> set[str]:
    """Return the labels that a term asks for; none where it does more than that."""
    data = as_dict(term)
    items = [as_dict(item) for item in as_list(data.get("matchExpressions"))]
    if not items or "matchFields" in data:
        return set()
    return {str(item.get("key")) for item in items}

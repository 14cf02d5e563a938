"""Labels that the API server refuses, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    MOST_IN_LABEL,
    MOST_IN_LABEL_PREFIX,
    ODD_LABELS,
    Context,
    FieldPath,
    Problem,
    Resource,
    alone,
    as_dict,
    is_label_key,
    is_label_value,
    needs_words,
    regex,
)

_LATER = regex(r"[${}]|^\(\(|<[a-z]", re.IGNORECASE)


@alone
@needs_words(ODD_LABELS)
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each label of an object, of its pods, and of its selector that cannot be one."""
    routes: list[FieldPath] = [("metadata", "labels")]
    template = resource.pod_template
    if template is not None and template.path:
        routes.append((*template.path, "metadata", "labels"))
    if resource.kind == "Service":
        routes.append(("spec", "selector"))
    elif template is not None:
        routes.append(("spec", "selector", "matchLabels"))
    for route in routes:
        for key, value in as_dict(resource.get(*route)).items():
            wrong = _fault_of_key(key) or (_fault_of_value(value) if isinstance(value, str) else "")
            if wrong and not _LATER.search(f"{key}={value}"):
                yield Problem(
                    f"{resource.id} has a label that cannot be one, {_short(key)}: {wrong}",
                    resource.place(*route, key),
                    "the API server refuses this",
                )


def _fault_of_value(value: str) -> str:
    if len(value) > MOST_IN_LABEL:
        return f"a value has at most {MOST_IN_LABEL} characters, this one has {len(value)}"
    if not is_label_value(value):
        return f'"{value}" holds a character that is not allowed, or one of - _ . at an end'
    return ""


def _fault_of_key(key: str) -> str:
    prefix, _, name = key.rpartition("/")
    if len(name) > MOST_IN_LABEL or len(prefix) > MOST_IN_LABEL_PREFIX:
        return f"the name has at most {MOST_IN_LABEL} characters, a prefix at most {MOST_IN_LABEL_PREFIX}"
    if not is_label_key(key):
        return "a key is a name of letters, digits and - _ ., with an optional domain and slash before it"
    return ""


def _short(key: str) -> str:
    return key if len(key) <= MOST_IN_LABEL else f"{key[:MOST_IN_LABEL]}…"

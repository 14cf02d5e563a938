"""Labels that the API server refuses.

The rules, from the documentation of labels: a value has at most 63 characters, letters, digits, ``-``, ``_`` and ``.``,
and begins and ends with a letter or digit. A key is such a name, with an optional DNS prefix before a slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    ODD_LABELS,
    Context,
    FieldPath,
    Problem,
    Resource,
    alone,
    as_dict,
    needs_words,
    regex,
)

_NAME = regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PREFIX = regex(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LATER = regex(r"[${}]|^\(\(|<[a-z]", re.IGNORECASE)
_MOST = 63
_MOST_PREFIX = 253


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
    if len(value) > _MOST:
        return f"a value has at most {_MOST} characters, this one has {len(value)}"
    if value and not _NAME.fullmatch(value):
        return f'"{value}" holds a character that is not allowed, or one of - _ . at an end'
    return ""


def _fault_of_key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    if len(name) > _MOST or len(prefix) > _MOST_PREFIX:
        return f"the name has at most {_MOST} characters, a prefix at most {_MOST_PREFIX}"
    if not _NAME.fullmatch(name) or (slash and not _PREFIX.fullmatch(prefix)):
        return "a key is a name of letters, digits and - _ ., with an optional domain and slash before it"
    return ""


def _short(key: str) -> str:
    return key if len(key) <= _MOST else f"{key[:_MOST]}…"

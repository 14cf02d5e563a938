"""When two objects share a namespace: three-valued, because a missing namespace is a value of its own.

None stands for "no namespace given" (∅): ∅ is the same namespace as ∅, and *maybe* the same as any named one. A
namespace that is filled in later may be any.
"""

from __future__ import annotations

from functools import lru_cache

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.selectors import Verdict

FILLED_IN_LATER = "\0later"
"""The key of every namespace that is not known yet."""


@lru_cache(4096)
def namespace_key(namespace: str | None) -> str | None:
    """Return a namespace as indexes know it."""
    return FILLED_IN_LATER if namespace is not None and is_placeholder(namespace) else namespace


def same_namespace(one: str | None, other: str | None) -> Verdict:
    """Return whether two namespaces are the same one.

    >>> same_namespace("a", "a"), same_namespace(None, None), same_namespace("a", "b"), same_namespace("a", None)
    ('yes', 'yes', 'no', 'unknown')
    """
    one, other = namespace_key(one), namespace_key(other)
    if FILLED_IN_LATER in (one, other):
        return "unknown"
    if one == other:
        return "yes"
    return "unknown" if one is None or other is None else "no"

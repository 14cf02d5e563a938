"""What a Python check says of itself, so that it is called only where it can find something that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kubelint_lessons.manifests.load import DOLLAR as DOLLAR

_Check = TypeVar("_Check", bound=Callable[..., Any])

_ATTRIBUTE = "needed_words"
_ALONE = "is_alone"

REFUSED = "?refused"
OUTDATED = "?outdated"
UNTYPED = "?untyped"
ODD_LABELS = "?odd labels"
REPEATED = "?repeated"
LARGE = "?large"
MARKS = (REFUSED, OUTDATED, UNTYPED, ODD_LABELS, REPEATED, LARGE)
"""Words that no document is asked for: the engine adds them to an object (``engine.marks``), for ``needs_words``.

The API server would refuse something in the object · its built-in API version has an end · it is not certain that its
maps of texts, such as annotations, hold nothing else · nor that the API server takes its labels · its scope seems to
hold another object of its kind and name · its text is long, or longer than it looks.
"""

DOUBTED = "?doubted "
"""How the mark begins that says of a document that it is not certain that the API server takes all of its objects; the
Kubernetes version follows. It is found while the document is read: then nobody opens it for that (``engine.marks``)."""

HOLDING = "?holding "
"""How marks begin that say of the scope which kinds it holds."""


def holding(*kinds: str) -> tuple[str, ...]:
    """Return the marks of scopes that hold an object of one of these kinds, of whatever group, for ``needs_words``."""
    return tuple(f"{HOLDING}{kind}" for kind in kinds)


def needs_words(*groups: str | tuple[str, ...]) -> Callable[[_Check], _Check]:
    """Return a decorator for a check: of each group a document must hold one word, as a key or a whole string value.

    The check is not called for documents that do not (see ``lessons.triggers``). At most four groups count, and none
    may name what a kustomization adds: labels, annotations, namespaces, name prefixes. ``MARKS`` count as words: what
    many checks would ask of every object is asked once, and nearly always the answer is no.
    """

    def mark(check: _Check) -> _Check:
        setattr(check, _ATTRIBUTE, tuple((group,) if isinstance(group, str) else group for group in groups))
        return check

    return mark


def words_needed(check: Callable[..., Any]) -> tuple[tuple[str, ...], ...]:
    """Return what ``needs_words`` said of a check; nothing where it was not used."""
    found: tuple[tuple[str, ...], ...] = getattr(check, _ATTRIBUTE, ())
    return found


def alone(check: _Check) -> _Check:
    """Mark a check that finds problems only in the file of its object; what it looks at does not matter.

    So it is not called for files that nobody wants a report on.
    """
    setattr(check, _ALONE, True)
    return check


def looks_alone(check: Callable[..., Any]) -> bool:
    """Return whether a check was marked with ``alone``."""
    return bool(getattr(check, _ALONE, False))

"""What a Python check says of itself, so that it is called only where it can find something that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Check = TypeVar("_Check", bound=Callable[..., Any])

_ATTRIBUTE = "needed_words"
_ALONE = "is_alone"
_QUESTION = "question"


def needs_words(*groups: str | tuple[str, ...]) -> Callable[[_Check], _Check]:
    """Return a decorator for a check: of each group a document must hold one word, as a key or a whole string value.

    The check is not called for documents that do not (see ``lessons.triggers``). At most two groups count, and none
    may name what a kustomization adds: labels, annotations, namespaces, name prefixes.
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
    """Mark a check that looks at its object, the platform and its parameters only, never at the scope.

    All that it says lies in the file of the object. So it is not called for files that nobody wants a report on.
    """
    setattr(check, _ALONE, True)
    return check


def looks_alone(check: Callable[..., Any]) -> bool:
    """Return whether a check was marked with ``alone``."""
    return bool(getattr(check, _ALONE, False))


def only_where(question: Callable[..., Any]) -> Callable[[_Check], _Check]:
    """Return a decorator for checks that find nothing in an object of which ``question(resource, context)`` is false.

    Checks with the same question share the answer: it is asked once for an object. It saves calls and changes nothing,
    so it reads neither ``context.params`` nor ``context.once``, which are those of one rule block.
    """

    def mark(check: _Check) -> _Check:
        setattr(check, _QUESTION, question)
        return check

    return mark


def question_of(check: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return what ``only_where`` said of a check; None where it was not used."""
    found: Callable[..., Any] | None = getattr(check, _QUESTION, None)
    return found

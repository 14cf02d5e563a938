"""Semantic versions for CEL, strict as https://semver.org says, or normalised as Kubernetes does on request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelint_lessons.lessons.cel_quantity import Opaque

TAG = "kubernetes.Semver"
_NUMBER = r"(0|[1-9][0-9]*)"
_PART = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_FORM = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}))?(?:\+({_PART}))?"
_LARGEST = 2**64 - 1


def semver(text: str, normalise: bool = False) -> Opaque:
    """Return the version in ``text``; raises ``ValueError`` for anything else.

    With ``normalise``, a leading ``v`` and leading zeros are dropped and missing numbers are zero: ``v1.2``.
    """
    form = re.fullmatch(_FORM, _normalised(text) if normalise else text)
    if form is None or any(int(number) > _LARGEST for number in form.groups()[:3]):
        raise ValueError(f"{text!r} is not a semantic version such as 1.2.3")
    if any(part.isdigit() and part[0] == "0" and len(part) > 1 for part in (form[4] or "").split(".")):
        raise ValueError(f"{text!r} has a pre-release number with a leading zero")
    return {TAG: [form[1], form[2], form[3], form[4] or ""]}


def is_semver(text: str, normalise: bool = False) -> bool:
    """Return whether ``text`` is a semantic version."""
    try:
        semver(text, normalise)
    except ValueError:
        return False
    return True


def _normalised(text: str) -> str:
    text = text.removeprefix("v")
    cut = min((position for mark in "-+" if (position := text.find(mark)) >= 0), default=len(text))
    numbers = [number.lstrip("0") or ("0" if number else "") for number in text[:cut].split(".")]
    return ".".join(numbers + ["0"] * (3 - len(numbers))) + text[cut:]


def _key(value: Opaque) -> tuple[Any, ...]:
    major, minor, patch, pre = value[TAG]
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")] if pre else []
    return int(major), int(minor), int(patch), not pre, parts


def compare(left: Opaque, right: Opaque) -> int:
    """Return -1, 0 or 1; a pre-release comes before its release."""
    first, second = _key(left), _key(right)
    return (first > second) - (first < second)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "semver(string) -> kubernetes.Semver": semver,
    "semver(string, bool) -> kubernetes.Semver": semver,
    "isSemver(string) -> bool": is_semver,
    "isSemver(string, bool) -> bool": is_semver,
    "kubernetes.Semver.major() -> int": lambda value: int(value[TAG][0]),
    "kubernetes.Semver.minor() -> int": lambda value: int(value[TAG][1]),
    "kubernetes.Semver.patch() -> int": lambda value: int(value[TAG][2]),
    "kubernetes.Semver.isGreaterThan(kubernetes.Semver) -> bool": lambda a, b: compare(a, b) > 0,
    "kubernetes.Semver.isLessThan(kubernetes.Semver) -> bool": lambda a, b: compare(a, b) < 0,
    "kubernetes.Semver.compareTo(kubernetes.Semver) -> int": compare,
}
"""CEL declaration → implementation."""

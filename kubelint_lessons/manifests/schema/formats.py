"""Texts with a grammar that the API server checks while it decodes: quantities, times, base64."""

from __future__ import annotations

from kubelint_lessons.model.regexes import regex

_QUANTITY = regex(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_TIME = regex(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_BASE64 = regex(r"[A-Za-z0-9+/]*={0,2}")
_LATER = regex(r"\$\{|\$\(|\{\{|\$[A-Za-z_]|<[^>]*>|%[A-Za-z_{(]|ENC\[|@@|__[A-Z]")


def is_quantity(text: str) -> bool:
    """Return whether text is a quantity such as ``500m``, ``1.5Gi``, ``1e3``.

    Source: the grammar in the documentation of k8s.io/apimachinery/pkg/api/resource.Quantity.
    """
    return _QUANTITY.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Return whether text is a time as RFC 3339 writes it."""
    return _TIME.fullmatch(text) is not None


def is_base64(text: str) -> bool:
    """Return whether text is padded base64 of the standard alphabet; line ends are skipped, as Go does."""
    joined = text.replace("\n", "").replace("\r", "")
    return len(joined) % 4 == 0 and _BASE64.fullmatch(joined) is not None


def is_filled_in_later(text: str) -> bool:
    """Return whether something fills in part of the text before the apply: ``${VAR}``, ``{{ value }}``, ``<here>``."""
    return _LATER.search(text) is not None

"""Kubernetes' named formats for CEL: ``format.dns1123Label().validate(name)`` and its siblings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kubelint_lessons.lessons.cel_quantity import Opaque
from kubelint_lessons.model.records import NamedTuple

TAG = "kubernetes.NamedFormat"


class Form(NamedTuple):
    """What a format allows: a pattern, the greatest length, and how to say it."""

    pattern: str
    limit: int
    description: str


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_HEX = "[0-9a-fA-F]"

FORMS: dict[str, Form] = {
    "dns1123Label": Form(_LABEL, 63, "lower-case letters, digits and '-', with a letter or digit at both ends"),
    "dns1123Subdomain": Form(_SUBDOMAIN, 253, "DNS labels of lower-case letters, digits and '-', joined by '.'"),
    "dns1035Label": Form(_LABEL_1035, 63, "lower-case letters, digits and '-', a letter first, no '-' last"),
    "qualifiedName": Form(
        rf"({_SUBDOMAIN}/)?(?=[^/]{{1,63}}\Z){_NAME}",
        317,
        "a name of at most 63 characters, with a DNS prefix and '/' or without",
    ),
    "labelValue": Form(
        f"({_NAME})?", 63, "letters, digits, '-', '_' and '.', with a letter or digit at both ends, or nothing"
    ),
    "dns1123LabelPrefix": Form(f"{_LABEL}-?", 63, "the beginning of a DNS label"),
    "dns1123SubdomainPrefix": Form(rf"{_SUBDOMAIN}[-.]?", 253, "the beginning of a DNS subdomain"),
    "dns1035LabelPrefix": Form(f"{_LABEL_1035}-?", 63, "the beginning of a DNS label that starts with a letter"),
    "uuid": Form(rf"{_HEX}{{8}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{4}}-?{_HEX}{{12}}", -1, "a UUID"),
    "byte": Form("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", -1, "base64"),
    "date": Form(r"\d{4}-\d\d-\d\d", -1, "a date such as 2026-01-31"),
    "datetime": Form(
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", -1, "a time such as 2026-01-31T10:00:00Z"
    ),
    "uri": Form("", -1, "a URI"),
}
"""Name → form; https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library."""


def _named(name: str) -> list[Opaque]:
    return [{TAG: name}] if name in FORMS else []


def _validate(form: Opaque, text: str) -> list[list[str]]:
    """Return nothing for a text that has the form, else one list of complaints."""
    name: str = form[TAG]
    pattern, limit, description = FORMS[name]
    complaints = []
    if 0 <= limit < len(text):
        complaints.append(f"must be no more than {limit} characters")
    if not (_is_uri(text) if name == "uri" else re.fullmatch(pattern, text) and _is_day(name, text)):
        complaints.append(f"must be {description}")
    return [complaints] if complaints else []


def _is_uri(text: str) -> bool:
    from kubelint_lessons.lessons.cel_addresses import FUNCTIONS as ADDRESSES

    return bool(ADDRESSES["isURL(string) -> bool"](text))


def _is_day(name: str, text: str) -> bool:
    if name not in ("date", "datetime"):
        return True
    from datetime import datetime

    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _format(name: str) -> Callable[[], Opaque]:
    return lambda: {TAG: name}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "format.named(string) -> optional_type<kubernetes.NamedFormat>": _named,
    "kubernetes.NamedFormat.validate(string) -> optional_type<list<string>>": _validate,
    **{f"format.{name}() -> kubernetes.NamedFormat": _format(name) for name in FORMS},
}
"""CEL declaration → implementation; what returns an optional returns a list of none or one here."""

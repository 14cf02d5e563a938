"""Routes whose rule Traefik 3 cannot read.

Source: docs/content/migrate/v2-to-v3-details.md of github.com/traefik/traefik.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, NamedTuple, Place, Problem, Resource, as_dict, as_list, regex

_VALUE = r"(?:`[^`]*`|\"[^\"]*\")"
_SINGLE = "Host|HostRegexp|HostSNI|HostSNIRegexp|Path|PathPrefix|PathRegexp|Method|ClientIP|ALPN"
_SEVERAL = regex(rf"\b({_SINGLE})\(\s*({_VALUE}(?:\s*,\s*{_VALUE})+)\s*\)")
_EACH_VALUE = regex(_VALUE)
_RENAMED = regex(r"\b(HeadersRegexp|Headers|HostHeader)\(")
_NEW_NAMES = {"Headers": "Header", "HeadersRegexp": "HeaderRegexp", "HostHeader": "Host"}
_VARIABLE = regex(r"\b(HostRegexp|HostSNIRegexp|Path|PathPrefix)\(\s*[`\"](?:[^`\"{$]|\$[^{])*\{[A-Za-z_]\w*[:}]")
_OLD_DEFAULT = regex(r"defaultrulesyntax\W{1,6}v2", re.IGNORECASE)
_VERSION_3 = regex(r"v?[3-9]")
_NEEDED = "say traefik.version in docs/platform-reference.md to settle it"


class _Old(NamedTuple):
    """What is of the old syntax in one rule, and the rule as it should be; None where a person must write it."""

    message: str
    label: str
    new_rule: str | None


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every route of an IngressRoute whose rule is of the old syntax."""
    fact = context.platform.get("traefik.version")
    is_known = fact is not None
    if resource.group not in ("traefik.io", "traefik.containo.us"):
        return
    if is_known and fact is not None and not _VERSION_3.match(str(fact.value)):
        return
    for index, item in enumerate(as_list(resource.get("spec", "routes"))):
        route = as_dict(item)
        rule = route.get("match")
        if not isinstance(rule, str) or route.get("syntax") == "v2":
            continue
        place = resource.place("spec", "routes", index, "match")
        old = _old(rule)
        if old is None or context.once("is old", lambda: _is_old_by_default(context)):
            continue
        yield Problem(
            old.message,
            place,
            old.label,
            fix=_fix(place, old.new_rule),
            at_most=None if is_known else "warning",
            note="" if is_known else _NEEDED,
        )


def _old(rule: str) -> _Old | None:
    several = _SEVERAL.search(rule)
    renamed = _RENAMED.search(rule)
    variable = _VARIABLE.search(rule)
    new_rule = None if variable else _modern(rule)
    if several:
        count = len(_EACH_VALUE.findall(several[2]))
        return _Old(f"Traefik 3 cannot read this rule: {several[1]} has {count} values and takes one",
                    "join them with ||", new_rule)  # fmt: skip
    if renamed:
        name = renamed[1]
        return _Old(f"Traefik 3 cannot read this rule: it knows no {name}", f"{_NEW_NAMES[name]} is meant", new_rule)
    if variable:
        label = "use a Go regular expression" if variable[1].endswith("Regexp") else "use PathRegexp"
        return _Old(f"Traefik 3 takes the braces in {variable[1]} literally, so this rule matches nothing", label, None)
    return None


def _modern(rule: str) -> str:
    """Return the rule with one value a matcher and the new names."""
    split = _SEVERAL.sub(
        lambda found: "(" + " || ".join(f"{found[1]}({value})" for value in _EACH_VALUE.findall(found[2])) + ")", rule
    )
    return _RENAMED.sub(lambda found: f"{_NEW_NAMES[found[1]]}(", split)


def _fix(place: Place, new_rule: str | None) -> Fix | None:
    if new_rule is None:
        return None
    return Fix("write the rule in the syntax of Traefik 3", (Edit("set", place, new_rule),), "unsafe")


def _is_old_by_default(context: Context) -> bool:
    """Return whether an object of the scope configures Traefik to read the old syntax."""
    return any(_OLD_DEFAULT.search(resource.document.text) for resource in context.scope.resources)

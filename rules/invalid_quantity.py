"""Finds quantities that Kubernetes cannot read, and those that it reads differently from what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    regex,
)

if TYPE_CHECKING:
    from fractions import Fraction

_NUMBER = regex(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII)
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_MEBIBYTE = 2**20
_BYTES = ("memory", "ephemeral-storage")
_TEMPLATE_MARKS = regex(r"[${}<>]")
_MANY_CORES = 100
_FEW_CORES = regex(r"\d{1,5}m|\d{1,2}(?:\.\d+)?", re.ASCII)
_MUCH_MEMORY = regex(r"[1-9]\d*(?:[MGT]i|[GT])", re.ASCII)
_WORDS = ("requests", "limits", "sizeLimit", "capacity", "hard")
"""Keys of which every object with quantities has one."""


class Quantity(NamedTuple):
    """One quantity as written: where it stands, what it measures (``cpu``), and its group (``requests``)."""

    path: FieldPath
    name: str
    group: str
    value: Any

    @property
    def amount(self) -> Fraction | None:
        """Return the number that Kubernetes reads, None where it reads none."""
        return read(self.value)


def read(value: Any) -> Fraction | None:
    """Return the number behind a quantity; the grammar is that of apimachinery's resource.Quantity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _read_text(str(value))


@lru_cache(maxsize=512)
def _read_text(text: str) -> Fraction | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    from fractions import Fraction  # importing it takes longer than most runs look at quantities

    number, exponent, suffix = Fraction(found[1]), found[2], found[3] or ""
    if suffix.endswith("i"):
        return number * _power(1024, "KMGTPE".index(suffix[0]) + 1)
    return number * (_power(10, int(exponent[1:])) if exponent else _power(1000, _DECIMAL[suffix]))


def _power(base: int, exponent: int) -> Fraction:
    from fractions import Fraction

    scale: int = base ** abs(exponent)
    return Fraction(scale) if exponent >= 0 else Fraction(1, scale)


@alone
@needs_words(_WORDS)
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each quantity that is none."""
    for quantity in resource.once(_unusual):
        value = quantity.value
        if (isinstance(value, str) and _NUMBER.fullmatch(value)) or resource.may_be_patched(*quantity.path):
            continue
        is_later = isinstance(value, str) and _TEMPLATE_MARKS.search(value) is not None
        if is_later or not isinstance(value, int | float | str) or quantity.amount is not None:
            continue
        meant = _meant(value)
        edit = Edit("set", resource.place(*quantity.path), meant)
        yield Problem(
            f'{quantity.name} "{value}" is no quantity',
            resource.place(*quantity.path),
            f"perhaps {meant}" if meant else "write a number with a suffix such as m, Mi or Gi",
            fix=Fix(f"write {meant}", (edit,), "unsafe") if meant else None,
        )


@alone
@needs_words(("memory", "storage", "ephemeral-storage"))
def check_memory(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each amount of memory or storage below a mebibyte."""
    for quantity in resource.once(_unusual):
        is_bytes = quantity.name in _BYTES or (quantity.group == "requests" and quantity.name == "storage")
        if not is_bytes or _is_obvious(quantity, _MUCH_MEMORY) or resource.may_be_patched(*quantity.path):
            continue
        amount = quantity.amount
        is_small = amount is not None and 0 < amount < _MEBIBYTE
        if not is_small or resource.kind in ("ResourceQuota", "LimitRange"):
            continue
        text = str(quantity.value)
        digits = text.removesuffix("m")
        if not digits.replace(".", "", 1).isdecimal():
            continue
        edit = Edit("set", resource.place(*quantity.path), f"{digits}Mi")
        how_little = "less than a byte" if amount is not None and amount < 1 else "a few bytes only"
        yield Problem(
            f"{quantity.name} {text} is {how_little}",
            resource.place(*quantity.path),
            "m means thousandths, as for cpu" if text.endswith("m") else "without a suffix the unit is the byte",
            fix=Fix(f"write {digits}Mi", (edit,), "unsafe") if digits.isdecimal() else None,
            at_most=None if quantity.group == "limits" else "warning",
        )


@alone
@needs_words(("requests", "limits"), "cpu")
def check_cpu(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each amount of cpu that no machine has."""
    most = context.throughout("most", lambda: read(_fact(context, "nodes.maxCPU")))
    for quantity in resource.once(_unusual):
        if quantity.name != "cpu" or quantity.group not in ("requests", "limits"):
            continue
        if _is_obvious(quantity, _FEW_CORES) or resource.may_be_patched(*quantity.path):
            continue
        amount, text = quantity.amount, str(quantity.value)
        if amount is None:
            continue
        if resource.kind in ("ResourceQuota", "LimitRange") or amount < _MANY_CORES or (most and amount <= most):
            continue
        digits = re.sub(r"[KMGTPEk]i?$", "", text)
        has_suffix = digits != text
        if not has_suffix and (amount < 500 and amount % 50 != 0):
            continue
        edit = Edit("set", resource.place(*quantity.path), f"{digits}m")
        yield Problem(
            f"cpu {text} means {_spoken(amount)} cores",
            resource.place(*quantity.path),
            f"perhaps {digits}m, which are thousandths",
            fix=Fix(f"write {digits}m", (edit,), "unsafe") if digits.isdecimal() else None,
            at_most=None if has_suffix and quantity.group == "requests" else "warning",
        )


@alone
@needs_words("requests", "limits")
def check_order(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each container that requests more than its limit."""
    for resources, holder in _resources(resource):
        limits = as_dict(resources.get("limits"))
        for name, request in as_dict(resources.get("requests")).items():
            limit = limits.get(name)
            if limit is None or not isinstance(name, str) or _is_within(request, limit):
                continue
            path = _route(holder)
            places = ((*path, "requests", name), (*path, "limits", name))
            if any(resource.may_be_patched(*place) for place in places):
                continue
            wanted, allowed = read(request), read(limit)
            if wanted is not None and allowed is not None and wanted > allowed:
                yield Problem(
                    f"{name} request {request} is more than the limit {limit}",
                    resource.place(*places[0]),
                    "the API server refuses this",
                    (RelatedPlace(resource.place(*places[1]), f"limit {limit}"),),
                )


def _is_within(request: Any, limit: Any) -> bool:
    """Return whether a request is no more than its limit, as far as whole numbers of one unit show."""
    return request == limit or (isinstance(request, str) and isinstance(limit, str) and _is_less(request, limit))


@lru_cache(maxsize=512)
def _is_less(request: str, limit: str) -> bool:
    number, most = request.rstrip("KMGTPEikm"), limit.rstrip("KMGTPEikm")
    if not (number.isdecimal() and most.isdecimal()) or request[len(number) :] != limit[len(most) :]:
        return False
    return int(number) <= int(most)


@alone
@needs_words("cpu")
def check_node_cpu(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for pods that request more cpu than the largest node has."""
    yield from _above_every_node(resource, context, "cpu", "nodes.maxCPU")


@alone
@needs_words("memory")
def check_node_memory(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for pods that request more memory than the largest node has."""
    yield from _above_every_node(resource, context, "memory", "nodes.maxMemory")


def _above_every_node(resource: Resource, context: Context, name: str, fact: str) -> Iterator[Problem]:
    template = resource.pod_template
    known, most = context.throughout("most", lambda: _limit_of(context, fact))
    if template is None or most is None:
        return
    requests = [found for item in template.containers if (found := _request(item, name)) is not None]
    total = sum(amount for _, amount in requests)
    if total <= most:
        return
    path = max(requests, key=lambda found: found[1])[0]
    if resource.may_be_patched(*path):
        return
    written = resource.get(*path)
    amount = f"{written}" if len(requests) == 1 else f"{_spoken(total)} {'cores' if name == 'cpu' else 'bytes'}"
    yield Problem(
        f"{resource.id} requests {name} {amount}, but the largest node has {known}",
        resource.place(*path),
        "no node can run this pod",
    )


def _request(container: Container, name: str) -> tuple[FieldPath, Fraction] | None:
    """Return what a container that keeps running requests, and where; a limit counts where there is no request."""
    if container.role == "ephemeral" or (container.role == "init" and container.data.get("restartPolicy") != "Always"):
        return None
    resources = as_dict(container.data.get("resources"))
    for group in ("requests", "limits"):
        amount = read(as_dict(resources.get(group)).get(name))
        if amount is not None:
            return (*container.template.path, *container.path, "resources", group, name), amount
    return None


def _fact(context: Context, path: str) -> Any:
    fact = context.platform.get(path)
    return fact.value if fact is not None else None


def _limit_of(context: Context, fact: str) -> tuple[Any, Fraction | None]:
    known = _fact(context, fact)
    return known, read(known)


def _is_obvious(quantity: Quantity, pattern: re.Pattern[str]) -> bool:
    """Return whether the text says so itself, as nearly all do, and no number need be worked out."""
    return isinstance(quantity.value, str) and pattern.fullmatch(quantity.value) is not None


def _unusual(resource: Resource) -> tuple[Quantity, ...]:
    """Return the quantities about which a check might have something to say: hardly any."""
    template = resource.pod_template
    if template is not None and all(_are_usual(resources) for resources, _ in _resources(resource)):
        volumes = as_list(template.spec.get("volumes"))
        if all("emptyDir" not in volume for volume in volumes if isinstance(volume, dict)):
            return ()
    return tuple(quantity for quantity in _all_quantities(resource) if not _is_usual(quantity.name, quantity.value))


def _are_usual(resources: dict[str, Any]) -> bool:
    for group in ("requests", "limits"):
        for name, value in as_dict(resources.get(group)).items():
            if value is not None and not _is_usual(name, value):
                return False
    return True


def _is_usual(name: Any, value: Any) -> bool:
    """Return whether the quantity is as most are: so many cores, so much memory, or something else and a number."""
    return isinstance(value, str) and isinstance(name, str) and _is_usual_text(name, value)


@lru_cache(maxsize=1024)
def _is_usual_text(name: str, value: str) -> bool:
    if name == "cpu":
        return _FEW_CORES.fullmatch(value) is not None
    return (_MUCH_MEMORY if name in _BYTES or name == "storage" else _NUMBER).fullmatch(value) is not None


def _all_quantities(resource: Resource) -> Iterator[Quantity]:
    """Yield the quantities of a workload, a claim, a quota or a LimitRange."""
    template = resource.pod_template
    if template is not None:
        claims: list[tuple[dict[str, Any], FieldPath]] = []
        for resources, holder in _resources(resource):
            if isinstance(holder, int):
                claims.append((resources, _route(holder)))
            else:
                yield from _of_resources(resources, _route(holder))
        for index, item in enumerate(as_list(template.spec.get("volumes"))):
            size = as_dict(as_dict(item).get("emptyDir")).get("sizeLimit")
            if size is not None:
                route = (*template.path, "spec", "volumes", index, "emptyDir", "sizeLimit")
                yield Quantity(route, "sizeLimit", "sizeLimit", size)
        for resources, path in claims:
            yield from _of_resources(resources, path)
    elif resource.kind == "PersistentVolumeClaim":
        yield from _of_resources(as_dict(resource.get("spec", "resources")), ("spec", "resources"))
    elif resource.kind == "PersistentVolume":
        yield from _of_map(resource.get("spec", "capacity"), ("spec", "capacity"), "capacity")
    elif resource.kind == "ResourceQuota":
        yield from _of_map(resource.get("spec", "hard"), ("spec", "hard"), "hard")
    elif resource.kind == "LimitRange":
        for index, item in enumerate(as_list(resource.get("spec", "limits"))):
            for group, values in as_dict(item).items():
                yield from _of_map(values, ("spec", "limits", index, group), as_text(group))


def _resources(resource: Resource) -> Iterator[tuple[dict[str, Any], Container | int]]:
    """Yield what the containers of a workload ask for, then its claims, each with its container or number."""
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        resources = container.data.get("resources")
        if isinstance(resources, dict):
            yield resources, container
    for index, item in enumerate(as_list(resource.get("spec", "volumeClaimTemplates"))):
        yield as_dict(as_dict(as_dict(item).get("spec")).get("resources")), index


def _route(holder: Container | int) -> FieldPath:
    """Return the route to the resources of a container, or of the claim of that number."""
    if isinstance(holder, int):
        return ("spec", "volumeClaimTemplates", holder, "spec", "resources")
    return (*holder.template.path, *holder.path, "resources")


def _of_resources(resources: dict[str, Any], path: FieldPath) -> Iterator[Quantity]:
    for group in ("requests", "limits"):
        yield from _of_map(resources.get(group), (*path, group), group)


def _of_map(values: Any, path: FieldPath, group: str) -> Iterator[Quantity]:
    for name, value in as_dict(values).items():
        if isinstance(name, str) and value is not None:
            yield Quantity((*path, name), name, group, value)


def _meant(value: Any) -> str:
    """Return the quantity that was probably meant, or nothing: ``512Mi`` for ``512 mb`` and ``512mib``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KkMmGgTt])(?:i|b|ib|B|iB|I|IB)?", str(value).strip())
    return f"{found[1]}{found[2].upper()}i" if found is not None else ""


def _spoken(number: Fraction | int) -> str:
    return f"{int(number):,}".replace(",", " ") if number.denominator == 1 else f"{float(number):g}"

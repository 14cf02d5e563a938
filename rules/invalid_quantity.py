"""Finds quantities that Kubernetes cannot read, and those that it reads differently from what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
)

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII)
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_MEBIBYTE = Fraction(2**20)
_BYTES = ("memory", "ephemeral-storage")
_TEMPLATE_MARKS = re.compile(r"[${}<>]")
_MANY_CORES = 100


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
    found = _NUMBER.fullmatch(str(value))
    if found is None:
        return None
    number, exponent, suffix = Fraction(found[1]), found[2], found[3] or ""
    if suffix.endswith("i"):
        return number * _power(1024, "KMGTPE".index(suffix[0]) + 1)
    return number * (_power(10, int(exponent[1:])) if exponent else _power(1000, _DECIMAL[suffix]))


def _power(base: int, exponent: int) -> Fraction:
    scale: int = base ** abs(exponent)
    return Fraction(scale) if exponent >= 0 else Fraction(1, scale)


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each quantity that is none."""
    for quantity in _quantities(resource):
        value = quantity.value
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


def check_memory(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each amount of memory or storage below a mebibyte."""
    for quantity in _quantities(resource):
        amount = quantity.amount
        is_small = amount is not None and 0 < amount < _MEBIBYTE
        is_bytes = quantity.name in _BYTES or (quantity.group == "requests" and quantity.name == "storage")
        if not is_small or not is_bytes or resource.kind in ("ResourceQuota", "LimitRange"):
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


def check_cpu(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each amount of cpu that no machine has."""
    most = read(_fact(context, "nodes.maxCPU"))
    for quantity in _quantities(resource):
        amount, text = quantity.amount, str(quantity.value)
        if quantity.name != "cpu" or quantity.group not in ("requests", "limits") or amount is None:
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


def check_order(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each container that requests more than its limit."""
    by_route: dict[FieldPath, dict[str, Quantity]] = {}
    for quantity in _quantities(resource):
        if quantity.group in ("requests", "limits"):
            by_route.setdefault((*quantity.path[:-2], quantity.name), {})[quantity.group] = quantity
    for pair in by_route.values():
        request, limit = pair.get("requests"), pair.get("limits")
        if request is None or limit is None:
            continue
        wanted, allowed = request.amount, limit.amount
        if wanted is not None and allowed is not None and wanted > allowed:
            yield Problem(
                f"{request.name} request {request.value} is more than the limit {limit.value}",
                resource.place(*request.path),
                "the API server refuses this",
                (RelatedPlace(resource.place(*limit.path), f"limit {limit.value}"),),
            )


def check_node_cpu(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for pods that request more cpu than the largest node has."""
    yield from _above_every_node(resource, context, "cpu", "nodes.maxCPU")


def check_node_memory(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for pods that request more memory than the largest node has."""
    yield from _above_every_node(resource, context, "memory", "nodes.maxMemory")


def _above_every_node(resource: Resource, context: Context, name: str, fact: str) -> Iterator[Problem]:
    template, known = resource.pod_template, _fact(context, fact)
    most = read(known)
    if template is None or most is None:
        return
    requests = [found for item in template.containers if (found := _request(item, name)) is not None]
    total = sum((amount for _, amount in requests), Fraction(0))
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


def _quantities(resource: Resource) -> Iterator[Quantity]:
    """Yield the quantities of a workload, a claim, a quota or a LimitRange that no patch touches."""
    for quantity in _all_quantities(resource):
        if not resource.may_be_patched(*quantity.path):
            yield quantity


def _all_quantities(resource: Resource) -> Iterator[Quantity]:
    template = resource.pod_template
    if template is not None:
        for container in template.containers:
            path: FieldPath = (*template.path, *container.path, "resources")
            yield from _of_resources(as_dict(container.data.get("resources")), path)
        for index, item in enumerate(as_list(template.spec.get("volumes"))):
            size = as_dict(as_dict(item).get("emptyDir")).get("sizeLimit")
            if size is not None:
                route = (*template.path, "spec", "volumes", index, "emptyDir", "sizeLimit")
                yield Quantity(route, "sizeLimit", "sizeLimit", size)
        for index, item in enumerate(as_list(resource.get("spec", "volumeClaimTemplates"))):
            resources = as_dict(as_dict(as_dict(item).get("spec")).get("resources"))
            yield from _of_resources(resources, ("spec", "volumeClaimTemplates", index, "spec", "resources"))
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


def _spoken(number: Fraction) -> str:
    return f"{int(number):,}".replace(",", " ") if number.denominator == 1 else f"{float(number):g}"

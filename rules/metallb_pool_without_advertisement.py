"""MetalLB address pools that nothing announces, and advertisements of pools that do not exist.

Source: internal/config/config.go of github.com/metallb/metallb (setL2AdvertisementsToPools, containsAdvertisement).
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    Selector,
    as_list,
    from_label_selector,
    regex,
)

_KINDS = ("L2Advertisement", "BGPAdvertisement")
_POOL = "metallb.io/IPAddressPool"
_PLACEHOLDER = regex(r"[$<>{}%@\[\]]")


class _Covers(NamedTuple):
    """The pools that an advertisement is about: those of these names, those selected; any where that is open."""

    namespace: str | None
    is_open: bool
    names: frozenset[str]
    selectors: tuple[Selector, ...]


def check(pool: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for a pool whose addresses are given out and announced by nobody."""
    relations = context.relations
    if pool.is_patch or relations.is_ambiguous(pool) or not _is_plain(pool.name):
        return
    here = relations.of_kind(*(f"metallb.io/{kind}" for kind in _KINDS))
    covers = context.once("all", lambda: [_covers(item) for item in _advertisements(context)])
    if any(_may_cover(item, pool) for item in covers):
        return
    if context.once("is wrong", lambda: any(_names_missing_pool(item, relations) for item in here)):
        return  # its name is wrong there: said once, at that place
    near = [item for item in here if item.namespace == pool.namespace]
    if not near and not context.scope.complete:
        return
    is_certain = bool(near) and context.scope.complete
    yield Problem(
        f'MetalLB gives out addresses of the pool "{pool.name}", but no advertisement announces them',
        pool.place("metadata", "name"),
        label="nobody in the network will find these addresses",
        related=tuple(RelatedPlace(item.place("spec"), "only for other pools") for item in near[:3]),
        at_most=None if is_certain else "warning",
        note="add an L2Advertisement or a BGPAdvertisement: with an empty spec it covers every pool",
    )


def check_names(advertisement: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each pool that an advertisement names and that does not exist."""
    from difflib import get_close_matches

    relations = context.relations
    for path in relations.related(advertisement, "references", kinds=("IPAddressPool",)).missing:
        pools = [pool.name for pool in relations.of_kind(_POOL) if pool.namespace == advertisement.namespace]
        name = advertisement.get(*path)
        if not isinstance(name, str) or not pools:
            continue
        named = as_list(advertisement.get("spec", "ipAddressPools"))
        free = [pool for pool in pools if pool not in named]
        near = get_close_matches(name, free, n=1, cutoff=0.7) or (free if len(free) == 1 else [])
        place = advertisement.place(*path)
        yield Problem(
            f'{advertisement.kind} "{advertisement.name}" announces the pool "{name}", which does not exist',
            place,
            label=f"known: {', '.join(sorted(set(pools)))}",
            fix=Fix(f'name the pool "{near[0]}"', (Edit("set", place, near[0]),), "unsafe") if near else None,
        )


def _advertisements(context: Context) -> tuple[Resource, ...]:
    """Return all advertisements of the project, the scope's first."""
    relations = context.relations
    here = relations.of_kind(*(f"metallb.io/{kind}" for kind in _KINDS))
    return (*here, *(item for kind in _KINDS for item in relations.elsewhere("metallb.io", kind)))


def _names_missing_pool(advertisement: Resource, relations: Relations) -> bool:
    return bool(relations.related(advertisement, "references", kinds=("IPAddressPool",)).missing)


def _covers(advertisement: Resource) -> _Covers:
    names = as_list(advertisement.get("spec", "ipAddressPools"))
    selectors = as_list(advertisement.get("spec", "ipAddressPoolSelectors"))
    is_open = advertisement.may_be_patched("spec") or not (names or selectors)
    is_open = is_open or any(not isinstance(name, str) or not _is_plain(name) for name in names)
    plain = frozenset(name for name in names if isinstance(name, str))
    return _Covers(advertisement.namespace, is_open, plain, tuple(map(from_label_selector, selectors)))


def _may_cover(covers: _Covers, pool: Resource) -> bool:
    """Return whether an advertisement covers the pool, or could once its variables and patches are filled in.

    By its original name as well: kustomize may rename it on this side, too.
    """
    spaces = (covers.namespace, pool.namespace)
    if spaces[0] != spaces[1] and None not in spaces:
        return False
    if covers.is_open or pool.name in covers.names or pool.original_name in covers.names:
        return True
    return any(selector.verdict(pool.labels) != "no" for selector in covers.selectors)


def _is_plain(name: str) -> bool:
    return bool(name) and _PLACEHOLDER.search(name) is None

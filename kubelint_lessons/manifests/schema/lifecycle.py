"""From which Kubernetes minor version to which an API version is served, and what replaces it."""

from __future__ import annotations

from kubelint_lessons.manifests.schema.store import Store, data_file
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_VERSION = regex(r"v(\d+)(?:(alpha|beta)(\d+))?")
_LEVELS = {"alpha": 0, "beta": 1, None: 2}
_OFF_SINCE = 24
"""New beta APIs are off by default from this minor version on (KEP-3136); further versions of old ones are not."""


class Lifecycle(NamedTuple):
    """When one kind is served in one API version. Minor versions are those of Kubernetes 1.

    ``first`` is None where it is not known (before the data begin); ``removed`` is the first minor version that no
    longer serves it, None where the newest still does. ``replacement`` is an apiVersion for the same kind, served since
    ``replacement_since`` (None: before the data begin), or empty where there is none. An API that is not
    ``on_by_default`` exists only in clusters that switched it on.
    """

    group: str
    version: str
    kind: str
    first: int | None
    removed: int | None
    replacement: str
    replacement_since: int | None
    on_by_default: bool

    def is_served(self, minor: int) -> bool:
        """Return whether this minor version of Kubernetes can serve the API."""
        return (self.first is None or minor >= self.first) and (self.removed is None or minor < self.removed)


class Lifecycles:
    """The API versions of the built-in kinds: those of the schemas, and those removed before the schemas begin."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._removed: dict[str, tuple[int, str, int | None]] = {}
        self._since: dict[str, int] = {}
        for line in data_file("removed.tsv").splitlines():
            if line.startswith("#"):
                continue
            api_version, kind, removed, replacement, since = line.split("\t")
            if replacement == "-":
                self._removed[_key(api_version, kind)] = int(removed), "", None
            else:
                self._removed[_key(api_version, kind)] = int(removed), replacement, int(since)
                self._since[_key(replacement, kind)] = int(since)

    def find(self, group: str, version: str, kind: str) -> Lifecycle | None:
        """Return the lifecycle of a built-in API; None where neither the schemas nor the guide know it."""
        key = f"{group}/{version}/{kind}"
        listed = self._removed.get(key)
        served = self._store.kinds.get(key)
        if listed is None and served is None:
            return None
        first = None if served is None or served.first == self._store.first else served.first
        removed = served.last + 1 if served and served.last < self._store.last else None
        replacement, since = "", None
        if listed is not None:
            removed, replacement, since = listed
        elif removed is not None:
            replacement, since = self._successor(group, kind)
        return Lifecycle(
            group,
            version,
            kind,
            self._since.get(key, first),
            removed,
            replacement,
            since,
            _is_on(group, version, first),
        )

    def groups(self) -> frozenset[str]:
        """Return every group that Kubernetes serves or has served."""
        return frozenset(key.split("/")[0] for key in (*self._store.kinds, *self._removed))

    def versions_of(self, group: str, kind: str, minor: int | None = None) -> tuple[str, ...]:
        """Return the versions of a kind in one minor version of Kubernetes (the newest), stable ones first."""
        minor = self._store.last if minor is None else minor
        found = []
        for key, served in self._store.kinds.items():
            its_group, version, its_kind = key.split("/")
            if its_group == group and its_kind == kind and served.first <= minor <= served.last:
                found.append(version)
        return tuple(sorted(found, key=_maturity, reverse=True))

    def _successor(self, group: str, kind: str) -> tuple[str, int | None]:
        versions = self.versions_of(group, kind)
        if not versions:
            return "", None
        first = self._store.kinds[f"{group}/{versions[0]}/{kind}"].first
        return f"{group}/{versions[0]}" if group else versions[0], None if first == self._store.first else first


def _key(api_version: str, kind: str) -> str:
    return f"{api_version if '/' in api_version else f'/{api_version}'}/{kind}"


def _maturity(version: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(version)
    return (_LEVELS[found[2]], int(found[1]), int(found[3] or 0)) if found else (-1, 0, 0)


def _is_on(group: str, version: str, first: int | None) -> bool:
    if "alpha" in version:
        return False
    is_new = first is not None and first >= _OFF_SINCE
    return not ("beta" in version and is_new and group != "flowcontrol.apiserver.k8s.io")

"""What the API server would say to the objects of one run; schemas are read when the first object needs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource

if TYPE_CHECKING:
    from kubelint_lessons.manifests.schema.accept import Test
    from kubelint_lessons.manifests.schema.lifecycle import Lifecycle
    from kubelint_lessons.manifests.schema.lookup import Schemas
    from kubelint_lessons.manifests.schema.validate import SchemaProblem

_PATCH_FOLDERS = frozenset({"patch", "patches"})


class RunSchemas:
    """Schema knowledge of one run: built-in kinds in the version that the platform states, and the tree's CRDs.

    Without a stated version a kind is what any covered version says it is. The problems of the last object are kept,
    because several rules ask for them one after the other.
    """

    __slots__ = ("_base", "_crds", "_groups", "_last", "_lifecycles", "_schemas", "version")

    def __init__(self, platform: Platform, crds: Iterable[Resource], base: RunSchemas | None = None) -> None:
        """Use what ``base`` has read of built-in kinds, which knows the same platform and fewer ``crds``."""
        stated = platform.get("kubernetesVersion")
        self.version = str(stated.value) if stated is not None else None
        self._crds = [resource.data for resource in crds]
        self._groups = frozenset(group for group in map(_group_of, self._crds) if group)
        self._base = base
        self._schemas: Schemas | None = None
        self._last: tuple[Resource, tuple[SchemaProblem, ...]] | None = None
        self._lifecycles: dict[tuple[str, str], Lifecycle | None] = {}

    def problems(self, resource: Resource) -> tuple[SchemaProblem, ...]:
        """Return what the API server would refuse in an object; nothing for kinds that nobody here knows."""
        if self._last is None or self._last[0] is not resource:
            self._last = resource, self._judge(resource)
        return self._last[1]

    def quick_test(self, resource: Resource) -> Test | None:
        """Return what says yes to data of a built-in kind that are certainly fine; None for all other kinds."""
        kind = resource.group, resource.version, resource.kind
        if not _may_be_built_in(resource.group) or self._open().is_custom(*kind):
            return None
        return self._open().quick_test(*kind)

    def may_refuse(self, resource: Resource) -> bool:
        """Return whether ``problems`` may have something to say about objects of this kind."""
        if not self._is_of_known_group(resource.group):
            return False
        kind = resource.group, resource.version, resource.kind
        is_known = self._open().quick_test(*kind) is not None or kind == ("", "v1", "List")
        return is_known or bool(self.problems(resource))  # where nobody knows the kind, it says that of every object

    def is_outdated(self, resource: Resource) -> bool:
        """Return whether a Kubernetes version, of now or long ago, stopped to serve the built-in API of an object."""
        lifecycle = self.lifecycle(resource)
        return lifecycle is not None and lifecycle.removed is not None

    def problems_as(self, resource: Resource, api_version: str, data: Any = None) -> tuple[SchemaProblem, ...]:
        """Return what would be refused if the object said this apiVersion, and held ``data`` where that is given."""
        group, _, version = api_version.rpartition("/")
        judged = resource.data if data is None else data
        return tuple(self._open().validate(judged, group, version, resource.kind, partial=is_partial(resource)))

    def lifecycle(self, resource: Resource) -> Lifecycle | None:
        """Return when the built-in API of an object is served; None for all others."""
        key = resource.api_version, resource.kind
        if key not in self._lifecycles:
            is_known = _may_be_built_in(resource.group)
            found = self._open().lifecycle(resource.group, resource.version, resource.kind) if is_known else None
            self._lifecycles[key] = found
        return self._lifecycles[key]

    @property
    def minor(self) -> int | None:
        """Return the stated minor version of Kubernetes, also where it is beyond the covered ones; else None."""
        from kubelint_lessons.manifests.schema.lookup import parse_version

        try:
            return parse_version(self.version) if self.version is not None else None
        except ValueError:
            return None

    @property
    def is_covered(self) -> bool:
        """Return whether the stated version is one that the data cover; true where none is stated."""
        first, last = self.covered
        return self.minor is None or first <= self.minor <= last

    @property
    def covered(self) -> tuple[int, int]:
        """Return the first and the last minor version that the data cover."""
        return self._open().covered

    def _judge(self, resource: Resource) -> tuple[SchemaProblem, ...]:
        if not self._is_of_known_group(resource.group):
            return ()
        found = self._open().validate(
            resource.data, resource.group, resource.version, resource.kind, partial=is_partial(resource)
        )
        return tuple(found)

    def _is_of_known_group(self, group: str) -> bool:
        return _may_be_built_in(group) or group in self._groups

    def _open(self) -> Schemas:
        if self._schemas is None:
            from kubelint_lessons.manifests.schema.lookup import Schemas

            known = self._base._open() if self._base is not None else None
            if known is None or self._crds:
                version = None if self.minor is None else self.version
                known = Schemas(version, self._crds, None if known is None else known.store)
            self._schemas = known
        return self._schemas


def is_partial(resource: Resource) -> bool:
    """Return whether an object is, or lies where people keep, a patch: what lacks in it is elsewhere."""
    *folders, name = resource.document.source.path.split("/")
    return resource.is_patch or not _PATCH_FOLDERS.isdisjoint(folders) or "patch" in name.lower()


def _may_be_built_in(group: str) -> bool:
    return "." not in group or group.endswith(".k8s.io")


def _group_of(crd: Any) -> str:
    spec = crd.get("spec") if isinstance(crd, dict) else None
    group = spec.get("group") if isinstance(spec, dict) else None
    return group if isinstance(group, str) else ""

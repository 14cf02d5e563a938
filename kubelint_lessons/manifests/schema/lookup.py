"""The door to schema knowledge: ``Schemas`` answers for one Kubernetes version, built-in kinds and the tree's CRDs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kubelint_lessons.manifests.kinds import names_kind
from kubelint_lessons.manifests.schema.accept import Acceptor, Test
from kubelint_lessons.manifests.schema.crds import kinds_of_crds
from kubelint_lessons.manifests.schema.fields import Steps, paths_of, walk, written
from kubelint_lessons.manifests.schema.lifecycle import Lifecycle, Lifecycles
from kubelint_lessons.manifests.schema.shapes import Definitions, FieldType, KindSchema, Missing
from kubelint_lessons.manifests.schema.store import Store
from kubelint_lessons.manifests.schema.suggest import closest
from kubelint_lessons.manifests.schema.validate import SchemaProblem, Validator
from kubelint_lessons.model.regexes import regex

_VERSION = regex(r"v?1\.(\d+)(?:[.+-].*)?")

_ROOTS: dict[str, FieldType] = {
    "podTemplate": FieldType("object", ref="core.v1.PodTemplateSpec"),
    "podSpec": FieldType("object", ref="core.v1.PodSpec"),
    "containers": FieldType("list", FieldType("object", ref="core.v1.Container")),
    "container": FieldType("object", ref="core.v1.Container"),
}
"""What the variables of rules hold, beside the object itself."""

_WORKLOADS = (
    "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod", "ReplicaSet", "ReplicationController",
    "PodTemplate",
)  # fmt: skip


def parse_version(text: str) -> int:
    """Return the minor version of ``1.34``, ``v1.34.2`` or ``v1.33.4+k3s1``. Raises ValueError."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'"{text}" is no Kubernetes version; write one such as 1.34')
    return int(found[1])


class Schemas:
    """Kinds as one Kubernetes version knows them; without a version, as any covered version does.

    A version outside the covered ones is answered with the nearest (``minor`` tells which). ``crds`` are
    CustomResourceDefinitions as plain data; what is broken in them, or defined twice in different ways, is left out.
    ``store`` is that of others of the same version, not to be read again.
    """

    def __init__(self, version: str | None = None, crds: Iterable[Any] = (), store: Store | None = None) -> None:
        self._store = store or Store(None if version is None else parse_version(version))
        self.minor: int | None = self._store.minor
        self.covered: tuple[int, int] = (self._store.first, self._store.last)
        self._custom = kinds_of_crds(crds, self._store)
        self._lifecycles: Lifecycles | None = None
        self._acceptors: dict[tuple[int, bool], Acceptor] = {}
        self._tests: dict[tuple[str, str, str, bool], Test | None] = {}
        self._unknown_kinds: dict[tuple[str, str, str], SchemaProblem | None] = {}

    @property
    def store(self) -> Store:
        """Return what was read of built-in kinds."""
        return self._store

    def kind(self, group: str, version: str, kind: str) -> KindSchema | None:
        """Return what is known of a kind in an API version; None where nothing is, or it is not served."""
        custom = self._custom.get((group, version, kind))
        if custom is not None:
            return custom
        served = self._store.kinds.get(f"{group}/{version}/{kind}")
        if served is None or not (self.minor is None or served.first <= self.minor <= served.last):
            return None
        return KindSchema(group, version, kind, FieldType("object", ref=served.ref), self._store)

    def kinds(self) -> Iterator[KindSchema]:
        """Yield every known kind, those of CRDs first; kinds that only hold lists of others are left out."""
        yield from self._custom.values()
        for key in self._store.kinds:
            group, version, name = key.split("/")
            if not name.endswith("List"):
                found = self.kind(group, version, name)
                if found is not None and not found.is_custom:
                    yield found

    def field(self, kind: KindSchema, path: Steps) -> FieldType | Missing:
        """Return the type at a path (steps as in ``fields.walk``), or what is missing on the way."""
        return walk(kind, path)

    def paths_of(self, kind: KindSchema) -> tuple[str, ...]:
        """Return every path of a kind as people write it, shortest first."""
        return tuple(written(path) for path, _ in paths_of(kind))

    def validate(self, data: Any, group: str, version: str, kind: str, *, partial: bool = False) -> list[SchemaProblem]:
        """Return what the API server would refuse in an object, in the order of its fields; see ``validate.py``.

        Nothing is said of kinds that are not known. ``partial``: a patch, in which fields may be absent and keys such
        as ``$patch`` are instructions.
        """
        if (group, version, kind) == ("", "v1", "List"):
            return self._validate_items(data, partial)
        test = self.quick_test(group, version, kind, partial=partial)
        if test is not None:
            found = self.kind(group, version, kind)
            return [] if found is None or test(data) else Validator(found, partial).problems(data)
        identity = (group, version, kind)
        if identity not in self._unknown_kinds:
            self._unknown_kinds[identity] = self._unknown(group, version, kind)
        problem = self._unknown_kinds[identity]
        return [problem] if problem else []

    def quick_test(self, group: str, version: str, kind: str, *, partial: bool = False) -> Test | None:
        """Return what says yes to objects of a kind that are certainly fine, most of them; None for unknown kinds.

        A no means that ``validate`` has to tell. What is fine as an object is fine as a patch.
        """
        key = (group, version, kind, partial)
        if key not in self._tests:
            found = self.kind(group, version, kind)
            acceptor = self._acceptor(found.definitions, partial) if found is not None else None
            self._tests[key] = acceptor.test_for(found.type) if acceptor is not None and found is not None else None
        return self._tests[key]

    def is_custom(self, group: str, version: str, kind: str) -> bool:
        """Return whether a CustomResourceDefinition says what a kind is."""
        return (group, version, kind) in self._custom

    def _acceptor(self, definitions: Definitions, partial: bool) -> Acceptor:
        key = id(definitions), partial
        known = self._acceptors.get(key)
        if known is None:
            known = self._acceptors[key] = Acceptor(definitions, partial)
        return known

    def _validate_items(self, data: Any, partial: bool) -> list[SchemaProblem]:
        problems: list[SchemaProblem] = []
        items = data.get("items") if isinstance(data, dict) else None
        for index, item in enumerate(items if isinstance(items, list) else ()):
            api_version, kind = (item.get("apiVersion"), item.get("kind")) if isinstance(item, dict) else (None, None)
            if isinstance(api_version, str) and isinstance(kind, str):
                group, _, version = api_version.rpartition("/")
                for problem in self.validate(item, group, version, kind, partial=partial):
                    problems.append(problem._replace(path=("items", index, *problem.path)))
        return problems

    def _unknown(self, group: str, version: str, kind: str) -> SchemaProblem | None:
        """Return the problem of a kind that Kubernetes does not serve in one of its own groups.

        Only where it can be said what was meant: files of kubeconfig and the like also say ``apiVersion: v1``.
        """
        api_version = f"{group}/{version}" if group else version
        lifecycle = self.lifecycle(group, version, kind)
        if lifecycle is not None:
            return _not_served(lifecycle, self.minor, self._lives().versions_of(group, kind, self.minor))
        served = {key.split("/")[2] for key in self._store.kinds if key.startswith(f"{group}/")}
        if not served or any(custom[0] == group for custom in self._custom):
            return None
        versions = self._lives().versions_of(group, kind)
        if versions:
            right = f"{group}/{versions[0]}" if group else versions[0]
            note = f"use apiVersion {right}"
            return SchemaProblem(("apiVersion",), "unknown-kind", f"{kind} is not in {api_version}", right, note)
        others = sorted({key.rpartition("/")[0] for key in self._store.kinds if key.endswith(f"/{kind}")})
        if others:
            right = others[0].removeprefix("/")
            note = f"use apiVersion {right}"
            return SchemaProblem(("apiVersion",), "unknown-kind", f"{kind} is not in {api_version}", right, note)
        near = closest(kind, sorted(served), most=1)
        if not near:
            return None
        message = f"Kubernetes has no {kind} in {api_version}"
        return SchemaProblem(("kind",), "unknown-kind", message, near[0], f"did you mean {near[0]}?")

    def lifecycle(self, group: str, version: str, kind: str) -> Lifecycle | None:
        """Return from when to when a built-in API version is served, and its replacement; None where unknown."""
        return self._lives().find(group, version, kind)

    def _lives(self) -> Lifecycles:
        if self._lifecycles is None:
            self._lifecycles = Lifecycles(self._store)
        return self._lifecycles

    def matching(self, patterns: Collection[str]) -> tuple[KindSchema, ...] | None:
        """Return the kinds that ``match:`` patterns name, in every version; None where they name others as well.

        Others: ``any``, a pattern with a star, or a kind that is neither built in nor defined by one of the CRDs.
        """
        found: list[KindSchema] = []
        known = list(self.kinds())
        for pattern in patterns:
            names = _WORKLOADS if pattern == "workloads" else (pattern,)
            matched = [kind for name in names for kind in known if names_kind(name, kind.group, kind.kind)]
            if not matched or "*" in pattern or pattern == "any":
                return None
            found.extend(matched)
        return tuple(found)

    def check_path(self, patterns: Collection[str], path: Steps, root: str = "object") -> Missing | None:
        """Return None where a path leads somewhere in at least one of the kinds, or where nobody can tell.

        ``patterns`` are those of ``match:``, the steps those of ``fields.walk``. ``root`` is what the path begins at:
        ``object``, or what rules know as ``podTemplate``, ``podSpec``, ``containers``, or one ``container``. Of several
        kinds the one that knows most of the path speaks. A rule may look for the fields of older API versions.
        """
        if root != "object":
            pod = self.kind("", "v1", "Pod")
            found = walk(pod, path, _ROOTS[root]) if pod is not None else None
            return found if isinstance(found, Missing) else None
        kinds = None if path[:1] == ("sops",) else self.matching(patterns)
        if kinds is None:
            return self._check_common(path)
        best: Missing | None = None
        for kind in kinds:
            answer = walk(kind, path, with_renamed=True)
            if not isinstance(answer, Missing):
                return None
            if best is None or (answer.at_step, len(answer.did_you_mean)) > (best.at_step, len(best.did_you_mean)):
                best = answer
        return best

    def _check_common(self, path: Steps) -> Missing | None:
        """Check the part that all kinds have in common: ``metadata``."""
        if not path or path[0] != "metadata":
            return None
        config_map = self.kind("", "v1", "ConfigMap")
        answer = walk(config_map, path) if config_map is not None else None
        return answer if isinstance(answer, Missing) else None


def _not_served(lifecycle: Lifecycle, minor: int | None, versions: tuple[str, ...]) -> SchemaProblem:
    """``versions`` are those of the same group and kind that the target serves."""
    api_version = f"{lifecycle.group}/{lifecycle.version}" if lifecycle.group else lifecycle.version
    message = f"{api_version} {lifecycle.kind} is not served"
    if lifecycle.removed is not None and (minor is None or minor >= lifecycle.removed):
        message += f" since Kubernetes 1.{lifecycle.removed}"
    elif lifecycle.first is not None:
        message += f" before Kubernetes 1.{lifecycle.first}"
    right = lifecycle.replacement
    if minor is not None and (not right or minor < (lifecycle.replacement_since or 0)):
        right = f"{lifecycle.group}/{versions[0]}" if versions else ""
    note = f"use apiVersion {right}" if right else "no other version of the API replaces it there"
    return SchemaProblem(("apiVersion",), "unserved-api", message, right, note)

"""Kubernetes objects as a rule sees them: what a document holds, and how a scope changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from sys import intern
from typing import TYPE_CHECKING, Any, TypeVar

from kubelint_lessons.manifests import kinds
from kubelint_lessons.manifests.podtemplates import (
    Container,
    PodTemplate,
    as_dict,
    as_text,
    string_map,
    template_of,
    template_route,
    with_added,
)
from kubelint_lessons.manifests.traits import NO_TRAITS, Traits, traits_in
from kubelint_lessons.model.finding import ResourceId
from kubelint_lessons.model.location import FieldPath, Place, Spot
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document

__all__ = ["Container", "PodTemplate", "Resource", "Transform", "resources_of"]

_KUSTOMIZE_GROUP = "kustomize.config.k8s.io"
_NEVER_RENAMED = frozenset(
    {("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService")}
)
"""Kinds that kustomize's namePrefix and nameSuffix leave alone."""
_MAX_LIST_DEPTH = 4

Labels = tuple[tuple[str, str], ...]
_Answer = TypeVar("_Answer")
_Pointer = TypeVar("_Pointer")


class Transform(NamedTuple):
    """How a scope changes an object before it is applied; the object's own data stays as written.

    ``namespace`` replaces the object's own, ``default_namespace`` fills in for a missing one. ``labels`` go to the
    metadata, ``template_labels`` to the pod template, ``selector_labels`` to the selectors. ``patched`` are the routes
    that a patch of the scope touches (list positions as ``"*"``): what stands there in the end is unknown.
    """

    namespace: str | None = None
    default_namespace: str | None = None
    prefix: str = ""
    suffix: str = ""
    labels: Labels = ()
    template_labels: Labels = ()
    selector_labels: Labels = ()
    patched: tuple[FieldPath, ...] = ()
    is_patch: bool = False
    is_cluster_scoped: bool = False


NO_TRANSFORM = Transform()
_PATCH = Transform(is_patch=True)
_HOLDS_OBJECTS = frozenset({"manifest", "list", "kustomize", "patch", "crd"})


Identity = tuple[Any, ...]
"""What tells an object apart, as plain values: where in its document it lies, what it leaves unsaid (see ``Resource``),
apiVersion, kind, name and namespace as written, the way to its pod template, and its traits."""


class _View:
    """What was worked out from the values of one resource, for as long as its document is open.

    The document holds the views of its resources, and takes them from their owners when it is closed.
    """

    __slots__ = ("annotations", "data", "kept", "labels", "owner", "pointers", "template")

    def __init__(self, owner: Resource, data: dict[str, Any]) -> None:
        self.owner = owner
        self.data = data
        self.labels: dict[str, str] | None = None
        self.annotations: dict[str, str] | None = None
        self.template: PodTemplate | bool | None = False
        self.pointers: tuple[Any, ...] | None = None
        self.kept: dict[Callable[[Resource], Any], Any] = {}


class Resource:
    """One Kubernetes object in one scope. Name, namespace and labels are those that the cluster will see.

    It holds what tells objects apart; the values stay with the document, which may have put them away. ``missing`` is
    what the object leaves unsaid of its apiVersion and kind.
    """

    __slots__ = (
        "_open",
        "api_version",
        "document",
        "group",
        "kind",
        "missing",
        "name",
        "namespace",
        "original_name",
        "original_namespace",
        "prefix",
        "template_path",
        "traits",
        "transform",
        "version",
    )

    def __init__(
        self,
        document: Document,
        prefix: FieldPath,
        data: dict[str, Any],
        transform: Transform = NO_TRANSFORM,
        missing: tuple[tuple[str, str], ...] = (),
    ) -> None:
        metadata = as_dict(data.get("metadata"))
        name, namespace = as_text(metadata.get("name")), as_text(metadata.get("namespace")) or None
        api_version, kind = data["apiVersion"], data["kind"]
        group, _ = kinds.split_api_version(api_version)
        route = template_route(group, kind, data)
        traits = traits_in(group, kind, data, route)
        self._tell_apart(document, transform, prefix, missing, api_version, kind, name, namespace, route, traits)

    def _tell_apart(
        self,
        document: Document,
        transform: Transform,
        prefix: FieldPath,
        missing: tuple[tuple[str, str], ...],
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None,
        route: FieldPath | None,
        traits: Traits,
    ) -> None:
        self._open: _View | None = None
        self.document = document
        self.transform = transform
        self.prefix = prefix
        self.missing = missing
        self.api_version, self.kind, self.group, self.version, is_namespaced = kinds.sort_of(api_version, kind)
        self.original_name = name
        self.original_namespace: str | None = intern(namespace) if namespace is not None else None
        self.template_path = route
        self.traits = traits
        if transform is NO_TRANSFORM:  # of nearly all, and quicker
            self.name: str = name
            self.namespace: str | None = self.original_namespace if is_namespaced else None
        else:
            self.name = self._effective_name()
            self.namespace = self._effective_namespace()

    @property
    def identity(self) -> Identity:
        """Return what ``identified`` takes, as plain values."""
        traits = None if self.traits is NO_TRAITS else tuple(self.traits)
        names = (self.api_version, self.kind, self.original_name, self.original_namespace)
        return (self.prefix, self.missing, *names, self.template_path, traits)

    @classmethod
    def identified(cls, document: Document, identity: Identity, transform: Transform = NO_TRANSFORM) -> Resource:
        """Return the object of a document that is told apart by ``identity``; its values are not looked at."""
        resource = cls.__new__(cls)
        prefix, missing, api_version, kind, name, namespace, route, plain = identity
        traits = NO_TRAITS if plain is None else Traits(*plain)
        resource._tell_apart(document, transform, prefix, missing, api_version, kind, name, namespace, route, traits)
        return resource

    def _view(self) -> _View:
        """Return what is known of the values, which the document may have to unpack for it."""
        live = self.document.live
        data: Any = live.data
        for step in self.prefix:
            data = data[step]
        if self.missing:
            data = {**data, **dict(self.missing)}
        view = self._open = _View(self, data)
        live.views.append(view)
        return view

    def forget(self) -> None:
        """Let go of the values: the document has put them away."""
        self._open = None

    def pointers(self, make: Callable[[Resource], tuple[_Pointer, ...]]) -> tuple[_Pointer, ...]:
        """Return the names that the object gives of others, which ``make`` finds, as long as its document is open."""
        view = self._open or self._view()
        if view.pointers is None:
            view.pointers = make(self)
        return view.pointers

    def once(self, make: Callable[[Resource], _Answer]) -> _Answer:
        """Return what ``make`` finds in the object, asked once while its document is open: for what checks share."""
        kept = (self._open or self._view()).kept
        if make not in kept:
            kept[make] = make(self)
        found: _Answer = kept[make]
        return found

    @property
    def data(self) -> dict[str, Any]:
        """Return the object as it is written. Nobody may change it."""
        return (self._open or self._view()).data

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels, with those that the scope adds."""
        view = self._open or self._view()
        if view.labels is None:
            view.labels = string_map(as_dict(view.data.get("metadata")).get("labels"))
            view.labels.update(self.transform.labels)
        return view.labels

    @property
    def annotations(self) -> dict[str, str]:
        """Return the annotations."""
        view = self._open or self._view()
        if view.annotations is None:
            view.annotations = string_map(as_dict(view.data.get("metadata")).get("annotations"))
        return view.annotations

    def _effective_name(self) -> str:
        transform = self.transform
        if not self.original_name:
            return ""
        if (self.group, self.kind) in _NEVER_RENAMED:
            is_moved = self.kind == "Namespace" and transform.namespace
            return transform.namespace or self.original_name if is_moved else self.original_name
        if not transform.prefix and not transform.suffix:
            return self.original_name  # the same string: most objects are not renamed
        return f"{transform.prefix}{self.original_name}{transform.suffix}"

    def _effective_namespace(self) -> str | None:
        transform = self.transform
        if transform.is_cluster_scoped or not kinds.is_namespaced(self.group, self.kind):
            return None
        return transform.namespace or self.original_namespace or transform.default_namespace

    @property
    def id(self) -> ResourceId:
        """Return what names this object for people and for fingerprints."""
        return ResourceId(self.group, self.kind, self.namespace, self.name)

    @property
    def is_patch(self) -> bool:
        """Return whether this is a partial object, on which rules about missing fields do not run."""
        return self.transform.is_patch

    @property
    def is_namespaced(self) -> bool:
        """Return whether objects of this kind live in a namespace."""
        return not self.transform.is_cluster_scoped and kinds.is_namespaced(self.group, self.kind)

    @property
    def pod_template(self) -> PodTemplate | None:
        """Return the pod that this workload makes, or None where it makes none."""
        if self.template_path is None:
            return None
        view = self._open or self._view()
        if isinstance(view.template, bool):
            view.template = template_of(self)
        return view.template

    @property
    def pod_labels(self) -> dict[str, str]:
        """Return the labels of the pods that this workload makes; nobody opens the document for them."""
        flat = self.traits.pod_labels
        return with_added(self, dict(zip(flat[::2], flat[1::2], strict=True)))

    @property
    def is_workload(self) -> bool:
        """Return whether this object makes pods."""
        return self.template_path is not None

    def place(self, *path: str | int, spot: Spot = "entry") -> Place:
        """Return the place of a field of this object."""
        return Place(self.document, (*self.prefix, *path), spot)

    def get(self, *path: str | int, default: Any = None) -> Any:
        """Return what lies at ``path``; ``default`` where a step does not exist or the value is null."""
        data: Any = (self._open or self._view()).data
        for step in path:
            if data.__class__ is dict:
                data = data.get(step)
            elif data.__class__ is list and isinstance(step, int) and -len(data) <= step < len(data):
                data = data[step]
            else:
                return default
        return default if data is None else data

    def may_be_patched(self, *path: str | int) -> bool:
        """Return whether a patch of this scope touches ``path``, something below it, or all that holds it."""
        patched = self.transform.patched
        return bool(patched) and any(
            all(a == b or "*" in (a, b) for a, b in zip(path, touched, strict=False)) for touched in patched
        )

    def view(self, transform: Transform) -> Resource:
        """Return this object as seen in a scope; the data is shared."""
        other = Resource.__new__(Resource)
        other._open = None
        other.document = self.document
        other.prefix = self.prefix
        other.missing = self.missing
        other.api_version = self.api_version
        other.kind = self.kind
        other.group = self.group
        other.version = self.version
        other.original_name = self.original_name
        other.original_namespace = self.original_namespace
        other.template_path = self.template_path
        other.traits = self.traits
        other.transform = transform
        other.name = other._effective_name()
        other.namespace = other._effective_namespace()
        return other

    def __repr__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"<{self.kind} {where}{self.name}>"


def resources_of(document: Document) -> tuple[Resource, ...]:
    """Return the Kubernetes objects of a document: itself, or the items of a List; none where it is something else.

    Items of a typed list (``PodList``) need no kind of their own. A kustomization file may leave out apiVersion and
    kind; it counts as what kustomize takes it for.
    """
    if document.document_class not in _HOLDS_OBJECTS:
        return ()
    found: list[Resource] = []
    data = document.data
    missing: tuple[tuple[str, str], ...] = ()
    if document.document_class == "kustomize" and isinstance(data, dict) and not data.get("kind"):
        missing = (("apiVersion", f"{_KUSTOMIZE_GROUP}/v1beta1"), ("kind", "Kustomization"))
        data = {**data, **dict(missing)}
    _collect(document, (), data, missing, found, 0)
    if document.document_class == "patch":
        return tuple(resource.view(_PATCH) for resource in found)
    return tuple(found)


def resources_from(document: Document, identities: Iterable[Identity]) -> tuple[Resource, ...]:
    """Return what ``resources_of`` returns, of objects that are known already; the values stay packed."""
    transform = _PATCH if document.document_class == "patch" else NO_TRANSFORM
    return tuple([Resource.identified(document, identity, transform) for identity in identities])


def _collect(
    document: Document,
    prefix: FieldPath,
    data: Any,
    missing: tuple[tuple[str, str], ...],
    found: list[Resource],
    depth: int,
) -> None:
    if not isinstance(data, dict):
        return
    api_version, kind = data.get("apiVersion"), data.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str) or not api_version or not kind:
        return
    items = data.get("items")
    if not kind.endswith("List") or not isinstance(items, list):
        found.append(Resource(document, prefix, data, missing=missing))
        return
    if depth == _MAX_LIST_DEPTH:
        return
    item_kind = kind.removesuffix("List")
    for index, item in enumerate(items):
        unsaid: tuple[tuple[str, str], ...] = ()
        if isinstance(item, dict) and item_kind and "kind" not in item:
            unsaid = tuple(pair for pair in (("apiVersion", api_version), ("kind", item_kind)) if pair[0] not in item)
            item = {**item, **dict(unsaid)}
        _collect(document, (*prefix, "items", index), item, unsaid, found, depth + 1)

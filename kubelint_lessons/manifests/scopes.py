"""Which resources are applied together: one kustomization with all that it builds on, or the files outside any.

See docs/scopes.md for the rules in prose. Nothing here reads a file: what a kustomization names and the given
documents do not hold makes its scope incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from kubelint_lessons.manifests.alternatives import find_alternatives, home_of
from kubelint_lessons.manifests.building import Build, Tree
from kubelint_lessons.manifests.completeness import reasons_of_documents, reasons_of_resources
from kubelint_lessons.manifests.deployers import Deployer, find_deployers
from kubelint_lessons.manifests.elsewhere import Elsewhere, Population
from kubelint_lessons.manifests.kustomize import Generated
from kubelint_lessons.manifests.pathkeys import Paths
from kubelint_lessons.manifests.podtemplates import as_dict
from kubelint_lessons.manifests.relations import Relations
from kubelint_lessons.manifests.resources import NO_TRANSFORM, Resource

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document

MAX_REASONS = 20


class Scope:
    """Resources that are applied together. ``inputs`` shape them without being applied: kustomizations, patches.

    ``unread`` says what belongs to the scope and could not be read, ``templates`` what lies beside it unrendered.
    """

    __slots__ = (
        "_elsewhere",
        "_is_read",
        "_relations",
        "complete",
        "generated",
        "incomplete_because",
        "inputs",
        "resources",
        "root",
    )

    def __init__(
        self,
        root: str,
        resources: Iterable[Resource],
        inputs: Iterable[Resource],
        generated: Iterable[Generated],
        unread: Iterable[str],
        templates: Iterable[str],
        elsewhere: Elsewhere,
    ) -> None:
        self.root = root
        self.resources = _in_file_order(resources)
        self.inputs = _in_file_order(inputs)
        self.generated = tuple(dict.fromkeys(generated))
        unread = tuple(unread)
        self._is_read = not unread
        found = dict.fromkeys([*unread, *templates, *reasons_of_resources(self.resources)])
        self.incomplete_because = tuple(found)[:MAX_REASONS]
        self.complete = not self.incomplete_because
        self._elsewhere = elsewhere
        self._relations: Relations | None = None

    @property
    def is_read(self) -> bool:
        """Return whether every file that belongs to the scope was read."""
        return self._is_read

    @classmethod
    def remembered(
        cls,
        root: str,
        resources: tuple[Resource, ...],
        inputs: tuple[Resource, ...],
        generated: tuple[Generated, ...],
        is_read: bool,
        incomplete_because: tuple[str, ...],
        elsewhere: Elsewhere,
    ) -> Scope:
        """Return a scope with all that was worked out of it before, its resources in their order."""
        scope = cls.__new__(cls)
        scope.root = root
        scope.resources = resources
        scope.inputs = inputs
        scope.generated = generated
        scope._is_read = is_read
        scope.incomplete_because = incomplete_because
        scope.complete = not incomplete_because
        scope._elsewhere = elsewhere
        scope._relations = None
        return scope

    @property
    def relations(self) -> Relations:
        """Return every join inside this scope; its indexes are built when first asked."""
        if self._relations is None:
            self._relations = Relations(self.resources, self.generated, self.complete, self._is_read, self._elsewhere)
        return self._relations

    def close(self) -> None:
        """Drop the indexes; they are built again when somebody asks."""
        self._relations = None

    def __repr__(self) -> str:
        return f"<scope {self.root or '.'}: {len(self.resources)} resources>"


def build_scopes(project_root: str, documents: Sequence[Document]) -> tuple[Scope, ...]:
    """Return the scopes of a project in order of their roots; every resource of ``documents`` is in at least one.

    ``project_root`` and the documents' paths are absolute or relative to the current directory. Roots are reported as
    the documents' paths are.
    """
    paths = Paths()
    tree = Tree(paths, documents)
    resources = [item for document in documents for item in document.resources]
    cluster_kinds = _cluster_kinds(resources)
    root = paths.key(project_root or ".")
    deployers = find_deployers(root, resources, tree.files.directories)
    builds = _builds(tree, deployers)
    elsewhere = Elsewhere()
    scopes = [
        Scope(
            paths.show(build.directory),
            _seen([member.seen() for member in build.members], cluster_kinds),
            tree.inputs_of(build),
            build.generated,
            build.reasons,
            (),
            elsewhere,
        )
        for build in builds
    ]
    scopes += _plain_scopes(tree, paths, root, cluster_kinds, elsewhere)
    scopes = [scope for scope in scopes if scope.resources or scope.inputs]
    scopes.sort(key=lambda scope: scope.root)
    elsewhere.watch(Population(scope.resources for scope in scopes))
    return tuple(scopes)


def one_scope(root: str, documents: Sequence[Document]) -> Scope:
    """Return a single scope of all resources of ``documents``, whatever they are: how a lesson's example is read."""
    applied = [item for document in documents if _is_applied(document) for item in document.resources]
    inputs = [item for document in documents if not _is_applied(document) for item in document.resources]
    resources = _seen(applied, _cluster_kinds([*applied, *inputs]))
    return Scope(root, resources, inputs, (), *reasons_of_documents(documents), Elsewhere())


def _builds(tree: Tree, deployers: list[Deployer]) -> list[Build]:
    """Return what each root builds: deployed directories, then kustomizations that no other one builds on."""
    builds: list[Build] = []
    referenced: set[str] = set()
    deployed = [deployer for deployer in deployers if tree.files.has_directory(deployer.directory)]
    for deployer in deployed:
        if not tree.is_chart(deployer.directory):
            builds.append(tree.build(deployer.directory, deployer))
    for directory in tree.kustomizations:
        referenced.update(tree.kustomizations[directory].references)
    done = {build.directory for build in builds} | {used for build in builds for used in build.directories}
    roots = [directory for directory in sorted(tree.kustomizations) if directory not in referenced]
    for directory in roots + sorted(tree.kustomizations):
        if directory not in done:
            builds.append(tree.build(directory))
            done |= builds[-1].directories | {directory}
    return builds


def _plain_scopes(
    tree: Tree,
    paths: Paths,
    root: str,
    cluster_kinds: frozenset[tuple[str, str]],
    elsewhere: Elsewhere,
) -> list[Scope]:
    """Return the scopes of what no kustomization takes in: the project's rest, and directories that are apart."""
    placed = list(tree.files.left())
    apart = find_alternatives(
        root,
        ((directory, item) for directory, documents in placed for document in documents for item in document.resources),
    )
    homes = {directory: home_of(directory, apart) or root for directory in {directory for directory, _ in placed}}
    groups: dict[str, list[Document]] = {}
    for directory, documents in placed:
        groups.setdefault(homes[directory], []).extend(documents)
    return [
        Scope(
            paths.show(home),
            _seen(
                [item for document in members if _is_applied(document) for item in document.resources], cluster_kinds
            ),
            [item for document in members if not _is_applied(document) for item in document.resources],
            (),
            *reasons_of_documents(members),
            elsewhere,
        )
        for home, members in groups.items()
    ]


def _is_applied(document: Document) -> bool:
    return document.document_class not in ("patch", "kustomize")


def _seen(resources: list[Resource], cluster_kinds: frozenset[tuple[str, str]]) -> list[Resource]:
    """Return objects as the cluster sees them: those of ``cluster_kinds`` without a namespace."""
    kinds = {kind for _, kind in cluster_kinds}
    return [
        resource.view(resource.transform._replace(is_cluster_scoped=True))
        if resource.kind in kinds and (resource.group, resource.kind) in cluster_kinds
        else resource
        for resource in resources
    ]


def _cluster_kinds(resources: Iterable[Resource]) -> frozenset[tuple[str, str]]:
    """Return the cluster-scoped kinds that CustomResourceDefinitions among the resources define."""
    found: set[tuple[str, str]] = set()
    for resource in resources:
        if resource.kind == "CustomResourceDefinition" and resource.group == "apiextensions.k8s.io":
            spec = as_dict(resource.get("spec"))
            group, kind = spec.get("group"), as_dict(spec.get("names")).get("kind")
            if spec.get("scope") == "Cluster" and isinstance(group, str) and isinstance(kind, str):
                found.add((group, kind))
    return frozenset(found)


def _in_file_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return objects in the order of their files, what stands at one place in the order of what happens to it."""
    placed = [(_place_of(resource), resource) for resource in resources]
    if len(placed) > 1 and len({place for place, _ in placed}) < len(placed):
        placed.sort(key=lambda item: (item[0], _happens_to(item[1])))
    else:
        placed.sort(key=itemgetter(0))
    return tuple(resource for _, resource in placed)


def _place_of(resource: Resource) -> tuple[str, int, str]:
    document = resource.document
    inside = ",".join(f"{step:>8}" for step in resource.prefix) if resource.prefix else ""
    return document.source.path, document.index, inside


def _happens_to(resource: Resource) -> str:
    return repr(resource.transform) if resource.transform != NO_TRANSFORM else ""

"""Follows a kustomization through everything that it takes in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubelint_lessons.manifests.completeness import reason_of_document
from kubelint_lessons.manifests.deployers import Deployer
from kubelint_lessons.manifests.filetable import FileTable
from kubelint_lessons.manifests.kustomize import FILE_NAMES, Generated, Kustomization, Patch, parse_kustomization
from kubelint_lessons.manifests.load import load
from kubelint_lessons.manifests.patches import deletes_target, matches_target, names_target, touched_routes
from kubelint_lessons.manifests.pathkeys import Paths, name_of, parent
from kubelint_lessons.manifests.podtemplates import as_dict
from kubelint_lessons.manifests.problems import ReadError
from kubelint_lessons.manifests.resources import NO_TRANSFORM, Resource, Transform
from kubelint_lessons.manifests.source import Source, split
from kubelint_lessons.manifests.transforms import Member, apply_layer, generate
from kubelint_lessons.model.records import NamedTuple

if TYPE_CHECKING:
    from kubelint_lessons.manifests.documents import Document

MAX_DEPTH = 50
MAX_MEMBERS = 50_000
MAX_WORK = 3_000_000
"""Objects that are carried through layers and patches in one project; a few lines of YAML can ask for billions."""
MAX_REASONS = 50


class Build(NamedTuple):
    """What comes out of one root; ``directories`` are the kustomizations that went into it."""

    directory: str
    members: list[Member]
    generated: list[Generated]
    reasons: list[str]
    files: frozenset[str]
    directories: frozenset[str]


class Tree:
    """The documents of a project by file, its kustomizations by directory, and what comes out of these.

    ``files`` knows which files a build has taken in or read so far.
    """

    def __init__(self, paths: Paths, documents: Sequence[Document]) -> None:
        self._show = paths.show
        self.files = FileTable(paths, documents)
        self.kustomizations: dict[str, Kustomization] = {}
        self._kustomization_files: dict[str, str] = {}
        for path in self.files.named(FILE_NAMES):
            directory = parent(path)
            if directory not in self.kustomizations:
                read = self.files.documents(path)
                data = next((item.data for item in read if item.document_class != "empty"), None)
                self.kustomizations[directory] = parse_kustomization(directory, paths.show(path), data)
                self._kustomization_files[directory] = path
        self._memo: dict[str, Build] = {}
        self._work = 0

    def is_chart(self, directory: str) -> bool:
        """Return whether the directory is a Helm chart, which nobody applies as it stands."""
        return f"{directory}/Chart.yaml" in self.files

    def inputs_of(self, build: Build) -> list[Resource]:
        """Return the kustomizations and patches of a build as partial objects that are never applied."""
        found: list[Resource] = []
        for path in build.files:
            is_kustomization = name_of(path) in FILE_NAMES
            for document in self.files.documents(path):
                for resource in document.resources:
                    found.append(resource if is_kustomization else resource.view(Transform(is_patch=True)))
        return found

    def build(self, directory: str, deployer: Deployer | None = None) -> Build:
        """Return what the kustomization of a directory builds; ``deployer`` may stand in for one, and adds a layer."""
        kustomization = self.kustomizations.get(directory)
        if kustomization is None and deployer is not None:
            build = self._take_in(self._plain(deployer), (directory,), [])
        else:
            build = self._memoised(directory, ())
        if kustomization is not None and kustomization.is_component:
            reason = f"{self._show(self._kustomization_files[directory])} is a component that nothing here uses"
            build = build._replace(reasons=[reason, *build.reasons])
        if deployer is not None:
            outer = self._take_in(deployer.layer, (directory, f"{directory}#"), build.members)
            build = Build(
                directory,
                outer.members,
                generate(deployer.layer, build.generated),
                build.reasons + outer.reasons,
                build.files | outer.files,
                build.directories | outer.directories,
            )
        return build

    def _plain(self, deployer: Deployer) -> Kustomization:
        """Return the kustomization that a deployer makes up for a directory without one."""
        start = f"{deployer.directory}/"
        taken: set[str] = set()
        for path in self.files.below(deployer.directory):
            if deployer.takes(path[len(start) :]):
                taken.add(self._outermost(path, deployer.directory) or path)
        return Kustomization(deployer.directory, resources=tuple(sorted(taken)))

    def _outermost(self, path: str, above: str) -> str | None:
        """Return the outermost kustomization between ``above`` and a file below it, or None where there is none."""
        found = None
        directory = parent(path)
        while directory != above:
            if directory in self.kustomizations:
                found = directory
            directory = parent(directory)
        return found

    def _memoised(self, directory: str, trail: tuple[str, ...]) -> Build:
        build = self._memo.get(directory)
        if build is None:
            kustomization = self.kustomizations[directory]
            build = self._take_in(kustomization, (*trail, directory), [])
            path = self._kustomization_files[directory]
            read = self.files.take(path)
            reasons = [reason for document in read if (reason := reason_of_document(document)) is not None]
            build = self._memo[directory] = Build(
                directory,
                build.members,
                build.generated,
                reasons + build.reasons,
                build.files | {path},
                build.directories | {directory},
            )
        return build

    def _take_in(self, layer: Kustomization, trail: tuple[str, ...], given: list[Member]) -> Build:
        """Return ``given`` and what ``layer`` adds to them, changed as it says."""
        members = list(given)
        generated: list[Generated] = []
        reasons = list(layer.incomplete)
        files: set[str] = set()
        directories: set[str] = set()
        for entry in layer.resources:
            is_kustomization = entry.endswith(FILE_NAMES) and name_of(entry) in FILE_NAMES
            documents = () if is_kustomization else self.files.take(entry)
            if documents:
                reasons += [reason for item in documents if (reason := reason_of_document(item)) is not None]
                members += [Member(item, NO_TRANSFORM) for document in documents for item in document.resources]
                continue
            inner = self._inner(entry, trail, reasons)
            if inner is not None:
                members += inner.members
                self._note(inner, generated, reasons, files, directories)
        for entry in layer.components:
            component = self.kustomizations.get(entry)
            inner = self._inner(entry, trail, reasons, is_component=True)
            if inner is None or component is None:
                continue
            changed = self._take_in(component, (*trail, entry), members)
            members = changed.members
            self._note(changed, generated, reasons, files, directories)
            files.add(self._kustomization_files[entry])
            directories.add(entry)
            self.files.take(self._kustomization_files[entry])
        members = list(dict.fromkeys(members))
        self._work += len(members) * (2 + len(layer.patches))
        if len(members) > MAX_MEMBERS or self._work > MAX_WORK:
            reasons.append(f"{self._show(layer.directory)} takes in more objects than are looked at")
            members = []
        for patch in layer.patches:
            members = self._patch(patch, layer.directory, members, reasons, files)
        known_files = {path for path in layer.other_files if self.files.take(path)}
        return Build(
            layer.directory,
            apply_layer(members, layer),
            list(dict.fromkeys(generate(layer, generated))),
            list(dict.fromkeys(reasons))[:MAX_REASONS],
            frozenset(files | known_files),
            frozenset(directories),
        )

    @staticmethod
    def _note(
        inner: Build, generated: list[Generated], reasons: list[str], files: set[str], directories: set[str]
    ) -> None:
        generated += inner.generated
        reasons += inner.reasons
        files |= inner.files
        directories |= inner.directories

    def _inner(
        self, entry: str, trail: tuple[str, ...], reasons: list[str], is_component: bool = False
    ) -> Build | None:
        """Return the build of another kustomization, or say why there is none."""
        if name_of(entry) in FILE_NAMES:
            entry = parent(entry)
        if entry not in self.kustomizations:
            what = "holds no kustomization" if self.files.has_directory(entry) else "is not among the files read"
            reasons.append(f"{self._show(entry)} {what}")
        elif entry in trail:
            reasons.append(f"{self._show(entry)} builds on itself")
        elif len(trail) > MAX_DEPTH:
            reasons.append(f"{self._show(entry)} lies under more than {MAX_DEPTH} kustomizations")
        elif is_component:
            return Build(entry, [], [], [], frozenset(), frozenset())
        else:
            return self._memoised(entry, trail)
        return None

    def _patch(
        self, patch: Patch, directory: str, members: list[Member], reasons: list[str], files: set[str]
    ) -> list[Member]:
        if patch.file:
            documents = self.files.take(patch.file)
            if not documents:
                reasons.append(f"{self._show(patch.file)} is not among the files read")
                return members
            files.add(patch.file)
            bodies = [document.data for document in documents if document.document_class != "empty"]
            if any(document.document_class == "broken" for document in documents):
                reasons.append(f"{self._show(patch.file)} could not be read")
        else:
            bodies = _load_inline(patch.text) or []
            if not bodies:
                reasons.append(f"a patch in {self._show(directory) or '.'} could not be read")
        for body in bodies:
            members = _apply_patch(body, patch.target, members)
        return members


def _apply_patch(body: Any, target: dict[str, Any] | None, members: list[Member]) -> list[Member]:
    routes = touched_routes(body)
    is_removal = deletes_target(body)
    kind = target.get("kind") if target is not None else as_dict(body).get("kind")
    is_plain = isinstance(kind, str) and kind.isalnum()
    result: list[Member] = []
    for member in members:
        if is_plain and member.resource.kind != kind:
            result.append(member)
            continue
        resource = member.seen()
        is_meant = matches_target(target, resource) if target is not None else names_target(body, resource)
        if not is_meant:
            result.append(member)
        elif not is_removal:
            result.append(member.patched_at(routes))
    return result


def _load_inline(text: str) -> list[Any] | None:
    """Return the patches of an inline text, or None where it cannot be read."""
    try:
        return [load(chunk.text).data for chunk in split(Source("", text))]
    except ReadError:
        return None

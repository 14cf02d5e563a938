"""What judging looks at: all that a project holds, or as much of it as matters for the files that are reported on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kubelint_lessons.engine.collect import collect, is_checked
from kubelint_lessons.engine.facts import Facts, documents_from, pays
from kubelint_lessons.engine.layout import Kind, Layout, Layouts, Member, PlainScope, layout_of
from kubelint_lessons.engine.marks import FirstLook
from kubelint_lessons.engine.reading import Reader, ReadFile, Wanted, is_read_as_usual
from kubelint_lessons.engine.readings import Readings
from kubelint_lessons.engine.result import RunError
from kubelint_lessons.manifests.documents import Document, settle_patches
from kubelint_lessons.manifests.elsewhere import Elsewhere, Population
from kubelint_lessons.manifests.inputs import Project
from kubelint_lessons.manifests.kinds import split_api_version
from kubelint_lessons.manifests.kustomize import Generated
from kubelint_lessons.manifests.outline import outline_of
from kubelint_lessons.manifests.quickload import forget_rows
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope, build_scopes, one_scope
from kubelint_lessons.model.records import NamedTuple

_SHARE = 32
"""Where more than one of so many files changed, everything is looked at anew."""


class View(NamedTuple):
    """What a run looks at. ``files`` are by path as shown; more may come while a scope looks at others.

    ``witnesses`` are the documents that tell of the cluster, ``kinds`` those of all objects of scopes that are not
    among ``scopes``; ``incomplete`` is why any scope of the project is. ``errors`` grows as in ``Collected``.
    ``is_whole`` says that all files are among ``files``.
    """

    files: dict[str, ReadFile]
    scopes: tuple[Scope, ...]
    witnesses: list[Document]
    kinds: Sequence[Kind]
    incomplete: tuple[str, ...]
    errors: list[RunError]
    is_whole: bool

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return every document that was looked at."""
        return tuple(document for read in self.files.values() for document in read.documents)


class Looker:
    """Looks at one project. Where results are remembered and most files are not reported on, it keeps a layout."""

    def __init__(
        self,
        project: Project,
        bits: Mapping[str, int],
        readings: Readings | None,
        look: FirstLook,
        *asked: object,
    ) -> None:
        """``bits`` are as in ``load``, ``look`` as in ``collect``; ``asked`` is what else decides what is read."""
        self._project = project
        self._bits = bits
        self._readings = readings
        self._look = look
        self._layouts: Layouts | None = None
        if readings is not None and readings.blobs.is_kept and _is_part(project):
            self._layouts = Layouts(readings.blobs, project, sorted(bits.items()), *asked)

    def whole(
        self,
        wants_text: frozenset[str],
        jobs: int,
        enter: Callable[[str], None],
        *,
        is_one_scope: bool = False,
    ) -> View:
        """Return everything; ``jobs`` as in ``Settings``, ``enter`` is told when scopes begin."""
        layouts = None if is_one_scope else self._layouts
        collected = collect(
            self._project, wants_text, self._bits, self._readings, jobs, self._look, layouts is not None
        )
        documents = collected.documents
        enter("scopes")
        scopes: tuple[Scope, ...]
        if is_one_scope:
            scopes = (one_scope(self._project.shown_root, documents),)
        else:
            scopes = build_scopes(self._project.shown_root, documents)
        if layouts is not None and self._readings is not None:
            known = self._readings.files
            hashes = [known.get(read.file.absolute, b"") for read in collected.files]
            if len(hashes) == len(collected.wanted) and all(hashes):
                layouts.put(layout_of(self._project, collected, scopes, hashes))
        incomplete = tuple(dict.fromkeys(reason for scope in scopes for reason in scope.incomplete_because))
        witnesses = [document for document in documents if is_checked(document)]
        files = {read.source.path: read for read in collected.files}
        return View(files, scopes, witnesses, (), incomplete, collected.errors, is_whole=True)

    def part(self) -> View | None:
        """Return what matters for the files that are reported on; None where that is not known."""
        layout = self._layouts.get() if self._layouts is not None else None
        if layout is None or self._readings is None:
            return None
        opened = _Opened(self._project, layout, self._bits, self._readings, self._look)
        return opened.view() if opened.agrees() else None


def _is_part(project: Project) -> bool:
    reported = [file for file in project.files if file.is_reported]
    is_small = 2 * len(reported) <= len(project.files)
    return is_small and pays(len(project.files)) and all(map(is_read_as_usual, reported))


class _Opened:
    """The files of a project that were opened, by their numbers in its layout."""

    def __init__(
        self, project: Project, layout: Layout, bits: Mapping[str, int], readings: Readings, look: FirstLook
    ) -> None:
        self._layout = layout
        self._readings = readings
        self._errors: list[RunError] = []
        self._facts = Facts(readings.blobs, project.root, bits, len(project.files))
        self._reader = Reader(self._facts, bits, readings, self._errors, look)
        files = project.files
        self._wanted = [Wanted(files[index], hint) for index, hint in zip(layout.wanted, layout.hints, strict=True)]
        self._files: dict[int, ReadFile] = {}
        self._by_path: dict[str, ReadFile] = {}
        self._elsewhere = Elsewhere()
        self._elsewhere.watch(_Kept(layout, self))

    def agrees(self) -> bool:
        """Return whether all files hold what they held, or the same in outline; opens those that changed."""
        hashes = self._layout.hashes
        changed = [
            number
            for number, (file, hint) in enumerate(self._wanted)
            if file.data is not None or not self._facts.holds(file, hint, hashes[number])
        ]
        if len(changed) * _SHARE > len(hashes) or not all(map(self._agrees, changed)):
            return False
        forget_rows()
        known = {wanted.file.absolute: content for wanted, content in zip(self._wanted, hashes, strict=True)}
        for number in changed:
            del known[self._wanted[number].file.absolute]
        self._readings.files.update(known)
        return True

    def _agrees(self, number: int) -> bool:
        """Open a file that may have changed; return whether nothing in it changes the layout."""
        file, hint = self._wanted[number]
        content = self._layout.hashes[number]
        read = self._reader.read(self._wanted[number])
        if read is None:
            return False
        if file.data is not None or self._readings.files[file.absolute] != content:
            known = self._facts.of_content(file, hint, content)
            outline = None if known is None or number in self._layout.inputs else outline_of(read.documents)
            if known is None or outline is None or outline != outline_of(documents_from(read.source, known)):
                return False
        self._add(number, read)
        return True

    def view(self) -> View:
        """Return what matters for the files that are reported on."""
        layout = self._layout
        reported = {number for number, (file, _) in enumerate(self._wanted) if file.is_reported}
        scopes = tuple(self._scope(layout.scopes[index]) for index in layout.reached(reported))
        for number in (*reported, *layout.witnesses):
            self.file(number)
        files = [self._files[number] for number in sorted(self._files)]
        self._by_path = {read.source.path: read for read in files}
        witnesses = [document for read in files for document in read.documents if is_checked(document)]
        incomplete = tuple(dict.fromkeys(reason for scope in layout.scopes for reason in scope.incomplete_because))
        return View(self._by_path, scopes, witnesses, layout.kinds, incomplete, self._errors, is_whole=False)

    def _scope(self, plain: PlainScope) -> Scope:
        members = tuple(map(self.resource, plain.members))
        return Scope.remembered(
            plain.root,
            members[: plain.resources],
            members[plain.resources :],
            tuple(Generated(*item) for item in plain.generated),
            plain.is_read,
            plain.incomplete_because,
            self._elsewhere,
        )

    def resource(self, member: Member) -> Resource:
        """Return an object as its scope sees it."""
        number, document, position, transform, _ = member
        resource = self.file(number).documents[document].resources[position]
        wanted = self._layout.transforms[transform]
        return resource if resource.transform == wanted else resource.view(wanted)

    def file(self, number: int) -> ReadFile:
        """Return a file that holds what it held."""
        read = self._files.get(number)
        if read is None:
            file, hint = self._wanted[number]
            known = self._facts.of_content(file, hint, self._layout.hashes[number])
            read = self._reader.read(self._wanted[number]) if known is None else self._reader.known(file, known)
            assert read is not None
            self._add(number, read)
        return read

    def _add(self, number: int, read: ReadFile) -> None:
        if self._layout.is_unpatched:
            settle_patches(read.documents)
        self._files[number] = self._by_path[read.source.path] = read


class _Kept(Population):
    """The resources of all scopes, opened when somebody asks for them."""

    def __init__(self, layout: Layout, opened: _Opened) -> None:
        super().__init__()
        self._layout = layout
        self._opened = opened
        self._kinds: dict[str, list[Resource]] = {}

    def __iter__(self) -> Iterator[Resource]:
        return map(self._opened.resource, self._members())

    def count_scopes(self) -> int:
        return len(self._layout.scopes)

    def kinds(self) -> set[tuple[str, str]]:
        kinds = self._layout.kinds
        held = {kinds[member[-1]] for member in self._members()}
        return {(split_api_version(api_version)[0], kind) for api_version, kind, _ in held}

    def of_kind(self, kind: str) -> Sequence[Resource]:
        found = self._kinds.get(kind)
        if found is None:
            wanted = {number for number, (_, name, _) in enumerate(self._layout.kinds) if name == kind}
            members = [member for member in self._members() if member[-1] in wanted]
            found = self._kinds[kind] = [self._opened.resource(member) for member in members]
        return found

    def _members(self) -> Iterator[Member]:
        for scope in self._layout.scopes:
            yield from scope.members[: scope.resources]

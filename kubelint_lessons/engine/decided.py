"""Whether a run can tell that a rule finds nothing somewhere: only then is a suppression of it unused."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kubelint_lessons.engine.collect import is_checked
from kubelint_lessons.engine.overrides import Overrides
from kubelint_lessons.engine.reading import ReadFile
from kubelint_lessons.lessons.checks import OWN_CHECKS
from kubelint_lessons.lessons.rule import Rule
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope

_TEXT_KINDS = ("text", "regex")


class Decided:
    """Knows what the rules of one run were able to judge.

    A rule says nothing where facts are missing, where an expression cannot be evaluated, and where a relation is
    unknown. Which of its relations a Python check asked for is its own affair, so for every rule that may join objects
    the scope has to be certain as a whole.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        silent: Collection[str],
        scopes: tuple[Scope, ...],
        *,
        is_whole: bool,
        overrides: Overrides | None = None,
    ) -> None:
        """``silent`` are the rules that did not run everywhere; ``is_whole`` says that nothing failed in the run."""
        self._overrides = overrides
        self._rules = rules
        self._silent = frozenset(silent)
        self._scopes = scopes
        self._is_whole = is_whole
        self._uncertain: frozenset[str] | None = None

    def in_file(self, rule: str, read: ReadFile, line: int) -> bool:
        """Return whether ``rule`` looked at everything around a line of a file and knew enough to judge it."""
        if not self._ran(rule, read.source.path):
            return False
        found = self._rules[rule]
        if _reads_text_only(found):
            return True
        holders = [document for document in read.documents if document.first_line <= line] or list(read.documents[:1])
        if not holders or not (is_checked(holders[-1]) or _asks_the_reader(found)):
            return False
        return not _may_join(found) or read.source.path not in self._uncertain_files()

    def everywhere(self, rule: str, paths: Iterable[str]) -> bool:
        """Return whether ``rule`` knew enough to judge all files of the project, which are ``paths``."""
        if not all(self._ran(rule, path) for path in paths):
            return False
        return not _may_join(self._rules[rule]) or not self._uncertain_files()

    def _ran(self, rule: str, path: str) -> bool:
        is_on = self._overrides is None or self._overrides.allows(rule, path)
        return is_on and self._is_whole and rule in self._rules and rule not in self._silent

    def _uncertain_files(self) -> frozenset[str]:
        """Return the files that belong to a scope in which something is unknown."""
        if self._uncertain is None:
            found: set[str] = set()
            for scope in self._scopes:
                is_certain = scope.complete and not _mixes_namespaces(scope.resources)
                for resource in (*scope.resources, *scope.inputs):
                    changed = bool(resource.transform.patched) or resource.is_patch
                    if changed or not is_certain or scope.relations.is_ambiguous(resource):
                        found.add(resource.document.source.path)
            self._uncertain = frozenset(found)
        return self._uncertain


def _reads_text_only(rule: Rule) -> bool:
    return all(detector.kind in _TEXT_KINDS for detector in rule.detectors)


def _asks_the_reader(rule: Rule) -> bool:
    return all(detector.check in OWN_CHECKS for detector in rule.detectors)


def _may_join(rule: Rule) -> bool:
    return any(detector.relate or (detector.check and detector.check not in OWN_CHECKS) for detector in rule.detectors)


def _mixes_namespaces(resources: tuple[Resource, ...]) -> bool:
    """Return whether some objects name a namespace and others do not: whether these meet is unknown (DESIGN §3)."""
    namespaced = {resource.namespace is None for resource in resources if resource.is_namespaced}
    return len(namespaced) == 2

"""Which rule blocks look at which kind: worked out once per kind, not once per object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubelint_lessons.engine.marks import Marks
from kubelint_lessons.engine.result import SkippedRule
from kubelint_lessons.engine.runner import Runner
from kubelint_lessons.engine.textrules import TextRule
from kubelint_lessons.lessons.checks import OWN_CHECKS
from kubelint_lessons.lessons.needs import DOUBTED, REFUSED, UNTYPED
from kubelint_lessons.lessons.rule import ANY_KIND, WORKLOADS, Detector, Rule
from kubelint_lessons.manifests.kinds import split_api_version
from kubelint_lessons.manifests.load import ANY_DOCUMENT
from kubelint_lessons.manifests.platform import Platform
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.manifests.scopes import Scope
from kubelint_lessons.model.records import NamedTuple

TEXT_KINDS = ("text", "regex")
"""Kinds of detectors that read lines instead of objects."""


class TextRunner(NamedTuple):
    """A text detector made ready to run."""

    rule: Rule
    text: TextRule

    @property
    def judges_objects(self) -> bool:
        """Return whether other blocks of the rule look at manifests, so that text need not."""
        return any(detector.kind not in TEXT_KINDS for detector in self.rule.detectors)


class Waiting(NamedTuple):
    """A rule block that does not run, and the platform facts that it misses."""

    rule: str
    detector: Detector
    needs: tuple[str, ...]


class Prepared(NamedTuple):
    """All rules of a run, by what they look at; ``waiting`` are the blocks whose facts are missing."""

    runners: tuple[Runner, ...]
    texts: tuple[TextRunner, ...]
    reader: dict[str, tuple[Rule, Detector]]
    waiting: tuple[Waiting, ...]


def text_runners(rules: Mapping[str, Rule]) -> tuple[TextRunner, ...]:
    """Return the text detectors ready to run."""
    return tuple(
        TextRunner(rule, TextRule(detector))
        for rule in rules.values()
        for detector in rule.detectors
        if detector.kind in TEXT_KINDS
    )


def word_bits(rules: Mapping[str, Rule], version: str | None = None) -> dict[str, int]:
    """Return a bit of its own for every word that some block needs a document to hold (``lessons.triggers``).

    Where one asks what the API server of a Kubernetes ``version`` would refuse, documents are marked for it.
    """
    words = {
        word
        for rule in rules.values()
        for detector in rule.detectors
        for trigger in detector.triggers
        for word in trigger
    }
    if not words.isdisjoint((REFUSED, UNTYPED)):
        words.add(f"{DOUBTED}{version}")
    return {word: ANY_DOCUMENT << number for number, word in enumerate(sorted(words), 1)}


def prepare(
    rules: Mapping[str, Rule], texts: tuple[TextRunner, ...], platform: Platform, bits: Mapping[str, int]
) -> Prepared:
    """Return the rule blocks ready to run, ``texts`` among them; a block whose facts are missing waits."""
    runners: list[Runner] = []
    reader: dict[str, tuple[Rule, Detector]] = {}
    waiting: list[Waiting] = []
    for rule in rules.values():
        for detector in rule.detectors:
            if detector.kind in TEXT_KINDS:
                continue
            if detector.check in OWN_CHECKS:
                reader.update(dict.fromkeys(detector.params.get("codes", ()), (rule, detector)))
                continue
            facts = [(need, platform.get(need)) for need in detector.needs]
            absent = tuple(need for need, fact in facts if fact is None)
            if absent:
                waiting.append(Waiting(rule.id, detector, absent))
                continue
            inferred = ", ".join(fact.source for _, fact in facts if fact is not None and fact.inferred)
            runners.append(Runner(rule, detector, inferred, _masks(detector, bits)))
    return Prepared(tuple(runners), texts, reader, tuple(waiting))


def _masks(detector: Detector, bits: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sum(bits[word] for word in trigger) for trigger in detector.triggers) or (ANY_DOCUMENT,)


Chosen = tuple[Runner, ...]
"""The rule blocks that look at an object, in the order of the rules."""

_MOST_CHOICES = 500
"""So many sets of words are remembered for a kind: those of its usual objects."""


class _Kind:
    """The runners of one kind, and which of them look at an object whose document holds certain words.

    ``words`` are the bits that make a difference: for objects that nobody wants a report on, and for all others.
    """

    __slots__ = ("_runners", "choices", "words")

    def __init__(self, runners: Chosen) -> None:
        self._runners = runners
        further = everything = 0
        for runner in runners:
            for mask in runner.masks:
                everything |= mask
                if not runner.detector.alone:
                    further |= mask
        self.words = further, everything
        self.choices: tuple[dict[int, Chosen], dict[int, Chosen]] = {}, {}

    def choose(self, asked: int, is_reported: bool) -> Chosen:
        """Return the runners for those of ``words`` that hold, and remember them as one of the ``choices``."""
        choices = self.choices[is_reported]
        if len(choices) == _MOST_CHOICES:
            choices.clear()
        found = choices[asked] = tuple(self._asked(asked, is_reported))
        return found

    def _asked(self, words: int, is_reported: bool) -> Iterator[Runner]:
        for runner in self._runners:
            for mask in runner.masks:
                if not words & mask:
                    break
            else:
                if is_reported or not runner.detector.alone:
                    yield runner


class Dispatcher:
    """Finds the runners of a resource by its group, version and kind, the words in its document, and its marks."""

    def __init__(self, runners: tuple[Runner, ...], marks: Marks) -> None:
        self._runners = runners
        self._marks = marks
        self._by_name: dict[str, list[int]] = {}
        for position, runner in enumerate(runners):
            for name in {pattern.kind for pattern in runner.detector.match}:
                self._by_name.setdefault(name, []).append(position)
        self._kinds: dict[tuple[str, str, bool, bool], _Kind] = {}
        self._met: set[tuple[str, str, bool]] = set()

    def runners_for(self, resource: Resource, scope: Scope, is_reported: bool) -> Chosen:
        """Return the rule blocks that could say something about this resource of ``scope`` which is reported.

        Their ``match:`` names it, its document holds the words that they need, and what they say of other files than
        those reported on may lie in one. On a patch only those made for patches.
        """
        kind = self.kind_of(resource)
        words = kind.words[is_reported]
        asked = words & (resource.document.words | self._marks.of(resource, scope, words))
        found = kind.choices[is_reported].get(asked)
        return kind.choose(asked, is_reported) if found is None else found

    def meet(self, api_version: str, kind: str, is_workload: bool) -> None:
        """Take note of a kind that nobody asks about here: what waits for facts would have looked at it, too."""
        self._met.add((api_version, kind, is_workload))

    def kind_of(self, resource: Resource) -> _Kind:
        """Return what looks at objects of the kind of a resource."""
        key = (resource.api_version, resource.kind, resource.is_workload, resource.is_patch)
        found = self._kinds.get(key)
        if found is None:
            kind = (resource.group, resource.version, resource.kind, resource.is_workload)
            found = self._kinds[key] = _Kind(tuple(self._matching(kind, resource.is_patch)))
        return found

    def _matching(self, kind: tuple[str, str, str, bool], is_patch: bool) -> Iterator[Runner]:
        names = {kind[2], *ANY_KIND} if kind[3] else {kind[2], *ANY_KIND} - {WORKLOADS}
        for position in sorted({position for name in names for position in self._by_name.get(name, ())}):
            detector = self._runners[position].detector
            if (detector.patches or not is_patch) and detector.matches(*kind):
                yield self._runners[position]

    def skipped(self, waiting: tuple[Waiting, ...]) -> tuple[SkippedRule, ...]:
        """Return the rules that would have looked at an object, had their facts been known."""
        missing: dict[str, dict[str, None]] = {}
        told = self._met.union(key[:3] for key in self._kinds)
        kinds = [(*split_api_version(api_version), kind, is_workload) for api_version, kind, is_workload in told]
        for entry in waiting:
            if any(entry.detector.matches(*kind) for kind in kinds):
                missing.setdefault(entry.rule, {}).update(dict.fromkeys(entry.needs))
        return tuple(SkippedRule(rule, f"needs {', '.join(needs)}", 0) for rule, needs in missing.items())

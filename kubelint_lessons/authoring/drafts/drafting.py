"""From the two sides of a repair to the rules that would have found it, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubelint_lessons.authoring.drafts.blocks import drafts_of, hides_value
from kubelint_lessons.authoring.drafts.compare import Change
from kubelint_lessons.authoring.drafts.inner import inner_drafts
from kubelint_lessons.authoring.drafts.pairing import ReadSide, ResourcePair, pair_resources, read_files
from kubelint_lessons.authoring.drafts.proving import Proven, Refused, prove
from kubelint_lessons.authoring.drafts.relating import join, relation_drafts
from kubelint_lessons.authoring.drafts.relevance import Weight, weigh
from kubelint_lessons.authoring.drafts.ruledraft import RuleDraft
from kubelint_lessons.authoring.drafts.sides import Sides
from kubelint_lessons.authoring.drafts.texts import text_drafts
from kubelint_lessons.authoring.drafts.wording import describe
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.manifests.schema.lookup import Schemas
from kubelint_lessons.model.records import NamedTuple

MOST_CHANGES = 200
_MOST_DRAFTED = 12


class Drafted(NamedTuple):
    """What came of comparing two sides. ``left_out`` and ``remarks`` say why some changes are in no draft.

    ``changes`` counts all differences. Without ``proven`` there is no rule, and ``remarks`` say why.
    """

    proven: tuple[Proven, ...]
    refused: tuple[Refused, ...]
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]
    changes: int


class _Weighed(NamedTuple):
    pair: ResourcePair
    change: Change
    weight: Weight


def draft_rules(sides: Sides, words: str, schemas: Schemas, toolbox: Toolbox) -> Drafted:
    """Return the drafts for what changed between ``sides``; ``words`` tell the story, as far as it is known.
    ``schemas`` know the fields of kinds.

    Never raises for what the files hold: what cannot become a rule is said in a sentence.
    """
    bad, fixed = read_files(sides.bad), read_files(sides.fixed)
    pairs = pair_resources(bad.resources, fixed.resources)
    weighed = [
        _Weighed(pair, change, weigh(change, pair.bad, words))
        for pair in pairs
        if pair.bad is not None
        for change in pair.changes
    ]
    kept, left_out = _relevant(weighed[:MOST_CHANGES])
    remarks: list[str] = []
    if len(weighed) > MOST_CHANGES:
        remarks.append(f"{len(weighed)} fields changed; the first {MOST_CHANGES} were looked at")
    drafts: list[RuleDraft] = []
    if kept or any(pair.bad is None or pair.fixed is None for pair in pairs):
        related = relation_drafts(join((*sides.bad, *sides.context)), join((*sides.fixed, *sides.context)), words)
        drafts += related.drafts
        remarks += related.remarks
    for item in _alike_once(kept)[:_MOST_DRAFTED]:
        found = [
            *inner_drafts(item.pair, item.change, item.weight.score),
            *drafts_of(item.pair, item.change, item.weight.score),
        ]
        drafts += found
        if not found:
            remarks.append(_why_not(item))
    texts = text_drafts(bad.texts, fixed.texts, words)
    drafts += texts.drafts
    remarks += [*texts.remarks, *_of_broken(bad, fixed), *(() if drafts else _of_whole_objects(pairs))]
    drafts = sorted(_merged(drafts), key=lambda draft: -draft.score)
    proven, refused = prove(drafts, sides, schemas, toolbox) if drafts else ((), ())
    return Drafted(proven, refused, tuple(left_out), tuple(dict.fromkeys(remarks)), len(weighed))


def _merged(drafts: Sequence[RuleDraft]) -> list[RuleDraft]:
    """Return drafts of one rule as one, which was broken in several places."""
    found: dict[str, RuleDraft] = {}
    for draft in drafts:
        first = found.setdefault(repr(draft.block), draft)
        if first is not draft:
            found[repr(draft.block)] = first._replace(
                own=(*first.own, *draft.own), mended=(*first.mended, *draft.mended), score=max(first.score, draft.score)
            )
    return list(found.values())


def _relevant(weighed: Sequence[_Weighed]) -> tuple[list[_Weighed], list[str]]:
    """Return the changes that may be the repair, likeliest first, and words on those that came along."""
    possible = [item for item in weighed if item.weight.score]
    strong = [item for item in possible if not item.weight.is_weak]
    kept = strong or possible
    left_out = [f"{_described(item)} ({item.weight.reason})" for item in weighed if item not in kept]
    return sorted(kept, key=lambda item: -item.weight.score), left_out


def _alike_once(kept: Sequence[_Weighed]) -> list[_Weighed]:
    """Return one change for each that was made alike in several objects."""
    seen: dict[tuple[object, ...], _Weighed] = {}
    for item in kept:
        steps = tuple("*" if isinstance(step, int) else step for step in item.change.path)
        bad = item.pair.bad
        home = bad.pod_template is not None if bad is not None else None
        tail = steps[-4:] if home else steps
        key = (item.change.kind, home or (bad.kind if bad else ""), tail, repr(item.change.old), repr(item.change.new))
        seen.setdefault(key, item)
    return list(seen.values())


def _described(item: _Weighed) -> str:
    bad = item.pair.bad
    assert bad is not None
    return f'{bad.kind} "{bad.original_name}": {describe(item.change, hides=hides_value(item.pair, item.change))}'


def _why_not(item: _Weighed) -> str:
    if hides_value(item.pair, item.change):
        return f"{_described(item)}; a lesson must not repeat secret values"
    return f"{_described(item)}; this needs a Python check or a reader"


def _of_whole_objects(pairs: Sequence[ResourcePair]) -> Iterator[str]:
    for pair in pairs:
        resource = pair.bad or pair.fixed
        if resource is None or (pair.bad is not None and pair.fixed is not None):
            continue
        what = "was added" if pair.bad is None else "was removed"
        yield f'{resource.kind} "{resource.original_name}" {what} as a whole'


def _of_broken(bad: ReadSide, fixed: ReadSide) -> Iterator[str]:
    for side, name in ((bad, "bad"), (fixed, "fixed")):
        for path in side.broken:
            yield f"{path or 'the file'} does not parse on the {name} side"

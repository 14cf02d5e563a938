"""How a file is written: its indentation, how far its lists are indented, which quotes it prefers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from kubelint_lessons.fixes.lines import column
from kubelint_lessons.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode, walk
from kubelint_lessons.model.records import NamedTuple

_T = TypeVar("_T", int, str)


class Layout(NamedTuple):
    """What new text is written like. ``step`` indents maps, ``list_step`` the dashes below their key.

    ``has_blocks`` allows literal blocks for text of several lines.
    """

    step: int = 2
    list_step: int = 2
    quote: str = '"'
    has_blocks: bool = True


def layout_of(trees: Iterable[Node | None], text: str) -> Layout:
    """Return the commonest way of writing in the first tree that shows any; what it leaves open the next ones say."""
    step = list_step = quote = None
    for tree in trees:
        if tree is None:
            continue
        steps: Counter[int] = Counter()
        list_steps: Counter[int] = Counter()
        quotes: Counter[str] = Counter()
        _count(tree, text, steps, list_steps, quotes)
        step = step or _commonest(steps)
        list_step = _commonest(list_steps) if list_step is None else list_step
        quote = quote or _commonest(quotes)
        if step and list_step is not None and quote:
            break
    step = step or 2
    return Layout(step, step if list_step is None else list_step, quote or '"')


def _count(tree: Node, text: str, steps: Counter[int], list_steps: Counter[int], quotes: Counter[str]) -> None:
    for node in walk(tree):
        if isinstance(node, ScalarNode):
            if node.style in ("'", '"'):
                quotes[node.style] += 1
        elif isinstance(node, MappingNode) and not node.is_flow:
            for entry in node.entries:
                value = entry.value
                if isinstance(value, (MappingNode, SequenceNode)) and not value.is_flow:
                    inward = column(text, value.start) - column(text, entry.key.outer)
                    counter = steps if isinstance(value, MappingNode) else list_steps
                    if inward >= 0 and (inward > 0 or counter is list_steps):
                        counter[inward] += 1


def _commonest(counter: Counter[_T]) -> _T | None:
    return max(counter, key=counter.__getitem__) if counter else None

"""Which fields an expression reads, worked out from its checked tree."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.lessons.cel_ast import Checked, Node
from kubelint_lessons.lessons.paths import EACH, Step
from kubelint_lessons.model.records import NamedTuple

Place = tuple[int, int]


class Reference(NamedTuple):
    """A field path that an expression reads, such as ``object`` and ``('spec', 'containers', EACH, 'image')``.

    ``line`` and ``column`` (1-based, in the expression) are where the root is written, or the loop variable that
    stands for the beginning of the path. ``places`` has one entry for each step: where its field or index is
    written; for ``EACH`` the bracket of the macro.
    """

    root: str
    path: tuple[Step, ...]
    line: int
    column: int
    places: tuple[Place, ...]


class _Trail(NamedTuple):
    """A path on its way through the tree; with ``is_list`` it is that of the items of a list made on the way."""

    root: str
    path: tuple[Step, ...]
    start: Place
    places: tuple[Place, ...]
    is_list: bool = False

    def then(self, step: Step, place: Place) -> _Trail:
        if self.is_list:
            return self._replace(is_list=False)
        return self._replace(path=(*self.path, step), places=(*self.places, place))


_Trails = tuple[_Trail, ...]
_Scope = Mapping[str, _Trails]

_SAME_ITEMS = frozenset({"distinct", "sort", "slice", "reverse", "orValue", "or", "value", "dyn"})
"""Functions whose result holds items of what they are called on."""


def _after(place: Place, columns: int) -> Place:
    """Return the place behind a dot, where the field begins."""
    return place[0], place[1] + columns


def references(checked: Checked) -> tuple[Reference, ...]:
    """Return every path that is read, longest form only, in the order of the text, without repetition."""
    found: dict[_Trail, None] = {}
    _Walk(checked, found).read(checked.root, {})
    result = (Reference(t.root, t.path, *t.start, t.places) for t in found)
    return tuple(sorted(result, key=lambda r: (r.line, r.column, len(r.path), str(r.path))))


def names(checked: Checked) -> frozenset[str]:
    """Return the variables that are read; names of types are none."""
    return frozenset(_free(checked, checked.root, frozenset()))


def _free(checked: Checked, node: Node, bound: frozenset[str]) -> set[str]:
    if node.kind == "identifier":
        name = node.name.removeprefix(".")
        return set() if name in bound or checked.type_of(node).startswith("type(") else {name}
    loop = node.loop
    if loop is None:
        return {name for child in node.children() for name in _free(checked, child, bound)}
    inside = bound | {loop.variable, loop.second_variable, loop.accumulator}
    outside = _free(checked, loop.range, bound) | _free(checked, loop.initial, bound)
    return outside.union(*(_free(checked, part, inside) for part in (loop.condition, loop.step, loop.result)))


class _Walk:
    """One pass over a tree. ``read`` records paths; ``trails`` returns them to whoever continues the path."""

    def __init__(self, checked: Checked, found: dict[_Trail, None]) -> None:
        self.checked = checked
        self.found = found

    def read(self, node: Node, scope: _Scope) -> None:
        for trail in self.trails(node, scope):
            self._record(trail)

    def _record(self, trail: _Trail) -> None:
        self.found[trail._replace(is_list=False)] = None

    def trails(self, node: Node, scope: _Scope) -> _Trails:
        place = self.checked.place(node)
        if node.kind == "identifier":
            name = node.name.removeprefix(".")
            if name in scope:
                return tuple(trail._replace(start=place) for trail in scope[name])
            is_type = self.checked.type_of(node).startswith("type(")
            return () if is_type else (_Trail(name, (), place, ()),)
        if node.kind == "select" and node.target is not None:
            at = self._tested(node.target, place) if node.is_test else _after(place, 1)
            return tuple(trail.then(node.name, at) for trail in self.trails(node.target, scope))
        if node.kind == "call":
            return self._call(node, scope, place)
        if node.kind == "comprehension":
            return self._loop(node, scope)
        for child in node.children():
            self.read(child, scope)
        return ()

    def _call(self, node: Node, scope: _Scope, place: Place) -> _Trails:
        if node.name in ("_[_]", "_[?_]", "_?._") and len(node.items) == 2:
            base, index = node.items
            trails = self.trails(base, scope)
            if index.kind == "constant" and type(index.value) in (int, str):
                step: Step = index.value  # type: ignore[assignment]
            else:
                step = EACH
                self.read(index, scope)
            at = _after(place, 2) if node.name == "_?._" else self.checked.place(index)
            return tuple(trail.then(step, at) for trail in trails)
        if node.name == "_+_":
            return tuple(trail for item in node.items for trail in self.trails(item, scope))
        if node.name == "_?_:_":
            self.read(node.items[0], scope)
            return tuple(trail for item in node.items[1:] for trail in self.trails(item, scope))
        if node.name in _SAME_ITEMS:
            operands = node.items if node.target is None else (node.target, *node.items)
            return tuple(trail for item in operands for trail in self.trails(item, scope))
        for child in node.children():
            self.read(child, scope)
        return ()

    def _tested(self, operand: Node, fallback: Place) -> Place:
        """Return where the last field inside ``has()`` is written; the engine keeps only the place of ``has``."""
        if operand.kind not in ("identifier", "select") or operand.is_test:
            return fallback
        return _after(self.checked.place(operand), len(operand.name) + (2 if operand.kind == "select" else 1))

    def _loop(self, node: Node, scope: _Scope) -> _Trails:
        loop = node.loop
        if loop is None:
            return ()
        ranged = self.trails(loop.range, scope)
        for trail in ranged:
            self._record(trail)
        place = self.checked.place(node)
        items = tuple(trail.then(EACH, place) for trail in ranged)
        inside = dict(scope)
        if loop.second_variable:
            inside |= {loop.variable: (), loop.second_variable: items}
        else:
            inside[loop.variable] = items
        # optMap and its kin bind their variable as the accumulator of a loop over nothing.
        inside[loop.accumulator] = self.trails(loop.initial, scope)
        self.read(loop.condition, inside)
        self.read(loop.result, inside)
        collected = _collected(loop.step, loop.accumulator)
        if collected is None:
            self.read(loop.step, inside)
            return ()
        condition, item = collected
        if condition is not None:
            self.read(condition, inside)
        return tuple(trail._replace(is_list=True) for trail in self.trails(item, inside) if not trail.is_list)


def _collected(step: Node, accumulator: str) -> tuple[Node | None, Node] | None:
    """Return the condition and the item of a step of ``filter`` or ``map``, which adds to a list; else None."""
    condition = None
    if step.name == "_?_:_" and step.kind == "call":
        condition, step = step.items[0], step.items[1]
    if step.name != "_+_" or step.kind != "call":
        return None
    left, right = step.items
    if left.kind != "identifier" or left.name != accumulator or right.kind != "list" or len(right.items) != 1:
        return None
    return condition, right.items[0]

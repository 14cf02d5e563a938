"""``NamedTuple`` as in ``typing``, made in a sixth of the time.

A lint of one file takes about as long as importing what it needs, with 150 classes of this kind; ``typing.NamedTuple``
compiles a piece of source and every annotation for each. The classes are the same but for generic ones.
"""

from __future__ import annotations

from functools import cache
from sys import version_info
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple as NamedTuple
else:
    try:
        from _collections import _tuplegetter
    except ImportError:  # pragma: no cover - an interpreter that has none
        from operator import itemgetter

        def _tuplegetter(index: int, doc: str) -> property:
            return property(itemgetter(index), doc=doc)

    def _annotated(space: dict[str, Any]) -> tuple[str, ...]:
        """Return the names with annotations; Python 3.14 keeps those of modules without the future import elsewhere."""
        if "__annotations__" in space or version_info < (3, 14):
            return tuple(space.get("__annotations__", ()))
        from annotationlib import Format, call_annotate_function, get_annotate_from_class_namespace

        annotate = get_annotate_from_class_namespace(space)
        return () if annotate is None else tuple(call_annotate_function(annotate, Format.FORWARDREF))

    class _Meta(type):
        """Makes of a class statement what ``typing.NamedTuple`` makes of it: a subclass of tuple alone."""

        def __new__(cls, name: str, _: tuple[type, ...], space: dict[str, Any]) -> type:
            fields = _annotated(space)
            defaults = {field: space[field] for field in fields if field in space}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field without a default follows one with a default")
            namespace = {
                **space,
                **{field: _tuplegetter(index, f"Field {index}") for index, field in enumerate(fields)},
                "__slots__": (),
                "__match_args__": fields,
                "__new__": _maker(fields, tuple(defaults.values())),
                "__repr__": space.get("__repr__", _represent),
                "__getnewargs__": _values_of,
                "_fields": fields,
                "_field_defaults": defaults,
                "_make": classmethod(_make),
                "_replace": _replace,
                "_asdict": _to_dict,
            }
            return type(name, (tuple,), namespace)

    NamedTuple = type.__new__(_Meta, "NamedTuple", (), {"__module__": __name__})


def _maker(fields: tuple[str, ...], defaults: tuple[Any, ...]) -> FunctionType:
    """Return the ``__new__`` of a class with these fields: the code for their number, with their names."""
    code = _code_for(len(fields)).replace(co_varnames=("_cls", *fields), co_name="__new__")
    return FunctionType(code, {"_new": tuple.__new__}, "__new__", defaults)


@cache
def _code_for(number: int) -> CodeType:
    names = "".join(f"field{index}, " for index in range(number))
    made = eval(f"lambda _cls, {names}: _new(_cls, ({names}))", {})
    return cast("FunctionType", made).__code__


def _make(cls: Any, values: Iterable[Any]) -> Any:
    """Return a record of ``values``; raises TypeError for another number of them than it has fields."""
    made = tuple.__new__(cls, values)
    if len(made) != len(cls._fields):
        raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
    return made


def _replace(self: Any, /, **changes: Any) -> Any:
    """Return the record with some fields changed; raises ValueError for what is none."""
    made = self._make(map(changes.pop, self._fields, self))
    if changes:
        raise ValueError(f"Got unexpected field names: {list(changes)!r}")
    return made


def _to_dict(self: Any) -> dict[str, Any]:
    """Return the fields by name."""
    return dict(zip(self._fields, self, strict=True))


def _represent(self: Any) -> str:
    values = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"{type(self).__name__}({values})"


def _values_of(self: Any) -> tuple[Any, ...]:
    return tuple(self)

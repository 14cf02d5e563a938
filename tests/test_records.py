"""Our ``NamedTuple`` and patterns behave as those of the standard library that they stand for."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import typing
from typing import Any

import pytest

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex


class Own(NamedTuple):
    """What it is."""

    name: str
    size: int = 3
    """Said of the size."""
    parts: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        """Return twice the size."""
        return self.size * 2

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Theirs(typing.NamedTuple):
    """What it is."""

    name: str
    size: int = 3
    """Said of the size."""
    parts: tuple[int, ...] = ()

    @property
    def double(self) -> int:
        """Return twice the size."""
        return self.size * 2

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Empty(NamedTuple):
    """Has no field."""


BOTH = pytest.mark.parametrize("kind", [Own, Theirs])


@BOTH
def test_records_are_made_and_read_alike(kind: Any) -> None:
    made = kind("a", parts=(1,))
    assert made == ("a", 3, (1,)) == kind._make(["a", 3, (1,)])
    assert (made.name, made.size, made.parts, made.double, str(made)) == ("a", 3, (1,), 6, "a")
    assert made._replace(size=5) == ("a", 5, (1,))
    assert made._asdict() == {"name": "a", "size": 3, "parts": (1,)}
    assert repr(made) == f"{kind.__name__}(name='a', size=3, parts=(1,))"
    assert hash(made) == hash(("a", 3, (1,)))
    match made:
        case kind(name, size, _):
            assert (name, size) == ("a", 3)


@BOTH
def test_records_survive_copying(kind: Any) -> None:
    made = kind("a")
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert other == made
        assert type(other) is kind


@BOTH
@pytest.mark.parametrize(
    ("arguments", "named"), [((), {}), (("a", 1, (), 4), {}), (("a",), {"name": "b"}), (("a",), {"colour": 1})]
)
def test_records_refuse_what_does_not_fit(kind: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(*arguments, **named)


@BOTH
def test_records_do_not_change(kind: Any) -> None:
    made = kind("a")
    with pytest.raises(AttributeError):
        made.name = "b"
    with pytest.raises(AttributeError):
        made.colour = "red"
    with pytest.raises((ValueError, TypeError), match="colour"):
        made._replace(colour="red")
    with pytest.raises(TypeError, match="Expected 3 arguments, got 1"):
        kind._make(["a"])


def test_the_classes_say_the_same_of_themselves() -> None:
    for name in ("_fields", "_field_defaults", "__match_args__", "__bases__", "__slots__", "__doc__", "__module__"):
        assert getattr(Own, name) == getattr(Theirs, name), name
    assert Own.__qualname__ == "Own"
    assert typing.get_type_hints(Own) == typing.get_type_hints(Theirs)
    assert Empty() == ()


def test_a_field_without_a_default_after_one_with_is_refused() -> None:
    source = "from {} import NamedTuple\nclass Wrong(NamedTuple):\n    a: int = 1\n    b: int\n"
    for module in ("typing", "kubelint_lessons.model.records"):
        with pytest.raises(TypeError):
            exec(source.format(module), {"__name__": "wrong"})


def test_a_pattern_answers_as_the_compiled_one() -> None:
    text = "one TWO three"
    for flags in (0, re.IGNORECASE):
        ours, theirs = regex("t([a-z]+)", flags), re.compile("t([a-z]+)", flags)
        assert ours.findall(text) == theirs.findall(text)
        assert [found.span() for found in ours.finditer(text)] == [found.span() for found in theirs.finditer(text)]
        assert ours.sub(r"<\1>", text) == theirs.sub(r"<\1>", text)
        assert ours.subn("x", text, 1) == theirs.subn("x", text, 1)
        assert ours.split(text) == theirs.split(text)
        for method in ("search", "match", "fullmatch"):
            found, wanted = getattr(ours, method)("three"), getattr(theirs, method)("three")
            assert (found and found.groups()) == (wanted and wanted.groups())
        assert (ours.pattern, ours.flags, ours.groups) == (theirs.pattern, theirs.flags, theirs.groups)
    assert regex(rb"a+").match(b"aab")


def test_a_pattern_is_compiled_when_it_is_used() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.search("x")


def test_no_module_of_a_lint_makes_records_or_patterns_the_slow_way() -> None:
    """Neither ``typing`` nor ``re`` compiles anything while the linter is imported."""
    program = (
        "import re, typing\n"
        "def refuse(*given): raise AssertionError(given)\n"
        "import collections.abc, re._compiler as compiler\n"
        "made = []\n"
        "compile_pattern = compiler.compile\n"
        "compiler.compile = lambda text, flags=0: made.append(text) or compile_pattern(text, flags)\n"
        "typing._make_nmtuple = refuse\n"
        "import kubelint_lessons.cli.linting, kubelint_lessons.authoring.linter, kubelint_lessons.plugin\n"
        "print(len(made))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 8, done.stdout


def test_fields_of_a_module_that_does_not_postpone_annotations() -> None:
    text = "class Found(NamedTuple):\n    name: str\n    size: int = 3\n"
    space: dict[str, Any] = {"NamedTuple": NamedTuple, "__name__": "elsewhere"}
    exec(compile(text, "elsewhere.py", "exec", dont_inherit=True), space)
    assert space["Found"]("a")._asdict() == {"name": "a", "size": 3}

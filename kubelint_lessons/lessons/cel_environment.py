"""The engine, configured as the API server's environment: one for checking, one for evaluating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubelint_lessons.lessons import cel_functions, cel_lists
from kubelint_lessons.lessons.cel_engine import VARIABLES, engine

_EXTENSIONS = (
    "extensions: [{name: strings, version: 2}, {name: lists, version: 2}, {name: sets},"
    " {name: two-var-comprehensions}, {name: optional, version: 2}]\n"
)


def checker(relations: tuple[str, ...]) -> Any:
    """Return an environment that compiles expressions with these relation names; it cannot evaluate.

    Quantities, addresses and the like are opaque types here, so that ``quantity('1') == 1`` does not compile.
    """
    cel = engine()
    types = dict.fromkeys(VARIABLES, "dyn")
    for name in relations:
        types |= {name: "dyn", f"{name}Count": "int", f"{name}State": "string"}
    lines = [f"- {{name: {name}, type_name: {kind}}}" for name, kind in types.items()]
    overloads: dict[str, list[str]] = {}
    for index, declared in enumerate(cel_functions.declarations()):
        signature = declared.signature.replace("\\", "\\\\")
        overloads.setdefault(declared.name, []).append(
            f'{{id: kubernetes_{index}, signature: "{signature}", return: "{declared.result}"}}'
        )
    functions = [f"- {{name: {name}, overloads: [{', '.join(items)}]}}" for name, items in overloads.items()]
    text = f"{_EXTENSIONS}variables:\n{_lines(lines)}functions:\n{_lines(functions)}"
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(text), extensions=[_generic_functions(cel, None)])


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def evaluator() -> Any:
    """Return an environment that evaluates what ``checker`` compiled, whatever its variables are."""
    cel = engine()
    types = _types(cel)
    functions = [
        cel.FunctionDecl(
            name,
            [
                cel.Overload(
                    f"python_{name}_{'_'.join(kinds)}{'_of' if is_method else ''}",
                    cel.Type.DYN,
                    [types[kind] for kind in kinds],
                    is_method,
                    implementation,
                )
                for (_, is_method), kinds, implementation in overloads
            ],
        )
        for name, overloads in _grouped().items()
        if name not in ("indexOf", "lastIndexOf")
    ]
    config = cel.NewEnvConfigFromYaml(_EXTENSIONS)
    return cel.NewEnv(config=config, functions=functions, extensions=[_generic_functions(cel, types)])


_Overloads = list[tuple[tuple[str, bool], tuple[str, ...], Callable[..., Any]]]


def _grouped() -> dict[str, _Overloads]:
    result: dict[str, _Overloads] = {}
    for key, overloads in cel_functions.by_kind().items():
        result.setdefault(key[0], []).extend((key, kinds, function) for kinds, function in overloads.items())
    return result


def _types(cel: Any) -> dict[str, Any]:
    types: dict[str, Any] = {kind: getattr(cel.Type, kind.upper()) for kind in cel_functions.KINDS}
    types["list"] = cel.Type.List(cel.Type.DYN)
    types["map"] = cel.Type.Map(cel.Type.DYN, cel.Type.DYN)
    return types


def _generic_functions(cel: Any, types: dict[str, Any] | None) -> Any:
    """Return ``indexOf`` and ``lastIndexOf`` of lists; an extension, because ``strings`` has the same names."""
    functions = []
    for name, implementation in cel_lists.GENERIC_FUNCTIONS.items():
        if types is None:
            generic = f"list<~T>.{name}(~T)"
            overloads = [cel.Overload(id=f"list_{name}", return_type=cel.Type.INT, signature=generic)]
        else:
            overloads = [
                cel.Overload(f"list_{name}_{kind}", cel.Type.INT, [types["list"], types[kind]], True, implementation)
                for kind in cel_functions.KINDS
            ]
        functions.append(cel.FunctionDecl(name, overloads))
    return cel.CelExtension("kubernetes_lists", functions)

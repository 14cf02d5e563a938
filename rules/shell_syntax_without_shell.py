"""Shell variables and operators in values, commands and arguments that no shell reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubelint_lessons.plugin import (
    DOLLAR,
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    Resource,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    regex,
)

_VARIABLE = regex(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_SHELL = regex(
    r"(?:.*/)?(?:ba|da|a|z|k|c)?sh|.*\.(?:sh|ps1|cmd|bat)|(?:.*/)?(?:pwsh|powershell(?:\.exe)?|cmd(?:\.exe)?)"
)
_OPERATORS = frozenset({"&&", "||", "|", ">", ">>", "2>&1", "2>/dev/null", ">/dev/null"})
_OWN_OPERATORS = frozenset({"expr", "test", "[", "jq", "yq", "awk", "nft", "rlwrap"})
_REPLACES_ITSELF = regex(r"SPRING_|QUARKUS_|MICRONAUT_|JAVA_|JVM_|.*_OPTS$|.*_TEMPLATE$|.*_FORMAT$")
_HOOKS = ("postStart", "preStop")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@alone
@needs_words(("env", "args"), DOLLAR)
def check(workload: Resource, context: Context) -> Iterable[Problem]:
    """Return one problem for every value or argument that names a variable of its container as a shell would."""
    template = workload.pod_template
    asking = [item for item in template.containers if _has_dollar(item.data)] if template is not None else []
    # whichever scope asks: what it holds and what others hold is the whole project
    if not asking or context.throughout("is filled in", lambda: _is_filled_in(context)):
        return ()
    return _named(asking)


def _has_dollar(container: dict[str, Any]) -> bool:
    """Return whether any value or argument may name a variable at all."""
    for item in as_list(container.get("args")):
        if isinstance(item, str) and "$" in item:
            return True
    for item in as_list(container.get("env")):
        value = item.get("value") if isinstance(item, dict) else None
        if isinstance(value, str) and "$" in value:
            return True
    return False


def _named(containers: list[Container]) -> Iterator[Problem]:
    for container in containers:
        entries = [as_dict(item) for item in as_list(container.data.get("env"))]
        names = {as_text(entry.get("name")) for entry in entries}
        for index, entry in enumerate(entries):
            name = as_text(entry.get("name"))
            if name.endswith("PATH"):
                yield from _extended(container, index, name, entry.get("value"))
            if not _REPLACES_ITSELF.match(name):
                yield from _judge(container, ("env", index, "value"), entry.get("value"), names, name)
        words = [*as_list(container.data.get("command")), *as_list(container.data.get("args"))]
        if _is_shell(words) or not as_list(container.data.get("args")):
            continue
        for index, word in enumerate(as_list(container.data.get("args"))):
            yield from _judge(container, ("args", index), word, names)


def _is_filled_in(context: Context) -> bool:
    """Return whether Flux replaces variables somewhere in the project, before Kubernetes sees them."""
    kind = ("kustomize.toolkit.fluxcd.io", "Kustomization")
    deployers = [*context.relations.of_kind("/".join(kind)), *context.relations.elsewhere(*kind)]
    return any("postBuild" in str(deployer.get("spec")) for deployer in deployers)


def _judge(container: Container, path: FieldPath, text: Any, names: set[str], own: str = "") -> Iterator[Problem]:
    for match in _VARIABLE.finditer(text) if isinstance(text, str) else ():
        name = match[1] or match[2]
        if name not in names or name == own or text[: match.start()].endswith("$"):
            continue
        fixed = text.replace(match[0], f"$({name})") if match[1] else ""
        place = container.place(*path)
        yield Problem(
            f"no shell reads this: {match[0]} stays as it is written",
            place,
            label=f"write $({name})",
            fix=Fix(f"write $({name})", (Edit("set", place, fixed),), "unsafe") if fixed else None,
        )
        return


def _extended(container: Container, index: int, name: str, value: Any) -> Iterator[Problem]:
    """Yield one problem for a search path that is to keep what the image has: ``/app:$PATH``."""
    for match in _VARIABLE.finditer(value) if isinstance(value, str) else ():
        if (match[1] or match[2]) == name and ":" in value.replace(match[0], "", 1):
            yield Problem(
                f"no shell reads this: {match[0]} stays as it is written, and what the image had in {name} is lost",
                container.place("env", index, "value"),
                label="the value of the image is out of reach here",
                note=f"write out the whole {name}, or set it in a shell: [sh, -c, ...]",
            )
            return


@alone
@needs_words(tuple(sorted(_OPERATORS)))
def check_operators(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every command without a shell that has an operator of the shell among its words."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        for path, words in _commands(container):
            if not words or _is_shell(words) or as_text(words[0]).rpartition("/")[2] in _OWN_OPERATORS:
                continue
            index = next((n for n, word in enumerate(words) if word in _OPERATORS), None)
            if index:
                yield Problem(
                    f'no shell reads this command: "{words[0]}" gets "{words[index]}" as an argument',
                    container.place(*path, index),
                    label="means nothing here",
                    note='run it in a shell: [sh, -c, "…"]',
                )


def _commands(container: Container) -> Iterator[tuple[FieldPath, list[Any]]]:
    yield ("command",), as_list(container.data.get("command"))
    for probe in _PROBES:
        yield (probe, "exec", "command"), as_list(_exec(container.data.get(probe)).get("command"))
    for hook in _HOOKS:
        command = _exec(as_dict(container.data.get("lifecycle")).get(hook)).get("command")
        yield ("lifecycle", hook, "exec", "command"), as_list(command)


def _exec(value: Any) -> dict[str, Any]:
    return as_dict(as_dict(value).get("exec"))


def _is_shell(words: list[Any]) -> bool:
    """Return whether a shell or a script takes part: then the words may go through it."""
    return any(isinstance(word, str) and (_SHELL.fullmatch(word) or word in ("-c", "-ec", "-lc")) for word in words)

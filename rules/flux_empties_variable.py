"""What a Flux Kustomization does to the objects of its path: variables it empties, SOPS values it leaves encrypted.

Source: docs/spec/v1/kustomizations.md of github.com/fluxcd/kustomize-controller.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import itemgetter

from kubelint_lessons.plugin import (
    DOLLAR,
    Context,
    Edit,
    FieldPath,
    Fix,
    NamedTuple,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
    grouped,
    needs_words,
    regex,
)

_GROUP, _KIND = "kustomize.toolkit.fluxcd.io", "Kustomization"
_OPT_OUT = f"{_GROUP}/substitute"
_VARIABLE = regex(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@needs_words(("data", "command", "args"), DOLLAR)
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each text of a ConfigMap or a container that loses a variable."""
    texts = [(path, names) for path, text in _texts(resource) if "${" in text and (names := _VARIABLE.findall(text))]
    if not texts or "disabled" in (resource.annotations.get(_OPT_OUT), resource.labels.get(_OPT_OUT)):
        return
    if context.once("opt out", lambda: _is_any_left_alone(context)):
        return
    paths = _paths(resource, context, "postBuild")
    deployers = _deployers(paths, context, "postBuild")
    known = context.once(("known", paths), lambda: _known(deployers, context))
    if not deployers or known is None:
        return
    deployer = deployers[0]
    for path, names in texts:
        unset = [name for name in dict.fromkeys(names) if name not in known]
        if not unset:
            continue
        shown = ", ".join(f"${{{name}}}" for name in unset[:3])
        verb = "is" if len(unset) == 1 else "are"
        yield Problem(
            f'Flux replaces variables in {resource.id}, and {shown} {verb} not set in "{deployer.name}"',
            resource.place(*path),
            label=f"{shown} becomes empty, or the build fails",
            related=(RelatedPlace(deployer.place("spec", "postBuild"), "variables are replaced because of this"),),
            fix=_opt_out(resource) if set(unset) == {name for _, found in texts for name in found} else None,
            at_most=_limit(deployer),
            note=f"set it under postBuild.substitute; if a shell shall see it, write $${{{unset[0]}}} or ${unset[0]}",
        )


@needs_words("sops")
def check_decryption(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for an object encrypted with SOPS that a Kustomization without decryption applies."""
    if not isinstance(resource.get("sops"), dict):
        return
    paths = _paths(resource, context, "decryption")
    deployers = _deployers(paths, context, "decryption")
    if not deployers or context.once(("decrypts", paths), lambda: _decrypts(deployers)):
        return
    deployer = deployers[0]
    place = deployer.place("spec", "decryption", "provider")
    yield Problem(
        f'{resource.id} is encrypted with SOPS, and Kustomization "{deployer.name}" applies it without decryption',
        resource.place("sops", spot="key"),
        label="applied as it is written",
        related=(RelatedPlace(deployer.place("spec"), "no decryption here"),),
        fix=Fix("let Flux decrypt with SOPS", (Edit("set", place, "sops"),), "unsafe"),
        at_most=_limit(deployer),
        note="decryption also needs the key: secretRef names its Secret",
    )


def _texts(resource: Resource) -> Iterator[tuple[FieldPath, str]]:
    if resource.kind == "ConfigMap":
        for key, value in as_dict(resource.get("data")).items():
            if isinstance(value, str):
                yield ("data", key), value
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        for field in ("command", "args"):
            for index, value in enumerate(as_list(container.data.get(field))):
                if isinstance(value, str):
                    yield container.place(field, index).path[len(resource.prefix) :], value


class _Appliers(NamedTuple):
    """Flux Kustomizations: those of the scope by the path that they apply, with their order, and others that apply it.

    Those of the scope apply directories of it; of those in other scopes, the scope itself is what they apply.
    """

    by_path: dict[str, list[tuple[int, Resource]]]
    steps: frozenset[int]
    beside: tuple[Resource, ...]


def _paths(resource: Resource, context: Context, field: str) -> tuple[str, ...]:
    """Return the paths of Flux Kustomizations of the scope that lead to an object: its directory lies below them."""
    directory = resource.document.source.path.rpartition("/")[0]
    return context.once(f"of {directory}", lambda: _leading_to(directory, _appliers(context, field)))


def _leading_to(directory: str, appliers: _Appliers) -> tuple[str, ...]:
    """Return the known paths that ``directory`` goes through, wherever the repository begins in it."""
    names = directory.split("/")
    parts = (
        "/".join(names[start : start + steps])
        for steps in sorted(appliers.steps)
        for start in range(len(names) - steps + 1)
    )
    return tuple(part for part in dict.fromkeys(parts) if part in appliers.by_path)


def _deployers(paths: tuple[str, ...], context: Context, field: str) -> list[Resource]:
    """Return the Flux Kustomizations of these paths, and of the scope; none where a patch may change ``field``."""
    return context.once(("deployers", paths), lambda: _applying(paths, _appliers(context, field), field))


def _applying(paths: tuple[str, ...], appliers: _Appliers, field: str) -> list[Resource]:
    here = sorted((found for path in paths for found in appliers.by_path[path]), key=itemgetter(0))
    applying = [*(item for _, item in here), *appliers.beside]
    if any(item.is_patch or item.may_be_patched("spec", field) for item in applying):
        return []
    return list({(item.document.source.path, item.prefix, item.name): item for item in applying}.values())


def _appliers(context: Context, field: str) -> _Appliers:
    return context.once("appliers", lambda: _all(context, field))


def _all(context: Context, field: str) -> _Appliers:
    """Return all Flux Kustomizations; none where a patch may change ``field`` in one of them."""
    here = context.relations.of_kind(f"{_GROUP}/{_KIND}")
    others = context.relations.elsewhere(_GROUP, _KIND)
    if any(field in str(item.get("spec", "patches", default="")) for item in (*here, *others)):
        return _Appliers({}, frozenset(), ())
    by_path = grouped(enumerate(here), lambda found: _path(found[1]))
    by_path.pop("", None)
    root = f"/{context.scope.root}/"
    beside = tuple(item for item in others if (path := _path(item)) and root.endswith(f"/{path}/"))
    return _Appliers(by_path, frozenset(path.count("/") + 1 for path in by_path), beside)


def _is_any_left_alone(context: Context) -> bool:
    return any(_OPT_OUT in str(item.data) for item in context.scope.inputs)


def _path(deployer: Resource) -> str:
    """Return the directory that it applies, relative to the repository; empty for all of it."""
    path = as_text(deployer.get("spec", "path")).removeprefix("./").strip("/")
    return "" if path == "." else path


def _decrypts(deployers: list[Resource]) -> bool:
    return any(item.get("spec", "decryption") is not None for item in deployers)


def _known(deployers: list[Resource], context: Context) -> frozenset[str] | None:
    """Return the names that some of them replace; None where one replaces none, or a source was not read."""
    known: set[str] = set()
    for deployer in deployers:
        names = _variables(deployer, context)
        if not names:
            return None
        known |= names
    return frozenset(known)


def _variables(deployer: Resource, context: Context) -> set[str] | None:
    """Return the names that are replaced by something; None where one of their sources was not read."""
    names = set(as_dict(deployer.get("spec", "postBuild", "substitute")))
    for item in as_list(deployer.get("spec", "postBuild", "substituteFrom")):
        kind, name = as_text(as_dict(item).get("kind")), as_text(as_dict(item).get("name"))
        sources = context.once(("sources", kind), partial(_by_name, kind, context)).get(name)
        if not sources:
            return None
        for source in sources:
            names |= {*as_dict(source.get("data")), *as_dict(source.get("stringData"))}
    return names


def _by_name(kind: str, context: Context) -> dict[str, list[Resource]]:
    relations = context.relations
    return grouped((*relations.of_kind(kind), *relations.elsewhere("", kind)), lambda item: item.name)


def _opt_out(resource: Resource) -> Fix:
    place = resource.place("metadata", "annotations", _OPT_OUT)
    return Fix("let Flux leave this object alone", (Edit("set", place, "disabled"),), "unsafe")


def _limit(deployer: Resource) -> Severity | None:
    return None if deployer.get("spec", "sourceRef", "name") == "flux-system" else "warning"

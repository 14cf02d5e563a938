"""What a Flux Kustomization does to the objects of its path: variables it empties, SOPS values it leaves encrypted.

Source: docs/spec/v1/kustomizations.md of github.com/fluxcd/kustomize-controller.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import (
    DOLLAR,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_list,
    as_text,
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
    deployers = _deployers(resource, context, "postBuild")
    known = [_variables(deployer, context) for deployer in deployers]
    if not deployers or any(not names for names in known):
        return
    deployer = deployers[0]
    for path, names in texts:
        unset = [name for name in dict.fromkeys(names) if not any(name in found for found in known if found)]
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
    deployers = _deployers(resource, context, "decryption")
    if not deployers or any(item.get("spec", "decryption") is not None for item in deployers):
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


def _deployers(resource: Resource, context: Context, field: str) -> list[Resource]:
    """Return the Flux Kustomizations that apply an object; none where a patch may change ``field`` in them.

    They stand in another scope, and the object's own is the directory that they apply; or all are in one.
    """
    directory = resource.document.source.path.rpartition("/")[0]
    return context.once(f"of {directory}", lambda: _applying(directory, context, field))


def _applying(directory: str, context: Context, field: str) -> list[Resource]:
    """Return those that apply the objects of a directory."""
    here = set(map(id, context.relations.of_kind(f"{_GROUP}/{_KIND}")))
    applying = [
        item
        for item in context.once("all", lambda: _all(context, field))
        if (
            _is_below(f"{directory}/", _path(item))
            if id(item) in here
            else _is_below(f"{context.scope.root}/", _path(item), is_same=True)
        )
    ]
    if any(item.is_patch or item.may_be_patched("spec", field) for item in applying):
        return []
    return list({(item.document.source.path, item.prefix, item.name): item for item in applying}.values())


def _all(context: Context, field: str) -> tuple[Resource, ...]:
    """Return all Flux Kustomizations, the scope's first; none where a patch may change ``field`` in one of them."""
    relations = context.relations
    found = (*relations.of_kind(f"{_GROUP}/{_KIND}"), *relations.elsewhere(_GROUP, _KIND))
    return () if any(field in str(item.get("spec", "patches", default="")) for item in found) else found


def _is_any_left_alone(context: Context) -> bool:
    return any(_OPT_OUT in str(item.data) for item in context.scope.inputs)


def _path(deployer: Resource) -> str:
    """Return the directory that it applies, relative to the repository; empty for all of it."""
    path = as_text(deployer.get("spec", "path")).removeprefix("./").strip("/")
    return "" if path == "." else path


def _is_below(directory: str, path: str, is_same: bool = False) -> bool:
    if not path:
        return False
    return f"/{directory}".endswith(f"/{path}/") if is_same else f"/{path}/" in f"/{directory}"


def _variables(deployer: Resource, context: Context) -> frozenset[str] | None:
    """Return the names that are replaced by something; None where one of their sources was not read."""
    names = set(as_dict(deployer.get("spec", "postBuild", "substitute")))
    relations = context.relations
    for item in as_list(deployer.get("spec", "postBuild", "substituteFrom")):
        kind, name = as_text(as_dict(item).get("kind")), as_text(as_dict(item).get("name"))
        sources = [found for found in (*relations.of_kind(kind), *relations.elsewhere("", kind)) if found.name == name]
        if not sources:
            return None
        for source in sources:
            names |= {*as_dict(source.get("data")), *as_dict(source.get("stringData"))}
    return frozenset(names)


def _opt_out(resource: Resource) -> Fix:
    place = resource.place("metadata", "annotations", _OPT_OUT)
    return Fix("let Flux leave this object alone", (Edit("set", place, "disabled"),), "unsafe")


def _limit(deployer: Resource) -> Severity | None:
    return None if deployer.get("spec", "sourceRef", "name") == "flux-system" else "warning"

"""What a kustomization file says, as a value: what it takes in and how it changes that.

Paths are normalised against the directory of the file; what kustomize would fetch from elsewhere, or let a program
produce, becomes a reason why the result cannot be known. Source: https://kubectl.docs.kubernetes.io/references/kustomize/
"""

from __future__ import annotations

from typing import Any

from kubelint_lessons.manifests.pathkeys import join as join_paths
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.resources import Labels
from kubelint_lessons.model.records import NamedTuple

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_REMOTE_STARTS = ("git@", "git::", "github.com/", "gitlab.com/", "bitbucket.org/", "ssh:")
_FILE_FIELDS = ("crds", "configurations", "transformers", "generators", "validators")
_OTHER_FIELDS = frozenset({*_FILE_FIELDS, "openapi", "configMapGenerator", "secretGenerator", "helmCharts"})
_PLAIN_FIELDS = frozenset(
    {"apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "namePrefix", "nameSuffix"}
)
"""All that most kustomizations state."""

_OUTSIDE_HELP = {
    "helmCharts": "renders a Helm chart",
    "helmChartInflationGenerator": "renders a Helm chart",
    "generators": "runs generators",
    "transformers": "runs transformers",
}


class Patch(NamedTuple):
    """One patch: its text, or the file that holds it, and what it is applied to (None: what the patch names)."""

    file: str
    text: str
    target: dict[str, Any] | None


class Generated(NamedTuple):
    """A ConfigMap or Secret that kustomize makes; the hash at the end of its name is not part of ``name``."""

    kind: str
    name: str
    namespace: str | None


class Replacement(NamedTuple):
    """What ``replacements:`` writes to: a target and the fields there."""

    target: dict[str, Any]
    fields: tuple[str, ...]


class Kustomization(NamedTuple):
    """One kustomization file, or what a deployer puts around a directory; see the module's docstring."""

    directory: str
    is_component: bool = False
    resources: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    other_files: tuple[str, ...] = ()
    namespace: str | None = None
    default_namespace: str | None = None
    prefix: str = ""
    suffix: str = ""
    labels: Labels = ()
    template_labels: Labels = ()
    selector_labels: Labels = ()
    patches: tuple[Patch, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    images: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    generated: tuple[Generated, ...] = ()
    incomplete: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """Return the paths of other kustomizations and files that it builds on."""
        return self.resources + self.components


def parse_kustomization(directory: str, shown: str, data: Any) -> Kustomization:
    """Return what a kustomization file in ``directory`` says; ``shown`` is its path for people.

    Fields of the wrong type count as absent. Empty and broken files give a kustomization without content.
    """
    fields = as_dict(data)
    resources, remote = _local_paths(directory, [*as_list(fields.get("resources")), *as_list(fields.get("bases"))])
    components, remote_components = _local_paths(directory, as_list(fields.get("components")))
    reasons = [f"{shown} builds on {entry}, which lies elsewhere" for entry in remote + remote_components]
    plain = Kustomization(
        directory,
        is_component=fields.get("kind") == "Component",
        resources=resources,
        components=components,
        namespace=as_text(fields.get("namespace")) or None,
        prefix=as_text(fields.get("namePrefix")),
        suffix=as_text(fields.get("nameSuffix")),
        incomplete=tuple(reasons),
    )
    return plain if fields.keys() <= _PLAIN_FIELDS else _with_the_rest(plain, shown, fields)


def _with_the_rest(plain: Kustomization, shown: str, fields: dict[str, Any]) -> Kustomization:
    """Return a kustomization with what it says beside ``_PLAIN_FIELDS``."""
    directory = plain.directory
    reasons = [*plain.incomplete]
    reasons += [f"{shown} {what}" for key, what in _OUTSIDE_HELP.items() if fields.get(key)]
    replacements, other_replacements = _replacements(fields.get("replacements"))
    reasons += [f"{shown} replaces fields as {path} says" for path in other_replacements]
    labels, template_labels, selector_labels = _label_sets(fields)
    return plain._replace(
        other_files=_other_files(directory, fields, other_replacements),
        labels=labels,
        template_labels=template_labels,
        selector_labels=selector_labels,
        patches=read_patches(directory, fields),
        replacements=replacements,
        images=_names(fields.get("images")),
        replicas=_names(fields.get("replicas")),
        generated=_generated(fields),
        incomplete=tuple(reasons),
    )


def read_patches(directory: str, fields: dict[str, Any]) -> tuple[Patch, ...]:
    """Return the patches of a kustomization in all three notations; Flux and Argo CD use the first one too."""
    found: list[Patch] = []
    for item in [*as_list(fields.get("patches")), *as_list(fields.get("patchesJson6902"))]:
        if not isinstance(item, dict):
            continue
        path, target = as_text(item.get("path")), item.get("target")
        found.append(
            Patch(
                join(directory, path) if path else "",
                as_text(item.get("patch")),
                target if isinstance(target, dict) and target else None,
            )
        )
    for item in as_list(fields.get("patchesStrategicMerge")):
        if isinstance(item, str):
            is_inline = "\n" in item or ":" in item
            found.append(Patch("", item, None) if is_inline else Patch(join(directory, item), "", None))
    return tuple(found)


def join(directory: str, path: str) -> str:
    """Return ``path``, taken from ``directory``, without ``.`` and ``..``."""
    return join_paths(directory, path.replace("\\", "/").rstrip("/") or ".")


def _local_paths(directory: str, entries: list[Any]) -> tuple[tuple[str, ...], list[str]]:
    if not entries:
        return (), []
    local: list[str] = []
    remote: list[str] = []
    for entry in entries:
        if not isinstance(entry, str) or not entry.strip():
            continue
        if "\n" in entry:
            remote.append("an inline resource")
        elif "://" in entry or "?ref=" in entry or entry.startswith(_REMOTE_STARTS):
            remote.append(entry)
        else:
            local.append(join(directory, entry))
    return tuple(local), remote


def _other_files(directory: str, fields: dict[str, Any], replacement_files: list[str]) -> tuple[str, ...]:
    """Return the files that kustomize reads without applying them: generator input, configuration, schemas."""
    if not replacement_files and _OTHER_FIELDS.isdisjoint(fields):
        return ()
    names: list[str] = list(replacement_files)
    for key in _FILE_FIELDS:
        names += [item for item in as_list(fields.get(key)) if isinstance(item, str) and "\n" not in item]
    names.append(as_text(as_dict(fields.get("openapi")).get("path")))
    for key in ("configMapGenerator", "secretGenerator"):
        for generator in as_list(fields.get(key)):
            settings = as_dict(generator)
            names += [as_text(item).rpartition("=")[2] for item in as_list(settings.get("files"))]
            names += [as_text(item) for item in [*as_list(settings.get("envs")), settings.get("env")]]
    for chart in as_list(fields.get("helmCharts")):
        settings = as_dict(chart)
        names += [
            as_text(item) for item in [settings.get("valuesFile"), *as_list(settings.get("additionalValuesFiles"))]
        ]
    return tuple(join(directory, name) for name in names if name and "://" not in name)


def _label_sets(fields: dict[str, Any]) -> tuple[Labels, Labels, Labels]:
    """Return the labels for metadata, pod templates and selectors; ``commonLabels`` go to all three."""
    if "commonLabels" not in fields and "labels" not in fields:
        return (), (), ()
    everywhere = string_map(fields.get("commonLabels"))
    metadata, template, selector = dict(everywhere), dict(everywhere), dict(everywhere)
    for item in as_list(fields.get("labels")):
        entry = as_dict(item)
        pairs = string_map(entry.get("pairs"))
        metadata.update(pairs)
        if entry.get("includeSelectors") is True:
            selector.update(pairs)
        if entry.get("includeSelectors") is True or entry.get("includeTemplates") is True:
            template.update(pairs)
    return tuple(metadata.items()), tuple(template.items()), tuple(selector.items())


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for item in as_list(value) if (name := as_text(as_dict(item).get("name"))))


def _generated(fields: dict[str, Any]) -> tuple[Generated, ...]:
    found: list[Generated] = []
    for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for item in as_list(fields.get(key)):
            settings = as_dict(item)
            name = as_text(settings.get("name"))
            if name:
                found.append(Generated(kind, name, as_text(settings.get("namespace")) or None))
    return tuple(found)


def _replacements(value: Any) -> tuple[tuple[Replacement, ...], list[str]]:
    found: list[Replacement] = []
    files: list[str] = []
    for item in as_list(value):
        entry = as_dict(item)
        if isinstance(entry.get("path"), str):
            files.append(entry["path"])
        for target in as_list(entry.get("targets")):
            select = as_dict(as_dict(target).get("select"))
            fields = tuple(field for field in as_list(as_dict(target).get("fieldPaths")) if isinstance(field, str))
            found.append(Replacement(select, fields))
    return tuple(found), files

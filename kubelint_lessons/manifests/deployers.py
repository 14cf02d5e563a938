"""Flux Kustomizations, Argo CD Applications and ApplicationSets that apply directories of this project.

Flux builds the directory with kustomize and, where it holds no kustomization file, takes every manifest below it.
Argo CD takes the manifests of the directory itself, and those below only with ``directory.recurse``.
Sources: https://fluxcd.io/flux/components/kustomize/kustomizations/, https://argo-cd.readthedocs.io/en/stable/user-guide/directory/
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Collection, Iterable
from typing import Any

from kubelint_lessons.manifests.kustomize import Kustomization, join, read_patches
from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.manifests.podtemplates import as_dict, as_list, as_text, string_map
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.records import NamedTuple

DEPLOYING_KINDS = frozenset({"Kustomization", "Application", "ApplicationSet"})

_FLUX_GROUP = "kustomize.toolkit.fluxcd.io"
_ARGO_GROUP = "argoproj.io"


class Deployer(NamedTuple):
    """One object that applies ``directory``; ``layer`` is what it changes on the way.

    ``include`` and ``exclude`` are file patterns relative to the directory, for plain directories.
    """

    directory: str
    layer: Kustomization
    is_recursive: bool
    include: str = ""
    exclude: str = ""

    def takes(self, relative_path: str) -> bool:
        """Return whether a file of a plain directory is applied."""
        if not self.is_recursive and "/" in relative_path:
            return False
        if self.include and not _matches(self.include, relative_path):
            return False
        return not (self.exclude and _matches(self.exclude, relative_path))


def find_deployers(
    root: str, resources: Iterable[Resource], directories: Callable[[], Collection[str]]
) -> list[Deployer]:
    """Return the deployers among ``resources`` whose path lies below ``root`` (the whole project is no scope).

    ``directories`` returns those of the project; an ApplicationSet deploys each one that its git generator matches.
    """
    found: list[Deployer] = []
    for resource in resources:
        if resource.kind == "Kustomization" and resource.group == _FLUX_GROUP:
            found += _of_flux(root, resource)
        elif resource.kind == "Application" and resource.group == _ARGO_GROUP:
            found += _of_argo(root, as_dict(resource.get("spec")))
        elif resource.kind == "ApplicationSet" and resource.group == _ARGO_GROUP:
            found += _of_application_set(root, as_dict(resource.get("spec")), directories())
    return list({repr(deployer): deployer for deployer in found}.values())


def _of_flux(root: str, resource: Resource) -> list[Deployer]:
    spec = as_dict(resource.get("spec"))
    directory = _directory(root, spec.get("path"))
    if directory is None:
        return []
    labels = tuple(string_map(as_dict(spec.get("commonMetadata")).get("labels")).items())
    layer = Kustomization(
        directory=directory,
        components=tuple(join(directory, item) for item in as_list(spec.get("components")) if isinstance(item, str)),
        namespace=as_text(spec.get("targetNamespace")) or None,
        prefix=as_text(spec.get("namePrefix")),
        suffix=as_text(spec.get("nameSuffix")),
        labels=labels,
        patches=read_patches(directory, spec),
    )
    return [Deployer(directory, layer, is_recursive=True)]


def _of_argo(root: str, spec: dict[str, Any]) -> list[Deployer]:
    found: list[Deployer] = []
    for item in [spec.get("source"), *as_list(spec.get("sources"))]:
        source = as_dict(item)
        directory = _directory(root, source.get("path"))
        if directory is None or source.get("chart") or source.get("helm"):
            continue
        settings, kustomize = as_dict(source.get("directory")), as_dict(source.get("kustomize"))
        labels = tuple(string_map(kustomize.get("commonLabels")).items())
        layer = Kustomization(
            directory=directory,
            namespace=as_text(kustomize.get("namespace")) or None,
            default_namespace=as_text(as_dict(spec.get("destination")).get("namespace")) or None,
            prefix=as_text(kustomize.get("namePrefix")),
            suffix=as_text(kustomize.get("nameSuffix")),
            labels=labels,
            template_labels=() if kustomize.get("labelWithoutSelector") is True else labels,
            selector_labels=() if kustomize.get("labelWithoutSelector") is True else labels,
            patches=read_patches(directory, kustomize),
        )
        found.append(
            Deployer(
                directory,
                layer,
                settings.get("recurse") is True,
                as_text(settings.get("include")),
                as_text(settings.get("exclude")),
            )
        )
    return found


def _of_application_set(root: str, spec: dict[str, Any], directories: Collection[str]) -> list[Deployer]:
    """Return a deployer for each directory that a git generator matches, where the template takes its path from it."""
    template = as_dict(as_dict(spec.get("template")).get("spec"))
    source, destination = as_dict(template.get("source")), as_dict(template.get("destination"))
    if "path" not in as_text(source.get("path")) or not is_placeholder(as_text(source.get("path"))):
        return []
    found: list[Deployer] = []
    for generator in as_list(spec.get("generators")):
        entries = [as_dict(item) for item in as_list(as_dict(as_dict(generator).get("git")).get("directories"))]
        wanted = [_below(root, item) for item in entries if item.get("exclude") is not True]
        unwanted = [_below(root, item) for item in entries if item.get("exclude") is True]
        for directory in sorted(directories):
            if _is_one_of(directory, wanted) and not _is_one_of(directory, unwanted):
                namespace = as_text(destination.get("namespace"))
                if "basename" in namespace:
                    namespace = directory.rpartition("/")[2]
                there = {"path": directory.removeprefix(f"{root}/")}
                found += _of_argo(
                    root, {**template, "destination": {"namespace": namespace}, "source": {**source, **there}}
                )
    return found


def _below(root: str, entry: dict[str, Any]) -> str:
    return join(root, as_text(entry.get("path")))


def _is_one_of(directory: str, patterns: list[str]) -> bool:
    return any(
        directory.count("/") == pattern.count("/") and fnmatch.fnmatchcase(directory, pattern) for pattern in patterns
    )


def _directory(root: str, path: Any) -> str | None:
    if not isinstance(path, str) or not path or is_placeholder(path):
        return None
    directory = join(root, path.lstrip("/") or ".")
    return directory if directory.startswith(f"{root.rstrip('/')}/") else None


def _matches(pattern: str, path: str) -> bool:
    alternatives = pattern.strip("{}").split(",") if pattern.startswith("{") else [pattern]
    return any(fnmatch.fnmatchcase(path, item.strip()) for item in alternatives)

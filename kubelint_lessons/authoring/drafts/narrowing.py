"""Ways to make a rule narrower: the image that it is about, a field beside the changed one, or the one object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.authoring.drafts import conditions as cel
from kubelint_lessons.authoring.drafts.places import RulePlace, pattern_of, value_at
from kubelint_lessons.authoring.drafts.relevance import repository_of
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_NAMES = ("name", "job_name", "alert", "record", "host", "key", "id", "path")
_CLAIMS = "variables.podSpec.volumes.exists(v, has(v.persistentVolumeClaim))"


class Narrowing(NamedTuple):
    """A precondition (all of ``where``), what it says in words, and the fields that an example needs for it."""

    where: tuple[str, ...]
    words: str
    keep: tuple[FieldPath, ...]
    match: str = ""


def narrowings(
    resource: Resource, place: RulePlace, path: FieldPath, item: Any, *, is_absence: bool
) -> Iterator[Narrowing]:
    """Yield narrower readings of a rule about ``path``, from the most to the least general.

    The one object is the last resort of a rule about something missing.
    """
    yield from _by_neighbours(resource, path)
    yield from _by_image(resource, place)
    if is_absence and place.match != "workloads":
        yield from by_item(item)
    name = resource.original_name
    if name and is_absence:
        where = ("has(object.metadata.name)", f"object.metadata.name == {cel.literal(name)}")
        yield Narrowing(where, f'only {resource.kind} "{name}"', (), pattern_of(resource))


def by_item(item: Any) -> Iterator[Narrowing]:
    """Yield the item of its name, for lists whose items have one."""
    for key in _NAMES if isinstance(item, dict) else ():
        value = item.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            where = (f"has(item.{key})", f"item.{key} == {cel.literal(value)}")
            yield Narrowing(where, f"only where {key} is {value}", ())
            return


def _by_neighbours(resource: Resource, path: FieldPath) -> Iterator[Narrowing]:
    template = resource.pod_template
    if template is not None:
        base = (*template.path, "spec")
        volumes = template.spec.get("volumes")
        claims = [
            index
            for index, volume in enumerate(volumes if isinstance(volumes, list) else ())
            if isinstance(volume, dict) and isinstance(volume.get("persistentVolumeClaim"), dict)
        ]
        if claims and {"strategy", "securityContext", "terminationGracePeriodSeconds"} & {*path}:
            where = ("has(variables.podSpec.volumes)", _CLAIMS)
            yield Narrowing(where, "only with a PersistentVolumeClaim", ((*base, "volumes", claims[0]),))
        if "dnsPolicy" in path and template.spec.get("hostNetwork") is True:
            where = ("has(variables.podSpec.hostNetwork)", "variables.podSpec.hostNetwork == true")
            yield Narrowing(where, "only on the host's network", ((*base, "hostNetwork"),))
    kind = resource.get("spec", "type")
    if resource.kind == "Service" and not resource.group and isinstance(kind, str) and path != ("spec", "type"):
        where = ("has(object.spec.type)", f"object.spec.type == {cel.literal(kind)}")
        yield Narrowing(where, f"only Services of type {kind}", (("spec", "type"),))


def _by_image(resource: Resource, place: RulePlace) -> Iterator[Narrowing]:
    template = resource.pod_template
    if template is None or not template.containers or (place.steps[-1:] == ("image",)):
        return
    if place.each in ("containers", "initContainers", "allContainers"):
        image = value_at(resource, (*place.base, "image"))
        if isinstance(image, str) and image:
            repository = repository_of(image)
            where = ("has(item.image)", *cel.of_image(repository)("item.image"))
            yield Narrowing(where, f"only containers of {repository}", ((*place.base, "image"),))
        return
    route = place.base[: len(template.path) + 3]
    own = next((item for item in template.containers if (*template.path, *item.path) == route), None)
    container = own or next((item for item in template.containers if item.role == "container"), template.containers[0])
    if container.image and place.match == "workloads":
        repository = repository_of(container.image)
        inner = " && ".join(["has(c.image)", *cel.of_image(repository)("c.image")])
        route = (*template.path, *container.path, "image")
        yield Narrowing((f"variables.containers.exists(c, {inner})",), f"only pods that run {repository}", (route,))

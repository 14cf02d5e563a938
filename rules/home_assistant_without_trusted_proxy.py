"""Finds a Home Assistant behind a proxy whose configuration trusts none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    Problem,
    RelatedPlace,
    Relations,
    Resource,
    as_dict,
    as_list,
    needs_words,
    parse_image,
    regex,
)

_IMAGES = ("home-assistant/home-assistant", "homeassistant/home-assistant", "linuxserver/homeassistant")
_FILE = "configuration.yaml"
_USES_HEADER = regex(r"^[ \t]+use_x_forwarded_for:[ \t]*(?:true|yes|on)\b", re.MULTILINE | re.IGNORECASE)
_TRUSTS = regex(r"^[ \t]+trusted_proxies:", re.MULTILINE)
_ELSEWHERE = regex(r"^(?:http:[ \t]*!|homeassistant:[ \t]*!|[ \t]+packages:)", re.MULTILINE)
"""Signs that the block ``http:`` may come from another file."""


@needs_words("configMap", "volumeMounts")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem at the configuration of a Home Assistant that an Ingress or a route leads to."""
    template = workload.pod_template
    container = next((item for item in template.containers if _is_home_assistant(item)), None) if template else None
    if template is None or container is None:
        return
    services = context.relations.related(workload, "selectedBy", kinds=("Service",)).items
    route = context.for_all(services, "route", lambda: _first_route(services, context.relations))
    if route is None:
        return
    for name in _mounted_config_maps(container):
        found = context.relations.named("ConfigMap", name, workload)
        text = found.items[0].get("data", _FILE) if len(found.items) == 1 else None
        if not isinstance(text, str) or _ELSEWHERE.search(text) or found.items[0].may_be_patched("data", _FILE):
            continue
        uses, trusts = _USES_HEADER.search(text), _TRUSTS.search(text)
        if uses and trusts:
            continue
        missing = (
            "trusted_proxies"
            if uses
            else "use_x_forwarded_for"
            if trusts
            else "use_x_forwarded_for and trusted_proxies"
        )
        yield Problem(
            f"Home Assistant refuses what {route.id} sends: {_FILE} lacks {missing}",
            found.items[0].place("data", _FILE),
            label="below http: no proxy is trusted",
            related=(RelatedPlace(route.place("spec"), "the proxy that leads there"),),
        )


def _first_route(services: tuple[Resource, ...], relations: Relations) -> Resource | None:
    """Return the first Ingress or route that leads to one of the Services."""
    routes = (route for service in services for route in relations.related(service, "targetedBy").items)
    return next((route for route in routes if route.kind in ("Ingress", "IngressRoute", "HTTPRoute")), None)


def _is_home_assistant(container: Container) -> bool:
    if "assistant" not in container.image or container.role != "container":
        return False
    image = parse_image(container.image)
    return image is not None and image.repository in _IMAGES


def _mounted_config_maps(container: Container) -> Iterator[str]:
    """Yield the ConfigMaps that are mounted as the configuration file or its folder."""
    for item in as_list(container.data.get("volumeMounts")):
        mount = as_dict(item)
        if str(mount.get("mountPath")).rstrip("/") not in ("/config", f"/config/{_FILE}"):
            continue
        for volume in as_list(container.template.spec.get("volumes")):
            name = as_dict(as_dict(volume).get("configMap")).get("name")
            if as_dict(volume).get("name") == mount.get("name") and isinstance(name, str):
                yield name

"""Judges security contexts by what an image is known to need: a user, or paths that it can write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import (
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
    grouped,
    needs_words,
    parse_image,
)

_ROOT = "root"
_USERS: dict[str, str] = {
    **dict.fromkeys(
        (
            "nginx", "httpd", "caddy", "traefik", "postgres", "mysql", "mariadb", "mongo", "redis", "valkey",
            "rabbitmq", "eclipse-mosquitto", "registry", "wordpress", "nextcloud", "alpine", "busybox", "debian",
            "ubuntu", "bash", "python", "node", "golang", "ruby", "php", "openjdk", "eclipse-temurin",
        ),
        _ROOT,
    ),
    "memcached": "memcache",
    "prom/prometheus": "nobody", "quay.io/prometheus/prometheus": "nobody",
    "prom/alertmanager": "nobody", "quay.io/prometheus/alertmanager": "nobody",
    "prom/node-exporter": "nobody", "quay.io/prometheus/node-exporter": "nobody",
}  # fmt: skip
"""The USER of well-known images, where it is root or a name: from their Dockerfiles."""

_BY_LAST_PART = grouped(_USERS, lambda name: name.rpartition("/")[2])

_IDS = {"nobody": 65534}

_WRITES: dict[str, tuple[tuple[str, ...], ...]] = {
    "nginx": (("/var/cache/nginx",), ("/run", "/var/run")),
    "nginxinc/nginx-unprivileged": (("/tmp",),),
}
"""What an image writes at start: each group holds two names of one directory."""

_READ_ONLY_VOLUMES = ("configMap", "secret", "projected", "downwardAPI", "image")


@needs_words("runAsNonRoot")
def non_root_user(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield containers that may not run as root and have no user that the kubelet can tell from root."""
    template = resource.pod_template
    if template is None or as_dict(template.spec.get("os")).get("name") == "windows":
        return
    distribution = context.platform.get("distribution")
    gives_users = context.once("gives users", lambda: _is_openshift(context))
    for container in template.containers:
        if _effective(container, "runAsNonRoot") is not True or _may_change(container):
            continue
        user = _effective(container, "runAsUser")
        if user == 0 and not isinstance(user, bool):
            place = _place_of(container, "runAsUser")
            yield Problem(f'container "{container.name}" has runAsNonRoot, and runs as user 0', place, "0 is root")
        elif user is None and not gives_users:
            name = _known_user(container.image)
            if name:
                what = "runs as root" if name == _ROOT else f'has the user "{name}", which is no number'
                message = f'container "{container.name}" has runAsNonRoot, and its image {what}'
                yield Problem(
                    message,
                    _place_of(container, "runAsNonRoot"),
                    "runAsUser is missing",
                    fix=_as(container, name),
                    at_most="warning" if distribution is None else None,
                    note="" if distribution else "not so on OpenShift, which gives every pod a user",
                )


@alone
@needs_words("readOnlyRootFilesystem")
def read_only_root(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield containers with a read-only root whose image writes to a path that no volume holds."""
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        if _own(container).get("readOnlyRootFilesystem") is not True:
            continue
        image = parse_image(container.image)
        groups = next((paths for name, paths in _WRITES.items() if image is not None and image.matches(name)), ())
        if not groups or _may_change(container):
            continue
        if container.data.get("command") or container.data.get("args") or _has_own_configuration(container):
            continue
        missing = [group[0] for group in groups if not any(_is_writable(container, path) for path in group)]
        if missing:
            message = (
                f'container "{container.name}" has a read-only root, and its image writes to {" and ".join(missing)}'
            )
            yield Problem(
                message, container.place("securityContext", "readOnlyRootFilesystem"), "mount an emptyDir there"
            )


@alone
@needs_words("runAsUser", ("PUID", "PGID"))
def other_user_beside_puid(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield containers of images that change to PUID by themselves, and are not started as root."""
    template = resource.pod_template
    for container in template.containers if template is not None else ():
        image = parse_image(container.image)
        if image is None or not image.repository.startswith("linuxserver/") or _may_change(container):
            continue
        names = [as_text(as_dict(item).get("name")) for item in as_list(container.data.get("env"))]
        user = _effective(container, "runAsUser")
        if isinstance(user, int) and user != 0 and ("PUID" in names or "PGID" in names):
            message = (
                f'container "{container.name}" sets PUID or PGID, which does nothing when it starts as user {user}'
            )
            yield Problem(message, _place_of(container, "runAsUser"), "must start as root to change to PUID")


def _is_openshift(context: Context) -> bool:
    """Return whether pods get a user from OpenShift, by what is stated or by objects that only OpenShift has."""
    distribution = context.platform.get("distribution")
    if distribution is not None:
        return str(distribution.value).lower() in ("openshift", "okd")
    return any(item.group.endswith("openshift.io") for item in context.scope.resources)


def _own(container: Container) -> dict[str, Any]:
    return as_dict(container.data.get("securityContext"))


def _effective(container: Container, field: str) -> Any:
    own = _own(container).get(field)
    return as_dict(container.template.spec.get("securityContext")).get(field) if own is None else own


def _place_of(container: Container, field: str) -> Any:
    if _own(container).get(field) is not None:
        return container.place("securityContext", field)
    return container.template.place("spec", "securityContext", field)


def _may_change(container: Container) -> bool:
    template = container.template
    routes: tuple[FieldPath, ...] = (("spec", "securityContext"), (*container.path, "securityContext"))
    changed = any(template.resource.may_be_patched(*template.path, *route) for route in routes)
    return changed or template.resource.may_be_patched(*template.path, *container.path, "image")


def _known_user(image: str) -> str:
    parsed = parse_image(image)
    names = _BY_LAST_PART.get(parsed.repository_name, ()) if parsed is not None else ()
    return next((_USERS[name] for name in names if parsed is not None and parsed.matches(name)), "")


def _as(container: Container, user: str) -> Fix | None:
    """Return the fix that names the user as a number, where the image has one under that name."""
    number = _IDS.get(user)
    if number is None:
        return None
    edit = Edit("set", container.place("securityContext", "runAsUser"), number)
    return Fix(f"run as user {number}", (edit,), "unsafe")


def _has_own_configuration(container: Container) -> bool:
    """Return whether nginx.conf is another one, which may write elsewhere."""
    mounts = [
        as_text(as_dict(item).get("mountPath")).rstrip("/") for item in as_list(container.data.get("volumeMounts"))
    ]
    return any(path in ("/etc/nginx", "/etc/nginx/nginx.conf") for path in mounts)


def _is_writable(container: Container, path: str) -> bool:
    for item in as_list(container.data.get("volumeMounts")):
        mount = as_dict(item)
        if as_text(mount.get("mountPath")).rstrip("/") != path or mount.get("readOnly") is True:
            continue
        volume = next(
            (
                as_dict(entry)
                for entry in as_list(container.template.spec.get("volumes"))
                if as_dict(entry).get("name") == mount.get("name")
            ),
            {},
        )
        if not any(kind in volume for kind in _READ_ONLY_VOLUMES):
            return True
    return False

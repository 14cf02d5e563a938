"""Annotations of an Ingress that are for another controller than the one that serves it.

Source: docs/content/migrate/nginx-to-traefik.md of github.com/traefik/traefik.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, Resource, Severity, alone, as_dict, needs_words, regex

_CONTROLLERS = {
    "nginx.ingress.kubernetes.io/": "nginx",
    "nginx.org/": "nginx",
    "traefik.ingress.kubernetes.io/": "traefik",
    "alb.ingress.kubernetes.io/": "alb",
    "haproxy.org/": "haproxy",
    "haproxy-ingress.github.io/": "haproxy",
    "konghq.com/": "kong",
}
_TITLES = {"nginx": "nginx", "traefik": "Traefik", "alb": "the AWS controller", "haproxy": "HAProxy", "kong": "Kong"}
_PROTECTS = regex(
    r"/(auth-(?!.*(cache|snippet))|whitelist-|allowlist-|denylist-|satisfy$|enable-modsecurity|limit-(rps|rpm|conn))"
)
_ROUTES = regex(
    r"/(rewrite-target|app-root|use-regex|backend-protocol|permanent-redirect|temporal-redirect|configuration-snippet|"
    r"server-snippet|canary|upstream-vhost|router\.middlewares|router\.tls|ssl-passthrough|enable-cors|proxy-redirect|x-forwarded-prefix)"
)
_REPLACEMENTS = {
    "auth-url": "a Middleware with forwardAuth",
    "auth-secret": "a Middleware with basicAuth",
    "auth-type": "a Middleware with basicAuth",
    "whitelist-source-range": "a Middleware with ipAllowList",
    "allowlist-source-range": "a Middleware with ipAllowList",
    "rewrite-target": "a Middleware with stripPrefix or replacePathRegex",
    "backend-protocol": "traefik.ingress.kubernetes.io/service.serversscheme on the Service",
    "limit-rps": "a Middleware with rateLimit",
    "enable-cors": "a Middleware with headers",
    "app-root": "a Middleware with redirectRegex",
    "permanent-redirect": "a Middleware with redirectRegex",
}


@alone
@needs_words("annotations")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for an Ingress with annotations that its controller does not read."""
    keys = [key for key in as_dict(resource.get("metadata", "annotations")) if isinstance(key, str)]
    ignored = [key for key in keys if _controller(key) is not None]
    if not ignored:
        return
    serving, is_certain = _serving(resource, context)
    if serving is None or any(_controller(key) == serving for key in ignored):
        return
    worst = sorted(ignored, key=_rank)[0]
    others = len(ignored) - 1
    limit: Severity | None = (None, "warning", "info")[_rank(worst)]
    more = f", and {others} more" if others else ""
    advice = _REPLACEMENTS.get(worst.rpartition("/")[2], "") if serving == "traefik" else ""
    yield Problem(
        f'Ingress "{resource.name}" is served by {_TITLES[serving]}, which does not read {worst}{more}',
        resource.place("metadata", "annotations", worst),
        "without effect",
        at_most=limit if is_certain or limit is not None else "warning",
        note=f"{_TITLES[serving]} has {advice} for this" if advice else "",
    )


def _rank(key: str) -> int:
    """Return how much it matters that an annotation is ignored: 0 protects, 1 decides where requests go, 2 else."""
    return 0 if _PROTECTS.search(key) else 1 if _ROUTES.search(key) else 2


def _controller(key: str) -> str | None:
    return next((name for prefix, name in _CONTROLLERS.items() if key.startswith(prefix)), None)


def _serving(resource: Resource, context: Context) -> tuple[str | None, bool]:
    """Return which controller serves an Ingress, None where that is not known, and whether it is certain.

    By the class that the Ingress names, else by the only class, or the default one, of the platform.
    """
    named = resource.get("spec", "ingressClassName") or resource.annotations.get("kubernetes.io/ingress.class")
    if named:
        return _of_class(str(named)), True
    default = context.platform.get("ingress.defaultClass")
    if default is not None:
        return _of_class(str(default.value)), not default.inferred
    classes = context.platform.get("ingress.classes")
    if classes is None or not isinstance(classes.value, list) or len(classes.value) != 1:
        return None, False
    return _of_class(str(classes.value[0])), not classes.inferred


def _of_class(name: str) -> str | None:
    """Return the controller that a class is called after; a class of another name may be anybody's."""
    parts = set(re.split(r"[-_.]", name.lower()))
    found = [controller for controller in _TITLES if controller in parts]
    return found[0] if len(found) == 1 and not name.startswith("$") else None

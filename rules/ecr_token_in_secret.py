"""Pull secrets that hold a password for Amazon ECR, which is valid for 12 hours."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from kubelint_lessons.plugin import Context, Problem, Resource, as_dict, as_text, needs_words, regex

_KEY = ".dockerconfigjson"
_ECR = regex(r"(?:https?://)?\d{12}\.dkr\.ecr[a-z-]*\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:/.*)?")
_RENEWAL = regex(r"get-login-password|get-authorization-token|ecr get-login|registry-creds")
_RENEWERS = ("external-secrets.io/ExternalSecret", "generators.external-secrets.io/ECRAuthorizationToken")


@needs_words("kubernetes.io/dockerconfigjson", _KEY)
def check(secret: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for a Secret with such a password, unless something in the scope renews it."""
    if secret.get("type") != "kubernetes.io/dockerconfigjson" or secret.is_patch:
        return
    field = "stringData" if as_text(secret.get("stringData", _KEY)) else "data"
    auths = as_dict(_read(as_text(secret.get(field, _KEY)), field == "data").get("auths"))
    host = next((name for name, login in auths.items() if _ECR.fullmatch(name) and _has_password(login)), None)
    if host is None or context.once("renewed", lambda: _is_renewed(context)):
        return
    yield Problem(
        f'Secret "{secret.name}" holds a password for {host}, and ECR lets one live for 12 hours',
        secret.place(field, _KEY),
        label="expires 12 hours after it was made",
    )


def _read(text: str, is_encoded: bool) -> dict[str, Any]:
    try:
        return as_dict(json.loads(base64.b64decode(text, validate=True) if is_encoded else text))
    except (ValueError, binascii.Error):
        return {}


def _has_password(login: Any) -> bool:
    """Return whether a password is written there, and not the name of one that is filled in later."""
    values = [as_text(as_dict(login).get(key)) for key in ("password", "auth")]
    return any(value and not re.search(r"[$<{*]", value) for value in values)


def _is_renewed(context: Context) -> bool:
    if context.relations.of_kind(*_RENEWERS):
        return True
    for workload in context.relations.workloads():
        template = workload.pod_template
        for container in template.containers if template is not None else ():
            words = [container.image, str(container.data.get("command")), str(container.data.get("args"))]
            if _RENEWAL.search(" ".join(words)):
                return True
    return any(_RENEWAL.search(str(item.get("data"))) for item in context.relations.of_kind("ConfigMap"))

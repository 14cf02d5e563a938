"""References to the token Secrets that Kubernetes made for ServiceAccounts before 1.24."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, RelatedPlace, Resource, holding, needs_words, regex

_GENERATED = regex(r"(.+)-token-[bcdfghjklmnpqrstvwxz2456789]{5}")
"""The letters and digits that generated names are made of: no vowels, no 0, 1 and 3 (apimachinery's rand)."""
_OLD = regex(r"v?1\.(?:[0-9]|1[0-9]|2[0-3])(?:\..*)?")


@needs_words(
    ("imagePullSecrets", "nodePublishSecretRef", "secret", "secretKeyRef", "secretName", "secretRef"),
    holding("ServiceAccount"),
)
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every Secret that is called so, where the account is among the manifests and it is not."""
    accounts = context.once("accounts", lambda: _accounts(context))
    here = accounts.get(workload.namespace)
    if here is None:
        return
    for reference in context.relations.references(workload, "Secret"):
        match = _GENERATED.fullmatch(reference.name)
        if match is None or reference.items or reference.is_optional:
            continue
        account = here.get(match[1])
        if account is not None:
            yield Problem(
                f'{workload.id} needs Secret "{reference.name}", which Kubernetes made for ServiceAccount "{match[1]}" '
                "before 1.24 and makes no more",
                workload.place(*reference.path),
                label="does not exist in a new cluster",
                related=(RelatedPlace(account.place("metadata", "name"), "the ServiceAccount"),),
            )


def _accounts(context: Context) -> dict[str | None, dict[str, Resource]]:
    """Return the ServiceAccounts by namespace and name; none where Kubernetes still makes such Secrets."""
    version = context.platform.get("kubernetesVersion")
    if version is not None and isinstance(version.value, str) and _OLD.fullmatch(version.value):
        return {}
    found: dict[str | None, dict[str, Resource]] = {}
    for account in context.relations.of_kind("ServiceAccount"):
        found.setdefault(account.namespace, {}).setdefault(account.name, account)
    return found

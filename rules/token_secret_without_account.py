"""Secrets with the token of a ServiceAccount that the manifests of its namespace do not hold."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, RelatedPlace, Resource, needs_words

_ANNOTATION = "kubernetes.io/service-account.name"


@needs_words("kubernetes.io/service-account-token")
def check(secret: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem where the account is missed, although other accounts of the namespace are read here."""
    account = secret.annotations.get(_ANNOTATION)
    if secret.get("type") != "kubernetes.io/service-account-token" or not account or secret.is_patch:
        return
    relations = context.relations
    if relations.named("ServiceAccount", account, secret).state != "absent":
        return
    others = [item for item in relations.of_kind("ServiceAccount") if item.namespace == secret.namespace]
    if others:
        yield Problem(
            f'Secret "{secret.name}" is to hold the token of ServiceAccount "{account}", which does not exist',
            secret.place("metadata", "annotations", _ANNOTATION),
            related=(RelatedPlace(others[0].place("metadata", "name"), "the ServiceAccount of this namespace"),),
            note="the token controller deletes a Secret whose ServiceAccount does not exist",
        )

"""SealedSecrets that go by another name or namespace than the one that they were sealed for.

Source: README.md of github.com/bitnami-labs/sealed-secrets: name and namespace are part of what is encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Problem, RelatedPlace, Resource, as_text, regex

_PREFIX = "sealedsecrets.bitnami.com/"
_PLACEHOLDER = regex(r"[$<>{}%]")


def check(sealed: Resource, context: Context) -> Iterator[Problem]:
    """Yield a warning where the template shows another name, or kustomize gives it one."""
    is_wide = sealed.annotations.get(f"{_PREFIX}cluster-wide") == "true"
    keeps_namespace = sealed.annotations.get(f"{_PREFIX}namespace-wide") == "true"
    if sealed.is_patch or is_wide or sealed.may_be_patched("metadata") or sealed.may_be_patched("spec"):
        return
    for field, actual in (("namespace", sealed.namespace), ("name", sealed.name)):
        if field == "name" and keeps_namespace:
            continue
        written = as_text(sealed.get("metadata", field))
        template = as_text(sealed.get("spec", "template", "metadata", field))
        sealed_for = template or written
        if not actual or not sealed_for or sealed_for == actual or _PLACEHOLDER.search(f"{actual}{sealed_for}"):
            continue
        by_kustomize = actual != written and written
        where = sealed.place("metadata", field) if written else sealed.place("spec", "template", "metadata", field)
        cause = f'the kustomization in "{context.scope.root}" gives it the {field} {actual}' if by_kustomize else ""
        related: tuple[RelatedPlace, ...] = ()
        if template and written:
            related = (RelatedPlace(sealed.place("spec", "template", "metadata", field), "kubeseal wrote this"),)
        yield Problem(
            f'SealedSecret "{sealed.name}" was sealed for the {field} "{sealed_for}" and is applied as "{actual}"',
            where,
            label="no key will open it",
            related=related,
            note=cause or "seal it again for its new place, or with --scope namespace-wide or cluster-wide",
        )
        return

"""Bindings to a ServiceAccount that exists in another namespace than the one they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubelint_lessons.plugin import (
    Context,
    Edit,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    as_dict,
    as_list,
    as_text,
    grouped,
    holding,
    needs_words,
)


@needs_words("subjects", holding("ServiceAccount"))
def check(binding: Resource, context: Context) -> Iterable[Problem]:
    """Return one problem for every subject of which exactly one namesake exists, elsewhere.

    Where kustomize sets namespaces it also rewrites subjects, so that what is written there does not count.
    """
    if binding.is_patch or binding.transform.namespace:
        return ()
    accounts = context.once("accounts", lambda: _accounts(context))
    for item in as_list(binding.get("subjects")):
        subject = as_dict(item)
        namesakes = accounts.get(as_text(subject.get("name")), ())
        if any(account.namespace != subject.get("namespace") for account in namesakes):
            return _lost(binding, accounts, context)
    return ()


def _lost(binding: Resource, accounts: dict[str, list[Resource]], context: Context) -> Iterator[Problem]:
    for reference in context.relations.references(binding, "ServiceAccount"):
        subject = reference.path[:-1]
        if reference.state != "absent" or binding.get(*subject, "namespace") != reference.namespace:
            continue
        namesakes = accounts.get(reference.name, [])
        if len({account.namespace for account in namesakes}) != 1 or not namesakes[0].namespace:
            continue
        real = namesakes[0]
        place = binding.place(*subject, "namespace")
        yield Problem(
            f'{binding.kind} "{binding.name}" binds ServiceAccount "{reference.name}" of namespace '
            f'"{reference.namespace}", but it is in "{real.namespace}"',
            place,
            label=f'there is no "{reference.name}" here',
            related=(RelatedPlace(real.place("metadata", "name"), "the ServiceAccount"),),
            fix=Fix(f"write the namespace {real.namespace}", (Edit("set", place, real.namespace),), "unsafe"),
        )


def _accounts(context: Context) -> dict[str, list[Resource]]:
    return grouped(context.relations.of_kind("ServiceAccount"), lambda account: account.name)

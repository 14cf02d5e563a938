"""Labels of a version that kustomize writes into selectors.

Source: the references of commonLabels and labels at kubectl.docs.kubernetes.io.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, alone, as_dict, as_list, needs_words


@alone
@needs_words(("commonLabels", "includeSelectors"))
def check(kustomization: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each label of a version under commonLabels, or under labels with includeSelectors."""
    versions = context.params.get("labels") or []
    for key, value in as_dict(kustomization.get("commonLabels")).items():
        if key not in versions:
            continue
        fix = None
        if kustomization.get("labels") is None:
            edits = (
                Edit("remove", kustomization.place("commonLabels", key)),
                Edit("set", kustomization.place("labels"), [{"pairs": {key: value}}]),
            )
            fix = Fix("move it to labels, which leave selectors alone", edits, "unsafe")
        yield Problem(
            f"commonLabels writes {key}: {value} into selectors, which can never change",
            kustomization.place("commonLabels", key),
            label="changes with every release",
            fix=fix,
        )
    for index, item in enumerate(as_list(kustomization.get("labels"))):
        entry = as_dict(item)
        for key, value in as_dict(entry.get("pairs")).items():
            if key not in versions or entry.get("includeSelectors") is not True:
                continue
            place = kustomization.place("labels", index, "includeSelectors")
            only = len(as_dict(entry.get("pairs"))) == 1
            edits = (
                Edit("set", place, False),
                Edit("set", kustomization.place("labels", index, "includeTemplates"), True),
            )
            yield Problem(
                f"includeSelectors writes {key}: {value} into selectors, which can never change",
                kustomization.place("labels", index, "pairs", key),
                label="changes with every release",
                fix=Fix("leave selectors out", edits, "unsafe") if only else None,
            )

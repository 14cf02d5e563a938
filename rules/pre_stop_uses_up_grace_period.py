"""Hooks that sleep for as long as the pod has to end, so that nothing is left for the application."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import (
    Container,
    Context,
    Edit,
    FieldPath,
    Fix,
    Problem,
    RelatedPlace,
    Resource,
    alone,
    as_dict,
    as_list,
    needs_words,
    regex,
)

_SLEEP = regex(r"(?:^|[\s;&|(])(?:/bin/|/usr/bin/)?sleep\s+(\d+)(?=s?(?:[\s;&|)\"']|$))")
_DEFAULT = 30
_USUAL_SHUTDOWN = 30


@alone
@needs_words("preStop")
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem for each container whose hook sleeps through the whole grace period."""
    template = workload.pod_template
    if template is None:
        return
    route = ("spec", "terminationGracePeriodSeconds")
    written = template.spec.get(route[1])
    grace = written if isinstance(written, int) and not isinstance(written, bool) else _DEFAULT
    if grace <= 0 or workload.may_be_patched(*template.path, *route):
        return
    for container in template.containers:
        found = _sleep(container)
        if found is None or found[1] < grace:
            continue
        path, seconds = found
        said = f"{grace} seconds" if written is not None else f"the {grace} seconds that are the default"
        edit = Edit("set", template.place(*route), seconds + _USUAL_SHUTDOWN)
        yield Problem(
            f'container "{container.name}" of {workload.id} sleeps {seconds} seconds before it may end, of {said}',
            container.place(*path),
            "the time for the application is over",
            (RelatedPlace(template.place(*route), "all of it"),) if written is not None else (),
            Fix(f"give the pod {seconds + _USUAL_SHUTDOWN} seconds", (edit,), "unsafe"),
        )


def _sleep(container: Container) -> tuple[FieldPath, int] | None:
    """Return where a hook sleeps and for how long; None where it waits for something, or does not sleep at all."""
    hook = as_dict(as_dict(container.data.get("lifecycle")).get("preStop"))
    seconds = as_dict(hook.get("sleep")).get("seconds")
    if isinstance(seconds, int) and not isinstance(seconds, bool):
        return ("lifecycle", "preStop", "sleep", "seconds"), seconds
    words = [word for word in as_list(as_dict(hook.get("exec")).get("command")) if isinstance(word, str)]
    text = " ".join(words)
    if re.search(r"\b(if|case|while|until|for|kill|timeout)\b|\|\|", text):
        return None
    found = _SLEEP.findall(text)
    if not found:
        return None
    return ("lifecycle", "preStop", "exec", "command"), sum(map(int, found))

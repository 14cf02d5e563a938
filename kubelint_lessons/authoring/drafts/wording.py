"""The words of a draft: what changed, what the rule reports, why it failed, what helps, and a name for it."""

from __future__ import annotations

import re
from typing import Any

from kubelint_lessons.authoring.drafts.compare import Change
from kubelint_lessons.authoring.drafts.forms import Form
from kubelint_lessons.authoring.drafts.places import RulePlace
from kubelint_lessons.lessons.names import slug
from kubelint_lessons.lessons.paths import EACH, format_steps
from kubelint_lessons.manifests.resources import Resource
from kubelint_lessons.model.location import FieldPath
from kubelint_lessons.model.records import NamedTuple

_NOUNS = {
    "containers": "container",
    "initContainers": "init container",
    "allContainers": "container",
    "volumes": "volume",
    "env": "variable",
    "ports": "port",
}
"""What an element of a named list is called."""

_PLAIN_STEPS = frozenset(("spec", "metadata", "template", "annotations", "labels", "data"))
_PAST = {"does not": "did not", "sets": "set", "runs": "ran", "has": "had"}


class Story(NamedTuple):
    """One change of an object, the condition that it became, and where that lies; says all this in words.

    ``item`` is the element that the rule judges, None without ``each``. ``data`` is the value of the CEL name that the
    place begins with. ``hides`` says that values are secret. ``inside`` is the route of a string that holds all this.
    """

    bad: Resource
    change: Change
    form: Form
    place: RulePlace
    item: Any
    data: Any
    hides: bool
    inside: FieldPath = ()

    @property
    def description(self) -> str:
        """Return what changed: ``spec.type was NodePort and is ClusterIP``."""
        said = describe(self.change, hides=self.hides)
        return f"{format_steps(self.inside)}: {said}" if self.inside else said

    @property
    def field(self) -> str:
        """Return the field as messages name it."""
        steps = list(self._own_steps)
        while steps and isinstance(steps[-1], int):
            steps.pop()
        return format_steps(tuple(EACH if isinstance(step, int) else step for step in steps))

    @property
    def says(self) -> str:
        """Return what is wrong, to follow the name of an object: ``sets spec.type to "NodePort"``."""
        says = self.form.says.replace("FIELD", self.field) if self.field else self.form.says.replace(" in FIELD", "")
        if self.inside:
            return f"{says}, in {self.inside[-1]}"
        return says.replace("sets value to ", "is ").replace("has value", "has a value") if self._variable else says

    @property
    def subject(self) -> str:
        """Return the template of what a message is about."""
        noun = _NOUNS.get(self.place.each, "")
        is_named = isinstance(self.item, dict) and isinstance(self.item.get("name"), str)
        owner = '{object.kind} "{object.name}"'
        return f'{noun} "{{item.name}}" of {owner}' if noun and is_named else owner

    @property
    def title(self) -> str:
        """Return what the rule reports, in general: ``a container that has no readinessProbe``."""
        kind = "workload" if self.place.match == "workloads" else self.place.match.rpartition("/")[2]
        name = f" {self.item['name']}" if self._variable else ""
        return f"{with_article(_NOUNS.get(self.place.each) or kind)}{name} that {self.says}"

    @property
    def cause(self) -> str:
        """Return why it failed, as far as the change tells."""
        noun = _NOUNS.get(self.place.each, self.bad.kind)
        is_short = "\n" not in str(self.change.old) and not isinstance(self.change.old, (dict, list))
        if self.change.kind == "changed" and self.form.detector == "forbid" and is_short and not self.hides:
            field = self._variable or (
                f"`{self.field}` of the {noun}" if self.place.steps else f"An item of `{self.field}`"
            )
            return f"{field[0].upper()}{field[1:]} was {_code(self.change.old)}."
        says = self.form.says.replace("FIELD", f"`{self.field}`") if self.field else self.says
        return f"The {noun} {re.sub('^(does not|sets|runs|has)', lambda found: _PAST[found[1]], says)}."

    @property
    def remedy(self) -> str:
        """Return what to do about it."""
        change, field = self.change, self._variable or f"`{self.field}`"
        if change.kind == "renamed":
            return f"Call it `{change.name}`."
        if change.kind in ("removed", "item-removed"):
            return f"Remove {field}." if change.kind == "removed" and self.place.steps else "Remove it."
        is_short = not isinstance(change.new, (dict, list)) and len(str(change.new)) <= 80
        if self.hides or not is_short or "\n" in str(change.new) or change.kind == "item-added":
            return f"Write {field} as in the good example."
        if isinstance(change.path[-1], int):
            return f"Write {_code(change.new)} instead."
        return f"Set {field} to {_code(change.new)}."

    @property
    def slug(self) -> str:
        """Return an id for the rule, which names the bad pattern."""
        kind = self.place.match.rpartition("/")[2]
        head = _NOUNS.get(self.place.each) or ("pod" if self.place.match == "workloads" else kebab(kind))
        steps = [step for step in self._own_steps if isinstance(step, str) and step not in _PLAIN_STEPS]
        names = [kebab(step.rpartition("/")[2]) for step in steps][-2:]
        if self.place.each == "env" and isinstance(self.item, dict) and isinstance(self.item.get("name"), str):
            names = [kebab(self.item["name"].lower())]
        ending = self.form.ending
        if ending == "missing":
            return slug("-".join([head, "without", *names]))
        if ending.startswith(("http", "/")):
            ending = ending.rstrip("/").rpartition("/")[2]
        return slug("-".join(filter(None, [head, *names, kebab(ending[:40]) if ending else ""])))

    @property
    def _own_steps(self) -> tuple[str | int, ...]:
        return self.place.steps if self.place.root != "object" else self.place.below

    @property
    def _variable(self) -> str:
        name = self.item.get("name") if isinstance(self.item, dict) else None
        is_value = self.place.each == "env" and self.place.steps == ("value",) and isinstance(name, str)
        return f"the variable `{name}`" if is_value else ""


def describe(change: Change, *, hides: bool) -> str:
    """Return a change in words; no values where they are secret."""
    path = format_steps(change.path) if change.path else "everything"
    if change.kind == "renamed":
        return f"{path} is called {change.name} now"
    if change.kind in ("removed", "item-removed"):
        return f"{path} was removed"
    if change.kind == "added":
        return f"{path} was added"
    if change.kind == "item-added":
        return f"an item was added to {path}"
    if change.kind == "order":
        return f"{path} has another order"
    if hides or any(isinstance(value, str) and "\n" in value for value in (change.old, change.new)):
        return f"{path} has another value" if hides else f"{path} has other lines"
    return f"{path} was {brief(change.old)} and is {brief(change.new)}"


def with_article(noun: str) -> str:
    """Return ``a Service`` or ``an Ingress``."""
    return f"{'an' if noun[:1] in 'AEIOaeio' else 'a'} {noun}"


def kebab(text: str) -> str:
    """Return camelCase as kebab-case."""
    return slug(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", text))


def brief(value: Any, width: int = 60) -> str:
    """Return a value on one line, cut where it is long."""
    if isinstance(value, (dict, list)):
        return "a map" if isinstance(value, dict) else "a list"
    text = " ".join(("true" if value is True else "false" if value is False else str(value)).split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _code(value: Any) -> str:
    return f"`{brief(value).replace('`', '')}`" if brief(value) else "empty"

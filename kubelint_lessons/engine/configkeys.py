"""Every key of ``.kubelint.yaml``, once: reader, JSON Schema and ``kubelint config`` are made from this table."""

from __future__ import annotations

from typing import Literal

from kubelint_lessons.model.finding import SEVERITIES
from kubelint_lessons.model.records import NamedTuple

FAIL_ON = (*SEVERITIES, "never")

VERSION = r"v?1\.(?:0|[1-9][0-9]{0,2})(?:\.[0-9]+)?"
"""A version of Kubernetes, as a regular expression: 1.34, v1.34.2."""

Form = Literal[
    "path", "paths", "globs", "names", "patterns", "choice", "version", "severities", "parameters", "text", "date",
    "suppress", "overrides",
]  # fmt: skip
"""What a key takes. ``globs``, ``names``, ``patterns`` and ``paths`` are one string or a list of strings."""


class Key(NamedTuple):
    """One key: its name, what it takes, one sentence on it, and what holds without it.

    ``variable`` is the environment variable and ``flag`` the option of ``kubelint lint`` that say the same.
    """

    name: str
    form: Form
    help: str
    default: str = ""
    variable: str = ""
    flag: str = ""
    is_required: bool = False


KEYS: tuple[Key, ...] = (
    Key("lessons", "paths", "The lessons files of the team.", "docs/ai-lessons.md, ai-lessons.md"),
    Key("platform", "path", "The facts about the cluster.", "docs/platform-reference.md, where there is one"),
    Key(
        "kubernetes-version",
        "version",
        "The version of the cluster, over the one in the platform reference.",
        "what the platform reference says",
        "KUBELINT_KUBERNETES_VERSION",
        "--kubernetes-version",
    ),
    Key("include", "globs", "The only files of the project that are looked at.", "all files"),
    Key("exclude", "globs", "Files that are left out, of those too.", "none", "KUBELINT_EXCLUDE", "--exclude"),
    Key("select", "names", "The only rules that run: ids, presets, or all.", "rules that are on", "KUBELINT_SELECT",
        "--select"),
    Key("extend-select", "names", "Rules that run as well.", "none", "KUBELINT_EXTEND_SELECT", "--extend-select"),
    Key("ignore", "names", "Rules that do not run.", "none", "KUBELINT_IGNORE", "--ignore"),
    Key("severity", "severities", "The severity of rules, by id.", "as the lessons say"),
    Key("parameters", "parameters", "The parameters of rules, by id.", "as the lessons say"),
    Key("suppress", "suppress", "Findings that are silenced, each with a reason.", "none"),
    Key("overrides", "overrides", "What is different in some paths.", "none"),
    Key("fail-on", "choice", "The severity from which on the exit status is 1.", "warning", "KUBELINT_FAIL_ON",
        "--fail-on"),
    Key("baseline", "path", "The file of findings that are known and not reported.",
        ".kubelint-baseline.json, where there is one", "KUBELINT_BASELINE", "--baseline"),
)  # fmt: skip

SUPPRESS_KEYS: tuple[Key, ...] = (
    Key("rules", "names", "The ids of the rules whose findings are silenced.", is_required=True),
    Key("kind", "patterns", "Kinds of objects; * stands for any characters."),
    Key("name", "patterns", "Names of objects; * stands for any characters."),
    Key("namespace", "patterns", 'Namespaces of objects; "" means that none is given.'),
    Key("path", "globs", "Files, as in exclude."),
    Key("reason", "text", "Why the findings are silenced.", is_required=True),
    Key("until", "date", "The last day on which the entry holds, YYYY-MM-DD."),
)

OVERRIDE_KEYS: tuple[Key, ...] = (
    Key("paths", "globs", "The files that this holds for, as in exclude.", is_required=True),
    Key("select", "names", "The only rules whose findings are reported there."),
    Key("extend-select", "names", "Rules that run there as well."),
    Key("ignore", "names", "Rules whose findings are not reported there."),
    Key("severity", "severities", "The severity of rules there, by id."),
    Key("parameters", "parameters", "The parameters of rules there, by id."),
)

FORBIDDEN = {
    "plugin": "plugins run code, so only the command line can name one: kubelint lint --plugin NAME",
    "plugins": "plugins run code, so only the command line can name one: kubelint lint --plugin NAME",
    "extends": "a config is complete in itself; repeat what should hold here",
    "rules": "rules are chosen with select, extend-select and ignore",
    "ignores": 'to turn a rule off write "ignore", to silence single findings "suppress"',
}
"""Keys that people may expect, and why they are not there."""


def names_of(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Return the names of keys in their order."""
    return tuple(key.name for key in keys)

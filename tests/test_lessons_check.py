"""``kubelint lessons check``: broken lessons, each with its message at its line and the next step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubelint_lessons.authoring.advice import Advice
from kubelint_lessons.authoring.check import Checked, check_lessons
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.cache import Cache, cache_folder
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules

ROOT = Path(__file__).resolve().parents[1]
TOOLBOX = Toolbox(Compiler())
WORDS = "**It breaks.**\n\n**Root cause:** a mistake.\n\n**Fix:** mend it.\n\n"
HEAD = f"# Lessons\n\n## Kubernetes\n\n### test-rule\n\n{WORDS}"
CLAIM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web"


def check(text: str) -> Checked:
    return check_lessons(load_rules([("a.md", text)], cache=Cache(cache_folder())), {"a.md": text}, TOOLBOX)


def block(rule: str, examples: str = "") -> str:
    return f"{HEAD}```yaml rule\n{rule}\n```\n\n{examples}"


def fence(label: str, text: str) -> str:
    return f"```yaml {label}\n{text}\n```\n\n"


GOOD = "match: ConfigMap\nforbid: object.metadata.name == 'web'\nat: metadata.name"
EXAMPLES = fence("bad", f"{CLAIM} # finding") + fence("good", CLAIM.replace("web", "shop"))

BROKEN = [
    (block("match: ConfigMap\nforbid: object.metadata.nmae == 'web'"), 15, "nmae", 'did you mean "metadata.name"?'),
    (block("match: Deployment\nforbid: object.spec.replica == 1"), 15, "replica", 'did you mean "spec.replicas"?'),
    (block("match: workloads\nforbid: variables.podSpec.hostNetwrk == true"), 15, "hostNetwrk", '"hostNetwork"'),
    (
        block("match: workloads\neach: containers\nforbid: has(item.livenesProbe)"),
        16,
        "livenesProbe",
        '"livenessProbe"',
    ),
    (block("match: Service\nforbid: 'true'\nat: spec.selectr"), 16, "selectr", 'did you mean "spec.selector"?'),
    (block("match: Deplyment\nforbid: 'true'"), 14, "Deplyment", 'did you mean "Deployment"?'),
    (block("match: ConfigMap\nforbidd: 'true'"), 15, "forbidd", "forbid"),
    (block("match: ConfigMap\nforbid: object.metadata.name =="), 15, "ends too early", ""),
    (block("match: ConfigMap\nforbid: objct.kind == 'x'"), 15, "objct", "object"),
    (block("match: ConfigMap\nforbid: object.metadata.name"), 15, "", "== true"),
    (block("match: ConfigMap\nforbid: 'true'\nrequire: 'true'"), 16, "stand together", "a rule block for each"),
    (block("match: ConfigMap"), 14, "", ""),
    (block("match: ConfigMap\nforbid: 'true'\nseverity: eror"), 16, "eror", "error"),
    (block("match: Service\nrelate: {pods: selcts}\nforbid: podsCount == 0"), 15, "selcts", "selects"),
    (block("match: Service\nneeds: [nodes.architecures]\nforbid: 'true'"), 15, "nodes.architecures", "architectures"),
    (block("match: ConfigMap\nforbid: 'true'\nmessage: '{objct.name}'"), 16, "objct", "object"),
    (block("regex: '(?=x)'\nfiles: '*.sh'"), 14, "not a regular expression", "RE2"),
    (block("text: abc"), 14, "files", ""),
    (block("match: ConfigMap\ncheck: no_such_check"), 15, "no_such_check", ""),
    (block("match: [ConfigMap"), 14, "", ""),
    (block("extends: shared-service-selectr"), 14, "shared-service-selectr", "shared-service-selector"),
    (block(GOOD, fence("bad", CLAIM.replace("web", "shop # finding"))), 23, "no finding on this line", "fires nowhere"),
    (block(GOOD, fence("bad", CLAIM)), 19, "marks no line", "# finding"),
    (block(GOOD, fence("good", CLAIM)), 23, "not silent", "narrow the rule"),
    (f"{HEAD}- **gone**: x. <!-- rule: shared-service-selectr -->\n", 13, "shared-service-selectr", "did you mean"),
    (f"{HEAD}The token is ghp_{'a1B2' * 9}.\n", 13, "a GitHub token", "revoke"),
    (f"{HEAD}Set `password: Tr0ub4dor&3x` there.\n", 13, "a password or a token", "placeholder"),
    (f"{HEAD}postgres://app:s3cr3t-V4lue@db/app\n", 13, "a password in a URL", "placeholder"),
]


@pytest.mark.parametrize(("text", "line", "words", "hint"), BROKEN, ids=[str(n) for n in range(len(BROKEN))])
def test_a_broken_lesson_gets_an_error_at_its_line_with_the_next_step(
    text: str, line: int, words: str, hint: str
) -> None:
    errors = check(text).errors
    assert errors
    assert any(item.line == line and words in item.message and hint in item.hint + item.message for item in errors), [
        (item.line, item.message, item.hint) for item in errors
    ]
    assert all(item.path == "a.md" and item.column >= 1 for item in errors)


def test_a_field_is_pointed_at_exactly_also_in_a_block_of_several_lines() -> None:
    text = block("match: ConfigMap\nforbid: >-\n  has(object.data)\n    && object.metadata.nmae == 'x'")
    (error,) = check(text).errors
    assert text.splitlines()[error.line - 1][error.column - 1 : error.end_column - 1] == "nmae"


def test_a_sound_lesson_is_well() -> None:
    checked = check(block(GOOD, EXAMPLES))
    assert (checked.errors, checked.warnings) == ((), ())
    assert (checked.lessons, checked.examples) == (1, 2)


def warnings_of(text: str) -> list[Advice]:
    checked = check(text)
    assert checked.errors == ()
    return list(checked.warnings)


def test_missing_examples_are_a_warning() -> None:
    assert [re.search(r"no (\w+) example", item.message)[1] for item in warnings_of(block(GOOD))] == ["bad", "good"]  # type: ignore[index]


def test_an_incident_told_twice_is_a_warning_unless_one_rule_stands_for_both() -> None:
    one = "- **Pods hang in ContainerCreating**: the volume is attached to the old node. Fix: delete the attachment.\n"
    found = warnings_of(f"# L\n\n## K\n\n{one}\n## Other\n\n{one}")
    assert ["says what" in item.message for item in found] == [True]
    marked = one.replace(".\n", ". <!-- rule: shared-service-selector -->\n")
    assert warnings_of(f"# L\n\n## K\n\n{marked}\n## Other\n\n{marked}") == []


def test_rules_that_contradict_each_other_are_an_error() -> None:
    other = block(GOOD.replace("forbid", "require"), EXAMPLES).replace("test-rule", "other-rule").partition("###")[2]
    text = f"{block(GOOD, EXAMPLES)}###{other}".replace("**It breaks.**", "**It breaks here.**", 1)
    errors = [item for item in check(text).errors if "contradicts" in item.message]
    assert {item.message.split()[0] for item in errors} == {"test-rule", "other-rule"}


def test_long_entries_are_a_warning() -> None:
    text = f"# L\n\n## K\n\n- **{'very ' * 60}long**: because. Fix: shorten.\n"
    assert ["symptom has" in item.message for item in warnings_of(text)] == [True]


def test_placeholders_are_no_secrets() -> None:
    text = "".join(
        f"- **Login fails {index}**: used `{value}`. Fix: x.\n"
        for index, value in enumerate(
            ["password: changeme", "token: <token>", "PASSWORD=${DB_PASSWORD}", "secret: my-secret", "token: abc"]
        )
    )
    assert check(f"# L\n\n## K\n\n{text}").errors == ()


def test_the_files_of_the_fixtures_are_well() -> None:
    for name in ("homelab/docs/ai-lessons.md", "ai-lessons-482.md"):
        text = (ROOT / "fixtures" / name).read_text(encoding="utf-8")
        checked = check_lessons(load_rules([(name, text)]), {name: text}, Toolbox(Compiler()))
        assert [(item.line, item.message) for item in checked.errors] == []


PIECES = st.sampled_from(
    [HEAD, "```yaml rule\n", "```\n", "match: Service\n", "forbid: 'true'\n", "- **x**: y\n", "### a-b\n", "at: a..b\n"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES | st.text(max_size=30), max_size=12).map("".join))
def test_any_text_at_all_gives_messages_at_lines(text: str) -> None:
    checked = check(text)
    lines = text.count("\n") + 2
    assert all(1 <= item.line <= lines for item in (*checked.errors, *checked.warnings))

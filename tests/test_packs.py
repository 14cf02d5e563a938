"""Built-in and team lessons become one rule set: who detects, whose words are reported, what is said where."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kubelint_lessons.lessons import compiled as compiled_module
from kubelint_lessons.lessons import packs
from kubelint_lessons.lessons.cache import Cache
from kubelint_lessons.lessons.packs import (
    RuleSet,
    builtin_rules_folder,
    compile_folder,
    compiled_file,
    load_platform,
    load_rules,
    read_builtin_lessons,
)

TEAM = "docs/ai-lessons.md"


def lesson(name: str, block: str, symptom: str = "It breaks.", seen: str = "") -> str:
    seen_line = f"**Seen:** {seen}\n\n" if seen else ""
    return (
        f"### {name}\n\n**{symptom}**\n\n**Root cause:** Cause of {name}.\n\n**Fix:** Fix of {name}.\n\n"
        f"**Sources:** https://example.org/{name}\n\n{seen_line}```yaml rule\n{block}```\n\n"
    )


FORBID = "severity: error\nmatch: Service\nforbid: 'true'\n"

BUILTIN = {
    "shared_selector.md": "## Services\n\n"
    + lesson("shared-selector", FORBID + "aliases: [old-selector]\n", "Built in."),
    "pool_size.md": "## MetalLB\n\n"
    + lesson("pool-size", "match: Service\nforbid: object.a > params.limit\nparams: {limit: 3, kind: x}\nlabel: l\n")
    + "```yaml bad\nkind: Service # finding\n```\n",
    "opt_in.md": "## Style\n\n" + lesson("opt-in", FORBID + "default: off\n"),
    "with_check.md": "## Checks\n\n" + lesson("with-check", "match: any\ncheck: with_check\n"),
    "with_check.py": "def check(resource, context):\n    yield from ()\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for name, text in BUILTIN.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path)


def load(folder: str, *texts: str) -> RuleSet:
    names = [TEAM, "docs/more-lessons.md", "docs/third.md"]
    return load_rules(list(zip(names, texts, strict=False)), folder=folder)


def texts(rules: RuleSet) -> list[object]:
    """Return the rules without their compiled programs, whose maps have no fixed order."""
    return [
        rule._replace(detectors=()) if not rule.detectors[0].expression else rule.detectors[0].expression[::2]
        for rule in rules.rules.values()
    ]


def said(rules: RuleSet) -> list[tuple[str, int, str, str]]:
    return [(problem.path, problem.line, problem.message, problem.hint) for problem in rules.problems]


def test_builtin_rules_are_sorted_and_named_by_their_files(folder: str) -> None:
    rules = load(folder)
    assert list(rules.rules) == ["opt-in", "pool-size", "shared-selector", "with-check"]
    assert said(rules) == []
    rule = rules.rules["shared-selector"]
    assert (rule.origin, rule.lesson.path, rule.lesson.line) == ("builtin", "rules/shared_selector.md", 3)
    assert rules.aliases == {"old-selector": "shared-selector"}
    assert not rules.rules["opt-in"].enabled


def test_without_builtin_rules(folder: str) -> None:
    rules = load_rules([(TEAM, lesson("own-rule", FORBID))], builtin=False, folder=folder)
    assert list(rules.rules) == ["own-rule"]


def test_a_team_lesson_replaces_the_builtin_one(folder: str) -> None:
    rules = load(
        folder, lesson("shared-selector", "severity: info\nmatch: Pod\nforbid: 'true'\n", "Ours.", "2026-01-02 x")
    )
    rule = rules.rules["shared-selector"]
    assert (rule.origin, len(rule.detectors), rule.detectors[0].severity) == ("team", 1, "info")
    assert (rule.lesson.symptom, rule.lesson.path, rule.lesson.seen) == ("Ours.", TEAM, ("2026-01-02 x",))
    assert rule.builtin_lesson is not None
    assert rule.builtin_lesson.symptom == "Built in."


def test_a_team_lesson_under_a_former_id_replaces_it_too(folder: str) -> None:
    rules = load(folder, lesson("old-selector", FORBID))
    assert "shared-selector" not in rules.rules
    assert rules.rules["old-selector"].origin == "team"
    assert rules.aliases == {"shared-selector": "old-selector"}


def test_a_broken_team_lesson_leaves_the_others_and_the_builtin_one(folder: str) -> None:
    rules = load(folder, lesson("shared-selector", "match: Service\nforbid: objct\n") + lesson("own-rule", FORBID))
    assert rules.rules["shared-selector"].origin == "builtin"
    assert "own-rule" in rules.rules
    assert [(line, message) for _, line, message, _ in said(rules)] == [(13, "there is no variable 'objct'")]


def test_notes_speak_for_the_rule_that_they_are_bound_to(folder: str) -> None:
    text = (
        "## Kubernetes\n\n- **Every second request fails**: two workloads. Seen: 2026-01-02 web, 2026-01-05 bot"
        " <!-- rule: shared-selector -->\n- **502 again**: as above. Fix: a label. Seen: 2026-02-01 sign"
        " <!-- rule: old-selector -->\n- **Free note**: nothing.\n"
    )
    rules = load(folder, text)
    rule = rules.rules["shared-selector"]
    assert rule.origin == "builtin"
    assert (rule.lesson.symptom, rule.lesson.cause) == ("Every second request fails", "two workloads.")
    assert rule.lesson.fix == "Fix of shared-selector."
    assert (rule.lesson.path, rule.lesson.line, rule.lesson.category) == (TEAM, 3, "Kubernetes")
    assert rule.lesson.seen == ("2026-01-02 web", "2026-01-05 bot", "2026-02-01 sign")
    assert [(words.symptom, words.line) for words in rule.see_also] == [("502 again", 4)]
    assert rule.builtin_lesson is not None
    assert (rule.builtin_lesson.symptom, rule.builtin_lesson.path) == ("Built in.", "rules/shared_selector.md")
    assert [note.id for note in rules.notes] == ["every-second-request-fails", "502-again", "free-note"]


def test_notes_on_a_team_rule_stand_beside_its_own_words(folder: str) -> None:
    text = (
        lesson("own-rule", FORBID, "Ours.", "2026-01-01 a")
        + "## K\n\n- **Also**: b. Seen: 2026-01-02 b <!-- rule: own-rule -->\n"
    )
    rule = load(folder, text).rules["own-rule"]
    assert (rule.lesson.symptom, rule.lesson.seen) == ("Ours.", ("2026-01-01 a", "2026-01-02 b"))
    assert [words.symptom for words in rule.see_also] == ["Also"]


def test_binding_a_rule_that_is_off_switches_it_on(folder: str) -> None:
    assert load(folder, "- **A**: b <!-- rule: opt-in -->\n").rules["opt-in"].enabled


def test_binding_an_unknown_rule_is_said(folder: str) -> None:
    found = said(load(folder, "- **A**: b\n  <!-- rule: shared-selectr -->\n- **B**: c <!-- rule: zzz-zzz-zzz -->\n"))
    assert found == [
        (TEAM, 2, 'the mark binds "shared-selectr", and there is no such rule', 'did you mean "shared-selector"?'),
        (
            TEAM,
            3,
            'the mark binds "zzz-zzz-zzz", and there is no such rule',
            "kubelint rules lists the rules there are",
        ),
    ]


def test_binding_a_rule_that_did_not_load_is_not_said_twice(folder: str) -> None:
    text = lesson("own-rule", "match: any\nforbid: objct\n") + "## K\n\n- **A**: b <!-- rule: own-rule -->\n"
    assert len(said(load(folder, text))) == 1


def test_extends_changes_severity_parameters_and_words(folder: str) -> None:
    block = "extends: pool-size\nseverity: info\nparams: {limit: 9}\nmessage: ours\nmatch: [Ingress]\n"
    rules = load(folder, lesson("strict-pool", block))
    assert said(rules) == []
    base, rule = rules.rules["pool-size"], rules.rules["strict-pool"]
    assert (rule.origin, rule.extension, rule.lesson.path) == ("team", None, TEAM)
    detector = rule.detectors[0]
    assert (detector.severity, detector.params, detector.message, detector.label) == (
        "info",
        {"limit": 9, "kind": "x"},
        "ours",
        "l",
    )
    assert [pattern.kind for pattern in detector.match] == ["Ingress"]
    assert detector.expression == base.detectors[0].expression
    assert base.detectors[0].params == {"limit": 3, "kind": "x"}


def test_extends_of_the_same_id_and_of_an_extension(folder: str) -> None:
    text = (
        lesson("third-pool", "extends: second-pool\nparams: {kind: z}\n")
        + lesson("second-pool", "extends: pool-size\nparams: {limit: 9}\nseverity: error\n")
        + lesson("pool-size", "extends: pool-size\nparams: {limit: 5}\n")
    )
    rules = load(folder, text)
    assert said(rules) == []
    assert rules.rules["pool-size"].detectors[0].params == {"limit": 5, "kind": "x"}
    assert rules.rules["pool-size"].builtin_lesson is not None
    assert rules.rules["second-pool"].detectors[0].params == {"limit": 9, "kind": "x"}
    assert rules.rules["third-pool"].detectors[0].params == {"limit": 9, "kind": "z"}
    assert rules.rules["third-pool"].detectors[0].severity == "error"


def test_extends_that_leads_nowhere(folder: str) -> None:
    text = (
        lesson("a-a", "extends: pool-sze\n")
        + lesson("b-b", "extends: c-c\n")
        + lesson("c-c", "extends: b-b\n")
        + lesson("d-d", "extends: d-d\n")
        + lesson("e-e", "extends: pool-size\nparams: {limt: 1}\n")
    )
    rules = load(folder, text)
    assert [(message, hint) for _, _, message, hint in said(rules)] == [
        ('extends: there is no rule "pool-sze"', 'did you mean "pool-size"?'),
        ('"b-b" extends itself, through c-c', "extend a rule that has a detector"),
        ('extends: there is no rule "d-d"', "kubelint rules lists the rules there are"),
        ('"pool-size" has no parameter "limt"', 'did you mean "limit"?'),
    ]
    assert not {"a-a", "b-b", "c-c", "d-d"} & rules.rules.keys()


def test_one_id_in_two_files_of_a_team(folder: str) -> None:
    found = said(load(folder, lesson("own-rule", FORBID), "# Title\n\n" + lesson("own-rule", FORBID)))
    assert found == [
        (
            "docs/more-lessons.md",
            3,
            'the lesson "own-rule" stands in docs/ai-lessons.md:1 already',
            "give one of them an id of its own",
        )
    ]


def test_builtin_files_that_are_named_wrongly(tmp_path: Path) -> None:
    (tmp_path / "other_name.md").write_text(lesson("some-rule", FORBID), encoding="utf-8")
    (tmp_path / "no_latest.md").write_text(lesson("no-latest", FORBID), encoding="utf-8")
    assert said(load(str(tmp_path))) == [
        (
            "rules/no_latest.md",
            1,
            '"no-latest" does not read well after "ignore"',
            "name the bad pattern itself",
        ),
        (
            "rules/other_name.md",
            1,
            'the file rules/other_name.md holds the lesson "some-rule"',
            "call the file rules/some_rule.md",
        ),
    ]


def test_a_team_lesson_may_use_builtin_checks_only(folder: str, tmp_path: Path) -> None:
    rules = load(folder, lesson("own-rule", "match: any\ncheck: with_check\n"))
    assert rules.rules["own-rule"].detectors[0].check == "with_check"
    found = said(load(folder, lesson("own-rule", "match: any\ncheck: own_check\n")))
    assert found == [(TEAM, 13, 'there is no check "own_check"', 'did you mean "with_check"?')]


def test_team_lessons_carry_examples_and_builtin_ones_are_read_on_demand(folder: str) -> None:
    rules = load(folder, lesson("own-rule", FORBID) + "```yaml bad\nkind: Service # finding\n```\n")
    assert [(item.id, len(item.examples)) for item in rules.team_lessons] == [("own-rule", 1)]
    found = {item.id: len(item.examples) for item in read_builtin_lessons(folder)}
    assert found == {"opt-in": 0, "pool-size": 1, "shared-selector": 0, "with-check": 0}


def test_the_key_follows_the_content(folder: str) -> None:
    text = lesson("own-rule", FORBID)
    key = load(folder, text).key
    assert load(folder, text).key == key
    assert load(folder, text + "\n").key != key
    (Path(folder) / "opt_in.md").write_text(BUILTIN["opt_in.md"] + "\n", encoding="utf-8")
    assert load(folder, text).key != key


def test_a_compiled_folder_says_the_same_and_is_used_only_if_it_fits(folder: str) -> None:
    plain = load(folder)
    content = compiled_file(folder)
    path = Path(folder) / "compiled.bin"
    path.write_bytes(content)
    assert texts(load(folder)) == texts(plain)
    assert load(folder)[1:5] == plain[1:5]
    path.write_bytes(content.replace(b"Built in.", b"Built on."))
    assert load(folder).rules["shared-selector"].lesson.symptom == "Built in."
    path.write_bytes(b"\xff\x00 nonsense")
    assert texts(load(folder)) == texts(plain)
    path.write_bytes(content)
    (Path(folder) / "opt_in.md").unlink()
    assert "opt-in" not in load(folder).rules


@pytest.fixture
def own(folder: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where a checkout keeps its rules compiled; all that is compiled after this is counted in ``compiled``."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return Path(folder) / "__pycache__" / f"rules.{sys.implementation.cache_tag}.bin"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the folders that are compiled from now on."""
    found: list[str] = []
    monkeypatch.setattr(packs, "compile_folder", lambda folder: found.append(folder) or compile_folder(folder))  # type: ignore[func-returns-value]
    return found


def test_a_checkout_compiles_its_rules_once(folder: str, own: Path, compiled: list[str]) -> None:
    first = load(folder)
    assert len(compiled) == 1
    assert load(folder) == first
    assert len(compiled) == 1
    path = Path(folder) / "opt_in.md"
    path.write_text(path.read_text(encoding="utf-8").replace("It breaks.", "It broke ."), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load(folder).rules["opt-in"].lesson.symptom == "It broke ."
    assert len(compiled) == 2
    assert own.stat().st_mode & 0o111 == 0
    assert [path.name for path in own.parent.iterdir()] == [own.name]


@pytest.mark.parametrize("damage", [b"", b"short", b"flip", b"cut", b"text"])
def test_what_a_checkout_keeps_may_be_damaged(folder: str, own: Path, compiled: list[str], damage: bytes) -> None:
    first = load(folder)
    content = own.read_bytes()
    changed = {b"flip": content.replace(b"Built in.", b"Built on."), b"cut": content[:-9], b"text": b"x" * 4000}
    own.write_bytes(changed.get(damage, damage))
    assert texts(load(folder)) == texts(first)
    assert len(compiled) == 2
    assert texts(load(folder)) == texts(first)
    assert len(compiled) == 2


def test_another_program_compiles_anew(
    folder: str, own: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder)
    monkeypatch.setattr(packs, "environment_key", lambda: "another version of the compiler")
    load(folder)
    assert len(compiled) == 2


@pytest.mark.parametrize("reason", ["file in the way", "python keeps nothing", "full disk"])
def test_where_a_checkout_can_keep_nothing_the_cache_does(
    folder: str, own: Path, compiled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    cache = Cache(str(tmp_path / "cache"))
    if reason == "file in the way":
        own.parent.write_text("", encoding="utf-8")
    elif reason == "python keeps nothing":
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
    else:
        monkeypatch.setattr(compiled_module, "write_whole", refuse)
    first = load_rules(folder=folder, cache=cache)
    assert load_rules(folder=folder, cache=cache) == first
    assert len(compiled) == 1
    assert texts(load_rules(folder=folder)) == texts(first)
    assert len(compiled) == 2
    assert not own.exists()


def refuse(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_compiling_a_folder_with_a_broken_lesson_fails(folder: str) -> None:
    (Path(folder) / "bad_one.md").write_text(lesson("bad-one", "match: any\nforbid: objct\n"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"rules/bad_one\.md:\d+:9: there is no variable 'objct'"):
        compiled_file(folder)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    rules = load(str(tmp_path / "nowhere"))
    assert rules.rules == {}
    assert compile_folder(str(tmp_path / "nowhere")) == ()


def test_the_real_folder_is_found() -> None:
    assert Path(builtin_rules_folder()).is_dir()


def test_platform_of_a_project() -> None:
    text = "# P\n\n```yaml platform\nmetallb: {pools: [lan]}\ndistributon: k3s\n```\n"
    platform, problems = load_platform([("docs/platform-reference.md", text)])
    assert platform.facts["metallb"] == {"pools": [{"name": "lan"}]}
    fact = platform.get("metallb.pools")
    assert fact is not None
    assert (fact.source, fact.inferred) == ("docs/platform-reference.md", False)
    assert [(problem.line, problem.hint) for problem in problems] == [(5, 'did you mean "distribution"?')]
    assert load_platform([])[0].facts == {}

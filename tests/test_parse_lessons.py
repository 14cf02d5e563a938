"""Markdown in, lessons and notes out: every form that teams write, and whatever else a file may hold."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kubelint_lessons.lessons.lesson import LessonFile, Note
from kubelint_lessons.lessons.parse import parse_lessons

PATH = "docs/ai-lessons.md"

SHARED_SELECTOR = """\
# AI lessons

## Services

### shared-service-selector

**About half of the requests to a Service fail with `502 Bad Gateway` or connection refused.**

**Root cause:** The selector also matches the pods of a second workload, typically a database that carries the same
`app.kubernetes.io/name` label, so traffic is balanced over *both*.

**Fix:** Add a label that only the intended pods carry, such as `app.kubernetes.io/component: web`, to the selector.

**Seen:** 2026-02-11 cardboard, 2026-02-13 trade-bot, 2026-02-17 signage, 2026-02-20 dashboard

**Sources:** [the tutorial](https://example.org/issues/17612), https://example.org/pull/136

```yaml rule
severity: error
match: Service
relate: {workloads: selects}
forbid: workloadsCount > 1
at: spec.selector
related: workloads
message: 'Service "{object.name}" also selects {workloads}'
```

Web and database in one namespace:

```yaml bad file=service.yaml
apiVersion: v1
kind: Service
metadata:
  name: cardboard
spec:
  selector:
    app.kubernetes.io/name: cardboard # finding
```

```yaml bad file=workloads.yaml
kind: Deployment
```

```yaml good
kind: Service
```

### exec-format-error

**Pods crash with exec format error.**

**Root cause:** One node is arm64.

**Fix:** Pin the architecture.

```yaml rule
match: Deployment
needs: nodes.architectures
forbid: "!has(object.spec.template.spec.nodeSelector)"
```

```yaml rule
match: StatefulSet
severity: info
forbid: "!has(object.spec.template.spec.nodeSelector)"
```

```yaml platform
nodes: {architectures: [amd64, arm64]}
```

```yaml bad at=1
kind: Deployment
```
"""


def parse(text: str) -> LessonFile:
    return parse_lessons(text, PATH)


def only_note(text: str) -> Note:
    file = parse(text)
    assert [note.words.symptom for note in file.notes] == [file.notes[0].words.symptom]
    return file.notes[0]


def told(text: str) -> list[tuple[str, str, str]]:
    return [(note.words.symptom, note.words.cause, note.words.fix) for note in parse(text).notes]


def test_lesson_words_are_plain_text() -> None:
    words = parse(SHARED_SELECTOR).lessons[0].words
    assert words.symptom == "About half of the requests to a Service fail with 502 Bad Gateway or connection refused."
    assert words.cause == (
        "The selector also matches the pods of a second workload, typically a database that carries the same "
        "app.kubernetes.io/name label, so traffic is balanced over both."
    )
    assert words.fix.startswith(
        "Add a label that only the intended pods carry, such as app.kubernetes.io/component: web,"
    )
    assert words.category == "Services"
    assert words.seen == (
        "2026-02-11 cardboard",
        "2026-02-13 trade-bot",
        "2026-02-17 signage",
        "2026-02-20 dashboard",
    )
    assert words.sources == ("the tutorial (https://example.org/issues/17612)", "https://example.org/pull/136")
    assert (words.path, words.line) == (PATH, 5)


def test_lesson_has_exact_places() -> None:
    lines = SHARED_SELECTOR.split("\n")
    file = parse(SHARED_SELECTOR)
    assert file.problems == ()
    assert [lesson.id for lesson in file.lessons] == ["shared-service-selector", "exec-format-error"]
    first = file.lessons[0]
    assert (first.line, first.column, first.end_column) == (5, 5, 5 + len("shared-service-selector"))
    block = first.blocks[0]
    assert lines[block.fence_line - 1] == "```yaml rule"
    assert lines[block.line - 1] == "severity: error"
    for example in first.examples:
        for item in example.files:
            assert "\n".join(lines[item.line - 1 :]).startswith(item.text)


def test_several_files_with_one_label_make_one_example() -> None:
    examples = parse(SHARED_SELECTOR).lessons[0].examples
    assert [(example.label, [file.path for file in example.files]) for example in examples] == [
        ("bad", ["service.yaml", "workloads.yaml"]),
        ("good", ["example.yaml"]),
    ]
    assert examples[0].files[0].expected_lines == (7,)
    assert not examples[1].files[0].is_named


def test_blocks_of_a_lesson_and_its_facts() -> None:
    lesson = parse(SHARED_SELECTOR).lessons[1]
    assert [block.text.split("\n", 1)[0] for block in lesson.blocks] == ["match: Deployment", "match: StatefulSet"]
    assert lesson.examples[0].platform == {"nodes": {"architectures": ["amd64", "arm64"]}}
    assert lesson.examples[0].files[0].expected_lines == (1,)


def test_prose_is_kept_as_markdown_without_the_blocks() -> None:
    markdown = parse(SHARED_SELECTOR).lessons[0].markdown
    assert markdown.startswith("**About half of the requests to a Service fail with `502 Bad Gateway`")
    assert "balanced over *both*" in markdown
    assert "Web and database in one namespace:" in markdown
    assert "```" not in markdown


def test_prose_between_blocks_is_no_part_of_the_words() -> None:
    assert "Web and database" not in " ".join(str(word) for word in parse(SHARED_SELECTOR).lessons[0].words)


def test_a_file_repeated_or_unnamed_begins_the_next_example() -> None:
    fences = ["bad file=a.yaml", "bad file=b.yaml", "bad file=a.yaml", "bad", "bad file=a.yaml", "good file=b.yaml"]
    text = "## c\n### a-b\n**S.**\n```yaml rule\nx: 1\n```\n" + "".join(
        f"```yaml {fence}\nx: 1\n```\n" for fence in fences
    )
    examples = parse(text).lessons[0].examples
    assert [[file.path for file in example.files] for example in examples] == [
        ["a.yaml", "b.yaml"],
        ["a.yaml"],
        ["example.yaml"],
        ["a.yaml"],
        ["b.yaml"],
    ]


def test_a_thematic_break_ends_an_example() -> None:
    text = "### a-b\n```yaml rule\n```\n```yaml bad file=a.yaml\n```\n\n---\n\n```yaml bad file=b.yaml\n```\n"
    assert len(parse(text).lessons[0].examples) == 2


def test_finding_marks_in_the_comments_of_other_languages() -> None:
    text = (
        "### a-b\n```yaml rule\n```\n"
        '```hcl bad file=main.tf at=1\ndevice = "x"\nid = 1 // finding\n```\n'
        "```sh bad\necho # finding\necho finding\n# finding the cause\n```\n"
        "```gotmpl bad\nkey: {{ .x }} {{/* finding */}}\n```\n"
    )
    files = [example.files[0] for example in parse(text).lessons[0].examples]
    assert [(file.path, file.expected_lines) for file in files] == [
        ("main.tf", (1, 2)),
        ("example.sh", (1,)),
        ("templates/example.yaml", (1,)),
    ]


def test_lesson_at_any_level_and_below_its_own_subheadings() -> None:
    text = (
        "# Kubernetes\n\n## deep-lesson\n\n**S.**\n\n#### Rule\n\n```yaml rule\nmatch: any\n```\n\n"
        "#### Examples\n\n```yaml good\nx: 1\n```\n\n## other-lesson\n\n```yaml rule\nmatch: any\n```\n"
    )
    file = parse(text)
    assert [(lesson.id, lesson.words.category, len(lesson.examples)) for lesson in file.lessons] == [
        ("deep-lesson", "Kubernetes", 1),
        ("other-lesson", "Kubernetes", 0),
    ]
    assert file.problems == ()


def test_headings_as_labels() -> None:
    told_below = "#### Symptom\nIt breaks.\n#### Root cause\nBad.\n#### Fix\nMend.\n"
    text = f"## C\n### a-b\n{told_below}```yaml rule\nmatch: any\n```\n"
    words = parse(text).lessons[0].words
    assert (words.symptom, words.cause, words.fix) == ("It breaks.", "Bad.", "Mend.")


def test_a_told_lesson_without_a_rule_is_a_note() -> None:
    note = only_note("## C\n\n### dns-timeouts\n\n**Names fail.**\n\n**Root cause:** ndots.\n\n**Fix:** Set it.\n")
    assert (note.id, note.form, note.words.category) == ("dns-timeouts", "heading", "C")
    assert (note.words.symptom, note.words.cause, note.words.fix) == ("Names fail.", "ndots.", "Set it.")


def test_two_told_lessons_below_one_heading_are_two_notes() -> None:
    text = (
        "## DNS\n\n**A fails.**\n\n**Root cause:** a.\n\n**Fix:** b.\n\n"
        "**B fails.**\n\n**Root cause:** c.\n\n**Fix:** d.\n"
    )
    assert told(text) == [("A fails.", "a.", "b."), ("B fails.", "c.", "d.")]


def test_bullets() -> None:
    text = (
        "## K\n\n"
        "- **A breaks**: because of\n  `x: y`. Fix: do `z`.\n"
        "- **B breaks** — no colon.\n  Fix: mend\n"
        "- **C breaks.** Sentence. **Fix:** mend\n"
        "- **Pods of D do not start** on Mondays. Workaround: wait\n"
        "* **`E: e` breaks**: e\n"
        "+ [x] **F breaks**: f. *Fix:* mend\n"
    )
    assert told(text) == [
        ("A breaks", "because of x: y.", "do z."),
        ("B breaks", "no colon.", "mend"),
        ("C breaks.", "Sentence.", "mend"),
        ("Pods of D do not start", "on Mondays.", "wait"),
        ("E: e breaks", "e", ""),
        ("F breaks", "f.", "mend"),
    ]


def test_a_label_inside_code_is_no_label() -> None:
    assert told("- **A**: prints `Fix: yourself`. Fix: mend\n") == [("A", "prints Fix: yourself.", "mend")]


def test_words_that_only_look_like_markup_are_kept() -> None:
    note = only_note("- **A**: run kubectl get <name> -o yaml <br> and look. Fix: `a` &lt; b \\* c\n")
    assert note.words.cause == "run kubectl get <name> -o yaml and look."
    assert note.words.fix == "a < b * c"


def test_several_paragraphs_and_plain_sub_bullets_belong_to_their_bullet() -> None:
    text = (
        "## K\n\n- **A breaks**: one.\n\n  Two.\n\n  - step\n  - **Never** do that\n\n  Fix: three\n\n"
        "- **B breaks**: b\n"
    )
    assert told(text) == [("A breaks", "one. Two. • step • Never do that", "three"), ("B breaks", "b", "")]


def test_sub_bullets_with_labels_belong_to_their_bullet() -> None:
    text = "- **A breaks**\n  - **Root cause**: why\n  - **Fix**: how\n  - Seen: 2026-01-02 x\n"
    assert told(text) == [("A breaks", "why", "how")]


def test_sub_bullets_that_are_lessons_are_notes_of_their_own() -> None:
    text = (
        "## K\n\n- **MetalLB**\n  - **A breaks**: a. Fix: b\n  - **B breaks**: c. Fix: d\n"
        "- Longhorn:\n  - **C breaks**: e\n  - **D breaks**: f\n"
        "- **E breaks**: e. Fix: g\n  - detail\n  - **F breaks**: h. Fix: i\n"
    )
    assert told(text) == [
        ("A breaks", "a.", "b"),
        ("B breaks", "c.", "d"),
        ("C breaks", "e", ""),
        ("D breaks", "f", ""),
        ("E breaks", "e.", "g • detail"),
        ("F breaks", "h.", "i"),
    ]


def test_numbered_lists_and_bullets_without_bold() -> None:
    text = "## K\n\n1. **A breaks**: a. Fix: b\n2. Disk full: logs. Fix: rotate\n\n## L\n\n- node one\n- node two\n"
    file = parse(text)
    assert told(text) == [("A breaks", "a.", "b"), ("Disk full", "logs.", "rotate")]
    assert [note.form for note in file.notes] == ["numbered", "numbered"]
    assert [(item.line, item.text) for item in file.unread] == [(8, "node one"), (9, "node two")]


def test_bullets_that_spell_their_labels() -> None:
    text = "## K\n- **Symptom**: A breaks\n- **Cause**: a\n- **Fix**: b\n- **Symptom**: B breaks\n- **Fix**: c\n"
    assert told(text) == [("A breaks", "a", "b"), ("B breaks", "", "c")]


def test_headings_as_symptoms() -> None:
    text = (
        "# Lessons\n## K\n### Volumes do not detach\nAfter a reboot. Fix: delete the attachment\n\n"
        "- look first\n- then wait\n\n"
        "### Volumes do not detach\n- Cause: node gone\n- Fix: **force** it\n\n### Just prose\nNothing to see.\n"
    )
    assert told(text) == [
        ("Volumes do not detach", "After a reboot.", "delete the attachment • look first • then wait"),
        ("Volumes do not detach", "node gone", "force it"),
    ]
    assert [note.id for note in parse(text).notes] == ["volumes-do-not-detach", "volumes-do-not-detach-2"]
    assert {note.words.category for note in parse(text).notes} == {"K"}


def test_labelled_lists_below_a_heading() -> None:
    text = (
        "## K\n### claim-is-pending\n- **Category:** storage · **Severity:** error\n- **Symptom:** A claim waits.\n"
        "- **Root cause:** no class.\n- **Fix:** name it:\n  - **class:** longhorn\n- **Detect:** look at it\n"
    )
    assert told(text) == [("A claim waits.", "no class.", "name it: • class: longhorn")]
    assert parse(text).notes[0].id == "claim-is-pending"


def test_a_catalogue_of_165_entries(shared: Path) -> None:
    text = (shared / "lessons-catalogue" / "catalogue.md").read_text(encoding="utf-8")
    headings = {line[4:] for line in text.split("\n") if line.startswith("### ")}
    notes = {note.id: note for note in parse(text).notes if note.form == "heading"}
    assert len(headings) == 165
    assert notes.keys() == headings
    assert all(note.words.symptom and note.words.cause and note.words.fix for note in notes.values())


def test_an_intro_that_explains_the_format_does_not_swallow_the_bullets() -> None:
    text = "## K\n\nFormat: **symptom**: why. Fix: how.\n\n- **A breaks**: a. Fix: b\n- **B breaks**: c. Fix: d\n"
    assert told(text) == [("A breaks", "a.", "b"), ("B breaks", "c.", "d")]


def test_steps_of_a_fix_are_no_notes() -> None:
    text = (
        "## K\n### Pods pending on arm64\nRoot cause: amd64 images.\n\n"
        "Fix:\n\n- **nodeSelector**: add it\n- **or** rebuild\n"
    )
    assert told(text) == [("Pods pending on arm64", "amd64 images.", "nodeSelector: add it • or rebuild")]


def test_tables() -> None:
    text = (
        "## K\n\n| Symptom | Root cause | Fix | Seen |\n|---|---|---|---|\n| `A` breaks | a | b | 2026-01-02 x |\n"
        "| B breaks | | d <!-- rule: b-rule --> | |\n\n| need | file |\n|---|---|\n| x | y |\n"
    )
    file = parse(text)
    assert told(text) == [("A breaks", "a", "b"), ("B breaks", "", "d")]
    assert file.notes[0].words.seen == ("2026-01-02 x",)
    assert [note.words.line for note in file.notes] == [5, 6]
    assert [binding.rule for binding in file.notes[1].bindings] == ["b-rule"]


def test_seen_counts_incidents_not_commas() -> None:
    text = (
        "- **A**: b. Fix: c. Seen: 2026-02-11 web, api; 2026-03-01\n"
        "- **B**: b (seen 2026-01 x, 2026-02 y)\n- **C**: c. Seen: twice\n"
    )
    assert [note.words.seen for note in parse(text).notes] == [
        ("2026-02-11 web, api", "2026-03-01"),
        ("2026-01 x", "2026-02 y"),
        ("twice",),
    ]


def test_marks_bind_notes() -> None:
    text = (
        "## K\n\n- **A**: a. Fix: b <!-- rule: rule-a -->\n- **B**: b\n  <!-- rule: rule-b, rule-c -->\n"
        "- **C**: c\n<!-- rule: rule-d -->\n\n### Head <!-- rule: rule-e -->\nFix: x\n"
    )
    file = parse(text)
    assert [[binding.rule for binding in note.bindings] for note in file.notes[:3]] == [
        ["rule-a"],
        ["rule-b", "rule-c"],
        ["rule-d"],
    ]
    binding = file.notes[0].bindings[0]
    assert text.split("\n")[binding.line - 1][binding.column - 1 : binding.end_column - 1] == "<!-- rule: rule-a -->"


def test_marks_in_a_heading_bind_it() -> None:
    note = only_note("## K\n\n### It breaks <!-- rule: rule-e -->\n\nFix: mend\n")
    assert (note.words.symptom, [binding.rule for binding in note.bindings]) == ("It breaks", ["rule-e"])


def test_wrong_marks_are_said() -> None:
    text = (
        "- **A**: a <!-- rule: Not An Id -->\n- **B**: b <!-- rules: some-rule -->\n\n"
        "# C\n\n<!-- rule: loose-mark -->\n"
    )
    assert [(problem.line, problem.message) for problem in parse(text).problems] == [
        (1, 'the mark binds "Not An Id", which is not a rule id'),
        (2, "<!-- rules: some-rule --> is not a mark that kubelint reads"),
        (6, "the mark follows no note"),
    ]


def test_other_comments_are_left_alone() -> None:
    assert parse("- **A**: a <!-- rule of thumb: be careful -->\n<!-- toc -->\n").problems == ()


def test_text_in_fences_quotes_and_comments_is_no_lesson() -> None:
    text = (
        "## K\n\n```markdown\n### a-b\n\n- **A**: a. Fix: b\n```\n\n"
        "> - **B**: b. Fix: c\n\n> ```yaml rule\n> x: 1\n> ```\n\n"
        "    - **C**: c. Fix: d\n\n<!--\n- **D**: d. Fix: e\n-->\n"
    )
    assert parse(text) == LessonFile(PATH, (), (), (), (), ())


def test_front_matter_is_no_heading() -> None:
    file = parse("---\ntitle: Lessons\nFix: none\n---\n\n## K\n\n- **A**: a. Fix: b\n")
    assert [(note.words.category, note.words.line) for note in file.notes] == [("K", 8)]


def test_line_ends_and_byte_order_mark_do_not_matter() -> None:
    plain = parse(SHARED_SELECTOR)
    assert parse("\ufeff" + SHARED_SELECTOR.replace("\n", "\r\n")) == plain
    assert parse(SHARED_SELECTOR.replace("\n", "\r")) == plain


def test_ids_of_notes_are_unique_and_readable() -> None:
    text = (
        "### same-thing\n```yaml rule\nmatch: any\n```\n\n## K\n"
        "- **Same thing**: a\n- **Same thing!**: b\n- **Über `x.y/z`**: c\n- **日本**: d\n- **…**: e\n"
        f"- **{'long ' * 40}**: f\n"
    )
    ids = [note.id for note in parse(text).notes]
    assert ids[:5] == ["same-thing-2", "same-thing-3", "uber-x-y-z", "日本", "note"]
    assert len(ids[5]) <= 60


def test_bullets_behind_a_lesson_are_notes() -> None:
    text = (
        "## K\n\n### a-b\n\n**S.**\n\n**Fix:** do\n\n- **this**: first\n\n```yaml rule\nmatch: any\n```\n\n"
        "- **A breaks**: a. Fix: b <!-- rule: other-rule -->\n- **B breaks**: c\n"
    )
    file = parse(text)
    assert [(lesson.id, lesson.words.fix) for lesson in file.lessons] == [("a-b", "do • this: first")]
    assert [(note.words.symptom, len(note.bindings), note.words.category) for note in file.notes] == [
        ("A breaks", 1, "K"),
        ("B breaks", 0, "K"),
    ]
    assert file.problems == ()


def test_a_broken_lesson_hides_no_other() -> None:
    text = (
        "## K\n\n### Not an id\n\n```yaml rule\nmatch: any\n```\n\n### a-b\n\n```yaml rule\nmatch: any\n\n"
        "### c-d\n\n```yaml rule\nmatch: any\n```\n\n### c-d\n\n```yaml rule\nmatch: any\n```\n\n<!-- forgotten\n\n"
        "### e-f\n\n```yaml rule\nmatch: any\n```\n"
    )
    file = parse(text)
    assert [lesson.id for lesson in file.lessons] == ["a-b", "c-d", "e-f"]
    assert [(problem.line, problem.code) for problem in file.problems] == [
        (3, "lesson-id"),
        (11, "block-not-closed"),
        (20, "duplicate-id"),
        (26, "comment-not-closed"),
    ]
    assert file.problems[0].hint == 'write the heading as an id, such as "### not-an-id"'
    assert file.problems[0].column == 5


def test_lines_that_only_look_like_lessons_close_no_block() -> None:
    text = (
        "### a-b\n\n```yaml rule\nmatch: any\n```\n\n```text good file=.gitignore\n**/build\n## heading\n```\n\n"
        "```markdown good file=README.md\n## Title\n\n**bold**\n```\n"
    )
    file = parse(text)
    assert file.problems == ()
    assert [item.text for item in file.lessons[0].examples[0].files] == [
        "**/build\n## heading\n",
        "## Title\n\n**bold**\n",
    ]


def test_an_open_fence_at_the_end_hides_nothing() -> None:
    assert parse("## K\n\n- **A**: a\n\n```sh\nkubectl get pods\n").problems == ()


def test_blocks_in_wrong_places() -> None:
    text = (
        "Intro\n\n```yaml rule\nmatch: any\n```\n\n## K\n\n- **A**: a\n\n  ```yaml rule\n  match: any\n  ```\n\n"
        "## L\n\n```yaml platform\ndistribution: k3s\n```\n"
    )
    file = parse(text)
    assert [(problem.line, problem.message, problem.hint) for problem in file.problems] == [
        (3, "this rule block stands under no lesson", "put a heading with the lesson's id above it"),
        (
            7,
            'a heading with a rule block names the rule, and "K" is not a rule id',
            'write the heading as an id, such as "## k"',
        ),
        (
            17,
            "this platform block stands under no lesson",
            "facts about the cluster stand in docs/platform-reference.md, or inside a lesson",
        ),
    ]
    assert [note.words.symptom for note in file.notes] == ["A"]


def test_blocks_with_wrong_first_lines() -> None:
    first_lines = [
        "yaml rules",
        "json rule",
        "rule",
        "yaml bad flie=x",
        "yaml good file=../x at=0",
        "yaml rule extra",
        "yaml bad wrong",
    ]
    text = "### a-b\n\n" + "".join(f"```{first}\nx: 1\n```\n" for first in first_lines)
    text += "```yaml good at=9\nx: 1 # finding\n```\n```yaml wrong\n```\n```sh title=x\n```\n"
    assert [(problem.line, problem.message, problem.hint) for problem in parse(text).problems] == [
        (3, '"yaml rules" is not a block that kubelint reads', 'did you mean "yaml rule"?'),
        (6, 'a rule block is YAML, not "json"', 'write "yaml rule"'),
        (9, 'the block "rule" names no language', 'write "yaml rule"'),
        (
            12,
            'unknown "flie=" after "bad"',
            "file=PATH names the example's file, at=LINE the line of the finding",
        ),
        (
            15,
            '"file=../x" is not a relative path',
            "write a path below the example's own root, such as file=k8s/web.yaml",
        ),
        (15, '"at=0" is not a line number', "count from 1: at=3, or at=3,7"),
        (18, 'a rule block takes nothing after "rule", found "extra"', "remove it"),
        (21, '"wrong" means nothing here', "write file=PATH or at=LINE after the label"),
        (24, "at=9 lies outside this example of 1 lines", "count from the first line inside the block"),
        (
            24,
            "a good example must stay silent, but it marks a finding",
            "remove the mark, or label the example bad",
        ),
    ]


def test_every_word_of_an_unread_item_is_kept() -> None:
    file = parse("# Title\n\n- **Read this**. Before work.\n\n## K\n\n- plain item\n- another\n")
    assert [(item.line, item.text) for item in file.unread] == [(3, "Read this"), (7, "plain item"), (8, "another")]


LINES = """\
# T
## K
### a-b
#### Rule
###
**S.**
**Root cause:** x
**Fix:** y
**Seen:** 2026-01-02
- **a**: b. Fix: c
  - **sub**: x. Fix: y
- plain
1. x
| Symptom | Fix |
|---|---|
| a | b |
<!-- rule: x-y -->
<!--
-->
---
===
> q
> ```yaml rule
\t- tab
    code
```yaml rule
```yaml bad at=2
~~~yaml good file=x
```
```yaml platform
match: Service
nodes: [
&a *a
- - - a
<div>
[l](http://x)
`c
**
\0
\u2028
\f
- [ ] **t**
"""
PIECES = st.sampled_from(LINES.split("\n"))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map("\n".join), st.text(max_size=300)))
def test_any_text_gives_lessons_and_problems_and_never_an_exception(text: str) -> None:
    file = parse(text)
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for problem in file.problems:
        assert 1 <= problem.line <= last
        assert 1 <= problem.column < problem.end_column
        assert problem.message
        assert problem.hint
    for note in file.notes:
        assert 1 <= note.words.line <= note.end_line <= last
        assert note.words.symptom
    for lesson in file.lessons:
        assert 1 <= lesson.line <= lesson.end_line <= last
    names = [lesson.id for lesson in file.lessons] + [note.id for note in file.notes]
    assert len(names) == len(set(names))

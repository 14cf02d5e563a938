"""A frozen library of rules, and labelled notes and searches, for the tests of search and adopt.

The library stands in for the built-in rules, which grow: what is measured against it stays comparable.
"""

from __future__ import annotations

import csv
from pathlib import Path

from kubelint_lessons.lessons.lesson import Note
from kubelint_lessons.lessons.packs import RuleSet, load_rules
from kubelint_lessons.lessons.parse import parse_lessons
from kubelint_lessons.lessons.rule import Expression, LessonWords, MatchPattern, Rule

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
TEAM_FILE = ROOT / "fixtures" / "ai-lessons-482.md"

TEMPLATE = """\
## Library

### template

**Symptom.**

**Root cause:** cause.

**Fix:** fix.

```yaml rule
severity: error
match: Service
forbid: "true"
```
"""


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table in tests/data."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def library() -> dict[str, Rule]:
    """Return the rules of tests/data/adopt-library.tsv by id."""
    (template,) = load_rules([("template.md", TEMPLATE)], builtin=False).rules.values()
    rules = {}
    for row in read_rows("adopt-library.tsv"):
        path = f"rules/{row['rule'].replace('-', '_')}.md"
        words = LessonWords(row["symptom"], row["cause"], row["fix"], row["category"], (), (), path, 1)
        expression = Expression(row["code"], "", 1, 1) if row["code"] else None
        kinds = tuple(MatchPattern(kind) for kind in row["kinds"].split(",") if kind)
        detector = template.detectors[0]._replace(match=kinds, expression=expression)
        rules[row["rule"]] = template._replace(id=row["rule"], lesson=words, detectors=(detector,), origin="builtin")
    return rules


def rule_set(rules: dict[str, Rule], notes: tuple[Note, ...] = ()) -> RuleSet:
    """Return a rule set of just these."""
    return RuleSet(rules, notes, (), (), {}, "", False)


def team_notes() -> tuple[Note, ...]:
    """Return the notes of the team's file of 482 lines."""
    return parse_lessons(TEAM_FILE.read_text(encoding="utf-8"), "docs/ai-lessons.md").notes

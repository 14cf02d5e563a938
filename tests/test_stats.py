"""``lessons stats`` and ``explain`` for notes: what a team learns about its own lessons."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kubelint_lessons.authoring.stats import measure, stats_document
from kubelint_lessons.lessons.packs import load_rules
from kubelint_lessons.reports.statstext import stats_text
from kubelint_lessons.reports.style import Style

HOMELAB = Path(__file__).resolve().parents[1] / "fixtures" / "homelab"

LESSONS = """\
# Lessons

## Kubernetes

- **Half of the requests fail**: two workloads. Fix: a label. Seen: 2026-02-11 a, 2026-02-13 b
  <!-- rule: shared-service-selector -->
- **The same again, months later**: two workloads. Fix: a label. (seen 2026-05-01)
  <!-- rule: shared-service-selector -->
- **Cats sleep on keyboards**: they are warm. Fix: none.

  The longer story:

  ```sh
  kubectl get cats
  ```

### web-called-web

**Nobody knows which web is meant.**

**Root cause:** The name says nothing.

**Fix:** Name it after what it serves.

```yaml rule
severity: error
match: ConfigMap
forbid: object.metadata.name == "web"
at: metadata.name
message: '{object.kind} "{object.name}" has a name that says nothing'
```

## Other

- **A mark that leads nowhere**: gone. Fix: mend. <!-- rule: no-such-rule-at-all -->
"""

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  key: value\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "ai-lessons.md").write_text(LESSONS.replace("no-such-rule-at-all", "yaml-syntax"), "utf-8")
    (tmp_path / "web.yaml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


def kubelint(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "kubelint_lessons", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert "Traceback" not in done.stderr
    return done


def test_lessons_and_notes_are_counted_once_each() -> None:
    rules = load_rules([("docs/ai-lessons.md", LESSONS)])
    stats = measure(rules, rules.rules.keys(), ())
    assert [(lesson.id, lesson.kind, lesson.running) for lesson in stats.lessons] == [
        ("half-of-the-requests-fail", "note", ("shared-service-selector",)),
        ("the-same-again-months-later", "note", ("shared-service-selector",)),
        ("cats-sleep-on-keyboards", "note", ()),
        ("web-called-web", "lesson", ("web-called-web",)),
        ("a-mark-that-leads-nowhere", "note", ()),
    ]
    assert stats.enforced == 3


def test_a_rule_that_is_off_enforces_nothing() -> None:
    rules = load_rules([("docs/ai-lessons.md", LESSONS)])
    document = stats_document(measure(rules, {"web-called-web"}, ()))
    assert document["enforced"] == 1
    assert [entry["id"] for entry in document["off"]] == ["half-of-the-requests-fail", "the-same-again-months-later"]


def test_the_numbers_of_a_project(project: Path) -> None:
    done = kubelint(project, "lessons", "stats", "--output-format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["version"], data["lessons"], data["enforced"]) == (1, 5, 4)
    assert [(entry["category"], entry["lessons"], entry["enforced"]) for entry in data["categories"]] == [
        ("Kubernetes", 4, 3),
        ("Other", 1, 1),
    ]
    assert [(entry["id"], len(entry["seen"])) for entry in data["recurring"]] == [
        ("half-of-the-requests-fail", 2),
        ("the-same-again-months-later", 1),
    ]
    assert data["fired"] == [{"rule": "web-called-web", "findings": 1, "has_lesson": True}]
    never = [entry["id"] for entry in data["never_fired"]]
    assert never == ["half-of-the-requests-fail", "the-same-again-months-later", "a-mark-that-leads-nowhere"]
    assert [entry["id"] for entry in data["without_rule"]] == ["cats-sleep-on-keyboards"]


def test_the_numbers_for_people(project: Path) -> None:
    text = kubelint(project, "lessons", "stats").stdout
    assert text.startswith("4 of 5 lessons are enforced (80 %).\n")
    assert "\n  Kubernetes    3 of   4 enforced, 3 incidents\n  Other         1 of   1 enforced\n" in text
    assert "\nSeen most often (2)\n  2×  half-of-the-requests-fail  enforced\n" in text
    assert "\nRules that fired in this tree\n  1  web-called-web\n" in text
    assert "\nNotes without a rule (1)\n  docs/ai-lessons.md:9  Cats sleep on keyboards\n" in text


def test_the_team_that_the_project_grew_out_of() -> None:
    data = json.loads(kubelint(HOMELAB, "lessons", "stats", "--output-format", "json").stdout)
    assert (data["lessons"], data["enforced"]) == (54, 10)
    assert sum(entry["lessons"] for entry in data["categories"]) == 54
    assert [len(entry["seen"]) for entry in data["recurring"][:4]] == [4, 3, 3, 2]
    fired = {entry["rule"]: entry["findings"] for entry in data["fired"]}
    assert fired["shared-service-selector"] == 4
    assert {"claim-without-storage-class", "hostpci-address-as-device"} <= {
        entry["id"] for entry in data["never_fired"]
    }


def test_a_broken_lesson_is_said_beside_the_numbers(project: Path) -> None:
    (project / "docs" / "ai-lessons.md").write_text(LESSONS, encoding="utf-8")
    done = kubelint(project, "lessons", "stats")
    assert done.returncode == 2
    assert done.stdout.startswith("3 of 5 lessons are enforced (60 %).\n")
    assert "no-such-rule-at-all" in done.stderr


def test_a_project_without_lessons(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MANIFEST, encoding="utf-8")
    done = kubelint(tmp_path, "lessons", "stats")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("This project has no lessons yet: docs/ai-lessons.md would hold them.\n")


def test_text_of_a_repository_cannot_write_to_the_terminal() -> None:
    rules = load_rules([("docs/\x1b.md", "# L\n\n## K\x1b[1m\n\n- **boom \x1b[31m**: cause. Fix: \u202e none.\n")])
    text = "\n".join(stats_text(stats_document(measure(rules, (), ())), Style()))
    assert not {"\x1b", "\u202e"} & set(text)
    assert "boom" in text


def test_explain_tells_all_of_a_note(project: Path) -> None:
    done = kubelint(project, "explain", "cats-sleep-on-keyboards")
    assert done.returncode == 0
    assert done.stdout.startswith("cats-sleep-on-keyboards (note; Kubernetes)\n  symptom:  Cats sleep on keyboards\n")
    assert "  rule:     none: kubelint lessons adopt proposes one\n" in done.stdout
    assert "\n  As it was written:\n\n    - **Cats sleep on keyboards**: they are warm. Fix: none.\n" in done.stdout
    assert "      kubectl get cats\n" in done.stdout


def test_explain_names_the_rule_and_the_other_notes_on_it(project: Path) -> None:
    text = kubelint(project, "explain", "half-of-the-requests-fail").stdout
    assert "enforced by shared-service-selector (error; kubelint explain shared-service-selector)" in " ".join(
        text.split()
    )
    assert "  see also: the-same-again-months-later: The same again, months later (docs/ai-lessons.md:7)\n" in text


def test_explain_says_how_to_find_what_it_does_not_know(project: Path) -> None:
    done = kubelint(project, "explain", "xyz")
    assert done.returncode == 2
    assert 'no rule or note is called "xyz"; try kubelint lessons search "xyz"' in done.stderr

"""``python -m kubelint_lessons.cli.pages FOLDER``: write the reference pages of the built-in rules (``make docs``)."""

from __future__ import annotations

import os
import sys

from kubelint_lessons.authoring.examples import example_result
from kubelint_lessons.engine.run import Toolbox
from kubelint_lessons.lessons.expression import Compiler
from kubelint_lessons.lessons.packs import load_rules, read_builtin_lessons
from kubelint_lessons.reports.pages import RulePage, index_page, rule_page


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    rules = load_rules().rules
    toolbox = Toolbox(Compiler())
    made = []
    for lesson in read_builtin_lessons():
        rule = rules[lesson.id]
        bad = next((example for example in lesson.examples if example.label == "bad"), None)
        made.append(RulePage(rule, lesson, example_result(bad, rule, rules, toolbox) if bad else None))
    return {"README.md": index_page(made), **{f"{page.rule.id}.md": rule_page(page) for page in made}}


def main(folder: str) -> None:
    """Write all pages into ``folder`` and remove those of rules that are gone."""
    os.makedirs(folder, exist_ok=True)
    wanted = pages()
    for name in os.listdir(folder):
        if name.endswith(".md") and name not in wanted:
            os.unlink(os.path.join(folder, name))
    for name, text in wanted.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


if __name__ == "__main__":
    main(sys.argv[1])

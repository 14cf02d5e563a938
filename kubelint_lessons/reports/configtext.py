"""What ``kubelint config`` shows: every key, its value, and who said so."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kubelint_lessons.engine.effective import Held, as_text
from kubelint_lessons.reports.sanitize import clean, clean_json
from kubelint_lessons.reports.style import Style

VERSION = 1
"""Grows when a key of the JSON form changes its meaning or goes away."""


def config_text(held: Sequence[Held], config: str, style: Style) -> str:
    """Return one line a key: name, value, source; ``config`` is the path of the file, empty where there is none."""
    lines = [f"config: {clean(config) if config else 'none (.kubelint.yaml is not there, or not read)'}"]
    width = max(len(item.name) for item in held) + 1
    for item in held:
        name = style.paint("strong", f"{item.name + ':':<{width}}")
        if item.sources:
            said = ", ".join(source.where for source in item.sources)
            lines.append(f"{name} {clean(as_text(item.value))}  {style.paint('frame', f'({clean(said)})')}")
        else:
            value = item.default if item.value is None else as_text(item.value)
            lines.append(f"{name} {clean(value)}  {style.paint('frame', '(default)')}")
    return "".join(f"{line}\n" for line in lines)


def config_json(held: Sequence[Held], config: str) -> str:
    """Return the same for programs."""
    options = {
        item.name: {
            "value": item.value,
            "source": item.sources[0].source if item.sources else "default",
            "where": [source.where for source in item.sources],
        }
        for item in held
    }
    document = {"version": VERSION, "config": config or None, "options": options}
    return clean_json(json.dumps(document, indent=2, ensure_ascii=True)) + "\n"

"""The published JSON Schemas of what people write in lessons and platform references."""

from __future__ import annotations

from typing import Any, Literal

SchemaName = Literal["rule-block", "platform"]


def schema_path(name: SchemaName) -> str:
    """Return the path of a published schema file."""
    return f"{__file__.replace(chr(92), '/').rpartition('/')[0]}/schemas/{name}.schema.json"


def load_schema(name: SchemaName) -> dict[str, Any]:
    """Return a published schema."""
    import json

    with open(schema_path(name), encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
    return schema

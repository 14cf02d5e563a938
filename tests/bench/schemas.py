"""JSON schemas for kubeconform, which reads them from the network otherwise: those that kubernetes-validate carries.

They are written anew as it expects them: each whole, without a reference to another file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .scratch import InstallError, environment, scratch

VERSION = "1.33.0"


def standalone_schemas() -> Path:
    """Return the folder of the schemas, made if it is not there."""
    folder = scratch("schemas", VERSION)
    if not (folder / "deployment-apps-v1.json").is_file():
        commands = environment("kubernetes-validate", "kubernetes-validate")
        found = list(commands.parent.glob(f"**/kubernetes-json-schema/v{VERSION}-local"))
        if not found:
            raise InstallError(f"kubernetes-validate carries no schemas for Kubernetes {VERSION}")
        definitions = json.loads((found[0] / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
        for path in sorted(found[0].glob("*.json")):
            schema = json.loads(path.read_text(encoding="utf-8"))
            if "x-kubernetes-group-version-kind" in schema:
                whole = _whole(schema, definitions, ())
                (folder / path.name).write_text(json.dumps(whole), encoding="utf-8")
    return folder


def _whole(schema: Any, definitions: dict[str, Any], above: tuple[str, ...]) -> Any:
    """Return a schema with every reference replaced by what it names; a type inside itself accepts anything."""
    if isinstance(schema, list):
        return [_whole(item, definitions, above) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in definitions:
        return {} if name in above else _whole(definitions[name], definitions, (*above, name))
    # Descriptions are most of the bytes, and a name of its own would make a reference relative to it.
    left = {key: value for key, value in schema.items() if key not in ("$id", "description")}
    return {key: _whole(value, definitions, above) for key, value in left.items()}

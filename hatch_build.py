"""Build hook: the wheel carries the built-in rules compiled, so that its first run compiles nothing.

It helps and is never needed: where the compiler's packages are missing in the build environment, the wheel is built
without the compiled file, and the first run compiles and caches. A lesson that does not load fails the build.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PACKAGES = ("markdown_it", "jsonschema", "cel_expr_python", "re2", "yaml")
_PROGRAM = """
import sys
from kubelint_lessons.lessons.packs import compiled_file
with open(sys.argv[2], "wb") as file:
    file.write(compiled_file(sys.argv[1]))
"""


class CompiledRules(BuildHookInterface[Any]):
    """Adds ``kubelint_lessons/rules/compiled.bin`` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile ``rules/`` in a process of its own, in which this tree's package comes first."""
        self._output = ""
        if version == "editable":
            return  # its rules change under it
        missing = [name for name in _PACKAGES if not _is_importable(name)]
        if missing:
            self.app.display_info(f"rules are not compiled into this wheel: no {', '.join(missing)} here")
            return
        handle, self._output = tempfile.mkstemp(suffix=".bin")
        os.close(handle)
        command = [sys.executable, "-c", _PROGRAM, os.path.join(self.root, "rules"), self._output]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the built-in rules do not compile:\n{done.stderr}")
        os.chmod(self._output, 0o644)
        build_data["force_include"][self._output] = "kubelint_lessons/rules/compiled.bin"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary file."""
        del version, build_data, artifact_path
        if self._output:
            os.unlink(self._output)


def _is_importable(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None

"""Programs from the Go module proxy, built with the Go toolchain of this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from .measure import say
from .scratch import InstallError, call, scratch

MODULE_PARTS = 3  # github.com/owner/name
_REPLACES = "interpreted differently than if it were the main module"  # how go names replace directives


def install(package: str) -> tuple[str, str]:
    """Return the path and the version of a Go program, built if it is not there.

    ``go install`` refuses a module with replace directives; a small module of ours then requires it and has the same.
    """
    folder = scratch("bin")
    program = folder / (package.rsplit("/", 1)[1] + (".exe" if os.name == "nt" else ""))
    if not program.is_file():
        if not shutil.which("go"):
            raise InstallError("no Go toolchain is here to build it")
        say(f"building {program.name}, which takes a while the first time")
        try:
            call(["go", "install", f"{package}@latest"], env={"GOBIN": str(folder)})
        except InstallError as error:
            if _REPLACES not in str(error):
                raise InstallError(_shorten(str(error))) from None
            _build(package, program)
    return str(program), _version(program)


def _build(package: str, program: Path) -> None:
    """Build a program in a module of ours with the replacements that its own module makes."""
    name = "/".join(package.split("/")[:MODULE_PARTS])
    folder = scratch("gomodules", program.stem)
    (folder / "go.mod").write_text(f"module bench.example/{program.stem}\n", encoding="utf-8")
    try:
        found = json.loads(call(["go", "mod", "download", "-json", f"{name}@latest"], cwd=folder))
        own = json.loads(call(["go", "mod", "edit", "-json", found["GoMod"]], cwd=folder))
        for one in own.get("Replace") or []:
            replaced = f"-replace={_module(one['Old'])}={_module(one['New'])}"
            call(["go", "mod", "edit", replaced], cwd=folder)
        call(["go", "get", f"{package}@{found['Version']}"], cwd=folder)
        call(["go", "build", "-o", str(program), package], cwd=folder)
    except InstallError as error:
        raise InstallError(_shorten(str(error))) from None


def _module(named: dict[str, str]) -> str:
    return f"{named['Path']}@{named['Version']}" if named.get("Version") else named["Path"]


def _version(program: Path) -> str:
    """Return the version of the module that holds the program, as the toolchain wrote it into the program."""
    lines = [line.split() for line in call(["go", "version", "-m", str(program)]).splitlines()]
    main = next((line[1] for line in lines if line and line[0] == "path"), "")
    modules = [line for line in lines if len(line) > 2 and line[0] in ("mod", "dep") and main.startswith(line[1])]
    return max(modules, key=lambda line: len(line[1]))[2] if modules else "?"


def _shorten(text: str) -> str:
    """Return what a refusal says without the address that it was read from."""
    return re.sub(r"\s+", " ", re.sub(r"https?://\S+?:? ", "the module proxy: ", text)).strip()

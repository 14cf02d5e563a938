"""Finds read-only mounts (ConfigMap, Secret, projected, downwardAPI) over a path that something in the pod writes.

The evidence, the surest first: a command of the container writes there; an init container prepares the directory that
the mount then hides; the image is known to write there (``params.images``); or a configuration file is put into the
middle of a writable volume. Half of the module reads shell commands: words, redirections, arguments of common tools.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any, NamedTuple

from kubelint_lessons.plugin import (
    Container,
    Context,
    FieldPath,
    Place,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    as_dict,
    as_list,
    parse_image,
)

_READ_ONLY = {"configMap": "ConfigMap", "secret": "Secret", "projected": "projected", "downwardAPI": "downwardAPI"}
_CONFIGURATION = frozenset({".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".cfg", ".xml", ".properties", ".env"})
_READ_ONLY_FLAG = re.compile(r"read-?only-?config|config-?read-?only", re.IGNORECASE)


class Mount(NamedTuple):
    """A volumeMount. ``kind`` is ConfigMap, Secret, … for what is always read-only, ``""`` for a volume that can be
    written, ``"?"`` for one of which nothing is known. ``volume`` is its place in ``spec.volumes``, or -1."""

    position: int
    path: str
    name: str
    kind: str
    source: str
    volume: int
    is_file: bool
    read_only: bool | None

    @property
    def is_read_only(self) -> bool:
        """Return whether nothing can be written here, whatever the mount says of itself."""
        return self.kind not in ("", "?")

    @property
    def title(self) -> str:
        """Return ``ConfigMap "web"``, or the volume's name where it has no single source."""
        return f'{self.kind} "{self.source}"' if self.source else f'{self.kind} volume "{self.name}"'


class Write(NamedTuple):
    """What a command does to a path. ``effect`` is writes, replaces, creates or attributes; ``is_certain`` is false
    inside conditions, ``stops`` says that a failure ends the script."""

    path: str
    command: str
    effect: str
    is_recursive: bool
    is_certain: bool
    stops: bool
    place: Place

    def hits(self, mount: Mount, mounts: list[Mount]) -> bool:
        """Return whether this lands in ``mount``."""
        if self.is_recursive and is_within(mount.path, self.path):
            return True
        made_already = self.effect == "creates" and self.path == mount.path
        return covering(self.path, mounts) is mount and not made_already


def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every read-only mount over a path that is written."""
    template = resource.pod_template
    if template is None:
        return
    volumes = _volumes(resource, template.spec)
    prepared: list[tuple[Container, Mount, Write]] = []
    for container in template.containers:
        mounts = _mounts(container, volumes)
        writes = list(_writes(container)) if container.role == "init" or any(m.is_read_only for m in mounts) else []
        for mount in (mount for mount in mounts if mount.is_read_only):
            problem = (
                _written(container, mount, mounts, writes)
                or _hidden(container, mount, mounts, prepared)
                or _known(container, mount, mounts, context.params)
                or _inside(container, mount, mounts, context.params)
            )
            if problem is not None:
                yield problem
        if container.role == "init":
            inside = ((covering(write.path, mounts), write) for write in writes)
            prepared += ((container, mount, write) for mount, write in inside if mount is not None and not mount.kind)


def _volumes(resource: Resource, spec: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Return name → (kind, source, position) of every volume of the pod."""
    found = {}
    for claim in as_list(resource.get("spec", "volumeClaimTemplates")):
        found[as_dict(as_dict(claim).get("metadata")).get("name")] = ("", "", -1)
    for index, volume in enumerate(map(as_dict, as_list(spec.get("volumes")))):
        key = next((key for key in _READ_ONLY if key in volume), "")
        source = as_dict(volume.get(key))
        name = source.get("name") if key == "configMap" else source.get("secretName")
        is_writable = any(
            key in volume for key in ("persistentVolumeClaim", "emptyDir", "hostPath", "ephemeral", "nfs")
        )
        kind = _READ_ONLY.get(key, "" if is_writable else "?")
        found[volume.get("name")] = (kind, name if isinstance(name, str) else "", index)
    return {name: entry for name, entry in found.items() if isinstance(name, str)}


def _mounts(container: Container, volumes: dict[str, tuple[str, str, int]]) -> list[Mount]:
    mounts = []
    for index, item in enumerate(map(as_dict, as_list(container.data.get("volumeMounts")))):
        path, name, read_only = item.get("mountPath"), item.get("name"), item.get("readOnly")
        if isinstance(path, str) and path.startswith("/") and isinstance(name, str):
            kind, source, volume = volumes.get(name, ("?", "", -1))
            is_file = bool(item.get("subPath") or item.get("subPathExpr"))
            flag = read_only if isinstance(read_only, bool) else None
            mounts.append(Mount(index, posixpath.normpath(path), name, kind, source, volume, is_file, flag))
    return mounts


def covering(path: str, mounts: list[Mount]) -> Mount | None:
    """Return the mount that ``path`` lies in, which is the deepest one; None for the image's own file system."""
    return max((m for m in mounts if is_within(path, m.path)), key=lambda m: len(m.path), default=None)


def is_within(path: str, directory: str) -> bool:
    """Return whether ``path`` is the directory or below it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _written(container: Container, mount: Mount, mounts: list[Mount], writes: list[Write]) -> Problem | None:
    hits = [write for write in writes if write.hits(mount, mounts)]
    if not hits:
        return None
    best = max(hits, key=lambda write: (write.is_certain, write.effect != "attributes", write.stops))
    error = "Resource busy" if best.effect == "replaces" and mount.is_file else "Read-only file system"
    is_weak = not best.is_certain or (best.effect == "attributes" and not best.stops)
    path = best.path if is_within(best.path, mount.path) else mount.path
    message = f'container "{container.name}" runs {best.command} on {path}, where {mount.title} is mounted read-only'
    place = RelatedPlace(best.place, f"{best.command} fails here: {error}")
    return _problem(container, mount, message, "warning" if is_weak else None, place)


def _hidden(
    container: Container, mount: Mount, mounts: list[Mount], prepared: list[tuple[Container, Mount, Write]]
) -> Problem | None:
    if container.role == "init" or mount.is_file:
        return None
    for initial, origin, write in prepared:
        is_seen = any(other.name == origin.name for other in mounts)
        if not is_seen and write.is_certain and write.effect != "attributes" and is_within(write.path, mount.path):
            message = f'{mount.title} hides {mount.path}, which init container "{initial.name}" prepares'
            place = RelatedPlace(write.place, f'written here into volume "{origin.name}"')
            return _problem(container, mount, message, None, place)
    return None


def _known(container: Container, mount: Mount, mounts: list[Mount], params: dict[str, Any]) -> Problem | None:
    if container.role == "init" or _READ_ONLY_FLAG.search(" ".join(_argv(container))):
        return None
    for entry in _entries(container, params, "images"):
        needed, patterns = entry.get("whenMounted"), strings(entry.get("writes"))
        is_bypassed = entry.get("by") == "entrypoint" and container.data.get("command")
        is_needed = not isinstance(needed, str) or any(is_within(other.path, needed) for other in mounts)
        if not is_needed or is_bypassed or not any(_names(pattern, mount, mounts) for pattern in patterns):
            continue
        variables = _environment(container)
        if any(variables.get(name, "").lower() not in ("", "false") for name in strings(entry.get("unlessEnv"))):
            continue
        limit: Severity | None = {"error": None, "info": "info"}.get(str(entry.get("severity")), "warning")
        message = f"{entry.get('effect')}, but {mount.title} is mounted read-only at {mount.path}"
        return _problem(container, mount, message, limit, RelatedPlace(container.place("image"), "writes there"))
    return None


def _inside(container: Container, mount: Mount, mounts: list[Mount], params: dict[str, Any]) -> Problem | None:
    """Return the problem of a configuration file in the middle of a volume that the program can write."""
    directory, name = posixpath.split(mount.path)
    if container.role != "container" or not mount.is_file or mount.read_only is True:
        return None
    if posixpath.splitext(name)[1] not in _CONFIGURATION or any(part.endswith(".d") for part in directory.split("/")):
        return None
    outer = covering(directory, [other for other in mounts if not other.is_read_only])
    if outer is None or outer.kind or outer.read_only is True or _READ_ONLY_FLAG.search(" ".join(_argv(container))):
        return None
    readers = _entries(container, params, "readers")
    if any(fnmatchcase(mount.path, pattern) for entry in readers for pattern in strings(entry.get("reads"))):
        return None
    message = f'{mount.title} is mounted as {mount.path} inside the writable volume "{outer.name}"'
    note = "a program that saves this file fails; if it only reads it, say so with readOnly: true on the mount"
    place = RelatedPlace(container.place("volumeMounts", outer.position, "mountPath"), "the writable volume")
    return _problem(container, mount, message, "warning", place, note)


def _problem(
    container: Container, mount: Mount, message: str, limit: Severity | None, related: RelatedPlace, note: str = ""
) -> Problem:
    places = [related]
    if mount.volume >= 0:
        volume = container.template.place("spec", "volumes", mount.volume, "name")
        places.append(RelatedPlace(volume, f"{mount.kind} volumes are always read-only"))
    if mount.read_only is False:
        note = f"readOnly: false changes nothing: every {mount.kind} volume is mounted read-only"
    place = container.place("volumeMounts", mount.position, "mountPath")
    return Problem(message, place, "cannot be written", tuple(places), None, limit, note)


def _entries(container: Container, params: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a parameter that are about the container's image."""
    image = parse_image(container.image)
    for entry in map(as_dict, as_list(params.get(name))):
        if image is not None and any(image.matches(pattern) for pattern in strings(entry.get("image"))):
            yield entry


def _names(pattern: str, mount: Mount, mounts: list[Mount]) -> bool:
    """Return whether what ``pattern`` names lies in ``mount``: ``/a/f.yaml`` a file, ``/a/`` the directory itself,
    ``/a/**`` the directory and everything below it, ``*/f.yaml`` a mount of that file wherever it is."""
    if pattern.endswith("/**"):
        return is_within(mount.path, pattern[:-3]) or covering(pattern[:-3], mounts) is mount
    if "*" in pattern:
        return fnmatchcase(mount.path, pattern)
    return covering(pattern.rstrip("/"), mounts) is mount


# What commands write.

_TOKEN = re.compile(
    r"""(?P<skip>[ \t]+|\\\n|(?<![^\s;&|()])\#[^\n]*)
      | (?P<here><<-?[ \t]*['"]?(?P<mark>\w+)['"]?)
      | (?P<out>(?:\d|&)?>[>|]?&?)
      | (?P<end>\n|;;?|&&|\|\|?|&|<{1,3}|[()])
      | (?P<word>(?:\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|[^\s;&|<>()"'\\])+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"\\(.)|\"((?:[^\"\\]|\\.)*)\"|'([^']*)'", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|\((\w+)\)|(\w+))")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_WRAPPERS = frozenset({"exec", "sudo", "env", "nice", "time", "busybox", "command", "nohup"})
_KEYWORDS = frozenset({"then", "else", "elif", "do", "if", "while", "until", "!", "{"})
_TESTS = frozenset({"[", "[[", "test", "grep", "mountpoint", "diff", "cmp"})
_OPENING, _CLOSING = frozenset({"if", "while", "until", "case", "for"}), frozenset({"fi", "done", "esac"})
_WRITERS = {
    "replaces": {"mv": "all", "rm": "all", "rmdir": "all", "ln": "last", "dos2unix": "all"},
    "writes": {"cp": "last", "install": "last", "rsync": "last", "tee": "all", "truncate": "all", "touch": "all",
               "sponge": "all", "htpasswd": "first", "mosquitto_passwd": "first", "redis-sentinel": "first"},
    "creates": {"mkdir": "all"},
    "attributes": {"chown": "rest", "chmod": "rest", "chgrp": "rest"},
}  # fmt: skip
_IN_PLACE: dict[str, tuple[str, ...]] = {
    "sed": ("-i", "--in-place"),
    "perl": ("-i", "-pi"),
    "yq": ("-i", "--inplace"),
    "jq": ("-i", "--in-place"),
}
_OUTPUT = {"curl": ("-o", "--output"), "wget": ("-O", "-P"), "unzip": ("-d",), "tar": ("-C",), "openssl": ("-out",),
           "kvrocks": ("-c",)}  # fmt: skip


class Command(NamedTuple):
    """A simple command with the files that it redirects to, and how it hangs together with its neighbours."""

    words: list[str]
    outputs: list[str]
    is_conditional: bool
    next_operator: str


def _argv(container: Container) -> list[str]:
    return [*strings(container.data.get("command")), *strings(container.data.get("args"))]


def _environment(container: Container) -> dict[str, str]:
    entries = map(as_dict, as_list(container.data.get("env")))
    return {str(entry.get("name")): value for entry in entries if isinstance(value := entry.get("value"), str)}


def _writes(container: Container) -> Iterator[Write]:
    """Yield what the command of the container and its postStart hook write, as far as their text tells."""
    hook: FieldPath = ("lifecycle", "postStart", "exec", "command")
    data: Any = container.data
    for step in hook:
        data = as_dict(data).get(str(step))
    main: FieldPath = ("args",) if container.data.get("args") else ("command",)
    for argv, field in ((_argv(container), main), (strings(data), hook)):
        shell = posixpath.basename(argv[0]) if argv else ""
        option = next((i for i, word in enumerate(argv[1:], 1) if re.fullmatch(r"-\w*c", word)), 0)
        script = argv[option + 1 :] if shell in _SHELLS and option else []
        script = script[1:] if script[:1] == ["--"] else script
        stops = any("e" in word for word in argv[1 : option + 1] if word.startswith("-")) if option else False
        commands = list(_commands(script[0])) if script else [Command(argv, [], False, "")] if argv else []
        yield from _writes_of(commands, container, container.place(*field), stops)


def _commands(script: str) -> Iterator[Command]:
    words: list[str] = []
    outputs: list[str] = []
    depth, follows_test, position, goes_out = 0, False, 0, False
    heredocs: list[str] = []
    while token := _TOKEN.match(f"{script}\n", position):
        position = token.end()
        kind, text = token.lastgroup if token.lastgroup != "mark" else "here", token.group()
        if kind == "word":
            (outputs if goes_out else words).append(text)
            goes_out = False
        elif kind == "out":
            goes_out = not text.endswith("&")
        elif kind == "here":
            heredocs.append(token.group("mark"))
        elif kind == "end" and not text.startswith("<"):
            first = words[0] if words else ""
            depth -= first in _CLOSING
            inner = [word for word in words if word not in _KEYWORDS]
            is_test = first in _OPENING or bool(inner and inner[0] in _TESTS)
            if words or outputs:
                yield Command(words, outputs, depth > 0 or follows_test, text)
            depth += first in _OPENING
            follows_test = text in ("&&", "||") and (is_test or follows_test)
            words, outputs, goes_out = [], [], False
            while text == "\n" and heredocs:
                mark = re.compile(rf"^\s*{heredocs.pop(0)}\s*$", re.MULTILINE).search(script, position)
                position = mark.end() if mark else len(script) + 1


def _writes_of(commands: list[Command], container: Container, place: Place, stops: bool) -> Iterator[Write]:
    variables = _environment(container)
    start = container.data.get("workingDir")
    directory = start if isinstance(start, str) else ""
    for number, command in enumerate(commands):
        words = [_expand(word, variables) for word in command.words]
        while words and (words[0] in _WRAPPERS | _KEYWORDS or re.match(r"[A-Za-z_]\w*=", words[0])):
            name, equals, value = words.pop(0).partition("=")
            if equals and not words:
                variables[name] = value
        program = posixpath.basename(words[0]) if words else ""
        if program == "cd" and len(words) > 1:
            directory = posixpath.join(directory, words[1])
        if program == "set" and any(re.match(r"-\w*e", word) for word in words):
            stops = True
        is_last = number == len(commands) - 1 and container.role == "init"
        following = commands[number + 1].words[:1] if number + 1 < len(commands) else []
        is_tolerated = command.next_operator == "||" and following != ["exit"]
        targets = [(_expand(path, variables), "a redirection", "writes", False) for path in command.outputs]
        for path, title, effect, is_recursive in (*targets, *_targets(program, words[1:])):
            full = posixpath.normpath(posixpath.join(directory, path)) if path else ""
            if full.startswith("/") and not full.startswith("/dev/") and not (is_tolerated and effect == "attributes"):
                full = full.partition("*")[0].rstrip("/") if "*" in full else full
                is_certain = not command.is_conditional and not is_tolerated
                stops_here = stops or is_last or command.next_operator == "&&"
                yield Write(full, title, effect, is_recursive, is_certain, stops_here, place)


def _targets(program: str, words: list[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Yield path, command, effect and whether it means everything below, for what a simple command changes."""
    options = [word for word in words if word.startswith("-") and len(word) > 1]
    operands = [word for word in words if not word.startswith("-")]
    is_recursive = any(re.match(r"-\w*[Rr]", option) or option == "--recursive" for option in options)
    for effect, programs in _WRITERS.items():
        which = programs.get(program)
        picked = {"first": operands[:1], "last": operands[1:][-1:], "rest": operands[1:]}.get(str(which), operands)
        for path in picked if which else []:
            below = effect == "attributes" and (is_recursive or path.endswith("/*"))
            yield path, program, effect, below
            if program in ("cp", "mv", "install"):
                for source in operands[:-1]:
                    yield f"{operands[-1].rstrip('/')}/{posixpath.basename(source)}", program, effect, False
    in_place = _IN_PLACE.get(program, ("",))
    if in_place[0] and any(option.startswith(flag) for option in options for flag in in_place):
        has_script = any(re.match(r"-\w*[ef]$|--expression|--file", option) for option in options)
        for path in operands if has_script and program == "sed" else operands[1:]:
            yield path, f"{program} {in_place[0]}", "replaces", False
    for option, value in pairwise(words):
        if option in _OUTPUT.get(program, ()):
            yield value, f"{program} {option}", "writes", False
    if program == "redis-server" and "--sentinel" in options:
        yield from ((path, "redis-server --sentinel", "writes", False) for path in operands[:1])
    if program == "find" and any(word in ("-exec", "-execdir") for word in words) and not {"-path"} & set(words):
        inner = words[words.index("-exec") + 1 :] if "-exec" in words else []
        for _, title, effect, _ in _targets(inner[0] if inner else "", ["x" if w == "{}" else w for w in inner[1:]]):
            yield words[0], f"find … {title}", effect, True


def _expand(word: str, variables: dict[str, str]) -> str:
    """Return a word without quotes and with the variables that are known; "" where one of them is not."""
    plain = _QUOTED.sub(lambda match: next(group for group in match.groups() if group is not None), word)
    is_unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal is_unknown
        name = match.group(1) or match.group(3) or match.group(4)
        found = variables.get(name, match.group(2))
        is_unknown = is_unknown or found is None
        return found or ""

    expanded = _VARIABLE.sub(value, plain)
    head = plain.partition("$")[0]
    return expanded if not is_unknown else (f"{head}*" if head.endswith("/") and head != "/" else "?")


def strings(value: Any) -> list[str]:
    """Return the strings of a list."""
    return [item for item in as_list(value) if isinstance(item, str)]

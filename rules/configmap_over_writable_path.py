"""Finds read-only mounts (ConfigMap, Secret, projected, downwardAPI) over a path that something in the pod writes.

The evidence, the surest first: a command writes there; an init container prepares a directory that the mount hides; the
image is known to write there; a configuration file lies in the middle of a writable volume. Half of it reads commands.
It is long because a file in ``rules/`` imports no other, and all of this is evidence for the same finding.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from kubelint_lessons.plugin import (
    Container,
    Context,
    FieldPath,
    Location,
    NamedTuple,
    Place,
    Problem,
    RelatedPlace,
    Resource,
    Severity,
    Spot,
    alone,
    as_dict,
    as_list,
    as_text,
    needs_words,
    parse_image,
    regex,
)

_READ_ONLY = {"configMap": "ConfigMap", "secret": "Secret", "projected": "projected", "downwardAPI": "downwardAPI"}
_KINDS = frozenset(_READ_ONLY.values())
_WRITABLE = ("persistentVolumeClaim", "emptyDir", "hostPath", "ephemeral", "nfs")
_CONFIGURATION = frozenset({".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".cfg", ".xml", ".properties", ".env"})
Prepared = list[tuple[Container, "Mount", "Write"]]
_READ_ONLY_FLAG = regex(r"read-?only-?config|config-?read-?only", re.IGNORECASE)


class Mount(NamedTuple):
    """A volumeMount. ``kind`` is ConfigMap, Secret, … where nothing can be written, ``""`` for a volume that can be
    written, ``"?"`` for one of which nothing is known. ``volume`` is its place in ``spec.volumes``, or -1."""

    position: int
    path: str
    name: str
    kind: str
    title: str
    volume: int
    is_file: bool
    read_only: bool | None


class Write(NamedTuple):
    """What a command does to a path. ``effect`` is writes, replaces, removes, creates or attributes; ``is_certain`` is
    false inside conditions, ``stops`` says that a failure ends the script."""

    path: str
    command: str
    effect: str
    is_recursive: bool
    is_certain: bool
    stops: bool
    place: Place

    def hits(self, mount: Mount, mounts: list[Mount]) -> bool:
        """Return whether this lands in ``mount``; a directory that exists need not be created."""
        exists = self.effect == "creates" and self.path == mount.path
        is_inside = covering(self.path, mounts) is mount and not exists
        return is_inside or (self.is_recursive and is_within(mount.path, self.path))

    def limit(self, mount: Mount) -> Severity | None:
        """Return how bad a finding may be at most: an owner that stays the same may not matter, a lost edit does."""
        if self.effect == "attributes" and not self.stops:
            return "info"
        return "warning" if not self.is_certain or (self.effect == "removes" and self.path != mount.path) else None


class ScriptLine(NamedTuple):
    """One line of a script inside a string; implements model.Locatable. Elsewhere than in ``|`` it is the string."""

    container: Container
    route: FieldPath
    number: int
    line: str

    def locate(self, path: FieldPath, spot: Spot = "entry") -> Location:
        """Return the span of the line without its indentation."""
        start = self.container.place(*self.route).location()
        number = start.line + 1 + self.number
        written = self.container.template.resource.document.source.line(number)
        text = self.line.strip()
        if not text or written.strip() != text:
            return start
        column = written.index(text) + 1
        return Location(start.path, number, column, column + len(text))


@alone
@needs_words(tuple(_READ_ONLY), "volumeMounts")
def check(resource: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every read-only mount over a path that is written."""
    template = resource.pod_template
    if template is None or resource.may_be_patched(*template.path, "spec", "containers", "*", "volumeMounts"):
        return
    volumes = _volumes(resource, template.spec)
    found = [(container, _mounts(container, volumes)) for container in template.containers]
    prepared: Prepared = []
    for container, mounts in found if any(m.kind in _KINDS for _, held in found for m in held) else ():
        read_only = [mount for mount in mounts if mount.kind in _KINDS]
        writes = _all_writes(container, context) if read_only or container.role == "init" else []
        is_told = container.role != "container" or _READ_ONLY_FLAG.search(" ".join(_argv(container))) is not None
        for mount in read_only:
            problem = _written(container, mount, mounts, writes)
            if container.role == "container":
                problem = problem or _hidden(container, mount, mounts, prepared)
            if not is_told:
                problem = problem or _known(container, mount, mounts, context)
                problem = problem or _inside(container, mount, mounts, context)
            if problem is not None:
                yield problem
        if container.role == "init":
            inside = ((covering(write.path, mounts), write) for write in writes)
            prepared += ((container, mount, write) for mount, write in inside if mount is not None and not mount.kind)


def _volumes(resource: Resource, spec: dict[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Return name → (kind, title, position) of every volume of the pod."""
    claims = as_list(resource.get("spec", "volumeClaimTemplates"))
    found = {as_text(as_dict(as_dict(claim).get("metadata")).get("name")): ("", "", -1) for claim in claims}
    for index, volume in enumerate(map(as_dict, as_list(spec.get("volumes")))):
        key, name = next((key for key in _READ_ONLY if key in volume), ""), as_text(volume.get("name"))
        kind = _READ_ONLY.get(key, "" if any(key in volume for key in _WRITABLE) else "?")
        source = as_text(as_dict(volume.get(key)).get("name" if key == "configMap" else "secretName"))
        found[name] = (kind, f'{kind} "{source}"' if source else f'{kind} volume "{name}"', index)
    return found


def _mounts(container: Container, volumes: dict[str, tuple[str, str, int]]) -> list[Mount]:
    mounts = []
    for index, item in enumerate(map(as_dict, as_list(container.data.get("volumeMounts")))):
        path, name = as_text(item.get("mountPath")), as_text(item.get("name"))
        if path.startswith("/") and name:
            is_file, path = bool(item.get("subPath") or item.get("subPathExpr")), posixpath.normpath(path)
            mounts.append(Mount(index, path, name, *volumes.get(name, ("?", "", -1)), is_file, item.get("readOnly")))
    return mounts


def covering(path: str, mounts: list[Mount]) -> Mount | None:
    """Return the mount that ``path`` lies in, which is the deepest one; None for the image's own file system."""
    return max((m for m in mounts if is_within(path, m.path)), key=lambda m: len(m.path), default=None)


def is_within(path: str, directory: str) -> bool:
    """Return whether ``path`` is the directory or below it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _written(container: Container, mount: Mount, mounts: list[Mount], writes: list[Write]) -> Problem | None:
    hits = [write for write in writes if write.hits(mount, mounts)]
    best = max(hits, key=lambda write: (write.limit(mount) is None, write.limit(mount) == "warning"), default=None)
    if best is None:
        return None
    error = "Resource busy" if mount.is_file and best.effect in ("replaces", "removes") else "Read-only file system"
    path = best.path if is_within(best.path, mount.path) else mount.path
    message = f'container "{container.name}" changes {path} with {best.command}, but {mount.title} is read-only there'
    place = RelatedPlace(best.place, f"{best.command} fails here: {error}")
    return _problem(container, mount, message, best.limit(mount), place)


def _hidden(container: Container, mount: Mount, mounts: list[Mount], prepared: Prepared) -> Problem | None:
    for initial, origin, write in prepared:
        is_lost = not mount.is_file and all(other.name != origin.name for other in mounts)
        if is_lost and write.is_certain and write.effect != "attributes" and is_within(write.path, mount.path):
            message = f'{mount.title} hides {mount.path}, which init container "{initial.name}" prepares'
            place = RelatedPlace(write.place, f'written here into volume "{origin.name}"')
            return _problem(container, mount, message, None, place)
    return None


def _known(container: Container, mount: Mount, mounts: list[Mount], context: Context) -> Problem | None:
    for entry in _entries(container, context, "images"):
        needed, variables = as_text(entry.get("whenMounted")), _environment(container)
        is_excused = (
            (entry.get("by") == "entrypoint" and container.data.get("command"))
            or (needed and not any(is_within(other.path, needed) for other in mounts))
            or any(variables.get(name, "").lower() not in ("", "false") for name in strings(entry.get("unlessEnv")))
        )
        if not is_excused and any(_names(pattern, mount, mounts) for pattern in strings(entry.get("writes"))):
            limit: Severity | None = {"error": None, "info": "info"}.get(as_text(entry.get("severity")), "warning")
            message = f"{entry.get('effect')}, but {mount.title} is mounted read-only at {mount.path}"
            return _problem(container, mount, message, limit, RelatedPlace(container.place("image"), "writes there"))
    return None


def _inside(container: Container, mount: Mount, mounts: list[Mount], context: Context) -> Problem | None:
    """Return the problem of a configuration file in the middle of a volume that the program can write."""
    directory, name = posixpath.split(mount.path)
    is_drop_in = any(part.endswith(".d") for part in directory.split("/"))
    if not mount.is_file or mount.read_only or is_drop_in or posixpath.splitext(name)[1] not in _CONFIGURATION:
        return None
    outer = covering(directory, [other for other in mounts if other.kind not in _KINDS])
    if outer is None or outer.kind or outer.read_only:
        return None
    for entry in _entries(container, context, "readers"):
        if any(fnmatchcase(mount.path, pattern) for pattern in strings(entry.get("reads"))):
            return None
    message = f'{mount.title} is mounted as {mount.path} inside the writable volume "{outer.name}"'
    place = RelatedPlace(container.place("volumeMounts", outer.position, "mountPath"), "the writable volume")
    problem = _problem(container, mount, message, "warning", place)
    note = "a program that saves this file fails; if it only reads it, say so with readOnly: true on the mount"
    return problem._replace(note=problem.note or note)


def _problem(
    container: Container, mount: Mount, message: str, limit: Severity | None, related: RelatedPlace
) -> Problem:
    places = [related]
    note = "readOnly: false on the mount changes nothing" if mount.read_only is False else ""
    if mount.volume >= 0:
        volume = container.template.place("spec", "volumes", mount.volume, "name")
        places.append(RelatedPlace(volume, f"{mount.kind} volumes are always read-only"))
    place = container.place("volumeMounts", mount.position, "mountPath")
    return Problem(message, place, "cannot be written", tuple(places), None, limit, note)


def _entries(container: Container, context: Context, name: str) -> list[dict[str, Any]]:
    """Return the entries of a parameter that are about the container's image."""

    def find() -> list[dict[str, Any]]:
        image, entries = parse_image(container.image), map(as_dict, as_list(context.params.get(name)))
        return [entry for entry in entries if image is not None and image.matches_any(strings(entry.get("image")))]

    return context.throughout((name, container.image), find)


def _names(pattern: str, mount: Mount, mounts: list[Mount]) -> bool:
    """Return whether what ``pattern`` names lies in ``mount``; the lesson says how patterns are written."""
    if pattern.endswith("/**"):
        return is_within(mount.path, pattern[:-3]) or covering(pattern[:-3], mounts) is mount
    return fnmatchcase(mount.path, pattern) if "*" in pattern else covering(pattern.rstrip("/"), mounts) is mount


_TOKEN = regex(
    r"""(?P<skip>[ \t]+|\\\n|(?<![^\s;&|()])\#[^\n]*)
      | (?P<here><<-?[ \t]*['"]?(?P<mark>\w+)['"]?)
      | (?P<into>(?:\d|&)?>[>|]?&?|<{1,3})
      | (?P<end>\n|;;?|&&|\|\|?|&|[()])
      | (?P<word>(?:\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]{0,99}\}|[^\s;&|<>()"'\\])+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = regex(r"\\(.)|\"((?:[^\"\\]|\\.)*)\"|'([^']*)'", re.DOTALL)
_VARIABLE = regex(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|\((\w+)\)|(\w+))")
_SCRIPT = regex(r"-\w*c")
_SHELL = regex(r"(?:.*/)?(?:ba|da|a|z|k)?sh")
_PREFIX = regex(r"exec|sudo|env|busybox|command|then|else|elif|do|if|while|until|!|\{|([A-Za-z_]\w*)=(.*)", re.S)
_TESTS = frozenset({"[", "[[", "test", "grep", "mountpoint", "diff", "cmp"})
_OPENING, _CLOSING = frozenset({"if", "while", "until", "case", "for"}), frozenset({"fi", "done", "esac"})
_COMMANDS = frozenset({"command", "args", "lifecycle"})
_EDITORS = ("sed", "perl", "yq")
_REDIS = ("redis-sentinel", "redis-server")
_MARKS = frozenset("\\\"'$")
"""What means more in a word of a shell than itself."""
_OPERANDS = {"first": slice(1), "last": slice(-1, None), "rest": slice(1, None), "all": slice(None)}


class Program(NamedTuple):
    """What a program changes: effects with the operands that they are about, and options that name a file."""

    effects: list[tuple[str, slice]]
    outputs: list[str]


class Command(NamedTuple):
    """A simple command with the files that it redirects to, and how it hangs together with its neighbours."""

    words: list[str]
    outputs: list[str]
    is_conditional: bool
    next_operator: str
    line: int
    text: str


def _argv(container: Container) -> list[str]:
    return [*strings(container.data.get("command")), *strings(container.data.get("args"))]


def _environment(container: Container) -> dict[str, str]:
    entries = map(as_dict, as_list(container.data.get("env")))
    return {str(entry.get("name")): value for entry in entries if isinstance(value := entry.get("value"), str)}


def _all_writes(container: Container, context: Context) -> list[Write]:
    """Return what the container's commands write; most containers have none that could."""
    if _COMMANDS.isdisjoint(container.data):
        return []
    return list(_writes(container, context.throughout("programs", lambda: _programs(context.params))))


def _programs(params: dict[str, Any]) -> dict[str, Program]:
    """Return by name what is known of programs that may change files."""
    found: dict[str, list[tuple[str, slice]]] = {name: [] for name in (*_EDITORS, *_REDIS)}
    for effect, programs in as_dict(params.get("commands")).items():
        for name, operands in as_dict(programs).items():
            found.setdefault(name, []).append((effect, _OPERANDS.get(as_text(operands), slice(0))))
    outputs = {name: strings(options) for name, options in as_dict(params.get("outputs")).items()}
    names = (*found, *(name for name in outputs if name not in found))
    return {name: Program(found.get(name, []), outputs.get(name, [])) for name in names}


def _writes(container: Container, programs: dict[str, Program]) -> Iterator[Write]:
    """Yield what the command of the container and its postStart hook write, as far as their text tells."""
    hook = as_dict(as_dict(as_dict(container.data.get("lifecycle")).get("postStart")).get("exec")).get("command")
    count = len(strings(container.data.get("command")))
    for argv, is_hook in ((_argv(container), False), (strings(hook), True)):
        if not argv:
            continue
        option = next((n for n, word in enumerate(argv) if n and word[:1] == "-" and _SCRIPT.fullmatch(word)), 0)
        position = option + 2 if argv[option + 1 : option + 2] == ["--"] else option + 1
        is_script = option > 0 and position < len(argv) and bool(_SHELL.fullmatch(argv[0]))
        if not is_script and _changes_nothing(argv[0], programs):
            continue
        index = position if is_script else 0
        route: FieldPath = ("command", index) if index < count else ("args", index - count)
        route = ("lifecycle", "postStart", "exec", "command", index) if is_hook else route
        stops = any("e" in word for word in argv[1 : option + 1] if word.startswith("-"))
        plain = [Command(argv, [], False, "", 0, "")]
        commands = list(_commands(argv[position][:20_000] + "\n")) if is_script else plain
        yield from _writes_of(commands, container, route, stops, programs)


def _changes_nothing(word: str, programs: dict[str, Program]) -> bool:
    """Return whether a command that begins with a word changes no file: it is a program of which that is not known."""
    return _MARKS.isdisjoint(word) and not _PREFIX.fullmatch(word) and posixpath.basename(word) not in programs


def _commands(script: str) -> Iterator[Command]:
    """Yield the simple commands of a script in order; what a here-document holds is none of them."""
    words, outputs, heredocs = list[str](), list[str](), list[str]()
    depth, position, line, follows_test, target = 0, 0, 0, False, words
    lines = script.split("\n")
    while token := _TOKEN.match(script, position):
        kind, text = "here" if token.group("mark") else token.lastgroup, token.group()
        if not words and kind == "word":
            line = script.count("\n", 0, position)
        position = token.end()
        if kind == "word":
            target.append(text)
            target = words
        elif kind == "into":
            target = outputs if ">" in text and not text.endswith("&") else []
        elif kind == "here":
            heredocs.append(token.group("mark"))
        elif kind == "end":
            first = words[0] if words else ""
            depth -= first in _CLOSING
            inner = [word for word in words if not _PREFIX.fullmatch(word)]
            is_test = first in _OPENING or bool(inner and inner[0] in _TESTS)
            if words or outputs:
                yield Command(words, outputs, depth > 0 or follows_test, text, line, lines[line])
            depth += first in _OPENING
            follows_test = text in ("&&", "||") and (is_test or follows_test)
            words, outputs = [], []
            target = words
            while text == "\n" and heredocs:
                mark = re.compile(rf"^\s*{heredocs.pop(0)}\s*$", re.MULTILINE).search(script, position)
                position = mark.end() if mark else len(script) + 1


def _writes_of(
    commands: list[Command], container: Container, route: FieldPath, stops: bool, programs: dict[str, Program]
) -> Iterator[Write]:
    variables = _environment(container)
    directory = as_text(container.data.get("workingDir"))
    for number, command in enumerate(commands):
        words = [_expand(word, variables) for word in command.words]
        while words and (prefix := _PREFIX.fullmatch(words[0])):
            words = words[1:]
            if prefix[1] and not words:
                variables[prefix[1]] = prefix[2]
        program = posixpath.basename(words[0]) if words else ""
        if program == "cd" and len(words) > 1:
            directory = posixpath.join(directory, words[1])
        stops = stops or (program == "set" and any(re.match(r"-\w*e", word) for word in words))
        following = commands[number + 1].words[:1] if number + 1 < len(commands) else []
        is_tolerated = command.next_operator == "||" and following != ["exit"]
        is_last = number == len(commands) - 1 and container.role == "init"
        place = Place(ScriptLine(container, route, command.line, command.text), ())
        targets = [(_expand(path, variables), "a redirection", "writes", False) for path in command.outputs]
        for path, title, effect, is_recursive in (*targets, *_targets(program, words[1:], programs.get(program))):
            full = posixpath.normpath(posixpath.join(directory, path)) if path else ""
            full = full.partition("*")[0].rstrip("/") if "*" in full else full
            if full.startswith("/") and not full.startswith("/dev/") and not (is_tolerated and effect == "attributes"):
                is_certain = not command.is_conditional and not is_tolerated
                stops_here = stops or is_last or command.next_operator == "&&"
                yield Write(full, title, effect, is_recursive, is_certain, stops_here, place)


def _targets(program: str, words: list[str], known: Program | None) -> Iterator[tuple[str, str, str, bool]]:
    """Yield path, command, effect and whether it means everything below, for what a simple command changes."""
    if known is None:
        return
    options = [word for word in words if word.startswith("-") and len(word) > 1]
    operands = [word for word in words if not word.startswith("-")]
    is_recursive = any(re.match(r"-\w*[Rr]|--recursive", option) for option in options)
    for effect, operands_meant in known.effects:
        picked = operands[operands_meant]
        for path in picked:
            yield path, program, effect, effect == "attributes" and (is_recursive or path.endswith("/*"))
        for source in operands[:-1] if program in ("cp", "mv", "install") and picked else []:
            yield f"{operands[-1].rstrip('/')}/{posixpath.basename(source)}", program, effect, False
    if program in _EDITORS and any(re.match(r"-[A-Za-z]*i|--in-?place", option) for option in options):
        has_script = any(re.match(r"-\w*[ef]$|--expression|--file", option) for option in options)
        for path in operands if has_script and program == "sed" else operands[1:]:
            yield path, f"{program} -i", "replaces", False
    outputs = known.outputs
    yield from ((path, f"{program} {name}", "writes", False) for name, path in pairwise(words) if name in outputs)
    if program in _REDIS and (program == "redis-sentinel" or "--sentinel" in options):
        yield from ((path, "Redis Sentinel", "writes", False) for path in operands[:1])


def _expand(word: str, variables: dict[str, str]) -> str:
    """Return a word without quotes and with its variables; ``/a/*`` or ``?`` where one of them is not known."""
    if _MARKS.isdisjoint(word):
        return word
    plain = _QUOTED.sub(lambda match: match.group(1) or match.group(2) or match.group(3) or "", word)
    found = _VARIABLE.finditer(plain)
    values = {match[0]: variables.get(match[1] or match[3] or match[4], match[2]) for match in found}
    if None in values.values():
        head = plain.partition("$")[0]
        return f"{head}*" if head.endswith("/") and head != "/" else "?"
    return _VARIABLE.sub(lambda match: values[match[0]] or "", plain)


def strings(value: Any) -> list[str]:
    """Return the strings of a list."""
    return [item for item in as_list(value) if isinstance(item, str)]

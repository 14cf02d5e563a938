"""Finds host names in the text of environment variables and commands: where a program says whom it talks to.

A bare word is a host only where the text around it says so; whether it *is* one, the caller decides by looking for a
Service of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

_AUTHORITY = regex(r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]*://([^\s/?#\"'`<>\\)]+)")
_SERVICE_NAME = regex(
    r"(?<![A-Za-z0-9.\-@])([a-z0-9][a-z0-9.\-]*\.svc(?:\.[a-z0-9.\-]*[a-z0-9])?)(?::(\d{1,5}))?(?![\w\-])"
)
_HOST_PORT = regex(r"(?<![A-Za-z0-9.\-@/:_])([a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?):(\d{1,5})(?![\w.:\-])")
_HOST = regex(r"[a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?")
_HOST_VARIABLE = regex(
    r"(?:^|[_.\-])(?:HOST|HOSTS|HOSTNAME|ADDR|ADDRESS|ADDRESSES|URL|URI|SERVER|SERVERS|SERVICE|ENDPOINT|ENDPOINTS|BROKER"
    r"|BROKERS|UPSTREAM|DSN|NODE|NODES|DATABASE_HOST)$|^[A-Z]+HOST$",
    re.IGNORECASE,
)
_OPTION = regex(
    r"(-h|--?(?:host|hostname|server|address|addr|endpoint|url|bootstrap-server|db-host|db_host))(?:=(.*))?"
)
_PORT_OPTION = regex(r"(?:-p|-P|--port)(?:=(.*))?")
_WORDS = regex(r"\"([^\"]*)\"|'([^']*)'|([^\s\"';|&()]+)")
MAX_TEXT = 100_000
"""Characters of one value that are looked at."""
_MAX_PROBE_WORDS = 8
_PROBING_PROGRAMS = frozenset({"nc", "ncat", "netcat", "telnet"})
_VARIABLE = regex(r"\$\(([A-Za-z_][A-Za-z0-9_.\-]*)\)|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)")


class Host(NamedTuple):
    """One host as written; ``how`` says in what form: ``URL``, ``host:port``, ``DNS name``, ``-h``, ``PGHOST``.

    ``is_sure`` is false for a bare ``word:number``, which may be something else, such as an image and its tag.
    """

    name: str
    port: int | None
    how: str
    is_sure: bool = True


def hosts_in_variable(name: str, value: str, environment: Mapping[str, str]) -> Iterator[Host]:
    """Yield the hosts that an environment variable names; the port may stand in a variable beside it."""
    text = expand_variables(value, environment)
    found = False
    for host in hosts_in_text(text):
        found = True
        yield host
    if found or not _HOST_VARIABLE.search(name):
        return
    for part in text.split(","):
        part = part.strip()
        if _HOST.fullmatch(part):
            yield Host(part, _port_beside(name, environment), name)


def hosts_in_words(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Host]:
    """Yield the hosts that a command names; each argument may itself be a line of shell."""
    words: list[str] = []
    for argument in arguments:
        text = expand_variables(argument, environment)
        yield from hosts_in_text(text)
        words += _words(text)
    port = _port_option(words)
    for position, word in enumerate(words):
        option = _OPTION.fullmatch(word)
        following = words[position + 1] if position + 1 < len(words) else ""
        if option is not None:
            value = option[2] if option[2] is not None else following
            if _HOST.fullmatch(value):
                yield Host(value, port, option[1])
        elif word.rpartition("/")[2] in _PROBING_PROGRAMS:
            yield from _probed(words[position + 1 :], word)


def hosts_in_text(text: str) -> Iterator[Host]:
    """Yield the hosts of URLs, of ``host:port`` and of names that end in ``.svc`` or go on behind it."""
    text = text[:MAX_TEXT]
    for match in _AUTHORITY.finditer(text):
        authority = match[1].rpartition("@")[2]
        for part in authority.split(","):
            name, colon, port = part.partition(":")
            if _HOST.fullmatch(name):
                yield Host(name, _number(port) if colon else None, "URL")
    rest = _AUTHORITY.sub(" ", text)
    for match in _SERVICE_NAME.finditer(rest):
        yield Host(match[1], _number(match[2]), "DNS name")
    for match in _HOST_PORT.finditer(rest):
        if ".svc" not in match[1]:
            yield Host(match[1], _number(match[2]), "host:port", is_sure=False)


def expand_variables(text: str, environment: Mapping[str, str]) -> str:
    """Return ``text`` with ``$(NAME)``, ``${NAME}`` and ``$NAME`` replaced where the environment is known."""
    if "$" not in text:
        return text
    return _VARIABLE.sub(lambda match: environment.get(match[1] or match[2] or match[3], match[0]), text)


def _words(text: str) -> list[str]:
    return [match[1] or match[2] or match[3] or "" for match in _WORDS.finditer(text[:MAX_TEXT])]


def _probed(words: list[str], program: str) -> Iterator[Host]:
    """Yield the host of ``nc -z -w 2 postgres 5432``: the word before the first number that follows a name."""
    for word, following in pairwise(words[:_MAX_PROBE_WORDS]):
        if _HOST.fullmatch(word) and not word.isdigit() and following.isdigit():
            yield Host(word, _number(following), program)
            return


def _port_option(words: list[str]) -> int | None:
    for position, word in enumerate(words):
        option = _PORT_OPTION.fullmatch(word)
        if option is not None:
            following = words[position + 1] if position + 1 < len(words) else ""
            return _number(option[1] if option[1] is not None else following)
    return None


def _port_beside(name: str, environment: Mapping[str, str]) -> int | None:
    for old, new in (("HOSTNAME", "PORT"), ("HOST", "PORT"), ("ADDRESS", "PORT"), ("SERVER", "PORT"), ("ADDR", "PORT")):
        start, found, end = name.upper().rpartition(old)
        if found and not end:
            return _number(environment.get(name[: len(start)] + new))
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536 else None

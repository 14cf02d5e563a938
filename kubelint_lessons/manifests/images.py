"""Image references, taken apart and compared the way a container runtime reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from kubelint_lessons.manifests.placeholders import is_placeholder
from kubelint_lessons.model.records import NamedTuple
from kubelint_lessons.model.regexes import regex

DEFAULT_REGISTRY = "docker.io"

_ARCHITECTURE_WORDS = {
    "amd64": "amd64",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "x64": "amd64",
    "arm64": "arm64",
    "arm64v8": "arm64",
    "aarch64": "arm64",
    "arm": "arm",
    "armhf": "arm",
    "armv6": "arm",
    "armv7": "arm",
    "armv7l": "arm",
    "arm32v6": "arm",
    "arm32v7": "arm",
    "i386": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}
"""Words in image names and tags → the value of ``kubernetes.io/arch`` (GOARCH) that they stand for."""

_WORD = regex(r"x86[_-]64|[a-z0-9]+")


class Image(NamedTuple):
    """A parsed reference. ``registry`` and ``repository`` are normalised: ``nginx`` is docker.io and library/nginx."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def name(self) -> str:
        """Return registry and repository: ``docker.io/library/nginx``."""
        return f"{self.registry}/{self.repository}"

    @property
    def repository_name(self) -> str:
        """Return the last part of the repository: ``postgres`` of ``ghcr.io/zalando/postgres:16``."""
        return self.repository.rpartition("/")[2]

    def matches(self, pattern: str) -> bool:
        """Return whether the image is one that ``pattern`` names.

        A pattern is an image name, with a tag or without (any tag), where ``*`` stands for any text. As in a
        manifest, docker.io and library may be left out: ``nginx`` is the official image and not
        ``ghcr.io/acme/nginx``; ``*/nginx`` is both.
        """
        has_tag = _split(pattern)[2] is not None
        subject = f"{self.name}:{self.tag or 'latest'}" if has_tag else self.name
        return _matcher(pattern).fullmatch(subject) is not None

    def matches_any(self, patterns: Iterable[str]) -> bool:
        """Return whether the image is one that some of ``patterns`` names."""
        last = self.repository_name
        return any(
            (last in pattern or "*" in pattern.rpartition("/")[2]) and self.matches(pattern) for pattern in patterns
        )

    @property
    def architectures(self) -> tuple[str, ...]:
        """Return the architectures that repository and tag name, in order: ``("arm64",)`` for ``x/web-arm64:1``."""
        found: dict[str, None] = {}
        for text in (self.repository, self.tag or ""):
            for word in _WORD.findall(text.lower()):
                architecture = _ARCHITECTURE_WORDS.get(word)
                if architecture:
                    found[architecture] = None
        return tuple(found)


@lru_cache(maxsize=4096)
def parse_image(text: str) -> Image | None:
    """Return the parts of an image reference, or None for an empty, templated or malformed one."""
    if not text or is_placeholder(text.replace("@", "")) or any(character.isspace() for character in text):
        return None
    name, digest, tag = _split(text)
    if not name:
        return None
    registry, repository = _normalise(name)
    return Image(registry, repository, tag, digest)


def image_name(text: str) -> str:
    """Return an image reference as written, without tag and digest: what kustomize's ``images:`` compares."""
    return _split(text)[0]


def _split(text: str) -> tuple[str, str | None, str | None]:
    """Return name, digest and tag as written; a colon before the last slash belongs to the registry's port."""
    rest, at, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    last_name, colon, tag = last.partition(":")
    return f"{head}{slash}{last_name}", digest if at else None, tag if colon else None


@lru_cache(maxsize=1024)
def _matcher(pattern: str) -> re.Pattern[str]:
    name, _, tag = _split(pattern)
    if not name.startswith("*"):
        registry, repository = _normalise(name)
        name = f"{registry}/{repository}"
    whole = name if tag is None else f"{name}:{tag}"
    return re.compile(".*".join(re.escape(part) for part in whole.split("*")))


def _normalise(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, repository = first, rest
    else:
        registry, repository = DEFAULT_REGISTRY, name
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository

"""Names of images that the kubelet cannot read.

A name is ``[host[:port]/]path[:tag][@digest]``; the first part is a host where it has a dot or a colon, or is
``localhost`` (distribution/reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, alone, regex

_TAG = regex(r"(?::[^/:]*)?(?:@.*)?$", re.DOTALL)
_SCHEME = regex(r"(?:https?|docker|oci)://")
_PLACEHOLDER = regex(r"[^A-Za-z0-9./:@_\-\s]|(?:^|[/:.-])[A-Z][A-Z0-9_]*(?:[/:@.-]|$)")


@alone
def check(workload: Resource, context: Context) -> Iterator[Problem]:
    """Yield one problem for every image whose name has a scheme, a blank, or capitals before the tag."""
    template = workload.pod_template
    for container in template.containers if template is not None else ():
        image = container.image
        if _is_plain(image):
            continue
        place = container.place("image")
        path = (*template.path, *container.path, "image") if template is not None else ()
        if not image or workload.may_be_patched(*path) or _PLACEHOLDER.search(_SCHEME.sub("", image)):
            continue
        scheme = _SCHEME.match(image)
        name = _TAG.sub("", image)
        if scheme:
            edit = Edit("set", place, image[scheme.end() :])
            fix = Fix(f"remove {scheme[0]}", (edit,), "unsafe")
            yield Problem(f'image "{image}" begins with {scheme[0]}', place, "no image name", fix=fix)
        elif re.search(r"\s", image.strip()):
            yield Problem(f'image "{image}" has a blank in it', place, label="no image name")
        elif (path_part := _path(name)) != path_part.lower():
            fixed = image[: len(name) - len(path_part)] + path_part.lower() + image[len(name) :]
            fix = Fix("write it in small letters", (Edit("set", place, fixed),), "unsafe")
            yield Problem(f'image "{image}" has capitals before the tag', place, f'should this be "{fixed}"?', fix=fix)


def _is_plain(image: str) -> bool:
    """Return whether a name has neither capitals nor blanks nor a scheme, as nearly all have."""
    return image == image.lower() and "://" not in image and len(image.split()) == 1


def _path(name: str) -> str:
    """Return a name without its host."""
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    return rest if is_host else name

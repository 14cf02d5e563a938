"""Where a CI job's checkout is, so that paths in its reports lead to the files of the repository.

Paths of a result are relative to the directory that the run started in; GitHub and GitLab want them from the root of
the repository, and a step may run in a directory below it (``working-directory``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from kubelint_lessons.engine.result import Reported, Result, RunError, Suppressed
from kubelint_lessons.lessons.rule import LessonWords
from kubelint_lessons.model.finding import Finding
from kubelint_lessons.model.location import Location
from kubelint_lessons.reports.sanitize import clean_uri

OUR_LESSONS = "rules/"
"""Where the lessons that come with kubelint are; they are no files of the checkout."""


def checkout_prefix(environment: Mapping[str, str], directory: str) -> str:
    """Return how ``directory`` is called from the root of the checkout, with a slash at the end.

    Empty for the root itself, outside GitHub Actions and GitLab CI, and where ``directory`` lies elsewhere.
    """
    root = environment.get("GITHUB_WORKSPACE" if environment.get("GITHUB_ACTIONS") else "CI_PROJECT_DIR", "")
    return f"{inside}/" if root and (inside := _inside(root, directory)) not in ("", ".") else ""


def blob_url(environment: Mapping[str, str], directory: str) -> str:
    """Return what comes before a path from the root of the checkout in a link to the file at the commit.

    Empty outside GitHub Actions and GitLab CI, and where ``directory`` does not lie in the checkout.
    """
    if environment.get("GITHUB_ACTIONS"):
        names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_WORKSPACE")
        middle = "blob"
    else:
        names = ("CI_SERVER_URL", "CI_PROJECT_PATH", "CI_COMMIT_SHA", "CI_PROJECT_DIR")
        middle = "-/blob"
    server, repository, commit, root = (environment.get(name, "") for name in names)
    if not (re.fullmatch(r"https?://[\w.:/-]+", server, re.ASCII) and repository and commit and root):
        return ""
    if not _inside(root, directory):
        return ""
    return f"{server}/{clean_uri(repository)}/{middle}/{clean_uri(commit)}/"


def file_url(blob: str, path: str, line: int) -> str:
    """Return the link to a line of a file; empty without ``blob``, and for what lies outside the checkout."""
    return f"{blob}{clean_uri(path)}#L{line}" if blob and path and not path.startswith(("/", "../")) else ""


def lesson_url(reported: Reported | None, blob: str) -> str:
    """Return the link to the lesson in the checkout; empty for our own lessons, which are not there."""
    if reported is None or _is_elsewhere(reported.words.path):
        return ""
    return file_url(blob, reported.words.path, reported.words.line)


def relocate(result: Result, prefix: str) -> Result:
    """Return the result with every path as it is called from ``prefix``'s parent."""
    if not prefix:
        return result

    def moved(path: str) -> str:
        return posixpath.normpath(prefix + path) if path and not path.startswith("/") else path

    def at(location: Location) -> Location:
        return location._replace(path=moved(location.path))

    def finding_at(item: Finding) -> Finding:
        related = tuple(other._replace(location=at(other.location)) for other in item.related)
        return item._replace(location=at(item.location), related=related)

    def suppressed_at(item: Suppressed) -> Suppressed:
        return item._replace(finding=finding_at(item.finding), location=at(item.location))

    def error_at(item: RunError) -> RunError:
        return item._replace(path=moved(item.path))

    def words_at(words: LessonWords) -> LessonWords:
        return words if _is_elsewhere(words.path) else words._replace(path=moved(words.path))

    def reported_at(item: Reported) -> Reported:
        return item._replace(words=words_at(item.words), see_also=tuple(words_at(words) for words in item.see_also))

    return result._replace(
        findings=tuple(finding_at(item) for item in result.findings),
        errors=tuple(error_at(item) for item in result.errors),
        suppressed=tuple(suppressed_at(item) for item in result.suppressed),
        files=tuple(status._replace(path=moved(status.path)) for status in result.files),
        weakened=tuple(item._replace(path=moved(item.path)) for item in result.weakened),
        lessons={key: reported_at(item) for key, item in result.lessons.items()},
        excerpts={(moved(path), line): text for (path, line), text in result.excerpts.items()},
    )


def _is_elsewhere(path: str) -> bool:
    """Return whether a lesson came with kubelint or with a plugin (``my_rules:rules/a.md``)."""
    return path.startswith(OUR_LESSONS) or f":{OUR_LESSONS}" in path


def _inside(root: str, directory: str) -> str:
    """Return ``directory`` as called from ``root``, "." for the same, and "" where it lies elsewhere."""
    inside = posixpath.relpath(directory.replace("\\", "/"), root.replace("\\", "/"))
    return "" if inside == ".." or inside.startswith("../") else inside

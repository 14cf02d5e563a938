"""What a change is compared with where nobody says: the base of a pull request, or where the branch left main."""

from __future__ import annotations

from collections.abc import Mapping

from kubelint_lessons.manifests.git import Git, GitError, MissingError
from kubelint_lessons.model.regexes import regex

_MERGE_REF = regex(r"refs/pull/\d+/merge")
_QUEUE_REF = regex(r"refs/heads/gh-readonly-queue/.+/pr-\d+-([0-9a-f]{40})")
_TARGETS = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "CHANGE_TARGET",
)
"""Where GitHub, GitLab, Azure Pipelines, Bitbucket, Buildkite and Jenkins say which branch a change is for."""

_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


def auto_base(git: Git, environment: Mapping[str, str]) -> str:
    """Return the commit that the work tree of ``git`` is best compared with, as a hash or as git understands it.

    GitHub checks a pull request out as the merge commit of ``refs/pull/N/merge``, whose first parent is the tip of the
    base branch; a merge queue names the base in its ref. GitLab names the base of a merge request in a variable, and
    for a merged result the tip of the target. Else it is the commit where HEAD left the target branch or, without one,
    the main branch. Raises MissingError where that cannot be told, or where a CI job runs on the main branch itself.
    """
    git.data("rev-parse", "--git-dir")
    head = git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not head:
        raise MissingError("there is no commit yet to compare with", "commit something first")
    ref = environment.get("GITHUB_REF", "")
    if _MERGE_REF.fullmatch(ref) and environment.get("GITHUB_SHA") == head:
        return "HEAD^1"
    queued = _QUEUE_REF.fullmatch(ref)
    if queued:
        return queued[1]
    for name in ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        if environment.get(name):
            return environment[name]
    target = next((value for value in map(environment.get, _TARGETS) if value and value != "false"), None)
    names = _MAIN if target is None else (f"origin/{target.removeprefix('refs/heads/')}",)
    for name in names:
        if git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"):
            return _fork_point(git, head, name, is_ci=bool(environment.get("CI")) and target is None)
    hint = "fetch it, with its history: git fetch origin BRANCH, or fetch-depth: 0 for actions/checkout"
    wanted = "no main branch" if target is None else f'not the branch "{target}" that this change is for'
    raise MissingError(f"the clone holds {wanted}", hint)


def _fork_point(git: Git, head: str, branch: str, *, is_ci: bool) -> str:
    base = git.text("merge-base", head, branch)
    if not base:
        if git.is_shallow():
            hint = "fetch more of the history: git fetch --unshallow, or fetch-depth: 0 for actions/checkout"
            raise MissingError(f"the clone is shallow and does not reach to where HEAD left {branch}", hint)
        raise GitError(f"HEAD and {branch} have no commit in common", "name a revision: --diff-base REV")
    if base == head and is_ci:
        hint = "name a revision, such as --diff-base HEAD^1, to compare all the same"
        raise MissingError(f"HEAD is on {branch} already, there is no change to look at", hint)
    return base

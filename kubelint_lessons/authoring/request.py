"""What a surface asks of a lint, and what it gets: apart from the linter, which takes long to import."""

from __future__ import annotations

from kubelint_lessons.engine.result import Result
from kubelint_lessons.engine.timing import Timing
from kubelint_lessons.model.records import NamedTuple


class Options(NamedTuple):
    """What a surface says about a run; what is None is left to the project's config.

    ``exclude`` is what ``inputs`` were found with. ``diff_base`` names the revision whose findings are hidden ("auto":
    find out), ``lessons_from`` the one whose lessons, facts, config and baseline hold.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    isolated: bool = False
    use_cache: bool = True
    force_exclude: bool = False
    config: str | None = None
    kubernetes_version: str | None = None
    plugins: tuple[str, ...] = ()
    is_narrowed: bool = False
    """Whether files of the project were left out that its config does not exclude."""
    exclude: tuple[str, ...] = ()
    baseline: str | None = None
    use_baseline: bool = True
    diff_base: str | None = None
    lessons_from: str | None = None
    jobs: int = 1
    """How many processes may judge; 0: as many as pay. What is found does not depend on it."""
    timing: Timing | None = None
    """Is told where the time goes."""


class Linted(NamedTuple):
    """The result of all projects together, and the exit status that their thresholds give it."""

    result: Result
    status: int

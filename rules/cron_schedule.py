"""Reads schedules of CronJobs as the parser does that Kubernetes uses (github.com/robfig/cron, ParseStandard)."""

from __future__ import annotations

from collections.abc import Iterator

from kubelint_lessons.plugin import Context, Edit, Fix, Problem, Resource, alone, needs_words, regex

_ZONE = regex(r"(?:CRON_)?TZ=(\S+)\s+(\S.*)")
_LATER = regex(r"[${}<>]")
_MACROS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_EVERY = regex(r"@every (?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)


@alone
@needs_words("schedule")
def time_zone(job: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the schedule begins with a time zone; one in the container's environment is harmless."""
    schedule = job.get("spec", "schedule")
    found = _ZONE.fullmatch(schedule.strip()) if isinstance(schedule, str) else None
    if found is None or _LATER.search(str(schedule)) or job.may_be_patched("spec", "schedule"):
        return
    place = job.place("spec", "schedule")
    if job.get("spec", "timeZone") is None:
        edits = (Edit("set", place, found[2]), Edit("set", job.place("spec", "timeZone"), found[1]))
        fix = Fix(f"move the zone to timeZone: {found[1]}", edits, "safe")
    else:
        fix = Fix("take the zone away", (Edit("set", place, found[2]),), "unsafe")
    yield Problem(f'the schedule of {job.id} names the time zone "{found[1]}"', place, "goes to timeZone", fix=fix)


@alone
@needs_words("schedule")
def syntax(job: Resource, context: Context) -> Iterator[Problem]:
    """Yield a problem where the schedule does not parse."""
    schedule = job.get("spec", "schedule")
    if not isinstance(schedule, str) or _LATER.search(schedule) or "TZ=" in schedule:
        return
    reason = "" if job.may_be_patched("spec", "schedule") else _fault(schedule)
    if reason:
        yield Problem(f'{job.id} has the schedule "{schedule}": {reason}', job.place("spec", "schedule"), reason)


def _fault(schedule: str) -> str:
    """Return what is wrong with a schedule; nothing where it parses."""
    if schedule.startswith("@"):
        return "" if schedule in _MACROS or _EVERY.fullmatch(schedule) else "there is no such macro"
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return f"five fields are needed, not {len(fields)}"
    for text, (name, least, most, names) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            reason = _fault_of_range(part, least, most, names) if part else ""
            if reason:
                return f"the {name} {reason}"
    return ""


def _fault_of_range(text: str, least: int, most: int, names: dict[str, int]) -> str:
    range_, *steps = text.split("/")
    ends = range_.split("-")
    is_any = ends[0] in ("*", "?")  # what stands behind it is not looked at
    if len(steps) > 1 or (len(ends) > 2 and not is_any):
        return f"cannot be {text}"
    if steps and not steps[0].isdigit():
        return f"has the step {steps[0]}"
    if steps and int(steps[0]) == 0:
        return "has a step of 0"
    if is_any:
        return ""
    numbers = [names.get(end.lower(), int(end) if end.isdigit() else None) for end in ends]
    if None in numbers:
        return f"cannot be {text}"
    first, last = numbers[0] or 0, numbers[-1] or 0
    if not least <= first <= most or not least <= last <= most:
        return f"goes from {least} to {most}, not to {last if first in range(least, most + 1) else first}"
    return "" if first <= last else f"runs backwards in {text}"

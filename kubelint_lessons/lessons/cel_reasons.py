"""Why an evaluation ended without a value, in words for the author of a lesson."""

from __future__ import annotations

import re

_PATTERNS = (
    (r'Key not found in map : "?(.*?)"?\Z', "there is no key {0}"),
    (r"Index error: index=(-?\d+) size=(\d+)", "there is no item {0} in a list of {1}"),
    (r"No matching overloads found : (?:_\[\?_\]|_\?\._)", "an optional field is read from a value that is no map"),
    (r"No matching overloads found : (?:<jump_condition>|_&&_|_\|\|_|!_)", "a condition is no bool"),
    (r"No matching overloads found : \((.*?)\)\.(\w+)\((.*)\)\Z", "{1}({2}) does not work on {0}"),
    (r"No matching overloads found : _?([^\w\s]+|@in)_?\((.*)\)\Z", "{0} does not work for {1}"),
    (r"No matching overloads found : (\w+)\((.*)\)\Z", "{0}() does not take {1}"),
    (r"Applying SELECT to non-message type", "a field is read from a value that is no map"),
    (r'No value with name "(.*?)" found in Activation', "{0} is not given here"),
    (r"Iteration budget exceeded", "more than 10000 steps through lists"),
    (r"std::bad_alloc", "more than 1 GiB of memory"),
    (r"Non-CEL value type for (.*?)\.?\Z", "not a plain value: {0}"),
)


def reason(raw: str) -> str:
    """Return a sentence for the engine's message of a run-time error."""
    message = without_status(raw)
    for pattern, words in _PATTERNS:
        found = re.search(pattern, message, re.DOTALL)
        if found is not None:
            return words.format(*(group.replace("int64", "int").replace("@in", "in") for group in found.groups()))
    return message


def without_status(raw: str) -> str:
    """Return a message of the engine without its status code."""
    message = re.sub(r"\A[A-Z_]+: ", "", re.sub(r" \[[A-Z_]+\]\Z", "", raw))
    return message.replace(" (in container '')", "").strip()

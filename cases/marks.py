"""What an official marks during the talk, with * and a key: what each key means, and what it makes of a case. Pure."""

from collections.abc import Iterable, Mapping

URGENCIES = ("normal", "yellow", "orange", "red")
"""From the least urgent on."""

MARKS: Mapping[str, str] = {"1": "当场解决", "2": "要交办", "4": "升级", "5": "到场", "7": "督查", "9": "加急"}
"""Key → what it says of the case. *3 brings in another unit and is no mark; other keys mean nothing."""

_SEPARATOR = "、"


def pressed(keys: Iterable[tuple[str, bool]]) -> frozenset[str]:
    """The marks that are on, of (key, on) in the order in which they were pressed: the last one of a key counts."""
    return frozenset(key for key, on in dict(keys).items() if on and key in MARKS)


def raised(urgency: str, marks: frozenset[str]) -> str:
    """The urgency that marks make of one: *9 red, *4 one more. An urgency that is not known counts as normal."""
    grade = URGENCIES.index(urgency) if urgency in URGENCIES else 0
    if "9" in marks:
        return URGENCIES[-1]
    return URGENCIES[min(grade + ("4" in marks), len(URGENCIES) - 1)]


def remarked(told: str, before: frozenset[str], after: frozenset[str]) -> str:
    """A case's marks as people read them, in the order of the keys, when those of one call change; others stay."""
    there = set(told.split(_SEPARATOR)) - {MARKS[key] for key in before - after} | {MARKS[key] for key in after}
    return _SEPARATOR.join(mark for mark in MARKS.values() if mark in there)

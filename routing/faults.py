"""What is wrong with a configuration file: every fault at once, each with its field, its value and how to mend it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault, in the words of the person who edits the file."""

    field: str
    value: object
    mend: str

    def __str__(self) -> str:
        return f"{self.field} = {_written(self.value)}：{self.mend}"


def _written(value: object) -> str:
    """As it stands in the file, so far as that differs from Python's way."""
    if value is None:
        return "（没写）"
    return str(value) if isinstance(value, date) else repr(value)


class BadConfig(ValueError):
    """A configuration that is refused: `source` is the file or the like, `faults` all that is wrong with it."""

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        lines = "\n".join(f"  · {fault}" for fault in self.faults)
        super().__init__(f"{source} 有 {len(self.faults)} 处要改：\n{lines}")


def unknown_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> list[Fault]:
    """A fault for each key nobody reads, with the known key it resembles most."""
    names = sorted(known)
    faults = []
    for key in table:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
            mend = f"没有这一项，是不是 {near[0]}？" if near else f"没有这一项，可以用的有：{'、'.join(names)}。"
            faults.append(Fault(field=f"{where}.{key}" if where else key, value=table[key], mend=mend))
    return faults

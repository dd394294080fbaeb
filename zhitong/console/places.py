"""Where in a TOML text a fault is: the line to look at. Pure."""

import re

_AT = re.compile(r"line (\d+)")
_HEAD = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
_NUMBERED = re.compile(r"([\w-]+)\[(\d+)\]")


def line_of(text: str, *, field: str = "", mend: str = "", name: str = "") -> int:
    """The line, from 1. field: as a fault has it, step[2].keys.1; mend: what TOML's own reader says; name: of a section
    as its `name` has it. The first line where nothing is found."""
    if "TOML" in mend and (said := _AT.search(mend)):
        return int(said[1])
    lines = text.splitlines()
    heads = [(i, match[1]) for i, line in enumerate(lines) if (match := _HEAD.match(line))]
    if name:
        named = re.compile(rf"""\s*name\s*=\s*["']{re.escape(name)}["']""")
        return next((i for i, line in enumerate(lines, 1) if named.match(line)), 1)
    first, path, keys = 0, "", list[str]()
    for part in field.split("."):
        if (numbered := _NUMBERED.fullmatch(part)) is None:
            keys.append(part)
            continue
        path = f"{path}.{numbered[1]}" if path else numbered[1]
        found = [i for i, head in heads if head == path and i >= first]
        if len(found) < int(numbered[2]):
            break
        first = found[int(numbered[2]) - 1]
    last = next((i for i, _ in heads if i > first or (not path and i == first)), len(lines))
    for key in reversed(keys):
        written = re.compile(rf"""(^|[\s,{{])["']?{re.escape(key)}["']?\s*=""")
        for i in range(first, last):
            if written.search(lines[i]):
                return i + 1
    return first + 1

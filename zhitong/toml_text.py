"""A table as TOML text: what a program writes of settings and rosters."""

import json
from collections.abc import Mapping
from typing import Any


def as_toml(table: Mapping[str, Any]) -> str:
    """Plain values first, then sections of plain values and [[lists of them]]; a table in a row becomes an inline one.

    Values are texts, numbers, booleans, and lists of these or of flat tables.
    """
    lines = [f"{name} = {_value(one)}" for name, one in table.items() if not _is_section(one)]
    for name, rows in table.items():
        if not _is_section(rows):
            continue
        for row in rows if isinstance(rows, list) else [rows]:
            lines.append(f"[[{name}]]" if isinstance(rows, list) else f"[{name}]")
            lines += [f"{key} = {_value(value)}" for key, value in row.items()]
    return "\n".join(lines) + "\n"


def _is_section(one: object) -> bool:
    return isinstance(one, Mapping) or (isinstance(one, list) and bool(one) and isinstance(one[0], Mapping))


def _value(one: Any) -> str:
    if isinstance(one, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in one.items()) + " }"
    if isinstance(one, list):
        return "[" + ", ".join(map(_value, one)) + "]"
    return json.dumps(one, ensure_ascii=False).replace("\x7f", "\\u007f")

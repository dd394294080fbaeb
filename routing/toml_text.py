"""A configuration file changed record by record; comments, order and whatever is not meant stay as they were written.

Only the lines of the record are read as TOML and written again: what stands elsewhere cannot be touched.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit

from routing.faults import BadConfig, Fault

Record = Mapping[str, Any]
"""Keys and values as TOML has them: texts, numbers, dates, lists, and tables within lists."""
_HEADING = re.compile(r"\s*\[")


def with_record(text: str, part: str, record: Record, *, key: str) -> str:
    """The text with this record in place of the one that has the same key in [[part]]; as the last one if none has.

    What the record does not name is taken out of it. Raises BadConfig for a text that is no TOML, or in which the part
    is written so that it cannot be changed by itself.
    """
    wanted, heading = _read(text), f"[[{part}]]"
    listed = wanted.setdefault(part, [])
    at = next((i for i, row in enumerate(listed) if row.get(key) == record[key]), len(listed))
    listed[at:] = [dict(record), *listed[at + 1 :]]
    blocks = _blocks(text)
    rows = [i for i, block in enumerate(blocks) if block.heading == heading]
    if at < len(rows):
        blocks[rows[at]] = _changed(blocks[rows[at]], record)
    else:
        last = rows[-1] if rows else len(blocks) - 1
        blocks.insert(last + 1, _Block(heading, f"{heading}\n{_lines(record)}", blocks[last].after or "\n"))
        blocks[last] = _Block(blocks[last].heading, _ended(blocks[last].text), "\n")
    return _checked(blocks, wanted, heading)


def with_table(text: str, path: str, record: Record) -> str:
    """The text with [path] saying this, such as [desk] or [matters.A1]. Raises BadConfig as `with_record` does."""
    wanted, heading = _read(text), f"[{path}]"
    *above, name = path.split(".")
    told = wanted
    for one in above:
        told = told.setdefault(one, {})
    told[name] = dict(record)
    blocks = _blocks(text)
    at = next((i for i, block in enumerate(blocks) if block.heading == heading), None)
    if at is None:
        blocks[-1] = _Block(blocks[-1].heading, _ended(blocks[-1].text + blocks[-1].after), "\n")
        blocks.append(_Block(heading, f"{heading}\n{_lines(record)}", ""))
    else:
        blocks[at] = _changed(blocks[at], record)
    return _checked(blocks, wanted, heading)


@dataclass(frozen=True, slots=True)
class _Block:
    """heading: as [part] or [[part]]; empty: what stands before the first. after: blank lines and remarks that follow;
    they are about what comes next."""

    heading: str
    text: str
    after: str


def _blocks(text: str) -> list[_Block]:
    found: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if _HEADING.match(line):
            found.append([])
        found[-1].append(line)
    blocks = []
    for lines in found:
        end = len(lines)
        while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1
        heading = lines[0].partition("#")[0].strip() if lines and _HEADING.match(lines[0]) else ""
        blocks.append(_Block(heading, "".join(lines[:end]), "".join(lines[end:])))
    return blocks


def _changed(block: _Block, record: Record) -> _Block:
    """What is the same already is left alone: it may be written more kindly than we would."""
    head, _, lines = block.text.partition("\n")
    try:
        there = tomlkit.parse(lines)
    except tomlkit.exceptions.TOMLKitError:
        raise _unable(block.heading) from None
    for name in [name for name in there if name not in record]:
        del there[name]
    for name, value in record.items():
        if name not in there or there[name] != value:
            there[name] = _item(value)
    return _Block(block.heading, _ended(f"{head}\n{tomlkit.dumps(there)}"), block.after)


def _lines(record: Record) -> str:
    document = tomlkit.document()
    for name, value in record.items():
        document.append(name, _item(value))
    return tomlkit.dumps(document)


def _item(value: Any) -> Any:
    """A list may hold tables, which then stand in its line; a text of several lines begins on a line of its own."""
    if isinstance(value, list):
        array = tomlkit.array()
        for one in value:
            array.append(_item(one))
        return array
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        inline.update(value)
        return inline
    if isinstance(value, str) and "\n" in value:
        written = tomlkit.string(value, multiline=True).as_string().removeprefix('"""')
        return tomlkit.parse(f'text = """\n{written}\n')["text"]
    return tomlkit.item(value)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mend = f"不是合格的 TOML：{error}"
        raise BadConfig("文件", [Fault(field="文件", value="", mend=mend)]) from None


def _checked(blocks: list[_Block], wanted: Record, source: str) -> str:
    """Whatever a file looks like, nothing but what was meant has changed."""
    text = "".join(block.text + block.after for block in blocks)
    try:
        same = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise _unable(source)
    return text


def _unable(source: str) -> BadConfig:
    mend = "这一处的写法网页改不了，请在服务器上改文件，再发布。"
    return BadConfig("文件", [Fault(field=source, value="", mend=mend)])

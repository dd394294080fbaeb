"""The settings in force, told one by one with what the shipped file says of each; passwords never."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomlkit
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from zhitong.settings import SHIPPED, Settings

NAMES = {
    "lines": "线路",
    "hotline": "热线",
    "trunk": "运营商中继",
    "ladder": "找人的节奏",
    "speech": "听话的节奏",
    "staff": "系统给领导打电话",
    "surge": "集中来电",
    "casework": "工单",
    "dialling": "号码",
    "sms": "给群众的短信",
    "intake": "来件",
    "console": "网页",
    "decoder": "语音识别",
    "asterisk": "Asterisk 和端口",
    "store": "数据库",
    "folders": "文件夹",
    "files": "设置文件",
}
"""The sections in the order they are told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A setting: its name in the file, its value, and what it is for."""

    key: str
    value: str
    hint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """name: of the table in the file. One of the lines, or a section."""

    name: str
    title: str
    rows: Sequence[Told]


def overview(settings: Settings) -> list[Section]:
    """Every section with every setting."""
    hints = _hints()
    found = []
    for name, title in NAMES.items():
        held = getattr(settings, name)
        for one in held if isinstance(held, tuple) else (held,):
            called = f"{title} {one.number}" if name == "lines" else title
            found.append(Section(name=name, title=called, rows=_rows(name, one, hints.get(name, {}))))
    return found


def _rows(section: str, held: Any, hints: dict[str, str]) -> list[Told]:
    return [
        Told(key=one.name, value=_value(section, one.name, getattr(held, one.name)), hint=hints.get(one.name, ""))
        for one in fields(held)
    ]


def _value(section: str, key: str, value: Any) -> str:
    if (section, key) == ("store", "database_url"):
        return _address(str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | frozenset):
        return "、".join(sorted(value) if isinstance(value, frozenset) else value)
    return "" if value is None else str(value)


def _address(url: str) -> str:
    """Without user's password, and without what follows the question mark, which may hold one, too."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "（看不懂的地址，不显示）"


@lru_cache(maxsize=1)
def _hints(path: Path = SHIPPED) -> dict[str, dict[str, str]]:
    """By section and setting: the remark behind it. Empty where the shipped file cannot be read."""
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except (OSError, tomlkit.exceptions.TOMLKitError):
        return {}
    found: dict[str, dict[str, str]] = {}
    for name, table in document.items():
        first = table[0] if isinstance(table, list) else table
        found[name] = {key: first.item(key).trivia.comment.lstrip("# ") for key in first}
    return found

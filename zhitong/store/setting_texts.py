"""What files of the settings said, each time somebody saved one; added one by one, never altered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from zhitong.store.tables import setting_texts


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingText:
    """name: of the file, below config/. text: empty in lists, which do not read it."""

    id: int
    name: str
    at: datetime
    author: str
    reason: str
    text: str = ""


_HEAD = tuple(column for column in setting_texts.c if column.name != "text")


def add_setting_text(connection: Connection, *, name: str, at: datetime, author: str, reason: str, text: str) -> None:
    """Writes one down."""
    row = {"name": name, "at": at, "author": author, "reason": reason, "text": text}
    connection.execute(setting_texts.insert().values(row))


def newest_setting_text(connection: Connection, name: str) -> SettingText | None:
    """What was saved last of this file."""
    query = select(setting_texts).where(setting_texts.c.name == name).order_by(setting_texts.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _text(row)


def setting_text_of(connection: Connection, name: str, id: int) -> SettingText | None:
    """The one of this number, if it is of this file."""
    table = setting_texts
    row = connection.execute(select(table).where(table.c.id == id, table.c.name == name)).one_or_none()
    return None if row is None else _text(row)


def heads_of_setting_texts(connection: Connection, name: str, *, limit: int) -> list[SettingText]:
    """The newest of a file first, without their texts."""
    query = select(*_HEAD).where(setting_texts.c.name == name).order_by(setting_texts.c.id.desc()).limit(limit)
    return [_text(row) for row in connection.execute(query)]


def newest_heads(connection: Connection) -> dict[str, SettingText]:
    """By the file's name: what was saved last, without its text."""
    newest = select(func.max(setting_texts.c.id)).group_by(setting_texts.c.name)
    rows = connection.execute(select(*_HEAD).where(setting_texts.c.id.in_(newest)))
    return {row.name: _text(row) for row in rows}


def _text(row: Row[Any]) -> SettingText:
    return SettingText(**row._mapping)

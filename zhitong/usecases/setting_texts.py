"""改设置: the text of a file of rules or notices, saved with author and reason; what it said before is kept."""

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from zhitong.errors import ChangeRefused, DatabaseGone
from zhitong.store.engine import writing
from zhitong.store.setting_texts import (
    SettingText,
    add_setting_text,
    heads_of_setting_texts,
    newest_heads,
    newest_setting_text,
    setting_text_of,
)
from zhitong.usecases.change_roster import LONGEST_NAME, named
from zhitong.usecases.looking import looked
from zhitong.whole_files import write_whole

OWN = "系统"
"""The author of what stood in the file before it was saved here, whoever has written it."""
LISTED = 50


def save_setting_text(
    engine: Engine, name: str, text: str, *, path: Path, on: str, by: Actor, reason: str, now: datetime
) -> None:
    """The file says this from now on; its text has been checked. on: `version_of` what it was changed from.

    Raises NotPermitted; ChangeRefused where the file says something else than `on` by now, or this already, or no
    reason is given; OSError for a file that cannot be written; DatabaseGone. Then it is as it was.
    """
    permit(by, Action.CHANGE_SETTINGS)
    author, reason = named(by.name, "谁改的", most=LONGEST_NAME), named(reason, "为什么改")
    written = None
    try:
        with writing(engine) as connection:
            before, newest = text_in(path), newest_setting_text(connection, name)
            if version_of(before) != on:
                who = f"{newest.author}（{newest.reason}）" if newest and newest.text == before else "有人在服务器上"
                raise ChangeRefused(f"打开以后，{who}改过这个文件。没有保存；请看下面和现在的差别，再决定")
            if before == text:
                raise ChangeRefused("一个字也没有改")
            if before and (newest is None or newest.text != before):
                add_setting_text(connection, name=name, at=now, author=OWN, reason="在网页以外改的", text=before)
            add_setting_text(connection, name=name, at=now, author=author, reason=reason, text=text)
            looked(connection, by, None, what=f"改设置 {name}", now=now)
            written = before
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
    except DatabaseGone:
        if written is not None:  # in the file, and nobody's by the record
            write_whole(path, written)
        raise


def setting_history(engine: Engine, name: str, *, by: Actor, now: datetime) -> list[SettingText]:
    """What was saved of this file, newest first, without the texts; that he looked is kept. Raises NotPermitted,
    DatabaseGone."""
    permit(by, Action.SEE_SETTINGS)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看设置 {name}", now=now)
        return heads_of_setting_texts(connection, name, limit=LISTED)


def saved_text(engine: Engine, name: str, id: int, *, by: Actor, now: datetime) -> SettingText:
    """What a file said, of this number. Raises NotPermitted, ChangeRefused where there is none, DatabaseGone."""
    permit(by, Action.SEE_SETTINGS)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"看设置 {name} {id}", now=now)
        found = setting_text_of(connection, name, id)
    if found is None:
        raise ChangeRefused(f"{name} 没有编号 {id} 的旧文；请从列出的里选")
    return found


def last_saved(engine: Engine, *, by: Actor, now: datetime) -> dict[str, SettingText]:
    """By the file: who saved it last, without the text. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE_SETTINGS)
    with writing(engine) as connection:
        looked(connection, by, None, what="看规则", now=now)
        return newest_heads(connection)


def text_in(path: Path) -> str:
    """What the file says; empty where there is none. Raises OSError, ChangeRefused for one that is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise ChangeRefused(f"{path.name} 不是 UTF-8 的文字；请在服务器上改好") from None


def version_of(text: str) -> str:
    """By which a text is known again."""
    return hashlib.sha256(text.encode()).hexdigest()

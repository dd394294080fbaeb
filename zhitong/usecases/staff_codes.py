"""工作密码: by it an official is known who calls from a telephone that is not his own."""

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.codes import count_wrong_codes, official_with, put_code, put_wrong_code
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.usecases.accounts import administers

CODE = "工作密码"
DIGITS = 8
WRONG = 10
"""Wrong codes within `WITHIN`; then none is accepted until they are older, and people are told."""
WITHIN = timedelta(hours=1)


def new_code(engine: Engine, folder: Path, official: str, *, by: Actor, now: datetime) -> str:
    """A new code for the official, in place of the one before; told this once, kept as a digest.

    folder: where this installation's key lies. Raises NotPermitted, DatabaseGone, OSError.
    """
    permit(by, Action.ACCOUNTS)
    with writing(engine) as connection:
        administers(connection, by, what=f"{CODE} {official}", now=now)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        while official_with(connection, _digest(folder, code)):
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        put_code(connection, official, _digest(folder, code), at=now)
    return code


def whose_code(engine: Engine, folder: Path, code: str, *, now: datetime) -> str:
    """The id of the official with this code; empty for nobody's, or while too many were wrong. Raises DatabaseGone."""
    with writing(engine) as connection:
        if count_wrong_codes(connection, since=now - WITHIN) >= WRONG:
            text = f"一小时内输错 {WRONG} 次工作密码，现在一个都不认；可能有人在试，请查来电"
            mark = f"codes:{now.astimezone(LOCAL):%Y%m%d%H}"
            record_incident(connection, at=now, kind="codes", mark=mark, text=text)
            return ""
        official = official_with(connection, _digest(folder, code))
        if not official:
            put_wrong_code(connection, at=now)
        return official


def is_code_of(connection: Connection, folder: Path, official: str, code: str) -> bool:
    """Whether this is the official's; how many were wrong, the caller counts. Raises OSError."""
    return official_with(connection, _digest(folder, code)) == official


def _digest(folder: Path, code: str) -> str:
    """With a key of this installation, so that the database alone does not tell the codes."""
    return hmac.new(installation_key(folder), code.encode(), hashlib.sha256).hexdigest()


def installation_key(folder: Path) -> bytes:
    """This installation's key, made when it is first asked for. Raises OSError."""
    path = folder / "codes.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)  # nobody has opened the line yet
        new = folder / f"codes.key.{secrets.token_hex(4)}"
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        with suppress(FileExistsError):  # another process was faster: its key counts
            os.link(new, path)
        new.unlink()
    return path.read_bytes()

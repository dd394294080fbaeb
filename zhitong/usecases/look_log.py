"""查阅记录: who looked at what, who saw whole numbers or heard the sound, who took data out; for those who audit."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.engine import reading, writing
from zhitong.store.looks import Look, Sought, find_looks
from zhitong.store.sight import seen_by
from zhitong.usecases.looking import looked

PAGE = 100
LOOK = 10_000
"""So many looks are looked through at a time: a page never reads half a year."""


class Kind(StrEnum):
    """Which looks are listed."""

    ALL = "全部"
    WHOLE = "看了完整号码、听了录音、打开附件"
    OUT = "导出"


_OUT = ("导出", "登记簿")
"""What such a look is at begins with one of these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Looks:
    """Newest first. before: from which it goes on; 0: there are no older ones."""

    looks: tuple[Look, ...]
    before: int = 0


def look_log(
    engine: Engine,
    *,
    by: Actor,
    now: datetime,
    who: str = "",
    number: str = "",
    day: date | None = None,
    kind: Kind = Kind.ALL,
    before: int = 0,
) -> Looks:
    """By account, case and day (of the county), as far as they are told; nothing of a case that complains of `by`.
    That he looked is recorded, and at whom. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.LOOKS)
    since = None if day is None else datetime.combine(day, time(), LOCAL)
    wanted = Sought(
        who=who,
        number=number,
        since=since,
        until=since and since + timedelta(days=1),
        unmasked=kind is Kind.WHOLE,
        begins=_OUT if kind is Kind.OUT else (),
    )
    with writing(engine) as connection:
        looked(connection, by, None, what=f"查阅记录 {who or number}".strip(), now=now)
    with reading(engine) as connection:
        found, more = find_looks(connection, wanted, sight=seen_by(by), before=before, look=LOOK, limit=PAGE)
    return Looks(looks=tuple(found), before=more)

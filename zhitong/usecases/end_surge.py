"""The end of a surge: all its cases are closed with one result, and each citizen is called back. Or nobody ends it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.reply import Disposition
from cases.roles import Action, Actor, NotPermitted, Role, permit
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused, SurgeRefused
from zhitong.store.accounts import official_of
from zhitong.store.cases import get_case, get_cases
from zhitong.store.due import DueTask, finish, put_off
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.surges import (
    SurgeRow,
    change_surge,
    get_surge,
    member_done,
    members_of,
    members_to_close,
    surge_of_call,
)
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.close_case import check_result, close_case
from zhitong.usecases.know_surge import not_about_him
from zhitong.usecases.looking import looked
from zhitong.usecases.must_tell import Incomplete
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

KIND = "surge"
_AGAIN = timedelta(days=1)
_AT_ONCE = 50


def end_surge(
    engine: Engine,
    surge: int,
    *,
    result: str,
    by: Actor,
    now: datetime,
    disposition: str = Disposition.SOLVED,
) -> None:
    """The matter is dealt with: new callers are put through again, and `close_members` closes its cases.

    Raises NotPermitted, ResultRefused, SurgeNotFound, SurgeRefused when it has been ended, DatabaseGone.
    """
    permit(by, Action.SETTLE)
    check_result(result, disposition=disposition)
    with writing(engine) as connection:
        not_about_him(connection, surge, by)
        looked(connection, by, None, what=f"了结集中来电 {surge}", now=now)
        row = get_surge(connection, surge)
        if row.ended_at is not None:
            raise SurgeRefused(f"集中来电 {surge} 已经由{row.ended_by}了结：{row.result}")
        said = {"result": result.strip(), "disposition": disposition}
        change_surge(connection, surge, ended_at=now, ended_by=by.name, **said)
    if row.announcement:
        Path(row.announcement).unlink(missing_ok=True)


def close_members(engine: Engine, rules: Rules, *, now: datetime) -> int:
    """Closes the cases of ended surges whose calls are over, each with a callback of its own; returns how many.

    May be broken off and done again at any time: what is done stays done. Raises DatabaseGone.
    """
    closed = 0
    while True:
        with reading(engine) as connection:
            found = [(row, get_case(connection, number)) for row, number in members_to_close(connection, _AT_ONCE)]
            known = {row.id: _known(connection, row) for row in {row.id: row for row, _ in found}.values()}
        for row, case in found:
            closed += _close(engine, rules, row, case, known[row.id], now)
        if len(found) < _AT_ONCE:
            return closed


def _known(connection: Connection, row: SurgeRow) -> dict[str, str]:
    """What is known of each of its cases, where a case does not say so itself; type and unit by the first that does."""
    cases = sorted(get_cases(connection, members_of(connection, row.id)).values(), key=lambda case: case.answered_at)
    same = [case for case in cases if not case.secret and not _about_something_else(case, row)]
    known = {"matter": row.matter, "matter_name": row.matter_name, "place": row.town}
    known["demand"] = f"集中来电：{row.town}{row.matter_name}"
    return known | {name: next(filter(None, (getattr(one, name) for one in same)), "") for name in ("type", "unit")}


def _close(engine: Engine, rules: Rules, row: SurgeRow, case: Case, known: Mapping[str, str], now: datetime) -> bool:
    other = "这个电话还说了别的事" if _about_something_else(case, row) else ""
    done, lacks = False, ""
    with reading(engine) as connection:
        official = official_of(connection, row.ended_by) or ""
    if not other:
        try:
            close_case(
                engine,
                rules,
                number=case.number,
                result=row.result,
                by=Actor(name=row.ended_by, roles=frozenset({Role.LEADER}), official=official),
                now=now,
                disposition=row.disposition,
                for_many=True,
                known=known,
            )
            done = True
        except Incomplete as error:
            other = lacks = f"这个工单还没有写{'、'.join(error.lacks)}"
        except NotPermitted:  # whom it complains of by now does not answer it
            other = "这个工单要另外答复"
        except MoveRefused:
            with reading(engine) as connection:
                if get_case(connection, case.number).state in OPEN:
                    other = "这个工单已经在答复、重办或并单"
            # else closed by itself meanwhile: it has its callback
    with writing(engine) as connection:
        member_done(connection, row.id, case.number, at=now)
        if other:
            text = f"集中来电有了结果：{row.result}。{other}，请办结时一并答复"
            told = {"case_number": case.number, "mark": f"surge:{row.id}:ended", "at": now, "text": text}
            add_to_timeline(connection, [told | {"what": "集中来电"}])
        if lacks:
            mark, text = f"surge:{row.id}:lacks:{case.number}", f"集中来电 {row.id} 了结了，{lacks}，没有一起办结"
            text = f"工单 {case.number}：{text}，群众还在等；请补上后办结"
            record_incident(connection, at=now, kind=KIND, mark=mark, text=text)
    return done


def _about_something_else(case: Case, row: SurgeRow) -> bool:
    """Whether the caller named another matter or town in the end: that is not answered with the surge's result."""
    return bool(case.matter and case.matter != row.matter) or bool(case.place and row.town not in case.place)


def lapse_surges(engine: Engine, *, now: datetime) -> None:
    """Surges that nobody has ended in time: callers are put through again, and people are told, every day until it is.

    Its cases stay open, each with its own clocks. Raises DatabaseGone.
    """
    for task in take_due(engine, now=now, kinds=(KIND,)):
        _lapse(engine, task, now)


def _lapse(engine: Engine, task: DueTask, now: datetime) -> None:
    with writing(engine) as connection:
        row = surge_of_call(connection, task.call_id)
        if row is None or row.ended_at is not None:
            finish(connection, [task.id], at=now, outcome="已经了结" if row else "没有这个集中来电")
            return
        if row.lapsed_at is None:
            change_surge(connection, row.id, lapsed_at=now)
        put_off(connection, task.id, until=now + _AGAIN)
        since = f"{row.opened_at.astimezone(LOCAL):%m月%d日 %H:%M}"
        cases = len(members_of(connection, row.id))
        text = (
            f"集中来电 {row.id}（{row.town}，{row.matter_name}，{cases} 个工单）{since} 起，还没有人了结；"
            f"新来电照常找人，办好了请一起答复（zhitong surge end {row.id}），群众在等回话"
        )
        mark = f"surge:{row.id}:{now.astimezone(LOCAL):%Y%m%d}"
        record_incident(connection, at=now, kind=KIND, mark=mark, text=text)

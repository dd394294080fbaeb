"""监听: somebody listens to a live call at his own telephone, with a reason; supervision is told and can read who did.

Nobody in the call hears him. Never of what is secret, and never of an official's own call (docs/adr/0127).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.roles import Action, Actor, Role, permit
from ivr.script import is_secret
from zhitong.errors import CaseNotFound, HotlineAway, LiveRefused, MoveRefused
from zhitong.live.calls import SUPERVISION, Command
from zhitong.notices.notice import due_kind
from zhitong.store.cases import case_of_calls, get_case
from zhitong.store.due import put_due, withdraw
from zhitong.store.engine import reading, writing
from zhitong.store.monitorings import (
    Monitoring,
    begin_monitoring,
    end_monitoring,
    monitoring_of,
    newest_monitorings,
    open_monitoring,
    open_monitorings,
)
from zhitong.store.sight import seen_by
from zhitong.usecases.live_calls import Order
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import reasoned

LISTED = 50
_WHAT = "监听来电"
_OFF = "没有开监听；要开，由管理员在设置 console.monitoring 里开"


@dataclass(frozen=True, kw_only=True, slots=True)
class Monitored:
    """What of monitoring a call's page shows. why_not: why he cannot listen, in Chinese; empty: he can, or does."""

    running: Monitoring | None
    why_not: str


def monitored_now(engine: Engine, *, call_id: str, by: Actor, now: datetime) -> Monitored:
    """Who listens to this call now, for somebody who may. Raises NotPermitted, CaseNotFound, DatabaseGone."""
    permit(by, Action.MONITOR)
    with writing(engine) as connection:
        case = _case(connection, call_id, by)
        looked(connection, by, case.number, what="谁在监听", now=now)
        return Monitored(running=monitoring_of(connection, call_id), why_not=_barred(case) or _no_telephone(by))


def monitor_live(
    engine: Engine, *, call_id: str, reason: str, by: Actor, now: datetime, order: Order, on: bool
) -> None:
    """Has his own telephone rung and joined to the call, heard by nobody. on: whether the county has turned it on.

    It is written down, and supervision told, before it is done. Raises NotPermitted, MoveRefused, CaseNotFound,
    LiveRefused, HotlineAway, DatabaseGone.
    """
    permit(by, Action.MONITOR)
    reason = reasoned(reason, "监听")
    if not on:
        raise MoveRefused(_OFF)
    with writing(engine) as connection:
        case = _case(connection, call_id, by)
        looked(connection, by, case.number, what=_WHAT, now=now)
        if why_not := _barred(case) or _no_telephone(by):
            raise MoveRefused(why_not)
        entry = open_monitoring(connection, call_id=call_id, case_number=case.number, by=by.name, reason=reason, at=now)
        if entry is None:
            raise MoveRefused("已经有人在监听这个来电")
        row = {"kind": due_kind("monitor"), "mark": _mark(entry.id), "case_number": case.number, "call_id": call_id}
        put_due(connection, [row | {"due_at": now, "detail": {}}])
    try:
        order(Command(do="monitor", call=call_id, by=by.name, to=by.official or SUPERVISION, id=str(entry.id)))
    except (LiveRefused, HotlineAway) as error:
        with writing(engine) as connection:
            end_monitoring(connection, entry.id, at=now, outcome=f"没有办成：{error}"[:200])
            withdraw(connection, _mark(entry.id), at=now, outcome="没有监听成")
        raise


def stop_monitoring(engine: Engine, *, call_id: str, by: Actor, now: datetime, order: Order) -> None:
    """Ends his own, or, for supervision, anybody's. Raises as above."""
    permit(by, Action.MONITOR)
    with writing(engine) as connection:
        case = _case(connection, call_id, by)
        looked(connection, by, case.number, what=f"停止{_WHAT}", now=now)
        entry = monitoring_of(connection, call_id)
    if entry is None:
        raise MoveRefused("现在没有人在监听这个来电")
    if entry.by != by.name and Role.SUPERVISION not in by.roles:
        raise MoveRefused("是别人在监听；能停的是他本人和督查")
    order(Command(do="stop", call=call_id, by=by.name, id=str(entry.id)))


def monitoring_began(engine: Engine, id: int, *, now: datetime) -> None:
    """The hotline: he has answered. Raises DatabaseGone."""
    with writing(engine) as connection:
        begin_monitoring(connection, id, at=now)


def monitoring_over(engine: Engine, id: int, *, now: datetime, outcome: str) -> None:
    """The hotline: it is over, or his telephone was not answered. Raises DatabaseGone."""
    with writing(engine) as connection:
        end_monitoring(connection, id, at=now, outcome=outcome)


def turned_secret(engine: Engine) -> list[int]:
    """The entries of calls that are listened to and whose cases are to be kept secret by now. Raises DatabaseGone."""
    with reading(engine) as connection:
        return [one.id for one in open_monitorings(connection) if _barred(get_case(connection, one.case_number))]


def list_monitored(engine: Engine, *, by: Actor, now: datetime, before: int = 0) -> list[Monitoring]:
    """Who listened to what, when and why, newest first, LISTED at a time. before: the id of the last one seen.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.MONITORED)
    with writing(engine) as connection:
        looked(connection, by, None, what="监听记录", now=now)
        return newest_monitorings(connection, sight=seen_by(by), before=before, limit=LISTED)


def _case(connection: Connection, call_id: str, by: Actor) -> Case:
    number = case_of_calls(connection, [call_id]).get(call_id)
    if number is None:
        raise CaseNotFound("这个来电没有工单：刚接通的请过几秒再试，干部来电没有工单。")
    case = get_case(connection, number)
    permit(by, Action.MONITOR, case)
    return case


def _barred(case: Case) -> str:
    secret = case.secret or is_secret(case.type, case.transcript)
    return "举报和要保密的来电不能监听。" if secret else ""


def _no_telephone(by: Actor) -> str:
    if by.official or Role.SUPERVISION in by.roles:
        return ""
    return "您的账号没有连到名单里的人，不知道打哪个电话；请管理员在账号里写明是名单里的谁。"


def _mark(id: int) -> str:
    return f"monitor:{id}"

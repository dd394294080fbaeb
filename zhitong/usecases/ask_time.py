"""申请延期、挂起: a unit asks for time before a case is due; nothing moves until a leader has granted it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor
from cases.shift import SHIFTS, granted, suspended_until
from cases.sla import ClockRule, Limit, SlaClock, counted
from cases.warning import runs
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, records_of
from zhitong.store.cases import clocks_of
from zhitong.store.engine import writing
from zhitong.usecases.moving import reasoned, tell, to_move
from zhitong.usecases.rules import Rules

LeaderOf = Callable[[Case], str]
"""case → who is in charge of its unit from above, and is not complained of in it."""


def ask_extension(
    engine: Engine, rules: Rules, *, number: str, count: int, by: Actor, reason: str, leader: LeaderOf, now: datetime
) -> CaseRecord:
    """Asks for so many days or working days, as the policy has it, before the clock runs out.

    Raises MoveRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    reason = reasoned(reason, "延期")
    with writing(engine) as connection:
        case = _asking(connection, number, by)
        clock, limit = _extendable(connection, rules, case)
        may_extend(connection, case, clock, limit, count, now)
        text = f"{case.unit}申请{clock.name}延期 {counted(count, limit.unit)}，原定 {_at(clock.due_at)}"
        tell(connection, number, "延期", at=now, text=text, who=by.name, reason=reason)
        detail = {"round": case.rework, "code": clock.code, "count": count, "unit": limit.unit}
        add_record(
            connection,
            case_number=number,
            kind=RecordKind.EXTENSION,
            owner=leader(case),
            text=reason,
            at=now,
            by=by.name,
            due_at=clock.due_at,
            detail=detail | {"old": clock.due_at.isoformat()},
        )
        return records_of(connection, number)[-1]


def ask_suspension(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    until: datetime,
    by: Actor,
    reason: str,
    leader: LeaderOf,
    now: datetime,
) -> CaseRecord:
    """Asks that the clocks that may stop stand still until then. Raises as above."""
    reason = reasoned(reason, "挂起")
    with writing(engine) as connection:
        case = _asking(connection, number, by)
        may_suspend(connection, rules, case, until, now)
        names = "、".join(clock.name for clock in stopping(connection, rules, case, now))
        tell(connection, number, "挂起", at=now, text=f"{case.unit}申请挂起到 {_at(until)}", who=by.name, reason=reason)
        add_record(
            connection,
            case_number=number,
            kind=RecordKind.SUSPENSION,
            owner=leader(case),
            text=reason,
            at=now,
            by=by.name,
            due_at=until,
            detail={"round": case.rework, "clocks": names},
        )
        return records_of(connection, number)[-1]


def may_extend(connection: Connection, case: Case, clock: SlaClock, limit: Limit, count: int, now: datetime) -> None:
    """Raises MoveRefused: it has run out, or there are not so many days left. What was granted counts, of any 重办."""
    if clock.due_at <= now:
        raise MoveRefused(f"工单 {case.number} 的{clock.name}时限 {_at(clock.due_at)} 已经过了；延期要在到期以前")
    records = records_of(connection, case.number, RecordKind.EXTENSION)
    left = limit.most - sum(one.detail["count"] for one in records if one.detail.get("granted_at"))
    if not 1 <= count <= left:
        most = f"一共最多延 {counted(limit.most, limit.unit)}，还可以延 {counted(left, limit.unit)}"
        raise MoveRefused(f"工单 {case.number} 不能再延 {counted(count, limit.unit)}；{most}")


def may_suspend(connection: Connection, rules: Rules, case: Case, until: datetime, now: datetime) -> None:
    """Raises MoveRefused: not to such a date, it is suspended, or there is no clock that may stop."""
    most = rules.time_rules.suspend_most
    if not now < until <= now + most:
        raise MoveRefused(f"不能挂起到 {_at(until)}；请写现在以后、{most.days} 天以内的时间")
    if suspended_until(granted(records_of(connection, case.number)), now):
        raise MoveRefused(f"工单 {case.number} 已经挂起；要改时间先恢复：zhitong case resume")
    if not stopping(connection, rules, case, now):
        raise MoveRefused(f"工单 {case.number} 没有可以停的时限：要么办法里不许停，要么已经过了")


def stopping(connection: Connection, rules: Rules, case: Case, now: datetime) -> list[SlaClock]:
    """The clocks that would stand still: they run, may stop and have not run out."""
    return [clock for clock, rule in running(connection, rules, case) if rule.stops and clock.due_at > now]


def running(connection: Connection, rules: Rules, case: Case) -> list[tuple[SlaClock, ClockRule]]:
    """The clocks of the case that still matter, each with its rule. Raises BadPolicy."""
    found = [clock for clock in clocks_of(connection, case.number) if runs(clock, case)]
    return [(clock, rules.terms(case, clock)[1]) for clock in found]


def open_request(connection: Connection, number: str) -> CaseRecord | None:
    """What was asked for this case and is not answered yet."""
    asked = (one for one in records_of(connection, number) if one.kind in SHIFTS and one.closed_at is None)
    return next((one for one in asked if not one.detail.get("granted_at")), None)


def drop_requests(connection: Connection, number: str, *, now: datetime, why: str) -> None:
    """What was asked for, or runs, is over with the case's clocks: 重办 begins without it."""
    for record in records_of(connection, number):
        if record.kind in SHIFTS:
            close_record(connection, record.id, at=now, by="系统", outcome=why)


def _asking(connection: Connection, number: str, by: Actor) -> Case:
    case = to_move(connection, number, by, Action.ASK_TIME)
    if case.state not in OPEN:
        raise MoveRefused(f"工单 {number} 在“{case.state}”，没有时限可改了")
    if (asked := open_request(connection, number)) is not None:
        raise MoveRefused(f"工单 {number} 已经申请{asked.kind}，等{asked.owner}答复以后再说")
    return case


def _extendable(connection: Connection, rules: Rules, case: Case) -> tuple[SlaClock, Limit]:
    for clock, rule in running(connection, rules, case):
        if rule.extension is not None:
            return clock, rule.extension
    raise MoveRefused(f"工单 {case.number} 没有可以延期的时限")


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m月%d日 %H:%M}"

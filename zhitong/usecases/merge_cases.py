"""并单: two cases are one matter. Proposed by look_alike, merged by a person; both citizens are called back."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case, CaseEvent, CaseState
from cases.record import LEFT_OPEN, PARTED, TOGETHER, CaseRecord, RecordKind
from cases.roles import Action, Actor
from routing.calendar import LOCAL
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, merge_of, merged_with
from zhitong.store.cases import clocks_of, get_case, meet_clock
from zhitong.store.engine import writing
from zhitong.store.records import record_incident
from zhitong.store.together import share_accused
from zhitong.usecases.accused_people import not_with_its_unit
from zhitong.usecases.ask_time import open_request
from zhitong.usecases.await_callback import await_callback
from zhitong.usecases.look_alike import seen_to
from zhitong.usecases.moving import move, reasoned, tell, to_move
from zhitong.usecases.must_tell import Incomplete, filled_in
from zhitong.usecases.reckon_clocks import (
    closing_clock,
    dues_together,
    parted,
    reckon_clocks,
    to_be_told,
    warn_again,
)
from zhitong.usecases.rules import Rules


def merge_cases(engine: Engine, rules: Rules, *, number: str, into: str, by: Actor, reason: str, now: datetime) -> Case:
    """The case is answered together with another one from now on: by its dates, with its sentence, and a callback of
    its own. What has run out by now stays so; no clock's start moves, and none of the other case's dates. Its citizen
    is told when that one is due, if that is another date.

    Raises MoveRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    reason = reasoned(reason, "并单")
    if number == into:
        raise MoveRefused("不能把工单并进它自己；请写两个编号")
    with writing(engine) as connection:
        cases = {one: to_move(connection, one, by, Action.MERGE) for one in sorted((number, into))}
        for one in cases.values():
            if one.state not in OPEN:
                raise MoveRefused(f"工单 {one.number} 在“{one.state}”，不能并单")
        if merged_with(connection, number):
            raise MoveRefused(f"别的工单已经并进 {number}；请把 {into} 并进它")
        dues = dues_together(connection, cases[into], now=now)
        add_record(
            connection,
            case_number=number,
            kind=RecordKind.MERGE,
            owner=into,
            text=reason,
            at=now,
            by=by.name,
            detail={"into": into, "round": cases[number].rework, "dues": dues},
        )
        share_accused(connection, [number])  # who is complained of in one part sees none
        cases = {one: get_case(connection, one) for one in cases}
        not_with_its_unit(connection, cases[number], now=now)
        if (asked := open_request(connection, number)) is not None:
            close_record(connection, asked.id, at=now, by="系统", outcome=f"并入 {into}，时限跟着它")
        text = f"并入 {into}，一起答复{_by_its_dates(connection, rules, cases[number], cases[into], now)}"
        tell(connection, number, RecordKind.MERGE, at=now, text=text, who=by.name, reason=reason)
        tell(connection, into, RecordKind.MERGE, at=now, text=f"{number} 并进来，一起答复", who=by.name, reason=reason)
        seen_to(connection, number, by=by.name, now=now, outcome=f"并入 {into}")
        return cases[number]


def _by_its_dates(connection: Connection, rules: Rules, case: Case, main: Case, now: datetime) -> str:
    """The case goes by the dates of the main one; returns what is to be told of it on its timeline."""
    late = [
        f"{clock.name}时限 {_at(clock.due_at)} 已经过了，仍算过了"
        for clock in clocks_of(connection, case.number)
        if clock.round == case.rework and clock.met_at is None and clock.due_at <= now
    ]
    if main.state is not CaseState.ACCEPTED:
        meet_clock(connection, case.number, "assign", round=case.rework, at=now)
    before, its = closing_clock(connection, case), closing_clock(connection, main)
    reckon_clocks(connection, rules, case)
    if before is None or its is None:
        return ""
    told = [f"办结时限跟着它，{_at(before.due_at)} 改到 {_at(its.due_at)}，从什么时候算起不变", *late]
    if its.due_at != before.due_at and its.due_at > now:
        text = f"并单后一起答复，{its.name}改到 {_at(its.due_at)}"
        to_be_told(connection, rules, case, [(before, its)], text, now=now, together=main.number)
    return "；" + "；".join(told)


def split_case(engine: Engine, rules: Rules, *, number: str, by: Actor, reason: str, now: datetime) -> Case:
    """The case is one of its own after all, and due when it was; its citizen is told, if that is another date.

    Raises MoveRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    reason = reasoned(reason, "分开")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.MERGE, merged=True)
        record = merge_of(connection, number)
        if record is None:
            raise MoveRefused(f"工单 {number} 没有并入别的工单")
        close_record(connection, record.id, at=now, by=by.name, outcome=f"{PARTED}{reason}")
        was_told = parted(connection, number, now=now)
        its = closing_clock(connection, get_case(connection, record.owner))
        reckon_clocks(connection, rules, case)
        warn_again(connection, rules, case)
        text, own = f"和 {record.owner} 分开", closing_clock(connection, case)
        if own is not None and its is not None and own.due_at != its.due_at:
            text += f"，办结时限又按自己的：{_at(own.due_at)}"
        if was_told and own is not None and its is not None and own.due_at != its.due_at:
            past = "已经过了，请向群众说明" if own.due_at <= now else ""
            told = f"单独答复，{own.name}改到 {_at(own.due_at)}{past}"
            to_be_told(connection, rules, case, [(its, own)], told, now=now)
        tell(connection, number, RecordKind.MERGE, at=now, text=text, who=by.name, reason=reason)
        return case


def close_merged(
    connection: Connection, rules: Rules, case: Case, *, by: str, now: datetime, must: tuple[str, ...] | None = None
) -> None:
    """Closes what is answered together with a case that is over now: the same sentence, a callback for each.

    must: what each must tell (必填项; None: as for any closing). What is known from this case is filled in; one that
    lacks something all the same stays open, alone, and people are told what.
    """
    must = rules.mandatory.close if must is None else must
    known = {"type": case.type, "matter": case.matter, "matter_name": case.matter_name, "unit": case.unit}
    known |= {"place": case.place, "demand": f"和工单 {case.number} 是同一件事"}
    for record in merged_with(connection, case.number):
        other = get_case(connection, record.case_number, to_change=True)
        if other.state in OPEN:
            try:
                other = filled_in(connection, other, must, known, by=by, at=now)
            except Incomplete as error:
                _leave_open(connection, rules, record, other, case, error.lacks, by=by, now=now)
                continue
        close_record(connection, record.id, at=now, by=by, outcome=TOGETHER)
        if other.state not in OPEN:
            continue
        due = await_callback(connection, rules, other, now)
        move(
            connection,
            other,
            CaseEvent.MERGED,
            by=by,
            at=now,
            text=f"随 {case.number} 办结（{case.disposition}）：{case.result}；{due}",
            reason="并单",
            result=case.result,
            disposition=case.disposition,
            closed_by=by,
        )


def _leave_open(
    connection: Connection,
    rules: Rules,
    record: CaseRecord,
    other: Case,
    case: Case,
    lacks: tuple[str, ...],
    *,
    by: str,
    now: datetime,
) -> None:
    """It is a case of its own again, by the date that its citizen was told last."""
    why = f"还没有写{'、'.join(lacks)}"
    close_record(connection, record.id, at=now, by=by, outcome=f"{LEFT_OPEN}{why}")
    warn_again(connection, rules, other)
    text = f"{case.number} 办结（{case.disposition}）：{case.result}；这一件{why}，没有一起办结，补上以后单独办结"
    tell(connection, other.number, RecordKind.MERGE, at=now, text=text, who=by)
    told = f"工单 {other.number}：并入的 {case.number} 办结了，这一件{why}，没有一起办结，群众还在等；请补上后办结"
    record_incident(connection, at=now, kind="merge", mark=f"merge-open:{record.id}", text=told)


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m月%d日 %H:%M}"

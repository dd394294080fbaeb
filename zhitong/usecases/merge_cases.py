"""并单: two cases are one matter. Proposed by the program, merged by a person; both citizens are called back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.accused import kept_with, keys_in
from cases.case import OPEN, Case, CaseEvent
from cases.duplicates import NEAR, Likeness, alike
from cases.record import PARTED, RecordKind
from cases.roles import Action, Actor, may, permit
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, merged_into, merged_with
from zhitong.store.cases import find_alike, get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.usecases.await_callback import await_callback
from zhitong.usecases.looking import looked, shown
from zhitong.usecases.moving import move, reasoned, tell, to_move
from zhitong.usecases.reckon_clocks import parted
from zhitong.usecases.rules import Rules


def propose_merges(engine: Engine, *, number: str, by: Actor, now: datetime) -> list[Likeness]:
    """Open cases that may be the same matter, the likest first, of those that he may see; numbers masked.

    That he looked is recorded. Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.MERGE)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.MERGE, case)
        looked(connection, by, number, what="找相同的", now=now)
    with reading(engine) as connection:  # all that is open: no call waits for that
        others = find_alike(connection, case, since=case.answered_at - NEAR, until=case.answered_at + NEAR)
        his = [one for one in others if may(by, Action.MERGE, one) and may(by, Action.HEAR, one)]
    return [replace(one, case=shown(one.case, by)) for one in alike(case, his)]


def merge_cases(engine: Engine, *, number: str, into: str, by: Actor, reason: str, now: datetime) -> Case:
    """The case is answered together with another one from now on: with its sentence, and a callback of its own.

    Its clocks go on as they are. Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
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
        add_record(
            connection,
            case_number=number,
            kind=RecordKind.MERGE,
            owner=into,
            text=reason,
            at=now,
            by=by.name,
            detail={"into": into},
        )
        # Of what is answered together, who is complained of in one part sees none.
        both = kept_with(cases[into].accused, keys_in(cases[number].accused))
        update_cases(connection, [replace(one, accused=both) for one in cases.values() if one.accused != both])
        tell(connection, number, RecordKind.MERGE, at=now, text=f"并入 {into}，一起答复", who=by.name, reason=reason)
        tell(connection, into, RecordKind.MERGE, at=now, text=f"{number} 并进来，一起答复", who=by.name, reason=reason)
        return cases[number]


def split_case(engine: Engine, *, number: str, by: Actor, reason: str, now: datetime) -> Case:
    """The case is one of its own after all. Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone."""
    reason = reasoned(reason, "分开")
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.MERGE, merged=True)
        into = merged_into(connection, number)
        if not into:
            raise MoveRefused(f"工单 {number} 没有并入别的工单")
        for record in merged_with(connection, into):
            if record.case_number == number:
                close_record(connection, record.id, at=now, by=by.name, outcome=f"{PARTED}{reason}")
        parted(connection, number, now=now)
        tell(connection, number, RecordKind.MERGE, at=now, text=f"和 {into} 分开", who=by.name, reason=reason)
        return case


def close_merged(connection: Connection, rules: Rules, case: Case, *, by: str, now: datetime) -> None:
    """Closes what is answered together with a case that is over now: the same sentence, a callback for each."""
    for record in merged_with(connection, case.number):
        other = get_case(connection, record.case_number, to_change=True)
        close_record(connection, record.id, at=now, by=by, outcome="一起办结")
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

"""分流: a case goes one of four ways, and what belongs to that way is done with it (威信)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, barred, is_accused, permit
from cases.triage import Way
from routing.calendar import LOCAL
from routing.directory import Directory
from zhitong.errors import MoveRefused
from zhitong.store.case_records import change_record, get_record
from zhitong.store.cases import get_case
from zhitong.store.engine import writing
from zhitong.usecases.assign_case import lead_case
from zhitong.usecases.close_case import check_result, settle
from zhitong.usecases.emergency import declare, open_one
from zhitong.usecases.keep_record import LONGEST_OWNER, add_told
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.moving import reasoned, tell, to_move, unreadable
from zhitong.usecases.rules import Rules
from zhitong.usecases.ways import set_way

MOST_STEPS = 20
LONGEST_STEP = 100


def triage_case(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    way: Way,
    reason: str,
    by: Actor,
    now: datetime,
    directory: Directory,
    result: str = "",
    owner: str = "",
    until: datetime | None = None,
    steps: Sequence[str] = (),
) -> Case:
    """Sends a case that is worked on one of the four ways, from another one, too; the case as it stands then.

    即访即解 closes it on the spot with `result`; 突发应急 opens 应急; 难事上报 gives it to a leader; 长远帮扶 opens a
    plan with owner, date and steps, and no clock stops for it. Each asks besides for what it does.
    Raises MoveRefused, ResultRefused, NotPermitted, CaseNotFound, BadPolicy, DatabaseGone.
    """
    permit(by, Action.TRIAGE)
    reason = reasoned(reason, "分流")
    owner, steps = _checked(way, result, owner, until, steps, now)
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.TRIAGE)
        if case.state not in OPEN:
            raise MoveRefused(f"工单 {number} 在“{case.state}”，不用再分流")
        match way:
            case Way.SETTLE:
                case = settle(connection, rules, number=number, result=result, by=by, now=now, reason=reason)
            case Way.EMERGENCY:
                permit(by, Action.EMERGENCY, case)
                if not open_one(connection, number):
                    declare(connection, rules, case, why=reason, by=by.name, now=now, directory=directory)
            case Way.ESCALATE:
                leader = leader_of(case, case.unit, directory)
                lead_case(connection, case, leader=leader, why=f"难事上报：{reason}"[:500], by=by.name, now=now)
            case Way.PLAN:
                if is_accused(case, owner):
                    raise MoveRefused(f"工单 {number} 反映的就是{owner}，帮扶不能归他；请写别人")
                add_told(
                    connection,
                    number,
                    RecordKind.PLAN,
                    owner=owner,
                    text=reason,
                    by=by.name,
                    now=now,
                    due_at=until,
                    detail={"steps": [{"text": step, "done": ""} for step in steps]},
                )
        set_way(connection, number, way, by=by.name, now=now, reason=reason)
        return case


def do_step(engine: Engine, id: int, *, step: int, outcome: str, by: Actor, now: datetime) -> CaseRecord:
    """A step of 长远帮扶 is done; step: from 1. By whose it is, or who may end a record.

    Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE)
    outcome = reasoned(outcome, "这一步的结果")
    with writing(engine) as connection:
        record, case = _plan(connection, id, by)
        if record.owner not in (by.name, *by.units):
            permit(by, Action.CONCLUDE, case)
        steps = [dict(one) for one in record.detail.get("steps", ())]
        if not 1 <= step <= len(steps):
            raise MoveRefused(f"记录 {id} 没有第 {step} 步；一共 {len(steps)} 步")
        if steps[step - 1]["done"]:
            raise MoveRefused(f"记录 {id} 的第 {step} 步已经办了：{steps[step - 1]['done']}")
        told = f"{outcome}（{by.name}，{now.astimezone(LOCAL):%m月%d日}）"
        steps[step - 1] |= {"done": told}
        change_record(connection, id, detail={**record.detail, "steps": steps})
        text = f"第 {step} 步：{steps[step - 1]['text']}，{outcome}"
        tell(connection, case.number, RecordKind.PLAN, at=now, text=text, who=by.name)
        found = get_record(connection, id)
        assert found is not None
        return found


def _plan(connection: Connection, id: int, by: Actor) -> tuple[CaseRecord, Case]:
    record = get_record(connection, id)
    case = get_case(connection, record.case_number, to_change=True) if record else None
    if record is None or case is None or record.kind is not RecordKind.PLAN or barred(by, case):
        raise MoveRefused(f"没有编号 {id} 的长远帮扶；看 zhitong case records 工单编号")
    permit(by, Action.SEE, case)
    if record.closed_at is not None:
        raise MoveRefused(f"编号 {id} 的长远帮扶已经了结：{record.outcome}")
    return record, case


def _checked(
    way: Way, result: str, owner: str, until: datetime | None, steps: Sequence[str], now: datetime
) -> tuple[str, list[str]]:
    owner, steps, faults = " ".join(owner.split()), [" ".join(step.split()) for step in steps], []
    if way is Way.SETTLE:
        if not result.strip():
            faults.append("即访即解要写给群众的一句话（--result）")
        else:
            check_result(result)
    elif result:
        faults.append(f"{way}还没有办完，不写给群众的话（--result）")
    if way is Way.PLAN:
        if not owner or len(owner) > LONGEST_OWNER or unreadable(owner):
            faults.append(f"长远帮扶要写归谁（--owner，单位或人，最多 {LONGEST_OWNER} 个字）")
        if until is None or until <= now:
            faults.append("长远帮扶要写到哪一天（--until，以后的时间）")
        if not 1 <= len(steps) <= MOST_STEPS:
            faults.append(f"长远帮扶要写分哪几步（--step，1 到 {MOST_STEPS} 步）")
        if any(not step or len(step) > LONGEST_STEP or unreadable(step) for step in steps):
            faults.append(f"每一步写 1 到 {LONGEST_STEP} 个字")
    elif owner or until or steps:
        faults.append(f"归谁、到哪一天、分哪几步只有长远帮扶才写，{way}不写")
    if faults:
        raise MoveRefused("；".join(faults))
    return owner, steps

"""没有联系方式: who left no number to call is struck off once a second person has looked, and counted apart."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import TO_TELL, Case, CaseEvent, CaseState
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, NotPermitted
from routing.phone import dialled_back
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, records_of
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import writing
from zhitong.usecases.await_person import KIND, stands_outside
from zhitong.usecases.keep_record import end_with_case
from zhitong.usecases.moving import move, reasoned, tell, to_move
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import perhaps_himself


def no_contact(engine: Engine, rules: Rules, *, number: str, by: Actor, reason: str, now: datetime) -> Case:
    """Says that nobody can be called back, and why: what was looked for, and where. Somebody else reviews it.

    Raises MoveRefused while there is a number, NotPermitted, CaseNotFound, DatabaseGone.
    """
    reason = reasoned(reason, "没有联系方式")
    with writing(engine) as connection:
        case = _unreachable(connection, rules, number, by)
        if _open(connection, number) is not None:
            raise MoveRefused(f"工单 {number} 已经有人写了没有联系方式，请别的人复核")
        add_record(
            connection, case_number=number, kind=RecordKind.NO_CONTACT, owner="复核", text=reason, at=now, by=by.name
        )
        tell(connection, number, "回访", at=now, text="没有联系方式，等别的人复核", who=by.name, reason=reason)
        return case


def review_no_contact(
    engine: Engine, rules: Rules, *, number: str, by: Actor, agrees: bool, reason: str, now: datetime
) -> Case:
    """Somebody else agrees, and the case is struck off; or knows better, and it goes on waiting for a person.

    Raises MoveRefused, NotPermitted, CaseNotFound, DatabaseGone.
    """
    reason = reasoned(reason, "复核")
    with writing(engine) as connection:
        case = _unreachable(connection, rules, number, by)
        record = _open(connection, number)
        if record is None:
            raise MoveRefused(f"工单 {number} 还没有人写没有联系方式；先用 zhitong case no-contact")
        if perhaps_himself(connection, record.opened_by, by, rules.whose):
            raise MoveRefused("是您写的，要别的人复核")
        close_record(connection, record.id, at=now, by=by.name, outcome="同意" if agrees else reason)
        if not agrees:
            tell(connection, number, "回访", at=now, text="没有联系方式，复核不同意", who=by.name, reason=reason)
            return case
        waiting = [task.id for task in open_tasks(connection, case_number=number) if task.kind in ("callback", KIND)]
        finish(connection, waiting, at=now, outcome=CaseEvent.NO_CONTACT.value)
        end_with_case(connection, number, now=now)
        text = f"没有联系方式（{record.opened_by}写，{by.name}复核），销号（没有问到，不算满意）"
        return move(
            connection, case, CaseEvent.NO_CONTACT, by=by.name, at=now, text=text, reason=reason, concluded_by=by.name
        )


def _unreachable(connection: Connection, rules: Rules, number: str, by: Actor) -> Case:
    case = to_move(connection, number, by, Action.CALLED_BACK)
    if not stands_outside(connection, by, case, rules.whose):
        raise NotPermitted(f"{by.name}是承办单位的，或者经手过工单 {number}（连同并单的）；请别的人来")
    if case.state not in TO_TELL or case.state is CaseState.CALLBACK:
        raise MoveRefused(f"工单 {number} 在“{case.state}”，还不到回访的时候")
    if dialled_back(case.number_to_call, rules.area_code):
        raise MoveRefused(f"工单 {number} 有能打的号码；请回访，打不通的记 zhitong case called-back")
    return case


def _open(connection: Connection, number: str) -> CaseRecord | None:
    records = records_of(connection, number, RecordKind.NO_CONTACT)
    return next((record for record in records if record.closed_at is None), None)

"""办结 leads to a callback: what every closing of a case brings with it."""

from datetime import datetime

from sqlalchemy import Connection

from cases.callback import callback_due
from cases.case import Case
from cases.record import RecordKind
from routing.calendar import LOCAL
from zhitong.store.case_records import close_record, records_of
from zhitong.store.cases import meet_clock
from zhitong.store.due import PROMISED, finish, open_tasks, put_due
from zhitong.usecases.ask_time import drop_requests
from zhitong.usecases.await_person import ask_person, why_by_person
from zhitong.usecases.confirm_case import no_more_to_confirm
from zhitong.usecases.reckon_clocks import citizen_was_told
from zhitong.usecases.rules import Rules


def await_callback(connection: Connection, rules: Rules, case: Case, now: datetime) -> str:
    """What follows from closing: its clock is met, only the callback rings, nobody is asked to take the case over.

    What is closed before a unit had it (当场办结, 不予受理, 并单) waits for no 交办 any more, either.

    Returns from when the citizen is called back, as it is told.
    """
    for code in ("assign", "close"):
        meet_clock(connection, case.number, code, round=case.rework, at=now)
    promised = [task.id for task in open_tasks(connection, case_number=case.number) if task.kind in PROMISED]
    finish(connection, promised, at=now, outcome="已经办结，由回访告知")
    for request in records_of(connection, case.number, RecordKind.HAND_OVER):
        close_record(connection, request.id, at=now, by="系统", outcome="已经办结")
    drop_requests(connection, case.number, now=now, why="已经办结")
    citizen_was_told(connection, case.number, now=now, outcome="已经办结，由回访告知")
    doubt = no_more_to_confirm(connection, case, at=now)
    if why := why_by_person(case):
        ask_person(connection, case, at=now, why=why)
        return f"由人回访{doubt}"
    due_at = callback_due(now, rules.callback, case.wish)
    row = {"kind": "callback", "mark": f"callback:{case.number}:{case.rework}", "case_number": case.number}
    put_due(connection, [row | {"call_id": "", "due_at": due_at}])
    return f"{due_at.astimezone(LOCAL):%m月%d日 %H:%M} 起回访{doubt}"

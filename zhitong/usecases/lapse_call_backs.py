"""An official said that he calls back, and has not: people are told, and the system rings the citizen."""

from datetime import datetime

from sqlalchemy import Connection, Engine

from routing.calendar import LOCAL
from zhitong.store.cases import get_case, is_calling
from zhitong.store.due import DueTask, finish, put_due, put_off
from zhitong.store.engine import writing
from zhitong.store.facts import facts_of
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.store.tries import tried_by_officials
from zhitong.usecases.call_record import read_call
from zhitong.usecases.known_by import known_by
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

KIND = "official_callback"


def lapse_call_backs(engine: Engine, rules: Rules, *, now: datetime) -> None:
    """See to the promises of officials that are due; one that was kept is over already. Raises DatabaseGone."""
    for task in take_due(engine, now=now, kinds=(KIND,)):
        with writing(engine) as connection:
            _lapse(connection, rules, task, now)


def who_calls_back(connection: Connection, task: DueTask) -> str:
    """Post and name of the official whose promise this is, as the ladder of that call had it."""
    facts = facts_of(connection, [task.call_id], kinds=("planned", "call_back")).get(task.call_id, ())
    return read_call(facts).call_back_by or "值班领导"


def _lapse(connection: Connection, rules: Rules, task: DueTask, now: datetime) -> None:
    case = get_case(connection, task.case_number or "")
    if is_calling(connection, case, known_by(case, rules.area_code)):  # perhaps in that very talk
        put_off(connection, task.id, until=now + rules.redial.first_after, claimed=False)
        return
    promised = f"{(task.promised_at or now).astimezone(LOCAL):%H:%M}"
    how = "打了，群众没有接" if tried_by_officials(connection, case.number) else "没有打"
    text = f"{who_calls_back(connection, task)}说 {promised} 以前给群众回电，{how}；由系统回拨"
    mark = f"{KIND}:{task.id}"
    record_incident(connection, at=now, kind=KIND, mark=mark, text=f"工单 {case.number}：{text}")
    row = {"case_number": case.number, "mark": mark, "at": now, "what": "领导回电", "text": text}
    add_to_timeline(connection, [row])
    redial = {"kind": "redial", "mark": f"redial:{task.call_id}", "case_number": case.number, "call_id": task.call_id}
    put_due(connection, [redial | {"due_at": now, "promised_at": task.promised_at}])
    finish(connection, [task.id], at=now, outcome=how)

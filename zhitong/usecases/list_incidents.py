"""What people must see to: promised calls, dates that citizens are to be told, requests that wait for a leader, then
what the system could not, may not, or did not manage.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.shift import SHIFTS
from routing.calendar import LOCAL
from zhitong.store.case_records import open_records
from zhitong.store.due import open_tasks
from zhitong.store.engine import writing
from zhitong.store.records import newest_incidents, record_access
from zhitong.usecases.await_person import KIND as PERSON
from zhitong.usecases.lapse_call_backs import KIND, who_calls_back
from zhitong.usecases.reckon_clocks import TELL


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One such thing. text: Chinese; names the case where there is one, never a whole number."""

    at: datetime
    text: str
    id: int | None = None
    """By which it is ended; what has none ends by what is done about its case."""


def list_incidents(engine: Engine, *, who: str, now: datetime, limit: int = 50) -> list[Incident]:
    """What is open, each kind's oldest first; then the newest incidents.

    That `who` looked is recorded. Raises DatabaseGone.
    """
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="待处理", unmasked=False)
        promised = [
            Incident(
                at=task.due_at,
                text=f"工单 {task.case_number}：{who_calls_back(connection, task)}说 "
                f"{(task.promised_at or task.due_at).astimezone(LOCAL):%H:%M} 以前给群众回电",
            )
            for task in open_tasks(connection, kind=KIND)[:limit]
        ]
        to_tell = [
            Incident(
                at=task.due_at,
                text=f"工单 {task.case_number}：{task.detail['text']}，请在 {_at(task.promised_at or task.due_at)} 以前"
                f"告诉群众，再记 zhitong case progress {task.case_number} 告知了时限 --told",
            )
            for task in open_tasks(connection, kind=TELL)[:limit]
        ]
        asked = [
            Incident(
                at=record.opened_at,
                text=f"工单 {record.case_number}：申请{record.kind}，{_at(record.due_at or record.opened_at)} 以前"
                f"请{record.owner}答复：zhitong case grant（或 deny）{record.case_number}",
            )
            for record in open_records(connection, SHIFTS, limit)
            if not record.detail.get("granted_at")
        ]
        to_call = [
            Incident(
                at=task.due_at,
                text=f"工单 {task.case_number}：{task.detail.get('why', '')}，请人回访；"
                f"问到的用 zhitong case called-back {task.case_number} 记下",
            )
            for task in open_tasks(connection, kind=PERSON)[:limit]
        ]
        return [
            *promised,
            *to_call,
            *to_tell,
            *asked,
            *(Incident(at=row.at, text=row.text, id=row.id) for row in newest_incidents(connection, limit)),
        ]


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m月%d日 %H:%M}"

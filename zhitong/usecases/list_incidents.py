"""What people must see to: what officials have promised, then what the system could not, may not, or did not manage."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from routing.calendar import LOCAL
from zhitong.store.due import open_tasks
from zhitong.store.engine import writing
from zhitong.store.records import newest_incidents, record_access
from zhitong.usecases.lapse_call_backs import KIND, who_calls_back


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One such thing. text: Chinese; names the case where there is one, never a whole number."""

    at: datetime
    text: str


def list_incidents(engine: Engine, *, who: str, now: datetime, limit: int = 50) -> list[Incident]:
    """Promised calls that are not made yet, the next one first; then the newest incidents. Raises DatabaseGone.

    That `who` looked is recorded.
    """
    with writing(engine) as connection:
        record_access(connection, at=now, who=who, case_number=None, what="待处理", unmasked=False)
        promised = [
            Incident(
                at=task.due_at,
                text=f"工单 {task.case_number}：{who_calls_back(connection, task)}说 "
                f"{(task.promised_at or task.due_at).astimezone(LOCAL):%H:%M} 以前给群众回电",
            )
            for task in open_tasks(connection, kind=KIND)
        ]
        return [*promised, *(Incident(at=row.at, text=row.text) for row in newest_incidents(connection, limit))]

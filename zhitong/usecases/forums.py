"""板凳会: where officials sit down with people, and the cases that they take home from there (万源)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.intake import Meeting
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, permit
from zhitong.store.case_records import add_record
from zhitong.store.cases import get_cases
from zhitong.store.due import DueTask, open_tasks, put_due, withdraw
from zhitong.store.engine import writing
from zhitong.store.record_cases import link_cases, links_of, records_with_subject
from zhitong.usecases.looking import looked, may_list
from zhitong.usecases.moving import tell

KIND = "forum"
"""The task of a meeting that is written down and waits for its first case, which takes its place; nothing is due."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forum:
    """A 板凳会. shown: the numbers of those of its cases that may stand in a list for who looks.

    record: without a number (0) and a case while it has brought none yet.
    """

    record: CaseRecord
    gathered: int
    over: int
    shown: tuple[str, ...]


def note_forum(engine: Engine, meeting: Meeting, *, by: Actor, now: datetime) -> bool:
    """Writes down that people sat together, whether or not anybody asked for anything; False when that is known.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.INTAKE)
    with writing(engine) as connection:
        looked(connection, by, None, what="记板凳会", now=now)
        if _known(connection, meeting) or _waiting(connection, meeting):
            return False
        told = {"place": meeting.place, "held_by": meeting.held_by, "by": by.name, "at": now.isoformat()}
        row = {"kind": KIND, "mark": _mark(meeting.subject), "case_number": None, "call_id": "", "due_at": now}
        put_due(connection, [row | {"detail": told | {"subject": meeting.subject}}])
        return True


def gather(connection: Connection, case: Case, meeting: Meeting, *, by: Actor, now: datetime) -> None:
    """The case belongs to this meeting, which is written down with its first one."""
    record = _known(connection, meeting) or _new(connection, case, meeting, by, now)
    withdraw(connection, _mark(meeting.subject), at=now, outcome="有工单了")
    link_cases(connection, record, [case.number], at=now, by=by.name)
    text = f"{meeting.day:%Y-%m-%d} 在{meeting.place}的板凳会上收的，{meeting.held_by}主持"
    tell(connection, case.number, RecordKind.FORUM, at=now, text=text, who=by.name)


def list_forums(engine: Engine, *, by: Actor, since: date, until: date, now: datetime, limit: int = 200) -> list[Forum]:
    """The meetings of the days [since, until), the latest first; that he looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.REPORT)
    with writing(engine) as connection:
        looked(connection, by, None, what="板凳会", now=now)
        every = records_with_subject(connection, RecordKind.FORUM.value, open_only=False, limit=10 * limit)
        without = [_without_case(task) for task in open_tasks(connection, kind=KIND)]
        there = {one.subject for one in every}
        found = sorted(
            [*every, *(one for one in without if one.subject not in there)], key=lambda one: one.subject, reverse=True
        )
        these = [one for one in found if f"{since:%Y-%m-%d}" <= one.subject < f"{until:%Y-%m-%d}"][:limit]
        return [_forum(connection, one, by) for one in these]


def _mark(subject: str) -> str:
    return f"{KIND}:{subject}"


def _waiting(connection: Connection, meeting: Meeting) -> bool:
    return any(task.detail["subject"] == meeting.subject for task in open_tasks(connection, kind=KIND))


def _without_case(task: DueTask) -> CaseRecord:
    """A meeting that waits for its first case, as its record will be."""
    detail = task.detail
    return CaseRecord(
        id=0,
        case_number="",
        kind=RecordKind.FORUM,
        owner=detail["held_by"],
        text=f"{detail['subject'][:10]} {detail['place']}",
        opened_at=datetime.fromisoformat(detail["at"]),
        opened_by=detail["by"],
        subject=detail["subject"],
    )


def _forum(connection: Connection, record: CaseRecord, by: Actor) -> Forum:
    links = links_of(connection, record.id) if record.id else []
    cases = get_cases(connection, [link.case_number for link in links])
    return Forum(
        record=record,
        gathered=len(cases),
        over=sum(case.state not in OPEN for case in cases.values()),
        shown=tuple(sorted(number for number, case in cases.items() if may_list(case, by))),
    )


def _known(connection: Connection, meeting: Meeting) -> int | None:
    kind, subjects = RecordKind.FORUM.value, [meeting.subject]
    found = records_with_subject(connection, kind, subjects=subjects, open_only=False, limit=1)
    return found[0].id if found else None


def _new(connection: Connection, case: Case, meeting: Meeting, by: Actor, now: datetime) -> int:
    return add_record(
        connection,
        case_number=case.number,
        kind=RecordKind.FORUM,
        owner=meeting.held_by,
        text=f"{meeting.day:%Y-%m-%d} {meeting.place}",
        at=now,
        by=by.name,
        subject=meeting.subject,
    )

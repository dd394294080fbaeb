"""A case with all that belongs to it, for somebody who may see it; that they looked is recorded."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.sla import SlaClock
from routing.phone import mask
from zhitong.store.cases import calls_of_case, clocks_of, get_case
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import writing
from zhitong.store.facts import facts_of
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.store.records import record_access
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of
from zhitong.usecases.replay_call import tell_call


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineEntry:
    """One line of a case's timeline (留痕)."""

    at: datetime
    what: str
    text: str
    who: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackAnswers:
    """One callback that was dialled. answered: picked up. Answers are empty where none was given."""

    dialled_at: datetime
    answered: bool
    person: str
    solved: str
    satisfied: str
    why: str
    outcome: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A case as it is shown. traces: call id → its replay. Numbers are masked unless asked otherwise."""

    case: Case
    clocks: tuple[SlaClock, ...]
    timeline: tuple[TimelineEntry, ...]
    recordings: tuple[RecordingRow, ...]
    callbacks: tuple[CallbackAnswers, ...]
    tasks: tuple[DueTask, ...]
    traces: dict[str, list[str]]


def show_case(engine: Engine, *, number: str, who: str, now: datetime, unmasked: bool = False) -> CaseView:
    """The case, and a record that `who` looked at it. Raises CaseNotFound, DatabaseGone."""
    shown: Callable[[str], str] = str if unmasked else mask
    with writing(engine) as connection:
        case = get_case(connection, number)
        record_access(connection, at=now, who=who, case_number=number, what="查看", unmasked=unmasked)
        calls = [row.call_id for row in calls_of_case(connection, number)]
        traces = facts_of(connection, calls)
        return CaseView(
            case=replace(case, caller=shown(case.caller), contact=case.contact and shown(case.contact)),
            clocks=tuple(clocks_of(connection, number)),
            timeline=tuple(
                TimelineEntry(at=row.at, what=row.what, text=row.text, who=row.who, reason=row.reason)
                for row in timeline_of(connection, number)
            ),
            recordings=tuple(recordings_of_case(connection, number)),
            callbacks=tuple(
                CallbackAnswers(
                    dialled_at=row.dialled_at,
                    answered=row.answered,
                    person=row.person,
                    solved=row.solved,
                    satisfied=row.satisfied,
                    why=row.why,
                    outcome=row.outcome,
                )
                for row in callbacks_of(connection, [number])
            ),
            tasks=tuple(tasks_of(connection, number)),
            traces={call_id: tell_call(traces[call_id], number=shown) for call_id in calls if call_id in traces},
        )

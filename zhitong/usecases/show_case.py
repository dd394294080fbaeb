"""A case with all that belongs to it, for somebody who may see it; that they looked is recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.accused import names_in
from cases.case import Case
from cases.record import CaseRecord, RecordKind
from cases.roles import Action, Actor, may
from cases.sla import SlaClock
from routing.phone import dialled_back, mask
from zhitong.store.attachments import AttachmentRow, attachments_of
from zhitong.store.case_records import records_of
from zhitong.store.cases import calls_of_case, clocks_of
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import writing
from zhitong.store.facts import facts_of
from zhitong.store.people import flags_of
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.store.tags import tags_of
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of
from zhitong.usecases.attachments import in_order
from zhitong.usecases.looking import shown, to_look, without_numbers
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
    """A case as it is shown. traces: call id → its replay. Numbers are masked unless asked otherwise.

    Of what is not his to hear there are no recordings and no traces, and no words in the callbacks.
    accused: whom it complains of, for those who may hear it.
    """

    case: Case
    clocks: tuple[SlaClock, ...]
    timeline: tuple[TimelineEntry, ...]
    recordings: tuple[RecordingRow, ...]
    callbacks: tuple[CallbackAnswers, ...]
    tasks: tuple[DueTask, ...]
    traces: dict[str, list[str]]
    accused: str = ""
    tags: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    """Which care the citizen needs (重点群众)."""
    attachments: tuple[AttachmentRow, ...] = ()
    emergency: CaseRecord | None = None
    """The 应急 that is open; then what shows the scene is first of the attachments."""


def show_case(
    engine: Engine,
    *,
    number: str,
    by: Actor,
    now: datetime,
    unmasked: bool = False,
    area_code: str = "",
    what: str = "查看",
) -> CaseView:
    """The case, and a record that `by` looked at it, and what for. area_code: completes a land line without one.

    Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    digits: Callable[[str], str] = str if unmasked else mask
    with writing(engine) as connection:
        case = to_look(connection, number, by, what=what, now=now, unmasked=unmasked)
        hears = may(by, Action.HEAR, case)
        calls = [row.call_id for row in calls_of_case(connection, number)] if hears else []
        traces = facts_of(connection, calls)
        urgent = [one for one in records_of(connection, number, RecordKind.EMERGENCY) if one.closed_at is None]
        flags = flags_of(connection, dialled_back(case.number_to_call, area_code)) if hears else []
        return CaseView(
            case=shown(case, by, unmasked=unmasked),
            clocks=tuple(clocks_of(connection, number)),
            timeline=tuple(
                TimelineEntry(
                    at=row.at,
                    what=row.what,
                    text=row.text if hears else without_numbers(row.text),
                    who=row.who,
                    reason=row.reason if hears else without_numbers(row.reason),
                )
                for row in timeline_of(connection, number)
            ),
            recordings=tuple(recordings_of_case(connection, number)) if hears else (),
            callbacks=tuple(
                CallbackAnswers(
                    dialled_at=row.dialled_at,
                    answered=row.answered,
                    person=row.person,
                    solved=row.solved,
                    satisfied=row.satisfied,
                    why=row.why if hears else "",
                    outcome=row.outcome,
                )
                for row in callbacks_of(connection, [number])
            ),
            tasks=tuple(tasks_of(connection, number)),
            traces={call_id: tell_call(traces[call_id], number=digits) for call_id in calls if call_id in traces},
            accused=names_in(case.accused) if hears else "",
            tags=tuple(tags_of(connection, number)),
            care=tuple(flag.kind for flag in flags),
            attachments=tuple(in_order(attachments_of(connection, number), urgent)) if hears else (),
            emergency=urgent[0] if urgent else None,
        )

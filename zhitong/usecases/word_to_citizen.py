"""告诉群众: what a citizen is to hear, as due tasks of the transaction that gives cause for it. Sent by send_texts.

Whether a text may go, and to whom, is looked at when it is sent: what is known of a case comes late.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cases.case import Case
from cases.sla import SlaClock
from cases.sms import STALE, SmsKind, not_in_quiet, spread
from cases.tries import Outcome
from routing.phone import dialled_back, is_mobile
from zhitong.store.due import change_detail, finish, get_task, open_tasks, put_due, put_off
from zhitong.store.tries import callbacks_of, last_try
from zhitong.usecases.rules import Rules

TEXTED = "texted"
"""In the detail of a callback's task: the citizen was asked to ring back; when it is due again, a person calls."""


def after_intake(rules: Rules, case: Case, at: datetime) -> list[dict[str, Any]]:
    """The tasks of a new case, however it came, taken in at this moment: the receipt, and word while it is open."""
    sms, rows = rules.sms, list[dict[str, Any]]()
    if sms.on and is_mobile(dialled_back(case.number_to_call, rules.area_code)):
        rows.append(_row(SmsKind.RECEIPT, case, case.number, due_at=at, caused=at))
    if sms.word_after:
        clocks = rules.clocks(case, case.answered_at)
        by_policy = next((clock.due_at for clock in clocks if clock.code == "progress"), None)
        due_at = not_in_quiet(by_policy or case.answered_at + sms.word_after, sms.quiet, earliest=at)
        rows.append(_row(SmsKind.PROGRESS, case, case.number, due_at=due_at, caused=due_at))
    return rows


def after_import(rules: Rules, cases: Sequence[Case], at: datetime) -> list[dict[str, Any]]:
    """The tasks of cases that came together from elsewhere, some long after the call: as of any case from now on. What
    is due already is spread, not in quiet hours; whose call is longer ago than a day gets no receipt any more."""
    rows, moments = list[dict[str, Any]](), spread(at, rules.sms)
    for case in cases:
        for row in after_intake(rules, case, at):
            receipt = row["kind"] == SmsKind.RECEIPT.due_kind
            if receipt and at - case.answered_at > STALE:
                continue
            if row["due_at"] <= at:
                due_at = next(moments)
                row |= {"due_at": due_at, "promised_at": at if receipt else due_at}
            rows.append(row)
    return rows


def text_of_date(
    connection: Connection,
    rules: Rules,
    case: Case,
    moved: Sequence[tuple[SlaClock, SlaClock]],
    *,
    now: datetime,
    together: str = "",
) -> None:
    """The citizen is texted when the case is due to be answered now; what else has moved, people tell.

    together: the case with which it is answered, whose clocks have moved; empty: its own have.
    """
    close = next((after for _, after in moved if after.code == "close"), None)
    if not rules.sms.on or close is None or close.due_at <= now:
        return  # of a date that has passed people tell
    due = f"{close.due_at.timestamp():.0f}"
    row = _row(SmsKind.DATE, case, f"{case.number}:{case.rework}:{now.timestamp():.0f}:{due}", due_at=now, caused=now)
    detail = {"code": close.code, "round": close.round, "due": close.due_at.isoformat()}
    put_due(connection, [row | {"detail": detail | ({"with": together} if together else {})}])


def told_by_people(connection: Connection, number: str, *, now: datetime, outcome: str) -> None:
    """What was still to be texted about dates and progress need not be any more."""
    kinds = (SmsKind.PROGRESS.due_kind, SmsKind.DATE.due_kind)
    tasks = [task.id for task in open_tasks(connection, case_number=number) if task.kind in kinds]
    finish(connection, tasks, at=now, outcome=outcome)


def ask_to_ring_back(
    connection: Connection, rules: Rules, case: Case, *, task_id: int, at: datetime, why: str
) -> datetime | None:
    """The last callback rang unanswered: the citizen is asked by text to ring back, until the moment returned.

    The callback's own task stays open till then, so that whoever rings back enters it. None: nobody is to be texted.
    """
    task, placed = get_task(connection, task_id), last_try(connection, task_id)
    unreached = placed is not None and not placed.answered and placed.outcome != Outcome.NO_LINE.value
    if not rules.sms.on or task.detail.get(TEXTED) or not unreached or someone_else(connection, case):
        return None
    if not is_mobile(dialled_back(case.number_to_call, rules.area_code)):
        return None
    row = _row(SmsKind.MISSED, case, f"{case.number}:{case.rework}", due_at=at, caused=at)
    put_due(connection, [row | {"detail": {"task": task_id}}])
    until = at + rules.sms.ring_back
    change_detail(connection, task_id, {TEXTED: why})
    put_off(connection, task_id, until=until)
    return until


def someone_else(connection: Connection, case: Case) -> bool:
    """Whether somebody at this number has said that he is not the caller."""
    return any(row.person == "no" for row in callbacks_of(connection, [case.number]))


def _row(kind: SmsKind, case: Case, mark: str, *, due_at: datetime, caused: datetime) -> dict[str, Any]:
    row = {"kind": kind.due_kind, "mark": f"{kind.due_kind}:{mark}"[:120], "case_number": case.number, "call_id": ""}
    return row | {"due_at": due_at, "promised_at": caused, "detail": {}}

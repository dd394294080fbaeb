"""疑似虚假办结: closings that look false wait for supervision (虚假办结、敷衍塞责, 万源). Nobody else sees them.

So nothing of it stands on the timeline; records of accesses tell who has looked. What supervision has found to be so
is no suspicion any more: a leader owns the case when it is worked on (lead_cases).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from cases.record import CaseRecord, RecordKind
from cases.reply import Disposition
from cases.roles import Action, Actor, may, permit
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, close_record, open_records, records_of
from zhitong.store.cases import closed_cases_of, get_case, get_cases
from zhitong.store.due import put_due
from zhitong.store.engine import writing
from zhitong.usecases.known_by import known_by
from zhitong.usecases.lead_cases import FALSE, lead_row
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import reasoned
from zhitong.usecases.rules import Rules

UNSOLVED = "办结为已解决，群众说没解决"
CALLS_AGAIN = "办结以后群众又为同一件事来电"
EMPTY = "答复有空话套话或者答非所问的提醒，写了原因通过"
COACHED = "抽查，群众说有人叫他说满意"
_TOLD_BY = (UNSOLVED, CALLS_AGAIN, EMPTY)
"""What a unit may know once it is found to be so. Never COACHED: it would know who was asked, and what he said."""
UPHELD = "属实"
VERDICTS = (UPHELD, "不属实")
QUEUED = (RecordKind.AUDIT, RecordKind.SAMPLE)
"""What waits for supervision in one list: closings that look false, and those that were drawn by lot (查单)."""


def suspect(
    connection: Connection, case: Case, *, why: str, at: datetime, round: int | None = None, again: str = ""
) -> None:
    """Queues the closing of this round, or of an earlier one, once for each reason. again: the case that shows it."""
    round = case.rework if round is None else round
    for record in records_of(connection, case.number, RecordKind.AUDIT):
        if record.text == why and record.detail.get("round") == round:
            return
    number, detail = case.number, {"round": round, "unit": case.unit} | ({"again": again} if again else {})
    add_record(
        connection, case_number=number, kind=RecordKind.AUDIT, owner="督查", text=why, at=at, by="系统", detail=detail
    )


def suspect_refused(connection: Connection, case: Case, *, at: datetime) -> None:
    """The citizen says that it is not solved; whether it was said to be. case: before it is worked on again."""
    if case.disposition == Disposition.SOLVED:
        suspect(connection, case, why=UNSOLVED, at=at)


def suspect_called_again(connection: Connection, rules: Rules, case: Case, *, at: datetime) -> None:
    """A call, or a letter, about a matter of which the citizen's case was closed as solved not long ago."""
    numbers = known_by(case, rules.area_code)
    if numbers and case.matter:
        for closed in closed_cases_of(connection, numbers, since=at - rules.suspect_within):
            before = closed.closed_at is None or closed.closed_at <= case.answered_at  # it may have come late
            if closed.number != case.number and closed.matter == case.matter and before:
                suspect(connection, closed, why=CALLS_AGAIN, at=at, again=case.number)


def audits(by: Actor, record: CaseRecord) -> bool:
    """Whether what is held against somebody may be shown to who audits: what citizens said when they were asked about
    满意, and findings against persons, only to supervision."""
    return may(by, Action.COACHED) or (record.text != COACHED and record.kind is not RecordKind.CONDUCT)


def list_suspected(engine: Engine, *, by: Actor, now: datetime, limit: int = 200) -> list[CaseRecord]:
    """What waits for supervision, the oldest first, but of cases that complain of who looks, and for auditors without
    what only supervision knows; that he looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.AUDIT)
    with writing(engine) as connection:
        looked(connection, by, None, what="疑似虚假办结", now=now)
        found = [one for one in open_records(connection, QUEUED, limit) if audits(by, one)]
        cases = get_cases(connection, {record.case_number for record in found})
        return [record for record in found if may(by, Action.AUDIT, cases[record.case_number])]


def settle_suspected(engine: Engine, *, id: int, by: Actor, verdict: str, reason: str, now: datetime) -> None:
    """What supervision has found. Raises MoveRefused, NotPermitted, DatabaseGone."""
    permit(by, Action.VERDICT)
    if verdict not in VERDICTS:
        raise MoveRefused(f"结论 {verdict!r} 不认识；请用 {'、'.join(VERDICTS)}")
    outcome = f"{verdict}：{reasoned(reason, '查实')}"
    with writing(engine) as connection:
        waiting = {record.id: record for record in open_records(connection, QUEUED)}
        if id not in waiting or not close_record(connection, id, at=now, by=by.name, outcome=outcome):
            raise MoveRefused(f"没有编号为 {id} 的疑似虚假办结在等查；看 zhitong case suspected")
        permit(by, Action.VERDICT, get_case(connection, waiting[id].case_number))
        if verdict == UPHELD and waiting[id].text in _TOLD_BY:
            about = {waiting[id].case_number, waiting[id].detail.get("again", "")} - {""}
            for case in get_cases(connection, about).values():
                if case.state in OPEN:
                    put_due(connection, [_lead_row(case, now)])


def lead_if_false(connection: Connection, case: Case, *, at: datetime) -> None:
    """The case is worked on again; of which supervision has found that it was closed falsely, a leader owns it."""
    found = records_of(connection, case.number, RecordKind.AUDIT)
    if any(one.closed_at is not None and one.outcome.startswith(UPHELD) and one.text in _TOLD_BY for one in found):
        put_due(connection, [_lead_row(case, at)])


def _lead_row(case: Case, at: datetime) -> dict[str, Any]:
    return lead_row(case.number, FALSE, at, again=f"{case.rework}")

"""Bad ratings: what citizens said who were not helped, or not satisfied, by whomever they were asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from cases.callback import Reply
from cases.record import RecordKind
from zhitong.store.tables import case_records, cases, tries
from zhitong.store.tries import PERSON

_SOURCES = {"callback": "系统回访", PERSON: "人工回访", "recheck": "回头看"}
_UNSATISFIED = "不满意"


@dataclass(frozen=True, kw_only=True, slots=True)
class BadRating:
    """One such answer. source: who asked; said: 没解决, 不满意, or 又出了问题; why: the citizen's words."""

    case_number: str
    at: datetime
    source: str
    said: str
    why: str


def bad_ratings_of(
    connection: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    numbers: Sequence[str] | None = None,
    sight: ColumnElement[bool],
    surveys: bool,
) -> list[BadRating]:
    """Those given in [since, until), oldest first, of cases that somebody may see (store.sight), or of these numbers.

    surveys: also what 抽样调查 was told, which is supervision's alone.
    """
    asked = select(tries).join(cases, cases.c.number == tries.c.case_number)
    asked = asked.where(
        tries.c.kind.in_(list(_SOURCES)), or_(tries.c.solved == Reply.NO.value, tries.c.satisfied == Reply.NO.value)
    )
    told = select(case_records).join(cases, cases.c.number == case_records.c.case_number)
    told = told.where(case_records.c.kind == RecordKind.SURVEY.value, case_records.c.outcome == _UNSATISFIED)
    asked, told = asked.where(sight), told.where(sight)
    if since is not None:
        asked = asked.where(tries.c.dialled_at >= since)
        told = told.where(case_records.c.closed_at >= since)
    if until is not None:
        asked = asked.where(tries.c.dialled_at < until)
        told = told.where(case_records.c.closed_at < until)
    if numbers is not None:
        asked = asked.where(tries.c.case_number.in_(numbers))
        told = told.where(case_records.c.case_number.in_(numbers))
    found = [
        BadRating(
            case_number=row.case_number,
            at=row.dialled_at,
            source=_SOURCES[row.kind],
            said=_said(row.kind, row.solved),
            why=row.why,
        )
        for row in connection.execute(asked)
    ]
    if surveys:
        found += [
            BadRating(
                case_number=row.case_number,
                at=row.closed_at,
                source=f"抽样调查（{row.owner}）",
                said=_UNSATISFIED,
                why="",
            )
            for row in connection.execute(told)
        ]
    return sorted(found, key=lambda one: (one.at, one.case_number))


def _said(kind: str, solved: str) -> str:
    if solved == Reply.NO.value:
        return "又出了问题" if kind == "recheck" else "没解决"
    return _UNSATISFIED

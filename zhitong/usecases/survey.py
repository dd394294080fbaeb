"""抽样调查: supervision, or who asks for it, asks citizens of a month again; never in place of the callback (长春新区).

Units see nothing of it, so that nobody is told before what to say.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.record import CaseRecord, RecordKind
from cases.reply import Disposition
from cases.roles import Action, Actor, NotPermitted, may, permit
from cases.survey import RATINGS, surveyed
from zhitong.errors import MoveRefused
from zhitong.store.case_records import add_record, change_record, close_record, get_record, open_records
from zhitong.store.cases import get_case, get_cases, struck_off_numbers
from zhitong.store.engine import reading, writing
from zhitong.store.records import has_incident, record_incident
from zhitong.usecases.await_person import stands_outside
from zhitong.usecases.keep_record import LONGEST_OWNER
from zhitong.usecases.looking import looked, shown
from zhitong.usecases.moving import unreadable
from zhitong.usecases.rules import Rules
from zhitong.usecases.suspect_closing import suspect

DISSATISFIED = "抽样调查，群众不满意"


def draw_survey(engine: Engine, rules: Rules, *, by: Actor, since: datetime, until: datetime, now: datetime) -> int:
    """Draws the cases of the month [since, until) that others are to ask about, once; returns how many.

    What is secret, or has no number, is not drawn. Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.SURVEY)
    month = f"{since:%Y-%m}"
    if until > now:
        raise MoveRefused(f"{month} 还没有过完；请过完了再抽")
    mark = f"survey:{month}"
    with reading(engine) as connection:
        there = get_cases(connection, struck_off_numbers(connection, since=since, until=until))
    asked = {number: case for number, case in there.items() if case.number_to_call and not case.secret}
    found = surveyed(asked, month, rules.survey)
    if not found:
        raise MoveRefused(f"{month} 没有能调查的工单：销号 {len(there)} 件，有号码、不保密的 {len(asked)} 件")
    with writing(engine) as connection:
        if has_incident(connection, mark):
            raise MoveRefused(f"{month} 已经抽过了；看 zhitong survey list")
        for number in sorted(found):
            add_record(
                connection,
                case_number=number,
                kind=RecordKind.SURVEY,
                owner="督查",
                text=f"{month} 满意度抽样调查",
                at=now,
                by=by.name,
                detail={"month": month, "unit": asked[number].unit},
            )
        text = f"{month} 满意度抽样：能调查的 {len(asked)} 件，抽了 {len(found)} 件，请督查去问（zhitong survey list）"
        record_incident(connection, at=now, kind="survey", mark=mark, text=text)
    return len(found)


def list_survey(engine: Engine, *, by: Actor, now: datetime, unmasked: bool = False) -> list[tuple[CaseRecord, Case]]:
    """What was drawn and not asked yet, oldest first; that he looked is recorded, case by case with whole numbers.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SURVEY)
    if unmasked:
        permit(by, Action.FULL_NUMBERS)
    with writing(engine) as connection:
        found = open_records(connection, [RecordKind.SURVEY])
        cases = get_cases(connection, {one.case_number for one in found})
        his = [(one, cases[one.case_number]) for one in found if may(by, Action.SURVEY, cases[one.case_number])]
        for one in {case.number for _, case in his} if unmasked else [None]:
            looked(connection, by, one, what="抽样调查", now=now, unmasked=unmasked)
        return [(one, shown(case, by, unmasked=unmasked)) for one, case in his]


def rate_survey(engine: Engine, id: int, *, rating: str, surveyor: str, by: Actor, now: datetime) -> None:
    """What the citizen told the surveyor (督查 or 第三方), who had no part in the case and did not call back.

    Who is not satisfied with what was closed as solved is for supervision to look at. Raises MoveRefused, NotPermitted,
    DatabaseGone.
    """
    permit(by, Action.SURVEY)
    surveyor = " ".join(surveyor.split()) or by.name
    if rating not in RATINGS:
        raise MoveRefused(f"结果 {rating!r} 不认识；请用 {'、'.join(RATINGS)}")
    if len(surveyor) > LONGEST_OWNER or unreadable(surveyor):
        raise MoveRefused(f"谁问的写得不对（{len(surveyor)} 个字）；请写单位或人的名称，最多 {LONGEST_OWNER} 个字")
    with writing(engine) as connection:
        record = get_record(connection, id)
        case = get_case(connection, record.case_number, to_change=True) if record else None
        if record is None or case is None or record.kind is not RecordKind.SURVEY or not may(by, Action.SURVEY, case):
            raise MoveRefused(f"没有编号 {id} 的抽样调查；看 zhitong survey list")
        others = {case.concluded_by, case.official, case.unit}
        if not stands_outside(connection, by, case) or {by.name, surveyor} & others:
            raise NotPermitted(f"抽样调查要别的人问：{surveyor}承办、经手或者回访过工单 {case.number}")
        if not close_record(connection, id, at=now, by=by.name, outcome=rating):
            raise MoveRefused(f"编号 {id} 的抽样调查已经由{record.closed_by}记了：{record.outcome}")
        told: Mapping[str, str] = {**record.detail, "surveyor": surveyor}
        change_record(connection, id, owner=surveyor, detail=told)
        if rating == "不满意" and case.disposition == Disposition.SOLVED:
            suspect(connection, case, why=DISSATISFIED, at=now)

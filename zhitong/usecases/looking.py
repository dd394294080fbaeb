"""What somebody is shown of a case, and the record that he looked: what shows cases goes through here."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.case import Case, masked
from cases.roles import Action, Actor, NotPermitted, Role, barred, demand_hidden, may, permit
from zhitong.store.cases import get_case, get_cases
from zhitong.store.engine import writing
from zhitong.store.people import cases_of_person
from zhitong.store.records import has_looked_so, record_access
from zhitong.usecases.known_by import numbers_of

HIDDEN = "（不显示）"
AGAIN = timedelta(minutes=5)
PAGES = ("看网页", "看板", "实时来电", "大屏", "待处理", "快到时限", "回访：", "超期", "查阅记录")
"""Pages that people leave open or open every minute: what such a look is at begins so (docs/adr/0128)."""
_MASKED = re.compile(r"\d*\*{2,}\d*")


def to_look(
    connection: Connection, number: str, by: Actor, *, what: str, now: datetime, unmasked: bool = False
) -> Case:
    """The case, for somebody who may see it; that he looked is recorded. Raises NotPermitted, CaseNotFound."""
    permit(by, Action.SEE)
    case = get_case(connection, number)
    permit(by, Action.SEE, case)
    if unmasked:
        permit(by, Action.HEAR, case)
    looked(connection, by, number, what=what, now=now, unmasked=unmasked)
    return case


def looked(
    connection: Connection, by: Actor, number: str | None, *, what: str, now: datetime, unmasked: bool = False
) -> None:
    """Who has looked at what, and when: at a case, or at a list. A page that he opens again within AGAIN is told
    already; whole numbers, words, sound and what is taken out are recorded each time."""
    what, who = what[:40], by.name
    if not unmasked and what.startswith(PAGES):
        since = now - AGAIN
        if has_looked_so(connection, who=who, case_number=number, what=what, login=by.login, since=since):
            return
    record_access(connection, at=now, who=who, case_number=number, what=what, unmasked=unmasked, login=by.login)


def may_list(case: Case, by: Actor) -> bool:
    """Whether it may stand in a list beside others: 举报, 保密, 匿名 for supervision alone, as in the register."""
    return may(by, Action.HEAR, case) and (Role.SUPERVISION in by.roles or not case.secret)


def may_act_on(connection: Connection, number: str, by: Actor, action: Action, *, area_code: str) -> None:
    """Raises NotPermitted for whom a case of this citizen, by canonical number, complains of; not a word of why."""
    if any(barred(by, case) for case in cases_of_person(connection, numbers_of(number, area_code))):
        raise NotPermitted(f"{by.name}不能给这个号码{action}；请别的人来")


def note_command(engine: Engine, by: Actor, number: str, *, what: str, now: datetime) -> None:
    """In whose session somebody acts on a case, before he does: also what is then refused leaves its trace.

    Raises DatabaseGone.
    """
    with writing(engine) as connection:
        looked(connection, by, number if get_cases(connection, [number]) else None, what=what, now=now)


def without_numbers(text: str) -> str:
    """A text of the timeline for who may not know who called: not even the digits that a mask leaves."""
    return _MASKED.sub(HIDDEN, text)


def shown(case: Case, by: Actor, *, unmasked: bool = False) -> Case:
    """The case as this person may see it: numbers masked unless asked otherwise; of what is not his to hear, nobody's
    number, name or words."""
    if may(by, Action.HEAR, case):
        if unmasked:
            return case
        return masked(case)
    demand = HIDDEN if demand_hidden(by, case) and case.demand else case.demand
    words = HIDDEN if case.transcript else ""
    return replace(
        case,
        caller=HIDDEN,
        contact="",
        unsure_contact="",
        name="",
        sex="",
        address="",
        transcript=words,
        demand=demand,
        call_when="",
    )

"""The board of what is worked on, and the search: of the cases that somebody may see, and no number but masked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case, CaseState
from cases.roles import Action, Actor, may, permit
from routing.phone import mask
from zhitong.errors import Refused
from zhitong.store.case_search import FEW, OPENLY, Narrowed, cases_numbered, search_cases, urgent_cases
from zhitong.store.cases import case_spoken, find_cases, get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.sight import seen_by
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.looking import looked, shown

MOST = FEW + 1
"""So many of a state are counted, and put in the order in which they are due; the board says where there are more."""
LOOK = 20_000
"""So many cases are looked through at a time: a search never reads all years."""
PAGE = 50
_MOST_WORDS, _LONGEST = 5, 60
_SPOKEN, _NUMBER, _PHONE = (
    re.compile(r"\d{4,5}"),
    re.compile(r"\d{6,8}(-\d{0,6}(-\d{0,4}b*)?)?"),
    re.compile(r"\d{7,13}"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """Of one state: the cases that are due first, and how many there are, at most MOST."""

    state: CaseState
    cases: tuple[Case, ...]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Cases, newest first. before: from which it goes on; empty: there are no more. until: so far back was looked."""

    cases: tuple[Case, ...]
    before: str = ""
    until: datetime | None = None


def show_board(engine: Engine, *, by: Actor, now: datetime, unit: str = "", each: int = 20) -> list[Column]:
    """A column for each state in which somebody works on a case, in their order. That `by` looked is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE)
    with writing(engine) as connection:
        looked(connection, by, None, what="看板", now=now)
    with reading(engine) as connection:
        return [_column(connection, state, by, unit=unit, each=each) for state in CaseState if state in OPEN]


def _column(connection: Connection, state: CaseState, by: Actor, *, unit: str, each: int) -> Column:
    first, count = urgent_cases(connection, state, sight=seen_by(by), unit=unit, limit=each, most=MOST)
    return Column(state=state, cases=tuple(shown(case, by) for case in first), count=count)


def search(
    engine: Engine,
    *,
    by: Actor,
    now: datetime,
    text: str = "",
    state: CaseState | None = None,
    unit: str = "",
    official: str = "",
    urgency: str = "",
    before: str = "",
    area_code: str = "",
) -> Found:
    """Cases by number or its beginning, spoken number, telephone, or words that all stand in what is known of them.

    Whose words and telephone are not his to know is not found by them. before: the case from which to go on. That
    `by` looked is recorded. Raises Refused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.SEE)
    words = tuple(text.split())
    if len(words) > _MOST_WORDS or len(text) > _LONGEST:
        raise Refused(f"一次最多找 {_MOST_WORDS} 个词、{_LONGEST} 个字；请少写些")
    digits = words[0] if len(words) == 1 and re.fullmatch(r"[\d-]+b*", words[0]) else ""
    what = f"搜索 {mask(digits)}" if _PHONE.fullmatch(digits) else "搜索"
    with writing(engine) as connection:
        looked(connection, by, None, what=what, now=now)
    with reading(engine) as connection:
        if digits and not before and (found := _numbered(connection, digits, by, area_code)):
            return Found(cases=tuple(shown(case, by) for case in found))
        start = get_cases(connection, [before]).get(before) if before else None
        narrowed = Narrowed(words=words, state=state, unit=unit, official=official, urgency=urgency)
        every, last = search_cases(connection, narrowed, sight=seen_by(by), before=start, look=LOOK, limit=PAGE)
        until = get_cases(connection, [last])[last].answered_at if last else None
    return Found(
        cases=tuple(shown(case, by) for case in every if _his_to_find(case, words, by)), before=last, until=until
    )


def _numbered(connection: Connection, digits: str, by: Actor, area_code: str) -> list[Case]:
    found: dict[str, Case] = {}
    if _SPOKEN.fullmatch(digits) and (one := case_spoken(connection, digits)) and may(by, Action.SEE, one):
        found[one.number] = one
    if _NUMBER.fullmatch(digits):
        found |= _by_number(cases_numbered(connection, digits, sight=seen_by(by), limit=PAGE))
    if _PHONE.fullmatch(digits):
        for number in sorted({digits, *numbers_of(digits, area_code)}):
            theirs = find_cases(connection, caller=number, sight=seen_by(by), limit=PAGE)
            found |= _by_number([case for case in theirs if may(by, Action.HEAR, case)])
    return sorted(found.values(), key=lambda case: case.answered_at, reverse=True)[:PAGE]


def _by_number(cases: list[Case]) -> Mapping[str, Case]:
    return {case.number: case for case in cases}


def _his_to_find(case: Case, words: tuple[str, ...], by: Actor) -> bool:
    """What a search finds tells what stands in it: of what is not his to hear, by nobody's words."""
    openly = "\n".join(str(getattr(case, name)) for name in OPENLY).casefold()
    return may(by, Action.HEAR, case) or all(word.casefold() in openly for word in words)

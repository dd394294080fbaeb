"""一人一档: a person's cases by telephone number, for who may see them; 重点群众, flagged by people with a reason."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case, masked
from cases.roles import Action, Actor, may, permit, units_of
from cases.tags import TagLists
from routing.phone import BadNumber, mask, normalise
from zhitong.errors import MoveRefused
from zhitong.store.engine import reading, writing
from zhitong.store.people import Flag, add_flag, cases_of_person, end_flag, flags_of, habits_of
from zhitong.usecases.known_by import numbers_of
from zhitong.usecases.looking import looked, may_act_on, may_list
from zhitong.usecases.moving import reasoned, tell, unreadable

LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What is known of a person. number: masked, and so are those of the cases, newest first; call_when: habit."""

    number: str
    cases: tuple[Case, ...]
    flags: tuple[Flag, ...]
    call_when: str


def person_history(engine: Engine, number: str, *, by: Actor, now: datetime, area_code: str, name: str = "") -> History:
    """The person's cases that `by` may see. name: of several who share the number, this one's and those of no name.

    That they were looked up is recorded. Raises MoveRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.HISTORY)
    canonical, name = _canonical(number, area_code), " ".join(name.split())
    with writing(engine) as connection:
        what = f"一人一档 {mask(canonical)}"
        looked(connection, by, None, what=what, now=now)
        found = cases_of_person(connection, numbers_of(canonical, area_code))
        seen = [case for case in found if may(by, Action.HISTORY, case) and may_list(case, by)]
        seen = [case for case in seen if not name or case.name in ("", name)]
        if not seen and units_of(by, Action.HISTORY) is not None:
            raise MoveRefused(f"{mask(canonical)} 没有您能看的工单")
        flags = [flag for flag in flags_of(connection, canonical) if not name or flag.name in ("", name)]
        return History(
            number=mask(canonical),
            cases=tuple(map(masked, seen)),
            flags=tuple(replace(flag, number=mask(flag.number)) for flag in flags),
            call_when=habits_of(connection, [canonical]).get(canonical, ""),
        )


def flag_person(
    engine: Engine,
    number: str,
    *,
    kind: str,
    reason: str,
    by: Actor,
    now: datetime,
    tags: TagLists,
    area_code: str,
    name: str = "",
) -> None:
    """Who calls from this number needs more care. Raises MoveRefused, NotPermitted, DatabaseGone."""
    permit(by, Action.FLAG)
    reason, name = reasoned(reason, "标记"), " ".join(name.split())
    if kind not in tags.vulnerable:
        raise MoveRefused(f"{kind!r} 不认识；请用 {'、'.join(tags.vulnerable)}（config/policies/tags.toml）")
    if len(name) > LONGEST_NAME or unreadable(name):
        raise MoveRefused(f"姓名写得不对（{len(name)} 个字）；最多 {LONGEST_NAME} 个字")
    canonical = _canonical(number, area_code)
    with writing(engine) as connection:
        may_act_on(connection, canonical, by, Action.FLAG, area_code=area_code)
        if any((flag.kind, flag.name) == (kind, name) for flag in flags_of(connection, canonical)):
            raise MoveRefused(f"{mask(canonical)} 已经标了{kind}")
        add_flag(connection, canonical, name=name, kind=kind, reason=reason, by=by.name, at=now)
        _tell(connection, canonical, area_code, "标了重点群众", by=by, now=now)


def unflag_person(
    engine: Engine, number: str, *, kind: str, reason: str, by: Actor, now: datetime, area_code: str
) -> None:
    """It is not so any more. Raises MoveRefused, NotPermitted, DatabaseGone."""
    permit(by, Action.FLAG)
    reason, canonical = reasoned(reason, "取消"), _canonical(number, area_code)
    with writing(engine) as connection:
        may_act_on(connection, canonical, by, Action.FLAG, area_code=area_code)
        if not end_flag(connection, canonical, kind, by=by.name, reason=reason, at=now):
            raise MoveRefused(f"{mask(canonical)} 没有标{kind}；看 zhitong caller history")
        _tell(connection, canonical, area_code, "取消了重点群众", by=by, now=now)


def care_for(engine: Engine, number: str) -> str:
    """Which care who calls from this canonical number needs, the newest kind; empty: none is known. DatabaseGone."""
    with reading(engine) as connection:
        flags = flags_of(connection, number)
        return flags[0].kind if flags else ""


def _tell(connection: Connection, number: str, area_code: str, text: str, *, by: Actor, now: datetime) -> None:
    """On the person's open cases; of which kind, and why, is kept with the person alone."""
    for case in cases_of_person(connection, numbers_of(number, area_code)):
        if case.state in OPEN:
            tell(connection, case.number, "重点群众", at=now, text=text, who=by.name)


def _canonical(number: str, area_code: str) -> str:
    try:
        return normalise(number, area_code=area_code, field="号码")
    except BadNumber as error:
        raise MoveRefused(str(error)) from None

"""How cases are closed in tests: by the three people whom it takes, or on the spot."""

from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case, CaseState, missing
from cases.roles import Actor, Role
from zhitong.store.cases import get_case
from zhitong.store.engine import reading
from zhitong.usecases.assign_case import assign_case, sign_for
from zhitong.usecases.close_case import close_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.reply_case import approve_reply, heard_result, reply_case, review_reply
from zhitong.usecases.rules import Rules

UNIT = "水务局"
RESULT = "取水许可今天已经发到您手上"
DESK = Actor(name="受理台小周", roles=frozenset({Role.DESK}))
HANDLER = Actor(name="经办赵敏", roles=frozenset({Role.HANDLER}), units=frozenset({UNIT}))
HEAD = Actor(name="局长王明", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({UNIT}))
LEADER = Actor(name="副局长李强", roles=frozenset({Role.LEADER}))


def signed_off(
    engine: Engine, rules: Rules, *, number: str, now: datetime, result: str = RESULT, disposition: str = "已解决"
) -> Case:
    """The case replied to, reviewed, signed and closed, all at `now`; given to UNIT first when nobody has it."""
    with reading(engine) as connection:
        case = get_case(connection, number)
    if case.state is CaseState.ACCEPTED:
        case = assign_case(engine, number=number, unit=UNIT, by=DESK, reason="对口", units={UNIT}, now=now)
    if case.state is CaseState.ASSIGNED:
        sign_for(engine, number=number, by=HANDLER, now=now)
    told = "按取水许可办理指南，补齐材料后发证" if disposition != "已解决" else ""
    reply_case(engine, rules, number=number, result=result, disposition=disposition, by=HANDLER, now=now, reply=told)
    review_reply(engine, rules, number=number, by=HEAD, now=now, reason="核实过")
    heard_result(engine, number=number, by=LEADER, now=now)
    return approve_reply(engine, rules, number=number, by=LEADER, now=now, reason="核实过")


def settled(engine: Engine, rules: Rules, *, number: str, now: datetime, result: str = RESULT) -> Case:
    """The case closed on the spot, by LEADER; what it must tell and does not is filled in first, as a clerk would."""
    with reading(engine) as connection:
        lacks = missing(get_case(connection, number))
    if lacks:
        known = {"类型": ("type", "求助"), "事项": ("matter", "A1"), "诉求": ("demand", "家里停水三天")}
        said = dict(known[name] for name in lacks if name in known)
        edit_case(engine, rules, number=number, by=DESK, reason="听了录音", now=now, matters={"A1": "供水饮水"}, **said)
    return close_case(engine, rules, number=number, result=result, by=LEADER, now=now)

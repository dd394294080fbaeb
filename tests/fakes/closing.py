"""How cases are closed in tests: by the three people whom it takes, or on the spot."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.mandatory import missing
from cases.roles import Actor, Role
from tests.fakes.told_calls import placed, tell_it
from zhitong.store.cases import get_case
from zhitong.store.due import open_tasks
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
    case = _filled(engine, rules, number, now)
    if case.state is CaseState.ACCEPTED:
        unit = case.unit or UNIT
        case = assign_case(engine, number=number, unit=unit, by=DESK, reason="对口", units={unit}, now=now)
    handler, head = (replace(who, units=frozenset({case.unit})) for who in (HANDLER, HEAD))
    if case.state is CaseState.ASSIGNED:
        sign_for(engine, number=number, by=handler, now=now)
    told = "按取水许可办理指南，补齐材料后发证" if disposition != "已解决" else ""
    reply_case(engine, rules, number=number, result=result, disposition=disposition, by=handler, now=now, reply=told)
    review_reply(engine, rules, number=number, by=head, now=now, reason="核实过")
    heard_result(engine, number=number, by=LEADER, now=now)
    return approve_reply(engine, rules, number=number, by=LEADER, now=now, reason="核实过")


def settled(
    engine: Engine, rules: Rules, *, number: str, now: datetime, result: str = RESULT, for_many: bool = False
) -> Case:
    """The case closed on the spot, by LEADER, or, when it is too late for that, by the three people.

    for_many: as of a surge, however late.
    """
    case = _filled(engine, rules, number, now)
    if now > case.answered_at + rules.settle_within and not for_many:
        return signed_off(engine, rules, number=number, now=now, result=result)
    return close_case(engine, rules, number=number, result=result, by=LEADER, now=now, for_many=for_many)


def left_to_people(engine: Engine, rules: Rules, *, number: str, now: datetime) -> None:
    """The system has called the citizen of a closed case, and heard nothing plain: a person is to call."""
    with reading(engine) as connection:
        (task,) = [one for one in open_tasks(connection, case_number=number) if one.kind == "callback"]
    call = placed("callback", number, task.id, now, f"1758{task.id:06d}.1")
    call.note(9, "answered", question="person", answer="yes", by="key")
    call.note(20, "answered", question="solved", answer="unclear", by="voice")
    tell_it(engine, rules, call.note(30, "ended", outcome="callback"))


def _filled(engine: Engine, rules: Rules, number: str, now: datetime) -> Case:
    """What the case must tell and does not is filled in, as a clerk would; its unit is not."""
    with reading(engine) as connection:
        case = get_case(connection, number)
    known = {"类型": ("type", "求助"), "事项": ("matter", "A1"), "诉求": ("demand", "家里停水三天")}
    said = dict(known[name] for name in missing(case) if name in known)
    if not said:
        return case
    matters = {"A1": "供水饮水"}
    return edit_case(engine, rules, number=number, by=DESK, reason="听了录音", now=now, matters=matters, **said)

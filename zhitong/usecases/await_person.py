"""A callback that only a person may, or can, make: it waits for one in `zhitong case todo`, and ends nothing.

The system calls first. Until it has, nobody says for a citizen that he is satisfied: see `why_not_yet`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from cases.case import REPORT, Case, CaseEvent
from cases.roles import Actor
from cases.wish import APPOINTMENT
from ivr.script import is_secret
from routing.calendar import LOCAL
from routing.phone import dialled_back
from zhitong.store.cases import get_cases, talks_since
from zhitong.store.due import PERSON_CALLBACK, DueTask, put_due, withdraw
from zhitong.store.facts import facts_of
from zhitong.store.people import habit_kept_by
from zhitong.store.timeline import who_did, who_wrote
from zhitong.store.together import together_with
from zhitong.store.tries import last_try
from zhitong.usecases.call_record import CallRecord, read_call
from zhitong.usecases.known_by import known_by
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import Whose, had_no_part, nobody, perhaps_himself

KIND = PERSON_CALLBACK
_E = CaseEvent
BY_PERSON = (APPOINTMENT, "保密", "匿名", REPORT)
"""Written on a case (改工单), these leave its callback to people."""
HANDLING = frozenset(
    {_E.SIGN_FOR, _E.START, _E.RETURN, _E.HAND_OVER, _E.REPLY, _E.REVIEW, _E.APPROVE, _E.SETTLE, _E.DECLINE}
)
"""Who has done any of this with a case is not asked whether it was done well."""


def why_by_person(case: Case) -> str:
    """Why no machine may ring this citizen; empty where it may.

    举报, 保密 and 匿名: somebody else may pick up the telephone. 先约: a time is agreed on first.
    """
    if case.secrecy or is_secret(case.type, case.transcript):
        return "举报、保密、匿名的只由人回访"
    return "群众要先约时间" if case.call_when == APPOINTMENT else ""


def told_how(case: Case, area_code: str) -> str:
    """How the citizen of a case that is closed now will be called back, as it is told to whoever closed it."""
    if why := why_by_person(case):
        return f"{why}，系统不打：请不是承办单位的人打（zhitong case todo）"
    if not dialled_back(case.number_to_call, area_code):
        return "没有系统能打的号码，要人联系（到回访时段列在 zhitong case todo）"
    return "系统会在回访时段给群众打电话"


def why_not_yet(connection: Connection, rules: Rules, case: Case, tasks: Sequence[DueTask], *, now: datetime) -> str:
    """Why no person may say yet what this citizen said of the result, and what is to come first; empty when one may.

    tasks: the open ones of the case. People may when the callback has been left to them, when no machine may or can
    ring, when the citizen has talked with somebody else since the closing, or when the system does not call at all.
    """
    if any(task.kind == KIND for task in tasks) or why_by_person(case):
        return ""
    if not dialled_back(case.number_to_call, rules.area_code) or _has_talked(connection, rules, case):
        return ""
    waits = next((task for task in tasks if task.kind == "callback"), None)
    if waits is None or now - waits.due_at > rules.callback.overdue:
        return ""
    called = last_try(connection, waits.id) is not None
    so_far, again = ("系统回访过，还没有问到", "再打") if called else ("系统还没有回访过", "起打")
    return (
        f"{so_far}，{waits.due_at.astimezone(LOCAL):%m月%d日 %H:%M} {again}；打不通、说不清的会转人工，那时再记。"
        "群众等不及的，请他拨热线说：接的人不是承办单位的，就可以记"
    )


def stands_outside(connection: Connection, by: Actor, case: Case, whose: Whose = nobody) -> bool:
    """Whether somebody had no part in the case, nor in any that is answered together with it (并单), in no round."""
    numbers = together_with(connection, case.number)
    if any(perhaps_himself(connection, name, by, whose) for name in who_did(connection, numbers, HANDLING)):
        return False
    return all(had_no_part(connection, by, one, whose) for one in get_cases(connection, numbers).values())


def took_from_system(connection: Connection, rules: Rules, by: Actor, case: Case) -> bool:
    """Whether it was he who wrote, on this case or for all of its citizen's, what keeps the system from calling.

    Else one clerk could take a callback from the system and say for the citizen what he likes.
    """
    if not why_by_person(case):
        return False
    names = who_wrote(connection, case.number, "改工单", [f"→ {word}" for word in BY_PERSON])
    if case.call_when == APPOINTMENT:
        names.add(habit_kept_by(connection, dialled_back(case.number_to_call, rules.area_code)))
    return any(perhaps_himself(connection, name, by, rules.whose) for name in names)


def ask_person(connection: Connection, case: Case, *, at: datetime, why: str) -> None:
    """Leaves the callback of this round to a person. why: Chinese, without names, numbers or words of the citizen."""
    row = {"kind": KIND, "mark": _mark(case), "case_number": case.number, "call_id": "", "due_at": at}
    put_due(connection, [row | {"detail": {"why": why}}])


def person_not_needed(connection: Connection, case: Case, *, at: datetime, outcome: str) -> None:
    """The citizen has been asked meanwhile, by whom ever."""
    withdraw(connection, _mark(case), at=at, outcome=outcome)


def _has_talked(connection: Connection, rules: Rules, case: Case) -> bool:
    """Whether the citizen has talked since the closing, in a call of his own, with somebody who had no part in it."""
    assert case.closed_at is not None
    talks = talks_since(connection, case.number, known_by(case, rules.area_code), since=case.closed_at)
    facts = facts_of(connection, talks)
    return any(_with_another(connection, rules, case, read_call(facts.get(call_id, []))) for call_id in talks)


def _with_another(connection: Connection, rules: Rules, case: Case, call: CallRecord) -> bool:
    if call.kind == "staff" or call.joined or not call.official:
        return False  # an official has rung him, or nobody knows who it was
    units = frozenset({call.unit} - {""})
    he = Actor(name=call.official, roles=frozenset(), units=units)
    return stands_outside(connection, he, case, rules.whose)


def _mark(case: Case) -> str:
    return f"{KIND}:{case.number}:{case.rework}"

"""改工单: what the recognizer or a clerk got wrong, or what the citizen said later. Every change is on the timeline."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.callback import callback_due
from cases.case import OPEN, TO_TELL, Case
from cases.roles import Action, Actor, may
from cases.wish import NO_WISH, BadWish, wish_of
from routing.phone import BadNumber, normalise
from zhitong.errors import MoveRefused
from zhitong.store.cases import update_cases
from zhitong.store.due import open_tasks, put_due, put_off
from zhitong.store.engine import writing
from zhitong.usecases.accused_people import not_with_its_unit, with_accused
from zhitong.usecases.await_person import stands_outside
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.habits import keep_habit
from zhitong.usecases.lead_cases import RED, lead_row
from zhitong.usecases.moving import reasoned, tell, to_move, unreadable
from zhitong.usecases.reckon_clocks import restart_clocks
from zhitong.usecases.rules import Rules

TYPES = ("咨询", "求助", "投诉", "举报", "建议", "表扬")
URGENCIES = {"红": "red", "橙": "orange", "黄": "yellow", "一般": "normal"}
_CALLED = {urgency: name for name, urgency in URGENCIES.items()}
SECRECIES = ("", "保密", "匿名")
EDITABLE: Mapping[str, tuple[str, int]] = {
    "type": ("类型", 10),
    "matter": ("事项", 10),
    "urgency": ("紧急程度", 10),
    "place": ("地点", 100),
    "address": ("地址", 200),
    "name": ("姓名", 100),
    "sex": ("性别", 4),
    "demand": ("诉求", 2000),
    "secrecy": ("保密", 4),
    "contact": ("联系电话", 40),
    "call_when": ("回访时间", 20),
}
"""Field → its name, and how many characters it holds."""
_PERSONAL = frozenset({"address", "name", "sex", "demand", "contact"})
"""Told on the timeline as changed, never what to: the timeline is kept for longer (PIPL 第十九条)."""
_UNTIL_TOLD = frozenset({"contact", "call_when"})
"""May be changed until the citizen has been called back, and never by those whose work the callback judges: they
would choose whom the system asks."""


def edit_case(
    engine: Engine,
    rules: Rules,
    *,
    number: str,
    by: Actor,
    reason: str,
    now: datetime,
    matters: Mapping[str, str],
    **changes: str,
) -> Case:
    """Changes fields of a case that is still worked on. matters: code → name. All faults are told at once.

    Another type, matter or urgency may move when its first clocks are due, never their start; red gets a leader.
    Raises Refused, NotPermitted, CaseNotFound.
    """
    reason = reasoned(reason, "修改")
    changes = {name: " ".join(value.split()) for name, value in changes.items()}
    faults = _faults(changes, matters)
    wish = NO_WISH
    try:
        wish = wish_of(changes.get("call_when", ""), now)
        if changes.get("contact"):
            changes["contact"] = normalise(changes["contact"], area_code=rules.area_code, field="联系电话")
    except (BadWish, BadNumber) as error:
        faults.append(str(error))
    if faults:
        raise MoveRefused("；".join(faults))
    with writing(engine) as connection:
        case = to_move(connection, number, by, Action.EDIT, merged=True)
        if case.state not in OPEN and not (case.state in TO_TELL and changes.keys() <= _UNTIL_TOLD):
            raise MoveRefused(f"工单 {number} 在“{case.state}”，不能改了")
        if "urgency" in changes:
            changes["urgency"] = URGENCIES[changes["urgency"]]
        if "matter" in changes:
            changes["matter_name"] = matters[changes["matter"]]
        different = {name: value for name, value in changes.items() if getattr(case, name) != value}
        if not different:
            raise MoveRefused(f"工单 {number} 本来就是这样，没有改动")
        if _UNTIL_TOLD & different.keys() and not stands_outside(connection, by, case, rules.whose):
            his = f"{by.name}是承办单位的，或者经手过"
            raise MoveRefused(f"工单 {number}：回访打哪个号码、什么时候打，由受理台改；{his}，不能改")
        if case.secret and {"type", "secrecy"} & different.keys() and not may(by, Action.HEAR, case):
            raise MoveRefused(f"工单 {number} 要保密，类型和保密请受理台或督查改；{by.name}不能改")
        told = [_told(case, name, value) for name, value in different.items() if name in EDITABLE]
        edited = with_accused(rules, replace(case, **different))  # type: ignore[arg-type]
        if "contact" in different:
            edited = replace(edited, contact_how="", contact_at=None, unsure_contact="")
        if "call_when" in changes:
            edited = replace(edited, call_from=wish.since, call_until=wish.until)
            _call_then(connection, rules, edited, now)
            if keep_habit(connection, edited, area_code=rules.area_code, by=by.name, now=now):
                told.append("以后的工单也照这个时间")
        update_cases(connection, [edited])
        restart_clocks(connection, rules, case, edited, now=now)
        not_with_its_unit(connection, edited, now=now)
        if different.get("urgency") == "red":
            put_due(connection, [lead_row(number, RED, now)])
        tell(connection, number, "改工单", at=now, text="；".join(told), who=by.name, reason=reason)
        return edited


def _call_then(connection: Connection, rules: Rules, case: Case, now: datetime) -> None:
    """A callback or confirm call that waits already waits for the time that the citizen wishes now."""
    for task in open_tasks(connection, case_number=case.number):
        if task.kind in ("callback", CONFIRM):
            put_off(connection, task.id, until=callback_due(now - rules.callback.after, rules.callback, case.wish))


def _told(case: Case, name: str, value: str) -> str:
    word, before = EDITABLE[name][0], getattr(case, name)
    if name == "urgency":
        before, value = _CALLED.get(before, before), _CALLED[value]
    return f"改了{word}" if name in _PERSONAL else f"{word}：{before or '（空）'} → {value or '（空）'}"


def _faults(changes: Mapping[str, str], matters: Mapping[str, str]) -> list[str]:
    faults = [f"{name} 不能改；可以改 {'、'.join(EDITABLE)}" for name in changes if name not in EDITABLE]
    allowed = {"type": TYPES, "urgency": tuple(URGENCIES), "secrecy": SECRECIES, "sex": ("", "男", "女")}
    allowed["matter"] = tuple(matters)
    for name, value in changes.items():
        if name in EDITABLE:
            word, longest = EDITABLE[name]
            if name in allowed and value not in allowed[name]:
                faults.append(f"{word} {value!r} 不认识；请用 {'、'.join(filter(None, allowed[name]))}")
            elif len(value) > longest:
                faults.append(f"{word}有 {len(value)} 个字，最多 {longest} 个")
            elif unreadable(value):
                faults.append(f"{word}里有看不见或认不出的字符；请重新输入")
    return faults

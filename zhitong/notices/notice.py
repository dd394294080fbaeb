"""What a notice says. It leaves the machine, over gateways of others: so it says which case, never whose or what. Pure.

A text is made from a Notice alone, and a Notice has no place for a name, a number, words or a recording.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cases.case import Case
from cases.sla import SlaClock
from routing.calendar import LOCAL

NoticeKind = Literal[
    "call", "missed", "surge", "rework", "roster", "shift", "warning", "daily", "lead", "emergency", "monitor", "test"
]
KINDS: Mapping[NoticeKind, str] = {
    "call": "正转给您的来电",
    "missed": "没有人接谈的来电",
    "surge": "集中来电",
    "rework": "群众说没解决",
    "roster": "值班表要安排",
    "shift": "值班前确认",
    "warning": "时限提醒",
    "daily": "每天早上的提醒",
    "lead": "领办、督办的工单",
    "emergency": "应急",
    "monitor": "有人监听来电",
    "test": "测试",
}

Colour = Literal["red", "orange", "yellow", "normal"]
COLOURS: Mapping[Colour, str] = {"red": "红色", "orange": "橙色", "yellow": "黄色", "normal": "一般"}

TEMPLATES: Mapping[NoticeKind, str] = {
    "call": "来电：工单 {case_number}（{what}）。{script}",
    "missed": "工单 {case_number}（{what}）：{at} 来电没有人接谈，请看工单办理。",
    "surge": "集中来电，从工单 {case_number}（{what}）{at} 起：请接下一个来电，或在热线里确认知道，后面的先听通知。",
    "rework": "工单 {case_number}（{what}）：{at} 来电，回访时群众说没解决，已退回重办，请看工单。",
    "roster": "值班表要安排，最早从 {at} 起，请看 zhitong roster gaps。",
    "shift": "您 {at} 起值班。收到请用登记的手机打热线，按4确认。",
    "warning": "工单 {case_number}（{what}）：{clock}时限 {at}，{left}。",
    "daily": "{what}今天的工单：没有办结的 {open} 件，今天到期 {soon} 件，已经超期 {late_cases} 件。",
    "lead": "工单 {case_number}（{what}）：{at} 来的，由领导领办、督查督办，请看工单。",
    "emergency": "应急：工单 {case_number}（{what}），{at} 来电。请马上核实、到现场；通话中按*3，请别的单位一起听。",
    "monitor": "监听：{at} 起有人监听一个来电，工单 {case_number}。是谁、为什么，请看督查页的“监听”。",
    "test": "热线的测试通知，收到就是通了，不用回。",
}
LONGEST_CALL = 118
"""Characters of the text that comes with a call: with the number of the notice two parts of a long text (134)."""
SECRET = "您有一件待办。"
"""All that is said of 举报 and of what is to stay secret."""

_DUE = "notice:"
_NUMBER = re.compile(r"\d{8}-\d{6}-\d{4}[a-z]?")
_NAMED = re.compile(r"[\u4e00-\u9fff（）]{2,20}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """All that a notice can be made of. at: when the call came, from when on the roster is to be seen to, when a shift
    begins, or when a clock runs out. clock: its name in the county's policy; late: it has run out. open, soon,
    late_cases: how many cases a unit has, and of these are due today, or late. script: what to do in the talk, in
    the county's words (cases.call_script).

    unit and town stand in the county's own lists: see `missed_call`, which takes nothing else. secret: only that there
    is something. Raises ValueError for what cannot be meant.
    """

    kind: NoticeKind
    at: datetime
    case_number: str = ""
    colour: Colour = "normal"
    unit: str = ""
    town: str = ""
    secret: bool = False
    clock: str = ""
    late: bool = False
    open: int = 0
    soon: int = 0
    late_cases: int = 0
    script: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"notice: at is {self.at.isoformat()} without a time zone")
        if self.case_number and not _NUMBER.fullmatch(self.case_number):
            raise ValueError("notice: that is no case number")
        named = (self.unit, self.town, self.clock)
        if self.colour not in COLOURS or any(name and not _NAMED.fullmatch(name) for name in named):
            raise ValueError("notice: colour, unit, town and clock are taken from lists")


def missed_call(case: Case, *, secret: bool, units: Iterable[str], towns: Iterable[str]) -> Notice:
    """That nobody talked with the caller of this case. Of its unit and its place only what stands in the lists is told.

    units: the names of all units. towns: the towns' names; what was said of a place below its town is left out.
    """
    return Notice(
        kind="missed",
        at=case.answered_at,
        case_number=case.number,
        colour=next((colour for colour in COLOURS if colour == case.urgency), "normal"),
        unit=next((unit for unit in units if unit == case.unit and _NAMED.fullmatch(unit)), ""),
        town=next((town for town in sorted(towns) if town in case.place and _NAMED.fullmatch(town)), ""),
        secret=secret,
    )


def call_rings(
    case: Case, *, script: tuple[str, ...], secret: bool, units: Iterable[str], towns: Iterable[str]
) -> Notice:
    """That the telephone of whoever is told rings because of this case; told as `missed_call` tells of one."""
    told = missed_call(case, secret=secret, units=units, towns=towns)
    return replace(told, kind="call", script=script)


def surge_opened(case: Case, *, secret: bool, units: Iterable[str], towns: Iterable[str]) -> Notice:
    """That several people call about the matter of this case; told as `missed_call` tells of one."""
    return replace(missed_call(case, secret=secret, units=units, towns=towns), kind="surge")


def clock_warning(
    case: Case, clock: SlaClock, *, colour: Colour, late: bool, secret: bool, units: Iterable[str], towns: Iterable[str]
) -> Notice:
    """That a clock of this case runs out, or has; the rest as `missed_call` tells of it. colour: of the warning."""
    name = clock.name if _NAMED.fullmatch(clock.name) else ""
    told = missed_call(case, secret=secret, units=units, towns=towns)
    return replace(told, kind="warning", at=clock.due_at, colour=colour, clock=name, late=late)


def day_of_unit(unit: str, at: datetime, *, open: int, soon: int, late: int) -> Notice:
    """What a unit has to do today; a unit whose name is no name is told without it."""
    name = unit if _NAMED.fullmatch(unit) else ""
    return Notice(kind="daily", at=at, unit=name, open=open, soon=soon, late_cases=late)


def not_solved(case: Case, *, secret: bool, units: Iterable[str], towns: Iterable[str]) -> Notice:
    """That the citizen says it is not solved; told as `missed_call` tells, and never in the citizen's words."""
    return replace(missed_call(case, secret=secret, units=units, towns=towns), kind="rework")


def led(case: Case, *, secret: bool, units: Iterable[str], towns: Iterable[str]) -> Notice:
    """That a leader owns the case, or supervision watches it, from now on; told as `missed_call` tells."""
    return replace(missed_call(case, secret=secret, units=units, towns=towns), kind="lead")


def emergency_opened(case: Case, *, secret: bool, units: Iterable[str], towns: Iterable[str]) -> Notice:
    """That a case is to be looked at where it happens, now; told as `missed_call` tells of one."""
    return replace(missed_call(case, secret=secret, units=units, towns=towns), kind="emergency")


def text_of(notice: Notice) -> str:
    """The notice as people read it."""
    if notice.secret:
        return SECRET
    if notice.kind == "call":
        # What stands in no template is left out first: the lines are what it is sent for.
        shorter = (notice, replace(notice, town=""), replace(notice, town="", unit=""))
        return next((text for one in shorter if len(text := _filled(one)) <= LONGEST_CALL), _filled(shorter[-1]))
    return _filled(notice)


def _filled(notice: Notice) -> str:
    return TEMPLATES[notice.kind].format(
        case_number=notice.case_number,
        what="，".join(part for part in (_colour(notice), notice.unit, notice.town) if part),
        at=f"{notice.at.astimezone(LOCAL):%m月%d日 %H:%M}",
        clock=notice.clock,
        open=notice.open,
        soon=notice.soon,
        late_cases=notice.late_cases,
        script="".join(f"{mark}{line}" for mark, line in zip("①②③", notice.script, strict=False)),
        left="已经过了，请马上办" if notice.late else "快到了，请抓紧办",
    )


def _colour(notice: Notice) -> str:
    return "" if notice.kind == "daily" else COLOURS[notice.colour]


def due_kind(kind: NoticeKind) -> str:
    """The kind of the due task that sends such a notice."""
    return f"{_DUE}{kind}"


def kind_of_due(kind: str) -> NoticeKind:
    """The kind of notice that such a due task sends."""
    return next(known for known in KINDS if due_kind(known) == kind)

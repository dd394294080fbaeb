"""Why a case is due when it is, in sentences that a citizen could be told: one for each clock. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from cases.case import Case
from cases.office import Office
from cases.shift import Extension, Shift, Together, shifted
from cases.sla import URGENCIES, ClockRule, Policy, SlaClock, counted
from routing.calendar import LOCAL, Calendar

_DAY = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"
_BEGINS = {"电话": "从来电接通", "12345": "从打 12345"}
"""What the first clocks run from, by channel; the others write, or come."""


def explained(case: Case, clock: SlaClock, shifts: Iterable[Shift], *, policy: Policy, calendar: Calendar) -> str:
    """One clock: from when it runs, by which version of which policy, which days are left out, what was granted."""
    rule, office = policy.rule(clock.code), policy.office(calendar)
    within = rule.within_of(matter=case.matter, type=case.type, urgency=case.urgency, round=clock.round)
    begins = f"第 {clock.round} 次重办，从群众说没解决" if clock.round else _BEGINS.get(case.channel, "从收到来件")
    told = [f"{clock.name}：{begins}（{_at(clock.started_at)}）算起"]
    kind = "" if clock.round else _kind(case, rule)
    told.append(
        f"按“{policy.name}”（{policy.valid_from:%Y-%m-%d} 起的办法）{kind}"
        + (f" {counted(within, rule.unit)}" if within else "现在没有这个时限了")
    )
    told += _counted(clock, rule, policy, calendar)
    told.append(f"定在 {_at(clock.set_due_at)}")
    told += _granted(clock, shifts, rule, office)
    told.append(f"所以最迟 {_at(clock.due_at)}")
    text = "，".join(told)
    if clock.met_at is None:
        return f"{text}。"
    late = "，超过了" if clock.met_at > clock.due_at else ""
    return f"{text}。{_at(clock.met_at)} 办到了{late}。"


def explained_together(number: str, since: datetime, into: str, close: SlaClock | None) -> str:
    """By which dates a case goes that is answered together with another one. close: that one's clock for the result."""
    until = f"现在最迟 {_at(close.due_at)}" if close else "现在没有办结时限"
    return (
        f"并单：{_at(since)} 起和 {into} 一起答复，对群众说的日期、提醒都跟着 {into}：{until}；"
        f"工单 {number} 从什么时候算起不变，以前过了的仍算过了，分开以后按自己的时限。"
    )


def _kind(case: Case, rule: ClockRule) -> str:
    """What of the case its number goes by: the type is always told, matter and urgency where they decide."""
    fit = rule.exemption_of(matter=case.matter, type=case.type, urgency=case.urgency)
    colour = next((name for name, code in URGENCIES.items() if code == fit.urgency), "") if fit else ""
    named = (f"事项 {case.matter}" if fit and fit.matter else "", f"紧急程度 {colour}" if colour else "", case.type)
    return "、".join(part for part in named if part)


def _counted(clock: SlaClock, rule: ClockRule, policy: Policy, calendar: Calendar) -> list[str]:
    if rule.unit == "hours":
        return ["夜里、周末和节假日都算"]
    first, last = clock.started_at.astimezone(LOCAL).date(), clock.set_due_at.astimezone(LOCAL).date()
    days = [first + _DAY * n for n in range(1, (last - first).days + 1)]
    told = ["当天不计"]
    rest = [day for day in days if not calendar.is_workday(day)]
    if rule.unit == "workdays":
        if rest:
            told.append(f"{_spans(days, rest, calendar)}不算")
        worked = [day for day in days if day.weekday() >= 5 and day not in rest]
        if worked:
            told.append(f"{'、'.join(map(_day, worked))}是周末但上班（{calendar.name(worked[0])}），算")
    elif rest and (rolled := _before(last, rest)):
        told.append(f"末日遇{_spans(days, rolled, calendar)}，顺延到上班的日子")
    for year in sorted({day.year for day in days}):
        if not calendar.knows(year):
            told.append(f"{year} 年的放假安排还不知道，按周一至周五上班算")
    return [*told, f"最后一天到 {policy.office_closes:%H:%M} 下班"]


def _before(last: date, rest: list[date]) -> list[date]:
    """The days of rest that end on the day before the last one, without a gap."""
    found, day = list[date](), last - _DAY
    while day in rest:
        found.insert(0, day)
        day -= _DAY
    return found


def _spans(days: list[date], rest: list[date], calendar: Calendar) -> str:
    """国庆节、中秋 10月1日至10月8日、周末 10月18日至10月19日: days of rest that follow each other, with their names."""
    told = []
    for resting, some in groupby(days, key=lambda day: day in rest):
        span = list(some)
        if not resting:
            continue
        names = list(dict.fromkeys(calendar.name(day) for day in span))
        holidays = [name for name in names if name != "周末"] or names
        until = f"至{_day(span[-1])}" if len(span) > 1 else ""
        told.append(f"{'、'.join(holidays)} {_day(span[0])}{until}")
    return "，".join(told)


def _granted(clock: SlaClock, shifts: Iterable[Shift], rule: ClockRule, office: Office) -> list[str]:
    told, there, due = [], list[Shift](), clock.set_due_at
    for shift in sorted(shifts, key=lambda one: one.at):
        there.append(shift)
        new = shifted(clock, there, rule=rule, office=office).due_at
        if new == due:
            continue
        if isinstance(shift, Together):
            told.append(f"{_at(shift.at)} 并入 {shift.into}，跟着它走，改到 {_at(new)}")
        elif isinstance(shift, Extension):
            told.append(f"{_at(shift.at)} 批准延期 {counted(shift.count, shift.unit)}，改到 {_at(new)}")
        else:
            took = office.between(shift.at, shift.until) if rule.unit == "workdays" else shift.until - shift.at
            what = "办公时间 " if rule.unit == "workdays" else ""
            span = f"{_at(shift.at)} 至 {_at(shift.until)} 挂起"
            told.append(f"{span}，停了{what}{_long(took)}，改到 {_at(new)}")
        due = new
    return told


def _long(amount: timedelta) -> str:
    hours, minutes = divmod(int(amount.total_seconds()) // 60, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "小时"), (minutes, "分钟")) if count) or "不到 1 分钟"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"

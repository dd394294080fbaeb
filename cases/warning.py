"""三色预警: when people are warned that a case falls due, or is overdue, who, and its colour at any moment. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from cases.case import OPEN, Case
from cases.office import Office
from cases.sla import UNITS, BadPolicy, ClockRule, Limit, SlaClock, later
from routing.calendar import LOCAL

Colour = Literal["", "yellow", "orange", "red"]
COLOURS: Mapping[str, Colour] = {"黄": "yellow", "橙": "orange", "红": "red"}
_GRADES: tuple[Colour, ...] = ("", *COLOURS.values())


class Told(StrEnum):
    """Who is warned, from the one who works on it up (超期自动推送经办人乃至分管领导, 万源)."""

    HANDLER = "经办"
    HEAD = "单位负责人"
    LEADER = "分管领导"


@dataclass(frozen=True, kw_only=True, slots=True)
class WarningStep:
    """One step. left: the part of the time allowed that is left then; late: so long after expiry. One of the two.

    leads: a leader owns the case from then on (cases.lead).
    """

    colour: Colour
    tell: tuple[Told, ...]
    left: float | None = None
    late: Limit | None = None
    leads: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeRules:
    """config/policies/clocks.toml. quiet: from–until, local, when nobody is warned. suspend_most: the longest 挂起."""

    warnings: tuple[WarningStep, ...]
    quiet: tuple[time, time] = (time(22, 0), time(7, 0))
    suspend_most: timedelta = timedelta(days=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Light:
    """The colour of a case, and the clock that gives it; no clock: nothing runs."""

    colour: Colour = ""
    clock: SlaClock | None = None


def moment_of(warning: WarningStep, clock: SlaClock, *, rule: ClockRule, office: Office) -> datetime:
    """When this step is reached. What is left counts back from when it is due, so a 挂起 takes nothing of it."""
    if warning.late is not None:
        return later(clock.due_at, warning.late.most, warning.late.unit, office.calendar)
    left = warning.left or 0.0
    if rule.unit == "workdays":
        return office.before(clock.due_at, office.between(clock.started_at, clock.set_due_at) * left)
    return clock.due_at - (clock.set_due_at - clock.started_at) * left


def next_warning(
    clock: SlaClock, warnings: Iterable[WarningStep], after: datetime, *, rule: ClockRule, office: Office
) -> datetime | None:
    """When the next step comes after this moment; None: there is none."""
    found = (moment_of(one, clock, rule=rule, office=office) for one in warnings)
    return min((moment for moment in found if moment > after), default=None)


def reached(
    clock: SlaClock, warnings: Iterable[WarningStep], now: datetime, *, rule: ClockRule, office: Office
) -> list[WarningStep]:
    """The steps that are reached by now, the latest last."""
    told = [(moment_of(one, clock, rule=rule, office=office), one) for one in warnings]
    return [one for moment, one in sorted(told, key=lambda pair: pair[0]) if moment <= now]


def colour_of(
    clock: SlaClock, warnings: Iterable[WarningStep], now: datetime, *, rule: ClockRule, office: Office
) -> Colour:
    """The colour of a clock that is not met: the gravest one reached, and red when it has run out."""
    if clock.met_at is not None:
        return ""
    if now >= clock.due_at:
        return "red"
    grades = [_GRADES.index(one.colour) for one in reached(clock, warnings, now, rule=rule, office=office)]
    return _GRADES[max(grades, default=0)]


def runs(clock: SlaClock, case: Case) -> bool:
    """Whether a clock still matters: nobody has done yet what it waits for, and somebody is to."""
    return clock.met_at is None and clock.round == case.rework and case.state in OPEN


def gravest(lights: Iterable[Light]) -> Light:
    """The worst of several; of one colour the one that is due first."""
    there = [(-_GRADES.index(one.colour), one.clock.due_at, one) for one in lights if one.clock is not None]
    return min(there, key=lambda one: one[:2])[2] if there else Light()


def quiet_until(now: datetime, quiet: tuple[time, time]) -> datetime | None:
    """The end of the quiet hours that are now; None: these are none."""
    local, (evening, morning) = now.astimezone(LOCAL), quiet
    clock = local.time()
    if evening <= morning:
        if not evening <= clock < morning:
            return None
    elif morning <= clock < evening:
        return None
    return datetime.combine(local.date() + timedelta(days=clock >= morning), morning, LOCAL)


def load_time_rules(path: Path) -> TimeRules:
    """Reads clocks.toml; a missing file: no warnings. Raises BadPolicy, all faults at once."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return TimeRules(warnings=())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicy(f"{path.name}：不是 TOML（{error}）") from error
    known = ("quiet", "suspend_days", "warning")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in content if key not in known]
    quiet, days = content.get("quiet", [time(22, 0), time(7, 0)]), content.get("suspend_days", 60)
    if not isinstance(quiet, list) or len(quiet) != 2 or not all(isinstance(one, time) for one in quiet):
        faults.append(f"quiet 是 {quiet!r}；请写成 [22:00:00, 07:00:00]，不加引号")
    if not _whole(days, 1):
        faults.append(f"suspend_days 是 {days!r}；请写大于 0 的整数（天）")
    warnings = []
    for number, raw in enumerate(content.get("warning", ()), start=1):
        wrong = _faults(raw)
        faults += [f"第 {number} 个 warning：{fault}" for fault in wrong]
        if not wrong:
            warnings.append(_warning(raw))
    if faults:
        raise BadPolicy("\n".join(f"{path.name}：{fault}" for fault in faults))
    return TimeRules(warnings=tuple(warnings), quiet=(quiet[0], quiet[1]), suspend_most=timedelta(days=days))


def _warning(raw: Mapping[str, Any]) -> WarningStep:
    late = Limit(most=raw["late"], unit=raw.get("unit", "hours")) if "late" in raw else None
    return WarningStep(
        colour=COLOURS[raw["colour"]],
        tell=tuple(one for one in Told if one in raw["tell"]),
        left=None if late else raw["left_percent"] / 100,
        late=late,
    )


def _faults(raw: Mapping[str, Any]) -> list[str]:
    known = ("colour", "tell", "left_percent", "late", "unit")
    faults = [f"{key} 不认识；只有 {'、'.join(known)}" for key in raw if key not in known]
    if raw.get("colour") not in COLOURS:
        faults.append(f"colour 是 {raw.get('colour')!r}；请用 {'、'.join(COLOURS)}")
    tell = raw.get("tell")
    if not isinstance(tell, list) or not tell or any(one not in list(Told) for one in tell):
        faults.append(f"tell 是 {tell!r}；请从 {'、'.join(Told)} 里选")
    if ("left_percent" in raw) == ("late" in raw):
        faults.append("请写 left_percent（还剩百分之几）或 late（过了多久），两个里写一个")
    elif "late" in raw and not _whole(raw["late"], 0):
        faults.append(f"late 是 {raw['late']!r}；请写不小于 0 的整数")
    elif "left_percent" in raw and not (_whole(raw["left_percent"], 1) and raw["left_percent"] < 100):
        faults.append(f"left_percent 是 {raw['left_percent']!r}；请写 1 到 99 的整数")
    if raw.get("unit", "hours") not in UNITS:
        faults.append(f"unit 是 {raw['unit']!r}；只能是 {'、'.join(UNITS)}")
    return faults


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least

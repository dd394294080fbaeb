"""When a case is due: policies as dated data, and the pure reckoning of their clocks.

The first clocks start at the answered call and nothing moves their start: neither a second unit nor 重办. A 重办 starts
clocks of its own beside them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from routing.calendar import LOCAL, Calendar

Unit = Literal["hours", "days", "workdays"]
_UNITS = ("hours", "days", "workdays")


class BadPolicy(ValueError):
    """A policy file that cannot be used, or no policy for the day; names file, field, value and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRule:
    """One clock of a policy: so many units, other numbers for some types; rework: for a 重办 (None: none)."""

    code: str
    name: str
    within: int
    unit: Unit
    by_type: Mapping[str, int] = field(default_factory=dict)
    rework: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A policy as it stands from a day on. office_closes ends the last day of clocks counted in days."""

    id: str
    name: str
    valid_from: date
    office_closes: time
    clocks: tuple[ClockRule, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaClock:
    """A running clock of a case. round 0: from the answered call; round n: of the n-th 重办."""

    code: str
    name: str
    round: int
    started_at: datetime
    due_at: datetime
    policy: str
    met_at: datetime | None = None
    """When what it waits for was done; None: not yet."""


def due_times(
    policy: Policy, *, start: datetime, type: str, calendar: Calendar, round: int = 0
) -> tuple[SlaClock, ...]:
    """The clocks that start at `start` (aware): round 0 at the answered call, later rounds at each 重办.

    Hours run day and night. Days and working days begin the day after, end when the office closes, and a last day that
    is no working day moves to the next one (民法典 第二百零一条、第二百零三条). Raises ValueError for a naive start.
    """
    if start.tzinfo is None:
        raise ValueError(f"due_times: start is {start.isoformat()} without a time zone")
    clocks = []
    for rule in policy.clocks:
        within = rule.by_type.get(type, rule.within) if round == 0 else rule.rework
        if within is not None:
            clocks.append(
                SlaClock(
                    code=rule.code,
                    name=rule.name,
                    round=round,
                    started_at=start,
                    policy=policy.id,
                    due_at=_due(start, within, rule.unit, policy.office_closes, calendar),
                )
            )
    return tuple(clocks)


def policy_on(policies: tuple[Policy, ...], id: str, day: date) -> Policy:
    """The version of the policy in force on this day; before the first version, the first. Raises BadPolicy."""
    versions = sorted((policy for policy in policies if policy.id == id), key=lambda policy: policy.valid_from)
    if not versions:
        known = "、".join(sorted({policy.id for policy in policies})) or "（没有）"
        raise BadPolicy(f"没有名为 {id!r} 的时限办法；config/policies 里现有：{known}")
    return next((policy for policy in reversed(versions) if policy.valid_from <= day), versions[0])


def load_policies(folder: Path) -> tuple[Policy, ...]:
    """Reads every <id>.toml of the folder that has [[version]] tables. Raises BadPolicy, all faults at once."""
    policies: list[Policy] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path.name}: 不是 TOML（{error}）")
            continue
        for number, version in enumerate(content.get("version", ()), start=1):
            where = f"{path.name} 第 {number} 个 version"
            found, wrong = _version(path.stem, content.get("name", path.stem), version, where)
            faults += wrong
            if found:
                policies.append(found)
    if not policies and not faults:
        faults.append(f"{folder} 里没有时限办法；至少要有一个写着 [[version]] 的 .toml，例如 135.toml")
    if faults:
        raise BadPolicy("\n".join(faults))
    return tuple(policies)


def _due(start: datetime, within: int, unit: Unit, closes: time, calendar: Calendar) -> datetime:
    if unit == "hours":
        return start + timedelta(hours=within)
    day = start.astimezone(LOCAL).date()
    if unit == "workdays":
        last = calendar.workday_after(day, within)
    else:
        last = calendar.workday_on_or_after(day + timedelta(days=within))
    return datetime.combine(last, closes, tzinfo=LOCAL)


def _version(id: str, name: str, raw: Mapping[str, Any], where: str) -> tuple[Policy | None, list[str]]:
    faults: list[str] = []
    valid_from, closes = raw.get("valid_from"), raw.get("office_closes", time(17, 30))
    if not isinstance(valid_from, date) or isinstance(valid_from, datetime):
        faults.append(f"{where}: valid_from 是 {valid_from!r}；请写成 2025-01-01，不加引号")
    if not isinstance(closes, time):
        faults.append(f"{where}: office_closes 是 {closes!r}；请写成 17:30:00，不加引号")
    rules = []
    for clock in raw.get("clock", ()):
        rule, wrong = _rule(clock, where)
        faults += wrong
        if rule:
            rules.append(rule)
    if not faults and "close" not in {rule.code for rule in rules}:
        faults.append(f'{where}: 缺少 code = "close" 的时钟（办结时限）')
    if faults:
        return None, faults
    assert isinstance(valid_from, date) and isinstance(closes, time)
    return Policy(id=id, name=str(name), valid_from=valid_from, office_closes=closes, clocks=tuple(rules)), []


def _rule(raw: Mapping[str, Any], where: str) -> tuple[ClockRule | None, list[str]]:
    faults = []
    by_type, rework = raw.get("by_type", {}), raw.get("rework")
    if not raw.get("code") or not raw.get("name"):
        faults.append(f"{where}: 时钟缺少 code 或 name（现为 {raw.get('code')!r}、{raw.get('name')!r}）")
    if raw.get("unit") not in _UNITS:
        faults.append(f"{where}: unit 是 {raw.get('unit')!r}；只能是 {'、'.join(_UNITS)}（小时、天、工作日）")
    numbers = {"within": raw.get("within"), **{f"by_type.{k}": v for k, v in by_type.items()}}
    if rework is not None:
        numbers["rework"] = rework
    faults += [
        f"{where}: {key} 是 {value!r}；请写大于 0 的整数"
        for key, value in numbers.items()
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0
    ]
    if faults:
        return None, faults
    return ClockRule(
        code=raw["code"], name=raw["name"], within=raw["within"], unit=raw["unit"], by_type=dict(by_type), rework=rework
    ), []

"""When a case is due: policies as dated data, and the pure reckoning of their clocks.

The first clocks start at the answered call and nothing moves their start: neither a second unit nor 重办. A 重办 starts
clocks of its own beside them. What moves when one is due (延期, 挂起): cases.shift.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from cases.office import Office
from routing.calendar import LOCAL, Calendar

Unit = Literal["hours", "days", "workdays"]
UNITS: Mapping[str, str] = {"hours": "小时", "days": "天", "workdays": "工作日"}
URGENCIES: Mapping[str, str] = {"红": "red", "橙": "orange", "黄": "yellow", "一般": "normal"}
"""As policies write them: the names that people use."""


class BadPolicy(ValueError):
    """A policy file that cannot be used, or no policy for the day; names file, field, value and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """Another number for some cases. matter: a sub-item (A1) or a whole class (A); what is empty holds for all."""

    within: int
    matter: str = ""
    type: str = ""
    urgency: str = ""

    def covers(self, matter: str, type: str, urgency: str) -> bool:
        """Whether it holds for a case like this."""
        return (
            (not self.matter or self.matter in (matter, matter[:1]))
            and self.type in ("", type)
            and self.urgency in ("", urgency)
        )

    @property
    def closeness(self) -> tuple[int, int, bool, bool]:
        """How special it is: by how much it names; then matter (a sub-item before a class), urgency, type."""
        named = sum(map(bool, (self.matter, self.type, self.urgency)))
        return named, len(self.matter), bool(self.urgency), bool(self.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """So many, of what."""

    most: int
    unit: Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRule:
    """One clock of a policy: so many units, other numbers for some cases; rework: for a 重办 (None: none).

    extension: by how much it may be extended in all (None: not at all). stops: whether it stands still in a 挂起.
    """

    code: str
    name: str
    within: int
    unit: Unit
    exemptions: tuple[Exemption, ...] = ()
    rework: int | None = None
    extension: Limit | None = None
    stops: bool = False

    def within_of(self, *, matter: str = "", type: str = "", urgency: str = "", round: int = 0) -> int | None:
        """How many units a case like this has; None: no such clock in a 重办. Of several numbers the closest wins."""
        if round:
            return self.rework
        fit = self.exemption_of(matter=matter, type=type, urgency=urgency)
        return fit.within if fit else self.within

    def exemption_of(self, *, matter: str, type: str, urgency: str) -> Exemption | None:
        """The closest exemption that holds for a case like this; None: the number for all holds."""
        fit = [one for one in self.exemptions if one.covers(matter, type, urgency)]
        return max(fit, key=lambda one: one.closeness, default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A policy as it stands from a day on. office_closes ends the last day of clocks counted in days."""

    id: str
    name: str
    valid_from: date
    office_closes: time
    clocks: tuple[ClockRule, ...]
    office_opens: time = time(8, 30)

    def rule(self, code: str) -> ClockRule:
        """The rule of this clock. Raises BadPolicy when the version has none."""
        found = next((rule for rule in self.clocks if rule.code == code), None)
        if found is None:
            raise BadPolicy(f"时限办法 {self.id}（{self.valid_from} 起的）里没有 {code!r} 这个时钟了，请把它写回去")
        return found

    def office(self, calendar: Calendar) -> Office:
        """The working time of its offices."""
        return Office(calendar=calendar, opens=self.office_opens, closes=self.office_closes)


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaClock:
    """A running clock of a case. round 0: from the answered call; round n: of the n-th 重办.

    first_due_at: as it was before any 延期 or 挂起; None: as due_at. warn_at: when people are to be warned next.
    """

    code: str
    name: str
    round: int
    started_at: datetime
    due_at: datetime
    policy: str
    met_at: datetime | None = None
    """When what it waits for was done; None: not yet."""
    first_due_at: datetime | None = None
    warn_at: datetime | None = None

    @property
    def set_due_at(self) -> datetime:
        """When it was due before anything moved that."""
        return self.first_due_at or self.due_at


def due_times(
    policy: Policy,
    *,
    start: datetime,
    type: str,
    calendar: Calendar,
    round: int = 0,
    matter: str = "",
    urgency: str = "",
) -> tuple[SlaClock, ...]:
    """The clocks that start at `start` (aware): round 0 at the answered call, later rounds at each 重办.

    Hours run day and night. Days and working days begin the day after, end when the office closes, and a last day that
    is no working day moves to the next one (民法典 第二百零一条、第二百零三条). Raises ValueError for a naive start.
    """
    if start.tzinfo is None:
        raise ValueError(f"due_times: start is {start.isoformat()} without a time zone")
    clocks = []
    for rule in policy.clocks:
        within = rule.within_of(matter=matter, type=type, urgency=urgency, round=round)
        if within is not None:
            due_at = later(start, within, rule.unit, calendar, closes=policy.office_closes)
            clocks.append(
                SlaClock(
                    code=rule.code,
                    name=rule.name,
                    round=round,
                    started_at=start,
                    policy=policy.id,
                    due_at=due_at,
                    first_due_at=due_at,
                )
            )
    return tuple(clocks)


def counted(count: int, unit: Unit) -> str:
    """5 个工作日, 3 天, 2 小时: as people read it."""
    return f"{count} {'个' if unit == 'workdays' else ''}{UNITS[unit]}"


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


def later(start: datetime, count: int, unit: Unit, calendar: Calendar, *, closes: time | None = None) -> datetime:
    """So much after `start`: hours run on; days do not count the first one and end on a working day.

    closes: when that day ends; None: at the hour of `start`.
    """
    if unit == "hours":
        return start + timedelta(hours=count)
    local = start.astimezone(LOCAL)
    if unit == "workdays":
        last = calendar.workday_after(local.date(), count)
    else:
        last = calendar.workday_on_or_after(local.date() + timedelta(days=count))
    return datetime.combine(last, closes or local.time(), tzinfo=LOCAL)


def _version(id: str, name: str, raw: Mapping[str, Any], where: str) -> tuple[Policy | None, list[str]]:
    faults: list[str] = []
    valid_from, closes = raw.get("valid_from"), raw.get("office_closes", time(17, 30))
    opens = raw.get("office_opens", time(8, 30))
    faults += _unknown(raw, ("valid_from", "office_opens", "office_closes", "clock"), where)
    if not isinstance(valid_from, date) or isinstance(valid_from, datetime):
        faults.append(f"{where}: valid_from 是 {valid_from!r}；请写成 2025-01-01，不加引号")
    for key, value in (("office_opens", opens), ("office_closes", closes)):
        if not isinstance(value, time):
            faults.append(f"{where}: {key} 是 {value!r}；请写成 17:30:00，不加引号")
    if isinstance(opens, time) and isinstance(closes, time) and not opens < closes:
        faults.append(f"{where}: office_opens {opens} 不早于 office_closes {closes}")
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
    assert isinstance(valid_from, date) and isinstance(opens, time) and isinstance(closes, time)
    policy = Policy(
        id=id, name=str(name), valid_from=valid_from, office_opens=opens, office_closes=closes, clocks=tuple(rules)
    )
    return policy, []


_BY = ("matter", "type", "urgency")
_CLOCK = ("code", "name", "within", "unit", "rework", "extension", "stops", "case", *(f"by_{name}" for name in _BY))


def _rule(raw: Mapping[str, Any], where: str) -> tuple[ClockRule | None, list[str]]:
    faults = _unknown(raw, _CLOCK, where)
    rework, extension, stops = raw.get("rework"), raw.get("extension"), raw.get("stops", False)
    if not raw.get("code") or not raw.get("name"):
        faults.append(f"{where}: 时钟缺少 code 或 name（现为 {raw.get('code')!r}、{raw.get('name')!r}）")
    faults += _unit(raw.get("unit"), "unit", where)
    if not isinstance(stops, bool):
        faults.append(f"{where}: stops 是 {stops!r}；请写 true（挂起时停）或 false")
    cases = [{name: key, "within": n} for name in _BY for key, n in raw.get(f"by_{name}", {}).items()]
    cases += raw.get("case", ())
    numbers = {"within": raw.get("within"), **{f"{_named(one)} 的 within": one.get("within") for one in cases}}
    if rework is not None:
        numbers["rework"] = rework
    if extension is not None:
        if isinstance(extension, Mapping):
            numbers["extension.most"] = extension.get("most")
            faults += _unit(extension.get("unit"), "extension.unit", where)
        else:
            faults.append(f'{where}: extension 是 {extension!r}；请写成 {{ most = 10, unit = "days" }}')
    faults += [
        f"{where}: {key} 是 {value!r}；请写大于 0 的整数"
        for key, value in numbers.items()
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0
    ]
    for one in cases:
        faults += _unknown(one, (*_BY, "within"), f"{where} 的 case")
        if not any(one.get(name) for name in _BY):
            faults.append(f"{where}: case 没有写是哪些工单；请写 matter、type 或 urgency")
        if one.get("urgency", "一般") not in URGENCIES:
            faults.append(f"{where}: urgency {one['urgency']!r} 不认识；请用 {'、'.join(URGENCIES)}")
    if faults:
        return None, faults
    exemptions = tuple(
        Exemption(
            within=one["within"],
            matter=one.get("matter", ""),
            type=one.get("type", ""),
            urgency=URGENCIES.get(one.get("urgency", ""), ""),
        )
        for one in cases
    )
    return ClockRule(
        code=raw["code"],
        name=raw["name"],
        within=raw["within"],
        unit=raw["unit"],
        exemptions=exemptions,
        rework=rework,
        extension=Limit(most=extension["most"], unit=extension["unit"]) if extension else None,
        stops=stops,
    ), []


def _unit(value: Any, key: str, where: str) -> list[str]:
    known = "、".join(f"{unit}（{name}）" for unit, name in UNITS.items())
    return [] if value in UNITS else [f"{where}: {key} 是 {value!r}；只能是 {known}"]


def _named(case: Mapping[str, Any]) -> str:
    return "，".join(str(case[name]) for name in _BY if case.get(name)) or "case"


def _unknown(raw: Mapping[str, Any], known: tuple[str, ...], where: str) -> list[str]:
    return [f"{where}: {key} 不认识；只有 {'、'.join(known)}" for key in raw if key not in known]

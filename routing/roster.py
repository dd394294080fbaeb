"""值班表: who is on duty at a moment, in whose place, and at which moments that changes. Pure; all times aware.

Wall-clock times are those of Asia/Shanghai, which has kept UTC+8 without summer time since 1991.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Literal, TypeVar

from routing.calendar import LOCAL, Calendar
from routing.hours import ALL_DAY, DayKind, Hours, holds, is_kind
from routing.officials import RANKS, Official, Rank
from routing.spans import Span, Spans

S = TypeVar("S", bound=Span)

Role = Literal["lead", "staff"]
"""lead: 带班领导; staff: 值班人员."""
ROLES: tuple[Role, ...] = ("lead", "staff")

Away = Literal["未到任", "已离任", "请假"]
AWAY: tuple[Away, ...] = ("未到任", "已离任", "请假")
"""Why somebody is not there; what comes first is told, where several hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """班次: an official in the spans of a day (several = split hours), between two dates (both included) if given.

    role None: a director or deputy leads, others are staff. unit empty: the official's own.
    """

    official: str
    hours: tuple[Hours, ...]
    first: date | None = None
    last: date | None = None
    role: Role | None = None
    unit: str = ""
    always: bool = False
    """Whether it holds beside an imported sheet too."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has it at any time."""
        return (self.official,)

    def on(self, local: datetime, days: "DayCount") -> tuple[str, ...]:
        """Who is on duty by this rule at the local time: one official or nobody."""
        covered = any(h.covers(local, days.calendar) and self._runs(h.start_day(local)) for h in self.hours)
        return (self.official,) if covered else ()

    def _runs(self, day: date | None) -> bool:
        """A span belongs to the date it starts on: the last night of a shift runs into the morning after."""
        return day is not None and holds(day, self.first, self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """轮值: officials in turn. Each of `turns` (one or several together) has `every`, the first one from `start` on.

    The clock of `start` is that of the handover. kind workdays or restdays: only such days count and are covered, and
    `every` is whole days; the turns wait meanwhile. Within a turn only `hours` are covered. last: the last date on
    which a turn may begin.
    """

    turns: tuple[tuple[str, ...], ...]
    start: datetime
    every: timedelta = timedelta(days=1)
    hours: tuple[Hours, ...] = (ALL_DAY,)
    kind: DayKind = "all"
    last: date | None = None
    role: Role | None = None
    unit: str = ""
    always: bool = False

    def __post_init__(self) -> None:
        _aware(self.start)
        if not self.turns or self.every <= timedelta() or (self.kind != "all" and self.every % timedelta(days=1)):
            raise ValueError("a rotation needs turns and a positive `every`, of whole days unless it is of all days")

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has it at any time."""
        return tuple(chain.from_iterable(self.turns))

    def on(self, local: datetime, days: "DayCount") -> tuple[str, ...]:
        """Whose turn it is at the local time; nobody outside the hours."""
        if local < self.start or not any(h.covers(local, days.calendar) for h in self.hours):
            return ()
        begun = self.start.astimezone(LOCAL)
        if self.kind == "all":
            turn = (local - begun) // self.every
            day = (begun + turn * self.every).date()
        else:
            day = (local - timedelta(hours=begun.hour, minutes=begun.minute, seconds=begun.second)).date()
            if not is_kind(day, self.kind, days.calendar):
                return ()
            turn = days.between(begun.date(), day, self.kind) // self.every.days
        if self.last is not None and day > self.last:
            return ()
        return self.turns[turn % len(self.turns)]

    def handovers(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The moments in [start, end) at which the next one's turn may begin."""
        step = self.every if self.kind == "all" else timedelta(days=1)
        at = self.start + max(0, (start - self.start) // step) * step
        while at < end:
            if at >= start:
                yield at
            at += step


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """A row of a sheet: an official is on duty between two moments."""

    official: str
    start: datetime
    end: datetime
    role: Role | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        _aware(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """An imported sheet: between two moments its rows (duties) stand in place of the unit's shifts and rotations.

    Shifts that say `always` stay: a director's mobile is on whatever the sheet says.
    """

    unit: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _aware(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """请假: not rung between two moments, neither on duty nor as a stand-in; the deputy has the duty."""

    official: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _aware(self.start, self.end)

    @property
    def why(self) -> Away:
        return "请假"


@dataclass(frozen=True, kw_only=True, slots=True)
class OutOfPost:
    """The time before an official's first date, or after the last: like leave, the deputy has the duty."""

    official: str
    start: datetime
    end: datetime
    why: Away


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """调班: between two moments `on` does the duty of `off`, whenever `off` would be on duty."""

    off: str
    on: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _aware(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDuty:
    """An official on duty. `instead`: the name of whom they stand in for, `because` of an override, of leave, or of
    not being in post.

    rank: of the one whose duty it is: who stands in for the director is rung where the director would be.
    planned: the id of the one whose duty it is, whom a change of it names.
    """

    official: Official
    role: Role
    rank: Rank
    instead: str = ""
    because: Literal["", "调班", Away] = ""
    planned: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Roster:
    """The officials and their duty: rules (shifts, rotations) and single rows (duties) together.

    Later entries of `overrides` win over earlier ones. One roster is asked again and again: what it looks things up in
    is made at the first question.
    """

    officials: tuple[Official, ...]
    shifts: tuple[Shift, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    duties: tuple[Duty, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    leaves: tuple[Leave, ...] = ()
    overrides: tuple[Override, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)

    def on_duty(self, now: datetime, unit: str) -> tuple[OnDuty, ...]:
        """Those on duty at `now` (aware) in the unit, leaders first, then by rank, each official once.

        Nobody who is on leave or not in post: their first deputy who is there has the duty, if they have one.
        """
        local = _aware(now)[0].astimezone(LOCAL)
        found: dict[str, OnDuty] = {}
        for planned, role, _ in self._planned(local, unit):
            one = self._who(planned, role, now)
            # Who has two duties at once is on duty as the higher one, and for himself before he is for another.
            if one is not None and (one.official.id not in found or _weight(one) < _weight(found[one.official.id])):
                found[one.official.id] = one
        return tuple(sorted(found.values(), key=lambda d: (*place_of(d), self._order[d.official.id])))

    def official(self, official_id: str) -> Official | None:
        """The official with this id."""
        return self._people.get(official_id)

    def of_unit(self, unit: str) -> tuple[Official, ...]:
        """The officials of a unit by rank, on duty or not."""
        return self._members.get(unit, ())

    def away(self, official_id: str, now: datetime) -> Away | Literal[""]:
        """Why the official is not there: on leave, or not in post; empty: they are."""
        if official_id not in self._absences:
            return ""
        return min((one.why for one in self._absences[official_id].at(now)), key=AWAY.index, default="")

    def edges(self, start: datetime, end: datetime, unit: str) -> tuple[datetime, ...]:
        """Every moment in [start, end) at which on_duty(…, unit) may change; between two it does not.

        Only what concerns the unit is looked at: a county has thousands of overrides and leaves elsewhere.
        """
        _aware(start, end)
        return tuple(sorted({e for e in self._moments(start, end, unit) if start <= e < end}))

    def absence_edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every moment in [start, end) at which anybody goes on leave, comes back, begins in a post or leaves it."""
        for absences in self._absences.values():
            yield from absences.edges(start, end)

    def expected(self, now: datetime, unit: str) -> tuple[str, ...]:
        """The ids of those who should be on duty: rules, rows and overrides, away or not; ids may be unknown."""
        return tuple(self._serves(planned, now) for planned, _, _ in self._planned(now.astimezone(LOCAL), unit))

    def doubled(self, now: datetime, unit: str) -> Iterator[tuple[OnDuty, ...]]:
        """The duties of everybody who has several at once in the unit: in both roles, written twice, or for others too.

        A rule that `always` holds, beside the same duty by another rule, is none of its own.
        """
        found: defaultdict[str, list[tuple[str, OnDuty]]] = defaultdict(list)
        # Those that always hold come last: what they are beside is known by then.
        for planned, role, always in sorted(self._planned(now.astimezone(LOCAL), unit), key=lambda one: one[2]):
            one = self._who(planned, role, now)
            if one is None:
                continue
            own = found[one.official.id]
            if not (always and any(planned == other and one.role == duty.role for other, duty in own)):
                own.append((planned, one))
        for own in found.values():
            if len(own) > 1:
                yield tuple(sorted((duty for _, duty in own), key=_weight))

    def may_serve(self, unit: str) -> frozenset[str]:
        """The ids of all who may ever come to be on duty in the unit: planned, by override, or as a deputy of those."""
        planned = self._ever_planned.get(unit, ())
        waiting = [*planned, *(o.on for one in planned for o in self._overrides.get(one, ()))]
        found = set[str]()
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                official = self._people.get(one)
                waiting += official.deputies if official else ()
        return frozenset(found)

    def unit_of(self, rule: Shift | Rotation) -> str:
        """Whose duty it is: the unit that the rule names, else that of its (first) official."""
        return rule.unit or self._unit_of(rule.people[0])

    @property
    def units(self) -> tuple[str, ...]:
        """The units that have a roster of their own."""
        return self._units

    # --- how it is found ----------------------------------------------------------------------------------------------

    def _planned(self, local: datetime, unit: str) -> Iterator[tuple[str, Role | None, bool]]:
        """Official, role, and whether it is by a rule that always holds."""
        sheet = unit in self._sheets and bool(self._sheets[unit].at(local))
        for rule in self._rules.get(unit, ()):
            for official in rule.on(local, self._days) if rule.always or not sheet else ():
                yield official, rule.role, rule.always
        if unit in self._duties:
            for duty in self._duties[unit].at(local):
                yield duty.official, duty.role, False

    def _who(self, planned: str, role: Role | None, now: datetime) -> OnDuty | None:
        """The official who has the duty planned for this one; None when nobody can have it."""
        who = self._serves(planned, now)
        there = self.present(who, now)
        if there is None:
            return None
        official, first = self._people[there], self._people.get(planned)
        # Whoever took the duty over is away: of whom it was taken over is known, and that is no leave of theirs.
        because: Literal["", "调班", Away] = "" if there == planned else "调班"
        if there != planned and who == planned:
            because = self.away(planned, now)
        instead = first.name if first is not None and because else ""
        duty = first or official
        told = {"official": official, "role": role or role_of(duty), "rank": duty.rank, "planned": planned}
        return OnDuty(**told, instead=instead, because=because)  # type: ignore[arg-type]

    def _serves(self, planned: str, now: datetime) -> str:
        """Who has the duty planned for this one: the other of an override, else they themselves."""
        swaps = self._overrides[planned].at(now) if planned in self._overrides else ()
        # Spans are in the order of their beginnings: the one told last is the one with the highest place in the roster.
        swap = max(swaps, key=self._told.__getitem__, default=None)
        return swap.on if swap else planned

    def present(self, official_id: str, now: datetime) -> str | None:
        """The official or, while away, the first deputy (or deputy's deputy) who is not; None: nobody."""
        return self._present(official_id, now, set())

    def _present(self, who: str, now: datetime, asked: set[str]) -> str | None:
        official = self._people.get(who)
        if official is None or who in asked:
            return None
        if not self.away(who, now):
            return who
        asked.add(who)
        there = (self._present(deputy, now, asked) for deputy in official.deputies)
        return next((one for one in there if one is not None), None)

    def _moments(self, start: datetime, end: datetime, unit: str) -> Iterator[datetime]:
        clocks = set[time]()
        for rule in self._rules.get(unit, ()):
            if isinstance(rule, Rotation):
                yield from rule.handovers(start, end)
                if rule.hours == (ALL_DAY,):
                    continue  # only a handover changes anything
            clocks |= {clock for h in rule.hours for clock in (h.start, h.end)}
        yield from daily(clocks, start, end)
        spans: Iterable[Spans[Any] | None] = (
            self._duties.get(unit),
            self._sheets.get(unit),
            *(self._overrides.get(one) for one in self._ever_planned.get(unit, ())),
            *(self._absences.get(one) for one in self.may_serve(unit)),
        )
        for of_one in spans:
            yield from of_one.edges(start, end) if of_one else ()

    @cached_property
    def _people(self) -> dict[str, Official]:
        return {o.id: o for o in self.officials}

    @cached_property
    def _order(self) -> dict[str, int]:
        return {o.id: i for i, o in enumerate(self.officials)}

    @cached_property
    def _members(self) -> dict[str, tuple[Official, ...]]:
        members: defaultdict[str, list[Official]] = defaultdict(list)
        for official in by_rank(self.officials):
            for unit in dict.fromkeys((official.unit, *official.units)):
                members[unit].append(official)
        return {unit: tuple(there) for unit, there in members.items()}

    @cached_property
    def _rules(self) -> dict[str, list[Shift | Rotation]]:
        rules: defaultdict[str, list[Shift | Rotation]] = defaultdict(list)
        for rule in self.shifts + self.rotations:
            rules[self.unit_of(rule)].append(rule)
        return dict(rules)

    @cached_property
    def _duties(self) -> dict[str, Spans[Duty]]:
        return _gathered(self.duties, lambda duty: duty.unit or self._unit_of(duty.official))

    @cached_property
    def _ever_planned(self) -> dict[str, tuple[str, ...]]:
        """By unit: everybody whom its rules and rows name."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for unit, rules in self._rules.items():
            found[unit].update(dict.fromkeys(one for rule in rules for one in rule.people))
        for unit, duties in self._duties.items():
            found[unit].update(dict.fromkeys(duty.official for duty in duties))
        return {unit: tuple(there) for unit, there in found.items()}

    @cached_property
    def _sheets(self) -> dict[str, Spans[Sheet]]:
        return _gathered(self.sheets, lambda sheet: sheet.unit)

    @cached_property
    def _absences(self) -> dict[str, Spans[Leave | OutOfPost]]:
        """By official; who has neither leave nor dates is not in it."""
        return _gathered((*_out_of_post(self.officials), *self.leaves), lambda absence: absence.official)

    @cached_property
    def _overrides(self) -> dict[str, Spans[Override]]:
        return _gathered(self.overrides, lambda override: override.off)

    @cached_property
    def _told(self) -> dict[Override, int]:
        return {override: i for i, override in enumerate(self.overrides)}

    @cached_property
    def _units(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._rules, *self._duties)))

    @cached_property
    def _days(self) -> "DayCount":
        return DayCount(self.calendar)

    def _unit_of(self, official_id: str) -> str:
        official = self._people.get(official_id)
        return official.unit if official else ""


_EVER, _NEVER = datetime.min.replace(tzinfo=LOCAL), datetime.max.replace(tzinfo=LOCAL)

_INDEXES = {
    "_people": ("officials",),
    "_order": ("officials",),
    "_members": ("officials",),
    "_rules": ("officials", "shifts", "rotations"),
    "_duties": ("officials", "duties"),
    "_ever_planned": ("officials", "shifts", "rotations", "duties"),
    "_sheets": ("sheets",),
    "_absences": ("officials", "leaves"),
    "_overrides": ("overrides",),
    "_told": ("overrides",),
    "_days": ("calendar",),
}
"""What an index is made from."""


def with_indexes_of(before: Roster, roster: Roster) -> Roster:
    """The roster, with the indexes of an earlier one that were made from the very same parts: a change of one part of a
    large roster is to be in force within a second."""
    for index, parts in _INDEXES.items():
        if index in before.__dict__ and all(getattr(before, part) is getattr(roster, part) for part in parts):
            roster.__dict__[index] = before.__dict__[index]
    return roster


class DayCount:
    """Counts working days, and days of rest, between two dates; what it has counted of a year it keeps."""

    __slots__ = ("_years", "calendar")

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._years: dict[int, list[int]] = {}

    def between(self, first: date, day: date, kind: DayKind) -> int:
        """How many days of this kind there are in [first, day); first ≤ day."""
        if kind == "all":
            return (day - first).days
        # Only of the years between: of others the calendar may know nothing, and would warn.
        whole = sum(self._year(year)[-1] for year in range(first.year, day.year))
        work = whole + self._before(day) - self._before(first)
        return work if kind == "workdays" else (day - first).days - work

    def _before(self, day: date) -> int:
        """Working days of its year before the day."""
        return self._year(day.year)[day.timetuple().tm_yday - 1]

    def _year(self, year: int) -> list[int]:
        """Working days before each day of the year; the last entry counts them all."""
        if year not in self._years:
            counts, day = [0], date(year, 1, 1)
            while day.year == year:
                counts.append(counts[-1] + self.calendar.is_workday(day))
                day += timedelta(days=1)
            self._years[year] = counts
        return self._years[year]


def place_of(duty: OnDuty) -> tuple[int, int]:
    """Where somebody on duty stands: leaders first, then by rank."""
    return ROLES.index(duty.role), RANKS.index(duty.rank)


def _weight(duty: OnDuty) -> tuple[int, int, str, str]:
    return (*place_of(duty), duty.because, duty.instead)


def role_of(official: Official) -> Role:
    """What an official is on duty as where nothing else is said: directors and deputies lead."""
    return "staff" if official.rank == "staff" else "lead"


def daily(clocks: Iterable[time], start: datetime, end: datetime) -> Iterator[datetime]:
    """These wall-clock times on every date that [start, end) touches, as aware moments."""
    day, last, clocks = start.astimezone(LOCAL).date(), end.astimezone(LOCAL).date(), tuple(clocks)
    while day <= last:
        for clock in clocks:
            yield datetime.combine(day, clock, LOCAL)
        day += timedelta(days=1)


def _out_of_post(officials: Iterable[Official]) -> Iterator[OutOfPost]:
    for official in officials:
        if official.first:
            begins = datetime.combine(official.first, time(), LOCAL)
            yield OutOfPost(official=official.id, start=_EVER, end=begins, why="未到任")
        if official.last and official.last < date.max:  # 长期 is written so
            left = datetime.combine(official.last, time(), LOCAL) + timedelta(days=1)
            yield OutOfPost(official=official.id, start=left, end=_NEVER, why="已离任")


def by_rank(officials: Iterable[Official]) -> tuple[Official, ...]:
    """Director, deputies, staff; within a rank in the order of the directory."""
    return tuple(sorted(officials, key=lambda o: RANKS.index(o.rank)))


def _gathered(spans: Iterable[S], key: Callable[[S], str]) -> dict[str, Spans[S]]:
    found: defaultdict[str, list[S]] = defaultdict(list)
    for span in spans:
        found[key(span)].append(span)
    return {name: Spans(of_one) for name, of_one in found.items()}


def _aware(*moments: datetime) -> tuple[datetime, ...]:
    for moment in moments:
        # The county's own zone first: a large county has hundreds of thousands of moments.
        if moment.tzinfo is not LOCAL and (moment.tzinfo is None or moment.utcoffset() is None):
            raise ValueError(f"{moment.isoformat()}: a moment needs a time zone (e.g. +08:00)")
    return moments

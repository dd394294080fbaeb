"""Who is on duty on the days of a form, and how it is written into one of its cells. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from routing.calendar import LOCAL
from routing.roster import Role
from routing.sheets.context import Context
from routing.sheets.dates import Era, Span
from routing.sheets.day_hours import DayHours
from routing.sheets.forms.canvas import Change
from routing.sheets.people import Person
from routing.sheets.reading import SheetShift


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A sheet to be filled anew: how it was read, who is on duty on which days, and what its dates will be read with.

    change: what becomes of its titles. numbered: each name with its mobile.
    """

    around: Context
    plan: "Plan"
    days: tuple[date, ...]
    when: Era
    change: Change
    numbered: bool


LABELS: dict[Role, str] = {"lead": "带班", "staff": "值班"}
NOBODY = "无"
"""A blank would read back as a place that somebody forgot to fill."""


class Unfit(Exception):
    """The layout has no place for what is to be written in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A place for names on each day: of which role (None: of both, with a word before each), and from when to when.

    spans: hours of its own; without, those that the notes tell of the day.
    """

    role: Role | None
    hours: DayHours
    spans: tuple[Span, ...] | None = None
    later: bool = False

    def intervals(self, day: date) -> list[tuple[datetime, datetime]]:
        """From when to when, on this day. Raises Unfit when no note tells it for sure."""
        spans = self.spans
        if spans is None:
            told = self.hours.of(day, self.role or "staff") or self.hours.of(day, "lead")
            if told is None:
                raise Unfit("表里的说明没有写清这些天几点到几点")
            spans = (told,)
        found = []
        for start, end in spans:
            on = day + timedelta(days=self.later)
            until = on if end > start else on + timedelta(days=1)
            found.append((datetime.combine(on, start, LOCAL), datetime.combine(until, end, LOCAL)))
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Somebody written into a slot. span: hours other than those of the slot."""

    person: Person
    role: Role
    span: Span | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """Who is on duty: spans that follow one another at once are one."""

    shifts: tuple[SheetShift, ...]
    ordered: tuple[SheetShift, ...]
    """As they came: who stands first is rung first."""
    people: dict[str, Person]
    placed: list[SheetShift] = field(default_factory=list)
    """What has been given a place so far: of the days that were asked for."""

    def between(self, start: datetime, end: datetime) -> list[SheetShift]:
        """Who is there, within these moments, in the order in which they came."""
        places: dict[tuple[str, Role], int] = {}
        for at, one in enumerate(self.ordered):
            if one.start < end and start < one.end:
                places.setdefault((identity(one), one.role), at)
        within = (replace(s, start=max(s.start, start), end=min(s.end, end)) for s in self.shifts)
        return sorted((s for s in within if s.start < s.end), key=lambda s: places[identity(s), s.role])

    def person(self, shift: SheetShift) -> Person:
        """Whose shift it is, as the directory names them."""
        return self.people[identity(shift)]


def identity(shift: SheetShift) -> str:
    """Who it is: their id in the roster, else name and mobile."""
    return shift.key or f"{shift.name} {shift.mobile}"


def plan_of(shifts: Iterable[SheetShift], people: Iterable[Person]) -> Plan:
    """The shifts of people of the directory. Raises Unfit for anybody else's."""
    known = {person.key or f"{person.name} {person.mobile}": person for person in people}
    ordered = tuple(shifts)
    whole = spans_of(ordered)
    if strangers := {identity(s) for s in whole} - known.keys():
        raise Unfit(f"通讯录里没有 {len(strangers)} 个值班的人")
    return Plan(whole, ordered, known)


def spans_of(shifts: Iterable[SheetShift]) -> tuple[SheetShift, ...]:
    """Each person's time in each role, as few spans as there are."""
    by: defaultdict[tuple[str, Role], list[SheetShift]] = defaultdict(list)
    for one in sorted(shifts, key=lambda s: s.start):
        mine = by[identity(one), one.role]
        if mine and one.start <= mine[-1].end:
            mine[-1] = replace(mine[-1], end=max(mine[-1].end, one.end))
        else:
            mine.append(one)
    return tuple(sorted((s for of in by.values() for s in of), key=lambda s: (s.start, s.role != "lead")))


def marks(plan: Plan, slots: Sequence[Slot], days: Sequence[date]) -> dict[tuple[date, int], list[Mark]]:
    """For each day and slot who is written into it. Raises Unfit when there is no slot for somebody."""
    found: defaultdict[tuple[date, int], list[Mark]] = defaultdict(list)
    wanted = set(days)
    for day in days:
        start, end = window(slots, day), window(slots, day + timedelta(days=1))
        for shift in plan.between(start, end):
            plan.placed.append(shift)
            places = [at for at, slot in enumerate(slots) if slot.role in (None, shift.role)]
            if not places:
                raise Unfit(f"表里没有{LABELS[shift.role]}这一列")
            for at, part_start, part_end, whole in _parts(shift, slots, places, day):
                on = part_start.date()
                if on not in wanted:
                    raise Unfit("表里最后一天以后还有人换班")
                # Where no note tells for sure when a day begins, the hours are written, whatever they are.
                plain = whole and (slots[at].spans is not None or slots[at].hours.of(day, shift.role) is not None)
                span = None if plain else (part_start.time(), part_end.time())
                place = day if whole else on
                found[place, at].append(Mark(person=plan.person(shift), role=shift.role, span=span))
    return found


def window(slots: Sequence[Slot], day: date) -> datetime:
    """When the first slot of a day begins."""
    return min(start for slot in slots for start, _ in slot.intervals(day))


def _parts(
    shift: SheetShift, slots: Sequence[Slot], places: Sequence[int], day: date
) -> list[tuple[int, datetime, datetime, bool]]:
    """Slot, from, to, and whether that is all of the slot; what is outside of all slots is written into the first."""
    found: list[tuple[int, datetime, datetime, bool]] = []
    rest = [(shift.start, shift.end)]
    for at in places:
        inside = [(a, b) for a, b in slots[at].intervals(day) if a < shift.end and shift.start < b]
        whole = bool(inside) and len(inside) == len(slots[at].intervals(day))
        whole = whole and all(shift.start <= a and b <= shift.end and _free(rest, a, b) for a, b in inside)
        if whole:
            found.append((at, inside[0][0], inside[0][1], True))
            for a, b in inside:
                rest = _without(rest, a, b)
    for at in places:
        for a, b in slots[at].intervals(day):
            for start, end in list(rest):
                if a < end and start < b:
                    found.append((at, max(a, start), min(b, end), False))
                    rest = _without(rest, a, b)
    return found + [(places[0], a, b, False) for a, b in rest]


def _free(rest: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    return any(a <= start and end <= b for a, b in rest)


def _without(
    rest: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    cut = [piece for a, b in rest for piece in ((a, min(b, start)), (max(a, end), b))]
    return [(a, b) for a, b in cut if a < b]


def hours_text(span: Span) -> str:
    """8:00-次日8:00, as the reader of sheets understands it."""
    return f"{span[0]:%H:%M}-{'次日' if span[1] <= span[0] else ''}{span[1]:%H:%M}"


def names_text(there: Sequence[Mark], *, labelled: bool, numbered: bool) -> str:
    """The names of a cell, each with hours that are not the slot's; numbered: each with the mobile."""
    if not there:
        return NOBODY
    lines = []
    for role in ("lead", "staff"):
        mine = [_name(mark, numbered=numbered) for mark in there if mark.role == role]
        if mine:
            lines.append((f"{LABELS[role]}：" if labelled else "") + ("\n" if numbered else "、").join(mine))
    return "\n".join(lines)


def phones_text(there: Sequence[Mark]) -> str:
    """Their mobiles, in the order of the names."""
    ordered = sorted(there, key=lambda mark: mark.role != "lead")
    return "\n".join(mark.person.mobile for mark in ordered)


def _name(mark: Mark, *, numbered: bool) -> str:
    hours = f"({hours_text(mark.span)})" if mark.span else ""
    return f"{mark.person.name}{mark.person.mobile if numbered else ''}{hours}"

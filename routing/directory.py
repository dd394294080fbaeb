"""The directory of a county: units, officials, roster, ladders and the numbers that always answer."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from routing.calendar import LOCAL
from routing.escalation import Ladder
from routing.officials import Desk, Door, Official, Service, Terminal, Unit
from routing.roster import Role, Roster

MANY_LINES = 99
"""Calls that a place with several telephones and people takes at once: nobody counts them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Directory:
    """Everything the router asks. `home_unit` answers for what belongs to no other unit.

    first: which class of those on duty is rung first, 领导带班 or 值班人员.
    """

    units: tuple[Unit, ...]
    roster: Roster
    duty_room: Terminal
    supervision: Terminal
    home_unit: str
    ladders: tuple[Ladder, ...]
    desk: Desk | None = None
    services: tuple[Service, ...] = ()
    doors: tuple[Door, ...] = ()
    first: Role = "lead"

    def __post_init__(self) -> None:
        if self.duty_room.unit == self.supervision.unit:
            raise ValueError(
                "duty room and supervision belong to different units: complaints about one go to the other"
            )

    def numbers(self) -> frozenset[str]:
        """Every number of the directory, whatever the date."""
        return self._numbers

    def in_use(self, now: datetime) -> frozenset[str]:
        """The numbers of the directory on this date: what may be dialled as part of a ladder."""
        if not self._dated:
            return self._numbers
        today = now.astimezone(LOCAL).date()
        return self._undated | {number for official in self._dated.values() for number in official.numbers_on(today)}

    def unit(self, code: str) -> Unit:
        """The unit with this code; raises KeyError for one that is not in the directory."""
        try:
            return self._units[code]
        except KeyError:
            raise KeyError(f"unit {code!r} is not in the directory") from None

    def above(self, code: str) -> Iterator[Unit]:
        """The units above this one, nearest first; each once, whatever the file says."""
        seen = {code}
        unit = self._units.get(code)
        while unit is not None and unit.parent is not None and unit.parent not in seen:
            seen.add(unit.parent)
            unit = self._units.get(unit.parent)
            if unit is not None:
                yield unit

    def closed(self, code: str, now: datetime) -> bool:
        """Whether the unit does not work now. Who is on duty in it all the same is a matter of the roster alone."""
        local, hours = now.astimezone(LOCAL), self.unit(code).hours
        return bool(hours) and not any(h.covers(local, self.roster.calendar) for h in hours)

    def unit_dialled(self, number: str) -> str:
        """The code of the unit that is reached by this number; the home unit for any other."""
        return self._dialled.get(number, self.home_unit)

    def units_for(self, matter: str) -> tuple[Unit, ...]:
        """The units that answer for the matter, in the order of the directory."""
        return self._by_matter.get(matter, ())

    def ladder(self, profile: str) -> Ladder:
        """The ladder of the profile; of one that has none, the first."""
        return next((ladder for ladder in self.ladders if ladder.profile == profile), self.ladders[0])

    def callable(self, official: Official, now: datetime) -> tuple[str, ...]:
        """The numbers under which the official may be rung now, in order; their first one if none has such hours.

        Empty while they are not in post, or no telephone is theirs on this date.
        """
        local = now.astimezone(LOCAL)
        phones = official.phones_on(local.date()) if official.id in self._dated else official.phones
        open_now = tuple(
            phone.number
            for phone in phones
            if not phone.hours or any(h.covers(local, self.roster.calendar) for h in phone.hours)
        )
        return open_now or tuple(phone.number for phone in phones[:1])

    def whose(self, number: str, now: datetime) -> tuple[tuple[str, str], ...]:
        """(id, how they are called) of all whom the number reached on the date of `now`; empty for one that nobody had.

        Officials first, who may share it; the ids of the others are “duty_room”, “supervision”, “desk” and “service”.
        """
        found = self._whose.get(number, ())
        if not self._dated:
            return found
        day = now.astimezone(LOCAL).date()
        people = ((id, called, self.roster.official(id)) for id, called in found)
        return tuple((id, called) for id, called, who in people if who is None or number in who.numbers_on(day))

    def called(self, who: str) -> str:
        """How the official, or the terminal, with this id (as `whose` has them) is called; the id itself for others."""
        official = self.roster.official(who)
        return official.called if official else {kind: one.name for kind, one in self._terminals}.get(who, who)

    def lines(self, number: str) -> int:
        """How many calls the number takes at once: an official's as the roster says, a terminal or a desk many.

        1 for a number that is nobody's.
        """
        return self._lines.get(number, 1)

    @cached_property
    def _lines(self) -> dict[str, int]:
        phones = {p.number: p.lines for o in self.roster.officials for p in o.phones if p.lines > 1}
        desks = (*self.duty_room.numbers, *self.supervision.numbers, *(service.number for service in self.services))
        return phones | dict.fromkeys((*desks, *([self.desk.number] if self.desk else [])), MANY_LINES)

    @cached_property
    def phone_clocks(self) -> frozenset[time]:
        """The clocks at which telephones begin or cease to be rung."""
        hours = [h for o in self.roster.officials for phone in o.phones for h in phone.hours]
        return frozenset(clock for h in hours for clock in (h.start, h.end))

    @cached_property
    def phone_dates(self) -> frozenset[datetime]:
        """The midnights at which telephones become or cease to be somebody's."""
        dated = [phone for official in self._dated.values() for phone in official.phones]
        days = {phone.first for phone in dated if phone.first}
        days |= {phone.last + timedelta(days=1) for phone in dated if phone.last and phone.last < date.max}
        return frozenset(datetime.combine(day, time(), LOCAL) for day in days)

    @cached_property
    def _dated(self) -> dict[str, Official]:
        """By id: whom a date changes. Of all others no date is asked."""
        return {official.id: official for official in self.roster.officials if official.dated}

    @cached_property
    def _numbers(self) -> frozenset[str]:
        return self._undated | {number for official in self._dated.values() for number in official.numbers}

    @cached_property
    def _undated(self) -> frozenset[str]:
        """The numbers that are in use whatever the date."""
        desk = () if self.desk is None else (self.desk.number,)
        return frozenset(
            (
                *(number for o in self.roster.officials if o.id not in self._dated for number in o.numbers),
                *self.duty_room.numbers,
                *self.supervision.numbers,
                *(service.number for service in self.services),
                *desk,
            )
        )

    @cached_property
    def _whose(self) -> dict[str, tuple[tuple[str, str], ...]]:
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for official in self.roster.officials:
            for number in official.numbers:
                found[number].append((official.id, official.called))
        for kind, terminal in self._terminals:
            for number in terminal.numbers:
                found[number].append((kind, terminal.name))
        if self.desk is not None:
            found[self.desk.number].append(("desk", self.desk.name))
        for service in self.services:
            found[service.number].append(("service", service.name))
        return {number: tuple(people) for number, people in found.items()}

    @property
    def _terminals(self) -> tuple[tuple[str, Terminal], ...]:
        return (("duty_room", self.duty_room), ("supervision", self.supervision))

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def _dialled(self) -> dict[str, str]:
        return {number: unit.code for unit in self.units for number in unit.numbers}

    @cached_property
    def _by_matter(self) -> dict[str, tuple[Unit, ...]]:
        matters = {matter for unit in self.units for matter in unit.matters}
        return {matter: tuple(u for u in self.units if matter in u.matters) for matter in matters}

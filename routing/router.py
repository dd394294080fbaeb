"""Who is rung, in which order, and why. Pure: Request + directory + time → Route.

The ladder of the line's profile (routing.escalation) says who is rung in which order; here it becomes numbers. Whatever
the ladder, the roster, leaves and accusations are, at its end stands a number that answers day and night: the duty
room, or supervision when the duty room is complained of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain, pairwise
from typing import Literal

from routing.accused import NOBODY, Accused
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.escalation import Step
from routing.officials import Official, Rank, Terminal
from routing.roster import OnDuty, Role, daily, place_of
from routing.route import Route, Rung

Wish = Literal["", "director", "person", "key0", "gave_up", "silent"]

_WISHES: dict[Wish, str] = {
    "director": "群众要找局长",
    "person": "群众要转人工",
    "key0": "群众按了 0",
    "gave_up": "两次没听懂，直接找人",
    "silent": "听不到声音",
}
_RANK: dict[Rank, str] = {"director": "局长", "deputy": "副局长", "staff": "人员"}
_ROLE: dict[Role, str] = {"lead": "带班领导", "staff": "值班人员"}

DIRECT = "找局长直通"
MIN_NUMBERS = 3
_ENDED = 1.0  # seconds after its ringing in which a telephone has surely stopped
MAX_RUNGS = 6  # with a new rung every 12 s, six are begun before the promise at 90 s


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestFacts:
    """What the router asks of a request.

    `wish`: the caller said 找局长 (director) or 转人工 (person), pressed 0 (key0), was not understood twice (gave_up),
    or never made a sound (silent). secret: 举报, or the caller wants it kept secret; complains: 投诉 or 举报. profile,
    dialled: of the line; language: what its callers speak, empty: nothing is said of it. complained_of: whom `text`
    complains of; named: whom the case of the call does already (cases.accused), for who fills that in. handler: the
    official who handles the caller's open case. busy: numbers now in a talk of the hotline. marked: a person has
    marked the caller as a nuisance.
    """

    matter: str | None = None
    urgency: str = "normal"
    intent: str = "unclear"
    place: str = ""
    wish: Wish = ""
    secret: bool = False
    complains: bool = False
    complained_of: Accused = NOBODY
    named: str = ""
    text: str = ""
    profile: str = DIRECT
    dialled: str = ""
    language: str = ""
    caller: str = ""
    handler: str = ""
    busy: frozenset[str] = frozenset()
    marked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """Seconds of the ladder: how long a mobile rings, when the next begins, when the promise is made."""

    rung: float = 18.0
    next: float = 12.0
    promise: float = 90.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A span in which fewer than three numbers could be rung."""

    start: datetime
    end: datetime
    numbers: int

    def __str__(self) -> str:
        start, end = (t.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") for t in (self.start, self.end))
        return f"{start} 到 {end} 只有 {self.numbers} 个号码可打"

    def within(self, other: "Gap") -> bool:
        """Whether the other one is as long and as bad, or worse."""
        return other.start <= self.start and self.end <= other.end and other.numbers <= self.numbers


def route(*, request: RequestFacts, now: datetime, directory: Directory, timing: Timing | None = None) -> Route:
    """The ladder for this caller at this moment: at most MAX_RUNGS numbers, ends at one that always answers.

    Only the silent caller at night begins at the duty room; the others follow in rising rank, and if the duty room has
    a second number it ends the ladder here too. Raises ValueError for a naive `now`.
    """
    return _Planner(request, now, directory, timing or Timing()).route()


def unit_for(request: RequestFacts, directory: Directory) -> str:
    """The code of the unit that answers for the matter at the place; the unit of the line when none does."""
    fitting = directory.units_for(request.matter) if request.matter is not None else ()
    for unit in fitting:
        if any(place in request.place for place in unit.places):
            return unit.code
    return next((u.code for u in fitting if not u.places), directory.unit_dialled(request.dialled))


def duty_ladder(now: datetime, directory: Directory) -> tuple[str, ...]:
    """The numbers rung for a caller of whom nothing is known: what AstDB holds for the time without a controller."""
    return route(request=RequestFacts(), now=now, directory=directory).numbers


def duty_edges(
    now: datetime, hours: float = 72, *, directory: Directory
) -> tuple[tuple[datetime, tuple[str, ...]], ...]:
    """The duty ladder from `now` on and at each moment of the coming hours at which it changes."""
    edges: list[tuple[datetime, tuple[str, ...]]] = []
    for at in duty_moments(now, hours, directory):
        numbers = duty_ladder(at, directory)
        if not edges or edges[-1][1] != numbers:
            edges.append((at, numbers))
    return tuple(edges)


def gaps(directory: Directory, start: datetime, hours: float = 72) -> tuple[Gap, ...]:
    """The spans of the coming hours in which the ladder has fewer than three numbers: such a roster is refused."""
    moments = (*duty_moments(start, hours, directory), start + timedelta(hours=hours))
    found: list[Gap] = []
    for at, until in pairwise(moments):
        count = len(set(duty_ladder(at, directory)))
        if count >= MIN_NUMBERS:
            continue
        if found and found[-1].end == at and found[-1].numbers == count:
            found[-1] = Gap(start=found[-1].start, end=until, numbers=count)
        else:
            found.append(Gap(start=at, end=until, numbers=count))
    return tuple(found)


def duty_moments(start: datetime, hours: float, directory: Directory) -> tuple[datetime, ...]:
    """`start` and every later moment of the coming hours at which the duty ladder may change."""
    end = start + timedelta(hours=hours)
    units = (directory.home_unit, *(unit.code for unit in directory.above(directory.home_unit)))
    later = {edge for unit in units for edge in directory.roster.edges(start, end, unit)}
    later |= set(directory.roster.absence_edges(start, end))  # whoever is there may fill up a ladder that is too short
    later |= directory.phone_dates
    spans = [h for step in directory.ladder(DIRECT).steps for h in step.when.hours]
    spans += [*(directory.desk.hours if directory.desk else ()), *directory.unit(directory.home_unit).hours]
    later |= set(daily(directory.phone_clocks | {clock for h in spans for clock in (h.start, h.end)}, start, end))
    return (start, *sorted(t for t in later if start < t < end))


@dataclass(slots=True)
class _Planner:
    """One question to the router: what it is asked, and what it has found so far."""

    request: RequestFacts
    now: datetime
    directory: Directory
    timing: Timing
    today: date = field(init=False)
    unit: str = field(init=False)
    home: str = field(init=False)
    barred: frozenset[str] = field(init=False)
    left_out: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.today = self.now.astimezone(LOCAL).date()
        self.home = self.directory.unit_dialled(self.request.dialled)
        self.unit = unit_for(self.request, self.directory)
        self.barred = self._barred()

    def route(self) -> Route:
        last = self._last()
        end = [last]
        if self.request.marked and not self._urgent:
            before = list(self._terminal(self.directory.supervision, "先打督查")) if self.request.secret else []
            before += self._terminal(self.directory.duty_room, "被标记的来电，只打值班室")
            return self._route(_distinct(before, without=[last.number]), end)
        if self.request.wish == "silent":
            before, end = self._silent(last)
        else:
            before = self._chosen()
        before = self._free_first(before)
        first = before[:1]
        before = _distinct(before, without=[rung.number for rung in end])
        if self.directory.closed(self.unit, self.now) and not self.directory.roster.on_duty(self.now, self.unit):
            self.left_out[self.directory.unit(self.unit).name] = "现在不上班，也没有人值班"
        filled = self._filled(before, end)
        if filled and first and first[0].official_id == "supervision" and first[0].number == last.number:
            # Supervision has one number, and that ends the ladder too: nobody else hears of the matter before it.
            return self._route([*first, *filled], [replace(last, again=True)])
        return self._route(filled, end)

    def _route(self, before: list[Rung], end: list[Rung]) -> Route:
        why = self._why()
        rungs = [replace(r, reason=f"{'前面的还没接' if i else why}，{r.reason}") for i, r in enumerate(before)]
        door = next((d for d in self.directory.doors if any(word in self.request.text for word in d.words)), None)
        return Route(
            rungs=(*self._in_time(rungs, len(end)), *end),
            unit=self.unit,
            reason=why,
            left_out=tuple(self.left_out.items()),
            door=(door.name, door.number) if door else None,
        )

    # --- whom the steps ring ------------------------------------------------------------------------------------------

    def _chosen(self) -> list[Rung]:
        """The rungs before the last: supervision first for what is secret, who is above the accused, the steps."""
        chosen = list[Rung]()
        if self.request.secret:
            chosen += self._terminal(self.directory.supervision, "先打督查")
        if self.request.complained_of:
            chosen += self._above_the_accused()
        handler = self.directory.roster.official(self.request.handler)
        if handler is not None and not self.request.secret:
            chosen += self._person(handler, "群众有件事正由他办，先打经办人")
        for step in self.directory.ladder(self.request.profile).steps:
            chosen += self._step(step)
        return chosen

    def _step(self, step: Step) -> list[Rung]:
        request = self.request
        holds = step.when.holds(
            now=self.now,
            urgency="red" if request.intent == "emergency" else request.urgency,
            matter=request.matter,
            secret=request.secret,
            calendar=self.directory.roster.calendar,
        )
        rungs = [r for one in step.ring for r in self._selected(one)] if holds else []
        # A number that is rung again must have ended first: nobody is rung twice at once; who rings is passed over.
        gap = step.next if step.repeat == 1 else max(step.next or 0, (step.seconds or self.timing.rung) + _ENDED)
        timed = [
            replace(r, seconds=step.seconds, next=0.0 if step.together and i < len(rungs) - 1 else gap)
            for i, r in enumerate(rungs)
        ]
        return [replace(r, again=n > 0) for n in range(step.repeat) for r in timed]

    def _selected(self, selector: str) -> Iterator[Rung]:
        directory, roster = self.directory, self.directory.roster
        kind, named, name = selector.partition(":")
        where, _, whom = selector.rpartition(".")
        if named:
            people = roster.of_unit(self.home) if kind == "post" else filter(None, [roster.official(name)])
            for official in people:
                # Who had the post before is nobody that anybody would expect to be rung.
                if kind == "official" or (official.post == name and official.in_post(self.today)):
                    yield from self._person(official, f"值班安排里写明打{official.post}")
        elif selector == "desk":
            local = self.now.astimezone(LOCAL)
            if directory.desk and any(h.covers(local, roster.calendar) for h in directory.desk.hours):
                yield from self._plain("desk", directory.desk.name, directory.desk.number, "打受理台")
        elif selector == "service":
            local = self.now.astimezone(LOCAL)
            for service in directory.services:
                open_now = not service.hours or any(h.covers(local, roster.calendar) for h in service.hours)
                if self.request.matter in service.matters and open_now:
                    yield from self._plain("service", service.name, service.number, f"这类事打{service.name}")
        else:
            for duty in self._of_unit(where, whom):
                yield from self._on_duty(duty)

    def _of_unit(self, where: str, whom: str) -> list[OnDuty]:
        """Those on duty in the unit of the line, in the one that answers, or in the nearest one above it."""
        if where == "up":
            there = (self._there(unit.code, whom) for unit in self.directory.above(self.unit))
            return next(filter(None, there), [])
        return self._there(self.unit if where else self.home, whom)

    def _there(self, unit: str, whom: str) -> list[OnDuty]:
        """Those on duty in a unit who are meant; of the same rank first who speaks the language of the line."""
        there = [d for d in self.directory.roster.on_duty(self.now, unit) if self._fits(d, whom)]
        return sorted(there, key=lambda d: (*place_of(d), not self._speaks(d.official)))

    def _speaks(self, official: Official) -> bool:
        return self.request.language in official.languages

    def _fits(self, duty: OnDuty, whom: str) -> bool:
        if whom in ("first", "second"):
            return (duty.role == self.directory.first) == (whom == "first")
        return duty.rank == whom

    def _above_the_accused(self) -> list[Rung]:
        """One level up: who leads, on duty, in the unit above the one complained of; supervision above the topmost."""
        accused, roster = self.request.complained_of, self.directory.roster
        units = set(accused.units)
        for one in accused.officials:
            official = roster.official(one)
            units |= {official.unit} if official else set()
        rungs = list[Rung]()
        if "duty_room" in accused.terminals:
            rungs += self._terminal(self.directory.supervision, "被反映的是值班室，打督查")
        for unit in sorted(units):
            above = (
                [r for d in roster.on_duty(self.now, up.code) if d.role == "lead" for r in self._on_duty(d)]
                for up in self.directory.above(unit)
                if up.code not in accused.units
            )
            found = next(filter(None, above), [])
            rungs += [replace(r, reason="被反映的不打，打上一级") for r in found]
            if not found:
                rungs += self._terminal(self.directory.supervision, "被反映的不打，上面没有人了，打督查")
        return rungs

    # --- one number ---------------------------------------------------------------------------------------------------

    def _on_duty(self, duty: OnDuty) -> Iterator[Rung]:
        usual = ("staff" if duty.rank == "staff" else "lead") == duty.role
        role = f"值班{_RANK[duty.rank]}" if usual else _ROLE[duty.role]
        instead = f"，替{duty.instead}（{duty.because}）" if duty.because else ""
        speaks = f"，会说{self.request.language}" if self._speaks(duty.official) else ""
        yield from self._person(duty.official, f"打{role}{instead}{speaks}")

    def _person(self, official: Official, reason: str) -> Iterator[Rung]:
        """The first number of an official that may be rung now; with the reason why not, if they may not be."""
        if why := self.directory.roster.away(official.id, self.now):
            self.left_out[official.called] = why
            return
        numbers = self.directory.callable(official, self.now)
        if not numbers:
            self.left_out[official.called] = "今天没有在用的号码"
        elif self._may(numbers[0], official.called):
            yield self._rung(official, numbers[0], reason)

    def _rung(self, official: Official, number: str, reason: str) -> Rung:
        roster = self.directory.roster
        people = (d for d in map(roster.official, official.deputies) if d and not roster.away(d.id, self.now))
        deputies = tuple(n for d in people for n in self.directory.callable(d, self.now)[:1] if n not in self.barred)
        return Rung(
            number=number,
            official_id=official.id,
            name=official.name,
            post=official.post,
            reason=reason,
            lines=self.directory.lines(number),
            deputies=deputies,
        )

    def _terminal(self, terminal: Terminal, reason: str) -> Iterator[Rung]:
        kind = "duty_room" if terminal is self.directory.duty_room else "supervision"
        for number in terminal.numbers:
            yield from self._plain(kind, terminal.name, number, reason)

    def _plain(self, kind: str, name: str, number: str, reason: str) -> Iterator[Rung]:
        if self._may(number, name):
            yield Rung(
                number=number,
                official_id=kind,
                name=name,
                post="",
                reason=reason,
                lines=self.directory.lines(number),
            )

    def _may(self, number: str, name: str) -> bool:
        if number in self.barred:
            self.left_out[name] = "群众反映的就是他，或他的单位"
            return False
        return True

    @property
    def _urgent(self) -> bool:
        return self.request.urgency == "red" or self.request.intent == "emergency"

    def _free_first(self, rungs: list[Rung]) -> list[Rung]:
        """Who is in a talk of the hotline comes last: it may have ended by then. The dialplan rings nobody in one.

        Not the duty room nor supervision: somebody else may answer there.
        """
        if self._urgent:
            return rungs
        talking = [r.number in self.request.busy and r.official_id not in ("duty_room", "supervision") for r in rungs]
        busy = [
            replace(r, reason=f"{r.reason}（正在接热线电话，排到后面）")
            for r, talks in zip(rungs, talking, strict=True)
            if talks
        ]
        return [*(r for r, talks in zip(rungs, talking, strict=True) if not talks), *busy]

    def _barred(self) -> frozenset[str]:
        """Numbers of officials and units complained of: never rung, whoever else shares them. What was a number of
        theirs, and is another's today, is that other's."""
        accused, directory = self.request.complained_of, self.directory
        people = {
            number
            for official in (
                *filter(None, map(directory.roster.official, accused.officials)),
                *(o for unit in accused.units for o in directory.roster.of_unit(unit)),
            )
            for number in official.numbers_on(self.today)
        }
        terminals = (("duty_room", directory.duty_room), ("supervision", directory.supervision))
        barred = (t for kind, t in terminals if kind in accused.terminals or t.unit in accused.units)
        return frozenset(people | {n for terminal in barred for n in terminal.numbers})

    # --- the ladder as a whole ----------------------------------------------------------------------------------------

    def _last(self) -> Rung:
        """The number that ends the ladder: never one complained of, as long as there is any other in the directory."""
        directory = self.directory
        ends = chain(
            self._last_of(directory.duty_room, "duty_room", f"{directory.duty_room.name}全天有人，最后一定打到"),
            self._last_of(directory.supervision, "supervision", "被反映的是值班室或它的单位，最后打督查"),
            (r for o in directory.roster.officials for r in self._person(o, "值班室和督查都是被反映的，打别人")),
        )
        number = directory.supervision.numbers[-1]
        nobody = Rung(
            number=number,
            official_id="supervision",
            name=directory.supervision.name,
            post="",
            reason="没有别人可打，打督查",
        )
        return next(ends, nobody)

    def _last_of(self, terminal: Terminal, kind: str, reason: str) -> Iterator[Rung]:
        # Rung even while busy: somebody else may answer there, and nobody else is left.
        for number in reversed(terminal.numbers):
            if number not in self.barred:
                yield Rung(
                    number=number,
                    official_id=kind,
                    name=terminal.name,
                    post="",
                    reason=reason,
                    lines=self.directory.lines(number),
                )

    def _silent(self, last: Rung) -> tuple[list[Rung], list[Rung]]:
        """A caller who never made a sound: the desk by day; else the duty room first, and the director last."""
        chosen = _distinct(self._chosen(), without=[])
        people = [r for r in chosen if r.official_id not in ("desk", "service") and not r.again]
        desk = list(self._selected("desk"))
        if desk:
            return [replace(desk[0], reason="先转受理台"), *people], [last]
        if last.official_id != "duty_room":
            return people, [last]
        first = next((n for n in self.directory.duty_room.numbers if n not in self.barred), last.number)
        room = replace(last, number=first, reason="夜里先转值班室")
        return [room, *people[: MAX_RUNGS - 2][::-1]], [] if first == last.number else [last]

    def _filled(self, rungs: list[Rung], end: list[Rung]) -> list[Rung]:
        """While there are fewer than three numbers: whoever of the unit is there, second telephones, the duty room."""
        there = {r.number for r in (*rungs, *end)}
        if len(there) >= MIN_NUMBERS:
            return rungs
        ends = [rung.number for rung in end]
        for rung in self._spare():
            if rung.number not in there:
                rungs = [*rungs, rung]
                there.add(rung.number)
            if len(there) >= MIN_NUMBERS:
                break
        return _distinct(rungs, without=ends)

    def _spare(self) -> Iterator[Rung]:
        directory, reason = self.directory, "在班的号码不足三个，按职务补上"
        if directory.closed(self.home, self.now):
            # Who is on duty above is awake, and comes before those who have gone home.
            yield from self._on_duty_above(f"{directory.unit(self.home).name}不上班")
        roster = directory.roster
        present = [o for o in roster.of_unit(self.home) if not roster.away(o.id, self.now)]
        for which in (0, 1, 2):
            for official in present:
                numbers = official.numbers_on(self.today)[which : which + 1]
                if numbers and self._may(numbers[0], official.called):
                    yield self._rung(official, numbers[0], reason)
        yield from self._on_duty_above("在班的号码不足三个")
        yield from self._terminal(directory.duty_room, "在班的号码不足三个，加打值班室")
        for official in roster.officials:
            if not official.serves(self.home) and official.in_post(self.today):
                yield from self._person(official, reason)

    def _on_duty_above(self, why: str) -> Iterator[Rung]:
        """Those on duty in the units above that of the line, nearest first, and in the one for what belongs nowhere."""
        above = (unit.code for unit in self.directory.above(self.home))
        for unit in dict.fromkeys((*above, self.directory.home_unit)):
            for duty in self.directory.roster.on_duty(self.now, unit):
                yield from (replace(rung, reason=f"{why}，{rung.reason}") for rung in self._on_duty(duty))

    def _in_time(self, rungs: list[Rung], ends: int) -> list[Rung]:
        """As many as let the last number begin before the promise; at most MAX_RUNGS in all."""
        kept, begins = list[Rung](), 0.0
        for rung in rungs[: max(0, MAX_RUNGS - ends)]:
            begins += self.timing.next if rung.next is None else rung.next
            if begins >= self.timing.promise and kept:
                break
            kept.append(rung)
        return kept

    def _why(self) -> str:
        """One line for the trace: what decided the ladder as a whole."""
        request = self.request
        if request.wish:
            return _WISHES[request.wish]
        if self._urgent:
            return "事情紧急"
        if request.secret:
            return "举报或要求保密"
        if request.complained_of:
            return "反映的是干部或单位"
        return "找局长直通，不论什么事" if request.profile == DIRECT else request.profile


def _distinct(rungs: Iterable[Rung], *, without: list[str]) -> list[Rung]:
    """The first rung of each number and those that ring it again on purpose, none of those `without`."""
    kept, seen = list[Rung](), set[str]()
    for rung in rungs:
        if rung.number in without or (rung.number in seen and not rung.again):
            continue
        kept.append(replace(rung, again=rung.number in seen))
        seen.add(rung.number)
    return kept

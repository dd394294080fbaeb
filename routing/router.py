"""Who is rung, in which order, and why. Pure: Request + directory + time → Route.

Profile 找局长直通: the director on duty first whatever the matter, then the deputy, then the others on duty (those of
the unit the matter belongs to before the rest), and at the end, always, the duty room.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from routing.directory import Directory
from routing.officials import RANKS, Official, Rank
from routing.roster import SHANGHAI, by_rank
from routing.route import Route, Rung

Wish = Literal["", "director", "person", "key0", "gave_up", "silent"]

_WISHES: dict[Wish, str] = {
    "director": "群众要找局长",
    "person": "群众要转人工",
    "key0": "群众按了 0",
    "gave_up": "两次没听懂，直接找人",
    "silent": "听不到声音",
}
_DUTY: dict[Rank, str] = {"director": "值班局长", "deputy": "值班副局长", "staff": "值班人员"}

MIN_NUMBERS = 3
MAX_RUNGS = 6  # with a new rung every 12 s, six are begun before the promise at 90 s


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestFacts:
    """What the router asks of a request.

    `wish`: the caller said 找局长 (director) or 转人工 (person), pressed 0 (key0), was not understood twice (gave_up),
    or never made a sound (silent).
    """

    matter: str | None = None
    urgency: str = "normal"
    intent: str = "unclear"
    place: str = ""
    wish: Wish = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A span in which fewer than three numbers could be rung, or none of them is the duty room at the end."""

    start: datetime
    end: datetime
    numbers: int

    def __str__(self) -> str:
        start, end = (t.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") for t in (self.start, self.end))
        return f"{start} 到 {end} 只有 {self.numbers} 个号码可打"


def route(*, request: RequestFacts, now: datetime, directory: Directory) -> Route:
    """The ladder for this caller at this moment: at most MAX_RUNGS rungs, no number twice, ends at the duty room.

    Only the silent caller at night begins at the duty room; the others follow in rising rank, and if the duty room has
    a second number it ends the ladder here too. Raises ValueError for a naive `now`.
    """
    unit = unit_for(request, directory)
    people = _people(now, directory, unit)
    last = _room(directory, -1, "值班室全天有人，最后一定打到")
    end = [last]
    desk = directory.desk
    if request.wish != "silent":
        before = people
    elif desk is not None and any(h.covers(now.astimezone(SHANGHAI)) for h in desk.hours):
        before = [Rung(number=desk.number, official_id="desk", name=desk.name, post="", reason="先转受理台"), *people]
    else:
        room = _room(directory, 0, "夜里先转值班室")
        before = [room, *people[: MAX_RUNGS - 2][::-1]]
        end = [] if room.number == last.number else [last]
    before = _distinct(before, without=[rung.number for rung in end])[: MAX_RUNGS - len(end)]
    why = _why(request)
    told = [replace(r, reason=f"{'前面的还没接' if i else why}，{r.reason}") for i, r in enumerate(before)]
    return Route(rungs=(*told, *end), unit=unit, reason=why)


def unit_for(request: RequestFacts, directory: Directory) -> str:
    """The code of the unit that answers for the matter at the place; the home unit when none does."""
    fitting = [u for u in directory.units if request.matter is not None and request.matter in u.matters]
    for unit in fitting:
        if any(place in request.place for place in unit.places):
            return unit.code
    return next((u.code for u in fitting if not u.places), directory.home_unit)


def duty_ladder(now: datetime, directory: Directory) -> tuple[str, ...]:
    """The numbers rung for a caller of whom nothing is known: what AstDB holds for the time without a controller."""
    return route(request=RequestFacts(), now=now, directory=directory).numbers


def duty_edges(
    now: datetime, hours: float = 72, *, directory: Directory
) -> tuple[tuple[datetime, tuple[str, ...]], ...]:
    """The duty ladder from `now` on and at each moment of the coming hours at which it changes."""
    edges: list[tuple[datetime, tuple[str, ...]]] = []
    for at in _moments(now, hours, directory):
        numbers = duty_ladder(at, directory)
        if not edges or edges[-1][1] != numbers:
            edges.append((at, numbers))
    return tuple(edges)


def gaps(directory: Directory, start: datetime, hours: float = 72) -> tuple[Gap, ...]:
    """The spans of the coming hours in which the ladder has fewer than three numbers: such a roster is refused."""
    moments = (*_moments(start, hours, directory), start + timedelta(hours=hours))
    found: list[Gap] = []
    for at, until in pairwise(moments):
        count = len(duty_ladder(at, directory))
        if count >= MIN_NUMBERS:
            continue
        if found and found[-1].end == at and found[-1].numbers == count:
            found[-1] = Gap(start=found[-1].start, end=until, numbers=count)
        else:
            found.append(Gap(start=at, end=until, numbers=count))
    return tuple(found)


def _moments(start: datetime, hours: float, directory: Directory) -> tuple[datetime, ...]:
    later = directory.roster.edges(start, start + timedelta(hours=hours))
    return (start, *(t for t in later if t > start))


def _people(now: datetime, directory: Directory, unit: str) -> list[Rung]:
    """The rungs before the duty room's last number.

    Those on duty; then, only while that leaves fewer than three numbers in all, whoever is not on leave, second
    telephones, and the other lines of the duty room.
    """
    roster, last = directory.roster, [directory.duty_room.numbers[-1]]
    duty = sorted(roster.on_duty(now), key=lambda o: (RANKS.index(o.rank), o.rank == "staff" and o.unit != unit))
    rungs = _distinct([_rung(o, o.phones[0], f"打{_DUTY[o.rank]}") for o in duty], without=last)
    present = [o for o in by_rank(roster.officials) if not roster.on_leave(o.id, now)]
    reason = "在班的号码不足三个，按职务补上"
    spare = [
        *(_rung(o, o.phones[0], reason) for o in present),
        *(_rung(o, phone, reason) for o in present for phone in o.phones[1:]),
        *(_room(directory, i, "在班的号码不足三个，加打值班室") for i in range(len(directory.duty_room.numbers) - 1)),
    ]
    for rung in spare:
        if len(rungs) < MIN_NUMBERS - 1:
            rungs = _distinct([*rungs, rung], without=last)
    return rungs


def _distinct(rungs: list[Rung], *, without: list[str]) -> list[Rung]:
    """The first rung of each number, none of those `without`."""
    first = {rung.number: rung for rung in reversed(rungs)}
    return [rung for rung in rungs if first[rung.number] is rung and rung.number not in without]


def _rung(official: Official, phone: str, reason: str) -> Rung:
    return Rung(number=phone, official_id=official.id, name=official.name, post=official.post, reason=reason)


def _room(directory: Directory, which: int, reason: str) -> Rung:
    room = directory.duty_room
    return Rung(number=room.numbers[which], official_id="duty_room", name=room.name, post="", reason=reason)


def _why(request: RequestFacts) -> str:
    """One line for the trace: what decided the ladder as a whole."""
    if request.wish:
        return _WISHES[request.wish]
    if request.intent == "emergency" or request.urgency == "red":
        return "事情紧急"
    return "找局长直通，不论什么事"

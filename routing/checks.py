"""What is wrong with the coming weeks of a roster: gaps, double duty, absence without a deputy, who is on it and has
left, unproven telephones, steps that can never ring. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.escalation import ALWAYS, CLASSES
from routing.officials import Official, Phone
from routing.phone import mask
from routing.roster import OnDuty, daily
from routing.router import MAX_RUNGS, Timing, gaps

FindingKind = Literal[
    "numbers",
    "gap",
    "double",
    "leave",
    "left",
    "no_number",
    "dead",
    "unproven",
    "unreachable",
    "calendar",
    "language",
    "unknown",
    "edition",
]
KINDS: dict[FindingKind, str] = {
    "numbers": "号码不足",
    "gap": "空档",
    "double": "重复值班",
    "leave": "无人替",
    "left": "不在任",
    "no_number": "没有号码",
    "dead": "打不通",
    "unproven": "号码未试通",
    "unreachable": "打不到的步骤",
    "calendar": "放假安排未知",
    "language": "没有人会说",
    "unknown": "查不到",
    "edition": "没有照最新的",
}

Held = defaultdict[str, list[tuple[datetime, datetime, str]]]
"""By official: from when to when they are on duty, and in which unit; unit after unit, in the order of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong, in the words of whoever keeps the roster. start, end: None where it has no time.

    unit: the code of the one unit it is about; empty where it is about several, or about all.
    """

    kind: FindingKind
    text: str
    start: datetime | None = None
    end: datetime | None = None
    unit: str = ""

    def __str__(self) -> str:
        when = f"{_told(self.start)} 到 {_told(self.end)}：" if self.start and self.end else ""
        return f"【{KINDS[self.kind]}】{when}{self.text}"


def check_roster(
    directory: Directory,
    start: datetime,
    *,
    days: float = 30,
    proven: Set[str] | None = None,
    dead: Mapping[str, datetime] | None = None,
    timing: Timing | None = None,
    languages: Iterable[str] = (),
) -> list[Finding]:
    """Everything found in the coming days, in the order of time; what has no time comes last.

    proven: numbers that a person has answered; None: not asked. dead: numbers at which no telephone has rung since so
    long. languages: those of the lines.
    """
    end = start + timedelta(days=days)
    roster = directory.roster
    found = _too_few(directory, start, days)
    whole = _whole(directory)
    held: Held = defaultdict(list)
    for unit in _units(directory):
        found += _of_unit(directory, unit, start, end, whole=unit in whole, held=held)
    found += [*_double(directory, held), *_without_number(directory, held, start, end)]
    found.sort(key=lambda f: (f.start or end, f.kind, f.text))
    found += [
        Finding(
            kind="calendar", text=f"{year} 年的放假和调休还不知道，按周一至周五算；请写进 config/calendar/{year}.toml"
        )
        for year in range(start.astimezone(LOCAL).year, end.astimezone(LOCAL).year + 1)
        if not roster.calendar.knows(year)
    ]
    spoken = dict.fromkeys(
        one for official in roster.officials if _in_post(official, start, end) for one in official.languages
    )
    found += [
        Finding(kind="language", text=f"线路写的 {one}，名单里会说的有：{'、'.join(spoken) or '没有人写了 languages'}")
        for one in languages
        if one not in spoken
    ]
    if dead:
        found += _dead(directory, held, dead, start, end)
    if proven is not None:
        found += _unproven(directory, held, proven, start, end)
    steps = unreachable(directory, timing or Timing(), start, end)
    return [*found, *(Finding(kind="unreachable", text=text) for text in steps)]


def check_unit(directory: Directory, unit: str, start: datetime, *, days: float) -> list[Finding]:
    """What is wrong with one unit's days, in the order of time: also which of its people are on duty elsewhere too, and
    with the home unit's days the ladder's numbers. Telephones and steps `check_roster` looks at."""
    end, roster, held = start + timedelta(days=days), directory.roster, Held(list)
    found = _too_few(directory, start, days) if unit == directory.home_unit else []
    found += _of_unit(directory, unit, start, end, whole=unit in _whole(directory), held=held)
    found += _without_number(directory, held, start, end)
    elsewhere = Held(list)
    for other in roster.units:
        if other != unit and not roster.may_serve(other).isdisjoint(held):
            for _ in _of_unit(directory, other, start, end, whole=False, held=elsewhere):
                pass  # what is wrong there is told there
    order = {code: i for i, code in enumerate(_units(directory))}
    both = {who: sorted(parts + elsewhere[who], key=lambda part: order.get(part[2], -1)) for who, parts in held.items()}
    found += _double(directory, Held(list, both))
    return sorted(found, key=lambda f: (f.start or end, f.kind, f.text))


def _too_few(directory: Directory, start: datetime, days: float) -> list[Finding]:
    return [
        Finding(kind="numbers", text=f"只有 {gap.numbers} 个号码可打", start=gap.start, end=gap.end)
        for gap in gaps(directory, start, days * 24)
    ]


def _units(directory: Directory) -> tuple[str, ...]:
    """The units that are looked at: with a roster of their own, the county's own, and those with hours."""
    watched = (unit.code for unit in directory.units if unit.hours)
    return tuple(dict.fromkeys((*directory.roster.units, directory.home_unit, *watched)))


def _whole(directory: Directory) -> set[str]:
    """The units of which every minute counts: the county's own, and those with a rotation."""
    return {directory.home_unit, *(directory.roster.unit_of(rotation) for rotation in directory.roster.rotations)}


def _of_unit(
    directory: Directory, unit: str, start: datetime, end: datetime, *, whole: bool, held: Held
) -> Iterator[Finding]:
    """Minutes (of its hours, if it has such) in which nobody of a unit is on duty, or in which somebody should be who
    is away and has nobody to stand in, or is not in post. whole: every minute counts. Notes in `held` who is on duty.
    """
    roster, name, hours = directory.roster, directory.unit(unit).name, directory.unit(unit).hours
    spans: defaultdict[tuple[FindingKind, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    clocks = set(daily({clock for h in hours for clock in (h.start, h.end)}, start, end))
    edges = sorted({*roster.edges(start, end, unit), *clocks})
    for at, until in pairwise((start, *(e for e in edges if start < e < end), end)):
        there = roster.on_duty(at, unit)
        for duty in there:
            held[duty.official.id].append((at, until, unit))
        works = any(h.covers(at.astimezone(LOCAL), roster.calendar) for h in hours)
        if not there and (works if hours else whole):
            spans["gap", f"{name}没有人值班，由值班室补上"].append((at, until))
        planned = roster.expected(at, unit)
        if len(planned) > len(there):
            for duties in roster.doubled(at, unit):
                spans["double", _several(name, duties)].append((at, until))
        for expected in planned:
            official = roster.official(expected)
            if official is None:
                spans["gap", f"{name}的值班表里写着 {expected}，名单里没有这个人"].append((at, until))
            elif why := roster.away(expected, at):
                who = f"{name}值班的{official.post}{official.name}{why}"
                if roster.present(expected, at) is None:
                    spans["leave", f"{who}，没有人替"].append((at, until))
                elif why != "请假":
                    spans["left", f"{who}，由副职替，请改值班表"].append((at, until))
    for (kind, text), parts in spans.items():
        # A turn of the rotation every few days is one thing to mend.
        whole_time = [(parts[0][0], parts[-1][1])]
        for begin, finish in whole_time if kind == "left" else _joined(parts):
            yield Finding(kind=kind, text=text, start=begin, end=finish, unit=unit)


def _several(unit: str, duties: tuple[OnDuty, ...]) -> str:
    """Who has several duties in one unit: fewer people are there than the roster says."""
    official, role = duties[0].official, {"lead": "带班", "staff": "值班"}
    told = Counter(f"{f'替{d.instead}（{d.because}）' if d.because else ''}{role[d.role]}" for d in duties)
    what = "，又".join(f"{one}（写了{n}次）" if n > 1 else one for one, n in told.items())
    return f"{official.post}{official.name}在{unit}一人两岗：{what}"


def _double(directory: Directory, held: Held) -> Iterator[Finding]:
    """Who is on duty in two units at once."""
    for official_id, parts in held.items():
        official = directory.roster.official(official_id)
        if official is None or len({unit for _, _, unit in parts}) < 2:
            continue
        spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        edges = sorted({edge for at, until, _ in parts for edge in (at, until)})
        for at, until in pairwise(edges):
            units = [unit for begin, finish, unit in parts if begin <= at < finish]
            if len(units) > 1:
                names = "、".join(directory.unit(unit).name for unit in units)
                spans[f"{official.post}{official.name}同时在{names}值班"].append((at, until))
        for text, doubled in spans.items():
            for begin, finish in _joined(doubled):
                yield Finding(kind="double", text=text, start=begin, end=finish)


def _without_number(directory: Directory, held: Held, start: datetime, end: datetime) -> Iterator[Finding]:
    """Who is on duty on days on which no telephone is theirs."""
    for official_id, parts in held.items():
        official = directory.roster.official(official_id)
        if official is None or not all(phone.first or phone.last for phone in official.phones):
            continue
        midnights = [datetime.combine(day, time(), LOCAL) for day in _days(official, start, end)[1:]]
        for unit in dict.fromkeys(unit for _, _, unit in parts):
            without = [
                (at, until)
                for begin, finish, where in parts
                if where == unit
                for at, until in pairwise((begin, *(day for day in midnights if begin < day < finish), finish))
                if not directory.callable(official, at)
            ]
            text = f"{directory.unit(unit).name}值班的{official.post}{official.name}没有在用的号码，打不到他"
            for at, until in _joined(without) if without else ():
                yield Finding(kind="no_number", text=text, start=at, end=until, unit=unit)


def _dead(
    directory: Directory, held: Held, dead: Mapping[str, datetime], start: datetime, end: datetime
) -> Iterator[Finding]:
    """Numbers at which no telephone rings, and the duty for which there is no other number."""
    whose = {number: directory.whose(number, start) or directory.whose(number, end) for number in dead}
    units = {unit for people in whose.values() for one, _ in people for _, _, unit in held.get(one, ())}
    there = defaultdict[str, defaultdict[tuple[datetime, datetime], list[Official]]](lambda: defaultdict(list))
    for official_id, parts in held.items():
        official = directory.roster.official(official_id)
        for at, until, unit in parts:
            if unit in units and official is not None:
                there[unit][at, until].append(official)
    for number, since in sorted(dead.items()):
        if whose[number]:
            names = "、".join(called for _, called in whose[number])
            spans = [
                f"{directory.unit(unit).name} {_told(begin)} 到 {_told(finish)}"
                for unit, steps in there.items()
                if (resting := list(_resting_on(directory, steps, number, dead)))
                for begin, finish in _joined(resting)
            ]
            alone = f"；只靠它的班：{'，'.join(spans[:3])}{f' 等 {len(spans)} 段' if len(spans) > 3 else ''}"
            text = f"{names} {mask(number)} 从 {_told(since)} 起没有打通过，请核对号码，或问运营商"
            yield Finding(kind="dead", text=f"{text}{alone if spans else ''}")


def _resting_on(
    directory: Directory,
    steps: Mapping[tuple[datetime, datetime], list[Official]],
    number: str,
    dead: Mapping[str, datetime],
) -> Iterator[tuple[datetime, datetime]]:
    """When the number would be rung for those on duty in a unit, and no other but dead ones."""
    for (begin, finish), people in sorted(steps.items(), key=lambda one: one[0]):
        clocks = {clock for o in people for phone in o.phones for h in phone.hours for clock in (h.start, h.end)}
        changes = {*daily(clocks, begin, finish), *directory.phone_dates}
        for at, until in pairwise((begin, *sorted(edge for edge in changes if begin < edge < finish), finish)):
            numbers = {one for official in people for one in directory.callable(official, at)}
            if number in numbers and numbers <= dead.keys():
                yield at, until


def _unproven(directory: Directory, held: Held, proven: Set[str], start: datetime, end: datetime) -> Iterator[Finding]:
    """Telephones that will be rung, and that nobody has ever answered."""
    roster = directory.roster
    named = (one for ladder in directory.ladders for step in ladder.steps for one in step.ring)
    by_name = (official for one in named for official in _named(directory, one, start, end))
    people = [*filter(None, map(roster.official, held)), *by_name]
    rung = [(o.called, number) for o in people for number in _first_numbers(o, start, end)]
    rung += [(t.name, number) for t in (directory.duty_room, directory.supervision) for number in t.numbers]
    rung += [(directory.desk.name, directory.desk.number)] if directory.desk else []
    rung += [(service.name, service.number) for service in directory.services]
    now_in_use = directory.in_use(start)
    for name, number in dict.fromkeys(rung):
        if number not in proven:
            then = "" if number in now_in_use else "启用以后"
            yield Finding(kind="unproven", text=f"{name} {mask(number)}，请{then}用 zhitong roster ring 试打")


def _first_numbers(official: Official, start: datetime, end: datetime) -> Iterator[str]:
    """Those of his numbers that are rung at some hour before all others: up to the first that is rung at any hour."""
    for day in _days(official, start, end):
        for phone in official.phones_on(day):
            yield phone.number
            if not phone.hours:
                break


def _days(official: Official, start: datetime, end: datetime) -> list[date]:
    """The day of `start`, and each later one until `end` from which on other telephones are his."""
    today = start.astimezone(LOCAL).date()
    dated: tuple[Official | Phone, ...] = (official, *official.phones)
    days = {one.first for one in dated if one.first}
    days |= {one.last + timedelta(days=1) for one in dated if one.last and one.last < date.max}
    return [today, *sorted(day for day in days if today < day and datetime.combine(day, time(), LOCAL) < end)]


def unreachable(directory: Directory, timing: Timing, start: datetime, end: datetime) -> Iterator[str]:
    """The steps that can never ring anybody in these days: nobody fits them, they come too late, or others rang the
    same before."""
    for ladder in directory.ladders:
        begins, rungs = 0.0, 0
        before = set[str]()
        for i, step in enumerate(ladder.steps, 1):
            where = f"“{ladder.profile}”第 {i} 步（{'、'.join(step.ring)}）"
            if not any(_fits_anybody(directory, one, start, end) for one in step.ring):
                yield f"{where}：没有这样的人或号码，请改 ring 或补上人"
            elif set(step.ring) <= before:
                yield f"{where}：前面的步骤已经打过，请删去"
            elif begins >= timing.promise or rungs >= MAX_RUNGS - 1:
                enough = f"已经有 {MAX_RUNGS - 1} 个号码" if begins < timing.promise else "已经打到承诺回电的时间"
                yield f"{where}：轮不到它，前面的{enough}，请往前移，或删去、缩短前面的"
            elif step.when == ALWAYS:
                before |= set(step.ring)
                # One number at least; whether there are more, the hour decides.
                begins += (timing.next if step.next is None else step.next) * step.repeat
                rungs += step.repeat


def _fits_anybody(directory: Directory, selector: str, start: datetime, end: datetime) -> bool:
    roster = directory.roster
    if ":" in selector:
        return bool(_named(directory, selector, start, end))
    if selector == "desk":
        return directory.desk is not None
    if selector == "service":
        return bool(directory.services)
    where, _, whom = selector.rpartition(".")
    if where == "up":
        return any(unit.parent for unit in directory.units)
    if where == "unit" or whom not in CLASSES[2:]:
        return bool(roster.units)
    return any(o.rank == whom and _in_post(o, start, end) for o in roster.of_unit(directory.home_unit))


def _named(directory: Directory, selector: str, start: datetime, end: datetime) -> list[Official]:
    """Whom post:… or official:… names in the county's own unit, in post in these days; any other selector nobody."""
    kind, _, name = selector.partition(":")
    roster = directory.roster
    found = [o for o in roster.of_unit(directory.home_unit) if o.post == name] if kind == "post" else []
    found += filter(None, [roster.official(name)]) if kind == "official" else []
    return [official for official in found if _in_post(official, start, end)]


def _in_post(official: Official, start: datetime, end: datetime) -> bool:
    """Whether they are in post at any time between."""
    first, last = (moment.astimezone(LOCAL).date() for moment in (start, end))
    return not (official.last and official.last < first) and not (official.first and official.first > last)


def _joined(parts: list[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Spans that touch, as one."""
    begin, finish = parts[0]
    for at, until in parts[1:]:
        if at > finish:
            yield begin, finish
            begin = at
        finish = max(finish, until)
    yield begin, finish


def _told(moment: datetime) -> str:
    return moment.astimezone(LOCAL).strftime("%m月%d日 %H:%M")

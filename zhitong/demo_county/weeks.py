"""Eight weeks of casework in a few seconds: what citizens, clerks, units, leaders and the program do, in order of time.

Everything goes through the use cases, with the moment as it would have been: so the cases are what they would be. Each
case draws from a chance of its own, so that the same seed and end give the same cases.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import Engine

from cases.callback import Reply
from cases.case import OPEN, REPORT, TO_TELL, Case, CaseState
from cases.exchange import Incoming
from cases.intake import FORUM, IDEAS, Draft, Meeting
from cases.record import RecordKind
from cases.reply import Disposition
from cases.roles import Actor, NotPermitted
from cases.surge import Seen
from cases.tries import Outcome
from ivr.facts import Fact
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.router import RequestFacts, unit_for
from zhitong.demo_county.calls import Request, asked, inbound, redial, rungs_for
from zhitong.demo_county.people import People
from zhitong.demo_county.words import (
    DECLINED,
    EMPTY_TALK,
    GOVERNED,
    MATTERS,
    MORE_TIME,
    NOT_SATISFIED,
    NOT_SOLVED,
    PROGRESS,
    RETURNED,
)
from zhitong.errors import Refused
from zhitong.notices.notice import KINDS, due_kind
from zhitong.store.cases import cases_of_calls, get_case
from zhitong.store.due import DueTask, finish, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.surges import LiveSurges
from zhitong.usecases.anchor_chains import anchor_daily
from zhitong.usecases.apply_facts import apply_facts
from zhitong.usecases.ask_time import ask_extension, ask_suspension
from zhitong.usecases.assign_case import assign_case, return_case, sign_for, start_case
from zhitong.usecases.attachments import Limits
from zhitong.usecases.called_back import called_back
from zhitong.usecases.close_case import close_case
from zhitong.usecases.confirm_case import confirm_by_person
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.end_incident import see_to_incident
from zhitong.usecases.end_surge import close_members, end_surge
from zhitong.usecases.govern import appoint, conclude, list_clusters
from zhitong.usecases.grant_time import deny_time, grant_time
from zhitong.usecases.import_cases import import_cases
from zhitong.usecases.keep_record import end_record, open_record, report_late
from zhitong.usecases.know_surge import acknowledge_as, list_surges
from zhitong.usecases.lead_cases import lead_due
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.place_call import call_failed, place_call
from zhitong.usecases.reply_case import approve_reply, heard_result, reply_case, review_reply, send_back
from zhitong.usecases.rules import Rules
from zhitong.usecases.sort_clusters import sort_cases
from zhitong.usecases.suspect_closing import UPHELD, VERDICTS, list_suspected, settle_suspected
from zhitong.usecases.take_due import CALLING, take_due
from zhitong.usecases.take_in import take_in
from zhitong.usecases.understood import Understood
from zhitong.usecases.warn_of_clocks import warn_of_clocks

WEEKS = 8
_WRITTEN = ("网站", "微信", "APP", "邮件", "短信", "信箱", IDEAS)
_BY_HAND = ("信件", "走访", FORUM)
_CHANNELS = ("电话", "12345", *_WRITTEN, *_BY_HAND)
_OFTEN = (62, 6, 6, 8, 3, 2, 4, 2, 2, 1, 2, 2)
"""How often each of _CHANNELS is used, of a hundred."""
_HOURS = (1, 1, 0, 0, 0, 1, 2, 5, 10, 14, 13, 9, 5, 6, 11, 12, 11, 8, 6, 5, 4, 3, 2, 1)
"""How many citizens turn to the line in each hour of the day, beside each other."""
_IN_TOWN = ("", "县城", "城东", "城西", "老街", "车站", "菜市场", "人民路", "政务大厅")
"""Places that are of no town, and none at all."""
_URGENCIES = (("normal", 54), ("yellow", 27), ("orange", 15), ("red", 4))
_STOPS = (
    CaseState.ACCEPTED,
    CaseState.ASSIGNED,
    CaseState.SIGNED_FOR,
    CaseState.HANDLING,
    CaseState.REPLIED,
    CaseState.REVIEWED,
    CaseState.CLOSED,
    CaseState.CALLBACK,
    CaseState.DECLINED,
)
"""Where cases stand in the end, some of each whatever chance brings; 审签 passes at once into 办结."""
_STOPPED_OF = 60
"""One case of so many stops at each of these."""
_LAST = timedelta(minutes=6)
"""So long before the end those are closed whose citizens are to be called back next: sooner than any callback."""
_MORNING, _EVENING = time(8, 40), time(17, 20)
_NUMBER = 19900000000
"""Of the callers. They may be somebody's: no hotline is to be opened on a folder with these cases."""


@dataclass(kw_only=True)
class County:
    """Where it happens. folder: the data folder. refused: what somebody tried and the rules did not allow."""

    engine: Engine
    rules: Rules
    directory: Directory
    people: People
    folder: Path
    matters: dict[str, str]
    towns: tuple[str, ...]
    dialled: str
    seed: int
    until: datetime
    refused: list[str] = field(default_factory=list)

    @property
    def begins(self) -> datetime:
        """The first day."""
        return self.until - timedelta(weeks=WEEKS)

    @property
    def units(self) -> frozenset[str]:
        """The names of all units."""
        return frozenset(unit.name for unit in self.directory.units)

    def case(self, number: str) -> Case:
        """As it stands now."""
        with reading(self.engine) as connection:
            return get_case(connection, number)


Life = Iterator[datetime]
"""What happens one thing after the other: it says at which moment it wants to go on."""


def live_through(county: County, cases: int) -> None:
    """Makes so many cases, from `begins` to `until`. Raises DatabaseGone, OSError."""
    soon: list[tuple[datetime, int, Life]] = []
    arrivals = _Arrivals(county, cases)
    lives = [(county.begins, _hours(county)), *arrivals.lives()]
    for n, (at, life) in enumerate(lives):
        heapq.heappush(soon, (at, n, life))
    clock = _Now(county.begins)
    while soon and soon[0][0] <= county.until:
        clock.at, n, life = heapq.heappop(soon)
        arrivals.now.at = clock.at
        try:
            again = next(life)
        except StopIteration:
            continue
        except (Refused, NotPermitted) as why:
            county.refused.append(str(why))
            continue
        heapq.heappush(soon, (max(again, clock.at), n, life))
    _ring_one_last(county, arrivals.ringing)
    _send_nothing(county, county.until)


@dataclass
class _Now:
    at: datetime


def _tell(county: County, facts: list[Fact]) -> None:
    with writing(county.engine) as connection:
        apply_facts(connection, county.rules, facts)


def _ring_one_last(county: County, ringing: list[str]) -> None:
    """At the end the system talks with some citizens: their cases are in 回访."""
    for number in ringing:
        case = county.case(number)
        with reading(county.engine) as connection:
            tasks = [task for task in open_tasks(connection, case_number=number) if task.kind == "callback"]
        if case.state is CaseState.CLOSED and tasks:
            call_id = f"{county.until.timestamp():.0f}.{tasks[0].id}"
            _tell(county, asked("callback", call_id, county.until, case, tasks[0].id, {}, over=False))


# ── the program, and those who look at all cases ────────────────────────────────────────────────────────────────────


def _hours(county: County) -> Life:
    """Every hour of the day: what the running program would do, and whoever calls back in its place."""
    at, engine, rules = county.begins.replace(minute=40, second=0, microsecond=0), county.engine, county.rules
    chance = Random(f"{county.seed}:hours")
    must = rules.mandatory.close
    while True:
        yield at
        warn_of_clocks(engine, rules, now=at)
        lead_due(engine, rules, county.directory, now=at)
        sort_cases(engine, rules, towns=county.towns, now=at)
        report_late(engine, now=at, must=must)
        close_members(engine, rules, now=at)
        for task in take_due(engine, now=at, kinds=CALLING, limit=200):
            _ring(county, task, at, chance)
        if at.hour == 10:
            _by_person(county, at, chance)
        if at.hour == 16:
            _look_at_suspected(county, at, chance)
            _see_to_rest(county, at, chance)
            _govern(county, at, chance)
        if at.hour == 23:
            _send_nothing(county, at)
            anchor_daily(engine, folder=county.folder / "anchors", now=at)
        at += timedelta(hours=1 if at.hour < 23 else 8)


def _send_nothing(county: County, at: datetime) -> None:
    """Of what officials would have been told, nothing is left to be sent should the hotline be opened here."""
    tasks = take_due(county.engine, now=at, kinds=[due_kind(kind) for kind in KINDS], limit=10_000)
    with writing(county.engine) as connection:
        finish(connection, [task.id for task in tasks], at=at, outcome="演示数据，没有发")


def _ring(county: County, task: DueTask, at: datetime, chance: Random) -> None:
    call = place_call(county.engine, county.rules, task, now=at)
    if call is None:
        return
    if chance.random() < 0.2:
        outcome = chance.choice((Outcome.UNANSWERED, Outcome.UNANSWERED, Outcome.BUSY))
        call_failed(county.engine, county.rules, task_id=task.id, now=at + timedelta(seconds=40), outcome=outcome)
        return
    case = county.case(call.case_number)
    call_id = f"{at.timestamp():.0f}.9{task.id}"
    at += timedelta(seconds=5)
    if task.kind == "redial":
        rungs = rungs_for(county.directory, _request_of(case))
        _tell(county, redial(call_id, at, case, task.id, rungs))
    elif task.kind == "confirm":
        answers = {"writer": "yes", "yours": "yes" if chance.random() < 0.95 else "no"}
        _tell(county, asked("confirm", call_id, at, case, task.id, answers))
    else:
        _tell(county, asked("callback", call_id, at, case, task.id, _answers(chance)))


def _answers(chance: Random) -> dict[str, str]:
    if chance.random() < 0.05:
        return {"person": Reply.NO.value}
    if chance.random() < 0.04:
        return {"person": Reply.YES.value, "solved": Reply.UNCLEAR.value}
    if chance.random() < 0.14:
        return {"person": Reply.YES.value, "solved": Reply.NO.value, "why": chance.choice(NOT_SOLVED)}
    satisfied = chance.choices((Reply.YES, Reply.MIDDLE, Reply.NO), (76, 16, 8))[0]
    said = {"person": Reply.YES.value, "solved": Reply.YES.value, "satisfied": satisfied.value}
    return said | ({"why": chance.choice(NOT_SATISFIED)} if satisfied is Reply.NO else {})


def _by_person(county: County, at: datetime, chance: Random) -> None:
    """What is left to people: the desk sees to most of it, and leaves some until tomorrow."""
    with reading(county.engine) as connection:
        tasks = [task for kind in ("person_callback", "person_confirm") for task in open_tasks(connection, kind=kind)]
    for task in tasks:
        if task.due_at > at or chance.random() < 0.35:
            continue
        number, desk = task.case_number or "", county.people.desk
        try:
            if task.kind == "person_confirm":
                confirm_by_person(county.engine, county.rules, number=number, by=desk, outcome="属实", now=at)
                continue
            outcome = chance.choices(("解决", "没解决", "联系不上"), (76, 14, 10))[0]
            satisfied = chance.choice(("满意", "满意", "一般", "不满意")) if outcome == "解决" else ""
            why = {"没解决": NOT_SOLVED, "联系不上": ("打了三天，都没有人接",)}.get(outcome, ())
            why = NOT_SATISFIED if satisfied == "不满意" else why
            called_back(
                county.engine,
                county.rules,
                number=number,
                by=desk,
                outcome=outcome,
                satisfied=satisfied,
                why=chance.choice(why) if why else "",
                now=at,
            )
        except (Refused, NotPermitted) as error:
            county.refused.append(str(error))


def _look_at_suspected(county: County, at: datetime, chance: Random) -> None:
    by = county.people.supervision
    for record in list_suspected(county.engine, by=by, now=at):
        if at - record.opened_at > timedelta(days=2) and chance.random() < 0.3:
            verdict = chance.choice(VERDICTS)
            found = "听了回访录音，事情没有办" if verdict == UPHELD else "到现场看过，已经办好"
            settle_suspected(county.engine, id=record.id, by=by, verdict=verdict, reason=found, now=at)


def _see_to_rest(county: County, at: datetime, chance: Random) -> None:
    """Most of what is on the list of the desk is seen to within some days."""
    desk = county.people.desk
    for one in list_incidents(county.engine, by=desk, now=at, limit=1000):
        if one.id is not None and at - one.at > timedelta(days=1) and chance.random() < 0.5:
            see_to_incident(county.engine, one.id, outcome="打电话问过，已经办妥", by=desk, now=at)


def _govern(county: County, at: datetime, chance: Random) -> None:
    """Leaders say who sees to what happens again and again, and find after some weeks what has come of it."""
    leader = county.people.leader
    for cluster in list_clusters(county.engine, county.rules, by=leader, now=at):
        record = cluster.record
        if "measure" not in record.detail:
            if chance.random() < 0.25:
                unit = chance.choice(sorted(county.people.heads))
                when = at + timedelta(days=chance.randint(10, 25))
                appoint(county.engine, record.id, owner=unit, measure=GOVERNED, until=when, by=leader, now=at)
        elif record.due_at is not None and record.due_at < at and chance.random() < 0.4:
            lasting = chance.random() < 0.5
            conclude(county.engine, record.id, outcome="一起排查完了", lasting=lasting, by=leader, now=at)


def _request_of(case: Case) -> Request:
    return Request(
        matter=case.matter,
        matter_name=case.matter_name,
        type=case.type,
        urgency=case.urgency,
        place=case.place,
        unit=case.unit,
        text=case.transcript,
    )


# ── how cases come in, and what becomes of each ─────────────────────────────────────────────────────────────────────


class _Arrivals:
    """All that citizens turn to the line with."""

    def __init__(self, county: County, cases: int) -> None:
        self.county, self.cases = county, cases
        self.now = _Now(county.begins)
        self.surges = LiveSurges(county.rules.surge, county.towns)
        self.ringing: list[str] = []

    def lives(self) -> Iterator[tuple[datetime, Life]]:
        """When each case begins, and what becomes of it."""
        county, n = self.county, 0
        each = max(1, self.cases // _STOPPED_OF)
        for stop in _STOPS:
            for _ in range(each):
                chance = Random(f"{county.seed}:{n}")
                at = self._moment(chance, county.until - timedelta(days=3), county.until - timedelta(days=2))
                yield at, self._life(n, at, chance, stop=stop)
                n += 1
        many = max(4, self.cases // 75)
        past = self._workday(county.begins + timedelta(days=20), hour=10)
        for begins, town, matter, ends in (
            (past, county.towns[1], "A2", timedelta(hours=4)),
            (county.until - timedelta(minutes=50), county.towns[0], "A1", None),
        ):
            for k in range(many):
                chance = Random(f"{county.seed}:{n}")
                at = begins + timedelta(minutes=40 * k / many, seconds=k)
                yield at, self._life(n, at, chance, town=town, matter=matter)
                n += 1
            yield begins + timedelta(minutes=42), self._surge_known(ends)
        while n < self.cases:
            chance = Random(f"{county.seed}:{n}")
            at = self._moment(chance, county.begins, county.until)
            yield at, self._life(n, at, chance)
            n += 1

    def _moment(self, chance: Random, since: datetime, until: datetime) -> datetime:
        """A moment at which citizens call: by day rather than by night, on workdays rather than on Sunday."""
        while True:
            at = since + (until - since) * chance.random()
            busy = _HOURS[at.hour] / max(_HOURS) * (1 if at.weekday() < 5 else 0.5)
            if chance.random() < busy or until - since < timedelta(days=2):
                return at.replace(microsecond=0)

    def _workday(self, at: datetime, *, hour: int) -> datetime:
        day = self.county.rules.calendar().workday_on_or_after(at.date())
        return datetime.combine(day, time(hour, 5), tzinfo=LOCAL)

    def _surge_known(self, ends: timedelta | None) -> Life:
        county, leader = self.county, self.county.people.leader
        yield self.now.at
        for surge in list_surges(county.engine, by=leader, now=self.now.at):
            if not surge.acknowledged_by:
                acknowledge_as(county.engine, surge.id, by=leader, now=self.now.at)
                if ends is not None:
                    yield self.now.at + ends
                    result = MATTERS["A2"].solved[1]
                    end_surge(county.engine, surge.id, result=result, by=leader, now=self.now.at)

    def _request(self, chance: Random, town: str, matter: str) -> Request:
        county = self.county
        known = town or chance.random() < 0.5
        town = town or chance.choices(county.towns, [len(county.towns) - n for n in range(len(county.towns))])[0]
        # Some matters of some towns come again and again (共性问题); where nobody names a town nothing can be alike.
        spread = [6 if (k + county.towns.index(town)) % 7 == 0 else 2 for k in range(len(MATTERS))]
        matter = matter or chance.choices(list(MATTERS), spread)[0]
        said = MATTERS[matter].said
        type, words = chance.choice(said)
        place = town if known else chance.choice(_IN_TOWN)
        urgency = chance.choices([name for name, _ in _URGENCIES], [often for _, often in _URGENCIES])[0]
        unit = unit_for(RequestFacts(matter=matter, place=place), county.directory)
        return Request(
            matter=matter,
            matter_name=county.matters[matter],
            type=type,
            urgency="normal" if type in ("咨询", "建议", "表扬") else urgency,
            place=place,
            unit=county.directory.unit(unit).name,
            text=words.format(place=place or "我们这里"),
        )

    def _life(
        self,
        n: int,
        at: datetime,
        chance: Random,
        *,
        town: str = "",
        matter: str = "",
        stop: CaseState | None = None,
    ) -> Life:
        """One case from the citizen's words to its end, or to where it stops."""
        request = self._request(chance, town, matter)
        if stop is not None and request.type == REPORT:
            request = replace(request, type="投诉", text=request.text.replace("举报", "反映").split("，请为我保密")[0])
        # Who has talked with somebody has been given to a unit; what is written waits at the desk.
        waits = stop in (CaseState.ACCEPTED, CaseState.DECLINED)
        channel = "网站" if waits else "电话" if matter or stop else chance.choices(_CHANNELS, _OFTEN)[0]
        caller = str(_NUMBER + (n if chance.random() < 0.88 else chance.randrange(max(1, n))) * 7)
        yield at
        number = self._begin(n, at, chance, request, channel, caller, surge=bool(matter))
        if stop is CaseState.ACCEPTED or matter:
            return
        yield from _Handled(self, number, request, chance, stop).steps()

    def _begin(
        self, n: int, at: datetime, chance: Random, request: Request, channel: str, caller: str, *, surge: bool
    ) -> str:
        county = self.county
        if channel == "电话":
            call_id = f"{at.timestamp():.0f}.{n}"
            rungs = rungs_for(county.directory, request)
            takes = chance.choices((*range(len(rungs)), None), (6, 3, 1, 2)[-len(rungs) - 1 :])[0]
            seen = None
            if surge:
                seen = self.surges.see(
                    call_id=call_id, caller=caller, place=request.place, matter=request.matter, now=at, counts=True
                )
            told = _surge_told(seen, request) if seen else None
            facts = inbound(call_id, at, caller, request, rungs, dialled=county.dialled, answered_by=takes, surge=told)
            _tell(county, facts)
            return self._number(call_id)
        if channel == "12345":
            row = _row(n, at, request, caller)
            import_cases(
                county.engine,
                county.rules,
                [row],
                by=county.people.desk,
                now=at,
                matters=county.matters,
                units=county.units,
            )
            return self._number(row.call_id)
        by = county.people.web if channel in _WRITTEN else county.people.desk
        meeting = Meeting(place=request.place or "县城", day=at.date(), held_by="村干部") if channel == FORUM else None
        draft = Draft(
            channel=channel,
            received_at=at,
            key=f"demo-{n}",
            text=request.text,
            caller=caller,
            type=request.type,
            place=request.place,
            meeting=meeting,
        )
        found = Understood(
            matter=request.matter,
            matter_name=request.matter_name,
            type=request.type,
            urgency=request.urgency,
            place=request.place,
            unit=request.unit,
        )
        taken = take_in(
            county.engine,
            county.rules,
            draft,
            by=by,
            now=at,
            understand=lambda *_: found,
            data=county.folder,
            folder=county.folder / "attachments",
            limits=Limits(),
            towns=county.towns,
        )
        return taken.case.number

    def _number(self, call_id: str) -> str:
        with reading(self.county.engine) as connection:
            return cases_of_calls(connection, [call_id])[call_id]


def _row(n: int, at: datetime, request: Request, caller: str) -> Incoming:
    return Incoming(
        row=2,
        their_number=f"ZT{at:%Y%m%d}{n:05d}",
        our_number="",
        called_at=at - timedelta(hours=1),
        caller=caller,
        name="",
        sex="",
        address="",
        place=request.place,
        type=request.type,
        matter=request.matter,
        urgency=request.urgency,
        content=request.text,
        demand=request.text,
        secrecy="",
        unit=request.unit,
        over=False,
    )


def _surge_told(seen: Seen, request: Request) -> dict[str, object]:
    named = {"surge": seen.surge, "opened_at": seen.opened_at.isoformat()} if seen.opened_at else {}
    about = {"town": seen.town, "matter": request.matter, "matter_name": request.matter_name}
    return {"step": seen.step, "calls": list(seen.calls), **about, **named}


class _Handled:
    """How people handle one case. Each unit has a pace of its own, and so has each case."""

    def __init__(
        self, arrivals: _Arrivals, number: str, request: Request, chance: Random, stop: CaseState | None
    ) -> None:
        self.county, self.number, self.request = arrivals.county, number, request
        self.chance, self.stop, self.now, self.ringing = chance, stop, arrivals.now, arrivals.ringing
        unit = Random(f"{self.county.seed}:{request.unit}").uniform(0.6, 1.7)
        self.pace = 0.02 if stop else unit * chance.choices((0.5, 1, 2.6), (4, 5, 1))[0]
        self.words = MATTERS[request.matter]
        self.watched: list[int] = []

    @property
    def case(self) -> Case:
        return self.county.case(self.number)

    def steps(self) -> Life:
        """From the desk to the end, as often as the citizen says that it is not solved."""
        yield self._after(1.5)
        yield from self._desk()
        waits = self.stop is None and self.case.state is CaseState.ACCEPTED
        if self.stop is CaseState.DECLINED or (waits and self.chance.random() < 0.04):
            yield from self._declined()
            return
        while self.case.state in OPEN:
            yield from self._assigned()
            if self.stop is CaseState.ASSIGNED or self._drops(0.03):
                return
            yield from self._signed()
            if self.stop is CaseState.SIGNED_FOR or self._drops(0.02):
                return
            yield from self._worked_on()
            if self.stop is CaseState.HANDLING or self._drops(0.03):
                return
            yield from self._replied()
            if self.stop is not None or self.case.state in (CaseState.REPLIED, CaseState.REVIEWED):
                return
            while self.case.state in TO_TELL:
                yield self.now.at + timedelta(hours=11)
        while self.watched:
            supervision, now = self.county.people.supervision, self.now.at
            end_record(self.county.engine, self.watched.pop(), outcome="群众确认办好了", by=supervision, now=now)

    def _drops(self, share: float) -> bool:
        return self.stop is None and self.chance.random() < share

    def _after(self, hours: float) -> datetime:
        """So long after now, more or less; somebody does it while the offices are open."""
        at = self.now.at + timedelta(hours=hours * self.pace * self.chance.uniform(0.4, 1.8))
        if self.stop is not None:
            return at
        local, calendar = at.astimezone(LOCAL), self.county.rules.calendar()
        if not calendar.is_workday(local.date()) or local.time() > _EVENING:
            day = calendar.workday_on_or_after(local.date() + timedelta(days=local.time() > _EVENING))
            return datetime.combine(day, _MORNING, tzinfo=LOCAL) + timedelta(minutes=self.chance.randrange(90))
        if local.time() < _MORNING:
            return datetime.combine(local.date(), _MORNING, tzinfo=LOCAL) + timedelta(minutes=self.chance.randrange(90))
        return at

    def _desk(self) -> Life:
        """The desk listens to the recording, writes down what is asked for, and settles what can be on the spot."""
        county, case = self.county, self.case
        if not case.demand and case.state in OPEN:
            told = {"demand": self.request.text}
            if not case.place and self.chance.random() < 0.6:
                told["place"] = self.chance.choice(county.towns)
            edit_case(
                county.engine,
                county.rules,
                number=self.number,
                by=county.people.desk,
                reason="听了录音，写清诉求",
                now=self.now.at,
                matters=county.matters,
                **told,
            )
        soon = self.now.at < case.answered_at + county.rules.settle_within
        if self.stop is None and soon and case.unit and self.chance.random() < 0.18:
            close_case(
                county.engine,
                county.rules,
                number=self.number,
                result=self._result(),
                by=county.people.leader,
                now=self.now.at,
            )
            while self.case.state in TO_TELL:
                yield self.now.at + timedelta(hours=11)

    def _declined(self) -> Life:
        if self.stop is not None:
            yield self.county.until - _LAST
        county = self.county
        decline_case(
            county.engine,
            county.rules,
            number=self.number,
            result=DECLINED,
            by=county.people.leader,
            reason="已经进入诉讼程序，依法由法院办理",
            now=self.now.at,
        )

    def _assigned(self) -> Life:
        if self.case.state is not CaseState.ACCEPTED:
            return
        yield self._after(3)
        county, unit = self.county, self._unit()
        if self.case.state is CaseState.ACCEPTED:
            assign_case(
                county.engine,
                number=self.number,
                unit=unit,
                by=county.people.desk,
                reason="对口",
                units=county.units,
                now=self.now.at,
            )

    def _unit(self) -> str:
        """A 举报 goes to nobody but supervision's own unit."""
        county = self.county
        if self.case.type == REPORT:
            return county.directory.unit(county.directory.supervision.unit).name
        return self.request.unit

    def _signed(self) -> Life:
        county = self.county
        yield self._after(4)
        first = not self.case.returns and not self.case.rework and self.stop is None
        if first and self.case.state is CaseState.ASSIGNED and self.chance.random() < 0.06:
            return_case(
                county.engine,
                number=self.number,
                by=self._head,
                reason=self.chance.choice(RETURNED),
                leader=self._leader_of,
                now=self.now.at,
            )
            yield self._after(5)
            yield from self._assigned()
            yield self._after(3)
        if self.case.state is CaseState.ASSIGNED:
            sign_for(county.engine, number=self.number, by=self._handler, now=self.now.at)

    def _worked_on(self) -> Life:
        county, chance = self.county, self.chance
        yield self._after(4)
        if self.case.state is CaseState.SIGNED_FOR:
            start_case(county.engine, number=self.number, by=self._handler, now=self.now.at)
        if self.stop is not None:
            return
        if chance.random() < 0.35:
            yield self._after(6)
            text, told = chance.choice(PROGRESS), chance.random() < 0.5
            note_progress(county.engine, number=self.number, by=self._handler, text=text, told=told, now=self.now.at)
        if chance.random() < 0.05:
            self._supervised()
        if chance.random() < 0.09:
            yield from self._more_time()

    def _supervised(self) -> None:
        id = open_record(
            self.county.engine,
            number=self.number,
            kind=RecordKind.SUPERVISE,
            owner=self.case.unit,
            text="群众多次来电催办，请按时办结",
            by=self.county.people.supervision,
            now=self.now.at,
        )
        self.watched.append(id)

    def _more_time(self) -> Life:
        county, why = self.county, self.chance.choice(MORE_TIME)
        suspended = self.now.at + timedelta(days=self.chance.randint(3, 8))
        ask = (
            partial(ask_extension, count=self.chance.randint(2, 5))
            if self.chance.random() < 0.75
            else partial(ask_suspension, until=suspended)
        )
        ask(
            county.engine,
            county.rules,
            number=self.number,
            by=self._handler,
            reason=why,
            leader=self._leader_of,
            now=self.now.at,
        )
        if self.chance.random() < 0.15:
            return  # nobody has answered yet
        yield self._after(3)
        if self.chance.random() < 0.8:
            grant_time(county.engine, county.rules, number=self.number, by=county.people.leader, now=self.now.at)
        else:
            deny_time(county.engine, number=self.number, by=county.people.leader, reason="先办能办的", now=self.now.at)
        self.pace *= 2

    def _replied(self) -> Life:
        county, chance = self.county, self.chance
        yield self._after(19)
        solved = self.stop is not None or chance.random() < 0.88
        self._reply(Disposition.SOLVED if solved else Disposition.NOT_YET)
        if self.stop is CaseState.REPLIED or self._drops(0.01):
            return
        yield self._after(5)
        if self.stop is None and chance.random() < 0.06:
            why = "没有写清楚办了什么，请写具体"
            send_back(county.engine, number=self.number, by=self._head, reason=why, now=self.now.at)
            yield self._after(5)
            self._reply(Disposition.SOLVED if solved else Disposition.NOT_YET)
            yield self._after(3)
        reason = "已和群众核实过"
        review_reply(county.engine, county.rules, number=self.number, by=self._head, now=self.now.at, reason=reason)
        if self.stop is CaseState.REVIEWED or self._drops(0.01):
            return
        yield county.until - _LAST if self.stop is not None else self._after(5)
        leader = county.people.leader
        heard_result(county.engine, number=self.number, by=leader, now=self.now.at)
        approve_reply(county.engine, county.rules, number=self.number, by=leader, now=self.now.at, reason=reason)
        if self.stop is CaseState.CALLBACK:
            self.ringing.append(self.number)

    def _reply(self, disposition: Disposition) -> None:
        empty = self.stop is None and self.chance.random() < 0.03
        result = self._result() if disposition is Disposition.SOLVED else self.words.not_yet
        reply = f"{EMPTY_TALK}。" if empty else f"{self.words.done}{result}。"
        reply_case(
            self.county.engine,
            self.county.rules,
            number=self.number,
            result=result,
            disposition=disposition,
            reply=reply,
            by=self._handler,
            now=self.now.at,
        )

    def _result(self) -> str:
        said = [words.format(place=self.request.place or "我们这里") for _, words in self.words.said]
        n = said.index(self.request.text) if self.request.text in said else 0
        return self.words.solved[min(n, len(self.words.solved) - 1)]

    @property
    def _handler(self) -> Actor:
        return self.county.people.handlers[self.case.unit]

    @property
    def _head(self) -> Actor:
        return self.county.people.heads[self.case.unit]

    def _leader_of(self, case: Case) -> str:
        return leader_of(case, case.unit, self.county.directory)

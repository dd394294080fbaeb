"""What the people of an acceptance test heard, and what Asterisk and the case book say of their calls."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from cases.case import Case
from dialplans import names
from ivr.facts import Fact
from ivr.softphone import Phone, PhoneCall
from ivr.softphone_audio import Sound, correlation, tone, wav
from ivr.softphone_plan import Plan, answer, press, ring, wait
from tests.fakes.ami_ear import AmiEar
from zhitong.errors import DatabaseGone
from zhitong.store.cases import calls_of_case, find_cases
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import open_engine, reading
from zhitong.store.facts import facts_of
from zhitong.store.recordings import RecordingRow, recordings_of_case
from zhitong.trial import Trial, wait_until

SURELY = 0.8
"""A correlation above this is a sound that arrived."""
LONGEST_SILENCE = 7.0
"""Seconds: the ringing tone's own pause is 4 s, and a deadman may come on top of a short one."""

ROOM = "08702120002"
"""The duty room, the last number of every ladder."""
SUPERVISION = "08702120009"
"""Rung for complaints about the duty room."""


def write_roster(path: Path, *people: str, room: str = ROOM) -> Path:
    """A roster with these mobiles on duty round the clock: the first is the director's, the second the deputy's.

    Each takes any number of calls at once, so that callers side by side meet the same ladder.
    """
    posts = ["director", "deputy", *["staff"] * len(people)]
    text = ['home_unit = "zwfw"', "[duty_room]", 'name = "值班室"', f'numbers = ["{room}"]']
    text += ["[supervision]", f'numbers = ["{SUPERVISION}"]', 'unit = "jiwei"']
    text += ["[[units]]", 'code = "zwfw"', 'name = "政务服务管理局"', 'matters = ["A1"]']
    text += ["[[units]]", 'code = "jiwei"', 'name = "县纪委监委"']
    for i, (number, rank) in enumerate(zip(people, posts, strict=False), 1):
        text += ["[[officials]]", f'id = "p{i}"', f'name = "值班{i}"', 'post = "值班领导"', 'unit = "zwfw"']
        text += [
            f'rank = "{rank}"',
            f'phones = [{{ number = "{number}", lines = 99 }}]',
            "[[shifts]]",
            f'official = "p{i}"',
        ]
        text += ['hours = ["00:00-24:00"]']
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def short_notice(folder: Path) -> None:
    """A beep instead of the notice, in the folder that a Trial is given: for tests of what comes after it."""
    recorded = folder / "data" / "prompts"
    recorded.mkdir(parents=True)
    for key in ("notice", "notice_night"):
        (recorded / f"{key}.wav").write_bytes(wav(tone(440, 0.3)))


INSISTS: Plan = tuple(step for _ in range(10) for step in (wait(1.5), press("1")))
"""Presses 1 again and again, as people do who were not understood at once."""


def takes_it(after: float = 1.0) -> Plan:
    """An official who answers and takes the call, however long that needs."""
    return (ring(), wait(after), answer(), *INSISTS)


# ── what was heard ──────────────────────────────────────────────────────────────────────────────────────────────────


def longest_silence(sound: Sound, start: float, end: float) -> float:
    """Seconds of the longest stretch between two moments (CLOCK_MONOTONIC) in which nothing at all was heard."""
    longest, since = 0.0, start
    for begin, until in (*sound.between(start, end).spans(), (end, end)):
        longest, since = max(longest, begin - since), max(since, until)
    return longest


def talking(citizens: Sequence[PhoneCall], legs: Sequence[PhoneCall]) -> dict[str, PhoneCall]:
    """With whom each citizen talks now: every citizen says a tone of their own, every leg too; who hears whom?

    Returns the leg that hears the citizen and is heard by them, by the citizen's number; nobody else is in it.
    """
    seconds = 1.2
    start = time.monotonic()
    for place, call in enumerate([*citizens, *legs]):
        if call.live:
            call.play(tone(400 + 37 * place, seconds))
    end = time.monotonic() + seconds + 0.3
    heard, said = {}, {}
    for call in (*citizens, *legs):
        with contextlib.suppress(TimeoutError):  # one that has ended: it is simply in no talk
            heard[call.name] = call.heard_between(start, end)
            said[call.name] = call.said().between(start, end)

    def hears(one: PhoneCall, other: PhoneCall) -> bool:
        try:
            return correlation(said[other.name], heard[one.name]) > SURELY
        except (ValueError, KeyError):
            return False

    pairs = {}
    for citizen in citizens:
        for leg in legs:
            if leg.live and hears(leg, citizen) and hears(citizen, leg):
                pairs[citizen.number] = leg
    return pairs


def wait_talking(citizens: Sequence[PhoneCall], legs: Sequence[PhoneCall], limit: float = 10) -> dict[str, PhoneCall]:
    """The same, until every citizen talks: where the machine has other things to do, a sound may arrive in pieces."""
    until = time.monotonic() + limit
    while True:
        pairs = talking(citizens, legs)
        if set(pairs) == {citizen.number for citizen in citizens} or time.monotonic() > until:
            return pairs


# ── what Asterisk noted ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """AstDB's note of a call."""

    call_id: str
    caller: str
    phase: str
    leg: str
    ended: str


def notes(trial: Trial) -> dict[str, Note]:
    """AstDB's notes of calls, by the caller's number (the newest of each)."""
    found = {}
    for line in trial.asterisk.cli(f"database show {names.DB_CALL}").splitlines():
        key, colon, value = line.partition(":")
        parts = value.strip().split("|")
        if colon and len(parts) >= 7:
            call_id = key.strip().removeprefix(f"/{names.DB_CALL}/")
            found[parts[2]] = Note(call_id=call_id, caller=parts[2], phase=parts[4], leg=parts[5], ended=parts[6])
    return found


def wait_phase(trial: Trial, caller: str, phase: str, limit: float) -> Note:
    """Until the call of this number is in this phase."""
    wait_until(
        lambda: (note := notes(trial).get(caller)) is not None and note.phase == phase,
        limit,
        f"{caller} is in phase {phase}",
        every=0.1,
    )
    return notes(trial)[caller]


# ── what the case book says ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A case with what belongs to it."""

    case: Case
    calls: Sequence[str]
    talked: bool
    ended: bool
    facts: Sequence[Fact]
    """Of its inbound call, in order."""
    recordings: Sequence[RecordingRow]
    tasks: Sequence[DueTask]

    @property
    def kinds(self) -> list[str]:
        """The kinds of its facts, in order."""
        return [fact.kind for fact in self.facts]

    @property
    def redials(self) -> list[DueTask]:
        """Its 回拨 tasks, done ones too."""
        return [task for task in self.tasks if task.kind == "redial"]

    @property
    def messages(self) -> list[RecordingRow]:
        """Recorded messages."""
        return [row for row in self.recordings if row.kind == "message"]


class CaseBook:
    """Reads the database of a trial, whoever writes it."""

    def __init__(self, trial: Trial) -> None:
        self._engine = open_engine(trial.settings.store.database_url)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def of(self, caller: str) -> list[Record]:
        """The cases of this caller, newest first."""
        with reading(self._engine) as connection:
            return [self._record(connection, case) for case in find_cases(connection, caller=caller, limit=1000)]

    def only(self, caller: str) -> Record:
        """The one case of this caller; fails when there is none or a second one."""
        found = self.of(caller)
        assert len(found) == 1, f"{caller} has {len(found)} cases"
        return found[0]

    def wait(self, caller: str, limit: float, *, ended: bool = True) -> Record:
        """Until the caller has exactly one case, whose call is over."""

        def there() -> bool:
            try:
                return any(record.ended or not ended for record in self.of(caller))
            except DatabaseGone:
                return False  # not made yet, or away

        wait_until(there, limit, f"the case of {caller} is complete", every=0.2)
        return self.only(caller)

    def wait_fact(self, caller: str, kind: str, limit: float) -> Fact:
        """Until the call of the caller's one case has a fact of this kind; the first one."""
        wait_until(
            lambda: any(kind in record.kinds for record in self.of(caller)), limit, f"{caller} has {kind}", every=0.2
        )
        return next(fact for fact in self.only(caller).facts if fact.kind == kind)

    def _record(self, connection: Connection, case: Case) -> Record:
        rows = calls_of_case(connection, case.number)
        facts: Mapping[str, Sequence[Fact]] = facts_of(connection, [case.call_id])
        own = [row for row in rows if row.call_id == case.call_id]
        return Record(
            case=case,
            calls=[row.call_id for row in rows],
            talked=any(row.talked for row in own),
            ended=all(row.ended_at is not None for row in own),
            facts=sorted(facts.get(case.call_id, []), key=lambda fact: fact.seq),
            recordings=recordings_of_case(connection, case.number),
            tasks=tasks_of(connection, case.number),
        )


# ── all of it together ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(kw_only=True, slots=True)
class Scene:
    """A hotline, an ear on Asterisk's events, and the case book."""

    trial: Trial
    ear: AmiEar
    book: CaseBook

    def phone(self, number: str) -> Phone:
        """A mobile that can have thirty calls at once, so that one number stands for many officials."""
        return self.trial.network.phone(number, lines=30)

    def press_zero(self, number: str) -> PhoneCall:
        """A citizen calls and presses 0 in the notice: ringing begins at once."""
        citizen = self.trial.call(number)
        citizen.wait_answered(5)
        citizen.wait_sound(3)
        citizen.press("0")
        return citizen

    def call_id(self, citizen: PhoneCall) -> str:
        """The call's id, from AstDB's note of it."""
        wait_until(lambda: citizen.number in notes(self.trial), 5, f"a note of {citizen.number}")
        return notes(self.trial)[citizen.number].call_id

    def listen_again(self) -> None:
        """Asterisk was restarted: a new ear."""
        self.ear = _ear(self.trial)

    def talk_to(self, citizen: PhoneCall, official: Phone, limit: float) -> None:
        """Until the citizen talks with this official, and both have heard each other."""
        self.wait(names.KIND_TALK, citizen, limit)
        for _ in range(2):  # the second time shows that the talk goes on; shorter than 3 s it would count as none
            assert set(wait_talking([citizen], official.incoming)) == {citizen.number}, f"{citizen!r}"

    def message_of(self, citizen: PhoneCall) -> Path:
        """The file of the citizen's message; it is there from the beep on."""
        return self.trial.settings.folders.recordings / f"{self.call_id(citizen)}{names.SUFFIX_MESSAGE}"

    def wait(self, kind: str, citizen: PhoneCall, limit: float) -> dict[str, str]:
        """Until the dialplan told this of the citizen's call."""
        return self.ear.wait(kind, limit, call=self.call_id(citizen))

    def waited_in_silence(self, citizen: PhoneCall, *, since: float = 0.0) -> float:
        """Seconds of the longest silence that the citizen heard before the talk, or the message (or until now)."""
        talk = next(iter(self.ear.of(names.KIND_TALK, self.call_id(citizen))), None)
        message = next(iter(self.ear.of(names.KIND_MESSAGE, self.call_id(citizen))), None)
        until = time.monotonic() - 0.6
        if message is not None:
            until = float(message["at"]) - int(message[names.EVENT_MS]) / 1000
        if talk is not None:
            until = float(talk["at"])
        start = max(since, citizen.answered_at or since)
        return longest_silence(citizen.heard(), start, until) if until > start else 0.0

    def wait_phases(self, phases: Mapping[str, Sequence[str]], limit: float) -> None:
        """Until the call of each number is in one of its phases."""

        def wrong() -> dict[str, str]:
            there = notes(self.trial)
            at = {caller: there[caller].phase if caller in there else "none" for caller in phases}
            return {caller: phase for caller, phase in at.items() if phase not in phases[caller]}

        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not wrong(), limit, "", every=0.2)
        assert not wrong(), f"after {limit:g} s these calls are in other phases than {phases}: {wrong()}"

    def hang_up_all(self) -> None:
        """Every telephone hangs up."""
        for call in self.trial.network.live_calls():
            call.hang_up()
        self.trial.network.wait_all_over(5)


@contextmanager
def scene(trial: Trial) -> Iterator[Scene]:
    """An ear and a book for a running trial; no call is left on it afterwards."""
    opened = Scene(trial=trial, ear=_ear(trial), book=CaseBook(trial))
    try:
        yield opened
    finally:
        opened.book.close()
        with contextlib.suppress(OSError):  # Asterisk was restarted under it
            opened.ear.__exit__(None, None, None)
        for call in trial.network.live_calls():
            call.hang_up()
        trial.network.wait_all_over(5)


def _ear(trial: Trial) -> AmiEar:
    return AmiEar(trial.settings.asterisk.ami_port, trial.asterisk.config.ami_secret)

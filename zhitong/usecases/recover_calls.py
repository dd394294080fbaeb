"""After a crash: the calls that Asterisk noted while nobody listened become cases, and are rung again.

Inputs are Asterisk's own notes (AstDB), its call records (CDR) and the recordings that lie there. They are turned
into the facts that are missing, with sequence numbers of their own: running it twice, or beside a journal that is
loaded later, makes nothing twice.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from ivr.facts import CALL_KINDS, Fact
from zhitong.errors import TaskNotFound
from zhitong.store.cases import case_of_calls, open_calls
from zhitong.store.due import get_task
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.usecases.apply_facts import apply_facts
from zhitong.usecases.call_record import read_call
from zhitong.usecases.rules import Rules

_log = logging.getLogger(__name__)

# Sequence numbers of recovered facts; no living call gets that far.
_OPENED, _STEPS, _TALK, _ENDED = 1_000_000, 1_000_100, 1_001_000, 1_009_999
_RECORDING, _MESSAGE = 1_002_000, 1_002_001

_AT_ONCE = 100  # calls to a transaction

# Phases of the dialplan in which, or after which, a person and the caller talked. Asterisk alone judges what is too
# short to be a talk (ladder.talk_min_seconds); such a call is in another phase.
_TALK_PHASES = ("talk", "over")


class BadNote(ValueError):
    """A note of Asterisk's that cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallNote:
    """What the dialplan noted of a call (AstDB call/<call id>). kind: inbound, or callback, redial or staff:<task>."""

    call_id: str
    at: datetime
    caller: str
    dialled: str
    phase: str
    kind: str = "inbound"
    leg: str = ""
    ended_at: datetime | None = None

    @property
    def task_id(self) -> int | None:
        """The due task that a placed call was for."""
        task = self.kind.partition(":")[2]
        return int(task) if task.isdigit() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepNote:
    """A step the dialplan took without the controller (AstDB step/<call id>-<n>)."""

    call_id: str
    n: int
    at: datetime
    step: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CdrRow:
    """Asterisk's record of a call that came in on the line: answered by it, so a case is due. talked: to a person."""

    call_id: str
    caller: str
    dialled: str
    answered_at: datetime
    ended_at: datetime
    talked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundRecording:
    """A recording that lies in the folder. kind: talk | message. path: as the archive takes it."""

    call_id: str
    path: str
    kind: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """made: calls that became cases now. ended: calls whose end was unknown. settled: notes that may be deleted."""

    made: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()


def parse_call_note(key: str, value: str, *, ahead: timedelta = timedelta()) -> CallNote:
    """Reads call/<call id> = epoch|kind|caller|dialled|phase|leg number|end epoch. Raises BadNote.

    ahead: how far the controller's clock is ahead of Asterisk's (a clock put forward); added to each time.
    """
    parts = value.split("|")
    if len(parts) < 5:
        raise BadNote(f"call/{key}: {len(parts)} 段，至少要 5 段（epoch|kind|caller|dialled|phase…）")
    parts += [""] * (7 - len(parts))
    kind = parts[1] or "inbound"
    if kind.partition(":")[0] not in CALL_KINDS:
        raise BadNote(f"call/{key}: kind 是 {kind!r}，只能是 {'、'.join(CALL_KINDS)}")
    return CallNote(
        call_id=_call_id(key),
        at=_moment(key, parts[0]) + ahead,
        kind=kind,
        caller=parts[2],
        dialled=parts[3],
        phase=parts[4],
        leg=parts[5],
        ended_at=_moment(key, parts[6]) + ahead if parts[6] else None,
    )


def parse_step_note(key: str, value: str, *, ahead: timedelta = timedelta()) -> StepNote:
    """Reads step/<call id>-<n> = epoch|step. Raises BadNote. ahead: as for parse_call_note."""
    call_id, dash, n = _call_id(key).rpartition("-")
    epoch, bar, step = value.partition("|")
    if not dash or not n.isdigit() or not bar:
        raise BadNote(f"step/{key}: 不是 <call id>-<序号> = epoch|步骤")
    return StepNote(call_id=call_id, n=int(n), at=_moment(key, epoch) + ahead, step=step)


def recover_calls(
    engine: Engine,
    rules: Rules,
    *,
    notes: Iterable[CallNote] = (),
    steps: Iterable[StepNote] = (),
    cdrs: Iterable[CdrRow] = (),
    recordings: Iterable[FoundRecording] = (),
    alive: Set[str] = frozenset(),
    own: Set[str] = frozenset(),
    now: datetime,
) -> Recovery:
    """Makes the cases that are missing and ends the calls that are over; who talked to nobody is rung again.

    alive: call ids of channels that are up now; their end is left to come. own: calls that this controller is handling:
    left alone. Load the journal first (FactKeeper.flush), so that only what nobody lived through is made up. Run it at
    the start and then again and again, for calls that were still up. Raises DatabaseGone; no call is half done then.
    """
    with reading(engine) as connection:
        gathered = _gather(connection, notes, steps, cdrs, recordings)
        found = {call_id: what for call_id, what in gathered.items() if call_id not in own}
        dead = [call_id for call_id in open_calls(connection) if call_id not in alive and call_id not in own]
        known = {call_id: found.get(call_id, _Found()) for call_id in (*found, *dead)}
        missing, settled = _look(connection, known, alive, now)
    made: list[str] = []
    ended: list[str] = []
    # A few at a time: nobody else can write meanwhile, and calls are up.
    for start in range(0, len(missing), _AT_ONCE):
        some = {call_id: known[call_id] for call_id in list(missing)[start : start + _AT_ONCE] if call_id not in own}
        with writing(engine) as connection:
            had_case = case_of_calls(connection, some)
            facts, _ = _look(connection, some, alive, now)
            apply_facts(connection, rules, [fact for missed in facts.values() for fact in missed])
            has_case = case_of_calls(connection, some)
            made += [call_id for call_id in some if call_id in has_case and call_id not in had_case]
            ended += [call_id for call_id, missed in facts.items() if any(fact.kind == "ended" for fact in missed)]
            settled += _look(connection, some, alive, now)[1]
    return Recovery(made=tuple(made), ended=tuple(ended), settled=tuple(id for id in settled if id in found))


def _look(
    connection: Connection, found: Mapping[str, "_Found"], alive: Set[str], now: datetime
) -> tuple[dict[str, list[Fact]], list[str]]:
    """What is missing of these calls, of those of which something is; and those of which all is safe."""
    stored, has_case = facts_of(connection, found), case_of_calls(connection, found)
    missing: dict[str, list[Fact]] = {}
    settled: list[str] = []
    for call_id, what in found.items():
        facts = stored.get(call_id, [])
        if missed := _missing(what, facts, call_id, call_id in alive, now):
            missing[call_id] = missed
        elif _safe(call_id, facts, has_case) and call_id not in alive and any(fact.kind == "ended" for fact in facts):
            settled.append(call_id)
    return missing, settled


def _safe(call_id: str, facts: Sequence[Fact], has_case: Mapping[str, str]) -> bool:
    """Whether the call is in a case, or is one with an official, which needs none."""
    return call_id in has_case or read_call(facts).kind == "staff"


@dataclass(slots=True)
class _Found:
    """What the sources say of one call. case_number: of the task that a placed call was for."""

    case_number: str | None = None
    note: CallNote | None = None
    cdr: CdrRow | None = None
    steps: tuple[StepNote, ...] = ()
    files: tuple[FoundRecording, ...] = ()


def _gather(
    connection: Connection,
    notes: Iterable[CallNote],
    steps: Iterable[StepNote],
    cdrs: Iterable[CdrRow],
    recordings: Iterable[FoundRecording],
) -> dict[str, _Found]:
    found: dict[str, _Found] = defaultdict(_Found)
    for note in notes:
        found[note.call_id].note = note
        if note.task_id is not None:
            try:
                found[note.call_id].case_number = get_task(connection, note.task_id).case_number
            except TaskNotFound:
                _log.warning("call %s was placed for task %d, which does not exist", note.call_id, note.task_id)
    for cdr in cdrs:
        found[cdr.call_id].cdr = _joined(found[cdr.call_id].cdr, cdr)
    for step in sorted(steps, key=lambda step: step.n):
        found[step.call_id].steps += (step,)
    for recording in sorted(recordings, key=lambda recording: recording.path):
        found[recording.call_id].files += (recording,)
    return dict(found)


def _joined(one: CdrRow | None, other: CdrRow) -> CdrRow:
    """Asterisk begins a new record when a bridge has ended and the caller stays: together they are the call."""
    if one is None:
        return other
    return replace(
        one,
        answered_at=min(one.answered_at, other.answered_at),
        ended_at=max(one.ended_at, other.ended_at),
        talked=one.talked or other.talked,
    )


def _missing(found: _Found, stored: Sequence[Fact], call_id: str, alive: bool, now: datetime) -> list[Fact]:
    """The facts that the sources tell and that are not there yet."""
    record = read_call(stored)
    begin = _begin(found, record.opened)
    if begin is None:
        return []  # a recording or a step alone says neither who called nor when
    facts: list[Fact] = []

    def add(seq: int, at: datetime, fact: str, **detail: Any) -> None:
        ms = max(0, int((at - begin).total_seconds() * 1000))
        facts.append(Fact(call_id=call_id, seq=seq, at=at, ms=ms, kind=fact, detail=detail))

    if record.opened is None:
        add(_OPENED, begin, "opened", recovered=True, **_who(found))
    there = {fact.detail["step"] for fact in stored if fact.kind == "fallback"}
    for step in found.steps:
        if step.step not in there:
            add(_STEPS + step.n, step.at, "fallback", step=step.step)
    note, cdr = found.note, found.cdr
    over = _end(found, record.ended, now)
    talked = (note is not None and note.phase in _TALK_PHASES) or (cdr is not None and cdr.talked)
    of_talks = [fact for fact in stored if fact.kind in ("talk", "talk_over")]
    following = max([_TALK, *(fact.seq + 1 for fact in of_talks)])
    if talked and not record.talked and not (of_talks and record.ended):
        add(following, begin, "talk", i=0, number=note.leg if note else "")
    if not talked and (note or cdr) and of_talks and of_talks[-1].kind == "talk":
        # It began when the controller was still there, and broke off at once: the call went on without it.
        add(following, max(over, of_talks[-1].at), "talk_over", seconds=0, why="dropped")
    known = {file.path for file in record.files}
    for file in found.files:
        if file.path not in known:
            # A number for each kind: a message may come after an earlier run has found the recording of the talk.
            if file.kind == "message":
                add(_MESSAGE, file.made_at, "message", path=file.path)
            else:
                add(_RECORDING, file.made_at, "recording", path=file.path, kind="talk", started=None)
    if record.ended is None and not alive:
        add(
            _ENDED,
            max(over, begin),
            "ended",
            outcome=f"控制程序中断过，由交换机的记录补上（{note.phase if note else '无'}）",
        )
    return facts


def _begin(found: _Found, opened: Fact | None) -> datetime | None:
    if opened is not None:
        return opened.at
    if found.note is not None:
        return found.note.at
    return found.cdr.answered_at if found.cdr is not None else None


def _end(found: _Found, ended: Fact | None, now: datetime) -> datetime:
    if ended is not None:
        return ended.at
    if found.note is not None and found.note.ended_at is not None:
        return found.note.ended_at
    return found.cdr.ended_at if found.cdr is not None else now


def _who(found: _Found) -> dict[str, Any]:
    note = found.note
    if note is None:
        assert found.cdr is not None
        return {"kind": "inbound", "caller": found.cdr.caller, "dialled": found.cdr.dialled}
    kind = note.kind.partition(":")[0]
    who: dict[str, Any] = {"kind": kind, "caller": note.caller, "dialled": note.dialled}
    return who if kind == "inbound" else who | {"task": note.task_id, "case": found.case_number}


def _call_id(key: str) -> str:
    """The call id of a key, with or without its family: call/1763721432.57, /call/1763721432.57."""
    call_id = re.sub(r"^/?(?:call|step)/", "", key.strip())
    if not call_id:
        raise BadNote(f"{key!r}: 没有 call id")
    return call_id


def _moment(key: str, epoch: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadNote(f"{key}: {epoch!r} 不是 epoch 秒数") from None

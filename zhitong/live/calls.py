"""A call as it is shown while it lasts, and the lines in which the hotline tells of it and is told what to do. Pure.

No whole number and no word that must not be shown (zhitong.live_words) is in here: it leaves the hotline's process.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

LONGEST_LINE = 64 << 10  # bytes
LONGEST_COMMAND = 4 << 10  # bytes
BEAT_SECONDS = 2.0
"""So often at least something is told: who hears nothing for several beats reads a dead hotline."""
DUTY_ROOM = "duty_room"
"""Whom a call is transferred to in place of an official's id: the duty room."""
SUPERVISION = "supervision"
"""At whose telephone one listens who is supervision, and no official of the roster."""
CITIZENS = ("inbound", "redial")
"""The kinds of call in which a citizen waits for a person: these can be put through."""


class Phase(StrEnum):
    """Where a call is, for people."""

    NOTICE = "放开头语"
    LISTENING = "听诉求"
    RINGING = "找人接"
    TALKING = "通话中"
    TALKED = "说完了"
    NOBODY = "没人接"
    OFFICIAL = "干部来电"
    CALLBACK = "回访中"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """A telephone that rings for a call since then, or (asked) whose official hears what it is about."""

    i: int
    who: str
    since: datetime
    asked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveCall:
    """A call that is up. caller: masked. hearing: words as they come; said: what was said before. talks_with: how the
    official in the talk is called. alone: Asterisk leads it without the controller. secret: what is said in it must not
    be shown, and nobody listens to it.
    """

    id: str
    kind: str
    line: str
    caller: str
    opened_at: datetime
    phase: Phase
    since: datetime
    hearing: str = ""
    said: str = ""
    matter: str = ""
    type: str = ""
    urgency: str = ""
    place: str = ""
    unit: str = ""
    danger: bool = False
    alone: bool = False
    secret: bool = False
    rings: tuple[Ring, ...] = ()
    talks_with: str = ""

    @property
    def may_be_transferred(self) -> bool:
        """Whether there is somebody to put through: a citizen who has heard the notice, led by the controller."""
        early = self.phase in (Phase.NOTICE, Phase.TALKED)
        return self.kind in CITIZENS and not early and not self.alone

    @property
    def may_be_monitored(self) -> bool:
        """Whether somebody may listen to it (监听): a citizen's, who was told that it is recorded; nothing secret."""
        return self.may_be_transferred and not self.secret

    @property
    def may_be_ended(self) -> bool:
        """Whether somebody may hang it up: not where life is in danger, that call only the caller ends."""
        return not self.danger


Calls = Mapping[str, LiveCall]
"""By id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What somebody wants done with a call. to: an official's id, DUTY_ROOM or SUPERVISION; by: the account's name.

    id: of the entry that tells of a monitoring (监听).
    """

    do: Literal["transfer", "end", "monitor", "stop"]
    call: str
    by: str
    to: str = ""
    id: str = ""


class BadLine(ValueError):
    """A line that is not what the other side should have sent."""


def snapshot(calls: Calls) -> bytes:
    """All calls, after which changes are told: one line."""
    return _line({"calls": [_told(call) for call in calls.values()]})


def change(call: LiveCall) -> bytes:
    """A call that is new or has changed."""
    return _line({"call": _told(call)})


def over(call_id: str) -> bytes:
    """A call that has ended."""
    return _line({"over": call_id})


BEAT = b"{}\n"
WATCH = b'{"watch":true}\n'
"""What a reader sends first."""


def after(calls: Calls, line: bytes) -> Calls:
    """The calls as they are after this line. Raises BadLine."""
    told = _object(line)
    try:
        if "calls" in told:
            return {one["id"]: _call(one) for one in told["calls"]}
        if "call" in told:
            call = _call(told["call"])
            return {**calls, call.id: call}
        if "over" in told:
            return {id: call for id, call in calls.items() if id != told["over"]}
    except (KeyError, TypeError, ValueError) as error:
        raise BadLine(f"not a call ({type(error).__name__}): a line of {len(line)} bytes") from error
    return calls


def command_line(command: Command) -> bytes:
    """A command as it is sent."""
    return _line(asdict(command))


def read_command(line: bytes) -> Command | None:
    """What a reader wants done; None: to watch. Raises BadLine."""
    told = _object(line)
    if told == {"watch": True}:
        return None
    if told.get("do") not in ("transfer", "end", "monitor", "stop") or not all(
        isinstance(one, str) for one in told.values()
    ):
        raise BadLine("no such command")
    try:
        command = Command(**told)
    except TypeError as error:
        raise BadLine("a command with other fields") from error
    if not command.by or not command.call:
        raise BadLine("a command of nobody, or about no call")
    if command.do in ("monitor", "stop") and not command.id.isdecimal():
        raise BadLine("a monitoring without an entry")
    return command


def answer_line(why: str) -> bytes:
    """What came of a command: empty, it is done; else why not, in Chinese."""
    return _line({"done": not why, "why": why})


def read_answer(line: bytes) -> str:
    """The inverse. Raises BadLine."""
    told = _object(line)
    if not isinstance(told.get("done"), bool) or not isinstance(told.get("why"), str):
        raise BadLine("no answer")
    return str(told["why"])


def socket_path(data: Path) -> Path:
    """Where the hotline of this data folder tells of its calls."""
    return data / "run" / "live.sock"


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise BadLine(f"no JSON: a line of {len(line)} bytes") from error
    if not isinstance(told, dict):
        raise BadLine("not an object")
    return told


def _told(call: LiveCall) -> dict[str, Any]:
    told = asdict(call)
    rings = [{**ring, "since": ring["since"].isoformat()} for ring in told["rings"]]
    return {**told, "rings": rings, "opened_at": call.opened_at.isoformat(), "since": call.since.isoformat()}


def _call(told: dict[str, Any]) -> LiveCall:
    rings = tuple(Ring(**{**ring, "since": _at(ring["since"])}) for ring in told["rings"])
    call = LiveCall(**{**told, "rings": rings, "phase": Phase(told["phase"])})
    return replace(call, opened_at=_at(told["opened_at"]), since=_at(told["since"]))


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at

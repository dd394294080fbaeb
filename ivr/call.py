"""One call: what is fixed about it, and which of its phases may follow which. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

CallKind = Literal["inbound", "callback", "redial", "staff"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is known when the call is answered and never changes after."""

    id: str
    """Asterisk's UNIQUEID of the caller's channel at the answer."""
    base: str
    """First four groups of the uuids of this call's connections (see `new_base`)."""
    channel: str
    """Name of the caller's channel, as AMI knows it."""
    caller: str
    """The caller's number as the trunk gave it; empty when withheld."""
    dialled: str
    line: str
    profile: str
    language: str = ""
    kind: CallKind = "inbound"
    answered: float
    """Monotonic seconds at the answer."""
    case: str | None = None
    """The case this call belongs to, for calls the system placed."""


class CallState(StrEnum):
    """The phase a call is in, as the controller knows it."""

    ANSWERED = "answered"
    LISTENING = "listening"
    RINGING = "ringing"
    TALKING = "talking"
    PROMISED = "promised"
    FALLBACK = "fallback"
    OVER = "over"


TRANSITIONS: Mapping[tuple[CallState, str], CallState] = {
    (CallState.ANSWERED, "listen"): CallState.LISTENING,
    (CallState.ANSWERED, "ring"): CallState.RINGING,
    (CallState.LISTENING, "listen"): CallState.LISTENING,
    (CallState.LISTENING, "ring"): CallState.RINGING,
    # The line's flow led to a message: nobody was rung.
    (CallState.LISTENING, "nobody"): CallState.PROMISED,
    (CallState.RINGING, "talk"): CallState.TALKING,
    (CallState.RINGING, "nobody"): CallState.PROMISED,
    (CallState.TALKING, "dropped"): CallState.RINGING,
    # The accepted leg was lost within seconds and nobody was left to ring.
    (CallState.TALKING, "nobody"): CallState.PROMISED,
    # Whoever was promised a call may still be talked to: a mobile accepts while the promise is spoken.
    (CallState.PROMISED, "talk"): CallState.TALKING,
    # Life is in danger: the call is not over while the caller is there, the ladder is rung once more.
    (CallState.TALKING, "again"): CallState.RINGING,
    (CallState.PROMISED, "again"): CallState.RINGING,
    # The desk has somebody rung, whatever was going on.
    **{
        (state, "directed"): CallState.RINGING
        for state in CallState
        if state not in (CallState.FALLBACK, CallState.OVER)
    },
    # The dialplan went on alone: from then on the call is watched, not led.
    **{(state, "fallback"): CallState.FALLBACK for state in CallState if state is not CallState.OVER},
    **{(CallState.FALLBACK, event): CallState.FALLBACK for event in ("talk", "dropped", "nobody")},
    # The caller may hang up at any moment.
    **{(state, "gone"): CallState.OVER for state in CallState if state is not CallState.OVER},
}
"""(phase, event) → phase. What is not here cannot happen: see `move`."""


class IllegalMove(Exception):
    """An event that cannot happen in this phase: a fault of the program, or an event of another time."""


def move(state: CallState, event: str) -> CallState:
    """The phase after the event. Raises IllegalMove."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalMove(f"a call that is {state.value} cannot have the event {event!r}") from None


_BASE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}")
_UUID = re.compile(rf"({_BASE.pattern})-([ab])([0-9]{{11}})")


def new_base() -> str:
    """Sixty-four random bits as the first four groups of a uuid."""
    digits = secrets.token_hex(10)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}"


def caller_uuid(base: str, turn: int) -> str:
    """The uuid of the caller's connection for the given turn, 1, 2, 3 …"""
    return f"{base}-a{turn:011d}"


def leg_uuid(base: str, leg: int) -> str:
    """The uuid of leg `leg`'s connection."""
    return f"{base}-b{leg:011d}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Whose:
    """Whom a connection belongs to."""

    base: str
    side: Literal["caller", "leg"]
    number: int
    """The caller's turn, or the leg's index."""


def whose(uuid: str) -> Whose | None:
    """Read a uuid made by `caller_uuid` or `leg_uuid` (also by the dialplan); None for any other."""
    match = _UUID.fullmatch(uuid.lower())
    if match is None:
        return None
    side: Literal["caller", "leg"] = "caller" if match[2] == "a" else "leg"
    return Whose(base=match[1], side=side, number=int(match[3]))

"""The language between a live call and casework: what happened, in order, as small frozen records.

A call notes facts; casework reads them. The facts of a call are its trace: the case, its timeline and its recordings
are worked out from them, and the call can be told again from them alone. This module is pure.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Scalar = str | int | float | bool | None
_NUMBER = (int, float)
_TEXT_OR_NONE = (str, type(None))

# kind → (details it must have, details it may have). Further details are kept as they are.
KINDS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    # The call was answered. kind: inbound | callback | confirm | redial | staff (with an official, whoever dialled).
    # case and task: for a call that the system placed.
    # shared: the caller's number is not the citizen's own, but a window's of the hall.
    # invite_ms: milliseconds from the INVITE to the answer. recovered: made from Asterisk's notes, not lived through.
    "opened": (
        {"caller": str, "dialled": str, "kind": str},
        {
            "line": str,
            "profile": str,
            "case": _TEXT_OR_NONE,
            "task": (int, type(None)),
            "notice_version": str,
            "invite_ms": int,
            "recovered": bool,
            "shared": bool,
        },
    ),
    "asked": ({"prompt": str}, {"text": str}),
    "speech": ({}, {"barged_in": bool}),
    "partial": ({"text": str}, {}),
    # started, ended: seconds since the conversation began. clip: file of the caller's own words. quiet_ms: from the
    # last voice to the end of the turn; early: which was before its silence had passed.
    "heard": (
        {"text": str},
        {"started": _NUMBER, "ended": _NUMBER, "clip": _TEXT_OR_NONE, "quiet_ms": int, "early": bool},
    ),
    # A recognizer.request.Request, field by field. asked: the name of the matter that the caller was asked about, where
    # two were close; answer: what became of it: ivr.script.Answer.
    "understood": (
        {"intent": str, "text": str},
        {
            "matter": _TEXT_OR_NONE,
            "matter_name": str,
            "second": _TEXT_OR_NONE,
            "type": str,
            "urgency": str,
            "place": str,
            "danger": str,
            "complained_of": str,
            "named": str,
            "confidence": _NUMBER,
            "second_name": str,
            "second_confidence": _NUMBER,
            "evidence": list,
            "classifier": str,
            "asked": str,
            "answer": str,
        },
    ),
    # What the place and matter of this call came to: cases.surge. step: its Step. surge: the id of the surge (the call
    # that opened it), opened_at: ISO 8601; calls: with opened, the earlier calls that belong to it. unit: who answers
    # for the matter, where nobody is rung.
    "surge": (
        {"town": str, "matter": str, "step": str},
        {"matter_name": str, "surge": str, "opened_at": str, "calls": list, "unit": str},
    ),
    "pressed": ({"key": str}, {"leg": int}),
    # What the line's flow (话务流程) did: edition: it began; step: which step, or how it ended; key: pressed at it;
    # why: late, lost (dialplans.names): it went on with the question.
    "flow": ({}, {"edition": int, "step": str, "key": str, "why": str}),
    "decided": ({"step": str, "why": str}, {}),
    # rungs: [{"number", "name", "post", "reason"}, …] in the order they ring.
    "planned": ({"rungs": list, "unit": str, "why": str}, {"left_out": list}),
    "rung": ({"i": int, "number": str}, {}),
    "leg": ({"i": int, "why": str}, {"cause": (str, int, type(None))}),  # why: dialplans.names LEG_*
    "screening": ({"i": int}, {}),
    # by: key | voice | dialplan | room: connected as it answered | heard: a person spoke, and no key came.
    "accepted": ({"i": int, "number": str, "by": str}, {}),
    "talk": ({"i": int, "number": str}, {}),
    "talk_over": ({"seconds": _NUMBER}, {"why": str}),  # why: as the dialplan tells; dropped: too short to be a talk
    "nobody": ({}, {"why": str}),
    "promise": ({"due": str}, {"text": str}),  # due: ISO 8601 with offset
    "call_back": ({"i": int, "number": str, "due": str}, {}),  # this official will call back by then
    # An official pressed * and a key in the talk, or took it back; cases.marks knows the keys.
    "marked": ({"key": str, "on": bool}, {"i": int, "number": str}),
    # A third person is brought into the talk. step: rung | joined | nobody | as the leg ended: dialplans.names LEG_*.
    "third": ({"step": str}, {"number": str, "cause": (str, int, type(None))}),
    # The caller gave a number at which they can be called, canonical. how: key | voice. confirmed: it was read back to
    # them, and they said that it is right; otherwise it is only kept.
    "contact": ({"number": str, "how": str, "confirmed": bool}, {}),
    # From here on this call is one of that case: the official on the line, who, calls its citizen back.
    "joins": ({"case": str, "number": str, "who": str}, {}),
    # The caller was missed by a callback of that case, and enters it now; empty: there is something else after all.
    # confirm: by its confirm call; recheck: by its 回头看.
    "rings_back": ({"case": str}, {"task": int, "confirm": bool, "recheck": bool}),
    # Who called as a citizen has typed an official's code; empty: from here on this is a citizen's call after all.
    "official": ({"official": str}, {}),
    # case: what is added to a case by who has missed its confirm call and has rung back.
    "message": ({"path": str}, {"seconds": _NUMBER, "case": str}),
    "recording": ({"path": str, "kind": str}, {"started": _TEXT_OR_NONE}),  # kind: talk | message | clip
    "no_recording": ({}, {"why": str}),
    "fallback": ({"step": str}, {}),  # the dialplan went on alone
    "gone": ({"phase": str}, {}),  # the caller hung up
    "ended": ({"outcome": str}, {}),
    # An answer of a callback. question: person | solved | satisfied | why; of a confirm call: writer | yours |
    # addition. by: key | voice.
    "answered": ({"question": str, "answer": str, "by": str}, {}),
    # An answer that nobody but supervision may read: told to no watcher, kept in no trace. round: how many 重办 before.
    "aside": ({"case": str, "round": int, "answer": str, "by": str}, {}),
}

ASIDE = "aside"
CALL_KINDS = ("inbound", "callback", "confirm", "redial", "staff")


class BadFact(ValueError):
    """A fact that says too little or something impossible; the text names kind, detail, value and the mend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that happened in a call. (call_id, seq) is unique for ever, so a fact may be delivered twice.

    call_id: Asterisk's UNIQUEID of the caller's channel. seq: 0, 1, 2 … within the call. at: aware. ms: milliseconds
    since the call was answered. detail: as KINDS says; texts are cleaned of what a database cannot hold.
    Raises BadFact.
    """

    call_id: str
    seq: int
    at: datetime
    ms: int
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.call_id:
            raise BadFact(f"fact {self.kind!r}: call_id is empty; give the UNIQUEID of the caller's channel")
        if self.seq < 0:
            raise BadFact(f"fact {self.kind!r}: seq is {self.seq}; count from 0 within the call")
        if self.at.tzinfo is None:
            raise BadFact(f"fact {self.kind!r}: at is {self.at.isoformat()} without a time zone; use the clock's now()")
        if self.kind not in KINDS:
            raise BadFact(f"fact kind {self.kind!r} is unknown; known kinds: {', '.join(KINDS)}")
        object.__setattr__(self, "call_id", _clean(self.call_id))
        object.__setattr__(self, "detail", {key: _clean(value) for key, value in self.detail.items()})
        required, optional = KINDS[self.kind]
        for key, wanted in required.items():
            if key not in self.detail:
                raise BadFact(f"fact {self.kind!r}: detail {key!r} is missing; it needs {', '.join(required)}")
            self._check(key, wanted)
        for key, wanted in optional.items():
            if key in self.detail:
                self._check(key, wanted)
        if self.kind == "opened" and self.detail["kind"] not in CALL_KINDS:
            raise BadFact(f"fact 'opened': kind is {self.detail['kind']!r}; use one of {', '.join(CALL_KINDS)}")
        if self.kind in ("promise", "call_back"):
            _aware(self.detail["due"])
        if self.kind == "surge" and self.detail.get("surge"):
            _aware(str(self.detail.get("opened_at")))

    def _check(self, key: str, wanted: Any) -> None:
        value = self.detail[key]
        if isinstance(value, bool) and wanted in (int, _NUMBER):
            raise BadFact(f"fact {self.kind!r}: detail {key!r} is true or false; give a number")
        if not isinstance(value, wanted):
            names = ", ".join(t.__name__ for t in (wanted if isinstance(wanted, tuple) else (wanted,)))
            raise BadFact(f"fact {self.kind!r}: detail {key!r} is {type(value).__name__}; give {names}")

    @property
    def due(self) -> datetime:
        """The promised time of a `promise` or a `call_back`."""
        return _aware(self.detail["due"])

    @property
    def opened_at(self) -> datetime:
        """When the surge of a `surge` was opened; only for one that names a surge."""
        return _aware(self.detail["opened_at"])


def to_json(fact: Fact) -> str:
    """One line of JSON, without a line break in it."""
    return json.dumps(
        {
            "call": fact.call_id,
            "seq": fact.seq,
            "at": fact.at.isoformat(),
            "ms": fact.ms,
            "kind": fact.kind,
            "detail": fact.detail,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_json(line: str) -> Fact:
    """The inverse of to_json. Raises BadFact for anything that is not a whole fact, a torn line for example."""
    try:
        raw = json.loads(line)
        return Fact(
            call_id=raw["call"],
            seq=raw["seq"],
            at=datetime.fromisoformat(raw["at"]),
            ms=raw["ms"],
            kind=raw["kind"],
            detail=raw["detail"],
        )
    except BadFact:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFact(f"not a fact ({type(error).__name__}: {error}): a line of {len(line)} characters") from error


def _aware(text: str) -> datetime:
    try:
        due = datetime.fromisoformat(text)
        if due.tzinfo is not None:
            return due
    except ValueError:
        pass
    raise BadFact(f"a fact's time is {text!r}; give ISO 8601 with an offset, e.g. 2026-11-22T08:30:00+08:00")


def _clean(value: Any) -> Any:
    """What JSON and every database can hold: NUL and lone surrogates (broken caller names) are replaced."""
    if isinstance(value, str):
        if value.isascii():
            return value.replace("\0", "\ufffd") if "\0" in value else value
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadFact(f"a fact cannot hold the number {value!r}; leave the detail out")
        return value
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    raise BadFact(f"a fact cannot hold a {type(value).__name__}; give text, a number, true/false or a list")

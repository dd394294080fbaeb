"""What the caller said to the line, piece by piece, and where in a recording each piece begins. Pure.

No word has a time of its own in the trace. What stands there is when a sentence began and ended, and how it grew while
it was heard: a piece begins no later than what was heard before it. Of a talk with an official there are no words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from pathlib import PurePath

from ivr.facts import Fact
from recordings.recording import RecordingKind
from zhitong.store.recordings import RecordingRow

_Growth = tuple[datetime, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A piece of a sentence. second: of the recording, at which to begin to hear it; None: not in it."""

    text: str
    second: float | None


def spoken_words(facts: Iterable[Fact], recording: RecordingRow) -> tuple[tuple[Spoken, ...], ...]:
    """The sentences of this recording's call, in pieces. A clip has the sentence that it is of, and no other.

    facts: of the recording's call.
    """
    found: list[tuple[Spoken, ...]] = []
    grown: list[_Growth] = []
    clip = ""
    for fact in sorted(facts, key=lambda one: one.seq):
        match fact.kind:
            case "partial":
                grown.append((fact.at, str(fact.detail["text"])))
            case "recording" if fact.detail["kind"] == RecordingKind.CLIP:
                clip = str(fact.detail["path"])
            case "heard":
                began = _began(fact)
                if fact.detail["text"] and (start := _start(recording, began, clip)) is not None:
                    found.append(_pieces(fact.detail["text"], began, grown, start))
                grown, clip = [], ""
    return tuple(found)


def _began(fact: Fact) -> datetime:
    """When the sentence began: its end is known by the silence after it."""
    detail = fact.detail
    lasted = max(0.0, float(detail.get("ended") or 0) - float(detail.get("started") or 0))
    return fact.at - timedelta(seconds=lasted, milliseconds=int(detail.get("quiet_ms") or 0))


def _start(recording: RecordingRow, began: datetime, clip: str) -> datetime | None:
    """The moment at which the recording begins; None: the sentence is not in it."""
    if recording.kind == RecordingKind.CLIP:
        return began if clip and PurePath(clip).name == PurePath(recording.path).name else None
    if recording.kind == RecordingKind.TALK:
        return recording.made_at
    return None


def _pieces(text: str, began: datetime, grown: Sequence[_Growth], start: datetime) -> tuple[Spoken, ...]:
    seconds: list[float] = []
    before = began
    for at, so_far in grown:
        reaches = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(so_far, text, strict=False)))
        seconds += [(before - start).total_seconds()] * (reaches - len(seconds))
        before = max(before, at)
    seconds += [(before - start).total_seconds()] * (len(text) - len(seconds))
    pairs = zip(text, seconds, strict=True)
    return tuple(
        Spoken(text="".join(letter for letter, _ in some), second=second if second >= 0 else None)
        for second, some in groupby(pairs, key=lambda pair: pair[1])
    )

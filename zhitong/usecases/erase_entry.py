"""清除: what an entry of a timeline says is erased at the citizen's wish (PIPL 第四十七条); the chain still verifies.

What the entry came from goes with it: the caller's words in the trace, the transcript, and the same words in a record
or an answer. That there was an entry, when and by whom it was erased, and why, stays.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.chain import ERASED
from cases.roles import Action, Actor
from recordings.recording import RecordingKind
from zhitong.errors import MoveRefused
from zhitong.store.engine import writing
from zhitong.store.records import record_deletion
from zhitong.store.timeline import entries_of, erase_entry
from zhitong.store.words import forget_entry
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import reasoned, to_move


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberedEntry:
    """An entry with its number in the case's chain. erased: there is nothing left of it."""

    seq: int
    at: datetime
    what: str
    text: str
    who: str
    erased: bool


def numbered_entries(engine: Engine, *, number: str, by: Actor, now: datetime) -> list[NumberedEntry]:
    """The entries of a case for somebody who may erase one; that he looked is kept.

    Raises CaseNotFound, NotPermitted, DatabaseGone.
    """
    with writing(engine) as connection:
        to_move(connection, number, by, Action.ERASE, merged=True)
        looked(connection, by, number, what="留痕", now=now)
        return [
            NumberedEntry(seq=row.seq, at=row.at, what=row.what, text=row.text, who=row.who, erased=not row.salt)
            for row in entries_of(connection, number)
        ]


def erase(engine: Engine, *, number: str, seq: int, by: Actor, reason: str, now: datetime) -> None:
    """Erases it. Raises MoveRefused for one that is not there or is gone, CaseNotFound, NotPermitted, DatabaseGone."""
    reason = reasoned(reason, "清除")
    with writing(engine) as connection:
        to_move(connection, number, by, Action.ERASE, merged=True)
        entries = entries_of(connection, number)
        entry = next((row for row in entries if row.seq == seq), None)
        if entry is None:
            raise MoveRefused(f"工单 {number} 没有第 {seq} 条，共 {len(entries)} 条；看 zhitong audit entries {number}")
        if entry.what == ERASED:
            raise MoveRefused(f"工单 {number} 第 {seq} 条写的是清除本身，不能清除")
        if not erase_entry(connection, number, seq, who=by.name, reason=reason, at=now):
            raise MoveRefused(f"工单 {number} 第 {seq} 条已经清除了")
        forget_entry(connection, number, entry.mark, [one for one in (entry.text, entry.reason) if one])
        record_deletion(
            connection,
            at=now,
            case_number=number,
            kind=RecordingKind.TRANSCRIPT.value,
            what=f"{number} 第 {seq} 条经过的内容",
            sha256="",
            why=reason[:100],
        )

"""The timeline of cases (留痕): only ever appended to, each case's entries in a chain (cases.chain)."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select

from cases.chain import ERASED, Chained, Entry, Head, chained, erase_mark
from zhitong.store.tables import cases, chains, timeline

_AT_ONCE = 500
"""Cases or marks asked for in one statement: databases bound the number of parameters."""


# Built once: that takes SQLAlchemy longer than the database takes to answer.
_HEADS = (
    select(chains.c.case_number, chains.c.seq, chains.c.link, timeline.c.mark)
    .outerjoin(
        timeline,
        and_(
            timeline.c.case_number == chains.c.case_number,
            timeline.c.mark.in_(bindparam("marks", expanding=True)),
        ),
    )
    .where(chains.c.case_number.in_(bindparam("numbers", expanding=True)))
    .order_by(chains.c.case_number)
    .with_for_update(of=chains)
)
"""Where these cases' chains end, with those of the marks that they have."""
_NEW_HEAD = (
    chains.update()
    .where(chains.c.case_number == bindparam("_number"))
    .values(seq=bindparam("_seq"), link=bindparam("_link"))
)


def add_to_timeline(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds entries: case_number, mark, at, what, text, who, reason. One whose mark its case has is not added."""
    entries = {(row["case_number"], row["mark"]): Entry(**({"who": "系统"} | row)) for row in reversed(rows)}
    for start in range(0, len(entries), _AT_ONCE):
        some = list(reversed(entries.values()))[start : start + _AT_ONCE]
        _append(connection, some)


def _append(connection: Connection, entries: Sequence[Entry]) -> None:
    numbers = sorted({entry.case_number for entry in entries})
    # Locked in one order, so that two transactions about the same cases wait for each other and never both ways.
    found = connection.execute(_HEADS, {"numbers": numbers, "marks": [entry.mark for entry in entries]}).all()
    stored = {row.case_number for row in found}
    heads = defaultdict(Head, {row.case_number: Head(seq=row.seq, link=row.link) for row in found})
    there = {(row.case_number, row.mark) for row in found}
    new = []
    for entry in entries:
        if (entry.case_number, entry.mark) in there:
            continue
        one = chained(entry, heads[entry.case_number], secrets.token_hex(16))
        heads[entry.case_number] = Head(seq=one.seq, link=one.link)
        new.append(one)
    if not new:
        return
    connection.execute(timeline.insert(), [_row(one) for one in new])
    ends = [(number, heads[number]) for number in sorted({one.entry.case_number for one in new})]
    if begun := [one for one in ends if one[0] not in stored]:
        rows = [{"case_number": number, "seq": head.seq, "link": head.link, "anchored": 0} for number, head in begun]
        connection.execute(chains.insert(), rows)
    if went_on := [one for one in ends if one[0] in stored]:
        rows = [{"_number": number, "_seq": head.seq, "_link": head.link} for number, head in went_on]
        connection.execute(_NEW_HEAD, rows)


def who_did(connection: Connection, numbers: Collection[str], whats: Collection[str]) -> set[str]:
    """The names of those who, as the timelines of these cases tell, did any of these things."""
    query = select(timeline.c.who).where(timeline.c.case_number.in_(list(numbers)), timeline.c.what.in_(list(whats)))
    return set(connection.scalars(query.distinct()))


def who_wrote(connection: Connection, number: str, what: str, words: Collection[str]) -> set[str]:
    """The names of those who did this with a case, in an entry with any of these words."""
    said = or_(*(timeline.c.text.contains(word, autoescape=True) for word in words))
    query = select(timeline.c.who).where(timeline.c.case_number == number, timeline.c.what == what, said)
    return set(connection.scalars(query.distinct()))


def timeline_of(connection: Connection, number: str) -> list[Row[Any]]:
    """The timeline of a case in the order of what happened."""
    return list(
        connection.execute(
            select(timeline).where(timeline.c.case_number == number).order_by(timeline.c.at, timeline.c.id)
        )
    )


def timelines_of(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The timelines of several cases, each in the order of what happened; empty where there is none."""
    found: dict[str, list[Row[Any]]] = {number: [] for number in numbers}
    for start in range(0, len(numbers), _AT_ONCE):
        query = select(timeline).where(timeline.c.case_number.in_(numbers[start : start + _AT_ONCE]))
        for row in connection.execute(query.order_by(timeline.c.at, timeline.c.id)):
            found[row.case_number].append(row)
    return found


def entries_of(connection: Connection, number: str) -> list[Row[Any]]:
    """The entries of a case in the order of its chain."""
    query = select(timeline).where(timeline.c.case_number == number).order_by(timeline.c.seq)
    return list(connection.execute(query))


def first_salt(connection: Connection, number: str) -> str:
    """The salt of a case's first entry, which nobody is ever shown; empty where there is none, or it was erased."""
    query = select(timeline.c.salt).where(timeline.c.case_number == number, timeline.c.seq == 1)
    return connection.scalar(query) or ""


def erase_entry(connection: Connection, number: str, seq: int, *, who: str, reason: str, at: datetime) -> bool:
    """Empties an entry, text and reason with the salt, and tells so on the chain; False when there is none to empty."""
    gone = connection.execute(
        timeline.update()
        .where(timeline.c.case_number == number, timeline.c.seq == seq, timeline.c.salt != "")
        .values(text="", reason="", salt="")
    )
    if not gone.rowcount:
        return False
    row = {"case_number": number, "mark": erase_mark(seq), "at": at, "what": ERASED, "who": who, "reason": reason}
    add_to_timeline(connection, [row | {"text": f"清除了第 {seq} 条的内容"}])
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseChain:
    """A case's chain as it stands: where it should end, how much of it was anchored, and its entries by `seq`.

    One whose head is missing has an empty one.
    """

    number: str
    head: Head
    anchored: int
    entries: tuple[Chained, ...]


def next_numbers(connection: Connection, after: str) -> list[str]:
    """The numbers of the next some hundred cases; empty after the last one."""
    query = select(cases.c.number).where(cases.c.number > after).order_by(cases.c.number).limit(_AT_ONCE)
    return list(connection.scalars(query))


def chains_of(connection: Connection, numbers: Sequence[str]) -> list[CaseChain]:
    """The chains of some hundred cases; those without any entry and head are left out."""
    heads = {
        row.case_number: row for row in connection.execute(select(chains).where(chains.c.case_number.in_(numbers)))
    }
    entries: dict[str, list[Chained]] = defaultdict(list)
    for row in connection.execute(
        select(timeline).where(timeline.c.case_number.in_(numbers)).order_by(timeline.c.case_number, timeline.c.seq)
    ):
        entries[row.case_number].append(_chained(row))
    return [
        CaseChain(
            number=number,
            head=Head(seq=heads[number].seq, link=heads[number].link) if number in heads else Head(),
            anchored=heads[number].anchored if number in heads else 0,
            entries=tuple(entries.get(number, ())),
        )
        for number in numbers
        if number in heads or number in entries
    ]


def unanchored(connection: Connection) -> tuple[int, Iterator[tuple[str, Head]]]:
    """How many heads no anchor holds yet, and these, read as they are asked for."""
    new = chains.c.seq > chains.c.anchored
    n = connection.execute(select(func.count()).select_from(chains).where(new)).scalar_one()
    query = select(chains).where(new).order_by(chains.c.case_number)
    rows = connection.execution_options(yield_per=1000).execute(query)
    return n, ((row.case_number, Head(seq=row.seq, link=row.link)) for row in rows)


def set_anchored(connection: Connection, heads: dict[str, Head]) -> None:
    """That an anchor holds these heads."""
    if heads:
        connection.execute(
            chains.update().where(chains.c.case_number == bindparam("_number")).values(anchored=bindparam("_seq")),
            [{"_number": number, "_seq": head.seq} for number, head in heads.items()],
        )


def _row(one: Chained) -> dict[str, Any]:
    entry = one.entry
    return {
        "case_number": entry.case_number,
        "mark": entry.mark,
        "at": entry.at,
        "what": entry.what,
        "text": entry.text,
        "who": entry.who,
        "reason": entry.reason,
        "seq": one.seq,
        "salt": one.salt,
        "digest": one.digest,
        "link": one.link,
    }


def _chained(row: Row[Any]) -> Chained:
    entry = Entry(
        case_number=row.case_number,
        mark=row.mark,
        at=row.at,
        what=row.what,
        text=row.text,
        who=row.who,
        reason=row.reason,
    )
    return Chained(entry=entry, seq=row.seq, salt=row.salt, digest=row.digest, link=row.link)

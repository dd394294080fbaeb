"""Where what a citizen said is kept, and how it is forgotten: what happened, and when, stays."""

from collections.abc import Collection

from sqlalchemy import Connection, Select, or_, select

from zhitong.store.tables import case_records, cases, facts, tries

FORGET = "forget"
"""Due then: the words of a call that is in no case, an official's own, go. call_id."""

# Facts that hold words of the caller, and the details that hold them.
_WORDS = {
    "partial": ("text",),
    "heard": ("text",),
    "answered": ("answer",),
    "understood": ("text", "complained_of", "evidence"),
}


def forget_calls(connection: Connection, call_ids: Collection[str] | Select[tuple[str]]) -> None:
    """Empties the words in the trace of these calls."""
    said = connection.execute(
        select(facts.c.call_id, facts.c.seq, facts.c.kind, facts.c.detail).where(
            facts.c.call_id.in_(call_ids), facts.c.kind.in_(list(_WORDS))
        )
    ).all()
    for row in said:
        if row.kind == "answered" and row.detail["question"] not in ("why", "addition"):
            continue
        said_there = [key for key in _WORDS[row.kind] if row.detail.get(key)]
        wiped = {key: [] if isinstance(row.detail[key], list) else "" for key in said_there}
        connection.execute(
            facts.update()
            .where(facts.c.call_id == row.call_id, facts.c.seq == row.seq)
            .values(detail=row.detail | wiped)
        )


def forget_entry(connection: Connection, case_number: str, mark: str, words: Collection[str]) -> None:
    """What an entry of a timeline came from: the call in which it was said, or the same words in a record or answer."""
    call_id, _, seq = mark.rpartition("/")
    kinds = select(facts.c.kind).where(facts.c.call_id == call_id, facts.c.seq == (int(seq) if seq.isdecimal() else -1))
    if connection.scalar(kinds) in _WORDS:
        forget_calls(connection, [call_id])
        connection.execute(tries.update().where(tries.c.call_id == call_id).values(why=""))
        connection.execute(cases.update().where(cases.c.call_id == call_id).values(transcript=""))
    if not words:
        return
    own = case_records.c.case_number == case_number
    for column in (case_records.c.text, case_records.c.outcome):
        connection.execute(case_records.update().where(own, column.in_(words)).values({column.name: ""}))
    said = or_(*(tries.c.why == one for one in words))
    connection.execute(tries.update().where(tries.c.case_number == case_number, said).values(why=""))

"""Which open cases look like the same matter: told to people before one is dispatched twice. Nothing is merged here."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.duplicates import Likeness, alike, town_of
from cases.roles import Action, Actor, may, permit
from zhitong.store.cases import find_alike, get_case
from zhitong.store.engine import reading, writing
from zhitong.store.records import end_incident_of, record_incident
from zhitong.store.together import together_with
from zhitong.usecases.known_by import known_by
from zhitong.usecases.looking import looked, shown
from zhitong.usecases.rules import Rules

KIND = "alike"
MOST = 200
"""New cases of one import that are compared; of the rest the clerk is told when each is assigned."""


def propose_merges(
    engine: Engine, rules: Rules, *, number: str, by: Actor, now: datetime, towns: Collection[str] = ()
) -> list[Likeness]:
    """Open cases that may be the same matter, the likest first, of those that he may see; numbers masked.

    towns: by name; a place begins with the town that it is in. That he looked is recorded.
    Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.MERGE)
    with writing(engine) as connection:
        case = get_case(connection, number)
        permit(by, Action.MERGE, case)
        looked(connection, by, number, what="找相同的", now=now)
    with reading(engine) as connection:  # all that is open: no call waits for that
        return _for_him(_likenesses(connection, rules, case, towns), by)


def propose_for_new(
    engine: Engine, rules: Rules, cases: Sequence[Case], *, by: Actor, now: datetime, towns: Collection[str] = ()
) -> dict[str, list[Likeness]]:
    """The same for cases that have just come in, or would: by number, of the first MOST, those that are like any.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.MERGE)
    with writing(engine) as connection:
        looked(connection, by, None, what="找相同的", now=now)
    found = dict[str, list[Likeness]]()
    for case in cases[:MOST]:
        if may(by, Action.MERGE, case):
            with reading(engine) as connection:  # one after the other: none is long
                found[case.number] = _for_him(_likenesses(connection, rules, case, towns), by)
    return {number: some for number, some in found.items() if some}


def note_alike(engine: Engine, rules: Rules, case: Case, *, now: datetime, towns: Collection[str] = ()) -> None:
    """What came in by a way that may not be shown other cases, and is like one, is told to people (case todo): not
    which ones, since not everybody who reads that may see all of them. Raises DatabaseGone.
    """
    with reading(engine) as connection:
        if not _likenesses(connection, rules, case, towns):
            return
    told = f"工单 {case.number}：和在办的工单像是同一件事，交办以前请看像哪些（zhitong case duplicates {case.number}）"
    with writing(engine) as connection:
        text = f"{told}；是就并单（zhitong case merge）"
        record_incident(connection, at=now, kind=KIND, mark=mark_of(case.number), text=text)


def seen_to(connection: Connection, number: str, *, by: str, now: datetime, outcome: str) -> None:
    """Nobody needs to be told of this case's likeness any more."""
    end_incident_of(connection, mark_of(number), at=now, by=by, outcome=outcome)


def mark_of(number: str) -> str:
    """Under which it is told once."""
    return f"{KIND}:{number}"


def _likenesses(connection: Connection, rules: Rules, case: Case, towns: Collection[str]) -> list[Likeness]:
    def known(one: Case) -> frozenset[str]:
        return known_by(one, rules.area_code)

    like = rules.likeness
    others = find_alike(
        connection,
        case,
        known(case),
        since=case.answered_at - like.near,
        until=case.answered_at + like.near,
        town=town_of(case.place, towns),
        limit=like.look_at,
    )
    one_already = set(together_with(connection, case.number))
    return alike(case, (one for one in others if one.number not in one_already), like, known=known, towns=towns)


def _for_him(found: Sequence[Likeness], by: Actor) -> list[Likeness]:
    his = [one for one in found if may(by, Action.MERGE, one.case) and may(by, Action.HEAR, one.case)]
    return [replace(one, case=shown(one.case, by)) for one in his]

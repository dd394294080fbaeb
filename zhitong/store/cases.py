"""Cases, the calls they came from, and their clocks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
)

from cases.case import OPEN, Case, CaseEvent, CaseState
from cases.sla import SlaClock
from zhitong.errors import CaseNotFound
from zhitong.store.citizens import THEIRS
from zhitong.store.engine import insert_new
from zhitong.store.tables import CLOSING, CONTACTED, PERSONAL, SPOKEN, Moment, calls, case_tags, cases, clocks
from zhitong.store.together import share_accused

_FIELDS = tuple(field.name for field in fields(Case))
_COLUMNS = tuple(cases.c[name] for name in _FIELDS)
_LONGEST = {c.name: c.type.length for c in _COLUMNS if isinstance(c.type, String) and c.type.length}
_CHANGEABLE = tuple(name for name in _FIELDS if name not in ("number", "call_id", "answered_at"))
_UPDATE = cases.update().where(cases.c.number == bindparam("_number"))
"""Sets what it is given beside `_number`: SQLAlchemy writes every parameter."""
_CALL_CHANGES = ("talked", "rang_ms", "human_ms", "ended_at")
_UPDATE_CALL = (
    calls.update()
    .where(calls.c.call_id == bindparam("_call_id"))
    .values({name: bindparam(name) for name in _CALL_CHANGES})
)

# Asked for by each call: built once, since that takes SQLAlchemy longer than the database takes to answer.
_BY_NUMBER = select(*_COLUMNS).where(cases.c.number.in_(bindparam("numbers", expanding=True)))
_CASE_OF_CALLS = select(calls.c.call_id, calls.c.case_number).where(
    calls.c.call_id.in_(bindparam("calls", expanding=True))
)
_SPOKEN = select(cases.c.short).where(cases.c.short.in_(bindparam("shorts", expanding=True)), text(SPOKEN))
_CLOSED_OF = (
    select(*_COLUMNS)
    .where(cases.c.number.in_(THEIRS), cases.c.closed_at >= bindparam("since"))
    .where(cases.c.disposition == "已解决", cases.c.state.not_in(sorted(OPEN)))
)
_CLOCK = (
    clocks.update()
    .where(clocks.c.case_number == bindparam("_number"), clocks.c.code == bindparam("_code"))
    .where(clocks.c.round == bindparam("_round"))
)
_BEFORE = bindparam("_before", type_=Moment)
_NOT_MET = _CLOCK.where(clocks.c.met_at == _BEFORE).values(met_at=None)
_MET = _CLOCK.where(
    or_(clocks.c.met_at.is_(None), clocks.c.met_at > bindparam("_at"), clocks.c.met_at == _BEFORE)
).values(met_at=bindparam("_at"))
_LOOK_AGAIN = (
    clocks.update()
    .where(
        clocks.c.case_number == bindparam("_number"),
        clocks.c.round == bindparam("_round"),
        clocks.c.code == bindparam("_code"),
    )
    .values(warn_at=bindparam("_warn_at"))
)


def get_case(connection: Connection, number: str, *, to_change: bool = False) -> Case:
    """The case of this number. to_change: kept from everybody else who wants to change it. Raises CaseNotFound."""
    if to_change:
        connection.execute(select(cases.c.number).where(cases.c.number == number).with_for_update())
    found = get_cases(connection, [number])
    if number not in found:
        raise CaseNotFound(f"没有编号为 {number} 的工单；编号的样子是 20261121-183712-0057")
    return found[number]


def get_cases(connection: Connection, numbers: Iterable[str]) -> dict[str, Case]:
    """The cases that exist of these numbers."""
    wanted = list(numbers)
    found: dict[str, Case] = {}
    for start in range(0, len(wanted), 500):
        rows = connection.execute(_BY_NUMBER, {"numbers": wanted[start : start + 500]})
        found |= {row.number: _case(row) for row in rows}
    return found


def has_cases(connection: Connection, unit: str) -> bool:
    """Whether a unit of this name has, or had last, any case."""
    return connection.execute(select(cases.c.number).where(cases.c.unit == unit).limit(1)).first() is not None


def find_cases(
    connection: Connection,
    *,
    state: CaseState | None = None,
    caller: str = "",
    tag: str = "",
    limit: int = 50,
    sight: ColumnElement[bool] | None = None,
) -> list[Case]:
    """Cases, newest first, of a state, a citizen's number or a tag. sight: which somebody may see (store.sight)."""
    query = select(*_COLUMNS).order_by(cases.c.answered_at.desc(), cases.c.number.desc()).limit(limit)
    if state is not None:
        query = query.where(cases.c.state == state.value)
    if caller:
        query = query.where(or_(cases.c.caller == caller, and_(cases.c.contact == caller, text(CONTACTED))))
    if sight is not None:
        query = query.where(sight)
    if tag:
        tagged = select(case_tags.c.case_number).where(case_tags.c.tag == tag, case_tags.c.out_at.is_(None))
        query = query.where(cases.c.number.in_(tagged))
    return [_case(row) for row in connection.execute(query)]


def open_cases_of(connection: Connection, units: Collection[str], *, limit: int) -> list[Case]:
    """The cases that these units have to work on, oldest first."""
    states = (CaseState.ASSIGNED, CaseState.SIGNED_FOR, CaseState.HANDLING)
    query = select(*_COLUMNS).where(cases.c.state.in_(states), cases.c.unit.in_(sorted(units))).limit(limit)
    return [_case(row) for row in connection.execute(query.order_by(cases.c.answered_at, cases.c.number))]


def cases_begun(
    connection: Connection,
    *,
    since: datetime,
    until: datetime,
    units: frozenset[str] | None,
    channel: str,
    after: tuple[datetime, str] | None,
    limit: int,
    sight: ColumnElement[bool] | None = None,
) -> list[Case]:
    """Cases begun in a span of time, oldest first, of these units (None: all) and channel; `after`: the last read.

    sight: only those that somebody may see (store.sight).
    """
    query = (
        select(*_COLUMNS)
        .where(cases.c.answered_at >= (after[0] if after else since), cases.c.answered_at < until)
        .order_by(cases.c.answered_at, cases.c.number)
        .limit(limit)
    )
    if after:
        query = query.where(or_(cases.c.answered_at > after[0], cases.c.number > after[1]))
    if units is not None:
        query = query.where(cases.c.unit.in_(sorted(units)))
    if channel:
        query = query.where(cases.c.channel == channel)
    if sight is not None:
        query = query.where(sight)
    return [_case(row) for row in connection.execute(query)]


def struck_off_numbers(connection: Connection, *, since: datetime, until: datetime) -> list[str]:
    """The cases that were closed in a span of time and are struck off; what was no citizen's call was never closed."""
    query = select(cases.c.number).where(cases.c.closed_at >= since, cases.c.closed_at < until)
    # By time: SQLite would take the index of states, and nearly all cases of all years are struck off.
    return list(connection.scalars(query.where(cases.c.state.concat("") == CaseState.STRUCK_OFF.value)))


def insert_cases(connection: Connection, new: Sequence[tuple[Case, datetime]]) -> None:
    """New cases, each with the time at which its transcript is to be deleted."""
    if new:
        connection.execute(cases.insert(), [_row(case) | {"transcript_expires_at": expires} for case, expires in new])


def update_cases(connection: Connection, changed: Sequence[Case]) -> None:
    """Writes what may change of a case; number, call and the time of the answer never do.

    They are not even written as they are: for a number that is set, a database looks through every table that names it.
    Whom one complains of, those that are answered together with it do, too.
    """
    if changed:
        rows = [(case.number, _row(case)) for case in changed]
        connection.execute(
            _UPDATE, [{"_number": number} | {name: row[name] for name in _CHANGEABLE} for number, row in rows]
        )
        if accuse := [case.number for case in changed if case.accused]:
            share_accused(connection, accuse)


def insert_calls(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """New calls: call_id, case_number, kind, task_id, answered_at, and what changes of a call."""
    if rows:
        connection.execute(calls.insert(), rows)


def update_calls(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """What changes of a call: talked, rang_ms, human_ms and ended_at, by call_id."""
    if rows:
        connection.execute(
            _UPDATE_CALL,
            [{"_call_id": row["call_id"]} | {name: row[name] for name in _CALL_CHANGES} for row in rows],
        )


def move_call(connection: Connection, call_id: str, number: str) -> None:
    """Makes a call one of another case."""
    connection.execute(calls.update().where(calls.c.call_id == call_id).values(case_number=number))


def case_of_calls(connection: Connection, call_ids: Iterable[str]) -> dict[str, str]:
    """call_id → case number, of the calls that are known."""
    rows = connection.execute(_CASE_OF_CALLS, {"calls": list(call_ids)})
    return {row.call_id: row.case_number for row in rows}


def cases_of_calls(connection: Connection, call_ids: Sequence[str]) -> dict[str, str]:
    """call_id → number, of the cases that came from these calls or stand for what came another way."""
    found: dict[str, str] = {}
    for start in range(0, len(call_ids), 500):
        some = call_ids[start : start + 500]
        query = select(cases.c.call_id, cases.c.number).where(cases.c.call_id.in_(some))
        found |= {row.call_id: row.number for row in connection.execute(query)}
    return found


def calls_of_case(connection: Connection, number: str) -> list[Row[Any]]:
    """The calls of a case, oldest first."""
    return list(connection.execute(select(calls).where(calls.c.case_number == number).order_by(calls.c.answered_at)))


def open_calls(connection: Connection) -> list[str]:
    """The calls that have not ended as far as the database knows."""
    return list(connection.scalars(select(calls.c.call_id).where(calls.c.ended_at.is_(None))))


def ended_calls(
    connection: Connection, *, since: datetime, before: datetime, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[datetime, str]]:
    """(end, call_id) of calls that ended in a span of time, in the order of their ends; `after` the last one read."""
    query = (
        select(calls.c.ended_at, calls.c.call_id)
        .where(calls.c.ended_at >= (after[0] if after else since), calls.c.ended_at < before)
        .order_by(calls.c.ended_at, calls.c.call_id)
        .limit(limit)
    )
    if after:
        query = query.where(or_(calls.c.ended_at > after[0], calls.c.call_id > after[1]))
    return [(row.ended_at, row.call_id) for row in connection.execute(query)]


def latest_calls(connection: Connection, limit: int) -> list[str]:
    """The calls that ended last, newest first."""
    query = select(calls.c.call_id).where(calls.c.ended_at.is_not(None)).order_by(calls.c.ended_at.desc()).limit(limit)
    return list(connection.scalars(query))


def calls_ended(connection: Connection, *, since: datetime, until: datetime) -> list[str]:
    """The calls that ended in a span of time, oldest first."""
    query = select(calls.c.call_id).where(calls.c.ended_at >= since, calls.c.ended_at < until)
    return list(connection.scalars(query.order_by(calls.c.ended_at, calls.c.call_id)))


def is_calling(connection: Connection, case: Case, numbers: Collection[str]) -> bool:
    """Whether its citizen is on the line now, as far as the database knows: in a call of this case, whoever placed it,
    or in one of any case of theirs.

    numbers: by which the citizen is known, as they may be written (usecases.known_by); none is known by a withheld one.
    """
    theirs = or_(calls.c.case_number == case.number, calls.c.case_number.in_(THEIRS))
    query = select(calls.c.call_id).where(calls.c.ended_at.is_(None), theirs)
    return connection.execute(query.limit(1), {"callers": list(numbers)}).first() is not None


def count_calls(
    connection: Connection, numbers: Collection[str], *, since: datetime, before: datetime, but: str
) -> int:
    """How many cases came from whoever has these numbers in a span of time; the call `but` is left out."""
    query = (
        select(func.count())
        .select_from(cases)
        .where(cases.c.number.in_(THEIRS), cases.c.answered_at >= since, cases.c.answered_at < before)
        .where(cases.c.call_id != but, cases.c.concluded != CaseEvent.RANG_BACK.value)
    )
    return connection.execute(query, {"callers": list(numbers)}).scalar_one()


def find_alike(
    connection: Connection,
    case: Case,
    numbers: Collection[str],
    *,
    since: datetime,
    until: datetime,
    town: str = "",
    limit: int = 200,
) -> list[Case]:
    """Open cases in a span of time that may be about the same, newest first: of the same citizen; in the same town, or
    place where no town is known; about the same matter where either tells no place; any, of a case that tells neither.

    numbers: by which the case's citizen is known. By two indexes: of a citizen's cases, and of what is open, which the
    span alone is not: a month has many times as many cases. At most `limit` of each.
    """
    span = (cases.c.answered_at >= since, cases.c.answered_at <= until, cases.c.number != case.number)
    # SQLite, which has no statistics, would read all that is open for the cases of one citizen.
    his = select(*_COLUMNS).where(cases.c.number.in_(THEIRS), cases.c.state.concat("").in_(sorted(OPEN)), *span)
    found = {row.number: row for row in _newest(connection, his, limit, {"callers": list(numbers)})}
    where = []
    if case.place:
        where.append(cases.c.place.startswith(town, autoescape=True) if town else cases.c.place == case.place)
    if case.matter:
        matter = cases.c.matter == case.matter
        where.append(and_(matter, cases.c.place == "") if case.place else matter)
    like = select(*_COLUMNS).where(cases.c.state.in_(sorted(OPEN)), *span, or_(*where) if where else true())
    found |= {row.number: row for row in _newest(connection, like, limit, {})}
    return sorted(map(_case, found.values()), key=lambda one: one.answered_at, reverse=True)


def _newest(connection: Connection, query: Select[Any], limit: int, given: dict[str, Any]) -> Sequence[Row[Any]]:
    return connection.execute(query.order_by(cases.c.answered_at.desc()).limit(limit), given).all()


def count_about(connection: Connection, numbers: Collection[str], matter: str, *, since: datetime, but: str) -> int:
    """How many cases of whoever has these numbers about this matter came in since; the case `but` is left out."""
    query = (
        select(func.count())
        .select_from(cases)
        .where(cases.c.number.in_(THEIRS), cases.c.matter == matter)
        .where(cases.c.answered_at >= since, cases.c.number != but)
    )
    return connection.execute(query, {"callers": list(numbers)}).scalar_one()


def last_open_talk(connection: Connection, numbers: Collection[str], *, but: str) -> str | None:
    """The newest call with a talk of a case of these numbers that is still worked on; the call `but` is left out."""
    query = (
        select(calls.c.call_id)
        .join(cases, cases.c.number == calls.c.case_number)
        .where(calls.c.case_number.in_(_theirs(connection, numbers)), cases.c.state.in_(sorted(OPEN)))
        .where(calls.c.talked, calls.c.call_id != but)
        .order_by(calls.c.answered_at.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def _theirs(connection: Connection, numbers: Collection[str]) -> list[str]:
    """The cases of whoever has these numbers. Asked first: of one statement SQLite made a look at all open cases."""
    return list(connection.scalars(THEIRS, {"callers": list(numbers)}))


def talks_since(connection: Connection, number: str, numbers: Collection[str], *, since: datetime) -> list[str]:
    """The calls with a talk that were answered since then, of this case or of any of whoever has these numbers."""
    theirs = or_(calls.c.case_number == number, calls.c.case_number.in_(THEIRS))
    query = select(calls.c.call_id).where(theirs, calls.c.talked, calls.c.answered_at >= since)
    return list(connection.scalars(query.order_by(calls.c.answered_at), {"callers": list(numbers)}))


def last_open_short(connection: Connection, numbers: Collection[str], *, but: str) -> str:
    """The spoken number of the newest case of these numbers that is still worked on; the call `but` is left out."""
    # Who is rung may be complained of in it.
    found = _last_open(connection, numbers, but, [cases.c.short], left_out=("举报", "投诉"))
    return found.short if found else ""


def last_open_case(connection: Connection, numbers: Collection[str], *, but: str) -> Case | None:
    """The newest case of these numbers that is still worked on, none that is secret; the call `but` is left out."""
    found = _last_open(connection, numbers, but, _COLUMNS, left_out=("举报",))
    return _case(found) if found else None


def _last_open(
    connection: Connection, numbers: Collection[str], but: str, columns: Sequence[Any], *, left_out: Collection[str]
) -> Row[Any] | None:
    query = (
        select(*columns)
        .where(cases.c.number.in_(_theirs(connection, numbers)))
        .where(cases.c.state.in_(sorted(OPEN)), cases.c.call_id != but)
        .where(cases.c.secrecy == "", cases.c.type.not_in(left_out))
        .order_by(cases.c.answered_at.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def closed_cases_of(connection: Connection, numbers: Collection[str], *, since: datetime) -> list[Case]:
    """The cases of whoever has these numbers that were closed as solved since then and have not been opened again."""
    return [_case(row) for row in connection.execute(_CLOSED_OF, {"callers": list(numbers), "since": since})]


def put_clocks(connection: Connection, rows: Sequence[tuple[str, SlaClock]]) -> None:
    """Sets the clocks of cases. Of one that exists start and end stay; when it is due may change."""
    insert_new(
        connection,
        clocks,
        [
            {
                "case_number": number,
                "round": clock.round,
                "code": clock.code,
                "name": clock.name,
                "policy": clock.policy,
                "started_at": clock.started_at,
                "due_at": clock.due_at,
                "first_due_at": clock.set_due_at,
                "warn_at": clock.warn_at,
                "met_at": clock.met_at,
            }
            for number, clock in rows
        ],
        changes=("due_at", "first_due_at", "warn_at", "name", "policy"),
    )


def move_clock(connection: Connection, number: str, clock: SlaClock) -> None:
    """Writes when a clock of a case is due now, and when to look at it next; nothing else of it."""
    connection.execute(
        clocks.update()
        .where(clocks.c.case_number == number, clocks.c.round == clock.round, clocks.c.code == clock.code)
        .values(due_at=clock.due_at, warn_at=clock.warn_at)
    )


def look_again(connection: Connection, rows: Sequence[tuple[str, SlaClock, datetime | None]]) -> None:
    """When to look at clocks of cases next; None: never."""
    if rows:
        connection.execute(
            _LOOK_AGAIN,
            [
                {"_number": number, "_round": clock.round, "_code": clock.code, "_warn_at": warn_at}
                for number, clock, warn_at in rows
            ],
        )


def clocks_of(connection: Connection, number: str) -> list[SlaClock]:
    """The clocks of a case, the first ones first."""
    return clocks_in(connection, [number])[number]


def clocks_in(connection: Connection, numbers: Collection[str]) -> dict[str, list[SlaClock]]:
    """The clocks of each of these cases, the first ones first."""
    query = select(clocks).where(clocks.c.case_number.in_(numbers)).order_by(clocks.c.round, clocks.c.due_at)
    found: dict[str, list[SlaClock]] = {number: [] for number in numbers}
    for row in connection.execute(query):
        found[row.case_number].append(_clock(row))
    return found


def clocks_to_look_at(connection: Connection, now: datetime, limit: int) -> list[tuple[str, SlaClock]]:
    """(case, clock) of clocks not met that somebody is to look at now, the longest due first."""
    query = (
        select(clocks)
        .where(clocks.c.met_at.is_(None), clocks.c.warn_at <= now)
        .order_by(clocks.c.warn_at, clocks.c.case_number, clocks.c.round, clocks.c.code)
        .limit(limit)
    )
    return [(row.case_number, _clock(row)) for row in connection.execute(query)]


def clocks_running_out(
    connection: Connection, *, since: datetime, until: datetime, sight: ColumnElement[bool], limit: int
) -> list[tuple[Case, SlaClock]]:
    """(case, clock for its result) of clocks not met that are due in [since, until), the first due first."""
    query = (
        select(clocks.c.due_at, clocks.c.case_number, clocks.c.round)
        .join(cases, cases.c.number == clocks.c.case_number)
        .where(text(CLOSING), clocks.c.due_at >= since, clocks.c.due_at < until, clocks.c.met_at.is_(None), sight)
        .order_by(clocks.c.due_at, clocks.c.case_number)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    numbers = [row.case_number for row in rows]
    found, every = get_cases(connection, numbers), clocks_in(connection, numbers)
    return [
        (found[row.case_number], clock)
        for row in rows
        for clock in every[row.case_number]
        if (clock.code, clock.round) == ("close", row.round)
    ]


def spoken_numbers(connection: Connection, numbers: Iterable[str]) -> set[str]:
    """Those of the spoken numbers that a case has which is not struck off."""
    wanted, found = list(numbers), set[str]()
    for start in range(0, len(wanted), 500):
        found |= set(connection.scalars(_SPOKEN, {"shorts": wanted[start : start + 500]}))
    return found


def case_spoken(connection: Connection, short: str) -> Case | None:
    """The case that has this spoken number; None: no case that is not struck off."""
    row = connection.execute(select(*_COLUMNS).where(cases.c.short == short, text(SPOKEN))).one_or_none()
    return None if row is None else _case(row)


def personal_cases(connection: Connection, since: datetime, until: datetime, limit: int) -> list[str]:
    """Cases that ended in this span and still tell who called, the oldest first."""
    ended = (cases.c.struck_off_at >= since, cases.c.struck_off_at < until, text(PERSONAL))
    return list(connection.scalars(select(cases.c.number).where(*ended).order_by(cases.c.struck_off_at).limit(limit)))


def meet_clock(
    connection: Connection,
    number: str,
    code: str,
    *,
    round: int,
    at: datetime | None,
    instead_of: datetime | None = None,
) -> None:
    """When what this clock of a case waits for was done: the earliest time counts, whenever it becomes known.

    instead_of: what was noted before and is not so; at None: it was not done at all.
    """
    which = {"_number": number, "_code": code, "_round": round, "_before": instead_of}
    if at is None:
        connection.execute(_NOT_MET, which)
    else:
        connection.execute(_MET, which | {"_at": at})


_CLOCK_FIELDS = tuple(field.name for field in fields(SlaClock))


def _clock(row: Row[Any]) -> SlaClock:
    return SlaClock(**{name: getattr(row, name) for name in _CLOCK_FIELDS})


def _row(case: Case) -> dict[str, Any]:
    """Cut to what the columns hold: no number that a caller's exchange makes up may cost the case."""
    row = {name: getattr(case, name) for name in _FIELDS}
    row["state"] = case.state.value
    return row | {name: row[name][:most] for name, most in _LONGEST.items()}


def _case(row: Row[Any]) -> Case:
    values = {name: getattr(row, name) for name in _FIELDS}
    values["state"] = CaseState(row.state)
    return Case(**values)

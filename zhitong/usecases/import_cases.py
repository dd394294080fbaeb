"""导入12345来件: rows of their platform become cases of ours, each once, with clocks from the citizen's own call on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case, CaseEvent, apply
from cases.exchange import CHANNEL, Incoming
from cases.lead import ABOVE
from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.cases import cases_of_calls, get_cases
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.tags import add_tag
from zhitong.usecases.begin_cases import begin_cases, free_number, spoken_for
from zhitong.usecases.lead_cases import lead_row
from zhitong.usecases.rules import Rules
from zhitong.usecases.understood import follow_up


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became, or would become, of the rows. new: with the case; known: with the number of the one there is;

    over: 12345 has finished them. strange: units named that are none of ours: their cases wait at the desk.
    """

    new: tuple[tuple[Incoming, Case], ...] = ()
    known: tuple[tuple[Incoming, str], ...] = ()
    over: tuple[Incoming, ...] = ()
    strange: tuple[str, ...] = ()


def look_at_import(
    engine: Engine, rows: Sequence[Incoming], *, by: Actor, matters: Mapping[str, str], units: Collection[str]
) -> Taken:
    """What import_cases would do; nothing is written. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.EXCHANGE)
    with reading(engine) as connection:
        return _sort(connection, rows, matters, units)


def import_cases(
    engine: Engine,
    rules: Rules,
    rows: Sequence[Incoming],
    *,
    by: Actor,
    now: datetime,
    matters: Mapping[str, str],
    units: Collection[str],
) -> Taken:
    """Makes the cases that there are not yet, all or none, in one transaction. matters: code → name; units: by name.

    A case is known by their number, or by ours where theirs came from us. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.EXCHANGE)
    with writing(engine) as connection:
        taken = _sort(connection, rows, matters, units)
        told = [entry for row, case in taken.new for entry in _told(row, case, by, now)]
        begin_cases(connection, rules, [case for _, case in taken.new], told, now=now)
        for row, case in taken.new:
            follow_up(connection, rules, case, now=now)  # red, or said again and again: as if it had come here
            if row.above:
                add_tag(connection, case.number, row.above, at=now, by=by.name)
                put_due(connection, [lead_row(case.number, ABOVE, now)])
    return taken


def _sort(
    connection: Connection, rows: Sequence[Incoming], matters: Mapping[str, str], units: Collection[str]
) -> Taken:
    there = cases_of_calls(connection, [row.call_id for row in rows])
    ours = get_cases(connection, {row.our_number for row in rows} - {""})
    new, known, over = list[tuple[Incoming, Case]](), list[tuple[Incoming, str]](), list[Incoming]()
    used = set[str]()
    for row in rows:
        if number := there.get(row.call_id) or (row.our_number if row.our_number in ours else ""):
            known.append((row, number))
        elif row.over:
            over.append(row)
        else:
            number = free_number(connection, row.called_at, row.call_id, used)
            used.add(number)
            new.append((row, _case(row, number, matters, units)))
    short = spoken_for(connection, [case.number for _, case in new])
    new = [(row, replace(case, short=short[case.number])) for row, case in new]
    strange = sorted({row.unit for row, case in new if row.unit and not case.unit})
    return Taken(new=tuple(new), known=tuple(known), over=tuple(over), strange=tuple(strange))


def _case(row: Incoming, number: str, matters: Mapping[str, str], units: Collection[str]) -> Case:
    case = Case(
        number=number,
        call_id=row.call_id,
        caller=row.caller,
        dialled="",
        answered_at=row.called_at,
        channel=CHANNEL,
        matter=row.matter,
        matter_name=matters.get(row.matter, ""),
        type=row.type,
        urgency=row.urgency,
        place=row.place,
        address=row.address,
        name=row.name,
        sex=row.sex,
        demand=row.demand,
        secrecy=row.secrecy,
        transcript=row.content,
    )
    return apply(case, CaseEvent.ASSIGN, at=row.called_at, unit=row.unit) if row.unit in units else case


def _told(row: Incoming, case: Case, by: Actor, now: datetime) -> list[dict[str, object]]:
    when = f"{case.answered_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    text = f"从 12345 导入，对方编号 {row.their_number}，时限从群众 {when} 来电算起"
    entry = {"case_number": case.number, "at": now, "who": by.name, "reason": "12345 转来"}
    told = [entry | {"mark": f"import:{case.call_id}", "what": "受理", "text": text}]
    if case.unit:
        told.append(entry | {"mark": f"import-assigned:{case.call_id}", "what": "交办", "text": f"交办：{case.unit}"})
    return told

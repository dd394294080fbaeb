"""导入12345来件: rows of their platform become cases of ours, each once, with clocks from the citizen's own call on.

From the moment of import they go the way of any case. Of what lies before it nothing is sent: old rows come in
hundreds, at any hour.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.case import Case, CaseEvent, apply
from cases.exchange import CHANNEL, Incoming
from cases.lead import ABOVE
from cases.mandatory import missing
from cases.roles import Action, Actor, barred, permit
from cases.sla import SlaClock
from routing.calendar import LOCAL
from zhitong.store.cases import cases_of_calls, clocks_of, get_cases
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.tags import add_tag
from zhitong.usecases.begin_cases import begin_cases, free_number, spoken_for
from zhitong.usecases.lead_cases import lead_row
from zhitong.usecases.looking import HIDDEN, looked
from zhitong.usecases.rules import Rules
from zhitong.usecases.understood import Understand, follow_up, suggested
from zhitong.usecases.word_to_citizen import after_import


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became, or would become, of the rows. new: with the case; known: with the number of the one there is;

    over: 12345 has finished them. strange: units named that are none of ours: their cases wait at the desk. So do
    those that are incomplete: with what a case must tell before it is given to a unit (必填项). suggested: those whose
    matter 12345 does not tell, with what their words are about.
    """

    new: tuple[tuple[Incoming, Case], ...] = ()
    known: tuple[tuple[Incoming, str], ...] = ()
    over: tuple[Incoming, ...] = ()
    strange: tuple[str, ...] = ()
    incomplete: tuple[tuple[Incoming, tuple[str, ...]], ...] = ()
    suggested: tuple[tuple[Incoming, Case], ...] = ()


def look_at_import(
    engine: Engine,
    rows: Sequence[Incoming],
    *,
    by: Actor,
    now: datetime,
    matters: Mapping[str, str],
    units: Collection[str],
    must: tuple[str, ...] = (),
    understand: Understand | None = None,
) -> Taken:
    """What import_cases would do; nothing is written but that he looked. must: what a case must tell before it is given
    to a unit.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.EXCHANGE)
    with writing(engine) as connection:
        looked(connection, by, None, what="预览 12345 来件", now=now)
    with reading(engine) as connection:
        return _sort(connection, rows, by, matters, units, must, understand)


def import_cases(
    engine: Engine,
    rules: Rules,
    rows: Sequence[Incoming],
    *,
    by: Actor,
    now: datetime,
    matters: Mapping[str, str],
    units: Collection[str],
    understand: Understand | None = None,
) -> Taken:
    """Makes the cases that there are not yet, all or none, in one transaction. matters: code → name; units: by name.

    understand: what words are about; a matter that a row does not tell is suggested from its words, for people to
    check: it is no reason to give the case to the unit that the row names.

    A case is known by their number, or by ours where theirs came from us. Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.EXCHANGE)
    with writing(engine) as connection:
        looked(connection, by, None, what="导入 12345 来件", now=now)
        taken = _sort(connection, rows, by, matters, units, rules.mandatory.assign, understand)
        told = [entry for row, case in taken.new for entry in _told(row, case, by, now)]
        told += [entry for _, case in taken.suggested for entry in suggested(case, now=now)]
        new = [case for _, case in taken.new]
        begin_cases(connection, rules, new, told, now=now, warn_from=now)
        put_due(connection, after_import(rules, new, now))
        for row, case in taken.new:
            follow_up(connection, rules, case, now=now)  # red, or said again and again: as if it had come here
            if row.above:
                add_tag(connection, case.number, row.above, at=now, by=by.name)
                put_due(connection, [lead_row(case.number, ABOVE, now)])
        _tell_late(connection, new, now)
    return taken


def _tell_late(connection: Connection, new: Sequence[Case], now: datetime) -> None:
    """What has run out before it came is told to people in one line, unit by unit, not in a warning for each."""
    late = [case for case in new if _is_late(clocks_of(connection, case.number), now)]
    if not late:
        return
    units = Counter(case.unit or "受理台" for case in late)
    named = "、".join(f"{unit} {count} 个" for unit, count in units.most_common())
    red = sum(case.urgency == "red" for case in late)
    text = f"从 12345 导入的 {len(new)} 个工单，{len(late)} 个到的时候已经过了办结时限：{named}"
    text += (f"，其中红色（特急）{red} 个" if red else "") + "；没有逐个提醒，请催办（zhitong case list 里是红的）"
    record_incident(connection, at=now, kind="import", mark=f"late:{late[0].call_id}", text=text)


def _is_late(clocks: Sequence[SlaClock], now: datetime) -> bool:
    return any(clock.code == "close" and clock.due_at <= now for clock in clocks)


def _sort(
    connection: Connection,
    rows: Sequence[Incoming],
    by: Actor,
    matters: Mapping[str, str],
    units: Collection[str],
    must: tuple[str, ...],
    understand: Understand | None,
) -> Taken:
    there = cases_of_calls(connection, [row.call_id for row in rows])
    ours = get_cases(connection, {row.our_number for row in rows} - {""})
    cases = {**ours, **get_cases(connection, there.values())}
    hidden = {number for number, case in cases.items() if barred(by, case)}
    new, known, over = list[tuple[Incoming, Case]](), list[tuple[Incoming, str]](), list[Incoming]()
    used = set[str]()
    for row in rows:
        if number := there.get(row.call_id) or (row.our_number if row.our_number in ours else ""):
            known.append((row, number if number not in hidden else HIDDEN))
        elif row.over:
            over.append(row)
        else:
            number = free_number(connection, row.called_at, row.call_id, used)
            used.add(number)
            new.append((row, _case(row, number, matters)))
    short = spoken_for(connection, [case.number for _, case in new])
    begun, incomplete = list[tuple[Incoming, Case]](), list[tuple[Incoming, tuple[str, ...]]]()
    for row, bare in new:
        case = _with_matter(replace(bare, short=short[bare.number]), understand)
        if row.unit in units:
            if lacks := missing(replace(bare, unit=row.unit), must):
                incomplete.append((row, lacks))
            else:
                case = apply(case, CaseEvent.ASSIGN, at=row.called_at, unit=row.unit)
        begun.append((row, case))
    return Taken(
        new=tuple(begun),
        known=tuple(known),
        over=tuple(over),
        strange=tuple(sorted({row.unit for row, _ in new if row.unit and row.unit not in units})),
        incomplete=tuple(incomplete),
        suggested=tuple((row, case) for row, case in begun if case.matter and not row.matter),
    )


def _with_matter(case: Case, understand: Understand | None) -> Case:
    """With what its words are about, where nobody has said that."""
    if case.matter or understand is None:
        return case
    found = understand(case.demand or case.transcript, case.type, case.place)
    return replace(case, matter=found.matter, matter_name=found.matter_name)


def _case(row: Incoming, number: str, matters: Mapping[str, str]) -> Case:
    return Case(
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


def _told(row: Incoming, case: Case, by: Actor, now: datetime) -> list[dict[str, object]]:
    when = f"{case.answered_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    text = f"从 12345 导入，对方编号 {row.their_number}，时限从群众 {when} 来电算起"
    entry = {"case_number": case.number, "at": now, "who": by.name, "reason": "12345 转来"}
    told = [entry | {"mark": f"import:{case.call_id}", "what": "受理", "text": text}]
    if case.unit:
        told.append(entry | {"mark": f"import-assigned:{case.call_id}", "what": "交办", "text": f"交办：{case.unit}"})
    return told

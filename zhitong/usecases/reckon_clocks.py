"""When the clocks of a case are due, worked out anew from all that a leader has granted; and the citizen told of it."""

from datetime import datetime

from sqlalchemy import Connection

from cases.case import OPEN, Case
from cases.shift import granted, shifted
from cases.sla import SlaClock
from cases.warning import runs
from routing.calendar import LOCAL
from zhitong.store.case_records import grant_record, merged_into, merged_with, records_of
from zhitong.store.cases import clocks_of, get_case, look_again, move_clock, put_clocks
from zhitong.store.due import finish, open_tasks, put_due, tasks_of
from zhitong.usecases.rules import Rules
from zhitong.usecases.word_to_citizen import text_of_date, told_by_people

TELL = "tell"
"""People are to tell the citizen that a date has changed: listed until somebody notes that he has."""
TEXTED, NOTED = "短信告诉了", "告诉了"
"""What became of such a task: a text has told them, or a person."""
_TOLD = (TEXTED, NOTED)

Moved = tuple[SlaClock, SlaClock]
"""A clock before and after."""


def reckon_clocks(connection: Connection, rules: Rules, case: Case) -> list[Moved]:
    """Writes when the clocks of the case's round are due now, and those of what is answered together with it (并单);
    returns its own that moved. Raises BadPolicy."""
    shifts, moved = granted(records_of(connection, case.number)), []
    for clock in clocks_of(connection, case.number):
        if clock.round != case.rework:
            continue  # what was due then, and whether it was kept, stays
        _, rule, office = rules.terms(case, clock)
        new = shifted(clock, shifts, rule=rule, office=office)
        if new.due_at != clock.due_at:
            new = rules.warned(case, new)
            move_clock(connection, case.number, new)
            moved.append((clock, new))
    _bring_along(connection, rules, case)
    return moved


def _bring_along(connection: Connection, rules: Rules, case: Case) -> None:
    together = merged_with(connection, case.number)
    due = {one.code: one.due_at for one in clocks_of(connection, case.number) if one.round == case.rework}
    for record in together:
        said = record.detail.get("dues", {})
        dues = {code: due[code].isoformat() if code in due else before for code, before in said.items()}
        if dues != said:
            grant_record(connection, record.id, {**record.detail, "dues": dues})
            reckon_clocks(connection, rules, get_case(connection, record.case_number))


def dues_together(connection: Connection, case: Case, *, now: datetime) -> dict[str, str]:
    """By code, when what goes into this case now is due: of its clocks that run and have not run out."""
    running = (clock for clock in clocks_of(connection, case.number) if runs(clock, case) and clock.due_at > now)
    return {clock.code: clock.due_at.isoformat() for clock in running}


def closing_clock(connection: Connection, case: Case) -> SlaClock | None:
    """The clock for the result of the case's round."""
    found = (one for one in clocks_of(connection, case.number) if (one.code, one.round) == ("close", case.rework))
    return next(found, None)


def warn_again(connection: Connection, rules: Rules, case: Case) -> None:
    """The case is one of its own again: people are warned of its clocks, once of each step. Raises BadPolicy."""
    running = [clock for clock in clocks_of(connection, case.number) if runs(clock, case)]
    look_again(connection, [(case.number, clock, rules.warned(case, clock).warn_at) for clock in running])


def restart_clocks(connection: Connection, rules: Rules, before: Case, case: Case, *, now: datetime) -> None:
    """The case is about something else than was thought: its first clocks are due when the policy says for that.

    One that has run out, or was met, stays as it is, and so do all once there is a 重办. Raises BadPolicy.
    """
    if case.rework or rules.clocks(before, case.answered_at) == rules.clocks(case, case.answered_at):
        return
    old = {clock.code: clock for clock in clocks_of(connection, case.number)}
    fresh = [clock for clock in rules.clocks(case, case.answered_at) if _goes_on(old.get(clock.code), now)]
    put_clocks(connection, [(case.number, clock) for clock in fresh])
    reckon_clocks(connection, rules, case)
    after = {clock.code: clock for clock in clocks_of(connection, case.number)}
    moved = [(clock, after[code]) for code, clock in old.items() if after[code].due_at != clock.due_at]
    citizen_to_be_told(connection, rules, case, moved, now=now)


def _goes_on(clock: SlaClock | None, now: datetime) -> bool:
    return clock is None or (clock.met_at is None and clock.due_at > now)


def citizen_to_be_told(connection: Connection, rules: Rules, case: Case, moved: list[Moved], *, now: datetime) -> None:
    """Has people tell the citizen in time what is due when now, unless a text has; an older change need not be told any
    more. So are the citizens whose cases are answered together with it (并单)."""
    if not moved or merged_into(connection, case.number):
        return  # told when the other one is due, and only of that
    told = "，".join(f"{clock.name}改到 {clock.due_at.astimezone(LOCAL):%m月%d日 %H:%M}" for _, clock in moved)
    to_be_told(connection, rules, case, moved, told, now=now)
    for record in merged_with(connection, case.number):
        other = get_case(connection, record.case_number)
        if other.state in OPEN:
            text = f"并单后一起答复，{told}"
            to_be_told(connection, rules, other, moved, text, now=now, together=case.number)


def to_be_told(
    connection: Connection,
    rules: Rules,
    case: Case,
    moved: list[Moved],
    text: str,
    *,
    now: datetime,
    together: str = "",
) -> None:
    """Has this citizen told the text in time. together: the case whose dates these are, if not the citizen's."""
    if not case.number_to_call:
        return
    older = [task.id for task in open_tasks(connection, case_number=case.number, kind=TELL) if "of" not in task.detail]
    finish(connection, older, at=now, outcome="又改了")
    marks = "/".join(f"{clock.code}:{clock.due_at.timestamp():.0f}" for _, clock in moved)
    mark = f"{TELL}:{case.number}:{case.rework}:{now.timestamp():.0f}:{marks}"[:120]
    detail = {"text": text} | ({"with": together} if together else {})
    row = {"kind": TELL, "mark": mark, "case_number": case.number, "call_id": "", "detail": detail}
    put_due(connection, [row | {"due_at": now, "promised_at": now + rules.sms.told_within}])
    text_of_date(connection, rules, case, moved, now=now, together=together)


def parted(connection: Connection, number: str, *, now: datetime) -> bool:
    """The case is answered alone again: its citizen need not be told when the other one is due; whether somebody has,
    or a text may be on its way."""
    tasks = [task for task in tasks_of(connection, number) if "with" in task.detail]
    finish(connection, [task.id for task in tasks if task.kind == TELL], at=now, outcome="分开了")
    return any(task.outcome in _TOLD or (task.kind != TELL and task.attempts) for task in tasks)


def citizen_was_told(connection: Connection, number: str, *, now: datetime, outcome: str) -> None:
    """Nobody need tell the citizen any more."""
    tasks = open_tasks(connection, case_number=number, kind=TELL)
    finish(connection, [task.id for task in tasks], at=now, outcome=outcome)
    told_by_people(connection, number, now=now, outcome=outcome)

"""三色预警: clocks that are to be looked at now, and the warnings that follow, once each."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from cases.case import Case
from cases.shift import SHIFTS, granted, suspended_until
from cases.sla import BadPolicy, SlaClock
from cases.warning import COLOURS, Told, colour_of, moment_of, next_warning, runs
from routing.calendar import LOCAL
from zhitong.notices.notice import due_kind
from zhitong.store.case_records import all_merged_into, cases_with, records_of
from zhitong.store.cases import clocks_to_look_at, get_cases, look_again
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.timeline import add_to_timeline
from zhitong.usecases.lead_cases import OVERDUE, lead_row
from zhitong.usecases.rules import Rules

AT_ONCE = 50
"""Clocks of one transaction: calls write, too."""
BATCHES = 20

_log = logging.getLogger(__name__)


def warn_of_clocks(engine: Engine, rules: Rules, *, now: datetime) -> None:
    """Has people warned of what runs out; the notices are rows of `due`, written with what is looked at next.

    Most ticks read one row of an index. After a long time away a tick works off some thousand. Raises DatabaseGone.
    """
    for _ in range(BATCHES):
        with reading(engine) as connection:
            if not clocks_to_look_at(connection, now, 1):
                return
        with writing(engine) as connection:
            _look(connection, rules, now)


def _look(connection: Connection, rules: Rules, now: datetime) -> None:
    found = clocks_to_look_at(connection, now, AT_ONCE)
    cases = get_cases(connection, {number for number, _ in found})
    shifted, together = cases_with(connection, set(cases), SHIFTS), all_merged_into(connection, set(cases))
    notices: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    led: list[dict[str, Any]] = []
    after: list[tuple[str, SlaClock, datetime | None]] = []
    for number, clock in found:
        case = cases[number]
        if number in together:  # people are warned of the one it went into
            after.append((number, clock, None))
            continue
        try:
            shifts = granted(records_of(connection, number)) if number in shifted else ()
            warn_at, told, leads = _warning(rules, case, clock, suspended_until(shifts, now), now)
        except BadPolicy as error:
            _log.error("case %s: nobody is warned of its clock: %s", number, error)
            mark, text = f"policy:{clock.policy}:{clock.code}", f"工单 {number} 等的时限没法提醒：{error}"
            record_incident(connection, at=now, kind="policy", mark=mark, text=text)
            warn_at, told, leads = None, None, False
        after.append((number, clock, warn_at))
        if leads:
            led.append(lead_row(number, OVERDUE, now, again=f"{clock.round}:{clock.code}"))
        if told is not None:
            notices.append(told)
            entries.append(_entry(clock, told, now))
    put_due(connection, [*notices, *led])
    add_to_timeline(connection, entries)
    look_again(connection, after)


def _warning(
    rules: Rules, case: Case, clock: SlaClock, suspended: datetime | None, now: datetime
) -> tuple[datetime | None, dict[str, Any] | None, bool]:
    """When to look again, the notice that is due now, and whether a leader is to own the case."""
    if not runs(clock, case):
        return None, None, False
    _, rule, office = rules.terms(case, clock)
    if suspended is not None and rule.stops:
        return suspended, None, False
    warnings, since = rules.steps, clock.warn_at or clock.started_at
    again = next_warning(clock, warnings, now, rule=rule, office=office)
    moments = [moment_of(one, clock, rule=rule, office=office) for one in warnings]
    new = [n for n, moment in enumerate(moments) if since <= moment <= now]
    leads = any(warnings[n].leads for n in new)
    new = [n for n in new if warnings[n].tell]
    if not new:
        return again, None, leads
    last = max(new, key=lambda n: moments[n])
    tell = [one.value for one in Told if any(one in warnings[n].tell for n in new)]
    mark = f"warning:{case.number}:{clock.round}:{clock.code}:{last}:{clock.due_at.timestamp():.0f}"
    detail = {
        "code": clock.code,
        "round": clock.round,
        "clock": clock.name,
        "due": clock.due_at.isoformat(),
        "colour": colour_of(clock, warnings, now, rule=rule, office=office),
        "late": now >= clock.due_at,
        "urgent": case.urgency == "red",
        "tell": tell,
    }
    row = {"kind": due_kind("warning"), "mark": mark[:120], "case_number": case.number, "call_id": "", "due_at": now}
    return again, row | {"detail": detail}, leads


def _entry(clock: SlaClock, notice: dict[str, Any], now: datetime) -> dict[str, Any]:
    detail = notice["detail"]
    colour = next((name for name, code in COLOURS.items() if code == detail["colour"]), "")
    left = "已经过了" if detail["late"] else "快到了"
    due, whom = f"{clock.due_at.astimezone(LOCAL):%m月%d日 %H:%M}", "、".join(detail["tell"])
    text = f"{colour}色预警：{clock.name}时限 {due} {left}，通知{whom}"
    return {"case_number": notice["case_number"], "mark": notice["mark"], "at": now, "what": "预警", "text": text}

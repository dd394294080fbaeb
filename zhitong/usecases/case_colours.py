"""The colour of each case in a list, from its clocks and the moment alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.case import Case
from cases.shift import SHIFTS, granted, suspended_until
from cases.sla import BadPolicy, SlaClock
from cases.warning import Light, colour_of, gravest, runs
from zhitong.store.case_records import all_merged_into, cases_with, records_of
from zhitong.store.cases import clocks_in, get_cases
from zhitong.store.engine import reading
from zhitong.usecases.rules import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What a list shows of a case's time: its light, and until when it is suspended."""

    light: Light
    suspended: datetime | None = None


def case_colours(engine: Engine, rules: Rules, cases: Collection[Case], *, now: datetime) -> dict[str, Sight]:
    """By number; of what is answered together (并单), as of the case it went into. A clock whose policy is gone has no
    colour until it has run out. Raises DatabaseGone."""
    with reading(engine) as connection:
        into = all_merged_into(connection, [case.number for case in cases])
        others = get_cases(connection, set(into.values()))
        whose = {case.number: others.get(into.get(case.number, ""), case) for case in cases}
        numbers = sorted({case.number for case in whose.values()})
        clocks = clocks_in(connection, numbers)
        shifted = cases_with(connection, numbers, SHIFTS)
        shifts = {number: granted(records_of(connection, number)) for number in shifted}
    return {
        number: Sight(
            light=gravest(_light(rules, case, clock, now) for clock in clocks[case.number] if runs(clock, case)),
            suspended=suspended_until(shifts.get(case.number, ()), now),
        )
        for number, case in whose.items()
    }


def _light(rules: Rules, case: Case, clock: SlaClock, now: datetime) -> Light:
    try:
        _, rule, office = rules.terms(case, clock)
    except BadPolicy:
        return Light(colour="red" if now >= clock.due_at else "", clock=clock)
    return Light(colour=colour_of(clock, rules.time_rules.warnings, now, rule=rule, office=office), clock=clock)

"""Citizens who wait for an official: he did not take their call, or said that he calls back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from cases.case import OPEN, Case
from ivr.script import is_secret
from routing.directory import Directory
from routing.phone import BadNumber, may_dial, normalise
from zhitong.store.cases import get_case, is_calling
from zhitong.store.due import PROMISED, open_tasks
from zhitong.store.engine import reading
from zhitong.store.facts import facts_of
from zhitong.usecases.accused_people import accused_in
from zhitong.usecases.call_record import read_call
from zhitong.usecases.known_by import known_by
from zhitong.usecases.rules import Rules

MOST = 9
SINCE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A citizen who waits to be called, and the number to call. recorded: they did not refuse that."""

    case: Case
    number: str
    recorded: bool


def waiting_for(engine: Engine, rules: Rules, directory: Directory, *, official: str, now: datetime) -> list[Waiting]:
    """Who waits for the official with this id, newest first. Nobody who complains of him, and nothing secret.

    Raises DatabaseGone.
    """
    found = dict[str, Waiting]()
    with reading(engine) as connection:
        tasks = [task for kind in PROMISED for task in open_tasks(connection, kind=kind)]
        facts = facts_of(connection, [task.call_id for task in tasks], kinds=("rung", "call_back"))
        for task in sorted(tasks, key=lambda task: task.id, reverse=True):
            if len(found) == MOST:
                break  # on a bad day the director has missed hundreds; he waits on the line for this
            rung = ((str(fact.detail["number"]), fact.at) for fact in facts.get(task.call_id, ()))
            people = {one for number, at in rung for one, _ in directory.whose(number, at)}
            if official in people and task.case_number:
                case = get_case(connection, task.case_number)
                one = _waiting(case, rules, directory, official)
                if one is not None and now - case.answered_at < SINCE and not _on_the_line(connection, rules, case):
                    refused = facts_of(connection, [case.call_id], kinds=("no_recording",)).get(case.call_id)
                    found[case.number] = Waiting(case=case, number=one, recorded=not refused)
    return sorted(found.values(), key=lambda one: one.case.answered_at, reverse=True)[:MOST]


def waits(
    engine: Engine, rules: Rules, directory: Directory, *, case_number: str, official: str, promised: bool = True
) -> Waiting | None:
    """The citizen of a case, if they still wait and this official may call them. promised: only who was told that he
    is called; otherwise of any case that is worked on. Raises CaseNotFound, DatabaseGone."""
    with reading(engine) as connection:
        case = get_case(connection, case_number)
        record = read_call(facts_of(connection, [case.call_id]).get(case.call_id, ()))
        open_still = any(task.kind in PROMISED for task in open_tasks(connection, case_number=case_number))
        number = _waiting(case, rules, directory, official)
        wanted = open_still if promised else case.state in OPEN
        if number is None or not wanted or _on_the_line(connection, rules, case):
            return None
        return Waiting(case=case, number=number, recorded=not record.no_recording)


def _on_the_line(connection: Connection, rules: Rules, case: Case) -> bool:
    return is_calling(connection, case, known_by(case, rules.area_code))


def _waiting(case: Case, rules: Rules, directory: Directory, official: str) -> str | None:
    """The number of the citizen, if this official is to know of the case and it may be dialled."""
    if case.secrecy or is_secret(case.type, case.transcript):
        return None
    complained_of = accused_in(case, directory)
    who = directory.roster.official(official)
    if official in complained_of.officials or (who is not None and who.unit in complained_of.units):
        return None
    try:
        number = normalise(case.number_to_call, area_code=rules.area_code)
    except BadNumber:
        return None
    return number if may_dial(number, allowed=frozenset({number})) else None

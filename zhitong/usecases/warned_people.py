"""Who is warned that a clock runs out: the handler, the head of the unit, the leader in charge, as far as reachable."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case, CaseState
from cases.record import RecordKind
from cases.roles import Role
from cases.sla import SlaClock
from cases.warning import Told, runs
from routing.directory import Directory
from routing.leaders import head_of, leader_of, official_called
from zhitong.notices.places import SUPERVISION
from zhitong.store.accounts import all_actors, official_of
from zhitong.store.case_records import merged_into, records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.due import DueTask


def people_to_warn(
    connection: Connection, directory: Directory, task: DueTask, *, can: Callable[[str], bool]
) -> tuple[str, ...]:
    """Ids of officials, or names of accounts, each once; in place of whom nobody can tell, those one step above.

    can: whether somebody may and can be told.
    """
    case = get_case(connection, task.case_number or "")
    wanted, found = [Told(one) for one in task.detail["tell"]], list[str]()
    above = list(Told)
    for one in wanted:
        for step in above[above.index(one) :]:
            there = [name for name in _who(connection, directory, case, step) if can(name)]
            if there:
                found += there[:1] if step is Told.HANDLER else there
                break
    return tuple(dict.fromkeys(found))


def clock_warned_of(connection: Connection, case: Case, task: DueTask) -> SlaClock | None:
    """The clock that a warning is about; None: it was met meanwhile, is due at another time, or goes by another case's
    (并单), of which people are warned."""
    if merged_into(connection, case.number):
        return None
    code, round, due_at = task.detail["code"], task.detail["round"], datetime.fromisoformat(task.detail["due"])
    for clock in clocks_of(connection, case.number):
        if (clock.code, clock.round, clock.due_at) == (code, round, due_at) and runs(clock, case):
            return clock
    return None


def named_as(connection: Connection, directory: Directory, name: str) -> str:
    """The official of this account, or of this post and name, by id; who is none, by the name."""
    linked = directory.roster.official(official_of(connection, name) or "")
    official = linked or official_called(directory, name)
    return name if official is None else official.id


def _who(connection: Connection, directory: Directory, case: Case, step: Told) -> Iterator[str]:
    nobody_has_it = case.state is CaseState.ACCEPTED  # then it is the desk's to give away
    unit = directory.unit(directory.home_unit).name if nobody_has_it else case.unit
    match step:
        case Told.HANDLER if nobody_has_it:
            names = [one.name for one in all_actors(connection) if Role.DESK in one.roles] + ["duty_room"]
        case Told.HANDLER:
            names = [case.official] if case.official else []
        case Told.HEAD:
            heads = (one for one in all_actors(connection) if Role.UNIT_HEAD in one.roles and unit in one.units)
            head = head_of(directory, unit)
            names = [one.name for one in heads] or ([head.called] if head else [])
        case Told.LEADER:
            leads = [one for one in records_of(connection, case.number, RecordKind.LEAD) if one.closed_at is None]
            leader = leader_of(directory, case.unit)
            names = [one.owner for one in leads] or ([leader.called] if leader else [])
    yield from (named_as(connection, directory, name) for name in names)
    if step is Told.LEADER and not names:
        yield SUPERVISION

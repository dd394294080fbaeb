"""试拨: numbers of the roster are rung, to know whether they reach anybody."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.directory import Directory
from zhitong.store.engine import writing
from zhitong.usecases.roster_rights import acted, permit_units, units_of_people
from zhitong.usecases.staff_calls import put_test_ring


def try_numbers(
    engine: Engine, directory: Directory, numbers: Iterable[str], *, by: Actor, now: datetime
) -> dict[str, str]:
    """Each number is rung once; number → the mark under which its outcome is found.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    numbers = tuple(numbers)
    owners = [id for number in numbers for id, _ in directory.whose(number, now)]
    permit_units(by, Action.CHANGE_ROSTER, units_of_people(directory, owners))
    with writing(engine) as connection:
        acted(connection, by, f"试拨 {len(numbers)} 个号码", now)
        return {number: put_test_ring(connection, number, at=now) for number in numbers}

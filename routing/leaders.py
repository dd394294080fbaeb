"""Who is in charge of a unit from above: the leader who owns a case that its units pass about (领办). Pure."""

from collections.abc import Collection

from routing.directory import Directory


def leader_in_charge(directory: Directory, unit_name: str, *, barred: Collection[str] = ()) -> str:
    """Post and name of the director of the nearest unit above the one of this name; supervision where there is none.

    barred: ids of those who are complained of.
    """
    code = next((unit.code for unit in directory.units if unit.name == unit_name), directory.home_unit)
    for unit in (*directory.above(code), directory.unit(directory.home_unit)):
        for official in directory.roster.officials:
            if official.rank == "director" and official.unit == unit.code != code and official.id not in barred:
                return official.called
    return directory.supervision.name

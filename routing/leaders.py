"""Who is in charge of a unit from above: the leader who owns a case that its units pass about (领办). Pure."""

from collections.abc import Collection

from routing.directory import Directory
from routing.officials import Official


def leader_in_charge(directory: Directory, unit_name: str, *, barred: Collection[str] = ()) -> str:
    """Post and name of the director of the nearest unit above the one of this name; supervision where there is none.

    barred: ids of those who are complained of.
    """
    leader = leader_of(directory, unit_name, barred=barred)
    return leader.called if leader else directory.supervision.name


def leader_of(directory: Directory, unit_name: str, *, barred: Collection[str] = ()) -> Official | None:
    """The director of the nearest unit above the one of this name."""
    code = next((unit.code for unit in directory.units if unit.name == unit_name), directory.home_unit)
    for unit in (*directory.above(code), directory.unit(directory.home_unit)):
        for official in directory.roster.officials:
            if official.rank == "director" and official.unit == unit.code != code and official.id not in barred:
                return official
    return None


def main_leader(directory: Directory, unit_name: str, *, barred: Collection[str] = ()) -> str:
    """Post and name of 主要领导: the director of the topmost unit above; whoever is in charge where he is barred."""
    code = next((unit.code for unit in directory.units if unit.name == unit_name), directory.home_unit)
    for unit in (*reversed(list(directory.above(code))), directory.unit(directory.home_unit)):
        found = head_of(directory, unit.name)
        if found is not None and found.id not in barred:
            return found.called
    return leader_in_charge(directory, unit_name, barred=barred)


def head_of(directory: Directory, unit_name: str) -> Official | None:
    """The director of the unit of this name."""
    code = next((unit.code for unit in directory.units if unit.name == unit_name), "")
    directors = (one for one in directory.roster.officials if one.rank == "director" and one.unit == code)
    return next(directors, None)


def official_called(directory: Directory, name: str) -> Official | None:
    """Who is called so: by post and name, or by the name alone where that is one official's."""
    officials = directory.roster.officials
    full = [one for one in officials if one.called == name]
    found = full or [one for one in officials if one.name == name]
    return found[0] if len(found) == 1 else None

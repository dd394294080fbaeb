"""Who owns a case that is to have a leader."""

from cases.case import Case
from routing.accused import ids_of
from routing.directory import Directory
from routing.leaders import leader_in_charge
from zhitong.usecases.accused_people import accused_in


def leader_of(case: Case, unit: str, directory: Directory) -> str:
    """Who is in charge of the unit of this name from above, and is not complained of in the case."""
    barred = ids_of(accused_in(case, directory), directory)
    return leader_in_charge(directory, unit, barred=barred)

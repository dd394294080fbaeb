"""Who a case belongs to: the citizen is known by the number he gave, and by the one he called from if it is his own."""

from cases.case import Case
from routing.phone import dialled_back


def known_by(case: Case, area_code: str) -> frozenset[str]:
    """The numbers by which the citizen of a case is known, as they may be written; none: he withheld his and gave none.

    What the line was given comes in place of a number that was withheld, is from abroad, or is a window's of the hall.
    """
    return numbers_of(case.contact, area_code) | numbers_of(case.own_caller, area_code)


def numbers_of(number: str, area_code: str) -> frozenset[str]:
    """The ways in which a trunk may write a number; none for one that is hidden, or that the system could not dial:
    nobody is known by it.
    """
    canonical = dialled_back(number, area_code)
    if not canonical:
        return frozenset()
    without_zero = canonical.removeprefix("0")
    found = {number, canonical, f"0{canonical}", *(f"{prefix}{without_zero}" for prefix in ("86", "+86", "0086"))}
    if area_code and canonical.startswith(area_code):
        found.add(canonical.removeprefix(area_code))
    return frozenset(found)

"""Which cases may stand in a list beside others, for this person."""

from cases.case import Case
from cases.roles import Action, Actor, Role, may
from ivr.script import is_secret
from routing.accused import accused
from routing.directory import Directory


def may_list(case: Case, by: Actor, directory: Directory) -> bool:
    """His to see; 举报, 保密, 匿名 for supervision alone, as in the register; to nobody who is complained of himself.

    A unit that is complained of has the case to see to all the same, and is told nothing here that the case is not.
    """
    if not may(by, Action.SEE, case) or Role.SUPERVISION in by.roles:
        return may(by, Action.SEE, case)
    said = f"{case.demand}\n{case.transcript}"
    if case.secrecy or is_secret(case.type, said):
        return False
    found = accused(said, directory, complains=case.type in ("投诉", "举报"))
    people = filter(None, map(directory.roster.official, found.officials))
    return not any(one.name in by.name for one in people)

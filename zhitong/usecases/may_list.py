"""Which cases may stand in a list beside others, for this person."""

from cases.case import Case
from cases.roles import Action, Actor, may, units_of
from ivr.script import is_secret
from routing.accused import accused, ids_of
from routing.directory import Directory
from routing.leaders import official_called


def may_list(case: Case, by: Actor, directory: Directory) -> bool:
    """His to see, not about him, and 举报, 保密, 匿名 only for those who see the cases of all units."""
    if not may(by, Action.SEE, case):
        return False
    if (case.secrecy or is_secret(case.type, case.transcript)) and units_of(by, Action.SEE) is not None:
        return False
    official = official_called(directory, by.name)
    if official is None:
        return True
    complained = accused(case.transcript, directory, complains=case.type in ("投诉", "举报"))
    return official.id not in ids_of(complained, directory)

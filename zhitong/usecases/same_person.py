"""Whether a text on a case is whoever acts: by account and official, by the text alone where no more is known.

What is judged stays text (who signed for a case, wrote a reply, owns a record); accounts are unique by name, and the
roster tells whom post and name fit. Where neither knows, what sounds like him is taken for him.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from cases.accused import NOT_IN_ROSTER
from cases.case import Case
from cases.record import RecordKind
from cases.roles import Actor, outsider
from routing.account_names import perhaps_same
from routing.directory import Directory
from routing.leaders import official_called
from zhitong.store.accounts import official_of
from zhitong.store.case_records import records_of

Whose = Callable[[str], str]
"""Post and name, or a name alone → the id of the one official whom it fits; empty: of none, or of several."""
_HELPED = (RecordKind.CO_HANDLE, RecordKind.HAND_OVER, RecordKind.LEAD)


def nobody(_: str) -> str:
    """No roster is at hand."""
    return ""


def whose(directory: Directory) -> Whose:
    """As this roster has it."""

    def found(text: str) -> str:
        official = official_called(directory, text)
        return official.id if official else ""

    return found


def perhaps_himself(connection: Connection, text: str, by: Actor, whose: Whose = nobody) -> bool:
    """Whether the text may be the name of whoever acts: for what it would keep him from."""
    if not text or text == by.name:
        return bool(text)
    known = _known(connection, text, whose)
    if known and by.official:
        return known == by.official != NOT_IN_ROSTER
    return perhaps_same(text, by.name)


def surely_himself(connection: Connection, text: str, by: Actor, whose: Whose = nobody) -> bool:
    """Whether the text is the name of whoever acts: for what it would let him do."""
    if text == by.name:
        return True
    linked = by.official not in ("", NOT_IN_ROSTER)
    return bool(text) and linked and _known(connection, text, whose) == by.official


def had_no_part(connection: Connection, by: Actor, case: Case, whose: Whose = nobody) -> bool:
    """Whether the actor is an outsider to the case (cases.roles), and never was to help with it or lead it, either."""
    owners = [one.owner for one in records_of(connection, case.number) if one.kind in _HELPED]
    if any(owner in by.units or perhaps_himself(connection, owner, by, whose) for owner in owners):
        return False
    return outsider(by, case, himself=lambda text: perhaps_himself(connection, text, by, whose))


def _known(connection: Connection, text: str, whose: Whose) -> str:
    """The id of the official who has the account of this name, or whom the text fits; empty: nobody knows."""
    account = official_of(connection, text)
    return whose(text) if account is None else account

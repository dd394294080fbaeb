"""What can go wrong in the application. The rooms below it (routing, cases, ivr …) raise ValueErrors of their own.

ZhitongError
├── StoreError            the database
│   ├── DatabaseGone      cannot be reached, locked for too long, read-only, damaged or away
│   └── DatabaseUnfit     an address or a version that this program cannot work with
├── CaseNotFound          no case of that number
├── AccountNotFound       nobody of that name may do anything, or not any more
├── TaskNotFound          no due task of that id
├── SurgeNotFound         no surge of that number
├── TokenUnknown          no token of the API, or not any more
├── NotSignedIn           nobody is signed in to the console with this token, or not any more
├── NoRoom                the disk has no room for what was sent
├── HotlineAway           the hotline's process does not answer; calls may be served all the same
├── BackupFailed         a backup that cannot be made, is not whole, or cannot be put back
├── LineNotTried         the copy of the line that is to be called cannot be started
├── AnchorDamaged         a file that anchors the timelines is not as it was written
└── Refused               a wish of an official or administrator that the rules do not allow
    ├── ResultRefused     the sentence for the citizen is missing, too long or empty talk
    ├── MoveRefused       the case is in a state that does not allow this
    ├── ReportRefused     a report or register that cannot be made like that
    ├── ImportRefused     a file whose rows cannot all be taken in
    ├── AccountRefused    an account that exists, has no role, or is of a unit that does not
    ├── TokenRefused      a token that cannot be made or ended like that
    ├── SignInRefused     a wrong password or code, or too many of them
    ├── IntakeRefused     what came in by another channel cannot be taken; names every fault
    ├── StatusRefused     no case has this number and extraction code
    ├── TooManyTries      too many wrong extraction codes; for an hour none is looked at
    ├── ChangeRefused     a change of the roster that names nobody, is in the past or would leave a gap
    ├── PromptRefused     a sentence that cannot be said, or a recording that cannot be used
    ├── LiveRefused       a live call that cannot be put through or ended like that, or not any more
    └── SurgeRefused      a surge that is over, or an announcement that cannot be played
"""

from routing.faults import Fault


class ZhitongError(Exception):
    """The root of all errors of the application."""


class StoreError(ZhitongError):
    """Something about the database."""


class DatabaseGone(StoreError):
    """The database cannot be used now; it may come back."""


class DatabaseUnfit(StoreError):
    """The database will not come back by itself: its address or version is wrong."""


class CaseNotFound(ZhitongError):
    """No case has this number."""


class AccountNotFound(ZhitongError):
    """There is no account of this name, or it was ended."""


class TaskNotFound(ZhitongError):
    """No due task has this id, or it is of another kind."""


class SurgeNotFound(ZhitongError):
    """No surge has this number."""


class TokenUnknown(ZhitongError):
    """Nobody's token of the API, or it was ended, has expired, or its account was ended."""


class NotSignedIn(ZhitongError):
    """Nobody is signed in with this token, or it has been too long, or the account was ended."""


class LinkOver(ZhitongError):
    """A link that opened a case to an official does not any more; the text is Chinese and says what to do."""


class NoRoom(ZhitongError):
    """What was sent cannot be stored: the disk is full or cannot be written; nothing of it was kept."""


class HotlineAway(ZhitongError):
    """The hotline's process cannot be told anything now."""

    def __init__(self) -> None:
        super().__init__("热线程序没有应答，这一步没有做。来电由 Asterisk 自己照值班表打；急事请直接打电话给值班室。")


class AnchorDamaged(ZhitongError):
    """A file with the heads of the cases' chains cannot be read, or is not what was written."""


class BackupFailed(ZhitongError):
    """A backup cannot be made, is not whole, or cannot be put back; the text is Chinese and says what to do."""


class LineNotTried(ZhitongError):
    """The copy of the line that is to be called for a test cannot be started; the line itself is as it was."""


class Refused(ZhitongError):
    """The rules do not allow what was asked for; the text is Chinese and says what to do instead."""


class ResultRefused(Refused):
    """The result sentence for the citizen cannot be used."""


class MoveRefused(Refused):
    """The case's state does not allow the step."""


class ReportRefused(Refused):
    """The report or register cannot be made like that."""


class ImportRefused(Refused):
    """The file cannot be taken in as it is; nothing of it was."""


class AccountRefused(Refused):
    """The account cannot be made like that."""


class TokenRefused(Refused):
    """The token cannot be made or ended like that."""


class SignInRefused(Refused):
    """The password or the code is wrong, cannot be used, or too many were."""


class IntakeRefused(Refused):
    """What came in cannot be taken; nothing of it was kept. faults: field, value (masked) and mend of each."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


class StatusRefused(Refused):
    """No case has this number and this extraction code."""


class TooManyTries(Refused):
    """Too many wrong extraction codes; until an hour is over none is looked at."""


class ChangeRefused(Refused):
    """The roster cannot be changed like that."""


class PromptRefused(Refused):
    """The sentence cannot be worded or said like that, or somebody else has just changed it."""


class LiveRefused(Refused):
    """This cannot be done with the call now."""


class SurgeRefused(Refused):
    """This cannot be done with the surge."""

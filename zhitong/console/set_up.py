"""What the pages that set a line up are handed: what only the machine can say or do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zhitong.line_tried import LineTried
from zhitong.usecases.understood import Understood


def _nobody() -> str:
    return ""


def _not_here(text: str) -> LineTried:
    return LineTried(found=())


def _deaf(path: Path) -> tuple[str, Understood]:
    return "", Understood(matter="", matter_name="", type="", urgency="", place="", unit="")


@dataclass(frozen=True, kw_only=True, slots=True)
class SetUp:
    """first_code: the word with which the first administrator is made now; empty: nobody is to be made here.

    try_line: calls a copy of the line, says this, takes a minute; raises LineNotTried.
    hear: the words in a sound file, and what a call with them would be; raises RecognizerError, Refused.
    """

    first_code: Callable[[], str] = _nobody
    try_line: Callable[[str], LineTried] = _not_here
    hear: Callable[[Path], tuple[str, Understood]] = _deaf

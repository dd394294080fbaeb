"""python -m zhitong.teach_process NUMBER: try an edition (0: the files), in a process of its own, behind all else.

What came of it is written where zhitong.trials looks for it. Ends with 1 where another trial is under way.
"""

import fcntl
import os
import sys
from collections.abc import Sequence

from recognizer.comparing import Changed
from recognizer.errors import RecognizerError
from zhitong.errors import ChangeRefused
from zhitong.learn_process import COURTESY
from zhitong.settings import load_settings
from zhitong.teach_trial import Trial, in_a_line, try_edition
from zhitong.trials import Change, Result, Share, lock_path, write_result
from zhitong.understanding_editions import newest_id

MOST = 300
"""Sentences that are told of each kind."""


def main(arguments: Sequence[str]) -> int:
    """The number alone; files and folders are those of the settings."""
    os.nice(COURTESY)
    os.umask(0o077)
    settings, number = load_settings(), int(arguments[0])
    path = lock_path(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 1
        on = newest_id(settings)
        try:
            result = _result(try_edition(settings, number), number, on)
        except (RecognizerError, ChangeRefused, OSError) as error:
            result = Result(number=number, on=on, error=str(error))
        write_result(settings, result)
    return 0


def _result(found: Trial, number: int, on: int) -> Result:
    compared = found.compared
    return Result(
        number=number,
        on=on,
        digest=found.edition.digest,
        learned=str(found.learned),
        compared_with=found.in_force.edition.name if found.in_force.edition.id else "",
        by_words=found.in_force.now.why if found.in_force.edition.id else "",
        sentences=found.sentences,
        aside=found.aside,
        shares=tuple(Share(name=was.name, was=was.right, now=now.right, of=was.of) for was, now in compared.shares),
        better=_told(compared.changed, 1),
        worse=_told(compared.changed, -1),
        same=_told(compared.changed, 0),
        falls=compared.falls,
        line=in_a_line(compared),
    )


def _told(changed: Sequence[Changed], sign: int) -> tuple[Change, ...]:
    kind = [one for one in changed if (one.better > 0) - (one.better < 0) == sign]
    return tuple(Change(text=one.text, what=one.what) for one in kind[:MOST])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

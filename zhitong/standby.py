"""Of several controllers on one Asterisk one runs and the others stand by, until it ends, or hangs.

The lock is the kernel's, on a file beside Asterisk, which admits controllers of its own machine only: it is free in the
moment in which its holder dies, and depends on no clock and on no database. A holder that is asked and says nothing,
again and again, is ended (SIGKILL) by whoever stands by or supervises: it has the ports, so that nobody else could be
reached there; and who has been ended cannot wake up and go on with what another one has taken over.
"""

import fcntl
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from threading import Event

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks whether the other one still runs."""
ASK_EVERY = 1.0
SILENCES = 4
"""So many questions in a row without an answer are a hung controller, 3 s each (ivr.agi.is_silent): some 15 s. Counted
are questions and not seconds, since who asks may have been stopped, too."""


@contextmanager
def my_turn(folder: Path, stopping: Event, silent: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Wait for the turn and hold it. folder: Asterisk's. silent: asks the holder, and tells that it did not answer.

    False: told to stop before the turn came. Raises OSError.
    """
    with _lock_file(folder) as file:
        told = False
        suspect = _Suspect(file, silent)
        while not stopping.is_set() and not _locked(file.fileno()):
            if not told:
                log.warning("另一个控制程序在运行（进程 %s），本程序待命，它一停就接手", _holder(file) or "不详")
                told = True
            suspect.look()
            stopping.wait(LOOK_EVERY)
        if not stopping.is_set():
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield not stopping.is_set()


def watch_turn(folder: Path, stopping: Event, silent: Callable[[], bool]) -> None:
    """End whoever has the turn and hangs, until told to stop; who keeps controllers running starts it anew."""
    with _lock_file(folder) as file:
        suspect = _Suspect(file, silent)
        while not stopping.wait(ASK_EVERY):
            suspect.look()


class _Suspect:
    """The holder of the turn, as one who waits for it sees it."""

    def __init__(self, file: TextIOWrapper, silent: Callable[[], bool]) -> None:
        self._file, self._silent = file, silent
        self._holder, self._silences, self._ask_at = 0, 0, 0.0

    def look(self) -> None:
        """Ask, if it is time; end it when it has been silent so often. Takes seconds then, else a millisecond."""
        if time.monotonic() < self._ask_at:
            return
        holder, silent = _holder(self._file), self._silent()
        self._ask_at = time.monotonic() + ASK_EVERY
        self._silences = self._silences + 1 if silent and holder == self._holder else int(silent)
        self._holder = holder
        if self._silences >= SILENCES and holder:
            self._silences = 0
            _end(self._file, holder)


def _end(file: TextIOWrapper, holder: int) -> None:
    """End this process, if the turn is its own still: its number may be another one's by now, or in a container."""
    try:
        handle = os.pidfd_open(holder)
    except ProcessLookupError:
        return  # it has just ended
    try:
        if _locked(file.fileno()):
            fcntl.flock(file, fcntl.LOCK_UN)
        elif _holder(file) == holder and _has_open(holder, file):
            log.error("控制程序（进程 %d）问了 %d 次没有回应，结束它，由待命的或重新启动的接手", holder, SILENCES)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except PermissionError:  # to look at what it has open, or to end it
        log.critical("控制程序（进程 %d）没有回应，又无权结束它：请用同一个用户运行，或人工 kill -9 %d", holder, holder)
    finally:
        os.close(handle)


def _has_open(pid: int, file: TextIOWrapper) -> bool:
    """Whether this process has that file open. Raises PermissionError for one of another user."""
    ours = os.fstat(file.fileno())
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.path.samestat(handle.stat(), ours):
                return True
        except FileNotFoundError:
            pass  # closed meanwhile, or no file
    return False


def _lock_file(folder: Path) -> TextIOWrapper:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "controller.lock").open("a+")


def _holder(file: TextIOWrapper) -> int:
    """The process that has written down that it has the turn; 0 when none has."""
    file.seek(0)
    told = file.read().strip()
    return int(told) if told.isdigit() else 0


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

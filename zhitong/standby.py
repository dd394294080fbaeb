"""Of several controllers on one Asterisk one runs and the others stand by, until it ends.

The lock is the kernel's, on a file beside Asterisk, which admits controllers of its own machine only: it is free in the
moment in which its holder dies, and depends on no clock and on no database.
"""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks whether the other one still runs."""


@contextmanager
def my_turn(folder: Path, stopping: Event) -> Iterator[bool]:
    """Wait for the turn and hold it. folder: Asterisk's. False: told to stop before it came. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "controller.lock").open("a+") as file:
        told = False
        while not stopping.is_set() and not _locked(file.fileno()):
            if not told:
                file.seek(0)
                log.warning("另一个控制程序在运行（进程 %s），本程序待命，它一停就接手", file.read().strip() or "不详")
                told = True
            stopping.wait(LOOK_EVERY)
        if not stopping.is_set():
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield not stopping.is_set()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Trials of changed words and examples, started by a page and run by a process of their own: learning takes 40 s."""

import fcntl
import json
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from zhitong.errors import Refused
from zhitong.settings import CHECKOUT, Settings
from zhitong.understanding_editions import editions_folder
from zhitong.whole_files import write_whole

LIMIT = 900.0
"""Seconds after which a trial is given up: ten times what it takes on a small machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Of the sentences it is about (of): how many were right, and are."""

    name: str
    was: int
    now: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A sentence of which something else is made, and what."""

    text: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a trial has found. number: of the edition that was tried, 0: the files; on: the newest one then. error: why
    there is nothing else. learned: where it lies what was learned. by_words: why what counts went by words alone.
    compared_with: empty where nothing was published. falls: what gets worse by more than is allowed.
    """

    number: int
    on: int
    error: str = ""
    digest: str = ""
    learned: str = ""
    compared_with: str = ""
    by_words: str = ""
    sentences: int = 0
    aside: int = 0
    shares: tuple[Share, ...] = ()
    better: tuple[Change, ...] = ()
    worse: tuple[Change, ...] = ()
    same: tuple[Change, ...] = ()
    falls: tuple[str, ...] = ()
    line: str = ""


@dataclass(slots=True)
class Trials:
    """One at a time, whoever starts it; what it has found stays until the next one."""

    _process: subprocess.Popen[bytes] | None = None
    _since: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, settings: Settings, number: int) -> None:
        """number: of the edition that is to be tried, 0: the files. Raises Refused while another is, OSError."""
        with self._lock:
            if self._running(settings):
                raise Refused("正在试，试完再来；要半分钟到一分钟")
            result_path(settings).unlink(missing_ok=True)
            argv = [sys.executable, "-m", "zhitong.teach_process", str(number)]
            self._process = subprocess.Popen(
                argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
            )
            self._since = time.monotonic()

    def running(self, settings: Settings) -> bool:
        """Whether one is under way."""
        with self._lock:
            return self._running(settings)

    def result(self, settings: Settings) -> Result | None:
        """What the last one has found; None: there was none, or it stopped before it had."""
        try:
            told = json.loads(result_path(settings).read_bytes())
            kinds = {"shares": Share, "better": Change, "worse": Change, "same": Change}
            told |= {name: tuple(kind(**one) for one in told[name]) for name, kind in kinds.items()}
            return Result(**told | {"falls": tuple(told["falls"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def stop(self) -> None:
        """End what is under way."""
        with self._lock:
            self._end()

    def _running(self, settings: Settings) -> bool:
        if self._process is not None:
            if self._process.poll() is None and time.monotonic() - self._since < LIMIT:
                return True
            self._end()
        try:
            with lock_path(settings).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True  # of a console that has been started anew since
        except OSError:
            return False
        return False

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def lock_path(settings: Settings) -> Path:
    """Locked while a trial is under way."""
    return editions_folder(settings) / "trial.lock"


def result_path(settings: Settings) -> Path:
    """Where it is told what the last one has found."""
    return editions_folder(settings) / "trial.json"


def write_result(settings: Settings, result: Result) -> None:
    """Raises OSError."""
    write_whole(result_path(settings), json.dumps(asdict(result), ensure_ascii=False))

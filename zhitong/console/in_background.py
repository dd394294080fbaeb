"""What takes longer than a page may: one at a time, in a thread, with what came of it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from zhitong.errors import Refused, ZhitongError

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass
class InBackground(Generic[T]):
    """since: when the one that runs was begun; None: none runs. done, fault: what came of the last one, and when."""

    name: str
    since: datetime | None = None
    done: T | None = None
    fault: str = ""
    at: datetime | None = None
    progress: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, act: Callable[[], T], now: Callable[[], datetime]) -> None:
        """Start it. Raises Refused while another one runs."""
        with self._lock:
            if self.since is not None:
                raise Refused(f"{self.name}正在做，请等它做完")
            self.since, self.done, self.fault, self.progress = now(), None, "", ""
        threading.Thread(target=self._run, args=[act, now], name=self.name, daemon=True).start()

    def _run(self, act: Callable[[], T], now: Callable[[], datetime]) -> None:
        done, fault = None, ""
        try:
            done = act()
        except (ZhitongError, ValueError, OSError) as error:
            fault = str(error) or type(error).__name__
            log.warning("%s: %s", self.name, type(error).__name__)
        except Exception:
            # The thread's edge: who waits for it must be told.
            log.exception("%s", self.name)
            fault = "程序出错了，没有做成；请看日志"
        with self._lock:
            self.done, self.fault, self.at, self.since = done, fault, now(), None

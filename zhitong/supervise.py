"""Keep Asterisk and the controller running beside each other, each a process of its own.

They must not share a fate: when the controller is killed, Asterisk goes on ringing from AstDB, and when Asterisk is
restarted, the controller reconnects. A service manager can do the same; this one needs no root and no installation.
"""

import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dialplans.asterisk import AsteriskFault
from routing.faults import BadConfig, Fault
from zhitong.errors import ZhitongError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
"""Seconds before the first restart of a child that ended."""
LONGEST_PAUSE = 10.0
"""Seconds; the pause doubles up to this while a child keeps ending within `STEADY` seconds."""
STEADY = 30.0
LOOK_EVERY = 0.2
"""Seconds between two looks at a child."""


class Child(Protocol):
    """What is kept alive: dialplans.asterisk.AsteriskServer, or a ChildProcess."""

    @property
    def alive(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class AlreadyRunning(ZhitongError):
    """Another hotline runs on the same data."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder for this process alone, until it leaves or ends, however it ends.

    Raises AlreadyRunning, or BadConfig when it cannot be written to.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "run.lock").open("a+")
    except OSError as error:
        mend = f"不能在里面写文件（{error.strerror}），请换一个可写的文件夹。"
        raise BadConfig("设置", [Fault(field="folders.data", value=str(data), mend=mend)]) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "不详"
            raise AlreadyRunning(
                f"数据文件夹 {data} 上已经有一条热线在运行（进程 {holder}）。"
                "先停下它（按 Ctrl-C，或 kill 这个进程），或者用设置 folders.data 换一个文件夹。"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def next_pause(pause: float, lived: float) -> float:
    """Seconds to wait before the next restart, from the last pause and how many seconds the child lived."""
    return FIRST_PAUSE if lived >= STEADY else min(LONGEST_PAUSE, max(FIRST_PAUSE, pause * 2))


def keep(name: str, child: Child, stopping: threading.Event) -> None:
    """Start `child` again whenever it ends, until `stopping` is set; then end it. Blocks: one thread per child."""
    pause = 0.0
    while not stopping.is_set():
        started = time.monotonic()
        try:
            child.start()
        except (AsteriskFault, OSError) as error:
            log.error("%s 没有启动：%s", name, error)
        while child.alive and not stopping.wait(LOOK_EVERY):
            pass
        if not stopping.is_set():
            pause = next_pause(pause, time.monotonic() - started)
            log.error("%s 停了，%.1f 秒后重新启动", name, pause)
            stopping.wait(pause)
    child.stop()


def keep_all(
    children: Mapping[str, Child],
    watch: Callable[[threading.Event], None] | None = None,
    *,
    restarts: Callable[[], bool] = lambda: False,
) -> bool:
    """Keep every child alive until SIGTERM, SIGINT or SIGHUP (its terminal was closed). Call it on the main thread.

    watch: runs beside them until the event is set, and ends those that hang (zhitong.standby). restarts: asked twice a
    second whether all are to be started anew; then they end, and it returns True.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    threads = [
        threading.Thread(target=keep, args=(name, child, stopping), name=name) for name, child in children.items()
    ]
    if watch is not None:
        threads.append(threading.Thread(target=watch, args=(stopping,), name="watch"))
    for thread in threads:
        thread.start()
    # Waking now and then: a signal that the system gives to another thread does not end the wait of this one.
    anew = False
    while not stopping.wait(0.5):
        if anew := restarts():
            stopping.set()
    for thread in threads:
        thread.join()
    return anew

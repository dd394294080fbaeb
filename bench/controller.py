"""The hotline's controller as a process that can say which of its threads used how much CPU.

It is the product's own `Hotline`; only the threads' clocks are read. One line on stdin, one line of JSON on stdout; the
end of stdin ends it.
"""

import json
import re
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from zhitong.app import Hotline
from zhitong.settings import load_settings

_ended: dict[str, float] = defaultdict(float)
_lock = threading.Lock()
_run = threading.Thread.run


def _counted(thread: threading.Thread) -> None:
    try:
        _run(thread)
    finally:
        with _lock:
            _ended[_part(thread.name)] += time.thread_time()


def _part(name: str) -> str:
    """What a thread is for: its name without the numbers that tell it from others."""
    return re.sub(r"[-_ ]*\d+.*", "", name) or name


def seconds_by_part() -> dict[str, float]:
    """CPU seconds of all threads so far, those that have ended included; `total` is the whole process."""
    with _lock:
        spent = defaultdict(float, _ended)
    for thread in threading.enumerate():
        if thread.ident is not None:
            try:
                spent[_part(thread.name)] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            except OSError:  # it ends at this very moment; its last words are counted next time
                continue
    return {**spent, "total": time.process_time()}


def main(overrides: Path, *, trial: bool | None) -> None:
    """Run the controller with these settings (JSON) over the shipped ones. trial: as Hotline takes it."""
    threading.Thread.run = _counted  # type: ignore[method-assign,assignment]
    hotline = Hotline(load_settings(overrides=json.loads(overrides.read_text())), trial=trial)
    hotline.start()
    try:
        for _ in sys.stdin:
            print(json.dumps({"parts": seconds_by_part(), "written": hotline.keeper.flush(20.0)}), flush=True)
    finally:
        hotline.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), trial=False if sys.argv[2:] == ["voice"] else None)

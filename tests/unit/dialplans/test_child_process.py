import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dialplans.child_process import ChildProcess


def wait(done: Callable[[], bool]) -> None:
    """Patiently: a loaded machine takes its time to start a Python."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('ready', 'w'); time.sleep(60)"
    process = ChildProcess([sys.executable, "-c", ignores], folder=tmp_path, stop_limit=0.2)
    assert not process.alive
    process.start()
    wait(lambda: (tmp_path / "ready").exists())
    assert process.alive
    process.stop()
    assert not process.alive


def test_a_process_gets_sigterm_and_time_to_end(tmp_path: Path) -> None:
    ends = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open('ended', 'w'), sys.exit()))\n"
        "open('ready', 'w')\n"
        "time.sleep(60)"
    )
    process = ChildProcess([sys.executable, "-c", ends], folder=tmp_path)
    process.start()
    wait(lambda: (tmp_path / "ready").exists())
    process.stop()
    assert (tmp_path / "ended").exists()


def test_the_pid_of_a_process_that_never_started_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="never started"):
        ChildProcess(["true"], folder=tmp_path).pid  # noqa: B018


def test_what_a_process_says_is_added_to_its_output(tmp_path: Path) -> None:
    process = ChildProcess([sys.executable, "-c", "print('说')"], output=tmp_path / "output")
    for _ in range(2):
        process.start()
        wait(lambda: not process.alive)
    assert (tmp_path / "output").read_text(encoding="utf-8") == "说\n说\n"


def test_a_killed_process_can_be_started_again(tmp_path: Path) -> None:
    process = ChildProcess([sys.executable, "-c", "import time; time.sleep(60)"], own_session=True)
    pids = set()
    for _ in range(2):
        process.start()
        assert process.alive
        pids.add(process.pid)
        process.kill()
        assert not process.alive
    assert len(pids) == 2

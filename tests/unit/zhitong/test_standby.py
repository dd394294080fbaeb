"""Of several controllers on one Asterisk one has its turn; it passes on however that one ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from dialplans import names
from ivr.agi import agi_server, is_silent
from zhitong.standby import SILENCES, my_turn, watch_turn

HOLDER = """
import sys, threading
from pathlib import Path
from zhitong.standby import my_turn
with my_turn(Path(sys.argv[1]), threading.Event()) as mine:
    print(mine, flush=True)
    threading.Event().wait()
"""


def test_the_second_waits_until_the_first_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        took_over, stopping = threading.Event(), threading.Event()

        def stand_by() -> None:
            with my_turn(tmp_path, stopping) as mine:
                if mine:
                    took_over.set()

        waiting = threading.Thread(target=stand_by)
        waiting.start()
        assert not took_over.wait(0.5)
        holder.kill()
        assert took_over.wait(5)
        waiting.join(5)


def test_who_is_told_to_stop_while_standing_by_never_has_its_turn(tmp_path: Path) -> None:
    stopping = threading.Event()
    with my_turn(tmp_path, threading.Event()) as first:
        stopping.set()
        with my_turn(tmp_path, stopping) as second:
            assert (first, second) == (True, False)


LIVES = """
import sys, threading
from pathlib import Path
from ivr.agi import agi_server
from zhitong.standby import my_turn
server = agi_server(lambda agi: agi.close(), token="secret")
with my_turn(Path(sys.argv[1]), threading.Event()):
    server.start()
    print(server.port, flush=True)
    threading.Event().wait()
"""


@contextmanager
def holder(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A controller at work, and its port."""
    with subprocess.Popen([sys.executable, "-c", LIVES, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_one_that_hangs_is_ended_and_the_next_has_its_turn(tmp_path: Path) -> None:
    with holder(tmp_path) as (first, port):
        asked: list[bool] = []
        took_over, stopping = threading.Event(), threading.Event()

        def silent() -> bool:
            asked.append(is_silent(port=port, token="secret", limit=0.1))
            return asked[-1]

        def stand_by() -> None:
            with my_turn(tmp_path, stopping, silent) as mine:
                if mine:
                    took_over.set()

        waiting = threading.Thread(target=stand_by)
        waiting.start()
        assert not took_over.wait(2.5) and first.poll() is None and not any(asked), "it lives"
        os.kill(first.pid, signal.SIGSTOP)
        assert took_over.wait(30)
        waiting.join(5)
        assert first.wait(5) == -signal.SIGKILL, "it can never wake up"
        assert asked.count(True) == SILENCES


def test_who_supervises_ends_one_that_hangs_too(tmp_path: Path) -> None:
    with holder(tmp_path) as (first, port):
        stopping = threading.Event()
        silent = partial(is_silent, port=port, token="secret", limit=0.1)
        watching = threading.Thread(target=watch_turn, args=(tmp_path, stopping, silent))
        watching.start()
        os.kill(first.pid, signal.SIGSTOP)
        assert first.wait(30) == -signal.SIGKILL
        with my_turn(tmp_path, threading.Event(), silent) as mine:
            assert mine, "whoever watches takes no turn"
        stopping.set()
        watching.join(5)


def test_a_number_that_is_another_process_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "controller.lock").write_text(str(other.pid))
        stopping = threading.Event()
        asked = threading.Semaphore(0)

        def silent() -> bool:
            asked.release()
            return True

        watching = threading.Thread(target=watch_turn, args=(tmp_path, stopping, silent))
        watching.start()
        for _ in range(SILENCES + 1):
            assert asked.acquire(timeout=10)
        stopping.set()
        watching.join(5)
        assert other.poll() is None, "nobody has the turn"
        other.kill()


@pytest.mark.parametrize("listening", [True, False])
def test_silent_is_only_who_takes_the_question_and_says_nothing(listening: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        if not listening:
            deaf.close()
        assert is_silent(port=port, token="t", limit=0.2) == listening
    taken: list[tuple[str, ...]] = []
    server = agi_server(lambda agi: (taken.append(agi.request), agi.close()), token="t")  # type: ignore[func-returns-value]
    server.start()
    try:
        assert not is_silent(port=server.port, token="t") and taken == [(names.AGI_ALIVE,)]
    finally:
        server.stop()

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.asterisk import AsteriskFault
from routing.faults import BadConfig
from zhitong.supervise import FIRST_PAUSE, LONGEST_PAUSE, STEADY, AlreadyRunning, keep, next_pause, only_one

HOLDS = """
import sys
from pathlib import Path
from zhitong.supervise import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


class Part:
    """A child that ends as often as it is told to."""

    def __init__(self, *, fails: int = 0) -> None:
        self.starts, self.stopped, self._fails = 0, False, fails
        self.started = threading.Semaphore(0)
        self.alive = False

    def start(self) -> None:
        self.starts += 1
        self.started.release()
        if self.starts <= self._fails:
            raise AsteriskFault("port 5060 is taken")
        self.alive = True

    def stop(self) -> None:
        self.alive, self.stopped = False, True


@pytest.fixture
def kept():
    """Keeps a part on a thread of its own; what is kept is let go at the end."""
    stopping, threads = threading.Event(), []

    def start(part: Part) -> Callable[[], None]:
        thread = threading.Thread(target=keep, args=("部件", part, stopping))
        thread.start()
        threads.append(thread)

        def stop() -> None:
            stopping.set()
            thread.join(5)

        return stop

    yield start
    stopping.set()
    for thread in threads:
        thread.join(5)


def test_a_part_that_ends_is_started_again_and_stopped_at_the_end(kept) -> None:
    part = Part()
    stop = kept(part)
    assert part.started.acquire(timeout=5)
    part.alive = False
    assert part.started.acquire(timeout=5), "started again"
    stop()
    assert (part.starts, part.stopped, part.alive) == (2, True, False)


def test_a_part_that_cannot_start_is_tried_again(kept) -> None:
    part = Part(fails=2)
    kept(part)
    for _ in range(3):
        assert part.started.acquire(timeout=5)


def test_a_part_that_is_stopped_is_not_started_again(kept) -> None:
    part = Part()
    stop = kept(part)
    assert part.started.acquire(timeout=5)
    stop()
    assert part.starts == 1


@given(st.lists(st.floats(0, STEADY, exclude_max=True), min_size=1, max_size=30))
def test_pauses_grow_up_to_the_longest_while_a_part_keeps_ending(lives: list[float]) -> None:
    pause, before = 0.0, 0.0
    for lived in lives:
        pause = next_pause(pause, lived)
        assert FIRST_PAUSE <= pause <= LONGEST_PAUSE and pause >= before
        before = pause
    assert next_pause(pause, STEADY) == FIRST_PAUSE, "a part that lived long starts at once"


def test_only_one_holds_the_data_and_the_other_is_told_who(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning, match=rf"进程 {holder.pid}）.*folders\.data"), only_one(tmp_path):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    holder.communicate()
    with only_one(tmp_path):  # however it ended
        pass


def test_a_data_folder_that_cannot_be_made_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match=r"folders\.data = .*可写的文件夹"), only_one(tmp_path / "file" / "data"):
        pass

"""Of several controllers on one Asterisk one has its turn; it passes on however that one ends."""

import subprocess
import sys
import threading
from pathlib import Path

from zhitong.standby import my_turn

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

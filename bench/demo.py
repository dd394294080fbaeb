"""(e) How soon a second `make demo` rings the first mobile."""

import re
import subprocess
from collections.abc import Callable

from bench.figures import Figure, at_most
from zhitong.settings import CHECKOUT

_FIRST_RING = re.compile(r"第一部手机响：([0-9.]+) 秒")


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (e): the command as a newcomer gives it, everything set up before."""
    say("  (e) make demo")
    demo = subprocess.run(["make", "demo"], cwd=CHECKOUT, capture_output=True, text=True, timeout=600, check=False)
    found = _FIRST_RING.search(demo.stdout)
    how = "`make demo` when all is set up: from the command to the ringing of the director's mobile; passed"
    if demo.returncode or found is None:
        say(demo.stdout[-2000:] + demo.stderr[-2000:])
    return [
        at_most("e.demo.failed", demo.returncode, 0, "exit code", how),
        at_most("e.demo.first_ring", float(found[1]) if found else 1e6, 15, "s", how),
    ]

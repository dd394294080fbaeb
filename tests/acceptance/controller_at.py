"""The controller as a process of its own, like `zhitong controller`, at another time of day than the machine's."""

import sys
from datetime import datetime

from zhitong.app import serve
from zhitong.clock import FastForwardClock
from zhitong.settings import load_settings


def main(start: str) -> None:
    """Run until SIGTERM; `start` is the time at which its clock begins, with its zone."""
    serve(load_settings(), clock=FastForwardClock(datetime.fromisoformat(start)), trial=False)


if __name__ == "__main__":
    main(sys.argv[1])

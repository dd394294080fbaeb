"""`make bench`: measure, print the table, write bench/results.json. `python -m bench a c --quick`: parts, and short."""

import argparse
import os
import platform
import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import (
    casework,
    cost,
    demo,
    hold,
    latency,
    live,
    load,
    pages,
    recognition,
    reports,
    roster,
    spoken,
    surge,
    understanding,
)
from bench.figures import Figure, known, line, save
from recognizer.errors import ExamplesError
from recognizer.examples import load_labelled

RESULTS = Path(__file__).parent / "results.json"
PARTS: dict[str, Callable[..., list[Figure]]] = {
    "a": load.measure,
    "b": latency.measure,
    "c": cost.measure,
    "d": hold.measure,
    "e": demo.measure,
    "f": roster.measure,
    "g": surge.measure,
    "k": reports.measure,
    "l": casework.measure,
    "m": understanding.measure,
    "n": spoken.measure,
    "o": recognition.measure,
    "s": live.measure,
    "w": pages.measure,
}


def main() -> int:
    """Run the chosen parts. 0: every target was met; 1: one was missed; 2: nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="speed beside a plain dialplan")
    parser.add_argument(
        "parts",
        nargs="*",
        choices=[[], *PARTS],
        help="a load, b latency, c CPU, d many calls, e the demo, f the roster, g a surge, k figures, l casework, "
        "m understanding of texts, n from the voice to the matter, o recognition, s live pages, w all pages; all",
    )
    parser.add_argument("--labelled", type=Path, help="labelled texts for m and n, columns as in config/examples")
    parser.add_argument("--quick", action="store_true", help="minutes, not an hour: does it run? Not kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the figures are kept")
    arguments = parser.parse_args()
    if shutil.which("sipp") is None or shutil.which("setpriv") is None:
        print("bench: sipp and setpriv are needed: apt-get install sip-tester util-linux", file=sys.stderr)
        return 2
    if arguments.labelled is not None:
        try:
            load_labelled(arguments.labelled)
        except ExamplesError as error:
            parser.error(str(error))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    besides: dict[str, dict[str, Any]] = {
        "m": {"labelled": arguments.labelled, "into": arguments.results.parent},
        "n": {"labelled": arguments.labelled},
    }
    began = time.monotonic()
    figures: list[Figure] = []
    for part in arguments.parts or list(PARTS):
        before = os.getloadavg()[0]
        told = PARTS[part](_say, quick=arguments.quick, **besides.get(part, {}))
        told.append(_machine(part, before))
        figures += told
        if not arguments.quick:
            save(arguments.results, told)
    print()
    for figure in figures:
        print(line(figure))
    missed = [figure.name for figure in figures if figure.ok is False]
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes; missed: {', '.join(missed) or 'nothing'}")
    return 1 if missed else 0


def _machine(part: str, load_before: float) -> Figure:
    how = (
        f"load average when part {part} began; {os.cpu_count()} cores ({platform.machine()}) for everything: "
        "Asterisk, controller, recognizer, sipp or telephones"
    )
    return known(f"{part}.load_before", load_before, "", how)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

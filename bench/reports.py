"""(k) Figures and registers of very many cases: a month of a county with a hundred thousand, or a million, a year."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Engine

from bench.figures import Figure, at_most, known, median
from bench.many_cases import many_cases
from cases.register import COLUMNS, row_of
from cases.roles import Actor, Role
from routing.calendar import LOCAL
from zhitong.settings import cache_folder
from zhitong.sheet_files import write_rows
from zhitong.store.engine import open_engine
from zhitong.store.register import register_lines
from zhitong.usecases.figures import figures

CASES = int(os.environ.get("BENCH_CASES", "1000000"))
QUICK = 100_000
MONTHS = [datetime(2025, month, 1, tzinfo=LOCAL) for month in range(6, 11)]
NOW = datetime(2026, 1, 5, 9, tzinfo=LOCAL)
LEADER = Actor(name="副局长李强", roles=frozenset({Role.LEADER}))


def measure(tell: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (k). The database is loaded once into the cache, and taken from there the next time."""
    n = QUICK if quick else CASES
    folder = cache_folder(os.environ) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    tell(f"  (k) figures and register of {n} cases")
    engine = many_cases(folder, n, tell)
    taken = [_seconds(lambda a=a, b=b: _month(engine, a, b)) for a, b in pairwise(MONTHS)]  # type: ignore[misc]
    tell("  (k) the register of a month")
    with tempfile.TemporaryDirectory() as name:
        lines, memory, seconds = _register(engine, Path(name))
    how = f"SQLite, {n} cases of one year, {n // 12} in the month; one process, the machine shared"
    return [
        at_most("k.month.first", taken[0], 2, "s", f"all figures of a month, nothing read before; {how}"),
        at_most("k.month", median(taken[1:]), 2, "s", f"median of {len(taken) - 1} other months; {how}"),
        known("k.register.lines_a_second", lines / seconds, "", f"{lines} lines of a month written as CSV; {how}"),
        at_most("k.register.memory", memory, 100, "MB", f"resident beyond what the program takes by itself; {how}"),
    ]


def _month(engine: Engine, since: datetime, until: datetime) -> object:
    return figures(
        engine,
        by=LEADER,
        since=since,
        until=until,
        now=NOW,
        repeat_within=timedelta(days=30),
        settle_within=timedelta(hours=4),
        targets={},
    )


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _register(engine: Engine, folder: Path) -> tuple[int, float, float]:
    """(lines, MB, seconds) of the register of a month, written by a process of its own."""
    file = folder / "register.csv"
    words = [sys.executable, "-m", "bench.reports", str(engine.url), str(file)]
    began = time.perf_counter()
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=900)
    seconds = time.perf_counter() - began
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return sum(1 for _ in csv.reader(lines)) - 1, float(done.stdout), seconds


def main(url: str, file: Path) -> None:
    """Writes the register of a month; prints the MB that it took beyond those of a program that has done nothing."""
    before = _most_resident()
    lines = register_lines(open_engine(url), since=MONTHS[0], until=MONTHS[1])
    write_rows(file, list(COLUMNS), map(row_of, lines), title="登记簿")
    print(_most_resident() - before)


def _most_resident() -> float:
    """MB that this process had in memory at most; unlike getrusage it does not know of the process before exec."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

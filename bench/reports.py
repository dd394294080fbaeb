"""(k) Figures and registers of very many cases: a month of a county with a hundred thousand, or a million, a year."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Engine

from bench.figures import Figure, at_most, known, median
from bench.loaded import Loaded, both
from bench.many_cases import NOW, UNITS
from cases.register import COLUMNS, row_of
from cases.roles import Actor, Role
from routing.calendar import LOCAL
from tests.fakes.told_calls import RULES
from zhitong.sheet_files import write_rows
from zhitong.store.engine import open_engine
from zhitong.store.register import register_lines
from zhitong.usecases.anchor_chains import anchor_chains, verify_chains
from zhitong.usecases.figures import figures
from zhitong.usecases.reports import monthly, weekly

CASES = int(os.environ.get("BENCH_CASES", "1000000"))
QUICK = 100_000
VERIFIED = 100_000
"""Chains that are verified; of a million it takes ten minutes and tells nothing more."""
MONTHS = [datetime(2025, month, 1, tzinfo=LOCAL) for month in range(6, 11)]

LEADER = Actor(name="副局长李强", roles=frozenset({Role.LEADER}))


def measure(tell: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (k), on both kinds of database (bench.loaded)."""
    n = QUICK if quick else CASES
    figures: list[Figure] = []
    with both() as kinds:
        for kind in kinds:
            sizes = sorted({min(n, VERIFIED), n})
            addresses = dict(zip(sizes, kind.addresses(sizes, tell), strict=True))
            tell(f"  (k) figures, reports and register of {n} cases on {kind.name}")
            figures += _figures(kind, n, addresses[n])
            tell(f"  (k) the chains of {sizes[0]} cases on {kind.name}, and against anchors of them all")
            figures += _chains(kind, sizes[0], addresses[sizes[0]])
    return figures


def _figures(kind: Loaded, n: int, address: str) -> list[Figure]:
    engine = open_engine(address)
    months = list(pairwise(MONTHS))
    taken = [_seconds(lambda a=a, b=b: _month(engine, a, b)) for a, b in months]  # type: ignore[misc]
    of_units, a_week = (partial(monthly, engine, RULES, now=NOW, targets={}), partial(weekly, engine))
    each = [_seconds(lambda a=a, b=b: of_units(since=a, until=b)) for a, b in months[:3]]  # type: ignore[misc]
    weeks = [_seconds(lambda a=a: a_week(since=a, until=a + timedelta(days=7))) for a in MONTHS[:3]]  # type: ignore[misc]
    engine.dispose()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "register.csv"
        memory, seconds = _by_another_process("register", address, str(file))
        with file.open(encoding="utf-8-sig", newline="") as rows:
            lines = sum(1 for _ in csv.reader(rows)) - 1
    how = f"{kind.name}, {n} cases of one year, {n // 12} in the month; one process, the machine shared"
    of = f"k.{kind.name.lower()}"
    return [
        at_most(f"{of}.month.first", taken[0], 2, "s", f"all figures of a month, nothing read before; {how}"),
        at_most(f"{of}.month", median(taken[1:]), 2, "s", f"median of {len(taken) - 1} other months; {how}"),
        known(f"{of}.month.units", median(each), "s", f"月考评 of {len(UNITS)} units, median of 3 months; {how}"),
        known(f"{of}.week", median(weeks), "s", f"周对账, median of 3 weeks; {how}"),
        known(f"{of}.register.lines_a_second", lines / seconds, "", f"{lines} lines of a month written as CSV; {how}"),
        at_most(f"{of}.register.memory", memory, 100, "MB", f"resident beyond what the program takes by itself; {how}"),
    ]


def _chains(kind: Loaded, n: int, address: str) -> list[Figure]:
    anchors = str(kind.anchors(n))
    _by_another_process("anchor", address, anchors)
    memory, took = _by_another_process("verify", address, anchors)
    how = f"audit verify: every entry, and against the anchors of all; {kind.name}, {n} cases"
    of = f"k.{kind.name.lower()}.verify"
    return [
        known(
            f"{of}.cases_a_second",
            n / took,
            "",
            f"500 are read at a time, so that ten times as many take so long; {how}",
        ),
        at_most(f"{of}.memory", memory, 100, "MB", f"resident beyond what the program takes by itself; {how}"),
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


def _by_another_process(what: str, address: str, place: str) -> tuple[float, float]:
    """(MB beyond what the program takes by itself, seconds) of one thing done by a process of its own."""
    words = [sys.executable, "-m", "bench.reports", what, address, place]
    began = time.perf_counter()
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=1800)
    return float(done.stdout), time.perf_counter() - began


def main(what: str, address: str, place: Path) -> None:
    """Does it; prints the MB that it took beyond those of a program that has done nothing."""
    before, engine = _most_resident(), open_engine(address)
    if what == "register":
        lines = register_lines(engine, since=MONTHS[0], until=MONTHS[1])
        write_rows(place, list(COLUMNS), map(row_of, lines), title="登记簿")
    elif what == "anchor":
        anchor_chains(engine, folder=place, now=datetime.now(LOCAL))
    else:
        found = verify_chains(engine, folder=place)
        assert found.cases >= min(QUICK, CASES) and not found.breaks, found.breaks[:5]
    print(_most_resident() - before)


def _most_resident() -> float:
    """MB that this process had in memory at most; unlike getrusage it does not know of the process before exec."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

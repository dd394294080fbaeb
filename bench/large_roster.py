"""A county far larger than any, as files and a database, and what a process needs to answer from it.

`python -m bench.large_roster FOLDER` reads what `write_large_roster` has written, asks many questions and prints the
figures as JSON. It is a process of its own, so that its memory is that of the roster alone.
"""

import gc
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from routing.calendar import LOCAL
from routing.changes import override_detail, sheet_detail
from routing.checks import check_roster
from routing.roster import Duty, Override
from routing.router import RequestFacts, duty_ladder, route
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine, writing
from zhitong.store.migrate import migrate
from zhitong.store.tables import roster_changes

UNITS, OFFICIALS = 2_000, 10_000
ROWED, YEARS = 100, 5
"""Officials with a row for each day of so many years."""
OVERRIDES = 50_000
START = datetime(2026, 1, 1, 8, tzinfo=LOCAL)
QUESTIONS = 20_000
CHECKED_DAYS = 30


def write_large_roster(folder: Path) -> dict[str, Any]:
    """Writes roster and database into the folder; returns the settings' overrides that use them."""
    chance = random.Random(3)
    text = ['home_unit = "u0"', "[duty_room]", 'numbers = ["0870-2120001"]', "[supervision]"]
    text += ['numbers = ["0870-2120009"]', 'unit = "u1"']
    for n in range(UNITS):
        parent = f'parent = "u{n // 8}"\n' if n > 1 else ""
        text.append(
            f'[[units]]\ncode = "u{n}"\nname = "第{n}单位"\n{parent}matters = ["{"ABCD"[n % 4]}{n // 4 % 4 + 1}"]'
        )
        text.append(f'places = ["第{n}村"]' if n > 16 else "")
    for n in range(OFFICIALS):
        rank = ("director", "deputy", "staff")[min(2, n // UNITS)]
        text.append(
            f'[[officials]]\nid = "o{n}"\nname = "姓{n}"\npost = "局长"\nunit = "u{n % UNITS}"\nrank = "{rank}"'
        )
        text.append(f'phones = ["{13800000000 + n}"]\ndeputies = ["o{(n + UNITS) % OFFICIALS}"]')
    for n in range(UNITS):
        mine = ", ".join(f'"o{n + k * UNITS}"' for k in range(OFFICIALS // UNITS))
        text.append(f'[[rotations]]\nofficials = [{mine}]\nstart = 2026-01-01T08:00:00\nunit = "u{n}"')
    roster = folder / "roster.toml"
    roster.write_text("\n".join(text), encoding="utf-8")
    url = f"sqlite:///{folder / 'large.sqlite3'}"
    migrate(url)
    rows = [_change("sheet", sheet_detail(f"u{n}", _rows(n))) for n in range(ROWED)]
    rows += [_change("override", override_detail([_override(chance)])) for _ in range(OVERRIDES)]
    with writing(open_engine(url)) as connection:
        connection.execute(roster_changes.insert(), rows)
    return {"files": {"roster": str(roster)}, "store": {"database_url": url}}


def _change(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "detail": detail, "author": "a", "reason": "b", "at": START, "undone_by": ""}


def _rows(unit: int) -> list[Duty]:
    days = YEARS * 365 - YEARS * 5  # 180,000 rows in all
    begins = [START + timedelta(days=day) for day in range(days)]
    return [
        Duty(official=f"o{unit}", start=at, end=at + timedelta(days=1), role="lead", unit=f"u{unit}") for at in begins
    ]


def _override(chance: random.Random) -> Override:
    start = START + timedelta(hours=chance.randrange(YEARS * 365 * 24))
    off, on = chance.sample(range(OFFICIALS), 2)
    return Override(off=f"o{off}", on=f"o{on}", start=start, end=start + timedelta(hours=chance.choice((12, 24, 72))))


def main(folder: Path) -> None:
    """Answers questions from the roster in the folder."""
    overrides = json.loads((folder / "overrides.json").read_text())
    settings = load_settings(overrides=overrides | {"folders": {"data": str(folder)}})
    engine = open_engine(settings.store.database_url)
    before = _rss()
    began = time.perf_counter()
    roster = RosterInForce(settings, engine, START)
    roster.look(START)
    duty_ladder(START, roster.directory)
    started = time.perf_counter() - began
    chance = random.Random(5)
    moments = [START + timedelta(minutes=chance.randrange(YEARS * 365 * 1440)) for _ in range(QUESTIONS)]
    units = [f"u{chance.randrange(UNITS) if n % 2 else chance.randrange(ROWED)}" for n in range(QUESTIONS)]
    requests = [
        RequestFacts(
            matter=chance.choice(("A1", "B2", "C3", "D4")), place=f"第{chance.randrange(UNITS)}村", profile=profile
        )
        for profile in ("找局长直通", "民声分派")
        for _ in range(QUESTIONS // 2)
    ]
    directory = roster.directory
    gc.collect()
    figures = {
        "start": started,
        "memory": (_rss() - before) / 1e6,
        "on_duty": _times(lambda n: directory.roster.on_duty(moments[n], units[n])),
        "route": _times(lambda n: route(request=requests[n], now=moments[n], directory=directory)),
    }
    began = time.perf_counter()
    check_roster(directory, START + timedelta(hours=1), days=CHECKED_DAYS, proven=frozenset())
    figures["check"] = time.perf_counter() - began
    print(json.dumps(figures))


def _times(ask: Callable[[int], object]) -> list[float]:
    """Milliseconds of each question, after a warm-up."""
    for n in range(500):
        ask(n)
    taken = []
    for n in range(QUESTIONS):
        began = time.perf_counter()
        ask(n)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _rss() -> int:
    """Bytes in memory now, not at most."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

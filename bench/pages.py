"""(w) How long the console's pages take at a million cases, and how many bytes one has to load at first.

Every page that has a right is opened, by its description, in turns: none has its own rows warm from the time before.
"""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import select

from bench.figures import Figure, at_most, median, percentile
from bench.loaded import Tell, both
from bench.many_cases import NOW, UNITS
from bench.processes import usage
from bench.reports import CASES, QUICK
from cases.case import CaseState
from cases.roles import Role
from tests.fakes.pages import asked, first_load
from zhitong.store.engine import open_engine, reading
from zhitong.store.tables import cases
from zhitong.usecases.edit_case import URGENCIES

LIMIT = 300
"""Milliseconds at most for 19 of 20 (issue 6)."""
BYTES = 300_000
"""Of a first load, as it is sent."""
TIMES, WARM = 100, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A page as somebody of this role opens it."""

    name: str
    path: str
    by: Role = Role.DESK


@dataclass(frozen=True, kw_only=True, slots=True)
class _Served:
    """The pages in a process of their own: where, by which cookies, and which paths are for whom."""

    address: str
    pid: int
    cookies: Mapping[str, str]
    paths: Mapping[str, str]


def measure(tell: Tell, *, quick: bool) -> list[Figure]:
    """Figures of part (w), on both kinds of database (bench.loaded)."""
    n = QUICK if quick else CASES
    figures: list[Figure] = []
    with both() as kinds:
        for kind in kinds:
            (address,) = kind.addresses([n], tell)
            known = _cases(address)
            with _served(address) as at:
                visits = [*_pages(at, known[0]), *_questions(*known)]
                tell(f"  (w) {len(visits)} pages over {n} cases on {kind.name}")
                taken = _walked(at, visits, 10 if quick else TIMES)
                sizes = {one.name: first_load(at.address, one.path, cookie=at.cookies[one.by]) for one in visits}
            how = f"{kind.name}, {n} cases; from the request to the last byte, one after the other, the machine shared"
            of = f"w.{kind.name.lower()}"
            for visit in visits:
                ms = [seconds * 1000 for seconds in taken[visit.name].seconds]
                cpu = taken[visit.name].cpu * 1000 / len(ms)
                told = f"{visit.path}, p50 {median(ms):.0f} ms of {len(ms)}, CPU {cpu:.0f} ms each; {how}"
                figures.append(at_most(f"{of}.{visit.name}.p95", percentile(ms, 0.95), LIMIT, "ms", told))
            largest = max(sizes, key=lambda name: sizes[name])
            told = f"{largest}: the page and what it loads, as it is sent (scripts and styles packed), without charts"
            figures.append(at_most(f"{of}.first_load", sizes[largest] / 1000, BYTES / 1000, "kB", told))
    return figures


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    number: str
    caller: str


def _cases(address: str) -> tuple[_Case, _Case]:
    """The newest that is worked on, and the newest that is struck off."""
    engine = open_engine(address)
    newest = select(cases.c.number, cases.c.caller).order_by(cases.c.answered_at.desc()).limit(1)
    off = CaseState.STRUCK_OFF.value
    with reading(engine) as connection:
        still = connection.execute(newest.where(cases.c.state != off)).one()
        over = connection.execute(newest.where(cases.c.state == off)).one()
    engine.dispose()
    return _Case(number=still.number, caller=still.caller), _Case(number=over.number, caller=over.caller)


def _pages(at: _Served, still: _Case) -> Iterator[Visit]:
    """All that has a path, with a case that is there."""
    for path, role in at.paths.items():
        filled = path.replace("{number}", still.number).replace("{code}", "accepted")
        visit = Visit(name=path.strip("/").replace("/", "."), path=filled, by=Role(role))
        if "{" not in filled and _opens(at, visit):
            yield visit


def _questions(still: _Case, over: _Case) -> Iterator[Visit]:
    """What is asked of boards, lists and searches."""
    day = {"unit": "u1", "start": f"{NOW:%Y-%m-01T00:00}", "end": f"{NOW + timedelta(days=30):%Y-%m-%dT00:00}"}
    yield from (
        Visit(name="board.red", path=f"/cases?{urlencode({'colour': '红'})}"),
        Visit(name="board.unit", path=f"/cases?{urlencode({'unit': UNITS[3]})}"),
        Visit(name="board.head", path="/cases", by=Role.UNIT_HEAD),
        Visit(name="case.over", path=f"/cases/{over.number}"),
        Visit(name="roster.events", path=f"/roster/events?{urlencode(day)}"),
        Visit(name="roster.unit", path=f"/roster?{urlencode({'of': 'u1'})}"),
        Visit(name="overdue.unit", path=f"/supervision/overdue?{urlencode({'unit': UNITS[3]})}"),
        Visit(name="screen.wall", path="/screen", by=Role.SCREEN),
    )
    asked: dict[str, dict[str, str]] = {
        "newest": {},
        "word": {"q": "停水"},
        "word.nowhere": {"q": "不会有的词"},
        "word.passing": {"q": "停水", "state": CaseState.SIGNED_FOR.value},
        "word.over": {"q": "停水", "state": CaseState.STRUCK_OFF.value},
        "word.nowhere.over": {"q": "不会有的词", "state": CaseState.STRUCK_OFF.value},
        "number": {"q": still.number[:8]},
        "whole_number": {"q": still.number},
        "telephone": {"q": still.caller},
        "unit": {"unit": UNITS[3]},
        "unit.passing": {"unit": UNITS[3], "state": CaseState.SIGNED_FOR.value},
        "official": {"official": "王明"},
        "urgency": {"urgency": next(iter(URGENCIES))},
        "older": {"q": "停水", "before": over.number},
    }
    for name, fields in asked.items():
        yield Visit(name=f"search.{name}", path=f"/cases/search?{urlencode(fields)}")
    yield Visit(name="search.head", path=f"/cases/search?{urlencode({'q': '停水'})}", by=Role.UNIT_HEAD)
    for which in ("要人打的", "系统要打的", "打过没问到", "有结果的"):
        yield Visit(name=f"callbacks.{which}", path=f"/callbacks?{urlencode({'which': which})}")


@contextmanager
def _served(database: str) -> Iterator[_Served]:
    words = [sys.executable, "-m", "bench.pages_server", database]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield _Served(pid=server.pid, **json.loads(server.stdout.readline()))
    finally:
        server.terminate()
        server.wait(10)


@dataclass(kw_only=True, slots=True)
class _Taken:
    """What a page took: seconds, each time; and CPU seconds of the server, all times together."""

    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0


def _walked(at: _Served, visits: Sequence[Visit], times: int) -> Mapping[str, _Taken]:
    taken: dict[str, _Taken] = defaultdict(_Taken)
    for turn in range(WARM + times):
        for visit in visits:
            began, before = time.perf_counter(), usage(at.pid).cpu
            answer = asked(at.address, visit.path, cookie=at.cookies[visit.by])
            if turn >= WARM:
                taken[visit.name].seconds.append(time.perf_counter() - began)
                taken[visit.name].cpu += usage(at.pid).cpu - before
            assert answer.status == 200, f"{visit.path}: {answer.status}"
    return taken


def _opens(at: _Served, visit: Visit) -> bool:
    """Not what wants to be told more than a path."""
    return asked(at.address, visit.path, cookie=at.cookies[visit.by]).status == 200

"""(l) The casework under load: cases opened side by side, what is due, and a call's own way with ten times the cases.

Both kinds of database keep what they committed: synchronous=FULL on SQLite, fsync and synchronous_commit on PostgreSQL.
What the disk takes for that is measured beside it, in the same folder.
"""

import os
import random
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select, update

from bench.figures import Figure, at_most, known, median, percentile
from bench.loaded import Loaded, both, folder, server_settings
from bench.many_cases import NOW, caller_of
from bench.reports import CASES, QUICK
from cases.case import CaseState
from routing.directory import Directory
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import RULES, ToldCall, talked
from zhitong.store.cases import clocks_to_look_at
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.tables import cases, due
from zhitong.usecases.apply_facts import KnownCall, apply_facts
from zhitong.usecases.earlier_calls import earlier_calls
from zhitong.usecases.handler import handler_of
from zhitong.usecases.keep_facts import FactKeeper
from zhitong.usecases.place_call import missed_callback
from zhitong.usecases.send_notices import DUE
from zhitong.usecases.staff_calls import KINDS as STAFF
from zhitong.usecases.take_due import CALLING, next_due_at, take_due

WRITERS = 20
TARGETS = {"SQLite": 50, "PostgreSQL": 20}
GROWTH = 1.5
_LEASE = timedelta(seconds=3)
_WARM = 6
"""Cases that a connection has opened before it is measured: its statements are compiled, and prepared after five, as
on a controller's connection, which stays open for days."""
Tell = Callable[[str], None]


def measure(tell: Tell, *, quick: bool) -> list[Figure]:
    """Figures of part (l), on both kinds of database (bench.loaded)."""
    large = QUICK if quick else CASES
    figures: list[Figure] = []
    with both() as kinds:
        for kind in kinds:
            few, many = map(open_engine, kind.addresses((large // 10, large), tell))
            _put_away(few)
            _put_away(many)
            how = f"{kind.name}, {large} cases, {_durable(kind, str(many.url.render_as_string(hide_password=False)))}"
            of = f"l.{kind.name.lower()}"
            tell(f"  (l) {WRITERS} writers on {kind.name}")
            figures += _writers(f"{of}.open", many, TARGETS[kind.name], how, seconds=5 if quick else 30)
            tell(f"  (l) what is due on {kind.name}")
            figures += _scans(f"{of}.due", many, how, times=100 if quick else 300)
            tell(f"  (l) a call's way on {kind.name}, {large // 10} and {large} cases in turns")
            figures += _growth(of, {large // 10: few, large: many}, how, times=20 if quick else 100)
            few.dispose()
            many.dispose()
    return figures


def _durable(kind: Loaded, address: str) -> str:
    if kind.name == "SQLite":
        return "WAL, synchronous=FULL"
    return ", ".join(f"{name}={value}" for name, value in server_settings(address).items())


def _put_away(engine: Engine) -> None:
    """Strikes off what earlier measurements have opened: each finds as many open cases as there were loaded."""
    opened = cases.c.answered_at >= NOW
    with writing(engine) as connection:
        theirs = select(cases.c.number).where(opened, cases.c.state != CaseState.STRUCK_OFF.value)
        over = update(due).where(due.c.case_number.in_(theirs), due.c.done_at.is_(None))
        connection.execute(over.values(done_at=NOW, outcome="测量完了"))
        connection.execute(update(cases).where(opened).values(state=CaseState.STRUCK_OFF.value, short=""))


# ── cases opened side by side ───────────────────────────────────────────────────────────────────────────────────────


def _writers(of: str, engine: Engine, target: float, how: str, *, seconds: int) -> list[Figure]:
    """Each on a connection of its own, a case a second, at moments of its own."""
    taken: list[float] = []
    calls = _Calls()
    begun: list[float] = []
    ready = threading.Barrier(WRITERS + 1, action=lambda: begun.append(time.perf_counter()))

    def write(nth: int) -> None:
        own = open_engine(engine.url.render_as_string(hide_password=False))
        for _ in range(_WARM):
            with writing(own) as connection:
                apply_facts(connection, RULES, calls.opened().facts)
        phase = random.Random(nth).random()
        ready.wait()
        for second in range(seconds):
            at = begun[0] + second + phase
            time.sleep(max(0.0, at - time.perf_counter()))
            with writing(own) as connection:
                apply_facts(connection, RULES, calls.opened().facts)
            taken.append(time.perf_counter() - at)
        own.dispose()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    ready.wait()
    syncs = _fsyncs(seconds)
    for thread in threads:
        thread.join()
    assert len(taken) == WRITERS * seconds, "a writer has failed"
    kept = _kept(engine, calls)
    told = f"{WRITERS} writers, {seconds} s, from the moment it should be opened to the durable commit; {how}"
    return [
        at_most(f"{of}.p99", percentile(taken, 0.99) * 1000, target, "ms", told),
        known(f"{of}.p50", median(taken) * 1000, "ms", told),
        known(f"{of}.fsync.p50", median(syncs) * 1000, "ms", "4 KiB appended and fdatasync, same disk, same moment"),
        known(f"{of}.fsync.p99", percentile(syncs, 0.99) * 1000, "ms", "the same"),
        known(f"{of}.kept", kept * 1000, "ms", f"by the writer of facts, which gathers for 250 ms (ADR 0062); {how}"),
    ]


def _fsyncs(seconds: int) -> list[float]:
    """What the disk of the databases takes for 4 KiB, ten times a second."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder()) as file:
        for _ in range(seconds * 10):
            began = time.perf_counter()
            os.write(file.fileno(), b"\0" * 4096)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
            time.sleep(0.1)
    return taken


def _kept(engine: Engine, calls: "_Calls") -> float:
    """Seconds until a fact that a call has noted is in the database, by the way that calls take."""
    taken = []
    with tempfile.TemporaryDirectory() as journal:
        keeper = FactKeeper(engine, RULES, journal=Path(journal))
        keeper.start()
        for _ in range(10):
            began = time.perf_counter()
            keeper.note(calls.opened().facts[0])
            assert keeper.flush(10) and keeper.state == "database"
            taken.append(time.perf_counter() - began)
        keeper.stop(10)
    return median(taken)


class _Calls:
    """New calls, at moments after all cases that there are; of two runs hardly any two have one moment."""

    def __init__(self) -> None:
        self._first = NOW + timedelta(seconds=time.time() % (20 * 24 * 3600))
        self._run, self._n, self._lock = int(time.time()), 0, threading.Lock()

    def _next(self) -> tuple[str, datetime]:
        with self._lock:
            self._n += 1
            return f"{self._run}.{self._n}", self._first + timedelta(seconds=self._n)

    def opened(self) -> ToldCall:
        return ToldCall(*self._next()).opened(caller=f"139{self._n:08d}")

    def talked(self, caller: str) -> ToldCall:
        return talked(*self._next(), caller=caller)


# ── what is due ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _scans(of: str, engine: Engine, how: str, *, times: int) -> list[Figure]:
    """Ticks, a second apart: what is due is taken, and can be taken again when its lease is over."""
    taking, looking = [], []
    still = due.c.done_at.is_(None)
    _give_back(engine)
    with reading(engine) as connection:
        waiting = len(connection.execute(due.select().where(still)).all())
        ready = len(connection.execute(due.select().where(still, due.c.due_at <= NOW, due.c.kind.in_(CALLING))).all())
    for tick in range(times):
        now = NOW + timedelta(seconds=tick)
        began = time.perf_counter()
        for kinds in (STAFF, DUE, ("archive",), ("official_callback",), ("surge",), ("lead",)):
            next_due_at(engine, kinds)
        with reading(engine) as connection:
            clocks_to_look_at(connection, now, 1)
        looking.append(time.perf_counter() - began)
        began = time.perf_counter()
        assert take_due(engine, now=now, kinds=CALLING, limit=10, lease=_LEASE), "there was something due"
        taking.append(time.perf_counter() - began)
    _give_back(engine)
    told = f"{waiting} tasks wait, {ready} calls are due; {how}"
    return [
        at_most(f"{of}.p99", percentile(taking, 0.99) * 1000, 50, "ms", f"ten calls taken, durably; {told}"),
        known(f"{of}.p50", median(taking) * 1000, "ms", "the same"),
        at_most(f"{of}.idle.p99", percentile(looking, 0.99) * 1000, 50, "ms", f"all other looks of a tick; {told}"),
    ]


def _give_back(engine: Engine) -> None:
    """Nobody has taken any of it."""
    claimed = due.c.claimed_until.is_not(None)
    with writing(engine) as connection:
        connection.execute(update(due).values(claimed_until=None, attempts=0).where(due.c.done_at.is_(None), claimed))


# ── the way of a call ───────────────────────────────────────────────────────────────────────────────────────────────


def _growth(of: str, engines: Mapping[int, Engine], how: str, *, times: int) -> list[Figure]:
    """The same with few and with many cases, one after the other, so that what else the machine does falls on both."""
    directory, calls, chance = small_directory(), _Calls(), random.Random(11)
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    cpu: list[float] = []
    for turn in range(times + 5):
        for n, engine in engines.items():
            caller = caller_of(chance.randrange(n), n)
            call = calls.talked(caller)
            steps: list[tuple[str, Callable[[], object]]] = [
                ("lookups", lambda e=engine, c=caller: _known(e, c, directory)),
                ("opening", lambda e=engine: _tell(e, [calls.opened()], 1)),
                ("call", lambda e=engine, c=call: _tell(e, [c], 6)),
            ]
            for name, do in steps:
                before, began = time.process_time(), time.perf_counter()
                do()
                if turn >= 5:
                    taken[name, n].append(time.perf_counter() - began)
                    if name == "call" and n == max(engines):
                        cpu.append(time.process_time() - before)
    few, many = min(engines), max(engines)
    figures = []
    for name, what in (
        ("lookups", "what is known of a caller when he rings: callbacks missed, earlier calls, who handled them"),
        ("opening", "a case opened"),
        ("call", "a whole call in six portions"),
    ):
        small, large = median(taken[name, few]), median(taken[name, many])
        told = f"{what}; medians of {times} in turns; {how}"
        figures += [
            at_most(f"{of}.{name}.growth", large / small, GROWTH, "", f"{many} cases ÷ {few} cases; {told}"),
            known(f"{of}.{name}", large * 1000, "ms", f"{many} cases; {told}"),
            known(f"{of}.{name}.p99", percentile(taken[name, many], 0.99) * 1000, "ms", f"{many} cases; {told}"),
        ]
    figures.append(known(f"{of}.call.cpu", median(cpu) * 1000, "ms", f"of our process, a whole call; {how}"))
    return figures


def _known(engine: Engine, caller: str, directory: Directory) -> None:
    missed_callback(engine, RULES, caller=caller, now=NOW)
    earlier_calls(engine, RULES, caller=caller, call_id="", now=NOW)
    handler_of(engine, caller=caller, area_code=RULES.area_code, directory=directory)


def _tell(engine: Engine, calls: list[ToldCall], portions: int) -> None:
    for call in calls:
        known: dict[str, KnownCall] = {}
        size = -(-len(call.facts) // portions)
        for start in range(0, len(call.facts), size):
            with writing(engine) as connection:
                known = apply_facts(connection, RULES, call.facts[start : start + size], known)

"""No fact is lost, and no call waits: the database locked, read-only, moved away, refusing, or the program killed."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ivr.facts import Fact
from tests.fakes.databases import Databases
from tests.fakes.told_calls import (
    DEPUTY,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    talked,
    unheard,
)
from zhitong.store.cases import find_cases, get_case
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.records import all_incidents
from zhitong.usecases.keep_facts import FactKeeper


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """One that does not wait long for another writer."""
    engine = open_engine(database_url, busy_timeout=0.1)
    yield engine
    engine.dispose()


@pytest.fixture
def keeper(engine: Engine, tmp_path: Path) -> Iterator[FactKeeper]:
    keeper = FactKeeper(engine, RULES, journal=tmp_path / "journal", linger=0.01, retry_every=0.05)
    keeper.start()
    yield keeper
    assert keeper.stop(10)


def wait_for(true: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def note_all(keeper: FactKeeper, *calls: ToldCall) -> None:
    for call in calls:
        for fact in call.facts:
            keeper.note(fact)


def cases_of(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(find_cases(connection, limit=10_000))


def whole(engine: Engine, *calls: ToldCall) -> bool:
    with reading(engine) as connection:
        stored = facts_of(connection, [call.call_id for call in calls])
        return all(
            [fact.seq for fact in stored.get(call.call_id, [])] == [fact.seq for fact in call.facts] for call in calls
        )


def test_what_is_noted_becomes_a_case(keeper: FactKeeper, engine: Engine) -> None:
    note_all(keeper, talked(), unheard())
    assert keeper.flush(10) and keeper.state == "database"
    assert cases_of(engine) == 2 and whole(engine, talked(), unheard())


def test_a_locked_database_costs_nothing_and_is_caught_up_with(
    keeper: FactKeeper, engine: Engine, databases: Databases, database_url: str, tmp_path: Path
) -> None:
    call = talked()
    note_all(keeper, ToldCall(facts=call.facts[:4]))
    assert keeper.flush(10)
    with databases.written_elsewhere(database_url):
        note_all(keeper, ToldCall(facts=call.facts[4:]), unheard())
        wait_for(lambda: keeper.state == "journal")
        assert not keeper.flush(2)
    wait_for(lambda: keeper.state == "database")
    assert keeper.flush(10) and whole(engine, call, unheard()) and cases_of(engine) == 2
    assert list((tmp_path / "journal").glob("*.jsonl")) == []
    with reading(engine) as connection:
        assert [row.kind for row in all_incidents(connection)] == ["journal"]


def test_a_database_moved_away_or_killed_comes_back_with_everything(
    keeper: FactKeeper, engine: Engine, databases: Databases, database_url: str
) -> None:
    note_all(keeper, unheard())
    assert keeper.flush(10)
    databases.take_away(database_url)
    note_all(keeper, talked())
    wait_for(lambda: keeper.state == "journal")
    databases.bring_back(database_url)
    wait_for(lambda: keeper.state == "database")
    assert keeper.flush(10) and whole(engine, talked(), unheard())


def test_a_database_that_refuses_to_write_is_a_database_gone(
    engine: Engine, databases: Databases, database_url: str, tmp_path: Path
) -> None:
    only_reads = open_engine(database_url)
    with only_reads.connect() as connection:
        connection.exec_driver_sql(databases.only_read)  # stays with the pooled connection
        connection.commit()
    keeper = FactKeeper(only_reads, RULES, journal=tmp_path / "journal", linger=0.01, retry_every=0.05)
    keeper.start()
    note_all(keeper, talked())
    wait_for(lambda: keeper.state == "journal")
    only_reads.dispose()  # a new connection may write again
    wait_for(lambda: keeper.flush(5))
    assert keeper.stop(10) and whole(engine, talked())


def test_a_full_queue_goes_to_the_journal_without_waiting(engine: Engine, tmp_path: Path) -> None:
    keeper = FactKeeper(engine, RULES, journal=tmp_path / "journal", capacity=5)
    calls = [talked(f"1757553630.{n}") for n in range(20)]
    note_all(keeper, *calls)  # the writer has not even started
    assert (tmp_path / "journal" / "facts.jsonl").exists()
    keeper.start()
    assert keeper.flush(10) and whole(engine, *calls) and cases_of(engine) == 20
    assert keeper.stop(10)


def test_what_comes_after_the_stop_is_found_by_the_next_run(engine: Engine, tmp_path: Path) -> None:
    first = FactKeeper(engine, RULES, journal=tmp_path / "journal")
    first.start()
    assert first.stop(10)
    note_all(first, talked())
    second = FactKeeper(engine, RULES, journal=tmp_path / "journal")
    second.start()
    assert second.flush(10) and whole(engine, talked())
    assert second.stop(10)


def test_a_stop_writes_what_still_waits(engine: Engine, tmp_path: Path) -> None:
    keeper = FactKeeper(engine, RULES, journal=tmp_path / "journal", linger=0.5)
    keeper.start()
    note_all(keeper, talked())
    assert keeper.stop(10) and whole(engine, talked())


def test_facts_the_database_refuses_stop_no_other_call(
    keeper: FactKeeper, engine: Engine, databases: Databases, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(engine) as connection:  # a stand-in for any fault in the casework of one call
        connection.execute(text(databases.refuse_facts_of("1757553630.13")))
    bad, good = talked("1757553630.13"), [talked(), unheard()]
    note_all(keeper, good[0], bad, good[1])
    assert keeper.flush(10) and whole(engine, *good) and cases_of(engine) == 2
    (aside,) = (tmp_path / "journal").glob("refused-*.jsonl")
    refused = aside.read_text(encoding="utf-8").splitlines()
    assert len(refused) == len(bad.facts)
    with reading(engine) as connection:
        assert [row.kind for row in all_incidents(connection)] == ["refused"]


def test_many_calls_at_once_are_all_kept_in_full(keeper: FactKeeper, engine: Engine) -> None:
    calls = [talked(f"17575536{n:02d}.{n}") for n in range(20)]
    threads = [threading.Thread(target=note_all, args=(keeper, call)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert keeper.flush(20) and whole(engine, *calls) and cases_of(engine) == 20


def test_memory_of_calls_that_ended_is_given_back(keeper: FactKeeper, engine: Engine) -> None:
    note_all(keeper, talked(), unheard())
    assert keeper.flush(10)
    late = Fact(call_id="1757553630.7", seq=500, at=MORNING, ms=0, kind="talk", detail={"i": 1, "number": DEPUTY})
    keeper.note(late)
    assert keeper.flush(10)
    with reading(engine) as connection:
        assert len(facts_of(connection, ["1757553630.7"])["1757553630.7"]) == len(talked().facts) + 1
        assert get_case(connection, NUMBER).official == "副局长李强"


CHILD = """
import sys
from pathlib import Path
from tests.fakes.told_calls import RULES, talked
from zhitong.store.engine import open_engine
from zhitong.usecases.keep_facts import FactKeeper
engine = open_engine(sys.argv[2])
keeper = FactKeeper(engine, RULES, journal=Path(sys.argv[1]) / "journal", linger=0)
keeper.start()
n = 0
while True:
    for fact in talked(f"1757553630.{n}").facts:
        keeper.note(fact)
    n += 1
    if n % 20 == 0:
        if keeper.flush(10):
            print(n, flush=True)
"""


def test_a_killed_writer_leaves_a_sound_database_with_all_it_had_confirmed(
    engine: Engine, databases: Databases, database_url: str, tmp_path: Path
) -> None:
    how = [sys.executable, "-c", CHILD, str(tmp_path), database_url]
    child = subprocess.Popen(how, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    confirmed = [int(child.stdout.readline()) for _ in range(3)][-1]
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    if databases.name == "sqlite":
        with reading(engine) as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    calls = [talked(f"1757553630.{n}") for n in range(confirmed)]
    assert whole(engine, *calls)
    # The next run loads what the journal may hold and hears of the last calls again: still one case each.
    keeper = FactKeeper(engine, RULES, journal=tmp_path / "journal")
    keeper.start()
    note_all(keeper, *calls[-5:])
    assert keeper.flush(30) and keeper.stop(10)
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT count(*), count(DISTINCT call_id) FROM cases")).one()
    assert rows[0] == rows[1] >= confirmed

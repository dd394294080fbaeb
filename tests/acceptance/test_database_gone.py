"""The database gone: calls go on, what happens is kept in the journal and loaded when it is back, once and in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialplans import names
from tests.acceptance.witness import LONGEST_SILENCE, ROOM, CaseBook, Record, Scene, scene, takes_it, write_roster
from tests.fakes.databases import Databases
from zhitong.trial import Trial, wait_until

DIRECTOR, DEPUTY = "13808730001", "13808730002"


@pytest.fixture
def line(tmp_path: Path, database_url: str) -> Iterator[Scene]:
    """A hotline without a controller yet: the director takes every call."""
    overrides = {
        "ladder": {"next_seconds": 3},
        "files": {"roster": str(write_roster(tmp_path / "roster.toml", DIRECTOR, DEPUTY))},
        "store": {"database_url": database_url},
    }
    with Trial(overrides=overrides) as trial, scene(trial) as line:
        line.phone(DIRECTOR).will(takes_it(0.3))
        for number in (DEPUTY, ROOM):
            line.phone(number)
        yield line


def _call(line: Scene, number: str) -> None:
    """A citizen calls, talks to the director for a while, and hangs up."""
    citizen = line.press_zero(number)
    line.talk_to(citizen, line.phone(DIRECTOR), 10)
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    line.hang_up_all()


def _in_journal(trial: Trial, kind: str) -> bool:
    return any(f'"{kind}"' in path.read_text() for path in trial.settings.folders.journal.glob("*.jsonl"))


def _complete(record: Record) -> None:
    """Every fact of the call is there once, in the order in which it happened."""
    assert [fact.seq for fact in record.facts] == list(range(len(record.facts)))
    kinds = record.kinds
    assert kinds[0] == "opened" and kinds[-1] == "ended" and kinds.count("talk") == 1
    assert kinds.index("planned") < kinds.index("rung") < kinds.index("talk") < kinds.index("talk_over")
    assert [fact.at for fact in record.facts] == sorted(fact.at for fact in record.facts)
    assert (record.talked, record.redials) == (True, [])
    assert len(record.recordings) == 1


def test_a_hotline_that_starts_without_its_database_serves_calls_and_loads_them_later(
    line: Scene, databases: Databases, database_url: str
) -> None:
    trial = line.trial
    databases.take_away(database_url)
    trial.start_controller()
    _call(line, "13900030001")
    wait_until(lambda: _in_journal(trial, "ended"), 5, "the call is in the journal")
    databases.bring_back(database_url)
    _complete(line.book.wait("13900030001", 20))
    wait_until(lambda: not _in_journal(trial, "ended"), 5, "the journal is empty again")


def test_a_database_that_goes_away_in_a_call_loses_nothing(
    line: Scene, databases: Databases, database_url: str
) -> None:
    trial = line.trial
    trial.start_controller()
    citizen = line.press_zero("13900030002")
    line.wait(names.KIND_RUNG, citizen, 5)
    line.book.wait("13900030002", 5, ended=False)
    line.book.close()
    databases.take_away(database_url)
    line.talk_to(citizen, line.phone(DIRECTOR), 10)
    line.hang_up_all()
    _call(line, "13900030003")
    wait_until(lambda: _in_journal(trial, "ended"), 5, "the calls are in the journal")
    databases.bring_back(database_url)
    line.book = CaseBook(trial)
    for number in ("13900030002", "13900030003"):
        _complete(line.book.wait(number, 20))
    trial.stop_controller()
    trial.start_controller()
    for number in ("13900030002", "13900030003"):
        _complete(line.book.only(number))


def test_a_database_locked_by_somebody_else_for_long_loses_nothing(
    line: Scene, databases: Databases, database_url: str
) -> None:
    trial = line.trial
    trial.start_controller()
    with databases.written_elsewhere(database_url):
        _call(line, "13900030004")
        wait_until(lambda: _in_journal(trial, "ended"), 10, "the call is in the journal")
        assert line.book.of("13900030004") == []
    _complete(line.book.wait("13900030004", 20))


def test_a_journal_outlives_a_killed_controller(line: Scene, databases: Databases, database_url: str) -> None:
    """Database gone, then the controller too: the next one loads what the first one wrote down."""
    trial = line.trial
    controller = trial.start_controller()
    databases.take_away(database_url)
    citizen = line.press_zero("13900030005")
    line.talk_to(citizen, line.phone(DIRECTOR), 10)
    wait_until(lambda: _in_journal(trial, "talk"), 5, "the talk is in the journal")
    controller.kill()
    line.hang_up_all()
    databases.bring_back(database_url)
    trial.start_controller()
    record = line.book.wait("13900030005", 20)
    assert (record.talked, record.redials) == (True, [])
    assert record.kinds.count("opened") == record.kinds.count("talk") == record.kinds.count("ended") == 1

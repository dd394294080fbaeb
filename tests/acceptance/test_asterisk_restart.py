"""Asterisk restarted or killed under a running controller: it connects again, and the next call works."""

from collections.abc import Iterator

import pytest

from dialplans import names
from dialplans.asterisk import AsteriskServer
from ivr.softphone_plan import busy
from tests.acceptance.witness import LONGEST_SILENCE, ROOM, Scene, scene, takes_it, write_roster
from zhitong.trial import Trial, wait_until

DIRECTOR, DEPUTY = "13808750001", "13808750002"


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    roster = write_roster(tmp_path_factory.mktemp("roster") / "roster.toml", DIRECTOR, DEPUTY)
    with Trial(overrides={"files": {"roster": str(roster)}}) as trial:
        trial.start_controller()
        yield trial


@pytest.fixture
def line(trial: Trial) -> Iterator[Scene]:
    with scene(trial) as line:
        for number in (DIRECTOR, DEPUTY, ROOM):
            line.phone(number).behaviour("no-answer")
        yield line


@pytest.mark.parametrize(("end", "tail"), [(AsteriskServer.stop, 1), (AsteriskServer.kill, 2)])
def test_the_controller_finds_an_asterisk_that_was_restarted(line: Scene, end: object, tail: int) -> None:
    """Its ladders stand there again, calls that were cut off are rung again, and the next call works."""
    trial = line.trial
    cut = line.press_zero(f"1390005000{tail}")
    line.phone(DIRECTOR).wait_ringing(5)
    end(trial.asterisk)
    cut.hang_up()
    line.hang_up_all()
    for path in (trial.asterisk.config.folder / "lib").glob("astdb*"):
        path.unlink()  # a new machine: no ladder, no note
    trial.asterisk.start()
    line.listen_again()
    wait_until(
        lambda: f"{DIRECTOR}&{DEPUTY}&{ROOM}" in trial.asterisk.cli(f"database show {names.DB_DUTY}"), 15, "the ladders"
    )
    line.phone(DIRECTOR).will(busy())
    deputy = line.phone(DEPUTY).will(takes_it(0.3))
    citizen = line.press_zero(f"1390005001{tail}")
    line.talk_to(citizen, deputy, 10)
    assert line.waited_in_silence(citizen) < LONGEST_SILENCE
    line.hang_up_all()
    record = line.book.wait(citizen.number, 20)
    assert record.talked and record.kinds.count("planned") == 1 and "fallback" not in record.kinds
    lost = line.book.wait(cut.number, 30)
    assert not lost.talked and len(lost.redials) == 1

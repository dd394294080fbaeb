"""A callback is made exactly once, whenever the controller dies: while it rings, while it is being held, in between."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.case import CaseState
from ivr.softphone import PhoneCall
from ivr.softphone_plan import answer, ring
from routing.calendar import LOCAL
from tests.acceptance.callbacks import close, due_at, have_talked, stored_callbacks
from tests.acceptance.stage import MORNING, NOTICES, SURELY, Setting, Stage, found, open_stage
from tests.acceptance.witness import INSISTS
from zhitong.trial import wait_until

INSISTS_AT_ONCE = (ring(), answer(), *INSISTS)
RINGING, TALKING, QUIET = "13700000101", "13700000102", "13700000103"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Two citizens whose cases were closed, a third whose case is; the controller is down."""
    setting = Setting(short=NOTICES, recognition_trial=False, lines=3)
    with open_stage(setting, tmp_path) as stage:
        have_talked(stage, (RINGING, TALKING, QUIET))
        for citizen in (RINGING, TALKING, QUIET):
            close(stage, citizen)
        stage.trial.stop_controller()
        yield stage


def start(stage: Stage, at: datetime) -> int:
    """A controller of its own at this time; returns its process id."""
    controller = stage.trial.start_controller("-m", "tests.acceptance.controller_at", at.isoformat())
    return controller.pid


def incoming(stage: Stage, citizen: str) -> list[PhoneCall]:
    """The calls that the system made to a citizen."""
    return [call for call in stage.phone(citizen).calls if call.incoming]


def test_a_callback_is_made_exactly_once_over_a_kill_of_the_controller(stage: Stage) -> None:
    due = max(due_at(stage, citizen) for citizen in (RINGING, TALKING, QUIET))
    stage.phone(QUIET).behaviour("busy")
    start(stage, due)
    ringing, talking = (stage.phone(citizen).wait_ringing(20) for citizen in (RINGING, TALKING))
    stage.phone(QUIET).wait_called(20)
    talking.answer()
    talking.wait_sound(10)
    assert stage.trial.controller is not None
    stage.trial.controller.kill()
    ringing.answer()
    for call in (ringing, talking):
        call.wait_disconnected(20)
        assert found(stage.prompt("callback_static"), call.heard().pcm) > SURELY, "it says that it calls again"

    def all_put_off() -> bool:
        return all(due_at(stage, citizen) > due + timedelta(hours=6) for citizen in (RINGING, TALKING))

    start(stage, due + timedelta(minutes=1))
    wait_until(all_put_off, 30, "the callbacks are due another day")
    start_again = due + timedelta(minutes=20)  # whoever held the tasks when they died no longer does
    stage.trial.stop_controller()
    start(stage, start_again)
    wait_until(lambda: due_at(stage, QUIET) > due + timedelta(hours=6), 30, "the busy one, too, is called another day")
    assert [len(incoming(stage, citizen)) for citizen in (RINGING, TALKING, QUIET)] == [1, 1, 1]
    stage.trial.stop_controller()

    for citizen in (RINGING, TALKING):
        stage.phone(citizen).will(INSISTS_AT_ONCE)
    tomorrow = max(due_at(stage, citizen) for citizen in (RINGING, TALKING))
    assert tomorrow.astimezone(LOCAL).date() == MORNING.date() + timedelta(days=1)
    start(stage, tomorrow)
    for citizen in (RINGING, TALKING):
        wait_until(
            lambda citizen=citizen: stage.cases.only(citizen).case.state is CaseState.STRUCK_OFF,
            40,
            "the cases are done",
        )
        assert len(incoming(stage, citizen)) == 2
        assert [row.solved for row in stored_callbacks(stage, citizen)] == ["", "yes"]

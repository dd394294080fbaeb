"""A caller whom the desk puts through: [directed], out of ringing and out of a talk, with a controller and without."""

from collections.abc import Iterator

import pytest

from dialplans import names
from dialplans.asterisk import AsteriskServer
from ivr.ami import Ami
from ivr.softphone import PhoneCall
from ivr.softphone_plan import accepts, no_answer
from tests.fakes.scripted_controller import ScriptedController
from tests.integration.dialplans.conftest import Line, rings, rung
from zhitong.trial import wait_until


@pytest.fixture(scope="module")
def ami(asterisk: AsteriskServer) -> Iterator[Ami]:
    found = Ami(port=asterisk.config.ami_port, user=names.AMI_USER, secret=asterisk.config.ami_secret)
    found.start()
    assert found.wait_up(5)
    yield found
    found.stop()


def directed(line: Line, ami: Ami, citizen: PhoneCall) -> None:
    """Send the caller there, as the controller does."""
    call = line.call_id(citizen)
    (channel,) = [channel.name for channel in ami.channels() if channel.id == call]
    ami.redirect(channel, names.CONTEXT_DIRECTED)


def wants(controller: ScriptedController, *numbers: str) -> None:
    """These are rung, the first of them connected as it answers."""
    told = {"LADDER": "&".join(numbers), "OPEN": numbers[0]}
    controller.answers[names.AGI_DIRECTED] = lambda agi: agi.set(**told, HL_STATE=names.STATE_RING)


def test_what_rings_is_let_go_and_whom_the_desk_wants_is_rung(
    line: Line, controller: ScriptedController, ami: Ami
) -> None:
    first, second = line.phone(no_answer()), line.phone(accepts())
    base = rings(controller, first)
    citizen = line.dial()
    leg = first.wait_ringing(5)
    wants(controller, second.number)
    directed(line, ami, citizen)
    assert controller.wait_request(names.AGI_DIRECTED, 3).path.startswith(f"{names.AGI_DIRECTED}/{base}")
    leg.wait_cancelled(3)
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=second.number)
    assert [event["Rung"] for event in line.ear.of(names.KIND_RUNG, call)] == ["1", "2"], "rungs count on"
    citizen.hang_up()


def test_who_talks_is_let_go_and_the_same_one_can_be_rung_again(
    line: Line, controller: ScriptedController, ami: Ami
) -> None:
    first, second = line.phone(accepts()), line.phone(no_answer())
    rings(controller, first, OPEN=first.number)
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=first.number)
    talking = first.wait_called(0)
    wants(controller, second.number, first.number)
    directed(line, ami, citizen)
    over = line.ear.wait(names.KIND_TALKOVER, 3, call=call)
    assert (over["Why"], over["Number"]) == ("directed", first.number)
    talking.wait_disconnected(3)
    second.wait_ringing(5)
    assert citizen.live
    wants(controller, first.number)
    first.will(no_answer())
    directed(line, ami, citizen)
    first.wait_ringing(5)
    assert rung(line, call) == [first.number, second.number, first.number]
    citizen.hang_up()


def test_a_controller_that_does_not_answer_leaves_the_ladder_there_was(
    line: Line, controller: ScriptedController, ami: Ami
) -> None:
    first = line.phone(no_answer())
    rings(controller, first)
    citizen = line.dial()
    first.wait_ringing(5)
    controller.answers.clear()
    directed(line, ami, citizen)
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_FALLBACK, 10, call=call)
    wait_until(lambda: len(rung(line, call)) >= 2, 8, "it is rung once more")
    assert citizen.live
    citizen.hang_up()

"""A call with an official whose sound breaks, over real sockets: nobody is left without a call that is kept."""

from dataclasses import replace

import pytest

from dialplans import names
from ivr.menu import Menu, Sentence, StaffCall, StaffPorts
from tests.fakes.asterisk_side import CALL_ID, AsteriskSide
from tests.fakes.call_ports import LADDER, Facts, fake_ports

OFFICIAL = "13900000001"
MENU = Menu(say=(Sentence(key="staff_menu"),), keys={"1": lambda: Menu(say=(Sentence(key="staff_thanks"),))})


@pytest.fixture
def facts():
    return Facts()


def ports(facts, tmp_path, **staff):
    made = fake_ports(facts, folder=tmp_path, staff=StaffPorts(**staff))
    return replace(made, settings=replace(made.settings, meet_limit=5.0, step_limit=3.0, ring_limit=20.0))


def dialled(facts, tmp_path):
    return ports(facts, tmp_path, whose=lambda number: "zhang", dialled=lambda official, number: MENU)


def breaks(asterisk, facts, prompt):
    """The sound breaks once this has been asked; what the dialplan is told then."""
    sound = asterisk.sound()
    facts.wait("asked", prompt=prompt)
    sound.hang_up()
    return asterisk.raw_request(f"next/{asterisk.base}-a00000000001", "", "FAILED")


def test_an_official_who_dials_and_loses_the_sound_is_served_as_a_citizen_with_a_case(facts, tmp_path):
    with AsteriskSide(dialled(facts, tmp_path)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, OFFICIAL, "08702128888")
        assert breaks(asterisk, facts, "staff_menu")["HL_STATE"] == names.STATE_OPEN, "as any citizen: told, recorded"
        told = breaks(asterisk, facts, "question")
        assert (told["HL_STATE"], told["SHARED(LADDER)"]) == (names.STATE_RING, "&".join(LADDER))
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")
    assert [opened["kind"] for opened in facts.told("opened")] == ["inbound"], "it is kept, and rung back"


def test_an_official_who_hangs_up_in_the_menu_makes_no_case(facts, tmp_path):
    with AsteriskSide(dialled(facts, tmp_path)) as asterisk:
        asterisk.raw_request("answer", CALL_ID, OFFICIAL, "08702128888")
        sound = asterisk.sound()
        facts.wait("asked", prompt="staff_menu")
        sound.hang_up()
        asterisk.tell(names.KIND_GONE, Phase="listen")
        facts.wait("ended")
    assert [opened["kind"] for opened in facts.told("opened")] == ["staff"]


@pytest.mark.parametrize("lost", [True, False])
def test_that_the_sound_of_a_call_to_an_official_broke_is_told_from_his_hanging_up(facts, tmp_path, lost):
    over = []
    placed = StaffCall(number=OFFICIAL, menu=MENU)
    made = ports(facts, tmp_path, placed=lambda task: placed, over=lambda *told: over.append(told))
    with AsteriskSide(made) as asterisk:
        asterisk.raw_request("staff/7", CALL_ID, "", "08702128888")
        if lost:
            assert breaks(asterisk, facts, "staff_menu") == {}, "the dialplan says that we call again"
        else:
            sound = asterisk.sound()
            facts.wait("asked", prompt="staff_menu")
            sound.hang_up()
        asterisk.tell(names.KIND_GONE, Phase="listen")
        facts.wait("ended")
    assert over == [(7, OFFICIAL, lost)]

"""A call that the desk puts through to somebody, over real sockets: wherever its caller is just then."""

from pathlib import Path

import pytest

from dialplans import names
from routing.route import Rung
from tests.fakes.asterisk_side import CALL_ID, AsteriskSide
from tests.fakes.call_ports import LADDER, Facts, fake_ports

WANTED = Rung(number="13800000009", official_id="li", name="李春燕", post="副局长", reason="值班台转接")


@pytest.fixture
def facts() -> Facts:
    return Facts()


def directed(asterisk: AsteriskSide, rung: Rung = WANTED) -> dict[str, str]:
    """What the dialplan is told once the caller was sent to [directed]."""
    asterisk.switchboard.direct(CALL_ID, rung)
    return asterisk.raw_request(f"{names.AGI_DIRECTED}/{asterisk.base}-a00000000001")


def ladder(told: dict[str, str]) -> list[str]:
    return told[f"SHARED({names.LADDER})"].split("&")


def test_a_caller_who_is_being_asked_is_put_through_and_then_the_ladder_goes_on(facts: Facts, tmp_path: Path) -> None:
    with AsteriskSide(fake_ports(facts, folder=tmp_path)) as asterisk:
        asterisk.request("answer")
        sound = asterisk.sound()
        facts.wait("asked", prompt="question")
        assert asterisk.switchboard.channel_of(CALL_ID) == "PJSIP/trunk-00000004"
        sound.hang_up()
        told = directed(asterisk)
        assert told[names.STATE] == names.STATE_RING and ladder(told) == [WANTED.number, *LADDER]
        assert facts.wait("planned").detail["rungs"][0]["name"] == "李春燕"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")
        assert asterisk.switchboard.channel_of(CALL_ID) == "", "it is up no more"


def test_rungs_count_on_when_somebody_was_rung_before(facts: Facts, tmp_path: Path) -> None:
    with AsteriskSide(fake_ports(facts, folder=tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.request("next")
        for i in (1, 2):
            asterisk.tell(names.KIND_RUNG, Rung=str(i), Number=LADDER[i - 1])
        facts.wait("rung", i=2)
        told = directed(asterisk)
        assert ladder(told) == [WANTED.number, *LADDER]
        assert f"SHARED({names.PROGRESS}3)" in told and f"SHARED({names.PROGRESS}1)" not in told
        assert told[f"SHARED({names.STAGGER_OF}3)"] == "", "what the ladder of before had for that rung is gone"
        asterisk.tell(names.KIND_TALK, Rung="3", Number=WANTED.number)
        facts.wait("talk", number=WANTED.number)
        again = directed(asterisk, Rung(number=LADDER[-1], official_id="duty_room", name="值班室", post="", reason="x"))
        assert ladder(again) == [LADDER[-1], WANTED.number, *LADDER]
        assert again[f"SHARED({names.OPEN_END})"] == LADDER[-1], "the duty room is connected as it answers"
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")


def test_a_call_that_the_dialplan_leads_alone_is_not_planned_anew(facts: Facts, tmp_path: Path) -> None:
    with AsteriskSide(fake_ports(facts, folder=tmp_path)) as asterisk:
        asterisk.request("answer")
        asterisk.sound().hang_up()
        asterisk.tell(names.KIND_FALLBACK, Step="listen")
        facts.wait("fallback")
        assert directed(asterisk) == {}
        asterisk.tell(names.KIND_GONE, Phase="ring")
        facts.wait("ended")


def test_who_is_wanted_is_nobody_in_a_call_that_is_not_up(facts: Facts, tmp_path: Path) -> None:
    with AsteriskSide(fake_ports(facts, folder=tmp_path)) as asterisk:
        asterisk.switchboard.direct("9.9", WANTED)
        assert asterisk.switchboard.channel_of("9.9") == ""

"""On the real Asterisk: who has a case open is told that it is worked on, and put through to who handles it."""

import pytest

from ivr.softphone_audio import speech
from tests.acceptance.stage import DEPUTY, DIRECTOR, QUICK, SURELY, Setting, Stage, found


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(recognition_trial=False, overrides=QUICK)


def test_who_has_a_case_open_hears_so_and_gets_who_talked_with_them(stage: Stage, citizen: str) -> None:
    stage.phone(DIRECTOR).behaviour("no-answer")
    stage.phone(DEPUTY).behaviour("accept", after=0, key_after=2, talk=6)
    first = stage.dial(citizen)
    first.wait_sound_after(first.wait_asked("question"))
    first.call.say(speech("我住在扎西镇河边今天又停水没人管"))
    first.wait("talk", 30, number=DEPUTY)
    first.wait("ended", 30)
    case = stage.case(citizen).case
    stage.network.wait_all_over(8)

    again = stage.dial(citizen)
    asked = again.wait_asked("open_case")
    text = asked.detail["text"]
    assert text.startswith("您今天打来的那件事正在办，") and "以前给您准信" in text
    assert not [word for word in (case.matter_name, case.place) if word in text], "the telephone may be shared"
    again.wait_sound_after(asked)
    again.call.wait_quiet(20, quiet=0.6)
    again.call.say(speech("找他"))
    planned = again.wait("planned", 15)
    assert planned.detail["rungs"][0]["number"] == DEPUTY
    assert "经办人" in planned.detail["rungs"][0]["reason"]
    again.wait("talk", 15, number=DEPUTY)
    day, when = text.removeprefix("您").split("打来的")[0], text.split("正在办，")[1].split("以前")[0]
    assert found(stage.prompt("open_case", day=day, when=when), again.call.heard().pcm) > SURELY
    again.call.hang_up()

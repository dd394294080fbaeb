"""On the real Asterisk: the clip of a call is kept for learning with the citizen's yes, and with nothing else."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cases.case import CaseState
from ivr.softphone_audio import speech
from tests.acceptance.callbacks import CalledBack, case_of, close, forward_to_due, pick_up
from tests.acceptance.stage import DIRECTOR, NOTICES, SURELY, Setting, Stage, together
from zhitong.settings import SHIPPED
from zhitong.store.engine import reading
from zhitong.store.recordings import recordings_of_case
from zhitong.store.timeline import timeline_of

AGREES, REFUSES, HANGS_UP = "13700001101", "13700001102", "13700001103"
REQUEST = "我住在扎西镇河边今天又停水没人管"


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """The county asks, and keeps such clips for 45 days."""
    config = tmp_path_factory.mktemp("config")
    shutil.copytree(Path(SHIPPED).parent, config, dirs_exist_ok=True)
    for name, shipped, here in (
        ("policies/calling.toml", "learn = false ", "learn = true "),
        ("policies/calling.toml", "coached_percent = 5 ", "coached_percent = 0 "),
        ("retention.toml", "log = 190", "log = 190, learning = 45"),
    ):
        text = (config / name).read_text("utf-8")
        assert shipped in text
        (config / name).write_text(text.replace(shipped, here), "utf-8")
    overrides = {"files": {"rules": str(config)}}
    return Setting(short=NOTICES, recognition_trial=False, lines=3, overrides=overrides)


def have_told(stage: Stage, citizens: Sequence[str]) -> None:
    """All these citizens say what it is about, and the director talks with each of them."""
    stage.phone(DIRECTOR).behaviour("accept", after=0, key_after=2, talk=6)

    def tell(citizen: str) -> None:
        caller = stage.dial(citizen)
        caller.wait_sound_after(caller.wait_asked("question"))
        caller.call.say(speech(REQUEST))
        caller.wait("talk_over", 40)
        caller.wait("ended", 25)

    together(*[lambda citizen=citizen: tell(citizen) for citizen in citizens])
    stage.network.wait_all_over(8)


def asked_for_the_clip(stage: Stage, citizen: str) -> CalledBack:
    """The citizen is called back, says that all is well, and hears the question."""
    back = pick_up(stage, citizen)
    for question in ("callback_open", "callback_solved", "callback_satisfied"):
        back.press(question, "1")
    asked = back.wait("asked", 15, prompt="callback_learn")
    assert "能不能留四十五天" in asked.detail["text"]
    return back


def kept(stage: Stage, citizen: str) -> list[Path]:
    """What is kept of this citizen for learning."""
    stage.hotline.tick()
    with reading(stage.hotline.engine) as connection:
        rows = recordings_of_case(connection, case_of(stage, citizen).number)
    return [stage.trial.settings.folders.recordings / row.path for row in rows if row.kind == "learning"]


def test_only_with_a_yes_to_the_question_the_clip_is_kept_and_its_time_is_told(stage: Stage) -> None:
    citizens = (AGREES, REFUSES, HANGS_UP)
    have_told(stage, citizens)
    for citizen in citizens:
        stage.phone(citizen).behaviour("no-answer")
        close(stage, citizen)
    forward_to_due(stage, HANGS_UP)

    def agrees() -> None:
        back = asked_for_the_clip(stage, AGREES)
        back.call.wait_quiet(30, quiet=1.0)
        assert back.heard("callback_learn", span="45天") > SURELY
        back.press("callback_learn", "1")
        back.wait_over()
        assert back.answers["learn"] == ("yes", "key") and back.heard("callback_thanks") > SURELY

    def refuses() -> None:
        back = asked_for_the_clip(stage, REFUSES)
        back.press("callback_learn", "2")
        back.wait_over()
        assert back.answers["learn"] == ("no", "key")

    def hangs_up() -> None:
        back = asked_for_the_clip(stage, HANGS_UP)
        back.call.hang_up()
        back.wait_written()

    together(agrees, refuses, hangs_up)
    assert {case_of(stage, citizen).state for citizen in citizens} == {CaseState.STRUCK_OFF}
    assert (kept(stage, REFUSES), kept(stage, HANGS_UP)) == ([], [])
    (clip,) = kept(stage, AGREES)
    assert clip.parent.name == "learning" and clip.stat().st_size > 16000
    assert list(clip.parent.iterdir()) == [clip]
    with reading(stage.hotline.engine) as connection:
        told = [row.text for row in timeline_of(connection, case_of(stage, AGREES).number)]
    assert any("群众在回访时同意" in text and "留作学习" in text for text in told)

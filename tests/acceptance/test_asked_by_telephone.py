"""On the real Asterisk: the question that supervision alone knows of, and the call that a written case begins with."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cases.case import Case, CaseEvent, CaseState, apply
from cases.roles import Actor, Role
from ivr.softphone_audio import speech
from tests.acceptance.callbacks import CalledBack, case_of, close_and_pick_up, have_talked
from tests.acceptance.stage import NOTICES, SURELY, SURELY_NOT, Setting, Stage, wait_heard
from tests.fakes.closing import DESK
from zhitong.settings import SHIPPED
from zhitong.store.cases import get_case, insert_cases
from zhitong.store.engine import reading, writing
from zhitong.store.recordings import recordings_of_case
from zhitong.store.timeline import timeline_of
from zhitong.usecases.coached import coached_since
from zhitong.usecases.confirm_case import confirm_later
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.suspect_closing import COACHED, list_suspected

PERSON, WRITER = "13700001001", "13700001002"
NUMBER = "20260304-100000-0777"
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """Every callback is drawn."""
    config = tmp_path_factory.mktemp("config")
    shutil.copytree(Path(SHIPPED).parent, config, dirs_exist_ok=True)
    calling = config / "policies" / "calling.toml"
    calling.write_text(calling.read_text("utf-8").replace("coached_percent = 5 ", "coached_percent = 100 "), "utf-8")
    return Setting(short=NOTICES, recognition_trial=False, overrides={"files": {"rules": str(config)}})


def test_the_last_question_is_asked_and_only_supervision_learns_of_it(stage: Stage) -> None:
    assert stage.hotline.rules.callback.coached == 1.0
    have_talked(stage, [PERSON])
    back = close_and_pick_up(stage, PERSON)
    back.press("callback_open", "1")
    back.press("callback_solved", "1")
    back.press("callback_satisfied", "1")
    wait_heard(back.call, stage.prompt("callback_coached"), 25, "the last question is asked")
    back.call.press("1")
    back.wait_over()
    assert back.heard("callback_thanks") > SURELY
    case = case_of(stage, PERSON)
    assert case.state is CaseState.STRUCK_OFF
    engine, now = stage.hotline.engine, stage.clock.now()
    found = [(one.case_number, one.text) for one in list_suspected(engine, by=SUPERVISION, now=now)]
    assert found == [(case.number, COACHED)]
    assert coached_since(engine, by=SUPERVISION, since=now - timedelta(days=1), now=now) == {"yes": 1}

    assert not stage.watcher.facts("aside"), "nobody who watches is told"
    assert [fact.detail["key"] for fact in back.facts("pressed")] == ["1", "1", "1"]
    assert not [fact for fact in back.facts("asked") if "coached" in fact.detail["prompt"]]
    lines = "\n".join(replay_call(engine, call_id=back.id, by=DESK, now=now))
    with reading(engine) as connection:
        lines += "".join(row.text for row in timeline_of(connection, case.number))
    assert "满意" in lines and "叫您说" not in lines and "叫他说" not in lines and "督查" not in lines


def written(stage: Stage) -> Case:
    """A case that came by the web this moment."""
    now, rules = stage.clock.now(), stage.hotline.rules
    case = Case(
        number=NUMBER,
        call_id="web:777",
        caller=WRITER,
        dialled="",
        answered_at=now,
        channel="网上",
        matter="A1",
        matter_name="供水饮水",
        type="求助",
        urgency="orange",
        place="扎西镇",
        transcript="家里停水三天",
    )
    case = apply(case, CaseEvent.ASSIGN, at=now, unit="水务局")
    with writing(stage.hotline.engine) as connection:
        insert_cases(connection, [(replace(case, short=""), now + timedelta(days=365))])
        confirm_later(connection, rules, case, at=now)
    return case


def test_who_wrote_is_called_says_that_it_is_his_and_adds_something(stage: Stage) -> None:
    stage.phone(WRITER).behaviour("no-answer")
    since = stage.watcher.count
    case = written(stage)
    stage.hotline.tick()
    ringing = stage.phone(WRITER).wait_ringing(20)
    ringing.answer()
    opened = stage.watcher.wait("opened", limit=5, since=since, kind="confirm", caller=WRITER)
    back = CalledBack(stage, WRITER, ringing, opened.call_id)
    matter = {"day": "今天", "channel": case.channel, "place": case.place, "matter": case.matter_name}
    back.wait("asked", 5, prompt="confirm_open")
    ringing.wait_quiet(30, quiet=1.0)
    assert back.heard("confirm_matter", **matter) < SURELY_NOT, "nothing is disclosed yet"
    ringing.press("1")
    back.wait("asked", 10, prompt="confirm_yours")
    wait_heard(ringing, stage.prompt("confirm_matter", **matter), 20, "day, channel and matter are said")
    wait_heard(ringing, stage.prompt("confirm_yours"), 20, "whether it is his is asked")
    back.say("confirm_yours", "是的")
    back.press("confirm_more", "1")
    back.wait("asked", 10, prompt="confirm_say")
    wait_heard(ringing, stage.prompt("confirm_say"), 20, "what there is to add is asked for")
    ringing.say(speech("水管昨天又坏了没人管"))
    back.wait_over()
    assert back.heard("confirm_noted") > SURELY
    engine = stage.hotline.engine
    with reading(engine) as connection:
        stored = get_case(connection, NUMBER)
        told = [row.text for row in timeline_of(connection, NUMBER)]
        kept = recordings_of_case(connection, NUMBER)
    assert "群众确认属实，并补充了情况" in told and stored.state is CaseState.ASSIGNED
    assert "补充：" in stored.transcript and "没人管" in stored.transcript
    assert [row.kind for row in kept] == ["message"]
    assert (stage.trial.settings.folders.recordings / kept[0].path).stat().st_size > 16000

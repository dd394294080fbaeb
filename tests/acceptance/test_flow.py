"""话务流程 on a real Asterisk: what stands between notice and question, and that it never keeps a person away."""

from collections.abc import Iterator

import pytest

from cases.roles import Actor, Role
from ivr.softphone_audio import speech
from tests.acceptance.stage import DIRECTOR, QUICK, SURELY, Caller, Setting, Stage, found
from zhitong.flow_keeper import copy_path
from zhitong.flows import line_prompts
from zhitong.store.engine import writing
from zhitong.store.flows import FlowEdition, add_flow, digest_of
from zhitong.trial import wait_until
from zhitong.usecases.edit_flow import see_flow
from zhitong.usecases.publish_flow import publish_flow, restore_flow

LINE = "08702128888"
ADMIN = Actor(name="陈工", roles=frozenset({Role.ADMIN}))
FLOW = """
line = "0870-2128888"
start = "菜单"
[[step]]
name = "菜单"
kind = "按键"
say = ["菜单"]
seconds = 2
repeat = 0
keys = { 1 = "找局长", 2 = "公告", 3 = "留言", 4 = "再见", 5 = "自己写", 6 = "等着", 9 = "菜单" }
[[step]]
name = "公告"
kind = "播放"
say = ["公告"]
then = "菜单"
[[step]]
name = "自己写"
kind = "片段"
fragment = "自己写"
then = "找局长"
else = "公告"
[[step]]
name = "等着"
kind = "片段"
fragment = "等着"
seconds = 2
then = "再见"
[[prompt]]
name = "菜单"
text = "您好请按键。"
[[prompt]]
name = "公告"
text = "今天大厅照常上班。"
[[fragment]]
name = "自己写"
lines = '''
Set(OWN_HEAD=${OWN_FROM:0:2})
GotoIf($["${OWN_HEAD}"="13" & ${LEN(${OWN_FROM})}>10]?end)
Return()
(end),Set(OWN_ELSE=yes)
'''
[[fragment]]
name = "等着"
lines = "Wait(20)"
"""


def publish(stage: Stage, text: str, reason: str = "试一试") -> int:
    hotline = stage.hotline
    on = see_flow(hotline.engine, line=LINE, by=ADMIN, now=hotline.clock.now()).newest
    told = {"prompts": line_prompts(hotline.book), "by": ADMIN, "reason": reason, "now": hotline.clock.now()}
    if not text:
        return restore_flow(hotline.engine, line=LINE, edition=0, on=on, **told).number
    return publish_flow(hotline.engine, line=LINE, text=text, on=on, **told).number


def settled(stage: Stage, number: int, limit: float = 40) -> FlowEdition:
    """The edition, once it is known what became of it."""

    def state() -> FlowEdition:
        seen = see_flow(stage.hotline.engine, line=LINE, by=ADMIN, now=stage.hotline.clock.now())
        return next(one for one in seen.editions if one.number == number)

    wait_until(lambda: state().state != "published", limit, f"edition {number} is used or refused")
    return state()


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(overrides=QUICK, short=("notice", "thanks", "message"))


@pytest.fixture
def flow(stage: Stage) -> Iterator[int]:
    """The line goes by FLOW, and afterwards by none."""
    number = publish(stage, FLOW)
    assert settled(stage, number).state == "used"
    yield number
    none = publish(stage, "")
    assert settled(stage, none).state == "used"


def ended(caller: Caller) -> None:
    caller.call.hang_up()
    caller.wait("ended", 10)


def at_menu(stage: Stage, citizen: str) -> Caller:
    caller = stage.dial(citizen)
    caller.wait("flow", 10, step="菜单")
    return caller


def test_who_does_nothing_or_presses_1_is_asked_and_who_presses_0_has_a_director_rung(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    silent = at_menu(stage, next(citizens))
    assert silent.wait("flow", 1, edition=flow)
    silent.wait_asked("question", 15)
    silent.wait_sound_after(silent.wait_asked("question"))
    silent.call.wait_quiet(10, quiet=0.5)
    silent.call.say(speech("停水"))
    silent.wait("heard", 10)
    assert found(stage.prompt("question"), silent.call.heard().pcm) > SURELY
    ended(silent)
    assert [fact.detail.get("step") for fact in silent.facts("flow")][1:] == ["菜单", "找局长"]

    one = at_menu(stage, next(citizens))
    one.call.press("1")
    one.wait_asked("question", 5)
    ended(one)

    stage.phone(DIRECTOR).behaviour("accept")
    zero = at_menu(stage, next(citizens))
    zero.call.press("0")
    zero.wait("flow", 3, step="菜单", key="0")
    zero.wait("planned", 5)
    assert zero.steps[-1] == "找人:transfer_person"
    stage.phone(DIRECTOR).wait_called(8)
    ended(zero)


def test_a_message_is_left_with_a_promise_and_a_goodbye_ends_the_call_with_a_case(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    left = at_menu(stage, next(citizens))
    left.call.press("3")
    left.wait("promise", 8)
    left.call.wait_quiet(15, quiet=0.5)
    left.call.say(speech("停水"))
    ended(left)
    stage.case(left.call.number)
    assert any(fact.kind == "message" for fact in left.facts())

    bye = at_menu(stage, next(citizens))
    bye.call.press("4")
    bye.wait("ended", 10)
    assert not bye.facts("planned")
    assert [fact.detail.get("step") for fact in bye.facts("flow")][-1] == "再见"


def test_own_asterisk_decides_by_the_callers_number_and_one_that_hangs_is_left_for_the_question(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    own = at_menu(stage, next(citizens))
    own.call.press("5")
    own.wait("flow", 5, step="公告")
    ended(own)

    hanging = at_menu(stage, next(citizens))
    hanging.call.press("6")
    hanging.wait("flow", 5, step="等着")
    hanging.wait_asked("question", 8)
    ended(hanging)
    hanging.wait("flow", 1, why="late")  # told by AMI: while the question is put nobody listens to it


def test_who_hangs_up_in_the_flow_has_a_case_and_key_0_in_the_notice_passes_it_by(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    gone = at_menu(stage, next(citizens))
    ended(gone)
    stage.case(gone.call.number)
    assert gone.facts("gone")[0].detail["phase"] == "listen"

    again = stage.dial(next(citizens))
    again.call.press("0")
    again.wait("planned", 5)
    assert not again.facts("flow")
    ended(again)


def test_a_caller_in_a_flow_stays_in_it_when_another_edition_comes(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    long = FLOW.replace("seconds = 2\nrepeat = 0", "seconds = 14\nrepeat = 0")
    assert settled(stage, publish(stage, long)).state == "used"
    caller = at_menu(stage, next(citizens))
    other = publish(stage, FLOW.replace("seconds = 2\nrepeat = 0", "seconds = 1\nrepeat = 0"))
    assert settled(stage, other).state == "used"
    assert not caller.facts("asked")
    caller.call.press("2")
    caller.wait("flow", 5, step="公告")
    wait_until(lambda: [fact.detail.get("step") for fact in caller.facts("flow")][-1] == "菜单", 10, "the menu again")
    caller.call.press("1")
    caller.wait_asked("question", 5)
    ended(caller)
    after = at_menu(stage, next(citizens))
    assert after.facts("flow")[0].detail["edition"] == other
    after.wait_asked("question", 10)
    ended(after)


def test_an_edition_that_asterisk_cannot_prove_is_rolled_back_and_the_line_goes_on_as_before(
    stage: Stage, citizens: Iterator[str], flow: int
) -> None:
    with writing(stage.hotline.engine) as connection:  # as by a program that checks less
        text = FLOW.replace("repeat = 0", 'repeat = 0\nnone = "留言"')
        edition = FlowEdition(
            line=LINE, number=flow + 1, author="陈工", at=stage.hotline.clock.now(), reason="坏的", state="published",
            text=text, digest=digest_of(text),
        )  # fmt: skip
        add_flow(connection, edition)
    refused = settled(stage, flow + 1)
    assert refused.state == "refused"
    assert "什么都不按会走到 留言" in refused.why
    lost = publish(stage, FLOW.replace("今天大厅照常上班。", "今天大厅不上班。"))
    folder = stage.trial.settings.asterisk.folder / "prompts"
    assert settled(stage, lost).state == "used"
    for path in folder.glob("own_*.alaw"):
        path.unlink()
    caller = stage.dial(next(citizens))
    caller.wait_asked("question", 15)
    ended(caller)
    caller.wait("flow", 1, why="lost")
    assert copy_path(stage.trial.settings).exists()


def test_without_the_flow_the_question_comes_right_after_the_notice(stage: Stage, citizen: str) -> None:
    caller = stage.dial(citizen)
    caller.wait_asked("question", 8)
    ended(caller)
    assert not caller.facts("flow")

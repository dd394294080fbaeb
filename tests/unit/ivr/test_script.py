"""The whole table of what happens next in a call."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.surge import Seen
from ivr.script import (
    Answered,
    Ask,
    AudioLost,
    Done,
    Heard,
    Key,
    Progress,
    Quiet,
    RecognizerGone,
    Ring,
    Rules,
    answer_to_notice,
    asked_of_router,
    counts_for_surge,
    next_step,
    surge_as_met,
    told_by_redial,
    understood,
)
from recognizer.request import Request

RULES = Rules()
TRIAL = Rules(trial=True)


def request(intent="request", **changes):
    values = {
        "intent": intent,
        "matter": "A1" if intent == "request" else None,
        "matter_name": "供水饮水",
        "second": None,
        "type": "求助",
        "urgency": "normal",
        "place": "扎西镇",
        "danger": "",
        "complained_of": "",
        "confidence": 0.9,
        "evidence": ("停水",),
        "text": "扎西镇停水了",
    }
    return Request(**(values | changes))


def heard(intent="request", refuses=False, **changes):
    return Heard(request=request(intent, **changes), refuses_recording=refuses)


UNCLEAR = heard("unclear", confidence=0.0, text="嗯那个")
GREETING = heard("greeting", confidence=0.0, text="喂你好")
NOISE, SILENCE = Quiet(energy=True), Quiet(energy=False)


def play(*events, rules=RULES, progress=None):
    """The steps that follow these events, one each."""
    progress, steps = progress or Progress(), []
    for event in events:
        progress, step = next_step(progress, event, rules)
        steps.append(step)
    return steps


TABLE = [
    # events so far, what is next: (kind, prompt, wish, brief)
    ((Answered(),), ("ask", "question")),
    ((Answered(), Key(key="0")), ("ring", "transfer_person", "key0", "plain")),
    ((UNCLEAR, Key(key="0")), ("ring", "transfer_person", "key0", "clip")),
    ((Key(key="5"),), ("ask", "ask_again")),
    ((Key(key="5"), Key(key="#")), ("ring", "transfer_person", "gave_up", "plain")),
    ((heard(),), ("ring", "transfer_sure", "", "sure")),
    ((heard(confidence=0.3),), ("ring", "transfer_unsure", "", "clip")),
    ((heard("director", text="找局长"),), ("ring", "transfer_person", "director", "clip")),
    ((heard("director", text="转人工"),), ("ring", "transfer_person", "person", "clip")),
    ((heard("director", matter="A1", text="停水了找局长"),), ("ring", "transfer_person", "director", "sure")),
    ((heard("emergency", danger="fire"),), ("ring", "danger_fire", "", "clip")),
    ((heard("emergency", danger="medical"),), ("ring", "danger_medical", "", "clip")),
    ((heard("emergency", danger="crime"),), ("ring", "danger_crime", "", "clip")),
    ((heard("emergency", danger="traffic"),), ("ring", "danger_traffic", "", "clip")),
    ((heard("emergency", danger="self_harm"),), ("ring", "danger_self_harm", "", "clip")),
    ((heard("emergency"),), ("ring", "danger", "", "clip")),
    ((heard("request", danger="fire"),), ("ring", "danger_fire", "", "sure")),
    ((heard("director", danger="fire"),), ("ring", "danger_fire", "", "clip")),
    ((GREETING,), ("ask", "greeting_reply")),
    ((GREETING, GREETING), ("ask", "greeting_reply")),
    ((GREETING, GREETING, GREETING), ("ring", "transfer_person", "gave_up", "clip")),
    ((GREETING, heard()), ("ring", "transfer_sure", "", "sure")),
    ((UNCLEAR,), ("ask", "ask_again")),
    ((UNCLEAR, UNCLEAR), ("ring", "transfer_unsure", "gave_up", "clip")),
    ((UNCLEAR, heard()), ("ring", "transfer_sure", "", "sure")),
    ((UNCLEAR, GREETING), ("ask", "greeting_reply")),
    ((NOISE,), ("ask", "ask_again")),
    ((NOISE, NOISE), ("ring", "transfer_unsure", "gave_up", "clip")),
    ((NOISE, UNCLEAR), ("ring", "transfer_unsure", "gave_up", "clip")),
    ((SILENCE,), ("ask", "silent_again_1")),
    ((SILENCE, SILENCE), ("ask", "silent_again_2")),
    ((SILENCE, SILENCE, SILENCE), ("ring", "transfer_silent", "silent", "silent")),
    ((SILENCE, UNCLEAR), ("ask", "ask_again")),
    ((SILENCE, heard()), ("ring", "transfer_sure", "", "sure")),
    ((RecognizerGone(),), ("ring", "recognizer_gone", "gave_up", "plain")),
    ((UNCLEAR, RecognizerGone()), ("ring", "recognizer_gone", "gave_up", "clip")),
    ((AudioLost(),), ("ring", "transfer_unsure", "gave_up", "plain")),
    ((heard("unclear", refuses=True, text="不要录音"),), ("ask", "no_recording_ok")),
    ((heard("greeting", refuses=True, text="喂不要录音"),), ("ask", "no_recording_ok")),
    ((heard("unclear", refuses=True), heard("unclear", refuses=True)), ("ask", "ask_again")),
    ((heard("unclear", refuses=True), UNCLEAR), ("ask", "ask_again")),
    ((heard("unclear", refuses=True), heard()), ("ring", "transfer_sure", "", "sure")),
    ((heard(refuses=True),), ("ring", "transfer_sure", "", "sure")),
]


@pytest.mark.parametrize(("events", "expected"), TABLE)
def test_the_table(events, expected):
    step = play(*events)[-1]
    if expected[0] == "ask":
        assert isinstance(step, Ask)
        assert step.prompt == expected[1]
    else:
        assert isinstance(step, Ring)
        assert (step.prompt, step.wish, step.brief) == expected[1:]
    assert step.why, "every decision says why"


def test_a_line_without_question_rings_at_once():
    [step] = play(Answered(), rules=Rules(question=False))
    assert isinstance(step, Ring)


def test_a_greeting_is_neither_a_request_nor_a_failure():
    progress, _ = next_step(Progress(), GREETING, RULES)
    assert (progress.failures, progress.request) == (0, None)


def test_refusing_the_recording_is_no_failure_and_stops_it_at_once():
    progress, step = next_step(Progress(), heard("unclear", refuses=True), RULES)
    assert progress.failures == 0
    assert progress.recording_refused
    assert step.stop_recording


def test_refusing_the_recording_together_with_a_request_stops_it_and_goes_on():
    [step] = play(heard(refuses=True))
    assert isinstance(step, Ring)
    assert step.stop_recording


@pytest.mark.parametrize(
    "said", [heard(), heard(confidence=0.2), UNCLEAR, heard("director", text="找局长", matter="A1")]
)
def test_in_trial_recognition_every_caller_goes_to_a_person_with_their_own_words(said):
    [step] = play(said, rules=TRIAL)
    assert isinstance(step, Ring)
    assert step.brief == "clip"
    assert step.prompt != "transfer_sure"


def test_in_trial_recognition_danger_is_still_danger():
    [step] = play(heard("request", danger="fire"), rules=TRIAL)
    assert step.prompt == "danger_fire"


def test_danger_never_ends_the_call_it_rings():
    for danger in ("fire", "medical", "crime", "traffic", "self_harm"):
        [step] = play(heard("emergency", danger=danger))
        assert isinstance(step, Ring)


@pytest.mark.parametrize("reasks", [0, 1, 2, 5])
def test_silence_is_asked_as_often_as_set_and_then_somebody_is_rung(reasks):
    steps = play(*[SILENCE] * (reasks + 1), rules=Rules(reasks=reasks))
    assert [type(step) for step in steps] == [Ask] * reasks + [Ring]
    assert steps[-1].wish == "silent"


dangers = st.sampled_from(["", "", "", "fire", "medical", "crime", "traffic", "self_harm"])
events = st.one_of(
    st.builds(
        heard,
        st.sampled_from(["request", "director", "emergency", "unclear", "greeting"]),
        st.booleans(),
        danger=dangers,
        confidence=st.floats(0, 1),
        text=st.text(max_size=20),
    ),
    st.builds(Key, key=st.sampled_from("0123456789*#")),
    st.builds(Quiet, energy=st.booleans()),
    st.just(RecognizerGone()),
    st.just(AudioLost()),
)
rules = st.builds(
    Rules,
    question=st.booleans(),
    trial=st.booleans(),
    sure=st.floats(0, 1),
    reasks=st.integers(0, 5),
    misunderstandings=st.integers(1, 5),
)


@given(rules, st.lists(events, min_size=20, max_size=20))
def test_every_path_rings_within_a_few_steps(rules, happenings):
    progress, step = next_step(Progress(), Answered(), rules)
    asked = 0
    while isinstance(step, Ask):
        asked += 1
        assert step.prompt
        # The worst caller does one short of everything that is counted, and then one thing more.
        assert asked <= 1 + 2 + 1 + rules.reasks + (rules.misunderstandings - 1) + 1
        progress, step = next_step(progress, happenings[asked - 1], rules)
    assert isinstance(step, Ring)
    assert step.prompt
    assert step.why


@pytest.mark.parametrize(
    ("text", "kind", "secret"),
    [
        ("停水没人管", "求助", False),
        ("村里有人贪污", "举报", True),
        ("别说是我说的，路烂了", "求助", True),
        ("要保密", "咨询", True),
    ],
)
def test_what_is_reported_or_is_to_stay_secret_is_told_to_the_router(text, kind, secret):
    asked = asked_of_router(request(text=text, type=kind), "")
    assert (asked.secret, asked.complains) == (secret, kind == "举报")


def test_the_router_gets_the_language_of_the_line_whether_anything_was_understood_or_not():
    for asked in (None, request(text="停水没人管")):
        assert asked_of_router(asked, "", language="苗语").language == "苗语"


def test_the_router_gets_all_that_was_said_so_that_nobody_accused_in_an_earlier_sentence_is_rung():
    asked = asked_of_router(request(text="停水没人管"), "", said="我要投诉张局长，停水没人管", dialled="12345")
    assert (asked.text, asked.dialled) == ("我要投诉张局长，停水没人管", "12345")
    assert asked_of_router(request(text="停水没人管"), "").text == "停水没人管"


# --- the surge --------------------------------------------------------------------------------------------------------

SPARED = Seen(step="spared", town="扎西镇", surge="1.3")
ONE_MORE = Heard(request=request(), surge=SPARED)
ENOUGH = [heard("unclear", text=text) for text in ("好的谢谢", "没有了", "知道了", "嗯，好", "好的，我知道了，再见")]
MORE = [heard("unclear", text=text) for text in ("还有别的", "我还有别的事", "还有一个问题", "另外一件", "还想问一下")]


def after_notice(*events):
    return play(ONE_MORE, *events)[-1]


def test_a_caller_of_a_surge_that_somebody_knows_of_hears_the_notice_instead_of_ringing():
    assert after_notice() == Ask(prompt="surge", why="集中来电，先听通知")


@pytest.mark.parametrize("step", ["counted", "opened", "joined"])
def test_every_other_call_that_counts_rings_as_ever(step):
    [step] = play(Heard(request=request(), surge=Seen(step=step, town="扎西镇", surge="1.3")))
    assert (step.prompt, step.brief) == ("transfer_sure", "sure")


@pytest.mark.parametrize(
    "one",
    [
        heard("director", text="扎西镇停水，找局长"),
        heard("emergency", danger="fire"),
        heard("request", danger="fire"),
        heard("unclear", text="嗯那个"),
    ],
)
def test_a_surge_spares_nobody_who_wants_a_person_is_in_danger_or_was_not_understood(one):
    step = play(Heard(request=one.request, surge=SPARED))[-1]
    assert step.prompt != "surge" and not isinstance(step, Done)


@pytest.mark.parametrize("silent_or_content", [SILENCE, *ENOUGH])
def test_silence_or_thanks_after_the_notice_end_the_call(silent_or_content):
    step = after_notice(silent_or_content)
    assert isinstance(step, Done) and step.prompt == "thanks" and step.why


@pytest.mark.parametrize("more", MORE)
def test_something_else_is_asked_for_once_and_then_it_goes_by_what_is_said(more):
    assert after_notice(more) == Ask(prompt="question", why="还有别的事，请说")
    lamp = heard(matter="A3", matter_name="路灯", text="双河乡路灯坏了", place="双河乡")
    assert after_notice(more, lamp).prompt == "transfer_sure"
    assert after_notice(more, SILENCE).prompt == "silent_again_1", "as any other caller"
    assert after_notice(more, UNCLEAR, UNCLEAR).prompt == "transfer_unsure"
    assert after_notice(more, ONE_MORE).prompt == "transfer_sure", "a second notice is never told"


def rings_a_person(step):
    return isinstance(step, Ring)


@pytest.mark.parametrize(
    "said",
    [
        Key(key="0"),
        Key(key="7"),
        NOISE,
        RecognizerGone(),
        AudioLost(),
        heard("unclear", text=""),
        Heard(request=request("unclear", text="是的"), unknown_share=0.5),
        heard("unclear", text="没有人管吗"),
        heard("unclear", text="不知道"),
        heard("unclear", text="麻烦你给我说一下"),
        heard("director", text="找局长"),
        heard("director", text="转人工"),
        heard("emergency", danger="medical", urgency="red"),
        heard(urgency="red", place=""),
        heard(type="投诉", place=""),
        heard(type="举报", place=""),
        heard(matter="C2", matter_name="道路"),
        heard(place="双河乡"),
        heard(place="河边"),
    ],
)
def test_whatever_else_follows_the_notice_reaches_a_person(said):
    assert rings_a_person(after_notice(said))


@pytest.mark.parametrize("again", [ONE_MORE, heard(place="", text="什么时候来水"), GREETING])
def test_the_same_once_more_is_answered_once_with_what_to_say_then_a_person_is_rung(again):
    assert after_notice(again).prompt == "surge_else"
    assert isinstance(after_notice(again, SILENCE), Done)
    assert rings_a_person(after_notice(again, again))


def test_0_while_it_says_goodbye_still_reaches_a_person():
    assert after_notice(SILENCE, Key(key="0")).wish == "key0"


def test_not_to_be_recorded_counts_in_the_notice_too():
    step = play(Heard(request=request(), refuses_recording=True, surge=SPARED))[-1]
    assert step.prompt == "surge" and step.stop_recording
    assert after_notice(heard("unclear", refuses=True, text="不要录音")).prompt == "no_recording_ok"


def test_a_citizen_called_back_hears_the_same_notice_and_the_same_answers_count():
    progress, step = told_by_redial(Progress(request=request()), "1.3")
    assert step.prompt == "surge_redial"
    assert isinstance(play(SILENCE, progress=progress)[0], Done)
    assert rings_a_person(play(Key(key="0"), progress=progress)[0])


@given(
    st.lists(
        st.sampled_from([ONE_MORE, heard(), UNCLEAR, GREETING, NOISE, SILENCE, Key(key="5"), *ENOUGH[:2], *MORE[:2]]),
        min_size=15,
        max_size=15,
    )
)
def test_with_a_surge_too_a_conversation_ends_with_a_person_or_with_a_caller_who_said_that_that_is_all(events):
    progress = Progress()
    for event in events:
        waiting = progress.surge
        progress, step = next_step(progress, event, RULES)
        if isinstance(step, Done):
            assert waiting and (event is SILENCE or event in ENOUGH)
        if not isinstance(step, Ask):
            return
    raise AssertionError("still asking after fifteen answers")


@pytest.mark.parametrize("said", [*ENOUGH, *MORE])
def test_an_answer_to_the_notice_that_sounds_like_some_matter_names_none(said):
    sounds = request(matter="A4", matter_name="市政设施", confidence=0.5, place="", text=said.request.text)
    answer = answer_to_notice(sounds, RULES)
    assert (answer.intent, answer.matter) == ("unclear", None)
    lamp = request(matter="A4", confidence=0.7, text="还有别的，路灯坏了")
    assert answer_to_notice(lamp, RULES) == lamp
    assert answer_to_notice(request(confidence=0.3, text="路灯"), RULES).matter == "A1"


def test_who_could_be_spared_but_is_put_through_is_noted_as_one_more_who_rang():
    assert surge_as_met(SPARED, request(), Progress()) == SPARED
    assert surge_as_met(SPARED, request("director", matter="A1"), Progress()).step == "joined"
    assert surge_as_met(SPARED, request(), Progress(notices=1)).step == "joined"
    assert surge_as_met(replace(SPARED, step="opened"), request("director"), Progress()).step == "opened"


def test_what_counts_towards_a_surge():
    assert counts_for_surge(request(), RULES)
    assert counts_for_surge(request("director", matter="A1"), RULES), "counted, though never spared"
    for one in (
        request(confidence=0.59),
        request(matter=None),
        request(urgency="red"),
        request(danger="fire"),
        request("emergency"),
        request(type="举报"),
        request(type="投诉", complained_of="水务局"),
        request(text="扎西镇停水了，给我保密"),
        request("unclear"),
    ):
        assert not counts_for_surge(one, RULES), one
    assert not counts_for_surge(request(), TRIAL)
    assert not counts_for_surge(request(), RULES, said="别说是我，扎西镇停水了")


# --- what earlier sentences say too -----------------------------------------------------------------------------------

NAMES_HIM = heard("unclear", type="投诉", complained_of="局长张明远", confidence=0.0, text="投诉你们局长")


@pytest.mark.parametrize("event", [heard(), heard("director", text="找人"), UNCLEAR, Key(key="0"), AudioLost()])
@pytest.mark.parametrize("rules", [RULES, TRIAL])
@pytest.mark.parametrize("refuses", [True, False])
def test_whom_a_sentence_complains_of_is_not_forgotten_in_the_next(event, rules, refuses):
    progress, _ = next_step(Progress(), replace(NAMES_HIM, refuses_recording=refuses), rules)
    progress, _ = next_step(progress, event, rules)
    found = asked_of_router(progress.request or progress.known, "", said=progress.known.text)
    assert found.complains and "投诉你们局长" in found.text
    assert "局长张明远" in (progress.request or progress.known).complained_of


def test_after_the_notice_of_a_surge_too():
    progress = Progress(request=request(), known=request(), surge="s", notices=1)
    progress, step = next_step(progress, NAMES_HIM, RULES)
    assert isinstance(step, Ring)
    assert (progress.request.type, progress.request.complained_of) == ("投诉", "局长张明远")
    assert progress.request.matter == "A1" and progress.known.text == "扎西镇停水了，投诉你们局长"


def test_a_report_stays_one_and_a_wish_for_a_person_keeps_the_matter():
    progress, _ = next_step(Progress(), heard(type="举报"), RULES)
    progress, _ = next_step(progress, heard("director", text="找局长", matter_name="", place=""), RULES)
    kept = progress.request
    assert (kept.intent, kept.type, kept.matter, kept.place) == ("director", "举报", "A1", "扎西镇")


def test_words_that_say_nothing_alone_are_understood_with_those_before():
    def understand(text):
        complains = "投诉" in text
        kind, who = ("投诉", "水务局" if "水务局" in text else "") if complains else ("求助", "")
        return request("request" if "停水" in text else "unclear", type=kind, complained_of=who, text=text)

    assert understood("水务局", ["我要投诉"], understand).complained_of == "水务局"
    apart = understood("水务局停水", ["我要投诉"], understand)
    assert (apart.intent, apart.text, apart.complained_of) == ("request", "水务局停水", "水务局")
    assert understood("水务局停水", [], understand).complained_of == ""

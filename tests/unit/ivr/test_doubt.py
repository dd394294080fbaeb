"""One short question where two matters are close: when it is asked, and what comes of each answer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.surge import Seen
from dialplans.prompt_texts import load_texts
from ivr.doubt import as_known, doubted, settled
from ivr.script import Ask, AudioLost, Heard, Key, Progress, Quiet, RecognizerGone, Ring, next_step
from recognizer.taxonomy import MATTER_CODES
from routing.route import Route, Rung
from tests.unit.ivr.test_script import RULES, TRIAL, events, request, rules
from zhitong.prompt_book import prompt_constants
from zhitong.settings import load_settings

CLOSE = {
    "matter": "B2",
    "matter_name": "医疗医保",
    "confidence": 0.5,
    "second": "B4",
    "second_name": "教育救助",
    "second_confidence": 0.4,
    "place": "",
    "evidence": (),
    "text": "我妈看病那个钱没得补助",
}
DOUBTFUL = request(**CLOSE)
LADDERS = {"B2": ("yibao", "13800000001"), "B4": ("minzheng", "13800000002")}


def route(of, ladders=LADDERS):
    unit, number = ladders.get(of.matter, ("zhengwu", "13800000009"))
    rungs = (Rung(number=number, official_id="o", name="某", post="局长", reason="值班"),)
    return Route(rungs=rungs, unit=unit, reason="值班")


def question(of=DOUBTFUL, *, progress=None, rules=RULES, said="", ladders=LADDERS, has=lambda key: True):
    """The prompt that would be asked after this."""
    heard = Heard(request=of)
    return doubted(
        heard,
        progress or Progress(),
        rules,
        said=said or of.text,
        route=lambda one: route(one, ladders),
        has=has,
    ).doubt


def test_two_close_matters_that_ring_different_people_are_asked_about_in_words_of_the_people():
    assert question() == "is_it_b2"


@pytest.mark.parametrize(
    "why_not",
    [
        {"confidence": 0.6},
        {"confidence": 0.4, "second_confidence": 0.3},
        {"second": None},
        {"matter": None},
        {"intent": "director"},
        {"intent": "emergency"},
        {"danger": "medical"},
        {"urgency": "red"},
        {"type": "举报"},
        {"complained_of": "医保局"},
        {"second": "C2"},
        {"matter": "C2"},
        {"text": "我妈看病那个钱，别说是我说的"},
        {"text": "我要举报看病那个钱"},
    ],
)
def test_nothing_is_asked_where_it_is_clear_hopeless_dangerous_or_about_somebody(why_not):
    assert question(request(**(CLOSE | why_not))) == ""


def test_nothing_is_asked_where_the_same_people_would_ring():
    assert question(ladders={"B2": ("yibao", "13800000001"), "B4": ("yibao", "13800000001")}) == ""
    assert question(ladders={"B2": ("yibao", "13800000001"), "B4": ("minzheng", "13800000001")}) == "", "nobody else"
    assert question(ladders={"B2": ("yibao", "13800000001"), "B4": ("yibao", "13800000002")}) == "is_it_b2"


def test_nothing_is_asked_on_trial_recognition_after_a_notice_or_a_second_time():
    assert question(rules=TRIAL) == ""
    assert question(progress=Progress(notices=1)) == ""
    assert question(progress=Progress(doubted=True)) == ""


def test_who_complained_of_somebody_in_an_earlier_sentence_is_not_asked():
    earlier = request("unclear", type="投诉", complained_of="医保局", text="我要投诉医保局")
    assert question(progress=Progress(known=earlier)) == ""


def test_a_matter_of_the_countys_own_is_asked_about_by_its_name_and_not_at_all_if_that_cannot_be_said_at_once():
    assert question(has=lambda key: key == "is_it") == "is_it"
    assert question(has=lambda key: False) == ""


def test_each_matter_but_how_windows_treat_people_has_a_question_in_short_fixed_words():
    settings = load_settings(environ={})
    texts = load_texts(settings.files.prompts, prompt_constants(settings)).texts
    own = {key: text for key, text in texts.items() if key.startswith("is_it_")}
    assert set(own) == {f"is_it_{code.lower()}" for code in MATTER_CODES if code != "C2"}
    assert all(not text.slots({}) and text.max_seconds <= 2.5 and text.text.endswith("吗？") for text in own.values())
    assert texts["is_it"].max_seconds <= 2.5


# --- the answer -------------------------------------------------------------------------------------------------------


def understand(text):
    """Of these words; whatever else is said is as doubtful as before."""
    told = {
        "低保": {"matter": "B4", "matter_name": "教育救助", "confidence": 0.9},
        "报销": {"matter": "B2", "matter_name": "医疗医保", "confidence": 0.9},
        "停水": {"matter": "A1", "matter_name": "供水饮水", "confidence": 0.5},
        "晕倒": {"intent": "emergency", "danger": "medical", "matter": None},
        "找局长": {"intent": "director", "matter": None},
    }
    found = next((request(**(CLOSE | more | {"text": text})) for word, more in told.items() if word in text), None)
    if found is None and CLOSE["text"] not in text:
        found = request("unclear", confidence=0.0, text=text)
    return found or request(**(CLOSE | {"text": text}))


def answered(text, asked=DOUBTFUL, unknown_share=0.0):
    """(what it came to, what is said while it rings, how the official is told, whose ladder) after this answer."""
    progress, step = next_step(Progress(), Heard(request=asked, doubt="is_it_b2"), RULES)
    assert step == Ask(prompt="is_it_b2", why="两件事分不清，打的人不同，问一句")
    answer, found = settled(asked, text, understand, RULES, unknown_share=unknown_share)
    progress, step = next_step(progress, Heard(request=found, answer=answer), RULES)
    assert isinstance(step, Ring)
    return answer, step.prompt, step.brief, progress.request.matter


YES = [
    "是",
    "是的",
    "对",
    "对的",
    "嗯",
    "就是",
    "就是嘞",
    "要得",
    "是嘞",
    "是嘛就是这个事",
    "没错",
    "十",
    "对头，谢谢你",
]
NO = ["不是", "不对", "不是的", "不是这个事", "不是嘞", "不"]
UNCLEAR = ["", "啥子", "不晓得", "可能是吧", "不是吧", "我也说不清楚", "那个", "你说的啥", "就是那个嘛", "喂"]


@pytest.mark.parametrize("text", [*YES, "是的，我跑了三趟了", "对，就是看病那个", "报销"])
def test_a_yes_or_the_same_matter_named_surely_rings_for_the_matter_asked_about(text):
    answer, prompt, brief, matter = answered(text)
    assert (answer, prompt, brief, matter) == ("yes", "transfer_sure", "sure", "B2")


@pytest.mark.parametrize("text", ["不是，是低保", "低保", "不对头哦我说的是低保", "不是报销是低保"])
def test_another_matter_that_is_surely_named_rings_for_that_one(text):
    assert answered(text) == ("other", "transfer_sure", "sure", "B4")


@pytest.mark.parametrize("text", NO)
def test_a_no_alone_rings_for_the_second_only_if_nearly_all_the_rest_is_there(text):
    assert answered(text) == ("no", "transfer_sure", "sure", "B4")
    torn = replace(DOUBTFUL, second_confidence=0.3)
    assert answered(text, torn) == ("no", "transfer_unsure", "clip", "B4")


@pytest.mark.parametrize("text", [*UNCLEAR, "不是，是停水", "不是报销", "对，低保"])
def test_whatever_is_unclear_goes_to_a_person_with_the_callers_own_words(text):
    answer, prompt, brief, _ = answered(text)
    assert (answer, prompt, brief) == ("none", "transfer_unsure", "clip")


def test_what_was_denied_is_not_rung_for_unless_it_is_what_they_name_then():
    assert answered("不是报销")[3] == "B4"
    assert answered("不是，我说的是报销") == ("other", "transfer_sure", "sure", "B2"), "our words were off"


@pytest.mark.parametrize("text", ["是", "不是"])
def test_a_yes_among_unknown_words_is_none(text):
    assert answered(text, unknown_share=0.5)[:3] == ("none", "transfer_unsure", "clip")


def test_a_danger_or_the_wish_for_a_person_in_the_answer_comes_first():
    assert answered("哎呀她晕倒了")[1] == "danger_medical"
    assert answered("你莫问了我找局长")[1] == "transfer_person"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Key(key="1"), ("transfer_sure", "", "sure")),
        (Key(key="0"), ("transfer_person", "key0", "clip")),
        (Key(key="2"), ("transfer_unsure", "", "clip")),
        (Key(key="*"), ("transfer_unsure", "", "clip")),
        (Quiet(energy=False), ("transfer_unsure", "", "clip")),
        (Quiet(energy=True), ("transfer_unsure", "", "clip")),
        (RecognizerGone(), ("recognizer_gone", "gave_up", "clip")),
        (AudioLost(), ("transfer_unsure", "gave_up", "clip")),
        (Heard(request=request("unclear", text="啥子")), ("transfer_unsure", "", "clip")),
        (Heard(request=request("greeting", text="喂")), ("transfer_unsure", "", "clip")),
        (Heard(request=DOUBTFUL, doubt="is_it_b2"), ("transfer_unsure", "", "clip")),
    ],
)
def test_a_key_or_silence_after_the_question_rings_too(event, expected):
    progress, _ = next_step(Progress(), Heard(request=DOUBTFUL, doubt="is_it_b2"), RULES)
    _, step = next_step(progress, event, RULES)
    assert isinstance(step, Ring)
    assert (step.prompt, step.wish, step.brief) == expected
    assert step.why


def test_not_to_be_recorded_counts_as_an_answer_and_as_a_request_with_doubt():
    progress, step = next_step(Progress(), Heard(request=DOUBTFUL, doubt="is_it_b2", refuses_recording=True), RULES)
    assert step.stop_recording and progress.recording_refused
    progress, _ = next_step(Progress(), Heard(request=DOUBTFUL, doubt="is_it_b2"), RULES)
    progress, step = next_step(progress, Heard(request=request("unclear"), refuses_recording=True), RULES)
    assert isinstance(step, Ring) and step.stop_recording and progress.recording_refused


def test_who_says_yes_is_a_caller_like_any_other_who_was_sure_and_may_hear_the_notice_of_a_surge():
    progress, _ = next_step(Progress(), Heard(request=DOUBTFUL, doubt="is_it_b2"), RULES)
    spared = Seen(step="spared", town="扎西镇", surge="1.3")
    _, found = settled(DOUBTFUL, "是的", understand, RULES)
    _, step = next_step(progress, Heard(request=found, answer="yes", surge=spared), RULES)
    assert step.prompt == "surge"


doubts = st.builds(
    Heard,
    request=st.sampled_from([DOUBTFUL, request(**(CLOSE | {"confidence": 0.1, "second_confidence": 0.1}))]),
    doubt=st.just("is_it_b2"),
    answer=st.sampled_from(["", "yes", "no", "other", "none"]),
    refuses_recording=st.booleans(),
)


@given(rules, st.lists(st.booleans().flatmap(lambda one: doubts if one else events), min_size=20, max_size=20))
def test_whatever_happens_it_is_asked_once_at_most_and_a_person_is_rung_within_a_few_questions(rules, happenings):
    progress, asked, awaited = Progress(), [], False
    for event in happenings:
        progress, step = next_step(progress, event, rules)
        assert isinstance(step, Ring) or not awaited, "whatever the answer, nothing more is asked"
        if isinstance(step, Ring):
            break
        asked.append(step.prompt)
        awaited = step.prompt == "is_it_b2"
    assert isinstance(step, Ring)
    assert asked.count("is_it_b2") <= 1
    assert len(asked) <= 2 + 1 + 1 + rules.reasks + rules.misunderstandings + 1


# --- dialect, and little that is known --------------------------------------------------------------------------------


def test_where_many_words_were_not_known_nothing_is_sure_and_nothing_is_asked():
    sure = request(confidence=0.98)
    _, step = next_step(Progress(), Heard(request=as_known(sure, 0.5), unknown_share=0.5), RULES)
    assert (step.prompt, step.brief) == ("transfer_unsure", "clip")
    assert as_known(sure, 0.2) == sure
    assert question(as_known(DOUBTFUL, 0.5)) == ""

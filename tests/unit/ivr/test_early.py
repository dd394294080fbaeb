from dataclasses import replace

import pytest

from ivr.early import UNJUDGED, Judged, Pause, judged
from recognizer.request import Request

SURE = Request(
    intent="request",
    matter="A1",
    matter_name="供水饮水",
    second="A4",
    type="求助",
    urgency="orange",
    place="扎西镇",
    danger="",
    complained_of="",
    confidence=0.97,
    evidence=("停水",),
    text="扎西镇河边停水三天了没人管",
    worded="A1",
)


def judge(request=SURE, *, said="", trial=False, unknown_share=0.0, settled=True):
    return judged(
        request,
        text=request.text,
        said=said or request.text,
        trial=trial,
        sure=0.95,
        unknown_share=unknown_share,
        settled=settled,
    )


def test_a_whole_request_that_is_surely_understood_may_be_decided_early():
    told = judge()
    assert told.pause is Pause.WHOLE
    assert told.early


@pytest.mark.parametrize("tail", ["啊", "按", "，"])
def test_a_particle_or_the_lines_noise_after_it_changes_nothing(tail):
    assert judge(replace(SURE, text=SURE.text + tail)).early


def test_another_matter_or_town_is_another_answer():
    others = [{"matter": "A4"}, {"place": "水田镇"}]
    assert len({judge().answer, *(judge(replace(SURE, **other)).answer for other in others)}) == 3


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"worded": "C3"}, "the words alone name another matter"),
        ({"worded": None}, "the words alone name none"),
        ({"type": "举报"}, "a 举报"),
        ({"matter": "C2"}, "窗口作风"),
        ({"second": "C2"}, "perhaps 窗口作风"),
        ({"complained_of": "水务局"}, "somebody is accused"),
        ({"urgency": "red"}, "red"),
        ({"danger": "fire"}, "danger to life"),
        ({"type": "表扬"}, "praise names what it is not about"),
    ],
)
def test_what_must_be_heard_out_is_not_decided_early(other, why):
    assert not judge(replace(SURE, **other)).early, why


@pytest.mark.parametrize(
    "said",
    [
        "我要投诉扎西镇停水三天了没人管",  # whom?
        "水务局不管我们停水三天了",
        "我要保密，扎西镇停水三天了",
        "停水三天了，再不来就有人要跳楼",
        "水管旁边的电线杆要垮了",
        "停水了，有个老人晕了",
    ],
)
def test_words_of_complaint_secrecy_or_danger_anywhere_in_the_call_wait_for_the_silence(said):
    assert not judge(said=said).early


def test_what_may_still_change_whom_to_ring_waits_for_the_silence():
    assert not judge(settled=False).early


def test_where_many_syllables_were_not_known_nothing_is_sure():
    assert judge(unknown_share=0.2).early
    assert not judge(unknown_share=0.3).early


@pytest.mark.parametrize("text", ["停水了", "扎西镇的自来", "扎西镇河边的"])
def test_a_beginning_is_not_a_whole_request(text):
    told = judge(replace(SURE, text=text))
    assert (told.pause, told.early) == (Pause.USUAL, False)
    assert told.answer == judge().answer, "what is understood is the same from here on"


def test_what_is_not_sure_enough_is_waited_for_as_usual():
    told = judge(replace(SURE, confidence=0.9))
    assert (told.pause, told.early) == (Pause.USUAL, False)


@pytest.mark.parametrize(
    "end", ["然后", "就是", "那个", "因为", "我想", "但是", "还有", "一个", "嗯", "我跟你说", "就是，"]
)
@pytest.mark.parametrize("trial", [True, False])
def test_a_filler_or_connective_at_the_end_is_mid_thought(end, trial):
    told = judge(replace(SURE, text=f"扎西镇停水三天了{end}"), trial=trial)
    assert told.pause is Pause.THOUGHT
    assert not told.early


def test_who_has_named_no_matter_yet_is_given_time():
    nothing = replace(SURE, intent="unclear", matter=None, confidence=0.0, text="我住在扎西镇河边")
    assert judge(nothing).pause is Pause.THOUGHT


@pytest.mark.parametrize(("intent", "text"), [("greeting", "喂"), ("director", "我要找局长"), ("unclear", "不要录音")])
def test_a_greeting_the_wish_for_a_person_or_for_no_recording_takes_the_usual_silence(intent, text):
    assert judge(replace(SURE, intent=intent, matter=None, confidence=0.0, text=text)) == UNJUDGED


def test_danger_to_life_is_waited_for_shortly_and_never_decided_early():
    fire = replace(SURE, intent="emergency", danger="fire", urgency="red", text="我家着火了")
    assert (judge(fire).pause, judge(fire).early) == (Pause.WHOLE, False)


def test_trial_recognition_decides_nothing_early():
    assert judge(trial=True) == UNJUDGED


@pytest.mark.parametrize("text", ["二", "二二", "二人", "嗯", "啊，哦"])
@pytest.mark.parametrize("trial", [True, False])
def test_what_coughs_and_knocks_are_heard_as_is_noise(text, trial):
    nothing = replace(SURE, intent="unclear", matter=None, confidence=0.0, text=text)
    assert judge(nothing, trial=trial) == Judged(noise=True)
    assert not judge(nothing, trial=trial, unknown_share=0.5).noise, "somebody spoke in words that are not known"


@pytest.mark.parametrize("text", ["喂", "有人", "二组没水", "水"])
def test_a_word_is_no_noise(text):
    assert not judge(replace(SURE, intent="unclear", matter=None, text=text)).noise

"""Short spoken answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.answers import (
    accepts,
    consents,
    has_enough,
    has_more,
    is_it,
    satisfaction,
    solved,
    wishes_no_recording,
    yes_or_no,
)
from recognizer.transcript import Utterance


def said(text: str, *, seconds: float = 1.0, unknown_share: float = 0.0) -> Utterance:
    return Utterance(text=text, started_at=0.5, ended_at=0.5 + seconds, unknown_share=unknown_share)


@pytest.mark.parametrize(
    "text", ["接", "我接", "接吧", "接通", "好", "好的", "可以", "行", "嗯，好的", "好，接吧", "行，接", "要得"]
)
def test_a_word_of_acceptance_as_the_whole_utterance_accepts(text: str) -> None:
    assert accepts(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "您好您拨打的用户暂时无法接通请稍后再拨",
        "你好我现在不方便接电话",
        "好的我现在不方便请留言",
        "请在提示音后留言",
        "喂你好哪位",
        "不接",
        "不好",
        "不可以",
        "接什么",
        "好久不见",
        "现在不行",
        "可以什么",
        "谁",
        "喂",
        "",
    ],
)
def test_anything_longer_or_else_accepts_nothing(text: str) -> None:
    assert not accepts(said(text))


def test_a_voicemail_never_accepts_by_the_one_word_of_it_that_is_known() -> None:
    assert not accepts(said("好", unknown_share=0.8))
    assert not accepts(said("接", seconds=8.0))


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=9, max_size=40))
def test_no_long_speech_accepts(text: str) -> None:
    assert not accepts(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "不要录音",
        "你们不要录音",
        "别录音",
        "我不同意录音",
        "把录音关了",
        "我不想被录音",
        "不要给我录音",
        "莫录音",
        "别录我",
    ],
)
def test_a_wish_for_no_recording_is_heard(text: str) -> None:
    assert wishes_no_recording(text)


@pytest.mark.parametrize(
    "text", ["通话会录音吗", "是不是不录音", "你们不录音吗", "录音可以", "我有录音为证", "不要停水", ""]
)
def test_talking_about_recording_is_no_wish(text: str) -> None:
    assert not wishes_no_recording(text)


@pytest.mark.parametrize("text", ["还有别的", "我还有别的事", "还有个问题", "有问题", "其他事情", "还想问一下"])
def test_something_else_to_say(text: str) -> None:
    assert has_more(text) and not has_enough(text)


@pytest.mark.parametrize(
    "text",
    ["好", "好的", "嗯，好的，谢谢", "知道了", "没有了", "没有别的了，谢谢", "再见", "我晓得了", "没得了"],
)
def test_nothing_more_to_say(text: str) -> None:
    assert has_enough(text) and not has_more(text)


@pytest.mark.parametrize("text", ["", "嗯", "不知道", "没有人管", "你", "麻烦你说一下", "好久来水", "没有问题吗"])
def test_neither_of_them_so_a_person_hears_it(text: str) -> None:
    assert not has_enough(text) and not has_more(text)


@given(st.text(max_size=40))
def test_no_text_breaks_an_answer(text: str) -> None:
    assert yes_or_no(text) in (True, False, None)
    assert solved(text) in (True, False, None)
    assert satisfaction(text) in ("satisfied", "fair", "dissatisfied", None)
    assert wishes_no_recording(text) in (True, False)
    assert not (has_more(text) and has_enough(text))


@pytest.mark.parametrize(
    "text",
    [
        "是",
        "是的",
        "对",
        "嗯",
        "就是",
        "要得",
        "是嘞",
        "是啊",
        "对头",
        "没错",
        "是，就是这个事",
        "就是我说的这个事",
        "市",
    ],
)
def test_a_yes_to_what_was_asked_about_is_heard(text: str) -> None:
    assert is_it(text) is True


@pytest.mark.parametrize("text", ["不是", "不对", "不是的", "不", "不是这个事", "嗯不是", "错了", "不是嘞，谢谢"])
def test_a_no_to_what_was_asked_about_is_heard(text: str) -> None:
    assert is_it(text) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "是吗",
        "是吧",
        "是不是",
        "不是吧",
        "可能是",
        "不晓得",
        "是低保",
        "不是，是低保",
        "就是那个",
        "哪个",
        "喂",
        "对不起",
        "要得不",
    ],
)
def test_whatever_else_is_no_answer_to_what_was_asked_about(text: str) -> None:
    assert is_it(text) is None


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        *((text, True) for text in ("可以", "同意", "我同意", "要得", "好的，可以", "可以嘛", "行，谢谢", "能")),
        *((text, False) for text in ("不同意", "不可以", "不要", "莫留", "算了", "别留了", "不得行")),
        *(
            (text, None)
            for text in ("", "随便", "可以是可以但是", "你说啥子", "什么同意", "好不好", "我再想想", "同意个铲铲")
        ),
    ],
)
def test_only_a_plain_yes_is_consent(text: str, agrees: bool | None) -> None:
    assert consents(text) is agrees

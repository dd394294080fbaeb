import pytest

from recognizer.transcript import Transcript, Utterance


def said(text: str, unknown_share: float = 0.0) -> Utterance:
    return Utterance(text=text, started_at=1.0, ended_at=2.0, unknown_share=unknown_share)


def test_a_transcript_joins_what_was_said_and_leaves_out_what_was_not_understood() -> None:
    assert Transcript(utterances=(said("我家停水"), said("", 1.0), said("三天了"))).text == "我家停水，三天了"


def test_the_unknown_share_is_that_of_all_syllables() -> None:
    # two known and two unknown syllables, then two known ones
    assert Transcript(utterances=(said("停水", 0.5), said("三天"))).unknown_share == pytest.approx(1 / 3)
    assert Transcript().unknown_share == 0.0
    assert Transcript(utterances=(said("", 1.0),)).unknown_share == 1.0


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="unknown_share"):
        said("停水", share)


def test_an_utterance_does_not_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="ended_at"):
        Utterance(text="停水", started_at=2.0, ended_at=1.0)

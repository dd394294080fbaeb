import pytest

from recognizer.transcript import Utterance


def said(text: str, unknown_share: float) -> Utterance:
    return Utterance(text=text, started_at=1.0, ended_at=2.0, unknown_share=unknown_share)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_0_to_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="unknown_share"):
        said("停水", share)


def test_an_utterance_does_not_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="ended_at"):
        Utterance(text="停水", started_at=2.0, ended_at=1.0)

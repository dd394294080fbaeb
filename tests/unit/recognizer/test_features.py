"""What a text is taken apart into."""

from hypothesis import given
from hypothesis import strategies as st

from recognizer.features import pieces, sounds


def test_characters_that_sound_alike_in_the_southwest_are_one_sound() -> None:
    for one, other in (("停水", "听谁"), ("路灯", "怒登"), ("吃饭", "次换"), ("经常", "今残"), ("反映", "缓印")):
        assert sounds(one) == sounds(other), (one, other)
    assert sounds("停水") != sounds("停电")


def test_a_text_is_read_in_pieces_as_written_and_as_it_sounds() -> None:
    written, sound = pieces("没水了")
    assert {key for key, _, _ in written} == {
        "written 没", "written 水", "written 了", "written 没 水", "written 水 了",
        "written first 没", "written first 没 水", "written last 了", "written last 水 了",
    }  # fmt: skip
    assert ("sound mei sui le", 0, 3) in sound


def test_what_is_misheard_keeps_its_sound() -> None:
    assert set(pieces("我家停水")[1]) == set(pieces("我加听谁")[1])
    assert set(pieces("我家停水")[0]) != set(pieces("我加听谁")[0])


@given(st.text(max_size=30))
def test_any_text_has_a_sound_for_each_character_and_pieces_within_it(text: str) -> None:
    assert len(sounds(text)) == len(text)
    for block in pieces(text):
        assert all(0 <= start < end <= len(text) for _, start, end in block)

"""Texts as a recognizer might have heard them."""

from recognizer.features import sounds
from recognizer.noise import Mishearing

TEXT = "我家住在河边停水三天了打电话没有人接你们到底管不管这个事情"
MISHEARING = Mishearing([TEXT, "喝加煮再和变听谁上填乐大点化煤由任皆尼闷道地馆步关着歌是青"])


def test_the_same_seed_mishears_the_same_and_another_seed_something_else() -> None:
    assert MISHEARING.of(TEXT, 0.3, 1) == MISHEARING.of(TEXT, 0.3, 1)
    assert MISHEARING.of(TEXT, 0.3, 1) != MISHEARING.of(TEXT, 0.3, 2)
    assert MISHEARING.of(TEXT, 0.0, 1) == TEXT


def test_about_the_share_that_was_asked_for_is_misheard_and_mostly_sounds_the_same() -> None:
    heard = [MISHEARING.of(TEXT, 0.3, seed) for seed in range(200)]
    same_length = [text for text in heard if len(text) == len(TEXT)]
    off = sum(a != b for text in same_length for a, b in zip(text, TEXT, strict=True))
    other = sum(a != b for text in same_length for a, b in zip(sounds(text), sounds(TEXT), strict=True))
    assert 0.1 < off / (len(same_length) * len(TEXT)) < 0.5
    assert other < off / 2


def test_nothing_is_ever_misheard_as_silence() -> None:
    assert all(MISHEARING.of("水", 1.0, seed) for seed in range(50))

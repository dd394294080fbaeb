"""The parts of the benchmark about recognition, short, on the real recognizer and without Asterisk."""

import pytest

from bench import spoken
from bench.recognition import on_one_core
from recognizer.model import DEMO, ModelInfo
from zhitong.settings import load_settings


def test_one_core_hears_a_few_speakers_and_what_each_takes_is_told() -> None:
    told = {f.name: f.value for f in on_one_core(print, load_settings(), ModelInfo(path=DEMO, kind="demo"), quick=True)}
    assert told["o.demo.decoders_per_core"] in (0, 2, 4)  # how many it is hangs on what else the machine does
    assert 0 < told["o.demo.real_time_factor"] < 1
    assert told["o.demo.memory.process"] > 10


def test_sentences_of_the_models_words_are_heard_through_the_line_and_of_others_much_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ZHITONG_DECODER__MODEL", str(DEMO))
    told = {f.name: f.value for f in spoken.measure(print, quick=True, labelled=None)}
    for codec in spoken.CODECS:
        assert told[f"n.demo.vocabulary.{codec}.quiet.characters"] > 90
        assert told[f"n.demo.vocabulary.{codec}.quiet.unknown"] < 10 < told[f"n.demo.requests.{codec}.quiet.unknown"]

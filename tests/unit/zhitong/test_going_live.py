"""Calls are routed by words only once a real model has heard twenty local people right."""

from dataclasses import replace
from pathlib import Path

import pytest

from recognizer.model import DEMO, ModelInfo
from tests.fakes.told_calls import MORNING
from zhitong.errors import Refused
from zhitong.going_live import (
    NEEDED,
    Sentence,
    add_sentence,
    checks,
    go_back,
    go_live,
    name_of,
    read_going_live,
    speech_on_trial,
)
from zhitong.settings import Settings, load_settings

REAL = ModelInfo(path=Path("/models/vosk-model-small-cn-0.22"), kind="small")
SHIPPED = ModelInfo(path=DEMO, kind="demo")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={}, overrides={"folders": {"data": str(tmp_path / "data")}})


def sentence(i: int, *, model: ModelInfo = REAL, matter: str = "A1") -> Sentence:
    told = {"speaker": f"扎西镇 {i}", "expected": "A1", "expected_name": "供水", "heard": "停水了", "unit": "水务局"}
    how = {"matter": matter, "matter_name": "供水", "model": name_of(model)}
    return Sentence(digest=f"{i}", at=MORNING, by="王芳", **told, **how)


def heard(settings: Settings, count: int, **how: object) -> None:
    for i in range(count):
        add_sentence(settings, sentence(i, **how))  # type: ignore[arg-type]


def test_a_real_model_that_has_heard_nobody_is_on_trial_as_the_shipped_one_is(settings: Settings) -> None:
    assert speech_on_trial(settings, REAL) and speech_on_trial(settings, SHIPPED)
    with pytest.raises(Refused, match=r"还不能上线：20 句.*现在 0 句对"):
        go_live(settings, REAL, by="王芳", at=MORNING)


def test_twenty_right_ones_open_it_and_one_fewer_does_not(settings: Settings) -> None:
    heard(settings, NEEDED - 1)
    add_sentence(settings, replace(sentence(100), matter="B2"))
    with pytest.raises(Refused, match="19 句对，1 句不对"):
        go_live(settings, REAL, by="王芳", at=MORNING)
    add_sentence(settings, sentence(101))
    assert all(one.true for one in checks(settings, REAL)) and speech_on_trial(settings, REAL)
    go_live(settings, REAL, by="王芳", at=MORNING)
    assert not speech_on_trial(settings, REAL)
    go_back(settings, by="王芳", at=MORNING)
    assert speech_on_trial(settings, REAL)


def test_another_model_has_heard_nobody_and_the_shipped_one_never_opens(settings: Settings) -> None:
    heard(settings, NEEDED)
    heard(settings, NEEDED, model=SHIPPED)
    go_live(settings, REAL, by="王芳", at=MORNING)
    other = replace(REAL, path=Path("/models/other"))
    assert speech_on_trial(settings, other) and speech_on_trial(settings, SHIPPED)
    for model in (other, SHIPPED):
        with pytest.raises(Refused, match="还不能上线"):
            go_live(settings, model, by="王芳", at=MORNING)


def test_the_same_sound_counts_once_with_a_model(settings: Settings) -> None:
    add_sentence(settings, sentence(1))
    with pytest.raises(Refused, match="试过了"):
        add_sentence(settings, sentence(1))
    add_sentence(settings, sentence(1, model=SHIPPED))
    assert len(read_going_live(settings).sentences) == 2


def test_what_is_written_there_and_damaged_is_a_trial(settings: Settings) -> None:
    heard(settings, NEEDED)
    go_live(settings, REAL, by="王芳", at=MORNING)
    path = settings.folders.data / "going-live.json"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('{"opened": "small', encoding="utf-8")
    assert speech_on_trial(settings, REAL)

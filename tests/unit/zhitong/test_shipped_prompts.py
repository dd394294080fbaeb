"""What the shipped sentences say must be true of the call in which they are said."""

import pytest

from dialplans.prompt_texts import Texts, load_texts
from ivr.session import NUMBER_TOLD
from zhitong.prompt_book import prompt_constants
from zhitong.settings import load_settings


@pytest.fixture(scope="module")
def texts() -> Texts:
    settings = load_settings(environ={})
    return load_texts(settings.files.prompts, prompt_constants(settings))


@pytest.mark.parametrize("key", sorted([*NUMBER_TOLD, "nobody", "offer_promise"]))
def test_who_cannot_be_called_back_is_told_neither_of_a_number_nor_of_a_sure_call(texts: Texts, key: str) -> None:
    hidden = texts.texts[f"{key}_hidden"]
    assert not hidden.slots({}), "it must be there at once"
    assert not any(words in hidden.text for words in ("号码我记下", "一定有人", "不想等就挂机", "以前", "以内"))


@pytest.mark.parametrize(
    ("key", "number"), [("fire", "幺幺九"), ("medical", "幺二零"), ("crime", "幺幺零"), ("traffic", "幺二二")]
)
def test_a_hidden_number_changes_nothing_about_whom_to_call_in_danger(texts: Texts, key: str, number: str) -> None:
    assert f"马上打{number}" in texts.texts[f"danger_{key}"].text
    assert f"马上打{number}" in texts.texts[f"danger_{key}_hidden"].text


def test_a_brief_says_that_it_is_recorded_only_if_it_is(texts: Texts) -> None:
    brief = texts.texts["brief_sure"]
    assert brief.fill({"matter": "供水饮水", "recorded": "通话录音"}) == "热线来电，供水饮水，群众在线上等，通话录音。"
    assert brief.fill({"matter": "供水饮水", "recorded": ""}) == "热线来电，供水饮水，群众在线上等。"
    assert "通话录音" not in texts.texts["brief_unrecorded"].text

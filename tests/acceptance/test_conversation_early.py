"""The turn by what was learned: a whole request rings before the silence has passed, a complaint is heard out."""

from collections.abc import Iterator

import pytest

from ivr.softphone_audio import speech
from recognizer.examples import load_examples
from recognizer.taxonomy import load_taxonomy
from tests.acceptance.stage import DIRECTOR, NOTICES, Caller, Setting, Stage
from tests.acceptance.test_conversation import PHONE_DELAY, asked
from zhitong.settings import load_settings
from zhitong.understanding import learned_now

WHOLE = "住在扎西镇河边今天又停水没人管"
COMPLAINT = "我要投诉水务局不作为扎西镇停水三天了"


@pytest.fixture(scope="module")
def setting() -> Setting:
    settings = load_settings()
    taxonomy = load_taxonomy(settings.files.taxonomy)
    learned_now(taxonomy, load_examples(settings.files.examples, taxonomy.names))  # half a minute, unless kept
    return Setting(
        short=NOTICES,
        lines=4,
        recognition_trial=False,
        overrides={"ladder": {"next_seconds": 3, "rung_seconds": 6}, "speech": {"learned": True}},
    )


def rung_after(stage: Stage, number: str, text: str) -> tuple[Caller, float]:
    """The call, and how many seconds after the last sound that was said the first mobile was called."""
    rings = stage.phone(DIRECTOR)
    before = len(rings.calls)
    caller = asked(stage, number)
    caller.call.say(speech(text))
    caller.wait("rung", 15, i=1)
    rings.wait_ringing(5)
    caller.call.hang_up()
    caller.wait("ended", 25)
    return caller, rings.calls[before].invited_at - caller.call.said().spans()[-1][1]


def test_a_whole_request_rings_before_the_silence_has_passed(stage: Stage, citizens: Iterator[str]) -> None:
    # Where the machine has other things to do, sound and recognizer may come late: one of three is in time.
    seconds = list[float]()
    while not seconds or (min(seconds) > 0.3 + PHONE_DELAY and len(seconds) < 3):
        caller, after = rung_after(stage, next(citizens), WHOLE)
        seconds.append(after)
        [heard] = caller.facts("heard")
        assert str(heard.detail["text"]).startswith(WHOLE), "nobody was cut"
        assert heard.detail["early"], (heard.detail, caller.facts("understood")[0].detail)
    assert min(seconds) <= 0.3 + PHONE_DELAY, seconds


def test_a_complaint_about_a_bureau_is_heard_out(stage: Stage, citizen: str) -> None:
    caller, _ = rung_after(stage, citizen, COMPLAINT)
    heard = caller.facts("heard")[0].detail
    assert not heard["early"] and heard["quiet_ms"] >= 500

"""Calls by what was learned; what is published is what the next call is understood by, without a restart."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recognizer.examples import load_examples
from recognizer.learned import classifier_of, kept_path
from tests.acceptance.stage import DIRECTOR, NOTICES, Caller, Setting, Stage
from tests.acceptance.test_conversation import answers, asked
from tests.acceptance.test_conversation_understood import wait_transferred
from tests.fakes.examples import write_examples
from zhitong.trial import wait_until
from zhitong.understanding_editions import draft, keep_edition

SAID = "我要投诉自来水公司停水三天了家里没水"


@pytest.fixture(scope="module")
def setting() -> Setting:
    ladder = {"next_seconds": 2, "rung_seconds": 6}
    speech = {"learned": True, "sure_confidence": 0.75}
    return Setting(short=NOTICES, recognition_trial=False, overrides={"ladder": ladder, "speech": speech})


def publish(stage: Stage, folder: Path, *more: str) -> None:
    """A few examples and these, as an administrator does."""
    settings = stage.hotline.settings
    examples = write_examples(folder / "examples", *more)
    edition = draft(replace(settings, files=replace(settings.files, examples=examples)))
    taught = classifier_of(load_examples(edition.examples), stage.hotline.taxonomy.terms, folder=folder)
    keep_edition(
        settings,
        edition,
        on=stage.hotline.understanding.edition.id,
        author="管理员方芳",
        reason="窗口的事",
        at=datetime.now(UTC),
        learned=kept_path(taught.version, folder),
    )


def understood(stage: Stage, citizen: str) -> tuple[Caller, dict[str, object]]:
    caller = answers(asked(stage, citizen), SAID)
    stage.phone(DIRECTOR).wait_ringing(10)
    return caller, dict(caller.wait("understood", 1).detail)


def test_what_is_published_is_what_the_next_call_is_understood_by(
    stage: Stage, citizens: Iterator[str], tmp_path: Path
) -> None:
    line = stage.hotline.understanding
    wait_until(lambda: line.now.edition == 1, 10, "the files are the first edition")
    first, told = understood(stage, next(citizens))
    assert wait_transferred(first) == "transfer_sure" and told["matter"] == "A1"
    assert float(str(told["confidence"])) >= 0.75
    first.call.hang_up()
    parts = [SAID[cut:] for cut in range(6)] + [SAID[:-cut] for cut in range(1, 10)]
    publish(stage, tmp_path, *(f"{part}\trequest\tD2\t\t投诉\tnormal\t" for part in parts))
    wait_until(lambda: line.now.edition == 2, 10, "the line goes by the second edition")
    _, told = understood(stage, next(citizens))
    assert told["matter"] == "D2"

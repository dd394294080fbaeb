"""Who stood by takes over with the settings as they are then, and whatever is wrong with them takes over."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from routing.faults import BadConfig, Fault
from zhitong.app import Hotline, as_set_now
from zhitong.settings import Settings, load_settings


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    """A controller that stands by."""
    changed = {
        "asterisk": dict.fromkeys(("sip_port", "ami_port", "agi_port", "audio_port"), 0),
        "folders": {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "prompts")},
    }
    hotline = Hotline(load_settings(environ={"HOME": str(tmp_path)}, overrides=changed))
    yield hotline
    hotline.engine.dispose()


def test_what_was_changed_meanwhile_counts(hotline: Hotline) -> None:
    changed = replace(hotline.settings, ladder=replace(hotline.settings.ladder, rung_seconds=23))
    anew = as_set_now(hotline, lambda: changed)
    assert anew is not hotline and anew.settings.ladder.rung_seconds == 23
    anew.engine.dispose()


def test_a_setting_that_is_wrong_by_now_keeps_nobody_from_taking_over(
    hotline: Hotline, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Settings:
        raise BadConfig("zhitong.toml", [Fault(field="ladder.rung_seconds", value="x", mend="写秒数。")])

    assert as_set_now(hotline, broken) is hotline
    assert "ladder.rung_seconds" in caplog.text

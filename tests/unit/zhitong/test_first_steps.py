"""How far a line is set up is read off what was set and tried."""

from pathlib import Path

from tests.fakes.told_calls import MORNING
from zhitong.first_steps import CALL, RING, forget_tried, note_tried, steps_of
from zhitong.own_settings import as_set, put_own
from zhitong.settings import load_settings


def test_steps_are_done_one_by_one_and_what_was_set_since_is_to_be_tried_again(tmp_path: Path) -> None:
    settings = load_settings(overrides={"folders": {"data": str(tmp_path / "data")}})
    steps = steps_of(settings)
    assert (steps.line, steps.people, steps.ring, steps.call, steps.done) == (False, False, None, None, False)
    put_own(settings, {"trunk": {"address": "10.1.2.3:5060"}}, now=MORNING)
    assert steps_of(as_set(settings)).line
    (tmp_path / "data" / "county").mkdir()
    (tmp_path / "data" / "county" / "roster.toml").write_text("")
    put_own(settings, {"files": {"roster": "county/roster.toml"}}, now=MORNING)
    note_tried(settings, RING, MORNING)
    note_tried(settings, CALL, MORNING)
    found = steps_of(as_set(settings))
    assert found.done and found.ring == found.call == MORNING
    forget_tried(settings, RING)
    found = steps_of(as_set(settings))
    assert found.ring is None and found.call == MORNING and not found.done
    forget_tried(settings, CALL)
    forget_tried(settings, CALL)
    assert steps_of(as_set(settings)).call is None

"""What is a correction, what people have decided, and where a week ends."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import TRANSITIONS, Case, CaseEvent
from cases.correction import DECIDED, Told, changed, town_in, weeks_until
from routing.calendar import LOCAL
from tests.fakes.told_calls import MORNING, NUMBER

TOLD = Told(text="没水", matter="A1", type="求助", urgency="orange", place="扎西镇", unit="水务局", confidence=0.93)


def case(**fields: str) -> Case:
    as_told = {"matter": "A1", "type": "求助", "urgency": "orange", "place": "扎西镇", "unit": "水务局"}
    known = {"first_unit": "水务局"} | as_told | fields
    return Case(number=NUMBER, call_id="1.1", caller="", dialled="12345", answered_at=MORNING, **known)  # type: ignore[arg-type]


def test_what_stands_as_the_machine_said_it_is_no_correction() -> None:
    assert changed(TOLD, case()) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [("matter", "A2"), ("type", "投诉"), ("urgency", "red"), ("place", "双河乡"), ("unit", "能源局")],
)
def test_each_field_that_people_made_something_else_of_is_one(field: str, value: str) -> None:
    assert changed(TOLD, case(**{field: value})) == (field,)


def test_a_place_told_more_exactly_and_a_unit_that_nobody_has_given_it_to_are_none() -> None:
    assert changed(TOLD, case(place="扎西镇河口村三组")) == ()
    assert changed(TOLD, case(unit="能源局", first_unit="")) == ()


def test_what_is_decided_cannot_be_returned() -> None:
    returnable = {state for state, event in TRANSITIONS if event is CaseEvent.RETURN}
    assert not returnable & DECIDED


def test_the_longest_town_that_is_named_counts() -> None:
    assert town_in("云岭县扎西镇河口村", ["扎西镇", "河乡"]) == "扎西镇"
    assert town_in("菜市场门口", ["扎西镇"]) == ""


@given(st.integers(946_857_600, 4_099_680_000), st.integers(1, 60))
def test_weeks_follow_each_other_from_monday_to_monday_and_the_last_has_now(seconds: int, n: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    weeks = weeks_until(now, n)
    assert len(weeks) == n
    assert weeks[-1][0] <= now < weeks[-1][1]
    for since, until in weeks:
        assert (since.isoweekday(), since.hour, until - since) == (1, 0, timedelta(weeks=1))
        assert since.tzinfo is LOCAL
    assert all(one[1] == after[0] for one, after in pairwise(weeks))

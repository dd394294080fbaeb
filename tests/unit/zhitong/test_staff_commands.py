"""Which telephones a test ring is for."""

from datetime import timedelta

import pytest

from tests.fakes.directories import (
    DEPUTY,
    DESK,
    DIRECTOR,
    DUTY_ROOM,
    NIGHT,
    STAFF,
    SUPERVISION,
    official,
    small_directory,
)
from zhitong.errors import ChangeRefused
from zhitong.staff_commands import numbers_to_ring


def test_without_a_name_every_number_that_is_not_proven_is_rung() -> None:
    found = numbers_to_ring(small_directory(), None, {DIRECTOR, DEPUTY}, NIGHT)
    assert set(found) == {STAFF, DUTY_ROOM, SUPERVISION, DESK}


def test_places_are_rung_by_their_names_and_officials_by_theirs() -> None:
    directory = small_directory()
    for place, number in (
        (directory.duty_room.name, DUTY_ROOM),
        (directory.supervision.name, SUPERVISION),
        ("受理台", DESK),
        ("director", DIRECTOR),
    ):
        assert numbers_to_ring(directory, place, {number}, NIGHT) == [number], place
    gone = small_directory(more=(official("gone", "13800000009", last=NIGHT.date() - timedelta(days=1)),))
    assert "13800000009" not in numbers_to_ring(gone, None, set(), NIGHT)
    with pytest.raises(ChangeRefused, match="没有在用的号码"):
        numbers_to_ring(gone, "gone", set(), NIGHT)
    with pytest.raises(ChangeRefused, match="没有"):
        numbers_to_ring(directory, "谁", set(), NIGHT)

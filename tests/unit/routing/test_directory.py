from datetime import date, timedelta

from routing.directory import Directory
from routing.officials import Phone
from tests.fakes.directories import DESK, DIRECTOR, DUTY_ROOM, NIGHT, NOON, SUPERVISION, official, small_directory

OFFICE = "08702120003"


LAST, FIRST = date(2026, 12, 4), date(2026, 12, 5)
"""The last day of the old, the first of the new: NIGHT is on the fifth, NOON on the fourth."""


def passed_on() -> Directory:
    """A telephone that was the predecessor's and is the successor's."""
    old = Phone(number=OFFICE, last=LAST), Phone(number="13800000008")
    new = Phone(number=OFFICE, first=FIRST), Phone(number="13800000009", first=FIRST)
    return small_directory(
        more=(official("old", OFFICE, phones=old), official("new", OFFICE, phones=new, first=LAST, last=FIRST))
    )


def test_a_telephone_that_is_passed_on_reaches_one_and_then_the_other():
    directory = passed_on()
    assert directory.whose(OFFICE, NOON) == (("old", "old"),)
    assert directory.whose(OFFICE, NIGHT) == (("new", "new"),)
    assert directory.whose("13800000009", NOON) == ()
    old, new = (directory.roster.official(one) for one in ("old", "new"))
    assert [directory.callable(old, now) for now in (NOON, NIGHT)] == [(OFFICE, "13800000008"), ("13800000008",)]
    assert [directory.callable(new, now) for now in (NOON, NIGHT)] == [(), (OFFICE, "13800000009")]
    assert directory.callable(new, NIGHT + timedelta(days=1)) == (), "he has left"


def test_only_what_is_in_use_may_be_dialled():
    directory = passed_on()
    assert directory.numbers() - directory.in_use(NOON) == {"13800000009"}
    assert directory.numbers() - directory.in_use(NIGHT) == set()
    assert directory.numbers() - directory.in_use(NIGHT + timedelta(days=1)) == {OFFICE, "13800000009"}
    assert small_directory().in_use(NIGHT) == small_directory().numbers()


def test_a_number_is_known_by_all_who_are_reached_by_it():
    directory = small_directory(more=(official("secretary", DIRECTOR, post="秘书"),))
    assert directory.whose(DIRECTOR, NIGHT) == (("director", "director"), ("secretary", "秘书secretary"))
    assert directory.whose(DUTY_ROOM, NIGHT) == (("duty_room", "值班室"),)
    assert directory.whose(SUPERVISION, NIGHT) == (("supervision", "督查室"),)
    assert directory.whose(DESK, NIGHT) == (("desk", "受理台"),)
    assert directory.whose("13900000000", NIGHT) == ()


def test_who_is_reached_by_a_number_is_called_the_same_by_their_id():
    directory = small_directory(more=(official("secretary", "13800000009", post="秘书"),))
    for number in ("13800000009", DUTY_ROOM, SUPERVISION):
        ((who, called),) = directory.whose(number, NIGHT)
        assert directory.called(who) == called
    assert directory.called("county") == "county", "an address of the county's own"

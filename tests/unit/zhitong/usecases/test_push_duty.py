from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.router import duty_ladder
from tests.fakes.directories import NIGHT, all_day, directories, moments, small_directory
from zhitong.usecases.push_duty import duty_pushes, push_duty

REAL = datetime(2031, 1, 1, 12, 0, 0, 400_000, tzinfo=UTC)


class AstDb:
    """AstDB as a dictionary; `fails_after` writes it refuses, as when Asterisk goes away."""

    def __init__(self, fails_after: int = 10_000) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.left = fails_after
        self.log: list[str] = []

    def put(self, family: str, key: str, value: str) -> None:
        self._step("put")
        self.rows[family, key] = value

    def delete(self, family: str, key: str) -> None:
        self._step("del")
        del self.rows[family, key]

    def keys(self, family: str) -> list[str]:
        return [key for name, key in self.rows if name == family]

    def ladder(self, epoch: float) -> str | None:
        """As the dialplan picks it: the largest key that is not later than now; without the end that takes no key."""
        past = [key for key in self.keys("duty") if int(key) <= epoch]
        return self.rows["duty", max(past)].partition("|")[0] if past else None

    def _step(self, name: str) -> None:
        if self.left == 0:
            raise ConnectionError("Asterisk has gone")
        self.left -= 1
        self.log.append(name)


def push(db: AstDb, directory, now=NIGHT, real=REAL) -> int:
    return push_duty(directory=directory, now=now, real_now=real, db_put=db.put, db_del=db.delete, db_keys=db.keys)


def test_the_first_ladder_is_valid_at_once_and_keys_have_ten_digits():
    db = AstDb()
    push(db, small_directory())
    assert db.ladder(REAL.timestamp()) == "&".join(duty_ladder(NIGHT, small_directory()))
    assert all(len(key) == 10 for key in db.keys("duty"))


@given(directories(), moments, st.integers(0, 72 * 3600 - 2))
def test_asterisk_finds_at_each_real_moment_the_ladder_of_the_hotlines_clock(directory, now, later):
    db = AstDb()
    push(db, directory, now=now)
    there = REAL + timedelta(seconds=later)
    # Keys are whole seconds: Asterisk may turn to the next ladder up to one second early.
    expected = {"&".join(duty_ladder(now + timedelta(seconds=later + s), directory)) for s in (0, 1)}
    assert db.ladder(there.timestamp()) in expected


@given(directories(), moments)
def test_the_duty_room_at_the_end_of_each_ladder_takes_a_call_without_a_key(directory, now):
    for _, value in duty_pushes(now, REAL, directory):
        ladder, open_end, lines = value.split("|")
        assert open_end == ladder.split("&")[-1] == directory.duty_room.numbers[-1]
        assert lines == "&".join(str(directory.lines(number)) for number in ladder.split("&"))


def test_a_new_roster_leaves_no_ladder_of_the_old_one():
    db = AstDb()
    db.rows["duty", f"{int(REAL.timestamp()) + 3600:010d}"] = "old"
    db.rows["duty", "0000000001"] = "older"
    push(db, small_directory(shifts=all_day("deputy")))
    assert "old" not in db.rows.values()
    assert "older" not in db.rows.values()


@pytest.mark.parametrize("after", range(4))
def test_whenever_the_push_breaks_off_there_is_a_ladder_for_now(after):
    db = AstDb()
    push(db, small_directory())
    db.left = after
    for family, key in [("duty", f"{int(REAL.timestamp()) - 7:010d}"), ("duty", f"{int(REAL.timestamp()) + 7:010d}")]:
        db.rows[family, key] = "1&2&3"
    with pytest.raises(ConnectionError):
        push(db, small_directory(), now=NIGHT + timedelta(seconds=60), real=REAL + timedelta(seconds=60))
    assert db.ladder(REAL.timestamp() + 60)


def test_nothing_is_removed_before_the_new_ladders_are_in():
    db = AstDb()
    push(db, small_directory())
    push(db, small_directory(), now=NIGHT + timedelta(hours=1), real=REAL + timedelta(hours=1))
    assert db.log == ["put", "put", "del"]


def test_another_family_is_left_alone():
    db = AstDb()
    db.rows["call", "1"] = "x"
    push(db, small_directory())
    assert db.rows["call", "1"] == "x"


def test_pushes_of_a_fast_forwarded_clock_carry_real_moments():
    ahead = REAL + timedelta(days=400)
    pushes = duty_pushes(ahead, REAL, small_directory())
    assert int(pushes[0][0]) == int(REAL.timestamp())

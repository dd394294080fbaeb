"""What takes long to count is counted behind: no page waits for it, and each says as of when it shows what."""

import threading
from datetime import timedelta

import pytest

from tests.fakes.told_calls import MORNING
from zhitong.usecases.kept import MOST_WANTED, Kept, Wanted

FRESH = timedelta(minutes=2)
LONG = 20.0


class Counting:
    """Counts 1, 2, 3 …, each when the test lets it."""

    def __init__(self) -> None:
        self.lets, self.n = threading.Semaphore(0), 0

    def __call__(self) -> int:
        assert self.lets.acquire(timeout=LONG)
        self.n += 1
        return self.n


def wanted(make: Counting, key: str = "x") -> list[Wanted[int]]:
    return [Wanted(key=key, make=make, fresh=FRESH)]


def test_what_is_being_counted_keeps_nobody_waiting_and_is_there_later() -> None:
    make, hurried, patient = Counting(), Kept(wait=0), Kept(wait=LONG)
    assert hurried.ask(wanted(make), now=MORNING) == [None]
    make.lets.release()
    make.lets.release()
    (held,) = patient.ask(wanted(make), now=MORNING)
    assert held is not None and held.at == MORNING


def test_what_is_old_is_shown_with_its_time_while_it_is_counted_anew() -> None:
    make, kept = Counting(), Kept(wait=LONG)
    make.lets.release()
    (first,) = kept.ask(wanted(make), now=MORNING)
    assert first is not None and (first.value, first.at) == (1, MORNING)
    assert kept.ask(wanted(make), now=MORNING + FRESH - timedelta(seconds=1)) == [first], "still fresh"
    later = MORNING + FRESH
    assert kept.ask(wanted(make), now=later) == [first], "shown at once, though it is counted anew"
    make.lets.release()
    other = Counting()
    other.lets.release()
    kept.ask(wanted(other, "y"), now=later)  # comes after it
    (again,) = kept.ask(wanted(make), now=later)
    assert again is not None and (again.value, again.at) == (2, later)


def test_who_asked_is_told_what_went_wrong_and_may_ask_again() -> None:
    kept, fail = Kept(wait=LONG), [True]

    def make() -> int:
        if fail.pop():
            raise ValueError("数据库用不了")
        return 7

    with pytest.raises(ValueError, match="数据库用不了"):
        kept.ask([Wanted(key="x", make=make, fresh=FRESH)], now=MORNING)
    fail.append(False)
    (held,) = kept.ask([Wanted(key="x", make=make, fresh=FRESH)], now=MORNING)
    assert held is not None and held.value == 7


def test_no_more_waits_to_be_counted_than_there_is_room_for() -> None:
    make, kept = Counting(), Kept(wait=0)
    many = [Wanted(key=n, make=make, fresh=FRESH) for n in range(MOST_WANTED + 5)]
    assert kept.ask(many, now=MORNING) == [None] * len(many)
    last = Wanted(key="last", make=Counting(), fresh=FRESH)
    assert kept.ask([last], now=MORNING) == [None] and last.make.n == 0  # type: ignore[attr-defined]
    for _ in many:
        make.lets.release()

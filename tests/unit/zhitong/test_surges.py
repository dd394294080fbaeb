"""The count in memory: one lock, and only what belongs together counts together."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from cases.surge import Seen, SurgeRules
from ivr.facts import Fact
from routing.calendar import LOCAL
from zhitong.store.surges import CountedCall, SurgeState
from zhitong.surges import LiveSurges

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=LOCAL)


def live() -> LiveSurges:
    return LiveSurges(SurgeRules(), ("扎西镇", "旧城镇", "扎西"))


def called(
    surges: LiveSurges, n: int, place: str = "扎西镇", matter: str = "A1", *, counts: bool = True
) -> Seen | None:
    at = NOON + timedelta(seconds=n)
    return surges.see(call_id=f"1.{n}", caller=f"139{n:08d}", place=place, matter=matter, now=at, counts=counts)


def talk(surges: LiveSurges, n: int, kind: str = "talk", **detail: object) -> None:
    told = {"i": 1, "number": "13800000001"} if kind == "talk" else {"seconds": 1.0, **detail}
    surges.hear(Fact(call_id=f"1.{n}", seq=9, at=NOON, ms=0, kind=kind, detail=told))


def state(**changes: object) -> SurgeState:
    told = {"id": "1.3", "town": "扎西镇", "matter": "A1", "opened_at": NOON, "last_at": NOON, "acknowledged": False}
    return SurgeState(**({"talked": False, "announcement": "", "open": True} | told | changes))  # type: ignore[arg-type]


def test_of_many_calls_at_the_same_instant_one_opens_it_and_two_were_before() -> None:
    surges, barrier = live(), Barrier(24)

    def dial(n: int) -> Seen | None:
        barrier.wait(10)
        return called(surges, n)

    with ThreadPoolExecutor(24) as pool:
        seen = [one for one in pool.map(dial, range(24)) if one is not None]
    steps = sorted(one.step for one in seen)
    assert steps == ["counted"] * 2 + ["joined"] * 21 + ["opened"]
    assert len({one.surge for one in seen if one.surge}) == 1
    assert len(next(one for one in seen if one.step == "opened").calls) == 2


def test_the_town_is_the_longest_name_that_the_place_begins_with() -> None:
    surges = live()
    assert [one.town for n, place in enumerate(("扎西镇河边", "扎西新村")) if (one := called(surges, n, place))] == [
        "扎西镇",
        "扎西",
    ]
    assert called(surges, 7, "河边") is None and called(surges, 8, "") is None


def test_other_towns_and_matters_are_counted_apart() -> None:
    surges = live()
    seen = [called(surges, 1), called(surges, 2, "旧城镇"), called(surges, 3, matter="C2"), called(surges, 4)]
    assert [one.step for one in seen if one] == ["counted"] * 4


def test_a_talk_makes_the_next_caller_be_spared_and_one_that_broke_off_does_not() -> None:
    surges = live()
    for n in (1, 2, 3):
        called(surges, n)
    talk(surges, 2)
    talk(surges, 2, "talk_over", why="dropped")
    assert called(surges, 4).step == "joined"  # type: ignore[union-attr]
    talk(surges, 2)
    talk(surges, 2, "talk_over", why="SUCCESS")
    assert called(surges, 5).step == "spared"  # type: ignore[union-attr]


def test_a_call_back_belongs_to_an_open_surge_and_opens_none() -> None:
    surges = live()
    for n in (1, 2, 3):
        assert called(surges, n, counts=False) is None
        called(surges, n + 10)
    assert called(surges, 20, counts=False).step == "joined"  # type: ignore[union-attr]
    talk(surges, 20)
    assert called(surges, 21).step == "spared", "the talk of a call back counts"  # type: ignore[union-attr]


def test_what_the_database_says_of_a_surge_is_taken_over() -> None:
    surges = live()
    surges.look({"1.3": state(acknowledged=True)}, NOON)
    assert surges.ids() == ("1.3",) and called(surges, 4).step == "spared"  # type: ignore[union-attr]
    surges.look({"1.3": state(open=False)}, NOON)
    assert surges.ids() == () and called(surges, 5).step == "counted"  # type: ignore[union-attr]


@pytest.mark.parametrize("open", [True, False])
def test_another_surge_of_the_same_matter_changes_nothing_about_this_one(open: bool) -> None:
    surges = live()
    for n in (1, 2, 3):
        called(surges, n)
    surges.look({"0.1": state(id="0.1", acknowledged=True, open=open)}, NOON)
    assert surges.ids() == ("1.3",) and called(surges, 4).step == "joined"  # type: ignore[union-attr]


def test_calls_from_before_the_start_count_once() -> None:
    surges = live()
    called(surges, 1)
    rows = [
        CountedCall(call_id=f"1.{n}", caller=f"139{n:08d}", at=NOON, town="扎西镇", matter="A1", talked=n == 0)
        for n in (0, 1)
    ]
    surges.restore(rows)
    surges.restore(rows)
    assert called(surges, 2).step == "opened"  # type: ignore[union-attr]
    assert called(surges, 3).step == "spared", "one of them was talked about"  # type: ignore[union-attr]


def test_to_ask_whether_a_surge_is_open_counts_nothing() -> None:
    surges = live()

    def is_open(place: str = "扎西镇河边", *, after: timedelta = timedelta(minutes=1)) -> bool:
        return surges.open(place=place, matter="A1", now=NOON + after)

    for n in range(2):
        called(surges, n)
        assert not is_open() and not is_open()
    called(surges, 2)
    assert is_open() and not is_open("旧城镇") and not is_open("")
    assert not is_open(after=timedelta(hours=25))

"""监听: supervision is told when somebody begins to listen; one listener to a call; what turns secret is found."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, Role
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import MoveRefused
from zhitong.live.calls import Command
from zhitong.notices.notice import SECRET
from zhitong.notices.places import Places
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.usecases.monitor_live import list_monitored, monitor_live, monitoring_over, turned_secret
from zhitong.usecases.send_notices import send_due

CALL, ADDRESS = "1757553630.7", "wecombot://supervision"
TELLS = Places(to={"monitor": ("supervision",)}, addresses={"supervision": (ADDRESS,)})
SUPERVISION = Actor(name="督查刘波", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    change(engine, type="求助", transcript="停水")
    return engine


def change(engine: Engine, **fields: str) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def listen(engine: Engine, by: Actor = SUPERVISION) -> list[Command]:
    told = list[Command]()
    monitor_live(engine, call_id=CALL, reason="抽查接听", by=by, now=MORNING, order=told.append, on=True)
    return told


def sent(engine: Engine, places: Places = TELLS) -> dict[str, str]:
    told = dict[str, str]()

    def send(text: str, addresses: Iterable[str]) -> dict[str, str]:
        new = dict.fromkeys(addresses, text)
        told.update(new)
        return dict.fromkeys(new, "")

    send_due(
        engine,
        now=lambda: MORNING + timedelta(seconds=5),
        directory=small_directory,
        places=lambda: places,
        towns=frozenset(),
        send=send,
        going=lambda: True,
    )
    return told


def test_supervision_is_told_at_once_which_call_and_by_no_name(engine: Engine) -> None:
    (told,) = listen(engine)
    assert (told.do, told.call, told.to) == ("monitor", CALL, "supervision")
    text = sent(engine)[ADDRESS]
    assert NUMBER in text and "有人监听" in text and SUPERVISION.name not in text and "抽查" not in text


def test_where_nobody_can_be_told_it_is_something_that_people_must_see_to(engine: Engine) -> None:
    listen(engine)
    assert sent(engine, replace(TELLS, addresses={})) == {}
    with reading(engine) as connection:
        found = [row.text for row in all_incidents(connection, "notice")]
    assert len(found) == 1 and "有人监听来电" in found[0] and "督查" in found[0]


def test_of_what_has_become_secret_meanwhile_the_notice_tells_nothing_and_the_listener_is_found(engine: Engine) -> None:
    listen(engine)
    assert turned_secret(engine) == []
    change(engine, secrecy="保密")
    assert len(turned_secret(engine)) == 1
    assert sent(engine)[ADDRESS].startswith(SECRET)


def test_of_those_who_ask_in_the_same_moment_one_listens(engine: Engine) -> None:
    ready, outcomes = threading.Barrier(4), list[str]()

    def ask(name: str) -> None:
        ready.wait(10)
        try:
            listen(engine, replace(SUPERVISION, name=name))
            outcomes.append("listens")
        except MoveRefused as refused:
            outcomes.append(str(refused))

    threads = [threading.Thread(target=ask, args=[f"督查{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["listens", *["已经有人在监听这个来电"] * 3]


def test_what_is_over_keeps_its_first_end_and_the_call_is_free_for_another(engine: Engine) -> None:
    listen(engine)
    (first,) = list_monitored(engine, by=SUPERVISION, now=MORNING)
    for outcome in ("没有接电话", "听完了"):
        monitoring_over(engine, first.id, now=MORNING, outcome=outcome)
    listen(engine, replace(SUPERVISION, name="督查老钱"))
    found = [(one.by, one.outcome) for one in list_monitored(engine, by=SUPERVISION, now=MORNING)]
    assert found == [("督查老钱", ""), (SUPERVISION.name, "没有接电话")]
    older = list_monitored(engine, by=SUPERVISION, now=MORNING, before=first.id + 1)
    assert [one.id for one in older] == [first.id]

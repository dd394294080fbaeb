"""接通三件事: whose telephone rings gets which case it is and what to do in the talk; nobody else, and not late."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from routing.faults import BadConfig
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.notices.notice import SECRET, due_kind
from zhitong.notices.places import Places
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.usecases.send_notices import send_due

WANG, LI = "wecombot://wang", "dingtalk://li"
DIRECTORY = small_directory(
    more=(official("wang", "13900000001", post="局长"), official("li", DEPUTY, post="副局长")),
)
PLACES = Places(to={"call": ("route",)}, addresses={"wang": (WANG,), "li": (LI,)})
RUNG = MORNING + timedelta(seconds=6)


def send(
    engine: Engine,
    *,
    now: datetime = RUNG + timedelta(seconds=20),
    places: Places = PLACES,
    why: str = "",
    pocket: str = "",
) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []

    def carrier(text: str, addresses: Iterable[str]) -> dict[str, str]:
        told = list(addresses)
        sent.extend((address, text) for address in told)
        return dict.fromkeys(told, why)

    send_due(
        engine,
        now=lambda: now,
        directory=lambda: DIRECTORY,
        places=lambda: places,
        towns=frozenset({"扎西镇"}),
        send=carrier,
        going=lambda: True,
        scripts=RULES.scripts,
        pocket=pocket,
    )
    return sent


def tasks(engine: Engine) -> list[DueTask]:
    with reading(engine) as connection:
        return [task for task in tasks_of(connection, NUMBER) if task.kind == due_kind("call")]


def rings() -> ToldCall:
    """The director's telephone rings, and rings again in the next round; then the deputy's."""
    call = ToldCall().opened().understood().planned()
    call.note(6, "rung", i=1, number="13900000001").note(12, "rung", i=2, number=DEPUTY)
    return call.note(20, "rung", i=1, number="13900000001")


def change(engine: Engine, **fields: str) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])


def test_each_whose_telephone_rings_is_told_once_while_it_rings(engine: Engine) -> None:
    tell_it(engine, RULES, rings())
    sent = send(engine)
    assert [address for address, _ in sent] == [WANG, LI]
    for _, text in sent:
        assert text.startswith(f"来电：工单 {NUMBER}（橙色，水务局，扎西镇）。①问清哪天") and "③" in text
        assert len(text) <= 134 and CITIZEN not in text and "取水" not in text
    assert [task.outcome for task in tasks(engine)] == ["已发 1 人"] * 2 and send(engine) == []


def test_whose_case_it_is_gets_a_link_to_it_with_the_call(engine: Engine) -> None:
    tell_it(engine, RULES, rings())
    change(engine, type="求助", unit="政务服务管理局")
    pocket = "https://pocket.example"
    sent = dict(send(engine, pocket=pocket, places=replace(PLACES, addresses={"wang": (WANG,), "li": (LI, WANG)})))
    assert [address for address, text in sent.items() if f" {pocket}/p/" in text] == [LI], "WANG is no one's alone"


@pytest.mark.parametrize("what", [{"type": "举报"}, {"secrecy": "保密"}])
def test_of_what_is_secret_only_that_there_is_something(engine: Engine, what: dict[str, str]) -> None:
    tell_it(engine, RULES, rings())
    change(engine, **what)
    assert {text.partition("（")[0] for _, text in send(engine)} == {SECRET}


def test_who_is_complained_of_gets_none_nor_do_those_of_his_unit_and_nobody_gets_his(engine: Engine) -> None:
    tell_it(engine, RULES, rings())
    change(engine, accused=kept_with("", official_keys("wang", "王明")))
    assert send(engine) == []
    assert {task.outcome for task in tasks(engine)} == {"没有要告诉的人，或者没有登记地址"}


def test_what_comes_too_late_to_help_in_the_talk_is_not_sent_and_is_nobodys_matter(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    assert send(engine, now=RUNG + timedelta(minutes=6)) == []
    with reading(engine) as connection:
        assert all_incidents(connection, "notice") == []
    assert {task.outcome for task in tasks(engine)} == {"过时了，没有发"}


def test_without_an_address_a_gateway_or_the_wish_nobody_is_bothered(engine: Engine) -> None:
    tell_it(engine, RULES, rings())
    assert send(engine, places=replace(PLACES, to={"call": ()})) == []
    with reading(engine) as connection:
        assert all_incidents(connection, "notice") == [] and all_incidents(connection, "warning") == []


def test_a_gateway_that_refuses_leaves_a_note_on_the_task_alone(engine: Engine) -> None:
    tell_it(engine, RULES, rings())
    assert len(send(engine, why="对方没有收下")) == 2
    assert {task.outcome for task in tasks(engine)} == {"网关没有收下"}
    with reading(engine) as connection:
        assert all_incidents(connection, "notice") == []


def test_a_faulty_file_of_addresses_holds_nothing_up(engine: Engine) -> None:
    def faulty() -> Places:
        raise BadConfig("notices.toml", [])

    tell_it(engine, RULES, rings())
    send_due(
        engine,
        now=lambda: RUNG,
        directory=lambda: DIRECTORY,
        places=faulty,
        towns=(),
        send=lambda text, to: {},
        going=lambda: bool([task for task in tasks(engine) if task.done_at is None and task.due_at <= RUNG]),
    )
    assert tasks(engine)[0].outcome == "通知设置有错，没有发"

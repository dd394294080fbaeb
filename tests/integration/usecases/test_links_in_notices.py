"""办件链接 in notices: whose own address it is gets a link that opens that case; nobody else does."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import DEPUTY, MORNING, RULES, tell_it, unheard
from zhitong.errors import LinkOver
from zhitong.notices.places import Places
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing
from zhitong.usecases.pocket_links import open_link
from zhitong.usecases.send_notices import send_due

UNHEARD = "20250911-092030-0008"
LATER = MORNING + timedelta(minutes=5)
WANG, LI, OFFICE, GROUP = "wecombot://wang", "dingtalk://li", "mailto://office", "wecombot://group"
DIRECTORY = small_directory(
    more=(
        official("wang", "13900000001", "director", unit="water", post="局长"),
        official("li", DEPUTY, post="副局长"),  # of another unit
    )
)
PLACES = Places(
    to={"missed": ("route", "office")},
    addresses={"wang": (WANG, GROUP), "li": (LI, GROUP), "office": (OFFICE,)},
)
ADDRESS = "https://pocket.example"
LINK = re.compile(rf" {ADDRESS}/p/([\w-]{{43}})$")


def sent(engine: Engine, pocket: str = ADDRESS) -> dict[str, str]:
    told = dict[str, str]()

    def send(text: str, addresses: Iterable[str]) -> dict[str, str]:
        new = dict.fromkeys(addresses, text)
        assert not told.keys() & new.keys(), "nobody is told twice"
        told.update(new)
        return dict.fromkeys(new, "")

    send_due(
        engine,
        now=lambda: LATER,
        directory=lambda: DIRECTORY,
        places=lambda: PLACES,
        towns=frozenset({"扎西镇"}),
        send=send,
        going=lambda: True,
        pocket=pocket,
    )
    return told


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, unheard())
    change(engine, unit="水务局", type="求助")
    return engine


def change(engine: Engine, **fields: str) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, UNHEARD), **fields)])  # type: ignore[arg-type]


def test_who_may_see_the_case_gets_a_link_and_others_the_notice_alone(engine: Engine) -> None:
    told = sent(engine)
    assert set(told) == {WANG, LI, OFFICE, GROUP}
    assert {address for address, text in told.items() if LINK.search(text)} == {WANG}
    found = LINK.search(told[WANG])
    assert found and open_link(engine, DIRECTORY, found[1], now=LATER)
    assert told[WANG].startswith(told[LI]) and found[1] not in told[LI]
    change(engine, unit="政务服务管理局")
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, found[1], now=LATER)


def test_without_an_address_for_mobiles_there_is_no_link(engine: Engine) -> None:
    assert "/p/" not in "".join(sent(engine, pocket="").values())


def test_of_what_is_secret_there_is_no_link(engine: Engine) -> None:
    change(engine, secrecy="保密")
    told = sent(engine)
    assert told and "/p/" not in "".join(told.values())

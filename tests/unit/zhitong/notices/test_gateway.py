"""Gateways are slow, gone, or refuse: what is told of it, and how long it takes."""

import threading
import time

import pytest

from tests.fakes.notice_gateway import NoticeGateway, receiving
from zhitong.notices.gateway import AT_ONCE, TITLE, Gateway, by_apprise, channel

KEY = "json://127.0.0.1:9/a-key-that-nobody-may-see"


def test_each_address_is_sent_to_once_and_told_by_itself() -> None:
    sent: list[str] = []

    def notify(address: str, text: str) -> str:
        sent.append(address)
        return "" if address != "b://" else "对方没有收下"

    addresses = ["a://", "b://", "a://", *(f"x{n}://" for n in range(2 * AT_ONCE))]
    answers = Gateway(notify).send("一句话", addresses)
    assert answers == {address: "" if address != "b://" else "对方没有收下" for address in addresses}
    assert sorted(sent) == sorted(set(addresses))


def test_a_gateway_that_hangs_holds_nobody_up_and_is_not_tried_again_before_it_is_done() -> None:
    go_on = threading.Event()

    def notify(address: str, text: str) -> str:
        return "" if address == "good://" or go_on.wait(20) else "?"

    gateway = Gateway(notify, limit=0.05)
    assert gateway.send("一", ["hangs://", "good://"]) == {"hangs://": "0.05 秒没有回应", "good://": ""}
    assert gateway.send("二", ["hangs://", "good://"]) == {"hangs://": "前一条还没有回应", "good://": ""}
    go_on.set()
    until = time.monotonic() + 10
    while gateway.send("三", ["hangs://"]) != {"hangs://": ""}:
        assert time.monotonic() < until, "it never came back"


def test_a_gateway_whose_code_fails_is_told_without_its_words() -> None:
    def notify(address: str, text: str) -> str:
        raise RuntimeError(f"no such key: {address}")

    assert Gateway(notify).send("一", [KEY]) == {KEY: "出错（RuntimeError）"}


def test_apprise_takes_a_text_to_a_real_web_server() -> None:
    with receiving(NoticeGateway()) as there:
        assert Gateway(by_apprise).send("您有一件待办。", [there.address]) == {there.address: ""}
        taken = there.taken.get(timeout=10)
    assert (taken["title"], taken["message"]) == (TITLE, "您有一件待办。")


def test_a_refusal_an_address_that_is_none_and_a_port_where_nobody_is_are_told_apart_and_without_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with receiving(NoticeGateway(status=500)) as there:
        wrong = "nosuch://a-key-that-nobody-may-see"
        answers = Gateway(by_apprise).send("一", [there.address, KEY, wrong])
    assert answers == {there.address: "对方没有收下", KEY: "对方没有收下", wrong: "地址不对"}
    assert "a-key-that-nobody-may-see" not in caplog.text


def test_of_an_address_only_its_kind_is_told() -> None:
    assert channel(KEY) == "json"

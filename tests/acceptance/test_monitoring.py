"""监听 on a real call: supervision hears both at its own telephone, and neither hears supervision."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from cases.roles import Role
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech, tone
from tests.acceptance.stage import (
    DIRECTOR,
    NOTICES,
    SURELY_NOT,
    Caller,
    Setting,
    Stage,
    gets_through,
    hears,
    wait_heard,
)
from tests.fakes.office_of_hotline import office_of
from tests.fakes.pages import browser, cookie_of, pages_served, signed_in_page
from zhitong.notices.notice import due_kind
from zhitong.store.due import tasks_of
from zhitong.store.engine import reading
from zhitong.store.monitorings import Monitoring, newest_monitorings
from zhitong.store.sight import seen_by
from zhitong.trial import wait_until
from zhitong.usecases.accounts import actor_named

WHO, SUN = "督查刘波", "13808700007"


@pytest.fixture(scope="module")
def setting() -> Setting:
    overrides = {"ladder": {"next_seconds": 20, "rung_seconds": 30}, "console": {"monitoring": True}}
    return Setting(short=NOTICES, overrides=overrides)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(stage: Stage, chromium: Browser) -> Iterator[Page]:
    """The browser of supervision, whose telephone is SUN's."""
    with office_of(stage.hotline, stage.trial.settings, stage.clock) as office, pages_served(office) as address:
        official = stage.hotline.roster.directory.whose(SUN, stage.clock.now())[0][0]
        cookie = cookie_of(stage.hotline.engine, WHO, Role.SUPERVISION, now=stage.clock.now(), official=official)
        shown = signed_in_page(chromium, address, cookie)
        shown.goto(f"{address}/now")
        yield shown
        shown.context.close()


def in_talk(stage: Stage, number: str) -> tuple[Caller, PhoneCall]:
    """A citizen in a talk with the director."""
    caller = stage.dial(number)
    caller.wait_asked("question", 10)
    caller.call.press("0")
    leg = stage.phone(DIRECTOR).wait_ringing(10)
    leg.answer()
    leg.wait_sound(5)
    leg.press("1")
    caller.wait("talk", 8, number=DIRECTOR)
    stage.case(number, ended=False)
    return caller, leg


def opens(page: Page, caller: Caller) -> None:
    page.goto(page.url.partition("/now")[0] + f"/now/calls/{caller.id}")


def listens(stage: Stage, page: Page, caller: Caller) -> PhoneCall:
    """Supervision gives its reason, its telephone rings and is answered."""
    opens(page, caller)
    page.get_by_label("为什么监听").fill("抽查接听质量")
    page.get_by_role("button", name="监听", exact=True).click()
    expect(page.get_by_text("抽查接听质量")).to_be_visible()
    listener = stage.phone(SUN).wait_ringing(10)
    assert listener.from_number == stage.trial.settings.trunk.caller_id
    listener.answer()
    wait_heard(listener, stage.prompt("monitor_on"), 15, "that one is not heard")
    return listener


def entries(stage: Stage) -> list[Monitoring]:
    by = actor_named(stage.hotline.engine, WHO)
    with reading(stage.hotline.engine) as connection:
        return newest_monitorings(connection, sight=seen_by(by), before=0, limit=9)


def test_who_listens_hears_both_and_neither_hears_him_until_he_is_stopped(
    stage: Stage, citizen: str, page: Page
) -> None:
    caller, leg = in_talk(stage, citizen)
    listener = listens(stage, page, caller)
    assert gets_through(listener, caller.call, speech("水管爆了一个星期没人修"))
    assert gets_through(listener, leg, speech("您好我是局长您说什么事", voice="f5"))
    for said in (tone(620, 1.5), speech("督查在听", voice="f5")):
        assert hears(caller.call, listener, said) < SURELY_NOT and hears(leg, listener, said) < SURELY_NOT
    assert gets_through(caller.call, leg, tone(520, 1.5)) and gets_through(leg, caller.call, tone(620, 1.5))
    opens(page, caller)
    expect(page.get_by_text(f"{WHO}正在听")).to_be_visible()
    page.get_by_role("button", name="停止监听").click()
    listener.wait_disconnected(5)
    assert caller.call.live and leg.live and gets_through(leg, caller.call, tone(620, 1.5)), "the talk goes on"
    wait_until(lambda: entries(stage)[0].ended_at is not None, 5, "its end is written down")
    (entry,) = entries(stage)
    assert (entry.by, entry.reason, entry.outcome) == (WHO, "抽查接听质量", "停了") and entry.began_at is not None
    with reading(stage.hotline.engine) as connection:
        assert due_kind("monitor") in [task.kind for task in tasks_of(connection, entry.case_number)]
    page.goto(page.url.partition("/now")[0] + "/supervision/monitored")
    expect(page.get_by_role("row").filter(has_text="抽查接听质量")).to_contain_text("停了")
    caller.call.hang_up()


def test_it_ends_with_the_call(stage: Stage, citizen: str, page: Page) -> None:
    caller, _ = in_talk(stage, citizen)
    listener = listens(stage, page, caller)
    caller.call.hang_up()
    wait_heard(listener, stage.prompt("monitor_over"), 10, "that it is over")
    listener.wait_disconnected(5)
    wait_until(lambda: entries(stage)[0].outcome == "听完了", 5, "its end is written down")


def test_with_the_key_that_would_look_for_another_call_nothing_is_heard_any_more(
    stage: Stage, citizen: str, page: Page
) -> None:
    caller, _ = in_talk(stage, citizen)
    listener = listens(stage, page, caller)
    listener.wait_quiet(10)
    listener.press("*")
    listener.wait_disconnected(10)
    assert caller.call.live
    caller.call.hang_up()


def test_who_does_not_answer_listens_to_nothing(stage: Stage, citizen: str, page: Page) -> None:
    caller, leg = in_talk(stage, citizen)
    stage.phone(SUN).behaviour("busy")
    opens(page, caller)
    page.get_by_label("为什么监听").fill("抽查接听质量")
    page.get_by_role("button", name="监听", exact=True).click()
    wait_until(lambda: entries(stage)[0].outcome == "没有接电话", 15, "nobody listened")
    opens(page, caller)
    expect(page.get_by_role("button", name="监听", exact=True)).to_be_visible()
    assert gets_through(leg, caller.call, tone(620, 1.5))
    caller.call.hang_up()


def test_a_call_that_turns_out_to_be_secret_is_listened_to_no_longer_and_never_again(
    stage: Stage, citizen: str, page: Page
) -> None:
    caller = stage.dial(citizen)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    stage.case(citizen, ended=False)
    listener = listens(stage, page, caller)
    caller.call.say(speech("我要举报"))
    listener.wait_disconnected(20)
    wait_until(lambda: entries(stage)[0].outcome == "来电要保密，停了", 5, "why it ended")
    opens(page, caller)
    expect(page.get_by_role("button", name="监听", exact=True)).to_have_count(0)
    caller.call.hang_up()


def test_supervision_that_is_no_official_of_the_roster_listens_at_supervisions_telephone(
    stage: Stage, citizen: str, chromium: Browser
) -> None:
    number = stage.hotline.roster.directory.supervision.numbers[0]
    with office_of(stage.hotline, stage.trial.settings, stage.clock) as office, pages_served(office) as address:
        cookie = cookie_of(stage.hotline.engine, "督查老钱", Role.SUPERVISION, now=stage.clock.now())
        page = signed_in_page(chromium, address, cookie)
        caller, leg = in_talk(stage, citizen)
        page.goto(f"{address}/now/calls/{caller.id}")
        page.get_by_label("为什么监听").fill("抽查接听质量")
        page.get_by_role("button", name="监听", exact=True).click()
        listener = stage.phone(number).wait_ringing(10)
        listener.answer()
        wait_heard(listener, stage.prompt("monitor_on"), 15, "that one is not heard")
        listener.wait_quiet(10)
        assert gets_through(listener, leg, speech("您好我是局长您说什么事", voice="f5"))
        listener.hang_up()
        caller.call.hang_up()
        page.context.close()


def test_an_officials_own_call_is_listened_to_by_nobody(stage: Stage, page: Page) -> None:
    since = stage.watcher.count
    official = stage.phone(DIRECTOR).dial(stage.trial.line, via=stage.trial.address)
    official.wait_answered(5)
    stage.watcher.wait("asked", limit=15, since=since, prompt="staff_menu")
    official.press("0")
    opened = stage.watcher.wait("opened", limit=10, since=since, kind="inbound", caller=DIRECTOR)
    stage.watcher.wait("asked", limit=15, since=since, prompt="question")
    stage.case(DIRECTOR, ended=False)
    page.goto(page.url.partition("/now")[0] + f"/now/calls/{opened.call_id}")
    page.get_by_label("为什么监听").fill("抽查接听质量")
    page.get_by_role("button", name="监听", exact=True).click()
    expect(page.get_by_text("干部自己的来电都不能监听")).to_be_visible()
    assert entries(stage)[0].outcome.startswith("没有办成")
    official.hang_up()

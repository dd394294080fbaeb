"""值班台 on a real call: seen in a browser while it is made, put through to others, ended."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from cases.roles import Role
from ivr.softphone_audio import speech, tone
from tests.acceptance.stage import DEPUTY, DIRECTOR, NOTICES, THIRD, Caller, Setting, Stage, gets_through
from tests.fakes.office_of_hotline import office_of
from tests.fakes.pages import browser, cookie_of, pages_served, signed_in_page
from zhitong.trial import wait_until

WHO = "受理周敏"
REQUEST = "我住在扎西镇河边今天又停水没人管"


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES, overrides={"ladder": {"next_seconds": 20, "rung_seconds": 30}})


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(stage: Stage, chromium: Browser) -> Iterator[Page]:
    """The desk's browser in the room 值班台 of a console beside the hotline."""
    with office_of(stage.hotline, stage.trial.settings, stage.clock) as office, pages_served(office) as address:
        cookie = cookie_of(stage.hotline.engine, WHO, Role.DESK, now=stage.clock.now())
        shown = signed_in_page(chromium, address, cookie)
        shown.on("dialog", lambda dialog: dialog.accept())
        shown.goto(f"{address}/now")
        yield shown
        shown.context.close()


def asked(stage: Stage, number: str) -> Caller:
    """A caller who hears the question."""
    caller = stage.dial(number)
    caller.wait_sound_after(caller.wait_asked("question", 10))
    return caller


def put_through(stage: Stage, page: Page, caller: Caller, to: str) -> None:
    """The desk has somebody rung for this call."""
    stage.case(caller.call.number, ended=False)
    page.goto(page.url.partition("/now")[0] + f"/now/calls/{caller.id}")
    option = page.get_by_label("马上打给").locator("option", has_text=to).first
    page.get_by_label("马上打给").select_option(option.get_attribute("value"))
    page.get_by_role("button", name="转接").click()
    expect(page.get_by_role("link", name="刷新")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="没有")).to_have_count(0)


def called(stage: Stage, number: str) -> str:
    return stage.hotline.roster.directory.whose(number, stage.clock.now())[0][1]


def test_a_call_is_seen_live_while_it_is_made_with_its_words_and_its_talk_and_ends(
    stage: Stage, citizen: str, page: Page
) -> None:
    row = page.locator("#calls tbody tr")
    expect(page.get_by_text("现在没有来电")).to_be_visible()
    caller = asked(stage, citizen)
    expect(row).to_contain_text(f"{citizen[:3]}****{citizen[-4:]}")
    caller.call.play(speech(REQUEST))
    expect(row.locator(".hearing")).to_contain_text("扎西镇")
    assert caller.call.at("played") is None, "its words are seen while they are spoken"
    expect(row).to_contain_text(f"{called(stage, DIRECTOR)} 在响铃", timeout=15_000)
    leg = stage.phone(DIRECTOR).wait_ringing(10)
    leg.answer()
    expect(row).to_contain_text("在听简报")
    leg.wait_sound(3)
    leg.press("1")
    expect(row).to_contain_text("通话中", timeout=10_000)
    caller.call.hang_up()
    expect(row).to_have_count(0)


def test_a_caller_still_speaking_is_put_through_to_somebody_on_duty(stage: Stage, citizen: str, page: Page) -> None:
    caller = asked(stage, citizen)
    put_through(stage, page, caller, called(stage, THIRD))
    leg = stage.phone(THIRD).wait_ringing(8)
    assert not [call for call in stage.network.live_calls() if call.number in (DIRECTOR, DEPUTY)], "nobody else rings"
    leg.answer()
    leg.wait_sound(5)
    leg.press("1")
    caller.wait("talk", 8, number=THIRD)
    assert gets_through(caller.call, leg, tone(620, 1.5)) and gets_through(leg, caller.call, tone(520, 1.5))
    caller.call.hang_up()
    told = stage.case(citizen)
    assert told.case.number
    timeline = page.request.get(f"{page.url.partition('/now')[0]}/cases/{told.case.number}").text()
    assert "值班台转接来电：找" in timeline and WHO in timeline


def test_a_caller_for_whom_it_rings_and_who_talks_is_put_through_and_what_rang_is_let_go(
    stage: Stage, citizen: str, page: Page
) -> None:
    caller = asked(stage, citizen)
    caller.call.press("0")
    first = stage.phone(DIRECTOR).wait_ringing(10)
    put_through(stage, page, caller, called(stage, DEPUTY))
    second = stage.phone(DEPUTY).wait_ringing(8)
    first.wait_cancelled(5)
    second.answer()
    second.wait_sound(5)
    second.press("1")
    caller.wait("talk", 8, number=DEPUTY)
    assert gets_through(caller.call, second, tone(620, 1.5))
    put_through(stage, page, caller, called(stage, THIRD))
    second.wait_disconnected(5)
    third = stage.phone(THIRD).wait_ringing(8)
    third.answer()
    third.wait_sound(5)
    third.press("1")
    caller.wait("talk", 8, number=THIRD)
    assert gets_through(third, caller.call, tone(520, 1.5)) and gets_through(caller.call, third, tone(620, 1.5))
    caller.call.hang_up()


def test_the_duty_room_is_connected_as_it_answers_and_nobody_there_means_the_ladder_goes_on(
    stage: Stage, citizen: str, page: Page
) -> None:
    room = stage.hotline.roster.directory.duty_room
    caller = asked(stage, citizen)
    put_through(stage, page, caller, called(stage, THIRD))
    stage.phone(THIRD).wait_ringing(8).reject()
    stage.phone(DIRECTOR).wait_ringing(10)
    put_through(stage, page, caller, room.name)
    leg = stage.phone(room.numbers[-1]).wait_ringing(8)
    leg.answer()
    caller.wait("talk", 5, number=room.numbers[-1])
    assert gets_through(caller.call, leg, tone(620, 1.5))
    caller.call.hang_up()


def test_a_call_is_ended_by_the_desk(stage: Stage, citizen: str, page: Page) -> None:
    caller = asked(stage, citizen)
    stage.case(citizen, ended=False)
    page.goto(page.url.partition("/now")[0] + f"/now/calls/{caller.id}")
    page.get_by_label("为什么挂断").fill("骚扰电话")
    page.get_by_role("button", name="挂断").click()
    caller.call.wait_disconnected(5)
    expect(page.get_by_text("现在没有来电")).to_be_visible()
    wait_until(lambda: not stage.hotline.switchboard.alive, 5, "the call is over")

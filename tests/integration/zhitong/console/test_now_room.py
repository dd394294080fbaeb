"""值班台: live calls as they go on, who is on duty, what is due; putting a call through and ending it."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cases.roles import Role
from tests.fakes.live_hotline import LiveHotline, live_hotline, wait_seen
from tests.fakes.pages import PACKAGES, Clock, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, NUMBER, ToldCall
from zhitong.console.office import Office
from zhitong.live.calls import Command
from zhitong.store.cases import clocks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_incident
from zhitong.store.tables import accesses

WHO = "受理周敏"
CALL = "1757553630.7"
"""Of the case NUMBER."""
INJECTED = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def hotline_and_office(office: Office, tmp_path: Path) -> Iterator[tuple[LiveHotline, Office]]:
    """A hotline that tells its calls, and the office."""
    with live_hotline(office, tmp_path) as both:
        yield both


@pytest.fixture
def hotline(hotline_and_office: tuple[LiveHotline, Office]) -> LiveHotline:
    return hotline_and_office[0]


@pytest.fixture
def desk(hotline_and_office: tuple[LiveHotline, Office]) -> Office:
    return hotline_and_office[1]


def listening(call_id: str = CALL) -> ToldCall:
    return ToldCall(call_id).opened(line="找局长热线").note(6, "asked", prompt="question")


def shown(hotline: LiveHotline, desk: Office, *calls: ToldCall) -> None:
    hotline.hear(*calls)
    wait_seen(desk.live, hotline.link.calls)


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("ZHITONG_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/now-{name}.png", full_page=True)


def test_a_call_is_seen_live_while_it_is_made_and_is_gone_when_it_ends(
    hotline: LiveHotline, desk: Office, chromium: Browser
) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        page.goto(f"{address}/now")
        expect(page.get_by_text("现在没有来电")).to_be_visible()
        call = listening()
        hotline.hear(call)
        row = page.locator("#calls tbody tr")
        expect(row).to_contain_text("138****0001")
        expect(row).to_contain_text("听诉求")
        for text in ("水务局", "水务局办不了", "水务局办不了取水许可"):
            hotline.link.hear(call.note(7, "partial", text=text).facts[-1])
            expect(row.locator(".hearing")).to_have_text(f"{text}…")
        hotline.hear(call.understood(8).planned().note(9, "rung", i=1, number="13900000001"))
        expect(row).to_contain_text("局长王明 在响铃")
        expect(row).to_contain_text("扎西镇 取水许可 投诉 橙")
        expect(page.locator("#count")).to_have_text("1 个")
        hotline.hear(call.note(20, "talk", i=1, number="13900000001"))
        expect(row).to_contain_text("通话中")
        hotline.hear(call.note(80, "gone", phase="talk"))
        expect(row).to_have_count(0)
        expect(page.get_by_text("现在没有来电")).to_be_visible()
        page.context.close()


def test_a_hotline_that_does_not_answer_is_told_with_the_duty_rooms_number_and_comes_back(
    office: Office, tmp_path: Path, chromium: Browser
) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    room = office.directory().duty_room.numbers[0]
    with live_hotline(office, tmp_path) as (hotline, desk), pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        page.goto(f"{address}/now")
        expect(page.get_by_text("热线程序没有应答")).to_be_hidden()
        hotline.link.stop()
        expect(page.get_by_text("热线程序没有应答")).to_be_visible()
        expect(page.locator("#away")).to_contain_text(room)
        again = LiveHotline(tmp_path)
        again.link.start()
        try:
            expect(page.get_by_text("热线程序没有应答")).to_be_hidden()
            again.hear(listening())
            expect(page.locator("#calls tbody tr")).to_have_count(1)
        finally:
            again.link.stop()
        page.context.close()


def test_without_a_script_the_page_shows_the_same_and_refreshes_itself(
    hotline: LiveHotline, desk: Office, chromium: Browser
) -> None:
    shown(hotline, desk, listening().note(7, "partial", text="停水三天"))
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        told = asked(address, "/now", cookie=cookie)
        assert "停水三天" in told.body and "138****0001" in told.body and "13800000001" not in told.body
        assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in told.body
        once = asked(address, "/now/live", cookie=cookie)
        assert once.status == 200 and once.body.startswith("event: calls\ndata: {") and "停水三天" in once.body


def test_who_is_on_duty_and_what_is_due_stands_beside_the_calls(
    hotline: LiveHotline, desk: Office, clock: Clock
) -> None:
    with reading(desk.engine) as connection:
        (close,) = [one for one in clocks_of(connection, NUMBER) if one.code == "close"]
    clock.time = close.due_at - timedelta(hours=1)
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=clock.now())
    with pages_served(desk) as address:
        told = asked(address, "/now", cookie=cookie).body
        duty = told[told.index("现在谁值班") :]
        assert "政务服务管理局" in duty and "带班" in duty and desk.directory().duty_room.numbers[0] in duty
        assert NUMBER in told and "时限快到" in told


def test_a_call_is_put_through_to_somebody_on_duty_and_the_case_tells_who_did_it(
    hotline: LiveHotline, desk: Office, chromium: Browser
) -> None:
    shown(hotline, desk, listening())
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        page.goto(f"{address}/now")
        page.get_by_role("link", name="138****0001").click()
        choices = page.get_by_label("马上打给").locator("option").all_inner_texts()
        assert choices[0].startswith("值班室") and len(choices) == 4
        shot(page, "call-1280")
        page.get_by_label("马上打给").select_option("director")
        page.get_by_role("button", name="转接").click()
        expect(page.get_by_role("heading", name="来电 138****0001")).to_be_visible()
        page.context.close()
        by = Command(do="transfer", call=CALL, by=WHO, to="director")
        assert hotline.commands == [by]
        told = asked(address, f"/cases/{NUMBER}", cookie=cookie).body
        assert "值班台转接来电：找" in told and f"（{WHO}）" in told


def test_a_call_is_ended_with_a_reason_that_stays(hotline: LiveHotline, desk: Office, chromium: Browser) -> None:
    shown(hotline, desk, listening())
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{address}/now/calls/{CALL}")
        page.get_by_label("为什么挂断").fill("骚扰电话")
        page.get_by_role("button", name="挂断").click()
        expect(page.get_by_role("heading", name="值班台")).to_be_visible()
        page.context.close()
        assert hotline.commands == [Command(do="end", call=CALL, by=WHO)]
        assert asked(address, f"/now/calls/{CALL}/end", cookie=cookie, form={"reason": " "}).status == 409
        assert len(hotline.commands) == 1, "without a reason nothing is ended"
        assert "骚扰电话" in asked(address, f"/cases/{NUMBER}", cookie=cookie).body


def test_what_the_hotline_refuses_is_told_and_stands_in_the_case(hotline: LiveHotline, desk: Office) -> None:
    hotline.why_not = "这个来电已经结束。"
    shown(hotline, desk, listening())
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        told = asked(address, f"/now/calls/{CALL}/transfer", cookie=cookie, form={"to": "duty_room"})
        assert told.status == 409 and "已经结束" in told.body
        assert "没有办成：这个来电已经结束" in asked(address, f"/cases/{NUMBER}", cookie=cookie).body
        nobody = asked(address, f"/now/calls/{CALL}/transfer", cookie=cookie, form={"to": "nobody"})
        assert nobody.status == 409 and "不在班" in nobody.body
        assert asked(address, "/now/calls/9.9", cookie=cookie).status == 404


def test_a_command_while_the_hotline_is_away_is_told_with_what_to_do(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, f"/now/calls/{CALL}/transfer", cookie=cookie, form={"to": "duty_room"})
        assert told.status == 503 and "值班室" in told.body
        assert "热线程序没有应答" in asked(address, "/now", cookie=cookie).body


def test_supervision_looks_and_is_offered_nothing_to_do(hotline: LiveHotline, desk: Office) -> None:
    shown(hotline, desk, listening())
    cookie = cookie_of(desk.engine, "督查刘波", Role.SUPERVISION, now=MORNING)
    with pages_served(desk) as address:
        told = asked(address, f"/now/calls/{CALL}", cookie=cookie).body
        assert "138****0001" in told and '<button class="main">转接' not in told and "为什么挂断" not in told


def test_a_call_in_danger_stands_out_and_is_not_offered_to_be_ended(hotline: LiveHotline, desk: Office) -> None:
    shown(hotline, desk, listening().understood(8, text="着火了", danger="fire"))
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        told = asked(address, f"/now/calls/{CALL}", cookie=cookie).body
        assert "有危险" in told and "只由群众自己挂断" in told and "为什么挂断" not in told


def test_who_signs_out_sees_no_more_calls(hotline: LiveHotline, desk: Office, chromium: Browser) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        assert asked(address, "/sign-out", cookie=cookie, form={}).status == 303
        told = asked(address, "/now/live", cookie=cookie, Accept="text/event-stream")
        assert (told.status, told.where) == (303, "/sign-in")


def test_a_live_page_left_alone_does_not_keep_its_viewer_signed_in(desk: Office, clock: Clock) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        clock.forward(timedelta(minutes=45))
        assert asked(address, "/now/live", cookie=cookie).status == 200
        clock.forward(timedelta(minutes=45))
        assert asked(address, "/now/live", cookie=cookie).status == 303


def test_what_callers_say_is_shown_and_never_run(hotline: LiveHotline, desk: Office, chromium: Browser) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    call = listening().note(7, "heard", text=INJECTED, started=1, ended=2)
    call.understood(8, text=INJECTED, matter_name=INJECTED, place=INJECTED).note(9, "partial", text=INJECTED)
    shown(hotline, desk, call)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        for path in ("/now", f"/now/calls/{CALL}"):
            page.goto(address + path)
            expect(page.locator("#calls tbody tr")).to_contain_text(INJECTED)
        page.goto(f"{address}/now")
        hotline.link.hear(call.note(10, "partial", text=f"{INJECTED}又来").facts[-1])
        expect(page.locator(".hearing")).to_contain_text(f"{INJECTED}又来")
        assert not said
        page.context.close()


def test_the_room_works_on_a_telephone_with_the_keyboard_and_for_a_screen_reader(
    hotline: LiveHotline, desk: Office, chromium: Browser
) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    talking = ToldCall("1.2").opened(caller="13900009999", line="找局长热线").understood().planned()
    talking.note(9, "rung", i=1, number="13900000001").note(10, "talk", i=1, number="13900000001")
    ringing = ToldCall("1.3").opened(caller="", line="不动产窗口").understood(3, urgency="red", danger="fire").planned()
    ringing.note(9, "rung", i=1, number="13900000001").note(11, "rung", i=2, number="13900000002")
    shown(hotline, desk, listening().note(7, "partial", text="我住在扎西镇河边，今天又停水没人管"), talking, ringing)
    axe = (PACKAGES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    with pages_served(desk) as address:
        for width in (1280, 390):
            page = signed_in_page(chromium, address, cookie, width=width)
            for name, path in (("room", "/now"), ("call", f"/now/calls/{CALL}")):
                page.goto(address + path)
                expect(page.locator("#calls tbody tr").first).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                shot(page, f"{name}-{width}")
                found = page.evaluate(f"async () => {{ {axe}; return (await axe.run()).violations; }}")
                grave = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
                assert not grave, f"{path}: {found}"
            page.context.close()


def test_the_record_of_accesses_tells_who_looked_at_the_live_calls(hotline: LiveHotline, desk: Office) -> None:
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        asked(address, "/now", cookie=cookie)
    with reading(desk.engine) as connection:
        rows = connection.execute(accesses.select().where(accesses.c.who == WHO)).all()
    assert "实时来电" in {row.what for row in rows}


def test_what_is_to_be_seen_to_names_no_command_of_the_terminal_and_leads_to_its_case(
    desk: Office, chromium: Browser
) -> None:
    with writing(desk.engine) as connection:
        told = f"工单 {NUMBER}：和在办的工单像是同一件事，交办以前请看像哪些（zhitong case duplicates {NUMBER}）"
        record_incident(connection, at=MORNING, kind="alike", mark=f"alike:{NUMBER}", text=told)
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie)
        page.goto(f"{address}/now")
        task = page.locator("li", has_text="交办以前请看像哪些")
        expect(task).not_to_contain_text("zhitong")
        task.get_by_role("link", name="看工单").click()
        expect(page).to_have_url(f"{address}/cases/{NUMBER}")
        page.context.close()

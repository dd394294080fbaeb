"""The page of a case: what is shown of it, what is offered to whom, and what comes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.axe import serious
from tests.fakes.closing import HANDLER, UNIT
from tests.fakes.pages import Clock, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.usecases.assign_case import sign_for, start_case

PAGE = f"/cases/{NUMBER}"
INERT = '<script>window.hurt=1</script>"><img src=x onerror=window.hurt=1>{{7*7}}'


def desk(office: Office) -> str:
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)


def handler(office: Office) -> str:
    return cookie_of(office.engine, "经办赵敏", Role.HANDLER, now=MORNING, units=[UNIT])


def changed(engine: Engine, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def test_the_number_is_masked_until_somebody_says_why_and_that_is_recorded(office: Office) -> None:
    cookie = desk(office)
    with pages_served(office) as address:
        assert CITIZEN not in asked(address, PAGE, cookie=cookie).body
        refused = asked(address, f"{PAGE}/reveal", cookie=cookie, form={"why": " "})
        assert refused.status == 409 and CITIZEN not in refused.body and "没有写看完整号码的原因" in refused.body
        told = asked(address, f"{PAGE}/reveal", cookie=cookie, form={"why": "要回电"})
        assert told.status == 200 and CITIZEN in told.body
        assert CITIZEN not in asked(address, PAGE, cookie=cookie).body
    with reading(office.engine) as connection:
        seen = [(row.who, row.what, row.unmasked) for row in accesses_to(connection, NUMBER)]
    assert ("受理周敏", "看号码：要回电", True) in seen and ("受理周敏", "看网页", False) in seen


def test_what_may_be_done_is_offered_and_nothing_else(office: Office) -> None:
    with pages_served(office) as address:
        his = asked(address, PAGE, cookie=handler(office)).body
        theirs = asked(address, PAGE, cookie=desk(office)).body
        watching = cookie_of(office.engine, "审计吴刚", Role.AUDITOR, now=MORNING)
        assert f'action="{PAGE}/sign"' in his and f'action="{PAGE}/assign"' not in his
        assert f'action="{PAGE}/assign"' in theirs and f'action="{PAGE}/sign"' not in theirs
        assert f'action="{PAGE}/reply"' not in his, "it is not signed for"
        assert "现在没有您要做的" in asked(address, PAGE, cookie=watching).body


def test_what_was_typed_into_a_form_that_is_refused_stands_there_again(office: Office) -> None:
    with pages_served(office) as address:
        told = asked(address, f"{PAGE}/assign", cookie=desk(office), form={"unit": "没有的局", "reason": "对口<b>"})
        assert told.status == 409 and "没有叫 &#39;没有的局&#39; 的单位" in told.body
        assert '<details class="step" id="assign" open>' in told.body and "对口&lt;b&gt;</textarea>" in told.body


def test_a_handler_signs_starts_and_replies_with_the_mouse(office: Office, chromium: Browser) -> None:
    changed(office.engine, matter="A1", matter_name="供水饮水")
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, handler(office))
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address + PAGE)
        page.get_by_role("button", name="签收").click()
        expect(page.get_by_role("status")).to_have_text("签收了。")
        page.get_by_role("button", name="开始办理").click()
        expect(page.get_by_role("status")).to_contain_text("开始办理了")
        page.get_by_text("反馈：写答复…").click()
        page.get_by_label("结论").select_option("暂不能解决")
        page.get_by_label("给群众的一句话").fill("取水许可要等县里的水资源论证")
        page.get_by_role("button", name="反馈，送审核").click()
        expect(page.locator("#told")).to_contain_text("要在答复里写明打算怎么办")
        expect(page.get_by_label("给群众的一句话")).to_have_value("取水许可要等县里的水资源论证")
        assert [line for line in said if "409" not in line] == []
        page.get_by_label("完整的答复").fill("论证 12 月完成，完成以后五天内发证")
        page.get_by_role("button", name="反馈，送审核").click()
        expect(page.get_by_role("status")).to_have_text("反馈了，请单位负责人审核。")
        expect(page.locator(".tag.state")).to_have_text("反馈")
        page.context.close()


def test_without_scripts_a_form_works_too(office: Office, chromium: Browser) -> None:
    cookie = handler(office)
    with pages_served(office) as address:
        context = chromium.new_context(java_script_enabled=False)
        context.add_cookies([{"name": "zhitong", "value": cookie, "url": address}])
        page = context.new_page()
        page.goto(address + PAGE)
        page.get_by_role("button", name="签收").click()
        expect(page.get_by_role("status")).to_have_text("签收了。")
        context.close()


def test_what_citizens_and_clerks_wrote_is_shown_and_does_nothing(office: Office, chromium: Browser) -> None:
    changed(office.engine, transcript=INERT, demand=f"{INERT}2", name=INERT, place=INERT, unit=UNIT, reply=INERT)
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, desk(office), width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address + PAGE)
        expect(page.locator("blockquote")).to_have_text(INERT)
        assert page.evaluate("window.hurt") is None and said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.context.close()


def test_pages_and_prints_bear_who_looks_and_when(office: Office, chromium: Browser) -> None:
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, desk(office))
        page.goto(address + PAGE)
        page.emulate_media(media="print")
        assert "受理周敏 2025-09-11 09:20" in page.locator(".watermark").text_content()
        expect(page.locator(".watermark")).to_be_visible()
        expect(page.locator("#h-steps")).to_be_hidden()
        expect(page.locator("#h-line")).to_be_visible()
        page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(office: Office, chromium: Browser, width: int, clock: Clock) -> None:
    sign_for(office.engine, number=NUMBER, by=HANDLER, now=MORNING)
    start_case(office.engine, number=NUMBER, by=HANDLER, now=MORNING)
    clock.forward(timedelta(days=20))
    with pages_served(office) as address:
        assert serious(chromium, address, desk(office), PAGE, width) == []


@pytest.mark.parametrize("path", ["/cases", "/cases/search?q=取水"])
def test_board_and_search_fit_a_telephone_and_a_screen_reader(office: Office, chromium: Browser, path: str) -> None:
    changed(office.engine, place=INERT)
    with pages_served(office) as address:
        cookie = desk(office)
        assert serious(chromium, address, cookie, path, 1280) == []
        page = signed_in_page(chromium, address, cookie, width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address + path)
        expect(page.locator("main")).to_contain_text(INERT)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("window.hurt") is None and said == []
        page.context.close()


def test_from_the_board_one_finds_a_case_by_a_word_and_opens_it(office: Office, chromium: Browser) -> None:
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, desk(office))
        page.goto(f"{address}/cases")
        page.get_by_label("找工单").fill("扎西 取水")
        page.get_by_role("button", name="找", exact=True).click()
        page.get_by_role("link", name=NUMBER).click()
        expect(page.get_by_role("heading", name=f"工单 {NUMBER}")).to_be_visible()
        page.context.close()


def test_the_board_shows_one_colour(office: Office, clock: Clock) -> None:
    with pages_served(office) as address:
        cookie = desk(office)
        assert NUMBER in asked(address, "/cases?colour=绿", cookie=cookie).body
        assert NUMBER not in asked(address, "/cases?colour=红", cookie=cookie).body
        clock.forward(timedelta(days=20))
        red = cookie_of(office.engine, "受理吴敏", Role.DESK, now=clock.now())
        assert NUMBER in asked(address, "/cases?colour=红", cookie=red).body
        assert asked(address, "/cases?colour=紫", cookie=red).status == 409

"""Signing in with a browser: a first password, one's own, the telephone's code; and what every page bears."""

import pyotp
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.admin import admin
from tests.fakes.pages import Clock, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.usecases.accounts import put_account
from zhitong.usecases.sign_in import first_password

WHO = "受理周敏"
OWN = "云上的灯笼 渡口的船"


def with_account(engine: Engine) -> str:
    put_account(engine, WHO, roles=[Role.DESK], units=[], known_units=[], by=admin(engine, MORNING), now=MORNING)
    return first_password(engine, WHO, by=admin(engine, MORNING), now=MORNING)


def test_a_newcomer_signs_in_and_stands_in_the_first_room(office: Office, chromium: Browser, clock: Clock) -> None:
    password = with_account(office.engine)
    with pages_served(office) as address:
        page = chromium.new_context(locale="zh-CN").new_page()
        page.goto(f"{address}/cases")
        page.get_by_label("姓名").fill(WHO)
        page.get_by_label("密码").fill("不是这个不是这个")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert").last).to_contain_text("密码或者验证码不对")
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        page.get_by_label("先用密码").fill(password)
        page.get_by_label("新密码").fill(OWN)
        page.get_by_label("再写一遍").fill(OWN)
        page.get_by_role("button", name="就用这个").click()
        secret = page.locator("code").inner_text().replace(" ", "")
        page.get_by_label("手机上的 6 位数字").fill(pyotp.TOTP(secret).at(clock.now()))
        page.get_by_role("button", name="确定").click()
        expect(page.get_by_role("heading", name="值班台")).to_be_visible()
        page.get_by_role("button", name="退出").click()
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        page.goto(f"{address}/cases/{NUMBER}")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        page.context.close()


def test_every_page_bears_a_strict_policy_and_stays_in_no_cache(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(office) as address:
        for path in ("/sign-in", "/cases", f"/cases/{NUMBER}", "/nothing"):
            told = asked(address, path, cookie=cookie)
            policy = told.headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy
            assert told.headers["cache-control"] == "no-store" and told.headers["x-content-type-options"] == "nosniff"
        nonces = {asked(address, "/sign-in").headers["content-security-policy"] for _ in range(3)}
        assert len(nonces) == 3


def test_the_cookie_is_hidden_from_scripts_and_other_sites(office: Office) -> None:
    password = with_account(office.engine)
    with pages_served(office) as address:
        told = asked(address, "/sign-in", form={"account": WHO, "password": password})
        assert told.status == 303
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(told.headers["set-cookie"].split("; "))


def test_pages_are_watched_for_nothing_that_the_policy_forbids(office: Office, chromium: Browser) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, cookie, width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for path in ("/cases", f"/cases/{NUMBER}"):
            page.goto(address + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{path} is {wide} wide on a telephone"
        assert said == []
        page.context.close()


def test_who_printed_it_and_when_stands_at_the_foot_of_the_sheet_and_hides_no_line(
    office: Office, chromium: Browser
) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, cookie, width=700, height=300)
        for path in ("/cases", f"/cases/{NUMBER}", "/callbacks"):
            page.goto(address + path)
            page.emulate_media(media="print")
            main, foot = page.locator("main").bounding_box(), page.locator("footer.mark").bounding_box()
            assert main and foot and foot["y"] >= main["y"] + main["height"], path
            look = "getComputedStyle(document.querySelector('footer.mark')).display"
            assert page.evaluate(look) == "table-footer-group", "the browser repeats it on every sheet"
        page.context.close()


def test_a_page_that_is_not_there_and_fields_that_are_wrong_are_told_in_plain_words(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.DESK, now=MORNING)
    with pages_served(office) as address:
        assert "没有这一页" in asked(address, "/nothing", cookie=cookie).body
        told = asked(address, "/cases/search?state=没有的", cookie=cookie)
        assert told.status == 409 and "状态：“没有的”不行；请用 受理" in told.body
        gone = asked(address, "/cases/20990101-000000-0000", cookie=cookie)
        assert gone.status == 404 and "20990101-000000-0000" in gone.body
        big = asked(address, "/sign-in", form={"account": "x"}, Content_Length="999999999")
        assert big.status == 413

"""设置: where one finds what can be set, each section for those who may."""

from playwright.sync_api import Browser, expect

from cases.roles import Role
from tests.fakes.looking import assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office


def test_the_first_page_leads_to_every_section_and_the_menu_tells_where_one_is(
    office: Office, chromium: Browser
) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who="管理员老周") as (page, address):
        page.goto(f"{address}/settings")
        assert_fit(page)
        assert_accessible(page)
        menu = page.get_by_role("navigation", name="各页", exact=True)
        expect(menu.locator("[aria-current]")).to_have_text("设置")
        page.get_by_role("main").get_by_role("link", name="账号").click()
        expect(menu.locator("[aria-current]")).to_have_text("账号")


def test_who_handles_cases_has_no_settings(office: Office) -> None:
    cookie = cookie_of(office.engine, "经办小周", Role.HANDLER, now=MORNING, units=["水务局"])
    with pages_served(office) as address:
        told = asked(address, "/settings", cookie=cookie)
        assert told.status == 403 and "不能看设置" in told.body

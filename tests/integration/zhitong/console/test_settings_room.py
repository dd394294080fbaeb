"""设置: where one finds what can be set, each section for those who may."""

from dataclasses import Field, fields, replace

from playwright.sync_api import Browser, expect

from cases.roles import Role
from tests.fakes.looking import assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office
from zhitong.setting_overview import overview
from zhitong.settings import Settings, load_settings


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


def test_the_lines_and_times_in_force_are_told_with_what_they_are_for_and_no_password(
    office: Office, chromium: Browser
) -> None:
    environ = {"ZHITONG_STORE__DATABASE_URL": "postgresql://zhitong:geheim@db/zhitong?password=auchgeheim"}
    office = replace(office, settings=load_settings(environ=environ))
    with looking(office, chromium, width=390, role=Role.AUDITOR, who="审计老何") as (page, address):
        page.goto(f"{address}/settings/lines")
        assert_fit(page)
        assert_accessible(page)
        expect(page.get_by_role("row", name="rung_seconds")).to_contain_text("每个号码响多久")
        expect(page.get_by_role("region", name="线路 08702128888")).to_contain_text("找局长热线")
        expect(page.get_by_role("row", name="database_url")).to_contain_text("postgresql://zhitong:***@db/zhitong")
        assert "geheim" not in page.content()


def test_every_setting_that_there_is_is_told() -> None:
    told = {(one.name, row.key) for one in overview(load_settings(environ={})) for row in one.rows}
    there = {(part.name, key.name) for part in fields(Settings) if part.name != "lines" for key in _of(part.name)}
    assert there <= told and {name for name, _ in told} == {part.name for part in fields(Settings)}


def _of(section: str) -> tuple[Field[object], ...]:
    return fields(getattr(load_settings(environ={}), section))

"""督查 → 查阅记录, as supervision sees it in a browser."""

from playwright.sync_api import Browser, expect

from cases.roles import Role
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office


def test_who_looked_at_a_case_stands_in_the_list_and_leads_to_it(office: Office, chromium: Browser) -> None:
    desk = cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
    with looking(office, chromium) as (page, address):
        asked(address, f"/cases/{NUMBER}", cookie=desk)
        asked(address, f"/cases/{NUMBER}/reveal", cookie=desk, form={"why": "核对号码"})
        page.goto(f"{address}/supervision")
        page.get_by_role("link", name="查阅记录").click()
        page.get_by_label("账号").fill("受理周敏")
        page.get_by_label("看什么").select_option("看了完整号码、听了录音、打开附件")
        page.get_by_role("button", name="看", exact=True).click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody")).to_contain_text("看号码：核对号码")
        assert_accessible(page)
        page.get_by_role("link", name=NUMBER).click()
        expect(page.get_by_role("heading", name=f"工单 {NUMBER}")).to_be_visible()


def test_names_that_somebody_made_up_are_only_text_and_it_fits_a_telephone(office: Office, chromium: Browser) -> None:
    desk = cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
    with looking(office, chromium, width=390) as (page, address):
        asked(address, f"/cases/{NUMBER}/reveal", cookie=desk, form={"why": NASTY[:30]})
        page.goto(f"{address}/supervision/looks")
        expect(page.locator("tbody")).to_contain_text("<script>")
        assert_fit(page)
        page.get_by_label("账号").fill(NASTY[:90])
        page.get_by_role("button", name="看", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("没有这样的记录")
        assert_fit(page)


def test_a_day_that_is_none_is_told_with_what_to_write(office: Office) -> None:
    cookie = cookie_of(office.engine, "审计吴芸", Role.AUDITOR, now=MORNING)
    with pages_served(office) as address:
        found = asked(address, "/supervision/looks?day=昨天", cookie=cookie)
        assert found.status == 409 and "请写成 2026-11-01" in found.body

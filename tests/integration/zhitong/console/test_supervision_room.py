"""督查: figures with their formula and their cases, and months beside each other; on a real case, in a browser."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.looking import NASTY, WHO, assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing


def change(engine: Engine, number: str = NUMBER, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), **fields)])  # type: ignore[arg-type]


def test_each_figure_opens_its_formula_and_the_cases_that_it_is_made_of(office: Office, chromium: Browser) -> None:
    with looking(office, chromium) as (page, address):
        page.goto(f"{address}/supervision")
        card = page.locator("article", has=page.get_by_role("heading", name="受理率", exact=True))
        expect(card).to_contain_text("100 %")
        card.get_by_text("公式").click()
        expect(card).to_contain_text("这段时间的来件里没有不予受理的 ÷ 全部来件")
        assert_accessible(page)
        card.get_by_role("link", name="分母里的 1 件").click()
        expect(page.get_by_role("heading", name="受理率：分母")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("共 1 件次")
        page.get_by_role("link", name="分母里别的").click()
        expect(page.get_by_role("main")).to_contain_text("共 0 件次")
        page.get_by_role("link", name="分子", exact=True).click()
        assert_accessible(page)
        page.get_by_role("link", name=NUMBER).click()
        expect(page.get_by_role("heading", name=f"工单 {NUMBER}")).to_be_visible()


def test_a_figure_is_of_the_month_the_days_and_the_unit_that_were_chosen(office: Office, chromium: Browser) -> None:
    change(office.engine, unit="水务局")
    with looking(office, chromium) as (page, address):
        page.goto(f"{address}/supervision")
        page.get_by_label("月份").select_option("2025-08")
        page.get_by_role("button", name="看").click()
        expect(page.get_by_role("main")).to_contain_text("2025-08-01 到 2025-08-31")
        card = page.locator("article", has=page.get_by_role("heading", name="受理率", exact=True))
        expect(card).to_contain_text("没有")
        page.goto(f"{address}/supervision?unit=水务局")
        expect(page.get_by_role("main")).to_contain_text("2025-09-30，水务局（到现在为止）")
        page.goto(f"{address}/supervision?first=2025-09-11&last=2025-09-11&offered=4")
        expect(page.locator("article", has=page.get_by_role("heading", name="接通率", exact=True))).to_contain_text(
            "25.0 %"
        )


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("month=x", "不是日期"),
        ("first=2025-09-12&last=2025-09-11", "没有一天"),
        ("first=2023-01-01&last=2025-09-11", "超过一年"),
        ("unit=没有的", "没有“没有的”"),
        ("offered=-1", "不是个数"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_to_write(office: Office, query: str, told: str) -> None:
    cookie = cookie_of(office.engine, WHO, Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        found = asked(address, f"/supervision?{query}", cookie=cookie)
        assert found.status == 409 and told in found.body


def test_what_was_found_wrong_while_it_was_counted_is_told_whenever_that_is(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        every = (asked(address, "/supervision?month=2025-09&offered=0", cookie=cookie) for _ in range(100))
        found = next(one for one in every if one.status != 200)
        assert found.status == 409 and "接起的就有 1 个" in found.body


def test_what_is_no_figure_has_no_cases(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        every = (asked(address, "/supervision/figures/nothing?side=n", cookie=cookie) for _ in range(100))
        found = next(one for one in every if one.status != 200)
        assert found.status == 409 and "指标 nothing 没有可以列的工单" in found.body
        assert asked(address, "/supervision/figures/closed?side=both", cookie=cookie).status == 422


def test_the_months_stand_beside_each_other_and_are_drawn(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390) as (page, address):
        page.goto(f"{address}/supervision/months?n=6&code=accepted")
        expect(page.get_by_role("row", name="受理率")).to_contain_text("1/1", timeout=20_000)
        expect(page.get_by_text("正在算")).to_have_count(0, timeout=20_000)
        expect(page.locator(".chart canvas")).to_be_visible()
        page.locator(".chart").hover()
        assert_fit(page)
        assert_accessible(page)


def test_on_a_telephone_everything_fits_and_what_was_injected_is_text(office: Office, chromium: Browser) -> None:
    change(office.engine, unit="水务局", place=NASTY[:100], matter_name=NASTY, official=NASTY)
    with looking(office, chromium, width=390) as (page, address):
        for path in ("/supervision", "/supervision/five", "/supervision/figures/accepted?side=n"):
            page.goto(address + path)
            expect(page.get_by_text("正在算")).to_have_count(0, timeout=20_000)
            assert_fit(page)
            assert_accessible(page)
        expect(page.get_by_role("main")).to_contain_text("{{7*7}}")


def test_a_head_of_a_unit_sees_the_figures_and_the_cases_of_his_own_alone(office: Office) -> None:
    change(office.engine, unit="水务局")
    of = {"now": MORNING, "units": ["水务局"]}, {"now": MORNING, "units": ["县人民政府"]}
    cookies = [
        cookie_of(office.engine, f"负责人{n}", Role.UNIT_HEAD, **one)  # type: ignore[arg-type]
        for n, one in enumerate(of)
    ]
    with pages_served(office) as address:
        for cookie, seen in zip(cookies, (True, False), strict=True):
            every = (asked(address, "/supervision/figures/accepted", cookie=cookie) for _ in range(100))
            told = next(one for one in every if "正在算" not in one.body)
            assert (NUMBER in told.body) is seen and (f"共 {int(seen)} 件次" in told.body)
            refused = asked(address, "/supervision?unit=扎西镇人民政府", cookie=cookie)
            assert refused.status == 409 and "请从列出的单位里选" in refused.body

"""账号: made, changed, ended, each with a first password that is shown once; tokens of programs; who changed what."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from cases.roles import Action, Role
from tests.fakes.admin import ADMIN, admin
from tests.fakes.looking import NASTY, WHO, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office
from zhitong.errors import TokenUnknown
from zhitong.usecases.accounts import list_accounts, put_account
from zhitong.usecases.tokens import holder_of

NEW = "经办小李"
ODD = '<b>小王"><img src=x>{{7*7}}'


def test_an_administrator_makes_an_account_and_hands_over_a_first_password_with_which_one_signs_in(
    office: Office, chromium: Browser
) -> None:
    with looking(office, chromium, role=Role.ADMIN, who=ADMIN, agrees=True) as (page, address):
        page.goto(f"{address}/settings/accounts")
        page.get_by_role("link", name="新建账号").click()
        page.get_by_label("姓名").fill(NEW)
        page.get_by_label("经办", exact=True).check()
        page.get_by_role("button", name="新建").click()
        expect(page.get_by_role("alert")).to_contain_text("经办和单位负责人要写单位")
        expect(page.get_by_label("姓名")).to_have_value(NEW)
        expect(page.get_by_label("经办", exact=True)).to_be_checked()
        assert_accessible(page)
        page.get_by_label("水务局").check()
        page.get_by_role("button", name="新建").click()
        expect(page.get_by_role("row", name=NEW)).to_contain_text("水务局")
        page.get_by_role("button", name=f"给 {NEW} 办先用密码").click()
        password = page.locator("code").inner_text()
        assert re.fullmatch(r"(\w{4}-){3}\w{4}", password) and password not in page.url
        assert_accessible(page)
        page.get_by_role("link", name="交好了").click()
        assert password not in page.content()
        page.get_by_role("link", name="变动").click()
        expect(page.get_by_role("main")).to_contain_text(f"给{NEW}办先用密码")
        assert password not in page.content()
        told = asked(address, "/sign-in", form={"account": NEW, "password": password})
        assert told.status == 303, "the password is good"


def test_an_account_is_changed_and_ended_and_the_log_tells_who_did_it(
    office: Office, clock: Clock, chromium: Browser
) -> None:
    by = admin(office.engine, MORNING)
    known = {"known_units": ["水务局"], "by": by, "now": MORNING}
    put_account(office.engine, NEW, roles=[Role.HANDLER], units=["水务局"], **known)  # type: ignore[arg-type]
    with looking(office, chromium, width=390, role=Role.ADMIN, who=ADMIN, agrees=True) as (page, address):
        page.goto(f"{address}/settings/accounts")
        assert_fit(page)
        page.get_by_role("link", name=f"改 {NEW} 的账号").click()
        expect(page.get_by_label("经办", exact=True)).to_be_checked()
        page.get_by_label("单位负责人").check()
        assert_fit(page)
        page.get_by_role("button", name="就改成这样").click()
        expect(page.get_by_role("row", name=NEW)).to_contain_text("单位负责人、经办")
        clock.forward(timedelta(minutes=1))
        page.get_by_role("button", name=f"停用 {NEW} 的账号").click()
        expect(page.get_by_role("row", name=NEW)).to_have_count(0)
        page.get_by_role("link", name="变动").click()
        expect(page.get_by_role("main")).to_contain_text(f"停用账号 {NEW}：原来是 单位负责人、经办，水务局")
        assert_fit(page)
        assert_accessible(page)


def test_nobody_changes_himself_and_who_only_looks_is_offered_nothing(office: Office) -> None:
    cookies = {ADMIN: cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)}
    cookies[WHO] = cookie_of(office.engine, WHO, Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, "/settings/accounts/end", cookie=cookies[ADMIN], form={"name": ADMIN})
        assert told.status == 409 and "最后一个管理员" in told.body
        seen = asked(address, "/settings/accounts", cookie=cookies[WHO]).body
        assert WHO in seen and "先用密码" not in seen and "新建账号" not in seen and "变动" not in seen


@pytest.mark.parametrize(
    ("path", "form", "told"),
    [
        ("/settings/accounts", {"name": "小李", "role": "国王"}, "角色：“国王”不行"),
        ("/settings/accounts", {"name": "小李", "role": "经办", "unit": "没有的局"}, "没有叫 没有的局 的单位"),
        ("/settings/accounts/password", {"name": "没有的人"}, "没有叫"),
        ("/settings/accounts/end", {"name": "没有的人"}, "没有叫"),
        ("/settings/accounts/tokens", {"name": "网站", "account": ADMIN, "days": "许多"}, "天数：“许多”不是个数"),
        ("/settings/accounts/tokens/end", {"name": "没有的"}, "没有叫"),
    ],
)
def test_what_cannot_be_meant_is_told(office: Office, path: str, form: dict[str, str], told: str) -> None:
    cookie = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        found = asked(address, path, cookie=cookie, form=form)
        assert found.status == 409 and told in found.body
        assert asked(address, "/settings/accounts/change?name=没有的", cookie=cookie).status == 409


def test_a_program_gets_a_token_that_is_shown_once_and_ends_at_once(office: Office, chromium: Browser) -> None:
    by = admin(office.engine, MORNING)
    put_account(office.engine, "网站", roles=[Role.CHANNEL], units=[], known_units=[], by=by, now=MORNING)
    with looking(office, chromium, width=390, role=Role.ADMIN, who=ADMIN, agrees=True) as (page, address):
        page.goto(f"{address}/settings/accounts/tokens")
        page.get_by_text("办一个令牌").click()
        page.get_by_label("名称").fill(ODD)
        page.get_by_label("以谁的名义").select_option("网站")
        page.get_by_label("来件", exact=True).check()
        assert_fit(page)
        assert_accessible(page)
        page.get_by_role("button", name="办令牌").click()
        token = page.locator("code").inner_text()
        assert holder_of(office.engine, token, now=MORNING).actor.scopes == {Action.INTAKE}
        assert token not in page.url
        assert_fit(page)
        page.get_by_role("link", name="交好了").click()
        assert token not in page.content()
        expect(page.get_by_role("cell", name=f"名称 {ODD}")).to_be_visible()
        assert_fit(page)
        page.get_by_role("button", name="停用令牌").click()
        expect(page.get_by_role("main")).to_contain_text("还没有令牌")
    with pytest.raises(TokenUnknown):
        holder_of(office.engine, token, now=MORNING)


def test_names_that_were_written_to_be_run_are_text(office: Office, chromium: Browser) -> None:
    by = admin(office.engine, MORNING)
    put_account(office.engine, NASTY[:100], roles=[Role.DESK], units=[], known_units=[], by=by, now=MORNING)
    with looking(office, chromium, width=390, role=Role.ADMIN, who=ADMIN, agrees=True) as (page, address):
        for path in ("/settings/accounts", "/settings/accounts/log"):
            page.goto(address + path)
            expect(page.get_by_role("main")).to_contain_text(NASTY)
            assert_fit(page)
    assert NASTY in {one.name for one in list_accounts(office.engine, by=by, now=MORNING)}

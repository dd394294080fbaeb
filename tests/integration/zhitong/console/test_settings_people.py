"""设置 → 人员, 单位, 值班室和服务台: each change is shown first, published with a reason, and rings at once."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from cases.roles import Role
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import CHECKOUT, load_settings
from zhitong.store.engine import reading
from zhitong.store.tables import accesses

BOSS = "管理员老周"
WANG = {
    "there": "wang",
    "name": "王志强",
    "post": "副局长",
    "unit": "zwfw",
    "rank": "deputy",
    "deputies": "li",
    "number_0": "138****0003",
    "number_1": "087****0003",
    "days_1": "工作日",
    "hours_1": "08:30-17:30",
    "lines_1": "",
}


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    """An office with the shipped roster as files of its own, published as it was found."""
    told = {"ZHITONG_FOLDERS__DATA": str(tmp_path / "data")}
    for name in ("roster", "escalation"):
        told[f"ZHITONG_FILES__{name.upper()}"] = shutil.copy(CHECKOUT / "config" / f"{name}.toml", tmp_path)
    settings = load_settings(environ=told)
    roster = RosterInForce(settings, engine, MORNING)
    roster.look(MORNING)
    made = office_with(engine, settings=settings, clock=Clock(MORNING), directory=roster.base, rules=lambda: RULES)
    return replace(made, base=lambda: roster.base, look=lambda: roster.look(MORNING))


def official(office: Office, id: str) -> dict[str, object]:
    roster = tomllib.loads(office.settings.files.roster.read_text(encoding="utf-8"))
    return next(one for one in roster["officials"] if one["id"] == id)


def test_a_new_telephone_is_shown_first_then_published_and_rings_at_once(office: Office, chromium: Browser) -> None:
    before = office.settings.files.roster.read_text(encoding="utf-8")
    roster = RosterInForce(office.settings, office.engine, MORNING)
    with looking(office, chromium, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings")
        page.get_by_role("main").get_by_role("link", name="人员").click()
        expect(page.get_by_role("row", name="赵长河")).to_contain_text("138****0005")
        assert "13808700005" not in page.content()
        assert_accessible(page)
        page.get_by_role("link", name="改 供水股股长赵长河").click()
        assert "13808700005" not in page.content()
        page.get_by_label("号码", exact=True).nth(1).fill("13800001234")
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("138****1234")
        assert office.settings.files.roster.read_text(encoding="utf-8") == before
        assert_accessible(page)
        page.get_by_label("为什么改").fill("增加一个号码")
        page.get_by_role("button", name="发布，一秒内生效").click()
        expect(page.get_by_role("alert")).to_contain_text("已经生效")
    roster.look(MORNING)
    assert roster.directory.callable(roster.directory.roster.official("zhao"), MORNING) == (
        "13808700005",
        "13800001234",
    )
    assert roster.edition.reason == "增加一个号码" and roster.edition.author == BOSS
    after = office.settings.files.roster.read_text(encoding="utf-8")
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert changed == ['phones = ["13808700005", "13800001234"]'], "comments and the rest stay as they were"


def test_somebody_new_comes_on_a_day_and_who_goes_has_a_last_one(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/people/change")
        page.get_by_label("姓名", exact=True).fill("钱小芳")
        page.get_by_label("职务").fill("副股长")
        page.locator("select[name=unit]").select_option("水务局")
        page.get_by_label("到任那天").fill("2026-12-01")
        page.get_by_label("号码", exact=True).first.fill("1380000")
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("alert")).to_contain_text("请写 11 位手机号")
        expect(page.get_by_label("姓名", exact=True)).to_have_value("钱小芳")
        page.get_by_label("号码", exact=True).first.fill("13800005678")
        page.get_by_label("请假时替他的人").fill("赵长河")
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("钱小芳")
        expect(page.get_by_role("heading", name="会变什么")).to_be_in_viewport()
        assert_fit(page)
        assert_accessible(page)
        page.get_by_label("为什么改").fill("新任")
        page.get_by_role("button", name="发布，一秒内生效").click()
        expect(page.get_by_role("alert")).to_contain_text("第 2 版")
        assert_fit(page)
    told = official(office, "qianxiaofang")
    assert told["deputies"] == ["zhao"] and str(told["first"]) == "2026-12-01"


def test_numbers_are_masked_until_a_reason_is_given_which_is_kept(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/people/change?id=wang")
        assert "13808700003" not in page.content()
        page.get_by_text("看完整号码…").click()
        page.get_by_label("为什么要看").fill("核对换号")
        page.get_by_role("button", name="看一次").click()
        expect(page.get_by_label("号码", exact=True).first).to_have_value("13808700003")
    with reading(office.engine) as connection:
        rows = connection.execute(select(accesses.c.what).where(accesses.c.unmasked)).scalars().all()
    assert rows == ["看号码 王志强：核对换号"]


def test_a_form_sent_back_with_masks_alone_changes_nothing(office: Office) -> None:
    cookie = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | {"do": "look"})
        assert told.status == 409 and "和在用的一样" in told.body
        told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | {"number_0": "139****0003"})
        assert told.status == 409 and "不是他原来的号码" in told.body
        term = {"first": "2026-12-02", "last": "2026-12-01"}
        told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | term)
        assert told.status == 409 and "止日：“2026-12-01”：比 first 还早" in told.body, "a date is no number"
        told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | {"number_2": "13808700003999"})
        assert told.status == 409 and "电话：“138****3999”" in told.body
        told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | {"deputies": "没有的人"})
        assert told.status == 409 and "没有；请从列出的里选" in told.body


def test_what_was_published_meanwhile_is_told_and_looked_at_again(office: Office) -> None:
    cookie = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING)
    with pages_served(office) as address:

        def send(**fields: str) -> tuple[int, str, str]:
            told = asked(address, "/settings/people/change", cookie=cookie, form=WANG | {"post": "局长"} | fields)
            return told.status, told.body, told.where

        _, body, _ = send(do="look")
        on, seen = (body.split(f'name="{name}" value="')[1].split('"')[0] for name in ("on", "seen"))
        status, body, _ = send(do="publish", on=on, seen=seen, reason=" ")
        assert status == 409 and "没有写为什么改" in body
        assert send(do="publish", on=on, seen=seen, reason="升任")[2] == "/settings/people?done=2"
        status, body, _ = send(do="publish", on=on, seen=seen, reason="升任", languages="苗语")
        assert status == 409 and "和刚才看的不一样了" in body and "苗语" in body


def test_a_unit_gets_its_matters_and_a_place_in_the_tree(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/units")
        assert_fit(page)
        page.get_by_role("link", name="加一个单位").click()
        page.get_by_label("名称").fill(NASTY[:60])
        page.get_by_label("上级单位").select_option("政务服务管理局")
        page.get_by_label("D1", exact=False).check()
        assert_fit(page)
        assert_accessible(page)
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text(NASTY[:60])
        page.get_by_label("为什么改").fill("机构改革")
        page.get_by_role("button", name="发布，一秒内生效").click()
        expect(page.get_by_role("row", name=NASTY[:60])).to_contain_text("政务服务管理局")
        assert_fit(page)


def test_the_duty_room_and_supervision_keep_apart_and_a_service_is_added(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/numbers")
        assert_fit(page)
        assert_accessible(page)
        page.get_by_role("link", name="改督查").click()
        page.get_by_label("号码").fill("0870-2120001")
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("alert")).to_contain_text("和值班室同号")
        page.goto(f"{address}/settings/numbers/change")
        page.get_by_label("名称").fill("燃气抢修")
        page.get_by_label("号码").fill("0870-2120016")
        page.get_by_label("事项的代码").fill("A2")
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("燃气抢修")
        assert_fit(page)
        assert_accessible(page)
        page.get_by_label("为什么改").fill("开通")
        page.get_by_role("button", name="发布，一秒内生效").click()
        expect(page.get_by_role("row", name="燃气抢修")).to_be_visible()


def test_who_only_looks_is_offered_no_change(office: Office) -> None:
    cookie = cookie_of(office.engine, "督查孙兰", Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        for path in ("people", "units", "numbers"):
            told = asked(address, f"/settings/{path}", cookie=cookie)
            assert told.status == 200 and "/change" not in told.body
        assert asked(address, "/settings/people/change?id=wang", cookie=cookie).status == 403

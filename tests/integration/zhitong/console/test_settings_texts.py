"""设置 → 规则, 通知: files as text, checked as they are typed, saved with who and why, and put back."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.directories import small_directory
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served
from tests.fakes.told_calls import MORNING, RULES
from zhitong.case_desk import case_rules
from zhitong.console.office import Office
from zhitong.settings import CHECKOUT, load_settings
from zhitong.usecases.setting_texts import version_of

BOSS = "管理员老周"
NAME = "policies/casework.toml"
RETENTION = (CHECKOUT / "config" / "retention.toml").read_text(encoding="utf-8")
PACK = (CHECKOUT / "config" / "policies" / "2-24-72.toml").read_text(encoding="utf-8")
KEY = "wecombot://secret-of-zhang"


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    """An office with rules and notices as files of its own."""
    rules = tmp_path / "config"
    shutil.copytree(CHECKOUT / "config", rules)
    (tmp_path / "data").mkdir()
    addresses = tmp_path / "data" / "notice-addresses.toml"
    addresses.write_text(f'director = ["{KEY}"]\nli = ["dingtalk://other"]\n', encoding="utf-8")
    addresses.chmod(0o600)
    told = {
        "ZHITONG_FOLDERS__DATA": str(tmp_path / "data"),
        "ZHITONG_FILES__RULES": str(rules),
        "ZHITONG_FILES__NOTICES": str(rules / "notices.toml"),
    }
    settings = load_settings(environ=told)
    made = office_with(
        engine, settings=settings, clock=Clock(MORNING), directory=small_directory(), rules=lambda: RULES
    )
    return replace(made, notify=lambda address, text: "" if address == KEY else "对方没有收下")


def path_of(office: Office, name: str = NAME) -> Path:
    return office.settings.files.rules / name


def said(office: Office, name: str = NAME) -> str:
    return path_of(office, name).read_text(encoding="utf-8")


def test_a_rule_is_checked_while_it_is_typed_compared_saved_and_put_back(office: Office, chromium: Browser) -> None:
    before = said(office)
    with looking(office, chromium, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings")
        page.get_by_role("main").get_by_role("link", name="规则").click()
        assert_accessible(page)
        page.get_by_role("link", name="办理", exact=True).click()
        page.get_by_label("内容").fill(before.replace("settle_hours = 4", "settle_hours = 400"))
        page.get_by_label("内容").press("End")
        page.get_by_label("内容").type(" ")
        expect(page.get_by_role("status")).to_contain_text("settle_hours 是 400；请写 0 到 72")
        assert_accessible(page)
        page.get_by_label("内容").fill(before.replace("settle_hours = 4", "settle_hours = 8"))
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("settle_hours = 8")
        assert said(office) == before
        assert_accessible(page)
        page.get_by_label("为什么改").fill("县里改为八小时")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("存好了")
        expect(page.get_by_role("row", name="办理 当场办结")).to_contain_text(f"{BOSS}：县里改为八小时")
        assert said(office) == before.replace("settle_hours = 4", "settle_hours = 8")
        assert case_rules(office.settings).settle_within == timedelta(hours=8)
        page.get_by_role("link", name="办理", exact=True).click()
        page.get_by_role("link", name="看编号 1 的旧文").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("settle_hours = 4")
        page.get_by_label("为什么改").fill("退回")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("存好了")
    assert said(office) == before


def test_what_was_typed_stays_when_it_is_refused_and_nothing_is_saved(office: Office, chromium: Browser) -> None:
    before = said(office)
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/text?name={NAME}")
        assert_fit(page)
        page.get_by_label("内容").fill(f"# {NASTY}\nsettle_hours = 'vier'")
        page.get_by_label("为什么改").fill(NASTY)
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("settle_hours 是 'vier'")
        expect(page.get_by_label("内容")).to_have_value(f"# {NASTY}\nsettle_hours = 'vier'\n")
        expect(page.get_by_role("group", name="逐行的差别")).to_contain_text(NASTY)
        assert_fit(page)
        assert_accessible(page)
    assert said(office) == before


def test_who_saved_meanwhile_is_not_overwritten_unseen(office: Office) -> None:
    cookie, before = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING), said(office)
    form = {"name": NAME, "on": version_of(before), "reason": "改", "do": "save"}
    with pages_served(office) as address:
        mine = before.replace("suspect_days = 15", "suspect_days = 20")
        path_of(office).write_text(before.replace("settle_hours = 4", "settle_hours = 2"), encoding="utf-8")
        told = asked(address, "/settings/text", cookie=cookie, form=form | {"text": mine})
        assert told.status == 409 and "有人在服务器上改过这个文件" in told.body and "settle_hours = 2" in told.body
        assert "settle_hours = 2" in said(office)
        seen = version_of(said(office))
        told = asked(address, "/settings/text", cookie=cookie, form=form | {"text": mine, "on": seen})
        assert told.where == f"/settings/rules?done={NAME}" and said(office) == mine
        shown = asked(address, f"/settings/text?name={NAME}", cookie=cookie).body
        assert "在网页以外改的" in shown, "what was written on the server is kept, too"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("policies/2-24-72.toml", "name = '空'\n", "没有 [[version]]"),
        ("policies/2-24-72.toml", "", "没有 [[version]]"),
        ("policies/135.toml", "", "135"),
        ("policies/county.toml", "name = '县里的'\n", "没有 [[version]]"),
        (
            "policies/2-24-72.toml",
            PACK.replace("valid_from = 2025-01-01", "valid_from = 2025-07-01"),
            "旧的 version 请留着",
        ),
        ("retention.toml", RETENTION.replace("talk = 365", "talk = 100"), "recording_kept"),
        ("retention.toml", "", "retention.toml"),
        ("calendar/2026.toml", "rest = ['x']\n", "rest"),
        ("policies/clocks.toml", "a = ", "不是 TOML"),
        ("notices.toml", "[to]\ncall = ['wecombot://key']\n", "地址里有密钥"),
        ("../zhitong.toml", "a = 1", "没有叫"),
        ("policies/../../x.toml", "a = 1", "没有叫"),
        (NAME, "x = 1\n" * 40_000, "太长"),
    ],
)
def test_what_the_hotline_could_not_go_by_is_never_saved(office: Office, name: str, text: str, told: str) -> None:
    cookie = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING)
    before = {path: path.read_bytes() for path in office.settings.files.rules.rglob("*.toml")}
    with pages_served(office) as address:
        form = {"name": name, "text": text, "reason": "试", "do": "save", "on": ""}
        answer = asked(address, "/settings/text", cookie=cookie, form=form)
        assert answer.status == 409 and told in answer.body
        assert "/config/" not in answer.body, "no path of the machine"
    assert {path: path.read_bytes() for path in office.settings.files.rules.rglob("*.toml")} == before


def test_a_calendar_that_was_not_there_is_made(office: Office) -> None:
    cookie = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING)
    year = MORNING.year + 1
    name = f"calendar/{year}.toml"
    with pages_served(office) as address:
        assert "还没有" in asked(address, "/settings/rules", cookie=cookie).body
        form = {"name": name, "text": f"rest = [{year}-03-02]", "reason": "县庆", "do": "save", "on": version_of("")}
        assert asked(address, "/settings/text", cookie=cookie, form=form).where == f"/settings/rules?done={name}"
    assert said(office, name) == f"rest = [{year}-03-02]\n"


def test_a_county_writes_terms_of_its_own_beginning_with_those_that_there_are(
    office: Office, chromium: Browser
) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/rules")
        page.get_by_text("县里自己写一份时限办法").click()
        assert_fit(page)
        page.get_by_label("名字").fill("county")
        page.get_by_role("button", name="写", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("写得对")
        page.get_by_label("为什么改").fill("县里发文")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("row", name="时限办法 county")).to_contain_text("县里发文")
        answer = page.goto(f"{address}/settings/rules/new?pack=county&like=policies/135.toml")
        assert answer is not None and answer.status == 409
    policies = office.settings.files.rules / "policies"
    assert (policies / "county.toml").read_bytes() in (
        (policies / f"{one}.toml").read_bytes() for one in ("135", "2-24-72")
    )


def test_a_file_that_cannot_be_written_changes_nothing_and_says_why(office: Office) -> None:
    cookie, before = cookie_of(office.engine, BOSS, Role.ADMIN, now=MORNING), said(office)
    part = path_of(office).with_name("casework.toml.part")
    part.mkdir()  # where the new text would be written first
    with pages_served(office) as address:
        form = {"name": NAME, "text": f"{before}# 改\n", "reason": "改", "do": "save", "on": version_of(before)}
        told = asked(address, "/settings/text", cookie=cookie, form=form)
        assert told.status == 409 and "没有改；请管理员" in told.body
        assert "还没有在这里改过" in told.body
    assert said(office) == before


def test_notices_tell_who_is_told_and_a_test_goes_to_those_who_were_chosen(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=BOSS) as (page, address):
        page.goto(f"{address}/settings/notices")
        expect(page.get_by_role("row", name="应急")).to_contain_text("督查")
        assert_fit(page)
        assert_accessible(page)
        page.get_by_role("button", name="试发给选中的").click()
        expect(page.get_by_role("alert")).to_contain_text("没有选人")
        for name in ("试发给 director", "试发给 li"):
            page.get_by_label(name).check()
        page.get_by_role("button", name="试发给选中的").click()
        expect(page.get_by_role("status")).to_contain_text("wecombot")
        expect(page.get_by_role("status")).to_contain_text("发出了，请问他收到没有")
        expect(page.get_by_role("status")).to_contain_text("对方没有收下")
        assert "secret-of-zhang" not in page.content()
        assert_fit(page)


def test_who_only_looks_reads_and_is_offered_no_form(office: Office) -> None:
    cookie = cookie_of(office.engine, "督查孙兰", Role.SUPERVISION, now=MORNING)
    with pages_served(office) as address:
        for path in ("/settings/rules", "/settings/notices", f"/settings/text?name={NAME}"):
            told = asked(address, path, cookie=cookie)
            assert told.status == 200 and "<textarea" not in told.body and "试发" not in told.body

"""开线: who has never seen it sets a line up, from the word on the terminal to the call that is tried."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.admin import ADMIN
from tests.fakes.directories import small_directory
from tests.fakes.looking import NASTY, assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.console.rooms.first_run import REACHED
from zhitong.console.set_up import SetUp
from zhitong.console.visitor import COOKIE
from zhitong.edition_in_force import edition_in_force
from zhitong.errors import LineNotTried
from zhitong.line_tried import Found, LineTried
from zhitong.live.reader import Live
from zhitong.own_settings import as_set, own_path, put_own
from zhitong.settings import Settings, load_settings
from zhitong.store.due import finish, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.supervise import only_one
from zhitong.usecases.first_run import is_administered

WORD = "wxyz-2345-kmnp"
CLERK = "办事员小陈"
PASSWORD = "四个词 连起来 就好记"
PEOPLE = """单位\t姓名\t职务\t手机
政务服务管理局\t王建国\t局长\t13987700001
\t李红\t副局长\t13987700002
水务局\t赵强\t局长\t13987700003
"""
LINE = {
    "县名": "青山县",
    "热线叫什么": "县长热线",
    "热线号码": "0870-3128888",
    "区号": "0870",
    "运营商的地址": "10.1.2.3",
    "打出去显示的号码": "0870-3128888",
}


class Up(Live):
    """A hotline that is up."""

    state = (True, {})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(overrides={"folders": {"data": str(tmp_path / "data")}})


@pytest.fixture
def office(engine: Engine, clock: Clock, settings: Settings) -> Office:
    """An office in which nothing has been set up, as the machine hands it to the pages."""

    def word() -> str:
        return "" if is_administered(engine) else WORD

    directory, rules = small_directory(), lambda: RULES
    office = office_with(engine, settings=settings, clock=clock, directory=directory, rules=rules)
    return replace(office, set_up=SetUp(first_code=word, try_line=lambda text: well(text)), live=Up())


def well(text: str) -> LineTried:
    found = (Found(sentence="一打就通", true=True, figure="8 毫秒"),)
    return LineTried(found=found, heard=text, understood=f"供水饮水，{NASTY}", rings=("局长王建国 139****0001",))


def test_the_first_administrator_is_made_with_the_word_of_the_terminal_and_led_to_the_steps(
    office: Office, chromium: Browser, clock: Clock
) -> None:
    with pages_served(office) as address:
        page = chromium.new_context(locale="zh-CN", viewport={"width": 390, "height": 800}).new_page()
        page.goto(address)
        expect(page.get_by_role("heading", name="第一次使用")).to_be_visible()
        assert_fit(page)
        assert_accessible(page)
        for word, password, again, told in (
            ("wrong", PASSWORD, PASSWORD, "口令不对"),
            (WORD, PASSWORD, "another one", "不一样"),
            (WORD, f"{CLERK} 12345", f"{CLERK} 12345", "容易猜"),
        ):
            page.get_by_label("一次性口令").fill(word)
            page.get_by_label("您的姓名").fill(CLERK)
            page.get_by_label("自己想一个密码").fill(password)
            page.get_by_label("再写一遍密码").fill(again)
            page.get_by_role("button", name="建好").click()
            expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
            assert not is_administered(office.engine)
        page.get_by_label("一次性口令").fill(WORD.upper())
        page.get_by_label("自己想一个密码").fill(PASSWORD)
        page.get_by_label("再写一遍密码").fill(PASSWORD)
        page.get_by_role("button", name="建好").click()
        secret = page.locator("code").inner_text().replace(" ", "")
        page.get_by_label("手机上的 6 位数字").fill(pyotp.TOTP(secret).at(clock.now()))
        page.get_by_role("button", name="确定").click()
        expect(page.get_by_role("heading", name="开线", exact=True)).to_be_visible()
        assert_fit(page)
        page.context.close()
        told = asked(address, "/first-run/begin")
        assert (told.status, told.where) == (303, "/sign-in"), "it is made once"
        form = {"code": WORD, "name": "别人", "password": PASSWORD, "again": PASSWORD}
        told = asked(address, "/first-run/begin", form=form)
        assert told.status == 409 and "已经有管理员" in told.body and COOKIE not in str(told.headers)


def test_a_clerk_sets_the_line_and_the_people_and_they_count(
    office: Office, settings: Settings, chromium: Browser
) -> None:
    with looking(office, chromium, role=Role.ADMIN, who=ADMIN, agrees=True) as (page, address):
        page.goto(address)
        page.get_by_role("link", name="去做").first.click()
        for label, text in LINE.items():
            page.get_by_label(label, exact=False).first.fill(text)
        page.get_by_label("打出去显示的号码").fill("显示")
        page.get_by_role("button", name="存好").click()
        expect(page.get_by_role("alert")).to_contain_text("打出去显示的号码：写打出去显示的号码，只用数字")
        expect(page.get_by_label("县名")).to_have_value("青山县")
        assert_accessible(page)
        assert page.get_by_label("重新开线", exact=True).count() == 0, "nothing was set yet"
        page.get_by_label("打出去显示的号码").fill("0870-3128888")
        page.get_by_role("button", name="存好").click()
        expect(page.get_by_role("alert")).to_contain_text("线路存好了")
        expect(page.get_by_label("重新开线", exact=True)).to_contain_text("还没有起作用")
        found = as_set(settings)
        assert found.trunk.address == "10.1.2.3:5060" and found.trunk.match == ("10.1.2.3",)
        assert (found.hotline.county, found.lines[0].number) == ("青山县", "08703128888")

        page.goto(f"{address}/first-run/people")
        page.get_by_label("值班室的号码").fill("0870-2120001，0870-2120002")
        page.get_by_label("督查的号码").fill("0870-2120009")
        page.get_by_label("人员").fill(PEOPLE + "水务局\t周敏\t股长\t\n水务局\t吴刚\t股长\t139877000\n")
        page.get_by_role("button", name="存好并发布").click()
        expect(page.get_by_role("alert")).to_contain_text("第 5 行（水务局，周敏，股长）：没有号码")
        expect(page.get_by_label("值班室的号码")).to_have_value("0870-2120001，0870-2120002")
        page.get_by_label("人员").fill(PEOPLE + "水务局\t吴刚\t股长\t139877000\n")
        page.get_by_role("button", name="存好并发布").click()
        expect(page.get_by_role("alert")).to_contain_text("表里第 5 行 吴刚：请写 11 位手机号")
        assert_accessible(page)
        page.get_by_label("人员").fill(PEOPLE)
        page.get_by_role("button", name="存好并发布").click()
        expect(page.get_by_role("alert")).to_contain_text("值班表发布了")
        directory = edition_in_force(as_set(settings), office.engine, MORNING).directory
        assert [one.called for one in directory.roster.officials] == ["局长王建国", "副局长李红", "局长赵强"]
        assert directory.home_unit == "zhengwufuwuguanliju"
        assert as_set(settings).dialling.duty_floor == "08702120002"
        page.goto(f"{address}/first-run/people")
        page.get_by_label("值班室的号码").fill("0870-2120001，0870-2120002")
        page.get_by_label("督查的号码").fill("0870-2120009")
        page.get_by_label("人员").fill(PEOPLE)
        page.get_by_role("button", name="存好并发布").click()
        expect(page.get_by_role("alert")).to_contain_text("值班表发布了")


def test_too_few_numbers_are_refused_and_nothing_is_written(office: Office, settings: Settings) -> None:
    cookie = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)
    form = {"duty_numbers": "0870-2120001", "supervision": "县纪委监委", "supervision_numbers": "0870-2120009"}
    with pages_served(office) as address:
        told = asked(
            address, "/first-run/people", cookie=cookie, form=form | {"table": "水务局\t赵强\t局长\t13987700003"}
        )
    assert told.status == 409 and "3 个号码" in told.body
    assert as_set(settings).files.roster == settings.files.roster
    assert not (settings.folders.data / "county").exists()


def ended(office: Office, outcome: str) -> str:
    """What the hotline does with the ring: its number."""
    with writing(office.engine) as connection:
        (task,) = open_tasks(connection, kind="staff:test")
        finish(connection, [task.id], at=MORNING, outcome=outcome)
        return str(task.detail["numbers"][0])


def test_the_clerks_own_telephone_is_rung_and_what_became_of_it_is_told(office: Office, chromium: Browser) -> None:
    with looking(office, chromium, width=390, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/first-run/ring")
        page.get_by_label("您手边的电话").fill("110")
        page.get_by_role("button", name="打给我").click()
        expect(page.get_by_role("alert")).to_contain_text("系统从不拨打")
        for outcome, told in (("没有接", "没有打通：没有接"), (REACHED, "通了")):
            page.get_by_label("您手边的电话").fill("13912345678")
            page.get_by_role("button", name="打给我").click()
            expect(page.get_by_role("status")).to_contain_text("正在打给您")
            assert "13912345678" not in page.url
            assert ended(office, outcome) == "13912345678"
            expect(page.get_by_role("status")).to_contain_text(told)  # by itself
        assert_fit(page)
        assert_accessible(page)
        page.goto(f"{address}/first-run")
        expect(page.get_by_role("listitem").filter(has_text="试打一个电话").first).to_contain_text("做好了")


def test_settings_that_somebody_has_broken_are_told_and_not_written_over(office: Office, settings: Settings) -> None:
    put_own(settings, {"hotline": {"county": "青山县"}}, now=MORNING)
    own_path(settings).write_text("[trunk]\naddress = 5\n", encoding="utf-8")
    cookie = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        for path, form in (("/first-run", None), ("/first-run/line", dict.fromkeys(("county", "number"), "1"))):
            told = asked(address, path, cookie=cookie, form=form)
            assert told.status == 409 and "trunk.address" in told.body
        assert asked(address, "/", cookie=cookie).status == 303
    assert "address = 5" in own_path(settings).read_text(encoding="utf-8")


def test_nothing_is_rung_by_settings_of_before(office: Office, settings: Settings) -> None:
    put_own(settings, {"hotline": {"county": "青山县"}}, now=MORNING)
    cookie = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, "/first-run/ring", cookie=cookie, form={"number": "13912345678"})
    assert told.status == 409 and "请先重新开线" in told.body


def test_without_the_hotline_nothing_is_rung(office: Office) -> None:
    cookie = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(replace(office, live=Live())) as address:
        told = asked(address, "/first-run/ring", cookie=cookie, form={"number": "13912345678"})
    assert told.status == 409 and "没有开着" in told.body
    with reading(office.engine) as connection:
        assert open_tasks(connection, kind="staff:test") == []


def test_the_copy_of_the_line_is_called_while_the_page_waits_and_what_it_found_is_shown(
    office: Office, chromium: Browser
) -> None:
    go_on = threading.Event()

    def slow(text: str) -> LineTried:
        assert go_on.wait(20)
        if text == "坏了":
            raise LineNotTried("拨测没有做成：端口被占用")
        return well(text)

    office = replace(office, set_up=replace(office.set_up, try_line=slow))
    with looking(office, chromium, width=390, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/first-run/call")
        page.get_by_label("说什么").fill("坏了")
        page.get_by_role("button", name="开始拨测").click()
        expect(page.get_by_role("status")).to_contain_text("正在拨测")
        page.get_by_role("button", name="开始拨测").click()
        expect(page.get_by_role("main")).to_contain_text("正在做")
        page.goto(f"{address}/first-run/call")
        go_on.set()
        expect(page.get_by_role("status")).to_contain_text("端口被占用")
        page.get_by_role("button", name="开始拨测").click()
        expect(page.get_by_role("status")).to_contain_text("都做到了")
        expect(page.get_by_role("status")).to_contain_text("局长王建国 139****0001")
        expect(page.get_by_role("status")).to_contain_text(NASTY)
        assert_fit(page)
        assert_accessible(page)


def test_the_line_is_started_anew_only_where_somebody_keeps_it(office: Office, settings: Settings) -> None:
    cookie, wish = cookie_of(office.engine, ADMIN, Role.ADMIN, now=MORNING), settings.folders.data / "run" / "restart"
    with pages_served(office) as address:
        told = asked(address, "/first-run/restart", cookie=cookie, form={})
        assert told.status == 409 and "热线没有人看着" in told.body and not wish.exists()
        with only_one(settings.folders.data):
            told = asked(address, "/first-run/restart", cookie=cookie, form={})
            assert (told.status, told.where) == (303, "/first-run?done=restart") and wish.exists()


def test_the_word_is_not_in_the_page_before_somebody_types_it(office: Office) -> None:
    with pages_served(office) as address:
        for path in ("/", "/sign-in", "/first-run/begin", "/first-run"):
            assert not re.search(WORD, asked(address, path).body, re.IGNORECASE)

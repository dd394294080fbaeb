"""Every room in a real browser, over eight weeks of cases, with the hotline behind it: a call is seen while it is made.

Screenshots of every room, at 1280 and 390 pixels, go into build/screens (ZHITONG_SCREENS: another folder).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from cases.case import CaseState
from cases.roles import Role
from ivr.softphone_audio import speech
from tests.acceptance.stage import MORNING, NOTICES, Caller, Setting, Stage
from tests.fakes.office_of_hotline import office_of
from tests.fakes.pages import browser, pages_served, served
from zhitong.console.office import Office
from zhitong.console.pages import rooms_of
from zhitong.console.pocket import pocket_app
from zhitong.demo_console import DemoAccount, ready_account
from zhitong.demo_county.people import ADMIN
from zhitong.demo_county.seed import seed_county
from zhitong.roster_now import directory_now
from zhitong.settings import CHECKOUT
from zhitong.store.engine import reading, writing
from zhitong.store.tables import cases
from zhitong.trial import Trial, wait_until
from zhitong.usecases.accounts import actor_named
from zhitong.usecases.pocket_links import make_link
from zhitong.usecases.staff_codes import new_code

CASES = 60
CITIZEN, REQUEST = "13955500001", "扎西镇停水三天了"
MENU = """line = "0870-2128888"
start = "菜单"
[[step]]
name = "菜单"
kind = "按键"
say = ["菜单"]
keys = { 1 = "找局长" }
[[prompt]]
name = "菜单"
text = "说事情请按1，找人请按0。"
"""
PASSWORD = "云上的灯笼 渡口的船"
SCREENS = Path(os.environ.get("ZHITONG_SCREENS") or CHECKOUT / "build" / "screens")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LONGEST = 2400  # pixels of a screenshot
ACCOUNTS: dict[Role, DemoAccount] = {}
"""Of the county: who signs in."""
TAKEN: set[str] = set()
"""Names of the pictures."""


def seeded(trial: Trial) -> None:
    """Eight weeks of cases, before the hotline starts; and nobody has to be called back while it is looked at."""
    _, directory, engine = directory_now(trial.settings, MORNING)
    made = seed_county(engine, trial.settings, directory, seed=1, until=MORNING, now=MORNING, login="desk", cases=CASES)
    for actor, first in made.passwords:
        (role,) = actor.roles
        ACCOUNTS[role] = ready_account(engine, actor, first, password=PASSWORD, now=MORNING)
    engine.dispose()


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(
        short=NOTICES,
        before=seeded,
        recognition_trial=False,
        overrides={"ladder": {"next_seconds": 20, "rung_seconds": 30}},
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@dataclass(frozen=True)
class House:
    """A hotline with its console."""

    stage: Stage
    office: Office
    pages: str
    pocket: str
    chromium: Browser

    @contextmanager
    def signed_in(self, role: Role) -> Iterator[Page]:
        """A browser of somebody of this role, who signed in as people do."""
        account = ACCOUNTS[role]
        self.stage.clock.advance(timedelta(seconds=30))  # a code counts once
        context = self.chromium.new_context(viewport=WIDE, locale="zh-CN")  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(self.pages)
        page.get_by_label("姓名").fill(account.actor.name)
        page.get_by_label("密码").fill(account.password)
        page.get_by_role("button", name="登录").click()
        page.get_by_label("手机上的 6 位数字").fill(account.code(self.office.now()))
        page.get_by_role("button", name="确定").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
        try:
            yield page
            assert not said, f"the browser said {said}"
            page.get_by_role("button", name="退出").click()
            expect(page.get_by_role("heading", name="登录")).to_be_visible()
        finally:
            context.close()

    def case_in(self, state: CaseState) -> str:
        """The number of a seeded case."""
        with reading(self.office.engine) as connection:
            return str(connection.execute(select(cases.c.number).where(cases.c.state == state)).scalars().first())


@pytest.fixture(scope="module")
def rooms(house: Stage, chromium: Browser) -> Iterator[House]:
    SCREENS.mkdir(parents=True, exist_ok=True)
    with (
        office_of(house.hotline, house.trial.settings, house.clock) as office,
        pages_served(office) as pages,
        served(pocket_app(office, per_minute=60_000)) as pocket,
    ):
        yield House(stage=house, office=office, pages=pages, pocket=pocket, chromium=chromium)


def shot(page: Page, name: str) -> None:
    """The page as it is, wide and on a telephone; nothing sticks out there."""
    TAKEN.add(name)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        width = size["width"]
        high = min(page.evaluate("document.documentElement.scrollHeight"), LONGEST)
        clip = {"x": 0, "y": 0, "width": width, "height": max(high, size["height"])}
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True, clip=clip)  # type: ignore[arg-type]
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide on {width}"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_the_desk_sees_a_call_while_it_is_made_and_its_case_when_it_is_over(rooms: House) -> None:
    stage = rooms.stage
    with rooms.signed_in(Role.DESK) as page:
        expect(page.get_by_role("heading", name="值班台")).to_be_visible()
        expect(page.get_by_text("现在没有来电")).to_be_visible()
        caller: Caller = stage.dial(CITIZEN)
        caller.wait_sound_after(caller.wait_asked("question", 10))
        row = page.locator("#calls tbody tr")
        expect(row).to_contain_text("139****0001")
        caller.call.play(speech(REQUEST))
        expect(row.locator(".hearing")).to_contain_text("扎西镇")
        expect(row).to_contain_text("在响铃", timeout=20_000)
        number = str(caller.wait("rung", 10).detail["number"])
        leg = stage.phone(number).wait_ringing(15)
        leg.answer()
        leg.wait_sound(3)
        leg.press("1")
        expect(row).to_contain_text("通话中")
        shot(page, "now")
        row.get_by_role("link").first.click()
        expect(page.get_by_role("button", name="转接")).to_be_visible()
        shot(page, "now-call")
        caller.call.say(speech("水从早上就没有了"))
        caller.call.hang_up()
        case = stage.case(CITIZEN).case.number
        wait_until(lambda: stage.talk_of(caller.id) is not None, 20, "the recording is archived")
        page.goto(f"{rooms.pages}/cases/{case}")
        word = page.locator("button.word", has_text="停水").first
        word.click()
        playing = "[...document.querySelectorAll('audio')].some((one) => one.currentTime > 0 && !one.error)"
        page.wait_for_function(playing)
        shot(page, "case")


def test_the_desk_goes_through_the_cases_and_hands_one_on(rooms: House) -> None:
    with rooms.signed_in(Role.DESK) as page:
        page.get_by_role("link", name="工单", exact=True).click()
        expect(page.get_by_role("heading", name="工单")).to_be_visible()
        shot(page, "cases")
        page.goto(f"{rooms.pages}/cases/{rooms.case_in(CaseState.ACCEPTED)}")
        page.locator("#assign summary").click()
        page.get_by_label("交给哪个单位").select_option(label="水务局")
        page.get_by_label("为什么交给它").fill("管网归它管")
        page.get_by_role("button", name="交办", exact=True).click()
        expect(page.locator(".tag.state").first).to_have_text("交办")
        page.goto(f"{rooms.pages}/cases/search?text=停水")
        shot(page, "search")
        page.get_by_role("link", name="回访", exact=True).first.click()
        expect(page.get_by_role("heading", name="回访").first).to_be_visible()
        shot(page, "callbacks")


def test_two_swap_their_duties_in_the_roster_and_who_rings_is_told(rooms: House) -> None:
    with rooms.signed_in(Role.DESK) as page:
        page.get_by_role("link", name="值班表", exact=True).click()
        duty = page.locator(".fc-daygrid-day[data-date='2026-03-12'] .fc-event", has_text="李春燕").first
        expect(duty).to_be_visible()
        shot(page, "roster")
        page.locator(".fc-daygrid-day[data-date='2026-03-12']").scroll_into_view_if_needed()
        duty.drag_to(page.locator(".fc-daygrid-day[data-date='2026-03-13']"))
        panel = page.locator("#panel")
        expect(panel.get_by_label("原因")).to_be_visible()
        panel.get_by_label("原因").fill("去市里开会")
        panel.locator("button.main").click()
        expect(page.locator(".fc-daygrid-day[data-date='2026-03-13'] .fc-event", has_text="李春燕")).to_be_visible()
        page.goto(f"{rooms.pages}/roster/rings")
        page.get_by_label("群众说的话").fill("扎西镇石坎村三天没有水了")
        page.get_by_role("button", name="看会打给谁").click()
        expect(page.locator("ol.ladder li").first).to_contain_text("马上打")
        shot(page, "rings")


def test_supervision_opens_a_figure_with_its_formula_and_its_cases(rooms: House) -> None:
    with rooms.signed_in(Role.SUPERVISION) as page:
        page.get_by_role("link", name="督查", exact=True).click()
        figure = page.locator(".figure", has=page.get_by_text("公式")).first
        expect(figure).to_be_visible()
        figure.locator("summary").first.click()
        expect(figure.locator("details p").first).to_be_visible()
        shot(page, "supervision")
        page.goto(f"{rooms.pages}/supervision/figures/accepted")
        expect(page.get_by_role("link", name="2026").first).to_be_visible()
        shot(page, "figure")
        page.goto(f"{rooms.pages}/supervision/overdue")
        shot(page, "overdue")


def test_an_administrator_puts_a_menu_before_the_question_and_the_next_caller_hears_it(rooms: House) -> None:
    stage = rooms.stage
    with rooms.signed_in(Role.ADMIN) as page:
        page.get_by_role("link", name="话务流程", exact=True).click()
        page.get_by_role("main").get_by_role("link", name="找局长热线").click()
        page.locator(".cm-content").click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(MENU)
        expect(page.locator("#checked")).to_contain_text("没有查出问题")
        page.get_by_label("按的键").fill("1")
        page.get_by_label("群众说的话").fill("扎西镇石坎村三天没有水了")
        page.get_by_role("button", name="试", exact=True).click()
        expect(page.locator("#tried li").first).to_be_visible()
        shot(page, "flow")
        page.get_by_label("发布的原因").fill("先问一句")
        page.get_by_role("button", name="发布", exact=True).click()
        used = page.locator(".tag.green", has_text="在用").first

        def taken_in() -> bool:
            page.reload()
            return used.is_visible()

        wait_until(taken_in, 60, "the edition is tried and used")
        caller = stage.dial("13955500002")
        caller.wait("flow", 10, step="菜单")
        caller.call.press("0")
        number = str(caller.wait("rung", 10).detail["number"])
        stage.phone(number).wait_ringing(15)
        caller.call.hang_up()
        page.get_by_label("撤下的原因").fill("看过了")
        page.get_by_role("button", name="撤下流程").click()
        wait_until(lambda: not taken_in(), 60, "the line goes by no flow again")


def test_an_administrator_changes_a_rule_with_a_reason(rooms: House) -> None:
    with rooms.signed_in(Role.ADMIN) as page:
        page.get_by_role("link", name="设置", exact=True).click()
        page.get_by_role("main").get_by_role("link", name="规则").click()
        expect(page.get_by_role("heading", name="规则")).to_be_visible()
        shot(page, "settings-rules")
        page.get_by_role("link", name="办理", exact=True).click()
        text = page.get_by_label("内容").input_value()
        page.get_by_label("内容").fill(text.replace("settle_hours = 4", "settle_hours = 8"))
        page.get_by_role("button", name="看会变什么").click()
        expect(page.get_by_role("region", name="会变什么")).to_contain_text("settle_hours = 8")
        shot(page, "settings-rule")
        page.get_by_label("为什么改").fill("县里改为八小时")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("存好了")


def test_the_wall_counts_the_county(rooms: House) -> None:
    with rooms.signed_in(Role.SCREEN) as page:
        page.set_viewport_size({"width": 1920, "height": 1080})
        expect(page.locator("#clock")).to_be_visible()
        page.screenshot(path=SCREENS / "screen-1920.png")


def test_an_official_opens_the_case_in_his_pocket_and_signs_for_it(rooms: House) -> None:
    office, stage = rooms.office, rooms.stage
    case, directory = stage.case(CITIZEN).case, office.directory()
    official = next(one for one in directory.roster.officials if directory.unit(one.unit).name == case.unit)
    by = actor_named(office.engine, ADMIN)
    code = new_code(office.engine, office.settings.folders.data, official.id, by=by, now=office.now())
    with writing(office.engine) as connection:
        link = make_link(connection, case_number=case.number, official=official.id, now=office.now())
    context = rooms.chromium.new_context(viewport=NARROW, locale="zh-CN")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{rooms.pocket}/p/{link}")
    page.locator("input[name=code]").fill(code)
    page.screenshot(path=SCREENS / "pocket-code-390.png")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=case.number)).to_be_visible()
    expect(page.locator("blockquote")).to_contain_text("停水")
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_text("签收了。")).to_be_visible()
    shot(page, "pocket")
    context.close()


def test_every_room_of_every_role_opens_and_is_kept_as_a_picture(rooms: House) -> None:
    """Also those that no test above knows: a room needs nothing but to stand in the menu."""
    left = {room.path: room.name for room in rooms_of() if room.name}
    for role in (Role.ADMIN, Role.DESK, Role.SUPERVISION):
        with rooms.signed_in(role) as page:
            for path, name in tuple(left.items()):
                if not page.locator(f"nav a[href='{path}']").count():
                    continue
                page.goto(rooms.pages + path)
                page.wait_for_load_state("networkidle")
                expect(page.locator("header nav a[aria-current]", has_text=name)).to_be_visible()
                picture = path.strip("/").replace("/", "-")
                if picture not in TAKEN:
                    shot(page, picture)
                del left[path]
    assert not left, "nobody of these may enter"

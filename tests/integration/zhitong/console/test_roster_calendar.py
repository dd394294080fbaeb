"""值班表 in a browser: the calendar, dragging, the keyboard, no script, a telephone's width."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.pages import PACKAGES, Clock, asked, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.roster_county import DOUBTFUL, INERT, NOW, SWAP, county
from tests.fakes.told_calls import RULES
from zhitong.console.office import Office
from zhitong.settings import load_settings
from zhitong.usecases.change_roster import list_changes


@pytest.fixture
def office(engine: Engine) -> Office:
    """An office with the roster of a small county."""
    settings = load_settings(environ={})
    return office_with(engine, settings=settings, clock=Clock(NOW), directory=county(), rules=lambda: RULES)


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where its pages are."""
    with pages_served(office) as found:
        yield found


def desk(office: Office) -> str:
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=NOW)


def opened(chromium: Browser, office: Office, address: str, path: str, **how: Any) -> tuple[Page, list[str]]:
    page = signed_in_page(chromium, address, desk(office), **how)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}{path}")
    return page, said


def no_faults(page: Page) -> None:
    page.evaluate((PACKAGES / "axe-core/axe.min.js").read_text())
    found = page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious','critical'].includes(v.impact)))")
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


def test_the_calendar_shows_and_is_silent_on_the_console(office: Office, address: str, chromium: Browser) -> None:
    page, said = opened(chromium, office, address, "/roster")
    page.wait_for_selector(".fc-event.staff")
    assert page.locator(".fc-event.staff").first.inner_text()
    page.locator(".fc-timeGridWeek-button").click()
    page.wait_for_selector(".fc-timegrid-event")
    no_faults(page)
    assert said == []
    page.context.close()


def test_dragging_a_duty_proposes_a_swap_and_only_the_form_makes_it(
    office: Office, address: str, chromium: Browser
) -> None:
    page, said = opened(chromium, office, address, "/roster")
    duty = page.locator(".fc-daygrid-day[data-date='2026-12-09'] .fc-event")
    duty.drag_to(page.locator(".fc-daygrid-day[data-date='2026-12-11']"))
    page.wait_for_selector("#panel input[name=back_start]")
    assert page.input_value("#panel input[name=off]") == "王建国"
    assert page.input_value("#panel input[name=on]") == "赵敏"
    assert page.input_value("#panel input[name=back_start]") == "2026-12-11T08:00"
    assert list_changes(office.engine) == [], "nothing is changed by dragging alone"
    page.click("#panel button.main")  # without a reason the browser asks for it
    assert list_changes(office.engine) == []
    page.fill("#panel input[name=end]", "2026-12-09T07:00")
    page.fill("#panel input[name=reason]", "出差")
    page.click("#panel button.main")
    page.wait_for_selector("#panel .fault")
    assert "不晚于开始" in page.inner_text("#panel .fault") and page.input_value("#panel [name=reason]") == "出差"
    page.fill("#panel input[name=end]", "2026-12-10T08:00")
    page.click("#panel button.main")
    page.wait_for_selector(".done")
    page.wait_for_selector(".fc-daygrid-day[data-date='2026-12-11'] .fc-event.instead")
    assert page.inner_text(".fc-daygrid-day[data-date='2026-12-11'] .fc-event").strip() == "王建国 替赵敏"
    assert [text for text in said if "409" not in text] == []
    page.context.close()


def test_a_name_is_dragged_onto_a_day_and_an_edge_is_pulled(office: Office, address: str, chromium: Browser) -> None:
    page, _ = opened(chromium, office, address, "/roster")
    page.wait_for_selector(".fc-event.staff")
    page.locator("#people li[data-official=deputy]").drag_to(page.locator(".fc-daygrid-day[data-date='2026-12-10']"))
    page.wait_for_selector("#panel input[name=on]")
    told = [page.input_value(f"#panel input[name={name}]") for name in ("off", "on", "start", "end")]
    assert told == ["李春燕", "deputy", "2026-12-10T08:00", "2026-12-11T08:00"]
    page.context.close()


def test_an_edge_that_is_pulled_proposes_a_stand_in_for_the_hours_and_a_click_one_for_all(
    office: Office, address: str, chromium: Browser
) -> None:
    page, _ = opened(chromium, office, address, "/roster?day=2026-12-09")
    page.locator(".fc-timeGridWeek-button").click()
    duty = page.locator(".fc-timegrid-col[data-date='2026-12-10'] .fc-timegrid-event.fc-event-start")
    duty.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel input[name=off]")
    assert page.input_value("#panel input[name=off]") == "李春燕"
    assert page.evaluate("document.activeElement.name") == "on", "what is still to be filled in has the focus"
    end = page.locator(".fc-timegrid-col[data-date='2026-12-11'] .fc-timegrid-event.fc-event-end")
    end.scroll_into_view_if_needed()
    end.hover()
    edge = end.locator(".fc-event-resizer-end").bounding_box()
    assert edge is not None
    page.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
    page.mouse.down()
    page.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + 100, steps=5)
    page.mouse.up()
    page.wait_for_selector("#panel input[name=on][value='李春燕']")
    assert page.input_value("#panel input[name=off]") == "赵敏"
    assert page.input_value("#panel input[name=start]") == "2026-12-11T08:00"
    assert "2026-12-11T08:00" < page.input_value("#panel input[name=end]") < "2026-12-11T15:00"
    assert list_changes(office.engine) == []
    page.context.close()


def test_with_the_keyboard_and_without_a_script_the_same_is_done(
    office: Office, address: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    context.add_cookies([{"name": "zhitong", "value": desk(office), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/roster?day=2026-12-03")
    assert "逐班列表一样能看、能改" in page.content()
    page.get_by_label("王建国 12-03 08:00 的班：替班").click()
    page.fill("input[name=on]", "赵敏")
    page.fill("input[name=reason]", "出差")
    page.press("input[name=reason]", "Enter")
    assert "第 1 号改动记下了" in page.inner_text("#told")
    assert page.get_by_text("王建国（调班）").count() == 1
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        "/roster",
        "/roster?of=zhaxi",
        "/roster/change",
        "/roster/changes",
        "/roster/gaps",
        "/roster/rings",
        "/roster/import",
        "/roster/print",
    ],
)
def test_each_page_fits_a_telephone_runs_no_text_and_has_no_grave_fault(
    office: Office, address: str, chromium: Browser, path: str
) -> None:
    asked(address, "/roster/change", cookie=desk(office), form=SWAP | {"reason": INERT})
    page, said = opened(chromium, office, address, path, width=390)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.title() != "x" and "49镇" not in page.inner_text("body")
    no_faults(page)
    assert said == []
    page.context.close()


def test_a_file_whose_name_is_a_script_is_previewed_and_runs_nothing(
    office: Office, address: str, chromium: Browser, tmp_path: Path
) -> None:
    page, said = opened(chromium, office, address, "/roster/import", width=390)
    file = tmp_path / '"><img src=x onerror=alert(1)>{{7*7}}.csv'
    file.write_text(DOUBTFUL + "2026-12-08,<script>alert(1)<≯script>,赵敏\n".replace("≯", "/"))
    page.set_input_files("input[name=file]", file)
    page.click("button.main")
    page.wait_for_selector("input[name=content]", state="attached")
    assert "{{7*7}}" in page.inner_text("h1") and page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    no_faults(page)
    assert said == []
    page.check("input[name=only_sure]")
    page.fill("input[name=reason]", "十二月")
    page.click("button.main")
    page.wait_for_selector(".done")
    page.context.close()

"""版次 in the console: what would change is shown, published with a reason, and restored."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.pages import PACKAGES, Clock, asked, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.directory_files import directory_of, draft_of
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import CHECKOUT, load_settings

ZHANG, NEW = "13808700001", "13808700099"
INERT = "<img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    """An office with the shipped roster as files of its own, not published yet."""
    told = {"ZHITONG_FOLDERS__DATA": str(tmp_path / "data")}
    for name in ("roster", "escalation"):
        told[f"ZHITONG_FILES__{name.upper()}"] = shutil.copy(CHECKOUT / "config" / f"{name}.toml", tmp_path)
    settings = load_settings(environ=told)
    directory = directory_of(settings, draft_of(settings))
    return office_with(engine, settings=settings, clock=Clock(MORNING), directory=directory, rules=lambda: RULES)


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where its pages are."""
    with pages_served(office) as found:
        yield found


@pytest.fixture
def cookie(office: Office) -> str:
    """Of somebody who may publish."""
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)


def change(office: Office, old: str, new: str) -> None:
    path = office.settings.files.roster
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def publish(address: str, cookie: str, *, on: int, reason: str = "开始") -> str:
    told = asked(address, "/roster/editions/publish", cookie=cookie, form={"on": str(on), "reason": reason})
    return told.where or told.body


def test_what_the_files_would_change_is_shown_and_published_with_a_reason(
    office: Office, address: str, cookie: str
) -> None:
    assert publish(address, cookie, on=0) == "/roster/editions"
    assert "没有要发布的" in asked(address, "/roster/editions", cookie=cookie).body
    change(office, ZHANG, NEW)
    assert "有改动没有发布" in asked(address, "/roster/editions", cookie=cookie).body
    shown = asked(address, "/roster/editions/draft", cookie=cookie).body
    assert "还没有生效" in shown and "张明远" in shown and 'name="on" value="1"' in shown
    assert "没有写为什么改" in publish(address, cookie, on=1, reason=" ")
    assert publish(address, cookie, on=1, reason="局长换号") == "/roster/editions"
    listed = asked(address, "/roster/editions", cookie=cookie).body
    assert re.search(r"第 2 版 <span class=\"tag green\">在用</span>", listed)
    assert "局长换号" in listed and "受理周敏" in listed


def test_who_published_meanwhile_is_not_overwritten(office: Office, address: str, cookie: str) -> None:
    publish(address, cookie, on=0)
    change(office, ZHANG, NEW)
    publish(address, cookie, on=1, reason="局长换号")
    change(office, NEW, "13808700098")
    assert "现在是第 2 版" in publish(address, cookie, on=1, reason="又换")


def test_an_edition_is_restored_and_the_draft_is_not_lost(office: Office, address: str, cookie: str) -> None:
    publish(address, cookie, on=0)
    change(office, ZHANG, NEW)
    publish(address, cookie, on=1, reason="局长换号")
    change(office, NEW, "13808700098")
    assert "恢复第 1 版" in asked(address, "/roster/editions/1", cookie=cookie).body
    path = "/roster/editions/1/restore"
    assert asked(address, path, cookie=cookie, form={"on": "2", "reason": ""}).status == 409
    assert asked(address, path, cookie=cookie, form={"on": "2", "reason": "换错了"}).where == "/roster/editions"
    roster = office.settings.files.roster
    assert ZHANG in roster.read_text(encoding="utf-8")
    (kept,) = roster.parent.glob("roster.toml.draft-*")
    assert "13808700098" in kept.read_text(encoding="utf-8")
    listed = asked(address, "/roster/editions", cookie=cookie).body
    assert "第 3 版" in listed and "换错了" in listed
    for missing in ("/roster/editions/9", "/roster/editions/draft"):
        assert asked(address, missing, cookie=cookie).status == 409, missing


def test_files_that_cannot_be_read_are_told_with_field_and_mend(office: Office, address: str, cookie: str) -> None:
    publish(address, cookie, on=0)
    change(office, "first = ", "fisrt = ")
    told = asked(address, "/roster/editions/draft", cookie=cookie)
    assert told.status == 409 and "是不是 first" in told.body


def test_text_of_the_files_runs_nowhere_and_the_pages_fit_a_telephone(
    office: Office, address: str, cookie: str, chromium: Browser
) -> None:
    publish(address, cookie, on=0)
    change(office, "张明远", INERT)
    page = signed_in_page(chromium, address, cookie, width=390)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    for path in ("/roster/editions", "/roster/editions/draft"):
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.locator("main img").count() == 0
        page.evaluate((PACKAGES / "axe-core/axe.min.js").read_text())
        found = page.evaluate("axe.run().then(r => r.violations.filter(v => /serious|critical/.test(v.impact)))")
        assert [one["id"] for one in found] == [], path
    assert INERT in page.inner_text("main")
    assert said == []
    page.context.close()


def test_what_is_changed_counts_on_the_very_next_page(office: Office, engine: Engine, cookie: str) -> None:
    roster = RosterInForce(office.settings, engine, MORNING)
    now = {"directory": lambda: roster.directory, "base": lambda: roster.base, "look": lambda: roster.look(MORNING)}
    there = roster.directory.roster.on_duty(MORNING + timedelta(days=1), roster.directory.home_unit)[0].official
    other = next(one for one in roster.directory.roster.officials if one.unit == there.unit and one.id != there.id)
    span = {
        "start": f"{MORNING + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "end": f"{MORNING + timedelta(days=2):%Y-%m-%dT%H:%M}",
    }
    form = {"kind": "override", "of": there.unit, "off": there.id, "on": other.id, "reason": "出差"} | span
    with pages_served(replace(office, **now)) as address:
        done = asked(address, "/roster/change", cookie=cookie, form=form)
        assert done.status == 303, done.body
        assert f"{there.name}（调班）" in asked(address, done.where, cookie=cookie).body
        asked(address, "/roster/changes/1/undo", cookie=cookie, form={"reason": "不去了"})
        assert f"{there.name}（调班）" not in asked(address, done.where, cookie=cookie).body

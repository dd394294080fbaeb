"""备份: made at a press of a button, while the page waits; taken away by an administrator, which is recorded."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from cases.roles import Role
from tests.fakes.admin import ADMIN
from tests.fakes.looking import assert_accessible, assert_fit, looking
from tests.fakes.pages import Clock, asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.backup.verify import verify_backup
from zhitong.console.office import Office
from zhitong.settings import load_settings
from zhitong.store.engine import reading
from zhitong.store.tables import accesses


@pytest.fixture
def fresh(office: Office, engine: Engine, tmp_path: Path) -> Office:
    """With a data folder of its own, a recording in it."""
    over = {"folders": {"data": str(tmp_path / "data")}, "store": {"database_url": str(engine.url)}}
    settings = load_settings(environ={}, overrides=over)
    settings.folders.recordings.mkdir(parents=True)
    (settings.folders.recordings / "a.wav").write_bytes(b"sound")
    return replace(office, settings=settings)


def test_a_backup_is_made_looked_through_and_taken_away(
    fresh: Office, chromium: Browser, clock: Clock, tmp_path: Path
) -> None:
    with looking(fresh, chromium, width=390, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/backup")
        expect(page.get_by_role("main")).to_contain_text("还没有备份过")
        assert_fit(page)
        page.get_by_role("button", name="现在做一份").click()
        expect(page.get_by_role("status")).to_contain_text("备份好了，也核对过", timeout=20_000)  # by itself
        expect(page.get_by_role("main")).not_to_contain_text("还没有备份过")
        page.get_by_text("里面有什么").click()
        expect(page.get_by_role("status")).to_contain_text("录音：1 个文件")
        assert_fit(page)
        assert_accessible(page)
        with page.expect_download() as taken:
            page.get_by_role("link", name="下载").click()
        path = tmp_path / "taken.tar"
        taken.value.save_as(path)
        assert dict(verify_backup(path).folders)["recordings"] == 1
        clock.forward(timedelta(days=8))
    with reading(fresh.engine) as connection:
        looks = [str(row) for row in connection.execute(select(accesses))]
    assert any("下载备份 zhitong-20250911" in one and ADMIN in one for one in looks)
    with looking(fresh, chromium, role=Role.ADMIN, who=ADMIN, now=clock.now()) as (page, address):
        page.goto(f"{address}/backup")
        expect(page.get_by_role("main")).to_contain_text("上一次备份是 8 天前，超过 7 天了")


NONE = ["..", "../zhitong.sqlite3", "%2e%2e%2fzhitong.sqlite3", "zhitong-20250911-000000.tar"]


@pytest.mark.parametrize("name", NONE)
def test_nothing_but_a_backup_is_taken_away(fresh: Office, name: str) -> None:
    cookie = cookie_of(fresh.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(fresh) as address:
        told = asked(address, f"/backup/file/{name}", cookie=cookie)
    assert told.status in (404, 409) and "SQLite format" not in told.body

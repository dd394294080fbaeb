"""网页的证书: made at a press of a button, the authority's file taken away, a given one checked."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cases.roles import Role
from tests.fakes.admin import ADMIN
from tests.fakes.looking import assert_accessible, assert_fit, looking
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.certificate import certificate_of
from zhitong.console.office import Office
from zhitong.own_settings import as_set
from zhitong.settings import load_settings


@pytest.fixture
def fresh(office: Office, tmp_path: Path) -> Office:
    """With a data folder of its own."""
    return replace(office, settings=load_settings(environ={}, overrides={"folders": {"data": str(tmp_path / "data")}}))


def test_a_certificate_is_made_and_its_authority_taken_away(fresh: Office, chromium: Browser) -> None:
    with looking(fresh, chromium, width=390, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/settings")
        page.get_by_role("link", name="网页的证书").click()
        expect(page.get_by_role("main")).to_contain_text("没有加密")
        page.get_by_label("这台服务器的名字或地址").fill('https://<script>alert(1)</script>"><img src=x>{{7*7}}')
        page.get_by_role("button", name="发证书").click()
        expect(page.get_by_role("alert")).to_contain_text("不是名字或地址")
        assert_fit(page)
        page.get_by_label("这台服务器的名字或地址").fill("192.168.1.10\nzhitong.county.gov.cn")
        page.get_by_label("让单位里别的电脑也能打开").first.check()
        page.get_by_role("button", name="发证书").click()
        expect(page.get_by_role("alert")).to_contain_text("证书存好了")
        expect(page.get_by_role("main")).to_contain_text("zhitong.county.gov.cn、192.168.1.10")
        assert_fit(page)
        assert_accessible(page)
        with page.expect_download() as taken:
            page.get_by_role("link", name="下载根证书").click()
        assert "BEGIN CERTIFICATE" in Path(taken.value.path()).read_text()
        assert "PRIVATE" not in Path(taken.value.path()).read_text()
    assert as_set(fresh.settings).console.pages == "0.0.0.0:8801"


def test_a_given_one_that_does_not_fit_is_told(fresh: Office, chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    (tmp_path / "a.key").write_text("no key")
    with looking(fresh, chromium, role=Role.ADMIN, who=ADMIN) as (page, address):
        page.goto(f"{address}/certificate")
        page.get_by_label("证书（.pem、.crt）").set_input_files(tmp_path / "a.pem")
        page.get_by_label("密钥（.key）").set_input_files(tmp_path / "a.key")
        page.get_by_role("button", name="用这张").click()
        expect(page.get_by_role("alert")).to_contain_text("证书文件不是 PEM")
        assert_accessible(page)
    assert certificate_of(fresh.settings) is None


def test_there_is_no_authority_to_take_away_before_one_is_made(fresh: Office) -> None:
    cookie = cookie_of(fresh.engine, ADMIN, Role.ADMIN, now=MORNING)
    with pages_served(fresh) as address:
        told = asked(address, "/certificate/ca.crt", cookie=cookie)
    assert told.status == 409 and "还没有自己发过证书" in told.body

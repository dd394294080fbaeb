"""办件链接 on a mobile: the code, the case and nothing else; what may be done there, and what is refused."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from cases.accused import kept_with, reported_key
from cases.case import CaseState
from tests.fakes.admin import admin
from tests.fakes.directories import official, small_directory
from tests.fakes.pages import ADDRESS, PACKAGES, Clock
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.console.pocket import COOKIE, pocket_app
from zhitong.console.server import console_server, listen
from zhitong.console.visitor import csrf_of
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.recordings import put_recordings, recordings_of_case
from zhitong.store.tables import accesses
from zhitong.usecases.hand_to_official import ASKED, HANDED
from zhitong.usecases.pocket_links import OPEN_FOR, WRONG, make_link
from zhitong.usecases.staff_calls import RETURN, TOLD, number_of
from zhitong.usecases.staff_codes import new_code

WATER = official("wang", "13800000009", "director", unit="water")
SOUND = b"RIFF" + bytes(range(256)) * 4
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def office(office: Office, tmp_path: Path) -> Office:
    """With files of its own, and a head of the unit that has the case."""
    folders = replace(office.settings.folders, data=tmp_path, recordings=tmp_path)
    change(office.engine, unit="水务局", type="求助", matter="A1", matter_name="供水饮水", demand="停水")
    change(office.engine, state=CaseState.ASSIGNED)
    directory = small_directory(more=(WATER,))
    return replace(office, settings=replace(office.settings, folders=folders), directory=lambda: directory)


@contextmanager
def served(office: Office) -> Iterator[str]:
    with listen(ADDRESS, 0) as door:
        server = console_server(pocket_app(office, per_minute=60_000), proxies=())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"{ADDRESS}:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def change(engine: Engine, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def state(office: Office) -> CaseState:
    with reading(office.engine) as connection:
        return get_case(connection, NUMBER).state


def link_for(office: Office, who: str = "wang") -> str:
    with writing(office.engine) as connection:
        return make_link(connection, case_number=NUMBER, official=who, now=office.now())


def code_of(office: Office, who: str = "wang") -> str:
    by = admin(office.engine, MORNING)
    return new_code(office.engine, office.settings.folders.data, who, by=by, now=MORNING)


class Mobile:
    """A browser without one: keeps the cookie, bears what forms must."""

    def __init__(self, address: str) -> None:
        self.address, self.cookie, self.headers = address, "", http.client.HTTPMessage()

    def ask(self, path: str, form: dict[str, str] | None = None, method: str = "", **headers: str) -> tuple[int, str]:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if self.cookie:
            told["Cookie"] = f"{COOKIE}={self.cookie}"
        if form is not None:
            told = {"Content-Type": "application/x-www-form-urlencoded"} | told
            body = urlencode({"csrf": csrf_of(self.cookie)} | form)
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method or ("GET" if form is None else "POST"), path, body=body, headers=told)
            response = connection.getresponse()
            self.headers = response.headers
            set_cookie = response.headers.get("set-cookie", "")
            if set_cookie:
                self.cookie = set_cookie.partition(";")[0].partition("=")[2]
            return response.status, response.read().decode("latin-1").encode("latin-1").decode("utf-8", "replace")
        finally:
            connection.close()

    def open(self, token: str, code: str) -> None:
        assert self.ask(f"/p/{token}", {"code": code})[0] == 303


def test_any_other_path_is_a_404_without_a_word(office: Office) -> None:
    token = link_for(office)
    with served(office) as address:
        mobile = Mobile(address)
        foreign = ("/", "/cases", "/sign-in", "/docs", "/openapi.json", "/static/console.css", "/api/v1/status")
        ours = ("/p", "/p/unknown", "/p/unknown/recording/1", f"/p/{token}/recording/x", f"/p/{token}/")
        for path in (*foreign, *ours):
            assert mobile.ask(path) == (404, ""), path
        assert mobile.ask("/p/unknown", {"code": "1"}) == (404, "")
        assert mobile.ask(f"/p/{token}", method="DELETE", Content_Length="0") == (404, "")
        assert mobile.ask(f"/p/{token}", {}, Content_Length="999999")[0] == 413


def test_without_the_code_nothing_of_the_case_is_shown_and_guesses_are_few(office: Office, clock: Clock) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        status, body = mobile.ask(f"/p/{token}")
        assert status == 200 and "工作密码" in body and NUMBER not in body and "水务局" not in body
        for _ in range(WRONG):
            assert mobile.ask(f"/p/{token}", {"code": "1"})[0] == 403
        status, body = mobile.ask(f"/p/{token}", {"code": code})
        assert status == 403 and "10:20" in body
        clock.forward(timedelta(hours=1))
        mobile.open(token, code)
        flags = {"HttpOnly", "SameSite=strict", f"Path=/p/{token}"}
        assert flags <= set(mobile.headers["set-cookie"].split("; "))
        assert NUMBER in mobile.ask(f"/p/{token}")[1]
        clock.forward(OPEN_FOR)
        assert NUMBER not in mobile.ask(f"/p/{token}")[1]


def test_the_page_shows_the_case_with_the_number_masked_and_records_who_looked(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        _, body = mobile.ask(f"/p/{token}")
        assert "供水饮水" in body and "****" in body and CITIZEN not in body
        policy = mobile.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
        assert mobile.headers["cache-control"] == "no-store"
    with reading(office.engine) as connection:
        told = [(row.who, row.what) for row in connection.execute(select(accesses)) if row.case_number == NUMBER]
    assert told == [("wang", "打开办件链接"), ("wang", "看办件链接")]


def recording(office: Office) -> int:
    (office.settings.folders.recordings / "a.wav").write_bytes(SOUND)
    row = {"case_number": NUMBER, "call_id": "1757553630.7", "kind": "clip", "path": "a.wav", "state": "archived"}
    with writing(office.engine) as connection:
        put_recordings(connection, [row | {"made_at": MORNING, "expires_at": MORNING + timedelta(days=9)}])
        (id,) = (one.id for one in recordings_of_case(connection, NUMBER) if one.path == "a.wav")
    return id


def test_the_recording_is_heard_in_parts_by_who_may_and_by_nobody_else(office: Office) -> None:
    token, code, id = link_for(office), code_of(office), recording(office)
    with served(office) as address:
        mobile = Mobile(address)
        assert mobile.ask(f"/p/{token}/recording/{id}")[0] == 403
        mobile.open(token, code)
        assert f"/recording/{id}" in mobile.ask(f"/p/{token}")[1]
        assert mobile.ask(f"/p/{token}/recording/{id}", Range="bytes=0-3") == (206, "RIFF")
        assert mobile.ask(f"/p/{token}/recording/{id + 1}")[0] == 409
        change(office.engine, secrecy="保密")
        assert mobile.ask(f"/p/{token}/recording/{id}")[0] == 403
        status, body = mobile.ask(f"/p/{token}")
        assert status == 200 and "/recording/" not in body and "不给承办单位看" in body and "138****" not in body
        change(office.engine, type="举报", accused=kept_with("", {reported_key("水务局"): "水务局"}))
        assert mobile.ask(f"/p/{token}")[0] == 410


def test_an_official_signs_begins_and_replies_and_is_offered_only_what_he_may(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        page = f"/p/{token}"
        assert f"{page}/sign" in mobile.ask(page)[1] and f"{page}/reply" not in mobile.ask(page)[1]
        for act, after in (("sign", CaseState.SIGNED_FOR), ("start", CaseState.HANDLING)):
            assert mobile.ask(f"{page}/{act}", {})[0] == 303
            assert state(office) is after
        status, body = mobile.ask(f"{page}/reply", {"result": "办" * 41, "disposition": "已解决", "reply": "写了很多"})
        assert status == 409 and "最多 40 个" in body and "写了很多" in body
        told = {"result": "水管今天修好了", "disposition": "已解决", "reply": "按停水处理"}
        assert mobile.ask(f"{page}/reply", told)[0] == 303
        assert state(office) is CaseState.REPLIED
        assert "现在没有要您在这里办的" in mobile.ask(page)[1]
        assert mobile.ask(f"{page}/approve", {}) == (404, "")


def test_a_case_is_handed_over_with_a_reason_or_settled_on_the_spot(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        assert mobile.ask(f"/p/{token}/hand-over", {"unit": "政务服务管理局", "reason": ""})[0] == 409
        assert mobile.ask(f"/p/{token}/hand-over", {"unit": "政务服务管理局", "reason": "归它管"})[0] == 303
        assert "请政务服务管理局接" in mobile.ask(f"/p/{token}")[1]
        assert mobile.ask(f"/p/{token}/settle", {"result": "水管今天修好了", "disposition": "已解决"})[0] == 303
        assert state(office) is CaseState.CLOSED


def test_the_hotline_is_asked_to_ring_him_and_then_the_citizen_once(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        assert mobile.ask(f"/p/{token}/call", {})[0] == 303
        status, body = mobile.ask(f"/p/{token}/call", {})
        assert status == 409 and "请等电话响" in body
        change(office.engine, secrecy="保密")
        assert mobile.ask(f"/p/{token}/call", {})[0] == 409 and f"/p/{token}/call" not in mobile.ask(f"/p/{token}")[1]
    with reading(office.engine) as connection:
        (task,) = [one for one in open_tasks(connection, case_number=NUMBER) if one.kind == RETURN]
    assert task.detail["official"] == "wang" and number_of(office.directory(), task, MORNING) == "13800000009"


def test_a_form_that_is_not_ours_changes_nothing(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        assert mobile.ask(f"/p/{token}/sign", {"csrf": "x"})[0] == 403
        assert mobile.ask(f"/p/{token}/sign", {}, Origin="https://other.example")[0] == 403
        mobile.cookie = ""
        assert mobile.ask(f"/p/{token}/sign", {})[0] == 403
        assert state(office) is CaseState.ASSIGNED


def test_two_taps_in_the_same_moment_ring_him_once(office: Office) -> None:
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        twins = [Mobile(address) for _ in range(8)]
        ready, answers = threading.Barrier(len(twins)), list[int]()

        def tap(one: Mobile) -> None:
            one.cookie = mobile.cookie
            ready.wait(10)
            answers.append(one.ask(f"/p/{token}/call", {})[0])

        threads = [threading.Thread(target=tap, args=[one]) for one in twins]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert sorted(answers) == [303] + [409] * 7
    with reading(office.engine) as connection:
        assert [one.kind for one in open_tasks(connection, case_number=NUMBER)].count(RETURN) == 1


def test_a_case_is_given_to_a_colleague_who_is_told_and_the_link_ends(office: Office) -> None:
    zhao = official("zhao", "13800000010", unit="water", post="股长")
    directory = small_directory(more=(WATER, zhao))
    office = replace(office, directory=lambda: directory)
    token, code = link_for(office), code_of(office)
    with served(office) as address:
        mobile = Mobile(address)
        mobile.open(token, code)
        page = f"/p/{token}"
        assert "股长zhao（水务局）" in mobile.ask(page)[1]
        for form in ({"official": "zhao", "reason": ""}, {"official": "nobody", "reason": "归他管"}):
            assert mobile.ask(f"{page}/hand-to", form)[0] == 409
        status, body = mobile.ask(f"{page}/hand-to", {"official": "clerk", "reason": "归它管"})
        assert status == 303 and "请政务服务管理局的clerk接" in mobile.ask(page)[1]
        status, body = mobile.ask(f"{page}/hand-to", {"official": "zhao", "reason": "他分管"})
        assert status == 200 and "这个链接到这里为止" in body
        assert mobile.ask(page)[0] == 410
    with reading(office.engine) as connection:
        assert get_case(connection, NUMBER).official == "股长zhao"
        told = [one.detail for one in open_tasks(connection, kind=TOLD)]
    assert [(one["official"], one["prompt"]) for one in told] == [("clerk", ASKED), ("zhao", HANDED)]


def on_mobile(chromium: Browser, *, bypass_csp: bool = True) -> tuple[Page, list[str]]:
    size = {"width": 390, "height": 800}
    page = chromium.new_context(viewport=size, locale="zh-CN", bypass_csp=bypass_csp).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(10_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def test_on_a_mobile_it_fits_says_what_it_is_and_what_is_injected_is_inert(office: Office, chromium: Browser) -> None:
    token, code = link_for(office), code_of(office)
    recording(office)
    change(office.engine, transcript=EVIL, place=EVIL)
    with served(office) as address:
        page, said = on_mobile(chromium)
        page.goto(f"http://{address}/p/{token}")
        page.get_by_label("工作密码").fill(code)
        _looked_at(page, "code")
        page.get_by_role("button", name="打开").click()
        expect(page.get_by_text(EVIL).first).to_be_visible()
        page.get_by_role("button", name="签收").click()
        expect(page.get_by_role("status")).to_contain_text("签收了")
        page.get_by_text("写反馈，送审核").first.click()
        _looked_at(page, "case")
        page.get_by_role("button", name="关上").click()
        expect(page.get_by_label("工作密码")).to_be_visible()
        assert said == []
        page.context.close()


def test_it_works_under_its_own_policy_and_the_browser_finds_nothing_to_say(office: Office, chromium: Browser) -> None:
    token, code, id = link_for(office), code_of(office), recording(office)
    with served(office) as address:
        page, said = on_mobile(chromium, bypass_csp=False)
        missing: list[str] = []
        page.on("requestfailed", lambda request: missing.append(request.url))
        page.goto(f"http://{address}/p/{token}")
        page.get_by_label("工作密码").fill(code)
        page.get_by_role("button", name="打开").click()
        heard = page.locator(f"audio[aria-labelledby='sound-{id}']")
        assert heard.evaluate("async sound => (await fetch(sound.src).catch(() => 0)) === 0"), "no script may fetch"
        said.clear()
        page.reload()
        assert page.locator("main").evaluate("main => getComputedStyle(main).maxWidth") != "none", "the style is there"
        page.get_by_role("button", name="签收").click()
        expect(page.get_by_role("status")).to_contain_text("签收了")
        page.get_by_role("button", name="给群众回电").click()
        expect(page.get_by_role("status")).to_contain_text("马上打您的手机")
        assert (said, missing) == ([], [])
        page.context.close()


def _looked_at(page: Page, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate((PACKAGES / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.impact, v.id]))")
    assert [one for one in found if one[0] in ("serious", "critical")] == [], name

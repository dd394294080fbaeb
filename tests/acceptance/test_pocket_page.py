"""办件链接 with the real hotline behind: a tap rings the official, and then the citizen, whose number he never sees."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.stage import DIRECTOR, NOTICES, SURELY, Setting, Stage, found
from tests.acceptance.test_calls_with_officials import asked, gives_up, joined, withdraw_all
from tests.fakes.admin import admin
from tests.fakes.pages import ADDRESS, browser
from zhitong.console.office import Office
from zhitong.console.pocket import pocket_app
from zhitong.console.server import console_server, listen
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing
from zhitong.usecases.pocket_links import make_link
from zhitong.usecases.staff_codes import new_code


@pytest.fixture(scope="module")
def setting() -> Setting:
    lines = [
        {"number": "08702128888", "name": "找局长热线"},
        {"number": "08702129999", "name": "不提问的线", "question": False},
    ]
    overrides = {"ladder": {"next_seconds": 2, "rung_seconds": 5}, "staff": {"missed_seconds": 600}, "lines": lines}
    return Setting(short=NOTICES, overrides=overrides)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@contextmanager
def pocket_page(stage: Stage) -> Iterator[str]:
    """The address at which links of this hotline open."""
    hotline = stage.hotline
    office = Office(
        settings=stage.trial.settings,
        engine=hotline.engine,
        now=stage.clock.now,
        directory=lambda: hotline.roster.directory,
        rules=lambda: hotline.rules,
        base=lambda: hotline.roster.base,
        look=lambda: None,
        understanding=lambda: hotline.understanding.now,
    )
    with listen(ADDRESS, 0) as door:
        server = console_server(pocket_app(office, per_minute=60_000), proxies=())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://{ADDRESS}:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def code_of(stage: Stage, official: str) -> str:
    """A new 工作密码 of this official."""
    engine, now = stage.hotline.engine, stage.clock.now()
    return new_code(engine, stage.trial.settings.folders.data, official, by=admin(engine, now), now=now)


def given_to(stage: Stage, citizen: str, unit: str, **fields: object) -> str:
    """The case of this citizen is the unit's from now on; its number."""
    number = stage.case(citizen).case.number
    with writing(stage.hotline.engine) as connection:
        case = replace(get_case(connection, number), unit=unit, first_unit=unit, type="求助", **fields)  # type: ignore[arg-type]
        update_cases(connection, [case])
    return number


def unit_of(stage: Stage, number: str) -> str:
    """The unit of the official with this telephone."""
    directory = stage.hotline.roster.directory
    official = directory.roster.official(directory.whose(number, stage.clock.now())[0][0])
    assert official is not None
    return directory.unit(official.unit).name


def test_a_tap_rings_the_director_and_at_the_key_the_citizen_who_sees_the_hotlines_number(
    stage: Stage, citizen: str, chromium: Browser
) -> None:
    gives_up(stage, citizen)
    number, code = given_to(stage, citizen, unit_of(stage, DIRECTOR)), code_of(stage, "zhang")
    with writing(stage.hotline.engine) as connection:
        token = make_link(connection, case_number=number, official="zhang", now=stage.clock.now())
    with pocket_page(stage) as address:
        page = chromium.new_context(viewport={"width": 390, "height": 800}, locale="zh-CN").new_page()
        shown: list[str] = []
        page.on("response", lambda answer: shown.append(answer.text()) if answer.ok else None)
        page.goto(f"{address}/p/{token}")
        page.get_by_label("工作密码").fill(code)
        page.get_by_role("button", name="打开").click()
        since = stage.watcher.count
        page.get_by_role("button", name="给群众回电").click()
        expect(page.get_by_role("status")).to_contain_text("马上打您的手机")
        official = stage.phone(DIRECTOR).wait_ringing(10)
        assert official.from_number == stage.trial.settings.trunk.caller_id
        official.answer()
        fact = asked(stage, official, "staff_waiting", since=since)
        official.press("1")
        person = joined(stage, official, citizen, since=since)
        page.get_by_role("button", name="给群众回电").click()
        expect(page.get_by_role("alert")).to_contain_text("正在通话")
        assert found(stage.prompt("citizen_joined", who="局长"), person.heard().pcm) > SURELY
        official.hang_up()
        person.wait_disconnected(8)
        masked = f"{citizen[:3]}****{citizen[-4:]}"
        assert masked in "".join(shown) and citizen not in "".join((*shown, page.content()))
        page.context.close()
    stage.watcher.wait("ended", limit=10, since=since, call=fact.call_id)
    after = stage.case(citizen)
    assert after.case.number == number and after.calls[-1] == fact.call_id
    withdraw_all(stage)

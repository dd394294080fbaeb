"""Every page there is, in a county whose every word does harm: inert, in order, on a telephone and for the blind."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import select

from cases.case import CaseState
from cases.record import RecordKind
from cases.roles import MAY, Action, Role
from routing.calendar import LOCAL
from tests.fakes.hostile_county import HARM, hostile_county
from tests.fakes.page_routes import filled, routes
from tests.fakes.pages import PACKAGES, asked, pages_served, signed_in_page
from zhitong.console.office import Office
from zhitong.console.pages import rooms_of
from zhitong.store.engine import reading
from zhitong.store.tables import accounts, case_records, cases

AT = datetime(2026, 3, 18, 10, 30, tzinfo=LOCAL)
CASES = 40
FILLED = {"code": "accepted", "key": "question", "line": "08702128888"}
NO_PAGE = {
    "/now/live",
    "/screen/live",
    "/roster/events",
    "/roster/export",
    "/cases/{number}/result.wav",
    "/flows/prompts/{key}/now.wav",
    "/flows/prompts/{key}/{number}.wav",
    "/settings/matters/trial/state",
    "/flows/lines/{line}/state",
    "/certificate/ca.crt",
    "/backup/file/{name}",
}
"""Answers that are no page of their own: streams, data, sheets, sounds, files, a part that is asked for again."""
NOT_HERE = {
    "/now/calls/{call}",
    "/cases/{number}/recordings/{id}",
    "/cases/{number}/attachments/{id}",
    "/roster/editions/{id}",
    "/roster/editions/draft",
    "/flows/lines/{line}/editions/{number}",
    "/settings/rules/new",
}
"""No live call, no such file, no other edition, nothing asked for: what is told of it is a page all the same."""
ROOMS = [*(room.path for room in rooms_of()), ""]
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (one) => {
  window.broken.push(`${one.violatedDirective} ${one.blockedURI}`);
});
"""
LOOK = """() => {
  const all = [...document.querySelectorAll("*")];
  return {
    hit: typeof window.hit, broken: window.broken,
    scripts: [...document.scripts].filter((one) => !one.src.startsWith(location.origin + "/static/")).length,
    handlers: all.filter((one) => [...one.attributes].some((each) => each.name.startsWith("on"))).length,
    images: [...document.images].filter((one) => one.getAttribute("src") === "x").length,
    links: [...document.links].filter((one) => one.protocol === "javascript:").length,
    wide: document.documentElement.scrollWidth,
    shown: document.body.innerText,
    files: [...document.querySelectorAll(".cm-content")].map((one) => one.innerText).join(""),
  };
}"""
HARMLESS = {"hit": "undefined", "broken": [], "scripts": 0, "handlers": 0, "images": 0, "links": 0}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, dict[Role, str]]:
    return hostile_county(tmp_path_factory.mktemp("hostile"), at=AT, cases=CASES)


@pytest.fixture(scope="module")
def address(county: tuple[Office, dict[Role, str]]) -> Iterator[str]:
    with pages_served(county[0]) as address:
        yield address


def every_page(office: Office) -> list[tuple[str, Action]]:
    """A path for each page, for each state of a case its own."""
    with reading(office.engine) as connection:
        numbers = dict(connection.execute(select(cases.c.state, cases.c.number)).tuples().all())
        cluster = select(case_records.c.id).where(case_records.c.kind == RecordKind.GOVERN)
        ids = {"/supervision/clusters/{id}": str(connection.execute(cluster).scalar_one())}
        account = connection.execute(select(accounts.c.name).limit(1)).scalar_one()
    asked_for = {
        "/settings/accounts/change": f"?{urlencode({'name': account})}",
        "/settings/text": "?name=retention.toml",
    }
    found = []
    for method, path, right in routes(office):
        if method == "GET" and path not in NO_PAGE:
            several = numbers.values() if path == "/cases/{number}" else [numbers[CaseState.HANDLING]]
            values = FILLED | {"id": ids.get(path, "1")}
            for number in several:
                found.append((filled(path, values | {"number": number}) + asked_for.get(path, ""), right))
    return list(dict.fromkeys(found))


def room_of(path: str) -> str:
    """The room in the menu to which a path belongs; empty: none."""
    return next((room for room in sorted(ROOMS, reverse=True) if room and f"{path}/".startswith(f"{room}/")), "")


def who_may(right: Action) -> Role:
    """Who sees the most of it."""
    return next(role for role in (Role.DESK, Role.SUPERVISION, Role.LEADER, *Role) if role in MAY[right])


def faults(page: Page, axe: str) -> list[str]:
    """What is wrong with the page that is open."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    told = page.evaluate(LOOK)
    found = [f"{key}: {told[key]}" for key, value in HARMLESS.items() if told[key] != value]
    if told["wide"] > 390:
        found.append(f"{told['wide']} wide on a telephone")
    shown = told["shown"]
    for command in re.finditer(r".{0,40}(?:\bzhitong [a-z]|--[a-z]).{0,20}", shown):
        if "管服务器的人" not in command[0] and command[0].strip() not in told["files"]:
            found.append(f"names a command: {command[0]}")
    if turned := re.search("[\u202a-\u202e\u2066-\u2069]", shown):
        found.append(f"turns words round: {shown[max(0, turned.start() - 30) : turned.start() + 5]!r}")
    page.evaluate(axe)
    grave = [one for one in page.evaluate("axe.run()")["violations"] if one["impact"] in ("serious", "critical")]
    return found + [f"{one['id']}: {node['html'][:200]}" for one in grave for node in one["nodes"][:2]]


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_that_anybody_wrote_does_anything_on_any_page(
    county: tuple[Office, dict[Role, str]], address: str, chromium: Browser, room: str
) -> None:
    office, cookies = county
    axe = (PACKAGES / "axe-core/axe.min.js").read_text()
    wrong, shown, closed = [], 0, set()
    pages: dict[Role, Page] = {}
    for path, right in [one for one in every_page(office) if room_of(one[0]) == room]:
        role = who_may(right)
        if role not in pages:
            pages[role] = signed_in_page(chromium, address, cookies[role], width=390)
            pages[role].add_init_script(WATCH)
        answer = pages[role].goto(address + path)
        assert answer is not None
        with suppress(PlaywrightTimeout):  # a page that asks again and again is never idle
            pages[role].wait_for_load_state("networkidle", timeout=4_000)
        if answer.status != 200:
            closed.add(re.sub(r"\d{8}-\d{6}-\d{4}", "1", path))
        shown += "window.hit=1" in pages[role].content()
        wrong += [f"{path}: {fault}" for fault in faults(pages[role], axe)]
    for page in pages.values():
        page.context.close()
    assert not wrong, "\n".join(wrong)
    assert shown or not room, "the harm was there to be shown: the name of who looks"
    assert closed <= {filled(path, FILLED) for path in NOT_HERE}, "not opened"


def test_what_is_no_page_of_its_own_is_never_taken_for_one(
    county: tuple[Office, dict[Role, str]], address: str
) -> None:
    office, cookies = county
    for method, path, right in routes(office):
        if method == "GET" and path in NO_PAGE:
            told = asked(address, filled(path, FILLED), cookie=cookies[who_may(right)])
            kind = told.headers["content-type"] or ""
            assert told.status != 200 or not kind.startswith("text/html") or "<html" not in told.body, path
            assert told.headers["x-content-type-options"] == "nosniff"
            assert HARM not in told.body or not kind.startswith("text/html"), path

"""The console's room for flows: an office with the shipped roster and folders of its own, for an administrator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from cases.roles import Role
from dialplans.flow import digits_of
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, RULES
from zhitong.console.office import Office
from zhitong.console.rooms.flows import EXAMPLE
from zhitong.directory_files import directory_of, draft_of
from zhitong.settings import load_settings


@dataclass(frozen=True)
class FlowRoom:
    """The room, for an administrator."""

    address: str
    cookie: str
    office: Office

    @property
    def key(self) -> str:
        """The first line's digits."""
        return digits_of(self.office.settings.lines[0].number)

    @property
    def path(self) -> str:
        """Its page."""
        return f"/flows/lines/{self.key}"

    @property
    def example(self) -> str:
        """A flow for it without a fault."""
        line = self.office.settings.lines[0]
        return EXAMPLE.format(name=line.name, number=line.number)

    def post(self, what: str, **form: str) -> str:
        """The part of the page that a script gets."""
        told = asked(self.address, f"{self.path}/{what}", cookie=self.cookie, form=form, hx_request="true")
        assert told.status == 200, told.body
        return unescape(told.body)

    def sent(self, what: str, cookie: str = "", **form: str) -> str:
        """Where the form leads to, or the page that says why not."""
        told = asked(self.address, f"{self.path}/{what}", cookie=cookie or self.cookie, form=form)
        return told.where or unescape(told.body)

    def shown(self, path: str = "") -> str:
        """A page of the line."""
        return unescape(asked(self.address, f"{self.path}{path}", cookie=self.cookie).body)


@contextmanager
def flow_room(engine: Engine, folder: Path) -> Iterator[FlowRoom]:
    """Served until the end of the test."""
    folders = {"data": str(folder / "data"), "prompts_cache": str(folder / "cache")}
    settings = load_settings(environ={"HOME": str(folder)}, overrides={"folders": folders})
    directory = directory_of(settings, draft_of(settings))
    office = office_with(engine, settings=settings, clock=Clock(MORNING), directory=directory, rules=lambda: RULES)
    cookie = cookie_of(engine, "管理员", Role.ADMIN, now=MORNING)
    with pages_served(office) as address:
        yield FlowRoom(address=address, cookie=cookie, office=office)


def editor(chromium: Browser, room: FlowRoom, *, width: int = 1280, example: bool = True) -> tuple[Page, list[str]]:
    """The line's page with its editor, and what is said on the browser's console."""
    page = signed_in_page(chromium, room.address, room.cookie, width=width)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{room.address}{room.path}{'?example=1' if example else ''}")
    expect(page.locator(".cm-editor")).to_be_visible()
    return page, said

"""Somebody who looks at pages in a browser: what its console must not say, and what he sees must be fit to be seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from playwright.sync_api import Browser, Page

from cases.roles import Role
from tests.fakes.pages import PACKAGES, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office

WHO = "督查孙兰"
NASTY = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}'
GRAVE = ("serious", "critical")
REFUSED = "409 (Conflict)"
"""A browser notes on its console that a form was refused, which is meant."""


@contextmanager
def looking(
    office: Office,
    chromium: Browser,
    *,
    width: int = 1280,
    role: Role = Role.SUPERVISION,
    who: str = WHO,
    now: datetime = MORNING,
    agrees: bool = False,
) -> Iterator[tuple[Page, str]]:
    """A page of a browser, and the address; at the end nothing was said on the browser's console. agrees: to what he
    is asked; else nothing may ask."""
    cookie = cookie_of(office.engine, who, role, now=now)
    with pages_served(office) as address:
        page = signed_in_page(chromium, address, cookie, width=width)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept() if agrees else said.append(dialog.message))
        yield page, address
        heard = [one for one in said if REFUSED not in one]
        assert heard == [], heard
        page.context.close()


def assert_fit(page: Page, *, width: int = 390) -> None:
    """As wide as the telephone; nothing serious that axe finds; what was injected is text."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main img").count() == 0 and page.locator("main script").count() == 0


def assert_accessible(page: Page) -> None:
    """Axe finds nothing serious."""
    axe = (PACKAGES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(axe + ";0")
    found = page.evaluate("axe.run()")["violations"]
    grave = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in GRAVE]
    assert not grave, grave

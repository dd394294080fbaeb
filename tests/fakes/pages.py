"""The console's pages on a port of their own, over a database of the test, and a browser that looks at them."""

import hashlib
import http.client
import os
import re
import secrets
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine
from starlette.types import ASGIApp

from cases.roles import Role
from recognizer.taxonomy import load_taxonomy
from routing.changes import in_force, standing
from routing.directory import Directory
from tests.fakes.admin import ADMIN, admin
from zhitong.console.office import Office
from zhitong.console.pages import ANSWER_SECONDS, pages_app
from zhitong.console.server import console_server, listen
from zhitong.console.visitor import COOKIE, CSRF, csrf_of
from zhitong.settings import Settings
from zhitong.store.engine import writing
from zhitong.store.sign_ins import SignInRow, add_sign_in, put_credentials
from zhitong.understanding import Understanding
from zhitong.usecases.accounts import put_account
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.rules import Rules

CHROMIUM = "/usr/bin/chromium"
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADDRESS = "127.0.0.1"
PACKAGES = Path(os.environ.get("ZHITONG_WEB", "")) / "node_modules"


class Clock:
    """Shows what it is set to."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        """The time it shows."""
        return self.time

    def forward(self, by: timedelta) -> None:
        """So much later."""
        self.time += by


@contextmanager
def pages_served(
    office: Office,
    *,
    per_minute: int = 60_000,
    answer_seconds: float = ANSWER_SECONDS,
    connection_seconds: float = 15.0,
) -> Iterator[str]:
    """The address of the pages: http://127.0.0.1:port."""
    app = pages_app(office, PACKAGES, per_minute=per_minute, answer_seconds=answer_seconds)
    with served(app, connection_seconds=connection_seconds) as address:
        yield address


@contextmanager
def served(app: ASGIApp, *, connection_seconds: float = 15.0) -> Iterator[str]:
    """The address of an app on a port of its own: http://127.0.0.1:port."""
    with listen(ADDRESS, 0) as door:
        server = console_server(app, proxies=(), connection_seconds=connection_seconds)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://{ADDRESS}:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def office_with(
    engine: Engine, *, settings: Settings, clock: Clock, directory: Directory, rules: Callable[[], Rules]
) -> Office:
    """An office whose roster changes by what is put into the database alone, and which goes by the words it hears."""
    words = Understanding(taxonomy=load_taxonomy(settings.files.taxonomy))
    return Office(
        settings=settings,
        engine=engine,
        now=clock.now,
        directory=lambda: in_force(directory, standing(list_changes(engine))),
        rules=rules,
        base=lambda: directory,
        look=lambda: None,
        understanding=lambda: words,
    )


def cookie_of(
    engine: Engine, name: str, *roles: Role, now: datetime, units: Collection[str] = (), official: str = ""
) -> str:
    """Makes an account of these roles, signed in, second factor and all: what the cookie holds."""
    by = admin(engine, now)
    if name != ADMIN:
        known = [official] if official else []
        how = {"roles": roles, "units": units, "known_units": units, "official": official, "known_officials": known}
        put_account(engine, name, by=by, now=now, **how)  # type: ignore[arg-type]
    return cookie_for(engine, name, now=now)


def cookie_for(engine: Engine, name: str, *, now: datetime) -> str:
    """Signs in an account that there is, second factor and all: what the cookie holds."""
    token = secrets.token_urlsafe()
    digest = hashlib.sha256(token.encode()).hexdigest()
    with writing(engine) as connection:
        factors = {"password_hash": "", "temporary_until": None, "totp_secret": "", "totp_at": now, "totp_step": 0}
        put_credentials(connection, name, at=now, by=ADMIN, **factors)
        row = SignInRow(digest=digest, account=name, at=now, seen_at=now, address=ADDRESS, complete=True)
        add_sign_in(connection, row)
    return token


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was answered. body: what is no text (a spreadsheet) with signs for what cannot be read."""

    status: int
    body: str
    headers: http.client.HTTPMessage

    @property
    def where(self) -> str:
        """Where it sends one."""
        return self.headers.get("location", "")


def asked(
    address: str, path: str, *, cookie: str = "", form: Mapping[str, str] | None = None, **headers: str
) -> Answer:
    """One request, of a form with what it must bear."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie:
        told["Cookie"] = f"{COOKIE}={cookie}"
    body = None
    if form is not None:
        told = {"Content-Type": "application/x-www-form-urlencoded", **told}
        body = urlencode({CSRF: csrf_of(cookie), **form})
    try:
        connection.request("GET" if form is None else "POST", quote(path, safe="/?=&%"), body=body, headers=told)
        response = connection.getresponse()
        return Answer(status=response.status, body=response.read().decode(errors="replace"), headers=response.headers)
    finally:
        connection.close()


def first_load(address: str, path: str, *, cookie: str = "") -> int:
    """Bytes that a browser loads of a page which it has never seen: it, and each file that it names, packed as we send
    them; what draws charts is left out."""
    page = asked(address, path, cookie=cookie)
    assert page.status == 200, f"{path}: {page.status}"
    files = {name for name in _STATIC.findall(page.body) if not name.endswith("/echarts.js")}
    packed = [asked(address, name, Accept_Encoding="gzip").headers["content-length"] for name in files]
    return len(page.body.encode()) + sum(map(int, packed))


_STATIC = re.compile(r"/static/[0-9a-f]{12}/[\w.-]+")


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright. more: switches of it."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_SWITCHES, *more])
        try:
            yield chromium
        finally:
            chromium.close()


def signed_in_page(chromium: Browser, address: str, cookie: str, *, width: int = 1280, height: int = 800) -> Page:
    """A page of a browser in which somebody is signed in already."""
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
    return context.new_page()

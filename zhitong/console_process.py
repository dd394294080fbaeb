"""The console put together, in a process of its own: beside the hotline, never in the way of a call (docs/adr/0081)."""

import json
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import uvicorn
from sqlalchemy import Engine

from routing.faults import BadConfig, Fault
from zhitong.case_desk import case_rules
from zhitong.certificate import certificate_file, renewed
from zhitong.clock import SystemClock
from zhitong.console.app import console_app
from zhitong.console.gate import Sending, Threads
from zhitong.console.intake import intake_api
from zhitong.console.office import Office
from zhitong.console.pages import pages_app
from zhitong.console.pocket import pocket_app
from zhitong.console.ports import ConsolePorts, IntakePorts
from zhitong.console.server import DESKS_OF_ONE_ADDRESS, OF_ONE_ADDRESS, console_server, listen
from zhitong.console.set_up import SetUp
from zhitong.duty_feeds import DutyFeeds
from zhitong.errors import Refused, StoreError
from zhitong.first_code import first_code, forget_code
from zhitong.intake_desk import Ears, IntakeDesk
from zhitong.intake_service import IntakeService
from zhitong.line_tried import try_line
from zhitong.live.calls import socket_path
from zhitong.live.reader import Live
from zhitong.log_files import log_into
from zhitong.roster_in_force import RosterInForce
from zhitong.scheduler import Job, Scheduler
from zhitong.settings import Settings, host_and_port
from zhitong.store.engine import open_engine
from zhitong.usecases.case_status import StatusDesk
from zhitong.usecases.first_run import is_administered
from zhitong.usecases.understood import Understood

log = logging.getLogger(__name__)

COURTESY = 10
"""Added to the process's niceness: a call that needs the processor has it first."""


def serve_console(settings: Settings) -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP; the main thread only. Raises BadConfig."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    if not settings.console.listen:
        mend = "空着就是不开网页；要开，写地址和端口，如 127.0.0.1:8800。"
        raise BadConfig("设置", [Fault(field="console.listen", value="", mend=mend)])
    os.nice(COURTESY)
    clock = SystemClock()
    doors = {name: _listen(name, place) for name, place in _places(settings).items() if place}
    log_into(settings, "console")
    roster = RosterInForce(settings, open_engine(settings.store.database_url), clock.now())
    feeds = DutyFeeds(roster)
    feeds.look(clock.now())
    engine = roster.engine
    desk = IntakeDesk(settings, engine, lambda: roster.directory)
    proving = Proving(Ears(settings), desk)
    status = StatusDesk(engine, settings.folders.data)
    intake = IntakeService(engine, desk, status, now=clock.now, ready=lambda: feeds.fit)
    # What is being sent lies where it will be kept: elsewhere it might fill a small disk, or the memory.
    coming = settings.folders.data / "incoming"
    coming.mkdir(mode=0o700, parents=True, exist_ok=True)
    tempfile.tempdir = str(coming)
    looking = Scheduler(
        jobs=[
            Job(name="roster", every=0.5, run=feeds.look),
            Job(name="reads", every=5.0, run=feeds.keep),
            Job(name="tokens", every=5.0, run=intake.keep),
            Job(name="voices", every=1.0, run=intake.transcribe),
            Job(name="proving", every=60.0, run=lambda now: proving.rest()),
            Job(name="certificate", every=3600.0, run=lambda now: renew(settings, servers.get("pages"), now)),
        ],
        clock=clock,
    )
    ports = ConsolePorts(calendar=lambda token: feeds.read(token, clock.now()), intake=intake.ports)
    app = console_app(ports, per_minute=settings.console.requests_per_minute, sending=sending_of(settings))
    apps, live = {"listen": app}, Live(socket_path(settings.folders.data))
    office = Office(
        settings=settings,
        engine=engine,
        now=clock.now,
        directory=lambda: roster.directory,
        rules=lambda: case_rules(settings, roster.directory, engine),
        base=lambda: roster.base,
        look=lambda: roster.look(clock.now()),
        understanding=desk.understanding,
        live=live,
        set_up=SetUp(
            first_code=first_word(settings, engine),
            try_line=partial(try_line, settings),
            hear=proving.hear,
        ),
    )
    if "pages" in doors:
        tell_first_word(office)
        live.start()
        apps["pages"] = pages_app(office, packages_folder())
    if "pocket" in doors:
        apps["pocket"] = pocket_app(office, per_minute=settings.console.requests_per_minute)
    most = {"pages": DESKS_OF_ONE_ADDRESS}
    tls = {"pages": pages_certificate(settings, clock.now())}
    servers = {
        name: console_server(
            one,
            proxies=settings.console.proxies,
            of_one_address=most.get(name, OF_ONE_ADDRESS),
            tls=tls.get(name),
        )
        for name, one in apps.items()
    }
    serving = [
        threading.Thread(target=server.run, kwargs={"sockets": [doors[name]]}, name=f"console {name}", daemon=True)
        for name, server in servers.items()
    ]
    looking.start()
    for name, thread in zip(servers, serving, strict=True):
        thread.start()
        log.info("the console's %s is on %s:%d", name, *doors[name].getsockname()[:2])
    # Waking now and then: a signal that the system gives to another thread does not end the wait of this one.
    while not stopping.wait(0.5) and all(thread.is_alive() for thread in serving):
        pass
    for server in servers.values():
        server.should_exit = True
    for thread in serving:
        thread.join(5)
    live.stop()
    office.trials.stop()
    proving.stop()
    desk.stop()  # a voice that is being heard is heard again after the next start
    looking.stop()
    feeds.keep(clock.now())
    intake.keep(clock.now())
    return 0 if stopping.is_set() else 1


def pages_certificate(settings: Settings, now: datetime) -> Path | None:
    """With what the pages are served; None: without. One that cannot be used leaves them to this machine alone.

    Raises BadConfig where they would be served to others without.
    """
    path = certificate_file(settings)
    try:
        renewed(settings, now=now)
        if path.exists():
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path)
            return path
    except (Refused, OSError, ValueError) as error:
        host, _ = host_and_port(settings.console.pages) if settings.console.pages else ("", 0)
        if host not in ("127.0.0.1", "::1", "localhost", ""):
            mend = f"证书用不了（{error}）；换好，或者删掉它、把 console.pages 改回 127.0.0.1:端口。电话不受影响。"
            raise BadConfig("设置", [Fault(field="console.pages", value=str(path), mend=mend)]) from error
        log.error("网页的证书用不了，先不加密，只给本机：%s", error)
    return None


def renew(settings: Settings, server: uvicorn.Server | None, now: datetime) -> None:
    """A certificate of our own that ends soon is made anew; connections from now on get it."""
    try:
        if server is not None and server.config.ssl is not None and renewed(settings, now=now):
            server.config.ssl.load_cert_chain(certificate_file(settings))
            log.info("the certificate of the pages was made anew")
    except (Refused, OSError, ValueError) as error:
        log.error("网页的证书没有续成：%s", error)


def first_word(settings: Settings, engine: Engine) -> Callable[[], str]:
    """The word of the first run as long as nobody administers; empty from then on, and while that is not known."""
    administered = False

    def word() -> str:
        nonlocal administered
        try:
            if not administered and is_administered(engine):
                administered = True
                forget_code(settings.folders.data)
            return "" if administered else first_code(settings.folders.data)
        except (StoreError, OSError) as error:
            log.warning("nobody can be made the first administrator now: %s", error)
            return ""

    return word


def tell_first_word(office: Office) -> None:
    """On the terminal, never into a log: it makes whoever knows it an administrator."""
    if word := office.set_up.first_code():
        where = office.settings.console.pages
        scheme = "https" if certificate_file(office.settings).exists() else "http"
        told = f"还没有管理员。用浏览器打开 {scheme}://{where}/first-run/begin ，一次性口令：{word}"
        print(told, file=sys.stderr, flush=True)


class Proving:
    """Hears the sentences by which a model is proven (上线检查), one at a time."""

    def __init__(self, ears: Ears, desk: IntakeDesk) -> None:
        self._ears, self._desk, self._lock = ears, desk, threading.Lock()

    def hear(self, path: Path) -> tuple[str, Understood]:
        """The words in the file, and what a call with them would be. Raises RecognizerError, Refused."""
        if not self._lock.acquire(timeout=60):
            raise Refused("正在听别的录音，请过一会儿再试")
        try:
            words, _ = self._ears.hear(path)
        finally:
            self._lock.release()
        return words, self._desk.understand(words, "", "")

    def rest(self) -> None:
        """Ends the recognizer's process once nothing has been heard for a while."""
        if self._lock.acquire(blocking=False):
            try:
                self._ears.rest()
            finally:
                self._lock.release()

    def stop(self) -> None:
        """Ends the process."""
        self._ears.stop()


def _places(settings: Settings) -> dict[str, str]:
    console = settings.console
    return {"listen": console.listen, "pages": console.pages, "pocket": console.pocket}


def _listen(name: str, place: str) -> socket.socket:
    try:
        return listen(*host_and_port(place))
    except OSError as error:
        mend = f"用不了（{error.strerror or error}）；换一个端口，或停下占用它的程序。电话不受影响。"
        raise BadConfig("设置", [Fault(field=f"console.{name}", value=place, mend=mend)]) from error


def packages_folder() -> Path:
    """Where setup has put what browsers get of other hands. Raises BadConfig where it has not."""
    found = os.environ.get("ZHITONG_WEB", "")
    if not found:
        mend = "请用 bin/zhitong 启动；没有准备好的先运行 make setup。"
        raise BadConfig("环境", [Fault(field="ZHITONG_WEB", value=found, mend=mend)])
    return Path(found) / "node_modules"


def sending_of(settings: Settings) -> Sending:
    """What a request of the API may send."""
    intake = settings.intake
    return Sending(
        bytes=intake.request_mb << 20,
        seconds=intake.upload_seconds,
        files=intake.attachments,
        per_minute=intake.requests_per_minute,
    )


def openapi_document() -> str:
    """The API as an OpenAPI document, for whoever writes a program against it."""

    def nothing(*_: object) -> NoReturn:
        raise NotImplementedError("only described")

    ports = IntakePorts(bearer=nothing, take=nothing, add=nothing, see=nothing, file=nothing, status=nothing)
    return json.dumps(intake_api(ports, Sending(), Threads()).openapi(), ensure_ascii=False, indent=2)

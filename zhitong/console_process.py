"""The console put together, in a process of its own: beside the hotline, never in the way of a call (docs/adr/0081)."""

import logging
import os
import signal
import threading

from routing.faults import BadConfig, Fault
from zhitong.clock import SystemClock
from zhitong.console.app import console_app
from zhitong.console.ports import ConsolePorts
from zhitong.console.server import console_server, listen
from zhitong.duty_feeds import DutyFeeds
from zhitong.log_files import log_into
from zhitong.roster_in_force import RosterInForce
from zhitong.scheduler import Job, Scheduler
from zhitong.settings import Settings, host_and_port
from zhitong.store.engine import open_engine

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
    try:
        door = listen(*host_and_port(settings.console.listen))
    except OSError as error:
        mend = f"用不了（{error.strerror or error}）；换一个端口，或停下占用它的程序。电话不受影响。"
        raise BadConfig("设置", [Fault(field="console.listen", value=settings.console.listen, mend=mend)]) from error
    log_into(settings, "console")
    feeds = DutyFeeds(RosterInForce(settings, open_engine(settings.store.database_url), clock.now()))
    feeds.look(clock.now())
    looking = Scheduler(
        jobs=[Job(name="roster", every=0.5, run=feeds.look), Job(name="reads", every=5.0, run=feeds.keep)],
        clock=clock,
    )
    ports = ConsolePorts(calendar=lambda token: feeds.read(token, clock.now()))
    app = console_app(ports, per_minute=settings.console.requests_per_minute)
    server = console_server(app, proxies=settings.console.proxies)
    serving = threading.Thread(target=server.run, kwargs={"sockets": [door]}, name="console", daemon=True)
    looking.start()
    serving.start()
    log.info("the console listens on %s:%d", *door.getsockname()[:2])
    # Waking now and then: a signal that the system gives to another thread does not end the wait of this one.
    while not stopping.wait(0.5) and serving.is_alive():
        pass
    server.should_exit = True
    serving.join(5)
    looking.stop()
    feeds.keep(clock.now())
    return 0 if stopping.is_set() else 1

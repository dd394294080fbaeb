"""The pages over an empty casework in the folder named, for part (s): prints port and cookie, and serves."""

import sys
from dataclasses import replace
from pathlib import Path

from cases.roles import Role
from tests.fakes.directories import small_directory
from tests.fakes.pages import ADDRESS, PACKAGES, Clock, cookie_of, office_with
from tests.fakes.told_calls import MORNING, RULES, new_database
from zhitong.console.pages import pages_app
from zhitong.console.server import console_server, listen
from zhitong.live.calls import socket_path
from zhitong.live.reader import Live
from zhitong.settings import load_settings

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    engine, live = new_database(folder), Live(socket_path(folder))
    how = {"settings": load_settings(environ={}), "clock": Clock(MORNING), "directory": small_directory()}
    office = replace(office_with(engine, rules=lambda: RULES, **how), live=live)  # type: ignore[arg-type]
    cookie = cookie_of(engine, "受理周敏", Role.DESK, now=MORNING)
    live.start()
    with listen(ADDRESS, 0) as door:
        server = console_server(pages_app(office, PACKAGES), proxies=(ADDRESS,))
        print(door.getsockname()[1], cookie, flush=True)
        server.run(sockets=[door])

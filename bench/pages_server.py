"""The pages over a casework of very many cases, for part (w): prints, as JSON, what is there to open, and serves.

`python -m bench.pages_server DATABASE`: a cookie for somebody of each role that opens pages, and each path with the
first of them who may.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bench.many_cases import NOW, UNITS
from cases.roles import MAY, Action, Role
from routing.directory import Directory
from routing.officials import Unit
from routing.roster import Duty
from tests.fakes.directories import official, small_directory
from tests.fakes.pages import ADDRESS, PACKAGES, Clock, cookie_of, office_with
from zhitong.case_desk import case_rules
from zhitong.console.office import Office
from zhitong.console.pages import pages, pages_app
from zhitong.console.room import RIGHT
from zhitong.console.server import console_server, listen
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine

ROWS = 20_000
"""Of duty, in the sheets of all units together."""
EACH = 5
"""Officials of a unit."""
ROLES = (Role.DESK, Role.SUPERVISION, Role.ADMIN, Role.UNIT_HEAD, Role.LEADER, Role.AUDITOR, Role.SCREEN)


def county() -> Directory:
    """The small one, with the units of the casework, their people and their duty for two years."""
    small = small_directory()
    units = tuple(Unit(code=f"u{n}", name=name, parent="home") for n, name in enumerate(UNITS))
    people = tuple(
        official(f"o{n}", f"{13900000000 + n}", "director" if n < len(UNITS) else "staff", unit=f"u{n % len(UNITS)}")
        for n in range(len(UNITS) * EACH)
    )
    roster = replace(small.roster, officials=small.roster.officials + people, duties=tuple(_duties()))
    return replace(small, units=small.units + units, roster=roster)


def _duties() -> Iterator[Duty]:
    for row in range(ROWS):
        day, n = divmod(row, len(UNITS))
        start = NOW.replace(hour=8) + timedelta(days=day - ROWS // len(UNITS) // 2)
        who = f"o{n + day % EACH * len(UNITS)}"
        yield Duty(official=who, start=start, end=start + timedelta(days=1), role="lead", unit=f"u{n}")


def _described(office: Office) -> Iterator[tuple[str, Role]]:
    """The paths of all pages that have a right, but for live parts and those that open only when they are told more."""
    for path, methods in pages(office, PACKAGES).openapi()["paths"].items():
        page = methods.get("get", {})
        must = any(one["required"] and one["in"] == "query" for one in page.get("parameters", ()))
        if RIGHT in page and not must and not path.endswith("/live"):
            yield path, next(role for role in ROLES if role in MAY[Action(page[RIGHT])])


def main(database: str) -> None:
    """Serves until it is ended."""
    engine, settings, directory = open_engine(database), load_settings(environ={}), county()
    rules = partial(case_rules, settings, directory, engine)
    office = office_with(engine, settings=settings, clock=Clock(NOW), directory=directory, rules=rules)
    office = replace(office, directory=lambda: directory)
    units = {Role.UNIT_HEAD: UNITS[:1]}
    cookies = {role: cookie_of(engine, f"测量{role}", role, now=NOW, units=units.get(role, ())) for role in ROLES}
    with listen(ADDRESS, 0) as door:
        server = console_server(pages_app(office, PACKAGES, per_minute=10**6), proxies=())
        told = {
            "address": f"http://{ADDRESS}:{door.getsockname()[1]}",
            "cookies": cookies,
            "paths": dict(_described(office)),
        }
        print(json.dumps(told), flush=True)
        server.run(sockets=[door])


if __name__ == "__main__":
    main(sys.argv[1])

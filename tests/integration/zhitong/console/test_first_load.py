"""What a browser loads of each page that it has never seen: little enough for a slow line."""

import pytest

from cases.roles import MAY, Role
from tests.fakes.page_routes import filled, routes
from tests.fakes.pages import asked, cookie_of, first_load, pages_served
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office

FILLED = {"number": NUMBER, "code": "accepted", "key": "question", "line": "1"}
MOST = 300_000
"""Bytes, without what draws charts."""


@pytest.mark.parametrize("role", [Role.DESK, Role.SUPERVISION, Role.ADMIN, Role.SCREEN])
def test_the_first_load_of_each_page_is_small(office: Office, role: Role) -> None:
    cookie = cookie_of(office.engine, f"某{role}", role, now=MORNING)
    with pages_served(office) as address:
        pages = [
            filled(path, FILLED) for method, path, right in routes(office) if method == "GET" and role in MAY[right]
        ]
        there = [path for path in pages if not path.endswith("/live")]
        there = [path for path in there if "html" in _kind(address, path, cookie)]
        sizes = {path: first_load(address, path, cookie=cookie) for path in there}
    assert sizes and not {path: size for path, size in sizes.items() if size > MOST}


def _kind(address: str, path: str, cookie: str) -> str:
    """Of what is there; empty for what is not, or wants to be told more."""
    found = asked(address, path, cookie=cookie)
    return found.headers.get("content-type", "") if found.status == 200 else ""

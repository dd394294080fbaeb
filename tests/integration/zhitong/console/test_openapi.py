"""Whatever is sent to a page by its description (OpenAPI), it answers, and never breaks."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from cases.roles import Role
from tests.fakes.pages import PACKAGES, cookie_of, pages_served
from tests.fakes.told_calls import MORNING
from zhitong.console.office import Office
from zhitong.console.pages import pages
from zhitong.console.visitor import COOKIE, csrf_of

EACH = 6
"""Requests made up for each page."""
ENDLESS = ("/now/live", "/screen/live")
"""Streams, which do not end by themselves: test_now_room, test_screen_room."""


@pytest.mark.parametrize("role", [Role.DESK, Role.SUPERVISION, Role.ADMIN])
def test_no_request_that_fits_its_description_breaks_a_page(office: Office, role: Role) -> None:
    cookie = cookie_of(office.engine, f"某{role}", role, now=MORNING)
    headers = {"Cookie": f"{COOKIE}={cookie}", "X-CSRF": csrf_of(cookie)}
    described = pages(office, PACKAGES).openapi()
    paths = {path: told for path, told in described["paths"].items() if path not in (*ENDLESS, "/sign-out")}
    schema = schemathesis.openapi.from_dict(described | {"paths": paths})
    asked = 0
    with pages_served(office) as address:
        for found in schema.get_all_operations():
            operation = found.ok()

            @settings(
                max_examples=EACH,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def answers(case: schemathesis.Case) -> None:
                nonlocal asked
                told = case.call(base_url=address, headers=headers, allow_redirects=False, timeout=20)
                assert told.status_code < 500, f"{case.method} {case.path}: {told.status_code} {told.text[:500]}"
                asked += 1

            answers()
    assert asked > len(paths)

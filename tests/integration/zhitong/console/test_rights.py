"""Every page asks who looks: page by page and role by role as the table of rights has it."""

import pytest

from cases.roles import MAY, Role
from tests.fakes.page_routes import filled, routes
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office

FILLED = {"number": NUMBER, "code": "accepted", "key": "question", "line": "08702128888"}
UNITS = ["水务局"]


@pytest.mark.parametrize("role", Role)
def test_each_page_opens_for_those_who_may_and_for_nobody_else(office: Office, role: Role) -> None:
    cookie = cookie_of(office.engine, f"某{role}", role, now=MORNING, units=UNITS)
    with pages_served(office) as address:
        for method, path, right in routes(office):
            told = asked(address, filled(path, FILLED), cookie=cookie, form={} if method == "POST" else None)
            if role in MAY[right]:
                assert "可以的是：" not in told.body and told.status < 500, f"{method} {path}: {told.status}"
            else:
                assert told.status == 403 and f"不能{right}" in told.body, f"{method} {path}: {told.status}"


def test_who_is_not_signed_in_is_sent_to_sign_in_whatever_he_asks_for(office: Office) -> None:
    with pages_served(office) as address:
        for method, path, _ in routes(office):
            told = asked(address, filled(path, FILLED), form={} if method == "POST" else None)
            assert (told.status, told.where) == (303, "/sign-in"), path


def test_a_form_of_another_site_does_nothing(office: Office) -> None:
    cookie = cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
    with pages_served(office) as address:
        for path in ["/sign-out", *(filled(path, FILLED) for method, path, _ in routes(office) if method == "POST")]:
            for lacking in ({"form": {"csrf": "x"}}, {"form": {}, "Sec_Fetch_Site": "cross-site"}):
                told = asked(address, path, cookie=cookie, **lacking)  # type: ignore[arg-type]
                assert told.status == 403 and "不是从本系统的网页上来的" in told.body, path
        assert asked(address, "/cases", cookie=cookie).status == 200, "he is signed in still"

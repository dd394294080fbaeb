"""Accounts of the demo's county: ready to sign in with, and no telephone is needed for the second factor."""

from datetime import timedelta

from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.admin import admin
from tests.fakes.told_calls import MORNING
from zhitong.demo_console import ready_account
from zhitong.usecases.accounts import actor_named, put_account
from zhitong.usecases.sign_in import first_password, give_code, sign_in, signed_in

WHO, PASSWORD = "演示受理台", "re77-aa5d-8m2c"


def test_who_looks_at_the_demo_signs_in_at_once_with_the_code_that_it_shows(engine: Engine) -> None:
    by = admin(engine, MORNING)
    put_account(engine, WHO, roles=[Role.DESK], units=[], known_units=[], by=by, now=MORNING)
    first = first_password(engine, WHO, by=by, now=MORNING)
    account = ready_account(engine, actor_named(engine, WHO), first, password=PASSWORD, now=MORNING)
    for now in (MORNING, MORNING + timedelta(minutes=2)):
        token = sign_in(engine, WHO, PASSWORD, address="127.0.0.1", now=now)
        inside = give_code(engine, token, account.code(now), address="127.0.0.1", now=now)
        assert signed_in(engine, inside, now=now).stage == "in"

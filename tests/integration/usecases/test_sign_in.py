"""Signing in: a first password once, then one's own and the telephone's code; guesses are few, what is ended ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from tests.fakes.admin import ADMIN, admin
from tests.fakes.told_calls import MORNING
from zhitong.errors import NotSignedIn, SignInRefused
from zhitong.store.engine import reading
from zhitong.store.tables import credentials, sign_ins
from zhitong.usecases.accounts import close_account, put_account
from zhitong.usecases.sign_in import (
    FIRST_PASSWORD,
    IDLE,
    LONGEST,
    WRONG,
    WRONG_OF_ADDRESS,
    change_password,
    first_password,
    give_code,
    new_secret,
    password_fault,
    sign_in,
    sign_out,
    signed_in,
    totp_address,
)

NOW = MORNING
WHO = "受理周敏"
OWN = "云上的灯笼 渡口的船"
HERE = "10.0.0.7"


@pytest.fixture
def office(engine: Engine) -> Engine:
    put_account(engine, WHO, roles=[Role.DESK], units=[], known_units=[], by=admin(engine, NOW), now=NOW)
    return engine


def first(engine: Engine, now: datetime = NOW) -> str:
    return first_password(engine, WHO, by=admin(engine, now), now=now)


def enter(engine: Engine, password: str, *, now: datetime = NOW, address: str = HERE) -> str:
    return sign_in(engine, WHO, password, address=address, now=now)


def with_second(engine: Engine, now: datetime = NOW) -> tuple[str, str]:
    """Signed in for the first time to the end: the token, and the secret of the telephone."""
    password = first(engine, now)
    token = enter(engine, password, now=now)
    change_password(engine, token, password, OWN, address=HERE, now=now)
    secret = new_secret(engine, token, now=now)
    return give_code(engine, token, pyotp.TOTP(secret).at(now), address=HERE, now=now), secret


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(SignInRefused) as told:
        act()
    return str(told.value)


def test_step_by_step_one_gets_in_and_each_step_shows_what_is_next(office: Engine) -> None:
    password = first(office)
    token = enter(office, password)
    assert signed_in(office, token, now=NOW).stage == "change"
    change_password(office, token, password, OWN, address=HERE, now=NOW)
    assert signed_in(office, token, now=NOW).stage == "enroll"
    secret = new_secret(office, token, now=NOW)
    assert new_secret(office, token, now=NOW) == secret, "the picture stays the same until it is confirmed"
    assert secret in totp_address(secret, WHO)
    inside = give_code(office, token, pyotp.TOTP(secret).at(NOW), address=HERE, now=NOW)
    who = signed_in(office, inside, now=NOW)
    assert (who.stage, who.actor.name, who.actor.roles) == ("in", WHO, {Role.DESK})
    with pytest.raises(NotSignedIn):
        signed_in(office, token, now=NOW)


def test_the_next_time_the_password_is_not_enough_and_a_code_works_once(office: Engine) -> None:
    _, secret = with_second(office)
    later = NOW + timedelta(minutes=5)
    token = enter(office, OWN, now=later)
    assert signed_in(office, token, now=later).stage == "code"
    code = pyotp.TOTP(secret).at(later)
    give_code(office, token, code, address=HERE, now=later)
    again = enter(office, OWN, now=later)
    with pytest.raises(SignInRefused, match="用过了"):
        give_code(office, again, code, address=HERE, now=later)


@pytest.mark.parametrize(("off", "right"), [(-61, False), (-30, True), (30, True), (61, False)])
def test_a_clock_that_is_off_by_a_step_still_gives_the_right_code(office: Engine, off: int, right: bool) -> None:
    _, secret = with_second(office)
    later = NOW.replace(second=0) + timedelta(minutes=5)
    token = enter(office, OWN, now=later)
    code = pyotp.TOTP(secret).at(later + timedelta(seconds=off))
    if right:
        assert give_code(office, token, code, address=HERE, now=later)
    else:
        with pytest.raises(SignInRefused, match="验证码不对"):
            give_code(office, token, code, address=HERE, now=later)


def test_nothing_by_which_one_signs_in_is_kept_as_it_is(office: Engine) -> None:
    token, _ = with_second(office)
    with reading(office) as connection:
        kept = str(connection.execute(credentials.select()).all()) + str(connection.execute(sign_ins.select()).all())
    assert OWN not in kept and token not in kept and "$argon2id$" in kept


def test_who_there_is_cannot_be_told_from_what_is_answered(office: Engine) -> None:
    first(office)
    told = set()
    for name in (WHO, "没有的人"):
        with pytest.raises(SignInRefused) as refused:
            sign_in(office, name, "不对不对不对", address=HERE, now=NOW)
        told.add(str(refused.value))
    assert len(told) == 1


def test_after_some_wrong_ones_the_door_is_shut_for_an_hour_for_right_ones_too(office: Engine) -> None:
    with_second(office)
    for _ in range(WRONG):
        with pytest.raises(SignInRefused, match="不对"):
            enter(office, "猜猜看猜猜看猜猜看")
    for address in (HERE, "10.0.0.8"):
        with pytest.raises(SignInRefused, match="错得太多"):
            enter(office, OWN, address=address)
    assert enter(office, OWN, now=NOW + timedelta(hours=1, seconds=1))
    assert sign_in(office, ADMIN, admin_password(office), address=HERE, now=NOW), "others are not shut out"


def admin_password(engine: Engine) -> str:
    by = admin(engine, NOW)
    return first_password(engine, by.name, by=by, now=NOW)


def test_guessing_codes_with_the_right_password_comes_to_the_same_end(office: Engine) -> None:
    with_second(office)
    token = enter(office, OWN)
    told = [refused(lambda: give_code(office, token, "000000", address=HERE, now=NOW)) for _ in range(WRONG)]
    assert ["验证码不对" in one for one in told] == [True] * (WRONG - 1) + [False]
    assert "错得太多" in refused(lambda: enter(office, OWN))


def test_one_address_that_tries_many_names_is_shut_out(office: Engine) -> None:
    def tried(name: str, address: str = HERE) -> str:
        return refused(lambda: sign_in(office, name, "不对不对不对", address=address, now=NOW))

    told = [tried(f"某人{at}") for at in range(WRONG_OF_ADDRESS + 1)]
    assert ["密码或者验证码不对" in one for one in told] == [True] * WRONG_OF_ADDRESS + [False]
    assert "错得太多" in tried(WHO) and "错得太多" not in tried(WHO, "10.0.0.8")


def test_a_new_first_password_opens_the_door_and_ends_what_was(office: Engine) -> None:
    token, _ = with_second(office)
    for _ in range(WRONG):
        with pytest.raises(SignInRefused):
            enter(office, "猜猜看猜猜看猜猜看")
    password = first(office)
    with pytest.raises(NotSignedIn):
        signed_in(office, token, now=NOW)
    assert signed_in(office, enter(office, password), now=NOW).stage == "change"
    with pytest.raises(SignInRefused):
        enter(office, OWN)


def test_a_first_password_ends_after_three_days(office: Engine) -> None:
    password = first(office)
    with pytest.raises(SignInRefused):
        enter(office, password, now=NOW + FIRST_PASSWORD)
    assert enter(office, password, now=NOW + FIRST_PASSWORD - timedelta(seconds=1))


def test_who_is_away_for_an_hour_or_here_for_twelve_signs_in_anew(office: Engine) -> None:
    token, _ = with_second(office)
    now = NOW
    while now - NOW < LONGEST - IDLE:
        now += IDLE - timedelta(minutes=1)
        assert signed_in(office, token, now=now).stage == "in"
    with pytest.raises(NotSignedIn):
        signed_in(office, token, now=NOW + LONGEST)
    other, _ = with_second(office, now)
    with pytest.raises(NotSignedIn):
        signed_in(office, other, now=now + IDLE)


def test_looking_without_being_there_does_not_count_as_being_there(office: Engine) -> None:
    token, _ = with_second(office)
    for minutes in (20, 40, 59):
        signed_in(office, token, now=NOW + timedelta(minutes=minutes), touch=False)
    with pytest.raises(NotSignedIn):
        signed_in(office, token, now=NOW + IDLE)


def test_ended_is_ended_at_once(office: Engine) -> None:
    token, _ = with_second(office)
    sign_out(office, token)
    other, _ = with_second(office)
    close_account(office, WHO, by=admin(office, NOW), now=NOW)
    for one in (token, other):
        with pytest.raises(NotSignedIn):
            signed_in(office, one, now=NOW)
    put_account(office, WHO, roles=[Role.DESK], units=[], known_units=[], by=admin(office, NOW), now=NOW)
    with pytest.raises(SignInRefused):
        enter(office, OWN)


def test_what_somebody_may_changes_while_he_is_signed_in(office: Engine) -> None:
    token, _ = with_second(office)
    put_account(office, WHO, roles=[Role.LEADER], units=[], known_units=[], by=admin(office, NOW), now=NOW)
    assert signed_in(office, token, now=NOW).actor.roles == {Role.LEADER}


def test_only_an_administrator_makes_first_passwords(office: Engine) -> None:
    desk = Actor(name=WHO, roles=frozenset({Role.DESK}))
    with pytest.raises(NotPermitted):
        first_password(office, WHO, by=desk, now=NOW)
    with pytest.raises(SignInRefused, match="没有叫 '没有的人' 的账号"):
        first_password(office, "没有的人", by=admin(office, NOW), now=NOW)


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("短短短短短短短短短", "密码是 9 个字"),
        ("1234567890", "太容易猜"),
        ("哈哈哈哈哈哈哈哈哈哈", "太容易猜"),
        ("我是受理周敏的密码呀", "太容易猜"),
        (OWN, "和原来的密码一样"),
        ("雨 山 马 石 桥 灯 火", ""),
    ],
)
def test_a_password_is_long_and_not_easily_guessed(new: str, fault: str) -> None:
    told = password_fault(new, account=WHO, old=OWN)
    assert (fault in told) if fault else told == ""


@given(st.text(max_size=220))
def test_any_text_is_judged(new: str) -> None:
    assert isinstance(password_fault(new, account=WHO), str)

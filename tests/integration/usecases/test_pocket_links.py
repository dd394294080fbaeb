"""办件链接: it opens one case to one official who gives his code, for a while; guesses are few, what is ended ends."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cases.accused import kept_with, official_keys
from cases.case import CaseState
from cases.roles import Action, NotPermitted, Role, may
from tests.fakes.admin import admin
from tests.fakes.closing import DESK, HANDLER
from tests.fakes.directories import DIRECTOR, official, small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import LinkOver, NotSignedIn, SignInRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.tables import accesses, pocket_links
from zhitong.usecases.accounts import put_account
from zhitong.usecases.pocket_links import (
    LIFE,
    OPEN_FOR,
    WRONG,
    InPocket,
    end_links,
    enter_by_link,
    in_pocket,
    leave_pocket,
    make_link,
    open_link,
)
from zhitong.usecases.staff_codes import new_code, whose_code

WATER = official("wang", "13800000009", "director", unit="water")
DIRECTORY = small_directory(more=(WATER,))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    change(engine, unit="水务局")
    return engine


def change(engine: Engine, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def link_for(engine: Engine, who: str = "wang", now: datetime = MORNING) -> str:
    with writing(engine) as connection:
        return make_link(connection, case_number=NUMBER, official=who, now=now)


def code_of(engine: Engine, folder: Path, who: str = "wang") -> str:
    return new_code(engine, folder, who, by=admin(engine, MORNING), now=MORNING)


def enter(engine: Engine, folder: Path, token: str, code: str, now: datetime = MORNING) -> str:
    return enter_by_link(engine, folder, DIRECTORY, token, code, now=now)


def opened(engine: Engine, token: str, session: str, now: datetime = MORNING) -> InPocket:
    return in_pocket(engine, DIRECTORY, token, session, now=now)


def test_who_knows_the_code_has_the_case_open_for_a_while_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    token, code = link_for(engine), code_of(engine, tmp_path)
    assert open_link(engine, DIRECTORY, token, now=MORNING)
    session = enter(engine, tmp_path, token, code)
    pocket = opened(engine, token, session, MORNING + OPEN_FOR - timedelta(seconds=1))
    assert (pocket.case_number, pocket.official, pocket.actor.official) == (NUMBER, "wang", "wang")
    assert not may(pocket.actor, Action.EDIT) and not may(pocket.actor, Action.REGISTER)
    with pytest.raises(NotSignedIn):
        opened(engine, token, session, MORNING + OPEN_FOR)
    leave_pocket(engine, token)
    with pytest.raises(NotSignedIn):
        opened(engine, token, session)


def test_what_opens_one_link_opens_no_other(engine: Engine, tmp_path: Path) -> None:
    code = code_of(engine, tmp_path)
    one, other = link_for(engine), link_for(engine)
    session = enter(engine, tmp_path, one, code)
    for wrong in (session, "", code):
        with pytest.raises(NotSignedIn):
            opened(engine, other, wrong)
    with pytest.raises(SignInRefused):
        enter(engine, tmp_path, other, code_of(engine, tmp_path, "director"))
    assert not open_link(engine, DIRECTORY, "unknown", now=MORNING)
    with pytest.raises(LinkOver):
        enter(engine, tmp_path, "unknown", code)


def test_the_database_holds_nothing_that_opens(engine: Engine, tmp_path: Path) -> None:
    token, code = link_for(engine), code_of(engine, tmp_path)
    session = enter(engine, tmp_path, token, code)
    with reading(engine) as connection:
        kept = str(connection.execute(select(pocket_links)).all())
    assert len(token) >= 43 and not any(secret in kept for secret in (token, code, session))


def test_five_wrong_codes_shut_the_link_for_an_hour_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    token, other, code = link_for(engine), link_for(engine), code_of(engine, tmp_path)
    for _ in range(WRONG):
        with pytest.raises(SignInRefused, match="工作密码不对"):
            enter(engine, tmp_path, token, "00000000")
    with pytest.raises(SignInRefused, match="10:20"):
        enter(engine, tmp_path, token, code)
    assert enter(engine, tmp_path, other, code) and whose_code(engine, tmp_path, code, now=MORNING) == "wang"
    assert enter(engine, tmp_path, token, code, MORNING + timedelta(hours=1))


def test_a_link_ends_with_its_time_its_case_its_official_and_by_hand(engine: Engine, tmp_path: Path) -> None:
    token, code = link_for(engine), code_of(engine, tmp_path)
    session = enter(engine, tmp_path, token, code)
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, token, now=MORNING + LIFE)
    gone = replace(WATER, last=date(2025, 9, 10))
    with pytest.raises(LinkOver):
        in_pocket(engine, small_directory(more=(gone,)), token, session, now=MORNING)
    change(engine, state=CaseState.STRUCK_OFF)
    with pytest.raises(LinkOver):
        opened(engine, token, session)
    change(engine, state=CaseState.ASSIGNED)
    assert opened(engine, token, session)
    with pytest.raises(NotPermitted):
        end_links(engine, number=NUMBER, by=HANDLER, now=MORNING)
    assert end_links(engine, number=NUMBER, by=DESK, now=MORNING) == 1
    for shut in (lambda: opened(engine, token, session), lambda: enter(engine, tmp_path, token, code)):
        with pytest.raises(LinkOver):
            shut()


def test_who_is_complained_of_or_has_no_part_in_the_case_opens_nothing(engine: Engine, tmp_path: Path) -> None:
    mine, foreign = link_for(engine), link_for(engine, "director")
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, foreign, now=MORNING)  # another unit's
    change(engine, accused=kept_with("", official_keys("wang", "wang")))
    with pytest.raises(LinkOver):
        open_link(engine, DIRECTORY, mine, now=MORNING)


def test_an_official_with_an_account_acts_under_it_and_with_no_more_than_the_page_offers(
    engine: Engine, tmp_path: Path
) -> None:
    how = {"units": [], "known_units": [], "official": "director", "known_officials": ["director"]}
    put_account(engine, "副局长李强", roles=[Role.LEADER], by=admin(engine, MORNING), now=MORNING, **how)  # type: ignore[arg-type]
    token, code = link_for(engine, "director"), code_of(engine, tmp_path, "director")
    pocket = opened(engine, token, enter(engine, tmp_path, token, code))
    assert (pocket.actor.name, may(pocket.actor, Action.SETTLE), may(pocket.actor, Action.APPROVE)) == (
        "副局长李强",
        True,
        False,
    )
    assert DIRECTOR not in str(pocket)


def test_who_opened_it_and_who_tried_is_recorded(engine: Engine, tmp_path: Path) -> None:
    token, code = link_for(engine), code_of(engine, tmp_path)
    with pytest.raises(SignInRefused):
        enter(engine, tmp_path, token, "1")
    enter(engine, tmp_path, token, code)
    with reading(engine) as connection:
        told = connection.execute(select(accesses).where(accesses.c.case_number == NUMBER)).all()
    assert [(row.who, row.what, row.login) for row in told] == [
        ("wang", "办件链接：工作密码不对", "办件链接"),
        ("wang", "打开办件链接", "办件链接"),
    ]

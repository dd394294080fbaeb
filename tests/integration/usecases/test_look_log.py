"""Who looked at what: recorded so that an audit finds it, and kept no longer than that takes."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.roles import Actor, NotPermitted, Role
from recordings.recording import RecordingKind
from tests.fakes.closing import DESK, HEAD
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.store.looks import Look
from zhitong.store.records import deletions_of
from zhitong.usecases.account_log import account_changes
from zhitong.usecases.accounts import actor_named, first_admin
from zhitong.usecases.case_page import case_page
from zhitong.usecases.expire_recordings import expire_recordings
from zhitong.usecases.look_log import PAGE, Kind, look_log
from zhitong.usecases.looking import AGAIN, looked

AUDITOR = Actor(name="审计吴芸", roles=frozenset({Role.AUDITOR}))
DAY = timedelta(days=1)


def look(
    engine: Engine, what: str = "登记簿", *, by: Actor = DESK, at: datetime = MORNING, whole: bool = False
) -> None:
    with writing(engine) as connection:
        looked(connection, by, None, what=what, now=at, unmasked=whole)


def found(engine: Engine, **asked: object) -> list[Look]:
    told = look_log(engine, by=AUDITOR, now=MORNING + DAY, **asked).looks  # type: ignore[arg-type]
    return [one for one in told if one.who != AUDITOR.name]


def test_an_auditor_finds_looks_by_account_by_case_and_by_day(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    case_page(engine, RULES, number=NUMBER, by=DESK, now=MORNING)
    look(engine, by=HEAD, at=MORNING + DAY)
    assert [one.who for one in found(engine)] == [HEAD.name, DESK.name]
    assert {one.what for one in found(engine, number=NUMBER)} == {"看网页"}
    assert [one.what for one in found(engine, who=HEAD.name)] == ["登记簿"]
    assert [one.who for one in found(engine, day=MORNING.date())] == [DESK.name]
    assert found(engine, day=(MORNING - DAY).date()) == []


def test_exports_and_looks_at_whole_numbers_are_found_by_themselves(engine: Engine) -> None:
    for what, whole in (("看板", False), ("登记簿", False), ("导出值班表", True), ("看号码：核对", True)):
        look(engine, what, whole=whole)
    assert {one.what for one in found(engine, kind=Kind.OUT)} == {"登记簿", "导出值班表"}
    assert {one.what for one in found(engine, kind=Kind.WHOLE)} == {"导出值班表", "看号码：核对"}


def test_a_page_opened_again_within_minutes_is_told_once_and_what_matters_each_time(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    for minute in range(3):
        at = MORNING + timedelta(minutes=minute)
        case_page(engine, RULES, number=NUMBER, by=DESK, now=at)
        look(engine, "看板", at=at)
        look(engine, "登记簿", at=at)
        case_page(engine, RULES, number=NUMBER, by=DESK, now=at, unmasked=True, why="核对号码")
    look(engine, "看板", by=HEAD)
    look(engine, "看板", by=replace(DESK, login="zhou"))
    look(engine, "看板", at=MORNING + AGAIN + timedelta(seconds=1))
    told = [(one.who, one.what) for one in found(engine)]
    assert told.count((DESK.name, "看网页")) == 1 and told.count((HEAD.name, "看板")) == 1
    assert told.count((DESK.name, "看板")) == 3, "the first, the one in another session, the one after the minutes"
    assert told.count((DESK.name, "登记簿")) == told.count((DESK.name, "看号码：核对号码")) == 3


def test_that_somebody_reads_it_is_recorded_too_and_at_whom(engine: Engine) -> None:
    look_log(engine, by=AUDITOR, now=MORNING, who=DESK.name)
    (one,) = look_log(engine, by=AUDITOR, now=MORNING, who=AUDITOR.name).looks[1:]
    assert one.what == f"查阅记录 {DESK.name}"


@pytest.mark.parametrize("role", [Role.DESK, Role.HANDLER, Role.UNIT_HEAD, Role.LEADER, Role.ADMIN, Role.SCREEN])
def test_whose_looks_are_recorded_does_not_read_who_else_looked(engine: Engine, role: Role) -> None:
    with pytest.raises(NotPermitted, match="可以的是：督查、审计"):
        look_log(engine, by=Actor(name="某", roles=frozenset({role}), units=frozenset({"水务局"})), now=MORNING)


def test_of_a_case_that_complains_of_who_reads_he_is_told_nothing(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    case_page(engine, RULES, number=NUMBER, by=DESK, now=MORNING)
    with writing(engine) as connection:
        case = get_case(connection, NUMBER)
        update_cases(connection, [replace(case, accused=kept_with("", official_keys("sun", "孙兰")))])
    himself = Actor(name="孙兰", roles=frozenset({Role.SUPERVISION}))
    assert all(one.case_number is None for one in look_log(engine, by=himself, now=MORNING).looks)
    assert look_log(engine, by=himself, now=MORNING, number=NUMBER).looks == ()


def test_a_long_list_goes_on_page_by_page_and_leaves_none_out(engine: Engine) -> None:
    for n in range(2 * PAGE + 5):
        look(engine, f"登记簿 {n}", at=MORNING + timedelta(seconds=n // 3))
    seen, before = list[str](), 0
    for _ in range(3):
        page = look_log(engine, by=AUDITOR, now=MORNING + DAY, who=DESK.name, before=before)
        seen, before = [*seen, *(one.what for one in page.looks)], page.before
    assert before == 0 and seen == [f"登记簿 {n}" for n in reversed(range(2 * PAGE + 5))]


def test_looks_go_when_their_time_is_over_and_what_was_done_to_accounts_stays(engine: Engine, tmp_path: Path) -> None:
    first_admin(engine, "管理员方芳", login="root", now=MORNING)
    look(engine)
    days = RULES.retention.days(RecordingKind.ACCESS, MORNING.date())
    kept = {"root": tmp_path, "retention": RULES.retention}
    assert expire_recordings(engine, now=MORNING + days * DAY, **kept) == 0  # type: ignore[arg-type]
    later = MORNING + (days + 1) * DAY
    assert expire_recordings(engine, now=later, **kept) == 1  # type: ignore[arg-type]
    assert [one.what for one in found(engine)] == ["第一个管理员 管理员方芳"]
    admin = actor_named(engine, "管理员方芳", login="root")
    assert [one.who for one in account_changes(engine, by=admin, now=later)] == ["本机用户 root"]
    with reading(engine) as connection:
        (told,) = deletions_of(connection)
    assert "的查阅记录 1 条" in told.what

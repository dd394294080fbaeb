"""必填项: nobody closes, declines or gives away a case that does not tell what the county demands, by no door."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.mandatory import Mandatory
from cases.record import LEFT_OPEN, RecordKind
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, RESULT, UNIT
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.errors import MoveRefused
from zhitong.store.case_records import records_of
from zhitong.store.cases import get_case
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.assign_case import assign_case, return_case, sign_for
from zhitong.usecases.close_case import close_case
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.reply_case import approve_reply, heard_result, reply_case, review_reply

NOW = MORNING + timedelta(hours=1)
OTHER = "20250911-092130-0008"
NAMES = ("类型", "事项", "承办单位", "诉求", "姓名", "地址")
COUNTY = replace(RULES, mandatory=Mandatory(assign=("姓名", "地址"), close=NAMES, decline=("姓名", "地址")))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A citizen has talked with the deputy of the water bureau, who did not ask for name and address."""
    tell_it(engine, RULES, talked())
    return engine


def case(engine: Engine, number: str = NUMBER) -> Case:
    with reading(engine) as connection:
        return get_case(connection, number)


def filled(engine: Engine, number: str = NUMBER, **said: str) -> None:
    said = said or {"name": "陈秀英", "address": "老街 12 号"}
    edit_case(engine, RULES, number=number, by=DESK, reason="问了群众", now=NOW, matters={"B2": "取水许可"}, **said)


def replied(engine: Engine) -> None:
    said = {"result": RESULT, "disposition": "已解决", "reply": "取水许可证今天送到"}
    reply_case(engine, COUNTY, number=NUMBER, by=HANDLER, now=NOW, **said)


def returned(engine: Engine) -> None:
    head = replace(HEAD, units=frozenset({UNIT}))
    return_case(engine, number=NUMBER, by=head, reason="不归我们管", leader=lambda case: "副县长", now=NOW)


def declined(engine: Engine) -> None:
    told = {"result": "这件事请到法院起诉", "reason": "已经起诉"}
    decline_case(engine, COUNTY, number=NUMBER, by=LEADER, now=NOW, **told)


def assigned(engine: Engine) -> None:
    must = COUNTY.mandatory.assign
    assign_case(engine, number=NUMBER, unit="能源局", by=DESK, reason="对口", units={"能源局"}, now=NOW, must=must)


DOORS: dict[str, tuple[Callable[[Engine], None], Callable[[Engine], None]]] = {
    "当场办结": (
        lambda e: None,
        lambda e: close_case(e, COUNTY, number=NUMBER, result=RESULT, by=LEADER, now=NOW) and None,
    ),
    "反馈": (lambda e: sign_for(e, number=NUMBER, by=HANDLER, now=NOW) and None, replied),
    "不予受理": (returned, declined),
    "交办": (lambda e: None, assigned),
}


@pytest.mark.parametrize("door", DOORS)
def test_all_that_is_missing_is_named_at_once_and_with_it_the_door_is_open(engine: Engine, door: str) -> None:
    before, through = DOORS[door]
    before(engine)
    stood = case(engine)
    with pytest.raises(MoveRefused, match="还没有写姓名、地址；请先补登记（zhitong case edit）"):
        through(engine)
    assert case(engine) == stood
    with reading(engine) as connection:
        assert open_tasks(connection, kind="callback") == []
    filled(engine)
    through(engine)
    assert case(engine).state is not stood.state or case(engine).unit != stood.unit


def test_what_was_taken_out_again_after_the_reply_is_missed_before_it_is_signed(engine: Engine) -> None:
    filled(engine)
    sign_for(engine, number=NUMBER, by=HANDLER, now=NOW)
    replied(engine)
    review_reply(engine, COUNTY, number=NUMBER, by=replace(HEAD, units=frozenset({UNIT})), now=NOW, reason="写清楚了")
    filled(engine, name="")
    heard_result(engine, number=NUMBER, by=LEADER, now=NOW)
    with pytest.raises(MoveRefused, match="还没有写姓名"):
        approve_reply(engine, COUNTY, number=NUMBER, by=LEADER, now=NOW, reason="写清楚了")
    assert case(engine).state is CaseState.REVIEWED
    filled(engine)
    assert approve_reply(engine, COUNTY, number=NUMBER, by=LEADER, now=NOW, reason="写清楚了").state is CaseState.CLOSED


# ── answered together (随并单办结) ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def merged(engine: Engine) -> Engine:
    """Another citizen's case, of which nothing was understood, has been put into it; the first one tells all."""
    tell_it(engine, RULES, talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    edited = {"number": OTHER, "by": DESK, "reason": "听错了", "now": NOW, "matters": {"": ""}}
    edit_case(engine, RULES, matter="", **edited)  # type: ignore[arg-type]
    merge_cases(engine, RULES, number=OTHER, into=NUMBER, by=DESK, reason="同一件事", now=NOW)
    filled(engine)
    return engine


def test_what_the_main_case_tells_of_the_matter_is_filled_in_and_both_are_closed(merged: Engine) -> None:
    close_case(merged, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    other = case(merged, OTHER)
    assert (other.state, other.matter, other.matter_name) == (CaseState.CLOSED, "B2", "取水许可")
    with reading(merged) as connection:
        assert "一起办结，照同一件事补上事项" in [row.text for row in timeline_of(connection, OTHER)]


def test_what_lacks_something_of_its_own_stays_open_alone_and_people_are_told_what(merged: Engine) -> None:
    close_case(merged, COUNTY, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    assert case(merged).state is CaseState.CLOSED and case(merged, OTHER).state is CaseState.ASSIGNED
    assert case(merged, OTHER).matter == "", "half-filled it is not"
    with reading(merged) as connection:
        (record,) = records_of(connection, OTHER, RecordKind.MERGE)
        told = [row.text for row in all_incidents(connection, "merge")]
    assert record.closed_at == NOW and record.outcome.startswith(LEFT_OPEN)
    assert len(told) == 1 and f"工单 {OTHER}" in told[0] and "还没有写姓名、地址" in told[0]
    filled(merged, OTHER, matter="B2", name="李", address="河边")
    assert close_case(merged, COUNTY, number=OTHER, result=RESULT, by=LEADER, now=NOW).state is CaseState.CLOSED

"""The channels beside each other, from real casework."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, LEADER
from tests.fakes.told_calls import MORNING, RULES, talked, tell_it
from tests.integration.usecases.test_take_in import DRAFT, Intake
from zhitong.usecases.compare_channels import compare_channels
from zhitong.usecases.reports import Table
from zhitong.usecases.tag_case import tag_case

SINCE = datetime(2025, 9, 1, tzinfo=LOCAL)


def compared(engine: Engine, by: Actor = LEADER) -> Table:
    until = SINCE.replace(month=10)
    return compare_channels(engine, by=by, since=SINCE, until=until, now=until, towns=("扎西镇",), tags=RULES.tags)


def test_each_channel_counts_and_one_problem_by_two_of_them_shows(engine: Engine, tmp_path: Path) -> None:
    tell_it(engine, RULES, talked("1757553690.8", MORNING))
    intake = Intake(engine, tmp_path)
    first = intake.take().case
    intake.take(replace(DRAFT, channel="邮件", key="m-1"))
    intake.take(replace(DRAFT, key="wx-2", received_at=SINCE - timedelta(days=3)))
    tag_case(engine, number=first.number, add=["长期性"], reason="每年都停", by=DESK, now=MORNING, tags=RULES.tags)
    table = compared(engine)
    rows = {row[:2]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    every, water = rows["全县", "合计"], rows["扎西镇", "供水饮水"]
    assert (every["本期"], every["上期"]) == ("3", "1") and every["电话（上期）"] == "1（0）"
    assert (water["对照"], water["微信（上期）"], water["邮件（上期）"]) == (
        "2 个渠道都有，上期也有",
        "1（1）",
        "1（0）",
    )
    assert water["规律"] == "长期性 1 件"
    assert not any(first.number in cell or DRAFT.caller in cell for row in table.rows for cell in row)


def test_who_sees_one_unit_alone_may_not_compare_all(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        compared(engine, by=HANDLER)

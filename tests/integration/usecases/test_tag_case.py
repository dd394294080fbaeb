"""Risk, cause and pattern: set by who may, with a reason, on the timeline; listed and counted."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from cases.tags import TagLists
from tests.fakes.closing import DESK, HANDLER, HEAD
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.case_text import case_page
from zhitong.errors import MoveRefused
from zhitong.store.engine import reading
from zhitong.store.timeline import timeline_of
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.show_case import show_case
from zhitong.usecases.tag_case import tag_case, tag_figures

NOW = MORNING + timedelta(hours=1)
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked(), unheard())
    return engine


def tag(
    engine: Engine, *add: str, remove: tuple[str, ...] = (), by: Actor = DESK, reason: str = "群众哭了"
) -> list[str]:
    return tag_case(engine, number=NUMBER, add=add, remove=remove, reason=reason, by=by, now=NOW, tags=TagLists())


def counted(engine: Engine, by: Actor = SUPERVISION) -> tuple[int, dict[str, int]]:
    since, until = MORNING - timedelta(days=1), MORNING + timedelta(days=1)
    every, rows = tag_figures(engine, by=by, since=since, until=until, now=until, tags=TagLists())
    return every, {tag: count for _, tag, count in rows if count}


def test_a_tag_is_on_the_case_its_timeline_its_list_and_in_the_figures(engine: Engine) -> None:
    assert tag(engine, "情绪累积", "窗口离岗") == ["情绪累积", "窗口离岗"]
    with reading(engine) as connection:
        told = timeline_of(connection, NUMBER)[-1]
    assert (told.what, told.text, told.who, told.reason) == (
        "标记", "标了风险：情绪累积；标了原因：窗口离岗", DESK.name, "群众哭了"
    )  # fmt: skip
    assert [case.number for case in list_cases(engine, by=DESK, now=NOW, tag="情绪累积")] == [NUMBER]
    assert "标记 情绪累积、窗口离岗" in case_page(show_case(engine, number=NUMBER, by=DESK, now=NOW))
    assert counted(engine) == (2, {"情绪累积": 1, "窗口离岗": 1})
    assert tag(engine, remove=("情绪累积",)) == ["窗口离岗"]
    assert list_cases(engine, by=DESK, now=NOW, tag="情绪累积") == []
    assert counted(engine) == (2, {"窗口离岗": 1})


def test_a_unit_counts_its_own_cases_alone(engine: Engine) -> None:
    tag(engine, "情绪累积")
    other = Actor(name="能源局长", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({"能源局"}))
    assert counted(engine, other) == (0, {})


def test_a_case_has_one_pattern_and_the_new_one_counts(engine: Engine) -> None:
    tag(engine, "长期性")
    assert tag(engine, "周期性") == ["周期性"]
    with pytest.raises(MoveRefused, match="只能标一个"):
        tag(engine, "长期性", "突发性")


def test_what_cannot_be_meant_changes_nothing(engine: Engine) -> None:
    tag(engine, "情绪累积")
    for add, remove, told in (
        (("没有这个",), (), "不认识"),
        ((), (), "没有写标什么"),
        (("情绪累积",), (), "没有改动"),
        (("窗口离岗",), ("舆情扩散",), "没有标 舆情扩散"),
    ):
        with pytest.raises(MoveRefused, match=told):
            tag(engine, *add, remove=remove)
    with pytest.raises(MoveRefused, match="没有写标记的原因"):
        tag(engine, "窗口离岗", reason="")
    assert counted(engine)[1] == {"情绪累积": 1}


def test_the_unit_may_tag_and_who_only_watches_may_not(engine: Engine) -> None:
    assert tag(engine, "责任悬空", by=HEAD) == ["责任悬空"]
    assert "突发性" in tag(engine, "突发性", by=HANDLER)
    with pytest.raises(NotPermitted):
        tag(engine, "舆情扩散", by=SUPERVISION)

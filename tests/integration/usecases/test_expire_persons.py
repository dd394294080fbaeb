"""Who called goes from cases that ended long ago; what happened and when stays."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Actor, Role
from tests.fakes.closing import DESK, left_to_people, settled
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.store.cases import get_case
from zhitong.store.engine import reading
from zhitong.store.records import deletions_of
from zhitong.usecases.called_back import called_back
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.expire_recordings import expire_recordings

NOW = MORNING + timedelta(hours=1)
OTHER = "20250911-092030-0008"
SUPERVISOR = Actor(name="督查老吴", roles=frozenset({Role.SUPERVISION}))


def case(engine: Engine, number: str) -> Case:
    with reading(engine) as connection:
        return get_case(connection, number)


def named(engine: Engine, number: str) -> None:
    said = {"name": "陈秀英", "address": "老街 12 号", "demand": "要水"}
    edit_case(engine, RULES, number=number, by=DESK, reason="群众说的", now=NOW, matters={"A1": "供水饮水"}, **said)


def test_three_years_after_the_end_nobody_can_tell_who_it_was(engine: Engine, tmp_path: Path) -> None:
    for call, number in ((talked(), NUMBER), (unheard(), OTHER)):
        tell_it(engine, RULES, call)
        named(engine, number)
    settled(engine, RULES, number=NUMBER, now=NOW)
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    called_back(engine, RULES, number=NUMBER, by=SUPERVISOR, outcome="解决", now=NOW)
    for days, name in ((1095, "陈秀英"), (1096, "")):
        expire_recordings(engine, root=tmp_path, now=NOW + timedelta(days=days), retention=RULES.retention)
        assert case(engine, NUMBER).name == name
    gone = case(engine, NUMBER)
    assert (gone.address, gone.demand, gone.reply) == ("", "", "") and gone.result
    with reading(engine) as connection:
        assert [row.what for row in deletions_of(connection, NUMBER) if row.kind == "person"] == [
            f"{NUMBER} 的姓名、地址、诉求、答复"
        ]
    assert case(engine, OTHER).name == "陈秀英", "a case that has not ended keeps what people work with"

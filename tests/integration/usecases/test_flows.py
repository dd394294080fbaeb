"""A line's flow: drafts that overwrite nothing, editions that nobody overtakes, and who may what."""

import threading

import pytest
from sqlalchemy import Engine, select

from cases.roles import Actor, NotPermitted, Role
from routing.faults import BadConfig
from tests.fakes.flows import DAY_AND_NIGHT, LINE_PROMPTS
from tests.fakes.told_calls import MORNING
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.flows import settle_flow, waiting_flows
from zhitong.store.tables import accesses
from zhitong.usecases.edit_flow import DraftOvertaken, drop_draft, save_draft, see_flow, see_flow_edition
from zhitong.usecases.publish_flow import publish_flow, restore_flow

LINE = "0870-2128888"
CHEN = Actor(name="陈工", roles=frozenset({Role.ADMIN}), login="chen")
MA = Actor(name="马工", roles=frozenset({Role.ADMIN}))
DESK = Actor(name="小周", roles=frozenset({Role.DESK}))


def publish(engine: Engine, text: str = DAY_AND_NIGHT, *, on: int = 0, by: Actor = CHEN):
    return publish_flow(engine, line=LINE, text=text, on=on, prompts=LINE_PROMPTS, by=by, reason="上线", now=MORNING)


def seen(engine: Engine, by: Actor = DESK):
    return see_flow(engine, line=LINE, by=by, now=MORNING)


def use(engine: Engine, number: int) -> None:
    with writing(engine) as connection:
        settle_flow(connection, "08702128888", number, state="used")


def test_a_line_without_a_flow_has_none(engine: Engine):
    found = seen(engine)
    assert (found.used, found.editions, found.draft, found.newest) == (None, (), None, 0)


def test_what_is_published_waits_until_asterisk_has_proven_it(engine: Engine):
    edition = publish(engine)
    assert (edition.number, edition.state) == (1, "published")
    assert seen(engine).used is None
    with reading(engine) as connection:
        assert [(one.line, one.number, one.text) for one in waiting_flows(connection)] == [
            ("08702128888", 1, DAY_AND_NIGHT)
        ]
    use(engine, 1)
    assert seen(engine).used == see_flow_edition(engine, line=LINE, edition=1, by=DESK, now=MORNING)
    with reading(engine) as connection:
        assert waiting_flows(connection) == []


def test_a_flow_with_errors_is_not_published(engine: Engine):
    with pytest.raises(BadConfig, match="按 0 会走到 留言"):
        publish(engine, DAY_AND_NIGHT.replace('4 = "再见"', '0 = "留言"'))
    with pytest.raises(BadConfig, match="这里是线路"):
        publish(engine, DAY_AND_NIGHT.replace(LINE, "0870-2120000"))
    assert seen(engine).newest == 0


def test_who_was_overtaken_is_told_by_whom_and_publishes_nothing(engine: Engine):
    publish(engine)
    with pytest.raises(ChangeRefused, match="陈工发布（上线）"):
        publish(engine, DAY_AND_NIGHT.replace("seconds = 5", "seconds = 6"), by=MA)
    with pytest.raises(ChangeRefused, match="一个字也不差"):
        publish(engine, on=1)
    assert seen(engine).newest == 1


def test_of_two_at_once_one_publishes(engine: Engine):
    refused, start = [], threading.Barrier(2)

    def one(by: Actor, seconds: int) -> None:
        start.wait(5)
        try:
            publish(engine, DAY_AND_NIGHT.replace("seconds = 5", f"seconds = {seconds}"), by=by)
        except ChangeRefused as error:
            refused.append(str(error))

    threads = [threading.Thread(target=one, args=told) for told in ((CHEN, 6), (MA, 7))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(refused) == 1
    assert seen(engine).newest == 1


def test_an_earlier_edition_comes_back_as_a_new_one_and_0_is_no_flow(engine: Engine):
    publish(engine)
    use(engine, 1)
    publish(engine, DAY_AND_NIGHT.replace("seconds = 5", "seconds = 6"), on=1)
    told = {"line": LINE, "prompts": LINE_PROMPTS, "by": CHEN, "reason": "改回去", "now": MORNING}
    back = restore_flow(engine, edition=1, on=2, **told)
    assert (back.number, back.text) == (3, DAY_AND_NIGHT)
    none = restore_flow(engine, edition=0, on=3, **told)
    use(engine, none.number)
    assert (none.text, seen(engine).used) == ("", None)
    with pytest.raises(ChangeRefused, match="没有第 9 版"):
        restore_flow(engine, edition=9, on=4, **told)


def test_an_edition_that_was_refused_may_be_published_again(engine: Engine):
    publish(engine)
    with writing(engine) as connection:
        settle_flow(connection, "08702128888", 1, state="refused", why="试打没有打到人")
    assert [(one.state, one.why) for one in seen(engine).editions] == [("refused", "试打没有打到人")]
    assert publish(engine, on=1).number == 2


def test_a_draft_is_kept_with_its_faults_and_nothing_of_others_is_overwritten(engine: Engine):
    first = save_draft(engine, line=LINE, text="start = ", seen=0, by=CHEN, now=MORNING)
    assert seen(engine).draft == first
    save_draft(engine, line=LINE, text="line = 1", seen=first.saved, by=CHEN, now=MORNING)
    with pytest.raises(DraftOvertaken, match="陈工在") as overtaken:
        save_draft(engine, line=LINE, text="x", seen=first.saved, by=MA, now=MORNING)
    assert overtaken.value.theirs is not None
    assert overtaken.value.theirs.text == "line = 1"
    with pytest.raises(DraftOvertaken):
        drop_draft(engine, line=LINE, seen=first.saved, by=MA, now=MORNING)
    drop_draft(engine, line=LINE, seen=2, by=MA, now=MORNING)
    with pytest.raises(DraftOvertaken, match="已经发布或者删掉"):
        save_draft(engine, line=LINE, text="x", seen=2, by=CHEN, now=MORNING)
    with pytest.raises(ChangeRefused, match="最多"):
        save_draft(engine, line=LINE, text="x" * 70_000, seen=0, by=CHEN, now=MORNING)


def test_a_draft_that_was_published_is_one_no_more_and_knows_from_what_it_began(engine: Engine):
    save_draft(engine, line=LINE, text=DAY_AND_NIGHT, seen=0, by=CHEN, now=MORNING)
    publish(engine)
    assert seen(engine).draft is None
    assert save_draft(engine, line=LINE, text="x", seen=0, by=CHEN, now=MORNING).based_on == 1


def test_only_an_administrator_changes_a_flow_and_who_looked_is_kept(engine: Engine):
    seen(engine)
    for change in (
        lambda: publish(engine, by=DESK),
        lambda: save_draft(engine, line=LINE, text="x", seen=0, by=DESK, now=MORNING),
    ):
        with pytest.raises(NotPermitted, match="小周不能改话务流程"):
            change()
    publish(engine)
    with reading(engine) as connection:
        looks = [(row.who, row.what) for row in connection.execute(select(accesses))]
    assert looks == [("小周", "看话务流程 08702128888"), ("陈工", "发布话务流程 08702128888 第 1 版")]

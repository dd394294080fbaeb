"""The calls of the week through a draft: who would go another way, and for whom others would ring."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from cases.roles import Actor, Role
from dialplans.flow import parse_flow
from tests.fakes.flows import DAY_AND_NIGHT
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, RULES, ToldCall, talked, tell_it
from zhitong.store.engine import writing
from zhitong.store.flows import FlowEdition, add_flow, digest_of
from zhitong.usecases.replay_flow import replay_flow

LINE = "0870-2128888"
CHEN = Actor(name="陈工", roles=frozenset({Role.ADMIN}))
FLOW = parse_flow(DAY_AND_NIGHT)
NOW = MORNING + timedelta(hours=1)


def ladder(request, wish, at):
    return (f"{wish or request.matter}",)


def replay(engine: Engine, draft=FLOW, now=NOW):
    return replay_flow(engine, line=LINE, draft=draft, ladder=ladder, canonical=str, by=CHEN, now=now)


def called(n: int, *flow: dict[str, str], before=timedelta(), dialled="08702128888") -> ToldCall:
    """A citizen who speaks; `flow`: what the flow of then told."""
    call = ToldCall(f"175755363{n}.7", MORNING - before).opened(caller=f"1380000000{n}", dialled=dialled)
    for told in flow:
        call.note(1, "flow", **told)
    return call.note(2, "asked", prompt="question").understood().planned().note(9, "ended", outcome="gone")


def test_a_flow_that_asks_a_key_first_changes_the_way_and_nobody_who_rings(engine: Engine):
    tell_it(engine, RULES, called(1))
    found = replay(engine)
    assert (found.calls, found.ways, found.rings, found.cut) == (1, 1, 0, False)
    [one] = found.changed
    assert (one.before.steps, one.after.steps) == (("找局长",), ("分时", "菜单", "找局长"))
    assert one.before.rings == one.after.rings == ("B2",)
    assert CITIZEN not in str(found)
    assert DEPUTY not in str(found)


def test_the_keys_of_then_are_pressed_again_and_other_people_would_ring(engine: Engine):
    with writing(engine) as connection:
        edition = FlowEdition(
            line="08702128888", number=1, author="陈工", at=MORNING, reason="x", digest=digest_of(DAY_AND_NIGHT),
            text=DAY_AND_NIGHT, state="used",
        )  # fmt: skip
        add_flow(connection, edition)
    tell_it(engine, RULES, called(1, {"step": "菜单"}, {"step": "菜单", "key": "1"}), called(2))
    draft = parse_flow(DAY_AND_NIGHT.replace('1 = "找局长"', '1 = "找人"'))
    found = replay(engine, draft)
    assert (found.calls, found.ways, found.rings) == (2, 1, 1)
    assert (found.changed[0].keys, found.changed[0].before.end, found.changed[0].after.end) == (
        ("1",),
        "找局长",
        "找人",
    )
    assert found.changed[0].after.rings == ("key0",)
    assert found.ends_before == {"找局长": 2}
    assert found.ends_after == {"找局长": 1, "找人": 1}


def test_the_same_flow_changes_nothing_and_none_at_all_is_the_question(engine: Engine):
    tell_it(engine, RULES, called(1))
    assert replay(engine, None).ways == 0


def test_other_lines_older_calls_and_who_pressed_0_in_the_notice_are_left_out(engine: Engine):
    zero = ToldCall("1757553635.7", MORNING).opened(caller="13800000005", dialled="08702128888")
    zero.note(1, "pressed", key="0").note(3, "ended", outcome="gone")
    old = called(2, before=timedelta(days=8))
    tell_it(engine, RULES, called(1, dialled="12345"), old, zero, replace(talked("1757553639.7")))
    found = replay(engine)
    assert (found.calls, found.passed, found.ways) == (1, 1, 0)


def test_by_night_the_draft_of_then_counts(engine: Engine):
    night = called(1)
    night.facts = [replace(fact, at=fact.at.replace(hour=23)) for fact in night.facts]
    tell_it(engine, RULES, night)
    found = replay(engine, now=NOW + timedelta(days=1))
    assert found.changed[0].after.steps == ("分时", "夜间", "找人")

"""Who may see, change, export and publish the duty roster, and that who did it is found again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from cases.roles import Actor, NotPermitted, Role
from routing.roster import Duty, Leave, Override
from routing.router import Timing
from tests.fakes.admin import ADMIN, admin
from tests.fakes.directories import official, small_directory
from tests.fakes.roster_people import SECRETARY
from tests.fakes.told_calls import MORNING
from zhitong.errors import AccountRefused, ChangeRefused
from zhitong.store.engine import reading
from zhitong.store.tables import accesses
from zhitong.usecases.accounts import put_account, while_nobody_administers
from zhitong.usecases.answering import answering
from zhitong.usecases.calendar_feeds import list_feeds, new_feed, revoke_feed
from zhitong.usecases.change_roster import (
    end_own_leave,
    list_changes,
    put_agreed_swap,
    put_first,
    put_leave,
    put_override,
    put_own_leave,
    put_sheet,
    see_changes,
    undo_change,
)
from zhitong.usecases.export_roster import sheet_to_export
from zhitong.usecases.publish_roster import list_editions
from zhitong.usecases.see_roster import see_findings, see_unit, units_seen
from zhitong.usecases.try_numbers import try_numbers
from zhitong.usecases.who_rings import known_before

BASE = small_directory(more=(official("water", "13800000009", unit="water"),))
OWN, OTHER = BASE.roster.officials[0], BASE.roster.officials[-1]
UNIT = BASE.unit(OWN.unit).name
LATER = MORNING + timedelta(days=1)
WHY: dict[str, Any] = {"reason": "出差", "now": MORNING}


def actor(role: Role, unit: str = UNIT) -> Actor:
    return Actor(name=f"某{role}", roles=frozenset({role}), units=frozenset({unit}), login="root")


def leave(engine: Engine, by: Actor, of: str = OWN.id) -> int:
    return put_leave(engine, BASE, Leave(official=of, start=MORNING, end=LATER), by=by, **WHY).id


def override(engine: Engine, by: Actor, of: str = OWN.id) -> None:
    mine = [one.id for one in BASE.roster.officials if one.id != of and one.unit == OWN.unit]
    put_override(engine, BASE, [Override(off=mine[0], on=of, start=MORNING, end=LATER)], by=by, **WHY)


def sheet(engine: Engine, by: Actor, of: str = OWN.id, **how: Any) -> None:
    duty = Duty(official=of, start=MORNING, end=LATER, role="staff", unit=OWN.unit)
    put_sheet(engine, BASE, OWN.unit, [duty], by=by, **WHY, **how)


def undo(engine: Engine, by: Actor, of: str = OWN.id) -> None:
    undo_change(engine, BASE, leave(engine, SECRETARY, of), by=by, **WHY)


def feed(engine: Engine, by: Actor, of: str = OWN.id) -> None:
    new_feed(engine, BASE, of, by=by, **WHY)


def revoke(engine: Engine, by: Actor, of: str = OWN.id) -> None:
    feed(engine, SECRETARY, of)
    revoke_feed(engine, BASE, of, by=by, **WHY)


def ring(engine: Engine, by: Actor, of: str = OWN.id) -> None:
    found = BASE.roster.official(of)
    assert found is not None
    try_numbers(engine, BASE, found.numbers[:1], by=by, now=MORNING)


CHANGING = [leave, override, sheet, undo, feed, revoke, ring]
MAY_CHANGE = {Role.DESK, Role.UNIT_HEAD, Role.ADMIN}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", CHANGING)
def test_the_desk_and_administrators_change_it_and_unit_heads_what_is_their_units(
    engine: Engine, act: Callable[..., Any], role: Role
) -> None:
    by = actor(role)
    if role not in MAY_CHANGE:
        with pytest.raises(NotPermitted, match=f"{by.name}不能改值班安排"):
            act(engine, by)
        return
    act(engine, by)
    assert by.name in looked_by(engine)
    if role is Role.UNIT_HEAD:
        with pytest.raises(NotPermitted, match="只能改值班安排里本单位的"):
            act(engine, by, OTHER.id)
        with pytest.raises(NotPermitted, match="只能改值班安排里本单位的"):
            act(engine, actor(role, BASE.unit(OTHER.unit).name))
    else:
        act(engine, by, OTHER.id)


@pytest.mark.parametrize("role", Role)
def test_what_is_the_whole_countys_no_unit_head_changes(engine: Engine, role: Role) -> None:
    by = actor(role)
    acts = (lambda: put_first(engine, BASE, "lead", by=by, **WHY), lambda: sheet(engine, by, first="lead"))
    for act in acts:
        if role in {Role.DESK, Role.ADMIN}:
            act()
        else:
            with pytest.raises(NotPermitted):
                act()
    made = put_first(engine, BASE, "staff", by=SECRETARY, **WHY).id
    if role is Role.UNIT_HEAD:
        with pytest.raises(NotPermitted, match="全县的"):
            undo_change(engine, BASE, made, by=by, **WHY)


def test_who_is_refused_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        leave(engine, actor(Role.HANDLER))
    with pytest.raises(NotPermitted):
        undo(engine, actor(Role.UNIT_HEAD, "别的局"))
    (there,) = list_changes(engine)
    assert there.author == SECRETARY.name and there.undone_at is None


@pytest.mark.parametrize("role", Role)
def test_who_sees_it_and_who_takes_it_away_with_whole_numbers(engine: Engine, role: Role) -> None:
    by, now = actor(role), {"now": MORNING}
    new_feed(engine, BASE, OWN.id, by=SECRETARY, **WHY)
    new_feed(engine, BASE, OTHER.id, by=SECRETARY, **WHY)
    looks: list[Callable[[], Any]] = [
        lambda: see_changes(engine, BASE, by=by, **now),
        lambda: list_editions(engine, by=by, **now),
        lambda: answering(engine, BASE, by=by, days=1, short=20, **now),
        lambda: list_feeds(engine, BASE, by=by, **now),
    ]
    for look in looks:
        if role in (Role.CHANNEL, Role.SCREEN):
            with pytest.raises(NotPermitted, match="看值班安排"):
                look()
        else:
            look()
            assert by.name in looked_by(engine)
    if role in (Role.HANDLER, Role.UNIT_HEAD):
        put_first(engine, BASE, "staff", by=SECRETARY, **WHY)
        leave(engine, SECRETARY, OTHER.id)
        leave(engine, SECRETARY)
        kinds = [(one.kind, one.detail.get("official")) for one in see_changes(engine, BASE, by=by, **now)]
        assert kinds == [("first", None), ("leave", OWN.id)], "what is the county's, and what is his unit's"
        assert [one.official for one in list_feeds(engine, BASE, by=by, **now)] == [OWN.id]
    for unit in (OWN.unit, OTHER.unit):
        if role in {Role.DESK, Role.LEADER, Role.ADMIN} or (role is Role.UNIT_HEAD and unit == OWN.unit):
            sheet_to_export(engine, BASE, unit, by=by, **now)
        else:
            with pytest.raises(NotPermitted, match="导出值班表"):
                sheet_to_export(engine, BASE, unit, by=by, **now)


@pytest.mark.parametrize("role", Role)
def test_a_units_days_are_seen_by_who_may_and_what_is_the_whole_countys_by_no_unit(engine: Engine, role: Role) -> None:
    by, now = actor(role), MORNING
    whole: list[Callable[[], Any]] = [
        lambda: see_unit(engine, BASE, OTHER.unit, MORNING, LATER, by=by, now=now),
        lambda: see_findings(engine, BASE, by=by, now=now, days=1, dead_calls=3, timing=Timing(), languages=()),
        lambda: known_before(engine, BASE, caller="", area_code="0870", at=now, by=by, now=now),
    ]
    for look in whole:
        if role in (Role.CHANNEL, Role.SCREEN, Role.HANDLER, Role.UNIT_HEAD):
            with pytest.raises(NotPermitted, match="看值班安排"):
                look()
            assert by.name not in looked_by(engine)
        else:
            look()
    if role in (Role.CHANNEL, Role.SCREEN):
        assert not units_seen(BASE, by)
        return
    assert OWN.unit in {unit.code for unit in units_seen(BASE, by)}
    seen = see_unit(engine, BASE, OWN.unit, MORNING, LATER, by=by, now=now)
    assert OWN in {span.official for span in seen.spans} and by.name in looked_by(engine)


def test_an_official_by_his_telephone_changes_his_own_duty_alone(engine: Engine) -> None:
    put_own_leave(engine, BASE, OWN, LATER, why="开会", now=MORNING)
    (there,) = list_changes(engine)
    assert (there.author, there.detail["official"]) == (OWN.called, OWN.id)
    with pytest.raises(ChangeRefused, match="不是"):
        end_own_leave(engine, there.id, OTHER, why="回来了", now=MORNING)
    end_own_leave(engine, there.id, OWN, why="回来了", now=MORNING)
    third = next(one for one in BASE.roster.officials if one not in (OWN, OTHER))
    taken = [Override(off=third.id, on=OWN.id, start=MORNING, end=LATER)]
    with pytest.raises(ChangeRefused, match="只能换自己的班"):
        put_agreed_swap(engine, BASE, taken, between=(OWN, OTHER), why="换班", now=MORNING)


def test_until_there_is_an_administrator_who_sits_at_the_machine_sees_to_the_roster_and_to_nothing_else(
    engine: Engine,
) -> None:
    nameless = while_nobody_administers(engine, " ", login="root")
    named = while_nobody_administers(engine, "王秘书", login="root")
    assert nameless is not None and named is not None
    assert (nameless.name, named.name, named.login) == ("本机用户 root", "王秘书", "root")
    leave(engine, named)
    assert [row.login for row in rows(engine) if row.who == "王秘书"] == ["root"], "whose session it was is kept"
    with pytest.raises(NotPermitted):
        put_account(engine, "某人", roles=[Role.DESK], units=[], known_units=[], by=named, now=MORNING)
    admin(engine, MORNING)
    assert while_nobody_administers(engine, "王秘书", login="root") is None
    with pytest.raises(AccountRefused):
        put_account(engine, ADMIN, roles=[Role.DESK], units=[], known_units=[], by=admin(engine, MORNING), now=MORNING)


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(accesses)))


def looked_by(engine: Engine) -> set[str]:
    return {row.who for row in rows(engine)}

"""Whom a case complains of, and what that takes from them: cell by cell, whatever their role."""

from dataclasses import replace
from itertools import product

import pytest

from cases.accused import (
    NOT_IN_ROSTER,
    account_key,
    ids_in,
    kept_with,
    keys_in,
    names_in,
    official_keys,
    reported_key,
    terminal_key,
    unit_key,
)
from cases.case import Case
from cases.roles import MAY, Action, Actor, NotPermitted, Role, demand_hidden, is_accused, may, permit
from tests.fakes.told_calls import MORNING

UNIT, OTHER = "水务局", "能源局"
LI = official_keys("li", "李春燕")
PLAIN = Case(number="1", call_id="1", caller="138", dialled="1", answered_at=MORNING, unit=UNIT)
AGAINST_LI = replace(PLAIN, type="投诉", accused=kept_with("", LI))
AGAINST_UNIT = replace(PLAIN, type="投诉", accused=kept_with("", [unit_key(UNIT)]))


def actor(role: Role, name: str = "受理台小周", official: str = "", unit: str = UNIT) -> Actor:
    return Actor(name=name, roles=frozenset({role}), units=frozenset({unit} - {""}), official=official)


@pytest.mark.parametrize(("action", "role"), list(product(Action, Role)))
def test_who_is_complained_of_may_nothing_whatever_his_role(action: Action, role: Role) -> None:
    unlinked = [actor(role, name) for name in ("李春燕", "副局长李春燕", "李春燕副局长")]
    for accused in (actor(role, "小李", "li"), *unlinked):
        handler = replace(AGAINST_LI, official=accused.name, first_unit=UNIT, replied_by=accused.name)
        assert not may(accused, action, handler)
        with pytest.raises(NotPermitted, match="请找督查") as told:
            permit(accused, action, handler)
        assert "反映" not in str(told.value).replace(action, "")
    for another in (actor(role, "李春燕", "li2"), actor(role, "李春"), actor(role, "王明", "wang")):
        assert may(another, action, AGAINST_LI) == (role in MAY[action]), "a namesake who is linked, and everybody else"


@pytest.mark.parametrize(("action", "role"), list(product(Action, Role)))
def test_a_unit_complained_of_handles_an_ordinary_complaint_and_learns_nothing_of_a_report(
    action: Action, role: Role
) -> None:
    member, outside = actor(role), actor(role, unit=OTHER)
    assert may(member, action, AGAINST_UNIT) == (role in MAY[action])
    assert not may(member, action, replace(AGAINST_UNIT, type="举报"))
    assert may(outside, action, replace(AGAINST_UNIT, type="举报")) == (MAY[action].get(role) == "all")


SECRET = [{"secrecy": "保密"}, {"secrecy": "匿名"}]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("what", [*SECRET, {"matter_name": "窗口作风"}])
def test_of_what_is_secret_or_about_conduct_the_unit_complained_of_hears_no_word(
    what: dict[str, str], role: Role
) -> None:
    case = replace(AGAINST_UNIT, **what)
    assert not may(actor(role), Action.HEAR, case)
    assert may(actor(role), Action.SEE, case) == (role in MAY[Action.SEE]), "it has to answer all the same"
    assert demand_hidden(actor(role), case) == ("secrecy" in what)
    assert not demand_hidden(actor(role, unit=OTHER), case)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("what", [*SECRET, {"type": "举报"}])
def test_who_called_in_secret_is_told_to_no_unit(what: dict[str, str], role: Role) -> None:
    assert may(actor(role), Action.HEAR, replace(PLAIN, **what)) == (MAY[Action.HEAR].get(role) == "all")


def test_what_is_kept_is_read_again_and_only_ever_grows_but_for_supervision() -> None:
    kept = kept_with("", [*LI, unit_key(UNIT), terminal_key("duty_room")])
    assert ids_in(kept) == ({"li"}, {UNIT}, {"duty_room"})
    assert names_in(kept) == "李春燕、值班室、水务局"
    assert keys_in(kept_with(kept, [unit_key(OTHER)])) == keys_in(kept) | {unit_key(OTHER)}
    assert kept_with(kept, (), without=keys_in(kept)) == "" == kept_with("", ())
    assert ids_in(kept_with("", [unit_key("水|务局")])) == (frozenset(), {UNIT}, frozenset()), (
        "no name opens another key"
    )


def test_an_account_is_barred_by_itself_and_by_the_official_whom_it_is_linked_to() -> None:
    by_account = replace(PLAIN, accused=kept_with("", [account_key("经办赵敏")]))
    for official, sees in (("", False), ("li", False), (NOT_IN_ROSTER, False)):
        assert may(actor(Role.DESK, "经办赵敏", official), Action.SEE, by_account) is sees
        assert may(actor(Role.DESK, "赵敏", official), Action.SEE, by_account), "another account of that name"
    assert may(actor(Role.DESK, "经办李春燕", NOT_IN_ROSTER), Action.SEE, AGAINST_LI), "said to be nobody of the roster"
    assert names_in(kept_with(by_account.accused, LI)) == "李春燕、经办赵敏"


def test_a_unit_reported_in_what_is_answered_together_with_a_case_learns_nothing_of_it() -> None:
    together = replace(PLAIN, type="咨询", accused=kept_with("", [reported_key(UNIT)]))
    assert not may(actor(Role.UNIT_HEAD), Action.SEE, together) and is_accused(together, UNIT)
    assert may(actor(Role.DESK, unit=OTHER), Action.SEE, together) and names_in(together.accused) == ""


def test_nobody_is_barred_by_half_a_name_or_an_empty_one() -> None:
    for name in ("李", "春燕", "李春", "小周"):
        assert may(actor(Role.LEADER, name), Action.SEE, AGAINST_LI)

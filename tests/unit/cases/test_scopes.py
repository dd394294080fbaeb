"""A token takes away and never gives: what it may is what its account may, and it is for."""

import pytest

from cases.case import Case
from cases.roles import Action, Actor, NotPermitted, Role, may, permit, units_of
from tests.fakes.told_calls import MORNING

CASE = Case(number="1", call_id="1", caller="138", dialled="1", answered_at=MORNING, unit="水务局")
UNITS = frozenset({"水务局"})


@pytest.mark.parametrize("scope", Action)
@pytest.mark.parametrize("role", Role)
def test_every_role_and_every_scope(role: Role, scope: Action) -> None:
    account = Actor(name="张三", roles=frozenset({role}), units=UNITS)
    token = Actor(name="张三", roles=frozenset({role}), units=UNITS, scopes=frozenset({scope}))
    for action in Action:
        both = action is scope and may(account, action, CASE)
        assert may(token, action, CASE) == both
        assert units_of(token, action) == (units_of(account, action) if action is scope else frozenset())


def test_who_lacks_the_scope_is_told_so_and_who_lacks_the_right_is_told_who_has_it() -> None:
    token = Actor(name="微信", roles=frozenset({Role.CHANNEL}), scopes=frozenset({Action.STATUS}))
    with pytest.raises(NotPermitted, match="这个令牌不能来件"):
        permit(token, Action.INTAKE)
    with pytest.raises(NotPermitted, match="可以的是：受理台"):
        permit(token, Action.ASSIGN)
    permit(token, Action.STATUS)


def test_a_token_without_scopes_may_nothing() -> None:
    token = Actor(name="小周", roles=frozenset(Role), scopes=frozenset())
    assert not any(may(token, action) for action in Action)

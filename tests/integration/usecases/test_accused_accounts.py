"""被反映的 who stand in no roster: accounts are named by the desk and by words; who is who goes by account and id."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.accused import NOT_IN_ROSTER, kept_with, names_in, official_keys
from cases.case import Case, CaseState
from cases.record import RecordKind
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.errors import MoveRefused
from zhitong.store.accounts import add_account, end_account, get_actor
from zhitong.store.cases import find_cases, get_case, update_cases
from zhitong.store.engine import reading, writing
from zhitong.usecases.accused_people import account_people, accuse, naming
from zhitong.usecases.ask_time import ask_extension
from zhitong.usecases.called_back import called_back
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.keep_record import end_record, open_record
from zhitong.usecases.list_cases import list_cases
from zhitong.usecases.no_contact import no_contact
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import had_no_part, perhaps_himself, surely_himself, whose
from zhitong.usecases.show_case import show_case

SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))
DIRECTORY = small_directory(more=[official("lcy", "13800000777", name="李春燕", post="副局长", rank="deputy")])
CALL = "1757553630.7"


def account(engine: Engine, name: str, role: Role = Role.HANDLER, *, official: str = "", unit: str = "水务局") -> Actor:
    with writing(engine) as connection:
        units = [unit] if unit else []
        add_account(connection, name, roles=[role], units=units, by="管理员", at=MORNING, official=official)
        found = get_actor(connection, name)
    assert found is not None
    return found


def with_case(engine: Engine, **fields: object) -> Case:
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), **({"unit": "水务局"} | fields))  # type: ignore[arg-type]
        update_cases(connection, [case])
    return case


def named(engine: Engine, by: Actor = DESK, **given: object) -> Case:
    told = {"number": NUMBER, "reason": "来信", "directory": DIRECTORY, "now": MORNING}
    return accuse(engine, by=by, **(told | given))  # type: ignore[arg-type]


def sees(engine: Engine, by: Actor) -> bool:
    listed = NUMBER in [case.number for case in list_cases(engine, by=by, now=MORNING)]
    try:
        show_case(engine, number=NUMBER, by=by, now=MORNING)
    except NotPermitted:
        assert not listed
        return False
    assert listed
    return True


def test_a_handler_of_no_roster_is_named_by_his_account_and_loses_the_case_until_supervision_clears_him(
    engine: Engine,
) -> None:
    with_case(engine)
    zhao, qian = account(engine, "经办赵敏"), account(engine, "经办钱多")
    assert sees(engine, zhao)
    assert names_in(named(engine, accounts=["经办赵敏"]).accused) == "经办赵敏"
    assert not sees(engine, zhao) and sees(engine, qian)
    with pytest.raises(NotPermitted):
        named(engine, accounts=["经办赵敏"], clears=True)
    named(engine, SUPERVISION, accounts=["经办赵敏"], clears=True)
    assert sees(engine, zhao)


def test_of_two_accounts_of_one_name_the_one_that_was_named_is_barred(engine: Engine) -> None:
    with_case(engine)
    mine, other = account(engine, "水务局赵敏"), account(engine, "能源局赵敏", Role.LEADER)
    named(engine, accounts=["水务局赵敏"])
    assert not sees(engine, mine) and sees(engine, other)


def test_an_account_that_does_not_exist_cannot_be_named(engine: Engine) -> None:
    with_case(engine)
    with pytest.raises(MoveRefused, match="没有叫 '赵某' 的账号"):
        named(engine, accounts=["赵某"])


def test_who_is_named_by_account_stays_named_as_the_official_that_he_is_linked_to(engine: Engine) -> None:
    with_case(engine)
    account(engine, "小李", official="lcy")
    named(engine, accounts=["小李"])
    with writing(engine) as connection:
        end_account(connection, "小李", by="管理员", at=MORNING)
    assert not sees(engine, account(engine, "李副局长", official="lcy")), "another account of the same official"
    assert not sees(engine, account(engine, "小李")), "nor does an account get free by being unlinked"


def test_an_official_who_was_named_is_barred_whatever_his_account_is_called(engine: Engine) -> None:
    with_case(engine)
    linked, namesake = account(engine, "小李", official="lcy"), account(engine, "经办李春燕")
    nobody_of_it = account(engine, "城建李春燕", official=NOT_IN_ROSTER)
    named(engine, officials=["lcy"])
    assert not sees(engine, linked)
    assert not sees(engine, namesake), "nobody has said who that is"
    assert sees(engine, nobody_of_it), "an administrator has said that this one stands in no roster"
    named(engine, SUPERVISION, officials=["lcy"], clears=True)
    assert sees(engine, linked)


def naming_rules(engine: Engine) -> Rules:
    return replace(RULES, accused=naming(lambda: DIRECTORY, lambda: account_people(engine)))


def test_words_that_name_a_handler_bar_his_account_in_the_transaction_of_the_words(engine: Engine) -> None:
    zhao, qian = account(engine, "经办赵敏"), account(engine, "水务局钱多")
    account(engine, "投诉渠道", Role.CHANNEL)
    rules = naming_rules(engine)
    call = ToldCall(CALL).opened().understood(text="我要投诉", type="投诉").note(5, "heard", text="我要投诉")
    tell_it(engine, rules, call)
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), unit="水务局")])
    assert sees(engine, zhao)
    call.note(6, "heard", text="就是那个赵敏不给办")
    tell_it(engine, rules, call)
    assert not sees(engine, zhao) and sees(engine, qian)
    with reading(engine) as connection:
        assert names_in(get_case(connection, NUMBER).accused) == "经办赵敏"


def test_who_asks_for_somebody_names_nobody(engine: Engine) -> None:
    account(engine, "经办赵敏")
    tell_it(engine, naming_rules(engine), ToldCall(CALL).opened().understood(text="找赵敏问一下取水许可", type="咨询"))
    with reading(engine) as connection:
        assert find_cases(connection)[0].accused == ""


# ── who is who ──────────────────────────────────────────────────────────────────────────────────────────────────────

LINKED, UNLINKED, NOBODYS = "lcy", "", NOT_IN_ROSTER


@pytest.mark.parametrize(
    ("by", "text", "perhaps", "surely"),
    [
        (("小李", LINKED), "副局长李春燕", True, True),
        (("小李", LINKED), "李春燕", True, True),
        (("小李", LINKED), "另一个李春燕", True, True),  # an account that is linked to the same official
        (("小李", LINKED), "clerk", False, False),
        (("李春燕", "clerk"), "副局长李春燕", False, False),  # a namesake who is somebody else
        (("城建李春燕", NOBODYS), "副局长李春燕", False, False),
        (("经办李春燕", UNLINKED), "副局长李春燕", True, False),
        (("经办赵敏", UNLINKED), "赵敏", True, False),
        (("经办赵敏", UNLINKED), "经办赵敏", True, True),
        (("经办赵敏", NOBODYS), "林业赵敏", False, False),  # an account of its own, of nobody in the roster either
        (("经办赵敏", UNLINKED), "经办钱多", False, False),
        (("经办赵敏", UNLINKED), "", False, False),
    ],
)
def test_a_text_is_somebody_by_account_and_official_and_only_else_by_its_sound(
    engine: Engine, by: tuple[str, str], text: str, perhaps: bool, surely: bool
) -> None:
    account(engine, "另一个李春燕", official="lcy")
    account(engine, "林业赵敏", official=NOT_IN_ROSTER)
    actor = Actor(name=by[0], roles=frozenset({Role.DESK}), official=by[1])
    with reading(engine) as connection:
        assert perhaps_himself(connection, text, actor, whose(DIRECTORY)) is perhaps
        assert surely_himself(connection, text, actor, whose(DIRECTORY)) is surely


@pytest.mark.parametrize("field", ["official", "replied_by", "reviewed_by", "approved_by", "closed_by"])
def test_who_handled_a_case_under_another_name_does_not_call_its_citizen_back(engine: Engine, field: str) -> None:
    with_case(engine, state=CaseState.CLOSED, closed_at=MORNING, **{field: "副局长李春燕"})
    rules = replace(RULES, whose=whose(DIRECTORY))
    mine = Actor(name="小李", roles=frozenset({Role.DESK}), official="lcy")
    for attempt in (_called, _no_contact):
        with pytest.raises(NotPermitted, match="经手过"):
            attempt(engine, rules, mine)
    _called(engine, rules, replace(mine, name="李春燕", official="clerk"))


Attempt = Callable[[Engine, Rules, Actor], object]


def _called(engine: Engine, rules: Rules, by: Actor) -> object:
    return called_back(engine, rules, number=NUMBER, by=by, outcome="解决", now=MORNING)


def _no_contact(engine: Engine, rules: Rules, by: Actor) -> object:
    return no_contact(engine, rules, number=NUMBER, by=by, reason="没有号码", now=MORNING)


def test_who_helped_with_a_case_does_not_call_its_citizen_back_either(engine: Engine) -> None:
    case = with_case(engine)
    desk = Actor(name="受理台吴刚", roles=frozenset({Role.DESK}))
    with reading(engine) as connection:
        assert had_no_part(connection, desk, case)
    id = open_record(engine, number=NUMBER, kind=RecordKind.CO_HANDLE, owner="吴刚", text="看", by=DESK, now=MORNING)
    end_record(engine, id, outcome="看了", by=DESK, now=MORNING)
    with reading(engine) as connection:
        assert not had_no_part(connection, desk, case)


def test_nobody_grants_the_time_that_he_asked_for_under_another_name(engine: Engine) -> None:
    with_case(engine)
    account(engine, "小王", Role.UNIT_HEAD, official="director")
    head = replace(HEAD, name="小王", official="director")
    asked = {"number": NUMBER, "count": 2, "by": head, "reason": "下雨", "leader": lambda case: "县长"}
    ask_extension(engine, RULES, now=MORNING + timedelta(hours=1), **asked)  # type: ignore[arg-type]
    leader = replace(LEADER, official="director")
    with pytest.raises(MoveRefused, match="由别人批准"):
        grant_time(engine, RULES, number=NUMBER, by=leader, now=MORNING + timedelta(hours=2))


def test_the_leader_who_owns_a_case_ends_that_by_whatever_account_he_has(engine: Engine) -> None:
    with_case(engine)
    given = {"number": NUMBER, "kind": RecordKind.LEAD, "owner": "副局长李春燕", "text": "领"}
    id = open_record(engine, by=DESK, now=MORNING, **given)  # type: ignore[arg-type]
    ends = replace(SUPERVISION, name="小李", official="lcy")
    with pytest.raises(NotPermitted):
        end_record(engine, id, outcome="好了", by=replace(ends, official="clerk"), now=MORNING, whose=whose(DIRECTORY))
    end_record(engine, id, outcome="好了", by=ends, now=MORNING, whose=whose(DIRECTORY))


def test_nothing_is_given_to_an_account_of_whom_the_case_complains_however_it_is_called(engine: Engine) -> None:
    with_case(engine, accused=kept_with("", official_keys("lcy", "李春燕")))
    account(engine, "小李", official="lcy")
    with pytest.raises(MoveRefused, match="不能归他"):
        open_record(engine, number=NUMBER, kind=RecordKind.LEAD, owner="小李", text="领", by=DESK, now=MORNING)
    assert HANDLER.name  # and everybody else may have it
    open_record(engine, number=NUMBER, kind=RecordKind.LEAD, owner=HANDLER.name, text="领", by=DESK, now=MORNING)

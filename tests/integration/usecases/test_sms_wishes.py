"""退订 by a text: who answers so gets none, until he answers 恢复; what is sent again late changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, HANDLER
from tests.fakes.told_calls import CITIZEN, MORNING
from zhitong.store.engine import reading
from zhitong.store.sms import all_wishes, wish_of_number
from zhitong.usecases.sms_wishes import heed_answer, wish_sms

GATEWAY = Actor(name="短信网关", roles=frozenset({Role.CHANNEL}))


def answered(engine: Engine, texts: bool, minutes: int, *, number: str = CITIZEN, by: Actor = GATEWAY) -> str:
    at = MORNING + timedelta(minutes=minutes)
    return heed_answer(engine, number=number, texts=texts, by=by, received_at=at, area_code="0870")


def wish(engine: Engine, number: str = CITIZEN) -> str:
    with reading(engine) as connection:
        return wish_of_number(connection, number)


def test_who_answers_so_gets_no_texts_until_he_wants_them_again(engine: Engine) -> None:
    assert answered(engine, False, 0, number=f"+86{CITIZEN}") == "stop" == wish(engine)
    with reading(engine) as connection:
        (kept,) = all_wishes(connection)
    assert (kept.by, kept.reason, kept.at) == (GATEWAY.name, "群众回短信：退订", MORNING)
    assert answered(engine, True, 5) == "" == wish(engine)


def test_what_a_gateway_sends_again_late_changes_nothing(engine: Engine) -> None:
    for texts, minutes in ((False, 0), (True, 5), (False, 0)):
        answered(engine, texts, minutes)
    assert wish(engine) == ""
    assert answered(engine, False, 6) == "stop"


def test_who_is_to_have_even_what_is_secret_keeps_it_when_he_has_nothing_to_resume(engine: Engine) -> None:
    wish_sms(engine, number=CITIZEN, wish="want", reason="群众要", by=DESK, now=MORNING, area_code="0870")
    assert answered(engine, True, 5) == "want" == wish(engine)
    assert answered(engine, False, 6) == "stop" == wish(engine)


def test_a_number_that_is_never_texted_is_told_so_and_nothing_is_kept(engine: Engine) -> None:
    assert answered(engine, False, 0, number="08702120001") == "stop"
    with reading(engine) as connection:
        assert all_wishes(connection) == []


def test_only_what_takes_in_hears_it(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        answered(engine, False, 0, by=HANDLER)
    assert wish(engine) == ""

"""Cases that people touched, read some at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, true

from tests.fakes.closing import DESK
from tests.fakes.told_calls import MORNING, NUMBER, RULES, tell_it, unheard
from zhitong.store.corrections import touched
from zhitong.store.engine import reading
from zhitong.usecases.edit_case import edit_case


@pytest.mark.parametrize("at_once", [1, 2, 3, 500])
def test_all_are_found_once_however_many_are_read_at_a_time(engine: Engine, at_once: int) -> None:
    minutes = (0, 0, 0, 1, 2)  # some at the same moment
    numbers = []
    for n, later in enumerate(minutes):
        tell_it(engine, RULES, unheard(f"1757553630.{n + 7}", MORNING + timedelta(minutes=later)))
        numbers.append(f"{MORNING + timedelta(minutes=later):%Y%m%d-%H%M%S}-{n + 7:04d}")
        if n != 1:  # nobody touched that one
            told = {"number": numbers[-1], "by": DESK, "reason": "听了", "now": MORNING, "matters": {}, "type": "求助"}
            edit_case(engine, RULES, **told)  # type: ignore[arg-type]
    span = {"since": MORNING, "until": MORNING + timedelta(days=1), "now": MORNING}
    with reading(engine) as connection:
        found = [case.number for case, _ in touched(connection, sight=true(), at_once=at_once, **span)]
    assert numbers[0] == NUMBER
    assert found == [number for number in numbers if number != numbers[1]]

"""Who a number is of, as the database tells it for very many cases and as the program tells it for one."""

from itertools import combinations

from sqlalchemy import Engine, literal, select

from zhitong.store.citizens import known_as
from zhitong.store.engine import reading
from zhitong.usecases.known_by import numbers_of

MOBILES = ("13800000011", "+8613800000011", "8613800000011", "008613800000011", "013800000011", "19912345678")
LAND_LINES = ("08702120001", "2120001", "868702120001", "+868702120001", "01062120001", "861062120001", "075586667777")
NOBODYS = ("", "anonymous", "+12025550123", "0012025550123", "+85291234567", "95598", "110", "12345", "10612345678")
AREA = "0870"


def test_numbers_are_one_citizens_in_the_database_when_they_are_for_the_program(engine: Engine) -> None:
    every = (*MOBILES, *LAND_LINES, *NOBODYS)
    with reading(engine) as connection:
        known = dict(
            zip(every, connection.execute(select(*(known_as(literal(one), AREA) for one in every))).one(), strict=True)
        )
    assert (
        {one for one in every if not known[one]} == {one for one in every if not numbers_of(one, AREA)} == set(NOBODYS)
    )
    for one, other in combinations((*MOBILES, *LAND_LINES), 2):
        assert (known[one] == known[other]) == bool(numbers_of(one, AREA) & numbers_of(other, AREA)), (one, other)


def test_without_an_area_code_a_number_that_lacks_one_is_nobodys(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.execute(select(known_as(literal("2120001"), ""))).scalar_one() == ""

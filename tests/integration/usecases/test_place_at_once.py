"""Two controllers on one database place calls to one number at the same moment: one of them does."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier

from sqlalchemy import Engine, select

from tests.fakes.told_calls import MORNING, RULES, tell_it, unheard
from zhitong.store import tables
from zhitong.store.due import DueTask
from zhitong.store.engine import open_engine, reading
from zhitong.usecases.place_call import OutboundCall, place_call
from zhitong.usecases.take_due import take_due

DUE = MORNING + timedelta(minutes=5)
ROUNDS = 12


def test_of_two_calls_to_one_number_at_the_same_moment_one_is_placed(engine: Engine, database_url: str) -> None:
    for n in range(ROUNDS):
        for again in range(2):  # two matters of the same caller
            tell_it(engine, RULES, unheard(f"17575536{n:02d}.{again}", caller=f"1390000{n:04d}"))
    barrier = Barrier(2)

    def controller(own: Engine, tasks: list[DueTask]) -> list[OutboundCall]:
        placed = []
        for task in tasks:
            barrier.wait(10)
            if call := place_call(own, RULES, task, now=DUE):
                placed.append(call)
        return placed

    taken = take_due(engine, now=DUE, kinds=("redial",), limit=2 * ROUNDS)
    first = sorted((task for task in taken if task.call_id.endswith(".0")), key=lambda task: task.call_id)
    second = sorted((task for task in taken if task.call_id.endswith(".1")), key=lambda task: task.call_id)
    engines = [open_engine(database_url) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(controller, own, tasks) for own, tasks in zip(engines, (first, second), strict=True)]
        placed = [call for one in done for call in one.result(60)]
    for own in engines:
        own.dispose()
    assert sorted(call.number for call in placed) == sorted({call.number for call in placed})
    assert len(placed) == ROUNDS
    with reading(engine) as connection:
        ids = list(connection.scalars(select(tables.attempts.c.id)))
    assert sorted(ids) == sorted(call.attempt for call in placed), "each has an id, written down"


def test_two_controllers_take_each_task_once(engine: Engine, database_url: str) -> None:
    for n in range(40):
        tell_it(engine, RULES, unheard(f"17575536{n:02d}.7", caller=f"1390000{n:04d}"))
    barrier = Barrier(2)

    def controller(own: Engine) -> list[int]:
        with closing(own.raw_connection()):  # connected
            barrier.wait(10)
        found = list[int]()
        while tasks := take_due(own, now=DUE, kinds=("redial",), limit=3):
            found += [task.id for task in tasks]
        return found

    engines = [open_engine(database_url) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        taken = [id for done in [pool.submit(controller, own) for own in engines] for id in done.result(60)]
    for own in engines:
        own.dispose()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 40


def test_who_stood_still_after_taking_a_task_does_not_place_what_another_has_taken(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    (slow,) = take_due(engine, now=DUE, kinds=("redial",))
    (other,) = take_due(engine, now=DUE + timedelta(minutes=10), kinds=("redial",))
    assert place_call(engine, RULES, slow, now=DUE + timedelta(minutes=10)) is None
    assert place_call(engine, RULES, other, now=DUE + timedelta(minutes=10))

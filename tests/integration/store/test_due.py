"""What is due is taken once."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.fakes.databases import Databases
from tests.fakes.told_calls import MORNING
from zhitong.errors import TaskNotFound
from zhitong.store.due import DueTask, claim, finish, get_task, open_tasks, put_due, put_off
from zhitong.store.engine import open_engine, reading, writing
from zhitong.usecases.take_due import next_due_at, take_due


def add(engine: Engine, *minutes: int, kind: str = "archive", mark: str = "m") -> None:
    with writing(engine) as connection:
        for n, minute in enumerate(minutes):
            due_at = MORNING + timedelta(minutes=minute)
            put_due(
                connection,
                [{"kind": kind, "mark": f"{mark}{n}", "case_number": None, "call_id": "", "due_at": due_at}],
            )


def test_only_what_is_due_is_taken_oldest_first(engine: Engine) -> None:
    add(engine, 5, 1, 30)
    assert next_due_at(engine) == MORNING + timedelta(minutes=1)
    assert take_due(engine, now=MORNING) == []
    taken = take_due(engine, now=MORNING + timedelta(minutes=10))
    assert [task.due_at for task in taken] == [MORNING + timedelta(minutes=m) for m in (1, 5)]


def test_other_kinds_are_left(engine: Engine) -> None:
    add(engine, 0, kind="callback")
    assert take_due(engine, now=MORNING, kinds=("archive",)) == []
    assert len(take_due(engine, now=MORNING, kinds=("callback",))) == 1


def test_a_task_is_taken_once_while_its_lease_runs_and_again_after_it(engine: Engine) -> None:
    add(engine, 0)
    lease = timedelta(minutes=5)
    (first,) = take_due(engine, now=MORNING, lease=lease)
    assert take_due(engine, now=MORNING + lease - timedelta(seconds=1), lease=lease) == []
    (again,) = take_due(engine, now=MORNING + lease, lease=lease)
    assert (first.id, first.attempts, again.attempts) == (again.id, 1, 2)


def test_a_task_that_is_done_never_comes_back(engine: Engine) -> None:
    add(engine, 0)
    (task,) = take_due(engine, now=MORNING)
    for days, outcome in enumerate(["好了", "又好了"]):
        with writing(engine) as connection:
            finish(connection, [task.id], at=MORNING + timedelta(days=days), outcome=outcome)
    assert take_due(engine, now=MORNING + timedelta(days=2)) == [] and next_due_at(engine) is None
    with reading(engine) as connection:
        assert get_task(connection, task.id).outcome == "好了"


def test_the_same_mark_is_due_once(engine: Engine) -> None:
    add(engine, 0)
    add(engine, 0)
    with reading(engine) as connection:
        assert len(open_tasks(connection)) == 1


def test_putting_off_frees_a_task_and_what_was_not_tried_does_not_count(engine: Engine) -> None:
    add(engine, 0)
    (task,) = take_due(engine, now=MORNING)
    with writing(engine) as connection:
        put_off(connection, task.id, until=MORNING + timedelta(hours=1), claimed=False)
    (again,) = take_due(engine, now=MORNING + timedelta(hours=1))
    assert again.attempts == 1


def test_a_task_that_does_not_exist_is_named(engine: Engine) -> None:
    with reading(engine) as connection, pytest.raises(TaskNotFound, match="77"):
        get_task(connection, 77)
    add(engine, 0)
    with reading(engine) as connection, pytest.raises(TaskNotFound, match="callback"):
        get_task(connection, 1, kind="callback")


@settings(max_examples=12, deadline=None)
@given(due=st.lists(st.integers(-60, 60), min_size=1, max_size=25), workers=st.integers(2, 6), limit=st.integers(1, 4))
def test_of_several_workers_after_a_restart_each_task_is_taken_by_one(
    databases: Databases, due: list[int], workers: int, limit: int
) -> None:
    address = databases.new()
    first = open_engine(address)
    add(first, *due)
    first.dispose()  # the restart: what was due meanwhile is still there
    taken: list[DueTask] = []
    together = threading.Barrier(workers)

    def work() -> None:
        engine = open_engine(address, busy_timeout=20)
        together.wait(10)
        while some := take_due(engine, now=MORNING, limit=limit):
            taken.extend(some)
        engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    databases.drop(address)
    assert sorted(task.id for task in taken) == sorted({task.id for task in taken})
    assert len(taken) == sum(minutes <= 0 for minutes in due)
    assert all(task.attempts == 1 for task in taken)


def test_a_claim_that_is_rolled_back_was_none(engine: Engine) -> None:
    add(engine, 0)
    with pytest.raises(KeyError), writing(engine) as connection:
        claim(connection, now=MORNING, until=MORNING + timedelta(minutes=5), kinds=("archive",), limit=5)
        raise KeyError("crash")
    assert len(take_due(engine, now=MORNING)) == 1
    with writing(engine) as connection:
        finish(connection, [], at=MORNING, outcome="")

"""What only PostgreSQL can do wrong: a real server, killed, stopped, slow, with other words than ours."""

import os
import re
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from tests.fakes.postgresql import PASSWORD, PostgresqlServer, database_of
from tests.fakes.told_calls import MORNING, RULES, talked, tell_it
from zhitong.errors import DatabaseGone, DatabaseUnfit
from zhitong.store.due import put_due
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.migrate import migrate
from zhitong.store.records import all_incidents, record_incident
from zhitong.usecases.take_due import take_due


@pytest.fixture
def address(postgresql: PostgresqlServer) -> Iterator[str]:
    """A casework on the server."""
    address = postgresql.new()
    yield address
    postgresql.drop(address)


@contextmanager
def opened(address: str, busy_timeout: float = 2.0) -> Iterator[Engine]:
    engine = open_engine(address, busy_timeout=busy_timeout)
    try:
        yield engine
    finally:
        engine.dispose()


def incident(engine: Engine, mark: str) -> None:
    with writing(engine) as connection:
        record_incident(connection, at=MORNING, kind="test", mark=mark, text="x")


def marks(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.mark for row in all_incidents(connection)]


# ── one writer at a time ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_writer_has_read_stays_true_until_its_end(address: str) -> None:
    """Read the count, write one more: of many at once none is lost, and all numbers come in the order of commits."""
    with opened(address, busy_timeout=30) as engine:

        def count_on() -> None:
            for _ in range(10):
                with writing(engine) as connection:
                    known = len(all_incidents(connection))
                    record_incident(connection, at=MORNING, kind="test", mark=f"{known}", text="x")

        writers = [threading.Thread(target=count_on) for _ in range(6)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert marks(engine) == [f"{n}" for n in range(60)]


def test_who_reads_sees_one_moment_and_waits_for_no_writer(address: str) -> None:
    with opened(address) as engine, reading(engine) as connection:
        assert all_incidents(connection) == []
        incident(engine, "meanwhile")
        assert all_incidents(connection) == []
        with writing(engine) as writer:
            record_incident(writer, at=MORNING, kind="test", mark="not yet committed", text="x")
            assert marks(engine) == ["meanwhile"]


def test_who_reads_cannot_write_by_mistake(address: str) -> None:
    with opened(address) as engine, pytest.raises(DatabaseGone), reading(engine) as connection:
        record_incident(connection, at=MORNING, kind="test", mark="x", text="x")


def test_a_controller_that_was_stopped_while_it_wrote_keeps_the_others_waiting_for_a_while_only(address: str) -> None:
    short = f"{address}&options=-c%20idle_in_transaction_session_timeout=300"
    with opened(short) as stopped, opened(address, busy_timeout=10) as other:
        with pytest.raises(DatabaseGone), writing(stopped) as connection:
            record_incident(connection, at=MORNING, kind="test", mark="half", text="x")
            incident(other, "other")
            connection.execute(text("SELECT 1"))
        assert marks(other) == ["other"]
        incident(stopped, "again")
        assert marks(other) == ["other", "again"]


# ── away, and back ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_committed_is_there_after_the_server_was_killed(postgresql: PostgresqlServer, address: str) -> None:
    with opened(address) as engine:
        tell_it(engine, RULES, talked())
        incident(engine, "before")
        postgresql.kill()
        for _ in range(2):
            with pytest.raises(DatabaseGone, match="连不上"):
                incident(engine, "meanwhile")
        postgresql.start()
        incident(engine, "after")  # the connections of before are found dead, not tried
        assert marks(engine) == ["before", "after"]


def test_a_server_that_goes_while_a_transaction_is_open_undoes_it(postgresql: PostgresqlServer, address: str) -> None:
    with opened(address) as engine:
        with pytest.raises(DatabaseGone), writing(engine) as connection:
            record_incident(connection, at=MORNING, kind="test", mark="half", text="x")
            postgresql.kill()
            connection.execute(text("SELECT 1"))
        postgresql.start()
        assert marks(engine) == []


def test_a_statement_that_takes_too_long_is_a_database_gone(address: str) -> None:
    short = f"{address}&options=-c%20statement_timeout=200"
    with opened(short) as engine:
        with pytest.raises(DatabaseGone, match="statement timeout"), reading(engine) as connection:
            connection.execute(text("SELECT pg_sleep(30)"))
        incident(engine, "after")
        assert marks(engine) == ["after"]


def test_a_server_that_says_nothing_is_given_up(postgresql: PostgresqlServer, address: str) -> None:
    """Stopped, it still takes connections, as a hung machine does."""
    os.kill(postgresql.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with opened(address) as engine, pytest.raises(DatabaseGone, match="连不上"):
            incident(engine, "x")
        assert time.monotonic() - began < 10
    finally:
        os.kill(postgresql.pid, signal.SIGCONT)


def test_tables_that_are_not_there_are_a_database_gone_and_no_fault_of_the_facts(
    postgresql: PostgresqlServer,
) -> None:
    """An empty database in place of ours: facts wait in the journal for the right one, none is put aside."""
    address = postgresql.new()
    with postgresql.administered(database_of(address)) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with opened(address) as engine, pytest.raises(DatabaseGone, match="incidents"):
        incident(engine, "x")
    postgresql.destroy(address)


def test_a_server_that_hangs_in_the_middle_is_given_up_and_its_late_answer_not_heard(
    postgresql: PostgresqlServer, address: str
) -> None:
    with opened(address) as engine:
        began = time.monotonic()
        with pytest.raises(DatabaseGone, match="没有回答"), writing(engine) as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            backend, raw.longest = raw.info.backend_pid, 0.3
            os.kill(backend, signal.SIGSTOP)
            try:
                record_incident(connection, at=MORNING, kind="test", mark="half", text="x")
            finally:
                os.kill(backend, signal.SIGCONT)
        assert time.monotonic() - began < 10
        incident(engine, "after")
        assert marks(engine) == ["after"]


# ── what is told ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "geheim-0815"}, "密码或用户不对"),
        ({"user": "niemand"}, "密码或用户不对"),
        ({"database": "nirgends"}, "没有这个数据库"),
    ],
)
def test_whatever_is_wrong_is_told_in_plain_words_without_the_password(
    postgresql: PostgresqlServer, wrong: dict[str, str], said: str
) -> None:
    given = {"database": "postgres", "password": PASSWORD} | wrong
    address = postgresql.address_by_port(given.pop("database"), **given)
    with opened(address) as engine, pytest.raises(DatabaseGone, match=said) as gone, reading(engine):
        pass
    told = "".join(traceback.format_exception(gone.value)) + repr(engine)
    assert "geheim-0815" not in told and PASSWORD not in told


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:geheim@h:x/d",
        "postgres//u:ge/geheim@h",
        "u:x@geheim@h:y?password=geheim",
        "postgresql+pg8000://u:geheim@h/d",
    ],
)
def test_an_address_that_cannot_be_one_is_told_without_the_password(address: str) -> None:
    with pytest.raises(DatabaseUnfit, match=r"store\.database_url") as unfit:
        open_engine(address)
    assert "geheim" not in "".join(traceback.format_exception(unfit.value))


def test_the_short_form_of_the_address_is_understood(address: str) -> None:
    with opened(address.replace("postgresql+psycopg:", "postgresql:")) as engine:
        assert marks(engine) == []


def test_a_database_with_another_encoding_is_refused_before_anything_is_in_it(postgresql: PostgresqlServer) -> None:
    with postgresql.administered() as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(DatabaseUnfit, match=r"LATIN1.*--encoding=UTF8"):
        migrate(postgresql.address("latin"))
    postgresql.destroy(postgresql.address("latin"))


def test_who_may_make_no_tables_is_told_and_nothing_is_half_made(postgresql: PostgresqlServer) -> None:
    with postgresql.administered() as connection:
        connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("CREATE DATABASE of_another")
    address = postgresql.address_by_port("of_another", user="guest")
    with pytest.raises(DatabaseGone, match="没有权限"):
        migrate(address)
    with postgresql.administered() as connection:
        connection.execute("ALTER DATABASE of_another OWNER TO guest")
    assert migrate(address)
    postgresql.destroy(address)


def test_no_word_is_too_long_for_the_database(address: str) -> None:
    """As in SQLite: nothing of a call is refused because a place or a sentence is longer than anybody thought."""
    with opened(address) as engine:
        long = "镇" * 5000
        incident(engine, long)
        assert marks(engine) == [long]


def test_no_statement_of_the_program_waits_without_a_limit(address: str) -> None:
    names = "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"
    with opened(address) as engine, reading(engine) as connection:
        limits = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]
        assert all(re.fullmatch(r"[1-9]\d*(ms|s)", limit) for limit in limits), limits
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_two_controllers_that_begin_at_once_make_the_tables_once(postgresql: PostgresqlServer) -> None:
    with postgresql.administered() as connection:
        connection.execute("CREATE DATABASE brand_new")
    address, versions = postgresql.address("brand_new"), []
    controllers = [threading.Thread(target=lambda: versions.append(migrate(address))) for _ in range(3)]
    for controller in controllers:
        controller.start()
    for controller in controllers:
        controller.join(60)
    assert len(versions) == 3 and len(set(versions)) == 1
    postgresql.destroy(address)


def test_two_controllers_take_each_task_once(address: str) -> None:
    with opened(address, busy_timeout=30) as one, opened(address, busy_timeout=30) as two:
        with writing(one) as connection:
            due = [
                {"kind": "archive", "mark": f"m{n}", "case_number": None, "call_id": "", "due_at": MORNING}
                for n in range(40)
            ]
            put_due(connection, due)
        taken: list[int] = []

        def work(engine: Engine) -> None:
            while some := take_due(engine, now=MORNING + timedelta(minutes=1), limit=3):
                taken.extend(task.id for task in some)

        workers = [threading.Thread(target=work, args=(engine,)) for engine in (one, two)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert sorted(taken) == list(range(1, 41))

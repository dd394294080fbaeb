"""The database: what holds for both kinds, and what only for SQLite's files."""

import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError

from cases.case import CaseState
from tests.fakes.databases import Databases
from tests.fakes.told_calls import DEPUTY, MORNING, NUMBER, RULES, ToldCall, new_database, talked, tell_it, unheard
from zhitong import store
from zhitong.errors import DatabaseGone, DatabaseUnfit
from zhitong.store.cases import clocks_of, get_case, struck_off_numbers
from zhitong.store.engine import open_engine, reading, writing
from zhitong.store.migrate import migrate
from zhitong.store.records import all_incidents, record_incident
from zhitong.store.sms import texts_to
from zhitong.store.tables import metadata
from zhitong.store.tries import last_try, put_try
from zhitong.usecases.anchor_chains import verify_chains


def test_a_new_database_has_exactly_the_tables_of_the_program(engine: Engine) -> None:
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert migrate(database_url) == migrate(database_url) != ""


def test_the_file_may_lie_anywhere(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'folder' / '库 100%.sqlite3'}"
    assert migrate(url) == migrate(url) != ""


def test_callbacks_of_the_first_version_are_kept_and_can_go_back(engine: Engine, database_url: str) -> None:
    tell_it(engine, RULES, talked())
    row = "'20250911-092030-0007', 7, '13800000001', '2025-09-11 02:00:00.000000', '', false, '', '', '', '', '没人接'"

    def at(version: str, statement: str) -> list[tuple[object, ...]]:
        """What a statement finds in the database of a version."""
        config = Config()
        config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
        with writing(engine) as connection:
            config.attributes["connection"] = connection
            step = command.downgrade if version == "0001" else command.upgrade
            step(config, version)
            found = connection.execute(text(statement))
            return [tuple(one) for one in found] if found.returns_rows else []

    for attempt in (1, 2):
        columns = "case_number, task_id, number, dialled_at, call_id, answered, person, solved, satisfied, why, outcome"
        at("0001", f"INSERT INTO callbacks ({columns}, attempt) VALUES ({row}, {attempt})")
    told = "number, task_id, outcome"
    assert at("0002", f"SELECT {told}, kind FROM tries") == [("13800000001", 7, "没人接", "callback")] * 2
    assert at("0001", f"SELECT {told}, attempt FROM callbacks") == [("13800000001", 7, "没人接", n) for n in (1, 2)]
    migrate(database_url)
    with writing(engine) as connection:
        put_try(connection, case_number=NUMBER, task_id=7, kind="callback", number="13800000001", dialled_at=MORNING)
        assert last_try(connection, 7).id == 3


def test_cases_of_the_time_before_chains_and_the_whole_state_machine_are_kept(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    call = "'1.7', '13800000001', '12345', '2025-09-11 01:20:30.000000', '重办', "
    call += "'A1', '供水饮水', '投诉', 'normal', '', '水务局'"
    columns = "number, call_id, caller, dialled, answered_at, state, matter, matter_name, type, urgency, place, unit"
    columns += ", official, transcript, result, disposition, closed_by, rework"
    entry = "INSERT INTO timeline (case_number, mark, at, what, text, who) VALUES "
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        connection.execute(text(f"INSERT INTO cases ({columns}) VALUES ('{NUMBER}', {call}, '', '', '', '', '', 1)"))
        clock = f"'{NUMBER}', 0, 'close', '办结', '135', '2025-09-11 01:20:30.000000', '2025-09-18 09:30:00.000000'"
        connection.execute(text(f"INSERT INTO clocks VALUES ({clock})"))
        for at, mark, what in ((1, "assigned:1.7", "交办"), (2, "closed:0", "办结"), (3, "rework:9", "重办")):
            when = f"'2025-09-1{at} 02:00:00.000000'"
            connection.execute(text(f"{entry}('{NUMBER}', '{mark}', {when}, '{what}', '经过', '系统')"))
    migrate(database_url)
    found = verify_chains(engine, folder=tmp_path / "anchors")
    assert (found.cases, found.entries, found.breaks) == (1, 3, ())
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        (clock_now,) = clocks_of(connection, NUMBER)
    assert (case.state, case.rework, case.first_unit) == (CaseState.ASSIGNED, 1, "水务局")
    assert clock_now.met_at == datetime(2025, 9, 12, 2, tzinfo=UTC)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        assert connection.execute(text("SELECT state FROM cases")).scalar() == "重办"


def test_calls_of_the_time_before_figures_get_how_long_they_rang_and_waited(engine: Engine, database_url: str) -> None:
    tell_it(engine, RULES, talked(), unheard(), ToldCall("1757553630.9").opened().note(9, "talk", i=1, number=DEPUTY)
            .note(10, "talk_over", seconds=1.0, why="dropped").note(20, "talk", i=2, number=DEPUTY))  # fmt: skip
    found = "SELECT call_id, rang_ms, human_ms FROM calls ORDER BY call_id"
    with reading(engine) as connection:
        before = connection.execute(text(found)).all()
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0015")
        connection.execute(text("UPDATE cases SET state = '销号' WHERE call_id = '1757553630.9'"))
    migrate(database_url)
    with reading(engine) as connection:
        assert connection.execute(text(found)).all() == before
        over = connection.execute(text("SELECT call_id FROM cases WHERE struck_off_at = answered_at")).all()
    assert over == [("1757553630.9",)], "an official who was taken for a citizen"
    assert [tuple(row[1:]) for row in before] == [(60, 24_160), (60, None), (60, 20_060)]


def test_incidents_of_the_time_before_rights_are_tied_to_the_case_that_they_name(
    engine: Engine, database_url: str
) -> None:
    told = (f"工单 {NUMBER}b：回拨没人接", "值班表明天有空档", f"系统打出的电话 1.7 找不到工单 '{NUMBER}'")
    with writing(engine) as connection:
        for text_ in told:
            record_incident(connection, at=MORNING, kind="test", mark=text_, text=text_)
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0017")
    migrate(database_url)
    with reading(engine) as connection:
        found = connection.execute(text("SELECT case_number FROM incidents ORDER BY id")).scalars().all()
    assert found == [f"{NUMBER}b", None, None]


def test_a_database_of_a_newer_program_is_left_alone(engine: Engine, database_url: str) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnfit, match="9999"):
        migrate(database_url)


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_cannot_work_is_told(url: str) -> None:
    with pytest.raises(DatabaseUnfit, match="database_url"):
        open_engine(url)


def test_it_writes_ahead_keeps_foreign_keys_and_what_is_committed_survives_a_power_cut(tmp_path: Path) -> None:
    with reading(new_database(tmp_path)) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL


def test_an_error_of_the_database_does_not_tell_what_was_to_be_written(engine: Engine) -> None:
    words = "1" + "39" * 5
    with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
        connection.execute(text("INSERT INTO facts (call_id, seq) VALUES (:words, NULL)"), {"words": words})
    told = "".join(traceback.format_exception(refused.value))
    assert "null" in str(refused.value).lower() and words not in told


def incident(connection: object, at: datetime = MORNING) -> None:
    record_incident(connection, at=at, kind="test", mark=f"{at}", text="x")  # type: ignore[arg-type]


def test_times_come_back_as_they_went_in_and_naive_ones_do_not_go_in(engine: Engine) -> None:
    with writing(engine) as connection:
        incident(connection)
    with reading(engine) as connection:
        found = all_incidents(connection)[0].at
    assert found == MORNING and found.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="aware"), writing(engine) as connection:
        incident(connection, MORNING.replace(tzinfo=None))


def test_a_file_that_was_never_made_is_gone_not_new(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'none.sqlite3'}")
    with pytest.raises(DatabaseGone), reading(engine):
        pass
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_file_that_was_moved_away_under_an_open_connection_is_noticed(tmp_path: Path) -> None:
    engine = new_database(tmp_path)
    with writing(engine) as connection:
        incident(connection)
    file = tmp_path / "cases.sqlite3"
    file.rename(tmp_path / "moved")
    with pytest.raises(DatabaseGone), writing(engine) as connection:
        incident(connection)
    (tmp_path / "moved").rename(file)
    with reading(engine) as connection:
        assert len(all_incidents(connection)) == 1


def test_a_lock_held_too_long_is_a_database_gone(databases: Databases, database_url: str) -> None:
    engine = open_engine(database_url, busy_timeout=0.05)
    with (
        databases.written_elsewhere(database_url),
        pytest.raises(DatabaseGone, match=r"locked|lock timeout"),
        writing(engine),
    ):
        pass
    with writing(engine) as connection:
        incident(connection)
    engine.dispose()


def test_a_damaged_file_is_a_database_gone(tmp_path: Path) -> None:
    (tmp_path / "cases.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(DatabaseGone), reading(open_engine(f"sqlite:///{tmp_path / 'cases.sqlite3'}")):
        pass


def test_what_is_raised_inside_undoes_everything(engine: Engine) -> None:
    with pytest.raises(KeyError), writing(engine) as connection:
        incident(connection)
        raise KeyError("x")
    with reading(engine) as connection:
        assert all_incidents(connection) == []


def test_a_case_is_changed_without_looking_through_all_that_names_it(engine: Engine) -> None:
    """A number that is set, even to what it was, has SQLite look for it in every table, row by row."""
    told: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        told.append(statement)

    call = talked()
    tell_it(engine, RULES, replace(call, facts=call.facts[:2]), call)
    changes = [one.partition(" WHERE ")[0] for one in told if one.startswith("UPDATE cases")]
    assert changes
    assert not any(name in one for one in changes for name in (" number=", " call_id=", " answered_at="))


def test_what_is_counted_while_calls_go_on_is_found_by_the_index_of_what_is_asked_for(tmp_path: Path) -> None:
    """However many cases and tasks of earlier years there are."""
    engine, plans = new_database(tmp_path), list[str]()

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if statement.startswith("SELECT"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(str(row[3]) for row in rows))

    with reading(engine) as connection:
        texts_to(connection, "13800000000", ["sms:receipt"], since=MORNING)
        struck_off_numbers(connection, since=MORNING - timedelta(days=30), until=MORNING)
    texts, sample = plans
    assert "ix_due_case_number" in texts and "ix_cases_contact" in texts and "SCAN" not in texts
    assert "ix_cases_closed_at" in sample

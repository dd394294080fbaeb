"""A telephone is proven once a person took a call on it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, select

from tests.fakes.told_calls import DEPUTY, MORNING, RULES, ToldCall, talked, tell_it, unheard
from zhitong import store
from zhitong.store.engine import reading, writing
from zhitong.store.facts import insert_facts
from zhitong.store.migrate import migrate
from zhitong.store.proofs import proven_numbers, put_proofs
from zhitong.store.tables import proofs
from zhitong.usecases.keep_facts import FactKeeper


def proven(engine: Engine) -> frozenset[str]:
    with reading(engine) as connection:
        return proven_numbers(connection)


def test_a_number_that_was_rung_is_proven_only_when_somebody_took_the_call(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    assert proven(engine) == frozenset()
    tell_it(engine, RULES, talked())
    assert proven(engine) == {DEPUTY}


def test_a_talk_of_which_only_asterisk_knew_proves_its_number_too(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall().opened().note(20, "talk", i=0, number=""))
    assert proven(engine) == frozenset()
    tell_it(engine, RULES, ToldCall("1757553630.9").opened().note(20, "talk", i=0, number=DEPUTY))
    assert proven(engine) == {DEPUTY}


def test_the_first_time_stays_however_often_and_however_a_number_is_proven(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    with writing(engine) as connection:
        put_proofs(connection, [(DEPUTY, MORNING), ("13900000003", MORNING)], "test ring")
    with reading(engine) as connection:
        found = {row.number: (row.at, row.how) for row in connection.execute(select(proofs))}
    assert found[DEPUTY][1] == "answered" and found[DEPUTY][0] > MORNING
    assert found["13900000003"] == (MORNING, "test ring")


def test_a_number_is_written_once_in_the_life_of_a_process(engine: Engine, tmp_path: Path) -> None:
    written: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, context, executemany):  # type: ignore[no-untyped-def]
        if "proofs" in statement:
            written.append(statement)

    keeper = FactKeeper(engine, RULES, journal=tmp_path / "journal", linger=0.0)
    keeper.start()
    for call in (talked(), talked("1757553690.9")):
        for fact in call.facts:
            keeper.note(fact)
        assert keeper.flush(10)
    assert keeper.stop(10)
    assert len(written) == 1 and proven(engine) == {DEPUTY}


def test_what_was_accepted_before_there_were_proofs_counts(engine: Engine, database_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    with writing(engine) as connection:
        insert_facts(connection, [*talked().facts, *talked("1757553690.9").facts, *unheard().facts])
    migrate(database_url)
    assert proven(engine) == {DEPUTY}

"""What is due is dialled: real SQLite, and a manager that tells how each call went."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from cases.calendar import LOCAL
from ivr.ami import Ami
from ivr.facts import Fact
from tests.fakes.manager import FakeManager
from zhitong.outbound import Outbound
from zhitong.settings import CHECKOUT
from zhitong.store.engine import open_engine, reading
from zhitong.store.migrate import migrate
from zhitong.usecases.keep_facts import FactKeeper
from zhitong.usecases.rules import load_rules

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=LOCAL)
CITIZEN = "13900000009"


@pytest.fixture
def engine(tmp_path):
    url = f"sqlite:///{tmp_path / 'z.sqlite3'}"
    migrate(url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def rules():
    return load_rules(CHECKOUT / "config")


@pytest.fixture
def missed(engine, rules, tmp_path):
    """A call that talked to nobody: its redial falls due a little later. How to make another one of any caller."""
    keeper = FactKeeper(engine, rules, journal=tmp_path / "journal", linger=0.0)
    keeper.start()
    count = iter(range(1, 1000))

    def miss(caller=CITIZEN):
        call_id = f"1795289158.{next(count)}"
        kinds = [
            ("opened", {"caller": caller, "dialled": "08702128888", "kind": "inbound"}),
            ("nobody", {}),
            ("promise", {"due": (NOON + timedelta(minutes=30)).isoformat()}),
            ("gone", {"phase": "promise"}),
            ("ended", {"outcome": "nobody"}),
        ]
        for seq, (kind, detail) in enumerate(kinds):
            keeper.note(Fact(call_id=call_id, seq=seq, at=NOON, ms=seq, kind=kind, detail=detail))
        assert keeper.flush(5.0)

    yield miss
    keeper.stop(5.0)


def manager(**result):
    def answer(action):
        if action["Action"] != "Originate":
            return []
        return [{"Response": "Success"}, *([{"Event": "OriginateResponse", **result}] if result else [])]

    return FakeManager(answer)


def outbound(engine, rules, port):
    ami = Ami(port=port, user="u", secret="s", ping_every=0.2, limit=1.0, retry_every=0.05)
    ami.start()
    return ami, Outbound(
        engine=engine, rules=rules, ami=ami, now=lambda: LATER, carrier="127.0.0.3:5070", caller_id="08702128888",
        area_code="0870",
    )  # fmt: skip


LATER = NOON + timedelta(minutes=29)


def tasks(engine):
    with reading(engine) as connection:
        return connection.execute(
            text("select kind, attempts, outcome, done_at, due_at from due where kind='redial'")
        ).all()


def wait(condition, limit=5.0):
    for _ in range(int(limit / 0.02)):
        if condition():
            return True
        threading.Event().wait(0.02)
    return False


def test_a_missed_caller_is_dialled_when_it_is_due(engine, rules, missed):
    missed()
    with manager(Response="Success", Reason="4") as asterisk:
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_due(NOON)
        assert asterisk.count("Originate") == 0, "not yet due"
        placing.place_due(LATER)
        asked = asterisk.wait_asked("Originate")
        assert asked["Channel"] == f"PJSIP/trunk/sip:{CITIZEN}@127.0.0.3:5070"
        assert (asked["Context"], asked["CallerID"]) == ("redial", "08702128888")
        assert asked["Variable"].startswith("HL_TASK=")
        placing.place_due(LATER)
        assert asterisk.count("Originate") == 1, "a task that is taken is not taken twice"
        placing.stop()
        ami.stop()


def test_who_does_not_answer_is_tried_again_later(engine, rules, missed):
    missed()
    with manager(Response="Failure", Reason="3") as asterisk:
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_due(LATER)
        asterisk.wait_asked("Originate")
        # Stored times are UTC without a zone in SQLite's own text.
        assert wait(
            lambda: any(
                str(task.due_at) > f"{LATER.astimezone(LOCAL) - timedelta(hours=8):%F %T}" for task in tasks(engine)
            )
        )
        placing.stop()
        ami.stop()


def test_without_a_manager_connection_it_stays_due(engine, rules, missed):
    missed()
    ami, placing = outbound(engine, rules, 1)
    placing.place_due(LATER)
    assert [task.attempts for task in tasks(engine)] == [0]
    placing.stop()
    ami.stop()


def test_at_most_a_few_are_dialled_at_once(engine, rules, missed):
    for n in range(10):
        missed(f"139000000{n:02d}")
    with manager() as asterisk:  # no call is ever decided
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_due(LATER)
        asterisk.wait_asked("Originate", count=4)
        placing.place_due(LATER)
        assert asterisk.count("Originate") == 4
        placing.stop()
        ami.stop()


@pytest.mark.parametrize("caller", ["", "110", "unknown"])
def test_whom_nobody_can_dial_is_not_dialled(engine, rules, missed, caller):
    missed(caller)
    with manager(Response="Success") as asterisk:
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_due(LATER)
        asterisk.wait_asked("Ping", count=3)
        assert asterisk.count("Originate") == 0
        placing.stop()
        ami.stop()

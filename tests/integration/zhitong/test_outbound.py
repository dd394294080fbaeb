"""What is due is dialled: a real database, and a manager that tells how each call went."""

import re
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ivr.ami import Ami
from ivr.facts import Fact
from ivr.inbox import Event
from routing.calendar import LOCAL
from tests.fakes.directories import DIRECTOR, small_directory
from tests.fakes.manager import FakeManager
from zhitong.outbound import Outbound
from zhitong.settings import CHECKOUT
from zhitong.store import tables
from zhitong.store.due import open_tasks, put_due
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.tries import last_try
from zhitong.usecases.keep_facts import FactKeeper
from zhitong.usecases.rules import load_rules
from zhitong.usecases.staff_calls import TEST

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=LOCAL)
CITIZEN = "13900000009"


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


def manager(state="", cause=0, **result):
    """`state`, `cause`: of a channel that was made and not answered."""

    def answer(action):
        if action["Action"] != "Originate":
            return []
        if state:
            attempt = re.search("HL_ATTEMPT=([0-9a-f]+)", action["Variable"]).group(1)
            event = {"Kind": "unreached", "Attempt": attempt, "State": state, "Cause": str(cause)}
            asterisk.say({"Event": "UserEvent", "UserEvent": "HL", **event})
        return [{"Response": "Success"}, *([{"Event": "OriginateResponse", **result}] if result else [])]

    asterisk = FakeManager(answer)
    return asterisk


def outbound(engine, rules, port):
    def tell(headers):
        placing.on_unreached(Event(kind=headers["Kind"], headers=headers))

    ami = Ami(port=port, user="u", secret="s", ping_every=0.2, limit=1.0, retry_every=0.05, on_event=tell)
    placing = Outbound(
        engine=engine,
        rules=rules,
        ami=ami,
        now=lambda: LATER,
        directory=small_directory,
        talking=tuple,
        caller_id="08702128888",
    )
    ami.start()
    return ami, placing


LATER = NOON + timedelta(minutes=29)


def redial(engine):
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind="redial")
    return task


def attempts(engine):
    """The calls that were written down, by id."""
    with reading(engine) as connection:
        return {row.id: row for row in connection.execute(select(tables.attempts))}


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
        assert (asked["Channel"], asked["CallerID"]) == ("Local/go@attempt/n", "08702128888")
        told = dict(line.split("=") for line in asked["Variable"].split(","))
        assert (told["HL_PLACED"], told["HL_CONNECT"]) == ("redial", CITIZEN)
        assert told["HL_ATTEMPT"] in attempts(engine)
        placing.place_due(LATER)
        assert asterisk.count("Originate") == 1, "a task that is taken is not taken twice"
        placing.stop()
        ami.stop()


SOON, TOMORROW = LATER + timedelta(minutes=10), datetime(2026, 11, 24, 8, 30, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("told", "outcome", "again"),
    [
        ({"Reason": "3", "state": "Ringing", "cause": 19}, "没人接", TOMORROW),
        ({"Reason": "0", "state": "Ringing", "cause": 21}, "没人接", TOMORROW),
        ({"Reason": "0", "state": "Down", "cause": 19}, "没接通", TOMORROW),
        ({"Reason": "0", "state": "Down", "cause": 1}, "没接通", TOMORROW),
        ({"Reason": "0", "state": "Down", "cause": 17}, "占线", SOON),
        ({"Reason": "0", "state": "Down", "cause": 34}, "线路不通", SOON),
        ({"Reason": "0", "state": "Down", "cause": 18}, "线路不通", SOON),
        ({"Reason": "0"}, "线路不通", SOON),
    ],
    ids=["rang out", "declined", "switched off", "no such number", "busy", "refused", "dead trunk", "none"],
)
def test_a_number_that_did_not_answer_waits_for_tomorrow_and_one_that_was_not_reached_does_not(
    engine, rules, missed, told, outcome, again
):
    missed()
    with manager(Response="Failure", **told) as asterisk:
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_due(LATER)
        asterisk.wait_asked("Originate")
        assert wait(lambda: redial(engine).due_at > LATER)
        placing.stop()
        ami.stop()
    assert redial(engine).due_at == again
    with reading(engine) as connection:
        assert last_try(connection, redial(engine).id).outcome == outcome
        told_people = len(all_incidents(connection, "redial"))
    assert told_people == (again == TOMORROW), "when only they can keep the promise"


def test_without_a_manager_connection_it_stays_due(engine, rules, missed):
    missed()
    ami, placing = outbound(engine, rules, 1)
    placing.place_due(LATER)
    assert redial(engine).attempts == 0
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


def test_one_telephone_is_not_rung_for_two_things_at_once(engine, rules):
    detail = {"numbers": [DIRECTOR]}
    row = {"kind": TEST, "case_number": None, "call_id": "", "due_at": NOON, "detail": detail}
    with writing(engine) as connection:
        put_due(connection, [row | {"mark": mark} for mark in ("one", "two")])
    with manager() as asterisk:  # no call is ever decided
        ami, placing = outbound(engine, rules, asterisk.port)
        assert ami.wait_up(5)
        placing.place_staff_due(LATER)
        assert wait(lambda: any(task.due_at > LATER for task in open_staff_tasks(engine)))
        assert asterisk.count("Originate") == 1
        placing.stop()
        ami.stop()


def open_staff_tasks(engine):
    with reading(engine) as connection:
        return open_tasks(connection, kind=TEST)


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

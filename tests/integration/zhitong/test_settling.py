"""What a killed controller has left open is found out from Asterisk, on both databases."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest

from cases.tries import Outcome
from dialplans import names
from tests.fakes.directories import DIRECTOR, small_directory
from tests.fakes.manager import FakeManager
from tests.integration.zhitong.test_outbound import LATER, NOON, attempts, missed, outbound, redial, rules, wait
from zhitong.store.due import open_tasks, put_due
from zhitong.store.engine import reading, writing
from zhitong.store.tries import last_try
from zhitong.usecases.place_call import place_call
from zhitong.usecases.settle_attempts import forget_old
from zhitong.usecases.staff_calls import TEST, place_staff_call
from zhitong.usecases.take_due import take_due

__all__ = ["missed", "rules"]
RUN, NEXT_RUN = ("2026-11-23", "12:00:01"), ("2026-11-23", "12:09:59")
BEGUN = "1795289158|1795289158.9"


def asterisk(mark="", *, late="", run=RUN, up=(), noted=()):
    """Asterisk with this mark of every attempt; late: there once the id has been made void."""
    void = []

    def answer(action):
        family = action.get("Family")
        match action["Action"]:
            case "CoreStatus":
                return [{"Response": "Success", "CoreStartupDate": run[0], "CoreStartupTime": run[1]}]
            case "DBPut":
                void.append(action["Key"])
                return []
            case "DBGet":
                value = mark or (late if void else "")
                if not value:
                    return [{"Response": "Error", "Message": "Database entry not found"}]
                end = {"Event": "DBGetComplete", "EventList": "Complete"}
                return [{"Response": "Success"}, {"Event": "DBGetResponse", "Val": value}, end]
            case "DBGetTree" if family == names.DB_CALL:
                rows = [{"Event": "DBGetTreeResponse", "Key": f"/call/{one}", "Val": "x"} for one in noted]
                return [{"Response": "Success"}, *rows, {"Event": "DBGetTreeComplete", "EventList": "Complete"}]
            case "CoreShowChannels":
                rows = [{"Event": "CoreShowChannel", "Channel": "PJSIP/trunk-1", "Uniqueid": one} for one in up]
                return [{"Response": "Success"}, *rows, {"Event": "Complete", "EventList": "Complete"}]
        return []

    return FakeManager(answer)


@pytest.fixture
def left(engine, rules, missed):
    """A redial was written down and given to Asterisk, whose run this was; then the controller was killed."""
    missed()
    (task,) = take_due(engine, now=LATER, kinds=("redial",))
    assert place_call(engine, rules, task, now=LATER, attempt=uuid4().hex, switch=" ".join(RUN))


def settled(engine, rules, manager, *, times=1):
    """What became of the one attempt, and of its try, after so many looks."""
    with manager:
        ami, placing = outbound(engine, rules, manager.port)
        assert ami.wait_up(5)
        for _ in range(times):
            placing.settle(LATER)
        placing.stop()
        ami.stop()
    (attempt,) = attempts(engine).values()
    with reading(engine) as connection:
        task = open_tasks(connection, kind="redial")[0]
        return attempt.outcome, last_try(connection, task.id).outcome, task.due_at - LATER, task.attempts


SOON, TOMORROW = timedelta(minutes=10), timedelta(hours=20, minutes=1)


@pytest.mark.parametrize(
    ("found", "outcome", "again", "counted"),
    [
        ({}, Outcome.NOT_DIALLED, None, 0),
        ({"late": BEGUN + "|1795289159|void|0"}, Outcome.NOT_DIALLED, None, 0),
        ({"run": NEXT_RUN}, Outcome.UNSEEN, TOMORROW, 1),
        ({"mark": BEGUN, "run": NEXT_RUN}, Outcome.UNSEEN, TOMORROW, 1),
        ({"mark": BEGUN + "|1795289190|Ringing|19"}, Outcome.UNANSWERED, TOMORROW, 1),
        ({"mark": BEGUN + "|1795289160|Down|17"}, Outcome.BUSY, SOON, 1),
        ({"mark": BEGUN + "|1795289160|Ringing|19", "run": NEXT_RUN}, Outcome.UNANSWERED, TOMORROW, 1),
    ],
    ids=["never rang", "told too late", "restarted", "restarted while it rang", "rang out", "busy", "before a restart"],
)
def test_what_asterisk_knows_decides_when_the_citizen_is_called_again(
    engine, rules, left, found, outcome, again, counted
):
    attempt, last, due, tried = settled(engine, rules, asterisk(**found))
    assert (attempt, last, tried) == (outcome, outcome, counted)
    assert due <= timedelta() if again is None else due == again


def test_while_it_rings_it_is_let_ring(engine, rules, left):
    assert settled(engine, rules, asterisk(BEGUN, up=["1795289158.9"]), times=3)[:2] == ("", "")


@pytest.mark.parametrize("found", [{"noted": ["1795289158.9"]}, {"mark": BEGUN + "|1795289160|Up|16"}])
def test_what_was_answered_is_told_by_the_call_itself(engine, rules, left, found):
    assert settled(engine, rules, asterisk(**({"mark": BEGUN} | found)))[:2] == ("接通", "")


def test_a_leg_that_has_just_gone_may_yet_tell_its_end(engine, rules, left):
    assert settled(engine, rules, asterisk(BEGUN))[0] == ""
    assert settled(engine, rules, asterisk(BEGUN), times=2)[0] == Outcome.UNSEEN


def test_nothing_is_dialled_before_it_is_known_what_became_of_the_last_calls(engine, rules, left):
    with asterisk() as manager:
        manager.mute.set()
        ami, placing = outbound(engine, rules, manager.port)
        placing.place_due(LATER + timedelta(days=1))
        assert manager.count("Originate") == 0
        manager.mute.clear()
        assert ami.wait_up(5)
        assert wait(lambda: placing.place_due(LATER) or manager.count("Originate"))
        assert redial(engine).attempts == 1, "the one that was never dialled does not count"
        placing.stop()
        ami.stop()


def test_a_call_to_an_official_that_never_rang_is_due_again(engine, rules):
    row = {"kind": TEST, "mark": "one", "case_number": None, "call_id": "", "due_at": NOON}
    with writing(engine) as connection:
        put_due(connection, [row | {"detail": {"numbers": [DIRECTOR]}}])
    (task,) = take_due(engine, now=LATER, kinds=(TEST,))
    assert place_staff_call(engine, small_directory(), task, talking=(), now=LATER, switch=" ".join(RUN))
    assert not take_due(engine, now=LATER, kinds=(TEST,))
    with asterisk() as manager:
        ami, placing = outbound(engine, rules, manager.port)
        assert ami.wait_up(5)
        placing.settle(LATER)
        placing.stop()
        ami.stop()
    (again,) = take_due(engine, now=LATER, kinds=(TEST,))
    assert again.attempts == 1


def test_marks_are_taken_back_after_a_day_but_those_of_open_attempts(engine, rules, left):
    (open_one,) = attempts(engine)
    new = f"{time.time():.0f}|1.2"
    marks = {names.DB_ATTEMPT: {"a1": BEGUN, open_one: BEGUN, "b2": new}, names.DB_VOID: {"c3": "1795289158"}}

    def answer(action):
        if action["Action"] != "DBGetTree":
            return []
        rows = [
            {"Event": "DBGetTreeResponse", "Key": f"/{action['Family']}/{id}", "Val": value}
            for id, value in marks[action["Family"]].items()
        ]
        return [{"Response": "Success"}, *rows, {"Event": "DBGetTreeComplete", "EventList": "Complete"}]

    with FakeManager(answer) as manager:
        ami, placing = outbound(engine, rules, manager.port)
        assert ami.wait_up(5)
        placing.forget(LATER)
        taken_back = [(one["Family"], one["Key"]) for one in manager.asked if one["Action"] == "DBDel"]
        assert taken_back == [(names.DB_ATTEMPT, "a1"), (names.DB_VOID, "c3")]
        placing.stop()
        ami.stop()


def test_old_attempts_are_forgotten(engine, rules, left):
    with asterisk() as manager:
        ami, placing = outbound(engine, rules, manager.port)
        assert ami.wait_up(5)
        placing.settle(LATER)
        forget_old(engine, now=LATER + timedelta(days=29))
        assert len(attempts(engine)) == 1
        forget_old(engine, now=LATER + timedelta(days=31))
        assert not attempts(engine)
        placing.stop()
        ami.stop()

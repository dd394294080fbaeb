"""After a crash or a power cut: Asterisk's notes become the cases that are missing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from tests.fakes.closing import LEADER
from tests.fakes.told_calls import (
    CITIZEN,
    DEPUTY,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    placed,
    talked,
    tell_it,
    unheard,
)
from zhitong.store.cases import find_cases, get_case, open_calls
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.facts import facts_of
from zhitong.store.recordings import recordings_of_calls
from zhitong.store.timeline import timeline_of
from zhitong.usecases.call_record import read_call
from zhitong.usecases.close_case import close_case
from zhitong.usecases.recover_calls import (
    BadNote,
    CallNote,
    CdrRow,
    FoundRecording,
    Recovery,
    StepNote,
    parse_call_note,
    parse_step_note,
    recover_calls,
)
from zhitong.usecases.take_due import take_due

LATER = MORNING + timedelta(minutes=10)
ID = "1757553630.7"


def note(phase: str, call_id: str = ID, **more: object) -> CallNote:
    return CallNote(call_id=call_id, at=MORNING, caller=CITIZEN, dialled="12345", phase=phase, **more)  # type: ignore[arg-type]


def recover(engine: Engine, **sources: object) -> Recovery:
    return recover_calls(engine, RULES, now=LATER, **sources)  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", ["answered", "listen", "ring", "dropped", "promise", "record"])
def test_a_call_nobody_lived_through_becomes_a_case_and_is_rung_again(engine: Engine, phase: str) -> None:
    recovery = recover(engine, notes=[note(phase)])
    assert recovery == Recovery(made=(ID,), ended=(ID,), settled=(ID,))
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        assert (case.state, case.caller, case.answered_at) == (CaseState.ACCEPTED, CITIZEN, MORNING)
        assert [task.kind for task in open_tasks(connection)] == ["notice:missed", "redial", "sms:progress"]


@pytest.mark.parametrize("phase", ["talk", "over"])
def test_a_call_that_was_talked_in_is_not_rung_again(engine: Engine, phase: str) -> None:
    recover(engine, notes=[note(phase, leg=DEPUTY)])
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        assert get_case(connection, NUMBER).state is CaseState.ASSIGNED


def talking() -> ToldCall:
    """As far as a controller lived it that was killed just after somebody had accepted."""
    return ToldCall(facts=talked().facts[:13])


@pytest.mark.parametrize("phase", ["dropped", "ring", "promise", "message"])
def test_a_talk_that_broke_off_at_once_is_none_for_the_recovery_either(engine: Engine, phase: str) -> None:
    tell_it(engine, RULES, talking())
    with reading(engine) as connection:
        assert read_call(facts_of(connection, [ID])[ID]).talked
    for _ in range(2):
        recover(engine, notes=[note(phase, leg=DEPUTY, ended_at=LATER)])
        with reading(engine) as connection:
            assert not read_call(facts_of(connection, [ID])[ID]).talked
            assert [task.kind for task in open_tasks(connection, kind="redial")] == ["redial"]


@pytest.mark.parametrize("phase", ["talk", "over"])
def test_the_talk_that_came_after_one_that_broke_off_counts(engine: Engine, phase: str) -> None:
    tell_it(engine, RULES, talking().note(25, "talk_over", seconds=1.0, why="dropped"))
    recover(engine, notes=[note("ring")], alive=frozenset({ID}))
    recover(engine, notes=[note(phase, leg=DEPUTY, ended_at=LATER)])
    with reading(engine) as connection:
        assert read_call(facts_of(connection, [ID])[ID]).talked
        assert open_tasks(connection, kind="redial") == []


def test_after_any_number_of_recoveries_the_last_talk_decides(engine: Engine) -> None:
    up = frozenset({ID})
    for phase in ("talk", "ring", "talk", "ring"):
        recover(engine, notes=[note(phase, leg=DEPUTY)], alive=up)
    with reading(engine) as connection:
        kinds = [fact.kind for fact in facts_of(connection, [ID])[ID]]
    assert kinds == ["opened", "talk", "talk_over", "talk", "talk_over"]
    recover(engine, notes=[note("message")])
    with reading(engine) as connection:
        assert len(open_tasks(connection, kind="redial")) == 1


def test_a_talk_the_controller_saw_break_off_stays_so_whatever_the_note_says(engine: Engine) -> None:
    call = talking().note(25, "talk_over", seconds=1.0, why="dropped").note(25, "gone", phase="talk")
    tell_it(engine, RULES, call.note(25, "ended", outcome="gone"))
    recover(engine, notes=[note("talk", leg=DEPUTY, ended_at=LATER)])
    with reading(engine) as connection:
        assert len(open_tasks(connection, kind="redial")) == 1


def test_a_message_is_found_kept_and_rung_again(engine: Engine) -> None:
    found = FoundRecording(call_id=ID, path=f"{ID}-message.wav", kind="message", made_at=LATER)
    recover(engine, notes=[note("message")], recordings=[found])
    with reading(engine) as connection:
        assert [row.kind for row in recordings_of_calls(connection, [ID])] == ["message"]
        assert sorted(task.kind for task in open_tasks(connection)) == [
            "archive",
            "notice:missed",
            "redial",
            "sms:progress",
        ]


def test_a_message_left_after_an_earlier_recovery_had_found_the_recording_is_kept_too(engine: Engine) -> None:
    talk = FoundRecording(call_id=ID, path=f"{ID}.raw", kind="talk", made_at=MORNING)
    message = FoundRecording(call_id=ID, path=f"{ID}-message.wav", kind="message", made_at=LATER)
    recover(engine, notes=[note("ring")], recordings=[talk], alive=frozenset({ID}))
    recover(engine, notes=[note("message")], recordings=[talk, message])
    with reading(engine) as connection:
        assert sorted(row.kind for row in recordings_of_calls(connection, [ID])) == ["message", "talk"]


def test_the_steps_the_dialplan_took_are_in_the_trace_once(engine: Engine) -> None:
    call = ToldCall().opened().note(3, "fallback", step="no controller")
    tell_it(engine, RULES, call)
    steps = [StepNote(call_id=ID, n=n, at=LATER, step=step) for n, step in [(1, "no controller"), (2, "ladder duty")]]
    for _ in range(2):
        recover(engine, notes=[note("ring")], steps=steps)
    with reading(engine) as connection:
        told = [fact.detail["step"] for fact in facts_of(connection, [ID])[ID] if fact.kind == "fallback"]
        assert told == ["no controller", "ladder duty"]
        assert "应急转接" in [row.what for row in timeline_of(connection, NUMBER)]


def test_running_it_again_changes_nothing(engine: Engine) -> None:
    sources = {
        "notes": [note("ring")],
        "recordings": [FoundRecording(call_id=ID, path="a.raw", kind="talk", made_at=LATER)],
    }
    recover(engine, **sources)
    with reading(engine) as connection:
        before = (facts_of(connection, [ID]), open_tasks(connection), timeline_of(connection, NUMBER))
    again = recover(engine, **sources)
    assert (again.made, again.ended) == ((), ())
    with reading(engine) as connection:
        assert before == (facts_of(connection, [ID]), open_tasks(connection), timeline_of(connection, NUMBER))


@pytest.mark.parametrize("lived", range(1, len(talked().facts) + 1))
def test_a_controller_killed_after_any_fact_leaves_one_whole_case(engine: Engine, lived: int) -> None:
    tell_it(engine, RULES, ToldCall(facts=talked().facts[:lived]))
    recover(engine, notes=[note("over", leg=DEPUTY, ended_at=LATER)])
    with reading(engine) as connection:
        record = read_call(facts_of(connection, [ID])[ID])
        assert record.talked and record.ended and len(find_cases(connection)) == 1
        assert open_tasks(connection, kind="redial") == [] and open_calls(connection) == []


def test_a_journal_that_is_loaded_after_the_recovery_fits_in(engine: Engine) -> None:
    recover(engine, notes=[note("ring")])
    tell_it(engine, RULES, talked())
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        assert (case.state, case.matter, len(find_cases(connection))) == (CaseState.ASSIGNED, "B2", 1)
        assert open_tasks(connection, kind="redial") == []


def test_a_call_that_is_still_up_gets_its_case_but_no_end(engine: Engine) -> None:
    recovery = recover(engine, notes=[note("ring")], alive=frozenset({ID}))
    assert recovery == Recovery(made=(ID,), ended=(), settled=())
    with reading(engine) as connection:
        assert open_calls(connection) == [ID] and open_tasks(connection) == []
    assert recover(engine, notes=[note("over", leg=DEPUTY)]) == Recovery(made=(), ended=(ID,), settled=(ID,))
    with reading(engine) as connection:
        assert [task.kind for task in open_tasks(connection)] == ["sms:progress"]


def test_after_an_hour_without_a_controller_each_of_many_calls_becomes_one_case(engine: Engine) -> None:
    calls = [f"1757553630.{n}" for n in range(250)]
    recovery = recover(engine, notes=[note("ring", call_id) for call_id in calls])
    assert [sorted(told) for told in (recovery.made, recovery.ended, recovery.settled)] == [sorted(calls)] * 3
    with reading(engine) as connection:
        assert len(find_cases(connection, limit=1000)) == len(open_tasks(connection, kind="redial")) == len(calls)


def test_calls_of_which_nothing_is_missing_keep_nobody_from_writing(engine: Engine) -> None:
    """At forty calls a second the notes of a thousand calls are looked at, and their last facts are to be written."""
    tell_it(engine, RULES, talked())
    with writing(engine):
        assert recover(engine, notes=[note("over", leg=DEPUTY)]) == Recovery(settled=(ID,))


def test_the_controllers_own_calls_are_left_alone(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall("1757553630.8").opened())
    recovery = recover(engine, notes=[note("ring"), note("ring", "1757553630.8")], own=frozenset({ID, "1757553630.8"}))
    assert recovery == Recovery()


def test_calls_left_open_are_ended_even_when_asterisk_lost_its_notes(engine: Engine) -> None:
    tell_it(engine, RULES, ToldCall().opened().understood(), talked("1757553630.8"))
    assert recover(engine).ended == (ID,)
    with reading(engine) as connection:
        assert [task.kind for task in open_tasks(connection, case_number=NUMBER)] == [
            "notice:missed",
            "redial",
            "sms:progress",
        ]


def test_a_call_of_which_only_the_call_record_is_left_becomes_a_case(engine: Engine) -> None:
    cdr = CdrRow(call_id=ID, caller=CITIZEN, dialled="12345", answered_at=MORNING, ended_at=LATER)
    assert recover(engine, cdrs=[cdr]).made == (ID,)
    assert recover(engine, cdrs=[cdr]) == Recovery(settled=(ID,))


def test_two_call_records_of_one_call_are_one_call_that_was_talked_in(engine: Engine) -> None:
    bridged = CdrRow(
        call_id=ID,
        caller=CITIZEN,
        dialled="12345",
        answered_at=MORNING,
        ended_at=MORNING + timedelta(seconds=60),
        talked=True,
    )
    goodbye = CdrRow(call_id=ID, caller=CITIZEN, dialled="12345", answered_at=bridged.ended_at, ended_at=LATER)
    assert recover(engine, cdrs=[bridged, goodbye]).made == (ID,)
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).answered_at == MORNING
        assert open_tasks(connection, kind="redial") == []


def test_a_recording_alone_says_not_who_called(engine: Engine) -> None:
    assert (
        recover(engine, recordings=[FoundRecording(call_id=ID, path="a.raw", kind="talk", made_at=LATER)]) == Recovery()
    )


def test_a_callback_cut_short_by_the_crash_is_concluded_by_what_was_answered(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    close_case(engine, RULES, number=NUMBER, result="许可证已发", by=LEADER, now=MORNING + timedelta(hours=1))
    now = MORNING + timedelta(hours=1, minutes=15)
    (task,) = take_due(engine, now=now, kinds=("callback",))
    call = placed("callback", NUMBER, task.id, now).note(9, "answered", question="person", answer="yes", by="key")
    tell_it(engine, RULES, call.note(20, "answered", question="solved", answer="no", by="key"))
    kind = f"callback:{task.id}"
    recover(engine, notes=[note("answered", call.call_id, kind=kind)])
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).state is CaseState.ASSIGNED


def test_a_redial_nobody_lived_through_is_tried_again(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    recovery = recover(engine, notes=[note("ring", "1757553999.1", kind=f"redial:{task.id}")])
    assert recovery.settled == ("1757553999.1",)
    with reading(engine) as connection:
        (waiting,) = open_tasks(connection, kind="redial")
        assert waiting.due_at == LATER + timedelta(minutes=10) and len(find_cases(connection)) == 1


def test_notes_are_read_as_the_dialplan_writes_them() -> None:
    read = parse_call_note("/call/1757553630.7", f"1757553630|inbound|{CITIZEN}|12345|over|{DEPUTY}|1757553700")
    assert read == CallNote(
        call_id=ID,
        at=datetime.fromtimestamp(1757553630, UTC),
        caller=CITIZEN,
        dialled="12345",
        phase="over",
        leg=DEPUTY,
        ended_at=datetime.fromtimestamp(1757553700, UTC),
    )
    assert parse_call_note(ID, "1757553630|redial:12|1|2|ring||", ahead=timedelta(hours=1)).task_id == 12
    step = parse_step_note("hotline-1757553630.7-3", "1757553630|ladder from duty|x")
    assert (step.call_id, step.n, step.step) == ("hotline-1757553630.7", 3, "ladder from duty|x")


@pytest.mark.parametrize("value", ["", "x|inbound|1|2|ring", "1757553630|fax|1|2|ring", "1e99|inbound|1|2|ring", "1|2"])
def test_a_note_that_cannot_be_read_is_told(value: str) -> None:
    with pytest.raises(BadNote, match=ID):
        parse_call_note(ID, value)
    with pytest.raises(BadNote):
        parse_step_note(ID, value)


JOINED, UNHEARD = "1757553900.1", "20250911-092030-0008"


@pytest.mark.parametrize(
    ("lived", "phase", "over"),
    [(0, "listen", False), (1, "listen", False), (2, "ring", False), (2, "over", True), (4, "over", True)],
    ids=["at its beginning", "in the menu", "while the citizen rang", "then they talked", "in the talk"],
)
def test_a_call_with_an_official_that_the_controller_did_not_survive_ends_a_redial_only_by_a_talk(
    engine: Engine, lived: int, phase: str, over: bool
) -> None:
    tell_it(engine, RULES, unheard())
    call = ToldCall(JOINED, LATER).opened(kind="staff", task=99)
    call.note(5, "joins", case=UNHEARD, number=DEPUTY, who="副局长李强")
    call.note(9, "accepted", i=0, number=DEPUTY, by="dialplan").note(9, "talk", i=0, number=DEPUTY)
    tell_it(engine, RULES, ToldCall(facts=call.facts[:lived]))
    ended = LATER + timedelta(minutes=2)
    what = CallNote(
        call_id=JOINED, at=LATER, caller="", dialled="12345", kind="staff:99", phase=phase, leg=DEPUTY, ended_at=ended
    )
    recovery = recover_calls(engine, RULES, notes=[what], now=LATER + timedelta(minutes=5))
    assert (recovery.ended, recovery.settled) == ((JOINED,), (JOINED,)), "its note is taken back"
    assert recover_calls(engine, RULES, notes=[what], now=LATER + timedelta(minutes=6)).ended == ()
    with reading(engine) as connection:
        assert (open_tasks(connection, kind="redial") == []) == over
        assert [case.number for case in find_cases(connection)] == [UNHEARD], "no case of an official's own"

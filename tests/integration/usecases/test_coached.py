"""抽查 “有没有人叫您说满意”: drawn, asked, kept for supervision, and found nowhere else."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from cases.case import CaseState
from cases.red_lines import RedLine
from cases.register import row_of
from cases.roles import NotPermitted
from ivr.facts import to_json
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, signed_off
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, placed, talked, tell_it
from tests.integration.usecases.test_suspect_closing import AUDITOR, SUPERVISION
from zhitong.case_text import case_page, coached_line
from zhitong.store.cases import get_case
from zhitong.store.engine import reading
from zhitong.usecases.case_register import case_register
from zhitong.usecases.coached import coached_since
from zhitong.usecases.keep_record import list_records
from zhitong.usecases.place_call import callback_brief, place_call
from zhitong.usecases.red_lines import red_lines
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.show_case import show_case
from zhitong.usecases.suspect_closing import COACHED, UNSOLVED, list_suspected, settle_suspected
from zhitong.usecases.take_due import take_due

CLOSED = MORNING + timedelta(days=1)
CALLED = CLOSED + timedelta(minutes=10)
ALWAYS = replace(RULES, callback=replace(RULES.callback, coached=1.0))
CALL = "1757640000.1"
HELD = (RedLine(key="held", name="线"),)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    return engine


def called_back(engine: Engine, aside: str = "", *, solved: str = "yes") -> ToldCall:
    """The citizen's callback, with this answer to the last question; nothing: it was not asked."""
    (task,) = take_due(engine, now=CALLED, kinds=("callback",))
    assert place_call(engine, ALWAYS, task, now=CALLED) is not None
    call = placed("callback", NUMBER, task.id, CALLED, CALL)
    for at, (question, answer) in enumerate({"person": "yes", "solved": solved}.items(), start=10):
        call.note(at, "answered", question=question, answer=answer, by="key")
    if aside:
        call.note(30, "aside", case=NUMBER, round=0, answer=aside, by="voice")
    call.note(60, "ended", outcome="callback")
    tell_it(engine, ALWAYS, call, call)  # delivered twice, as from a journal
    return call


def suspected(engine: Engine) -> list[tuple[str, str]]:
    return [(one.case_number, one.text) for one in list_suspected(engine, by=SUPERVISION, now=CALLED)]


def test_who_is_drawn_is_known_when_the_call_is_answered_and_is_the_same_at_each_attempt(engine: Engine) -> None:
    (task,) = take_due(engine, now=CALLED, kinds=("callback",))

    def asked(share: float, at: datetime = CALLED) -> bool:
        rules = replace(RULES, callback=replace(RULES.callback, coached=share))
        return callback_brief(engine, rules, task_id=task.id, now=at).coached

    assert asked(1.0) and not asked(0.0)
    assert asked(0.5) == asked(0.5, CALLED + timedelta(days=1))


def test_yes_waits_for_supervision_and_decides_nothing_else(engine: Engine) -> None:
    called_back(engine, "yes")
    assert suspected(engine) == [(NUMBER, COACHED)], "once"
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).state is CaseState.STRUCK_OFF


def test_yes_of_a_citizen_who_says_that_it_is_not_solved_belongs_to_the_round_that_was_closed(engine: Engine) -> None:
    called_back(engine, "yes", solved="no")
    found = list_suspected(engine, by=SUPERVISION, now=CALLED)
    assert {(one.text, one.detail["round"], one.detail["unit"]) for one in found} == {
        (COACHED, 0, "水务局"),
        (UNSOLVED, 0, "水务局"),
    }


@pytest.mark.parametrize("answer", ["no", "unclear"])
def test_anything_else_is_counted_and_suspects_nobody(engine: Engine, answer: str) -> None:
    called_back(engine, answer)
    assert suspected(engine) == []
    assert coached_since(engine, by=SUPERVISION, since=CLOSED, now=CLOSED) == {answer: 1}
    assert coached_since(engine, by=SUPERVISION, since=CLOSED + timedelta(days=1), now=CLOSED) == {}


def test_only_supervision_may_count_it(engine: Engine) -> None:
    called_back(engine, "yes")
    for who in (DESK, HANDLER, HEAD, LEADER, AUDITOR):
        with pytest.raises(NotPermitted):
            coached_since(engine, by=who, since=CLOSED, now=CLOSED)
    line = coached_line(coached_since(engine, by=SUPERVISION, since=CLOSED, now=CLOSED), days=30)
    assert "问到 1 人，1 人说有，0 人说没有" in line


def test_an_auditor_sees_what_else_looks_false_and_settles_none_of_it(engine: Engine) -> None:
    called_back(engine, "yes", solved="no")
    (found,) = list_suspected(engine, by=AUDITOR, now=CALLED)
    assert found.text == UNSOLVED
    span = {"since": MORNING, "until": CALLED, "now": CALLED}
    told = {by.name: list(red_lines(engine, HELD, by=by, **span)) for by in (AUDITOR, SUPERVISION)}
    assert [len(crossed) for _, crossed in told[AUDITOR.name]] == [1]
    assert [len(crossed) for _, crossed in told[SUPERVISION.name]] == [2]
    for record in list_suspected(engine, by=SUPERVISION, now=CALLED):
        with pytest.raises(NotPermitted, match="审计老孙不能定疑似虚假办结"):
            settle_suspected(engine, id=record.id, by=AUDITOR, verdict="属实", reason="看过", now=CALLED)


def seen_by_others(engine: Engine, caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """All that may be read of a case and its calls by others than supervision, and every table but its own."""
    with reading(engine) as connection:
        stored = {
            table: repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            for table in ("facts", "timeline", "tries", "calls", "due", "incidents", "accesses", "recordings")
        }
    view = show_case(engine, number=NUMBER, by=DESK, now=CALLED)
    register = case_register(
        engine, by=DESK, since=MORNING, until=CALLED, now=CALLED, directory=small_directory(), full_numbers=True
    )
    return stored | {
        "show": case_page(view) + repr(view),
        "replay": repr(replay_call(engine, call_id=CALL, by=DESK, now=CALLED)),
        "register": repr([row_of(one) for one in register]),
        "records": repr(list_records(engine, number=NUMBER, by=HEAD, now=CALLED)),
        "audited": repr(list_suspected(engine, by=AUDITOR, now=CALLED)),
        "audited lines": repr(list(red_lines(engine, HELD, by=AUDITOR, since=MORNING, until=CALLED, now=CALLED))),
        "audited case": case_page(show_case(engine, number=NUMBER, by=AUDITOR, now=CALLED)),
        "log": caplog.text,
    }


TRACES = ("aside", "coached", "COACHED", "叫他说满意", "叫您说满意", "抽查", "抽问")


def test_nothing_of_question_or_answer_is_found_anywhere_else(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        call = called_back(engine, "yes")
    assert any("aside" in to_json(fact) for fact in call.facts) and suspected(engine), "it was told"
    for where, what in seen_by_others(engine, caplog).items():
        assert not [trace for trace in TRACES if trace in what], where

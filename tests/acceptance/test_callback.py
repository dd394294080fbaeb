"""The callback: a closed case, a call, the person who called, two questions, and 销号 or 重办."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from cases.callback import in_window
from cases.case import CaseState
from cases.spoken import spoken_day
from cases.tries import Outcome
from ivr.softphone_audio import speech
from routing.calendar import LOCAL
from tests.acceptance.callbacks import (
    RESULT,
    CalledBack,
    case_of,
    close,
    close_and_pick_up,
    due_at,
    forward_to_due,
    have_talked,
    pick_up,
    ring_back,
    stored_callbacks,
    wait_failed,
    wait_put_off,
)
from tests.acceptance.stage import (
    DIRECTOR,
    NOTICES,
    STRAIGHT,
    SURELY,
    SURELY_NOT,
    Setting,
    Stage,
    gets_through,
    together,
)
from tests.fakes.closing import settled
from zhitong.store.cases import case_of_calls, clocks_of, get_case
from zhitong.store.due import DueTask, open_tasks, tasks_of
from zhitong.store.engine import reading
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of
from zhitong.trial import wait_until

PEOPLE = tuple(f"1370000{i:04d}" for i in range(15))


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(short=NOTICES, recognition_trial=False, lines=len(PEOPLE))


@pytest.fixture(scope="module")
def people(house: Stage) -> Iterator[str]:
    """Citizens who have talked with the director; nobody else uses them."""
    have_talked(house, PEOPLE)
    return iter(PEOPLE)


@pytest.fixture
def person(stage: Stage, people: Iterator[str]) -> str:
    """One of them."""
    return next(people)


def said_result(stage: Stage, citizen: str) -> dict[str, str]:
    """The words of the sentence that tells the result."""
    case = case_of(stage, citizen)
    return {"matter": case.matter_name or "事", "unit": case.unit, "result": case.result}


# ── the whole way, by key ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_system_calls_when_it_is_due_and_tells_the_result_only_to_the_person_who_called(
    stage: Stage, person: str
) -> None:
    stage.phone(person).behaviour("no-answer")
    closed = close(stage, person)
    assert closed.state is CaseState.CLOSED
    assert in_window(due_at(stage, person), stage.hotline.rules.callback)
    forward_to_due(stage, person, before=2.0)
    began = time.monotonic()
    back = pick_up(stage, person)
    assert back.call.invited_at - began > 1.9, "not before it is due"
    assert back.call.from_number == stage.trial.settings.trunk.caller_id

    result = said_result(stage, person)
    back.wait("asked", 5, prompt="callback_open")
    back.call.wait_quiet(25, quiet=1.0)
    opening = back.facts("asked")[0].detail["text"]
    assert "自动回访" in opening and "是您打的热线吗" in opening, "it says who it is and asks for the person"
    confirmed = len(back.call.heard().pcm)
    assert back.heard("callback_result", **result) < SURELY_NOT, "nothing is disclosed yet"
    back.call.press("1")
    back.wait("asked", 10, prompt="callback_result")
    back.press("callback_solved", "1")  # over the result: it is asked in the same breath
    back.press("callback_satisfied", "2")
    back.wait_over()
    assert back.call.ended_by == "there"
    assert len(back.call.heard().pcm) > confirmed
    assert back.answers == {"person": ("yes", "key"), "solved": ("yes", "key"), "satisfied": ("middle", "key")}
    (stored,) = stored_callbacks(stage, person)
    assert (stored.answered, stored.person, stored.solved, stored.satisfied) == (True, "yes", "yes", "middle")
    assert case_of(stage, person).state is CaseState.STRUCK_OFF
    left = [task.kind for task in stage.cases.only(person).tasks if not task.done_at and task.kind != "archive"]
    assert left == ["recheck"], "water comes again: the citizen is asked once more in a month"


def test_the_result_is_heard_once_the_person_is_confirmed_and_never_by_anybody_else(
    stage: Stage, people: Iterator[str]
) -> None:
    own, other = next(people), next(people)

    def confirms() -> None:
        back.press("callback_open", "1")
        back.wait("asked", 10, prompt="callback_solved")
        back.call.wait_quiet(30, quiet=1.0)
        assert back.heard("callback_result", **said_result(stage, own)) > SURELY
        back.press("callback_solved", "1")
        back.press("callback_satisfied", "1")
        back.wait_over()

    def is_somebody_else() -> None:
        stranger.press("callback_open", "2")
        stranger.wait_over()

    for citizen in (own, other):
        stage.phone(citizen).behaviour("no-answer")
        close(stage, citizen)
    forward_to_due(stage, other)
    back, stranger = pick_up(stage, own), pick_up(stage, other)
    together(confirms, is_somebody_else)
    assert case_of(stage, own).state is CaseState.STRUCK_OFF

    assert stranger.heard("callback_wrong_person") > SURELY
    assert stranger.heard("callback_result", **said_result(stage, other)) < SURELY_NOT
    spoken = "".join(str(fact.detail["text"]) for fact in stranger.facts("asked"))
    case = case_of(stage, other)
    assert not [word for word in (RESULT, case.matter_name, case.unit, case.place) if word and word in spoken]
    assert case.state is CaseState.CLOSED, "the citizen has not been asked yet"
    assert stored_callbacks(stage, other)[0].person == "no"


# ── by voice ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_answers_by_voice_are_understood_stored_and_decide_about_the_case(stage: Stage, people: Iterator[str]) -> None:
    content, unsolved, dissatisfied = next(people), next(people), next(people)
    for citizen in (content, unsolved, dissatisfied):
        stage.phone(citizen).behaviour("no-answer")
        close(stage, citizen)
    with reading(stage.hotline.engine) as connection:
        first = clocks_of(connection, case_of(stage, unsolved).number)
    forward_to_due(stage, dissatisfied)
    backs = {citizen: pick_up(stage, citizen) for citizen in (content, unsolved, dissatisfied)}

    def answers(back: CalledBack, *said: tuple[str, str]) -> None:
        for prompt, text in said:
            back.say(prompt, text)
        back.wait_over()

    together(
        lambda: answers(
            backs[content], ("callback_open", "是的"), ("callback_solved", "解决了"), ("callback_satisfied", "满意")
        ),
        lambda: answers(
            backs[unsolved],
            ("callback_open", "是的"),
            ("callback_solved", "没解决"),
            ("callback_why", "还是停水没人管"),
        ),
        lambda: answers(
            backs[dissatisfied],
            ("callback_open", "是的"),
            ("callback_solved", "解决了"),
            ("callback_satisfied", "不满意"),
            ("callback_why", "等了好久没人管"),
        ),
    )
    assert backs[content].answers == {
        "person": ("yes", "voice"),
        "solved": ("yes", "voice"),
        "satisfied": ("yes", "voice"),
    }
    assert case_of(stage, content).state is CaseState.STRUCK_OFF

    assert backs[unsolved].answers["solved"] == ("no", "voice")
    (stored,) = stored_callbacks(stage, unsolved)
    assert stored.solved == "no" and "没人管" in stored.why
    case = case_of(stage, unsolved)
    assert (case.state, case.rework) == (CaseState.ASSIGNED, 1)
    with reading(stage.hotline.engine) as connection:
        clocks = clocks_of(connection, case.number)
    assert clocks[: len(first)] == first, "the first clock's start is intact"
    assert len(clocks) > len(first) and all(clock.started_at == case.answered_at for clock in first)
    promise = backs[unsolved].wait("promise", 1)
    assert promise.due in {clock.due_at for clock in clocks}, "what was promised is the new clock"
    assert backs[unsolved].heard("callback_unsolved", day=spoken_day(promise.due, stage.clock.now())) > SURELY

    (stored,) = stored_callbacks(stage, dissatisfied)
    assert (stored.solved, stored.satisfied) == ("yes", "no") and "没人管" in stored.why
    assert case_of(stage, dissatisfied).state is CaseState.STRUCK_OFF


# ── hanging up, asking for a person, nobody there ───────────────────────────────────────────────────────────────────


def test_a_hang_up_midway_counts_what_was_answered_and_one_who_presses_0_gets_a_person(
    stage: Stage, people: Iterator[str]
) -> None:
    before, after, wants_a_person = next(people), next(people), next(people)
    for citizen in (before, after, wants_a_person):
        stage.phone(citizen).behaviour("no-answer")
        close(stage, citizen)
    forward_to_due(stage, wants_a_person)
    backs = [pick_up(stage, citizen) for citizen in (before, after, wants_a_person)]
    backs[0].press("callback_open", "1")
    backs[0].wait("asked", 10, prompt="callback_solved")
    backs[0].call.hang_up()
    backs[1].press("callback_open", "1")
    backs[1].press("callback_solved", "1")
    backs[1].wait("asked", 10, prompt="callback_satisfied")
    backs[1].call.hang_up()
    backs[2].press("callback_open", "0")
    official = stage.phone(DIRECTOR).wait_ringing(10)
    official.answer()
    official.wait_sound(10)
    official.press("1")
    backs[2].wait("talk", 10, number=DIRECTOR)
    assert gets_through(official, backs[2].call, speech("这个事还是没人管"))
    for back in backs:
        if back.call.live:
            back.call.hang_up()
        back.wait_written()

    assert case_of(stage, before).state is CaseState.CLOSED, "nobody knows whether it is solved"
    assert case_of(stage, after).state is CaseState.STRUCK_OFF, "solved was said"
    today = stage.clock.now().date()
    for citizen in (before, wants_a_person):
        (again,) = [task for task in stage.cases.only(citizen).tasks if task.kind == "callback" and not task.done_at]
        assert again.due_at.astimezone(LOCAL).date() == today + timedelta(days=1)


def test_a_number_that_never_answers_is_called_once_a_day_and_in_the_end_people_are_told(
    stage: Stage, person: str
) -> None:
    phone = stage.phone(person).behaviour("busy")
    close(stage, person)
    calls = []
    for attempt in (1, 2, 3):
        forward_to_due(stage, person)
        calls.append(phone.wait_called(10))
        wait_failed(stage, person, attempt)
    assert [row.outcome for row in stored_callbacks(stage, person)] == [Outcome.BUSY.value] * 3
    days = [row.dialled_at.astimezone(LOCAL) for row in stored_callbacks(stage, person)]
    assert len({day.date() for day in days}) == 3, "never twice a day"
    assert all(in_window(day, stage.hotline.rules.callback) for day in days)
    assert len({day.hour for day in days}) > 1, "not always at the same time of day"

    case = case_of(stage, person)
    assert case.state is CaseState.CLOSED, "the system strikes off nobody whom it has not asked"
    with reading(stage.hotline.engine) as connection:
        told = timeline_of(connection, case.number)[-1].text
    assert "打了 3 次" in told and "转人工回访" in told
    waiting = [task.kind for task in stage.cases.only(person).tasks if not task.done_at and task.kind != "archive"]
    assert waiting == ["person_callback"]


def miss(stage: Stage, citizen: str) -> None:
    """The case is closed, the system calls, and it rings unanswered or busy."""
    stage.phone(citizen).behaviour("busy")
    close(stage, citizen)
    forward_to_due(stage, citizen)
    wait_failed(stage, citizen, 1)


def test_who_rings_back_a_missed_callback_is_asked_at_once_and_ends_it(stage: Stage, person: str) -> None:
    miss(stage, person)
    number = stage.cases.only(person).case.number
    back = ring_back(stage, person)
    back.press("callback_rang_back", "1")
    back.press("callback_solved", "1")
    back.press("callback_satisfied", "1")
    back.wait_over()
    assert not back.facts("rung"), "nobody else was rung for it"
    with reading(stage.hotline.engine) as connection:
        case = get_case(connection, number)
        assert (case.state, case.concluded) == (CaseState.STRUCK_OFF, "群众确认解决")
        rows = callbacks_of(connection, [number])
    assert [(row.answered, row.satisfied) for row in rows] == [(False, ""), (True, "yes")]


def test_who_rings_back_and_presses_0_is_put_through_as_ever_and_called_back_another_day(
    stage: Stage, person: str
) -> None:
    miss(stage, person)
    number = stage.cases.only(person).case.number
    back = ring_back(stage, person)
    back.press("callback_rang_back", "0")
    official = stage.phone(DIRECTOR).wait_ringing(10)
    official.answer()
    official.wait_sound(10)
    official.press("1")
    back.wait("talk", 10, number=DIRECTOR)
    back.call.hang_up()
    back.wait_written()
    with reading(stage.hotline.engine) as connection:
        assert get_case(connection, number).state is CaseState.CLOSED
        (again,) = open_tasks(connection, case_number=number, kind="callback")
    assert again.due_at.astimezone(LOCAL).date() == stage.clock.now().date() + timedelta(days=1)


def test_nobody_is_called_back_at_night(stage: Stage, person: str) -> None:
    phone = stage.phone(person).behaviour("no-answer")
    close(stage, person)
    night = due_at(stage, person).astimezone(LOCAL).replace(hour=23, minute=30)
    stage.clock.advance(night - stage.clock.now())  # as after a long outage: it was due in the afternoon
    wait_put_off(stage, person)
    assert not [call for call in phone.calls if call.incoming] and not stored_callbacks(stage, person)
    forward_to_due(stage, person)
    assert stage.clock.now().hour == 8
    back = pick_up(stage, person)
    back.press("callback_open", "1")
    back.press("callback_solved", "1")
    back.press("callback_satisfied", "1")
    back.wait_over()
    assert case_of(stage, person).state is CaseState.STRUCK_OFF


def test_who_rings_back_a_missed_recheck_is_asked_at_once_whether_it_has_lasted(stage: Stage, person: str) -> None:
    back = close_and_pick_up(stage, person)
    for question in ("callback_open", "callback_solved", "callback_satisfied"):
        back.press(question, "1")
    back.wait_over()
    number = case_of(stage, person).number
    stage.phone(person).behaviour("busy")

    def recheck() -> DueTask:
        with reading(stage.hotline.engine) as connection:
            return next(task for task in tasks_of(connection, number) if task.kind == "recheck")

    first = recheck().due_at
    stage.clock.advance(first - stage.clock.now())
    wait_until(lambda: recheck().due_at > first, 20, "the recheck is missed")
    again = ring_back(stage, person)
    again.press("callback_rang_back", "1")
    again.wait("asked", 15, prompt="callback_recheck")
    again.press("callback_solved", "1")
    again.press("callback_satisfied", "1")
    again.wait_over()
    stage.hotline.keeper.flush(5)
    assert recheck().outcome == "还是好的" and not again.facts("rung")
    with reading(stage.hotline.engine) as connection:
        assert get_case(connection, number).concluded == "群众确认解决"


def test_a_case_without_a_number_is_never_dialled_and_a_person_is_told(stage: Stage) -> None:
    stage.phone(DIRECTOR).behaviour("accept", after=0, key_after=2, talk=7)
    since = stage.watcher.count
    caller = stage.phone("13700009999").dial(STRAIGHT, via=stage.trial.address, withheld=True)
    opened = stage.watcher.wait("opened", limit=5, since=since)
    assert "13700009999" not in str(opened.detail)
    caller.wait_disconnected(60)
    stage.watcher.wait("ended", limit=10, call=opened.call_id)
    hotline = stage.hotline
    hotline.keeper.flush(5)
    with reading(hotline.engine) as connection:
        number = case_of_calls(connection, [opened.call_id])[opened.call_id]
    dialled = len(stage.network.calls)
    settled(hotline.engine, hotline.rules, number=number, result=RESULT, now=stage.clock.now())
    stage.clock.advance(timedelta(hours=4))
    stage.clock.advance(timedelta(hours=20) if stage.clock.now().hour > 12 else timedelta())

    def told() -> list[str]:
        with reading(hotline.engine) as connection:
            tasks = open_tasks(connection, case_number=number, kind="person_callback")
        return [str(task.detail["why"]) for task in tasks]

    wait_until(lambda: bool(told()), 10, "a person is to call")
    assert "不能拨" in told()[0]
    assert len(stage.network.calls) == dialled, "nobody was rung"

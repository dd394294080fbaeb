"""When a citizen is called back, and the whole question × reply table of what is said then."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.callback import (
    CALLBACK,
    TABLE,
    CallbackRules,
    Move,
    Question,
    Reply,
    Talk,
    by_key,
    callback_due,
    conclusion,
    drawn,
    for_people,
    in_window,
    next_attempt,
    reply,
    start,
)
from cases.case import CaseEvent
from routing.calendar import LOCAL
from tests.fakes.told_calls import MORNING

RULES = CallbackRules()
ASKING = sorted({question for question, _ in TABLE})
moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001

# question → reply → what is said; "again" stands for asking the same question again.
SAID = {
    "person": {"yes": "callback_result callback_solved", "no": "callback_wrong_person"},
    "solved": {"yes": "callback_satisfied", "no": "callback_why"},
    "satisfied": {"yes": "callback_thanks", "middle": "callback_thanks", "no": "callback_why"},
    "why_unsolved": dict.fromkeys(["yes", "no", "middle", "text", "unclear", "silent"], "callback_unsolved"),
    "why_dissatisfied": dict.fromkeys(["yes", "no", "middle", "text", "unclear", "silent"], "callback_thanks"),
    "learn": dict.fromkeys(["yes", "no", "middle", "text", "unclear", "silent"], "callback_thanks"),
    "coached": dict.fromkeys(["yes", "no"], "callback_thanks"),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def say(*replies: Reply) -> list[Move]:
    moves = [start()]
    for answer in replies:
        moves.append(reply(moves[-1].talk, answer, "窗口没人" if answer is Reply.TEXT else ""))
    return moves


def answers(moves: list[Move]) -> dict[str, str]:
    return dict(move.answer for move in moves if move.answer)


@pytest.mark.parametrize("question", ASKING)
@pytest.mark.parametrize("answer", Reply)
def test_every_question_and_reply(question: Question, answer: Reply) -> None:
    assert (question, answer) in TABLE
    move = reply(Talk(question, close=("callback_thanks",)), answer, "窗口没人")
    if answer is Reply.HANGUP:
        assert move.over and move.say == () and move.answer is None
    elif answer is Reply.HUMAN:
        assert move.over and move.to_human and move.answer is None
    elif answer in SAID[question]:
        assert " ".join(move.say) == SAID[question][answer]
        assert move.over == (move.say[-1] in ("callback_thanks", "callback_unsolved", "callback_wrong_person"))
    else:
        assert move.talk.question is question and move.say[0].endswith("_again") and move.answer is None


def test_nothing_is_disclosed_before_the_person_is_confirmed() -> None:
    for first in Reply:
        for second in Reply:
            moves = [start(), reply(Talk(), first)]
            if first is Reply.YES:
                continue
            if not moves[-1].over and second is not Reply.YES:
                moves.append(reply(moves[-1].talk, second))
            assert not {"callback_result", "callback_solved"} & {key for move in moves for key in move.say}


def test_solved_and_satisfied_ends_the_case() -> None:
    moves = say(Reply.YES, Reply.YES, Reply.YES)
    assert moves[-1].over and answers(moves) == {"person": "yes", "solved": "yes", "satisfied": "yes"}
    assert conclusion(answers(moves)) is CaseEvent.CONFIRM


def test_not_solved_hears_why_and_gets_a_promise() -> None:
    moves = say(Reply.YES, Reply.NO, Reply.TEXT)
    assert moves[-1].say == ("callback_unsolved",)
    assert answers(moves) == {"person": "yes", "solved": "no", "why": "窗口没人"}
    assert conclusion(answers(moves)) is CaseEvent.REFUSE


def test_dissatisfied_is_asked_why_and_thanked() -> None:
    moves = say(Reply.YES, Reply.YES, Reply.NO, Reply.TEXT)
    assert answers(moves)["why"] == "窗口没人" and moves[-1].say == ("callback_thanks",)
    assert conclusion(answers(moves)) is CaseEvent.CONFIRM


@pytest.mark.parametrize(
    ("replies", "close"),
    [
        ([Reply.YES, Reply.YES, Reply.YES], "callback_thanks"),
        ([Reply.YES, Reply.YES, Reply.NO, Reply.TEXT], "callback_thanks"),
        ([Reply.YES, Reply.NO, Reply.TEXT], "callback_unsolved"),
    ],
)
def test_who_is_drawn_is_asked_one_question_more_and_hears_the_same_end(replies: list[Reply], close: str) -> None:
    moves = [start(drawn=True)]
    for answer in replies:
        moves.append(reply(moves[-1].talk, answer, "窗口没人"))
    last = moves[-1]
    assert last.say == ("callback_coached",) and not last.over and last.answer is not None
    for said in (Reply.YES, Reply.NO):
        end = reply(last.talk, said)
        assert CALLBACK.concludes(end) and end.say == (close,) and end.answer == ("coached", said)
    again = reply(last.talk, Reply.UNCLEAR)
    assert again.say == ("callback_coached_again",) and again.keys_only
    assert reply(again.talk, Reply.UNCLEAR) == Move(Talk(Question.OVER), (close,), ("coached", "unclear"))
    nothing = reply(reply(last.talk, Reply.SILENT).talk, Reply.SILENT)
    assert nothing.over and nothing.say == (close,) and nothing.answer is None
    assert conclusion(answers(moves)) is conclusion(answers([*moves, end])), "it decides nothing"


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("answer", [one for one in Reply if one not in (Reply.HUMAN, Reply.HANGUP)])
def test_whose_matter_is_solved_is_asked_once_for_the_clip_and_only_yes_or_no_is_kept(
    answer: Reply, drawn: bool
) -> None:
    move = start(learns=True, drawn=drawn)
    for said in (Reply.YES, Reply.YES, Reply.YES):
        move = reply(move.talk, said)
    assert move.say == ("callback_learn",) and not move.over and not move.keys_only
    end = reply(move.talk, answer)
    assert end.answer == (("learn", answer.value) if answer in (Reply.YES, Reply.NO) else None)
    assert end.say == (("callback_coached",) if drawn else ("callback_thanks",)) and end.over is not drawn
    assert reply(end.talk, Reply.NO).say == ("callback_thanks",) if drawn else CALLBACK.concludes(end)


@pytest.mark.parametrize("replies", [[Reply.YES, Reply.NO, Reply.TEXT], [Reply.NO], [Reply.YES, Reply.UNCLEAR] * 2])
def test_who_is_not_helped_or_not_reached_is_not_asked_for_the_clip(replies: list[Reply]) -> None:
    move = start(learns=True)
    for answer in replies:
        move = reply(move.talk, answer) if not move.over else move
        assert "callback_learn" not in move.say


@pytest.mark.parametrize("replies", [[Reply.NO], [Reply.YES, Reply.UNCLEAR, Reply.UNCLEAR], [Reply.UNCLEAR] * 2])
def test_who_has_said_nothing_plain_is_not_asked_it(replies: list[Reply]) -> None:
    move = start(drawn=True)
    for answer in replies:
        move = reply(move.talk, answer)
    assert move.over


def test_the_draw_is_the_same_each_time_and_comes_to_its_share() -> None:
    cases = [f"20250911-0920{i:02d}-{i:04d}" for i in range(4000)]
    chosen = [number for number in cases if drawn(0.05, "salt", number, 0)]
    assert 140 < len(chosen) < 260
    assert chosen == [number for number in cases if drawn(0.05, "salt", number, 0)]
    assert chosen != [number for number in cases if drawn(0.05, "salt", number, 1)]
    assert chosen != [number for number in cases if drawn(0.05, "other", number, 0)], "nobody outside can reckon it"
    assert not any(drawn(0.0, "salt", number, 0) for number in cases)
    assert all(drawn(1.0, "salt", number, 0) for number in cases)


ANSWERED = [Question.PERSON, Question.SOLVED, Question.SATISFIED]


@pytest.mark.parametrize("question", ANSWERED)
@pytest.mark.parametrize("doubtful", [Reply.UNCLEAR, Reply.TEXT])
def test_a_doubtful_answer_is_asked_for_once_by_key_and_then_left_to_a_person(
    question: Question, doubtful: Reply
) -> None:
    first = reply(Talk(question), doubtful)
    assert first.keys_only and first.talk.question is question
    for then in (Reply.SILENT, Reply.UNCLEAR):
        left = reply(first.talk, then)
        assert left.over and not left.to_human and left.answer == (question.value, "unclear")
        assert left.say == (("callback_later",) if question is Question.PERSON else ("callback_by_people",))


@pytest.mark.parametrize("question", ANSWERED)
def test_who_says_nothing_is_asked_again_then_by_key_and_then_left_in_peace(question: Question) -> None:
    moves = [reply(Talk(question), Reply.SILENT)]
    for _ in range(2):
        moves.append(reply(moves[-1].talk, Reply.SILENT))
    assert [move.keys_only for move in moves[:2]] == [False, True]
    assert moves[2].over and moves[2].answer is None
    assert moves[2].say == (("callback_thanks",) if question is Question.SATISFIED else ("callback_later",))


def test_doubt_counts_anew_for_the_next_question() -> None:
    moves = say(Reply.UNCLEAR, Reply.YES, Reply.SILENT)
    assert moves[-1].talk == Talk(Question.SOLVED, 1) and not moves[-1].keys_only


@pytest.mark.parametrize("replies", [[Reply.UNCLEAR, Reply.SILENT], [Reply.YES, Reply.UNCLEAR, Reply.UNCLEAR]])
def test_what_stays_doubtful_is_no_conclusion_but_a_persons_task(replies: list[Reply]) -> None:
    told = answers(say(Reply.YES, *replies))
    assert conclusion(told) is CaseEvent.UNREACHED and for_people(told)


def test_a_doubtful_person_is_called_again_by_the_system() -> None:
    assert not for_people(answers(say(Reply.UNCLEAR, Reply.UNCLEAR)))


@given(st.lists(st.sampled_from([one for one in Reply if one is not Reply.YES]), max_size=12))
def test_without_a_plain_yes_nothing_is_ever_confirmed(replies: list[Reply]) -> None:
    moves = [start()]
    for answer in [Reply.YES, *replies]:
        if not moves[-1].over:
            moves.append(reply(moves[-1].talk, answer))
    told = answers(moves)
    assert conclusion(told) is not CaseEvent.CONFIRM and "satisfied" not in told
    if told.get("solved") == "no":
        assert not any("callback_satisfied" in move.say for move in moves), "not solved: satisfaction is not asked"


@pytest.mark.parametrize(
    ("replies", "event"),
    [
        ([Reply.HANGUP], CaseEvent.UNREACHED),
        ([Reply.YES, Reply.HANGUP], CaseEvent.UNREACHED),
        ([Reply.YES, Reply.YES, Reply.HANGUP], CaseEvent.CONFIRM),
        ([Reply.YES, Reply.NO, Reply.HANGUP], CaseEvent.REFUSE),
        ([Reply.NO], CaseEvent.UNREACHED),
        ([Reply.UNCLEAR, Reply.UNCLEAR], CaseEvent.UNREACHED),
    ],
)
def test_what_was_answered_before_the_hang_up_counts(replies: list[Reply], event: CaseEvent) -> None:
    assert conclusion(answers(say(*replies))) is event


@given(st.lists(st.sampled_from(list(Reply)), min_size=12, max_size=12))
def test_every_conversation_ends(replies: list[Reply]) -> None:
    move = start()
    for answer in replies:
        if move.over:
            break
        move = reply(move.talk, answer)
    assert move.over


def test_after_the_end_there_is_nothing_to_answer() -> None:
    with pytest.raises(ValueError, match="over"):
        reply(Talk(Question.OVER), Reply.YES)


def test_keys_mean_what_the_prompts_say() -> None:
    assert [by_key(Question.SOLVED, digit) for digit in "1230"] == [Reply.YES, Reply.NO, Reply.UNCLEAR, Reply.HUMAN]
    assert [by_key(Question.SATISFIED, digit) for digit in "1234"] == [Reply.YES, Reply.MIDDLE, Reply.NO, Reply.UNCLEAR]


@given(moments)
def test_a_callback_is_due_inside_a_window_and_not_before_the_closing(closed: datetime) -> None:
    due = callback_due(closed, RULES)
    assert in_window(due, RULES) and closed + RULES.after <= due <= closed + timedelta(days=1)


@given(moments, st.integers(1, 2))
def test_another_attempt_is_another_day_inside_a_window(last: datetime, attempts: int) -> None:
    again = next_attempt(last, attempts, RULES)
    assert again is not None and in_window(again, RULES) and again.date() == last.date() + timedelta(days=1)


def test_after_three_attempts_it_is_enough() -> None:
    assert next_attempt(MORNING, 3, RULES) is None


def test_nights_and_noons_wait_for_the_next_window() -> None:
    for closed, due in [
        ("2025-09-11T09:00", "2025-09-11T09:10"),
        ("2025-09-11T11:25", "2025-09-11T14:30"),
        ("2025-09-11T19:55", "2025-09-12T08:30"),
        ("2025-09-11T03:00", "2025-09-11T08:30"),
    ]:
        assert callback_due(at(closed), RULES) == at(due)


@pytest.mark.parametrize(
    "windows", [(), ((time(6), time(9)),), ((time(9), time(8, 30)),), ((time(9), time(12)), (time(11), time(13)))]
)
def test_windows_that_cannot_be_are_refused(windows: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="windows"):
        CallbackRules(windows=windows)

"""The whole table of what is said in a confirm call, and what its answers mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.callback import Move, Question, Reply, by_key, reply, start
from cases.confirm import CONFIRM, Confirmed, confirmed

ASKING = (Question.WRITER, Question.YOURS, Question.MORE, Question.ADDITION)
ADDED = "水表也坏了"


def say(*replies: Reply) -> list[Move]:
    moves = [start(script=CONFIRM)]
    for answer in replies:
        moves.append(reply(moves[-1].talk, answer, ADDED if answer is Reply.TEXT else "", CONFIRM))
    return moves


def answers(moves: list[Move]) -> dict[str, str]:
    return dict(move.answer for move in moves if move.answer)


@pytest.mark.parametrize("question", ASKING)
@pytest.mark.parametrize("answer", Reply)
def test_every_question_and_reply_has_its_line(question: Question, answer: Reply) -> None:
    assert (question, answer) in CONFIRM.table
    assert CONFIRM.table[question, answer] is not None or question in CONFIRM.again


def test_day_channel_and_matter_are_said_to_the_person_alone() -> None:
    assert say()[-1].say == ("confirm_open",)
    assert say(Reply.YES)[-1].say == ("confirm_matter", "confirm_yours")
    for others in ([Reply.NO], [Reply.UNCLEAR, Reply.UNCLEAR], [Reply.SILENT] * 3, [Reply.HANGUP]):
        moves = say(*others)
        assert moves[-1].over and not any("confirm_matter" in move.say for move in moves)


@pytest.mark.parametrize(
    ("replies", "end", "found"),
    [
        ([Reply.YES, Reply.YES, Reply.NO], "confirm_thanks", Confirmed(writer=True, yours=True)),
        (
            [Reply.YES, Reply.YES, Reply.TEXT],
            "confirm_noted",
            Confirmed(writer=True, yours=True, added=True, addition=ADDED),
        ),
        (
            [Reply.YES, Reply.YES, Reply.YES, Reply.TEXT],
            "confirm_noted",
            Confirmed(writer=True, yours=True, added=True, addition=ADDED),
        ),
        (
            [Reply.YES, Reply.YES, Reply.YES, Reply.UNCLEAR],
            "confirm_noted",
            Confirmed(writer=True, yours=True, added=True),
        ),
        ([Reply.YES, Reply.YES, Reply.YES, Reply.SILENT], "confirm_thanks", Confirmed(writer=True, yours=True)),
        ([Reply.YES, Reply.YES, *[Reply.SILENT] * 3], "confirm_thanks", Confirmed(writer=True, yours=True)),
        ([Reply.YES, Reply.NO], "confirm_not_yours", Confirmed(writer=True, yours=False)),
        ([Reply.YES, Reply.UNCLEAR, Reply.UNCLEAR], "confirm_by_people", Confirmed(writer=True, doubtful=True)),
        ([Reply.YES, *[Reply.SILENT] * 3], "callback_later", Confirmed(writer=True)),
        ([Reply.NO], "callback_wrong_person", Confirmed()),
    ],
)
def test_how_it_ends_and_what_that_means(replies: list[Reply], end: str, found: Confirmed) -> None:
    moves = say(*replies)
    assert moves[-1].over and moves[-1].say == (end,)
    assert confirmed(answers(moves)) == found


def test_what_was_answered_before_a_hang_up_counts() -> None:
    assert confirmed(answers(say(Reply.YES, Reply.YES, Reply.HANGUP))) == Confirmed(writer=True, yours=True)


@given(st.lists(st.sampled_from(list(Reply)), min_size=16, max_size=16))
def test_every_conversation_ends_and_only_a_plain_yes_confirms(replies: list[Reply]) -> None:
    moves = [start(script=CONFIRM)]
    for answer in replies:
        if moves[-1].over:
            break
        moves.append(reply(moves[-1].talk, answer, ADDED, CONFIRM))
    assert moves[-1].over
    if Reply.YES not in replies:
        assert confirmed(answers(moves)).yours is None


def test_keys() -> None:
    for question in (Question.WRITER, Question.YOURS, Question.MORE):
        assert [by_key(question, digit) for digit in "120"] == [Reply.YES, Reply.NO, Reply.HUMAN]

"""The callback (回访): when the citizen is called, and what is said there. All of it pure.

The conversation is a table: (question, reply) → what is said, what was answered, what comes next. Nothing about the
case is said before the person is confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from cases.case import CaseEvent
from routing.calendar import LOCAL


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRules:
    """When callbacks may be made. windows: local time of day, from–until, in order."""

    windows: tuple[tuple[time, time], ...] = ((time(8, 30), time(11, 30)), (time(14, 30), time(20, 0)))
    after: timedelta = timedelta(minutes=10)
    attempts: int = 3

    def __post_init__(self) -> None:
        if not self.windows:
            raise ValueError("callback.windows 是空的；至少写一段时间，例如 [[08:30:00, 11:30:00]]")
        for begin, end in self.windows:
            if not time(7, 0) <= begin < end <= time(21, 30):
                raise ValueError(f"callback.windows 里的 {begin}–{end} 不行；请写在 07:00 到 21:30 之间，先早后晚")
        if any(a[1] > b[0] for a, b in zip(self.windows, self.windows[1:], strict=False)):
            raise ValueError("callback.windows 的各段时间有重叠或先后颠倒；请从早到晚写")
        if not 1 <= self.attempts <= 10:
            raise ValueError(f"callback.attempts 是 {self.attempts}；请写 1 到 10")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackBrief:
    """What a callback call needs to know. promise: when a 重办 is due; called_at: when the citizen called."""

    task_id: int
    case_number: str
    number: str
    called_at: datetime
    matter_name: str
    place: str
    unit: str
    result: str
    disposition: str
    promise: datetime


def in_window(at: datetime, rules: CallbackRules) -> bool:
    """Whether a citizen may be called at this moment."""
    now = at.astimezone(LOCAL).time()
    return any(begin <= now < end for begin, end in rules.windows)


def callback_due(closed_at: datetime, rules: CallbackRules) -> datetime:
    """The first moment inside a window, `rules.after` after the closing or later."""
    return _first_in_window(closed_at + rules.after, rules)


def next_attempt(last: datetime, attempts: int, rules: CallbackRules) -> datetime | None:
    """When to try again after so many attempts: another day, another window. None: it was tried often enough."""
    if attempts >= rules.attempts:
        return None
    day = last.astimezone(LOCAL).date() + timedelta(days=1)
    return _at(day, rules.windows[attempts % len(rules.windows)][0])


def _first_in_window(at: datetime, rules: CallbackRules) -> datetime:
    local = at.astimezone(LOCAL)
    for begin, end in rules.windows:
        if local.time() < end:
            return max(local, _at(local.date(), begin))
    return _at(local.date() + timedelta(days=1), rules.windows[0][0])


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=LOCAL)


# ── the conversation ────────────────────────────────────────────────────────────────────────────────────────────────


class Question(StrEnum):
    """What is being asked. The two whys differ in how the call ends."""

    PERSON = "person"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    WHY_UNSOLVED = "why_unsolved"
    WHY_DISSATISFIED = "why_dissatisfied"
    OVER = "over"

    @property
    def noted_as(self) -> str:
        """The name under which an answer is kept: both whys are `why`."""
        return "why" if self in (Question.WHY_UNSOLVED, Question.WHY_DISSATISFIED) else self.value


class Reply(StrEnum):
    """What came back, by key or voice."""

    YES = "yes"
    NO = "no"
    MIDDLE = "middle"
    TEXT = "text"  # words that are neither: an answer only to a why
    UNCLEAR = "unclear"
    SILENT = "silent"
    HUMAN = "human"  # 0, 转人工, 找局长
    HANGUP = "hangup"


# Keys of the prompt book. RESULT stands for callback_result or callback_cannot: the call picks by the disposition.
OPEN = "callback_open"
RESULT = "callback_result"

_AGAIN = {
    Question.PERSON: "callback_again",
    Question.SOLVED: "callback_solved_again",
    Question.SATISFIED: "callback_satisfied_again",
}
WHY, THANKS, PROMISE = "callback_why", "callback_thanks", "callback_unsolved"
WRONG_PERSON, LATER, HUMAN = "callback_wrong_person", "callback_later", "transfer_person"

# An unclear or missing answer: asked once more, then by key, then left.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Next:
    """A line of the table: the next question, what is said on the way, and whether the reply is kept as an answer."""

    question: Question
    say: tuple[str, ...] = ()
    keep: bool = True


_STAY = None  # ask again
_GONE = Next(Question.OVER, (), keep=False)
_TO_HUMAN = Next(Question.OVER, (HUMAN,), keep=False)

TABLE: Mapping[tuple[Question, Reply], Next | None] = {
    (Question.PERSON, Reply.YES): Next(Question.SOLVED, (RESULT, "callback_solved")),
    (Question.PERSON, Reply.NO): Next(Question.OVER, (WRONG_PERSON,)),
    (Question.PERSON, Reply.MIDDLE): _STAY,
    (Question.PERSON, Reply.TEXT): _STAY,
    (Question.PERSON, Reply.UNCLEAR): _STAY,
    (Question.PERSON, Reply.SILENT): _STAY,
    (Question.PERSON, Reply.HUMAN): _TO_HUMAN,
    (Question.PERSON, Reply.HANGUP): _GONE,
    (Question.SOLVED, Reply.YES): Next(Question.SATISFIED, ("callback_satisfied",)),
    (Question.SOLVED, Reply.NO): Next(Question.WHY_UNSOLVED, (WHY,)),
    (Question.SOLVED, Reply.MIDDLE): _STAY,
    (Question.SOLVED, Reply.TEXT): _STAY,
    (Question.SOLVED, Reply.UNCLEAR): _STAY,
    (Question.SOLVED, Reply.SILENT): _STAY,
    (Question.SOLVED, Reply.HUMAN): _TO_HUMAN,
    (Question.SOLVED, Reply.HANGUP): _GONE,
    (Question.SATISFIED, Reply.YES): Next(Question.OVER, (THANKS,)),
    (Question.SATISFIED, Reply.MIDDLE): Next(Question.OVER, (THANKS,)),
    (Question.SATISFIED, Reply.NO): Next(Question.WHY_DISSATISFIED, (WHY,)),
    (Question.SATISFIED, Reply.TEXT): _STAY,
    (Question.SATISFIED, Reply.UNCLEAR): _STAY,
    (Question.SATISFIED, Reply.SILENT): _STAY,
    (Question.SATISFIED, Reply.HUMAN): _TO_HUMAN,
    (Question.SATISFIED, Reply.HANGUP): _GONE,
    # A why takes any words, and is not asked twice: the citizen has been patient enough.
    (Question.WHY_UNSOLVED, Reply.YES): Next(Question.OVER, (PROMISE,)),
    (Question.WHY_UNSOLVED, Reply.NO): Next(Question.OVER, (PROMISE,)),
    (Question.WHY_UNSOLVED, Reply.MIDDLE): Next(Question.OVER, (PROMISE,)),
    (Question.WHY_UNSOLVED, Reply.TEXT): Next(Question.OVER, (PROMISE,)),
    (Question.WHY_UNSOLVED, Reply.UNCLEAR): Next(Question.OVER, (PROMISE,), keep=False),
    (Question.WHY_UNSOLVED, Reply.SILENT): Next(Question.OVER, (PROMISE,), keep=False),
    (Question.WHY_UNSOLVED, Reply.HUMAN): _TO_HUMAN,
    (Question.WHY_UNSOLVED, Reply.HANGUP): _GONE,
    (Question.WHY_DISSATISFIED, Reply.YES): Next(Question.OVER, (THANKS,)),
    (Question.WHY_DISSATISFIED, Reply.NO): Next(Question.OVER, (THANKS,)),
    (Question.WHY_DISSATISFIED, Reply.MIDDLE): Next(Question.OVER, (THANKS,)),
    (Question.WHY_DISSATISFIED, Reply.TEXT): Next(Question.OVER, (THANKS,)),
    (Question.WHY_DISSATISFIED, Reply.UNCLEAR): Next(Question.OVER, (THANKS,), keep=False),
    (Question.WHY_DISSATISFIED, Reply.SILENT): Next(Question.OVER, (THANKS,), keep=False),
    (Question.WHY_DISSATISFIED, Reply.HUMAN): _TO_HUMAN,
    (Question.WHY_DISSATISFIED, Reply.HANGUP): _GONE,
}

# What is said when a question stays unanswered after all tries.
_LEFT = {Question.PERSON: (LATER,), Question.SOLVED: (LATER,), Question.SATISFIED: (THANKS,)}


@dataclass(frozen=True, slots=True)
class Talk:
    """Where the conversation stands. tries: unclear replies to this question so far."""

    question: Question = Question.PERSON
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """What follows from a reply: say these prompts in order; note (question, answer) if there is one.

    keys_only: the question is now asked by key (voice was unclear twice). to_human: connect the citizen to a person.
    """

    talk: Talk
    say: tuple[str, ...] = ()
    answer: tuple[str, str] | None = None
    keys_only: bool = False

    @property
    def over(self) -> bool:
        """Whether the conversation has ended."""
        return self.talk.question is Question.OVER

    @property
    def to_human(self) -> bool:
        """Whether the citizen asked for a person."""
        return self.say == (HUMAN,)


def start() -> Move:
    """The opening: who is calling, and whether this is the person who called."""
    return Move(Talk(), (OPEN,))


def reply(talk: Talk, answer: Reply, text: str = "") -> Move:
    """What follows from a reply. text: the words of an answer to a why. Raises ValueError when the talk is over."""
    if talk.question is Question.OVER:
        raise ValueError(f"the callback is over, there is nothing to answer with {answer.value!r}")
    line = TABLE[talk.question, answer]
    if line is _STAY:
        tries = talk.tries + 1
        if tries >= _TRIES:
            return Move(Talk(Question.OVER), _LEFT[talk.question])
        return Move(replace(talk, tries=tries), (_AGAIN[talk.question],), keys_only=tries == _TRIES - 1)
    assert line is not None
    kept = (talk.question.noted_as, (text or answer.value) if talk.question.noted_as == "why" else answer.value)
    return Move(Talk(line.question), line.say, kept if line.keep else None)


def by_key(question: Question, digit: str) -> Reply:
    """What a key means: 1 yes, 2 no; for satisfied 1 yes, 2 middle, 3 no; 0 a person. Others are unclear."""
    if digit == "0":
        return Reply.HUMAN
    if question is Question.SATISFIED:
        return {"1": Reply.YES, "2": Reply.MIDDLE, "3": Reply.NO}.get(digit, Reply.UNCLEAR)
    if question in (Question.PERSON, Question.SOLVED):
        return {"1": Reply.YES, "2": Reply.NO}.get(digit, Reply.UNCLEAR)
    return Reply.UNCLEAR


def conclusion(answers: Mapping[str, str]) -> CaseEvent:
    """What the answers of a callback mean for the case. What was answered before a hang-up counts.

    Only “solved” decides: solved but dissatisfied ends the case too, with the reason kept for the unit's record.
    """
    if answers.get("person") != Reply.YES:
        return CaseEvent.UNREACHED
    return {Reply.YES.value: CaseEvent.CONFIRM, Reply.NO.value: CaseEvent.REFUSE}.get(
        answers.get("solved", ""), CaseEvent.UNREACHED
    )

"""The callback (回访): when the citizen is called, and what is said there. All of it pure.

The conversation is a table: (question, reply) → what is said, what was answered, what comes next. Nothing about the
case is said before the person is confirmed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from cases.case import CaseEvent
from cases.wish import NO_WISH, Window, Wish
from routing.calendar import LOCAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Season:
    """Weeks of the year with windows of their own (避开农忙，清晨傍晚). begin, end: (month, day), included."""

    name: str
    begin: tuple[int, int]
    end: tuple[int, int]
    windows: tuple[Window, ...]

    def __post_init__(self) -> None:
        _check_windows(f"season {self.name} 的 windows", self.windows)

    def has(self, day: date) -> bool:
        """Whether the day belongs to it; a season may reach over the new year."""
        today = day.month, day.day
        return self.begin <= today <= self.end if self.begin <= self.end else today >= self.begin or today <= self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackRules:
    """When callbacks may be made. windows: local time of day, from–until, in order; in a season, its own.

    no_lines: whom our own lines have not reached so long after the closing, a person calls; overdue: so does one whom
    the system, which stood still, should have called so long ago. promise: of a 重办 to which no clock gives a date.
    """

    windows: tuple[tuple[time, time], ...] = ((time(8, 30), time(11, 30)), (time(14, 30), time(20, 0)))
    after: timedelta = timedelta(minutes=10)
    attempts: int = 3
    recheck_matters: frozenset[str] = frozenset({"A1"})
    recheck_after: timedelta = timedelta(days=30)
    """Of these matters, which come again, the citizen is asked once more so long after it was solved (镇雄：查单)."""
    seasons: tuple[Season, ...] = ()
    coached: float = 0.05
    """The share of callbacks whose last question is whether somebody told the citizen to say 满意 (抽查)."""
    learn: bool = False
    """Whether citizens are asked if the clip of their call may be kept for learning."""
    no_lines: timedelta = timedelta(days=3)
    overdue: timedelta = timedelta(hours=24)
    promise: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        _check_windows("callback.windows", self.windows)
        if not 0 <= self.coached <= 1:
            raise ValueError(f"callback.coached_percent 是 {self.coached * 100:g}；请写 0 到 100")
        if not 1 <= self.attempts <= 10:
            raise ValueError(f"callback.attempts 是 {self.attempts}；请写 1 到 10")
        for name, days in (("no_lines_days", self.no_lines.days), ("promise_days", self.promise.days)):
            if not 1 <= days <= 60:
                raise ValueError(f"callback.{name} 是 {days}；请写 1 到 60（天）")
        if not 1 <= (hours := self.overdue / timedelta(hours=1)) <= 240:
            raise ValueError(f"callback.overdue_hours 是 {hours:g}；请写 1 到 240（小时）")


def _check_windows(name: str, windows: tuple[Window, ...]) -> None:
    if not windows:
        raise ValueError(f"{name} 是空的；至少写一段时间，例如 [[08:30:00, 11:30:00]]")
    for begin, end in windows:
        if not time(7, 0) <= begin < end <= time(21, 30):
            raise ValueError(f"{name} 里的 {begin}–{end} 不行；请写在 07:00 到 21:30 之间，先早后晚")
    if any(a[1] > b[0] for a, b in pairwise(windows)):
        raise ValueError(f"{name} 的各段时间有重叠或先后颠倒；请从早到晚写")


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
    recheck: bool = False
    """回头看: the case has ended, and the citizen is asked whether it has lasted."""
    channel: str = ""
    """核实电话: the case came by this (网上, 来信), and its citizen is asked whether it is his (cases.confirm)."""
    round: int = 0
    coached: bool = False
    """Whether the question that only supervision knows of is asked in the end."""
    learn_days: int = 0
    """For so many days the clip of the call would be kept for learning; the citizen is asked for it. 0: not asked."""


def drawn(share: float, secret: str, number: str, round: int) -> bool:
    """Whether the callbacks of this round of a case are among the share that are asked one question more.

    secret: what nobody outside can know, so that nobody can reckon which citizen need not be spoken to beforehand.
    """
    drawn = hashlib.sha256(f"{secret}:{number}:{round}".encode()).digest()[:8]
    return int.from_bytes(drawn) < share * 2**64


def windows_on(day: date, rules: CallbackRules, wish: Wish = NO_WISH) -> tuple[Window, ...]:
    """The times of this day at which this citizen may be called: as they wish, as the season asks, as for all."""
    if wish.hours is not None:
        return (wish.hours,)
    return next((season.windows for season in rules.seasons if season.has(day)), rules.windows)


def in_window(at: datetime, rules: CallbackRules, wish: Wish = NO_WISH) -> bool:
    """Whether a citizen may be called at this moment: what was agreed on overrides every quiet hour."""
    local = at.astimezone(LOCAL)
    return wish.promised(at) or any(begin <= local.time() < end for begin, end in windows_on(local.date(), rules, wish))


def callback_due(closed_at: datetime, rules: CallbackRules, wish: Wish = NO_WISH) -> datetime:
    """The time agreed on, if it is not past; else the first moment inside a window, `rules.after` after the closing."""
    at = closed_at + rules.after
    if wish.since is not None and wish.until is not None and at < wish.until:
        return max(at, wish.since)
    local = at.astimezone(LOCAL)
    for begin, end in windows_on(local.date(), rules, wish):
        if local.time() < end:
            return max(local, _at(local.date(), begin))
    tomorrow = local.date() + timedelta(days=1)
    return _at(tomorrow, windows_on(tomorrow, rules, wish)[0][0])


def next_attempt(last: datetime, attempts: int, rules: CallbackRules, wish: Wish = NO_WISH) -> datetime | None:
    """When to try again after so many attempts: another day, another window. None: it was tried often enough."""
    if attempts >= rules.attempts:
        return None
    day = last.astimezone(LOCAL).date() + timedelta(days=1)
    if wish.since is not None and wish.since >= _at(day, time(0, 0)):
        return wish.since  # agreed on for later
    windows = windows_on(day, rules, wish)
    return _at(day, windows[attempts % len(windows)][0])


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=LOCAL)


# ── the conversation ────────────────────────────────────────────────────────────────────────────────────────────────


class Question(StrEnum):
    """What is being asked. The two whys differ in how the call ends. COACHED: did somebody tell you to say 满意?

    LEARN: may the clip of your call be kept for learning?
    """

    PERSON = "person"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    WHY_UNSOLVED = "why_unsolved"
    WHY_DISSATISFIED = "why_dissatisfied"
    COACHED = "coached"
    LEARN = "learn"
    WRITER = "writer"  # these and the next two: cases.confirm
    YOURS = "yours"
    MORE = "more"
    ADDITION = "addition"
    OVER = "over"

    @property
    def noted_as(self) -> str:
        """The name under which an answer is kept: both whys are `why`, and whatever is added is an `addition`."""
        if self in (Question.WHY_UNSOLVED, Question.WHY_DISSATISFIED):
            return "why"
        return "addition" if self is Question.MORE else self.value


class Reply(StrEnum):
    """What came back, by key or voice."""

    YES = "yes"
    NO = "no"
    MIDDLE = "middle"
    TEXT = "text"  # words that are neither: an answer only to a why
    UNCLEAR = "unclear"  # hedged, mixed, unsure, or not understood
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
    Question.COACHED: "callback_coached_again",
}
WHY, THANKS, PROMISE = "callback_why", "callback_thanks", "callback_unsolved"
_CONCLUDING = ((THANKS,), (PROMISE,))
WRONG_PERSON, LATER, HUMAN = "callback_wrong_person", "callback_later", "transfer_person"
BY_PEOPLE = "callback_by_people"
COACHED, LEARN = "callback_coached", "callback_learn"
CLOSE = "close"
"""Stands for the sentence with which the call would have ended without the last question."""


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
    # Asked once: nothing but a plain yes lets a clip be kept.
    (Question.LEARN, Reply.YES): Next(Question.OVER, (CLOSE,)),
    (Question.LEARN, Reply.NO): Next(Question.OVER, (CLOSE,)),
    (Question.LEARN, Reply.MIDDLE): Next(Question.OVER, (CLOSE,), keep=False),
    (Question.LEARN, Reply.TEXT): Next(Question.OVER, (CLOSE,), keep=False),
    (Question.LEARN, Reply.UNCLEAR): Next(Question.OVER, (CLOSE,), keep=False),
    (Question.LEARN, Reply.SILENT): Next(Question.OVER, (CLOSE,), keep=False),
    (Question.LEARN, Reply.HUMAN): _TO_HUMAN,
    (Question.LEARN, Reply.HANGUP): _GONE,
    (Question.COACHED, Reply.YES): Next(Question.OVER, (CLOSE,)),
    (Question.COACHED, Reply.NO): Next(Question.OVER, (CLOSE,)),
    (Question.COACHED, Reply.MIDDLE): _STAY,
    (Question.COACHED, Reply.TEXT): _STAY,
    (Question.COACHED, Reply.UNCLEAR): _STAY,
    (Question.COACHED, Reply.SILENT): _STAY,
    (Question.COACHED, Reply.HUMAN): _TO_HUMAN,
    (Question.COACHED, Reply.HANGUP): _GONE,
}

OPEN_END = frozenset({Question.WHY_UNSOLVED, Question.WHY_DISSATISFIED, Question.MORE, Question.ADDITION})
"""Questions to which any words are an answer."""

# What is said when a question stays unanswered: for nothing at all, and for words that are no plain answer, which a
# person is to ask about. Who does not plainly say to be the caller is left in peace.
_LEFT = {
    Question.PERSON: (LATER,),
    Question.SOLVED: (LATER,),
    Question.SATISFIED: (THANKS,),
    Question.COACHED: (CLOSE,),
}
_DOUBTED = _LEFT | {Question.SOLVED: (BY_PEOPLE,), Question.SATISFIED: (BY_PEOPLE,)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """A conversation: the first question and what is said with it, its table, and what is said when one is asked again,
    stays unanswered (left), or is answered by nothing plain (doubted); and how it ends when all has been answered.
    """

    first: Question
    opening: str
    table: Mapping[tuple[Question, Reply], Next | None]
    again: Mapping[Question, str]
    left: Mapping[Question, tuple[str, ...]]
    doubted: Mapping[Question, tuple[str, ...]]
    concluding: tuple[tuple[str, ...], ...]

    def concludes(self, move: "Move") -> bool:
        """Whether the conversation has come to its own end: the citizen has said how it is."""
        return move.over and move.say in self.concluding


CALLBACK = Script(
    first=Question.PERSON,
    opening=OPEN,
    table=TABLE,
    again=_AGAIN,
    left=_LEFT,
    doubted=_DOUBTED,
    concluding=_CONCLUDING,
)


@dataclass(frozen=True, slots=True)
class Talk:
    """Where the conversation stands. tries: replies to this question so far that were no answer; doubted: one of them
    was something, but nothing plain. drawn: the last question is COACHED, and then what `close` says; learns: before
    that one LEARN, of who has said that it is solved."""

    question: Question = Question.PERSON
    tries: int = 0
    doubted: bool = False
    drawn: bool = False
    learns: bool = False
    close: tuple[str, ...] = ()

    @property
    def by_key(self) -> bool:
        """Whether the question is asked by key now: after one doubtful answer, or after silence twice."""
        return self.doubted or self.tries >= 2


@dataclass(frozen=True, slots=True)
class Move:
    """What follows from a reply: say these prompts in order; note (question, answer) if there is one.

    to_human: connect the citizen to a person.
    """

    talk: Talk
    say: tuple[str, ...] = ()
    answer: tuple[str, str] | None = None

    @property
    def keys_only(self) -> bool:
        """Whether only a key counts now."""
        return self.talk.by_key

    @property
    def over(self) -> bool:
        """Whether the conversation has ended."""
        return self.talk.question is Question.OVER

    @property
    def to_human(self) -> bool:
        """Whether the citizen asked for a person."""
        return self.say == (HUMAN,)


def start(*, drawn: bool = False, learns: bool = False, script: Script = CALLBACK) -> Move:
    """The opening: who is calling, and whether this is the person who called. drawn: COACHED is asked in the end.

    learns: LEARN is asked once the citizen is thanked.
    """
    return Move(Talk(script.first, drawn=drawn, learns=learns), (script.opening,))


def reply(talk: Talk, answer: Reply, text: str = "", script: Script = CALLBACK) -> Move:
    """What follows from a reply. text: the words of an open answer. Raises ValueError when the talk is over."""
    if talk.question is Question.OVER:
        raise ValueError(f"the callback is over, there is nothing to answer with {answer.value!r}")
    line = script.table[talk.question, answer]
    if line is _STAY:
        doubted = talk.doubted or answer is not Reply.SILENT
        if not talk.by_key:
            return Move(replace(talk, tries=talk.tries + 1, doubted=doubted), (script.again[talk.question],))
        if not doubted:
            return Move(Talk(Question.OVER), _closing(script.left[talk.question], talk))
        say = _closing(script.doubted[talk.question], talk)
        return Move(Talk(Question.OVER), say, (talk.question.noted_as, Reply.UNCLEAR.value))
    assert line is not None
    own_words = (talk.question in OPEN_END and answer is not Reply.NO) or talk.question.noted_as == "why"
    kept = (talk.question.noted_as, (text or answer.value) if own_words else answer.value)
    note = kept if line.keep else None
    say = _closing(line.say, talk)
    if line.question is Question.OVER and say in _CONCLUDING:
        if talk.learns and say == (THANKS,):
            return Move(Talk(Question.LEARN, drawn=talk.drawn, close=say), (LEARN,), note)
        if talk.drawn:
            # Asked again once at most, by key: the citizen has been patient enough.
            return Move(Talk(Question.COACHED, tries=1, close=say), (COACHED,), note)
    return Move(replace(talk, question=line.question, tries=0, doubted=False), say, note)


def _closing(say: tuple[str, ...], talk: Talk) -> tuple[str, ...]:
    return talk.close if say == (CLOSE,) else say


def by_key(question: Question, digit: str) -> Reply:
    """What a key means: 1 yes, 2 no; for satisfied 1 yes, 2 middle, 3 no; 0 a person. Others are unclear."""
    if digit == "0":
        return Reply.HUMAN
    if question is Question.SATISFIED:
        return {"1": Reply.YES, "2": Reply.MIDDLE, "3": Reply.NO}.get(digit, Reply.UNCLEAR)
    if question in (Question.WHY_UNSOLVED, Question.WHY_DISSATISFIED, Question.ADDITION):
        return Reply.UNCLEAR
    return {"1": Reply.YES, "2": Reply.NO}.get(digit, Reply.UNCLEAR)


def conclusion(answers: Mapping[str, str]) -> CaseEvent:
    """What the answers of a callback mean for the case. What was answered before a hang-up counts.

    Only “solved” decides: solved but dissatisfied ends the case too, with the reason kept for the unit's record.
    """
    if answers.get("person") != Reply.YES or for_people(answers):
        return CaseEvent.UNREACHED
    return {Reply.YES.value: CaseEvent.CONFIRM, Reply.NO.value: CaseEvent.REFUSE}.get(
        answers.get("solved", ""), CaseEvent.UNREACHED
    )


def for_people(answers: Mapping[str, str]) -> bool:
    """Whether the citizen was there and said nothing plain, by key neither: a person is to ask, no machine again."""
    asked = answers.get("solved"), answers.get("satisfied")
    return answers.get("person") == Reply.YES and Reply.UNCLEAR.value in asked

"""What the tests of callbacks share: cases of citizens who have talked, closed, and called back when that is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from cases.case import Case
from ivr.facts import Fact
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from tests.acceptance.stage import DIRECTOR, STRAIGHT, Stage, found, together
from tests.fakes.closing import settled
from zhitong.store.cases import get_case
from zhitong.store.engine import reading
from zhitong.store.tries import callbacks_of
from zhitong.trial import wait_until

RESULT = "水管已经抢修好，下午三点来水"


def have_talked(stage: Stage, citizens: Sequence[str]) -> None:
    """All these citizens call at the same time, and the director talks with each of them."""
    stage.phone(DIRECTOR).behaviour("accept", after=0, key_after=2, talk=6)

    def talk(citizen: str) -> None:
        caller = stage.dial(citizen, to=STRAIGHT)
        caller.wait("talk_over", 30)
        caller.wait("ended", 25)

    together(*[lambda citizen=citizen: talk(citizen) for citizen in citizens])
    for citizen in citizens:
        assert stage.case(citizen).talked
    stage.network.wait_all_over(8)


def close(stage: Stage, citizen: str, result: str = RESULT) -> Case:
    """The deputy closes this citizen's case with a sentence."""
    number = stage.cases.only(citizen).case.number
    hotline = stage.hotline
    now = stage.clock.now()  # the tests before may have put it days ahead
    return settled(hotline.engine, hotline.rules, number=number, result=result, now=now, for_many=True)


def due_at(stage: Stage, citizen: str) -> datetime:
    """When this citizen's callback is due."""
    tasks = stage.cases.only(citizen).tasks
    (due,) = [task.due_at for task in tasks if task.kind == "callback" and task.done_at is None]
    return due


def forward_to_due(stage: Stage, citizen: str, *, before: float = 0.0) -> None:
    """Put the clock to the moment at which this citizen's callback is due, or so many seconds before it."""
    stage.clock.advance(max(timedelta(), due_at(stage, citizen) - stage.clock.now() - timedelta(seconds=before)))


@dataclass(frozen=True)
class CalledBack:
    """A citizen who has picked up the system's call: what they hear and what the hotline tells of it."""

    stage: Stage
    citizen: str
    call: PhoneCall
    id: str

    def wait(self, kind: str, limit: float, **detail: object) -> Fact:
        """The first fact of this call of this kind with these details."""
        return self.stage.watcher.wait(kind, limit=limit, call=self.id, **detail)

    def facts(self, kind: str) -> tuple[Fact, ...]:
        """The facts of this call so far."""
        return self.stage.watcher.facts(kind, call=self.id)

    def press(self, prompt: str, key: str) -> None:
        """Press a key as soon as this is being asked."""
        self._wait_spoken(prompt)
        self.call.press(key)

    def say(self, prompt: str, text: str) -> None:
        """Say this, over the question, once the question is heard."""
        self._wait_spoken(prompt)
        self.call.say(speech(text))

    def wait_over(self) -> None:
        """Until the hotline has hung up and everything is written."""
        self.call.wait_disconnected(25)
        self.wait_written()

    def wait_written(self) -> None:
        """Until everything of this call is written."""
        self.wait("ended", 25)
        self.stage.hotline.keeper.flush(5)

    def heard(self, key: str, **slots: str) -> float:
        """How surely a prompt was heard so far; half of it is enough: a busy machine may tear a gap in it."""
        prompt, heard = self.stage.prompt(key, **slots), self.call.heard().pcm
        middle = len(prompt) // 4 * 2
        return max(found(part, heard) for part in (prompt[:middle], prompt[middle:]))

    @property
    def answers(self) -> dict[str, tuple[str, str]]:
        """question → (answer, by key or voice), as the hotline told them."""
        return {
            str(fact.detail["question"]): (str(fact.detail["answer"]), str(fact.detail["by"]))
            for fact in self.facts("answered")
        }

    def _wait_spoken(self, prompt: str) -> None:
        asked = self.wait("asked", 30, prompt=prompt)
        assert self.call.answered_at is not None
        self.call.wait_sound(5, since=self.call.answered_at + asked.ms / 1000)


def pick_up(stage: Stage, citizen: str, limit: float = 20.0) -> CalledBack:
    """The citizen's telephone rings, and they answer."""
    since = stage.watcher.count
    ringing = stage.phone(citizen).wait_ringing(limit)
    ringing.answer()
    opened = stage.watcher.wait("opened", limit=5, since=since, kind="callback", caller=citizen)
    return CalledBack(stage, citizen, ringing, opened.call_id)


def ring_back(stage: Stage, citizen: str) -> CalledBack:
    """The citizen, who has missed a callback, calls the line, and enters it after the notice."""
    caller = stage.dial(citizen)
    caller.wait("rings_back", 15)
    return CalledBack(stage, citizen, caller.call, caller.id)


def close_and_pick_up(stage: Stage, citizen: str) -> CalledBack:
    """The case is closed, the clock put forward, the system calls."""
    stage.phone(citizen).behaviour("no-answer")
    close(stage, citizen)
    forward_to_due(stage, citizen)
    return pick_up(stage, citizen)


def case_of(stage: Stage, citizen: str) -> Case:
    """This citizen's case as it is written now."""
    stage.hotline.keeper.flush(5)
    with reading(stage.hotline.engine) as connection:
        return get_case(connection, stage.cases.only(citizen).case.number)


def stored_callbacks(stage: Stage, citizen: str) -> list[Row[Any]]:
    """The callbacks of this citizen's case that were dialled."""
    with reading(stage.hotline.engine) as connection:
        return callbacks_of(connection, [stage.cases.only(citizen).case.number])


def wait_failed(stage: Stage, citizen: str, attempts: int, limit: float = 10.0) -> None:
    """Until so many callbacks were dialled to this citizen, and the last one is known to have reached nobody."""
    wait_until(
        lambda: len(rows := stored_callbacks(stage, citizen)) == attempts and bool(rows[-1].outcome),
        limit,
        f"callback {attempts} to {citizen} has failed",
    )


def wait_put_off(stage: Stage, citizen: str, *, limit: float = 10.0) -> None:
    """Until the callback that was due is due later, without a call."""

    wait_until(lambda: due_at(stage, citizen) > stage.clock.now(), limit, f"the callback of {citizen} is put off")

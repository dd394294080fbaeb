"""A menu on the telephone, for officials: what is said, which keys there are, and what each of them leads to.

What a key does is a function that returns the next menu; the call's thread runs it. Citizens meet no menu.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dialplans.prompts import Prompt
from ivr.speech import Conversation, Deaf, Gone, Pressed, Said

STEPS = 40
"""No menu goes on for longer, whatever is pressed."""
LONGEST = 200.0
"""Seconds; at 300 the dialplan ends any conversation itself, and rings somebody for who is left."""
SILENCES = 2
"""So often a menu is said to somebody who does nothing."""
SORRY = "staff_sorry"
_BREATH = bytes(6400)
"""0.4 s of silence after the last sentence: what is still under way when we hang up never arrives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A prompt and the words for its slots."""

    key: str
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Connect:
    """The citizen to be called now and joined with the official. number: canonical digits.

    who: the official as the case tells of him; said: what the citizen hears first. recorded: False when they refused.
    words: what the citizen had said, for who may be brought into the talk, and who must not; type: of the request.
    """

    number: str
    case_number: str
    who: str
    said: Sentence
    recorded: bool = True
    words: str = ""
    type: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Menu:
    """What is said, and what may follow. With nothing that may follow, the call ends after it.

    keys: what each key does. code: what follows a number that is typed in, of so many digits. hears: what words do;
    None when they mean nothing here. silent: what follows when nothing is done at all; without it the call ends.
    hear: what is said before all that, to its end and word for word, whatever is pressed; else the menu is not offered.
    connect: whom to call then. citizen: then this goes on as a citizen's call. record: who gets the file of the
    message that is recorded then.
    """

    say: tuple[Sentence, ...]
    keys: Mapping[str, Callable[[], Menu]] = field(default_factory=dict)
    code: tuple[int, Callable[[str], Menu]] | None = None
    hears: Callable[[str], Menu | None] | None = None
    silent: Callable[[], Menu] | None = None
    connect: Connect | None = None
    citizen: bool = False
    record: Callable[[str], None] | None = None
    hear: tuple[Sentence, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether something is expected of the listener."""
        return bool(self.keys) or self.code is not None


class Note(Protocol):
    """LiveCall.note."""

    def __call__(self, kind: str, /, **detail: object) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffCall:
    """A call that was placed to an official: the number that was called, and what it is about."""

    number: str
    menu: Menu


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffPorts:
    """What calls with officials need of the rest of the house. None of these may raise because of data or load."""

    whose: Callable[[str], str] = lambda number: ""
    """The id of the official whose telephone this is; empty for a citizen's. Never blocks."""
    dialled: Callable[[str, str], Menu] = lambda official, number: Menu(say=(), citizen=True)
    """What an official is offered who calls the hotline from this number."""
    coded: Callable[[str, Callable[[str], None]], Menu] = lambda number, known: Menu(say=(), citizen=True)
    """The same for somebody who calls from another telephone and types their code; `known` gets their id."""
    placed: Callable[[int], StaffCall | None] = lambda task: None
    """What the call that was placed for a task is about."""
    over: Callable[[int, str, bool], None] = lambda task, number, lost: None
    """Such a call, to this number, has ended: a task that nothing was pressed for is tried again, or somebody else is
    called. lost: the sound broke off, so he could not."""


def hold(
    menu: Menu,
    conversation: Conversation,
    *,
    prompt: Callable[..., Prompt],
    note: Note,
    deaf: bool,
    monotonic: Callable[[], float] = time.monotonic,
) -> Menu | None:
    """Say the menu and follow it to its end; returns the last one, or None when the listener has hung up.

    deaf: to keys only.
    """
    silences, until = 0, monotonic() + LONGEST
    for _ in range(STEPS):
        if monotonic() > until:
            return menu
        if menu.hear and not silences:
            heard = _hear(menu.hear, conversation, prompt, note)
            if heard is None:
                return None
            if not heard:
                menu = Menu(say=(Sentence(key=SORRY),))
        sound = _sound(menu, prompt, note)
        if not menu.asks:
            return None if isinstance(conversation.say(sound + _BREATH), Gone) else menu
        if menu.code is not None:
            most, typed = menu.code
            digits = conversation.digits(sound, most=most)
            if digits is None:
                return None
            if digits:
                note("pressed", key="*" * len(digits))  # a code is nobody's to read
                menu, silences = typed(digits), 0
                continue
        else:
            answer = conversation.ask(sound, deaf=deaf or menu.hears is None)
            deaf = deaf or isinstance(answer, Deaf)
            if isinstance(answer, Gone):
                return None
            after = _after(menu, answer, note)
            if after is not None:
                menu, silences = after, 0
                continue
        silences += 1
        if silences >= SILENCES:
            if menu.silent is None:
                return menu
            menu, silences = menu.silent(), 0
    return menu


def _after(menu: Menu, answer: object, note: Note) -> Menu | None:
    match answer:
        case Pressed():
            note("pressed", key=answer.key)
            return menu.keys[answer.key]() if answer.key in menu.keys else None
        case Said():
            note("heard", text=answer.text, started=answer.started, ended=answer.ended)
            return menu.hears(answer.text) if menu.hears is not None and answer.text else None
    return None


def _hear(
    sentences: tuple[Sentence, ...], conversation: Conversation, prompt: Callable[..., Prompt], note: Note
) -> bool | None:
    """Whether all of it was heard; None when the listener has hung up. Who presses a key hears it from the start."""
    said = [(sentence, prompt(sentence.key, **sentence.slots)) for sentence in sentences]
    if any(sentence.key != one.key for sentence, one in said):
        return False  # something else would be said in its place
    for _ in range(SILENCES + 1):
        for _, one in said:
            note("asked", prompt=one.key, text=one.text)
        answer = conversation.say(b"".join(one.pcm() for _, one in said))
        if isinstance(answer, Gone):
            return None
        if answer is None:
            return True
        note("pressed", key=answer.key)
    return False


def _sound(menu: Menu, prompt: Callable[..., Prompt], note: Note) -> bytes:
    sound = b""
    for sentence in menu.say:
        said = prompt(sentence.key, **sentence.slots)
        note("asked", prompt=said.key, text=said.text)
        sound += said.pcm()
    return sound

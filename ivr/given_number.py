"""A caller who cannot be called back is asked for a number: by keys or by voice, read back, and confirmed.

It runs on a connection of its own, in that connection's thread, while the officials' telephones ring: the call's thread
goes on, and an official who accepts takes the caller away in the middle of a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from dialplans import names
from dialplans.prompts import Prompt
from dialplans.spoken_text import phone_cuts
from ivr.inbox import LiveCall
from ivr.ports import CallPorts, PromptOf
from ivr.speech import Audio, Conversation, Deaf, Gone, Pressed, Said, Silent
from recognizer.answers import yes_or_no
from recognizer.spoken_number import spoken_number
from routing.phone import dialled_back, mask

TRIES = 3
"""So many numbers are listened to; then an official asks, or the message tells it."""
MOST = 16
"""Digits; no number has more."""
_GROUP = bytes(3200)
"""0.2 s of silence between the groups of a number."""
_BREATH = bytes(6400)
How = Literal["key", "voice"]


def ask_for_number(
    live: LiveCall, turn: int, audio: Audio, ports: CallPorts, talk: Callable[[Audio], Conversation]
) -> None:
    """Ask on this connection, unless the number is known by now; ends the audio. turn: of names.NUMBER_TURNS."""
    conversation = talk(audio)
    if not live.contact:
        NumberTalk(live, ports, introduced=turn == names.NUMBER_TURNS["message"]).hold(conversation)
    conversation.end()


class NumberTalk:
    """Holds the conversation. `live.contact` is the number once it is confirmed; facts tell of it, or of an unsure one.

    introduced: the caller has been told already that we cannot call this number.
    """

    def __init__(self, live: LiveCall, ports: CallPorts, *, introduced: bool = False) -> None:
        self._live = live
        self._ports = ports
        self._introduced = introduced
        self._deaf = False

    def hold(self, conversation: Conversation) -> bool:
        """From the question to the thanks; whether there is a number now. Ends at once when nothing is given."""
        sound = self._sound(*(() if self._introduced else ("number_none",)), "number_ask")
        unsure: tuple[str, How] | None = None
        for _ in range(TRIES):
            given = self._given(conversation, sound)
            if given is None:
                break
            digits, how = given
            number = dialled_back(digits, self._ports.settings.area_code)
            right: bool | None = False
            if number:
                unsure = number, how
                right = self._confirmed(conversation, number)
            if right:
                self._keep(number, how)
                conversation.say(self._sound("number_kept") + _BREATH)
                self._tell_brief()  # with what was found by it meanwhile
                return True
            if right is None:
                break  # gone, or nothing more is said: perhaps an official has taken the caller
            if number:
                unsure = None  # that is wrong, the caller says
            sound = self._sound("number_again")
        if unsure is not None:
            self._live.note("contact", number=unsure[0], how=unsure[1], confirmed=False)
        return False

    def _given(self, conversation: Conversation, sound: bytes) -> tuple[str, How] | None:
        """What was typed or said as a number, perhaps in several breaths; None: nothing, or the caller has gone."""
        said = ""
        while True:
            match conversation.ask(sound, deaf=self._deaf):
                case Pressed() as pressed:
                    typed = conversation.digits(b"", most=MOST, first=pressed.key, enough=_whole)
                    if typed is None:
                        return None
                    self._live.note("pressed", key="*" * len(typed))  # a telephone number is not for everybody to read
                    return typed, "key"
                case Said() as words:
                    digits = spoken_number(words.text)
                    said += digits
                    if not digits or _whole(said) or len(said) > MOST:
                        return said, "voice"
                case Silent():
                    return (said, "voice") if said else None
                case Deaf() if not self._deaf:
                    self._deaf = True
                case Deaf() | Gone():
                    return None
            sound = b""

    def _confirmed(self, conversation: Conversation, number: str) -> bool | None:
        """Whether the caller says that this is right; None: they say nothing, or have gone."""
        read = self._prompt("number_read")
        self._live.note("asked", prompt=read.key, text=f"{read.text}{mask(number)}")
        sound = read.pcm() + digits_sound(self._ports.prompt, number) + self._sound("number_right")
        trial = self._ports.settings.trial
        for _ in range(3):
            match conversation.ask(sound, deaf=trial or self._deaf):
                case Pressed(key="1" | "2" as key):
                    self._live.note("pressed", key=key)
                    return key == "1"
                case Pressed():
                    pass  # a late # after the last digit: it is read once more
                case Said(text=text) if (answer := yes_or_no(text)) is not None:
                    return answer
                case Gone():
                    return None
                case Deaf():
                    self._deaf = True
        return None

    def _keep(self, number: str, how: How) -> None:
        live = self._live
        live.contact = number
        live.known = self._ports.known_caller(number, live.call.id)
        live.note("contact", number=number, how=how, confirmed=True)
        self._tell_brief()

    def _tell_brief(self) -> None:
        """Legs that are screened by keys alone hear the brief from the dialplan."""
        if self._live.brief_complete is not None:
            self._ports.share(self._live.call.channel, names.BRIEF, self._live.brief_complete())

    def _prompt(self, key: str) -> Prompt:
        return self._ports.prompt(key)

    def _sound(self, *keys: str) -> bytes:
        sound = b""
        for key in keys:
            prompt = self._prompt(key)
            self._live.note("asked", prompt=prompt.key, text=prompt.text)
            sound += prompt.pcm()
        return sound


def digits_sound(prompt: PromptOf, digits: str) -> bytes:
    """Digits one by one, a telephone number's in groups. Nothing has to be made for it in the call."""
    cuts = phone_cuts(digits)
    sound = b""
    for place, digit in enumerate(digits):
        sound += (_GROUP if place in cuts else b"") + prompt(f"digit_{digit}").pcm()
    return sound


def _whole(digits: str) -> bool:
    """Whether no digit can follow: a mobile has 11; a land line has 10 to 12 and ends with #, or with silence."""
    return len(digits) >= (11 if digits.startswith("1") else 12)

"""What a software telephone does on its own when it rings (or, for a caller, once the call is answered).

A plan is a tuple of steps. The telephones' process performs it without a word from the test in between, so that forty
calls can run at once. The plans a mobile has in real life are ready below; others are put together from the steps:

    (ring(), wait(2), answer(), until_heard(5), press("1"), say(speech("你好")), hang_up())

A sound is pcm (8 kHz, 16 bit, mono) or the path of a sound file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.softphone_audio import tone

Audio = bytes | Path
DigitMethod = Literal["rfc4733", "info", "inband", "lost"]
"""How a pressed key travels: RTP events, SIP INFO, tones in the sound, or not at all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, and with what. Made by the functions below."""

    verb: str
    values: tuple[float | str | bool | Audio, ...] = ()


Plan = tuple[Step, ...]


def ring() -> Step:
    """Tell the caller that it rings (180)."""
    return Step("ring")


def progress() -> Step:
    """Tell the caller that something goes on (183), and never that it rings: a trunk with colour ring tones."""
    return Step("progress")


def wait(seconds: float) -> Step:
    """Do nothing for so many seconds."""
    return Step("wait", (seconds,))


def answer() -> Step:
    """Take the call (200), and go on when the caller has acknowledged it."""
    return Step("answer")


def refuse(code: int) -> Step:
    """End a call that was not answered with this SIP code: 486 busy, 480 unreachable, 603 declined, 404, 503."""
    return Step("refuse", (code,))


def say(sound: Audio) -> Step:
    """Play a sound, and go on when it is over."""
    return Step("say", (sound,))


def play(sound: Audio, *, loop: bool = False) -> Step:
    """Start playing a sound and go on at once; `loop` repeats it until something else is played."""
    return Step("play", (sound, loop))


def press(digits: str, method: DigitMethod = "rfc4733") -> Step:
    """Press keys; several are sent 0.3 s apart."""
    return Step("press", (digits, method))


def hang_up() -> Step:
    """End the call (BYE, or CANCEL before the answer)."""
    return Step("hang_up")


def until_heard(limit: float) -> Step:
    """Wait until the other end is audible, `limit` seconds at most; then go on in either case."""
    return Step("until_heard", (limit,))


def until_quiet(quiet: float, limit: float) -> Step:
    """Wait until the other end has been quiet for `quiet` seconds, at most `limit` seconds; go on in either case."""
    return Step("until_quiet", (quiet, limit))


def no_answer() -> Plan:
    """Rings for ever."""
    return (ring(),)


def dead() -> Plan:
    """Nobody there: never rings. The SIP library still sends 100; a plain UDP socket would not even do that."""
    return ()


def busy() -> Plan:
    """Engaged: 486 at once."""
    return (refuse(486),)


def unreachable() -> Plan:
    """Switched off: 480 at once."""
    return (refuse(480),)


def declines(after: float = 1.0, code: int = 603) -> Plan:
    """Rings, and the owner pushes the call away."""
    return (ring(), wait(after), refuse(code))


def voicemail(greeting: Audio, after: float = 3.0, keep: float = 30.0) -> Plan:
    """A mailbox answers, speaks its greeting, beeps, records (is quiet) for `keep` seconds and hangs up."""
    return (ring(), wait(after), answer(), wait(0.3), say(greeting), say(tone(1000, 0.4)), wait(keep), hang_up())


def accepts(
    after: float = 1.0,
    *,
    key: str | None = "1",
    key_after: float = 1.0,
    method: DigitMethod = "rfc4733",
    word: Audio | None = None,
    says: Audio | None = None,
    loop: bool = False,
    talk: float | None = None,
) -> Plan:
    """A person answers `after` seconds of ringing, listens `key_after` seconds and presses `key` (or says `word`).

    Then says `says` (`loop`: again and again) and hangs up `talk` seconds after the key; None: the other end does.
    `key="2"` refuses in the screening; `method="lost"` presses a key that never arrives.
    """
    steps = [ring(), wait(after), answer(), wait(key_after)]
    if word is not None:
        steps.append(say(word))
    elif key:
        steps.append(press(key, method))
    if says is not None:
        steps += [wait(0.5), play(says, loop=loop)]
    if talk is not None:
        steps += [wait(talk), hang_up()]
    return tuple(steps)


def answers_silently(after: float = 1.0, hang_up_after: float | None = None) -> Plan:
    """Answered (in a pocket, say), but nobody speaks or presses anything."""
    end = () if hang_up_after is None else (wait(hang_up_after), hang_up())
    return (ring(), wait(after), answer(), *end)


BEHAVIOURS: dict[str, Callable[..., Plan]] = {
    "no-answer": no_answer,
    "dead": dead,
    "busy": busy,
    "unreachable": unreachable,
    "reject": declines,
    "voicemail": voicemail,
    "accept": accepts,
    "answer-silent": answers_silently,
}
"""The plans by name, for `Phone.behaviour(name, …)`."""

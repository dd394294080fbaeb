"""The leg's side of a call: an official hears what it is about and takes it, by key or by word. A voicemail never does.

Runs on the leg's own audio connection, in that connection's thread. Without it (controller gone, or its verdict
missing) the dialplan screens by keys alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.inbox import Briefing, LiveCall, Reply, Verdict
from ivr.speech import BYTES_PER_SECOND, Audio, Conversation, Deaf, Gone, Pressed, Said
from recognizer.transcript import Utterance

ROUNDS = 3
"""The keys are said this often; who has not reacted by then is no person."""
REPLAYS = 2
"""The caller's words are played again this often."""
PERSON = 2.0
"""Seconds: who says 喂 takes less, a mailbox says more at a time."""
_ANSWERS: Mapping[str, Reply] = {"1": "accept", "2": "refuse", "3": "deputy", "4": "later"}


def screen(
    live: LiveCall,
    leg: int,
    audio: Audio,
    *,
    talk: Callable[[Audio], Conversation],
    accepts: Callable[[Utterance], bool],
    trial: bool,
    keys_again: float = 4.0,
) -> Verdict | None:
    """Brief the official and wait for a verdict; None when the leg ended first. Ends the audio.

    `accepts` judges whole utterances: a greeting that merely contains 接 accepts nothing. In trial recognition only
    keys count. On the last pass a person who speaks, and of whom no key comes, accepts too; the keys are said to them
    once more, for `keys_again` seconds.
    """
    briefing = live.briefing
    if briefing is None:
        audio.end()
        return None
    conversation = talk(audio)
    verdict = _ask(conversation, briefing, accepts, lambda: leg in live.last_pass, deaf=trial, keys_again=keys_again)
    if verdict is not None:
        live.verdicts[leg] = verdict
    conversation.end()
    return verdict


def _ask(
    conversation: Conversation,
    briefing: Briefing,
    accepts: Callable[[Utterance], bool],
    last_pass: Callable[[], bool],
    *,
    deaf: bool,
    keys_again: float,
) -> Verdict | None:
    keys = briefing.keys()
    clip = briefing.clip() if briefing.clip else b""
    sound = briefing.brief() + (clip if briefing.clip_first else b"") + keys
    rounds = replays = 0
    while rounds < ROUNDS:
        rounds += 1
        answer = conversation.ask(sound, deaf=deaf)
        sound = keys
        match answer:
            case Gone():
                return None
            case Pressed(key="1" | "2" | "3" | "4" as key):
                return Verdict(answer=_ANSWERS[key], by="key")
            case Pressed(key="5") if clip and replays < REPLAYS:
                replays += 1
                rounds -= 1
                sound = clip + keys
            case Said() if accepts(
                Utterance(
                    text=answer.text,
                    started_at=answer.started,
                    ended_at=answer.ended,
                    unknown_share=answer.unknown_share,
                )
            ):
                return Verdict(answer="accept", by="voice")
            case Said() if answer.ended - answer.started <= PERSON and last_pass():
                return _keyless(conversation, keys[: round(keys_again * BYTES_PER_SECOND)])
            case Deaf():
                deaf = True
            case _:
                pass
    return Verdict(answer="nobody")


def _keyless(conversation: Conversation, keys: bytes) -> Verdict | None:
    """A person is there: the keys once more, and whoever presses none talks to the caller all the same."""
    match conversation.ask(keys, deaf=True):
        case Gone():
            return None
        case Pressed(key="1" | "2" | "3" | "4" as key):
            return Verdict(answer=_ANSWERS[key], by="key")
        case _:
            return Verdict(answer="accept", by="heard")

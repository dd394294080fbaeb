"""The leg's side of a call: an official hears what it is about and takes it, by key or by word. A voicemail never does.

Runs on the leg's own audio connection, in that connection's thread. Without it (controller gone, or its verdict
missing) the dialplan screens by keys alone.
"""

from __future__ import annotations

from collections.abc import Callable

from ivr.inbox import Briefing, LiveCall, Verdict
from ivr.speech import Audio, Conversation, Deaf, Gone, Pressed, Said
from recognizer.transcript import Utterance

ROUNDS = 3
"""The keys are said this often; who has not reacted by then is no person."""


def screen(
    live: LiveCall,
    leg: int,
    audio: Audio,
    *,
    talk: Callable[[Audio], Conversation],
    accepts: Callable[[Utterance], bool],
    trial: bool,
) -> Verdict | None:
    """Brief the official and wait for a verdict; None when the leg ended first. Ends the audio.

    `accepts` judges whole utterances: a greeting that merely contains 接 accepts nothing. In trial recognition only
    keys count.
    """
    briefing = live.briefing
    if briefing is None:
        audio.end()
        return None
    conversation = talk(audio)
    verdict = _ask(conversation, briefing, accepts, deaf=trial)
    if verdict is not None:
        live.verdicts[leg] = verdict
    conversation.end()
    return verdict


def _ask(
    conversation: Conversation, briefing: Briefing, accepts: Callable[[Utterance], bool], *, deaf: bool
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
            case Pressed(key="1"):
                return Verdict(answer="accept", by="key")
            case Pressed(key="2"):
                return Verdict(answer="refuse", by="key")
            case Pressed(key="5") if clip and replays < 2:
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
            case Deaf():
                deaf = True
            case _:
                pass
    return Verdict(answer="nobody")

"""What the words so far mean for the end of a turn: how long to wait in silence, and whether it may end early. Pure.

An early decision rings while the caller has only just fallen silent, so it is for what is beyond doubt and harms nobody
if a word was still to come: not where somebody may be complained of, not where danger may be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ivr.script import is_secret
from recognizer.answers import wishes_no_recording
from recognizer.endings import stops
from recognizer.request import Request
from routing.accused import complaining


class Pause(Enum):
    """How long a caller may be silent until what was said is taken for all of it."""

    WHOLE = "whole"
    """It is a whole request, surely understood: a short silence ends it."""
    USUAL = "usual"
    THOUGHT = "thought"
    """In mid-thought, or nothing is understood yet: a long one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the words of a turn mean for its end.

    answer: whom they ask for, as far as they were understood; it must have stood for a while. early: it may be given
    before the silence has passed. noise: a cough or a slammed door is heard as such words, and nobody tells a matter in
    them.
    """

    pause: Pause = Pause.USUAL
    answer: str = ""
    early: bool = False
    noise: bool = False


UNJUDGED = Judged()

OPEN_CASE = "open_case"
"""The first question to who has a case open: that it is worked on, and whether they want whoever handles it."""

OPEN_QUESTIONS = frozenset(
    {"question", OPEN_CASE, "ask_again", "greeting_reply", "silent_again_1", "silent_again_2", "no_recording_ok"}
)
"""Prompts after which a matter is told in the caller's own words: the others are answered by a word or two."""

UNKNOWN = 0.2
"""With a greater share of syllables that no known word matches, who knows what was said besides."""

_UNFINISHED = re.compile(
    r"(?:然后|后来|接着|就是|就是说|就是讲|那个|这个|嘞个|那种|因为|由于|所以|但是|但|可是|不过|只是|而且|并且|还有|还|另外|以及|或者"
    r"|如果|要是|比如|比如说|比方说|主要是|关键是|关于|对于|至于|为了|我想|我想问|我想问一下|我要|我是|我们|我跟你[说讲]|我给你[说讲]"
    r"|你晓得|你知道|他说|他们|一个|有个|一件|一条|一种|哪个时候|的时候|跟|和|把|被|给|向|从|嗯|呃|额)$"
)
"""Fillers and connectives: nobody is done with them."""
_SHORT = 6
"""Fewer characters are hardly a whole request: 停水了 may begin one."""
_NOISE = re.compile(r"[二按人嗯啊哦呃额哈咳喝哎唉诶]{1,4}")
"""What recognizers make of a cough, a knock or a breath: the small model 二, 按 and 人, others 嗯 and the like."""
_TAIL = re.compile(r"[，。！？、；\s按啊哦哈]+$")
"""Particles after a whole sentence, and what the small model makes of the line's noise after it: 按."""
_DANGER = re.compile(
    r"[死杀血刀毒晕昏淹炸]|救命|着火|起火|燃起来|火灾|跳[楼河桥下]|喝药|农药|自杀|不想活|活不下去|触电|漏气|煤气|燃气|困在|压[到在]|垮|塌"
    r"|掉下|打[人架]|抢|绑|失踪|走丢"
)
"""Words of danger to life: what follows them may be what calls 119."""


def judged(
    request: Request,
    *,
    text: str,
    said: str,
    trial: bool,
    sure: float,
    unknown_share: float = 0.0,
    settled: bool = True,
) -> Judged:
    """What the words of an answer to an open question mean for its end.

    text: the words; request: what they are understood as, with what was said before; said: all that was said in the
    call. trial: 试用识别. sure: the confidence that an early decision takes, 0 to 1. settled: whether nothing that is
    still to be said would change whom to ring.
    """
    if _NOISE.fullmatch(text.replace("，", "")) and unknown_share <= UNKNOWN:
        return Judged(noise=True)
    text = _TAIL.sub("", text)
    if _UNFINISHED.search(text):
        return Judged(pause=Pause.THOUGHT)
    if trial or request.intent in ("greeting", "director"):
        return UNJUDGED
    if request.intent == "emergency":
        return Judged(pause=Pause.WHOLE)
    if request.intent != "request" or request.matter is None:
        return UNJUDGED if wishes_no_recording(text) else Judged(pause=Pause.THOUGHT)
    answer = f"{request.matter} {request.place}"
    whole = len(text) >= _SHORT and stops(text)
    if not whole or request.confidence < sure or unknown_share > UNKNOWN:
        return Judged(answer=answer)
    # Two ways of understanding that have nothing in common must agree: 桶装水 is learned to be water from the tap.
    early = settled and not (
        request.worded != request.matter
        or "C2" in (request.matter, request.second)
        or request.type in ("建议", "表扬")
        or request.danger
        or request.urgency == "red"
        or request.complained_of
        or is_secret(request.type, said)
        or complaining(said)
        or _DANGER.search(said)
    )
    return Judged(pause=Pause.WHOLE, answer=answer, early=early)

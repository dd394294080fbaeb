"""One short question where two matters are close: whether the likelier one is meant. Pure.

It is asked once in a call, and only where the answer decides who is rung; whoever does not answer it plainly goes to a
person, who hears the caller's own words. ADR 0114.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from ivr.script import Answer, Heard, Progress, Rules, confirmed, is_secret, with_memory
from recognizer.answers import is_it
from recognizer.request import Request
from routing.route import Route

TOGETHER = 0.75
"""So likely it must be that one of the two is meant; then a no leaves the second one."""
NEARLY_ALL = 0.8
"""This share of all that is not the first matter must be the second one, for a no alone to make it sure."""
MUCH_UNKNOWN = 1 / 3
"""Where more than this of what was said matches no known word, the rest is no ground to be sure on."""
NEVER_ASKED = "C2"
"""窗口作风: who is rung for it never hangs on an answer."""

_NO = re.compile(r"^[嗯啊哦喂诶哎呃，]*(?:不是|不对|错了?，)")
_NOT_BUT = re.compile(r"(?:不是|不对|错了).*?(?<![不就我])是(.+)$")
"""不是低保，是医保: what is named in the end."""
_YES = re.compile(r"^[嗯啊哦喂诶哎呃，]*(?:是的|是嘞|是哩|对的|对头|对(?!不|于|面|门)|没错|要得|是，)")


def question_of(matter: str) -> str:
    """The key of the prompt that asks whether this matter is meant, in words of the people."""
    return f"is_it_{matter.lower()}"


NAMING = "is_it"
"""The prompt that asks by the matter's official name, for one that a county has added without a prompt of its own."""


def as_known(request: Request, unknown_share: float) -> Request:
    """The request, at most half as sure where many words were not known: dialect, or a bad line."""
    if unknown_share <= MUCH_UNKNOWN:
        return request
    return replace(request, confidence=request.confidence / 2, second_confidence=request.second_confidence / 2)


def close(request: Request, sure: float) -> bool:
    """Whether the first two matters are: neither sure, and hardly anything else likely."""
    return request.confidence < sure and request.confidence + request.second_confidence >= TOGETHER


def doubted(
    heard: Heard,
    progress: Progress,
    rules: Rules,
    *,
    said: str,
    route: Callable[[Request], Route],
    has: Callable[[str], bool],
) -> Heard:
    """What was heard, with the prompt of the question that is worth asking, if any.

    said: all that was said so far. route: whom a request would ring. has: whether a prompt is there to be said at once.
    """
    request = with_memory(heard.request, progress.known)
    if rules.trial or progress.doubted or progress.notices or request.matter is None or not request.second:
        return heard
    if request.intent != "request" or not close(request, rules.sure) or NEVER_ASKED in (request.matter, request.second):
        return heard
    if request.danger or request.urgency == "red" or request.complained_of:
        return heard
    if "举报" in said or is_secret(request.type, said) or not _rings_others(route(request), route(_second(request))):
        return heard
    own = question_of(request.matter)
    return replace(heard, doubt=own if has(own) else NAMING if has(NAMING) else "")


def _rings_others(first: Route, second: Route) -> bool:
    """Whether the ladders differ in who is rung first, or in the unit that is rung."""
    others = first.numbers[0] != second.numbers[0] or first.unit != second.unit
    return others and first.numbers != second.numbers


def _second(request: Request) -> Request:
    """The request, were it about its second matter; as sure of it as before."""
    assert request.second is not None
    return replace(
        request,
        matter=request.second,
        matter_name=request.second_name,
        confidence=request.second_confidence,
        evidence=(),
        second=None,
        second_name="",
        second_confidence=0.0,
    )


def settled(
    asked: Request, text: str, understand: Callable[[str], Request], rules: Rules, *, unknown_share: float = 0.0
) -> tuple[Answer, Request]:
    """What became of the question about `asked`, and the request as it stands after this answer to it.

    Sure only by a plain yes, by a no that leaves one matter, or by words that name one surely, alone or with those
    before. A danger or a wish for a person that they tell comes first.
    """
    told = is_it(text) if unknown_share == 0 else None
    if told:
        return "yes", confirmed(asked)
    if told is False:
        return "no", refused(asked)
    both = as_known(understand(f"{asked.text}，{text}"), unknown_share)
    alone = with_memory(as_known(understand(text), unknown_share), both)
    for one in (alone, both):
        if one.danger or one.intent in ("emergency", "director"):
            return "other", one
    asked = with_memory(asked, both)
    if both.matter:
        asked = replace(asked, urgency=both.urgency, place=both.place or asked.place)
    agrees, denies = _YES.search(text) is not None, _NO.search(text) is not None
    if agrees and both.matter == asked.matter and unknown_share == 0:
        return "yes", confirmed(asked)
    if instead := _NOT_BUT.search(text):
        named = with_memory(as_known(understand(instead[1]), unknown_share), both)
        if named.matter and named.confidence >= rules.sure:
            return "other", named
    for one in (alone, both):
        if one.matter and one.confidence >= rules.sure and not agrees and not (denies and one.matter == asked.matter):
            return ("yes" if one.matter == asked.matter else "other"), one
    rest = both if both.matter else asked
    if rest.matter == asked.matter and denies:
        rest = _second(asked)
    return "none", replace(rest, confidence=min(rest.confidence, asked.confidence))


def refused(asked: Request) -> Request:
    """After a no: the second matter, as sure as it is among all that is left, if that is nearly all."""
    second = _second(asked)
    share = asked.second_confidence / (1 - asked.confidence)
    return replace(second, confidence=round(share, 3)) if share >= NEARLY_ALL else second

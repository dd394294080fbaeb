"""What happens next in a call. Pure: what was reached so far + what just happened → the next step.

One open question, no menu. Whatever happens, at most a handful of questions later the caller is being put through to a
person; nobody there → the dialplan's promise and message. `tests/unit/ivr/test_script.py` holds the whole table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from cases.surge import Seen
from recognizer.answers import has_enough, has_more
from recognizer.request import Request
from routing.router import DIRECT, RequestFacts, Wish

# --- what may happen --------------------------------------------------------------------------------------------------


Answer = Literal["", "yes", "no", "other", "none"]
"""To the question whether one matter is meant: another one was named, or nothing plain was said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The call was answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The caller said something; `request` is what it was understood as, alone or with what was said before.

    surge: what place and matter came to among the latest calls, where they count. unknown_share: how much of it, 0 to
    1, no known word matches. doubt: the prompt of the question which of two matters is meant, where that decides who is
    rung; answer: what became of that question (ivr.doubt).
    """

    request: Request
    refuses_recording: bool = False
    surge: Seen | None = None
    unknown_share: float = 0.0
    doubt: str = ""
    answer: Answer = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """The time for an answer passed; `energy`: though there was some sound, but no word in it."""

    energy: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RecognizerGone:
    """Nobody listens any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioLost:
    """The conversation ended without the caller having hung up."""


Event = Answered | Heard | Key | Quiet | RecognizerGone | AudioLost

# --- what may be next -------------------------------------------------------------------------------------------------

BriefKind = Literal["sure", "clip", "silent", "plain"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """Put this question and listen."""

    prompt: str
    why: str
    stop_recording: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """Put the caller through. `prompt` is said while the first mobile already rings."""

    prompt: str
    wish: Wish
    brief: BriefKind
    why: str
    stop_recording: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """Say this, and end the call: the caller has heard what there is to hear, and wants nothing more."""

    prompt: str
    why: str


Step = Ask | Ring | Done


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the script depends on besides the call."""

    question: bool = True
    trial: bool = False
    sure: float = 0.6
    reasks: int = 2
    misunderstandings: int = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What was reached so far in a conversation."""

    greetings: int = 0
    failures: int = 0
    """Times something was said, or heard, that could not be understood."""
    silences: int = 0
    keys: int = 0
    recording_refused: bool = False
    request: Request | None = None
    """The last thing understood, for the brief and the case."""
    known: Request | None = None
    """What all that was said comes to, whatever became of it; its text is all of it."""
    surge: str = ""
    """The id of the surge of whose notice the answer is awaited; empty before and after."""
    notices: int = 0
    """How often the caller was told of a surge, or reminded of what to say. Never of a second surge."""
    doubt: Request | None = None
    """What it was asked about whether it is meant, while the answer is awaited."""
    doubted: bool = False
    """Whether that was asked in this call: never twice."""


GREETINGS = 2
"""“喂” is answered this often; then a person answers it better."""
KEYS = 2


def next_step(progress: Progress, event: Event, rules: Rules) -> tuple[Progress, Step]:
    """The step after the event, and what has been reached with it."""
    if isinstance(event, Heard):
        progress, event = _remembering(progress, event)
    return _next(progress, event, rules)


def _remembering(progress: Progress, event: Heard) -> tuple[Progress, Heard]:
    """Whoever was named in any sentence of the call is not forgotten in the next one."""
    before, said = progress.known, event.request.text
    request = with_memory(event.request, before)
    if progress.request is not None:
        progress = replace(progress, request=with_memory(progress.request, request))
    known = replace(request, text=f"{before.text}，{said}" if before else said)
    return replace(progress, known=known), replace(event, request=request)


def _next(progress: Progress, event: Event, rules: Rules) -> tuple[Progress, Step]:
    if progress.surge:
        return _after_notice(progress, event, rules)
    if progress.doubt:
        return _after_doubt(progress.doubt, replace(progress, doubt=None), event, rules)
    match event:
        case Answered():
            if rules.question:
                return progress, Ask(prompt="question", why="接通，请群众说事")
            return progress, Ring(prompt="transfer_person", wish="", brief="plain", why="这条线不提问，直接找人")
        case Key(key="0"):
            return progress, Ring(
                prompt="transfer_person", wish="key0", brief=brief_kind(progress.request, rules), why="按了0"
            )
        case Key():
            progress = replace(progress, keys=progress.keys + 1)
            if progress.keys < KEYS:
                return progress, Ask(prompt="ask_again", why="按了别的键，请直接说")
            return progress, Ring(
                prompt="transfer_person",
                wish="gave_up",
                brief=brief_kind(progress.request, rules),
                why="两次按了别的键，直接找人",
            )
        case RecognizerGone():
            return progress, Ring(
                prompt="recognizer_gone",
                wish="gave_up",
                brief=brief_kind(progress.request, rules),
                why="语音识别没有了，直接找人",
            )
        case AudioLost():
            return progress, Ring(
                prompt="transfer_unsure",
                wish="gave_up",
                brief=brief_kind(progress.request, rules),
                why="语音通道断了，直接找人",
            )
        case Quiet(energy=False):
            progress = replace(progress, silences=progress.silences + 1)
            if progress.silences <= rules.reasks:
                return progress, Ask(prompt=f"silent_again_{min(progress.silences, 2)}", why="没有声音，再问一次")
            return progress, Ring(prompt="transfer_silent", wish="silent", brief="silent", why="一直没有声音")
        case Quiet():
            return _failed(progress, rules, "有声音，没有听出话")
        case Heard():
            return _heard(progress, event, rules)


def _heard(progress: Progress, event: Heard, rules: Rules) -> tuple[Progress, Step]:
    request = event.request
    refuses = event.refuses_recording and not progress.recording_refused
    if refuses:
        progress = replace(progress, recording_refused=True)
    if request.danger or request.intent == "emergency":
        prompt = f"danger_{request.danger}" if request.danger else "danger"
        step = Ring(prompt=prompt, wish="", brief=brief_kind(request, rules), why="有危险，马上叫人")
        return replace(progress, request=request), _quietly(step, refuses)
    if request.intent == "director":
        wish: Wish = "person" if "人工" in request.text else "director"
        step = Ring(prompt="transfer_person", wish=wish, brief=brief_kind(request, rules), why="要找人")
        return replace(progress, request=request), _quietly(step, refuses)
    if event.surge and surge_as_met(event.surge, request, progress).step == "spared":
        progress = replace(progress, request=request, surge=event.surge.surge, notices=1)
        return progress, Ask(prompt=SURGE, why="集中来电，先听通知", stop_recording=refuses)
    if request.intent == "request" and event.doubt and not progress.doubted:
        progress = replace(progress, request=request, doubt=request, doubted=True)
        return progress, Ask(prompt=event.doubt, why="两件事分不清，打的人不同，问一句", stop_recording=refuses)
    if request.intent == "request":
        sure = brief_kind(request, rules)
        why = "听明白了" if sure == "sure" else "试用识别，放原话" if rules.trial else "没有把握，放原话"
        step = Ring(
            prompt="transfer_sure" if sure == "sure" else "transfer_unsure",
            wish="",
            brief=sure,
            why=_ANSWERED[event.answer] + why,
        )
        return replace(progress, request=request), _quietly(step, refuses)
    if refuses:
        # Nothing else was said: answer that, and ask for the matter. Neither a request nor a failure.
        return progress, Ask(prompt="no_recording_ok", why="不要录音，停止录音", stop_recording=True)
    if request.intent == "greeting":
        progress = replace(progress, greetings=progress.greetings + 1)
        if progress.greetings <= GREETINGS:
            return progress, Ask(prompt="greeting_reply", why="打招呼，应一声")
        return progress, Ring(prompt="transfer_person", wish="gave_up", brief="clip", why="只打招呼，直接找人")
    progress = replace(progress, request=progress.request or request)
    if rules.trial:
        return progress, Ring(prompt="transfer_unsure", wish="gave_up", brief="clip", why="试用识别，放原话")
    return _failed(progress, rules, "没听明白")


def _failed(progress: Progress, rules: Rules, why: str) -> tuple[Progress, Step]:
    progress = replace(progress, failures=progress.failures + 1)
    if progress.failures < rules.misunderstandings:
        return progress, Ask(prompt="ask_again", why=f"{why}，再问一次")
    return progress, Ring(prompt="transfer_unsure", wish="gave_up", brief="clip", why=f"还是{why}，直接找人")


# --- the question which of two matters is meant ---------------------------------------------------------------------

_ANSWERED: Mapping[Answer, str] = {
    "": "",
    "yes": "问了一句，群众说是，",
    "no": "问了一句，群众说不是，",
    "other": "问了一句，群众说的是别的，",
    "none": "问了一句，没有明确回答，",
}


def confirmed(request: Request) -> Request:
    """The request whose matter the caller has said it is."""
    return replace(request, confidence=1.0, second=None, second_name="", second_confidence=0.0)


def _after_doubt(asked: Request, progress: Progress, event: Event, rules: Rules) -> tuple[Progress, Step]:
    """The answer to it: somebody is rung, whatever it is (or a notice of a surge is heard); nothing is asked again."""
    match event:
        case Key(key="1"):
            return _heard(progress, Heard(request=confirmed(asked), answer="yes"), rules)
        case Heard(request=request) if request.danger or request.intent in ("request", "director", "emergency"):
            return _heard(progress, event, rules)
        case Key(key="0") | RecognizerGone() | AudioLost():
            return _next(progress, event, rules)
    refuses = isinstance(event, Heard) and event.refuses_recording
    progress = replace(progress, recording_refused=progress.recording_refused or refuses)
    step = Ring(
        prompt="transfer_unsure",
        wish="",
        brief=brief_kind(progress.request, rules),
        why=_ANSWERED["none"] + "放原话",
    )
    return progress, _quietly(step, refuses)


# --- what earlier sentences of the call say too -----------------------------------------------------------------------

COMPLAINTS = ("投诉", "举报")
"""The graver one last."""
_ABOUT = ("matter", "matter_name", "second", "second_name", "second_confidence", "confidence", "evidence")


def understood(text: str, earlier: Sequence[str], understand: Callable[[str], Request]) -> Request:
    """What the caller wants: by these words, or with what was said before when they alone say nothing.

    Who is complained of may be named in one sentence, and the complaint stand in another.
    """
    request = understand(text)
    if not earlier:
        return request
    together = understand("，".join([*earlier, text]))
    if request.intent == "unclear" and together.intent != "greeting":
        return together
    return replace(request, complained_of=_names(together.complained_of, request.complained_of))


def on_trial(request: Request) -> Request:
    """试用识别: danger, urgency and the wish for a person count; what it is about, a person finds out."""
    request = replace(request, matter=None, matter_name="", second=None, place="", complained_of="", named="")
    return replace(request, confidence=0.0, evidence=())


def with_memory(request: Request, earlier: Request | None) -> Request:
    """The request, with what is remembered of an earlier one of the same call."""
    return request if earlier is None else replace(request, **remembered(asdict(request), asdict(earlier)))


def remembered(request: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request (as in the fact `understood`) that an earlier one of the same call decides too.

    A 举报 stays one, then a 投诉; whom any sentence complains of is complained of; and who only wants a person in the
    end, or is in danger, still calls about what was told before.
    """
    types = [one.get("type") or "" for one in (request, earlier)]
    kept: dict[str, Any] = {
        "type": max(types, key=lambda one: COMPLAINTS.index(one) if one in COMPLAINTS else -1),
        "complained_of": _names(earlier.get("complained_of"), request.get("complained_of")),
    }
    if request.get("intent") in ("director", "emergency") and earlier.get("matter") and not request.get("matter"):
        kept |= {name: earlier[name] for name in _ABOUT if name in earlier}
        kept["place"] = request.get("place") or earlier.get("place") or ""
    return kept


def _names(*told: str | None) -> str:
    """Whom one or the other complains of, each once."""
    return "、".join(dict.fromkeys(name for names in told if names for name in names.split("、")))


# --- the surge --------------------------------------------------------------------------------------------------------

SURGE, SURGE_REDIAL, SURGE_ELSE = "surge", "surge_redial", "surge_else"
"""The notice of a surge to a caller and to one who is called back; and the reminder of what to say then."""
NOTICES = 2


def told_by_redial(progress: Progress, surge: str) -> tuple[Progress, Ask]:
    """A citizen whom nobody had talked to is called back, and the matter is a surge by now: the notice comes first."""
    return replace(progress, surge=surge, notices=1), Ask(prompt=SURGE_REDIAL, why="回拨，已是集中来电，先播通知")


def answer_to_notice(request: Request, rules: Rules) -> Request:
    """What was said after a notice. “还有别的” and “好的” name no matter, whatever they sound like."""
    vague = request.intent == "request" and brief_kind(request, rules) != "sure"
    if not vague or not (has_more(request.text) or has_enough(request.text)):
        return request
    return replace(request, intent="unclear", matter=None, matter_name="", second=None, confidence=0.0, evidence=())


def _after_notice(progress: Progress, event: Event, rules: Rules) -> tuple[Progress, Step]:
    """The answer to the notice: silence or thanks end the call, the same once more is told once; else a person."""
    beyond = replace(progress, surge="")
    match event:
        case Quiet(energy=False):
            return beyond, Done(prompt="thanks", why="听了集中来电的通知，没有别的事")
        case Heard(request=request, refuses_recording=False):
            same = _same(progress, event)
            if request.intent == "unclear" and has_more(request.text):
                return beyond, Ask(prompt="question", why="还有别的事，请说")
            if request.intent == "unclear" and event.unknown_share == 0.0 and has_enough(request.text):
                return beyond, Done(prompt="thanks", why="听了集中来电的通知，说没有别的")
            if (same or request.intent == "greeting") and progress.notices < NOTICES:
                return replace(progress, notices=progress.notices + 1), Ask(prompt=SURGE_ELSE, why="还是这件事，再提醒")
            if request.intent not in ("unclear", "greeting") and not same:
                return _next(beyond, event, rules)
        case Heard() | RecognizerGone() | AudioLost() | Key(key="0"):
            return _next(beyond, event, rules)
    return beyond, Ring(
        prompt="transfer_person",
        wish="",
        brief=brief_kind(progress.request, rules),
        why="听了通知还有话说，直接找人",
    )


def _same(progress: Progress, event: Heard) -> bool:
    """Whether the caller only says again what the notice was about; no danger, no complaint, no wish for a person."""
    request, before = event.request, progress.request
    if request.intent != "request" or request.danger or request.urgency == "red" or before is None:
        return False
    if request.type in COMPLAINTS or request.matter != before.matter:
        return False
    return not request.place or (event.surge is not None and event.surge.surge == progress.surge)


def surge_as_met(seen: Seen, request: Request, progress: Progress) -> Seen:
    """What comes of it in this call: who wants a person, or has been told a notice before, is put through all the same.

    By itself a surge only says that the caller may be spared.
    """
    rings = request.intent != "request" or progress.notices > 0
    return replace(seen, step="joined") if seen.step == "spared" and rings else seen


def counts_for_surge(request: Request, rules: Rules, *, said: str = "") -> bool:
    """Whether a call about this counts towards a surge: sure of the matter, and nothing that must always ring alone.

    said: all that was said so far. Red, danger, secret matters and complaints about somebody neither count nor are
    spared; nor does anything on 试用识别.
    """
    return (
        request.intent in ("request", "director")
        and brief_kind(request, rules) == "sure"
        and request.urgency != "red"
        and not request.danger
        and not request.complained_of
        and not is_secret(request.type, said or request.text)
    )


SECRET = re.compile(r"保密|匿名|别说(?:是我|出去)|不要说(?:是我|出去)|别让.{1,6}(?:知道|晓得)|莫让.{1,6}(?:知道|晓得)")


def is_secret(type: str, text: str) -> bool:
    """Whether what was said is to be treated as secret: a 举报, or the caller wishes it."""
    return type == "举报" or wished_secrecy(text) != ""


def wished_secrecy(text: str) -> Literal["", "保密", "匿名"]:
    """How the caller wishes to be kept secret, empty if they do not."""
    found = SECRET.search(text)
    return "" if found is None else "匿名" if found[0] == "匿名" else "保密"


def asked_of_router(
    request: Request | None,
    wish: Wish,
    *,
    said: str = "",
    profile: str = DIRECT,
    dialled: str = "",
    language: str = "",
    caller: str = "",
    handler: str = "",
) -> RequestFacts:
    """What the router asks of what was understood so far, of what the caller wants, and of the line.

    said: all that was said so far, when that is more than `request` was understood from: whom an earlier sentence
    complains of must not be rung either.
    """
    if request is None:
        return RequestFacts(
            wish=wish, profile=profile, dialled=dialled, language=language, caller=caller, handler=handler
        )
    return RequestFacts(
        matter=request.matter,
        urgency=request.urgency,
        intent=request.intent,
        place=request.place,
        wish=wish,
        secret=is_secret(request.type, said or request.text),
        complains=request.type in COMPLAINTS,
        text=said or request.text,
        profile=profile,
        dialled=dialled,
        language=language,
        caller=caller,
        handler=handler,
    )


def brief_kind(request: Request | None, rules: Rules) -> BriefKind:
    """How an official is told: by a sentence when the matter is sure, else by the caller's own words."""
    if request is None:
        return "plain"
    known = request.matter is not None and request.confidence >= rules.sure
    return "sure" if known and not rules.trial else "clip"


def _quietly(step: Ring, refuses: bool) -> Ring:
    return replace(step, stop_recording=True) if refuses else step

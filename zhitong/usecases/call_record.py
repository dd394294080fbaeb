"""What the facts of one call amount to. Pure: the same facts give the same record, in whatever order they came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases.correction import VERSION, Told
from cases.marks import URGENCIES, pressed, raised
from ivr.facts import Fact
from ivr.script import SURGE, SURGE_REDIAL, remembered

_SUBSTANCE = ("request", "director", "emergency")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallFile:
    """A file that holds sound of the call."""

    path: str
    kind: str
    made_at: datetime
    case: str = ""
    """Whose it is, where that is not the call's own case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallRecord:
    """One call as casework sees it. request: detail of the last `understood` with substance, else of the last one, with
    what the others tell of whom the citizen complains.

    ladder: the numbers planned. marks: the keys of cases.marks that are on; urgency has them in it. call_back: the
    first promise of an official to call back himself, made by call_back_by. joined: the case whose citizen an official
    on the line calls back; official is then him; unreached: the citizen did not answer. by_code: an official has
    called, as his code has shown, and for no matter of his own. alone: the dialplan went on without the controller,
    with its own sentences. planned: a ladder was. surges: its facts of this kind that name a surge. spared: the caller
    was told the notice of a surge, and nobody was rung. rang_back: the caller was missed by a callback, and enters it;
    elsewhere: and had something else to say in the end. contact: the number that the caller gave and confirmed last;
    unsure: one that they did not.
    """

    opened: Fact | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    urgency: str = "normal"
    transcript: str = ""
    unit: str = ""
    official: str = ""
    ladder: tuple[str, ...] = ()
    talk: Fact | None = None
    promised_at: datetime | None = None
    marks: frozenset[str] = frozenset()
    call_back: Fact | None = None
    call_back_by: str = ""
    joined: str = ""
    unreached: Fact | None = None
    rang_back: Fact | None = None
    elsewhere: bool = False
    contact: Fact | None = None
    unsure: Fact | None = None
    by_code: bool = False
    alone: bool = False
    planned: bool = False
    surges: tuple[Fact, ...] = ()
    spared: bool = False
    clip: str = ""
    files: tuple[CallFile, ...] = ()
    no_recording: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    ended: Fact | None = None

    @property
    def kind(self) -> str:
        """inbound, callback, redial or staff; empty while the call is not known to have been opened.

        When an official has dialled and the dialplan went on alone, it rang the ladder: that is a citizen's call.
        """
        if self.opened is None:
            return ""
        kind = "staff" if self.by_code else str(self.opened.detail["kind"])
        dialled = kind == "staff" and self.opened.detail.get("task") is None
        return "inbound" if dialled and self.alone and not self.joined else kind

    @property
    def talked(self) -> bool:
        """Whether a person and the caller talked."""
        return self.talk is not None

    @property
    def rang_ms(self) -> int | None:
        """Milliseconds from the INVITE to the answer; None where nobody saw them."""
        return None if self.opened is None else self.opened.detail.get("invite_ms")

    @property
    def human_ms(self) -> int | None:
        """Milliseconds from the INVITE until a person and the caller talked; None when they did not."""
        if self.opened is None or self.talk is None:
            return None
        return max(0, round((self.talk.at - self.opened.at).total_seconds() * 1000)) + (self.rang_ms or 0)

    @property
    def only_rang_back(self) -> bool:
        """Whether this was the callback that the caller had missed, and nothing else."""
        return self.rang_back is not None and not (self.elsewhere or self.alone or self.planned or self.talk)

    def asked(self, name: str) -> str:
        """A text of the request, empty if it was not understood."""
        return str(self.request.get(name) or "")


def read_call(facts: Iterable[Fact]) -> CallRecord:
    """The record of a call from its facts, all of one call_id."""
    opened = ended = talk = call_back = None
    request: Mapping[str, Any] = {}
    urgency, unit, clip = 0, "", ""
    heard: list[str] = []
    rungs: list[Mapping[str, Any]] = []
    promised_at, alone, planned, spared = None, False, False, False
    surges: list[Fact] = []
    keys: list[tuple[str, bool]] = []
    files: dict[str, CallFile] = {}
    no_recording = False
    answers: dict[str, str] = {}
    joined, who, by_code = "", "", False
    unreached: Fact | None = None
    rang_back: Fact | None = None
    elsewhere = False
    contact: Fact | None = None
    unsure: Fact | None = None
    talking: Fact | None = None
    for fact in sorted(facts, key=lambda fact: fact.seq):
        detail = fact.detail
        match fact.kind:
            case "opened" if opened is None:
                opened = fact
            case "heard":
                if detail["text"]:
                    heard.append(detail["text"])
                if detail.get("clip"):
                    clip = detail["clip"]
            case "understood":
                request, urgency = _followed(request, urgency, detail)
            case "planned":
                unit, rungs = detail["unit"] or unit, detail["rungs"]
                planned, spared, by_code = True, False, by_code and bool(joined)
            case "surge" if detail.get("surge"):
                surges.append(fact)
                unit = detail.get("unit") or unit
            case "asked" if detail["prompt"] in (SURGE, SURGE_REDIAL):
                spared = True
            case "talk":
                talking = fact
            case "talk_over":
                if detail.get("why") != "dropped":  # else the line broke at once: no talk
                    talk = talk or talking
                talking = None
            case "promise":
                promised_at = fact.due
            case "call_back" if call_back is None:
                call_back = fact
            case "joins":
                joined, who = detail["case"], detail["who"]
            case "nobody" if joined:
                unreached = fact
            case "rings_back" if detail["case"]:
                rang_back = rang_back or fact
            case "rings_back":
                elsewhere = True
            case "contact" if detail["confirmed"]:
                contact = fact
            case "contact":
                unsure = fact
            case "official":
                by_code = bool(detail["official"])
            case "marked":
                keys.append((detail["key"], detail["on"]))
            case "fallback":
                alone, spared, by_code = True, False, by_code and bool(joined)
            case "message":
                whose = detail.get("case", "")
                files[detail["path"]] = CallFile(path=detail["path"], kind="message", made_at=fact.at, case=whose)
            case "recording":
                files[detail["path"]] = CallFile(path=detail["path"], kind=detail["kind"], made_at=fact.at)
            case "no_recording":
                no_recording = True
            case "answered":
                answers[detail["question"]] = detail["answer"]
            case "ended" if ended is None:
                ended = fact
    talk = talk or talking
    marks = pressed(keys)
    return CallRecord(
        opened=opened,
        request=request,
        urgency=raised(URGENCIES[urgency], marks),
        transcript="。".join(heard),
        unit=unit,
        ladder=tuple(str(rung.get("number")) for rung in rungs),
        official=who or _name(rungs, talk),
        talk=talk,
        promised_at=promised_at,
        marks=marks,
        call_back=call_back,
        call_back_by=_name(rungs, call_back),
        joined=joined,
        unreached=unreached,
        rang_back=rang_back,
        elsewhere=elsewhere,
        contact=contact,
        unsure=unsure,
        by_code=by_code,
        alone=alone,
        planned=planned,
        surges=tuple(surges),
        spared=spared,
        clip=clip,
        files=tuple(files.values()),
        no_recording=no_recording,
        answers=answers,
        ended=ended,
    )


def told_by(details: Iterable[tuple[str, Mapping[str, Any]]]) -> Told | None:
    """What the machine made of a call, from kind and detail of its facts in order; None where it understood nothing.

    Nor in 试用识别, which holds back the matter of a request: what was not said was neither right nor wrong.
    The same that `read_call` gives the case, but for what officials marked in the talk.
    """
    request: Mapping[str, Any] = {}
    urgency, unit = 0, ""
    for kind, detail in details:
        if kind == "understood":
            request, urgency = _followed(request, urgency, detail)
        elif kind in ("planned", "surge"):
            unit = detail.get("unit") or unit
    if not request or (request["intent"] == "request" and not request.get("matter")):
        return None
    about = {name: str(request.get(name) or "") for name in ("text", "matter", "type", "place", VERSION)}
    return Told(**about, urgency=URGENCIES[urgency], unit=unit, confidence=float(request.get("confidence") or 0))


def _followed(request: Mapping[str, Any], urgency: int, detail: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
    """Request and urgency (its place in URGENCIES) after one more `understood`."""
    later = detail["intent"] in _SUBSTANCE or request.get("intent") not in _SUBSTANCE
    request, other = (detail, request) if later else (request, detail)
    request = {**request, **remembered(request, other)} if other else request
    grade = detail.get("urgency", "normal")
    return request, max(urgency, URGENCIES.index(grade) if grade in URGENCIES else 0)


def _name(rungs: list[Mapping[str, Any]], of: Fact | None) -> str:
    if of is None:
        return ""
    found = next((rung for rung in rungs if rung.get("number") == of.detail["number"]), None)
    return f"{found.get('post') or ''}{found.get('name') or ''}" if found else ""

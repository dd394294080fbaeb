"""Where Asterisk's connections and events arrive, and the call they belong to is found. Starts each call's session."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Set

from dialplans import names
from ivr.agi import Agi, AgiGone
from ivr.ami import Channel
from ivr.audio import AudioConnection
from ivr.call import Call, CallKind, new_base, whose
from ivr.given_number import ask_for_number
from ivr.inbox import Event, LiveCall, Registry, Reply
from ivr.ports import CallPorts
from ivr.screening import screen
from ivr.session import CATCH_UP, NAMED, Session
from ivr.speech import Audio, Conversation
from recognizer.answers import accepts
from routing.route import Rung

log = logging.getLogger(__name__)

_CALL_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,149}")
"""An Asterisk UNIQUEID, with or without a system name; it becomes part of file names."""
_PLACED: Mapping[str, CallKind] = {
    names.AGI_CALLBACK: "callback",
    names.AGI_REDIAL: "redial",
    names.AGI_STAFF: "staff",
}
_SCREENED: Mapping[Reply, str] = {
    "accept": names.SCREEN_ACCEPT,
    "refuse": names.SCREEN_REFUSE,
    "deputy": names.SCREEN_DEPUTY,
    "later": names.SCREEN_LATER,
    "nobody": names.SCREEN_NOBODY,
}


class Switchboard:
    """`on_request`, `on_audio` and `on_event` are what the servers and AMI call, on threads of their own."""

    def __init__(
        self, ports: CallPorts, *, stranger: Callable[[Event], None] = lambda event: None, limit: int = 1024
    ) -> None:
        """`stranger` gets events of calls nobody here knows: calls from before a restart. It must not block."""
        self._ports = ports
        self._stranger = stranger
        self._calls = Registry(limit=limit)
        self._missing: frozenset[str] = frozenset()

    # --- AGI ----------------------------------------------------------------------------------------------------------

    def on_request(self, agi: Agi) -> None:
        """Serve one AGI request. For a new call this thread becomes the call's thread."""
        kind, *rest = agi.request or ("",)
        match kind:
            case names.AGI_ANSWER:
                self._begin(agi, "inbound", 0)
            case names.AGI_CALLBACK | names.AGI_REDIAL | names.AGI_STAFF if rest and rest[0].isdigit():
                self._begin(agi, _PLACED[kind], int(rest[0]))
            case names.AGI_NEXT | names.AGI_NOBODY | names.AGI_LATER | names.AGI_OTHERS | names.AGI_DIRECTED if rest:
                owner = whose(rest[0])
                live = self._calls.find(owner.base) if owner else None
                if live is None or not live.put(agi):
                    agi.close()  # nobody's call: the dialplan goes on without us
            case names.AGI_SCREENED if rest:
                self._screened(agi, rest[0])
            case names.AGI_ALIVE:
                agi.close()  # the watchman: that we accept and close is what it wants to know
            case _:
                log.warning("AGI request %r is not ours", kind)
                agi.close()

    def _begin(self, agi: Agi, kind: CallKind, task: int) -> None:
        if agi.left:
            # We hung, and the call went on without us: not ours. Asterisk's notes tell when it began and how it went.
            log.warning("a call was not waited for; its case is made of Asterisk's notes")
            agi.close()
            return
        dialled = agi.env.get("agi_arg_3", "")
        line = self._ports.settings.line(dialled)
        call = Call(
            id=agi.env.get("agi_arg_1") or agi.env.get("agi_uniqueid", ""),
            base=new_base(),
            channel=agi.env.get("agi_channel", ""),
            caller=agi.env.get("agi_arg_2", ""),
            dialled=dialled,
            line=line.name,
            profile=line.profile,
            language=line.language,
            kind=kind,
            answered=time.monotonic(),
        )
        live = LiveCall(call, note=self._ports.note, now=self._ports.now, monotonic=time.monotonic)
        if not _CALL_ID.fullmatch(call.id) or not self._calls.add(live):
            log.error("call refused: no usable id, or too many calls")
            agi.close()
            return
        session = Session(live, self._ports.speaking(line))
        try:
            if kind == "inbound":
                session.run_inbound(agi)
            elif kind == "redial":
                session.run_redial(agi, task)
            elif kind == "staff":
                session.run_staff(agi, task)
            else:
                session.run_callback(agi, task)
        except Exception:
            # The call's outermost edge. Unanswered, the dialplan goes on alone and rings; we note how that ends.
            log.exception("call %s: the controller failed, the dialplan goes on without it", call.id)
            agi.close()
            session.watch()
        finally:
            agi.close()
            self._calls.remove(live)

    def _screened(self, agi: Agi, uuid: str) -> None:
        owner = whose(uuid)
        live = self._calls.find(owner.base) if owner else None
        try:
            verdict = live.verdicts.get(owner.number) if live and owner else None
            if verdict is not None:
                agi.set_variable(names.KEY, _SCREENED[verdict.answer])
        except AgiGone as gone:
            log.info("leg left before its verdict: %s", gone)
        finally:
            agi.close()

    # --- AudioSocket --------------------------------------------------------------------------------------------------

    def on_audio(self, audio: AudioConnection) -> None:
        """Hand a caller's audio to the call's thread; hold a leg's screening here."""
        owner = whose(audio.uuid)
        live = self._calls.find(owner.base) if owner else None
        if owner is None or live is None:
            audio.close()
        elif owner.side == "caller" and owner.number in names.NUMBER_TURNS.values():
            try:
                ask_for_number(live, owner.number, audio, self._ports, self._number_talk)
            finally:
                audio.close()
        elif owner.side == "caller":
            if not live.put(audio):
                audio.close()
        else:
            try:
                settings = self._ports.settings
                screen(
                    live,
                    owner.number,
                    audio,
                    talk=self._leg_talk,
                    accepts=accepts,
                    trial=settings.trial,
                    keys_again=max(0.0, settings.keyless - settings.screening.turn.wait),
                )
            finally:
                audio.close()

    def _leg_talk(self, audio: Audio) -> Conversation:
        return Conversation(
            audio, listen=self._ports.listen, activity=self._ports.activity, settings=self._ports.settings.screening
        )

    def _number_talk(self, audio: Audio) -> Conversation:
        ports = self._ports
        return Conversation(audio, listen=ports.listen, activity=ports.activity, settings=ports.settings.number)

    # --- the number of the case ---------------------------------------------------------------------------------------

    def on_named(self, call_id: str, short: str) -> None:
        """The number under which this call's case is told has been chosen, and stands in the database. Never blocks."""
        live = self._by_id(call_id)
        if live is not None:
            live.short = short
            live.put(Event(kind=NAMED))

    # --- AMI ----------------------------------------------------------------------------------------------------------

    def on_event(self, headers: Mapping[str, str]) -> None:
        """A UserEvent HL. Never blocks."""
        event = Event(kind=headers.get(names.EVENT_KIND, ""), headers=headers)
        live = self._calls.find(headers.get(names.EVENT_BASE, "")) or self._by_id(headers.get(names.EVENT_CALL, ""))
        if live is not None:
            live.put(event)
        else:
            self._stranger(event)

    def resync(
        self, channels: Callable[[], Iterable[Channel]], notes: Callable[[], Mapping[str, str]] = dict[str, str]
    ) -> None:
        """After a gap in AMI: catch up with what was not told, and end the calls whose channel is not up any more.

        `channels` asks what is up, `notes` what the dialplan noted of its calls in AstDB, by call id.
        """
        ours = self._calls.all()  # first: a call that begins while we ask is up, and not in the answer
        if not ours:
            return
        there = {channel.id for channel in channels()}
        noted = notes()
        for live in ours:
            _, _, _, _, phase, leg, *_ = (noted.get(live.call.id, "") + "||||||").split("|")
            _catch_up(live, phase, leg, gone=live.call.id not in there)

    def sweep(self, up: Set[str], noted: Mapping[str, tuple[str, str]]) -> None:
        """End the calls whose channel was up neither at this look nor at the last: their end was never told.

        So it is when an official accepts in the instant in which the caller hangs up: Asterisk then leaves the handler
        of the hang-up half-way. up: ids of the channels that are up; noted: phase and leg of AstDB's note, by call id.
        """
        missing = {live.call.id: live for live in self._calls.all() if live.call.id not in up}
        for call_id in self._missing & missing.keys():
            log.warning("call %s: its channel is gone, and its end was not told", call_id)
            _catch_up(missing[call_id], *noted.get(call_id, ("", "")), gone=True)
        self._missing = frozenset(missing)

    def _by_id(self, call_id: str) -> LiveCall | None:
        # Events before the base was set, of a call whose AGI has just begun: rare, so a walk will do.
        return next((live for live in self._calls.all() if live.call.id == call_id), None) if call_id else None

    def direct(self, call_id: str, rung: Rung) -> None:
        """Have this rung come before all others, once the dialplan asks for it (names.CONTEXT_DIRECTED)."""
        live = self._by_id(call_id)
        if live is not None:
            live.directed = rung

    def channel_of(self, call_id: str) -> str:
        """The channel of the caller in this call, as AMI knows it; empty when it is not up."""
        live = self._by_id(call_id)
        return live.call.channel if live else ""

    def caller_of(self, call_id: str) -> str:
        """The number that calls in this call; empty when it is not up."""
        live = self._by_id(call_id)
        return live.call.caller if live else ""

    @property
    def talking(self) -> tuple[str, ...]:
        """The numbers that are in a talk now, one for each talk."""
        return tuple(live.talks_with for live in self._calls.all() if live.talks_with)

    @property
    def alive(self) -> frozenset[str]:
        """The ids of the calls that have a thread here."""
        return frozenset(live.call.id for live in self._calls.all())


def _catch_up(live: LiveCall, phase: str, leg: str, *, gone: bool) -> None:
    known = {names.EVENT_PHASE: phase, names.EVENT_NUMBER: leg}
    live.put(Event(kind=CATCH_UP, headers=known))
    if gone:
        live.put(Event(kind=names.KIND_GONE, headers=known))

"""One call, top to bottom, on one thread: answer, listen, put through, watch, close.

The dialplan does the ringing and talking and comes to us at its own pace (`ivr.inbox`); between its visits this thread
waits with limits. Whatever goes wrong here, the dialplan's deadman takes the call to a person without us; a thread
that finds its call taken only notes what it still hears of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from asterisk.agi import AGIError

from cases.callback import CallbackBrief
from cases.redial import RedialBrief
from cases.surge import Seen
from dialplans import names
from dialplans.flow import WHOLE_SECONDS
from dialplans.prompt_texts import spoken_count, spoken_digits
from dialplans.prompts import Prompt
from ivr.agi import Agi
from ivr.audio import AudioConnection
from ivr.call import Call, CallState, IllegalMove, caller_uuid, move
from ivr.callback import CallbackTalk
from ivr.callback import Outcome as CallbackOutcome
from ivr.clip import load_clip, save_clip
from ivr.doubt import NAMING, as_known, doubted, refused, settled
from ivr.early import OPEN_CASE, OPEN_QUESTIONS, Judged, judged
from ivr.given_number import NumberTalk, digits_sound
from ivr.inbox import Briefing, Event, LiveCall
from ivr.menu import Connect, Menu, StaffCall, hold
from ivr.ports import CallPorts, KnownCaller, Line
from ivr.script import (
    SURGE,
    SURGE_ELSE,
    SURGE_REDIAL,
    Answer,
    Answered,
    Ask,
    AudioLost,
    Done,
    Heard,
    Key,
    Progress,
    Quiet,
    RecognizerGone,
    Ring,
    Rules,
    Step,
    answer_to_notice,
    asked_of_router,
    brief_kind,
    counts_for_surge,
    is_secret,
    next_step,
    on_trial,
    remembered,
    surge_as_met,
    told_by_redial,
    understood,
    with_memory,
)
from ivr.script import Event as Happened
from ivr.speech import BYTES_PER_SECOND, Conversation, Deaf, Gone, Pressed, Said, Silent
from recognizer.answers import wishes_no_recording
from recognizer.request import Request
from routing.phone import dialled_back, mask
from routing.route import Route
from routing.router import RequestFacts, Wish

log = logging.getLogger(__name__)

CATCH_UP = "catch-up"
"""An event of our own, after a gap in AMI: the phase Asterisk noted of the call, and the number talked to."""

NAMED = "named"
"""An event of our own: the number of the case that is told to the caller is known."""

NUMBER_TOLD = frozenset({"waiting", "waiting_2", "danger_fire", "danger_medical", "danger_crime", "danger_traffic"})
"""Prompts that speak of the caller's number as known; each has a `_hidden` one beside it for callers whose is not."""

STAFF_KEY = "*"
"""Pressed at the question by an official who calls from a telephone that is not his own."""

LONGEST_BRIEF = 1000
"""Characters of the paths of a brief: a line of AGI holds no more than some two thousand."""

MOST_COUNTED = 99
"""Calls of one caller; more are not counted aloud."""


class Session:
    """Runs one call. `run_inbound` and its siblings return when the call is over, led by us or not."""

    def __init__(self, live: LiveCall, ports: CallPorts, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._live = live
        self._call: Call = live.call
        self._ports = ports
        self._settings = ports.settings
        self._monotonic = monotonic
        self._state = CallState.ANSWERED
        self._progress = Progress()
        self._said: list[str] = []
        self._clip: Path | None = None
        self._turn = 0
        self._by_keys = False
        self._outcome = ""
        self._accused = ""
        self._planned: Route | None = None
        self._rungs = 0  # that were begun so far
        self._keyless: dict[int, str] = {}
        self._official = ""  # the number of the official on the line, in a call with one
        self._record: Callable[[str], None] | None = None
        self._surges: dict[str, Seen] = {}
        self._anew = 0
        self._began = False
        self._flow = ""  # of the line, which comes before the question
        self._latest: tuple[tuple[str, int, int, Progress], Request] | None = None

    # --- the three kinds of call --------------------------------------------------------------------------------------

    def run_inbound(self, agi: Agi) -> None:
        """Somebody has dialled the line: `agi` is the dialplan's first visit."""
        official = self._ports.staff.whose(self._call.caller)
        if official:
            visit = self._official_dialled(agi, official)
            if visit is None:
                self.watch()
                return
            agi = visit
        line = self._settings.line(self._call.dialled)
        rules = self._rules(question=line.question or bool(official))
        notice = self._notice()
        self._opened("inbound", notice_version=str(notice.version))
        log.info("call %s from %s on %s", self._call.id, mask(self._call.caller), self._call.line)
        step = self._decide(Answered(), rules)
        with self._visit(agi) as told:
            self._introduce(told)
            told[names.NOTICE] = notice.path
            if official:
                told[names.RECORD] = ""
                told[names.STATE] = names.STATE_OPEN
            elif isinstance(step, Ring):
                self._plan(agi, told, step)
            else:
                self._flow = self._ports.flow(self._call.dialled)
                if self._flow:
                    told[names.FLOW] = self._flow
                told[names.STATE] = names.STATE_LISTEN
        if isinstance(step, Ask):
            self._listen(step, rules)
        self.watch()

    def run_redial(self, agi: Agi, task: int) -> None:
        """A 回拨: the citizen nobody had talked to has answered our call. Ring at once, the apology goes over it."""
        brief = self._ports.redial(task)
        self._opened("redial", brief, task=task, case=brief.case_number if brief else None)
        if brief is not None:
            known = KnownCaller(earlier_calls=brief.earlier_calls, care=brief.care)
            self._live.known, self._accused = lambda: known, brief.accused
        if brief is not None and brief.text:
            request = self._understood(brief.text)
            request = replace(request, **remembered(asdict(request), {"type": brief.type}))
            self._progress = Progress(request=request, known=request)
        if brief is not None and brief.clip:
            self._clip = Path(brief.clip) if load_clip(Path(brief.clip)) else None  # it may have expired
        refused = brief is not None and brief.no_recording
        if refused:
            self._progress = replace(self._progress, recording_refused=True)
            self._clip = None
        kind = brief_kind(self._progress.request, self._rules())
        notice = self._surge_of(self._progress.request, self._rules()) if self._progress.request else None
        with self._visit(agi) as told:
            self._introduce(told)
            told[names.NOTICE] = names.SAY_NOTHING if refused else self._notice().path
            if notice is not None and notice.step == "spared":
                told[names.STATE] = names.STATE_LISTEN
                if refused:
                    told[names.RECORD] = names.RECORD_NO
            else:
                notice = None
                self._plan(agi, told, Ring(prompt="redial_open", wish="", brief=kind, why="回拨，直接找人"))
        if refused:
            self._live.note("no_recording", why="群众上次来电不要录音")
        if notice is not None:
            self._progress, ask = told_by_redial(self._progress, notice.surge)
            self._listen(ask, self._rules())
        self.watch()

    def run_callback(self, agi: Agi, task: int) -> None:
        """A 回访: the citizen of a closed case has answered our call; or of one that came in writing. Not recorded."""
        brief = self._ports.callback(task)
        kind = "confirm" if brief is not None and brief.channel else "callback"
        self._opened(kind, brief, task=task, case=brief.case_number if brief else None)
        with self._visit(agi) as told:
            self._introduce(told)
            told[names.NOTICE] = names.SAY_NOTHING if brief else self._sorry("callback_static")
            told[names.RECORD] = names.RECORD_NO
            told[names.STATE] = names.STATE_LISTEN if brief else names.STATE_DONE
        if brief is not None:
            self._call_back(brief)
        self.watch()

    def run_staff(self, agi: Agi, task: int) -> None:
        """An official whom the system called has answered. Not recorded, unless a citizen is joined."""
        placed = self._ports.staff.placed(task)
        self._official = self._live.talks_with = placed.number if placed else ""
        self._opened("staff", placed, task=task)
        visit, end = self._serve(agi, placed.menu if placed else None)
        self._finish(visit, end)
        self.watch()
        self._ports.staff.over(task, self._official, visit is not None and end is None)

    def _opened(
        self, kind: str, brief: CallbackBrief | RedialBrief | StaffCall | None = None, **more: str | int | None
    ) -> None:
        self._began = True
        whose = {"shared": True} if self._shared else {}
        self._live.note(
            "opened",
            caller=brief.number if brief else self._call.caller,
            dialled=self._call.dialled,
            kind=kind,
            line=self._call.line,
            profile=self._call.profile,
            **whose,
            **more,
        )

    def _sorry(self, key: str) -> str:
        """The path of what is said to whom we called without knowing any more what for: the database has gone since."""
        said = self._ports.prompt(key)
        self._live.note("asked", prompt=said.key, text=said.text)
        return said.path

    def _rules(self, *, question: bool = True) -> Rules:
        told = self._settings
        return Rules(
            question=question,
            trial=told.trial,
            sure=told.sure,
            reasks=told.reasks,
            misunderstandings=told.misunderstandings,
        )

    # --- with an official on the line ---------------------------------------------------------------------------------

    def _official_dialled(self, agi: Agi, official: str) -> Agi | None:
        """Offer an official what officials call for. Returns the visit with which this goes on as a citizen's call.

        So it does when the sound breaks: nobody knows what he wanted, and a citizen's call has a case and a callback.
        """
        number = dialled_back(self._call.caller, self._settings.area_code) or self._call.caller
        self._official = self._live.talks_with = number
        visit, end = self._serve(agi, self._ports.staff.dialled(official, number))
        if visit is not None and (end is None or end.citizen):
            self._official = self._live.talks_with = ""
            return visit
        if not self._began:
            self._opened("staff")
        self._finish(visit, end)
        return None

    def _serve(self, agi: Agi, menu: Menu | None) -> tuple[Agi | None, Menu | None]:
        """Hold a menu. Returns the dialplan's next visit, if it came, and where the menu ended, if it was held."""
        with self._visit(agi) as told:
            self._introduce(told)
            told[names.NOTICE] = names.SAY_NOTHING if menu else self._sorry("staff_static")
            told[names.RECORD] = names.RECORD_NO
            told[names.STATE] = names.STATE_LISTEN if menu else names.STATE_DONE
        if menu is None:
            return None, None
        self._move("listen")
        end = None
        met = self._meet(AudioConnection, Agi, limit=self._settings.meet_limit)
        if isinstance(met, AudioConnection):
            with closing(met):
                conversation = self._conversation(met)
                end = self._hold(menu, conversation)
                conversation.end()
            # Without an end, too: who has hung up does not come, but who has lost the sound does.
            met = self._meet(Agi, limit=self._settings.step_limit)
        return met if isinstance(met, Agi) else None, end

    def _hold(self, menu: Menu, conversation: Conversation) -> Menu | None:
        ports = self._ports
        return hold(menu, conversation, prompt=ports.prompt, note=self._live.note, deaf=self._settings.trial)

    def _finish(self, visit: Agi | None, end: Menu | None) -> None:
        """Tell the dialplan what a menu came to: a citizen is called, something is recorded, or all has been said.

        Where the sound broke off it is told nothing, and says by itself that we call again.
        """
        if visit is None or end is None:
            if visit is not None:
                visit.close()
            return
        with self._visit(visit) as told:
            told[names.OFFICIAL] = self._official
            if end.connect is not None:
                self._join(told, end.connect)
            elif end.record is not None:
                self._record = end.record
                told[names.PROMISE] = names.SAY_NOTHING
                told[names.ASKED] = "yes"
                told[names.STATE] = names.STATE_MESSAGE
            else:
                self._outcome = "staff"
                told[names.STATE] = names.STATE_DONE

    def _join(self, told: dict[str, str], connect: Connect) -> None:
        said = self._ports.prompt(connect.said.key, **connect.said.slots)
        if connect.words:
            self._said = [connect.words]
            request = self._understood(connect.words)
            request = replace(request, **remembered(asdict(request), {"type": connect.type}))
            self._progress = replace(self._progress, request=request, known=request)
        self._live.note("joins", case=connect.case_number, number=self._official, who=connect.who)
        self._live.note("asked", prompt=said.key, text=said.text)
        told[names.RECORD] = "" if connect.recorded else names.RECORD_NO
        told[names.PROMISE] = said.path
        told[names.CONNECT] = connect.number
        told[names.STATE] = names.STATE_CONNECT
        self._move("ring")

    def _by_code(self, conversation: Conversation) -> Menu | None:
        """An official calls from another telephone than his own."""
        self._official, found = self._call.caller, list[str]()

        def known(official: str) -> None:
            found.append(official)
            self._live.note("official", official=official)

        end = self._hold(self._ports.staff.coded(self._call.caller, known), conversation)
        if found and end is not None and end.citizen:
            self._live.note("official", official="")  # what follows is a matter of his own
        return end

    # --- listening ----------------------------------------------------------------------------------------------------

    def _listen(self, first: Ask, rules: Rules) -> None:
        """Hold the conversation until it is clear whom to ring, then tell the dialplan. Returns early once not ours."""
        self._move("listen")
        if not self._hidden:
            self._live.known = self._ports.known_caller(self._call.caller, self._call.id)
        step: Step | Menu | None = None
        flow = WHOLE_SECONDS if self._flow else 0
        met = self._meet(AudioConnection, Agi, limit=self._settings.meet_limit + flow)
        if isinstance(met, AudioConnection):
            with closing(met):
                conversation = self._conversation(met)
                missed = self._live.known().callback if self._call.kind == "inbound" else None
                step = self._rang_back(conversation, missed, first, rules) if missed else self._first_of_all(first)
                if not isinstance(step, Done):
                    step = self._talk(conversation, step, rules)
                conversation.end()
            met = self._meet(Agi, limit=self._settings.step_limit)
        if not isinstance(met, Agi):
            return
        if isinstance(step, Menu):
            self._finish(met, step)
            return
        if met.request[0] == names.AGI_NOBODY:
            self._answer(met)  # the line's flow led to a message
            return
        with self._visit(met) as told:
            if met.request[0] == names.AGI_DIRECTED:
                self._direct(met, told)
                return
            if isinstance(step, Done):
                told[names.STATE] = names.STATE_DONE
                return
            if step is None:
                # No conversation: a key in the notice, or the audio was lost. The caller is still there: ring.
                step = self._decide(Key(key="0") if met.env.get("agi_arg_1") == "0" else AudioLost(), rules)
            self._plan(met, told, step if isinstance(step, Ring) else _anyone())

    def _first_of_all(self, first: Ask) -> Ask:
        """The first question; to who has a case open that it is worked on, if that is known and made by now.

        What it is about is not said: the telephone may not be the caller's alone.
        """
        mine = self._live.known().open_case
        if first.prompt != "question" or mine is None:
            return first
        said = self._ports.ready(OPEN_CASE, day=mine.day, when=mine.when)
        return first if said is None else replace(first, prompt=OPEN_CASE)

    def _call_back(self, brief: CallbackBrief) -> None:
        self._move("listen")
        outcome = CallbackOutcome()
        met = self._meet(AudioConnection, Agi, limit=self._settings.meet_limit)
        if isinstance(met, AudioConnection):
            with closing(met):
                conversation = self._conversation(met)
                talk = CallbackTalk(brief, self._ports, self._live.note, keep=self._keep_addition)
                outcome = talk.hold(conversation)
                conversation.end()
            met = self._meet(Agi, limit=self._settings.step_limit)
        if not isinstance(met, Agi):
            return
        with self._visit(met) as told:
            if outcome.to_human:
                self._plan(met, told, Ring(prompt="transfer_person", wish="person", brief="plain", why="回访时要找人"))
            else:
                self._outcome = "callback"
                told[names.STATE] = names.STATE_DONE

    def _rang_back(self, conversation: Conversation, missed: CallbackBrief, first: Ask, rules: Rules) -> Step:
        """Who has missed our callback and rings back enters it at once; whatever else they want, the call goes on."""
        which = {"confirm": True} if missed.channel else {"recheck": True} if missed.recheck else {}
        self._live.note("rings_back", case=missed.case_number, task=missed.task_id, **which)

        def keep(pcm: bytes) -> None:
            self._keep_addition(pcm, case=missed.case_number)

        outcome = CallbackTalk(missed, self._ports, self._live.note, rang_back=True, keep=keep).hold(conversation)
        if outcome.gone:
            return first  # its sound, too: the next question finds out
        if not (outcome.other or outcome.to_human):
            self._outcome = "callback"
            return Done(prompt="callback_thanks", why="回电，回访完了")
        self._live.note("rings_back", case="")
        if outcome.to_human:
            return self._decide(Key(key="0"), rules)
        return self._decide(self._heard(outcome.said), rules) if outcome.said else first

    def _talk(self, conversation: Conversation, step: Step, rules: Rules) -> Ring | Done | Menu | None:
        """Ask and listen until the script says ring, or that all is said, or a menu has ended.

        None when the audio ended under us.
        """
        while not isinstance(step, Ring):
            if isinstance(step, Ask) and step.stop_recording:
                self._stop_recording()
            if isinstance(step, Done) and self._outcome == "surge":
                self._exchange_numbers(conversation)
            text, sound = self._question(step.prompt)
            self._live.note("asked", prompt=step.prompt, text=text)
            judge = self._judged if step.prompt in OPEN_QUESTIONS else None
            answer = conversation.say(sound) if isinstance(step, Done) else conversation.ask(sound, judge=judge)
            if answer is None and isinstance(step, Done):
                return step
            if answer is None or isinstance(answer, Gone):
                return None
            if answer == Pressed(key=STAFF_KEY) and not self._progress.doubt:  # that question is never put again
                self._live.note("pressed", key=STAFF_KEY)
                menu = self._by_code(conversation)
                if menu is None or not menu.citizen:
                    return menu
                continue
            step = self._decide(self._happened(answer), rules)
        return step

    def _exchange_numbers(self, conversation: Conversation) -> None:
        """A caller for whom nobody is rung is asked where they can be called, and told the number of the case."""
        if self._no_number:
            NumberTalk(self._live, self._ports, introduced=True).hold(conversation)
        short, sound = self._live.short, b""
        if short:
            for key in ("case_number", "case_number_again"):
                sound += self._ports.prompt(key).pcm() + digits_sound(self._ports.prompt, short)
            keep = self._ports.prompt("case_number_report" if self._hidden else "case_number_keep")
            if conversation.say(sound + keep.pcm()) is None:
                self._spoken()
        elif not self._hidden:
            conversation.say(self._ports.prompt("case_number_later").pcm())

    def _spoken(self) -> None:
        self._live.note("asked", prompt="case_number", text=f"您的编号是{spoken_digits(self._live.short)}")

    def _question(self, key: str) -> tuple[str, bytes]:
        """(text, sound) of what is asked: a prompt, or the sentences of a surge's notice."""
        if self._progress.doubt:
            return self._doubt(key, self._progress.doubt)
        if key not in (SURGE, SURGE_REDIAL):
            mine = self._live.known().open_case if key == OPEN_CASE else None
            prompt = self._ports.prompt(key, **({"day": mine.day, "when": mine.when} if mine else {}))
            return prompt.text, prompt.pcm()
        self._outcome = "surge"
        self._anew = len(self._said)
        noted = "surge_noted_hidden" if self._hidden else "surge_noted"
        prompts = [self._ports.prompt(one) for one in (SURGE_REDIAL, SURGE, noted, SURGE_ELSE)]
        pieces = [(prompt.text, prompt.pcm()) for prompt in prompts]
        seen = self._surges.get(self._progress.surge)
        if seen is not None and seen.announcement:
            pieces[1] = ("（领导录的通知）", seen.announcement)
        said = pieces if key == SURGE_REDIAL else pieces[1:]
        return "".join(text for text, _ in said), b"".join(sound for _, sound in said)

    def _doubt(self, key: str, request: Request) -> tuple[str, bytes]:
        """(text, sound) of the question whether that is meant; what follows a yes or a no is made ready meanwhile."""
        for one in (request, refused(request)):
            self._ports.prepare("transfer_sure", **self._transfer_slots(one, self._route(one, "")))
            self._ports.prepare("brief_sure", **self._brief_slots(one))
        prompt = self._ports.prompt(key, matter=request.matter_name)
        return prompt.text, prompt.pcm()

    def _happened(self, answer: Said | Pressed | Silent | Deaf) -> Happened:
        match answer:
            case Pressed():
                self._live.note("pressed", key=answer.key)
                return Key(key=answer.key)
            case Silent():
                return Quiet(energy=answer.energy)
            case Deaf():
                self._keep_clip(answer.clip)
                return RecognizerGone()
            case Said():
                return self._heard(answer)

    def _heard(self, said: Said) -> Heard:
        refuses, asked, rules = wishes_no_recording(said.text), self._progress.doubt, self._rules()
        if not refuses and asked is None:  # an answer to that question tells less than what it was asked about
            self._keep_clip(said.clip)
        self._live.note(
            "heard",
            text=said.text,
            started=said.started,
            ended=said.ended,
            clip=str(self._clip) if self._clip and asked is None else None,
            quiet_ms=round(said.quiet * 1000),
            early=said.early,
        )
        answer: Answer = ""
        if asked is None:
            request = as_known(self._understood(said.text), said.unknown_share)
        else:
            understand = self._ports.understand
            answer, request = settled(asked, said.text, understand, rules, unknown_share=said.unknown_share)
            request = with_memory(request, self._progress.known)
        self._said.append(said.text)
        self._tell_understood(request, asked, answer)
        surge = self._surge_of(request, rules)
        heard = Heard(
            request=request,
            refuses_recording=refuses,
            surge=surge,
            unknown_share=said.unknown_share,
            answer=answer,
        )
        return doubted(
            heard,
            self._progress,
            rules,
            said="，".join(self._said),
            route=lambda one: self._route(one, ""),
            has=lambda key: self._at_hand(key, request.matter_name),
        )

    def _at_hand(self, key: str, matter: str) -> bool:
        """Whether this question can be put at once; if its sound must be made first, the next caller has it."""
        ready = self._ports.ready(key, matter=matter) is not None
        if not ready and key == NAMING:
            self._ports.prepare(key, matter=matter)
        return ready

    def _tell_understood(self, request: Request, asked: Request | None, answer: Answer) -> None:
        """Note what was understood, and what became of the question whether it is meant, if that was asked."""
        detail = asdict(request)
        detail["evidence"] = list(detail["evidence"])
        came = {"asked": asked.matter_name, "answer": answer} if asked else {}
        self._live.note("understood", **detail, **came)

    def _understood(self, text: str) -> Request:
        """What the caller wants, by these words and what was said before; asked once for the same."""
        asked = (text, len(self._said), self._anew, self._progress)
        if self._latest is None or self._latest[0] != asked:
            self._latest = asked, self._as_understood(text)
        return self._latest[1]

    def _as_understood(self, text: str) -> Request:
        request = understood(text, self._said[self._anew :], self._ports.understand)
        if self._progress.surge:
            request = answer_to_notice(request, self._rules())
        request = with_memory(request, self._progress.known)
        return on_trial(request) if self._settings.trial else request

    def _surge_of(self, request: Request, rules: Rules) -> Seen | None:
        """What the matter and place come to among the latest calls; None where they do not count."""
        said = "，".join(self._said) or request.text
        if not counts_for_surge(request, rules, said=said):
            return None
        seen = self._ports.surge(
            call_id=self._call.id,
            caller="" if self._hidden else self._call.caller,
            place=request.place,
            matter=request.matter or "",
            counts=self._call.kind == "inbound",
        )
        if seen is None:
            return None
        known = seen.surge or f"{seen.town}{request.matter}"
        if known in self._surges:
            return seen
        seen = surge_as_met(seen, request, self._progress)
        self._surges[known] = seen
        opened = {"surge": seen.surge, "opened_at": seen.opened_at.isoformat()} if seen.opened_at else {}
        more = {"calls": list(seen.calls)} if seen.calls else {}
        if seen.step == "spared":
            opened["unit"] = self._ports.unit_name(self._route(request, "").unit)
        self._live.note(
            "surge",
            town=seen.town,
            matter=request.matter,
            matter_name=request.matter_name,
            step=seen.step,
            **opened,
            **more,
        )
        return seen

    def _decide(self, happened: Happened, rules: Rules) -> Step:
        asked = self._progress.doubt
        self._progress, step = next_step(self._progress, happened, rules)
        if asked and self._progress.request and not isinstance(happened, Heard):
            self._tell_understood(self._progress.request, asked, "yes" if happened == Key(key="1") else "none")
        kind = {Ask: "问", Ring: "找人", Done: "结束"}[type(step)]
        self._live.note("decided", step=f"{kind}:{step.prompt}", why=step.why)
        return step

    def _conversation(self, audio: AudioConnection) -> Conversation:
        return Conversation(
            audio,
            listen=self._ports.listen,
            activity=self._ports.activity,
            settings=self._settings.speech,
            on_voice=self._voice,
            on_partial=self._partial,
        )

    def _voice(self, barged_in: bool) -> None:
        self._live.note("speech", barged_in=barged_in)

    def _partial(self, text: str) -> None:
        """Words as they come: for those who watch, and to have the sentences ready that will be said after them."""
        self._live.note("partial", text=text)
        request = self._understood(text)
        if request.matter is not None and request.confidence >= self._settings.sure and not self._settings.trial:
            self._ports.prepare("transfer_sure", **self._transfer_slots(request, self._route(request, "")))
            self._ports.prepare("brief_sure", **self._brief_slots(request))

    def _judged(self, text: str, unknown_share: float) -> Judged:
        """What the words so far mean for the end of the turn."""
        request = self._understood(text)
        return judged(
            request,
            text=text,
            said="，".join([*self._said, text]),
            trial=self._settings.trial,
            sure=self._settings.early_sure,
            unknown_share=unknown_share,
            settled=not self._accused and self._ports.settled(request),
        )

    # --- putting through ----------------------------------------------------------------------------------------------

    def _route(self, request: Request | None, wish: Wish) -> Route:
        return self._ports.route(self._asked(request, wish))

    def _asked(self, request: Request | None, wish: Wish) -> RequestFacts:
        call, said = self._call, "，".join(self._said)
        asked = asked_of_router(
            request or self._progress.known,  # whom the caller named keeps counting, also when nothing was understood
            wish,
            said=said,
            profile=call.profile,
            dialled=call.dialled,
            language=call.language,
            caller=call.caller,
            handler=self._live.known().handler,
        )
        return replace(asked, named=self._accused)

    def _direct(self, agi: Agi, told: dict[str, str]) -> None:
        """The desk wants somebody rung: before all who would be rung without that. Nobody any more: as planned."""
        request, wanted = self._progress.request, self._live.directed
        self._live.directed = None
        route = self._planned or self._route(request, "person")
        if wanted is not None:
            others = [rung for rung in route.rungs if rung.number != wanted.number]
            # The end of the ladder is connected as it answers, and stays its end.
            end = [replace(route.rungs[-1], again=True)] if route.open_end == wanted.number else []
            route = replace(route, rungs=(wanted, *others, *end))
        step = Ring(prompt="transfer_person", wish="person", brief=brief_kind(request, self._rules()), why="值班台转接")
        self._live.note("decided", step=f"找人:{step.prompt}", why=step.why)
        self._plan(agi, told, step, route=route, event="directed")

    def _plan(
        self, agi: Agi, told: dict[str, str], step: Ring, *, route: Route | None = None, event: str = "ring"
    ) -> None:
        """Tell the dialplan whom to ring and what to say. HL_STATE goes last: half a plan is none.

        route: of somebody's own; None: as the words and the wish have it. Rungs count on from those of before.
        """
        request = self._progress.request
        route = route or self._route(request, step.wish)
        self._outcome = ""
        if step.stop_recording:
            self._stop_recording()
        if self._progress.recording_refused:
            told[names.RECORD] = names.RECORD_NO
        told[f"SHARED({names.LADDER})"] = "&".join(route.numbers)
        for i, rung in enumerate(route.rungs, self._rungs + 1):
            if rung.next is not None or self._rungs:
                told[f"SHARED({names.STAGGER_OF}{i})"] = str(round(rung.next * 1000)) if rung.next is not None else ""
            if rung.seconds is not None or self._rungs:
                told[f"SHARED({names.RING_OF}{i})"] = str(round(rung.seconds)) if rung.seconds is not None else ""
            if rung.deputies:
                told[f"SHARED({names.DEPUTIES}{rung.number})"] = "&".join(rung.deputies)
        if route.open_end:
            told[f"SHARED({names.OPEN_END})"] = route.open_end
        lines = names.LINES_ANY if self._urgent else "&".join(str(rung.lines) for rung in route.rungs)
        told[f"SHARED({names.LINES})"] = lines
        self._planned = route
        if self._in_danger:
            told[names.STAY] = names.STAY_YES
        said = self._transfer(step, request, route)
        told[f"SHARED({names.PROGRESS}{self._rungs + 1})"] = said.path
        stays = self._hidden or self._in_danger  # then “hang up, we call you” is not said
        for i in range(2, len(route.rungs) + 1):
            duty_room = i == len(route.rungs) and route.rungs[-1].official_id == "duty_room"
            key = "waiting_room" if duty_room else f"waiting_{i}"
            waiting = self._ports.ready(f"{key}_hidden" if key in NUMBER_TOLD and stays else key)
            if waiting is not None:
                told[f"SHARED({names.PROGRESS}{self._rungs + i})"] = waiting.path
        if self._no_number:
            told[f"SHARED({names.ASK_NUMBER})"] = names.ASK_YES
        if self._live.short:
            told[f"SHARED({names.SPOKEN})"] = self._live.short
        if stays and (waiting := self._ports.ready("waiting_hidden")) is not None:
            told[f"SHARED({names.AGAIN_PROMPT})"] = waiting.path
        if self._clip:
            told[f"SHARED({names.CLIP})"] = str(self._clip.with_suffix(""))
        self._brief(told, step, request)
        told[names.STATE] = names.STATE_RING
        agi.set_variables(told)
        told.clear()
        agi.close()  # nothing that follows is worth a millisecond of ringing
        self._move(event)
        self._live.note(
            "planned",
            unit=self._ports.unit_name(route.unit),
            why=route.reason,
            rungs=[{"number": r.number, "name": r.name, "post": r.post, "reason": r.reason} for r in route.rungs],
            left_out=[list(one) for one in route.left_out],
        )
        self._live.note("asked", prompt=said.key, text=said.text)

    def _transfer(self, step: Ring, request: Request | None, route: Route) -> Prompt:
        """What the caller hears while the first mobile rings: never waits for a sentence that is still being made."""
        if route.door is not None and step.prompt in ("transfer_sure", "transfer_unsure"):
            name, number = route.door
            told = self._ports.ready("transfer_door", **door_slots(name, number))
            if told is not None:
                return told
        if step.prompt == "transfer_sure" and request is not None:
            sure = self._ports.ready("transfer_sure", **self._transfer_slots(request, route))
            return sure or self._ports.prompt("transfer_unsure")
        if step.prompt in NUMBER_TOLD and self._hidden:
            return self._ports.prompt(f"{step.prompt}_hidden")
        return self._ports.prompt(step.prompt)

    def _transfer_slots(self, request: Request, route: Route) -> dict[str, str]:
        return {"place": request.place, "matter": request.matter_name, "unit": self._ports.unit_name(route.unit)}

    def _brief(self, told: dict[str, str], step: Ring, request: Request | None) -> None:
        """What the official will hear. If it must still be made, that happens while the mobile rings."""
        clip = self._clip
        kind = step.brief if step.brief != "clip" or clip else "plain"
        key = {"sure": "brief_sure", "clip": "brief_unsure", "silent": "brief_silent", "plain": "brief_plain"}[kind]
        # On 试用识别 a word takes no call, so none is promised to.
        pieces = ["screen_keys_plain" if self._settings.trial else "screen_keys"]
        if self._may_wait:
            pieces.append("screen_later")
        if clip:
            pieces.append("screen_clip")
        plain = "brief_plain"
        if self._progress.recording_refused:
            plain = "brief_unrecorded"
            key = {"brief_plain": plain, "brief_silent": plain}.get(key, key)
        slots = dict[str, str]()
        if self._window:
            plain_ones = ("brief_plain", "brief_silent", "brief_unrecorded")
            key = {"brief_unsure": "brief_window_unsure", **dict.fromkeys(plain_ones, "brief_window")}.get(key, key)
            slots = window_slots(self._window, recorded=not self._progress.recording_refused)
        if kind == "sure" and request is not None:
            slots = self._brief_slots(request)
        ready = self._ports.ready(key, **slots)

        def sentence() -> Prompt | None:
            """As it is now: a number that is given while it rings tells how often they have called."""
            now = self._brief_slots(request) if kind == "sure" and request is not None else slots
            said = self._ports.ready(key, **now)
            if said is None and now != slots:
                self._ports.prepare(key, **now)  # for who is rung next
                said = self._ports.ready(key, **slots)
            return said

        ask = self._ports.prompt("brief_no_number") if self._no_number else None
        self._live.briefing = Briefing(
            brief=lambda: (
                self._care_pcm()
                + (sentence() or self._ports.prompt(plain)).pcm()
                + b"".join(piece.pcm() for piece in self._brief_open())
                + (ask.pcm() if ask and not self._live.contact else b"")
            ),
            keys=lambda: b"".join(self._ports.prompt(piece).pcm() for piece in pieces),
            clip=(lambda: load_clip(clip)) if clip else None,
            clip_first=kind == "clip",
        )
        if ready is None:
            self._ports.prepare(key, **slots)
            if self._progress.recording_refused:  # the dialplan's own brief says that it is recorded
                told[f"SHARED({names.BRIEF})"] = self._ports.prompt(plain).path
        elif self._settings.trial:
            # No word would be listened to: the dialplan asks for keys as well as we do, at half the cost.
            own_words = f"&{clip.with_suffix('')}" if clip and kind == "clip" else ""

            def complete() -> str:
                care, said = self._care(), sentence() or ready
                told_of = [*([care] if care else []), said, *self._brief_open()]
                whole = "&".join(piece.path + (own_words if piece is said else "") for piece in told_of)
                return whole if len(whole) < LONGEST_BRIEF else said.path + own_words

            told[f"SHARED({names.BRIEF})"] = f"{complete()}&{ask.path}" if ask else complete()
            self._live.brief_complete = complete if ask else None
            told[f"SHARED({names.ASK_KEYS})"] = "&".join(self._ports.prompt(piece).path for piece in pieces)
            self._by_keys = True
        elif kind != "clip":
            told[f"SHARED({names.BRIEF})"] = ready.path  # one file: the dialplan looks whether it is there

    def _care(self) -> Prompt | None:
        """Who calls needs more care: said first, if that is known by now and the sentence is there."""
        care = self._live.known().care
        return self._ports.ready("brief_care", care=care) if care else None

    def _care_pcm(self) -> bytes:
        said = self._care()
        return said.pcm() if said is not None else b""

    def _brief_open(self) -> list[Prompt]:
        """That the caller has a case open, and its number: by that the official finds it, and who it is.

        Of who reports somebody, or wants it kept secret, nothing is told.
        """
        request = self._progress.known
        secret = is_secret(request.type if request else "", "，".join(self._said))
        short = "" if secret else self._live.known().open_short
        keys = ("brief_open", *(f"digit_{digit}" for digit in short)) if short else ()
        return [self._ports.prompt(key) for key in keys]

    def _brief_slots(self, request: Request) -> dict[str, str]:
        urgency = {"red": "红色", "orange": "橙色", "yellow": "黄色"}.get(request.urgency, "")
        earlier = self._live.known().earlier_calls
        return {
            "window": self._window,
            "urgency": urgency,
            "place": request.place,
            "matter": request.matter_name,
            "times": f"第{spoken_count(earlier + 1)}次打来" if 0 < earlier < MOST_COUNTED else "",
            "recorded": _recorded(not self._progress.recording_refused),
        }

    @property
    def _window(self) -> str:
        return self._settings.line(self._call.dialled).window if self._call.kind == "inbound" else ""

    def _stop_recording(self) -> None:
        self._clip = None
        self._live.note("no_recording", why="群众不要录音")
        self._ports.stop_recording(self._call.channel)

    def _keep_clip(self, pcm: bytes) -> None:
        if not pcm or self._progress.recording_refused:
            return
        self._turn += 1
        path = save_clip(self._settings.clips, f"{self._call.id}-{self._turn}", pcm)
        if path is not None:
            self._clip = path
            self._live.note("recording", path=str(path), kind="clip", started=None)

    def _keep_addition(self, pcm: bytes, case: str = "") -> None:
        """What a citizen adds to his case is kept as a message is. case: where that is not this call's own."""
        name = f"{self._call.id}-{'addition' if case else 'message'}"
        path = save_clip(self._settings.recordings, name, pcm) if pcm else None
        if path is not None:
            seconds, whose = round(len(pcm) / BYTES_PER_SECOND, 1), {"case": case} if case else {}
            self._live.note("message", path=str(path), seconds=seconds, **whose)

    # --- visits of the dialplan ---------------------------------------------------------------------------------------

    @contextmanager
    def _visit(self, agi: Agi) -> Iterator[dict[str, str]]:
        """One AGI request, closed in the end. Should the dialplan leave in the middle, it goes on without us.

        Yields what the dialplan is to be told: variables, set in their order at the end.
        """
        told: dict[str, str] = {}
        try:
            yield told
            if told:
                agi.set_variables(told)
        except AGIError as error:
            log.warning("call %s: the dialplan left its %s: %s", self._call.id, "/".join(agi.request[:1]), error)
        finally:
            agi.close()

    def _introduce(self, told: dict[str, str]) -> None:
        """By what name the call's connections and events find us."""
        told[f"SHARED({names.UBASE})"] = f"{self._call.base}-"
        told[names.UUID] = caller_uuid(self._call.base, 1)
        if self._settings.line(self._call.dialled).local_speech:
            told[names.LANGUAGE] = names.LOCAL_SPEECH

    def _notice(self) -> Prompt:
        hour, (begin, end) = self._ports.now().hour, self._settings.night
        night = begin <= hour < end if begin <= end else hour >= begin or hour < end
        return (self._ports.ready("notice_night") if night else None) or self._ports.prompt("notice")

    # --- watching -----------------------------------------------------------------------------------------------------

    def _meet(self, *kinds: type, limit: float) -> Agi | AudioConnection | None:
        """Wait for a visit of one of these kinds. None: the caller has gone, the call is not ours, or nobody came."""
        until = self._monotonic() + limit
        while (left := until - self._monotonic()) > 0 and self._state not in (CallState.OVER, CallState.FALLBACK):
            item = self._live.take(left)
            if isinstance(item, Event):
                self._observe(item)
            elif isinstance(item, kinds):
                return item
            elif item is not None:
                item.close()
        return None

    def watch(self) -> None:
        """Follow the call to its end: note what the dialplan tells, and answer when it asks what to promise."""
        while self._state is not CallState.OVER:
            talks = self._outcome == "talk" and self._state is not CallState.RINGING
            # Anew after whatever is heard: in danger the ladder is rung until the caller hangs up.
            match self._live.take(self._settings.talk_limit if talks else self._settings.ring_limit):
                case None:
                    log.warning("call %s: nothing heard of it any more", self._call.id)
                    self._over("unknown")
                case Event() as item:
                    self._observe(item)
                case Agi() as item:
                    self._answer(item)
                case AudioConnection() as item:
                    item.close()  # a conversation we no longer hold

    def _answer(self, agi: Agi) -> None:
        """The dialplan asks: nobody accepted, an official wants to call back, or to bring in another one; what now?"""
        first = agi.env.get("agi_arg_1", "")
        with self._visit(agi) as told:
            match agi.request[0] if self._state is not CallState.FALLBACK else "":
                case names.AGI_NOBODY:
                    self._promise(agi, first)
                case names.AGI_LATER:
                    self._call_later(agi, told, int(first) if first.isdigit() else 0, agi.env.get("agi_arg_2", ""))
                case names.AGI_DIRECTED:
                    self._direct(agi, told)
                case names.AGI_OTHERS:
                    request = self._asked(self._progress.request, "")
                    told[names.OTHERS] = "&".join(self._ports.others(request, (first,)))

    @property
    def _hidden(self) -> bool:
        """Whether the caller cannot be called back: the number is withheld, none that may be dialled, or not theirs."""
        known = dialled_back(self._call.caller, self._settings.area_code)
        return self._call.kind == "inbound" and (not known or self._shared)

    @property
    def _shared(self) -> bool:
        """Whether the caller's number is not their own, but a window's of the hall."""
        number = dialled_back(self._call.caller, self._settings.area_code)
        return self._call.kind == "inbound" and bool(number) and self._line.shared(number)

    @property
    def _no_number(self) -> bool:
        """Whether no number is known at which the caller could be called: none that they gave, either."""
        return self._hidden and not self._live.contact

    @property
    def _line(self) -> Line:
        return self._settings.line(self._call.dialled)

    @property
    def _in_danger(self) -> bool:
        request = self._progress.request
        return request is not None and (bool(request.danger) or request.intent == "emergency")

    @property
    def _urgent(self) -> bool:
        request = self._progress.request
        return self._in_danger or (request is not None and request.urgency == "red")

    @property
    def _may_wait(self) -> bool:
        """Whether an official may call back in some minutes: not when it is urgent, or there is no number to call."""
        return self._call.kind == "inbound" and not self._urgent and not self._no_number

    def _call_later(self, agi: Agi, told: dict[str, str], i: int, number: str) -> None:
        """An official calls back: the caller is told so, and may hold on while the ladder is rung further."""
        if not self._may_wait:
            told[names.KEY] = names.SCREEN_REFUSE
            return
        rungs = self._planned.rungs if self._planned else ()
        post = next((rung.post for rung in rungs if rung.number == number), "")
        said = self._ports.prompt("later", who=post or "值班领导")
        told[f"SHARED({names.ANNOUNCE},{self._call.channel})"] = said.path
        told[names.KEY] = names.SCREEN_LATER
        agi.set_variables(told)
        told.clear()
        agi.close()
        due = self._ports.now() + self._settings.call_back
        self._live.note("call_back", i=i, number=number, due=due.isoformat())
        self._live.note("asked", prompt=said.key, text=said.text)

    def _promise(self, agi: Agi, why: str) -> None:
        request = self._progress.request
        due = self._ports.promise(request.urgency if request else "normal")
        key = "offer_promise" if why == "wish" else "nobody"
        if self._no_number:
            prompt = self._ports.prompt(f"{key}_hidden")
        else:
            prompt = self._ports.prompt(key, when=self._ports.spoken(due))
        agi.set_variables({names.PROMISE: prompt.path, names.STATE: names.STATE_MESSAGE})
        agi.close()
        if self._no_number:
            self._live.note("asked", prompt=prompt.key, text=prompt.text)  # no call can be promised
            return
        if prompt.key != key:  # the time could not be spoken: what was said instead is what counts
            due = self._ports.now() + self._settings.static_promise
        self._live.note("promise", due=due.isoformat(), text=prompt.text)

    def _observe(self, event: Event) -> None:
        """One UserEvent as facts."""
        i, number = event.number(names.EVENT_RUNG), event.headers.get(names.EVENT_NUMBER, "")
        match event.kind:
            case names.KIND_RECORDING:
                self._live.note("recording", path=event.headers.get(names.EVENT_FILE, ""), kind="talk", started=None)
            case names.KIND_LADDER:
                if self._state in (CallState.TALKING, CallState.PROMISED):
                    self._move("again")
            case names.KIND_RUNG:
                self._rungs = max(self._rungs, i)
                self._live.note("rung", i=i, number=number)
            case names.KIND_SCREEN:
                if event.headers.get(names.EVENT_WHY) == names.SCREEN_LAST:
                    self._live.last_pass.add(i)
                self._live.note("screening", i=i)
            case names.KIND_OPEN:
                self._keyless[i] = "room" if event.headers.get(names.EVENT_WHY) == names.OPEN_ROOM else "heard"
            case names.KIND_LEG:
                self._live.note(
                    "leg", i=i, why=event.headers.get(names.EVENT_WHY, ""), cause=event.number(names.EVENT_CAUSE)
                )
            case names.KIND_TALK:
                verdict = self._live.verdicts.get(i)
                by: str = self._keyless.get(i) or (verdict.by if verdict and verdict.answer == "accept" else "")
                by = by or ("key" if self._by_keys and self._state is not CallState.FALLBACK else "dialplan")
                self._live.note("accepted", i=i, number=number, by=by)
                self._live.note("talk", i=i, number=number)
                self._live.talks_with = number
                self._move("talk")
                self._outcome = "talk"
            case names.KIND_STAR:
                key, on = event.headers.get(names.EVENT_KEY, ""), event.headers.get(names.EVENT_STATE) == "on"
                self._live.note("marked", key=key, on=on, i=i, number=number)
            case names.KIND_THIRD:
                step, cause = event.headers.get(names.EVENT_STEP, ""), event.number(names.EVENT_CAUSE)
                self._live.note("third", step=step, number=number, cause=cause)
            case names.KIND_TALKOVER:
                self._talk_over(event)
            case names.KIND_KEY:
                key = event.headers.get(names.EVENT_KEY, "")
                self._live.note("pressed", key=key)
            case names.KIND_FLOW:
                self._live.note("flow", **_flow_of(event))
            case names.KIND_OFFER:
                self._live.note("asked", prompt="offer")
            case names.KIND_SPOKEN:
                self._spoken()
            case _ if event.kind == NAMED and self._state not in (CallState.ANSWERED, CallState.LISTENING):
                self._ports.share(self._call.channel, names.SPOKEN, self._live.short)
            case names.KIND_NOBODY:
                self._live.note("nobody", why=event.headers.get(names.EVENT_WHY, ""))
                self._move("nobody")
                self._outcome = self._outcome or "nobody"
            case names.KIND_MESSAGE:
                self._live.note(
                    "message", path=event.headers.get(names.EVENT_FILE, ""), seconds=event.number(names.EVENT_MS) / 1000
                )
                self._outcome = "message"
                if self._record is not None:
                    self._record(event.headers.get(names.EVENT_FILE, ""))
            case names.KIND_FALLBACK:
                self._live.note("fallback", step=event.headers.get(names.EVENT_STEP, ""))
                self._move("fallback")
            case names.KIND_GONE:
                if event.headers.get(names.EVENT_WHY):
                    self._talk_over(event)
                self._over(event.headers.get(names.EVENT_PHASE, ""))
            case _ if event.kind == CATCH_UP:
                self._catch_up(event.headers.get(names.EVENT_PHASE, ""), number)

    def _talk_over(self, event: Event) -> None:
        why = event.headers.get(names.EVENT_WHY, "")
        self._live.talks_with = ""
        self._live.note("talk_over", seconds=event.number(names.EVENT_MS) / 1000, why=why)
        if why == "dropped":
            self._outcome = ""
            self._move("dropped")

    def _catch_up(self, phase: str, number: str) -> None:
        """After a gap in what is told: a talk or a message that Asterisk noted, and that we never heard of."""
        if phase in (names.PHASE_TALK, names.PHASE_OVER) and self._outcome != "talk":
            self._observe(Event(kind=names.KIND_TALK, headers={names.EVENT_NUMBER: number}))
        elif phase == names.PHASE_MESSAGE and self._outcome != "message":
            path = self._settings.recordings / f"{self._call.id}{names.SUFFIX_MESSAGE}"
            self._observe(Event(kind=names.KIND_MESSAGE, headers={names.EVENT_FILE: str(path)}))

    def _over(self, phase: str) -> None:
        self._move("gone")
        if self._official and not self._began:
            self._opened("staff")  # an official who hung up in his menu: it was none for a matter of his own
        self._live.note("gone", phase=phase)
        self._live.note("ended", outcome=self._outcome or "gone")

    def _move(self, event: str) -> None:
        try:
            self._state = move(self._state, event)
        except IllegalMove as error:
            # The dialplan leads from here on; what it tells is noted even where we did not expect it.
            log.warning("call %s: %s", self._call.id, error)


def window_slots(window: str, *, recorded: bool = True) -> dict[str, str]:
    """The words of the briefs for a window of the hall, when nothing else is known."""
    return {"window": window, "recorded": _recorded(recorded)}


def door_slots(name: str, number: str) -> dict[str, str]:
    """The words that tell of another door."""
    return {"door": name, "number": spoken_digits(number)}


def _flow_of(event: Event) -> dict[str, str | int]:
    """What the line's flow told, without what it did not tell."""
    told: dict[str, str | int] = {}
    for name, header in (("step", names.EVENT_STEP), ("key", names.EVENT_KEY), ("why", names.EVENT_WHY)):
        if value := event.headers.get(header, ""):
            told[name] = value
    return told | ({"edition": event.number(names.EVENT_EDITION)} if names.EVENT_EDITION in event.headers else {})


def _recorded(recorded: bool) -> str:
    return "通话录音" if recorded else ""


def _anyone() -> Ring:
    return Ring(prompt="transfer_unsure", wish="gave_up", brief="plain", why="直接找人")

"""The hotline put together: the only place that knows all parts. Asterisk itself runs beside it, started by others."""

import logging
import queue
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cases.callback import CallbackBrief
from cases.figures import load_targets
from cases.redial import RedialBrief, promised_time
from cases.roles import Actor
from cases.sla import BadPolicy
from cases.spoken import spoken_day, spoken_time
from cases.surge import Seen, SurgeRules
from dialplans import names
from dialplans.spoken_text import spoken_phone
from ivr.agi import agi_server, is_silent
from ivr.ami import Ami, AmiGone, AmiRefused
from ivr.audio import audio_server
from ivr.early import OPEN_CASE
from ivr.facts import ASIDE, Fact
from ivr.inbox import Event
from ivr.ports import CallPorts, CallSettings, KnownCaller, Line, OpenCase
from ivr.session import door_slots, window_slots
from ivr.speech import SpeechSettings
from ivr.switchboard import Switchboard
from ivr.turn import TurnSettings
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.errors import RecognizerError
from recognizer.request import Request
from recognizer.taxonomy import Taxonomy
from recognizer.understanding import town_of
from recordings.recording import RecordingKind
from routing.directory import Directory
from routing.faults import BadConfig, Fault
from routing.phone import dialled_back, mask, may_dial
from routing.route import Route, Rung
from routing.router import RequestFacts, duty_moments, route
from zhitong.asterisk_logs import begun_before, forget_cdrs
from zhitong.asterisk_notes import find_recordings, read_cdrs, read_notes
from zhitong.background import Background
from zhitong.clock import Clock, SystemClock
from zhitong.desk import understood_by
from zhitong.errors import AnchorDamaged, DatabaseGone, ReportRefused, ZhitongError
from zhitong.flow_keeper import FlowsInForce
from zhitong.going_live import speech_on_trial
from zhitong.live.calls import DUTY_ROOM, SUPERVISION, Command, LiveCall, socket_path
from zhitong.live.link import LiveLink
from zhitong.live_words import LiveWords
from zhitong.log_files import log_into, logs_folder
from zhitong.monitoring import SECRET, Monitoring
from zhitong.notices.gateway import Gateway, by_apprise
from zhitong.notices.places import load_places
from zhitong.notices.sms_gateway import Message, SmsGateway, load_sms_gateway
from zhitong.outbound import Outbound
from zhitong.people_heard import accused
from zhitong.prompt_book import open_prompt_book, prompt_texts
from zhitong.prompt_changes import stamps_of
from zhitong.report_files import make_reports
from zhitong.roster_in_force import RosterInForce
from zhitong.rules_in_force import RulesInForce
from zhitong.scheduler import Job, Scheduler
from zhitong.settings import (
    BY_MATTER,
    Settings,
    anchors_folder,
    attachments_folder,
    fallback_promise,
    hall_windows,
    ladder_timing,
    line_policies,
    load_settings,
    reports_folder,
    sms_gateway_file,
)
from zhitong.speech_model import speech_model
from zhitong.staff.context import Staff
from zhitong.staff.desk import StaffDesk
from zhitong.standby import LOOK_EVERY, my_turn
from zhitong.store.engine import open_engine, reading
from zhitong.store.migrate import migrate
from zhitong.store.surges import counted_calls, surge_states
from zhitong.surges import LiveSurges
from zhitong.switch import agi_token, ami_secret, prompts_folder
from zhitong.understanding import UnderstandingInForce
from zhitong.usecases.accused_people import account_people, both, kept_of, naming
from zhitong.usecases.alarm_roster import alarm_roster
from zhitong.usecases.anchor_chains import anchor_daily, report_unanchored
from zhitong.usecases.archive_recordings import archive_calls
from zhitong.usecases.attachments import expire_attachments
from zhitong.usecases.draw_sample import draw_sample
from zhitong.usecases.earlier_calls import OpenCase as CaseOpen
from zhitong.usecases.earlier_calls import earlier_calls, open_case, open_short
from zhitong.usecases.end_surge import close_members, lapse_surges
from zhitong.usecases.expire_recordings import expire_recordings
from zhitong.usecases.handler import handler_of
from zhitong.usecases.keep_facts import FactKeeper
from zhitong.usecases.keep_record import report_late
from zhitong.usecases.lapse_call_backs import lapse_call_backs
from zhitong.usecases.lead_cases import lead_due
from zhitong.usecases.learning_clips import keep_clips
from zhitong.usecases.mark_caller import marked_numbers
from zhitong.usecases.person_history import care_for
from zhitong.usecases.place_call import callback_brief, missed_callback, redial_brief
from zhitong.usecases.push_duty import push_duty
from zhitong.usecases.recover_calls import recover_calls
from zhitong.usecases.remind_shifts import Looked, remind_shifts
from zhitong.usecases.resume_case import end_suspensions
from zhitong.usecases.rules import Rules, StaffRules, load_rules
from zhitong.usecases.same_person import whose
from zhitong.usecases.send_notices import send_due
from zhitong.usecases.send_texts import send_texts
from zhitong.usecases.sort_clusters import sort_cases
from zhitong.usecases.take_due import take_due
from zhitong.usecases.warn_of_clocks import warn_of_clocks

log = logging.getLogger(__name__)

REMEMBERED = 20.0
"""Seconds for which an ended call is still known here: its last facts may not have reached the database yet."""
WATCHER_LIMIT = 4096
"""Facts that may wait for somebody who watches; older ones are then lost to them, never to casework."""
CDR_DAYS = 3
BIG_MODEL_MB = 4096
BROUGHT_IN = 3
"""Numbers rung one after the other when an official brings in another unit."""
CALLS = 1024
"""Calls at the same time; whoever comes on top of them is served by the dialplan alone."""
PUSH_AGAIN = timedelta(hours=1)
ALARM_AGAIN = timedelta(days=1)
ARCHIVE_SECONDS = 3.0
"""Seconds of one tick for recordings: a backlog is worked off, and a stop waits no longer than that."""


class Hotline:
    """One hotline. `start` once its Asterisk may connect, `stop` at the end; calls in between look after themselves."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None, trial: bool | None = None) -> None:
        """Load and check everything that can be wrong before the first call.

        trial: 试用识别; None: until the model has been proven (zhitong.going_live). Raises BadConfig, RulesError and
        their like (all ValueErrors), ModelError; PromptsMissing at `start`.
        """
        self.settings = settings
        self.clock = clock or SystemClock()
        self._accounts: tuple[Actor, ...] | None = None  # nobody has been able to read them yet
        self._rules_in_force = RulesInForce(settings.files.rules, self._load_rules)
        self.rules = self._rules_in_force.now
        self.understanding = UnderstandingInForce(settings, learns=True)
        self.surges = LiveSurges(self.rules.surge, self.taxonomy.towns)
        self.engine = open_engine(settings.store.database_url)
        self._migrated = False
        self._migrate(self.clock.now())
        self.roster = RosterInForce(settings, self.engine, self.clock.now())
        model = speech_model(settings)
        if model.kind == "big" and settings.decoder.memory_mb < BIG_MODEL_MB:
            mend = f"大模型一个进程要几 GB 内存，请写 {BIG_MODEL_MB} 以上，或改用小模型，否则它会一再被结束。"
            raise BadConfig("设置", [Fault(field="decoder.memory_mb", value=settings.decoder.memory_mb, mend=mend)])
        self.trial = speech_on_trial(settings, model) if trial is None else trial
        self._prompts_seen = stamps_of(settings.folders.prompts_recorded)
        self.book = open_prompt_book(settings)
        self._desk = StaffDesk(
            Staff(
                engine=self.engine,
                rules=self.rules,
                settings=settings,
                directory=lambda: self.roster.directory,
                base=lambda: self.roster.base,
                now=self.clock.now,
                hears=not self.trial,
            )
        )
        self.keeper = FactKeeper(
            self.engine,
            self.rules,
            journal=settings.folders.journal,
            named=lambda call_id, short: self.switchboard.on_named(call_id, short),
        )
        self.decoder = Decoder(
            DecoderSettings(
                model=model.path,
                processes=settings.decoder.processes,
                streams=settings.decoder.streams,
                memory=settings.decoder.memory_mb << 20,
                ping_limit=settings.decoder.heartbeat_seconds,
            )
        )
        self.switchboard = Switchboard(self._ports(), stranger=self._stranger, limit=CALLS)
        self._agi = agi_server(
            self.switchboard.on_request,
            port=settings.asterisk.agi_port,
            token=agi_token(settings),
            limit=CALLS * 2,
        )
        self._audio = audio_server(self.switchboard.on_audio, port=settings.asterisk.audio_port, limit=CALLS * 2)
        self.ami = Ami(
            port=settings.asterisk.ami_port,
            user=names.AMI_USER,
            secret=ami_secret(settings),
            on_event=self.switchboard.on_event,
            on_resync=self._resync,
        )
        self.outbound = Outbound(
            engine=self.engine,
            rules=self.rules,
            ami=self.ami,
            now=self.clock.now,
            directory=lambda: self.roster.directory,
            talking=lambda: frozenset(self.switchboard.talking),
            caller_id=settings.trunk.caller_id,
        )
        self._monitoring = Monitoring(
            engine=self.engine,
            ami=self.ami,
            now=self.clock.now,
            trunk_address=settings.trunk.address,
            caller_id=settings.trunk.caller_id,
        )
        self._scheduler = Scheduler(
            jobs=[
                Job(name="due calls", every=1.0, run=self.outbound.place_due),
                Job(name="calls to officials", every=1.0, run=self.outbound.place_staff_due),
                Job(name="attempts", every=5.0, run=self.outbound.settle),
                Job(name="official callbacks", every=5.0, run=self._lapse_call_backs),
                Job(name="clocks", every=5.0, run=self._look_at_clocks),
                Job(name="surges", every=2.0, run=self._look_at_surges),
                Job(name="duty ladders", every=1.0, run=self._push_duty),
                Job(name="roster", every=0.5, run=self._look_at_roster),
                Job(name="rules", every=2.0, run=self._look_at_rules),
                Job(name="understanding", every=1.0, run=self._look_at_understanding),
                Job(name="prompts", every=1.0, run=self._look_at_prompts),
                Job(name="flows", every=1.0, run=self._look_at_flows),
                Job(name="marked callers", every=5.0, run=self._look_at_marks),
                Job(name="accounts", every=5.0, run=self._look_at_accounts),
                Job(name="shifts", every=60.0, run=self._remind_shifts),
                Job(name="roster alarm", every=60.0, run=self._alarm_roster),
                Job(name="notices", every=1.0, run=self._send_notices),
                Job(name="texts", every=1.0, run=self._send_texts),
                Job(name="recovery", every=5.0, run=self._recover),
                Job(name="database", every=5.0, run=self._migrate),
                Job(name="recordings", every=5.0, run=self._archive),
                Job(name="retention", every=3600.0, run=self._expire),
                Job(name="old attempts", every=600.0, run=self.outbound.forget),
                Job(name="anchors", every=600.0, run=self._anchor),
                Job(name="reports", every=600.0, run=self._make_reports),
                Job(name="records", every=2.0, run=self._look_at_records),
                Job(name="clusters", every=5.0, run=self._look_at_clusters),
                Job(name="sample", every=600.0, run=self._draw_sample),
                Job(name="monitoring", every=2.0, run=self._monitoring.look),
            ],
            clock=self.clock,
        )
        self.flows = FlowsInForce(settings, self.engine, self.book, self.ami, monotonic=time.monotonic)
        self._flowing = Background("flows")
        self._flow_look: Future[None] | None = None
        self._voice = Background("voice", workers=2)
        self._errands = Background("errands")
        self._counting = Background("counting")
        self._telling = Background("notices")
        self._gateway = Gateway(by_apprise)
        self._notice: Future[None] | None = None
        self._texting = Background("texts")
        self._sms: Gateway[tuple[SmsGateway, Message]] = Gateway(lambda _, told: told[0].deliver(told[1]).why)
        self._texts: Future[None] | None = None
        self._alarmed_until: datetime | None = None
        self._reminded: Looked | None = None
        self._stopping = threading.Event()
        self._known: dict[str, float | None] = {}
        self._known_lock = threading.Lock()
        self._marked: frozenset[str] = frozenset()
        self._watchers: list[_Watcher] = []
        self._live = LiveLink(
            socket_path(settings.folders.data),
            called=lambda number: called_by(self.roster.directory, number, self.clock.now()),
            command=self._command,
            alive=lambda: self.switchboard.alive,
        )
        self._surges_restored = False
        self._pushed: tuple[datetime, timedelta] | None = None
        self._push_lock = threading.Lock()
        self._recover_at = 0.0
        self._cdrs_read = False
        self._asterisk_log = settings.asterisk.folder / "log" / names.LOG_FILE

    # --- from start to stop -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Prepare the prompts, open the ports, connect. Raises PromptsMissing, OSError for a port that is taken.

        The database may be away: calls are served and kept in the journal meanwhile.
        """
        if self.trial:
            log.warning("试用识别：没有通过上线检查，听懂的只用来提高紧急程度；每个来电都转人工，并放群众原话")
        self.book.prepare()
        self._prepare_sentences()
        self.roster.look(self.clock.now())
        self.keeper.start()
        self.decoder.start()
        self._agi.start()
        self._audio.start()
        self.ami.start()
        self.watch(self._hear_live)
        self._live.start()
        self._scheduler.start()

    def stop(self) -> None:
        """Take no more calls; the calls that are up go on in Asterisk, which goes its own way without us."""
        self._stopping.set()
        self.flows.stop()
        self._agi.stop()
        self._audio.stop()
        self._scheduler.stop()
        self.outbound.stop()
        self._monitoring.stop()
        self._live.stop()
        self.ami.stop()
        self.decoder.stop()
        self.understanding.stop()
        for background in (
            self._voice,
            self._errands,
            self._counting,
            self._telling,
            self._texting,
            self._flowing,
        ):
            background.stop()
        if not self.keeper.stop(10.0):
            log.error("not all facts were written in time")
        for watcher in self._watchers:
            watcher.stop()

    @property
    def taxonomy(self) -> Taxonomy:
        """The words that count now."""
        return self.understanding.now.taxonomy

    @property
    def agi_port(self) -> int:
        """Where Asterisk finds the controller."""
        return self._agi.port

    @property
    def audio_port(self) -> int:
        """Where Asterisk sends a call's sound."""
        return self._audio.port

    def watch(self, see: Callable[[Fact], None]) -> None:
        """Have every fact told to `see`, on a thread of its own; a slow watcher loses facts, a call nothing.

        Of what must not be shown while it goes on (zhitong.live_words) without the words.
        """
        words = LiveWords(naming(lambda: self.roster.directory, lambda: self._accounts or ()))
        self._watchers.append(_Watcher(lambda fact: see(words.shown(fact))))

    def _command(self, command: Command) -> str:
        """What the desk wants done with a live call. Why not, in Chinese; empty: it is done."""
        call, channel = self._live.calls.get(command.call), self.switchboard.channel_of(command.call)
        if call is None or not channel:
            return "这个来电已经结束。"
        try:
            if command.do in ("monitor", "stop"):
                return self._monitor(command, call, channel)
            if command.do == "end":
                if not call.may_be_ended:
                    return "这个来电有危险，只由群众自己挂断；可以转接给值班领导。"
                self.ami.hang_up(channel)
            else:
                if not call.may_be_transferred:
                    return "这个来电现在不能转接：要等开头语放完，说完了的和不由系统领着的也不能转。"
                rung = self._directed(command.to)
                if isinstance(rung, str):
                    return rung
                self.switchboard.direct(command.call, rung)
                self.ami.redirect(channel, names.CONTEXT_DIRECTED)
        except (AmiGone, AmiRefused) as error:
            log.warning("call %s: %s wanted it: %s: %s", command.call, command.by, command.do, error)
            return "Asterisk 现在没有照办，来电照原来的路线走；请过几秒再试。"
        log.info("call %s: %s by %s", command.call, command.do, command.by)
        return ""

    def _monitor(self, command: Command, call: LiveCall, channel: str) -> str:
        """Somebody listens to this call, or does no longer. Why not, in Chinese."""
        if command.do == "stop":
            self._monitoring.end(int(command.id))
            return ""
        if not self.settings.console.monitoring:
            return "没有开监听。"
        if not call.may_be_monitored or self._desk.ports.whose(self.switchboard.caller_of(command.call)):
            return "这个来电不能监听：要等开头语放完；举报、要保密的，回访和干部自己的来电都不能监听。"
        number = self._listens_at(command.to)
        if not number:
            return "您现在没有可以打的电话；请管理员看名单。"
        if number in self.switchboard.talking:
            return "您的电话正在通话。"
        if not self._monitoring.begin(int(command.id), command.call, channel, number):
            return "监听的人太多了，请过一会儿再试。"
        log.info("call %s: listened to by %s", command.call, command.by)
        return ""

    def _listens_at(self, to: str) -> str:
        """The telephone of who is to listen; empty: there is none that may be rung."""
        directory, now = self.roster.directory, self.clock.now()
        official = directory.roster.official(to)
        numbers = directory.supervision.numbers if to == SUPERVISION else ()
        numbers = directory.callable(official, now) if official else numbers
        allowed = directory.in_use(now)
        return next((number for number in numbers if may_dial(number, allowed=allowed)), "")

    def _hear_live(self, fact: Fact) -> None:
        """What is told of live calls; from the moment in which one must not be shown, nobody listens to it, either."""
        self._live.hear(fact)
        call = self._live.calls.get(fact.call_id)
        if call is not None and call.secret and fact.call_id in self._monitoring.calls:
            self._monitoring.end_of(fact.call_id, SECRET)

    def _directed(self, to: str) -> Rung | str:
        """The rung of whom the desk wants rung; why there is none, in Chinese."""
        directory, now = self.roster.directory, self.clock.now()
        if to == DUTY_ROOM:
            room = directory.duty_room
            number = room.numbers[-1]
            lines, reason = directory.lines(number), "值班台转接"
            return Rung(number=number, official_id=to, name=room.name, post="", reason=reason, lines=lines)
        official = directory.roster.official(to)
        numbers = directory.callable(official, now) if official else ()
        if official is None or not numbers or not may_dial(numbers[0], allowed=directory.in_use(now)):
            return "这个人现在没有可以打的电话；请换一个人，或者转值班室。"
        lines = directory.lines(numbers[0])
        if self.switchboard.talking.count(numbers[0]) >= lines:
            return f"{official.called}正在通话；请换一个人，或者转值班室。"
        name, post, reason = official.name, official.post, "值班台转接"
        return Rung(number=numbers[0], official_id=to, name=name, post=post, reason=reason, lines=lines)

    def tick(self) -> None:
        """Do everything now that is otherwise done from time to time: after the clock was put forward."""
        self._scheduler.tick_now()

    # --- what a call needs --------------------------------------------------------------------------------------------

    def _ports(self) -> CallPorts:
        return CallPorts(
            note=self._note,
            now=self.clock.now,
            route=self._route,
            understand=self._understand,
            listen=lambda: self.decoder.open(deadline=0.5),
            activity=lambda: VoiceActivity(ActivitySettings(silence=0.2)),
            prompt=self.book.prompt,
            ready=self.book.ready,
            local=self.book.local,
            prepare=self._prepare,
            promise=lambda urgency: promised_time(self.clock.now(), urgency, self.rules.redial),
            spoken=lambda due: spoken_time(due, self.clock.now()),
            spoken_day=lambda day: spoken_day(day, self.clock.now()),
            unit_name=lambda code: next((u.name for u in self.roster.directory.units if u.code == code), ""),
            callback=self._callback,
            redial=self._redial,
            surge=self._surge,
            settled=self._settled,
            known_caller=self._known_caller,
            others=self._others,
            staff=self._desk.ports,
            share=self._share,
            stop_recording=self._stop_recording,
            flow=lambda line: self.flows.digits(line),
            settings=call_settings(self.settings, trial=self.trial),
        )

    def _note(self, fact: Fact) -> None:
        with self._known_lock:
            if fact.kind == "opened":
                self._known[fact.call_id] = None
            elif fact.kind == "ended":
                self._known[fact.call_id] = time.monotonic()
        self.surges.hear(fact)
        self.keeper.note(fact)
        if fact.kind != ASIDE:
            for watcher in self._watchers:
                watcher.put(fact)

    def _understand(self, text: str) -> Request:
        return understood_by(text, by=self.understanding.now, directory=self.roster.directory)

    def _surge(self, *, call_id: str, caller: str, place: str, matter: str, counts: bool = True) -> Seen | None:
        number = dialled_back(caller, self.settings.hotline.area_code)
        now = self.clock.now()
        return self.surges.see(call_id=call_id, caller=number, place=place, matter=matter, now=now, counts=counts)

    def _settled(self, request: Request) -> bool:
        """Whether an early decision may be made: no surge is open, and whom to ring needs no town that is not named."""
        place, matter = request.place, request.matter or ""
        known = town_of(place) or not any(unit.places for unit in self.roster.directory.units_for(matter))
        return bool(known) and not self.surges.open(place=place, matter=matter, now=self.clock.now())

    def _others(self, request: RequestFacts, there: tuple[str, ...]) -> tuple[str, ...]:
        """Whom an official may bring in: the unit that answers for the matter and those above it, by 民声分派."""
        planned = self._route(replace(request, profile=BY_MATTER, wish="", secret=False))
        return tuple(rung.number for rung in planned.rungs if rung.number not in there)[:BROUGHT_IN]

    def _route(self, request: RequestFacts) -> Route:
        """Whom to ring; numbers that are not the roster's are left out and logged, whatever put them there."""
        directory = self.roster.directory
        planned = route(
            request=replace(
                request,
                dialled=self.settings.number_dialled(request.dialled),
                complained_of=both(
                    accused(request.text, directory, complains=request.complains), kept_of(request.named, directory)
                ),
                marked=dialled_back(request.caller, self.settings.hotline.area_code) in self._marked,
                busy=frozenset(
                    n for n, talks in Counter(self.switchboard.talking).items() if talks >= directory.lines(n)
                ),
            ),
            now=self.clock.now(),
            directory=directory,
            timing=ladder_timing(self.settings),
        )
        allowed = directory.in_use(self.clock.now())
        rungs = tuple(rung for rung in planned.rungs if may_dial(rung.number, allowed=allowed))
        for rung in set(planned.rungs) - set(rungs):
            log.error("refused to dial %s: not a number of the roster", mask(rung.number))
        if any(rung.deputies for rung in rungs):
            rungs = tuple(
                replace(rung, deputies=tuple(one for one in rung.deputies if may_dial(one, allowed=allowed)))
                for rung in rungs
            )
        if not rungs:
            floor = self.settings.dialling.duty_floor
            rungs = (Rung(number=floor, official_id="duty_room", name="值班室", post="", reason="没有别的号码可打"),)
        return replace(planned, rungs=rungs)

    def _prepare_sentences(self) -> None:
        """The sentences with words that are known before any call: the windows' briefs, the other doors."""
        for line in self.settings.lines:
            for recorded in (True, False) if line.window else ():
                self.book.prompt("brief_window", **window_slots(line.window, recorded=recorded))
            if line.window:
                self.book.prompt("brief_window_unsure", **window_slots(line.window))
        for care in self.rules.tags.vulnerable:
            self.book.prompt("brief_care", care=care)
        for door in self.roster.directory.doors:
            self.book.prompt("transfer_door", **door_slots(door.name, door.number))

    def _prepare(self, key: str, **slots: str) -> None:
        if self.book.ready(key, **slots) is None:
            self._voice.later(lambda: self.book.prompt(key, **slots))

    def _share(self, channel: str, name: str, value: str) -> None:
        def share() -> None:
            try:
                self.ami.set_variable(channel, f"SHARED({name})", value)
            except (AmiGone, AmiRefused) as error:
                log.info("%s not told to %s: %s", name, channel, error)

        self._errands.later(share)

    def _stop_recording(self, channel: str) -> None:
        def stop() -> None:
            try:
                self.ami.stop_recording(channel)
            except (AmiGone, AmiRefused) as error:
                log.warning("recording not stopped at once, the next step of the call stops it: %s", error)

        self._errands.later(stop)

    def _known_caller(self, caller: str, call_id: str) -> Callable[[], KnownCaller]:
        """Looked up in the background, and nothing until then: a slow database holds up no call."""
        known: list[KnownCaller] = []

        def look() -> None:
            try:
                callback = missed_callback(self.engine, self.rules, caller=caller, now=self.clock.now())
                calls = earlier_calls(self.engine, self.rules, caller=caller, call_id=call_id, now=self.clock.now())
                care = care_for(self.engine, dialled_back(caller, self.rules.area_code))
                short = open_short(self.engine, self.rules, caller=caller, but=call_id)
                mine = open_case(self.engine, self.rules, caller=caller, but=call_id, now=self.clock.now())
                who, code = self.roster.directory, self.rules.area_code
                handler = handler_of(self.engine, caller=caller, area_code=code, directory=who, but=call_id)
            except DatabaseGone as gone:
                log.warning("call %s: what is known of the caller is not looked up: %s", call_id, gone)
                return
            told = self._told_of(mine) if mine and handler else None
            known.append(
                KnownCaller(
                    earlier_calls=calls,
                    care=care,
                    handler=handler,
                    open_short=short,
                    open_case=told,
                    callback=callback,
                )
            )
            if told:
                self._prepare(OPEN_CASE, day=told.day, when=told.when)

        self._counting.later(look)
        return lambda: known[0] if known else KnownCaller()

    def _told_of(self, mine: CaseOpen) -> OpenCase:
        now = self.clock.now()
        when = spoken_time(mine.due_at, now) if mine.due_at else ""
        return OpenCase(day=spoken_day(mine.called_at, now), when=when)

    def _callback(self, task: int) -> CallbackBrief | None:
        try:
            return callback_brief(self.engine, self.rules, task_id=task, now=self.clock.now())
        except ZhitongError as error:
            log.error("callback %s has nothing to say: %s", task, error)
            return None

    def _redial(self, task: int) -> RedialBrief | None:
        try:
            return redial_brief(self.engine, self.rules, task_id=task)
        except ZhitongError as error:
            log.error("redial %s knows nothing of its case: %s", task, error)
            return None

    # --- what is done from time to time -------------------------------------------------------------------------------

    def _look_at_roster(self, now: datetime) -> None:
        """What people published, or changed by command, takes effect by itself: for calls and Asterisk's ladders."""
        before = self.roster.trouble
        if self.roster.look(now):
            self.push_duty()
            self._alarmed_until = None
        if self.roster.trouble != before:
            self._alarmed_until = None

    def _load_rules(self) -> Rules:
        """The rules as their files have them. Raises BadPolicy and its like."""
        settings = self.settings
        rules = load_rules(
            settings.files.rules,
            policy=settings.casework.policy,
            alone_within=fallback_promise(settings),
            area_code=settings.hotline.area_code,
            line_policies=line_policies(settings),
            repeat_within=timedelta(days=settings.casework.repeat_days),
            dead_calls=settings.casework.dead_calls,
            staff=staff_rules(settings),
            surge=SurgeRules(
                calls=settings.surge.calls,
                within=timedelta(minutes=settings.surge.minutes),
                end_after=timedelta(hours=settings.surge.end_hours),
            ),
            calendar=lambda: self.roster.directory.roster.calendar,
            sms=sms_gateway_file(settings) is not None,
        )
        return replace(
            rules,
            accused=naming(lambda: self.roster.directory, self._accounts_read),
            whose=lambda name: whose(self.roster.directory)(name),
        )

    def _look_at_rules(self, now: datetime) -> None:
        """Rules that were changed count from here on; the clocks that run already keep their times."""
        if self._rules_in_force.look():
            self.rules = self._rules_in_force.now
            for one in (self.keeper, self.outbound, self._desk):
                one.go_by(self.rules)

    def _look_at_understanding(self, now: datetime) -> None:
        """What was published, or learned, is what the next sentence is understood by."""
        self.understanding.look()
        self.surges.know_towns(self.taxonomy.towns)

    def _look_at_prompts(self, now: datetime) -> None:
        """What was worded anew, recorded or imported is said in the next call."""
        if (found := stamps_of(self.settings.folders.prompts_recorded)) != self._prompts_seen:
            self._prompts_seen = found
            self._errands.later(self._take_prompts)

    def _take_prompts(self) -> None:
        try:
            renewed = self.book.renew(prompt_texts(self.settings))
        except BadConfig as error:
            log.error("changed prompts are refused, those before stay: %s", error)
            return
        if renewed:
            log.info("prompts made anew: %s", " ".join(renewed))
            folder = prompts_folder(self.settings)
            self.book.export_static(folder, [key for key in renewed if (folder / f"{key}.alaw").exists()])
            self._prepare_sentences()

    def _look_at_flows(self, now: datetime) -> None:
        """On a thread of its own: a test call takes its time."""
        if self._migrated and (self._flow_look is None or self._flow_look.done()):
            self._flow_look = self._flowing.later(lambda: self.flows.look(now))

    def _look_at_marks(self, now: datetime) -> None:
        try:
            self._marked = marked_numbers(self.engine, now)
        except DatabaseGone as gone:
            log.warning("marked callers are those known before: %s", gone)

    def _look_at_accounts(self, now: datetime) -> None:
        try:
            self._accounts = account_people(self.engine)
        except DatabaseGone as gone:
            log.warning("accounts are those known before: %s", gone)

    def _accounts_read(self) -> tuple[Actor, ...]:
        """For what writes cases, which waits for the database anyway: nobody is named while none is known."""
        if self._accounts is None:
            self._accounts = account_people(self.engine)
        return self._accounts

    def _look_at_surges(self, now: datetime) -> None:
        """What people know and have done about surges; the calls before our start; cases of a surge that was ended."""
        try:
            if not self._migrated:
                return
            if not self._surges_restored and self.keeper.alive and not self.keeper.flush(5.0):
                return  # what a run before left in the journal is counted, too
            with reading(self.engine) as connection:
                if not self._surges_restored:
                    area_code = self.settings.hotline.area_code
                    counted = counted_calls(connection, now - self.rules.surge.within)
                    self.surges.restore(replace(one, caller=dialled_back(one.caller, area_code)) for one in counted)
                states = surge_states(connection, self.surges.ids())
            self._surges_restored = True
            self.surges.look(states, now)
            close_members(self.engine, self.rules, now=now)
            lapse_surges(self.engine, now=now)
        except DatabaseGone as gone:
            log.warning("surges are as they were known before: %s", gone)

    def _alarm_roster(self, now: datetime) -> None:
        """Once a day, and within a minute of a change, look at the week to come."""
        if not self._migrated or (self._alarmed_until is not None and now < self._alarmed_until):
            return
        self._alarmed_until = now + ALARM_AGAIN  # before the look: a change meanwhile is looked at next time
        try:
            alarm_roster(self.engine, self.roster.directory, now=now, trouble=self.roster.trouble)
        except DatabaseGone as gone:
            log.warning("the roster is looked at later: %s", gone)
            self._alarmed_until = None

    def _remind_shifts(self, now: datetime) -> None:
        """In the evening, ask for confirmation of tomorrow's shifts."""
        staff = self.settings.staff
        try:
            if self._migrated and staff.remind_at:
                self._reminded = remind_shifts(
                    self.engine,
                    self.roster.directory,
                    at=staff.remind_at,
                    by_message=staff.remind_by == "message",
                    now=now,
                    looked=self._reminded,
                )
        except DatabaseGone as gone:
            log.warning("shifts are confirmed later: %s", gone)

    def _send_notices(self, now: datetime) -> None:
        """Have what is due sent, on a thread that may take its time."""
        if self._migrated and (self._notice is None or self._notice.done()):
            self._notice = self._telling.later(self._send_due_notices)

    def _send_due_notices(self) -> None:
        settings = self.settings
        try:
            send_due(
                self.engine,
                now=self.clock.now,
                directory=lambda: self.roster.directory,
                places=lambda: load_places(settings.files.notices, data=settings.folders.data),
                towns=self.taxonomy.towns,
                send=self._gateway.send,
                going=lambda: not self._stopping.is_set(),
                quiet=self.rules.time_rules.quiet,
                scripts=self.rules.scripts,
                pocket=settings.console.pocket_address,
            )
        except DatabaseGone as gone:
            log.warning("notices are sent later: %s", gone)

    def _send_texts(self, now: datetime) -> None:
        """Have citizens texted, on a thread of its own: a gateway for officials that is slow holds up no receipt."""
        if self._migrated and (self._texts is None or self._texts.done()):
            self._texts = self._texting.later(self._send_due_texts)

    def _send_due_texts(self) -> None:
        hotline, lines = self.settings.hotline, frozenset(line.number for line in self.settings.lines)
        try:
            send_texts(
                self.engine,
                self.rules,
                now=self.clock.now,
                send=self._text,
                says={"hotline": hotline.name, "line": hotline.number},
                ours=lambda: self.roster.directory.in_use(self.clock.now()) | lines,
                going=lambda: not self._stopping.is_set(),
            )
        except DatabaseGone as gone:
            log.warning("texts are sent later: %s", gone)

    def _text(self, message: Message) -> str:
        """Read anew for each, so that a correction of the file counts at once."""
        path = sms_gateway_file(self.settings)
        return self._sms.send((load_sms_gateway(path), message), ["sms"])["sms"] if path else "没有短信网关"

    def push_duty(self) -> None:
        """Tell Asterisk the ladders again: after a change of the roster, or when the clock was put forward."""
        self._pushed = None
        self._push_duty(self.clock.now())

    def _push_duty(self, now: datetime) -> None:
        real_now = datetime.now(UTC)
        shift = real_now - now
        with self._push_lock:
            if self._pushed is not None:
                again, pushed_shift = self._pushed
                if now < again and abs(shift - pushed_shift) < timedelta(seconds=1):
                    return
            if not self.ami.up:
                return
            try:
                count = push_duty(
                    directory=self.roster.directory,
                    now=now,
                    real_now=real_now,
                    db_put=self.ami.db_put,
                    db_del=self.ami.db_del,
                    db_keys=self.ami.db_tree,
                )
            except (AmiGone, AmiRefused) as error:
                log.warning("duty ladders not pushed: %s", error)
                return
            edges = duty_moments(now, PUSH_AGAIN.total_seconds() / 3600, self.roster.directory)[1:]
            self._pushed = (min(edges, default=now + PUSH_AGAIN), shift)
        log.info("%d duty ladders pushed", count)

    def _resync(self) -> None:
        self.switchboard.resync(self.ami.channels, lambda: self.ami.db_tree(names.DB_CALL))
        self._pushed = None
        self._recover_at = 0.0
        self.flows.check_again()
        self.outbound.look_again()

    def _stranger(self, event: Event) -> None:
        """An event of no call we know: of one from before our start, made a case of Asterisk's notes once it is gone;
        or of a call we placed that nobody answered; or of a test call through a line's flow."""
        if event.kind == names.KIND_GONE:
            self._recover_at = 0.0
        elif event.kind == names.KIND_UNREACHED:
            self.outbound.on_unreached(event)
        elif event.kind == names.KIND_MONITOR:
            self._monitoring.on_event(event)
        elif event.kind == names.KIND_FLOW:
            self.flows.hear(event)

    def _recover(self, now: datetime) -> None:
        """Make the cases of calls nobody lived through, and take back Asterisk's notes of those that are safe."""
        if time.monotonic() < self._recover_at or not self.ami.up or not self._migrated:
            return
        try:
            self._forget_calls()
            ahead = now - datetime.now(UTC)
            notes, steps = read_notes(self.ami.db_tree, ahead=ahead)
            noted = {note.call_id for note in notes}
            cdrs = []
            if not self._cdrs_read:
                path = self.settings.asterisk.folder / "log" / "cdr-custom" / names.CDR_FILE
                since = datetime.now(UTC) - timedelta(days=CDR_DAYS)
                cdrs = [row for row in read_cdrs(path, since=since, ahead=ahead) if row.call_id not in noted]
            ids = noted | {row.call_id for row in cdrs}
            up = frozenset(channel.id for channel in self.ami.channels())
            self.switchboard.sweep(up, {note.call_id: (note.phase, note.leg) for note in notes})
            if not self.keeper.flush(5.0):
                return  # facts still wait for the database: nothing may be made up before they are in
            recovery = recover_calls(
                self.engine,
                self.rules,
                notes=notes,
                steps=steps,
                cdrs=cdrs,
                recordings=find_recordings(self.settings.folders.recordings, ids),
                alive=up,
                own=_Own(self._is_known),
                now=now,
            )
            for call_id in recovery.settled:
                self.ami.db_del(names.DB_CALL, call_id)
                for step in steps:
                    if step.call_id == call_id:
                        self.ami.db_del(names.DB_STEP, f"{call_id}-{step.n}")
        except (AmiGone, AmiRefused, DatabaseGone) as error:
            log.warning("recovery put off: %s", error)
            return
        self._cdrs_read = True
        self._recover_at = time.monotonic() + 15.0
        if recovery.made or recovery.ended:
            log.warning("recovered: %d calls made, %d ended", len(recovery.made), len(recovery.ended))

    def _is_known(self, call_id: str) -> bool:
        with self._known_lock:
            return call_id in self._known or call_id in self.switchboard.alive

    def _forget_calls(self) -> None:
        with self._known_lock:
            now = time.monotonic()
            for old in [key for key, ended in self._known.items() if ended is not None and now - ended > REMEMBERED]:
                del self._known[old]

    def _migrate(self, now: datetime) -> None:
        if self._migrated:
            return
        try:
            migrate(self.settings.store.database_url)
            self._migrated = True
        except DatabaseGone as gone:
            log.error("database away, facts go to the journal: %s", gone)

    def _lapse_call_backs(self, now: datetime) -> None:
        """Officials who said that they call back, and have not."""
        try:
            if self._migrated:
                lapse_call_backs(self.engine, self.rules, now=now)
        except DatabaseGone as gone:
            log.warning("promises of officials are looked at later: %s", gone)

    def _look_at_clocks(self, now: datetime) -> None:
        """Suspensions that are over, and clocks that run out."""
        try:
            if self._migrated:
                end_suspensions(self.engine, now=now)
                warn_of_clocks(self.engine, self.rules, now=now)
        except DatabaseGone as gone:
            log.warning("clocks are looked at later: %s", gone)

    def _archive(self, now: datetime) -> None:
        """Bring the recordings of ended calls into their final form."""
        until = time.monotonic() + ARCHIVE_SECONDS
        try:
            while self._migrated and time.monotonic() < until:
                tasks = take_due(self.engine, now=now, kinds=("archive",), limit=50)
                if not tasks:
                    break
                archive_calls(self.engine, root=self.settings.folders.recordings, tasks=tasks, now=now)
            if self._migrated:
                keep_clips(self.engine, self.rules, root=self.settings.folders.recordings, now=now)
        except DatabaseGone as gone:
            log.warning("recordings are archived later: %s", gone)

    def _look_at_records(self, now: datetime) -> None:
        """Cases that leaders are to own, and what was to be done on cases until now."""
        try:
            if self._migrated:
                lead_due(self.engine, self.rules, self.roster.directory, now=now)
                report_late(self.engine, now=now, must=self.rules.mandatory.close)
        except DatabaseGone as gone:
            log.warning("leaders and records of cases are looked at later: %s", gone)

    def _look_at_clusters(self, now: datetime) -> None:
        """Sort cases into kinds: many of one kind are a problem of their own."""
        try:
            if self._migrated:
                sort_cases(self.engine, self.rules, towns=self.taxonomy.towns, now=now)
        except DatabaseGone as gone:
            log.warning("cases are sorted into kinds later: %s", gone)

    def _draw_sample(self, now: datetime) -> None:
        """Once a month, cases that supervision is to look at again."""
        try:
            if self._migrated:
                draw_sample(self.engine, self.rules, now=now)
        except DatabaseGone as gone:
            log.warning("the month's sample is drawn later: %s", gone)

    def _anchor(self, now: datetime) -> None:
        """Write the heads of the timelines where a copy can be taken, once a day."""
        try:
            if self._migrated:
                anchor_daily(self.engine, folder=anchors_folder(self.settings), now=now)
        except DatabaseGone as gone:
            log.warning("the timelines are anchored later: %s", gone)
        except (AnchorDamaged, OSError) as error:
            log.error("the timelines cannot be anchored: %s", error)
            report_unanchored(self.engine, str(error), now=now)

    def _make_reports(self, now: datetime) -> None:
        """日提醒, 周对账, 月考评, each once."""
        try:
            if self._migrated:
                make_reports(
                    self.engine,
                    self.rules,
                    self.roster.directory.roster.calendar,
                    folder=reports_folder(self.settings),
                    now=now,
                    targets=load_targets(self.settings.files.rules / "policies" / "figures.toml"),
                )
        except DatabaseGone as gone:
            log.warning("reports are made later: %s", gone)
        except (ReportRefused, BadPolicy, OSError) as error:
            log.error("reports cannot be made: %s", error)

    def _expire(self, now: datetime) -> None:
        """Delete what has been kept long enough, prompts with places and results in them included."""
        try:
            if self._migrated:
                expire_recordings(
                    self.engine,
                    root=self.settings.folders.recordings,
                    now=now,
                    retention=self.rules.retention,
                    logs=(logs_folder(self.settings), self._asterisk_log.parent, self.settings.folders.journal),
                )
                expire_attachments(self.engine, folder=attachments_folder(self.settings), now=now)
        except DatabaseGone as gone:
            log.warning("nothing is deleted now: %s", gone)
        self._expire_asterisk_logs(now)
        self.book.forget(time.time() - timedelta(days=1).total_seconds())
        self._voice.later(self._prepare_sentences)  # they are among those, and no call is to wait for them

    def _expire_asterisk_logs(self, now: datetime) -> None:
        real_now = datetime.now(UTC)
        retention = self.rules.retention
        cdrs = self._asterisk_log.parent / "cdr-custom" / names.CDR_FILE
        forget_cdrs(cdrs, expired=lambda start: retention.expires_at(RecordingKind.LOG, start) <= real_now)
        try:
            if self.ami.up and begun_before(self._asterisk_log, real_now.astimezone().date()):
                self.ami.act("LoggerRotate")
        except (AmiGone, AmiRefused) as error:
            log.warning("Asterisk's log is not rotated now: %s", error)


def serve(
    settings: Settings,
    *,
    clock: Clock | None = None,
    trial: bool | None = None,
    reread: Callable[[], Settings] = load_settings,
) -> int:
    """Run the controller until SIGTERM, SIGINT or SIGHUP; the main thread only. clock, trial: as for Hotline.

    Of several on one Asterisk one runs, the others stand by and take over when it ends, however it ends, or hangs; with
    the settings as they are then.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    hotline, since = Hotline(settings, clock=clock, trial=trial), time.monotonic()
    port, token = settings.asterisk.agi_port, agi_token(settings)
    with my_turn(settings.asterisk.folder, stopping, lambda: is_silent(port=port, token=token)) as mine:
        if mine:
            if time.monotonic() - since > LOOK_EVERY:
                hotline = as_set_now(hotline, reread, clock=clock, trial=trial)
                settings = hotline.settings
            log_into(settings, "controller")
            hotline.start()
            try:
                # Waking now and then: a signal that the system gives to another thread does not end this wait.
                while not stopping.wait(0.5):
                    pass
            finally:
                hotline.stop()
    return 0


def called_by(directory: Directory, number: str, now: datetime) -> str:
    """How whoever is reached by this number now is called; the masked number where that is nobody."""
    return "、".join(called for _, called in directory.whose(number, now)) or mask(number)


def as_set_now(
    hotline: Hotline, reread: Callable[[], Settings], *, clock: Clock | None = None, trial: bool | None = None
) -> Hotline:
    """The hotline by the settings and files of this moment; faulty ones keep nobody from taking over."""
    try:
        anew = Hotline(reread(), clock=clock, trial=trial)
    except (ValueError, ZhitongError, RecognizerError, OSError) as error:
        log.error("待命时改的设置有错，接手先用本程序启动时的：%s", error)
        return hotline
    hotline.engine.dispose()
    return anew


def staff_rules(settings: Settings) -> StaffRules:
    """The rules of calls with officials."""
    staff = settings.staff
    return StaffRules(
        missed_after=timedelta(seconds=staff.missed_seconds),
        snooze=timedelta(minutes=staff.snooze_minutes),
        remind_tries=staff.remind_tries,
        remind_again=timedelta(minutes=staff.remind_again_minutes),
        arrival=timedelta(minutes=staff.arrival_minutes),
        surge_after=timedelta(seconds=staff.surge_seconds),
        windows=hall_windows(settings),
    )


def call_settings(settings: Settings, *, trial: bool) -> CallSettings:
    """The part of the settings that a live call sees."""
    speech = settings.speech
    turn = TurnSettings(
        resume=speech.resume_ms / 1000,
        silence=speech.end_silence_ms / 1000,
        short=speech.end_silence_short_ms / 1000,
        long=speech.end_silence_long_ms / 1000,
        early=speech.early_decision,
        quiet=speech.early_quiet_ms / 1000,
        stable=speech.early_stable_ms / 1000,
        wait=speech.no_speech_seconds,
        longest=speech.max_utterance_seconds,
    )
    return CallSettings(
        lines=tuple(
            Line(
                number=line.number,
                name=line.name,
                profile=line.profile,
                question=line.question,
                window=line.window,
                language=line.language,
                ask_number=line.ask_number,
                local_speech=line.local_speech,
            )
            for line in settings.lines
        ),
        trial=trial,
        reports_to=settings.hotline.reports_to,
        night=(settings.hotline.night_from, settings.hotline.night_until),
        sure=speech.sure_confidence,
        early_sure=speech.early_confidence,
        reasks=speech.reasks,
        misunderstandings=speech.misunderstandings,
        speech=SpeechSettings(turn=turn),
        clips=settings.folders.recordings / "clips",
        recordings=settings.folders.recordings,
        hotline=spoken_phone(settings.hotline.number),
        area_code=settings.hotline.area_code,
        static_promise=fallback_promise(settings),
        call_back=timedelta(minutes=settings.ladder.call_back_minutes),
        keyless=settings.ladder.keyless_seconds,
    )


class _Own(Set[str]):
    """The calls this controller lives through, asked at the very moment it matters: one may have begun since."""

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known

    def __contains__(self, call_id: object) -> bool:
        return isinstance(call_id, str) and self._known(call_id)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _Watcher:
    """One who watches: a bounded queue and a thread."""

    def __init__(self, see: Callable[[Fact], None]) -> None:
        self._see = see
        self._facts: queue.Queue[Fact | None] = queue.Queue(maxsize=WATCHER_LIMIT)
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def put(self, fact: Fact) -> None:
        try:
            self._facts.put_nowait(fact)
        except queue.Full:
            log.warning("a watcher is too slow: a fact passed it by")

    def stop(self) -> None:
        try:
            self._facts.put(None, timeout=1)
        except queue.Full:
            return
        self._thread.join(2)

    def _run(self) -> None:
        while (fact := self._facts.get()) is not None:
            self._see(fact)

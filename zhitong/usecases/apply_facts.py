"""Facts become casework: the case, its clocks and timeline, recordings, and what is due. In one transaction.

What is written follows from what the facts amount to before and after the new ones. So facts may come in any
portions, more than once, or late: the case is the same.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from cases.case import TO_TELL, Case, CaseEvent, CaseState, allowed, apply
from cases.lead import REPEATED, STRONG, is_strong
from cases.marks import MARKS, raised, remarked
from cases.number import case_number
from cases.record import RecordKind
from cases.redial import promised_time, redial_due
from cases.shift import SHIFTS
from cases.sla import SlaClock
from cases.triage import KEYS
from cases.tries import Outcome
from ivr.facts import Fact
from ivr.script import wished_secrecy
from recordings.recording import RecordingKind
from routing.calendar import LOCAL
from routing.phone import BadNumber, dialled_back, mask, normalise
from zhitong.errors import TaskNotFound
from zhitong.notices.notice import due_kind
from zhitong.store.case_records import cases_with, main_cases
from zhitong.store.cases import (
    case_of_calls,
    clocks_of,
    get_cases,
    insert_calls,
    insert_cases,
    meet_clock,
    move_call,
    put_clocks,
    update_calls,
    update_cases,
)
from zhitong.store.due import finish, get_task, hold, put_due, redials_talked_about, withdraw
from zhitong.store.facts import facts_of, insert_facts
from zhitong.store.proofs import put_proofs
from zhitong.store.recordings import put_recordings
from zhitong.store.records import record_incident
from zhitong.store.surges import put_members, put_surges
from zhitong.store.timeline import add_to_timeline
from zhitong.store.tries import NO_TASK, picked_up, put_try
from zhitong.store.words import FORGET
from zhitong.usecases.accused_people import with_accused
from zhitong.usecases.begin_cases import spoken_for
from zhitong.usecases.call_record import CallRecord, read_call
from zhitong.usecases.coached import take_asides
from zhitong.usecases.confirm_case import KIND as CONFIRM
from zhitong.usecases.dead_numbers import notice_dead_numbers
from zhitong.usecases.habits import with_habits
from zhitong.usecases.lead_cases import RED, SUPERVISE, is_repeated, key_row, lead_row
from zhitong.usecases.recheck import KIND as RECHECK
from zhitong.usecases.reckon_clocks import reckon_clocks
from zhitong.usecases.record_callback import begin_callback, conclude_callback
from zhitong.usecases.record_redial import redial_again
from zhitong.usecases.rules import Rules
from zhitong.usecases.staff_calls import ARRIVAL, MISSED, ONSITE, SURGE
from zhitong.usecases.suspect_closing import suspect_called_again
from zhitong.usecases.tell import heading, is_on_timeline, tell
from zhitong.usecases.word_to_citizen import after_intake

_log = logging.getLogger(__name__)

# Asterisk may still be writing the last of a recording when the call has ended.
_ARCHIVE_AFTER = timedelta(seconds=5)
AT_WINDOW = frozenset("15")
"""Marks by which an official says in the talk that he is at the window, or that the matter is settled."""
SUPERVISED = MARKS["7"]
GIVEN = {"key": "按键", "voice": "语音"}
"""How a caller gave a number to the line, as the case tells it."""
ASKED_BEFORE = timedelta(minutes=2)
"""So long before he should be there he is asked by telephone."""
_MISSED = {"confirm": (CONFIRM, "核实"), "recheck": (RECHECK, "回头看")}
"""What somebody has rung back for, unless it is a callback: its kind of call, and as what the timeline tells of it."""
_REACHED = ("accepted", "talk")  # a talk that was recovered from Asterisk's notes has no acceptance before it
# While a placed call is up its task must not be taken again; its end, or recovery, frees it sooner.
_LONGEST_CALL = timedelta(hours=4)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCall:
    """A call as far as it is in the database: its facts, and the number of its case once there is one.

    short: the number under which the case is spoken of, if it was chosen in this very transaction.
    """

    facts: tuple[Fact, ...] = ()
    record: CallRecord = field(default_factory=CallRecord)
    case_number: str | None = None
    short: str = ""


def apply_facts(
    connection: Connection,
    rules: Rules,
    new: Sequence[Fact],
    known: Mapping[str, KnownCall] | None = None,
    *,
    proven: Set[str] = frozenset(),
) -> dict[str, KnownCall]:
    """Stores facts of any calls and all that follows from them; a fact that is stored already changes nothing.

    known: calls as this function returned them after an earlier *committed* transaction, to spare reading them again.
    proven: numbers that are known to have been answered, to spare writing them again.
    Returns the calls of `new` as they are now: to be kept only after the commit.
    """
    arriving: dict[str, dict[int, Fact]] = defaultdict(dict)
    for fact in take_asides(connection, new):
        arriving[fact.call_id].setdefault(fact.seq, fact)
    before = _known(connection, arriving, known or {})
    work = _Work(connection, rules)
    after: dict[str, KnownCall] = {}
    for call_id, facts in arriving.items():
        old = before[call_id]
        there = {fact.seq for fact in old.facts}
        fresh = tuple(fact for seq, fact in sorted(facts.items()) if seq not in there)
        if not fresh:
            after[call_id] = old
            continue
        work.facts += fresh
        every = (*old.facts, *fresh)
        after[call_id] = KnownCall(facts=every, record=read_call(every), case_number=old.case_number)
    insert_facts(connection, work.facts)
    put_proofs(connection, [one for one in reached(work.facts) if one[0] not in proven], "answered")
    work.read_cases(before, after)
    # A placed call may arrive together with the call its case came from: that one first.
    for call_id in sorted(after, key=lambda id: after[id].record.kind != "inbound"):
        if len(after[call_id].facts) > len(before[call_id].facts):
            after[call_id] = work.follow(call_id, before[call_id], after[call_id])
    work.write()
    named = {call_id: replace(after[call_id], short=short) for call_id, short in work.named.items() if call_id in after}
    return after | named


def reached(facts: Iterable[Fact]) -> list[tuple[str, datetime]]:
    """(number, when) of the telephones on which these facts tell that a person took a call."""
    return [(fact.detail["number"], fact.at) for fact in facts if fact.kind in _REACHED and fact.detail["number"]]


def _known(connection: Connection, calls: Iterable[str], known: Mapping[str, KnownCall]) -> dict[str, KnownCall]:
    cold = [call_id for call_id in calls if call_id not in known]
    stored = facts_of(connection, cold)
    numbers = case_of_calls(connection, stored) if stored else {}
    read = {
        call_id: KnownCall(facts=tuple(facts), record=read_call(facts), case_number=numbers.get(call_id))
        for call_id, facts in stored.items()
    }
    return {call_id: known.get(call_id) or read.get(call_id) or KnownCall() for call_id in calls}


class _Work:
    """What one transaction is going to write, gathered so that each table is written once for many calls."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self.connection, self.rules = connection, rules
        self.facts: list[Fact] = []
        self.cases: dict[str, Case] = {}
        self.stored: dict[str, Case] = {}
        self.calls_new: list[dict[str, Any]] = []
        self.calls_changed: dict[str, dict[str, Any]] = {}
        self.clocks: list[tuple[str, SlaClock]] = []
        # case, clock, round, met when as was thought until now, met when
        self.met: list[tuple[str, str, int, datetime | None, datetime | None]] = []
        self.timeline: list[dict[str, Any]] = []
        self.recordings: list[dict[str, Any]] = []
        self.due: list[dict[str, Any]] = []
        self.taken_back: list[tuple[str, datetime, str]] = []  # marks of what is over, since when, why
        self.surges: list[dict[str, Any]] = []
        self.members: list[tuple[str, str, datetime]] = []  # surge, call (both by call id), since when
        self.in_surge: set[str] = set()  # cases whose own timeline tells that they belong to one
        self.callers: set[str] = set()  # who talked now, or is to be rung again
        self.named: dict[str, str] = {}  # call → the number under which its new case is spoken of
        self.ended: list[tuple[Fact, ...]] = []  # the facts of the calls that are over now

    def read_cases(self, before: Mapping[str, KnownCall], after: Mapping[str, KnownCall]) -> None:
        wanted = set()
        for call_id, call in after.items():
            if call.record != before[call_id].record and call.record.opened:
                rang_back = call.record.rang_back
                wanted |= {call.case_number or self._number_of(call_id, call.record), call.record.joined}
                wanted.add(rang_back.detail["case"] if rang_back else "")
        self.stored = get_cases(self.connection, wanted - {""}) if wanted else {}
        self.cases = dict(self.stored)

    def follow(self, call_id: str, old: KnownCall, new: KnownCall) -> KnownCall:
        """Everything that follows from the new facts of one call."""
        number, record = new.case_number, new.record
        if record.opened is None or (record.kind == "staff" and not record.joined and number is None):
            if record.ended and any(fact.kind == "heard" for fact in new.facts):
                self.due.append(_forget_row(self.rules, call_id, record.ended.at))
            return new  # its beginning comes later, or recovery makes it; what officials see to alone is no case
        first = number is None or number != (record.joined or number)
        if first:
            number = self._begin(call_id, record) if number is None else self._join(call_id, number, record)
            if number is None:
                return new
            new = replace(new, case_number=number)
        assert number is not None
        told = new.facts if first else new.facts[len(old.facts) :]
        if record.joined:
            begins = next(fact.seq for fact in new.facts if fact.kind == "joins")
            told = tuple(fact for fact in told if fact.seq >= begins)
        self.timeline += [
            {
                "case_number": number,
                "mark": f"{fact.call_id}/{fact.seq}",
                "at": fact.at,
                "what": heading(fact),
                "text": tell(fact, words=False),
                "reason": "办结后由系统回访" if _calls_back(fact) else "",
            }
            for fact in told
            if is_on_timeline(fact)
        ]
        for fact in told:
            if fact.kind == "accepted" and fact.detail["by"] == "heard":
                self._keys_lost(fact, number)
            if fact.kind == "rung" and record.kind == "inbound" and fact.detail["number"]:
                self.due.append(_call_row(fact, number))
        earlier = CallRecord() if first else old.record
        if record != earlier:
            self._follow_case(number, call_id, earlier, record)
            if record.kind == "inbound":
                self._follow_window(number, call_id, earlier, record)
        if record.ended and not earlier.ended:
            self.ended.append(new.facts)
        return new

    def _begin(self, call_id: str, record: CallRecord) -> str | None:
        opened = record.opened
        assert opened is not None
        if record.kind == "inbound":
            number = wanted = case_number(opened.at, call_id)
            for extra in "bcdefghijklmnopqrstuvwxyz":  # two calls of one second whose counters agree in four digits
                if number not in self.cases:
                    break
                number = wanted + extra
                if number not in self.cases:
                    self.stored |= (there := get_cases(self.connection, [number]))
                    self.cases |= there
            self.cases[number] = Case(
                number=number,
                call_id=call_id,
                caller=opened.detail["caller"],
                dialled=opened.detail["dialled"],
                answered_at=opened.at,
                shared_phone=bool(opened.detail.get("shared")),
            )
            self._start_clocks(self.cases[number])
        else:
            number = self._number_of(call_id, record)
            if number not in self.cases:
                record_incident(
                    self.connection,
                    at=opened.at,
                    kind="orphan",
                    mark=f"orphan:{call_id}",
                    text=f"系统打出的电话 {call_id} 找不到工单 {number!r}",
                )
                return None
            task_id = opened.detail.get("task")
            if task_id is not None and record.kind != "staff":
                picked_up(
                    self.connection,
                    case_number=number,
                    task_id=task_id,
                    kind=record.kind,
                    number=self.cases[number].number_to_call,
                    call_id=call_id,
                    at=opened.at,
                )
                if record.ended is None:
                    hold(self.connection, task_id, until=opened.at + _LONGEST_CALL)
        self.calls_new.append(
            {
                "call_id": call_id,
                "case_number": number,
                "kind": record.kind,
                "task_id": opened.detail.get("task"),
                "answered_at": opened.at,
                **_moments(record),
            }
        )
        return number

    def _number_of(self, call_id: str, record: CallRecord) -> str:
        """The case that a call is to be in. One that was placed may not have known it: the database was away."""
        assert record.opened is not None
        if record.kind == "inbound":
            return case_number(record.opened.at, call_id)
        told, task_id = record.joined or record.opened.detail.get("case"), record.opened.detail.get("task")
        if told or task_id is None:
            return told or ""
        try:
            return get_task(self.connection, task_id).case_number or ""
        except TaskNotFound:
            return ""

    def _join(self, call_id: str, number: str, record: CallRecord) -> str:
        """An official who was taken for a citizen calls one back: the call is the other case's from here on."""
        if record.joined not in self.cases:
            return number
        self._strike_off(number, call_id)
        move_call(self.connection, call_id, record.joined)
        return record.joined

    def _strike_off(self, number: str, call_id: str) -> Case:
        """The case that was begun when an official was taken for a citizen."""
        case = self.cases[number]
        if case.call_id == call_id and CaseEvent.STAFF in allowed(case.state):
            self.cases[number] = case = apply(case, CaseEvent.STAFF, at=case.answered_at)
            told = "打来的是工作人员，没有群众来电，销号"
            self._tell(case, f"staff:{call_id}", case.answered_at, "销号", told, "按电话或工作密码认出来的")
        return case

    def _follow_case(self, number: str, call_id: str, old: CallRecord, new: CallRecord) -> None:
        if _moments(old) != _moments(new):
            self.calls_changed[call_id] = {"call_id": call_id, **_moments(new)}
        was = case = self.cases[number]
        if new.kind == "inbound":
            case = _contacted(self._follow_request(case, old, new), old, new)
        if new.transcript != old.transcript or new.asked("type") != old.asked("type"):
            case = with_accused(self.rules, case, said=new.transcript)  # from here on they see nothing of it
        if new.by_code and new.ended:  # not sooner: it may become a matter of his own
            case = self._strike_off(number, call_id)
        case = self._follow_marks(case, old, new)
        if new.unreached and not old.unreached and number == new.joined:
            self._unreached(case, call_id, new.unreached)
        if not case.rework and (was.type, was.matter, was.urgency) != (case.type, case.matter, case.urgency):
            self._start_clocks(case)
        if new.kind not in ("callback", "confirm"):
            self._meet(case, old.talk.at if old.talk else None, new.talk.at if new.talk else None)
            if new.talk and not old.talk:
                case = self._talked(case, call_id, old, new)
        if new.talked and new.ended and not (old.talked and old.ended):
            self._talker(case)
        if new.kind == "inbound" and new.call_back and not old.call_back:
            self._await_call_back(case, call_id, new)
        self._follow_surges(case, call_id, old, new)
        if new.rang_back:
            self._follow_ring_back(case, call_id, old, new)
        if new.ended and new.only_rang_back:
            case = self._nothing_new(case, new.ended.at)
        elif new.kind == "inbound":
            self._follow_inbound_end(case, call_id, old, new)
            if new.ended and not old.ended:
                suspect_called_again(self.connection, self.rules, case, at=new.ended.at)
                if case.state is not CaseState.STRUCK_OFF:
                    self.due += after_intake(self.rules, case, new.ended.at)
        elif new.kind == "redial" and new.ended and (not old.ended or new.talked != old.talked):
            self._follow_redial_end(case, new)
        elif new.kind in ("callback", "confirm"):
            case = self._follow_callback(case, call_id, old, new)
        self.cases[number] = case
        self._follow_files(case, call_id, old, new)

    def _follow_request(self, case: Case, old: CallRecord, new: CallRecord) -> Case:
        """Only what these facts changed is written, and only where people have corrected nothing meanwhile."""
        changes: dict[str, Any] = {
            name: new.asked(name)
            for name in ("matter", "matter_name", "type", "place")
            if new.asked(name) != old.asked(name) == getattr(case, name)
        }
        for name in ("urgency", "transcript"):
            if getattr(new, name) != getattr(old, name):
                changes[name] = getattr(new, name)
        if case.unit == old.unit and case.state in (CaseState.ACCEPTED, CaseState.ASSIGNED):
            for name in ("unit", "official"):
                if getattr(new, name) != getattr(old, name):
                    changes[name] = getattr(new, name)
        if "transcript" in changes and not case.secrecy:
            changes["secrecy"] = wished_secrecy(new.transcript)  # the words go one day, the wish stays
        if "unit" in changes and case.state is CaseState.ASSIGNED and case.first_unit in ("", old.unit):
            changes["first_unit"] = changes["unit"]
        return replace(case, **changes) if changes else case

    def _start_clocks(self, case: Case) -> None:
        self.clocks += [(case.number, clock) for clock in self.rules.clocks(case, case.answered_at)]

    def _follow_marks(self, case: Case, old: CallRecord, new: CallRecord) -> Case:
        if new.marks == old.marks:
            return case
        case = replace(case, marks=remarked(case.marks, old.marks, new.marks))
        if new.kind == "inbound":
            return case  # its urgency has the marks in it
        first = read_call(facts_of(self.connection, [case.call_id]).get(case.call_id, ()))
        return replace(case, urgency=raised(first.urgency, new.marks))

    def _keys_lost(self, accepted: Fact, number: str) -> None:
        """An official was connected because he spoke: what he pressed, if anything, did not arrive."""
        whose = accepted.detail["number"]
        record_incident(
            self.connection,
            at=accepted.at,
            kind="keys",
            mark=f"keys:{whose}:{accepted.at.astimezone(LOCAL):%Y%m%d}",
            text=f"工单 {number}：{mask(whose)} 接起来说了话，按键没有传过来，已直接接通；再有就请运营商查按键（DTMF）",
        )

    def _meet(self, case: Case, before: datetime | None, at: datetime | None) -> None:
        """A person and the citizen talked, as far as is known now; `before`: what was thought until now."""
        if at == before:
            return
        now_in = self._round(case, at) if at else None
        for round in {self._round(case, moment) for moment in (before, at) if moment}:
            waiting = round != case.rework or case.state in (CaseState.ACCEPTED, CaseState.ASSIGNED)
            for code in ("respond", "assign") if waiting else ("respond",):
                self.met.append((case.number, code, round, before, at if round == now_in else None))

    def _round(self, case: Case, at: datetime) -> int:
        """Which 重办 ran at this moment: what becomes known late is no answer to what was asked afterwards."""
        if not case.rework:
            return 0
        begun = (clock.round for clock in clocks_of(self.connection, case.number) if clock.started_at <= at)
        return max(begun, default=0)

    def _talked(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> Case:
        talk = new.talk
        assert talk is not None
        by_others = case.state is CaseState.ASSIGNED and case.unit not in ("", old.unit, new.unit)
        if by_others or case.state not in (CaseState.ACCEPTED, CaseState.ASSIGNED):
            return case  # a unit works on it, or people have given it to another one
        case = apply(case, CaseEvent.ASSIGN, at=talk.at, unit=new.unit, official=new.official)
        to = "，".join(part for part in (case.unit, case.official) if part) or "值班领导"
        self._tell(case, f"assigned:{call_id}", talk.at, "交办", f"交办：{to}（通话中当面交办）", "领导在通话中接了")
        return case

    def _unreached(self, case: Case, call_id: str, told: Fact) -> None:
        """An official had the citizen called, who did not answer: the telephone has rung today, whoever wanted it."""
        number, why = dialled_back(case.number_to_call, self.rules.area_code), told.detail.get("why", "")
        if not number:
            return
        outcome = {"NOANSWER": Outcome.UNANSWERED, "BUSY": Outcome.BUSY}.get(why, Outcome.NO_LINE)
        put_try(
            self.connection,
            case_number=case.number,
            task_id=NO_TASK,
            kind="staff",
            number=number,
            dialled_at=told.at,
            call_id=call_id,
            outcome=outcome.value,
        )

    def _follow_surges(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> None:
        for fact in new.surges[len(old.surges) :]:
            d = fact.detail
            row = {"call_id": d["surge"], "town": d["town"], "matter": d["matter"]}
            self.surges.append(row | {"matter_name": d.get("matter_name", ""), "opened_at": fact.opened_at})
            self.members += [(d["surge"], one, fact.at) for one in (*d.get("calls", ()), case.call_id)]
            self.in_surge.add(case.number)
        opens = any(fact.detail["step"] == "opened" for fact in new.surges)
        # Whom to tell, the planned ladder says; if there is none, nobody but people who look at the list.
        if opens and (new.planned or new.ended) and not (old.surges and (old.planned or old.ended)):
            at = next(fact.opened_at for fact in new.surges if fact.detail["step"] == "opened")
            row = {"case_number": case.number, "call_id": call_id}
            notice = {"kind": due_kind("surge"), "mark": f"notice:surge:{call_id}", "due_at": at}
            lapse = {"kind": "surge", "mark": f"surge:{call_id}", "due_at": at + self.rules.surge.end_after}
            self.due += [row | notice, row | lapse]
            if self.rules.staff.surge_after:
                self.due.append(_staff_row(SURGE, case, call_id, at + self.rules.staff.surge_after, {}))

    def _follow_inbound_end(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> None:
        notice = f"notice:{call_id}"
        if new.talk and old.ended and not old.talked:
            self.taken_back += [(mark, new.talk.at, "已经通话") for mark in (notice, f"{MISSED}:{call_id}")]
        if new.ended and not old.ended and is_strong(case.transcript, case.type, self.rules.lead):
            self.due.append(lead_row(case.number, STRONG, new.ended.at))
        if new.ended and not old.ended and is_repeated(self.connection, self.rules, case, at=new.ended.at):
            self.due.append(lead_row(case.number, REPEATED, new.ended.at))
        if not new.ended or new.talked or (old.ended and not old.talked):
            return
        if new.spared:
            return  # told the notice: called back with the surge's result
        self.due.append(
            {
                "kind": due_kind("missed"),
                "mark": notice,
                "case_number": case.number,
                "call_id": call_id,
                "due_at": new.ended.at,
            }
        )
        try:
            normalise(case.number_to_call, area_code=self.rules.area_code)
        except BadNumber:
            _log.warning("no redial of case %s: %s is no number to dial", case.number, mask(case.caller))
            whose = f"来电号码 {mask(case.caller)} 系统不能拨" if case.caller else "来电号码不详"
            whose = "来电的是公用的电话" if case.shared_phone else whose
            heard = "，请听留言" if any(file.kind == "message" and not file.case for file in new.files) else ""
            text = f"没有人接谈，{whose}，无法回拨{heard}，请人工联系"
            self._tell(case, f"no-number:{call_id}", new.ended.at, "回拨", text)
            record_incident(
                self.connection,
                at=new.ended.at,
                kind="redial",
                mark=f"no-number:{call_id}",
                text=f"工单 {case.number}：{text}",
            )
            return
        if case.state in TO_TELL:
            return  # closed while the call was up: the callback tells it
        if new.call_back:
            return  # lapse_call_backs rings the citizen if the official does not
        at, redial = new.ended.at, self.rules.redial
        said = at + redial.alone_within if new.alone else promised_time(at, new.urgency, redial)
        promised = new.promised_at or said
        due_at = redial_due(at, new.urgency, promised, redial)
        self.due.append(
            {
                "kind": "redial",
                "mark": f"redial:{call_id}",
                "case_number": case.number,
                "call_id": call_id,
                "due_at": due_at,
                "promised_at": promised,
            }
        )
        if self.rules.staff.missed_after:
            again = max(at, due_at - redial.first_after) + self.rules.staff.missed_after
            self.due.append(_staff_row(MISSED, case, call_id, again, {}))
        self._talker(case)
        self._tell(
            case,
            f"redial:{call_id}",
            at,
            "回拨",
            f"没有人接谈，系统 {due_at.astimezone(LOCAL):%m月%d日 %H:%M} 回拨，"
            f"答应 {promised.astimezone(LOCAL):%m月%d日 %H:%M} 以前",
        )

    def _talker(self, case: Case) -> None:
        """This citizen has talked now, or is to be rung again. Who is not known by the number is no other citizen."""
        self.callers |= {case.own_caller, case.contact} - {""}

    def _await_call_back(self, case: Case, call_id: str, new: CallRecord) -> None:
        """An official has said that he calls back: until then the system does not, and sees to it that somebody has."""
        said = new.call_back
        assert said is not None
        self.due.append(
            {
                "kind": "official_callback",
                "mark": f"official_callback:{call_id}",
                "case_number": case.number,
                "call_id": call_id,
                "due_at": said.due,
                "promised_at": said.due,
            }
        )
        self._talker(case)

    def _follow_redial_end(self, case: Case, new: CallRecord) -> None:
        assert new.ended is not None and new.opened is not None
        task_id, at = new.opened.detail.get("task"), new.ended.at
        if task_id is None:
            return
        if new.talked or new.spared:
            outcome = "已经通话" if new.talked else "听了集中来电的通知"
            finish(self.connection, [task_id], at=at, outcome=outcome)
        else:
            redial_again(
                self.connection,
                self.rules,
                case,
                task_id=task_id,
                at=at,
                mark=new.ended.call_id,
                why="接通了，值班的没有接到",
            )

    def _follow_window(self, number: str, call_id: str, old: CallRecord, new: CallRecord) -> None:
        """Who took a call from a window of the hall is to be there soon, or somebody above him."""
        case, staff = self.cases[number], self.rules.staff
        window = staff.windows.get(case.dialled, "")
        if window and new.talk and not old.talk:
            there = new.talk.at + staff.arrival
            for kind, at in ((ARRIVAL, there - ASKED_BEFORE), (ONSITE, there)):
                self.due.append(_staff_row(kind, case, call_id, at, {"window": window}))
        if new.marks & AT_WINDOW and not old.marks & AT_WINDOW and new.talk:
            self.taken_back += [(f"{kind}:{call_id}", new.talk.at, "通话中按键说到了") for kind in (ARRIVAL, ONSITE)]

    def _follow_callback(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> Case:
        assert new.opened is not None
        if not old.opened and not self._confirms(new):
            case = begin_callback(case, new.opened.at)
        if new.ended and (not old.ended or new.answers != old.answers):
            case = conclude_callback(
                self.connection,
                self.rules,
                case,
                task_id=new.opened.detail.get("task"),
                call_id=call_id,
                answers=new.answers,
                at=new.ended.at,
            )
        return case

    def _confirms(self, call: CallRecord) -> bool:
        """Whether this is a confirm call, which begins no callback; Asterisk's notes know both as callbacks."""
        task_id = call.opened.detail.get("task") if call.opened else None
        return call.kind == "confirm" or (task_id is not None and get_task(self.connection, task_id).kind == CONFIRM)

    def _follow_ring_back(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> None:
        """The callback of another case, held in this call: its citizen had missed ours and has rung back."""
        told = new.rang_back
        assert told is not None
        number, task_id = told.detail["case"], told.detail.get("task")
        closed = self.cases.get(number)
        if closed is None or task_id is None:
            return
        if not old.rang_back:
            kind, what = next((_MISSED[one] for one in _MISSED if told.detail.get(one)), ("callback", "回访"))
            put_try(
                self.connection,
                case_number=number,
                task_id=task_id,
                kind=kind,
                number=dialled_back(case.number_to_call, self.rules.area_code) or case.caller,
                dialled_at=told.at,
                call_id=call_id,
                answered=True,
            )
            hold(self.connection, task_id, until=told.at + _LONGEST_CALL)
            closed = begin_callback(closed, told.at) if kind == "callback" else closed
            text = f"群众回电（来电 {case.number}），当即{what}"
            self._tell(closed, f"rang-back:{call_id}", told.at, what, text, "群众回电")
        if new.ended and (not old.ended or new.answers != old.answers):
            closed = conclude_callback(
                self.connection,
                self.rules,
                closed,
                task_id=task_id,
                call_id=call_id,
                answers=new.answers,
                at=new.ended.at,
            )
        self.cases[number] = closed

    def _nothing_new(self, case: Case, at: datetime) -> Case:
        """The case that was begun when somebody rang back for the callback of another one, and said nothing else."""
        if CaseEvent.RANG_BACK not in allowed(case.state):
            return case
        told = "群众是回电接受回访的，没有说新的事，这一件销号"
        self._tell(case, f"rang-back:{case.call_id}", at, "销号", told, "没有新的诉求")
        return apply(case, CaseEvent.RANG_BACK, at=at)

    def _follow_files(self, case: Case, call_id: str, old: CallRecord, new: CallRecord) -> None:
        for file in new.files:
            if file not in old.files:
                kind = RecordingKind(file.kind) if file.kind in list(RecordingKind) else RecordingKind.TALK
                self.recordings.append(
                    {
                        "case_number": file.case if file.case in self.cases else case.number,
                        "call_id": call_id,
                        "kind": kind.value,
                        "path": file.path,
                        "made_at": file.made_at,
                        "expires_at": self.rules.retention.expires_at(kind, file.made_at.astimezone(LOCAL)),
                    }
                )
        if new.ended and new.files and (not old.ended or new.files != old.files):
            self.due.append(
                {
                    "kind": "archive",
                    "mark": f"archive:{call_id}:{len(new.files)}",
                    "case_number": case.number,
                    "call_id": call_id,
                    "due_at": new.ended.at + _ARCHIVE_AFTER,
                }
            )

    def _tell(self, case: Case, mark: str, at: datetime, what: str, text: str, reason: str = "") -> None:
        row = {"case_number": case.number, "mark": mark, "at": at, "what": what, "text": text, "reason": reason}
        self.timeline.append(row)

    def _find_leaders(self) -> None:
        """Cases that a leader must own from now on; who it is, lead_cases finds out."""
        for number, case in self.cases.items():
            before = self.stored.get(number)
            if case.urgency == "red" and (before is None or before.urgency != "red"):
                self.due.append(lead_row(number, RED, case.answered_at))
            if SUPERVISED in case.marks and (before is None or SUPERVISED not in before.marks):
                self.due.append(lead_row(number, SUPERVISE, case.answered_at))
            if case.marks and (before is None or before.marks != case.marks):
                before_it = before.marks if before else ""
                new = (mark for mark in KEYS if mark in case.marks and mark not in before_it)
                self.due += [key_row(number, mark, case.answered_at) for mark in new]

    def write(self) -> None:
        """Writes what was gathered, a table at a time."""
        self._find_leaders()
        retention = self.rules.retention
        self._name_cases()
        begun = [case for number, case in self.cases.items() if number not in self.stored]
        habits = with_habits(self.connection, begun, area_code=self.rules.area_code)
        self.cases |= {case.number: case for case in habits}
        insert_cases(
            self.connection,
            [
                (case, retention.expires_at(RecordingKind.TRANSCRIPT, case.answered_at.astimezone(LOCAL)))
                for number, case in self.cases.items()
                if number not in self.stored
            ],
        )
        update_cases(
            self.connection,
            [case for number, case in self.cases.items() if number in self.stored and case != self.stored[number]],
        )
        insert_calls(self.connection, self.calls_new)
        new = {row["call_id"] for row in self.calls_new}
        update_calls(self.connection, [row for id, row in self.calls_changed.items() if id not in new])
        put_clocks(self.connection, self.clocks)
        self._keep_what_was_granted()
        for number, code, round, before, at in self.met:
            meet_clock(self.connection, number, code, round=round, at=at, instead_of=before)
        add_to_timeline(self.connection, self.timeline)
        put_recordings(self.connection, self.recordings)
        put_surges(self.connection, self.surges)
        self._put_members()
        put_due(self.connection, self.due)
        for mark, at, why in self.taken_back:
            withdraw(self.connection, mark, at=at, outcome=why)
        if self.callers:
            self._end_redials()
        for told in self.ended:
            notice_dead_numbers(self.connection, told, calls=self.rules.dead_calls)

    def _name_cases(self) -> None:
        """Gives each new case the number that is spoken, which no other has until it is struck off."""
        new = [number for number in self.cases if number not in self.stored]
        for number, short in spoken_for(self.connection, new).items():
            self.cases[number] = replace(self.cases[number], short=short)
            self.named[self.cases[number].call_id] = short

    def _keep_what_was_granted(self) -> None:
        """A fact that comes late starts a clock as if nothing had been granted since."""
        numbers = {number for number, _ in self.clocks if number in self.stored}
        if not numbers:
            return
        moved = cases_with(self.connection, numbers, SHIFTS | {RecordKind.MERGE})
        for number in sorted(moved | main_cases(self.connection, numbers)):
            reckon_clocks(self.connection, self.rules, self.cases[number])

    def _put_members(self) -> None:
        began = {surge: at for surge, _, at in reversed(self.members)}
        rows = [
            {
                "case_number": number,
                "mark": f"surge:{surge}",
                "at": began[surge],
                "what": "集中来电",
                "text": "后来又有人为同一地方、同一件事来电，合为集中来电，一起答复",
            }
            for surge, numbers in put_members(self.connection, self.members).items()
            for number in numbers
            if number not in self.in_surge
        ]
        add_to_timeline(self.connection, rows)

    def _end_redials(self) -> None:
        """Who has talked with somebody since is not rung again for the call before, unless it was another matter."""
        for redial in redials_talked_about(self.connection, self.callers):
            if redial.own:
                finish(self.connection, [redial.id], at=redial.at, outcome="已经通话")
            elif not redial.matter or not redial.talked_matter or redial.matter == redial.talked_matter:
                finish(self.connection, [redial.id], at=redial.at, outcome="又打来，已经通话")
                text = f"群众在后来的电话里已经和人通话（工单 {redial.talked_case}），不再回拨"
                row = {"case_number": redial.case_number, "mark": f"redial-over:{redial.id}", "at": redial.at}
                add_to_timeline(self.connection, [row | {"what": "回拨", "text": text}])


def _contacted(case: Case, old: CallRecord, new: CallRecord) -> Case:
    """The number that the caller gave; one that people wrote down since stays."""
    if new.unsure and new.unsure != old.unsure:
        case = replace(case, unsure_contact=new.unsure.detail["number"])
    given, before = new.contact, old.contact.detail["number"] if old.contact else ""
    if given is None or given == old.contact or case.contact not in ("", before):
        return case
    how = GIVEN[given.detail["how"]]
    return replace(case, contact=given.detail["number"], contact_how=how, contact_at=given.at, unsure_contact="")


def _calls_back(fact: Fact) -> bool:
    return fact.kind == "opened" and fact.detail["kind"] == "callback"


def _moments(record: CallRecord) -> dict[str, Any]:
    """What is kept of a call beside its facts, and may change with each of them."""
    return {
        "talked": record.talked,
        "rang_ms": record.rang_ms,
        "human_ms": record.human_ms,
        "ended_at": record.ended.at if record.ended else None,
    }


def _forget_row(rules: Rules, call_id: str, at: datetime) -> dict[str, Any]:
    """The words of a call that is in no case go when those of a case would."""
    until = rules.retention.expires_at(RecordingKind.TRANSCRIPT, at.astimezone(LOCAL))
    return {"kind": FORGET, "mark": f"{FORGET}:{call_id}", "case_number": None, "call_id": call_id, "due_at": until}


def _call_row(rung: Fact, number: str) -> dict[str, Any]:
    """That whose telephone rings is told which case it is (tell_called): once a call, however often it rings."""
    telephone = rung.detail["number"]
    row = {"kind": due_kind("call"), "mark": f"notice:call:{rung.call_id}:{telephone}", "case_number": number}
    return row | {"call_id": rung.call_id, "due_at": rung.at, "detail": {"number": telephone}}


def _staff_row(kind: str, case: Case, call_id: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    row = {"kind": kind, "mark": f"{kind}:{call_id}", "case_number": case.number, "call_id": call_id, "due_at": at}
    return row | {"detail": dict(detail)}

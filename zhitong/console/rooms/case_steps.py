"""What is done with a case on its page: a form for each step, each with the right that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi import Request
from starlette.responses import Response

from cases.case import Case, IllegalMove
from cases.offered import RECORDS, RIGHTS, Step
from cases.record import RecordKind
from cases.roles import Action, Actor
from cases.triage import Way
from routing.directory import Directory
from zhitong.console.fields import Fields
from zhitong.console.office import Office
from zhitong.console.room import Number, Room, one_of, the_visitor
from zhitong.console.taxonomy_now import taxonomy_now
from zhitong.console.visitor import go
from zhitong.errors import Refused
from zhitong.usecases.accused_people import accuse
from zhitong.usecases.ask_time import ask_extension, ask_suspension
from zhitong.usecases.assign_case import (
    answer_hand_over,
    ask_hand_over,
    assign_case,
    return_case,
    sign_for,
    start_case,
)
from zhitong.usecases.called_back import called_back
from zhitong.usecases.close_case import close_case
from zhitong.usecases.confirm_case import confirm_by_person
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import EDITABLE, edit_case
from zhitong.usecases.emergency import open_emergency
from zhitong.usecases.grant_time import deny_time, grant_time
from zhitong.usecases.keep_record import end_record, open_record
from zhitong.usecases.leaders import leader_of
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.no_contact import no_contact, review_no_contact
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.recheck_by_person import recheck_by_person
from zhitong.usecases.reply_case import approve_reply, heard_result, reply_case, review_reply, send_back
from zhitong.usecases.resume_case import resume_case
from zhitong.usecases.rules import Rules
from zhitong.usecases.same_person import whose
from zhitong.usecases.tag_case import tag_case
from zhitong.usecases.triage_case import do_step, triage_case

DONE: Mapping[str, str] = {
    Step.ASSIGN: "交办了，时限不变。",
    Step.SIGN_FOR: "签收了。",
    Step.START: "开始办理了；从现在起不能退单。",
    Step.REPLY: "反馈了，请单位负责人审核。",
    Step.REVIEW: "审核通过，请领导审签。",
    Step.HEAR_RESULT: "记下了：您听过给群众的话。",
    Step.APPROVE: "审签了，工单办结，等着回访群众。",
    Step.SEND_BACK: "退回修改了。",
    Step.SETTLE: "当场办结了，等着回访群众。",
    Step.TAKE: "接下了，时限不变。",
    Step.REFUSE: "没有接，仍由原单位办。",
    Step.HAND_OVER: "请对方接了；它接以前还归原单位，时限不变。",
    Step.RETURN: "退单了，时限不变。",
    Step.DECLINE: "不予受理，等着回访告知群众。",
    Step.NOTE: "记下了。",
    Step.CALLED_BACK: "人工回访记下了。",
    Step.RECHECKED: "人工回头看记下了。",
    Step.CONFIRMED: "人工核实记下了。",
    Step.NO_CONTACT: "记下了，请别的人复核。",
    Step.REVIEW_NO_CONTACT: "复核记下了。",
    Step.EXTEND: "申请了延期；批准以前时限不变。",
    Step.SUSPEND: "申请了挂起；批准以前时限照走。",
    Step.GRANT: "批准了，时限改了，见“时限”。",
    Step.DENY: "没有同意，时限不变。",
    Step.RESUME: "恢复了，时限接着走。",
    Step.TRIAGE: "分流记下了。",
    Step.EMERGENCY: "应急开了，领导、督查已经通知。",
    Step.MERGE: "并单了，一起答复，各自回访。",
    Step.SPLIT: "分开了，又单独办理。",
    Step.EDIT: "改好了。",
    Step.TAG: "标记改好了。",
    Step.ACCUSE: "登记了；从现在起他们看不到、办不了这个工单。",
    Step.CLEAR: "撤销了。",
    **dict.fromkeys(RECORDS, "记下了。"),
    "record-end": "了结了。",
    "step-done": "这一步记下了。",
}
"""What is told after a step."""
Again = Callable[[Request, str, str, str, Fields], Response]
"""The page of the case once more: request, number, why not, which step, what was typed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What a step is made with."""

    office: Office
    by: Actor
    number: str
    now: datetime

    @property
    def rules(self) -> Rules:
        """The rules in force. Raises BadConfig."""
        return self.office.rules()

    @property
    def directory(self) -> Directory:
        """The roster in force. Raises BadConfig."""
        return self.office.directory()

    @property
    def units(self) -> frozenset[str]:
        """The names of all units."""
        return frozenset(unit.name for unit in self.directory.units)

    def leader(self, case: Case) -> str:
        """Who is in charge from above of the unit that has the case."""
        return leader_of(case, case.unit, self.directory)

    def leader_of_first(self, case: Case) -> str:
        """Who is in charge from above of the unit that had the case first."""
        return leader_of(case, case.first_unit, self.directory)


Doing = Callable[[Desk, Fields], object]


def add_steps(room: Room, again: Again) -> None:
    """The routes. again: how the page is shown once more with why not, where no script does that."""
    for step, doing in _DOING.items():
        _add(room, f"/{{number}}/{step}", RIGHTS[step], step, doing, again)
    _add_of_records(room, again)


def _add(room: Room, path: str, right: Action, step: str, doing: Doing, again: Again) -> None:
    @room.post(path, right)
    async def made(request: Request, number: str) -> Response:
        fields = Fields(form=await request.form())
        act = partial(_made, request, number, step, fields, doing, again)
        answer: Response = await request.app.state.threads.run(act)
        return answer


def _add_of_records(room: Room, again: Again) -> None:
    # Who may end a record depends on whose it is: the use case asks.
    @room.post("/{number}/records/{id}/end", Action.SEE)
    async def ended(request: Request, number: str, id: Number) -> Response:
        fields = Fields(form=await request.form())
        act = partial(_made, request, number, "record-end", fields, partial(_end_record, id), again)
        answer: Response = await request.app.state.threads.run(act)
        return answer

    @room.post("/{number}/records/{id}/steps/{step}", Action.SEE)
    async def done(request: Request, number: str, id: Number, step: Number) -> Response:
        fields = Fields(form=await request.form())
        act = partial(_made, request, number, "step-done", fields, partial(_do_step, id, step), again)
        answer: Response = await request.app.state.threads.run(act)
        return answer


def _made(request: Request, number: str, step: str, fields: Fields, doing: Doing, again: Again) -> Response:
    visitor = the_visitor(request)
    desk = Desk(office=visitor.office, by=visitor.actor, number=number, now=visitor.office.now())
    try:
        doing(desk, fields)
    except (Refused, IllegalMove) as error:
        if request.headers.get("hx-request"):
            raise  # the page stays as it is, with what was typed
        return again(request, number, str(error), step, fields)
    # Who does not take a case does not see it any more.
    where = "/cases" if step == Step.REFUSE else f"/cases/{number}"
    where = "/callbacks" if fields("back") == "callbacks" else where
    return go(request, f"{where}?done={step}")


def _assign(desk: Desk, said: Fields) -> None:
    assign_case(
        desk.office.engine,
        number=desk.number,
        unit=said("unit"),
        by=desk.by,
        reason=said("reason"),
        units=desk.units,
        now=desk.now,
        must=desk.rules.mandatory.assign,
    )


def _sign(desk: Desk, said: Fields) -> None:
    sign_for(desk.office.engine, number=desk.number, by=desk.by, now=desk.now)


def _start(desk: Desk, said: Fields) -> None:
    start_case(desk.office.engine, number=desk.number, by=desk.by, now=desk.now)


def _reply(desk: Desk, said: Fields) -> None:
    reply_case(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        result=said("result"),
        disposition=said("disposition"),
        by=desk.by,
        now=desk.now,
        reply=said("reply"),
    )


def _review(desk: Desk, said: Fields) -> None:
    review_reply(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, reason=said("reason"))


def _hear(desk: Desk, said: Fields) -> None:
    heard_result(desk.office.engine, number=desk.number, by=desk.by, now=desk.now)


def _approve(desk: Desk, said: Fields) -> None:
    approve_reply(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, reason=said("reason"))


def _back(desk: Desk, said: Fields) -> None:
    send_back(desk.office.engine, number=desk.number, by=desk.by, reason=said("reason"), now=desk.now)


def _settle(desk: Desk, said: Fields) -> None:
    close_case(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        result=said("result"),
        by=desk.by,
        now=desk.now,
        disposition=said("disposition"),
    )


def _take(desk: Desk, said: Fields) -> None:
    answer_hand_over(desk.office.engine, number=desk.number, by=desk.by, takes=True, reason="", now=desk.now)


def _refuse(desk: Desk, said: Fields) -> None:
    answer_hand_over(
        desk.office.engine, number=desk.number, by=desk.by, takes=False, reason=said("reason"), now=desk.now
    )


def _hand_over(desk: Desk, said: Fields) -> None:
    ask_hand_over(
        desk.office.engine,
        number=desk.number,
        to=said("unit"),
        by=desk.by,
        reason=said("reason"),
        units=desk.units,
        now=desk.now,
    )


def _return(desk: Desk, said: Fields) -> None:
    leader = desk.leader_of_first
    return_case(desk.office.engine, number=desk.number, by=desk.by, reason=said("reason"), leader=leader, now=desk.now)


def _decline(desk: Desk, said: Fields) -> None:
    words = {"result": said("result"), "reason": said("reason")}
    decline_case(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **words)


def _note(desk: Desk, said: Fields) -> None:
    told = said("told") != ""
    note_progress(desk.office.engine, number=desk.number, by=desk.by, text=said("text"), told=told, now=desk.now)


def _called_back(desk: Desk, said: Fields) -> None:
    words = {"outcome": said("outcome"), "satisfied": said("satisfied"), "why": said("why")}
    called_back(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **words)


def _rechecked(desk: Desk, said: Fields) -> None:
    words = {"outcome": said("outcome"), "why": said("why")}
    recheck_by_person(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **words)


def _confirmed(desk: Desk, said: Fields) -> None:
    words = {"outcome": said("outcome"), "added": said("added"), "why": said("why")}
    confirm_by_person(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **words)


def _no_contact(desk: Desk, said: Fields) -> None:
    no_contact(desk.office.engine, desk.rules, number=desk.number, by=desk.by, reason=said("reason"), now=desk.now)


def _review_no_contact(desk: Desk, said: Fields) -> None:
    review_no_contact(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        by=desk.by,
        agrees=said("agrees") == "yes",
        reason=said("reason"),
        now=desk.now,
    )


def _extend(desk: Desk, said: Fields) -> None:
    ask_extension(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        count=said.number("days", "天数"),
        by=desk.by,
        reason=said("reason"),
        leader=desk.leader,
        now=desk.now,
    )


def _suspend(desk: Desk, said: Fields) -> None:
    until = said.moment("until", "挂起到")
    if until is None:
        raise Refused("没有写挂起到哪一天")
    ask_suspension(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        until=until,
        by=desk.by,
        reason=said("reason"),
        leader=desk.leader,
        now=desk.now,
    )


def _grant(desk: Desk, said: Fields) -> None:
    grant_time(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now)


def _deny(desk: Desk, said: Fields) -> None:
    deny_time(desk.office.engine, number=desk.number, by=desk.by, reason=said("reason"), now=desk.now)


def _resume(desk: Desk, said: Fields) -> None:
    resume_case(desk.office.engine, desk.rules, number=desk.number, by=desk.by, reason=said("reason"), now=desk.now)


def _triage(desk: Desk, said: Fields) -> None:
    way = one_of("分流", said("way"), Way)
    if way is None:
        raise Refused(f"没有选分流；请选 {'、'.join(Way)}")
    triage_case(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        way=way,
        reason=said("reason"),
        by=desk.by,
        now=desk.now,
        directory=desk.directory,
        result=said("result"),
        owner=said("owner"),
        until=said.moment("until", "到哪一天"),
        steps=said.lines("steps"),
    )


def _emergency(desk: Desk, said: Fields) -> None:
    open_emergency(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        reason=said("reason"),
        by=desk.by,
        now=desk.now,
        directory=desk.directory,
        owner=said("owner"),
    )


def _record(kind: RecordKind, desk: Desk, said: Fields) -> None:
    open_record(
        desk.office.engine,
        number=desk.number,
        kind=kind,
        owner=said("owner"),
        text=said("text"),
        by=desk.by,
        now=desk.now,
        due_at=said.moment("until", "几时以前"),
        others=said("others").split(),
        person=said("person"),
        units=desk.units,
    )


def _end_record(id: Number, desk: Desk, said: Fields) -> None:
    must, himself = desk.rules.mandatory.close, whose(desk.directory)
    end_record(desk.office.engine, id, outcome=said("outcome"), by=desk.by, now=desk.now, must=must, whose=himself)


def _do_step(id: Number, step: Number, desk: Desk, said: Fields) -> None:
    do_step(desk.office.engine, id, step=step, outcome=said("outcome"), by=desk.by, now=desk.now)


def _merge(desk: Desk, said: Fields) -> None:
    words = {"into": said("into").strip(), "reason": said("reason")}
    merge_cases(desk.office.engine, desk.rules, number=desk.number, by=desk.by, now=desk.now, **words)


def _split(desk: Desk, said: Fields) -> None:
    split_case(desk.office.engine, desk.rules, number=desk.number, by=desk.by, reason=said("reason"), now=desk.now)


def _edit(desk: Desk, said: Fields) -> None:
    edit_case(
        desk.office.engine,
        desk.rules,
        number=desk.number,
        by=desk.by,
        reason=said("reason"),
        now=desk.now,
        matters=taxonomy_now(desk.office.settings).names,
        **{name: said(name) for name in EDITABLE if said(name).strip()},
    )


def _tag(desk: Desk, said: Fields) -> None:
    tag_case(
        desk.office.engine,
        number=desk.number,
        add=said.many("add"),
        remove=said.many("remove"),
        reason=said("reason"),
        by=desk.by,
        now=desk.now,
        tags=desk.rules.tags,
    )


def _accuse(desk: Desk, said: Fields, *, clears: bool = False) -> None:
    accuse(
        desk.office.engine,
        number=desk.number,
        officials=said.many("official"),
        units=said.many("unit"),
        accounts=said.many("account"),
        by=desk.by,
        reason=said("reason"),
        directory=desk.directory,
        now=desk.now,
        clears=clears,
    )


_DOING: Mapping[Step, Doing] = {
    Step.ASSIGN: _assign,
    Step.SIGN_FOR: _sign,
    Step.START: _start,
    Step.REPLY: _reply,
    Step.REVIEW: _review,
    Step.HEAR_RESULT: _hear,
    Step.APPROVE: _approve,
    Step.SEND_BACK: _back,
    Step.SETTLE: _settle,
    Step.TAKE: _take,
    Step.REFUSE: _refuse,
    Step.HAND_OVER: _hand_over,
    Step.RETURN: _return,
    Step.DECLINE: _decline,
    Step.NOTE: _note,
    Step.CALLED_BACK: _called_back,
    Step.RECHECKED: _rechecked,
    Step.CONFIRMED: _confirmed,
    Step.NO_CONTACT: _no_contact,
    Step.REVIEW_NO_CONTACT: _review_no_contact,
    Step.EXTEND: _extend,
    Step.SUSPEND: _suspend,
    Step.GRANT: _grant,
    Step.DENY: _deny,
    Step.RESUME: _resume,
    Step.TRIAGE: _triage,
    Step.EMERGENCY: _emergency,
    Step.MERGE: _merge,
    Step.SPLIT: _split,
    Step.EDIT: _edit,
    Step.TAG: _tag,
    Step.ACCUSE: _accuse,
    Step.CLEAR: partial(_accuse, clears=True),
    **{step: partial(_record, kind) for step, kind in RECORDS.items()},
}

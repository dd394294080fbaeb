"""Every step that a page offers stands there as a form, and the form does what it is for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.offered import RECORDS, Step
from cases.record import RecordKind
from cases.roles import Role
from tests.fakes.closing import DESK, HEAD, LEADER, left_to_people, settled
from tests.fakes.directories import small_directory
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING, NUMBER, RULES, talked, tell_it
from zhitong.console.office import Office
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.usecases.accounts import actor_named
from zhitong.usecases.accused_people import accuse
from zhitong.usecases.ask_time import ask_suspension
from zhitong.usecases.assign_case import ask_hand_over
from zhitong.usecases.case_page import case_page
from zhitong.usecases.confirm_case import BY_PERSON as CONFIRM
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.keep_record import open_record
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.no_contact import no_contact
from zhitong.usecases.recheck import BY_PERSON as RECHECK
from zhitong.usecases.reply_case import heard_result

PAGE = f"/cases/{NUMBER}"
OTHER = "20250910-092030-0008"
SOON = "2025-09-20T10:00"
NAMES = {Role.DESK: "受理周敏", Role.HANDLER: "经办孙丽", Role.UNIT_HEAD: "局长钱进", Role.LEADER: "县长李刚"}
REPLY = {"result": "取水许可今天发到您手上", "disposition": "已解决", "reply": "扎西镇的取水许可已经发了"}


def changed(engine: Engine, **fields: object) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def state(state: CaseState, **fields: object) -> Callable[[Engine], None]:
    return lambda engine: changed(engine, state=state, type="求助", demand="停水", **fields)


def nothing(engine: Engine) -> None:
    pass


def replied(state: CaseState) -> Callable[[Engine], None]:
    return lambda engine: changed(engine, state=state, replied_by="经办甲", reviewed_by="局长乙", **REPLY)


def reviewed_and_heard(engine: Engine) -> None:
    replied(CaseState.REVIEWED)(engine)
    leader = actor_named(engine, NAMES[Role.LEADER], login="")
    heard_result(engine, number=NUMBER, by=leader, now=MORNING)


def asked_for_time(engine: Engine) -> None:
    until = MORNING + timedelta(days=3)
    given = {"by": HEAD, "reason": "下雨", "leader": lambda case: "县长", "now": MORNING}
    ask_suspension(engine, RULES, number=NUMBER, until=until, **given)  # type: ignore[arg-type]


def suspended(engine: Engine) -> None:
    asked_for_time(engine)
    grant_time(engine, RULES, number=NUMBER, by=LEADER, now=MORNING)


def to_take(engine: Engine) -> None:
    changed(engine, unit="县人民政府", state=CaseState.SIGNED_FOR)
    head = replace(HEAD, units=frozenset({"县人民政府"}))
    given = {"by": head, "reason": "归它管", "units": {"水务局"}, "now": MORNING}
    ask_hand_over(engine, number=NUMBER, to="水务局", **given)  # type: ignore[arg-type]


def another(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553630.8", MORNING - timedelta(days=1)))


def merged(engine: Engine) -> None:
    another(engine)
    merge_cases(engine, RULES, number=NUMBER, into=OTHER, by=DESK, reason="一件事", now=MORNING)


def waits_for_person(engine: Engine) -> None:
    settled(engine, RULES, number=NUMBER, now=MORNING)
    left_to_people(engine, RULES, number=NUMBER, now=MORNING + timedelta(hours=1))


def waits(kind: str, at: CaseState) -> Callable[[Engine], None]:
    def arrange(engine: Engine) -> None:
        changed(engine, state=at, closed_at=MORNING if at is CaseState.STRUCK_OFF else None)
        row = {"kind": kind, "mark": kind, "case_number": NUMBER, "call_id": "", "due_at": MORNING, "detail": {}}
        with writing(engine) as connection:
            put_due(connection, [row])

    return arrange


def nobody_to_call(engine: Engine) -> None:
    settled(engine, RULES, number=NUMBER, now=MORNING)
    changed(engine, caller="", contact="")


def said_nobody_to_call(engine: Engine) -> None:
    nobody_to_call(engine)
    no_contact(engine, RULES, number=NUMBER, by=replace(DESK, name="受理小吴"), reason="没有留", now=MORNING)


def complained(engine: Engine) -> None:
    given = {"directory": small_directory(), "reason": "听了", "now": MORNING}
    accuse(engine, number=NUMBER, units=["县人民政府"], by=DESK, **given)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Way:
    """Who does the step, after what, with what typed; then: the state that the case is in, if it moves."""

    role: Role
    form: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[Engine], None] = nothing
    then: CaseState | None = None


_D, _H, _U, _L = Role.DESK, Role.HANDLER, Role.UNIT_HEAD, Role.LEADER
WHY = {"reason": "说得清"}
RECORD = {"owner": "水务局", "text": "盯着办", "until": SOON}
WAYS: Mapping[Step, Way] = {
    Step.ASSIGN: Way(role=_D, form={"unit": "县人民政府", **WHY}, then=CaseState.ASSIGNED),
    Step.SIGN_FOR: Way(role=_H, then=CaseState.SIGNED_FOR),
    Step.START: Way(role=_H, after=state(CaseState.SIGNED_FOR), then=CaseState.HANDLING),
    Step.REPLY: Way(role=_H, after=state(CaseState.HANDLING), form=REPLY, then=CaseState.REPLIED),
    Step.REVIEW: Way(role=_U, after=replied(CaseState.REPLIED), form=WHY, then=CaseState.REVIEWED),
    Step.HEAR_RESULT: Way(role=_L, after=replied(CaseState.REVIEWED), then=CaseState.REVIEWED),
    Step.APPROVE: Way(role=_L, after=reviewed_and_heard, form=WHY, then=CaseState.CLOSED),
    Step.SEND_BACK: Way(role=_L, after=replied(CaseState.REVIEWED), form=WHY, then=CaseState.HANDLING),
    Step.SETTLE: Way(role=_L, form={"result": "当场办好了", "disposition": "已解决"}, then=CaseState.CLOSED),
    Step.TAKE: Way(role=_U, after=to_take, then=CaseState.SIGNED_FOR),
    Step.REFUSE: Way(role=_U, after=to_take, form=WHY, then=CaseState.SIGNED_FOR),
    Step.HAND_OVER: Way(role=_U, after=state(CaseState.SIGNED_FOR), form={"unit": "县人民政府", **WHY}),
    Step.RETURN: Way(role=_U, form=WHY, then=CaseState.ACCEPTED),
    Step.DECLINE: Way(
        role=_L, after=state(CaseState.ACCEPTED), form={"result": "请找法院", **WHY}, then=CaseState.DECLINED
    ),
    Step.NOTE: Way(role=_H, form={"text": "去看过了", "told": "yes"}),
    Step.CALLED_BACK: Way(role=_D, after=waits_for_person, form={"outcome": "解决"}, then=CaseState.STRUCK_OFF),
    Step.RECHECKED: Way(role=_D, after=waits(RECHECK, CaseState.STRUCK_OFF), form={"outcome": "还是好的"}),
    Step.CONFIRMED: Way(role=_D, after=waits(CONFIRM, CaseState.ASSIGNED), form={"outcome": "属实"}),
    Step.NO_CONTACT: Way(role=_D, after=nobody_to_call, form=WHY),
    Step.REVIEW_NO_CONTACT: Way(
        role=_D, after=said_nobody_to_call, form={"agrees": "yes", **WHY}, then=CaseState.STRUCK_OFF
    ),
    Step.EXTEND: Way(role=_U, form={"days": "1", **WHY}),
    Step.SUSPEND: Way(role=_U, form={"until": SOON, **WHY}),
    Step.GRANT: Way(role=_L, after=asked_for_time),
    Step.DENY: Way(role=_L, after=asked_for_time, form=WHY),
    Step.RESUME: Way(role=_L, after=suspended, form=WHY),
    Step.TRIAGE: Way(role=_D, form={"way": "长远帮扶", "owner": "水务局", "until": SOON, "steps": "入户\n装表", **WHY}),
    Step.EMERGENCY: Way(role=_D, form=WHY),
    Step.MERGE: Way(role=_D, after=another, form={"into": OTHER, **WHY}),
    Step.SPLIT: Way(role=_D, after=merged, form=WHY),
    Step.EDIT: Way(role=_D, form={"place": "双河乡", "urgency": "黄", "call_when": "今晚", **WHY}),
    Step.TAG: Way(role=_D, form={"add": RULES.tags.risk[0], **WHY}),
    Step.ACCUSE: Way(role=_D, form={"unit": "县人民政府", **WHY}),
    Step.CLEAR: Way(role=Role.SUPERVISION, after=complained, form={"unit": "县人民政府", **WHY}),
    **{step: Way(role=_L, form=RECORD) for step in RECORDS},
    Step.WARN: Way(role=Role.SUPERVISION, form=RECORD),
    Step.FIND: Way(role=Role.SUPERVISION, form=RECORD | {"person": "待查"}),
}


@pytest.mark.parametrize("step", Step)
def test_a_step_is_offered_and_made(office: Office, step: Step) -> None:
    way = WAYS[step]
    units = ["水务局"] if way.role in (Role.HANDLER, Role.UNIT_HEAD) else []
    name = NAMES.get(way.role, "督查孙兰")
    cookie = cookie_of(office.engine, name, way.role, now=MORNING, units=units)
    way.after(office.engine)
    with pages_served(office) as address:
        shown = asked(address, PAGE, cookie=cookie)
        assert f'action="{PAGE}/{step}"' in shown.body, "it is not offered"
        made = asked(address, f"{PAGE}/{step}", cookie=cookie, form=way.form)
        assert made.status == 303, re.findall(r'class="fault">([^<]*)', made.body)
        if step is not Step.REFUSE:
            told = asked(address, made.where, cookie=cookie)
            assert told.status == 200 and 'role="status"' in told.body
    with reading(office.engine) as connection:
        assert way.then in (None, get_case(connection, NUMBER).state)


@pytest.mark.parametrize("state", CaseState)
def test_the_forms_on_the_page_are_those_of_the_steps_that_are_offered(office: Office, state: CaseState) -> None:
    closed = MORNING if state in (CaseState.CLOSED, CaseState.DECLINED, CaseState.CALLBACK) else None
    changed(office.engine, state=state, closed_at=closed, **REPLY)
    with pages_served(office) as address:
        for name, roles in (("样样能", (_D, _H, _U, _L)), ("督查孙兰", (Role.SUPERVISION,))):
            units = ["水务局"] if _U in roles else []
            cookie = cookie_of(office.engine, name, *roles, now=MORNING, units=units)
            by = actor_named(office.engine, name, login="")
            steps = case_page(office.engine, RULES, number=NUMBER, by=by, now=MORNING).steps
            forms = set(re.findall(rf'action="{PAGE}/([a-z-]+)"', asked(address, PAGE, cookie=cookie).body))
            assert forms - {"reveal"} == {str(step) for step in steps}


def test_what_was_opened_is_ended_and_a_step_of_a_plan_is_done(office: Office) -> None:
    given = {"owner": "水务局", "text": "三天内修好", "by": LEADER, "now": MORNING}
    id = open_record(office.engine, number=NUMBER, kind=RecordKind.COMMITMENT, **given)  # type: ignore[arg-type]
    desk = cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
    his = cookie_of(office.engine, "经办孙丽", Role.HANDLER, now=MORNING, units=["水务局"])
    with pages_served(office) as address:
        form = {"way": "长远帮扶", "owner": "水务局", "until": SOON, "steps": "入户\n装表", "reason": "难"}
        assert asked(address, f"{PAGE}/triage", cookie=desk, form=form).status == 303
        body = asked(address, PAGE, cookie=his).body
        assert f'action="{PAGE}/records/{id}/end"' in body
        (plan,) = set(re.findall(rf"{PAGE}/records/(\d+)/steps/1", body))
        done = asked(address, f"{PAGE}/records/{plan}/steps/1", cookie=his, form={"outcome": "去过了"})
        ended = asked(address, f"{PAGE}/records/{id}/end", cookie=his, form={"outcome": "修好了"})
        assert (done.status, ended.status) == (303, 303)
        body = asked(address, PAGE, cookie=his).body
        assert "已了结：修好了" in body and "去过了（经办孙丽" in body
        other = asked(address, f"{PAGE}/records/{id}/end", cookie=his, form={"outcome": "又"})
        assert other.status == 409 and "已经由经办孙丽了结" in other.body


def test_cases_that_look_alike_are_shown_before_one_is_merged(office: Office) -> None:
    another(office.engine)
    desk = cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, f"{PAGE}/alike", cookie=desk)
        assert told.status == 200 and OTHER in told.body and "像在：" in told.body

"""Citizens are texted that there is word, at least once under one id; or people are told to call them."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.case import CaseState
from cases.sms import SmsKind, id_of, load_sms_rules
from cases.tries import Outcome
from routing.calendar import LOCAL
from routing.faults import BadConfig, Fault
from routing.phone import mask
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, signed_off
from tests.fakes.told_calls import (
    CITIZEN,
    CONFIG,
    DEPUTY,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    new_database,
    placed,
    talked,
    tell_it,
)
from zhitong.notices.sms_gateway import Message
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import DueTask, open_tasks, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.sms import SENT, SmsWish, put_wish
from zhitong.store.timeline import timeline_of
from zhitong.usecases.ask_time import ask_extension, ask_suspension
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.place_call import call_failed, missed_callback, place_call
from zhitong.usecases.resume_case import resume_case
from zhitong.usecases.rules import Rules
from zhitong.usecases.send_texts import Send, send_texts
from zhitong.usecases.take_due import take_due

TEXTS = replace(RULES, sms=load_sms_rules(CONFIG / "policies" / "sms.toml", on=True), area_code="0870")
LINE = "08702128888"
SHORT = "0007"
OTHER = "20250911-092130-0008"
ENDED = MORNING + timedelta(seconds=85)
DAY = timedelta(days=1)


@dataclass
class Carrier:
    """Takes texts while it does not refuse them."""

    refuses: str = ""
    taken: list[Message] = field(default_factory=list)

    def __call__(self, message: Message) -> str:
        if not self.refuses:
            self.taken.append(message)
        return self.refuses

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.taken]


def send(engine: Engine, carrier: Send, now: datetime, rules: Rules = TEXTS) -> None:
    send_texts(
        engine,
        rules,
        now=lambda: now,
        send=carrier,
        says={"hotline": "找局长", "line": LINE},
        ours=lambda: frozenset({DEPUTY}),
        going=lambda: True,
    )


def send_until_quiet(engine: Engine, carrier: Send, now: datetime, rules: Rules = TEXTS) -> None:
    """All tries that follow, over two days."""
    for minutes in (0, 1, 2, 5, 20, 90, 600, 1000, 1500, 2900):
        send(engine, carrier, now + timedelta(minutes=minutes), rules)


def outcome(engine: Engine, kind: SmsKind, number: str = NUMBER) -> str:
    with reading(engine) as connection:
        return next(task.outcome for task in tasks_of(connection, number) if task.kind == kind.due_kind)


def todo(engine: Engine, now: datetime = ENDED) -> list[str]:
    return [one.text for one in list_incidents(engine, by=DESK, now=now)]


def told(engine: Engine, what: str = "短信", number: str = NUMBER) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in timeline_of(connection, number) if row.what == what]


def change(engine: Engine, **fields: str) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def test_who_has_called_gets_a_receipt_with_the_spoken_number_and_nothing_of_the_matter(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    carrier = Carrier()
    for _ in range(2):
        send(engine, carrier, ENDED)
    (message,) = carrier.taken
    assert message.number == CITIZEN and len(message.id) == 32
    assert message.text == (
        f"【找局长】您的来电已收到，编号{SHORT}。查问请打{LINE}，报编号。我们不会向您要钱、要验证码。"
    )
    assert told(engine) == [f"短信告诉群众：来电收到了（{mask(CITIZEN)}，网关已收下）"]
    assert not any("取水" in text or "水务局" in text for text in carrier.texts)


def test_a_receipt_goes_out_at_night_too_but_not_when_it_comes_late(engine: Engine) -> None:
    night = MORNING.replace(hour=23)
    tell_it(engine, TEXTS, talked(answered_at=night), talked("1757553630.8", night))
    carrier = Carrier(refuses="HTTP 503")
    send(engine, carrier, night + timedelta(minutes=2))
    carrier.refuses = ""
    with reading(engine) as connection:
        first, _ = (task for task in open_tasks(connection) if task.kind == "sms:receipt")
    assert first.due_at == night + timedelta(minutes=2, seconds=20)
    send(engine, carrier, night + timedelta(hours=2))
    assert carrier.taken == []
    send(engine, carrier, (night + DAY).replace(hour=8, minute=0))
    assert len(carrier.taken) == 2


@pytest.mark.parametrize(
    ("caller", "fields", "why"),
    [
        ("08702123456", {}, ""),  # not even a row: a landline is never texted
        ("", {}, ""),
        ("0085212345678", {}, ""),
        (DEPUTY, {}, "不是群众自己的号码"),
        (CITIZEN, {"secrecy": "保密"}, "举报、保密、匿名的不发"),
        (CITIZEN, {"type": "举报"}, "举报、保密、匿名的不发"),
    ],
)
def test_some_numbers_are_never_texted(engine: Engine, caller: str, fields: dict[str, str], why: str) -> None:
    tell_it(engine, TEXTS, talked(caller=caller))
    if fields:
        change(engine, **fields)
    carrier = Carrier()
    send_until_quiet(engine, carrier, ENDED)
    assert carrier.taken == []
    with reading(engine) as connection:
        receipts = [task for task in tasks_of(connection, NUMBER) if task.kind == "sms:receipt"]
    assert [task.outcome for task in receipts] == ([f"不发：{why}"] if why else [])


def test_from_the_window_of_the_hall_only_a_number_that_the_citizen_gave_is_texted(engine: Engine) -> None:
    rules = replace(TEXTS, staff=replace(TEXTS.staff, windows={"12345": "大厅3号窗口"}))
    tell_it(engine, rules, talked())
    carrier = Carrier()
    send(engine, carrier, ENDED, rules)
    assert carrier.taken == [] and outcome(engine, SmsKind.RECEIPT) == "不发：不是群众自己的号码"
    change(engine, contact="13800000009")
    send(engine, carrier, MORNING + DAY, rules)
    assert [message.number for message in carrier.taken] == ["13800000009"]


def test_one_number_gets_only_so_many_texts_a_day(engine: Engine) -> None:
    written = [CITIZEN, f"+86{CITIZEN}", f"0{CITIZEN}"]  # as trunks do
    moments = [(f"1757553630.{n}", MORNING + timedelta(minutes=n), written[n % 3]) for n in range(10)]
    tell_it(engine, TEXTS, *(talked(call, at, caller=caller) for call, at, caller in moments))
    carrier = Carrier()
    send(engine, carrier, ENDED + timedelta(minutes=12))
    assert len(carrier.taken) == TEXTS.sms.most


def test_after_a_day_who_has_an_open_case_hears_of_it_unless_a_person_has_told_them(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked(), talked("1757553630.8"))
    note_progress(engine, number="20250911-092030-0008", by=DESK, text="说过了", told=True, now=ENDED)
    carrier = Carrier()
    send(engine, carrier, ENDED)
    send(engine, carrier, MORNING + DAY - timedelta(seconds=1))
    assert len(carrier.taken) == 2
    send(engine, carrier, MORNING + DAY)
    assert carrier.texts[2:] == [f"【找局长】您的来电（编号{SHORT}）还在办理，有结果会给您打电话。查问请打{LINE}。"]


@pytest.mark.parametrize("rules", [TEXTS, replace(TEXTS, sms=replace(TEXTS.sms, on=False))])
def test_who_cannot_be_texted_is_told_by_people_after_a_day(engine: Engine, rules: Rules) -> None:
    caller = CITIZEN if not rules.sms.on else "08702123456"
    tell_it(engine, rules, talked(caller=caller))
    carrier = Carrier()
    send(engine, carrier, MORNING + DAY, rules)
    (line,) = [text for text in todo(engine) if "还没办结" in text]
    assert line.startswith(f"工单 {NUMBER}：09月11日 09:20 的来电还没办结，不能发短信（没有")
    note_progress(engine, number=NUMBER, by=DESK, text="打电话说了", told=True, now=MORNING + DAY)
    assert not any("还没办结" in text for text in todo(engine)) and carrier.taken == []


def test_word_that_would_fall_into_the_night_comes_the_evening_before(engine: Engine) -> None:
    night = MORNING.replace(hour=23)
    tell_it(engine, TEXTS, talked(answered_at=night))
    with reading(engine) as connection:
        (task,) = [task for task in open_tasks(connection) if task.kind == "sms:progress"]
    assert task.due_at == (night + DAY).replace(hour=20, minute=55, second=0)


def test_a_policy_with_a_clock_for_progress_says_itself_when_word_is_due(engine: Engine) -> None:
    rules = replace(TEXTS, policy="2-24-72", sms=replace(TEXTS.sms, word_after=2 * DAY))
    tell_it(engine, rules, talked())
    with reading(engine) as connection:
        (task,) = [task for task in open_tasks(connection) if task.kind == "sms:progress"]
    assert task.due_at == MORNING + DAY


def extended(engine: Engine, days: int = 5, **opened: str) -> None:
    """The case of a day ago, with so many days more."""
    now = MORNING + timedelta(hours=2)
    tell_it(engine, TEXTS, talked(**opened))
    ask_extension(engine, TEXTS, number=NUMBER, count=days, by=HANDLER, reason="等化验", leader=lambda _: "", now=now)
    grant_time(engine, TEXTS, number=NUMBER, by=LEADER, now=now)


def test_whoever_waits_is_told_of_a_new_date_in_words_and_people_need_not_call(engine: Engine) -> None:
    extended(engine)
    assert any("办结改到 09月23日 17:30" in text for text in todo(engine))
    carrier = Carrier()
    send(engine, carrier, MORNING + timedelta(hours=2))
    assert carrier.texts[-1] == f"【找局长】您的来电（编号{SHORT}）答复的时间改到9月23日下班前。查问请打{LINE}。"
    assert not any("改到" in text for text in todo(engine)) and any("时限改了" in text for text in told(engine))


def test_whose_case_is_answered_together_with_it_is_told_of_the_new_date_too_while_it_is(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    tell_it(engine, TEXTS, talked())
    later = MORNING + timedelta(hours=1)
    merge_cases(engine, TEXTS, number=OTHER, into=NUMBER, by=DESK, reason="同一根水管", now=later)
    extended(engine)
    lines = [text for text in todo(engine) if "办结改到 09月23日 17:30" in text]
    assert sorted((NUMBER in text, OTHER in text) for text in lines) == [(False, True), (True, False)]
    carrier = Carrier()
    send(engine, carrier, MORNING + timedelta(hours=2))
    moved = [message for message in carrier.taken if "改到9月23日下班前" in message.text]
    assert sorted(message.number for message in moved) == sorted([CITIZEN, "13800000009"])
    assert len({message.id for message in moved}) == 2 and not any("改到" in text for text in todo(engine))


def test_whose_case_has_been_parted_from_it_is_told_no_date_of_the_other(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked("1757553690.8", MORNING + timedelta(seconds=60), caller="13800000009"))
    tell_it(engine, TEXTS, talked())
    later = MORNING + timedelta(hours=1)
    merge_cases(engine, TEXTS, number=OTHER, into=NUMBER, by=DESK, reason="同一根水管", now=later)
    extended(engine)
    split_case(engine, TEXTS, number=OTHER, by=DESK, reason="不是同一根", now=MORNING + timedelta(hours=2))
    (line,) = [text for text in todo(engine) if "办结改到" in text]
    assert NUMBER in line
    carrier = Carrier()
    send(engine, carrier, MORNING + timedelta(hours=2))
    assert [message.number for message in carrier.taken if "改到" in message.text] == [CITIZEN]


def test_a_date_that_has_changed_again_is_told_once_as_it_is_now(engine: Engine) -> None:
    extended(engine, 2)
    suspend_until, now = datetime(2025, 9, 19, 17, 30, tzinfo=LOCAL), MORNING + timedelta(hours=3)
    ask_suspension(
        engine, TEXTS, number=NUMBER, until=suspend_until, by=HEAD, reason="等判决", leader=lambda _: "", now=now
    )
    grant_time(engine, TEXTS, number=NUMBER, by=LEADER, now=now)
    carrier = Carrier()
    send(engine, carrier, now)
    assert ["改到" in text for text in carrier.texts] == [False, True]
    resume_case(engine, TEXTS, number=NUMBER, by=LEADER, reason="判了", now=now + timedelta(hours=1))
    send(engine, carrier, now + timedelta(hours=1))
    assert len(carrier.texts) == 3 and carrier.texts[1] != carrier.texts[2]


def test_a_corrected_type_that_moves_the_date_is_told(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    now = MORNING + timedelta(hours=2)
    edit_case(engine, TEXTS, number=NUMBER, by=DESK, reason="是咨询", now=now, matters={}, type="咨询")
    carrier = Carrier()
    send(engine, carrier, now)
    assert "改到9月16日下班前" in carrier.texts[-1]


@pytest.mark.parametrize("caller", [CITIZEN, "08702123456"])
def test_a_date_that_no_text_tells_stays_with_people(engine: Engine, caller: str) -> None:
    extended(engine, caller=caller)
    send_until_quiet(engine, Carrier(refuses="HTTP 503"), MORNING + timedelta(hours=2))
    why = "短信没有发出（HTTP 503）" if caller == CITIZEN else "不能发短信（没有可以发短信的手机号）"
    assert any(f"办结改到 09月23日 17:30，{why}" in text for text in todo(engine))


def test_what_could_not_be_texted_is_for_people_and_told_on_the_case(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    refusing = Carrier(refuses="HTTP 503")
    send_until_quiet(engine, refusing, ENDED)
    (line,) = [text for text in todo(engine) if "口头编号" in text]
    assert line.startswith(
        f"工单 {NUMBER}：09月11日 09:20 的来电收到了，口头编号 {SHORT}，短信没有发出（HTTP 503），请在"
    )
    assert any("短信没有发出（来电收到了）" in text for text in told(engine))
    with reading(engine) as connection:
        incidents = [row.text for row in all_incidents(connection, "sms")]
    assert len(incidents) == 1
    assert CITIZEN not in "".join([line, *incidents, *told(engine)])


def test_a_receipt_of_the_day_before_is_peoples_and_no_fault_of_the_gateway(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    carrier = Carrier()
    send(engine, carrier, ENDED + DAY + timedelta(minutes=1), replace(TEXTS, sms=replace(TEXTS.sms, most=1)))
    assert ["还在办理" in text for text in carrier.texts] == [True] and outcome(engine, SmsKind.RECEIPT)[
        :4
    ] == "没有发出"
    assert todo(engine) == [], "word that it is worked on has the number, too"


def test_a_gateway_that_is_back_the_next_day_spares_people_what_its_text_tells(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    refusing = Carrier(refuses="HTTP 503")
    for minutes in (0, 1, 2, 5, 20, 90):
        send(engine, refusing, ENDED + timedelta(minutes=minutes))
    assert any("口头编号" in text for text in todo(engine))
    send(engine, Carrier(), MORNING + DAY)
    assert not any("口头编号" in text for text in todo(engine))


def test_a_faulty_gateway_file_is_told_without_its_values_and_nothing_is_lost(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())

    def faulty(_: Message) -> str:
        raise BadConfig("sms", [Fault(field="url", value="…", mend="改")])

    send(engine, faulty, ENDED)
    assert any("短信网关的文件有错，一条也没有发：url：改" in text for text in todo(engine))
    carrier = Carrier()
    send(engine, carrier, ENDED + timedelta(minutes=10))
    assert len(carrier.taken) == 1


def unanswered(engine: Engine, days: int = 3, rules: Rules = TEXTS) -> datetime:
    """The case is closed, and its citizen does not pick up on so many days; when the last call was."""
    tell_it(engine, rules, talked())
    signed_off(engine, rules, number=NUMBER, now=MORNING + DAY)
    at = MORNING + DAY + timedelta(minutes=10)
    for _ in range(days):
        (task,) = take_due(engine, now=at, kinds=("callback",))
        assert place_call(engine, rules, task, now=at) is not None
        call_failed(engine, rules, task_id=task.id, now=at, outcome=Outcome.UNANSWERED)
        with reading(engine) as connection:
            left = [one.due_at for one in open_tasks(connection, case_number=NUMBER, kind="callback")]
        last, at = at, (left or [at])[0]
    return last


def person_tasks(engine: Engine) -> list[DueTask]:
    with reading(engine) as connection:
        return open_tasks(connection, case_number=NUMBER, kind="person_callback")


def test_before_a_person_calls_the_citizen_is_asked_by_text_to_ring_back_and_has_a_day_for_it(engine: Engine) -> None:
    last = unanswered(engine)
    carrier = Carrier()
    send(engine, carrier, last)
    assert carrier.texts[-1].startswith("【找局长】我们给您打过电话，没有接通。方便时请回电08702128888")
    assert person_tasks(engine) == [] and any("发短信请群众回电" in text for text in told(engine, "回访"))
    brief = missed_callback(engine, TEXTS, caller=CITIZEN, now=last + timedelta(hours=1))
    assert brief is not None and brief.case_number == NUMBER, "who rings back enters that callback"
    assert take_due(engine, now=last + DAY - timedelta(seconds=1), kinds=("callback",)) == []
    (task,) = take_due(engine, now=last + DAY, kinds=("callback",))
    assert place_call(engine, TEXTS, task, now=last + DAY) is None, "nobody is rung once more"
    (waiting,) = person_tasks(engine)
    assert waiting.detail["why"] == "系统回访打了 3 次，没人接，短信请回电也没有回"


def test_who_rings_back_after_the_text_and_answers_needs_no_person(engine: Engine) -> None:
    last = unanswered(engine)
    send(engine, Carrier(), last)
    with reading(engine) as connection:
        (task,) = open_tasks(connection, case_number=NUMBER, kind="callback")
    call = ToldCall("1757900000.1", last + timedelta(hours=1)).opened()
    call.note(5, "rings_back", case=NUMBER, task=task.id)
    for seconds, (question, answer) in enumerate({"person": "yes", "solved": "yes", "satisfied": "yes"}.items(), 10):
        call.note(seconds, "answered", question=question, answer=answer, by="key")
    tell_it(engine, TEXTS, call.note(60, "ended", outcome="callback"))
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).state is CaseState.STRUCK_OFF
    assert take_due(engine, now=last + DAY, kinds=("callback",)) == [] and person_tasks(engine) == []


@pytest.mark.parametrize("refuses", ["HTTP 503", ""])
def test_when_no_text_asks_to_ring_back_a_person_calls_at_once(engine: Engine, refuses: str) -> None:
    last = unanswered(engine)
    with writing(engine) as connection:
        if not refuses:
            put_wish(connection, SmsWish(number=CITIZEN, wish="stop", reason="不要", by="小周", at=last))
    send_until_quiet(engine, Carrier(refuses=refuses), last)
    now = last + timedelta(minutes=120)
    (task,) = take_due(engine, now=now, kinds=("callback",))
    assert place_call(engine, TEXTS, task, now=now) is None
    assert len(person_tasks(engine)) == 1


def test_where_somebody_else_has_picked_up_nobody_is_texted(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    signed_off(engine, TEXTS, number=NUMBER, now=MORNING + DAY)
    at = MORNING + DAY + timedelta(minutes=10)
    (task,) = take_due(engine, now=at, kinds=("callback",))
    call = placed("callback", NUMBER, task.id, at).note(10, "answered", question="person", answer="no", by="key")
    tell_it(engine, TEXTS, call.note(20, "ended", outcome="callback"))
    for _ in range(2):
        with reading(engine) as connection:
            (waiting,) = open_tasks(connection, case_number=NUMBER, kind="callback")
        (task,) = take_due(engine, now=waiting.due_at, kinds=("callback",))
        assert place_call(engine, TEXTS, task, now=waiting.due_at) is not None
        call_failed(engine, TEXTS, task_id=task.id, now=waiting.due_at, outcome=Outcome.UNANSWERED)
    assert len(person_tasks(engine)) == 1
    carrier = Carrier()
    send(engine, carrier, waiting.due_at)
    assert carrier.taken == []


# ── at least once under one id, or reported ─────────────────────────────────────────────────────────────────────────


class Died(BaseException):
    """The machine lost its power."""


@dataclass
class Unreliable:
    """A gateway, and a machine that dies before or after it has taken a text, as the plan says."""

    plan: list[str]
    taken: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def __call__(self, message: Message) -> str:
        step = self.plan.pop(0) if self.plan else "takes"
        if step == "dies before":
            raise Died
        if step != "refuses":
            self.taken[message.text].add(message.id)
        if step == "dies after":
            raise Died
        return {"refuses": "HTTP 500", "takes late": "8 秒没有回应"}.get(step, "")


STEPS = st.sampled_from(["takes", "takes late", "refuses", "dies before", "dies after"])


@settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))  # shrinking takes minutes
@given(
    plan=st.lists(STEPS, max_size=40),
    minutes=st.lists(st.integers(min_value=0, max_value=300), min_size=1, max_size=25),
    extended_at=st.integers(min_value=0, max_value=20),
)
def test_whatever_dies_and_whenever_each_text_is_sent_under_one_id_or_reported(
    tmp_path_factory: pytest.TempPathFactory, plan: list[str], minutes: list[int], extended_at: int
) -> None:
    engine = new_database(tmp_path_factory.mktemp("texts"))
    tell_it(engine, TEXTS, talked())
    gateway, now, granted = Unreliable(list(plan)), ENDED, False
    for turn, wait in enumerate([*minutes, *[240] * 40]):
        if turn == extended_at:
            why = {"by": HANDLER, "reason": "等化验", "leader": lambda _: "", "now": now}
            ask_extension(engine, TEXTS, number=NUMBER, count=3, **why)  # type: ignore[arg-type]
            grant_time(engine, TEXTS, number=NUMBER, by=LEADER, now=now)
            granted = True
        with suppress(Died):
            send(engine, gateway, now)
        now += timedelta(minutes=wait)
    assert granted and now > MORNING + 2 * DAY
    send(engine, Carrier(), now)
    assert all(len(ids) == 1 for ids in gateway.taken.values()), "never under another id"
    with reading(engine) as connection:
        texts = [task for task in tasks_of(connection, NUMBER) if task.kind.startswith("sms:")]
        asked = {task.detail.get("of", "date") for task in tasks_of(connection, NUMBER) if task.kind == "tell"}
    ids = {one for several in gateway.taken.values() for one in several}
    assert len(texts) == 3 and len(ids) <= 3
    for task in texts:
        assert task.done_at is not None
        assert id_of(task.mark) in ids if task.outcome == SENT else task.kind.partition(":")[2] in asked
    engine.dispose()


def test_what_was_sent_before_the_machine_died_goes_out_again_under_the_same_id(engine: Engine) -> None:
    tell_it(engine, TEXTS, talked())
    gateway = Unreliable(["dies after"])
    with suppress(Died):
        send(engine, gateway, ENDED)
    send(engine, gateway, ENDED + timedelta(seconds=30))
    assert sum(map(len, gateway.taken.values())) == 1 and outcome(engine, SmsKind.RECEIPT) == ""
    send(engine, gateway, ENDED + timedelta(minutes=1))
    assert [len(ids) for ids in gateway.taken.values()] == [1] and outcome(engine, SmsKind.RECEIPT) == SENT

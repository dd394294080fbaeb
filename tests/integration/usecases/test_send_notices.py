"""Notices that are due are sent to whom they concern, and what came of each is known."""

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from routing.faults import BadConfig, Fault
from tests.fakes.closing import DESK, left_to_people, signed_off
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.notices.gateway import Gateway
from zhitong.notices.notice import due_kind
from zhitong.notices.places import Places
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import DueTask, put_due, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.called_back import called_back
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.reports import remind_units
from zhitong.usecases.send_notices import Send, send_due
from zhitong.usecases.take_due import take_due

UNHEARD = "20250911-092030-0008"
LATER = MORNING + timedelta(minutes=5)
WANG, LI, OFFICE = "wecombot://wang", "dingtalk://li", "mailto://office"
WATER = "13900000003"
CHEN, OVER, ROOM = "wecombot://chen", "wecombot://supervision", "wecombot://room"
DIRECTORY = small_directory(
    more=(
        official("wang", "13900000001", post="局长"),
        official("li", DEPUTY, post="副局长"),
        official("chen", WATER, "director", unit="water", post="局长"),
    ),
)
PLACES = Places(
    to={"missed": ("route",), "roster": ("office",)},
    addresses={
        "chen": (CHEN,),
        "supervision": (OVER,),
        "duty_room": (ROOM,),
        "wang": (WANG,),
        "li": (LI,),
        "office": (OFFICE,),
        "clerk": ("nobody://asks",),
    },
)


@dataclass
class Carrier:
    """Takes texts, and refuses those for some addresses."""

    refuses: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, text: str, addresses: Iterable[str]) -> dict[str, str]:
        told = list(addresses)
        self.sent += [(address, text) for address in told]
        return {address: self.refuses.get(address, "") for address in told}


def send(
    engine: Engine, carrier: Send, *, now: datetime = LATER, places: Callable[[], Places] = lambda: PLACES
) -> None:
    send_due(
        engine,
        now=lambda: now,
        directory=lambda: DIRECTORY,
        places=places,
        towns=frozenset({"扎西镇"}),
        send=carrier,
        going=lambda: True,
    )


def notice_of(engine: Engine, number: str = UNHEARD) -> DueTask:
    with reading(engine) as connection:
        (task,) = [task for task in tasks_of(connection, number) if task.kind == due_kind("missed")]
    return task


def incidents(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "notice")]


def test_all_on_the_route_of_a_call_that_nobody_took_are_told_which_case_it_is(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    carrier = Carrier()
    send(engine, carrier)
    assert [address for address, _ in carrier.sent] == [WANG, LI]
    text = carrier.sent[0][1]
    assert text.startswith(f"工单 {UNHEARD}（橙色，水务局，扎西镇）：09月11日 09:20")
    assert CITIZEN not in text and "取水" not in text
    assert notice_of(engine).outcome == "已发 2 人" and incidents(engine) == []
    assert text.endswith(f"（通知号 {notice_of(engine).id}）"), "the same number again if it is sent again"
    send(engine, carrier)
    assert len(carrier.sent) == 2, "once"


@pytest.mark.parametrize(("type", "told"), [("求助", CHEN), ("投诉", OVER)])
def test_the_director_of_the_unit_is_told_that_it_is_not_solved_or_supervision_if_he_is_complained_of(
    engine: Engine, type: str, told: str
) -> None:
    _not_solved(engine, type)
    carrier, places = Carrier(), replace(PLACES, to={"rework": ("route",)})
    for _ in range(2):
        send(engine, carrier, places=lambda: places)
    ((address, text),) = carrier.sent
    assert address == told and text.startswith(f"工单 {NUMBER}（橙色，水务局，扎西镇）") and "没解决" in text
    assert CITIZEN not in text and "没水" not in text


@pytest.mark.parametrize(
    ("addresses", "refuses", "after", "why"),
    [
        ({}, {}, timedelta(), "没有登记通知地址"),
        (PLACES.addresses, dict.fromkeys((CHEN, OVER), "10 秒没有回应"), timedelta(), "网关没有收下"),
        (PLACES.addresses, {}, timedelta(days=1, minutes=1), "耽搁了一天"),
    ],
)
def test_people_are_to_ring_the_director_who_could_not_be_told_that_it_is_not_solved(
    engine: Engine, addresses: dict[str, tuple[str, ...]], refuses: dict[str, str], after: timedelta, why: str
) -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=LATER)
    left_to_people(engine, RULES, number=NUMBER, now=LATER)
    called_back(engine, RULES, number=NUMBER, by=DESK, now=LATER, outcome="没解决", why="水龙头还是没水")
    places = replace(PLACES, to={"rework": ("route",)}, addresses=addresses)
    send(engine, Carrier(refuses), now=LATER + after, places=lambda: places)
    (told,) = [one for one in incidents(engine) if "重办" in one or "没解决" in one]
    assert NUMBER in told and why in told and "没水" not in told


def test_whoever_was_rung_without_a_plan_is_told_too(engine: Engine) -> None:
    call = ToldCall("1757553630.8").opened().note(5, "rung", i=1, number=DEPUTY)
    tell_it(engine, RULES, call.note(60, "promise", due=LATER.isoformat()).note(70, "ended", outcome="message"))
    carrier = Carrier()
    send(engine, carrier)
    assert [address for address, _ in carrier.sent] == [LI]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("我要投诉你们副局长", [CHEN]),  # the director and the duty room are of the same unit
        ("我要投诉水务局和你们副局长", [OVER]),
        ("我要投诉水务局", [WANG, LI, ROOM]),
        ("我要投诉县纪委监委和你们副局长", [CHEN]),
        ("我要投诉县纪委监委、水务局和你们副局长", []),
    ],
)
def test_who_is_complained_of_and_their_unit_are_told_nothing_though_they_were_rung(
    engine: Engine, text: str, told: list[str]
) -> None:
    call = ToldCall("1757553630.8").opened().note(0, "fallback", step="answered")
    for i, number in enumerate(("13900000001", DEPUTY, WATER), 1):
        call.note(5 * i, "rung", i=i, number=number)
    call.understood(40, text=text).note(60, "message", path="m.wav").note(70, "ended", outcome="message")
    tell_it(engine, RULES, call)
    carrier = Carrier()
    send(engine, carrier, places=lambda: replace(PLACES, to={"missed": ("route", "duty_room")}))
    assert [address for address, _ in carrier.sent] == told


@pytest.mark.parametrize("secret", [{"type": "举报"}, {"text": "水务局的人收钱，你们要给我保密"}])
def test_of_a_report_only_that_there_is_something_is_told(engine: Engine, secret: dict[str, str]) -> None:
    call = ToldCall("1757553630.8").opened().understood(**secret).planned()
    tell_it(engine, RULES, call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone"))
    carrier = Carrier()
    send(engine, carrier)
    assert {text.partition("（通知号 ")[0] for _, text in carrier.sent} == {"您有一件待办。"}


def test_a_talk_that_is_known_late_takes_the_notice_back(engine: Engine) -> None:
    call = talked()
    late = [fact for fact in call.facts if fact.kind in ("talk", "talk_over")]
    tell_it(engine, RULES, ToldCall(facts=[fact for fact in call.facts if fact not in late]), ToldCall(facts=late))
    carrier = Carrier()
    send(engine, carrier)
    assert carrier.sent == [] and notice_of(engine, "20250911-092030-0007").outcome == "已经通话"


def test_nobody_is_told_of_a_call_that_was_talked_in(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    with reading(engine) as connection:
        kinds = {task.kind for task in tasks_of(connection, "20250911-092030-0007")}
    assert kinds == {"archive", "sms:progress", "notice:call"}


def test_a_notice_that_did_not_get_through_is_an_incident_once_a_day_for_each_person(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    tell_it(engine, RULES, unheard(), unheard("1757553630.9"))
    carrier = Carrier(refuses={WANG: "10 秒没有回应"})
    send(engine, carrier)
    assert len(carrier.sent) == 4
    assert incidents(engine) == [f"工单 {UNHEARD}：给局长wang的通知没有发出（wecombot，10 秒没有回应），请打电话告诉"]
    assert notice_of(engine).outcome == "没有发到局长wang"
    assert "10 秒没有回应" in caplog.text and not re.search(r"\d{11}|://", caplog.text)
    tell_it(engine, RULES, unheard("1757640030.1", MORNING + timedelta(days=1)))
    send(engine, carrier, now=LATER + timedelta(days=1))
    assert len(incidents(engine)) == 2


def test_without_addresses_nothing_is_sent_and_nothing_waits_and_that_is_told_once_a_day(engine: Engine) -> None:
    tell_it(engine, RULES, unheard(), unheard("1757553630.9"))
    carrier = Carrier()
    send(engine, carrier, places=lambda: replace(PLACES, addresses={}))
    assert carrier.sent == [] and notice_of(engine).outcome == "没有登记地址" and incidents(engine) == []
    with reading(engine) as connection:
        (row,) = all_incidents(connection)
    assert "一条也没有发" in row.text and row.case_number is None


def test_whom_a_county_does_not_want_told_is_no_incident(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    send(engine, Carrier(), places=lambda: replace(PLACES, to={}))
    with reading(engine) as connection:
        assert all_incidents(connection) == []


def test_a_storm_of_notices_that_are_too_late_is_a_line_for_each_person_they_would_have_reached(
    engine: Engine,
) -> None:
    tell_it(engine, RULES, *(unheard(f"1757553630.{n}") for n in range(8, 28)))
    carrier = Carrier()
    send(engine, carrier, now=MORNING + timedelta(days=1, minutes=1))
    assert carrier.sent == [] and "过时" in notice_of(engine).outcome
    found = incidents(engine)
    assert [text.partition("没有送到")[2].partition("：")[0] for text in found] == [
        "局长wang（139****0001）",
        "副局长li（139****0002）",
    ]
    assert all(f"工单 {UNHEARD}：“没有人接谈的来电”的通知" in text and "请打电话告诉" in text for text in found)
    assert not any(re.search(r"\d{11}|://", text) for text in found)
    with reading(engine) as connection:
        rows = [timeline_of(connection, f"20250911-092030-00{n:02}") for n in range(8, 28)]
    assert all(any(row.what == "通知" and "没有送到局长wang、副局长li" in row.text for row in row_) for row_ in rows)


def test_of_a_secret_case_the_line_that_all_at_the_desk_read_does_not_tell_which_it_is(engine: Engine) -> None:
    call = ToldCall("1757553630.8").opened().understood(type="举报").planned()
    tell_it(engine, RULES, call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone"))
    send(engine, Carrier(), now=MORNING + timedelta(days=1, minutes=1))
    with reading(engine) as connection:
        rows = all_incidents(connection, "notice")
    assert rows and all(row.case_number is None and UNHEARD not in row.text for row in rows)


def test_who_is_gone_or_has_no_address_is_named_once_with_the_mend(engine: Engine) -> None:
    row = {"kind": due_kind("shift"), "case_number": None, "call_id": "", "due_at": MORNING}
    with writing(engine) as connection:
        for n, who in enumerate(("gone", "chen", "gone")):
            put_due(connection, [row | {"mark": f"notice-shift:{n}", "detail": {"official": who}}])
    places = replace(PLACES, to={"shift": ("route",)}, addresses={"wang": (WANG,)})
    send(engine, Carrier(), places=lambda: places)
    found = incidents(engine)
    assert len(found) == 2 and "没有送到gone：要告诉的人没有登记通知地址" in found[0]
    assert "局长chen（139****0003）" in found[1] and all("登记他的通知地址" in text for text in found)


def _not_solved(engine: Engine, type: str = "求助") -> None:
    tell_it(engine, RULES, talked())
    signed_off(engine, RULES, number=NUMBER, now=LATER)
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), type=type)])
    left_to_people(engine, RULES, number=NUMBER, now=LATER)
    called_back(engine, RULES, number=NUMBER, by=DESK, now=LATER, outcome="没解决", why="水龙头还是没水")


@pytest.mark.parametrize("refuses", [{CHEN: "10 秒没有回应"}, {}])
def test_when_no_director_takes_it_the_desk_is_told_that_it_is_not_solved(
    engine: Engine, refuses: dict[str, str]
) -> None:
    _not_solved(engine)
    there = {name: told for name, told in PLACES.addresses.items() if refuses or name != "chen"}
    places = replace(PLACES, to={"rework": ("route",)}, addresses=there | {"desk": ("wecombot://desk",)})
    carrier = Carrier(refuses)
    send(engine, carrier, places=lambda: places)
    assert [address for address, _ in carrier.sent] == [*refuses, "wecombot://desk"]
    assert len(incidents(engine)) == len(refuses)


@pytest.mark.parametrize(("type", "whom"), [("求助", "局长chen（139****0003）"), ("投诉", "督查室")])
def test_when_nobody_at_all_takes_it_a_person_at_the_desk_finds_it_in_the_list(
    engine: Engine, type: str, whom: str
) -> None:
    _not_solved(engine, type)
    places = replace(PLACES, to={"rework": ("route",)}, addresses={"wang": (WANG,)})
    send(engine, Carrier(), places=lambda: places)
    (text,) = (one.text for one in list_incidents(engine, by=DESK, now=LATER) if "没解决" in one.text)
    assert f"“群众说没解决”的通知没有送到{whom}：" in text and NUMBER in text


def test_a_notice_that_ends_the_program_each_time_is_given_up(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    for attempt in range(3):
        (task,) = take_due(engine, now=LATER + timedelta(minutes=10 * attempt), kinds=(due_kind("missed"),))
        assert task.attempts == attempt + 1
    carrier = Carrier()
    send(engine, carrier, now=LATER + timedelta(hours=1))
    assert carrier.sent == [] and notice_of(engine).done_at is not None
    assert all("程序就停" in text for text in incidents(engine)) and len(incidents(engine)) == 2


def test_a_notice_that_cannot_even_be_made_is_given_up_and_reported(engine: Engine) -> None:
    row = {"kind": due_kind("shift"), "case_number": None, "call_id": "", "due_at": MORNING, "mark": "x", "detail": {}}
    with writing(engine) as connection:
        put_due(connection, [row])
    places = replace(PLACES, to={"shift": ("route",)})
    for hour in range(3):
        with pytest.raises(KeyError):
            send(engine, Carrier(), now=LATER + timedelta(hours=hour), places=lambda: places)
    send(engine, Carrier(), now=LATER + timedelta(hours=3), places=lambda: places)
    (text,) = incidents(engine)
    assert "“值班前确认”的通知没有送到任何人" in text


def test_a_faulty_file_is_an_incident_and_what_is_due_waits_until_it_is_mended(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    carrier = Carrier()

    def faulty() -> Places:
        raise BadConfig("notices.toml", [Fault(field="to.mised", value="…", mend="没有这一项，是不是 missed？")])

    send(engine, carrier, places=faulty)
    assert carrier.sent == []
    assert incidents(engine) == ["通知设置有错，一条也没有发：to.mised：没有这一项，是不是 missed？"]
    send(engine, carrier, now=LATER + timedelta(minutes=10))
    assert [address for address, _ in carrier.sent] == [WANG, LI]


def test_an_alarm_of_the_roster_says_from_when_on_and_goes_to_who_keeps_it(engine: Engine) -> None:
    row = {"kind": due_kind("roster"), "mark": "notice:x", "case_number": None, "call_id": "", "due_at": MORNING}
    with writing(engine) as connection:
        put_due(connection, [row | {"promised_at": MORNING + timedelta(days=3)}])
    carrier = Carrier()
    send(engine, carrier)
    ((whom, text),) = carrier.sent
    assert whom == OFFICE and text.startswith("值班表要安排，最早从 09月14日 09:20 起，请看 zhitong roster gaps。")


def test_a_gateway_that_hangs_costs_seconds_and_the_others_are_told(engine: Engine) -> None:
    go_on = threading.Event()
    sent: list[str] = []

    def notify(address: str, text: str) -> str:
        if address == WANG:
            go_on.wait(20)
        else:
            sent.append(address)
        return ""

    tell_it(engine, RULES, unheard(), unheard("1757553630.9"))
    send(engine, Gateway(notify, limit=0.05).send)
    go_on.set()
    assert sent == [LI, LI]
    assert notice_of(engine).outcome == notice_of(engine, "20250911-092030-0009").outcome == "没有发到局长wang"
    assert len(incidents(engine)) == 1


def test_the_director_of_a_unit_is_told_in_the_morning_how_many_cases_it_has_and_nothing_of_them(
    engine: Engine,
) -> None:
    tell_it(engine, RULES, talked())
    carrier, late = Carrier(), MORNING + timedelta(days=10)
    assert remind_units(engine, now=late) == 1
    to = replace(PLACES, to={"daily": ("route",)})
    send(engine, carrier, now=late, places=lambda: to)
    ((whom, text),) = carrier.sent
    assert whom == CHEN and text.startswith("水务局今天的工单：没有办结的 1 件，今天到期 0 件，已经超期 1 件。")
    remind_units(engine, now=late + timedelta(hours=1))
    send(engine, carrier, now=late + timedelta(hours=1), places=lambda: to)
    assert len(carrier.sent) == 1, "once a day"

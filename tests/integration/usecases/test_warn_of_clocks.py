"""三色预警: each step once, to the handler, the head, the leader, not at night; or people hear that it did not go."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.record import RecordKind
from cases.roles import Actor, Role
from routing.calendar import LOCAL
from tests.fakes.closing import HANDLER, HEAD, LEADER, UNIT, signed_off
from tests.fakes.directories import official, small_directory
from tests.fakes.told_calls import CITIZEN, DEPUTY, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.notices.places import Places
from zhitong.store.accounts import add_account
from zhitong.store.case_records import add_record
from zhitong.store.cases import clocks_of
from zhitong.store.due import tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.usecases.accused_people import accuse
from zhitong.usecases.ask_time import ask_extension, ask_suspension
from zhitong.usecases.assign_case import sign_for
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.rules import Rules
from zhitong.usecases.send_notices import Send, send_due
from zhitong.usecases.warn_of_clocks import warn_of_clocks

DIRECTORY = small_directory(
    more=(
        official("chen", "13900000003", unit="water", rank="director", post="局长"),
        official("governor", "13900000004", unit="county", rank="director", post="县长"),
    ),
)
ZHAO, CHEN, BOSS, DIRECT = "wecombot://zhao", "wecombot://chen", "wecombot://boss", "wecombot://director"
PLACES = Places(
    to={"warning": ("route",)},
    addresses={HANDLER.name: (ZHAO,), "chen": (CHEN,), "governor": (BOSS,), "director": (DIRECT,)},
)
# Of the close clock: 53 hours, 9 minutes and a half of work from the call until the 18th, a Thursday.
HALF, QUARTER, DUE = "2025-09-16T08:55:15", "2025-09-17T13:12:38", "2025-09-18T17:30"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@dataclass
class Carrier:
    """Takes texts, and refuses those for some addresses."""

    refuses: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, text: str, addresses: Iterable[str]) -> dict[str, str]:
        told = list(addresses)
        self.sent += [(address, text) for address in told]
        return {address: self.refuses.get(address, "") for address in told}

    def took(self) -> list[str]:
        addresses = [address for address, _ in self.sent]
        self.sent.clear()
        return addresses


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A complaint that the handler of the water bureau has signed for."""
    tell_it(engine, RULES, talked())
    sign_for(engine, number=NUMBER, by=HANDLER, now=MORNING)
    return engine


def tick(
    engine: Engine, now: datetime, carrier: Carrier, *, places: Places = PLACES, rules: Rules = RULES
) -> list[str]:
    """Looks, sends, and returns the addresses that were told."""
    warn_of_clocks(engine, rules, now=now)
    send(engine, now, carrier, places=places, rules=rules)
    return carrier.took()


def send(engine: Engine, now: datetime, carrier: Send, *, places: Places = PLACES, rules: Rules = RULES) -> None:
    send_due(
        engine,
        now=lambda: now,
        directory=lambda: DIRECTORY,
        places=lambda: places,
        towns=frozenset({"扎西镇"}),
        send=carrier,
        going=lambda: True,
        quiet=rules.time_rules.quiet,
    )


def incidents(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "warning")]


def test_each_step_goes_higher_and_each_goes_once(engine: Engine) -> None:
    carrier, told = Carrier(), dict[str, list[str]]()
    now = MORNING
    while now < at("2025-09-23T00:00"):
        if there := tick(engine, now, carrier):
            told[f"{now:%m-%d %H}"] = there
        now += timedelta(hours=1)
    assert list(told.values()) == [[ZHAO], [ZHAO, CHEN], [ZHAO, CHEN], [CHEN, DIRECT]]
    assert [moment[:5] for moment in told] == ["09-16", "09-17", "09-18", "09-19"]
    with reading(engine) as connection:
        rows = [row.text for row in timeline_of(connection, NUMBER) if row.what == "预警"]
    assert [text[:4] for text in rows] == ["黄色预警", "橙色预警", "红色预警", "红色预警"]
    assert "已经过了，通知单位负责人、分管领导" in rows[-1] and incidents(engine) == []


def test_a_warning_names_case_colour_unit_town_and_time_and_nothing_of_the_citizen(engine: Engine) -> None:
    carrier = Carrier()
    warn_of_clocks(engine, RULES, now=at(QUARTER))
    tick(engine, at(QUARTER), carrier)
    carrier = Carrier()
    tick(engine, at(DUE), carrier, places=replace(PLACES, addresses={}))
    with reading(engine) as connection:
        assert len([task for task in tasks_of(connection, NUMBER) if task.kind == "notice:warning"]) == 2
    texts: list[str] = []

    def keep(text: str, addresses: Iterable[str]) -> dict[str, str]:
        texts.append(text)
        return dict.fromkeys(addresses, "")

    warn_of_clocks(engine, RULES, now=at("2025-09-19T17:30"))
    send(engine, at("2025-09-19T17:30"), keep)
    said = f"工单 {NUMBER}（红色，水务局，扎西镇）：办结时限 09月18日 17:30，已经过了，请马上办。"
    assert [text.partition("（通知号 ")[0] for text in texts] == [said]
    assert CITIZEN not in texts[0] and "取水" not in texts[0]


def test_of_a_secret_case_only_that_there_is_something_is_told(engine: Engine) -> None:
    edit_case(engine, RULES, number=NUMBER, by=LEADER, reason="本人要求", now=MORNING, matters={}, secrecy="保密")
    warn_of_clocks(engine, RULES, now=at(QUARTER))
    carrier = Carrier()
    send(engine, at(QUARTER), carrier)
    assert {text.partition("（通知号 ")[0] for _, text in carrier.sent} == {"您有一件待办。"}


def test_at_night_it_waits_till_morning_but_not_for_what_is_red(engine: Engine) -> None:
    carrier, night = Carrier(), at("2025-09-17T23:00")
    assert tick(engine, night, carrier) == []
    assert tick(engine, at("2025-09-18T06:59"), carrier) == []
    assert tick(engine, at("2025-09-18T07:00"), carrier) == [ZHAO, CHEN]
    edit_case(engine, RULES, number=NUMBER, by=LEADER, reason="急", now=MORNING, matters={}, urgency="红")
    assert tick(engine, at("2025-09-18T23:00"), carrier) == [ZHAO, CHEN]


def test_what_was_done_meanwhile_or_has_another_date_is_not_warned_of(engine: Engine) -> None:
    carrier = Carrier()
    warn_of_clocks(engine, RULES, now=at(QUARTER))
    why = {"by": HANDLER, "reason": "等配件", "leader": str, "now": at(QUARTER)}
    ask_extension(engine, RULES, number=NUMBER, count=5, **why)  # type: ignore[arg-type]
    grant_time(engine, RULES, number=NUMBER, by=LEADER, now=at(QUARTER))
    assert tick(engine, at(QUARTER), carrier) == []
    with reading(engine) as connection:
        (task,) = [task for task in tasks_of(connection, NUMBER) if task.kind == "notice:warning"]
    assert "改了时限" in task.outcome
    assert tick(engine, at("2025-09-19T09:00"), carrier) == [ZHAO], "half the time is left again"
    signed_off(engine, RULES, number=NUMBER, now=at(DUE))
    assert tick(engine, at("2025-10-20T12:00"), carrier) == []
    with reading(engine) as connection:
        assert all(clock.warn_at is None or clock.met_at for clock in clocks_of(connection, NUMBER))


def test_while_it_is_suspended_nobody_is_warned(engine: Engine) -> None:
    carrier, until = Carrier(), at("2025-09-30T09:00")
    ask_suspension(
        engine,
        RULES,
        number=NUMBER,
        until=until,
        by=HEAD,
        reason="等判决",
        leader=lambda _: "李县长",
        now=at("2025-09-12T09:00"),
    )
    grant_time(engine, RULES, number=NUMBER, by=LEADER, now=at("2025-09-12T09:00"))
    now = at("2025-09-12T10:00")
    while now < until:
        assert tick(engine, now, carrier) == []
        now += timedelta(hours=3)
    assert tick(engine, at("2025-10-10T17:00"), carrier) != []


def test_who_is_complained_of_is_not_warned_but_who_is_above_him(
    engine: Engine,
) -> None:
    number, carrier = "20250911-092030-0009", Carrier()
    call = ToldCall("1757553630.9").opened().understood(text="我要投诉水务局的局长不作为").planned()
    tell_it(engine, RULES, call.note(24, "talk", i=2, number=DEPUTY).note(90, "talk_over", seconds=60.0))
    sign_for(engine, number=number, by=HANDLER, now=MORNING)
    warn_of_clocks(engine, RULES, now=at("2025-09-19T17:30"))
    send(engine, at("2025-09-19T17:30"), carrier)
    told = {number: [address for address, text in carrier.sent if number in text] for number in (NUMBER, number)}
    assert told == {NUMBER: [ZHAO, CHEN, DIRECT], number: [ZHAO, DIRECT]}


def test_who_is_named_afterwards_is_warned_of_nothing_though_he_handles_it(engine: Engine) -> None:
    carrier, by = Carrier(), Actor(name="小周", roles=frozenset({Role.DESK}))
    with writing(engine) as connection:
        add_account(connection, HANDLER.name, roles=[Role.HANDLER], units=[UNIT], by="x", at=MORNING, official="zhao")
    assert tick(engine, at(HALF), carrier) == [ZHAO]
    known = small_directory(more=(*DIRECTORY.roster.officials, official("zhao", "13900000005", unit="water")))
    accuse(engine, number=NUMBER, officials=["zhao"], by=by, reason="来信", directory=known, now=at(HALF))
    assert ZHAO not in tick(engine, at(QUARTER), carrier)
    assert tick(engine, at(DUE), carrier) == [CHEN], "who is above him is told"


def test_of_a_case_that_nobody_has_the_desk_is_warned_and_who_heads_it(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    room, zhou, carrier = "wecombot://room", "wecombot://zhou", Carrier()
    places = replace(PLACES, addresses={**PLACES.addresses, "duty_room": (room,)})
    assert tick(engine, at("2025-09-12T12:00"), carrier, places=places) == [room]
    with writing(engine) as connection:
        add_account(connection, "小周", roles=[Role.DESK], units=[], by="管理员", at=MORNING)
    places = replace(places, addresses={**places.addresses, "小周": (zhou,)})
    assert tick(engine, at("2025-09-12T17:30"), carrier, places=places) == [zhou, DIRECT]


def test_in_place_of_who_has_no_address_the_next_above_is_told_and_a_leader_case_has_its_own(engine: Engine) -> None:
    carrier = Carrier()
    without = replace(PLACES, addresses={"chen": (CHEN,), "governor": (BOSS,)})
    assert tick(engine, at(HALF), carrier, places=without) == [CHEN]
    with writing(engine) as connection:
        add_account(connection, "老周", roles=[Role.UNIT_HEAD], units=[UNIT], by="管理员", at=MORNING)
        add_record(
            connection,
            case_number=NUMBER,
            kind=RecordKind.LEAD,
            owner="县长governor",
            text="领",
            at=MORNING,
            by="系统",
        )
    own = replace(without, addresses={**without.addresses, "老周": ("wecombot://zhou",)})
    assert tick(engine, at(DUE), carrier, places=own) == ["wecombot://zhou"]
    assert tick(engine, at("2025-09-19T17:30"), carrier, places=own) == ["wecombot://zhou", BOSS]


@pytest.mark.parametrize(
    ("refuses", "word"), [({ZHAO: "10 秒没有回应", CHEN: "没有收下"}, "网关没有收下"), ({}, "没有登记通知地址")]
)
def test_what_did_not_get_through_is_a_line_for_each_person_and_colour_and_stands_on_the_timeline(
    engine: Engine, refuses: dict[str, str], word: str
) -> None:
    carrier = Carrier(refuses)
    for n in range(9, 12):
        tell_it(engine, RULES, talked(f"1757553630.{n}"))  # a storm: all of them are late in the same minute
    places = PLACES if refuses else replace(PLACES, addresses={"nobody": ("x://",)})
    tick(engine, at(HALF), carrier, places=places)
    tick(engine, at(QUARTER), carrier, places=places)
    found = incidents(engine)
    assert all(word in text and "没有送到" in text for text in found)
    assert len(found) == len(set(found)) <= 6, "people and colours, not cases"
    assert sum("没有送到经办赵敏" in text and NUMBER in text for text in found) == 2, "yellow does not hide red"
    with reading(engine) as connection:
        rows = [row.text for row in timeline_of(connection, NUMBER) if row.what == "通知"]
    assert len(rows) == 2 and all(word in text for text in rows)


def test_a_county_without_gateways_is_told_once_a_day(engine: Engine) -> None:
    carrier = Carrier()
    tell_it(engine, RULES, talked("1757553630.9"))
    tick(engine, at(DUE), carrier, places=replace(PLACES, addresses={}))
    (text,) = incidents(engine)
    assert "一条也没有发" in text


def test_a_warning_that_lay_for_a_day_is_told_as_not_sent(engine: Engine) -> None:
    carrier = Carrier()
    warn_of_clocks(engine, RULES, now=at(QUARTER))
    tick(engine, at(QUARTER) + timedelta(days=1, minutes=1), carrier)
    assert any("耽搁了一天" in text for text in incidents(engine))


def test_a_policy_that_is_gone_is_an_incident_and_stops_nothing_else(engine: Engine) -> None:
    carrier = Carrier()
    tell_it(engine, replace(RULES, policy="2-24-72"), talked("1757553630.9"))
    only = replace(RULES, policies=tuple(policy for policy in RULES.policies if policy.id == "135"))
    assert tick(engine, at(HALF), carrier, rules=only) == [ZHAO]
    with reading(engine) as connection:
        (row, *_) = all_incidents(connection, "policy")
    assert "2-24-72" in row.text

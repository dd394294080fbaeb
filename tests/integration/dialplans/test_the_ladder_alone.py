"""The ladder with no controller at all: what a call lives on when everything of ours but Asterisk is gone."""

import random
import threading
import time
import wave
from itertools import pairwise

import pytest

from dialplans import names
from ivr.softphone import PhoneNetwork
from ivr.softphone_audio import correlation, tone
from ivr.softphone_plan import (
    accepts,
    answer,
    answers_silently,
    busy,
    declines,
    no_answer,
    press,
    refuse,
    ring,
    unreachable,
    voicemail,
    wait,
)
from tests.fakes.tone_prompts import prompts_in
from tests.integration.dialplans.conftest import FLOOR, HOTLINE, Line
from zhitong.trial import wait_until


def test_the_official_on_duty_takes_the_call_with_a_key_and_both_hear_each_other(line: Line) -> None:
    director = line.phone(accepts(after=0.5, key_after=0.5))
    line.duty(director)
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALK, 10, call=call, Number=director.number)
    leg = director.wait_ringing(1)
    leg.play(tone(620, 2.0))
    citizen.say(tone(520, 2.0))
    leg.wait_quiet(3, quiet=0.3)
    leg.hang_up()
    citizen.wait_disconnected(5)
    assert correlation(citizen.said(), leg.heard()) > 0.8
    assert correlation(leg.said(), citizen.heard()) > 0.8
    assert (leg.from_number, leg.asserted_number) == (HOTLINE, HOTLINE)
    assert prompts_in(citizen.heard())[:2] == ["notice", "transfer"]
    over = line.ear.wait(names.KIND_TALKOVER, 2, call=call)
    assert over["Why"] == "SUCCESS" and int(over["Ms"]) > 2000
    line.ear.wait(names.KIND_GONE, 2, call=call)
    note = line.note(call)
    assert note[1:6] == ["inbound", citizen.number, "12345", names.PHASE_OVER, director.number]
    assert note[6], "the note says when the call ended"
    seconds = (line.recordings / f"{call}{names.SUFFIX_RECORDING}").stat().st_size / (2 * 2 * 8000)
    assert seconds > 2.0


def test_a_voicemail_never_wins_and_does_not_hold_up_the_next_mobile(line: Line) -> None:
    mailbox = line.phone(voicemail(tone(1000, 3.0), after=0.3))
    deputy = line.phone(accepts(after=0.3, key_after=0.3))
    line.duty(mailbox, deputy)
    citizen = line.dial()
    talk = line.ear.wait(names.KIND_TALK, 10, call=line.call_id(citizen))
    assert talk["Number"] == deputy.number
    mailbox.wait_ringing(1).wait_disconnected(3)
    assert citizen.live


def test_a_mobile_that_nobody_watches_in_screening_is_let_go(line: Line) -> None:
    pocket = line.phone(answers_silently(after=0.2))
    line.duty(pocket)
    call = line.call_id(line.dial())
    ended = line.ear.wait(names.KIND_LEG, 20, call=call)
    assert (ended["Why"], ended["Number"]) == (names.LEG_NOBODY, pocket.number)


@pytest.mark.parametrize("plan", [busy(), declines(after=0.1), (refuse(404),), (refuse(503),), (refuse(480),)])
def test_a_mobile_that_cannot_be_reached_costs_no_waiting(line: Line, plan: tuple) -> None:
    first, second = line.phone(plan), line.phone(no_answer())
    line.duty(first, second)
    line.dial()
    refused, rings = first.wait_called(8), second.wait_ringing(8)
    assert rings.invited_at - refused.invited_at < line.asterisk.config.stagger_ms / 1000


def test_a_refusal_in_the_screening_rings_the_next_one(line: Line) -> None:
    refuses, second = line.phone(accepts(after=0.2, key="2", key_after=0.2)), line.phone(no_answer())
    line.duty(refuses, second)
    call = line.call_id(line.dial())
    second.wait_ringing(8)
    assert line.ear.wait(names.KIND_LEG, 2, call=call)["Why"] == names.LEG_REFUSED


def test_a_number_that_is_none_is_passed_over(line: Line) -> None:
    second = line.phone(no_answer())
    line.duty("&", second)
    call = line.call_id(line.dial())
    second.wait_ringing(5)
    assert call


def test_the_next_mobile_rings_before_the_first_has_stopped(line: Line) -> None:
    first, second = line.phone(no_answer()), line.phone(no_answer())
    line.duty(first, second)
    citizen = line.dial()
    one, two = first.wait_ringing(8), second.wait_ringing(8)
    assert one.live and two.live
    one.wait_cancelled(6)
    assert two.live, "each mobile rings for its whole time"
    citizen.hang_up()


def test_what_the_caller_hears_does_not_delay_the_next_mobile(line: Line) -> None:
    first, second = line.phone(no_answer()), line.phone(no_answer())
    line.duty(first, second)
    citizen = line.dial()
    second.wait_ringing(8)
    line.hears(citizen, "notice", "transfer", "waiting")


def test_a_caller_who_hangs_up_stops_all_mobiles_at_once(line: Line) -> None:
    screening, ringing = line.phone(answers_silently(after=0.1)), line.phone(no_answer())
    line.duty(screening, ringing)
    citizen = line.dial()
    call = line.call_id(citizen)
    asked, rung = screening.wait_ringing(8), ringing.wait_ringing(8)
    citizen.hang_up()
    gone = time.monotonic()
    assert rung.wait_cancelled(2) - gone < 1
    asked.wait_disconnected(3)
    assert prompts_in(asked.heard())[-1] == "caller_gone"
    line.ear.wait(names.KIND_GONE, 2, call=call, Phase=names.PHASE_RING)
    assert line.note(call)[4] == names.PHASE_RING


def test_of_two_officials_who_accept_in_the_same_instant_one_talks_and_the_other_is_told(line: Line) -> None:
    phones = [line.phone((ring(), answer())) for _ in range(2)]
    line.duty(*phones)
    citizen = line.dial()
    call = line.call_id(citizen)
    legs = [phone.wait_ringing(8) for phone in phones]
    for leg in legs:
        leg.wait_sound(3)
    presses = [threading.Thread(target=leg.perform, args=(press("1"),)) for leg in legs]
    for one in presses:
        one.start()
    talk = line.ear.wait(names.KIND_TALK, 5, call=call)
    late = line.ear.wait(names.KIND_LEG, 5, call=call)
    assert {talk["Number"], late["Number"]} == {phone.number for phone in phones}
    assert late["Why"] == names.LEG_LATE
    loser = next(leg for leg in legs if leg.number == late["Number"])
    loser.wait_disconnected(2)
    assert prompts_in(loser.heard())[-1] == "taken"
    assert len(line.ear.of(names.KIND_TALK, call)) == 1


def test_a_talk_that_breaks_off_at_once_goes_on_with_the_next_mobile(line: Line) -> None:
    first = line.phone(accepts(after=0.2, key_after=0.2, talk=0.3))
    second = line.phone(accepts(after=0.2, key_after=0.2))
    line.duty(first, second)
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_TALKOVER, 8, call=call, Number=first.number, Why="dropped")
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=second.number)
    assert citizen.live


def test_when_nobody_accepts_the_caller_is_promised_a_call_and_leaves_a_message(line: Line) -> None:
    line.duty(*(line.phone(unreachable()) for _ in range(3)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_NOBODY, 8, call=call)
    while "beep" not in prompts_in(citizen.heard()):
        citizen.wait_sound(5, since=time.monotonic())
    citizen.say(tone(520, 1.5))
    citizen.hang_up()
    said = line.ear.wait(names.KIND_MESSAGE, 3, call=call)
    line.ear.wait(names.KIND_GONE, 2, call=call, Phase=names.PHASE_MESSAGE)
    assert prompts_in(citizen.heard())[-3:] == ["nobody_static", "message", "beep"]
    with wave.open(said["File"]) as message:
        assert message.getnframes() / message.getframerate() > 1.0
    assert line.note(call)[4] == names.PHASE_MESSAGE


def test_a_message_ends_by_itself_after_silence_and_is_thanked_for(line: Line) -> None:
    line.duty(line.phone(unreachable()))
    citizen = line.dial()
    citizen.wait_answered(3)
    citizen.wait_disconnected(15)
    assert prompts_in(citizen.heard())[-4:] == ["nobody_static", "message", "beep", "thanks"]


def test_key_0_does_not_wait_for_the_mobile_that_rings(line: Line) -> None:
    first, second = line.phone(no_answer()), line.phone(no_answer())
    line.duty(first, second)
    citizen = line.dial()
    one = first.wait_ringing(8)
    citizen.wait_sound(2)
    citizen.press("0")
    two = second.wait_ringing(3)
    assert two.invited_at - one.invited_at < line.asterisk.config.stagger_ms / 1000
    assert one.live
    # All of them ring now: there is nobody left to be rung sooner, and those who ring are not given up.
    call = line.call_id(citizen)
    citizen.press("0")
    line.ear.wait_times(names.KIND_KEY, 2, 3, call=call, Key="0")
    line.ear.wait(names.KIND_LEG, 6, call=call, Number=first.number)
    assert two.live and not line.ear.of(names.KIND_NOBODY, call)


def test_a_caller_who_does_not_want_to_wait_is_promised_a_call(line: Line) -> None:
    phones = [line.phone(no_answer()) for _ in range(4)]
    line.duty(*phones)
    citizen = line.dial()
    call = line.call_id(citizen)
    citizen.wait_answered(3)
    citizen.press("1")  # means nothing before the offer was made
    line.ear.wait(names.KIND_OFFER, 10, call=call)
    assert not line.ear.of(names.KIND_NOBODY, call)
    citizen.press("1")
    line.ear.wait(names.KIND_NOBODY, 3, call=call, Why="wish")
    for phone in phones:
        for leg in phone.incoming:
            leg.wait_disconnected(1)


def test_the_caller_is_not_kept_waiting_for_ever(line: Line) -> None:
    line.duty(*(line.phone(no_answer()) for _ in range(8)))
    citizen = line.dial()
    call = line.call_id(citizen)
    line.ear.wait(names.KIND_NOBODY, 14, call=call, Why="timeout")
    line.network.wait_until(lambda: line.network.live_calls() == (citizen,), 1)
    assert line.network.live_calls() == (citizen,)


def test_when_all_have_been_rung_they_are_rung_again_until_time_is_up(line: Line) -> None:
    phones = [line.phone(no_answer()) for _ in range(3)]
    line.duty(*phones)
    call = line.call_id(line.dial())
    over = line.ear.wait(names.KIND_NOBODY, 14, call=call, Why="timeout")
    rungs = line.ear.of(names.KIND_RUNG, call)
    assert [rung["Number"] for rung in rungs] == [*(phone.number for phone in phones), phones[0].number]
    assert [rung["Rung"] for rung in rungs] == ["1", "2", "3", "4"]
    assert 8.5 < float(over["at"]) - float(rungs[0]["at"]) < 12
    assert float(over["at"]) - float(rungs[-1]["at"]) > 2, "no mobile is rung that would have no time to be answered"
    first, second = phones[0].incoming
    assert first.disconnected_at is not None and first.disconnected_at <= second.invited_at, "never twice at once"


def test_a_mobile_that_is_still_being_asked_is_not_rung_a_second_time(line: Line) -> None:
    asked, rings = line.phone((ring(), answer(), wait(6.5), press("1"))), line.phone(no_answer())
    line.duty(asked, rings)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_TALK, 14, call=call, Number=asked.number)
    assert [rung["Number"] for rung in line.ear.of(names.KIND_RUNG, call)] == [asked.number, *[rings.number] * 2]


def test_busy_mobiles_are_tried_again_but_not_without_a_pause(line: Line) -> None:
    engaged = line.phone(busy(), accepts(after=0.2, key_after=0.2))
    line.duty(engaged, line.phone(busy()), line.phone(busy()))
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_TALK, 8, call=call, Number=engaged.number)
    moments = [float(rung["at"]) for rung in line.ear.of(names.KIND_RUNG, call)]
    pauses = [later - sooner for sooner, later in pairwise(moments)]
    assert len(pauses) == 3 and max(pauses[:2]) < 1 and 1.8 < pauses[2] < 3, pauses


def test_where_no_mobile_can_be_had_the_promise_does_not_wait_for_time_to_be_up(line: Line) -> None:
    phones = [line.phone((refuse(code),)) for code in (503, 404, 480)]
    line.duty(*phones)
    call = line.call_id(line.dial())
    over = line.ear.wait(names.KIND_NOBODY, 8, call=call, Why="drained")
    rungs = line.ear.of(names.KIND_RUNG, call)
    assert [rung["Number"] for rung in rungs] == [*(phone.number for phone in phones), phones[0].number]
    assert 1.8 < float(over["at"]) - float(rungs[0]["at"]) < 5, "each was tried, and the first one once more"


def test_an_official_in_screening_when_time_is_up_may_still_accept(line: Line) -> None:
    rings = [line.phone(no_answer()) for _ in range(3)]
    last = line.phone((ring(), wait(1.5), answer(), wait(2.5), press("1")))  # rings at 6 s, accepts at 10 of 9 s
    line.duty(*rings, last)
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_TALK, 16, call=call, Number=last.number)
    assert not line.ear.of(names.KIND_NOBODY, call)


def test_a_ladder_whose_engine_is_gone_goes_on(line: Line) -> None:
    phones = [line.phone(no_answer()) for _ in range(3)]
    line.duty(*phones)
    citizen = line.dial()
    phones[1].wait_ringing(8)
    (engine,) = line.engines()
    line.asterisk.cli(f"channel request hangup {engine}")
    phones[2].wait_ringing(5)
    assert citizen.live and line.engines() != [engine]


def test_a_second_engine_finds_the_first_and_ends(line: Line) -> None:
    phones = [line.phone(no_answer()) for _ in range(4)]
    line.duty(*phones)
    call = line.call_id(line.dial())
    phones[1].wait_ringing(8)
    (engine,), (caller,) = line.engines(), line.channels("hold")
    asked = {"Channel": "Local/go@engine/n", "Application": "Wait", "Data": "60", "Async": "true"}
    for _ in range(5):
        assert line.ear.ask("Originate", **asked, Variable=f"CALLER={caller}")["Response"] == "Success"
    phones[3].wait_ringing(8)
    assert line.engines() == [engine]
    assert [rung["Number"] for rung in line.ear.of(names.KIND_RUNG, call)] == [phone.number for phone in phones]


def test_whatever_engines_die_the_promise_comes_when_time_is_up(line: Line) -> None:
    line.duty(*(line.phone(no_answer()) for _ in range(4)))
    call = line.call_id(line.dial())
    for rung in ("2", "3", "4"):
        line.ear.wait(names.KIND_RUNG, 8, call=call, Rung=rung)
        for engine in line.engines():
            line.asterisk.cli(f"channel request hangup {engine}")
    over = line.ear.wait(names.KIND_NOBODY, 12, call=call, Why="timeout")
    first, *_, last = (float(rung["at"]) for rung in line.ear.of(names.KIND_RUNG, call))
    assert float(over["at"]) - first > 8.5
    assert float(over["at"]) - last < 8, "no engine counts anew"


def test_an_engine_that_is_woken_all_the_time_lives_and_keeps_its_pace(line: Line) -> None:
    line.duty(*(line.phone(no_answer()) for _ in range(4)))
    call = line.call_id(line.dial())
    line.ear.wait(names.KIND_RUNG, 8, call=call, Rung="2")
    (engine,), (caller,) = line.engines(), line.channels("hold")
    line.asterisk.cli(f"dialplan set global HAMMERED {caller}")
    asked = {"Channel": "Local/s@hammer/n", "Application": "Wait", "Data": "60", "Async": "true"}
    assert line.ear.ask("Originate", **asked)["Response"] == "Success"
    line.ear.wait(names.KIND_RUNG, 12, call=call, Rung="4")
    assert set(line.engines()) == {engine}, "one, however often it is listed while it changes"
    moments = [float(rung["at"]) for rung in line.ear.of(names.KIND_RUNG, call)]
    assert all(1.9 < later - sooner < 4 for sooner, later in pairwise(moments)), moments


def test_a_timer_that_fires_in_the_talk_does_not_cut_it(line: Line) -> None:
    director = line.phone(accepts(after=0.1, key_after=0.1))
    line.duty(director)
    citizen = line.dial()
    call = line.call_id(citizen)
    talk = line.ear.wait(names.KIND_TALK, 8, call=call)
    line.ear.ask("AbsoluteTimeout", Channel=talk["Channel"], Timeout="1")
    leg = director.wait_ringing(1)
    citizen.say(tone(520, 2.0))
    after = time.monotonic()
    citizen.say(tone(560, 1.0))
    assert correlation(citizen.said().between(after, after + 1.0), leg.heard_between(after - 0.2, after + 2)) > 0.8
    leg.hang_up()
    citizen.wait_disconnected(5)


def test_the_ladder_of_this_moment_is_the_newest_that_is_not_in_the_future(line: Line) -> None:
    past, present, future = (line.phone(no_answer()) for _ in range(3))
    line.duty(past)
    now = int(time.time())
    for at, phone in ((now - 7200, past), (now - 30, present), (now + 3600, future)):
        line.asterisk.cli(f"database put duty {at:010d} {phone.number}")
    line.dial()
    present.wait_ringing(8)
    assert not past.incoming and not future.incoming


def test_before_the_first_roster_the_configured_number_is_rung(line: Line) -> None:
    line.asterisk.cli("database deltree duty")
    floor = line.network.phone(FLOOR)
    line.dial()
    floor.wait_ringing(8)


def test_a_call_from_an_address_that_is_not_the_carriers_is_refused(line: Line) -> None:
    with PhoneNetwork(host="127.0.0.9") as strangers:
        stranger = strangers.phone("13700000001")
        call = stranger.dial("12345", via=line.via)
        assert call.wait_disconnected(5) in (401, 403)


@pytest.mark.parametrize("method", ["rfc4733", "info", "inband"])
def test_the_caller_s_key_is_understood_in_whatever_way_it_comes(line: Line, method: str) -> None:
    first, second = line.phone(no_answer()), line.phone(no_answer())
    line.duty(first, second)
    number = {"rfc4733": "13700000011", "info": "13700000012", "inband": "13700000013"}[method]
    phone = line.network.phone(number, key_events=method == "rfc4733")
    citizen = phone.dial("12345", via=line.via)
    call = line.call_id(citizen)
    first.wait_ringing(8)
    citizen.wait_quiet(5, quiet=0.3)
    citizen.press("0", method)  # type: ignore[arg-type]
    line.ear.wait(names.KIND_KEY, 3, call=call, Key="0")


def test_of_eight_calls_at_once_each_reaches_whoever_accepts_and_nothing_is_left(line: Line) -> None:
    chance = random.Random(11)
    kinds = [
        lambda: accepts(after=chance.uniform(0, 1.5), key_after=chance.uniform(0.1, 1.5), talk=3),
        lambda: accepts(after=0.1, key="2", key_after=0.2),
        lambda: voicemail(tone(1000, 1.0), after=chance.uniform(0, 1), keep=4),
        busy,
        lambda: declines(after=chance.uniform(0, 1)),
        no_answer,
    ]
    calls = []
    for _ in range(8):
        chosen = [chance.choice((0, *range(len(kinds)))) for _ in range(3)]
        phones = [line.phone(kinds[kind]()) for kind in chosen]
        line.duty(*phones)
        citizen = line.dial()
        phones[0].wait_called(8)  # from now on the ladder is this call's own
        calls.append((line.call_id(citizen), 0 in chosen))
    ends = {call: line.ear.wait(names.KIND_GONE, 40, call=call)["Phase"] for call, _ in calls}
    assert ends == {call: names.PHASE_OVER if accepted else names.PHASE_MESSAGE for call, accepted in calls}
    line.network.wait_all_over(6)
    until = time.monotonic() + 5
    while "0 active channels" not in (left := line.asterisk.cli("core show channels count")):
        assert time.monotonic() < until, left
        time.sleep(0.2)


def test_an_engine_whose_caller_has_gone_ends_at_once(line: Line) -> None:
    def processed() -> str:
        return line.asterisk.cli("core show channels count").splitlines()[-1]

    before = processed()
    gone = {"Variable": "CALLER=PJSIP/trunk-ffffffff", "Application": "Wait", "Data": "60", "Async": "true"}
    assert line.ear.ask("Originate", Channel="Local/go@engine/n", **gone)["Response"] == "Success"
    wait_until(lambda: processed() != before, 5, "an engine was there")
    wait_until(lambda: "@engine" not in line.asterisk.cli("core show channels concise"), 5, "and has ended")

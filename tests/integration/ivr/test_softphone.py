"""The software telephones against themselves: one dials the other without an Asterisk between."""

import itertools
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ivr.softphone import Phone, PhoneNetwork, SoftphoneGone
from ivr.softphone_audio import correlation, silence, speech, tone
from ivr.softphone_plan import (
    accepts,
    answer,
    answers_silently,
    busy,
    hang_up,
    play,
    press,
    ring,
    say,
    until_heard,
    until_quiet,
    voicemail,
    wait,
)

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def network() -> Iterator[PhoneNetwork]:
    with PhoneNetwork() as network:
        yield network


@pytest.fixture(autouse=True)
def no_call_is_left(network: PhoneNetwork) -> Iterator[None]:
    yield
    for call in network.live_calls():
        call.hang_up()
    network.wait_all_over(5)


@pytest.fixture
def citizen(network: PhoneNetwork) -> Phone:
    return network.phone(f"139{next(NUMBERS):08d}")


@pytest.fixture
def director(network: PhoneNetwork) -> Phone:
    return network.phone(f"138{next(NUMBERS):08d}")


def test_two_telephones_talk_and_hear_each_other(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    call = citizen.dial(director.number, via=network.address)
    ring = director.wait_ringing(5)
    assert ring.from_number == citizen.number
    ring.answer()
    call.wait_answered(5)
    ring.play(speech("你好，我是值班局长，请说", voice="f5"))
    call.say(speech("我要找局长，我家的水管坏了没有人管"))
    ring.say(tone(500, 0.5))
    call.hang_up()

    assert ring.wait_disconnected(5) == 200
    assert (call.ended_by, ring.ended_by) == ("here", "there")
    assert correlation(call.said(), ring.heard()) > 0.95
    assert correlation(ring.said(), call.heard()) > 0.95
    assert correlation(call.said(), call.heard()) < 0.6


def test_the_moments_of_a_call_are_in_order_and_on_this_clock(
    network: PhoneNetwork, citizen: Phone, director: Phone
) -> None:
    before = time.monotonic()
    director.behaviour("answer-silent", after=0.2)
    call = citizen.dial(director.number, via=network.address)
    call.wait_for("rtp", 5)
    ring = director.wait_ringing(5)
    ring.hang_up()
    call.wait_disconnected(5)
    moments = [call.invited_at, ring.invited_at, ring.rung_at, call.rung_at, call.answered_at, call.at("rtp")]
    assert None not in moments
    assert moments == sorted(moment for moment in moments if moment is not None)
    assert before <= call.invited_at and (call.disconnected_at or 0.0) <= time.monotonic()


def test_a_caller_who_gives_up_stops_the_ringing(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    call = citizen.dial(director.number, via=network.address)
    ring = director.wait_ringing(5)
    call.hang_up()
    ring.wait_cancelled(1.0)
    assert call.wait_disconnected(5) == 487
    assert ring.answered_at is None


@pytest.mark.parametrize("code", [404, 480, 486, 503, 603])
def test_a_refusal_reaches_the_caller_with_its_code(
    network: PhoneNetwork, citizen: Phone, director: Phone, code: int
) -> None:
    call = citizen.dial(director.number, via=network.address)
    director.wait_ringing(5).reject(code)
    assert call.wait_disconnected(5) == code


def test_an_unknown_number_is_404_and_remembered(network: PhoneNetwork, citizen: Phone) -> None:
    call = citizen.dial("13800009999", via=network.address)
    assert call.wait_disconnected(5) == 404
    assert network.strays[-1].number == "13800009999"


def test_a_telephone_for_all_other_numbers_takes_them(network: PhoneNetwork, citizen: Phone) -> None:
    with PhoneNetwork() as carrier:
        anyone = carrier.phone("*", lines=10).behaviour("busy")
        assert citizen.dial("10086", via=carrier.address).wait_disconnected(5) == 486
        assert anyone.wait_called(5).number == "10086"
        assert carrier.strays == []


def test_a_mobile_in_a_call_is_busy_for_the_next_caller(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    call = citizen.dial(director.number, via=network.address)
    director.wait_ringing(5).answer()
    call.wait_answered(5)
    second = network.phone("13700000002").dial(director.number, via=network.address)
    assert second.wait_disconnected(5) == 486
    assert call.live


def test_a_dead_mobile_never_rings(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    director.behaviour("dead")
    call = citizen.dial(director.number, via=network.address)
    leg = director.wait_called(5)
    call.hang_up()
    leg.wait_cancelled(5)
    assert call.rung_at is None


def test_a_withheld_number_is_not_told(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    citizen.dial(director.number, via=network.address, withheld=True, headers={"X-Line": "1"})
    ring = director.wait_ringing(5)
    assert ring.from_number == "anonymous"
    assert ring.header("privacy") == "id"
    assert ring.header("X-Line") == "1"
    assert citizen.number not in " ".join(value for _, value in ring.headers)


def test_keys_travel_by_rtp_event_by_info_as_tones_or_not_at_all(
    network: PhoneNetwork, citizen: Phone, director: Phone
) -> None:
    director.behaviour("answer-silent", after=0)
    call = citizen.dial(director.number, via=network.address)
    call.wait_answered(5)
    ring = director.wait_ringing(5)
    call.press("1", "rfc4733")
    ring.wait_digits("1", 5)
    call.press("2", "info")
    ring.wait_digits("12", 5)
    call.press("9", "lost")
    before = time.monotonic()
    call.press("3", "inband")
    ring.wait_sound(5, since=before)
    call.press("4", "rfc4733")
    ring.wait_digits("4", 5)
    assert ring.digits == "124"
    assert [event.detail["method"] for event in ring.events if event.kind == "digit"] == ["rfc4733", "info", "rfc4733"]


def test_an_old_telephone_knows_no_rtp_events(network: PhoneNetwork, director: Phone) -> None:
    director.behaviour("answer-silent", after=0)
    call = network.phone("13700000003", key_events=False).dial(director.number, via=network.address)
    call.wait_answered(5)
    call.press("1", "rfc4733")
    assert "RFC 2833" in call.wait_for("fault", 5).detail["text"]


def test_plans_run_by_themselves_one_a_call(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    greeting = speech("您拨打的用户暂时无法接听，请在滴声后留言", voice="steph2")
    director.will(busy(), voicemail(greeting, after=0.1, keep=0.2), accepts(after=0.1, key_after=0.1, talk=0.3))
    assert citizen.dial(director.number, via=network.address).wait_disconnected(5) == 486
    mailbox = citizen.dial(director.number, via=network.address)
    mailbox.wait_disconnected(20)
    assert correlation(director.incoming[-1].said(), mailbox.heard()) > 0.95
    assert mailbox.digits == ""
    for _ in range(2):
        accepted = citizen.dial(director.number, via=network.address)
        accepted.wait_disconnected(5)
        assert accepted.digits == "1"


def test_a_caller_reacts_to_what_he_hears_by_himself(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    question = silence(0.5) + tone(500, 1.0)
    director.will((*answers_silently(after=0), play(question)))
    call = citizen.dial(
        director.number,
        via=network.address,
        plan=(until_heard(5), press("1"), until_quiet(0.4, 5), press("2"), hang_up()),
    )
    call.wait_disconnected(10)
    pressed = {event.detail["digit"]: event.at for event in call.events if event.kind == "pressed"}
    (started, ended) = call.heard().spans()[0]
    assert started <= pressed["1"] < ended
    assert pressed.get("2", call.disconnected_at) > ended


def test_on_hold_nothing_is_heard(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    director.behaviour("answer-silent", after=0)
    call = citizen.dial(director.number, via=network.address)
    call.wait_answered(5)
    ring = director.wait_ringing(5)
    call.play(tone(500, 1.0), loop=True)
    ring.wait_sound(5)
    call.hold()
    ring.wait_quiet(5, quiet=0.5)
    call.resume()
    ring.wait_sound(5)


def test_forty_calls_at_once_all_hear_both_sides(network: PhoneNetwork) -> None:
    question, answer = speech("我要找局长，我家的水管坏了没有人管"), speech("你好，我是值班局长，请说", voice="f5")
    desk = network.phone("12345", lines=40).will(accepts(after=0.2, key_after=0.2, says=answer, loop=True, talk=3))
    calls = [
        network.phone(f"1370001{index:04d}").dial("12345", via=network.address, plan=(play(question, loop=True),))
        for index in range(40)
    ]
    for call in calls:
        assert call.wait_disconnected(30) == 200
    legs = {leg.from_number: leg for leg in desk.incoming}
    for call in calls:
        assert call.digits == "1"
        assert correlation(call.said(), legs[call.number].heard()) > 0.9
        assert correlation(legs[call.number].said(), call.heard()) > 0.9


def test_sounds_that_end_while_calls_end_harm_nobody(network: PhoneNetwork) -> None:
    chatter = tuple(say(tone(500, 0.02 + 0.03 * index)) for index in range(12))
    network.phone("96123", lines=30).will((ring(), answer(), *chatter, *chatter))
    callers = [network.phone(f"1370002{index:04d}") for index in range(30)]
    for wave in range(3):
        calls = [
            phone.dial(
                "96123",
                via=network.address,
                plan=(
                    play(tone(700, 0.1 + 0.01 * index), loop=True),
                    wait(0.1 + 0.05 * index + 0.01 * wave),
                    hang_up(),
                ),
            )
            for index, phone in enumerate(callers)
        ]
        for call in calls:
            assert call.wait_disconnected(20) == 200
            call.wait_for("closed", 5)
            assert call.at("fault") is None


def test_a_wait_in_vain_tells_what_was_last_seen(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    call = citizen.dial(director.number, via=network.address)
    ring = director.wait_ringing(5)
    with pytest.raises(TimeoutError, match=r"waited 0\.1 of 0\.1 s for confirmed.*ringing code=180"):
        call.wait_answered(0.1)
    ring.reject(486)
    with pytest.raises(TimeoutError, match=r"it is over.*disconnected code=486 reason=Busy Here"):
        call.wait_answered(60)
    with pytest.raises(TimeoutError, match=rf"{director.number} to ring"):
        director.wait_ringing(0.1)


def test_what_is_impossible_now_is_refused(network: PhoneNetwork, citizen: Phone, director: Phone) -> None:
    call = citizen.dial(director.number, via=network.address)
    ring = director.wait_ringing(5)
    call.hang_up()
    ring.wait_for("closed", 5)
    with pytest.raises(ValueError, match="is over"):
        ring.answer()
    with pytest.raises(ValueError, match="sound: it is empty"):
        call.play(b"")
    with pytest.raises(ValueError, match="behaviour: 'asleep'"):
        director.behaviour("asleep")


def test_two_networks_run_side_by_side(network: PhoneNetwork, citizen: Phone) -> None:
    with PhoneNetwork() as other:
        assert other.address != network.address
        other.phone("110120").behaviour("busy")
        assert citizen.dial("110120", via=other.address).wait_disconnected(5) == 486


def test_a_killed_process_is_noticed_by_whoever_waits() -> None:
    with PhoneNetwork() as network:
        phone = network.phone("13900000001")
        os.kill(network.pid, signal.SIGKILL)
        with pytest.raises(SoftphoneGone, match="has ended"):
            phone.wait_ringing(10)
        with pytest.raises(SoftphoneGone):
            phone.behaviour("busy")


def test_the_telephones_die_with_whoever_started_them() -> None:
    program = (
        "import os, signal; from ivr.softphone import PhoneNetwork; network = PhoneNetwork(); network.start(); "
        "print(network.pid, flush=True); input(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdin is not None and starter.stdout is not None
    telephones = os.pidfd_open(int(starter.stdout.readline()))
    try:
        starter.communicate("go\n", timeout=10)
        assert starter.returncode == -signal.SIGKILL
        assert select.select([telephones], [], [], 10)[0], "the telephones' process lives on"
    finally:
        os.close(telephones)


def test_a_network_that_cannot_start_says_why() -> None:
    with pytest.raises(SoftphoneGone, match="Cannot assign requested address"):
        PhoneNetwork(host="192.0.2.1", start_limit=10).__enter__()

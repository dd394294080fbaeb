"""The software telephones through a real Asterisk: its ears for keys, and a call that it passes on."""

from collections.abc import Iterator

import pytest

from dialplans import names
from dialplans.asterisk import AsteriskConfig, AsteriskServer
from dialplans.ports import free_ports
from ivr.softphone import PhoneNetwork
from ivr.softphone_audio import correlation, speech
from ivr.softphone_plan import DigitMethod, accepts
from tests.fakes.tone_prompts import make_prompts

# 701 listens to three keys and dials 7 and them; 138… is passed on. Both to the carrier named in the INVITE.
DIALPLAN = f"""
[{names.CONTEXT_LINE}](+)
exten => 701,1,Answer()
 same => n,Read(KEYS,,3,,1,2)
 same => n,Dial(PJSIP/{names.ENDPOINT}/sip:7${{KEYS}}@${{PJSIP_HEADER(read,X-Carrier)}})
exten => _138XXXXXXXX,1,Dial(PJSIP/{names.ENDPOINT}/sip:${{EXTEN}}@${{PJSIP_HEADER(read,X-Carrier)}})
"""


@pytest.fixture(scope="module")
def network() -> Iterator[PhoneNetwork]:
    with PhoneNetwork() as network:
        yield network


@pytest.fixture(scope="module")
def via(tmp_path_factory: pytest.TempPathFactory, network: PhoneNetwork) -> Iterator[str]:
    """The address of an Asterisk."""
    folder = tmp_path_factory.mktemp("asterisk")
    sip, ami, agi, audio = free_ports(udp=1, tcp=3)
    config = AsteriskConfig(
        folder=folder / "run",
        recordings=folder / "recordings",
        prompts=make_prompts(folder / "prompts"),
        hotline_number="08701234567",
        duty_floor="13899999999",
        trunk_address=network.address,
        sip_port=sip,
        ami_port=ami,
        agi_port=agi,
        audio_port=audio,
        extra_dialplan=DIALPLAN,
    )
    server = AsteriskServer(config)
    server.start()
    yield f"127.0.0.1:{sip}"
    server.stop()


@pytest.mark.parametrize(
    ("key_events", "method", "arrives"),
    [
        (True, "rfc4733", "159"),
        (True, "info", "159"),
        (False, "inband", "159"),
        (True, "lost", ""),
        (True, "inband", ""),  # who has RFC 4733 is not listened to for tones
    ],
)
def test_keys_arrive_however_they_travel(
    network: PhoneNetwork, via: str, key_events: bool, method: DigitMethod, arrives: str
) -> None:
    phone = network.phone(f"1390000000{int(key_events)}", key_events=key_events)
    call = phone.dial("701", via=via, headers={"X-Carrier": network.address})
    call.wait_answered(5)
    call.press("159", method)
    network.phone(f"7{arrives}").wait_called(10)
    call.hang_up()


def test_a_call_passed_on_carries_both_voices_and_no_withheld_number(network: PhoneNetwork, via: str) -> None:
    director = network.phone("13800000001")
    director.will(accepts(after=0.2, key_after=0.2, says=speech("你好，我是值班局长，请说", voice="f5"), talk=6))
    citizen = network.phone("13900000001")
    call = citizen.dial(director.number, via=via, headers={"X-Carrier": network.address}, withheld=True)
    call.wait_answered(5)
    call.play(speech("我要找局长，我家的水管坏了没有人管"))
    ring = director.wait_ringing(5)
    call.wait_disconnected(15)
    assert (ring.from_number, ring.asserted_number) == ("08701234567", "anonymous")
    assert call.digits == "1"
    assert correlation(call.said(), ring.heard()) > 0.95
    assert correlation(ring.said(), call.heard()) > 0.95

"""The escaping against Asterisk's own parsers: what goes in comes out, or a safe subset, and nothing else happens."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialplans.asterisk import AsteriskServer, meant_dialplan, shown_dialplan
from dialplans.escaping import Where, escape
from tests.fakes.ami_ear import AmiEar
from tests.fakes.scripted_controller import AgiRequest
from tests.integration.dialplans.conftest import Line

NASTY = [
    'say "hello"',
    "back\\slash\\",
    '\\"; SET VARIABLE OWNED yes',
    "${OWNED}",
    "$[1+1]",
    "${SHELL(touch /nowhere)}",
    "a,b&c|d",
    "a;b[c](d)^e:f?g",
    "云南省威信县扎西镇",
    "𠮷野家😀",
    "'single' `back`",
    "  spaces at both ends  ",
]
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120)


@pytest.fixture(scope="module")
def agi(ear: AmiEar) -> Iterator[AgiRequest]:
    """The AGI of a channel that does nothing else: every command goes through Asterisk's own parser."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        script = f"agi://127.0.0.1:{server.getsockname()[1]}/test"
        started = ear.ask("Originate", Channel="Local/s@idle/n", Application="AGI", Data=script, Async="true")
        assert started["Response"] == "Success"
        connection, _ = server.accept()
        with connection:
            agi = AgiRequest(connection)
            yield agi
            agi.close()  # its file would keep the connection, and so the channel, alive


def _agi_says(reply: str) -> str:
    assert reply.startswith("200 result=1 (") and reply.endswith(")"), reply
    return reply.removeprefix("200 result=1 (")[:-1]


@pytest.mark.parametrize("text", NASTY)
def test_agi_sets_exactly_the_text(agi: AgiRequest, text: str) -> None:
    agi.command('SET VARIABLE "OWNED" "no"')
    assert agi.command(f'SET VARIABLE "TRIED" "{escape(text, Where.AGI)}"') == "200 result=1"
    assert _agi_says(agi.command("GET VARIABLE TRIED")) == text
    assert _agi_says(agi.command("GET VARIABLE OWNED")) == "no"


def test_many_variables_arrive_by_one_command(agi: AgiRequest) -> None:
    given = {"HL_NOTICE": "/var/x-1/notice_a.b", "TRIED": "/a/b&/c/d", "PLUS": "+8613800000001&+120", "NONE": ""}
    pairs = ",".join(f"{name}={value}" for name, value in given.items())
    assert agi.command(f'EXEC MSet "SHARED(LADDER)=110&120,{pairs}"') == "200 result=0"
    assert _agi_says(agi.command('GET FULL VARIABLE "${SHARED(LADDER)}"')) == "110&120"
    for name, value in given.items():
        assert _agi_says(agi.command(f'GET FULL VARIABLE "<${{{name}}}>"')) == f"<{value}>"


@given(text=TEXTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_agi_sets_any_text(agi: AgiRequest, text: str) -> None:
    line = f'SET VARIABLE "TRIED" "{escape(text, Where.AGI, 1900)}"'
    assert agi.command(line) == "200 result=1"
    if text:
        assert _agi_says(agi.command("GET VARIABLE TRIED")) == text


def test_an_agi_line_as_long_as_it_may_be_is_still_one_command(agi: AgiRequest) -> None:
    start = 'SET VARIABLE "TRIED" "'
    room = Where.AGI.value - len(start) - len('"\n') - 1
    value = escape("局" * 2000, Where.AGI, room, cut=True)
    assert agi.command(f'{start}{value}"') == "200 result=1"
    assert agi.command('SET VARIABLE "AFTER" "1"') == "200 result=1", "no second reply was waiting"
    # A reply of Asterisk holds 1024 bytes only, so the length is asked for.
    assert _agi_says(agi.command('GET FULL VARIABLE "${LEN(${TRIED})}"')) == str(len(value.encode()))


@pytest.mark.parametrize("text", NASTY)
def test_ami_sets_exactly_the_text_and_does_nothing_else(ear: AmiEar, text: str) -> None:
    reply = ear.ask("DBPut", Family="escaping", Key="tried", Val=escape(text, Where.AMI, 900))
    assert reply["Response"] == "Success"
    rows = ear.ask("Setvar", Variable="TRIED", Value=escape(text, Where.AMI, 900))
    assert rows["Response"] == "Success"
    # AMI itself cuts spaces at the start of a value.
    assert ear.ask("Getvar", Variable="TRIED")["Value"] == text.lstrip()


@pytest.mark.parametrize("text", NASTY)
def test_the_dialplan_uses_the_text_in_an_expression_and_as_an_argument_unharmed(
    asterisk: AsteriskServer, ear: AmiEar, text: str
) -> None:
    safe = escape(text, Where.DIALPLAN)
    value = ear.ask("Getvar", Variable=f'${{IF($["{safe}"="{safe}"]?same:other)}}'.removeprefix("${").removesuffix("}"))
    assert value["Value"] == "same"
    file = asterisk.config.folder / "etc" / "extensions.conf"
    kept = file.read_text()
    try:
        file.write_text(f"{kept}\n[tried]\nexten => s,1,Set(TRIED={safe})\n same => n,Hangup()\n")
        asterisk.cli("dialplan reload")
        shown = asterisk.cli("dialplan show tried")
        assert f"Set(TRIED={safe})" in shown
        assert meant_dialplan(Path(file.parent))["tried"] == shown_dialplan(shown)["tried"]
    finally:
        file.write_text(kept)
        asterisk.cli("dialplan reload")


def test_a_caller_s_name_and_number_full_of_dialplan_do_no_harm(line: Line) -> None:
    first = line.phone()
    line.duty(first)
    citizen = line.phone().dial("12345", via=line.via, caller_id="%24%7BEPOCH%7D139%2C1")
    leg = first.wait_ringing(8)
    note = next(row for row in line.asterisk.cli("database show call").splitlines() if "|1391|" in row)
    assert "|inbound|1391|12345|" in note
    assert leg.live and citizen.live

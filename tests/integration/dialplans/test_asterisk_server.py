"""Starting, stopping and losing an Asterisk of our own, and noticing one that did not load what was written."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dialplans.asterisk import AsteriskConfig, AsteriskFault, AsteriskServer
from dialplans.ports import free_ports
from tests.fakes.ami_ear import AmiEar
from tests.fakes.tone_prompts import make_prompts


@pytest.fixture
def config(tmp_path: Path) -> AsteriskConfig:
    sip, ami = free_ports(udp=1, tcp=1)
    return AsteriskConfig(
        folder=tmp_path / "a",
        recordings=tmp_path / "recordings",
        prompts=make_prompts(tmp_path / "prompts"),
        hotline_number="08701234567",
        duty_floor="13800000001",
        trunk_address="127.0.0.3:5060",
        sip_port=sip,
        ami_port=ami,
    )


def test_a_restart_keeps_the_duty_ladder_the_ports_and_the_secret(config: AsteriskConfig) -> None:
    server = AsteriskServer(config)
    server.start()
    try:
        server.cli("database put duty 1700000000 13800000002")
        first = server.pid
        server.restart()
        assert server.pid != first
        assert "13800000002" in server.cli("database get duty 1700000000")
        with AmiEar(config.ami_port, server.config.ami_secret):
            pass
    finally:
        server.stop()
    assert not server.alive


def test_what_was_noted_survives_a_power_cut(config: AsteriskConfig) -> None:
    server = AsteriskServer(config)
    server.start()
    try:
        server.cli("database put call 1 noted")
        database = config.folder / "lib" / "astdb.sqlite3"
        until = time.monotonic() + 5
        while b"noted" not in database.read_bytes() and time.monotonic() < until:
            time.sleep(0.1)  # Asterisk writes its database out once a second
        server.kill()
        assert not server.alive
        server.start()
        assert "noted" in server.cli("database get call 1")
    finally:
        server.stop()


def test_two_asterisks_run_side_by_side(config: AsteriskConfig) -> None:
    sip, ami = free_ports(udp=1, tcp=1)
    servers = [
        AsteriskServer(config),
        AsteriskServer(replace(config, folder=config.folder / "b", sip_port=sip, ami_port=ami)),
    ]
    try:
        for server in servers:
            server.start()
        assert all("0 active calls" in server.cli("core show channels") for server in servers)
    finally:
        for server in servers:
            server.stop()


def test_a_dialplan_that_asterisk_did_not_take_whole_is_noticed(config: AsteriskConfig) -> None:
    with pytest.raises(AsteriskFault, match=r"priority/label 'one'"):
        AsteriskServer(replace(config, extra_dialplan="[broken]\nexten => s,1,NoOp()\nexten => s,one,Hangup()")).start()


def test_a_warning_of_the_dialplan_s_parser_is_an_error(config: AsteriskConfig) -> None:
    server = AsteriskServer(replace(config, extra_dialplan="[broken]\nexten => s,1,NoOp()\nexten s,2,Hangup()"))
    with pytest.raises(AsteriskFault, match=r"extensions\.conf|line"):
        server.start()
    assert not server.alive


def test_flows_with_which_asterisk_does_not_start_are_set_aside(config: AsteriskConfig) -> None:
    etc = config.folder / "etc"
    etc.mkdir(parents=True)
    (etc / "flows.conf").write_text("[flow]\nexten => s,1,NoOp()\nexten s,2,Hangup()\n")
    server = AsteriskServer(config)
    server.start()
    try:
        assert "HL_FLOW" not in server.cli("dialplan show notice")
        assert (etc / "flows.broken").exists()
    finally:
        server.stop()


def test_a_reload_takes_the_changed_dialplan_and_checks_it(config: AsteriskConfig) -> None:
    server = AsteriskServer(config)
    server.start()
    try:
        server.config = replace(server.config, extra_dialplan="[added]\nexten => s,1,NoOp(added)")
        server.reload_dialplan()
        assert "NoOp(added)" in server.cli("dialplan show added")
    finally:
        server.stop()


def test_an_asterisk_whose_ports_are_taken_does_not_pretend_to_run(config: AsteriskConfig) -> None:
    server = AsteriskServer(config)
    server.start()
    second = AsteriskServer(replace(config, folder=config.folder / "b"))
    try:
        with pytest.raises(AsteriskFault, match="in use"):
            second.start()
        assert not second.alive
    finally:
        second.kill()
        server.stop()


def test_the_cli_of_an_asterisk_that_does_not_run_is_an_error(config: AsteriskConfig) -> None:
    with pytest.raises(AsteriskFault):
        AsteriskServer(config).cli("core show version")


def test_asterisk_dies_with_the_program_that_started_it(config: AsteriskConfig, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import PosixPath; from dialplans.asterisk import AsteriskConfig, AsteriskServer\n"
        f"server = AsteriskServer({config!r})\n"
        "server.start(); print(server.pid, flush=True); sys.stdin.read()"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout and program.stdin
    pid = int(program.stdout.readline())
    program.send_signal(signal.SIGKILL)
    program.wait(5)
    until = time.monotonic() + 5
    while time.monotonic() < until and _runs(pid):
        time.sleep(0.05)
    program.stdin.close()
    program.stdout.close()
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie waits for its new parent to notice.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

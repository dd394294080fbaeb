"""Do this machine's Asterisk and telephones do what we need? Every module loads, a call is answered, a digit arrives.

Usage: capability.py DESCRIPTION RESULT. Starts the Asterisk that the file DESCRIPTION tells of, with the product's own
configuration on free loopback ports in a temporary folder, lets a software telephone call it and press a key, and
writes one line with the versions into the file RESULT.
"""

import importlib.metadata
import platform
import sys
import tempfile
from pathlib import Path

from dialplans import names
from dialplans.asterisk import AsteriskConfig, AsteriskFault, AsteriskProgram, AsteriskServer
from dialplans.ports import free_ports
from ivr.softphone import PhoneNetwork, SoftphoneGone

DIGIT = "7"
SECONDS = 15

# One more number on the hotline's trunk: it answers, reads a key and keeps it in AstDB.
CHECK = f"""
[{names.CONTEXT_LINE}]
exten => check,1,Answer()
 same => n,Read(HEARD,,1,,1,{SECONDS})
 same => n,Set(DB(check/heard)=${{HEARD}})
 same => n,Hangup()
"""


def configuration(folder: Path, trunk: str) -> AsteriskConfig:
    """The hotline's configuration on free ports, without prompts, and with the number `check`."""
    prompts = folder / "prompts"
    prompts.mkdir()
    for key in names.STATIC_PROMPTS:
        (prompts / f"{key}.alaw").touch()
    sip, ami, agi, audio = free_ports(udp=1, tcp=3)
    return AsteriskConfig(
        folder=folder / "asterisk",
        recordings=folder / "recordings",
        prompts=prompts,
        hotline_number="12345",
        duty_floor="12346",
        trunk_address=trunk,
        sip_port=sip,
        ami_port=ami,
        agi_port=agi,
        audio_port=audio,
        extra_dialplan=CHECK,
    )


def check(folder: Path, program: AsteriskProgram) -> None:
    """Raise AsteriskFault, SoftphoneGone or TimeoutError, saying what does not work."""
    with PhoneNetwork(folder=folder) as network:
        config = configuration(folder, network.address)
        server = AsteriskServer(config, program=program)
        server.start()
        try:
            call = network.phone("13800000000").dial("check", via=f"127.0.0.1:{config.sip_port}")
            call.wait_answered(SECONDS)
            call.press(DIGIT)
            call.wait_disconnected(SECONDS)
            heard = server.cli("database get check heard").strip()
        finally:
            server.stop()
    if heard != f"Value: {DIGIT}":
        raise AsteriskFault(f"按键 {DIGIT} 没有到达 Asterisk，它收到的是：{heard}")


def main() -> None:
    """Check, and write the result."""
    program = AsteriskProgram.described(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory(prefix="zhitong-check-") as name:
        folder = Path(name)
        try:
            check(folder, program)
        except (AsteriskFault, SoftphoneGone, TimeoutError) as fault:
            log = folder / "asterisk" / "log" / names.LOG_FILE
            sys.exit(f"{log.read_text() if log.exists() else ''}{fault}")
    versions = {
        "Asterisk": program.version,
        "pjsua2": importlib.metadata.version("pjsua2"),
        "Python": platform.python_version(),
    }
    told = "，".join(f"{name} {version}" for name, version in versions.items())
    Path(sys.argv[2]).write_text(f"{told}；模块、呼叫、按键已检查\n")


if __name__ == "__main__":
    main()

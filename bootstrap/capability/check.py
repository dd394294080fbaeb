"""Does this machine's Asterisk do what we need? Every module runs, a call is answered, a digit arrives.

Usage: check.py RESULT-FILE. Starts the Asterisk of the cache with a configuration of its own in a temporary folder and
free loopback ports, lets a software telephone (a process of its own) call it, and writes one line with the versions.
"""

import importlib.metadata
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
DIGIT = "7"
READY_SECONDS = 20.0
CALL_SECONDS = 20.0

# Asterisk wants to find these, if empty.
EMPTY = ("acl", "ccss", "cel", "codecs", "dsp", "extconfig", "features", "pjproject", "sorcery", "udptl")

CONFIG = {
    "cdr": "[general]\nenable=no\n",
    "cdr_custom": "[mappings]\n",
    "http": "[general]\nenabled=no\n",
    "prometheus": "[general]\nenabled=no\n",
    "logger": "[general]\n[logfiles]\nmessages => warning,error\n",
    "manager": "[general]\nenabled=no\n",
    "musiconhold": "[general]\n[default]\nmode=files\ndirectory={folder}\n",
    "indications": "[general]\ncountry=cn\n[cn]\ndescription=China\nringcadence=1000,4000\ndial=450\n"
    "busy=450/350,0/350\nring=450/1000,0/4000\ncongestion=450/700,0/700\n",
    "rtp": "[general]\nrtpstart={rtp}\nrtpend={rtp_end}\nstrictrtp=no\nicesupport=no\n",
    "pjsip": "[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{sip}\n"
    "[phone]\ntype=endpoint\ntransport=udp\ncontext=check\ndisallow=all\nallow=alaw\ndirect_media=no\n"
    "[phone]\ntype=identify\nendpoint=phone\nmatch=127.0.0.0/8\n",
    "extensions": "[check]\nexten => digit,1,Answer()\n same => n,Read(HEARD,,1,,1,10)\n"
    " same => n,Set(DB(check/heard)=${{HEARD}})\n same => n,Hangup()\n",
}


def module_names() -> list[str]:
    """The modules that the product's own configuration loads."""
    return (HERE / "modules.txt").read_text().split()


def free_port() -> int:
    """A UDP port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_config(folder: Path, asterisk: dict[str, str], modules: list[str], sip: int) -> Path:
    """Write a whole Asterisk configuration below `folder`; returns the path of asterisk.conf."""
    etc = folder / "etc"
    etc.mkdir()
    own = {name: folder / name for name in ("varlib", "db", "key", "agi", "spool", "run", "log", "cache", "sbin")}
    for path in own.values():
        path.mkdir()
    directories = {f"ast{name}dir": path for name, path in own.items()} | {
        "astetcdir": etc,
        "astmoddir": Path(asterisk["moddir"]),
        "astdatadir": Path(asterisk["datadir"]),
    }
    lines = ["[directories]", *(f"{name} => {path}" for name, path in directories.items())]
    (etc / "asterisk.conf").write_text("\n".join([*lines, "[options]", "live_dangerously=no", ""]))
    (etc / "modules.conf").write_text("\n".join(["[modules]", "autoload=no", *(f"load={m}.so" for m in modules), ""]))
    for name in EMPTY:
        (etc / f"{name}.conf").touch()
    rtp = free_port() & ~1
    for name, text in CONFIG.items():
        filled = text.format(folder=folder, sip=sip, rtp=rtp, rtp_end=min(rtp + 10, 65535))
        (etc / f"{name}.conf").write_text(filled)
    return etc / "asterisk.conf"


def cli(asterisk: dict[str, str], conf: Path, command: str) -> str:
    """What Asterisk's command line answers; empty while it does not run yet."""
    argv = [*asterisk["argv"], "-C", str(conf), "-rx", command]
    return subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout


def wait_until_booted(asterisk: dict[str, str], conf: Path, process: subprocess.Popen[bytes]) -> None:
    """Return when Asterisk is fully booted; exit with its last words when it dies or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while "fully booted" not in cli(asterisk, conf, "core waitfullybooted"):
        if process.poll() is not None or time.monotonic() > deadline:
            log = conf.parent.parent / "log" / "messages"
            sys.exit(f"Asterisk 没有启动：\n{log.read_text() if log.exists() else '（没有日志）'}")
        time.sleep(0.1)


def check_modules(asterisk: dict[str, str], conf: Path, modules: list[str]) -> None:
    """Exit naming the modules that do not run."""
    running = set(re.findall(r"^(\w+)\.so .* Running ", cli(asterisk, conf, "module show"), re.MULTILINE))
    if missing := [name for name in modules if name not in running]:
        sys.exit(f"这些 Asterisk 模块没有运行：{' '.join(missing)}\n需要 20.17 或更高的 Asterisk，带上这些模块。")


def check_call(asterisk: dict[str, str], conf: Path, sip: int) -> None:
    """Exit unless a telephone's call is answered and its digit (RFC 4733) arrives."""
    phone = [sys.executable, str(HERE / "phone.py"), f"sip:digit@127.0.0.1:{sip}", DIGIT, str(CALL_SECONDS)]
    call = subprocess.run(phone, capture_output=True, text=True, timeout=CALL_SECONDS + 20, check=False)
    heard = cli(asterisk, conf, "database get check heard").strip()
    if call.returncode or heard != f"Value: {DIGIT}":
        sys.exit(f"测试呼叫失败（按键 {DIGIT}，Asterisk 收到：{heard!r}）：\n{call.stdout}{call.stderr}")


def main() -> None:
    """Check, and write the result."""
    asterisk = json.loads((Path(os.environ["ZHITONG_CACHE"]) / "asterisk.json").read_text())
    modules = module_names()
    with tempfile.TemporaryDirectory(prefix="zhitong-check-") as name:
        sip = free_port()
        conf = write_config(Path(name), asterisk, modules, sip)
        process = subprocess.Popen([*asterisk["argv"], "-C", str(conf), "-f"], stdout=subprocess.DEVNULL)
        try:
            wait_until_booted(asterisk, conf, process)
            check_modules(asterisk, conf, modules)
            check_call(asterisk, conf, sip)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
    versions = {
        "Asterisk": asterisk["version"],
        "pjsua2": importlib.metadata.version("pjsua2"),
        "Python": platform.python_version(),
    }
    line = "，".join(f"{name} {version}" for name, version in versions.items())
    Path(sys.argv[1]).write_text(f"{line}；{len(modules)} 个模块、呼叫、按键已检查\n")


if __name__ == "__main__":
    main()

"""`make run` for real use: it starts both, keeps both, ends both, and says clearly why it does not start."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from dialplans.ports import free_ports
from ivr.softphone import PhoneNetwork
from ivr.softphone_audio import speech
from ivr.softphone_plan import answer, ring
from tests.acceptance.stage import gets_through
from tests.acceptance.witness import INSISTS, write_roster
from tests.fakes.admin import ADMIN
from zhitong.settings import CHECKOUT
from zhitong.trial import wait_until

COMMAND = str(CHECKOUT / "bin" / "zhitong")
OFFICIALS = ("13808720001", "13808720002")
ROOM = "08702120002"
LINE = "08702128888"


@dataclass(frozen=True, kw_only=True)
class Office:
    """What an administrator has written down for this machine, and the carrier it is connected to."""

    folder: Path
    network: PhoneNetwork
    ports: Mapping[str, int]
    console: int

    @property
    def environ(self) -> dict[str, str]:
        """The environment in which the commands run."""
        return {**os.environ, "ZHITONG_CONFIG": str(self.folder / "county.toml"), "ZHITONG_BY": "值班小王"}

    @property
    def said(self) -> str:
        """What `run` has printed so far."""
        return (self.folder / "said").read_text(encoding="utf-8")

    def command(self, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; one that goes on for a minute is ended."""
        environ, pipe = {**self.environ, **changed}, subprocess.PIPE
        process = subprocess.Popen([COMMAND, *words], env=environ, stdout=pipe, stderr=pipe, text=True)
        try:
            said, complained = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.terminate()
            said, complained = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, said, complained)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the hotline and return once it would take a call with a controller."""
        with (self.folder / "said").open("wb") as said:
            process = subprocess.Popen([COMMAND, "run"], env=self.environ, stdout=said, stderr=said)
        wait_until(lambda: self.times_ready() == 1 or process.poll() is not None, 40, "the hotline is ready")
        assert process.poll() is None, self.said
        return process

    def times_ready(self) -> int:
        """How often a controller has told an Asterisk who is on duty: the last thing before it is ready."""
        return self.said.count("duty ladders pushed")

    def console_answers(self) -> bool:
        """Whether the console says that there is nothing."""
        connection = HTTPConnection("127.0.0.1", self.console, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 404
        except OSError:
            return False
        finally:
            connection.close()

    def a_call_works(self, citizen: str) -> None:
        """A citizen calls, presses 0, and talks with an official; the case says that the controller planned it."""
        self.network.phone(OFFICIALS[0]).will((ring(), answer(), *INSISTS))
        call = self.network.phone(citizen).dial(LINE, via=f"127.0.0.1:{self.ports['sip_port']}")
        call.wait_answered(5)
        call.wait_sound(5)
        call.press("0")
        official = self.network.phone(OFFICIALS[0]).wait_ringing(10)
        official.wait_answered(5)
        sound = speech("我马上派人去修水管请放心")
        wait_until(lambda: gets_through(official, call, sound), 20, "the official hears the citizen", every=0)
        call.hang_up()
        official.wait_disconnected(5)
        self.command("account", "first", ADMIN)  # refused the second time
        self.command("account", "add", "值班小王", "--role", "受理台", "--by", ADMIN)
        masked = f"{citizen[:3]}****{citizen[-4:]}"
        wait_until(lambda: masked in self.command("case", "list").stdout, 15, "the case is there", every=0.3)
        (number,) = [line.split()[0] for line in self.command("case", "list").stdout.splitlines() if masked in line]
        assert "转接路线" in self.command("case", "show", number).stdout, "planned by the controller, not the fallback"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    roster = write_roster(folder / "roster.toml", *OFFICIALS, room=ROOM)
    names = ("sip_port", "ami_port", "agi_port", "audio_port")
    with PhoneNetwork() as network:
        ports = dict(zip(names, free_ports(udp=1, tcp=3), strict=True))
        console, pages = free_ports(tcp=2)
        lines = [
            f'folders.data = "{folder}/data"',
            f'files.roster = "{roster}"',
            'asterisk.sip_bind = "127.0.0.1"',
            *(f"asterisk.{name} = {port}" for name, port in ports.items()),
            f'console.listen = "127.0.0.1:{console}"',
            f'console.pages = "127.0.0.1:{pages}"',
            f'trunk.address = "{network.address}"',
            'trunk.match = ["127.0.0.0/8"]',
        ]
        (folder / "county.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for number in (*OFFICIALS, ROOM):
            network.phone(number)
        yield Office(folder=folder, network=network, ports=ports, console=console)


def processes(root: int) -> dict[int, str]:
    """This process and all that descend from it, with their command lines."""
    parents, names = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, parent = int(stat.parent.name), int(stat.read_text().rsplit(")", 1)[1].split()[1])
            names[pid] = stat.with_name("cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):
            continue  # it has just ended
        parents[pid] = parent
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: names[pid] for pid in found if pid in names}


def child(root: int, word: str) -> int:
    """The one process below `root` whose command line ends so."""
    (pid,) = [pid for pid, name in processes(root).items() if word in name and pid != root]
    return pid


def alive(pid: int) -> bool:
    """Whether this process still runs (and is no zombie)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end(process: subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> None:
    """Send the signal; afterwards nothing of the hotline may run any more."""
    everybody = processes(process.pid)
    assert len(everybody) >= 3
    process.send_signal(by)
    assert process.wait(30) == 0
    wait_until(lambda: not any(alive(pid) for pid in everybody), 10, f"all have ended of {everybody}")


@pytest.mark.timeout(300)
def test_run_starts_the_line_restarts_whatever_is_killed_and_ends_all_of_it(office: Office) -> None:
    process = office.start()
    try:
        assert f"开线：{LINE}" in office.said and "试用识别" in office.said
        office.a_call_works("13900000011")

        refused = office.command("run")
        assert (
            refused.returncode == 1 and "已经有一条热线在运行" in refused.stderr and str(process.pid) in refused.stderr
        )

        assert "active call" in office.command("asterisk", "core", "show", "channels", "count").stdout

        controller = child(process.pid, "zhitong.cli controller")
        os.kill(controller, signal.SIGKILL)
        wait_until(lambda: office.times_ready() >= 2, 30, "a new controller is ready")
        assert child(process.pid, "zhitong.cli controller") != controller
        assert "控制程序 停了" in office.said
        office.a_call_works("13900000012")

        ready, asterisk = office.times_ready(), child(process.pid, "asterisk.conf")
        os.kill(asterisk, signal.SIGKILL)
        wait_until(lambda: office.times_ready() > ready, 40, "a new Asterisk knows who is on duty")
        assert child(process.pid, "asterisk.conf") != asterisk
        assert "Asterisk 停了" in office.said
        office.a_call_works("13900000013")
        assert "Traceback" not in office.said
        kept = [path for path in (office.folder / "data").rglob("*") if path.is_file()]
        assert any(path.name.endswith(".raw") or path.suffix == ".wav" for path in kept), "recordings"
        assert not [path for path in kept if path.stat().st_mode & 0o077], "nobody else may read them"
        assert not [number for number in ("1390000001", *OFFICIALS) if number in office.said], "masked in the log"
    finally:
        end(process)
    assert "已停线" in office.said


@pytest.mark.timeout(300)
def test_a_controller_that_hangs_is_ended_and_started_again(office: Office) -> None:
    process = office.start()
    try:
        ready, controller = office.times_ready(), child(process.pid, "zhitong.cli controller")
        os.kill(controller, signal.SIGSTOP)
        wait_until(lambda: office.times_ready() > ready, 40, "a new controller is ready")
        assert not alive(controller) and f"控制程序（进程 {controller}）" in office.said
        office.a_call_works("13900000015")
    finally:
        end(process)


@pytest.mark.timeout(300)
def test_a_console_that_dies_is_started_again_and_one_that_hangs_holds_up_no_call(office: Office) -> None:
    process = office.start()
    try:
        wait_until(office.console_answers, 30, "the console answers")
        console = child(process.pid, "zhitong.cli console")
        os.kill(console, signal.SIGKILL)
        wait_until(lambda: "网页 停了" in office.said and office.console_answers(), 30, "a new console answers")
        console = child(process.pid, "zhitong.cli console")
        os.kill(console, signal.SIGSTOP)
        office.a_call_works("13900000014")
        assert not office.console_answers() and alive(console), "it still hangs"
        assert "控制程序 停了" not in office.said and "Asterisk 停了" not in office.said
    finally:
        end(process)


def test_ctrl_c_ends_all_of_it_and_the_next_run_starts_on_the_same_data(office: Office) -> None:
    process = office.start()
    end(process, signal.SIGINT)
    assert "Traceback" not in office.said and "停了，" not in office.said, "nothing was restarted on the way out"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ZHITONG_ASTERISK__SIP_PORT", "abc", ("asterisk.sip_port", "'abc'", "应写数字")),
        ("ZHITONG_FOLDERS__DATA", "/proc/nothing", ("folders.data", "'/proc/nothing'", "可写的文件夹")),
    ],
)
def test_run_refuses_wrong_settings_and_names_field_value_and_mend(
    office: Office, name: str, value: str, said: tuple[str, ...]
) -> None:
    refused = office.command("run", **{name: value})
    assert refused.returncode == 1, refused.stderr
    missing = [word for word in said if word not in refused.stderr]
    assert not missing and "Traceback" not in refused.stderr, refused.stderr


def test_the_first_run_is_refused_without_a_roster(office: Office) -> None:
    nowhere, fresh = "/nowhere/roster.toml", str(office.folder / "fresh")
    refused = office.command("run", ZHITONG_FILES__ROSTER=nowhere, ZHITONG_FOLDERS__DATA=fresh)
    assert refused.returncode == 1 and nowhere in refused.stderr and "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_named(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = office.command("run", ZHITONG_ASTERISK__AGI_PORT=port)
    assert refused.returncode == 1
    assert "asterisk.agi_port" in refused.stderr and port in refused.stderr and "已经被别的程序占用" in refused.stderr

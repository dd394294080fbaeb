"""sipp as load: citizens who call and officials who answer, each with an exit code that counts."""

import csv
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from dialplans.ports import free_ports

SCENARIOS = Path(__file__).parent / "scenarios"
CITIZENS, OFFICIALS = "127.0.0.2", "127.0.0.3"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one sipp ended. code: its exit code, 0 when every call went as written; -9 when it had to be killed.

    talks: of officials, those that went on for three seconds after the key; a shorter one is none.
    """

    code: int
    made: int
    good: int
    failed: int
    retransmissions: int
    talks: int
    cpu: float

    @property
    def clean(self) -> bool:
        """Whether no call failed."""
        return self.code == 0 and self.failed == 0 and self.good > 0


class Sipp:
    """One sipp process, started by making it."""

    def __init__(
        self, folder: Path, name: str, *arguments: str, values: dict[str, str], host: str, port: int = 0
    ) -> None:
        """values: what stands for @NAME@ in the scenario of that name."""
        folder.mkdir(parents=True, exist_ok=True)
        text = (SCENARIOS / f"{name}.xml").read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        scenario = folder / f"{name}.xml"
        scenario.write_text(text)
        self.port = port or free_ports(udp=1)[0]
        self._statistics = folder / f"{name}.csv"
        self._errors = folder / f"{name}.errors"
        with (folder / f"{name}.output").open("wb") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", "sipp", "-sf", scenario.name, "-i", host,
                 "-p", str(self.port), "-nostdin",
                 "-trace_stat", "-fd", "1", "-stf", self._statistics.name,
                 "-trace_err", "-error_file", self._errors.name, *arguments],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def up(self) -> int:
        """How many calls it has up, a second ago at most."""
        return read_statistics(self._statistics)["up"] if self._statistics.exists() else 0

    def wait(self, seconds: float) -> Outcome:
        """What came of it, once it has ended by itself; it is killed after so many seconds."""
        return self._outcome(time.monotonic() + seconds)

    def finish(self, seconds: float) -> Outcome:
        """No more calls; what came of it once those that are up have ended."""
        if self.alive:
            self._process.send_signal(signal.SIGUSR1)
        return self._outcome(time.monotonic() + seconds)

    def kill(self) -> None:
        """End it at once."""
        if self.alive:
            self._process.kill()
            self._process.wait()

    def _outcome(self, until: float) -> Outcome:
        cpu = 0.0
        while self.alive and time.monotonic() < until:
            try:
                fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
                cpu = (int(fields[11]) + int(fields[12])) / 100
            except OSError:
                break
            time.sleep(0.1)
        forced = self.alive
        self.kill()
        counts = read_statistics(self._statistics)
        del counts["up"]
        return Outcome(code=-9 if forced else self._process.returncode, cpu=cpu, **counts)

    def first_errors(self, count: int = 3) -> str:
        """The beginning of its error log, for a person."""
        return self._errors.read_text(errors="replace")[: 200 * count] if self._errors.exists() else ""


def read_statistics(path: Path) -> dict[str, int]:
    """The last line of sipp's statistics: calls made, up, good and failed, messages sent again, talks."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if row.get("TotalCallCreated")]
    last = rows[-1] if rows else {}
    return {
        "up": int(last.get("CurrentCall") or 0),
        "made": int(last.get("TotalCallCreated") or 0),
        "good": int(last.get("SuccessfulCall(C)") or 0),
        "failed": int(last.get("FailedCall(C)") or 0),
        "retransmissions": int(last.get("Retransmissions(C)") or 0),
        "talks": int(last.get("ResponseTimeRepartitiontalk_>=3000") or 0),
    }


def officials(folder: Path, *, port: int, key_after: float, limit: float, sound: Path | None = None) -> Sipp:
    """Mobiles that accept every call `key_after` seconds after answering it. limit: seconds until the BYE must come."""
    values = {"KEY_AFTER": _ms(key_after), "LIMIT": _ms(limit), **_media(sound)}
    return Sipp(folder, "mobile", *_LIMITS, values=values, host=OFFICIALS, port=port)


def citizens(
    folder: Path, *, target: str, number: str, calls: int, rate: int, stay: float, sound: Path | None = None
) -> Sipp:
    """So many calls to `number` at `target` (host:port), `rate` a second, each over `stay` seconds after the answer."""
    folder.mkdir(parents=True, exist_ok=True)
    callers = "".join(f"139{n:08d}\n" for n in range(calls))
    (folder / "callers.csv").write_text("SEQUENTIAL\n" + callers)
    values = {"SERVICE": number, "STAY": _ms(stay), **_media(sound)}
    arguments = (target, "-inf", "callers.csv", "-m", str(calls), "-r", str(rate), *_LIMITS)
    return Sipp(folder, "caller", *arguments, values=values, host=CITIZENS)


_LIMITS = ("-l", "5000", "-max_socket", "5000")


def _media(sound: Path | None) -> dict[str, str]:
    if sound is None:
        return {"PORT": "media_port", "SOUND": ""}
    play = f'<nop><action><exec rtp_stream="{sound},-1,8,PCMA/8000"/></action></nop>'
    return {"PORT": "rtpstream_audio_port", "SOUND": play}


def _ms(seconds: float) -> str:
    return str(round(seconds * 1000))

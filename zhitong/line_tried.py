"""拨测: a software telephone has called a copy of the line; what was found, and how another process is asked to."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

from zhitong.errors import LineNotTried
from zhitong.settings import CHECKOUT, Settings

SENTENCE = "扎西镇停水三天了"
"""What is said in a test call, unless somebody wants another."""
SECONDS = 180.0
"""A machine that has never learned the examples takes a while for the first time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A sentence that was checked, whether it is true, and the figure behind it."""

    sentence: str
    true: bool
    figure: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LineTried:
    """What a test call came to. heard: the words; rings: whose telephone would ring, in order, numbers masked."""

    found: tuple[Found, ...]
    heard: str = ""
    understood: str = ""
    rings: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether all of it was true."""
        return bool(self.found) and all(one.true for one in self.found)


def as_json(tried: LineTried) -> str:
    """For the process that asked."""
    return json.dumps(asdict(tried), ensure_ascii=False)


def try_line(settings: Settings, text: str) -> LineTried:
    """Have a process of its own call a copy of the line and say the text. Raises LineNotTried."""
    environ = {**os.environ, "ZHITONG_FOLDERS__DATA": str(settings.folders.data)}
    command = [sys.executable, "-m", "zhitong.cli", "test-call", "--json", "--", text]
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise LineNotTried(f"拨测 {SECONDS:.0f} 秒没有做完；机器太忙时也会这样，请过一会儿再试") from None
    try:
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        found = tuple(Found(**one) for one in told.pop("found"))
        return LineTried(**{**told, "found": found, "rings": tuple(told["rings"])})
    except (IndexError, ValueError, KeyError, TypeError):
        said = (done.stderr.strip().splitlines() or ["没有说为什么"])[-1]
        raise LineNotTried(f"拨测没有做成：{said[:300]}") from None

"""(f) Who is on duty and who is rung, asked of a very large roster; how soon a change of it counts."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.figures import Figure, at_most, percentile
from bench.large_roster import CHECKED_DAYS, OFFICIALS, OVERRIDES, ROWED, UNITS, YEARS, write_large_roster
from cases.roles import Actor, Role
from dialplans import names
from routing.roster import Override
from zhitong.app import Hotline
from zhitong.directory_files import directory_of, draft_of
from zhitong.trial import Trial, wait_until
from zhitong.usecases.change_roster import put_override
from zhitong.usecases.publish_roster import Draft, publish_roster

CHANGES = 5
BENCH = Actor(name="a", roles=frozenset({Role.DESK}))
DUTY_ROOM, NEW_DUTY_ROOM = "0870-2120001", "0870-2120003"


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (f); the large roster is written in seconds, so quick is the same."""
    size = (
        f"{OFFICIALS} officials, {UNITS} units with rotations, a row a day for {ROWED} of them over {YEARS} years, "
        f"{OVERRIDES} overrides"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say(f"  (f) a roster of {size}")
        overrides = write_large_roster(folder)
        (folder / "overrides.json").write_text(json.dumps(overrides))
        done = subprocess.run(
            [sys.executable, "-m", "bench.large_roster", name], check=True, capture_output=True, text=True, timeout=600
        )
        told = json.loads(done.stdout)
        say("  (f) how soon a change counts, for calls and in AstDB")
        delays, edition = _changes_seen(overrides)
    asked = f"{len(told['route'])} questions, one process, warm; {size}"
    return [
        at_most("f.on_duty.p99", percentile(told["on_duty"], 0.99), 2, "ms", asked),
        at_most("f.route.p99", percentile(told["route"], 0.99), 2, "ms", f"without understanding; {asked}"),
        at_most("f.memory", told["memory"], 300, "MB", f"resident, files and changes read and asked once; {size}"),
        at_most("f.start", told["start"], 5, "s", "files and database read, first ladder planned"),
        at_most("f.check", told["check"], 5, "s", f"everything wrong with the coming {CHECKED_DAYS} days; {size}"),
        at_most("f.change_seen", max(delays), 1, "s", f"longest of {len(delays)}: change written to ladder in AstDB"),
        at_most("f.edition_seen", edition, 1, "s", f"edition published to ladder in AstDB; {size}"),
    ]


def _changes_seen(overrides: dict[str, dict[str, str]]) -> tuple[list[float], float]:
    """Seconds from a change's commit until a call would go by it, and Asterisk's own ladder too; from an edition's."""
    delays = []
    with Trial(overrides=overrides) as trial:
        hotline = trial.start_hotline()
        for n in range(CHANGES):
            now = datetime.now(UTC)
            (first, *_) = hotline.roster.directory.roster.on_duty(now, "u0")
            override = Override(
                off="o0", on=f"o{5001 + n}", start=now - timedelta(minutes=1), end=now + timedelta(hours=1)
            )
            number = str(13800000000 + 5001 + n)
            assert first.official.id != override.on
            put_override(hotline.engine, hotline.roster.base, [override], by=BENCH, reason="b", now=now)
            began = time.monotonic()
            wait_until(lambda number=number: _ladder(hotline)[0] == number, 20, "the change is in AstDB")  # type: ignore[misc]
            delays.append(time.monotonic() - began)
        path = Path(overrides["files"]["roster"])
        path.write_text(path.read_text(encoding="utf-8").replace(DUTY_ROOM, NEW_DUTY_ROOM), encoding="utf-8")
        texts = draft_of(trial.settings)
        directory = directory_of(trial.settings, texts)
        draft = Draft(texts=texts, directory=directory, before=hotline.roster.base, on=hotline.roster.edition.id)
        publish_roster(hotline.engine, draft, by=BENCH, reason="b", now=datetime.now(UTC))
        began = time.monotonic()
        wait_until(lambda: _ladder(hotline)[-1] == NEW_DUTY_ROOM.replace("-", ""), 60, "the edition is in AstDB")
        return delays, time.monotonic() - began


def _ladder(hotline: Hotline) -> list[str]:
    """The ladder that Asterisk holds for this moment."""
    ladders = hotline.ami.db_tree(names.DB_DUTY)
    now = datetime.now(UTC).timestamp()
    past = [key for key in ladders if int(key) <= now]
    return str(ladders[max(past)]).split("|")[0].split("&") if past else [""]

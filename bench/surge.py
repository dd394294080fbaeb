"""(g) 集中来电: 245 citizens call about one matter within minutes. Who is rung, who is told, and is anybody lost?"""

import time
from collections.abc import Callable
from datetime import datetime

from bench.figures import Figure, at_most, known
from cases.roles import Actor, Role
from ivr.softphone import PhoneCall
from ivr.softphone_audio import speech
from ivr.softphone_plan import accepts, say, until_heard, until_quiet
from routing.calendar import LOCAL
from zhitong.app import Hotline
from zhitong.clock import FastForwardClock
from zhitong.store.due import open_tasks, tasks_of
from zhitong.store.engine import reading
from zhitong.store.surges import members_of, surges_not_ended
from zhitong.trial import Trial
from zhitong.usecases.end_surge import close_members, end_surge
from zhitong.watching import Watcher

MORNING = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
WORDS = "扎西镇停水三天了家里没水"
BETWEEN = 1.1
"""Seconds from one call to the next: all of them in less than a third of a quarter of an hour."""
LONGEST = 150.0
"""Seconds that a call may last: the ladder's own promise included."""


def measure(tell: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (g)."""
    calls = 12 if quick else 245
    tell(f"  (g) {calls} citizens call about one matter, one every {BETWEEN} s")
    with Trial(clock=FastForwardClock(MORNING)) as trial:
        hotline, watcher = trial.start_hotline(recognition_trial=False), Watcher()
        hotline.watch(watcher.see)
        for number in hotline.roster.directory.numbers():
            # Somebody who needs 8 s to get to the telephone, and listens to the brief.
            trial.network.phone(number, lines=99).will(accepts(after=8, key_after=4, talk=30))
        said = say(speech(WORDS))
        began = time.monotonic()
        citizens: list[PhoneCall] = []
        for n in range(calls):
            time.sleep(max(0.0, began + n * BETWEEN - time.monotonic()))
            citizens.append(trial.call(f"139{n:08d}", plan=(until_heard(10), until_quiet(0.7, 20), said)))
        for call in citizens:
            call.wait_disconnected(LONGEST)
        seconds = time.monotonic() - began
        hotline.keeper.flush(10)
        rung = {fact.call_id for fact in watcher.facts("rung")}
        talked = {fact.call_id for fact in watcher.facts("talk")}
        told = {fact.call_id for fact in watcher.facts("ended") if fact.detail["outcome"] == "surge"}
        understood = {fact.call_id for fact in watcher.facts("surge")}
        answered = {fact.call_id for fact in watcher.facts("opened")}
        members, notices, callbacks = _casework(hotline)
    how = f"{calls} software telephones, one call every {BETWEEN} s, speech recognized; an official takes each in 12 s"
    return [
        known("g.surge.minutes", seconds / 60, "min", f"from the first call to the end of the last; {how}"),
        at_most("g.surge.unanswered", calls - len(answered), 0, "calls", how),
        known("g.surge.rung", len(rung), "calls", f"an official's telephone rang for them; {how}"),
        known("g.surge.told", len(told), "calls", f"heard the notice, and nobody was rung; {how}"),
        known("g.surge.not_counted", calls - len(understood), "calls", f"the small model was not sure of them; {how}"),
        at_most("g.surge.lost", len(answered - talked - told), 0, "calls", f"neither talked nor were told; {how}"),
        at_most("g.surge.notices_more_than_one", abs(notices - 1), 0, "notices", f"to officials; {how}"),
        at_most("g.surge.not_in_it", len(understood) - members, 0, "cases", f"counted, but no case of it; {how}"),
        at_most("g.surge.no_callback", members - callbacks, 0, "cases", f"of the surge, once it was ended; {how}"),
    ]


def _casework(hotline: Hotline) -> tuple[int, int, int]:
    """(cases of the surge, notices to officials, callbacks due once it has been ended)."""
    with reading(hotline.engine) as connection:
        ((surge, members),) = surges_not_ended(connection)
        mine = set(members_of(connection, surge.id))
        notices = sum(task.kind == "notice:surge" for number in mine for task in tasks_of(connection, number))
    now = hotline.clock.now()
    end_surge(
        hotline.engine, surge.id, result="水管已经修好", by=Actor(name="局长", roles=frozenset({Role.LEADER})), now=now
    )
    close_members(hotline.engine, hotline.rules, now=now)
    with reading(hotline.engine) as connection:
        callbacks = {task.case_number for task in open_tasks(connection, kind="callback")}
    return members, notices, len(callbacks & mine)

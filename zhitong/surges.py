"""The latest calls of each place and matter, in memory: a call is counted whether the database is there or not.

What calls have counted is written with their facts; at start it is read again, and what people do with a surge (know of
it, record an announcement, end it) comes from the database every few seconds. One lock: no two calls open a surge.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cases.surge import Counted, Seen, Surge, SurgeRules, Tally, broke_off, count, has_lapsed, talked
from dialplans.voice import to_linear
from ivr.facts import Fact
from zhitong.store.surges import CountedCall, SurgeState

_log = logging.getLogger(__name__)

Where = tuple[str, str]
"""A town of the gazetteer, and the code of a matter: there are only so many of these."""


class LiveSurges:
    """Counts calls and tells what they came to. Thread-safe; nothing here waits for anything."""

    def __init__(self, rules: SurgeRules, towns: Iterable[str]) -> None:
        self._rules = rules
        self.know_towns(towns)
        self._tallies: dict[Where, Tally] = {}
        self._announcements: dict[str, tuple[str, bytes]] = {}
        self._lock = threading.Lock()

    def know_towns(self, towns: Iterable[str]) -> None:
        """The towns of the words that count now."""
        self._towns = sorted(towns, key=len, reverse=True)

    def see(self, *, call_id: str, caller: str, place: str, matter: str, now: datetime, counts: bool) -> Seen | None:
        """What this call's place and matter come to; it is counted in. None: no town, or (not counting) no surge."""
        town = next((town for town in self._towns if place.startswith(town)), "")
        if not town or not matter:
            return None
        with self._lock:
            tally = self._tallies.get((town, matter), Tally())
            if not counts and (tally.surge is None or has_lapsed(tally.surge.opened_at, now, self._rules)):
                return None
            before = tally.calls
            tally, step = count(tally, Counted(call_id=call_id, caller=caller, at=now), self._rules)
            self._tallies[town, matter] = tally
            surge = tally.surge
            if surge is None:
                return Seen(step=step, town=town)
            earlier = tuple(one.call_id for one in tally.calls if one.call_id != call_id and one in before)
            return Seen(
                step=step,
                town=town,
                surge=surge.id,
                opened_at=surge.opened_at,
                calls=earlier if step == "opened" else (),
                announcement=self._announcements.get(surge.id, ("", b""))[1],
            )

    def open(self, *, place: str, matter: str, now: datetime) -> bool:
        """Whether calls about this are a surge by now; counts nothing in."""
        town = next((town for town in self._towns if place.startswith(town)), "")
        with self._lock:
            tally = self._tallies.get((town, matter), Tally())
        return tally.surge is not None and not has_lapsed(tally.surge.opened_at, now, self._rules)

    def hear(self, fact: Fact) -> None:
        """What happens in calls: a person who talks with one of these callers knows."""
        if fact.kind == "talk":
            self._change(lambda tally: talked(tally, fact.call_id))
        elif fact.kind == "talk_over" and fact.detail.get("why") == "dropped":
            self._change(lambda tally: broke_off(tally, fact.call_id))

    def restore(self, counted: Iterable[CountedCall]) -> None:
        """Calls that were counted before the start, oldest first; those of this run stay what they are."""
        with self._lock:
            for row in counted:
                tally = self._tallies.get((row.town, row.matter), Tally())
                if tally.surge is None and all(one.call_id != row.call_id for one in tally.calls):
                    call = Counted(call_id=row.call_id, caller=row.caller, at=row.at)
                    told = tally.talked | {row.call_id} if row.talked else tally.talked
                    self._tallies[row.town, row.matter] = replace(tally, calls=(*tally.calls, call), talked=told)

    def look(self, states: Mapping[str, SurgeState], now: datetime) -> None:
        """How the surges stand in the database, by id: those that are open, and those of this memory.

        One that has lapsed by now is open no more, whether that has been written down or not: else the calls that are
        counted anew for its place and matter would be taken for its own, and lost with it.
        """
        alive = {id for id, one in states.items() if one.open and not has_lapsed(one.opened_at, now, self._rules)}
        wanted = {id: state.announcement for id, state in states.items() if id in alive and state.announcement}
        with self._lock:
            kept = {id: told for id, told in self._announcements.items() if wanted.get(id) == told[0]}
        sounds = kept | {id: (path, _sound(path)) for id, path in wanted.items() if id not in kept}
        with self._lock:
            self._announcements = sounds
            for state in states.values():
                where = (state.town, state.matter)
                tally = self._tallies.get(where, Tally())
                if state.id in alive and (tally.surge is None or tally.surge.id == state.id):
                    self._tallies[where] = _as_known(tally, state)
                elif state.id not in alive and tally.surge is not None and tally.surge.id == state.id:
                    del self._tallies[where]

    def ids(self) -> tuple[str, ...]:
        """The surges that are open as far as is known here."""
        with self._lock:
            return tuple(tally.surge.id for tally in self._tallies.values() if tally.surge is not None)

    def _change(self, change: Callable[[Tally], Tally]) -> None:
        with self._lock:
            for where, tally in self._tallies.items():
                self._tallies[where] = change(tally)


def _as_known(tally: Tally, state: SurgeState) -> Tally:
    """The tally with what the database says of its surge; the opening call stands for talks that only it knows of."""
    here = tally.surge
    surge = Surge(
        id=state.id,
        opened_at=state.opened_at,
        last_at=max(state.last_at, here.last_at) if here else state.last_at,
        acknowledged=state.acknowledged,
    )
    return replace(tally, surge=surge, talked=tally.talked | {state.id} if state.talked else tally.talked)


def _sound(path: str) -> bytes:
    try:
        return to_linear(Path(path).read_bytes())
    except OSError as error:
        _log.error("an announcement cannot be read (%s); the general sentence is said", error.strerror)
        return b""

"""大屏: counts for a hall's wall, 1920×1080, live; a right of its own, nothing personal."""

import logging
import threading
import time
from collections import Counter
from dataclasses import asdict
from typing import Any

from fastapi import Request
from starlette.responses import Response

from cases.roles import Action
from recognizer.errors import RecognizerError
from recognizer.taxonomy import load_taxonomy
from zhitong.console.feed import Feed, event
from zhitong.console.office import Office
from zhitong.console.room import Room, page, stream, the_visitor
from zhitong.errors import StoreError
from zhitong.live.calls import Phase
from zhitong.usecases.screen import SHOWN, Screen, count_screen, see_screen

log = logging.getLogger(__name__)

COUNT_SECONDS = 10.0
"""So old the counts of the database may be; calls that are up are as they are now."""
PAGE_SECONDS = 600.0
"""So old they may be in the page itself: newer ones come a second later, and to count a million cases takes time."""
EVERY_SECONDS = 1.0
_PHASES = {"说话": (Phase.NOTICE, Phase.LISTENING), "找人": (Phase.RINGING, Phase.NOBODY), "通话": (Phase.TALKING,)}


def screen_room() -> Room:
    """Its pages."""
    room = Room(path="/screen", name="大屏", right=Action.SCREEN)
    sources: list[Counts] = []
    feeds: list[Feed] = []
    lock = threading.Lock()

    def of(office: Office) -> tuple[Counts, Feed]:
        with lock:
            if not sources:
                sources.append(Counts(office))
                feeds.append(Feed(sources[0], every=EVERY_SECONDS))
            return sources[0], feeds[0]

    @room.get("")
    def screen(request: Request) -> Response:
        visitor = the_visitor(request)
        see_screen(visitor.office.engine, by=visitor.actor, now=visitor.office.now())
        counts, _ = of(visitor.office)
        name = visitor.office.settings.hotline.name
        return page(request, "screen.html", told=counts.now(PAGE_SECONDS), rows=range(SHOWN), name=name)

    @room.stream("/live", touch=True)
    async def live(request: Request) -> Response:
        return stream(request, of(the_visitor(request).office)[1], Action.SCREEN, touch=True)

    return room


class Counts:
    """What the screen shows, as events: all of it each time anything has changed."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._lock = threading.Lock()
        self._counted: tuple[float, Screen | None] = (float("-inf"), None)
        self._told: dict[str, Any] | None = None

    def first(self) -> bytes:
        """What is shown."""
        return event("screen", self._told or self.now())

    def next(self) -> bytes | None:
        """What is shown, where it is not what was told last."""
        told = self.now()
        if told == self._told:
            return None
        self._told = told
        return event("screen", told)

    def now(self, oldest: float = COUNT_SECONDS) -> dict[str, Any]:
        """The counts, none older than so many seconds, unless the database is away."""
        with self._lock:
            at, screen = self._counted
            if time.monotonic() - at >= oldest:
                screen = self._count() or screen
                self._counted = (time.monotonic(), screen)
        up, calls = self._office.live.state
        phases = Counter(call.phase for call in calls.values() if call.kind in ("inbound", "redial"))
        live = {name: sum(phases[one] for one in of) for name, of in _PHASES.items()} if up else None
        return {"live": live, **(asdict(screen) if screen else {})}

    def _count(self) -> Screen | None:
        office = self._office
        try:
            towns = load_taxonomy(office.settings.files.taxonomy).towns
            return count_screen(office.engine, towns=towns, now=office.now())
        except (StoreError, RecognizerError) as error:
            log.warning("the big screen shows older counts: %s", error)
            return None

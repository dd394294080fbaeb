"""An office over a hotline that runs in this process: its pages show its calls, its cases, its roster."""

from collections.abc import Iterator
from contextlib import contextmanager

from zhitong.app import Hotline
from zhitong.clock import Clock
from zhitong.console.office import Office
from zhitong.live.calls import socket_path
from zhitong.live.reader import Live
from zhitong.settings import Settings


@contextmanager
def office_of(hotline: Hotline, settings: Settings, clock: Clock) -> Iterator[Office]:
    """Told of the hotline's calls until it is left."""
    live = Live(socket_path(settings.folders.data))
    live.start()
    try:
        assert live.wait_until(lambda up, calls: up, 5)
        yield Office(
            settings=settings,
            engine=hotline.engine,
            now=clock.now,
            directory=lambda: hotline.roster.directory,
            rules=lambda: hotline.rules,
            base=lambda: hotline.roster.base,
            look=lambda: hotline.roster.look(clock.now()),
            understanding=lambda: hotline.understanding.now,
            live=live,
        )
    finally:
        live.stop()

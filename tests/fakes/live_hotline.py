"""A hotline's end of the live link without a telephone, and an office that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.fakes.told_calls import ToldCall
from zhitong.console.office import Office
from zhitong.live.calls import Calls, Command, socket_path
from zhitong.live.link import LiveLink
from zhitong.live.reader import Live

LIMIT = 10.0


@dataclass
class LiveHotline:
    """Tells what it is given to hear. commands: that it was given; why_not: what it answers them."""

    folder: Path
    commands: list[Command] = field(default_factory=list)
    why_not: str = ""

    def __post_init__(self) -> None:
        self.link = LiveLink(
            socket_path(self.folder),
            called=lambda number: {"13900000001": "局长王明", "13900000002": "副局长李强"}.get(number, "别的人"),
            command=self._command,
            alive=lambda: frozenset(self.link.calls),
        )

    def hear(self, *calls: ToldCall) -> None:
        """Every fact of these calls."""
        for call in calls:
            for fact in call.facts:
                self.link.hear(fact)

    def _command(self, command: Command) -> str:
        self.commands.append(command)
        return self.why_not


@contextmanager
def live_hotline(office: Office, folder: Path) -> Iterator[tuple[LiveHotline, Office]]:
    """A hotline that tells, and the office as its console has it."""
    hotline, live = LiveHotline(folder), Live(socket_path(folder))
    hotline.link.start()
    live.start()
    try:
        wait_seen(live, {})
        yield hotline, replace(office, live=live)
    finally:
        live.stop()
        hotline.link.stop()


def wait_seen(live: Live, calls: Calls) -> None:
    """Until the console has these calls."""
    assert live.wait_until(lambda up, seen: up and seen == calls, LIMIT), f"the console has {live.state}"

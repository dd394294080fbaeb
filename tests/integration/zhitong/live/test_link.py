"""The live link on a real socket: readers that read, that do not, a hotline that is gone, hangs, or comes back."""

import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.told_calls import ToldCall
from zhitong.errors import HotlineAway, LiveRefused
from zhitong.live.calls import WATCH, Calls, Command, Phase, socket_path
from zhitong.live.link import READERS, LiveLink
from zhitong.live.reader import Live

LIMIT = 10.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A path longer than a socket's name may be."""
    return socket_path(tmp_path / ("a folder with a long name " * 5))


@contextmanager
def telling(path: Path, command: Callable[[Command], str] = lambda one: "", slow: float = 5.0) -> Iterator[LiveLink]:
    """A hotline that tells."""
    alive = Alive()
    link = LiveLink(path, called=lambda number: "局长王明", command=command, alive=alive, slow=slow)
    link.start()
    try:
        yield link
    finally:
        link.stop()


class Alive:
    """Every call is up."""

    def __call__(self) -> "Alive":
        return self

    def __iter__(self) -> Iterator[str]:
        return (f"{i}.1" for i in range(3000))

    def __len__(self) -> int:
        return 3000


@contextmanager
def reading(path: Path) -> Iterator[Live]:
    """A console that reads."""
    live = Live(path)
    live.start()
    try:
        yield live
    finally:
        live.stop()


def sees(live: Live, true: Callable[[Calls], bool]) -> bool:
    return live.wait_until(lambda up, calls: up and true(calls), LIMIT)


def tell(link: LiveLink, call: ToldCall) -> None:
    for fact in call.facts:
        link.hear(fact)


def test_a_reader_gets_the_calls_that_are_up_and_then_what_changes(path: Path) -> None:
    call = ToldCall("1.1").opened().note(1, "asked", prompt="question")
    with telling(path) as link, reading(path) as live:
        tell(link, call)
        assert sees(live, lambda calls: calls["1.1"].phase is Phase.LISTENING if calls else False)
        link.hear(call.note(2, "partial", text="停水").facts[-1])
        assert sees(live, lambda calls: calls["1.1"].hearing == "停水")
        with reading(path) as late:
            assert sees(late, lambda calls: calls["1.1"].hearing == "停水" if calls else False)
        link.hear(call.note(3, "gone", phase="listen").facts[-1])
        assert sees(live, lambda calls: not calls)


def test_nobody_else_may_open_the_socket(path: Path) -> None:
    with telling(path), reading(path) as live:
        assert sees(live, lambda calls: True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_reader_that_does_not_read_is_dropped_and_holds_up_neither_the_call_nor_the_others(path: Path) -> None:
    with telling(path, slow=0.5) as link, reading(path) as live:
        assert sees(live, lambda calls: True)
        with socket.socket(socket.AF_UNIX) as dead:
            _connect(dead, path)
            dead.sendall(WATCH)
            calls = [ToldCall(f"{i}.1").opened() for i in range(1000)]
            for call in calls:
                tell(link, call)
            slowest, words, until = 0.0, 0, time.monotonic() + LIMIT
            while not _closed(dead) and time.monotonic() < until:
                fact = calls[words % 1000].note(1, "partial", text=f"{'停水' * 150}{words}").facts[-1]
                began = time.perf_counter()
                link.hear(fact)
                slowest, words = max(slowest, time.perf_counter() - began), words + 1
            assert _closed(dead), "a reader that never reads is still there"
        assert slowest < 0.2, f"a call waited {slowest:.3f} s for its readers"
        last = calls[0].note(2, "partial", text="最后一句").facts[-1]
        link.hear(last)
        assert sees(live, lambda calls: calls["0.1"].hearing == "最后一句"), "the other reader goes on"


def test_only_so_many_may_read_and_whoever_says_nothing_makes_room(path: Path) -> None:
    with telling(path), reading(path) as live:
        assert sees(live, lambda calls: True)
        idle = [socket.socket(socket.AF_UNIX) for _ in range(READERS)]
        for one in idle:
            _connect(one, path)
        closed = [_ended(one) for one in idle]
        assert all(closed), "a connection that says nothing is not kept"
        assert sees(live, lambda calls: True)
        for one in idle:
            one.close()


NONSENSE = [b"x\n", b"[1]\n", b'{"do":"end"}\n', b'{"do":"end","call":"1","by":""}\n', b"{" * 9999]


@pytest.mark.parametrize("line", NONSENSE)
def test_what_is_no_line_of_ours_ends_the_connection_and_nothing_else(path: Path, line: bytes) -> None:
    with telling(path) as link, reading(path) as live:
        assert sees(live, lambda calls: True)
        with socket.socket(socket.AF_UNIX) as other:
            _connect(other, path)
            other.sendall(line)
            assert _ended(other)
        tell(link, ToldCall("1.1").opened())
        assert sees(live, lambda calls: "1.1" in calls)


def test_a_hotline_that_is_gone_has_no_calls_until_it_is_back(path: Path) -> None:
    with reading(path) as live:
        assert not live.state[0]
        with telling(path) as link:
            tell(link, ToldCall("1.1").opened())
            assert sees(live, lambda calls: "1.1" in calls)
        assert live.wait_until(lambda up, calls: not up and not calls, LIMIT)
        with telling(path) as link:
            tell(link, ToldCall("2.1").opened())
            assert sees(live, lambda calls: set(calls) == {"2.1"})


def test_a_hotline_that_hangs_is_taken_for_gone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as hung:
        _bind(hung, path)
        hung.listen()
        with reading(path) as live:
            theirs, _ = hung.accept()
            theirs.sendall(b'{"calls":[]}\n')
            assert sees(live, lambda calls: True)
            assert live.wait_until(lambda up, calls: not up, LIMIT), "it says nothing any more"
            theirs.close()


def test_a_call_whose_end_was_lost_does_not_stay_on_the_board(path: Path) -> None:
    up = {"1.1", "2.1"}
    link = LiveLink(path, called=str, command=lambda one: "", alive=lambda: up)
    link.start()
    try:
        with reading(path) as live:
            tell(link, ToldCall("1.1").opened())
            tell(link, ToldCall("2.1").opened())
            assert sees(live, lambda calls: set(calls) == up)
            up.discard("1.1")
            assert sees(live, lambda calls: set(calls) == {"2.1"})
    finally:
        link.stop()


def test_a_command_is_done_or_told_why_not(path: Path) -> None:
    done: list[Command] = []

    def command(one: Command) -> str:
        done.append(one)
        return "" if one.call == "1.1" else "这个来电已经结束"

    wanted = Command(do="transfer", call="1.1", to="director", by="受理周敏")
    with telling(path, command), reading(path) as live:
        assert sees(live, lambda calls: True)
        live.order(wanted)
        assert done == [wanted]
        with pytest.raises(LiveRefused, match="已经结束"):
            live.order(Command(do="end", call="2.1", by="受理周敏"))


def test_a_command_to_nobody_says_so(path: Path) -> None:
    for live in (Live(path), Live()):
        with pytest.raises(HotlineAway, match="值班室"):
            live.order(Command(do="end", call="1.1", by="受理周敏"))


def test_a_folder_that_cannot_be_written_leaves_the_hotline_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("no folder")
    with telling(socket_path(tmp_path)) as link:
        tell(link, ToldCall("1.1").opened())
        assert "1.1" in link.calls


def _connect(one: socket.socket, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        one.settimeout(LIMIT)
        one.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _bind(one: socket.socket, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        one.settimeout(LIMIT)
        one.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _closed(one: socket.socket) -> bool:
    """Whether the other side has closed, without reading anything."""
    try:
        one.send(b" ")
    except OSError:
        return True
    return False


def _ended(one: socket.socket) -> bool:
    """Whether the other side closes."""
    try:
        return one.recv(1) == b""
    except ConnectionError:
        return True

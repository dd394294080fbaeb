"""pyst2's verbs on our wire, against recorded dialogues and hostile values."""

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest
from asterisk.agi import AGIAppError, AGIInvalidCommand, AGIUsageError
from hypothesis import given
from hypothesis import strategies as st

from dialplans.escaping import Unescapable
from ivr.agi import LINE_LIMIT, Agi, AgiGone, agi_server
from tests.fakes.recorded_agi import play


def recorded(name):
    """An Agi that talks to the recording, and the future of the playing."""
    ours, theirs = socket.socketpair()
    playing = ThreadPoolExecutor(1).submit(play, theirs, name)
    return Agi(ours), playing


def test_the_verbs_read_every_kind_of_reply():
    agi, playing = recorded("verbs")
    agi.noop()
    with pytest.raises(AGIInvalidCommand):
        agi.execute("BOGUS")
    with pytest.raises(AGIUsageError):
        agi.execute("SET VARIABLE")
    assert agi.get_variable("X") == ""
    agi.set_variable("X", 'a) b=c (d "q" 中文\\')
    assert agi.get_variable("X") == 'a) b=c (d "q" 中文\\'
    with pytest.raises(AGIAppError):
        agi.appexec("NoSuchApp", "x")
    agi.close()
    playing.result(5)


def test_the_header_is_read_without_a_word_to_stderr(capsys):
    agi, playing = recorded("answer")
    assert agi.request == ("answer",)
    assert agi.env["agi_arg_2"] == "13900000009"
    agi.close()
    assert capsys.readouterr() == ("", "")
    with pytest.raises(AssertionError):
        playing.result(5)  # it expected us to go on


def test_an_unsolicited_hangup_is_no_reply_and_a_dead_channel_is_gone():
    agi, playing = recorded("hangup")
    agi.noop()
    assert agi.hung_up
    agi.set_variable("X", "1")
    assert agi.get_variable("X") == "1"
    with pytest.raises(AgiGone):
        agi.stream_file("beep")
    agi.noop()
    agi.close()
    playing.result(5)


class Peer:
    """The other end of one AGI request."""

    def __init__(self, limit=2.0):
        self.socket, self.ours = socket.socketpair()
        self.socket.sendall(b"agi_request: x\n\n")
        self.agi = Agi(self.ours, limit=limit)

    def replies(self, *lines):
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def line(self):
        self.socket.settimeout(5)
        return self.socket.recv(65536)


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_set_is_one_line_or_refused(name, value):
    peer = Peer()
    peer.replies("200 result=1")
    try:
        peer.agi.set_variable(name, value)
    except (Unescapable, ValueError):
        peer.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.socket.recv(1)
        return
    finally:
        peer.agi.close()
    sent = peer.line()
    peer.socket.close()
    assert sent.count(b"\n") == 1
    assert sent.endswith(b'"\n')
    assert b"\r" not in sent
    assert len(sent) <= LINE_LIMIT


plain = st.text("abcXYZ019_./&+@:-", max_size=200)
some_values = st.dictionaries(
    st.from_regex(r"HL_[A-Z]{1,8}|SHARED\(P[0-9]{1,2}\)", fullmatch=True), plain | st.text(max_size=50)
)


@given(some_values)
def test_many_variables_arrive_each_as_it_is_and_in_their_order(values):
    peer = Peer()
    peer.replies(*["200 result=0"] * (len(values) + 1))
    try:
        peer.agi.set_variables(values)
    except Unescapable:  # what would be two lines is refused; no text of ours has such characters
        return
    peer.ours.shutdown(socket.SHUT_WR)
    arrived = {}
    peer.socket.settimeout(5)
    for line in peer.socket.makefile("r", encoding="utf-8", newline="\n"):
        assert len(line.encode()) < LINE_LIMIT
        if line.startswith("EXEC MSet "):
            assert '"' not in line[11:-2] and "\\" not in line  # nothing that Asterisk's reader would take for more
            arrived |= dict(pair.split("=") for pair in line[11:-2].split(","))
        else:
            name, value = re.fullmatch(r'SET VARIABLE "(.*?)" "(.*)"\n', line, re.DOTALL).groups()
            arrived[name] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
    assert list(arrived.items()) == list(values.items())


@pytest.mark.parametrize("length", [2000, 2048, 5000])
def test_a_line_that_asterisk_would_split_is_refused_and_nothing_is_sent(length):
    peer = Peer()
    with pytest.raises(ValueError, match=r"limit|2048"):
        peer.agi.set_variable("X" * 40, "中" * length)
    peer.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.socket.recv(1)


def test_a_variable_whose_value_is_hangup_is_no_hangup():
    peer = Peer()
    peer.replies("200 result=1 (hangup)")
    assert peer.agi.get_variable("X") == "hangup"


def test_a_torn_reply_is_put_together():
    peer = Peer()
    sent = threading.Thread(
        target=lambda: [(peer.socket.sendall(bytes([b])), time.sleep(0.001)) for b in "200 result=1 (中文)\n".encode()]
    )
    sent.start()
    assert peer.agi.get_variable("X") == "中文"
    sent.join()


@pytest.mark.parametrize("reply", ["", "nonsense", "200", "999 what", "200 no result"])
def test_what_is_no_reply_ends_the_request(reply):
    peer = Peer()
    peer.replies(reply)
    with pytest.raises(AgiGone):
        peer.agi.noop()


def test_a_silent_asterisk_is_given_up_after_the_limit():
    peer = Peer(limit=0.2)
    began = time.monotonic()
    with pytest.raises(AgiGone):
        peer.agi.noop()
    assert time.monotonic() - began >= 0.2


def test_a_closed_connection_is_gone_in_reading_and_writing():
    peer = Peer()
    peer.socket.close()
    with pytest.raises(AgiGone):
        peer.agi.noop()
    with pytest.raises(AgiGone):
        peer.agi.set_variable("X", "1")


@pytest.mark.parametrize("line", [b"a: b\n" * 1000, b"x" * 100_000])
def test_a_header_without_end_is_refused(line):
    ours, theirs = socket.socketpair()
    threading.Thread(target=lambda: _swallow(theirs.sendall, line), daemon=True).start()
    with pytest.raises(AgiGone):
        Agi(ours, limit=2.0)
    ours.close()


def _swallow(do, *args):
    try:
        do(*args)
    except OSError:
        return


# --- the server -------------------------------------------------------------------------------------------------------


@pytest.fixture
def served():
    seen, server = [], None

    def on_request(agi):
        seen.append(agi.request)
        agi.set_variable("X", "1")
        agi.close()

    server = agi_server(on_request, limit=4)
    server.start()
    yield server, seen
    server.stop()


def ask(port, path="answer"):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"agi_network_script: {path}\n\n".encode())
        said = connection.makefile("r").readline()
        connection.sendall(b"200 result=1\n")
        assert connection.makefile("r").readline() == ""
        return said


def test_requests_are_served_side_by_side():
    all_here = threading.Barrier(4)

    def on_request(agi):
        all_here.wait(5)
        agi.set_variable("X", str(agi.request[1]))
        agi.close()

    server = agi_server(on_request, limit=4)
    server.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            said = pool.map(lambda n: ask(server.port, f"next/{n}"), range(4))
            assert list(said) == [f'SET VARIABLE "X" "{n}"\n' for n in range(4)]
    finally:
        server.stop()


def test_a_connect_and_close_probe_does_no_harm(served):
    server, seen = served
    for _ in range(100):
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    for _ in range(200):  # the probes' threads leave their seats within moments
        try:
            assert ask(server.port) == 'SET VARIABLE "X" "1"\n'
            break
        except (AssertionError, OSError):
            threading.Event().wait(0.02)
    assert seen == [("answer",)]


def test_silent_connections_fill_the_seats_only_for_a_while(served):
    server, _ = served
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(4)]
    refused = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    assert refused.recv(1) == b"", "a fifth one is refused at the door"
    for connection in silent:
        assert connection.recv(1) == b"", "each is given up after its limit"
    assert ask(server.port) == 'SET VARIABLE "X" "1"\n'


def test_a_handler_that_fails_closes_its_request_and_no_other():
    def on_request(agi):
        if agi.request == ("bad",):
            raise RuntimeError("a fault of the program")
        agi.set_variable("X", "1")
        agi.close()

    server = agi_server(on_request)
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as bad:
        bad.sendall(b"agi_network_script: bad\n\n")
        assert bad.recv(1) == b""
    assert ask(server.port) == 'SET VARIABLE "X" "1"\n'
    server.stop()


def test_a_stopped_server_refuses():
    server = agi_server(lambda agi: agi.close())
    server.start()
    port = server.port
    server.stop()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_only_who_knows_the_token_is_served():
    served = SimpleQueue()

    def take(agi):
        served.put(agi.request)
        agi.close()

    server = agi_server(take, token="secret")
    server.start()
    try:
        for path in ("answer", "wrong/answer", "", "secret/answer"):
            with socket.create_connection(("127.0.0.1", server.port), 5) as asking:
                asking.sendall(f"agi_network: yes\nagi_network_script: {path}\n\n".encode())
                assert asking.recv(1) == b""  # served or not, nothing is said and it is closed
        assert served.get(timeout=5) == ("answer",)
        assert served.empty()
    finally:
        server.stop()

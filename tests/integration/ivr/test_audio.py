import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio import SILENCE_FRAME, WIRE_BYTES, AudioConnection, AudioGone, audio_server, framed

ID = uuid.UUID("12345678-1234-1234-1234-a00000000001")
HELLO = b"\x01\x00\x10" + ID.bytes


def connected():
    ours, theirs = socket.socketpair()
    theirs.sendall(HELLO)
    return AudioConnection(ours, limit=2.0), theirs


def frame(kind, payload):
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


def read_all(audio, until):
    pcm, digits, still = b"", "", True
    for _ in range(1000):
        got = audio.receive()
        pcm, digits, still = pcm + got.pcm, digits + got.digits, got.open
        if until(pcm, digits) or not still:
            return pcm, digits, still
        threading.Event().wait(0.001)
    raise AssertionError("never came")


def test_the_first_frame_says_whose_connection_it_is():
    audio, _ = connected()
    assert audio.uuid == str(ID)


@pytest.mark.parametrize("first", [b"", b"\x01\x00", b"GET / HTTP/1.1\r\n\r\n  ", b"\x10\x00\x10" + bytes(16)])
def test_anything_else_first_is_refused(first):
    ours, theirs = socket.socketpair()
    theirs.sendall(first)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(AudioGone):
        AudioConnection(ours, limit=2.0)


def test_a_connection_that_says_nothing_is_given_up():
    ours, _theirs = socket.socketpair()
    with pytest.raises(AudioGone):
        AudioConnection(ours, limit=0.1)


@given(
    st.lists(
        st.one_of(
            st.binary(min_size=0, max_size=700).map(lambda pcm: ("sound", pcm)),
            st.sampled_from("0123456789*#").map(lambda digit: ("digit", digit)),
            st.binary(max_size=20).map(lambda data: ("other", data)),
        ),
        max_size=20,
    ),
    st.lists(st.integers(1, 900), min_size=1, max_size=20),
)
def test_frames_survive_any_tearing(frames, cuts):
    audio, theirs = connected()
    data = b"".join(
        frame({"sound": 0x10, "digit": 0x03, "other": 0x42}[kind], value.encode() if kind == "digit" else value)
        for kind, value in frames
    )
    sound = b"".join(value for kind, value in frames if kind == "sound")
    digits = "".join(value for kind, value in frames if kind == "digit")
    got_sound, got_digits, at, n = b"", "", 0, 0
    while at < len(data):
        cut = cuts[n % len(cuts)]
        theirs.sendall(data[at : at + cut])
        at, n = at + cut, n + 1
        got = audio.receive()
        got_sound, got_digits = got_sound + got.pcm, got_digits + got.digits
    assert (got_sound, got_digits) == (sound, digits)
    audio.close()
    theirs.close()


def test_the_end_frame_and_a_close_both_end_it():
    audio, theirs = connected()
    theirs.sendall(frame(0x10, b"ab") + frame(0x00, b""))
    assert read_all(audio, lambda pcm, digits: False) == (b"ab", "", False)
    assert not audio.receive().open
    assert not audio.send(SILENCE_FRAME)

    audio, theirs = connected()
    theirs.close()
    assert read_all(audio, lambda pcm, digits: False) == (b"", "", False)


def test_ending_sends_the_end_frame_also_while_sound_keeps_coming():
    audio, theirs = connected()
    theirs.sendall(frame(0x10, bytes(320)) * 50)
    audio.send(SILENCE_FRAME)

    def other_side():
        received = b""
        theirs.settimeout(5)
        while not received.endswith(b"\x00\x00\x00") or len(received) < WIRE_BYTES + 3:
            received += theirs.recv(4096)
        theirs.close()
        return received

    reading = ThreadPoolExecutor(1).submit(other_side)
    audio.end()
    assert reading.result(5) == SILENCE_FRAME + b"\x00\x00\x00"


def test_ending_does_not_wait_for_ever_on_a_side_that_never_closes():
    audio, theirs = connected()
    audio.end(limit=0.1)
    assert theirs.recv(10) == b"\x00\x00\x00"


def test_a_stuck_side_gets_whole_frames_or_none():
    audio, theirs = connected()
    sent = 0
    for _ in range(100_000):
        if not audio.send(SILENCE_FRAME * 4):
            break
        sent += 4
        if sent > 20_000:
            break
    # The buffers were full long before; what arrives is whole frames all the same.
    theirs.settimeout(0.2)
    received = b""
    try:
        while data := theirs.recv(1 << 20):
            received += data
    except TimeoutError:
        pass
    whole, rest = divmod(len(received), WIRE_BYTES)
    assert whole > 100
    assert received[: whole * WIRE_BYTES] == SILENCE_FRAME * whole
    audio.send(SILENCE_FRAME)
    theirs.settimeout(5)
    tail = received[len(received) - rest :] if rest else b""
    while len(tail) % WIRE_BYTES or not tail:
        tail += theirs.recv(WIRE_BYTES)
    assert tail == SILENCE_FRAME * (len(tail) // WIRE_BYTES)


@given(st.binary(max_size=5000))
def test_framing_loses_nothing_and_fills_with_silence(pcm):
    wire = framed(pcm)
    assert len(wire) % WIRE_BYTES == 0
    back = b"".join(wire[at + 3 : at + WIRE_BYTES] for at in range(0, len(wire), WIRE_BYTES))
    assert back[: len(pcm)] == pcm
    assert not back[len(pcm) :].strip(b"\0")


def test_the_server_hands_each_connection_over_and_survives_probes():
    seen = []
    arrived = threading.Event()

    def on_connection(audio):
        seen.append(audio.uuid)
        arrived.set()
        audio.end()

    server = audio_server(on_connection)
    server.start()
    for _ in range(20):
        socket.create_connection(("127.0.0.1", server.port)).close()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(HELLO)
        assert connection.recv(3) == b"\x00\x00\x00"
    assert arrived.wait(5)
    assert seen == [str(ID)]
    server.stop()

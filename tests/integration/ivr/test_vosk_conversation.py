"""A conversation over a real socket pair with the real recognizer, fed with synthesised telephone speech."""

import os
import signal
import socket
import threading
import uuid
from pathlib import Path

import pytest

from ivr.audio import AudioConnection
from ivr.softphone_audio import speech
from ivr.speech import Conversation, Deaf, Said, SpeechSettings
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.g711 import decode, encode
from recognizer.taxonomy import load_taxonomy
from recognizer.understanding import understand

ROOT = Path(__file__).parents[3]
PROMPT = (b"\x00\x10\x00\xf0" * 80) * 300
"""Six seconds of a tone: so long that on a busy machine, too, words are recognized before it ends."""


@pytest.fixture(scope="module")
def decoder():
    decoder = Decoder(DecoderSettings(model=ROOT / "recognizer" / "demo_model", ping_limit=10.0))
    decoder.start()
    yield decoder
    decoder.stop()


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy(ROOT / "config" / "taxonomy.toml")


class Caller:
    """Sends frames of 20 ms in real time, like Asterisk, and counts what it gets."""

    def __init__(self, pcm: bytes) -> None:
        ours, self._theirs = socket.socketpair()
        self._theirs.sendall(b"\x01\x00\x10" + uuid.uuid4().bytes)
        self.audio = AudioConnection(ours)
        self._pcm = decode(encode(pcm))
        self._over = threading.Event()
        self.frames: list[bytes] = []
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._speak, self._listen)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        self._theirs.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _speak(self) -> None:
        at = 0
        while not self._over.wait(0.02):
            frame = self._pcm[at : at + 320].ljust(320, b"\0")
            at += 320
            try:
                self._theirs.sendall(b"\x10\x01\x40" + frame)
            except OSError:
                return

    def _listen(self) -> None:
        buffer = b""
        while data := self._theirs.recv(65536):
            buffer += data
            while len(buffer) >= 323:
                self.frames.append(buffer[3:323])
                buffer = buffer[323:]

    @property
    def prompt_frames(self) -> int:
        """Frames of prompt the caller has been sent."""
        return sum(frame != bytes(320) for frame in self.frames)


def ask(decoder, caller, partials):
    talk = Conversation(
        caller.audio,
        listen=lambda: decoder.open(deadline=5.0),
        activity=lambda: VoiceActivity(ActivitySettings(silence=0.2)),
        settings=SpeechSettings(),
        on_partial=partials.append,
    )
    try:
        return talk.ask(PROMPT)
    finally:
        caller.stop()


@pytest.mark.parametrize(
    ("sentence", "intent", "matter"),
    [
        ("扎西镇的水管漏水没人管", "request", "A1"),
        ("我要投诉人社局窗口没有人", "request", "C2"),
        ("我要找局长", "director", None),
        ("喂你好", "greeting", None),
    ],
)
def test_what_is_said_over_the_question_is_heard_and_understood(decoder, taxonomy, sentence, intent, matter):
    partials = []
    caller = Caller(bytes(16000) + speech(sentence))
    said = ask(decoder, caller, partials)
    assert isinstance(said, Said)
    request = understand(said.text, taxonomy=taxonomy)
    assert (request.intent, request.matter) == (intent, matter), said.text
    assert partials, "words are shown while they are spoken"
    assert caller.prompt_frames < 300, "the question stopped"
    # The clip holds the speech: about as long as the sentence, and not the silence before it.
    spoken = len(speech(sentence)) / 16000
    assert min(spoken, 6.0) - 0.5 <= len(said.clip) / 16000 <= min(spoken + 1.5, 6.1)


def test_the_clip_can_be_recognized_again(decoder):
    sentence = "扎西镇的水管漏水没人管"
    said = ask(decoder, Caller(bytes(16000) + speech(sentence)), [])
    stream = decoder.open(deadline=5.0)
    stream.send(said.clip + bytes(8000))
    heard = [result.text for result in stream.poll() if hasattr(result, "unknown_share")]
    last = stream.finish(5.0)
    stream.close()
    assert "水管" in "".join(heard) + (last.text if last else "")


def test_the_recognizer_killed_in_mid_speech_is_told_at_once(decoder):
    partials = []
    caller = Caller(bytes(8000) + speech("扎西镇的水管漏水没人管") * 3)
    told = threading.Event()

    def kill():
        while not partials and not told.wait(0.02):
            pass
        for pid in decoder.process_ids:
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    answer = ask(decoder, caller, partials)
    told.set()
    killer.join()
    assert isinstance(answer, Deaf)
    assert answer.clip

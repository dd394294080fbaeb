"""The desk's microphone, or a sound file in its place: trying the recognizer out, and recording prompts."""

import contextlib
import os
import queue
import select
import threading
import time
import wave
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recognizer import g711
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.decoder import DecoderStream
from recognizer.errors import SoundError
from recognizer.transcript import Partial, Utterance

SAMPLE_RATE = 8000
FRAME_BYTES = 320
_FRAME_SECONDS = 0.02
_NO_SOUND = "这台机器上不能录音：{why}。请接上麦克风；缺 PortAudio 时运行 apt install libportaudio2"
_LEAD = 0.15
_TAIL = 0.25
"""Seconds of quiet kept before and after the voice of a recorded prompt."""


def microphone_frames(*, stop: threading.Event, device: int | str | None = None) -> Iterator[bytes]:
    """Frames of 20 ms from the microphone (16 bit, 8 kHz, mono) until `stop` is set.

    Raises SoundError when there is no sound card, no microphone, or no PortAudio.
    """
    try:
        # PortAudio is looked for at import: a server without a sound card must never need it.
        import sounddevice
    except (ImportError, OSError) as error:
        raise SoundError(_NO_SOUND.format(why=error)) from error
    frames: queue.Queue[bytes] = queue.Queue(maxsize=250)

    def take(data: bytes, count: int, when: object, status: object) -> None:
        with contextlib.suppress(queue.Full):  # the reader is 5 s behind: better a gap than ever more delay
            frames.put_nowait(bytes(data))

    try:
        with sounddevice.RawInputStream(
            samplerate=SAMPLE_RATE,
            blocksize=FRAME_BYTES // 2,
            channels=1,
            dtype="int16",
            device=device,
            callback=take,
        ):
            while not stop.is_set():
                try:
                    yield frames.get(timeout=1.0)
                except queue.Empty:
                    raise SoundError(_NO_SOUND.format(why="麦克风一秒没有声音数据")) from None
    except (sounddevice.PortAudioError, ValueError) as error:
        raise SoundError(_NO_SOUND.format(why=error)) from error


def listen(
    frames: Iterable[bytes],
    stream: DecoderStream,
    *,
    on_partial: Callable[[Partial], None],
    on_final: Callable[[Utterance], None],
    on_speaking: Callable[[bool], None] = lambda speaking: None,
    activity: VoiceActivity | None = None,
    last_word: float = 5.0,
) -> None:
    """Recognize `frames` and report as it goes, until they end; the last utterance has `last_word` seconds.

    Raises DecoderGone when the recognizer dies, and what the frames raise.
    """
    activity = activity or VoiceActivity(ActivitySettings())
    speaking = False

    def report() -> None:
        for heard in stream.poll():
            on_final(heard) if isinstance(heard, Utterance) else on_partial(heard)

    for frame in frames:
        stream.send(frame)
        if activity.feed(frame) != speaking:
            speaking = not speaking
            on_speaking(speaking)
        report()
        while stream.waiting > 1.0:  # a file is read faster than it is recognized
            select.select([], [stream], [], 0.2)
            report()
    last = stream.finish(last_word)
    if last is not None:
        on_final(last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What a recording of a prompt came to."""

    seconds: float
    peak: float
    """Loudest sample, dBFS."""
    advice: str
    """Empty when it is fit to be used; else a sentence on what to do better."""


def record(
    frames: Iterable[bytes], path: Path, *, longest: float = 60.0, gain_to: float = -6.0, shortest: float = 0.3
) -> Recorded:
    """Record a spoken prompt into `path` (.alaw or .wav), cut to the voice and brought to a peak of `gain_to` dBFS.

    Takes frames until they end or `longest` seconds. The file is replaced only by a usable recording, at once.
    Raises SoundError when nothing was said, or for another ending of the name.
    """
    if path.suffix not in (".alaw", ".wav"):
        raise SoundError(f"{path}：录音文件名应以 .alaw 或 .wav 结尾")
    sound, voiced = bytearray(), []
    activity = VoiceActivity(
        ActivitySettings(quietest=-60.0)
    )  # a voice too quiet for the line gets advice, not refusal
    for number, frame in enumerate(frames):
        if number * _FRAME_SECONDS >= longest:
            break
        sound += frame
        before = activity.voiced
        activity.feed(frame)
        if activity.voiced > before:
            voiced.append(number)
    if len(voiced) * _FRAME_SECONDS < shortest:
        raise SoundError("没有录到说话声。请检查麦克风，靠近一些再录")
    start = max(0, voiced[0] - round(_LEAD / _FRAME_SECONDS))
    end = voiced[-1] + 1 + round(_TAIL / _FRAME_SECONDS)
    samples = np.frombuffer(bytes(sound), "<i2")[start * 160 : end * 160].astype(np.float64)
    peak = 20 * float(np.log10(max(1.0, np.abs(samples).max()) / 32768))
    pcm = np.clip(np.round(samples * 10 ** ((gain_to - peak) / 20)), -32768, 32767).astype("<i2").tobytes()
    _write(path, pcm)
    advice = "声音太大，破音了，离远一点再录" if peak > -0.2 else "声音太小，靠近一点再录" if peak < -30 else ""
    return Recorded(seconds=len(pcm) / 2 / SAMPLE_RATE, peak=round(peak, 1), advice=advice)


def _write(path: Path, pcm: bytes) -> None:
    """Replace `path` at once: a call that plays it meanwhile hears the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        if path.suffix == ".alaw":
            fresh.write_bytes(g711.encode(pcm))
        else:
            with wave.open(str(fresh), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(SAMPLE_RATE)
                sound.writeframes(pcm)
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise SoundError(f"{path}：写不进去（{error}）") from error

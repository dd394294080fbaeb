"""The recognizer's own process: it recognizes, and its death, hang or bloat ends a stream and nothing else."""

import itertools
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from recognizer import g711
from recognizer.answers import accepts, wishes_no_recording
from recognizer.decoder import Decoder, DecoderSettings, DecoderStream, try_model
from recognizer.errors import DecoderBusy, DecoderGone, ModelError
from recognizer.model import DEMO
from recognizer.transcript import Partial, Utterance
from tests.fakes.voice import VOICES, speak

LIMIT = 20.0
"""Seconds a test waits for what must happen, on a machine with other things to do."""
FRAME = 320


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    # The ping's limit is generous where no hang is tested: the machine may be busy.
    running = Decoder(DecoderSettings(model=DEMO, ping_limit=5.0))
    running.start()
    yield running
    running.stop()


def frames(pcm: bytes) -> list[bytes]:
    return [pcm[n : n + FRAME] for n in range(0, len(pcm), FRAME)]


def hear(stream: DecoderStream, pcm: bytes) -> tuple[list[Partial], list[Utterance]]:
    """Send all of it and gather what is said to it, up to the last word."""
    partials: list[Partial] = []
    finals: list[Utterance] = []
    for frame in frames(pcm):
        stream.send(frame)
        for heard in stream.poll():
            finals.append(heard) if isinstance(heard, Utterance) else partials.append(heard)
    last = stream.finish(LIMIT)
    return partials, finals + ([last] if last else [])


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        select.select([], [], [], 0.02)


def ends(stream: DecoderStream) -> None:
    """Wait until the stream says that the process behind it is gone."""
    end = time.monotonic() + LIMIT
    with pytest.raises(DecoderGone):
        while time.monotonic() < end:
            select.select([stream], [], [], 0.1)
            stream.poll()


@pytest.mark.parametrize("voice", VOICES)
def test_a_sentence_over_the_telephone_is_heard_to_the_word(decoder: Decoder, voice: str) -> None:
    stream = decoder.open(deadline=LIMIT)
    pcm = speak("我住在扎西镇河边今天又停水麻烦帮我反映", voice)
    _, finals = hear(stream, pcm)
    assert "".join(u.text for u in finals) == "我住在扎西镇河边今天又停水麻烦帮我反映"
    assert all(u.unknown_share == 0 for u in finals)
    assert 0.2 <= finals[0].started_at <= 0.6
    assert finals[-1].ended_at <= len(pcm) / 16000
    stream.close()


def test_partial_texts_grow_and_are_told_only_when_they_changed(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    partials: list[str] = []
    # At the speed of speech, or the sound would be decoded in one piece with one partial text.
    for frame in frames(speak("老街的路灯坏了一个月了没人管", "m4")):
        stream.send(frame)
        select.select([], [], [], 0.01)
        partials += [p.text for p in stream.poll() if isinstance(p, Partial)]
    stream.finish(LIMIT)
    assert len(partials) >= 3
    assert all(a != b for a, b in itertools.pairwise(partials))
    assert partials[-1].startswith("老街的路灯坏了")


def test_two_utterances_with_a_pause_are_told_apart_by_the_models_own_endpoint(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    _, finals = hear(stream, speak("你好", after=1.5) + speak("我家停水了三天了"))
    # Told one by one, or joined by `finish` when all the sound was there at once; in either case as two.
    assert "，".join(u.text for u in finals) == "你好，我家停水了三天了"


def test_a_stream_goes_on_after_its_last_word(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    assert [u.text for u in hear(stream, speak("是的"))[1]] == ["是的"]
    assert [u.text for u in hear(stream, speak("不满意"))[1]] == ["不满意"]


def test_silence_is_no_utterance(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    assert hear(stream, bytes(32000)) == ([], [])


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("level", [-30.0, -12.0])
def test_a_knock_or_a_cough_is_no_word(decoder: Decoder, seconds: float, level: float) -> None:
    draws = np.random.default_rng(3)
    count = int(8000 * seconds)
    noise = draws.standard_normal(count) * np.exp(-4 * np.arange(count) / count) * 32768 * 10 ** (level / 20)
    knock = np.concatenate([np.zeros(4000), noise, np.zeros(8000)])
    pcm = g711.decode(g711.encode(np.clip(knock, -32768, 32767).astype("<i2").tobytes()))
    stream = decoder.open(deadline=LIMIT)
    partials, finals = hear(stream, pcm)
    assert [p.text for p in partials if p.text] == []
    assert [u.text for u in finals if u.text] == []


def test_what_the_model_does_not_know_is_mostly_unknown(decoder: Decoder) -> None:
    _, finals = hear(decoder.open(deadline=LIMIT), speak("床前明月光疑是地上霜", "m4"))
    assert sum(u.unknown_share for u in finals) / len(finals) > 0.3


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("word", ["接", "好", "可以"])
def test_an_official_accepts_by_a_word(decoder: Decoder, voice: str, word: str) -> None:
    _, finals = hear(decoder.open(deadline=LIMIT), speak(word, voice))
    assert [accepts(u) for u in finals] == [True]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "greeting",
    [
        "您好，您拨打的用户暂时无法接通，请稍后再拨",
        "你好，我现在不方便接电话，请在提示音后留言",
        "好的，我现在有事，请稍后再打",
        "请在嘀声后留言",
        "喂，你好，哪位",
    ],
)
def test_a_voicemail_greeting_never_accepts(decoder: Decoder, voice: str, greeting: str) -> None:
    _, finals = hear(decoder.open(deadline=LIMIT), speak(greeting, voice))
    assert not any(accepts(u) for u in finals)


def test_a_wish_for_no_recording_is_heard(decoder: Decoder) -> None:
    _, finals = hear(decoder.open(deadline=LIMIT), speak("你们不要录音", "m4"))
    assert any(wishes_no_recording(u.text) for u in finals)


@pytest.mark.parametrize(
    "sentence",
    [
        "我要举报你们局长收红包请保密",
        "我要匿名举报",
        "别让他们知道",
        "投诉值班室没人接",
        "投诉王志强不办事",
        "投诉你们局长",
        "还有别的",
        "还有一件事",
        "不是这个",
        "明白了谢谢",
        "开会到十一点",
        "开会到下午三点半",
        "一个半小时",
        "四十分钟",
    ],
)
def test_what_the_line_listens_for_is_heard_to_the_word(decoder: Decoder, sentence: str) -> None:
    _, finals = hear(decoder.open(deadline=LIMIT), speak(sentence))
    assert "".join(u.text for u in finals) == sentence


def test_twenty_speakers_at_once_are_all_heard(decoder: Decoder) -> None:
    streams = [decoder.open(deadline=LIMIT) for _ in range(20)]
    said = [speak("扎西镇停水三天了没人管", VOICES[n % len(VOICES)]) for n in range(20)]
    for n in range(max(len(s) for s in said) // FRAME + 1):
        for stream, pcm in zip(streams, said, strict=True):
            stream.send(pcm[n * FRAME : (n + 1) * FRAME])
    finals = [stream.finish(LIMIT) for stream in streams]
    assert [u.text for u in finals if u] == ["扎西镇停水三天了没人管"] * 20
    for stream in streams:
        stream.close()


def test_killed_all_its_streams_end_at_once_and_another_takes_over(decoder: Decoder) -> None:
    streams = [decoder.open(deadline=LIMIT) for _ in range(20)]
    (pid,) = decoder.process_ids
    for stream in streams:
        stream.send(speak("停水了"))
    os.kill(pid, signal.SIGKILL)
    for stream in streams:
        ends(stream)
    again = decoder.open(deadline=LIMIT)
    assert [u.text for u in hear(again, speak("停水了"))[1]] == ["停水了"]
    assert decoder.process_ids != (pid,)


def test_a_stream_that_ended_keeps_saying_so(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    os.kill(decoder.process_ids[0], signal.SIGKILL)
    ends(stream)
    for action in (lambda: stream.send(bytes(FRAME)), stream.poll, lambda: stream.finish(1.0)):
        with pytest.raises(DecoderGone):
            action()
    stream.close()


def test_hung_it_is_killed_and_its_streams_end() -> None:
    decoder = Decoder(DecoderSettings(model=DEMO, ping_limit=1.0))
    decoder.start()
    try:
        stream = decoder.open(deadline=LIMIT)
        (pid,) = decoder.process_ids
        os.kill(pid, signal.SIGSTOP)
        ends(stream)
        until(lambda: not Path(f"/proc/{pid}").exists(), "the hung process is gone")
        assert "没有回应" in decoder.trouble
        assert hear(decoder.open(deadline=LIMIT), speak("好"))[1]
    finally:
        decoder.stop()


def test_asked_for_its_last_word_a_hung_one_keeps_nobody_longer_than_the_deadline(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    (pid,) = decoder.process_ids
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(DecoderGone, match=r"0\.3"):
        stream.finish(0.3)
    with pytest.raises(DecoderGone):
        decoder.open(deadline=0.3)
    os.kill(pid, signal.SIGCONT)


def test_sound_that_a_hung_one_does_not_take_is_bounded(decoder: Decoder) -> None:
    stream = decoder.open(deadline=LIMIT)
    os.kill(decoder.process_ids[0], signal.SIGSTOP)
    with pytest.raises(DecoderGone):
        for _ in range(60):
            stream.send(bytes(16000))


def test_bloated_it_is_killed_and_another_takes_over() -> None:
    first = Decoder(DecoderSettings(model=DEMO, ping_limit=5.0))
    first.start()
    try:
        first.open(deadline=LIMIT).close()
        used = int(Path(f"/proc/{first.process_ids[0]}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    finally:
        first.stop()
    # The limit lies just above what it needs, so that streams in use push it over.
    decoder = Decoder(DecoderSettings(model=DEMO, ping_limit=5.0, memory=used + (4 << 20)))
    decoder.start()
    try:
        streams = [decoder.open(deadline=LIMIT)]
        (pid,) = decoder.process_ids
        with pytest.raises(DecoderGone):
            for _ in range(200):
                streams[-1].send(speak("我要投诉人社局失业保险没人管"))
                streams.append(decoder.open(deadline=1.0))
                for stream in streams:
                    stream.poll()
            ends(streams[0])
            raise DecoderGone
        until(lambda: decoder.process_ids not in ((), (pid,)), "another process")
        assert "内存" in decoder.trouble
    finally:
        decoder.stop()


def test_it_dies_with_its_starter_however_that_ends() -> None:
    program = (
        "import sys, time\n"
        "from recognizer.decoder import Decoder, DecoderSettings\n"
        "from recognizer.model import DEMO\n"
        "decoder = Decoder(DecoderSettings(model=DEMO))\n"
        "decoder.start(); decoder.open(deadline=20)\n"
        "print(decoder.process_ids[0], flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.kill()
    until(lambda: not _runs(pid), "the recognizer's process ends too")


def test_stopped_it_leaves_no_process_behind() -> None:
    decoder = Decoder(DecoderSettings(model=DEMO, processes=2))
    decoder.start()
    stream = decoder.open(deadline=LIMIT)
    until(lambda: len(decoder.process_ids) == 2, "two processes")
    pids = decoder.process_ids
    decoder.stop()
    assert not any(_runs(pid) for pid in pids)
    ends(stream)
    with pytest.raises(DecoderGone):
        decoder.open(deadline=1.0)


def test_streams_are_spread_over_the_processes_and_bounded() -> None:
    decoder = Decoder(DecoderSettings(model=DEMO, processes=2, streams=2, ping_limit=5.0))
    decoder.start()
    try:
        decoder.open(deadline=LIMIT).close()
        until(lambda: len(decoder.process_ids) == 2, "two processes")
        streams = [decoder.open(deadline=LIMIT) for _ in range(4)]
        with pytest.raises(DecoderBusy, match=r"decoder\.streams"):
            decoder.open(deadline=LIMIT)
        # One process dies: its two streams end, those of the other go on.
        os.kill(decoder.process_ids[0], signal.SIGKILL)
        alive = [s for s in streams if _goes_on(s)]
        assert len(alive) == 2
        streams.remove(alive[0])
        alive[0].close()
        assert hear(decoder.open(deadline=LIMIT), speak("可以"))[1]
    finally:
        decoder.stop()


def test_a_model_that_cannot_be_loaded_is_told_as_the_trouble(tmp_path: Path) -> None:
    decoder = Decoder(DecoderSettings(model=tmp_path))
    decoder.start()
    try:
        with pytest.raises(DecoderGone, match="装不上"):
            decoder.open(deadline=3.0)
        assert not decoder.alive
    finally:
        decoder.stop()


@pytest.mark.parametrize("file", ["am/final.mdl", "graph/HCLG.fst"])
def test_a_file_that_was_cut_off_is_told_before_a_call_meets_it(tmp_path: Path, file: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(DEMO, model)
    whole = (model / file).read_bytes()
    (model / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=rf"{model} 装不上：.*[Rr]ead.*再下载一次"):
        try_model(model)


def test_a_whole_model_is_loaded_to_see_that_it_works() -> None:
    try_model(DEMO)


@pytest.mark.parametrize("deadline", [0.0, -1.0, 61.0])
def test_a_deadline_that_is_no_number_of_seconds_is_refused(deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline"):
        Decoder(DecoderSettings(model=DEMO)).open(deadline=deadline)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except OSError:
        return False


def _goes_on(stream: DecoderStream) -> bool:
    try:
        stream.send(speak("好"))
        stream.finish(LIMIT)
    except DecoderGone:
        return False
    return True

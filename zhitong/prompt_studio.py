"""`zhitong prompts list | check | record`: what the line says, whether it can be said, and an own voice for it."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from dialplans.prompt_texts import Text
from dialplans.prompts import PromptBook
from dialplans.sentences import unused
from dialplans.voice import RATE, SynthesisFailed
from recognizer.errors import SoundError
from recognizer.microphone import microphone_frames, record
from routing.faults import BadConfig, Fault
from zhitong.prompt_book import open_prompt_book, prompt_texts
from zhitong.settings import Settings

EXAMPLES = {
    "urgency": "红色",
    "place": "扎西镇双河村",
    "window": "大厅十二号窗口",
    "door": "纪委监委举报电话",
    "number": "幺、二、三、八、八",
    "matter": "住房不动产",
    "channel": "政务服务网",
    "times": "第三次打来",
    "recorded": "通话录音",
    "unit": "人力资源和社会保障局",
    "when": "明天下午两点四十五分",
    "day": "十二月二十五号",
    "count": "九",
    "give": "星期六早上八点",
    "take": "十二月二十五号早上八点",
    "digits": "三、五、八、二",
    "result": "主水管已经换好，今天上午十点恢复供水，以后再停水会提前一天通知到户",
    "reason": "这一段路不在今年的养护计划里，资金要到明年才能下达",
    "plan": "明年三月开工，五月完工",
    "who": "督查的同志",
    "care": "留守老人",
    "clock": "反馈进展",
    "span": "三百六十五天",
}
"""Long words for each slot, to try whether a sentence keeps its time."""

_UNSPEAKABLE = re.compile(r"[^\u4e00-\u9fff0-9，。、？！：；%{}\[\]“”‘’\w]|[A-Za-z]")


def list_prompts(settings: Settings) -> list[str]:
    """One line for each prompt: its key, where its sound comes from, its text. Raises BadConfig."""
    book, texts = _open(settings)
    static, width = book.static_keys(), max(map(len, texts)) + 2
    return [
        f"{key:{width}}{_origin(book, key) if key in static else '填词'}  {text.text}{_local_origin(book, text)}"
        for key, text in texts.items()
    ]


def synthetic_core(settings: Settings) -> list[str]:
    """The core sentences that no person's recording says, as they are said now. Raises BadConfig."""
    book = open_prompt_book(settings)
    core = prompt_texts(settings).core
    return [key for key in core if not _is_recorded(book, key)]


def _is_recorded(book: PromptBook, key: str) -> bool:
    try:
        recording = book.recording(key)
    except SynthesisFailed:
        return False
    return recording is not None and recording.usable


def check_prompts(settings: Settings, progress: Callable[[int, int, str], None] = lambda d, t, k: None) -> list[str]:
    """What is wrong with the prompts, one sentence each; empty when all can be said in their time.

    Raises BadConfig for a file that cannot be read, PromptsMissing when nothing can be synthesised.
    """
    book, texts = _open(settings)
    book.prepare(progress)
    faults = [f"{key}：程序不说这一句，请删掉，或者改对名字。" for key in unused(_fallbacks(texts))]
    faults += [f"{key}：voice.command 说不出来，改由 espeak-ng 说（{why}）。" for key, why in book.troubles.items()]
    for key, text in texts.items():
        if odd := unspeakable(text.text):
            faults.append(f"{key}：{'、'.join(odd)} 读不出来，请改成汉字。")
        if key in book.static_keys():
            faults += [*_recording_faults(book, text, local=False), *_recording_faults(book, text, local=True)]
        elif book.prompt(key, **EXAMPLES).key != key:
            faults.append(f"{key}：填上较长的词就超过 {text.max_seconds:g} 秒，会改说 {text.fallback}，请改短。")
    return faults


def unspeakable(wording: str) -> list[str]:
    """The signs in it that no voice reads."""
    return sorted(set(_UNSPEAKABLE.findall(re.sub(r"\{\w+\}", "", wording))))


def record_prompts(
    settings: Settings,
    keys: Iterable[str] = (),
    *,
    local: bool = False,
    ask: Callable[[str], str] = input,
    say: Callable[[str], None] = print,
    frames: Callable[..., Iterator[bytes]] = microphone_frames,
) -> int:
    """Lead through the core prompts, or those in `keys`, one by one; returns how many were recorded.

    local: into the set in the local speech, with its words.

    `frames(stop=event)` gives the microphone's sound until the event is set. A recording that is too long is not kept.
    Raises SoundError when there is no microphone, BadConfig for a key that cannot be recorded.
    """
    book, texts = _open(settings)
    wanted = tuple(keys) or prompt_texts(settings).core
    for key in wanted:
        if key not in book.static_keys():
            mend = "没有这一句，或者里面有要填的词，不能录。bin/zhitong prompts list 列出全部。"
            raise BadConfig("要录的提示音", [Fault(field="--only", value=key, mend=mend)])
    _probe(frames)
    folder, done = book.folder(local=local), 0
    for number, key in enumerate(wanted, 1):
        sentence = book.sentence(key, local=local)
        say(f"\n第 {number} 句，共 {len(wanted)} 句：{key}（最长 {texts[key].max_seconds:g} 秒）\n    {sentence}")
        while (answer := ask("回车开始录，s 跳过，q 结束：").strip().lower()) not in ("s", "q"):
            if _record_one(folder, texts[key], sentence, ask=ask, say=say, frames=frames):
                done += 1
                break
        if answer == "q":
            break
    say(f"录好 {done} 句，存在 {folder}。在跑的热线两秒内用上。")
    return done


def _record_one(
    folder: Path,
    text: Text,
    sentence: str,
    *,
    ask: Callable[[str], str],
    say: Callable[[str], None],
    frames: Callable[..., Iterator[bytes]],
) -> bool:
    """Record one prompt into a draft and keep it if it is good and wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    draft, stop, failed = folder / f".{text.key}.wav", threading.Event(), []
    came = []

    def run() -> None:
        try:
            came.append(record(frames(stop=stop), draft, longest=text.max_seconds + 10))
        except SoundError as error:
            failed.append(error)

    worker = threading.Thread(target=run, name="record", daemon=True)
    worker.start()
    ask("正在录，念完按回车：")
    stop.set()
    worker.join(timeout=10)
    try:
        if failed or not came:
            say(f"没有录成：{failed[0] if failed else '麦克风没有回应'}")
            return False
        sound = came[0]
        if sound.seconds > text.max_seconds:
            say(f"录了 {sound.seconds:.1f} 秒，超过 {text.max_seconds:g} 秒，请念快一点。")
            return False
        say(f"{sound.seconds:.1f} 秒，最响 {sound.peak:g} dB。{sound.advice}")
        if ask("回车保留，r 重录：").strip().lower() == "r":
            return False
        (folder / f"{text.key}.txt").write_text(sentence, encoding="utf-8")
        (folder / f"{text.key}.alaw").unlink(missing_ok=True)
        draft.replace(folder / f"{text.key}.wav")
        return True
    finally:
        draft.unlink(missing_ok=True)


def _probe(frames: Callable[..., Iterator[bytes]]) -> None:
    """Say at once that there is no microphone, not after the first sentence was read."""
    stop = threading.Event()
    source = frames(stop=stop)
    next(source, None)
    stop.set()
    for _ in source:
        pass


def _open(settings: Settings) -> tuple[PromptBook, dict[str, Text]]:
    return open_prompt_book(settings), dict(prompt_texts(settings).texts)


def _fallbacks(texts: Mapping[str, Text]) -> dict[str, str]:
    return {key: text.fallback for key, text in texts.items()}


def _origin(book: PromptBook, key: str, *, local: bool = False) -> str:
    try:
        recording = book.recording(key, local=local)
    except SynthesisFailed:
        return "录音坏"
    return "合成" if recording is None else "录音" if recording.usable else "录音不用"


def _local_origin(book: PromptBook, text: Text) -> str:
    origin = _origin(book, text.key, local=True)
    if origin == "合成":
        return f"（本地话没有录：{text.local}）" if text.local else ""
    return f"（本地话{origin}：{book.sentence(text.key, local=True)}）"


def _recording_faults(book: PromptBook, text: Text, *, local: bool) -> list[str]:
    try:
        recording = book.recording(text.key, local=local)
    except SynthesisFailed as error:
        return [f"{text.key}：{'本地话的' if local else ''}录音读不了（{error}），请重录。"]
    if recording is None or recording.usable:
        return []
    if not recording.short:
        return [
            f"{recording.path}：{len(recording.sound) / RATE:.1f} 秒，超过 {text.max_seconds:g} 秒，没有用它，请重录。"
        ]
    return [f"{recording.path}：念的是旧的文字，没有用它，请重录。"]

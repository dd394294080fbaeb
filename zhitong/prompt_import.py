"""`zhitong prompts import`: recorded sound files take the place of synthetic prompts, all of them or none."""

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialplans.loudness import RATE, clipped_share
from dialplans.prompts import PromptBook
from dialplans.voice import SynthesisFailed, from_recording, wave_of
from routing.faults import BadConfig, Fault
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import Settings, load_settings

CLIPPED = 0.003
"""Of all samples; more are heard as crackling."""


def add_prompt_import(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The command, below `zhitong prompts`."""
    take = command("import", "用录好的声音文件代替合成的提示音", _import)
    take.add_argument(
        "given", nargs="+", metavar="名字=文件.wav", help="或者文件名就是名字的 .wav，或者装着它们的文件夹"
    )
    take.add_argument("--local", action="store_true", help="放进本地话的一套（设置里 local_speech = true 的线路用）")


def _import(arguments: argparse.Namespace) -> int:
    kept = import_prompts(load_settings(), arguments.given, local=arguments.local)
    print("\n".join([*kept, f"存好 {len(kept)} 句，在跑的热线两秒内用上。"]))
    return 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A sound file that is good enough, and what it says."""

    key: str
    path: Path
    sentence: str
    seconds: float


def import_prompts(settings: Settings, given: Sequence[str], *, local: bool = False) -> list[str]:
    """Keep the files as the recordings of their sentences; returns a line for each.

    given: `key=file`, a file named <key>.wav, or a folder of such; local: into the set in the local speech.
    Raises BadConfig with every fault, nothing kept.
    """
    faults: list[Fault] = []
    book, named = open_prompt_book(settings), _named(given, faults)
    found = [one for key, path in named if (one := _good(book, key, path, faults, local=local)) is not None]
    if not faults and not found:
        faults.append(Fault(field="文件", value=" ".join(given), mend="里面没有 .wav 文件。"))
    if faults:
        raise BadConfig("要用的录音", faults)
    folder = book.folder(local=local)
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        draft = folder / f".{one.key}.wav"
        shutil.copyfile(one.path, draft)
        (folder / f"{one.key}.txt").write_text(one.sentence, encoding="utf-8")
        (folder / f"{one.key}.alaw").unlink(missing_ok=True)
        draft.replace(folder / f"{one.key}.wav")
    return [f"{one.key}：{one.seconds:.1f} 秒，“{one.sentence}”" for one in found]


def _named(given: Sequence[str], faults: list[Fault]) -> list[tuple[str, Path]]:
    named: list[tuple[str, Path]] = []
    for told in given:
        key, equals, file = told.partition("=")
        path = Path(file if equals else told).expanduser()
        if path.is_dir() and not equals:
            named += [(one.stem, one) for one in sorted(path.glob("*.wav"))]
        else:
            named.append((key if equals else path.stem, path))
    for key in {key for key, _ in named if [other for other, _ in named].count(key) > 1}:
        faults.append(Fault(field=key, value="两个文件", mend="一句只能用一个文件，请去掉一个。"))
    return named


def _good(book: PromptBook, key: str, path: Path, faults: list[Fault], *, local: bool) -> Found | None:
    if key not in book.static_keys():
        mend = "没有这一句，或者里面有要填的词，不能用录音。写成 名字=文件；名字用 bin/zhitong prompts list 看。"
        faults.append(Fault(field="名字", value=key, mend=mend))
        return None
    text, field = book.text(key), f"{key} 的文件"
    try:
        raw, sound = wave_of(path), from_recording(str(path))
    except SynthesisFailed as error:
        mend = f"{error}。请给一个有说话声的 WAV：8 到 48 kHz，16 或 24 位，单双声道都可。"
        faults.append(Fault(field=field, value=str(path), mend=mend))
        return None
    seconds = len(sound) / RATE
    if seconds > text.max_seconds:
        mend = f"说话 {seconds:.1f} 秒，这一句最多 {text.max_seconds:g} 秒，请念快一点重录。"
        faults.append(Fault(field=field, value=str(path), mend=mend))
    if (share := clipped_share(raw)) > CLIPPED:
        mend = f"录得太响，{share:.1%} 的声音削了顶，听起来发劈。请离麦克风远一点、把录音音量调小，重录。"
        faults.append(Fault(field=field, value=str(path), mend=mend))
    return Found(key=key, path=path, sentence=book.sentence(key, local=local), seconds=seconds)

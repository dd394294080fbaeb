"""What the line says, as text: config/prompts.toml read and checked, slots filled, respelled for the synthesiser."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dialplans.sentences import missing
from dialplans.spoken_text import spoken_integer, spoken_name, spoken_numbers, spoken_quantity, spoken_text
from dialplans.voice import Voice
from routing.faults import BadConfig, Fault, unknown_keys

SORRY = "sorry"
"""The sentence that is said when all else fails."""

WHO = "who"
"""The slot that holds a post, or a post with a name."""

_SLOT = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_LONGEST_SLOT = 200
_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One prompt. `fallback`: the static one said when this, having slots, cannot be made. `tone`: Hz, 0 = silence.

    `local`: what is read aloud for the recording in the local speech, where that is worded otherwise.
    """

    key: str
    version: int
    text: str
    max_seconds: float = 20.0
    fallback: str = ""
    tone: int | None = None
    local: str = ""

    def slots(self, constants: Mapping[str, str]) -> frozenset[str]:
        """The slots that are filled during a call."""
        return frozenset(_SLOT.findall(self.text)) - constants.keys()

    def sentence(self, words: Mapping[str, str], *, local: bool = False) -> str:
        """A static prompt as it is read aloud, in Mandarin or the local speech."""
        return (replace(self, text=self.local) if local and self.local else self).fill(words) or ""

    def said(self, words: Mapping[str, str], *, aloud: bool = False) -> str | None:
        """As `fill`, with the numbers in words. aloud: surnames respelled, too, which is for the ear only."""
        spoken = {slot: spoken_text(word) for slot, word in words.items()}
        if aloud and WHO in spoken:
            spoken[WHO] = spoken_name(spoken[WHO])
        sentence = self.fill(spoken)
        return None if sentence is None else spoken_numbers(sentence) if aloud else sentence

    def fill(self, words: Mapping[str, str]) -> str | None:
        """The sentence with its slots filled; None when a word is missing that no bracket makes optional."""

        def optional(match: re.Match[str]) -> str:
            return match[1] if all(cleaned(words.get(slot, "")) for slot in _SLOT.findall(match[1])) else ""

        text = _OPTIONAL.sub(optional, self.text)
        said = {slot: cleaned(words.get(slot, "")) for slot in _SLOT.findall(text)}
        if not all(said.values()):
            return None
        return _SLOT.sub(lambda match: said[match[1]], text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """All prompts of a configuration. `core` are those that `zhitong prompts record` leads through."""

    texts: Mapping[str, Text]
    voice: Voice
    respell: Mapping[str, str]
    core: tuple[str, ...]

    def pronounced(self, sentence: str) -> str:
        """The sentence as it is given to the synthesiser."""
        for word, spelling in self.respell.items():
            sentence = sentence.replace(word, spelling)
        return sentence


def load_texts(path: Path, constants: Mapping[str, str]) -> Texts:
    """The prompts of a TOML file; `constants` are the words known before any call.

    Raises BadConfig, also when a sentence is missing that the program says, or has a word that it never fills in.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfig(
            str(path), [Fault(field="文件", value=str(path), mend=f"读不到（{error.strerror}）。")]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(str(path), [Fault(field="文件", value=str(path), mend=f"不是合格的 TOML：{error}")]) from None
    texts = read_texts(table, constants, source=str(path))
    if faults := missing({key: text.slots(constants) for key, text in texts.texts.items()}):
        raise BadConfig(str(path), faults)
    return texts


def read_texts(table: Mapping[str, Any], constants: Mapping[str, str], *, source: str) -> Texts:
    """The prompts of a parsed TOML document. Raises BadConfig with every fault at once."""
    faults = unknown_keys(table, ("voice", "studio", "say", "prompts"), "")
    voice = table.get("voice", {})
    if not isinstance(voice.get("name"), str) or not isinstance(voice.get("speed"), int):
        faults.append(Fault(field="voice", value=voice, mend='写 name = "cmn-latn-pinyin+f5" 和 speed = 200。'))
    faults += unknown_keys(voice, ("name", "speed", "command"), "voice")
    command = voice.get("command", [])
    if not isinstance(command, list) or not all(isinstance(part, str) and part for part in command):
        mend = '写成 ["程序", "选项", …]，每一项加引号；不用别的程序就写 []。'
        faults.append(Fault(field="voice.command", value=command, mend=mend))
    texts = {key: _text(key, row, faults) for key, row in table.get("prompts", {}).items()}
    for key in (SORRY, *table.get("studio", {}).get("core", ())):
        if key not in texts:
            faults.append(Fault(field="prompts", value=key, mend="缺这一句，请补上。"))
    for key, text in texts.items():
        fallback = texts.get(text.fallback)
        if text.slots(constants) and (fallback is None or fallback.slots(constants)):
            mend = f"有 {{…}} 的话要写 fallback，指向一句没有 {{…}} 的话，{text.fallback or '空着'}不行。"
            faults.append(Fault(field=f"prompts.{key}.fallback", value=text.fallback, mend=mend))
        if text.local and (text.slots(constants) or replace(text, text=text.local).slots(constants)):
            mend = "本地话只能录音，有要填的词的话不能录，请删掉 local。"
            faults.append(Fault(field=f"prompts.{key}.local", value=text.local, mend=mend))
    if faults:
        raise BadConfig(source, faults)
    core = tuple(table.get("studio", {}).get("core", ()))
    return Texts(
        texts=texts,
        voice=Voice(name=voice["name"], speed=voice["speed"], command=tuple(command)),
        respell=dict(table.get("say", {})),
        core=core,
    )


def _text(key: str, row: object, faults: list[Fault]) -> Text:
    at = f"prompts.{key}"
    nothing = Text(key=key, version=0, text="")
    if not isinstance(row, Mapping) or not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        faults.append(Fault(field=at, value=row, mend="名字用小写字母、数字和下划线，内容写成一节。"))
        return nothing
    found = unknown_keys(row, ("version", "text", "max_seconds", "fallback", "tone", "local"), at)
    kinds: dict[str, Any] = {"version": int, "text": str, "max_seconds": int | float, "fallback": str}
    kinds |= {"tone": int, "local": str}
    for name, kind in kinds.items():
        if name in row and not isinstance(row[name], kind):
            found.append(Fault(field=f"{at}.{name}", value=row[name], mend="写法不对，请照别的几句写。"))
    if not row.get("version"):
        found.append(Fault(field=f"{at}.version", value=row.get("version"), mend="写上版本号，从 1 开始。"))
    if not row.get("text") and row.get("tone") is None:
        found.append(Fault(field=f"{at}.text", value=row.get("text"), mend="写上要说的话。"))
    faults += found
    return nothing if found else Text(key=key, **{"text": "", **row})


def cleaned(value: str) -> str:
    """A word for a slot: characters, letters, digits and pauses only, so that nothing steers the synthesiser."""
    text = unicodedata.normalize("NFKC", value)[:_LONGEST_SLOT]
    text = re.sub(r"[^\w%.。、?!]+|_", "，", text)
    text = re.sub(r"(?<!\d)\.|\.(?!\d)", "，", text)
    return text.strip("，。、?!")


def spoken_digits(digits: str) -> str:
    """Digits one by one with a pause between them, as a case number is told: “三、五、八、二”. 1 is 幺."""
    return "、".join(re.sub(r"\D", "", digits).translate(_DIGITS))


def spoken_count(number: int) -> str:
    """0 … 99 as a word: 十五, 二十. Raises ValueError beyond that."""
    if not 0 <= number <= 99:
        raise ValueError(f"{number}: only 0 to 99 are spoken as a count")
    return spoken_integer(number)


def spoken_minutes(minutes: int) -> str:
    """A span of time as it is said: 四十五分钟, 半小时, 一个半小时, 两小时. Raises ValueError outside 1 … 1440."""
    if not 1 <= minutes <= 1440:
        raise ValueError(f"{minutes} minutes: say a span of one minute to one day")
    hours, rest = divmod(minutes, 60)
    name = spoken_quantity(hours)
    if rest == 30:
        return f"{name}个半小时" if hours else "半小时"
    if hours and rest == 0:
        return f"{name}小时"
    said = f"{spoken_quantity(rest)}分钟"
    return f"{name}小时{said}" if hours else said

"""上线检查: calls are routed by what was understood once a real model has heard twenty local people right, and people
have said that it may; until then recognition is on trial (试用识别), whatever the model.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from recognizer.model import ModelInfo
from routing.calendar import LOCAL
from zhitong.errors import Refused
from zhitong.settings import Settings
from zhitong.whole_files import write_whole

NEEDED = 20
"""Sentences that must have been understood right."""
MOST = 500
"""Sentences that are kept."""
_writing = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence that somebody of the county spoke, and what became of it. speaker: from where, of which age; no name.

    digest: SHA-256 of its sound, which is not kept: the same one counts once. expected, matter: codes.
    """

    digest: str
    at: datetime
    by: str
    speaker: str
    expected: str
    expected_name: str
    heard: str
    matter: str
    matter_name: str
    unit: str
    model: str

    @property
    def right(self) -> bool:
        """Whether it would have been routed as it should be."""
        return self.matter == self.expected


@dataclass(frozen=True, kw_only=True, slots=True)
class GoingLive:
    """What was tried, oldest first. opened: the model with which calls may be routed by words; by, at: who said so."""

    sentences: Sequence[Sentence] = ()
    opened: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One of what must be true. why: how it stands, or what is to be done."""

    sentence: str
    true: bool
    why: str


def name_of(model: ModelInfo) -> str:
    """How a model is told from others: another one has heard nobody yet."""
    return f"{model.kind} {model.path.name}"


def speech_on_trial(settings: Settings, model: ModelInfo) -> bool:
    """Whether what is understood only raises the urgency, and every call goes to a person with the caller's words."""
    return model.trial or read_going_live(settings).opened != name_of(model)


def checks(settings: Settings, model: ModelInfo) -> list[Check]:
    """What must be true before calls are routed by words, and how it stands."""
    name, sentences = name_of(model), of_model(settings, model)
    right = sum(one.right for one in sentences)
    speakers = len({one.speaker for one in sentences if one.right})
    real = "自带的小模型只听过合成的声音；请管服务器的人运行 bin/zhitong model fetch small，再重新开线"
    return [
        Check(sentence="装了真正的语音模型", true=not model.trial, why=real if model.trial else name),
        Check(
            sentence=f"{NEEDED} 句本地人说的话，听对了也派对了",
            true=right >= NEEDED and not model.trial,
            why=f"现在 {right} 句对，{len(sentences) - right} 句不对，{speakers} 个人说的",
        ),
    ]


def of_model(settings: Settings, model: ModelInfo) -> list[Sentence]:
    """The sentences that this model heard."""
    return [one for one in read_going_live(settings).sentences if one.model == name_of(model)]


def read_going_live(settings: Settings) -> GoingLive:
    """What was tried and said so far; of a file that is damaged nothing: then it is a trial."""
    try:
        told = json.loads(_path(settings).read_text(encoding="utf-8"))
        sentences = [Sentence(**one | {"at": datetime.fromisoformat(one["at"])}) for one in told["sentences"]]
        at = datetime.fromisoformat(told["at"]) if told["at"] else None
        return GoingLive(sentences=sentences, opened=str(told["opened"]), by=str(told["by"]), at=at)
    except (OSError, ValueError, KeyError, TypeError):
        return GoingLive()


def add_sentence(settings: Settings, sentence: Sentence) -> None:
    """One more; also a wrong one stays. Raises Refused for a sound that was tried with this model, OSError."""
    with _writing:
        found = read_going_live(settings)
        known = next((s for s in found.sentences if (s.digest, s.model) == (sentence.digest, sentence.model)), None)
        if known is not None:
            raise Refused(f"这个录音 {known.at.astimezone(LOCAL):%m-%d %H:%M} 试过了，一个录音只算一句；请换一句")
        _write(settings, replace(found, sentences=[*found.sentences, sentence][-MOST:]))


def go_live(settings: Settings, model: ModelInfo, *, by: str, at: datetime) -> None:
    """Calls are routed by words from the next start on. Raises Refused with what is lacking, OSError."""
    if lacking := [one for one in checks(settings, model) if not one.true]:
        raise Refused("还不能上线：" + "；".join(f"{one.sentence}（{one.why}）" for one in lacking))
    with _writing:
        _write(settings, replace(read_going_live(settings), opened=name_of(model), by=by, at=at))


def go_back(settings: Settings, *, by: str, at: datetime) -> None:
    """It is a trial again from the next start on. Raises OSError."""
    with _writing:
        _write(settings, replace(read_going_live(settings), opened="", by=by, at=at))


def _write(settings: Settings, found: GoingLive) -> None:
    told = asdict(found) | {"at": found.at.isoformat() if found.at else ""}
    told["sentences"] = [asdict(one) | {"at": one.at.isoformat()} for one in found.sentences]
    settings.folders.data.mkdir(parents=True, exist_ok=True)
    write_whole(_path(settings), json.dumps(told, ensure_ascii=False), mode=0o600)


def _path(settings: Settings) -> Path:
    return settings.folders.data / "going-live.json"

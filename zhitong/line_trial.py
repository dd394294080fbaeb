"""拨测: a copy of the line on loopback, with the county's settings and roster, is called by a software telephone.

Its carrier is the software telephones themselves, so that nobody's real telephone can ring; its data folder is another,
so that no case is made. What only the real carrier can show is shown by a ring and a call of one's own.
"""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from dialplans.asterisk import AsteriskFault
from ivr.softphone import SoftphoneGone
from ivr.softphone_audio import speech
from routing.phone import mask
from zhitong.edition_in_force import edition_in_force
from zhitong.errors import LineNotTried
from zhitong.line_tried import Found, LineTried
from zhitong.own_settings import own_table
from zhitong.settings import Settings
from zhitong.speech_model import speech_model
from zhitong.store.engine import open_engine
from zhitong.trial import Trial
from zhitong.watching import Watcher

CALLER = "13900000001"
_SETTINGS = ("lines", "hotline", "dialling", "speech", "casework")
"""Sections of the county's own settings that a copy on loopback takes over as they are."""
_ANSWER, _QUESTION, _HEAR, _RING = 5.0, 20.0, 30.0, 40.0
"""Seconds until each, at most: the machine may be busy with real calls."""


def call_copy(settings: Settings, text: str, *, now: datetime) -> LineTried:
    """Call it, say the text, see whose telephone rings first. Raises LineNotTried, BadConfig, ModelError."""
    with tempfile.TemporaryDirectory(prefix="zhitong-") as folder:
        overrides = _copy(settings, Path(folder), now)
        try:
            with Trial(overrides=overrides, folder=Path(folder) / "line") as trial:
                return _called(trial, text)
        except (TimeoutError, SoftphoneGone, AsteriskFault, OSError) as error:
            raise LineNotTried(f"线路的副本没有起来：{error}") from error


def _copy(settings: Settings, folder: Path, now: datetime) -> dict[str, Any]:
    """The settings that make it what the line is, but for ports, folders, carrier and whom it tells."""
    engine = open_engine(settings.store.database_url)
    try:
        texts = edition_in_force(settings, engine, now).edition.texts
    finally:
        engine.dispose()
    roster, escalation, notices = folder / "roster.toml", folder / "escalation.toml", folder / "notices.toml"
    roster.write_text(texts.roster, encoding="utf-8")
    escalation.write_text(texts.escalation, encoding="utf-8")
    notices.write_text("[to]\n", encoding="utf-8")
    files = {name: str(getattr(settings.files, name)) for name in ("prompts", "taxonomy", "examples", "regression")}
    own = own_table(settings)
    return {
        **{name: own[name] for name in _SETTINGS if name in own},
        "files": {**files, "roster": str(roster), "escalation": str(escalation), "notices": str(notices)},
        "decoder": {"model": str(speech_model(settings).path), "memory_mb": settings.decoder.memory_mb},
        "sms": {"gateway": ""},
        "console": {"listen": "", "pages": "", "pocket": "", "pocket_address": ""},
    }


def _called(trial: Trial, text: str) -> LineTried:
    hotline = trial.start_hotline()
    watcher, found = Watcher(), list[Found]()
    hotline.watch(watcher.see)
    call = trial.call(CALLER)
    answered = call.wait_answered(_ANSWER)
    found.append(Found(sentence="一打就通", true=True, figure=f"{(answered - call.invited_at) * 1000:.0f} 毫秒"))
    line = trial.settings.lines[0]
    if line.question:
        asked = watcher.wait("asked", limit=_QUESTION, prompt="question")
        told = f"接通后 {asked.ms / 1000:.1f} 秒提问"
        found.append(Found(sentence="放完录音告知，问群众有什么事", true=True, figure=told))
        call.wait_sound(5, since=answered + asked.ms / 1000)
        call.say(speech(text, voice="m4"))
    ringing = watcher.wait("planned", limit=_HEAR)
    rung = watcher.wait("rung", limit=_RING)
    understood = watcher.facts("understood")
    heard = str(understood[-1].detail.get("text", "")) if understood else ""
    rungs = ringing.detail["rungs"]
    called = tuple(f"{one['post']}{one['name']} {mask(str(one['number']))}" for one in rungs)
    found.append(Found(sentence="听到了说的话", true=bool(heard) or not line.question, figure=heard))
    found.append(Found(sentence="找到了该打给谁", true=bool(rungs), figure=str(ringing.detail.get("why", ""))))
    first = str(rung.detail.get("number", ""))
    planned = first in [one["number"] for one in rungs]
    found.append(Found(sentence="先打的就是排好的人", true=planned, figure=mask(first)))
    loopback = trial.settings.trunk.address == trial.network.address
    found.append(Found(sentence="没有打给任何真的电话", true=loopback, figure="打出去的都到了本机的软件电话"))
    call.hang_up()
    about = understood[-1].detail if understood else {}
    told = "，".join(str(about[one]) for one in ("matter_name", "place") if about.get(one))
    return LineTried(found=tuple(found), heard=heard, understood=told, rings=called)

"""The Asterisk that belongs to these settings: its configuration, its static prompts and the secret of its AMI user."""

import hashlib
import os
import secrets
from pathlib import Path

from dialplans import names
from dialplans.asterisk import AsteriskConfig
from dialplans.prompts import PromptBook
from zhitong.settings import Settings

STATIC_PROMPTS = "prompts"
"""Folder below Asterisk's own with the prompts that the dialplan plays without a controller."""


def ami_secret(settings: Settings) -> str:
    """The secret of the AMI user, made once per installation and kept in a file that only its owner reads."""
    path = settings.asterisk.folder / "ami.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(16))
    return path.read_text().strip()


def agi_token(settings: Settings) -> str:
    """What Asterisk's AGI requests begin with: any local user may connect, only Asterisk and we know this."""
    return hashlib.sha256(f"agi {ami_secret(settings)}".encode()).hexdigest()[:32]


def prompts_folder(settings: Settings) -> Path:
    """Where Asterisk finds what it says by itself."""
    return settings.asterisk.folder / STATIC_PROMPTS


def export_prompts(settings: Settings, book: PromptBook) -> Path:
    """Put every prompt that the dialplan names where Asterisk finds it; returns the folder."""
    folder = prompts_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    book.export_static(folder, names.STATIC_PROMPTS)
    return folder


def asterisk_config(settings: Settings, *, extra_dialplan: str = "") -> AsteriskConfig:
    """What Asterisk is configured with. All ports must be chosen (none 0). Raises ValueError naming each fault."""
    ladder, ports = settings.ladder, settings.asterisk
    return AsteriskConfig(
        folder=ports.folder,
        recordings=settings.folders.recordings,
        prompts=prompts_folder(settings),
        hotline_number=settings.trunk.caller_id,
        duty_floor=settings.dialling.duty_floor,
        trunk_address=settings.trunk.address,
        trunk_match=settings.trunk.match,
        sip_host=ports.sip_bind,
        sip_port=ports.sip_port,
        rtp_first=ports.rtp_first,
        rtp_last=ports.rtp_last,
        ami_port=ports.ami_port,
        ami_secret=ami_secret(settings),
        agi_port=ports.agi_port,
        agi_token=agi_token(settings),
        audio_port=ports.audio_port,
        deadman_seconds=ladder.deadman_seconds,
        ring_seconds=int(ladder.rung_seconds),
        stagger_ms=int(ladder.next_seconds * 1000),
        offer_ms=int(ladder.offer_seconds * 1000),
        nobody_ms=int(ladder.promise_seconds * 1000),
        dropped_ms=int(ladder.talk_min_seconds * 1000),
        room_dropped_ms=int(ladder.room_talk_min_seconds * 1000),
        dead_ms=int(ladder.dead_seconds * 1000),
        keyless_seconds=ladder.keyless_seconds,
        slow_ms=int(ladder.slow_seconds * 1000),
        extra_dialplan=extra_dialplan,
    )

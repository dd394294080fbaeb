"""来件 put together: what the console and the commands need to take in a case, from the settings."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.attachment import Medium
from cases.intake import SMS, BadDraft, Draft, draft_of
from cases.roles import Actor
from ivr.script import COMPLAINTS, asked_of_router
from recognizer.decoder import Decoder, DecoderSettings
from recognizer.voice_file import words_of
from routing.directory import Directory
from routing.faults import Fault
from routing.phone import normalise
from routing.router import unit_for
from zhitong.case_desk import case_rules
from zhitong.desk import understood_by
from zhitong.errors import IntakeRefused
from zhitong.people_heard import accused
from zhitong.settings import Settings, attachments_folder
from zhitong.speech_model import speech_model
from zhitong.store.attachments import AttachmentRow
from zhitong.understanding import Understanding, UnderstandingInForce
from zhitong.usecases.attachments import Limits, Opened, Upload, add_attachments, open_attachment
from zhitong.usecases.edit_case import TYPES
from zhitong.usecases.rules import Rules
from zhitong.usecases.sms_wishes import WISHES, heed_answer
from zhitong.usecases.take_in import TakenIn, take_in
from zhitong.usecases.transcribe import transcribe_due
from zhitong.usecases.understood import Understood

IDLE = 300.0
"""Seconds without a voice after which the recognizer's process ends."""
_OPEN = 60.0


class IntakeDesk:
    """Takes in what comes by other ways than calls. directory: as it is in force now."""

    def __init__(self, settings: Settings, engine: Engine, directory: Callable[[], Directory]) -> None:
        """Raises BadPolicy, BadCalendar, BadRetention, TaxonomyError."""
        self._settings, self._engine, self._directory = settings, engine, directory
        self._understanding = UnderstandingInForce(settings)
        self._ears = Ears(settings)

    @property
    def folder(self) -> Path:
        """Where attachments lie."""
        return attachments_folder(self._settings)

    def take(
        self, told: Mapping[str, str], *, key: str, uploads: Sequence[Upload], by: Actor, now: datetime
    ) -> TakenIn:
        """The case of these fields. Raises IntakeRefused, NotPermitted, NoRoom, DatabaseGone."""
        settings = self._settings
        return take_in(
            self._engine,
            self._rules(),
            self._draft(told, key=key, files=len(uploads), now=now),
            uploads=uploads,
            by=by,
            now=now,
            understand=self.understand,
            data=settings.folders.data,
            folder=self.folder,
            limits=intake_limits(settings),
            towns=self._understanding.now.taxonomy.towns,
        )

    def heed(self, told: Mapping[str, str], *, files: int, by: Actor, now: datetime) -> str:
        """What holds now for a citizen who wrote 退订 or 恢复 and nothing else, which is no case; empty: it is one.

        Raises IntakeRefused, NotPermitted, DatabaseGone.
        """
        if files or told.get("channel", "").strip() != SMS:
            return ""
        texts = self._rules().sms.asks(told.get("text", ""))
        if texts is None:
            return ""
        draft = self._draft(told, key="sms", files=files, now=now)
        if not draft.caller:
            raise IntakeRefused(Fault(field="caller", value="", mend="没有写是哪个号码退订、恢复短信。"))
        wish = heed_answer(
            self._engine,
            number=draft.caller,
            texts=texts,
            by=by,
            received_at=draft.received_at,
            area_code=self._settings.hotline.area_code,
        )
        return WISHES[wish]

    def _draft(self, told: Mapping[str, str], *, key: str, files: int, now: datetime) -> Draft:
        settings = self._settings
        short = settings.dialling.service_numbers
        try:
            return draft_of(
                told,
                key=key,
                files=files,
                now=now,
                types=TYPES,
                number=lambda raw: normalise(
                    raw, area_code=settings.hotline.area_code, service_numbers=short, field="caller"
                ),
            )
        except BadDraft as error:
            raise IntakeRefused(*error.faults) from None

    def add(self, number: str, uploads: Sequence[Upload], *, by: Actor, now: datetime) -> list[AttachmentRow]:
        """More files for a case; all it has. Raises IntakeRefused, NotPermitted, CaseNotFound, NoRoom, DatabaseGone."""
        return add_attachments(
            self._engine,
            self._rules(),
            number=number,
            uploads=uploads,
            folder=self.folder,
            limits=intake_limits(self._settings),
            by=by,
            now=now,
        )

    def open(self, number: str, id: int, *, by: Actor, now: datetime) -> Opened:
        """One attachment. Raises NotPermitted, CaseNotFound, DatabaseGone."""
        return open_attachment(self._engine, number=number, id=id, folder=self.folder, by=by, now=now)

    def transcribe(self, now: datetime) -> int:
        """Hears one voice that waits; how many it were. Raises DatabaseGone."""
        heard = transcribe_due(
            self._engine,
            self._rules(),
            folder=self.folder,
            hear=self._ears.hear,
            understand=self.understand,
            now=now,
        )
        if not heard:
            self._ears.rest()
        return heard

    def _rules(self) -> Rules:
        """As they stand now: a county may write a policy while we run. What is written names people as words do."""
        return case_rules(self._settings, self._directory(), self._engine)

    def stop(self) -> None:
        """Ends the recognizer's process, if one runs."""
        self._ears.stop()

    def understanding(self) -> Understanding:
        """What counts now; may take a second."""
        self._understanding.look()
        return self._understanding.now

    def understand(self, text: str, type: str, place: str) -> Understood:
        """What a call with these words would be, and which unit is proposed for it."""
        directory = self._directory()
        request = understood_by(text, by=self.understanding(), directory=directory)
        kind, where = type or request.type, place or request.place
        wanted = unit_for(replace(asked_of_router(request, "", said=text), place=where), directory)
        barred = accused(text, directory, complains=kind in COMPLAINTS).units
        chain = (directory.unit(wanted), *directory.above(wanted))
        unit = next((one.name for one in chain if one.code not in barred), "")
        return Understood(
            matter=request.matter or "",
            matter_name=request.matter_name,
            type=kind,
            urgency=request.urgency,
            place=where,
            unit=unit,
        )


class Ears:
    """A recognizer's process of its own, so that no call's place is taken; runs while there is something to hear."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decoder: Decoder | None = None
        self._used = 0.0

    def hear(self, path: Path) -> tuple[str, str]:
        """The words in a file, and how they were heard. Raises SoundError, DecoderGone, ModelError."""
        model, settings = speech_model(self._settings), self._settings.decoder
        if self._decoder is None:
            self._decoder = Decoder(DecoderSettings(model=model.path, streams=1, memory=settings.memory_mb << 20))
            self._decoder.start()
        stream = self._decoder.open(deadline=_OPEN)
        try:
            words = words_of(path, stream)
        finally:
            stream.close()
            self._used = time.monotonic()
        return words, "自带的小模型（试用识别），请人核对" if model.trial else "语音识别，请人核对"

    def rest(self) -> None:
        """Ends the process when nothing was heard for a while."""
        if self._decoder is not None and time.monotonic() - self._used > IDLE:
            self.stop()

    def stop(self) -> None:
        """Ends the process."""
        if self._decoder is not None:
            self._decoder.stop()
            self._decoder = None


def intake_limits(settings: Settings) -> Limits:
    """How much is taken in."""
    intake = settings.intake
    sizes = {
        Medium.TEXT: intake.text_mb,
        Medium.IMAGE: intake.image_mb,
        Medium.VOICE: intake.voice_mb,
        Medium.VIDEO: intake.video_mb,
    }
    return Limits(files=intake.attachments, bytes={medium: size << 20 for medium, size in sizes.items()})

"""What sentences are understood by: the words, and what was learned, as they count now. Whatever breaks, words do."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from recognizer.classifier import Classifier
from recognizer.errors import ExamplesError, TaxonomyError
from recognizer.examples import Example, load_examples
from recognizer.learned import classifier_of, kept_classifier, kept_path, version_of
from recognizer.request import Request
from recognizer.taxonomy import Taxonomy, load_taxonomy
from recognizer.understanding import understand
from zhitong.errors import ChangeRefused
from zhitong.settings import CHECKOUT, Settings, cache_folder
from zhitong.understanding_editions import (
    OWN,
    Edition,
    draft,
    edition_numbered,
    editions,
    keep_edition,
    learned_beside,
    newest_id,
)

log = logging.getLogger(__name__)

_AGAIN = 600.0
"""Seconds until what could not be learned is tried again."""
NOT_YET, NOT_WANTED = "例句还没有学好", "设置 speech.learned 关着"
"""Why the words alone decide, where nothing is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """One state: nothing in it ever changes, so that a sentence is understood by one edition.

    edition: its number, 0: the files. classifier None: the words alone decide, and `why`.
    """

    taxonomy: Taxonomy
    classifier: Classifier | None = None
    why: str = ""
    edition: int = 0

    def of(self, text: str) -> Request:
        """What the text asks for. Never raises."""
        return understand(text, taxonomy=self.taxonomy, classifier=self.classifier)


class UnderstandingInForce:
    """`now` is what counts; `look` brings it up to date and may take a second: never on the path of a call.

    trouble: why the edition published last is not what counts, or what was learned of it; empty when it is.
    """

    def __init__(self, settings: Settings, *, learns: bool = False) -> None:
        """learns: `look` has it learned, in a process of its own, where nobody has. Raises TaxonomyError when neither
        an edition nor the files can be read."""
        self._settings, self._learns, self._as_found = settings, False, False
        self.trouble = ""
        self._learning: subprocess.Popen[bytes] | None = None
        self._again = 0.0
        self._version = ""
        self._seen = newest_id(settings)
        self.edition, taxonomy = _newest_readable(settings)
        if self._seen != self.edition.id:
            self._tell(f"第 {self._seen} 版读不了，按{self.edition.name}")
        self._next: tuple[Edition, Taxonomy] | None = None
        why = NOT_YET if settings.speech.learned else NOT_WANTED
        self.now = Understanding(taxonomy=taxonomy, why=why, edition=self.edition.id)
        if settings.speech.learned:
            self._next = self.edition, taxonomy
            self.look()
        self._learns = self._as_found = learns  # not before a look from outside: a line on standby changes nothing

    def look(self) -> None:
        """Take what was published or learned since; what nobody has learned is."""
        if self._seen != (newest := newest_id(self._settings)):
            self._seen = newest
            self._published(newest)
        if self._next is not None and time.monotonic() >= self._again:
            self._reach(*self._next)
        if self._as_found and newest == 0 and self.now.classifier is not None:
            self._keep_as_found(self.now.classifier)

    def stop(self) -> None:
        """End what is being learned."""
        if self._learning is not None:
            self._learning.kill()
            self._learning.wait()
            self._learning = None

    def _published(self, id: int) -> None:
        """Another edition is to count; until all of it is there, the one before does."""
        edition = edition_numbered(self._settings, id)
        try:
            if edition is None:
                raise TaxonomyError("文件不全，或者被改过")
            taxonomy = load_taxonomy(edition.taxonomy)
        except TaxonomyError as error:
            self._tell(f"第 {id} 版读不了，还是按{self.edition.name}：{error}")
            return
        self.stop()
        self._version, self._again = "", 0.0
        if self._settings.speech.learned:
            self._next = edition, taxonomy
        else:
            self._take(edition, Understanding(taxonomy=taxonomy, why=NOT_WANTED, edition=id))

    def _reach(self, edition: Edition, taxonomy: Taxonomy) -> None:
        """Take this edition if it has been learned; else have it learned."""
        process, self._learning = self._learning, None
        if process is not None:
            if process.poll() is None:
                self._learning = process
                return
            told, _ = process.communicate()
            if process.returncode != 0:
                self._failed(told.decode(errors="replace").strip() or f"学习的进程停了（{process.returncode}）")
                return
            self._version = ""  # the files may have changed meanwhile
        try:
            self._version = self._version or _version(edition, taxonomy)
        except (ExamplesError, OSError) as error:
            self._failed(str(error))
            return
        classifier = self.now.classifier
        if classifier is None or classifier.version != self._version:
            classifier = kept_classifier(self._version, learned_beside(self._settings), learned_folder())
        if classifier is not None:
            self._take(edition, Understanding(taxonomy=taxonomy, classifier=classifier, edition=edition.id))
        elif process is not None:
            self._failed(f"学好的读不出来，看看 {learned_folder()} 还有没有空间")
        elif self._learns:
            self._learn(edition)

    def _take(self, edition: Edition, now: Understanding) -> None:
        self.edition, self.now, self._next = edition, now, None
        self.trouble = "" if edition.id == self._seen else self.trouble
        log.info("understanding goes by %s, %s", edition.name, now.classifier.version if now.classifier else now.why)

    def _learn(self, edition: Edition) -> None:
        log.warning("%s：%s，正在学，学好以前按%s", edition.name, NOT_YET, "原来的" if self.now.classifier else "词")
        argv = [sys.executable, "-m", "zhitong.learn_process", str(edition.taxonomy), str(edition.examples)]
        try:
            self._learning = subprocess.Popen(
                argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            self._failed(str(error))

    def _failed(self, why: str) -> None:
        if self.now.classifier is None:
            self.now = replace(self.now, why=why)
        self._tell(why)
        self._again = time.monotonic() + _AGAIN

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            log.error("understanding: %s", trouble)

    def _keep_as_found(self, classifier: Classifier) -> None:
        """The first edition: from now on the files are a draft."""
        self._as_found = False  # tried once
        try:
            found, now = draft(self._settings), datetime.now(UTC)
            learned = kept_path(classifier.version, learned_folder())
            keep_edition(
                self._settings, found, on=0, author=OWN, reason="首次启用：按文件原样", at=now, learned=learned
            )
        except (ChangeRefused, OSError, UnicodeDecodeError) as error:
            log.error("the words and examples in force are kept nowhere: %s", error)


def taxonomy_in_force(settings: Settings) -> Taxonomy:
    """The words that count. Raises TaxonomyError."""
    return _newest_readable(settings)[1]


def learn_ahead(settings: Settings) -> None:
    """Have it learned before what follows begins, so that it begins with it: half a minute where nobody has.

    Raises TaxonomyError, ExamplesError, OSError.
    """
    if not settings.speech.learned:
        return
    taxonomy = load_taxonomy(settings.files.taxonomy)
    learned_now(taxonomy, load_examples(settings.files.examples, taxonomy.names))


def learned_now(taxonomy: Taxonomy, examples: Sequence[Example]) -> Classifier:
    """What is learned of these, for somebody who waits for it and is told so. Raises ExamplesError, OSError."""
    if not kept_path(version_of(examples, taxonomy.terms), learned_folder()).exists():
        print("学习例句，半分钟左右……", file=sys.stderr)
    return classifier_of(examples, taxonomy.terms, folder=learned_folder())


def learned_folder() -> Path:
    """Where what is learned lies: it can be made again at any time."""
    return cache_folder(os.environ) / "understanding"


def _version(edition: Edition, taxonomy: Taxonomy) -> str:
    return version_of(load_examples(edition.examples, taxonomy.names), taxonomy.terms)


def _newest_readable(settings: Settings) -> tuple[Edition, Taxonomy]:
    for edition in editions(settings):
        try:
            return edition, load_taxonomy(edition.taxonomy)
        except TaxonomyError:
            continue
    files = settings.files
    return Edition(taxonomy=files.taxonomy, examples=files.examples, digest=""), load_taxonomy(files.taxonomy)

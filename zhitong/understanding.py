"""What sentences are understood by: the words, and what was learned, as they count now. Whatever breaks, words do."""

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from recognizer.classifier import Classifier
from recognizer.errors import ExamplesError
from recognizer.examples import load_examples
from recognizer.learned import kept_classifier, version_of
from recognizer.request import Request
from recognizer.taxonomy import Taxonomy, load_taxonomy
from recognizer.understanding import understand
from zhitong.settings import CHECKOUT, Settings, cache_folder

log = logging.getLogger(__name__)

_AGAIN = 600.0
"""Seconds until what could not be learned is tried again."""
NOT_YET, NOT_WANTED = "例句还没有学好", "设置 speech.learned 关着"
"""Why the words alone decide, where nothing is wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """One state: nothing in it ever changes, so that a sentence is understood by one edition. classifier None: by the
    words alone, and `why`."""

    taxonomy: Taxonomy
    classifier: Classifier | None = None
    why: str = ""

    def of(self, text: str) -> Request:
        """What the text asks for. Never raises."""
        return understand(text, taxonomy=self.taxonomy, classifier=self.classifier)


class UnderstandingInForce:
    """`now` is what counts; `look` brings it up to date and may take a second: never on the path of a call."""

    def __init__(self, settings: Settings, *, learns: bool = False) -> None:
        """learns: `look` has it learned, in a process of its own, where nobody has. Raises TaxonomyError."""
        self._settings, self._learns = settings, False
        self._learning: subprocess.Popen[bytes] | None = None
        self._again = 0.0
        self._version = ""
        self.now = Understanding(taxonomy=load_taxonomy(settings.files.taxonomy))
        if settings.speech.learned:
            self.look()
        else:
            self._without(NOT_WANTED)
        self._learns = learns  # not before the first look from outside: a line on standby learns nothing

    def look(self) -> None:
        """Take what has been learned since; where it is not there, have it learned."""
        if self.now.classifier is not None or not self._settings.speech.learned or time.monotonic() < self._again:
            return
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
            self._version = self._version or self._wanted()
        except (ExamplesError, OSError) as error:
            self._failed(str(error))
            return
        classifier = kept_classifier(self._version, learned_folder())
        if classifier is not None:
            self.now = replace(self.now, classifier=classifier, why="")
            log.info("understanding goes by what was learned, %s", classifier.version)
        elif process is not None:
            self._failed(f"学好的读不出来，看看 {learned_folder()} 还有没有空间")
        else:
            self._without(NOT_YET)
            if self._learns:
                self._learn()

    def stop(self) -> None:
        """End what is being learned."""
        if self._learning is not None:
            self._learning.kill()
            self._learning.wait()
            self._learning = None

    def _wanted(self) -> str:
        return version_of(load_examples(self._settings.files.examples), self.now.taxonomy.terms)

    def _learn(self) -> None:
        files = self._settings.files
        argv = [sys.executable, "-m", "zhitong.learn_process", str(files.taxonomy), str(files.examples)]
        try:
            self._learning = subprocess.Popen(
                argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            self._failed(str(error))

    def _failed(self, why: str) -> None:
        self._without(why)
        self._again = time.monotonic() + _AGAIN

    def _without(self, why: str) -> None:
        if why != self.now.why:
            self.now = replace(self.now, why=why)
            log.warning("只按词理解，不用分类器：%s", why)


def learned_folder() -> Path:
    """Where what is learned lies: it can be made again at any time."""
    return cache_folder(os.environ) / "understanding"

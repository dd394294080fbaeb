"""Figures of the turn, by what was learned: `bin/python -m tests.turn_figures [labelled.tsv …]`. Some three minutes.

(1) Requests within the small model's vocabulary, in five voices, through voice activity, recognizer and turn on a clock
of its own (the decoder's and the classifier's own time, some 20 ms, comes on top): how many are decided early, and how
long after the last sound. (2) Labelled requests, broken off after each of their characters as if the caller had paused
there: how often that would be decided early, and how often for another unit than the label's.
"""

import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ivr.early import Judged, judged
from ivr.softphone_audio import VOICES, speech
from ivr.speech import Conversation, Said, SpeechSettings
from recognizer.activity import ActivitySettings, VoiceActivity
from recognizer.classifier import Classifier
from recognizer.examples import load_examples
from recognizer.request import Request
from recognizer.taxonomy import Taxonomy, load_taxonomy
from recognizer.understanding import town_of, understand
from recognizer.vosk_recognizer import load
from routing.router import RequestFacts, unit_for
from tests.fakes.conversation import FakeClock
from tests.fakes.noises import telephone
from tests.fakes.spoken import SoundLine, VoskStream
from zhitong.directory_files import directory_of, draft_of
from zhitong.settings import Settings, load_settings
from zhitong.understanding import learned_now

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "recognizer" / "demo_model"
LONGEST_WORD = 8


class Figures:
    """Everything that is needed for both."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.taxonomy: Taxonomy = load_taxonomy(settings.files.taxonomy)
        examples = load_examples(settings.files.examples, self.taxonomy.names)
        self.classifier: Classifier = learned_now(self.taxonomy, examples)
        self.directory = directory_of(settings, draft_of(settings))
        self.seconds: list[float] = []

    def understood(self, text: str) -> Request:
        return understand(text, taxonomy=self.taxonomy, classifier=self.classifier)

    def judged(self, text: str, unknown_share: float = 0.0) -> Judged:
        began = time.perf_counter()
        request = self.understood(text)
        by_town = any(unit.places for unit in self.directory.units_for(request.matter or ""))
        told = judged(
            request,
            text=text,
            said=text,
            trial=False,
            sure=self.settings.speech.early_confidence,
            unknown_share=unknown_share,
            settled=bool(town_of(request.place)) or not by_town,
        )
        self.seconds.append(time.perf_counter() - began)
        return told

    def unit(self, matter: str | None, place: str) -> str:
        return unit_for(RequestFacts(matter=matter, place=place), self.directory)

    def texts(self) -> Iterator[str]:
        """Labelled examples that the small model has the words for."""
        words = {line.split()[0] for line in (MODEL / "graph" / "words.txt").read_text(encoding="utf-8").splitlines()}
        for text in sorted({one.text for one in load_examples(self.settings.files.examples) if one.code}):
            ends = {0}
            for end in range(1, len(text) + 1):
                if any(text[start:end] in words for start in ends if end - start <= LONGEST_WORD):
                    ends.add(end)
            if len(text) in ends and len(text) >= 5:
                yield text

    def spoken(self) -> None:
        model = load(MODEL)
        early, rest, cut = list[float](), list[float](), 0
        for text in self.texts():
            for voice in VOICES:
                sound = telephone(np.frombuffer(bytes(8000) + speech(text, voice=voice), "<i2"))
                clock = FakeClock()
                line = SoundLine(clock, sound)
                talk = Conversation(
                    line,
                    listen=lambda: VoskStream(model),
                    activity=lambda: VoiceActivity(ActivitySettings(silence=0.2)),
                    settings=SpeechSettings(),
                    clock=clock,
                    sleep=clock.sleep,
                )
                said = talk.ask(b"", judge=self.judged)
                whole = np.abs(np.frombuffer(sound, "<i2").astype(float))[: len(sound) // 320 * 160]
                last = (np.flatnonzero(whole.reshape(-1, 160).mean(axis=1) > 150)[-1] + 1) * 0.02
                if isinstance(said, Said):
                    (early if said.early else rest).append(line.seconds - last)
                    cut += line.seconds < last
        told(f"early {len(early)} of {len(early) + len(rest)}, cut while speaking {cut}", early)
        told("by silence", rest)

    def paused(self, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            requests = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["code"]]
        whole = whole_wrong = places = early = wrong = 0
        for one in requests:
            right = {self.unit(code, one["place"]) for code in (one["code"], one["alt_code"]) if code}
            text = one["text"]
            for end in range(3, len(text) + 1):
                if end < len(text):
                    places += 1
                if not self.judged(text[:end]).early:
                    continue
                request = self.understood(text[:end])
                other = self.unit(request.matter, request.place) not in right
                if end == len(text):
                    whole, whole_wrong = whole + 1, whole_wrong + other
                else:
                    early, wrong = early + 1, wrong + other
        share, bad, mid, worse = (
            n / of for n, of in ((whole, len(requests)), (whole_wrong, len(requests)), (early, places), (wrong, places))
        )
        once = (worse + (1 - mid) * bad) / (mid + (1 - mid) * share)
        print(f"{path.name}: {len(requests)} requests; whole: {whole} early ({share:.0%}), {whole_wrong} wrong unit;")
        print(f"  broken off at {places} places: {early} early ({mid:.1%}), {wrong} wrong unit;")
        print(f"  with one pause at any place in each call: {once:.1%} of early decisions for another unit")


def told(what: str, seconds: list[float]) -> None:
    """One line of figures."""
    p50, p95 = np.percentile(seconds, (50, 95)) if seconds else (0, 0)
    print(f"{what}: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms after the last sound")


if __name__ == "__main__":
    figures = Figures(load_settings())
    figures.spoken()
    for name in sys.argv[1:] or [str(ROOT / "tests" / "recorded" / "requests.tsv")]:
        figures.paused(Path(name))
    p50, p99 = np.percentile(figures.seconds, (50, 99)) * 1000
    print(f"judged {len(figures.seconds)} texts: p50 {p50:.1f} ms, p99 {p99:.1f} ms")

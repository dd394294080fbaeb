"""`python -m recognizer.model_builder.check DIR`: how well a model hears voices and sentences it never learnt from."""

import argparse
import random
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.model_builder import utterances, vocabulary, voice
from recognizer.model_builder.features import RATE
from recognizer.model_builder.telephone import alaw, band, noise, resample
from recognizer.vosk_recognizer import VoskRecognizer, load


def spoken(
    text: str, speaker: str, *, level: float = -22, snr: float | None = None, seed: int = 0
) -> NDArray[np.int16]:
    """`text` over a clean line: 300 to 3400 Hz, A-law, `level` dBFS, perhaps noise `snr` dB below it."""
    rng = random.Random(seed)
    wave, _ = voice.say(text, speaker)
    sound = resample(wave.astype(np.float64), voice.RATE, RATE, band(300, 3400, steep=8))
    sound *= 32768 * 10 ** (level / 20) / (np.sqrt(np.mean(sound**2)) + 1e-9)
    sound = np.concatenate([np.zeros(int(0.3 * RATE)), sound, np.zeros(int(0.6 * RATE))])
    if snr is not None:
        hiss = noise(len(sound), rng, rng.choice(["white", "pink", "brown", "hum"]))
        sound = sound + hiss * 32768 * 10 ** ((level - snr) / 20)
    return alaw(sound)


def heard(model: object, sound: NDArray[np.int16]) -> str:
    """The text of everything in `sound`."""
    recognizer = VoskRecognizer(model)
    raw = sound.astype("<i2").tobytes()
    found = [recognizer.accept(raw[n : n + 3200]) for n in range(0, len(raw), 3200)]
    return "".join(u.text for u in [*found, recognizer.finish()] if u)


def distance(said: str, understood: str) -> int:
    """Edits from one text to the other."""
    row = list(range(len(understood) + 1))
    for n, a in enumerate(said, 1):
        before, row[0] = row[0], n
        for m, b in enumerate(understood, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (a != b))
    return row[-1]


def main(arguments: list[str] | None = None) -> int:
    """Prints character error rate and share of sentences with all keywords, per voice."""
    parser = argparse.ArgumentParser(prog="recognizer.model_builder.check", description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--sentences", type=int, default=100)
    parser.add_argument("--snr", type=float, default=None, help="dB of noise below the voice")
    parser.add_argument("--show", action="store_true", help="sentences whose keywords were missed")
    given = parser.parse_args(arguments)
    model = load(given.model)
    rng = random.Random(77)
    sentences = [vocabulary.sentence(rng) for _ in range(given.sentences)] + vocabulary.OTHER_SENTENCES
    for speaker in utterances.TEST_VOICES:
        edits = characters = complete = 0
        for n, words in enumerate(sentences):
            text = "".join(words)
            understood = heard(model, spoken(text, speaker, snr=given.snr, seed=n))
            edits += distance(text, understood)
            characters += len(text)
            whole = all(word in understood for word in vocabulary.keywords(words))
            complete += whole
            if given.show and not whole:
                print(f"   {text} => {understood}")
        print(f"{speaker:8} CER {100 * edits / characters:4.1f} %  keywords {100 * complete / len(sentences):5.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What can go wrong between sound and request.

RecognizerError
├── DecoderGone        no recognition for this call now: go on without it
│   └── DecoderBusy    every place is taken
├── ModelError         the model folder is missing, incomplete, or could not be fetched
├── TaxonomyError      config/taxonomy.toml does not say what it must (also a ValueError)
├── ExamplesError      labelled texts do not say what they must (also a ValueError)
└── SoundError         no sound card, no PortAudio, or a sound file of the wrong kind
"""


class RecognizerError(Exception):
    """Root of this package's errors. Its text is a sentence for a person, with the mend where there is one."""


class DecoderGone(RecognizerError):
    """The recognizer's process died, hangs, or did not answer in time. The call goes on without recognition."""


class DecoderBusy(DecoderGone):
    """Every place of every recognizer process is taken."""


class ModelError(RecognizerError):
    """A speech model is missing, incomplete, or could not be fetched."""


class TaxonomyError(RecognizerError, ValueError):
    """The taxonomy is wrong; the text lists all faults at once."""


class ExamplesError(RecognizerError, ValueError):
    """Labelled texts are wrong; the text lists all faults at once."""


class SoundError(RecognizerError):
    """No way to record or play at this desk, or a sound file of the wrong kind."""

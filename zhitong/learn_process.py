"""python -m zhitong.learn_process WORDS EXAMPLES: learn ahead, in a process of its own, behind everything else.

It prints where it lies what was learned, or what is wrong with the examples, and then it ends with 1.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from recognizer.errors import RecognizerError
from recognizer.examples import load_examples
from recognizer.learned import classifier_of, kept_path
from recognizer.taxonomy import load_taxonomy
from zhitong.settings import load_settings
from zhitong.understanding import learned_folder

COURTESY = 19
"""Added to the process's niceness: calls come first."""


def main(arguments: Sequence[str]) -> int:
    """Without arguments: from the files of the settings."""
    os.nice(COURTESY)
    os.umask(0o077)
    files = load_settings().files
    words, examples = map(Path, arguments or (files.taxonomy, files.examples))
    try:
        taxonomy = load_taxonomy(words)
        learned = classifier_of(load_examples(examples, taxonomy.names), taxonomy.terms, folder=learned_folder())
    except (RecognizerError, OSError) as error:
        print(error)
        return 1
    print(kept_path(learned.version, learned_folder()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

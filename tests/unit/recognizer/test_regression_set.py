"""The sentences on which changed words and examples are tried."""

from recognizer.examples import load_examples
from recognizer.taxonomy import MATTER_CODES
from zhitong.settings import load_settings

FILES = load_settings(environ={}).files


def test_it_has_every_matter_and_kind_and_proves_something_since_nobody_learns_from_it() -> None:
    found = load_examples(FILES.regression)
    counts = {code: sum(one.code == code for one in found) for code in MATTER_CODES}
    assert min(counts.values()) >= 12, counts
    assert {one.intent for one in found} == {"request", "director", "emergency", "unclear"}
    known = {example.text for example in load_examples(FILES.examples)}
    assert not [one.text for one in found if one.text in known], "take these out of config/examples, or out of here"

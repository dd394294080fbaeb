"""What sentences are understood by: what was learned, once it is there; whatever breaks, the words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.errors import TaxonomyError
from tests.fakes.examples import write_examples
from zhitong.settings import Settings, load_settings
from zhitong.trial import wait_until
from zhitong.understanding import NOT_WANTED, NOT_YET, UnderstandingInForce, learn_ahead, learned_folder

SIGN = "路灯下头的跑马灯招牌歪了"
"""About street lamps by the words of the taxonomy; about a sign by the examples."""
SIGNS = [
    f"{said}\trequest\tD2\t\t投诉\tnormal\t" for said in (SIGN, "招牌歪了", "跑马灯歪了", "跑马灯招牌", "下头的跑马灯")
]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A county with a few examples of its own, of which nothing has been learned yet."""
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_FILES__EXAMPLES", str(write_examples(tmp_path / "examples", *SIGNS)))
    monkeypatch.setenv("ZHITONG_SPEECH__LEARNED", "true")
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    return load_settings()


@pytest.fixture
def running(settings: Settings) -> Iterator[UnderstandingInForce]:
    """As a line that has just been opened has it."""
    found = UnderstandingInForce(settings, learns=True)
    yield found
    found.stop()


def learn(settings: Settings) -> None:
    """As for the demo."""
    learn_ahead(settings)


def looked(found: UnderstandingInForce) -> bool:
    found.look()
    return found.now.classifier is not None


def test_until_it_is_learned_the_words_decide_and_then_what_was_learned(
    settings: Settings, running: UnderstandingInForce
) -> None:
    before = running.now
    assert before.classifier is None and before.why == NOT_YET
    assert before.of(SIGN).matter == "A4"
    assert before.of("我家停水三天了").matter == "A1", "the words know this"
    wait_until(lambda: looked(running), 60, "it is learned")
    assert running.now.of(SIGN).matter == "D2" and running.now.why == ""
    assert before.of(SIGN).matter == "A4", "who holds the state from before goes on by it"
    again = UnderstandingInForce(settings)
    assert again.now.of(SIGN).matter == "D2", "the next start has it at once"


def test_who_does_not_learn_takes_it_once_another_has(settings: Settings) -> None:
    found = UnderstandingInForce(settings)
    found.look()
    assert found.now.why == NOT_YET
    learn(settings)
    assert looked(found)


def test_a_damaged_file_is_learned_again(settings: Settings, running: UnderstandingInForce) -> None:
    learn(settings)
    [path] = learned_folder().glob("*.npz")
    path.write_bytes(path.read_bytes()[:5000])
    assert not looked(running)
    wait_until(lambda: looked(running), 60, "it is learned again")


def test_examples_with_a_fault_are_named_and_the_words_decide(settings: Settings) -> None:
    write_examples(settings.files.examples, "停水\trequest\tZ9\t\t求助\tnormal\t", name="own.tsv")
    found = UnderstandingInForce(settings, learns=True)
    assert "own.tsv 第 38 行：code='Z9'" in found.now.why
    assert found.now.of("我家停水三天了").matter == "A1"


def test_no_examples_or_no_room_to_keep_what_is_learned_and_the_words_decide(
    settings: Settings, running: UnderstandingInForce, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learned_folder().parent.mkdir(parents=True)
    learned_folder().write_text("a file where the folder should be")

    def failed() -> bool:
        running.look()
        return running.now.why not in ("", NOT_YET)

    wait_until(failed, 60, "learning has failed")
    assert str(learned_folder()) in running.now.why
    (settings.files.examples / "few.tsv").unlink()
    assert "没有 *.tsv 例句文件" in UnderstandingInForce(settings).now.why


def test_a_county_may_have_the_words_alone_decide(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(settings)
    monkeypatch.setenv("ZHITONG_SPEECH__LEARNED", "false")
    found = UnderstandingInForce(load_settings(), learns=True)
    assert not looked(found) and found.now.why == NOT_WANTED


def test_words_that_cannot_be_read_are_told_at_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHITONG_FILES__TAXONOMY", "none.toml")
    with pytest.raises(TaxonomyError, match="none"):
        UnderstandingInForce(load_settings())

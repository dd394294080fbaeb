"""A sentence that is changed while the hotline runs: what the controller's book says, before and after."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, NotPermitted, Role
from dialplans.prompts import PromptBook
from dialplans.voice import SynthesisFailed, Voice, to_linear
from ivr.softphone_audio import tone, wav
from tests.fakes.told_calls import MORNING
from zhitong.errors import PromptRefused
from zhitong.prompt_book import open_prompt_book, prompt_constants, prompt_texts
from zhitong.prompt_changes import CHANGES, changes_of, stamps_of
from zhitong.settings import Settings, load_settings
from zhitong.usecases.change_prompts import newest, put_back, put_sound, put_wording, see_prompts

ADMIN = Actor(name="管理员", roles=frozenset({Role.ADMIN}))
WORDS = "请您讲，是什么事？"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Folders of the test."""
    folders = {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "cache")}
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"folders": folders})


@pytest.fixture
def book(settings: Settings) -> PromptBook:
    """The controller's, with a voice that is quick: each sentence a sound of its own."""
    found = PromptBook(
        prompt_texts(settings),
        constants=prompt_constants(settings),
        recorded=settings.folders.prompts_recorded,
        cache=settings.folders.prompts_cache / "controller",
        synthesise=quick,
    )
    found.prepare()
    return found


def quick(text: str, voice: Voice, *, seconds: float, limit: float) -> bytes:
    """Fails where the test has said that nothing can be made."""
    if text.startswith("不行"):
        raise SynthesisFailed("no voice")
    return hashlib.sha256(text.encode()).digest() * 25


def word(engine: Engine, settings: Settings, text: str, *, key: str = "question") -> None:
    on = newest(changes_of(settings.folders.prompts_recorded))
    put_wording(engine, settings, key, text, on=on, by=ADMIN, now=MORNING)


def test_new_words_are_said_by_the_book_that_runs_and_what_is_being_played_stays(
    engine: Engine, settings: Settings, book: PromptBook
) -> None:
    stamps, playing = stamps_of(settings.folders.prompts_recorded), book.prompt("question")
    sound = book.pcm(playing)
    word(engine, settings, WORDS)
    word(engine, settings, "您{day}打来的事正在办，有新的事请说。", key="open_case")
    assert stamps_of(settings.folders.prompts_recorded) != stamps
    assert book.renew(prompt_texts(settings)) == ("question",)
    new = book.prompt("question")
    assert (new.text, new.version) == (WORDS, playing.version + 1)
    assert book.pcm(new) != sound and book.pcm(playing) == sound and Path(f"{playing.path}.alaw").exists()
    assert book.prompt("open_case", day="昨天", when="").text == "您昨天打来的事正在办，有新的事请说。"
    assert book.renew(prompt_texts(settings)) == (), "nothing has changed since"


def test_a_recording_is_said_and_a_file_of_the_dialplan_is_replaced(
    engine: Engine, settings: Settings, book: PromptBook, tmp_path: Path
) -> None:
    book.export_static(tmp_path / "asterisk", ["waiting"])
    before = (tmp_path / "asterisk/waiting.alaw").read_bytes()
    put_sound(engine, settings, "waiting", wav(tone(500, 2)), on=0, by=ADMIN, now=MORNING)
    assert book.renew(prompt_texts(settings)) == ("waiting",)
    book.export_static(tmp_path / "asterisk", ["waiting"])
    after = (tmp_path / "asterisk/waiting.alaw").read_bytes()
    assert after != before and book.pcm(book.prompt("waiting")) == to_linear(after)
    put_back(engine, settings, "waiting", 0, on=2, by=ADMIN, now=MORNING)
    book.renew(prompt_texts(settings))
    book.export_static(tmp_path / "asterisk", ["waiting"])
    assert (tmp_path / "asterisk/waiting.alaw").read_bytes() == before


def test_a_recording_in_the_local_speech_stands_beside_the_other(
    engine: Engine, settings: Settings, book: PromptBook
) -> None:
    assert book.local("question") is None
    put_sound(engine, settings, "question", wav(tone(500, 1)), local=True, on=0, by=ADMIN, now=MORNING)
    assert book.renew(prompt_texts(settings)) == ("question",) and book.local("question") is not None
    found = changes_of(settings.folders.prompts_recorded)[0]
    put_back(engine, settings, "question", found.number, on=2, by=ADMIN, now=MORNING)
    book.renew(prompt_texts(settings))
    assert book.local("question") is None


def test_a_sentence_that_cannot_be_made_stays_as_it_was(engine: Engine, settings: Settings, book: PromptBook) -> None:
    word(engine, settings, "不行，您讲。")
    assert book.renew(prompt_texts(settings)) == ()
    assert book.prompt("question").text == "您请说，什么事？"


def test_a_torn_line_and_words_of_another_program_count_for_nothing(engine: Engine, settings: Settings) -> None:
    word(engine, settings, WORDS)
    path = settings.folders.prompts_recorded / CHANGES
    kept = path.read_text()
    path.write_text(kept + kept.splitlines()[-1].replace(WORDS, "您{gone}说") + "\n" + '{"number": 9, "key"')
    assert open_prompt_book(settings).sentence("question") == "您请说，什么事？"


def test_only_administrators_change_what_is_said_and_who_is_overtaken_is_told(
    engine: Engine, settings: Settings
) -> None:
    desk = Actor(name="受理周敏", roles=frozenset({Role.DESK}))
    with pytest.raises(NotPermitted, match="不能改提示音"):
        put_wording(engine, settings, "question", WORDS, on=0, by=desk, now=MORNING)
    assert see_prompts(settings, by=desk)[1] == ()
    word(engine, settings, WORDS)
    with pytest.raises(PromptRefused, match="您的没有存"):
        put_wording(engine, settings, "question", "您说吧。", on=0, by=ADMIN, now=MORNING)

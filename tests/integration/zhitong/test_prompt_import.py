"""Recorded files take the place of synthetic prompts, and of the local speech beside them."""

import subprocess
from pathlib import Path

import pytest

from dialplans.names import STATIC_PROMPTS
from routing.faults import BadConfig
from zhitong.prompt_book import open_prompt_book
from zhitong.prompt_import import import_prompts
from zhitong.prompt_studio import check_prompts, list_prompts
from zhitong.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    folders = {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "cache")}
    return load_settings(environ={"HOME": str(tmp_path)}, overrides={"folders": folders})


def spoken(path: Path, *kind: str, text: str = "您请说", effects: tuple[str, ...] = ()) -> Path:
    """A sentence as a sound file of this kind, by the arguments of sox."""
    wav = subprocess.run(
        ["espeak-ng", "-v", "cmn-latn-pinyin", "--stdout", text], capture_output=True, timeout=20, check=True
    ).stdout
    command = ["sox", "--ignore-length", "-t", "wav", "-", *kind, str(path), *effects]
    subprocess.run(command, input=wav, timeout=20, check=True, capture_output=True)
    return path


def refused(settings: Settings, *given: str) -> str:
    with pytest.raises(BadConfig) as found:
        import_prompts(settings, given)
    assert not settings.folders.prompts_recorded.exists(), "nothing half-done stays"
    return str(found.value)


@pytest.mark.parametrize(
    "kind",
    [
        ("-r", "8000", "-c", "1", "-b", "16"),
        ("-r", "16000", "-c", "1", "-b", "16"),
        ("-r", "44100", "-c", "2", "-b", "16"),
        ("-r", "48000", "-c", "2", "-b", "24"),
        ("-r", "48000", "-c", "1", "-e", "float", "-b", "32"),
        ("-r", "8000", "-c", "1", "-e", "a-law"),
    ],
)
def test_any_usual_wav_is_taken_and_used(settings, tmp_path, kind):
    (told,) = import_prompts(settings, [f"question={spoken(tmp_path / 'mine.wav', *kind)}"])
    assert told.startswith("question：") and "您请说，什么事？" in told
    assert "录音" in next(line for line in list_prompts(settings) if line.startswith("question"))
    book = open_prompt_book(settings)
    book.prepare()
    assert 0.3 < book.prompt("question").seconds < 3
    assert check_prompts(settings) == []


def test_a_folder_of_files_is_taken_whole_or_not_at_all(settings, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    for key in ("question", "thanks"):
        spoken(folder / f"{key}.wav")
    (folder / "waiting.wav").write_bytes(b"ID3 this is an mp3")
    assert "waiting" in refused(settings, str(folder))
    (folder / "waiting.wav").unlink()
    assert len(import_prompts(settings, [str(folder)])) == 2


def test_what_cannot_be_used_is_refused_with_its_name_and_the_mend(settings, tmp_path):
    loud = spoken(tmp_path / "loud.wav", effects=("gain", "40"))
    assert "削了顶" in refused(settings, f"question={loud}")
    faint = spoken(tmp_path / "faint.wav", "-b", "24", effects=("gain", "-60"))
    assert "太轻" in refused(settings, f"question={faint}")
    long = spoken(tmp_path / "long.wav", text="您请说" * 8)
    assert "最多 3 秒" in refused(settings, f"question={long}")
    good = spoken(tmp_path / "good.wav")
    assert "nowhere" in refused(settings, f"nowhere={good}")
    assert "nobody" in refused(settings, f"nobody={good}"), "it has words of a call in it"
    assert "两个文件" in refused(settings, f"question={good}", f"question={long}")
    none = refused(settings, f"question={tmp_path / 'none.wav'}")
    assert "没有这个文件" in none and "不是 WAV" not in none
    (tmp_path / "empty").mkdir()
    assert "没有 .wav" in refused(settings, str(tmp_path / "empty"))


def test_the_local_speech_is_said_where_it_was_recorded_and_all_else_in_mandarin(settings, tmp_path):
    import_prompts(
        settings, [f"question={spoken(tmp_path / 'q.wav')}", f"waiting={spoken(tmp_path / 'w.wav')}"], local=True
    )
    book = open_prompt_book(settings)
    book.prepare()
    mandarin = book.prompt("question")
    local = book.local("question")
    assert local is not None and local.key == "question"
    assert local.pcm() != mandarin.pcm()
    assert book.local("thanks") is None
    book.export_static(tmp_path / "out", STATIC_PROMPTS)
    assert (tmp_path / "out" / "local" / "waiting.alaw").is_file()
    assert not (tmp_path / "out" / "local" / "thanks.alaw").exists()
    (settings.folders.prompts_recorded / "local" / "waiting.wav").unlink()
    again = open_prompt_book(settings)
    again.prepare()
    again.export_static(tmp_path / "out", STATIC_PROMPTS)
    assert not (tmp_path / "out" / "local" / "waiting.alaw").exists()
    assert "本地话录音" in next(line for line in list_prompts(settings) if line.startswith("question"))

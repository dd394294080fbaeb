"""Finding and checking models, and the list of official ones."""

import shutil
from pathlib import Path

import pytest

from recognizer.errors import ModelError
from recognizer.model import DEMO, Official, check_model, find_model, load_catalogue

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = {
    "small": Official(name="model-small", url="http://127.0.0.1/model-small.zip", sha256="0" * 64),
    "big": Official(name="model-big", url="http://127.0.0.1/model-big.zip", sha256=""),
}


def model_at(folder: Path) -> Path:
    shutil.copytree(DEMO, folder)
    return folder


def test_without_setting_or_fetched_model_the_shipped_one_is_used_on_trial(tmp_path: Path) -> None:
    found = find_model(None, cache=tmp_path, catalogue=CATALOGUE)
    assert (found.path, found.kind, found.trial) == (DEMO, "demo", True)


def test_a_fetched_model_comes_before_the_shipped_one_and_the_big_before_the_small(tmp_path: Path) -> None:
    model_at(tmp_path / "model-small")
    found = find_model(None, cache=tmp_path, catalogue=CATALOGUE)
    assert (found.kind, found.trial) == ("small", False)
    model_at(tmp_path / "model-big")
    assert find_model(None, cache=tmp_path, catalogue=CATALOGUE).kind == "big"


def test_a_configured_model_comes_first(tmp_path: Path) -> None:
    model_at(tmp_path / "cache" / "model-big")
    own = model_at(tmp_path / "ours")
    found = find_model(own, cache=tmp_path / "cache", catalogue=CATALOGUE)
    assert (found.path, found.kind, found.trial) == (own, "own", False)


def test_the_shipped_model_stays_a_trial_when_it_is_configured_by_its_path(tmp_path: Path) -> None:
    assert find_model(DEMO, cache=tmp_path, catalogue=CATALOGUE).trial


def test_a_damaged_fetched_model_is_passed_over(tmp_path: Path) -> None:
    (model_at(tmp_path / "model-small") / "am" / "final.mdl").unlink()
    assert find_model(None, cache=tmp_path, catalogue=CATALOGUE).kind == "demo"


def test_a_configured_model_that_is_not_there_is_an_error_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none.*不存在.*decoder\.model"):
        find_model(tmp_path / "none", cache=tmp_path, catalogue=CATALOGUE)


def test_an_incomplete_model_names_every_missing_or_empty_file(tmp_path: Path) -> None:
    model = model_at(tmp_path / "model")
    (model / "am" / "final.mdl").unlink()
    (model / "graph" / "words.txt").write_text("")
    with pytest.raises(ModelError) as error:
        check_model(model)
    assert "am/final.mdl" in str(error.value)
    assert "graph/words.txt" in str(error.value)
    assert "mfcc" not in str(error.value)


@pytest.mark.parametrize(
    "file",
    ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst", "graph/phones/word_boundary.int"],
)
def test_each_file_that_is_missing_is_told(tmp_path: Path, file: str) -> None:
    model = model_at(tmp_path / "model")
    (model / file).unlink()
    with pytest.raises(ModelError, match=f"缺（或为空）：{file}。请检查设置"):
        check_model(model)


def test_a_model_whose_graph_comes_in_two_halves_is_whole(tmp_path: Path) -> None:
    model = model_at(tmp_path / "model")
    (model / "graph" / "HCLG.fst").rename(model / "graph" / "HCLr.fst")
    words = (model / "graph" / "words.txt").read_bytes()
    (model / "graph" / "words.txt").unlink()
    (model / "graph" / "Gr.fst").write_bytes(b"\xd6\xfd\xb2\x7e" + words)
    with pytest.raises(ModelError, match=r"缺（或为空）：graph/disambig_tid\.int。"):
        check_model(model)
    (model / "graph" / "disambig_tid.int").write_text("1\n")
    check_model(model)


def test_a_model_that_was_unpacked_one_folder_too_deep_is_told_where_it_is(tmp_path: Path) -> None:
    inner = model_at(tmp_path / "model" / "vosk-model-cn-0.22")
    with pytest.raises(ModelError, match=f"decoder.model 写成 {inner}"):
        check_model(tmp_path / "model")


@pytest.mark.parametrize("file", ["am/final.mdl", "graph/HCLG.fst"])
def test_what_stands_in_for_a_file_that_was_not_downloaded_is_told(tmp_path: Path, file: str) -> None:
    model = model_at(tmp_path / "model")
    (model / file).write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match=f"{file} 不是模型文件.*再下载一次"):
        check_model(model)


def test_a_model_of_another_language_is_no_model_for_this_line(tmp_path: Path) -> None:
    model = model_at(tmp_path / "model")
    (model / "graph" / "words.txt").write_text("<eps> 0\nhello 1\n[unk] 2\n")
    with pytest.raises(ModelError, match="不是中文模型"):
        check_model(model)


def test_the_speakers_part_of_an_official_model_is_whole_or_not_there(tmp_path: Path) -> None:
    model = model_at(tmp_path / "model")
    (model / "ivector").mkdir()
    (model / "ivector" / "final.ie").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"ivector/final\.dubm、ivector/final\.mat"):
        check_model(model)


def test_a_link_that_leads_nowhere_and_a_path_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    model = model_at(tmp_path / "model")
    (model / "am" / "final.mdl").unlink()
    (model / "am" / "final.mdl").symlink_to(model / "am" / "final.mdl")
    with pytest.raises(ModelError, match=r"缺（或为空）：am/final\.mdl"):
        check_model(model)
    with pytest.raises(ModelError, match=r"读不了.*权限"):
        check_model(tmp_path / ("x" * 300))


def test_the_shipped_list_of_official_models_is_in_order() -> None:
    catalogue = load_catalogue(ROOT / "config" / "models.toml")
    assert catalogue["small"].name == "vosk-model-small-cn-0.22"
    assert catalogue["big"].name == "vosk-model-cn-0.22"
    for official in catalogue.values():
        assert official.url.endswith(f"/{official.name}.zip")
        assert len(official.sha256) in (0, 64)


def test_every_fault_of_the_list_is_told(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('base_url = 3\n[small]\nname = "../x"\nsha256 = "12"\n[big]\nname = "b"\n')
    with pytest.raises(ModelError) as error:
        load_catalogue(file)
    for field in ("base_url", "small.name", "small.sha256", "big.sha256"):
        assert field in str(error.value)

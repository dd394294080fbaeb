"""config/taxonomy.toml is checked as a whole, and every fault is named."""

from pathlib import Path

import pytest

from recognizer.errors import TaxonomyError
from recognizer.taxonomy import MATTER_CODES, load_taxonomy
from recognizer.understanding import understand

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "taxonomy.toml"


def test_the_shipped_taxonomy_holds_all_16_sub_items() -> None:
    taxonomy = load_taxonomy(SHIPPED)
    assert list(taxonomy.names) == list(MATTER_CODES)
    assert len(MATTER_CODES) == 16
    assert taxonomy.names["A1"] == "供水饮水"
    for code in MATTER_CODES:
        assert any(code in tags for tags in taxonomy.matters.values()), code


def test_all_faults_are_told_at_once_with_their_fields(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    text = text.replace('name = "供水饮水"', "name = 5").replace("停水 断水", "停水 abc 断水", 1)
    text = text.replace("[matters.D4]", "[matters.other]").replace('crime = ["', 'crime = ["拿刀& |', 1)
    file = tmp_path / "taxonomy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TaxonomyError) as error:
        load_taxonomy(file)
    for field in ("matters.A1.name=5", "'abc'", "matters.D4.name", "matters.other", "danger.crime"):
        assert field in str(error.value)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("[villages]", "[vilages]"), "vilages：没有这一项，是不是 villages？"),
        (("landmarks =", "landmark ="), "places.landmark：没有这一项，是不是 landmarks？"),
        (("[complained]", '[matters.E1]\nalos = "缆车"\n[complained]'), "matters.E1.alos：没有这一项，是不是 also？"),
        (("[complained]", '[matters.E1]\nname = " "\n[complained]'), "matters.E1.name=' '：写事项的名称"),
        (("[complained]", '[matters.E1]\nname = "供水饮水"\n[complained]'), "E1.name='供水饮水'：别的事项也叫"),
        (("[complained]", '[matters.E1]\nname = "索道"\n[complained]'), 'E1.words=None：没有写；没有词，也写 ""'),
        (("[danger]", "[danger.more]"), "danger.fire=None"),
        (('[types."咨询"]', '[types."问"]'), "types.问：没有这一项"),
    ],
)
def test_a_slip_of_the_pen_is_told_instead_of_leaving_words_out(
    tmp_path: Path, change: tuple[str, str], fault: str
) -> None:
    file = tmp_path / "taxonomy.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(TaxonomyError) as error:
        load_taxonomy(file)
    assert fault in str(error.value)


@pytest.mark.parametrize("text", ["", "danger = 3", 'matters = "x"', "[matters]\nE1 = 3", "villages = 3", "types = []"])
def test_whatever_stands_there_is_a_fault_that_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "taxonomy.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"matters\.A1\.name"):
        load_taxonomy(tmp_path / "taxonomy.toml")


def test_a_file_as_a_windows_editor_saves_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "taxonomy.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert load_taxonomy(file).names == load_taxonomy(SHIPPED).names


def test_a_county_adds_a_matter_of_its_own_with_its_words(tmp_path: Path) -> None:
    own = '\n[matters.E1]\nname = "边境口岸"\nstrong = "口岸 边境证"\nwords = ""\nweak = ""\nalso = "过境的车排队"\n'
    file = tmp_path / "taxonomy.toml"
    file.write_text(SHIPPED.read_text(encoding="utf-8") + own, encoding="utf-8")
    taxonomy = load_taxonomy(file)
    assert list(taxonomy.names) == [*MATTER_CODES, "E1"] and taxonomy.names["E1"] == "边境口岸"
    assert ("过境的车排队", "E1") in taxonomy.terms
    assert understand("口岸一直不开门", taxonomy=taxonomy).matter == "E1"


def test_villages_may_be_left_out_and_stand_in_towns_of_the_county_under_their_whole_names(tmp_path: Path) -> None:
    whole, file = SHIPPED.read_text(encoding="utf-8"), tmp_path / "taxonomy.toml"
    before, _, after = whole.partition("[villages]")
    file.write_text(before + after[after.index("\n[") :], encoding="utf-8")
    assert not load_taxonomy(file).gazetteer.villages
    file.write_text(whole.replace("[villages]", '[villages]\n"外县镇" = "石坎"'), encoding="utf-8")
    with pytest.raises(TaxonomyError) as error:
        load_taxonomy(file)
    assert "villages.外县镇：places.towns" in str(error.value) and "以村或社区结尾" in str(error.value)


def test_a_missing_or_broken_file_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match="恢复"):
        load_taxonomy(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("ignore = ", encoding="utf-8")
    with pytest.raises(TaxonomyError, match=r"broken\.toml"):
        load_taxonomy(broken)

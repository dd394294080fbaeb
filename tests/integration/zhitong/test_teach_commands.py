"""zhitong teach: tried on the regression set, published with name and reason, taken back, by a running line as well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer.examples import COLUMNS
from tests.fakes.examples import write_examples
from zhitong.cli import main
from zhitong.settings import Settings, load_settings
from zhitong.understanding import UnderstandingInForce, learn_ahead, taxonomy_in_force
from zhitong.understanding_editions import editions, editions_folder

Command = Callable[..., tuple[int, str, str]]
SIGN = "路灯下头的跑马灯招牌歪了"
SIGNS = [f"{said}\trequest\tD2\t\t求助\tnormal\t" for said in ("招牌歪了", "跑马灯歪了", "跑马灯招牌", "下头的跑马灯")]
LAMPS = [f"{said}\trequest\tD3\t\t建议\tnormal\t" for said in ("路灯坏了好久", "路灯不亮黑", "路灯坏了黑", "街上路灯")]
BY = ("--by", "管理员方芳", "--reason", "招牌归村里")


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A county with a few examples and a regression set of its own, all learned."""
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZHITONG_FILES__EXAMPLES", str(write_examples(tmp_path / "examples")))
    monkeypatch.setenv("ZHITONG_SPEECH__LEARNED", "true")
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    regression = tmp_path / "regression"
    regression.mkdir()
    rows = [
        f"{SIGN}\trequest\tD2\t\t求助\tnormal\t",
        "那条街的路灯坏了黑起的\trequest\tA4\t\t求助\tnormal\t",
        "我家停水三天了\trequest\tA1\t\t求助\torange\t",
        "转人工嘛\tdirector\t\t\t求助\tnormal\t",
    ]
    (regression / "own.tsv").write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__REGRESSION", str(regression))
    settings = load_settings()
    learn_ahead(settings)
    return settings


@pytest.fixture
def line(county: Settings) -> UnderstandingInForce:
    """As a running line has it, which has kept the files as the first edition."""
    found = UnderstandingInForce(county, learns=True)
    found.look()
    found.look()
    assert found.edition.id == 1
    return found


@pytest.fixture
def zhitong(county: Settings, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["teach", *words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def matter(line: UnderstandingInForce, text: str = SIGN) -> str | None:
    line.look()
    return line.now.of(text).matter


def test_a_change_is_tried_published_and_taken_back_and_a_running_line_has_it_at_the_next_sentence(
    county: Settings, line: UnderstandingInForce, zhitong: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert matter(line) == "A4"
    write_examples(county.files.examples, *SIGNS)
    status, told, _ = zhitong("try")
    assert status == 0 and "回归集 3 句（另有 1 句也在例句里，不算），在用的第 1 版" in told
    assert "事项：1/2 → 2/2（+1）" in told
    assert f"{SIGN}  事项 A4→D2（标的是D2" in told and "变差 0 句" in told
    assert matter(line) == "A4", "not yet"
    assert "没有发布" in zhitong("editions")[1]
    for words, code in ((("--in-force",), "A4"), ((), "D2")):
        assert main(["understand", SIGN, *words]) == 0
        told = capsys.readouterr()
        assert f"事项：{code}" in told.out and ("来电按第 1 版" in told.err) == (not words)

    status, told, _ = zhitong("publish", *BY)
    assert status == 0 and "第 2 版发布了" in told and "zhitong teach restore 1" in told
    assert matter(line) == "D2" and line.now.edition == 2
    assert UnderstandingInForce(county).now.of(SIGN).matter == "D2", "the next start has it at once"

    status, told, _ = zhitong("restore", "1", "--by", "管理员方芳", "--reason", "弄错了")
    assert status == 0 and matter(line) == "A4" and line.now.edition == 3
    told = zhitong("editions")[1]
    assert "管理员方芳：招牌归村里；事项 1→2/2" in told and "管理员方芳：弄错了" in told and "系统：首次启用" in told
    assert told.index("弄错了") < told.index("招牌归村里") and "（在用）" in told.splitlines()[0]


def test_before_anything_was_published_the_files_are_judged_by_themselves(county: Settings, zhitong: Command) -> None:
    write_examples(county.files.examples, *SIGNS)  # nobody has learned these: compared with the words, all gets better
    status, told, _ = zhitong("try")
    assert status == 0 and "还没有发布过，没有可比的" in told
    assert "事项：2/2 → 2/2（不变）" in told and "变好 0 句" in told and "只按词理解" not in told


def test_what_makes_the_regression_set_worse_is_refused_unless_told_so(
    county: Settings, line: UnderstandingInForce, zhitong: Command
) -> None:
    write_examples(county.files.examples, *LAMPS, *(row.replace("路灯", "那条街的路灯") for row in LAMPS))
    status, told, refused = zhitong("publish", *BY)
    assert "变差 1 句：\n  那条街的路灯坏了黑起的  事项 A4→D3" in told
    assert status == 1 and "没有发布" in refused and "事项：1/2 → 0/2，最多许差 0 句" in refused
    line.look()
    assert line.now.edition == 1 and len(list(editions(county))) == 1
    assert zhitong("publish", "--anyway", "--by", "管理员方芳")[0] == 1, "not without a reason"
    assert zhitong("publish", "--anyway", *BY)[0] == 0
    assert "变差仍发布：事项：1/2 → 0/2" in zhitong("editions")[1]


def test_faults_are_named_by_file_row_value_and_mend_and_nothing_is_published(
    county: Settings, line: UnderstandingInForce, zhitong: Command
) -> None:
    rows = ["停水\trequest\tZ9\t\t求助\tnormal\t", "停水了\trequest\tA1\t\t求\tnormal\t", "停水,\trequest\tA1"]
    (county.files.examples / "own.tsv").write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    for command in (("try",), ("publish", *BY)):
        status, _, refused = zhitong(*command)
        assert status == 1
        assert "own.tsv 第 2 行：code='Z9'：诉求（request）写事项的代码（A1 " in refused
        assert "own.tsv 第 3 行：type='求'：只能是 咨询" in refused
        assert "own.tsv 第 4 行：列数不够" in refused
    line.look()
    assert line.now.edition == 1 and line.trouble == "" and line.now.classifier is not None


def test_an_edition_that_is_damaged_harms_neither_the_running_line_nor_the_next_start(
    county: Settings, line: UnderstandingInForce, zhitong: Command
) -> None:
    write_examples(county.files.examples, *SIGNS)
    assert zhitong("publish", *BY)[0] == 0
    words = editions_folder(county) / "0002" / "taxonomy.toml"
    words.write_text("不是词表", encoding="utf-8")
    before = line.now
    assert matter(line) == "A4" and line.now is before
    assert "第 2 版读不了，还是按第 1 版" in line.trouble
    again = UnderstandingInForce(county)
    assert again.now.edition == 1 and "第 2 版读不了，按第 1 版" in again.trouble and again.now.classifier is not None


def test_words_count_when_they_are_published_too(
    county: Settings, line: UnderstandingInForce, zhitong: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "taxonomy.toml"
    words = county.files.taxonomy.read_text(encoding="utf-8")
    own.write_text(words.replace('towns = "', 'towns = "新月镇 ', 1), encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__TAXONOMY", str(own))
    assert "新月镇" not in taxonomy_in_force(load_settings()).towns
    assert zhitong("publish", *BY)[0] == 0
    line.look()
    assert line.now.of("新月镇我家停水三天了").place == "新月镇"
    assert "新月镇" in taxonomy_in_force(load_settings()).towns


def test_only_administrators_publish_once_there_is_one(
    county: Settings, line: UnderstandingInForce, zhitong: Command
) -> None:
    assert main(["account", "first", "管理员方芳"]) == 0
    assert main(["account", "add", "王坐席", "--role", "受理台", "--by", "管理员方芳"]) == 0
    write_examples(county.files.examples, *SIGNS)
    status, _, refused = zhitong("publish", "--by", "王坐席", "--reason", "x")
    assert status == 1 and "王坐席不能发布词表和例句" in refused
    assert len(list(editions(county))) == 1
    assert zhitong("publish", *BY)[0] == 0


def test_what_is_published_meanwhile_or_cannot_be_kept_leaves_nothing_half_done(
    county: Settings, line: UnderstandingInForce, zhitong: Command, tmp_path: Path
) -> None:
    write_examples(county.files.examples, *SIGNS)
    there = editions_folder(county) / "learned"
    there.rename(tmp_path / "aside")
    there.write_text("a file where the folder should be")
    assert zhitong("publish", *BY)[0] == 1
    assert [path.name for path in editions_folder(county).iterdir() if path != there] == ["0001"]
    assert matter(line) == "A4" and line.now.edition == 1

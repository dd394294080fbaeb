"""zhitong understand: a sentence explained, and a file of them."""

import csv
from pathlib import Path

import pytest

from recognizer.examples import COLUMNS
from tests.fakes.examples import write_examples
from zhitong.cli import main

FIELDS = ["id", "intent", "code", "second_code", "type", "urgency", "place", "confidence"]


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A county with a few examples of its own and an empty cache."""
    folder = write_examples(tmp_path / "examples")
    monkeypatch.setenv("ZHITONG_FILES__EXAMPLES", str(folder))
    monkeypatch.setenv("ZHITONG_CACHE", str(tmp_path / "cache"))
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert reader.fieldnames == FIELDS
        return list(reader)


def test_every_row_of_the_file_gets_a_row_and_what_is_no_request_has_no_code(few: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.tsv", tmp_path / "out.tsv"
    source.write_text(
        "id\ttext\nq1\t庙沟镇我家停水三天了没得水\nq2\t喂你好\nq3\t转人工\nq4\t\nq5\t窗口没人上班态度差\n",
        encoding="utf-8",
    )
    assert main(["understand", "--tsv", str(source), str(target)]) == 0
    rows = table(target)
    assert [row["id"] for row in rows] == ["q1", "q2", "q3", "q4", "q5"]
    assert [row["intent"] for row in rows] == ["request", "unclear", "director", "unclear", "request"]
    assert [row["code"] for row in rows] == ["A1", "", "", "", "C2"]
    assert rows[0]["place"] == "庙沟镇"
    assert all(row["second_code"] not in ("", row["code"]) for row in rows if row["code"])
    assert all(row["second_code"] == "" and row["confidence"] == "0.000" for row in rows if not row["code"])
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


def test_a_sentence_is_explained_by_its_words_and_the_likest_examples(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["understand", "路灯坏了黑起的"]) == 0
    told = capsys.readouterr().out
    for part in ("事项：A4 市政设施", "凭这些字：", "像例句：路灯坏了黑起的（A4"):
        assert part in told


def test_an_example_that_the_county_adds_counts_at_the_next_run(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def code(text: str) -> str:
        main(["understand", text])
        return next((x[3:5] for x in capsys.readouterr().out.splitlines() if x.startswith("事项：")), "")

    assert code("路灯下头的跑马灯招牌歪了") == "A4"
    with (few / "own.tsv").open("w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for said in ("路灯下头的跑马灯招牌歪了", "招牌歪了", "跑马灯歪了", "跑马灯招牌", "下头的跑马灯"):
            file.write(f"{said}\trequest\tD2\t\t投诉\tnormal\t\n")
    assert code("路灯下头的跑马灯招牌歪了") == "D2"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "in.tsv 第 1 行：缺列 id text，第一行写 id text，用制表符分开"),
        ("id,text\n1,停水\n".encode(), "第 1 行：缺列 id text"),
        ("id\ttext\n1\t停水\n\n2\n".encode(), "第 4 行：要有 id 和 text 两列"),
        ("id\ttext\n1\t路灯坏了\n".encode("gb18030"), "请另存为 UTF-8 编码"),
        (f"id\ttext\n1\t停水\n2\t{'水' * 140_000}\n".encode(), "第 3 行：读不了"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_its_row_and_nothing_is_written(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, fault: str
) -> None:
    source, target = tmp_path / "in.tsv", tmp_path / "out.tsv"
    source.write_bytes(content)
    assert main(["understand", "--tsv", str(source), str(target)]) == 1
    assert fault in capsys.readouterr().err
    assert not target.exists()


def test_files_that_are_not_there_and_wrong_commands_are_named(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["understand", "--tsv", str(tmp_path / "no.tsv"), str(tmp_path / "out.tsv")]) == 1
    assert "no.tsv：读不了（No such file or directory），请看看文件名对不对" in capsys.readouterr().err
    source = tmp_path / "in.tsv"
    source.write_text("id\ttext\n", encoding="utf-8")
    assert main(["understand", "--tsv", str(source), str(tmp_path / "no" / "out.tsv")]) == 1
    assert "out.tsv：写不进去" in capsys.readouterr().err
    assert main(["understand"]) == 1
    assert "选一样" in capsys.readouterr().err


def test_a_table_without_rows_gives_one_without_rows_and_a_long_row_a_row(few: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "in.tsv", tmp_path / "out.tsv"
    source.write_text("id\ttext\n", encoding="utf-8-sig")
    assert main(["understand", "--tsv", str(source), str(target)]) == 0
    assert table(target) == []
    source.write_text(f"id\ttext\nlong\t{'路灯坏了黑起的街上' * 60}\n", encoding="utf-8")
    assert main(["understand", "--tsv", str(source), str(target)]) == 0
    assert [(row["id"], row["code"]) for row in table(target)] == [("long", "A4")]


def test_faulty_examples_are_named(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (few / "own.tsv").write_text("\t".join(COLUMNS) + "\n停水\trequest\tZ9\t\t求助\tnormal\t\n", encoding="utf-8")
    assert main(["understand", "停水"]) == 1
    assert "own.tsv 第 2 行：code='Z9'" in capsys.readouterr().err


def test_whoever_waits_for_it_to_be_learned_is_told_so_once(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["understand", "路灯坏了黑起的"]) == 0
    assert "学习例句" in capsys.readouterr().err
    assert main(["understand", "路灯坏了黑起的"]) == 0
    assert "学习例句" not in capsys.readouterr().err, "it is kept"


def test_officials_villages_numbers_and_dates_that_are_named_are_told_with_the_help_that_a_danger_needs(
    few: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "扎西镇石坎社区路灯坏了上个月十五号打了幺三八零零幺三八零零零没人接"
    assert main(["understand", said, "找往自强副局长", "窗口的王志强态度差", "楼下着火了快来人"]) == 0
    told = capsys.readouterr().out
    for part in (
        "地点：扎西镇石坎社区",
        "电话 13800138000",
        "15（上个月十五号）",
        "说到的人：副局长王志强",
        "被反映的：副局长王志强",
        "是什么：紧急求救（有危险，该打 119）\n类型：求助；紧急：红",
    ):
        assert part in told


def test_without_a_roster_and_without_a_classifier_words_are_still_understood(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "roster.toml"
    broken.write_text("[", encoding="utf-8")
    monkeypatch.setenv("ZHITONG_FILES__ROSTER", str(broken))
    monkeypatch.setenv("ZHITONG_FOLDERS__DATA", str(tmp_path / "data"))
    assert main(["understand", "--in-force", "窗口的王志强态度差"]) == 0
    told = capsys.readouterr()
    assert "事项：C2" in told.out and "像例句" not in told.out
    assert "只按词理解，设置 speech.learned 关着" in told.err and "不认人名" in told.err


def test_labelled_texts_tell_how_often_it_is_right(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["understand", "--judge", str(few / "few.tsv")]) == 0
    told = capsys.readouterr().out
    for part in ("原文", "事项：", "/18，", "听错 30% 的字", "混淆："):
        assert part in told

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


def test_a_file_without_the_two_columns_and_faulty_examples_are_named(
    few: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.tsv"
    source.write_text("id,text\n1,停水\n", encoding="utf-8")
    assert main(["understand", "--tsv", str(source), str(tmp_path / "out.tsv")]) == 1
    assert "第 2 行：要有 id 和 text" in capsys.readouterr().err
    assert not (tmp_path / "out.tsv").exists()
    assert main(["understand"]) == 1
    assert "选一样" in capsys.readouterr().err
    (few / "own.tsv").write_text("\t".join(COLUMNS) + "\n停水\trequest\tZ9\t\t求助\tnormal\t\n", encoding="utf-8")
    assert main(["understand", "停水"]) == 1
    assert "own.tsv 第 2 行：code='Z9'" in capsys.readouterr().err


def test_labelled_texts_tell_how_often_it_is_right(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["understand", "--judge", str(few / "few.tsv")]) == 0
    told = capsys.readouterr().out
    for part in ("原文", "事项：", "/18，", "听错 30% 的字", "混淆："):
        assert part in told

"""Labelled texts are checked as a whole, and every fault is named."""

from collections import Counter
from pathlib import Path

import pytest

from recognizer.errors import ExamplesError
from recognizer.examples import COLUMNS, load_examples, load_labelled
from recognizer.taxonomy import MATTER_CODES

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "examples"
HEADER = "\t".join(COLUMNS)


def test_the_shipped_examples_cover_every_matter_and_what_is_none() -> None:
    examples = load_examples(SHIPPED)
    counted = Counter(e.code or e.intent for e in examples)
    assert len(examples) > 8000
    for code in MATTER_CODES:
        assert counted[code] >= 200, code
    for intent in ("director", "emergency", "unclear"):
        assert counted[intent] >= 100, intent


def test_every_fault_is_told_with_its_file_row_and_column(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(
        f"{HEADER}\n停水了！\trequest\tA1\t\t求助\tnormal\t\n停水了\trequest\tE1\t\t求助\tnormal\t\n"
        "找局长\tdirector\tA1\t\t求助\tnormal\t\n没水\trequest\tA1\t\t求\tblue\t\n没电\trequest\n"
        "停电了\trequest\tA2\t\t求助\tnormal\t\n",
        encoding="utf-8",
    )
    (tmp_path / "b.tsv").write_text(f"{HEADER}\n停电了\trequest\tA1\t\t求助\tnormal\t\n", encoding="utf-8")
    with pytest.raises(ExamplesError) as error:
        load_examples(tmp_path)
    told = str(error.value)
    for part in (
        "6 处", "a.tsv 第 2 行：text=", "第 3 行：code='E1'", "第 4 行：code='A1'",
        "第 5 行：type='求'", "第 6 行：列数", "b.tsv 第 2 行：这句在 a.tsv 第 7 行",
    ):  # fmt: skip
        assert part in told


def test_a_file_as_a_spreadsheet_saves_it_is_read_and_rows_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    row = "没水了\trequest\tA1\t\t求助\tnormal\t\r\n"
    (tmp_path / "a.tsv").write_text(f"{HEADER}\r\n{row}", encoding="utf-8-sig")
    assert [one.text for one in load_examples(tmp_path)] == ["没水了"]
    (tmp_path / "a.tsv").write_text(f"{HEADER}\n\n\n停水\trequest\tZ1\t\t求助\tnormal\t\n", encoding="utf-8")
    with pytest.raises(ExamplesError, match=r"a\.tsv 第 4 行：code='Z1'"):
        load_examples(tmp_path)


def test_a_file_that_cannot_be_read_says_what_to_mend(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text(f"{HEADER}\n停电\trequest\tA2\t\t求助\tnormal\t\n{'水' * 140_000}\n", encoding="utf-8")
    with pytest.raises(ExamplesError, match=r"a\.tsv 第 3 行：读不了.*请改短"):
        load_examples(tmp_path)
    file.write_bytes(f"{HEADER}\n路灯坏了\n".encode("gb18030"))
    with pytest.raises(ExamplesError, match="请用 UTF-8 编码保存"):
        load_examples(tmp_path)
    with pytest.raises(ExamplesError, match="请看看文件名"):
        load_labelled(tmp_path / "none.tsv")


def test_a_folder_without_examples_and_a_file_without_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="恢复"):
        load_examples(tmp_path)
    (tmp_path / "a.tsv").write_text("text\tcode\n停水\tA1\n", encoding="utf-8")
    with pytest.raises(ExamplesError, match="缺列 intent alt_code"):
        load_examples(tmp_path)


def test_a_labelled_file_without_the_column_intent_holds_requests_alone(tmp_path: Path) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text("id\ttext\tcode\talt_code\ttype\turgency\tplace\nx\t停水\tA1\t\t求助\torange\t\n", encoding="utf-8")
    [one] = load_labelled(file)
    assert (one.text, one.intent, one.code, one.urgency) == ("停水", "request", "A1", "orange")
    file.write_text("id\ttext\n1\t停水\n", encoding="utf-8")
    with pytest.raises(ExamplesError, match="缺列 code alt_code type urgency place"):
        load_labelled(file)

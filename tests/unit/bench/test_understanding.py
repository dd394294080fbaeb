"""What the benchmark makes of judged texts: figures with targets, a table, the confusions and their picture."""

from pathlib import Path

from bench.understanding import confusions, draw, table
from recognizer.examples import Example
from recognizer.judging import Share, judge
from recognizer.request import Request
from recognizer.taxonomy import MATTER_CODES


def example(text: str, code: str, alt_code: str = "") -> Example:
    return Example(text=text, intent="request", code=code, alt_code=alt_code, type="求助", urgency="normal", place="")


def understood_as(matter: str | None) -> Request:
    return Request(
        intent="request", matter=matter, matter_name="", second=None, type="求助", urgency="normal", place="",
        danger="", complained_of="", confidence=0.5, evidence=(), text="",
    )  # fmt: skip


def test_each_text_is_counted_where_it_was_taken_to_and_the_other_right_code_as_right() -> None:
    told = {"停水": "A1", "水浑": "A2", "没水": None, "管子": "A4"}
    texts = [example(text, "A1", alt_code="A4" if text == "管子" else "") for text in told]
    found = confusions(texts, judge(texts, lambda e: understood_as(told[e.text])))
    first = dict(zip([*MATTER_CODES, ""], found[0].tolist(), strict=True))
    assert (first["A1"], first["A2"], first["A4"], first[""]) == (2, 1, 0, 1)
    assert found.sum() == 4


def test_the_table_has_a_row_a_question_with_counts_and_interval() -> None:
    clean, noisy = Share(name="事项", right=90, of=100), Share(name="事项", right=80, of=100)
    text = table("held_out", "by others", {"clean": [clean], "30": [noisy]})
    assert "| | as written | 30 % misheard |" in text
    assert "| matter | 90.0% (90/100; 82.6 to 94.5) | 80.0% (80/100; 71.1 to 86.7) |" in text
    assert "(confusion-held_out.png)" in text


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    texts = [example("停水", "A1"), example("停电", "A2")]
    draw(confusions(texts, judge(texts, lambda e: understood_as("A1"))), tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")

"""接通三件事: which three lines somebody reads whose telephone rings, and what may stand in them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.call_script import LONGEST, USUAL, load_call_scripts, script_for
from cases.sla import BadPolicy

SHIPPED = Path(__file__).parents[3] / "config" / "policies" / "call_script.toml"
THREE = 'lines = ["问清楚", "先听完", "说明白"]\n'


def load(folder: Path, text: str) -> str:
    file = folder / "call_script.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load_call_scripts(file)
    except BadPolicy as error:
        return str(error)
    return ""


def test_as_shipped_a_danger_goes_before_the_type_and_the_type_before_the_usual() -> None:
    scripts = load_call_scripts(SHIPPED)
    danger = script_for(scripts, matter="A1", type="投诉", urgency="red")
    assert "安不安全" in danger[0]
    assert script_for(scripts, matter="A1", type="投诉", urgency="orange") != danger
    assert script_for(scripts, matter="", type="", urgency="normal") == USUAL.lines


def test_without_a_file_everybody_has_the_usual_lines(tmp_path: Path) -> None:
    assert load_call_scripts(tmp_path / "none.toml") == ()
    assert script_for((), matter="A1", type="投诉", urgency="red") == USUAL.lines


def test_a_sub_item_goes_before_its_class(tmp_path: Path) -> None:
    file = tmp_path / "call_script.toml"
    text = f'[[script]]\nmatter = "A"\n{THREE}[[script]]\nmatter = "A1"\nlines = ["甲", "乙", "丙"]\n'
    file.write_text(text, encoding="utf-8")
    scripts = load_call_scripts(file)
    assert script_for(scripts, matter="A1", type="", urgency="") == ("甲", "乙", "丙")
    assert script_for(scripts, matter="A2", type="", urgency="")[0] == "问清楚"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[script]]\nlines = ["一句"]', "请写 3 句"),
        (f'[[script]]\ntype = "吐槽"\n{THREE}', "type 是 '吐槽'"),
        (f'[[script]]\nurgency = "紫"\n{THREE}', "urgency 是 '紫'"),
        (f'[[script]]\nmatter = "供水"\n{THREE}', "matter 是 '供水'"),
        (f'[[script]]\nwho = "张"\n{THREE}', "who 不认识"),
        ('[[script]]\nlines = ["打13900000001", "听", "说"]', "5 位以上的数字"),
        ('[[script]]\nlines = ["{number}", "听", "说"]', "花括号"),
        (f"[[script]]\n{THREE}[[script]]\n{THREE}", "两个 script"),
        (f"[script]\n{THREE}", "[[script]]"),
        ("[[script]", "不是 TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_its_mend(tmp_path: Path, text: str, told: str) -> None:
    assert told in load(tmp_path, text)


@given(st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60)))
def test_three_lines_that_do_not_fit_into_two_texts_are_refused(n: tuple[int, ...]) -> None:
    lines = ", ".join(f'"{"字" * one}"' for one in n)
    with TemporaryDirectory() as folder:
        assert bool(load(Path(folder), f"[[script]]\nlines = [{lines}]")) == (sum(n) > LONGEST)

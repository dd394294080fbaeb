import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans.names import STATIC_PROMPTS
from dialplans.prompt_texts import (
    Text,
    cleaned,
    load_texts,
    read_texts,
    spoken_count,
    spoken_digits,
    spoken_minutes,
)
from routing.faults import BadConfig

SHIPPED = Path(__file__).parents[3] / "config" / "prompts.toml"
CONSTANTS = {
    "hotline": "找局长",
    "county": "云岭县",
    "kept": "一年",
    "fallback_promise": "两小时",
    "call_back": "十五分钟",
    "snooze": "半小时",
    "number": "幺二三",
}
TABLE = tomllib.loads("""
voice = { name = "v", speed = 200 }
say = { "局长" = "局掌" }
[prompts.sorry]
version = 1
text = "对不住。"
[prompts.nobody]
version = 2
text = "{when}以前打给您。"
fallback = "sorry"
""")

brief = Text(key="brief", version=1, text="来电，[{colour}。][{place}，][{times}。]通话录音。")


def faults(**changes):
    with pytest.raises(BadConfig) as refused:
        read_texts({**TABLE, **changes}, CONSTANTS, source="prompts.toml")
    return {fault.field: fault for fault in refused.value.faults}


def prompt(**row):
    return {"prompts": {**TABLE["prompts"], "x": {"version": 1, "text": "好。", **row}}}


def test_a_bracket_is_said_only_when_its_word_is_there():
    assert brief.fill({"colour": "红色", "times": "第三次打来"}) == "来电，红色。第三次打来。通话录音。"
    assert brief.fill({"place": "扎西镇"}) == "来电，扎西镇，通话录音。"
    assert brief.fill({"place": " ", "colour": ""}) == "来电，通话录音。"


def test_a_sentence_whose_word_is_missing_is_not_said_at_all():
    text = Text(key="nobody", version=1, text="{when}以前打给您。")
    assert text.fill({"when": "明早八点半"}) == "明早八点半以前打给您。"
    assert text.fill({"when": ""}) is None
    assert text.fill({}) is None


def test_words_known_from_the_settings_make_a_prompt_static():
    text = Text(key="notice", version=1, text="您好，{hotline}热线。{when}")
    assert text.slots(CONSTANTS) == {"when"}


def test_what_a_caller_said_cannot_steer_the_synthesiser():
    assert cleaned("[[h@'loU]] <mark/> ${X} {when} \n -v en") == "h，loU，mark，X，when，v，en"
    assert cleaned("　扎西镇，双河村。") == "扎西镇，双河村"
    assert cleaned("3.5公里，5%") == "3.5公里，5%"


@given(st.text(st.sampled_from("一二a1{}[]<>,，.。\n\t_-")))
def test_a_filled_sentence_has_no_brackets_left_and_is_never_endless(word):
    sentence = brief.fill({"place": word, "colour": word * 50})
    assert sentence is not None
    assert not set("{}[]<>\n\t") & set(sentence)
    assert len(sentence) <= 2 * 200 + 20


def test_the_respelling_is_only_for_the_ear():
    texts = read_texts(TABLE, CONSTANTS, source="prompts.toml")
    assert texts.pronounced("找局长。") == "找局掌。"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (prompt(text="{when}"), "prompts.x.fallback"),
        (prompt(text="{when}", fallback="nobody"), "prompts.x.fallback"),
        (prompt(text="{when}", fallback="none"), "prompts.x.fallback"),
        (prompt(text=""), "prompts.x.text"),
        (prompt(version=0), "prompts.x.version"),
        (prompt(max_seconds="6"), "prompts.x.max_seconds"),
        (prompt(words="x"), "prompts.x.words"),
        ({"prompts": {"nobody": TABLE["prompts"]["nobody"]}}, "prompts"),
        ({"voice": {}}, "voice"),
        ({"studio": {"core": ["nowhere"]}}, "prompts"),
        ({"prompt": {}}, "prompt"),
    ],
)
def test_a_faulty_text_is_refused_with_its_field(changes, field):
    assert faults(**changes)[field].mend


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(BadConfig, match=r"none\.toml"):
        load_texts(tmp_path / "none.toml", CONSTANTS)


def test_the_shipped_texts_hold_what_the_dialplan_plays_and_twenty_core_prompts():
    texts = load_texts(SHIPPED, CONSTANTS)
    assert not STATIC_PROMPTS.keys() - texts.texts.keys()
    assert len(set(texts.core)) == 20
    static = {key for key, text in texts.texts.items() if not text.slots(CONSTANTS)}
    assert STATIC_PROMPTS.keys() | set(texts.core) <= static


def test_the_notice_names_who_why_and_how_long():
    for key in ("notice", "notice_night"):
        said = load_texts(SHIPPED, CONSTANTS).texts[key].fill(CONSTANTS)
        assert said is not None
        for part in ("找局长热线", "为办好您的事", "录音", "保管一年"):
            assert part in said


@pytest.mark.parametrize(
    ("key", "digits"),
    [
        ("keys", "125"),
        ("screen_keys", "123"),
        ("screen_keys_plain", "123"),
        ("screen_later", "4"),
        ("screen_clip", "5"),
        ("third_keys", "12"),
    ],
)
def test_screening_offers_only_the_keys_that_work(key, digits):
    text = load_texts(SHIPPED, CONSTANTS).texts[key].text
    assert "".join(digit for digit in text if digit.isdigit()) == digits


def test_numbers_are_spoken_with_yao():
    assert spoken_digits("3582") == "三、五、八、二"
    assert spoken_digits("20261121-0101") == "二、零、二、六、幺、幺、二、幺、零、幺、零、幺"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "零"), (2, "二"), (10, "十"), (15, "十五"), (20, "二十"), (99, "九十九")]
)
def test_counts_are_spoken_as_people_say_them(number, said):
    assert spoken_count(number) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (2, "两分钟"),
        (15, "十五分钟"),
        (30, "半小时"),
        (60, "一小时"),
        (90, "一个半小时"),
        (120, "两小时"),
        (135, "两小时十五分钟"),
        (1440, "二十四小时"),
    ],
)
def test_spans_are_spoken_as_people_say_them(minutes, said):
    assert spoken_minutes(minutes) == said


@given(st.integers(1, 1440))
def test_every_span_of_a_day_is_spoken_in_characters_only(minutes):
    assert all("一" <= character <= "鿿" for character in spoken_minutes(minutes))
    assert "零" not in spoken_minutes(minutes)

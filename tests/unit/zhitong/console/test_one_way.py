"""What turns words round on a page is left out, whether it is shown by a template or told to a script."""

import json

from markupsafe import Markup

from zhitong.console.words import as_json, one_way, templates

TURNED = "张三\u202e\u2066 138****0001"


def test_signs_that_turn_round_what_stands_behind_them_are_left_out_and_all_else_stays() -> None:
    assert one_way(TURNED) == "张三 138****0001"
    assert json.loads(as_json({"name": TURNED})) == {"name": "张三 138****0001"}
    assert one_way(7) == 7 and one_way("ꆈꌠ، 11:20–12:00") == "ꆈꌠ، 11:20–12:00"
    marked = one_way(Markup("<b>\u202e</b>"))
    assert isinstance(marked, Markup) and marked == "<b></b>"


def test_templates_leave_them_out_and_escape_what_is_left() -> None:
    shown = templates().from_string("{{ name }}，{{ name|upper }}").render(name=f"<b>{TURNED}")
    assert shown == "&lt;b&gt;张三 138****0001，&lt;B&gt;张三 138****0001"

"""A flow as an office may have it, and the line's own sentences, for tests."""

DAY_AND_NIGHT = """
line = "0870-2128888"
start = "分时"

[[step]]
name = "分时"
kind = "时间"
hours = "22:00-06:00"
then = "夜间"
else = "菜单"

[[step]]
name = "夜间"
kind = "播放"
say = ["夜间"]
then = "找人"

[[step]]
name = "菜单"
kind = "按键"
say = ["菜单"]
seconds = 5
repeat = 1
keys = { 1 = "找局长", 2 = "公告", 3 = "留言", 4 = "再见" }

[[step]]
name = "公告"
kind = "片段"
fragment = "公告"
then = "菜单"

[[prompt]]
name = "菜单"
text = "找局长按1，听公告按2，留言按3，挂机按4。"

[[prompt]]
name = "夜间"
text = "现在是夜里，正在为您找值班的人。"

[[fragment]]
name = "公告"
lines = '''
; what is closed today
Set(OWN_HEARD=yes)
GotoIf($["${OWN_HEARD}"="yes"]?end)
Wait(1)
(end),Return()
'''
"""

LINE_PROMPTS = {"thanks": 2.0, "waiting": 5.0}

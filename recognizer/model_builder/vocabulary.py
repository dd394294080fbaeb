# ruff: noqa: E501  (a Chinese character counts as two columns; the lines are as long as they look)
"""What the small model can hear: words by class, and the sentences they stand in. Edit this to teach it words.

The sounds are learnt from all Mandarin syllables, so new words need no new training: `--graph-only`.
A template is a string of words parted by spaces; <CLASS> stands for one of its words, {a|b c|} for one of the choices.
"""

import random
from collections.abc import Mapping

CLASSES: dict[str, list[str]] = {
    name: words.split()
    for name, words in {
        "DEPT": """人社局 医保局 自然资源局 住建局 公安局 民政局 卫健局 教育局 市场监管局 交通局 水务局 供电局 供电公司
 税务局 财政局 农业农村局 林草局 生态环境局 应急管理局 文旅局 司法局 信访局 城管局 发改局 审计局 退役军人事务局
 乡村振兴局 政务服务局 政务中心 便民服务中心 自来水公司 公积金中心 不动产登记中心 出入境管理局 交警大队 派出所
 消防队 法院 检察院 县医院 人民医院 中医院 社保局 就业局 残联 妇联 工会 街道办 居委会 村委会 镇政府 县政府 纪委
 燃气公司 公交公司 客运站 车管所 邮政局 电信公司 移动公司 物业公司 学校 幼儿园 银行""",
        "MATTER": """失业保险 失业金 医保报销 医疗保险 养老保险 工伤保险 生育保险 社保卡 社保 医保卡 医保 低保 低保金 残疾证
 残疾补贴 高龄补贴 养老金 退休金 退休手续 抚恤金 边境通行证 通行证 护照 身份证 户口 户口本 户口迁移 居住证 驾驶证
 行驶证 营业执照 食品许可证 卫生许可证 不动产登记 房产证 土地证 住房公积金 公积金 拆迁补偿 征地补偿 补偿款 宅基地
 危房改造 廉租房 公租房 工资 农民工工资 劳动合同 就业补贴 创业贷款 小额贷款 助学金 助学贷款 入学 转学 学籍
 生育津贴 结婚证 离婚证 出生证明 结婚登记 发票 退税 个体户 水费 电费 物业费 学费 押金 粮食补贴 耕地补贴 养殖补贴
 林权证 建房手续 土地流转 老年证 公交卡 异地就医 慢性病 大病救助 临时救助 救助金 工伤认定 劳动仲裁 职称 技能培训""",
        "THING": """路灯 红绿灯 下水道 水管 沟渠 水沟 道路 公路 桥 井盖 电线 电线杆 变压器 垃圾桶 垃圾 污水 自来水 饮用水
 饮水 停车位 电梯 围墙 护栏 河道 公厕 健身器材 宽带 网络 信号 快递 公交车 班车 出租车 房子 鱼塘 树 暖气 燃气""",
        "PROBLEM": """坏了 不亮 堵塞 堵了 破损 漏水 塌了 断了 丢了 没人管 没人修 没人清理 没人处理 没有人 倒了 很臭 太臭
 被占用 不通 停了 有问题 很危险 积水 没水 没电 不能用 修不好""",
        "NUISANCE": """噪音扰民 道路破损 沟渠堵塞 路灯坏了 停水 停电 油烟扰民 扬尘污染 污水直排 垃圾堆积 违章建筑 违章停车
 乱停车 乱收费 乱涨价 欠薪 拖欠工资 假冒伪劣 过期食品 食品安全 无证经营 占道经营 黑车 土地纠纷 劳动纠纷 消费纠纷
 邻里纠纷 广场舞 施工噪音 狗叫 偷排 滥砍滥伐 非法采砂 虚假宣传 强买强卖 家庭暴力 电信诈骗 赌博 打架 养狗 环境污染
 空气污染 水污染 山体滑坡 火灾 漏电 交通事故 饮水困难""",
        "DANGER": "着火了 起火了 漏气了 触电了 晕倒了 昏迷 车祸 塌方 被困 打起来了 流血 喘不上气 中毒",
        "REQ": "投诉 咨询 举报 建议 求助 反映 反馈 表扬 申诉 查询",
        "DO": "办理 申请 补办 领取 报销 登记 注销 变更 缴费 查 办 交 退 开 转 续签 年审 取",
        "FAIL": """办不成事 办不了 办不下来 办不成 不给办 没人管 没有人 没人接 打不通 没人理 态度不好 态度差 推诿 扯皮 太慢
 拖了很久 不作为 乱作为 不处理 不解决 不回复 下班了 没到账 没发 不发 跑了很多次 互相推 要关系 收红包""",
        "PLACE": """扎西镇 旧城镇 罗布镇 麟凤镇 长安镇 庙沟镇 水田镇 双河乡 高田乡 三桃乡 县城 城东 城西 老街 新街 菜市场
 车站 广场 公园 工业园区 河边 高速路口 小区 村里 镇上 门口 楼下 附近 路口 学校门口 医院门口""",
        "WHO": "局长 科长 主任 领导 工作人员 书记 镇长 县长 村长 所长 院长 校长 客服 人工 医生 老师 司机 老板 经理",
        "HELLO": "你好 您好 喂 喂你好",
        "WHEN": """今天 昨天 前天 上周 上个月 去年 今年 早上 晚上 半夜 下午 现在 三天了 一个星期了 一个月了 半年了 几天了
 很久了 两年了""",
        "NUM": "零 一 二 三 四 五 六 七 八 九 十 两 百 千 万 幺 洞 拐",
        "UNIT": "天 个 年 号 楼 块钱 个月 单元 次 户 人",
        "TAKE": "接 我接 接吧 接通 好 好的 可以 行",
        "REFUSE": "不接 不行 不方便 不可以 不好 等一下 等会儿 我在开会 打错了",
        "SOLVED": "解决了 没解决 没有解决 还没解决 已经解决了 办好了 没办好 还没办 修好了 没修好 处理了 没处理",
        "SATISFIED": "满意 很满意 非常满意 不满意 很不满意 不太满意 一般 还可以",
        "NORECORD": "不要录音 别录音 不同意录音",
        # Who may be complained of, and how: the names and posts of the shipped roster (config/roster.toml).
        "OFFICIAL": """张明远 李春燕 王志强 陈思雨 孙文静 赵长河 刘安平 张局长 李局长 王局长 陈股长 赵股长 副局长 值班室 督查室
 局长 镇长 主任 所长""",
        "WRONG": """不办事 不作为 乱作为 收红包 收钱 收好处 要好处费 吃拿卡要 欺负我 骂我 骂人 包庇 贪污 受贿 态度差 没人接
 没有人 推诿""",
        "SECRET": "保密 匿名 别说是我 别说出去 不要说出去 别让他们知道",
        "MORE": "别的 别的事 别的事情 别的问题 一件事 一个问题 其他的事 其他问题 事情",
        "ENOUGH": "知道了 明白了 清楚了 听到了 晓得了 懂了 没事了 没有了 没别的了 没有别的了 好的 多谢 谢谢 感谢 辛苦了 麻烦了",
        "CLOCK": "一点 两点 三点 四点 五点 六点 七点 八点 九点 十点 十一点 十二点",
        "SPAN": """半小时 半个小时 一小时 一个小时 一个半小时 两小时 两个小时 两个半小时 三小时 三个小时 十分钟 二十分钟 三十分钟
 四十分钟 五十分钟""",
    }.items()
}

TEMPLATES = [
    line.strip()
    for line in """
<HELLO> 我要 <REQ> {<DEPT>|} <MATTER> {<FAIL>|的问题|}
我要 <REQ> <DEPT> {<FAIL>|的 <WHO>|窗口 <FAIL>|}
{我|我们|} {想|要|想要} <REQ> <DEPT> {窗口|的 窗口|} <FAIL>
{<HELLO>|} {我要|我想} <REQ> {一下|} <NUISANCE> {的问题|没人管|}
{<HELLO>|} {请问|} <MATTER> {怎么|在哪里|去哪里} {<DO>|办}
{请问|} {怎么|如何|哪里可以} <DO> <MATTER>
{我要|我想|想|} <DO> <MATTER> {需要什么材料|需要什么手续|要多久|要多少钱|}
<MATTER> {<FAIL>|<WHEN> 没到账|<WHEN> 没发}
{帮我|麻烦|麻烦你|请|请你|我要} {找|转|转接|接} {一下|} <DEPT> {<WHO>|的 <WHO>|}
{我要|我想|麻烦} {找|转} {<DEPT>|} <WHO>
{我要|我|请|帮我|} {找|叫} {你们|} {局长|领导}
{帮我|麻烦 帮我|请 帮我} {转|接|转到} <DEPT>
<PLACE> {的|} <THING> <PROBLEM> {了|} {没人管|<WHEN>|}
{<HELLO>|} {我们|我 家|我 住在|我 是} <PLACE> {的|} <THING> <PROBLEM> {<WHEN>|}
{我要|我想} <REQ> <PLACE> {的|} <THING> <PROBLEM>
{我要|我想} <REQ> <PLACE> {的|} {<NUISANCE>|<DEPT> <FAIL>}
<PLACE> {<WHEN>|} {又|一直|经常|} <NUISANCE> {没人管|怎么办|}
<THING> <PROBLEM> {找 谁|怎么办|没人管|找 哪个 部门}
{<DEPT>|<DEPT> 的 窗口|窗口} {<FAIL>|没有人|<WHEN> <FAIL>}
<DEPT> {电话|的 电话|电话 号码|几点上班|几点下班|在哪里|地址}
{我|我们} 在 <DEPT> <DO> <MATTER> <FAIL>
{我|我们} 去 <DEPT> <DO> <MATTER> {<WHEN>|跑了 <NUM> 次} {<FAIL>|还没办好}
<DEPT> <WHO> {态度不好|态度差|不作为|收红包|推诿|扯皮}
{老板|公司|工地|单位} {拖欠工资|欠薪|不发 工资|不签 劳动合同} {<WHEN>|怎么办|}
{是的|对|好的|可以|不是|不对|没有|没有了|谢谢|再见|不用了|知道了} {谢谢|再见|}
{是|是我|是的|对|对的|不是|没打过|打错了|不知道}
{我|我 家} {<PLACE>|} <NUISANCE> {<WHEN>|} {怎么办|找 谁|}
<NUM> {<NUM>|} {<UNIT>|}
<NUM> <NUM> <NUM> {<NUM> <NUM>|<NUM>|}
{我的 电话|我的 号码|我的 手机|手机 号码|电话 号码|} {是|} <NUM> <NUM> <NUM> <NUM> <NUM> <NUM> <NUM> {<NUM> <NUM> <NUM> <NUM>|}
{<PLACE>|} <NUM> {号|楼|单元} {<THING> <PROBLEM>|<NUISANCE>|停水|停电}
{重复|再说} 一遍
{转|我要|按} {人工|人工 服务|客服}
{什么时候|几时} {来电|来水|发 工资|发 补贴|修 路|能 办 好}
{<HELLO>|} {办不成事|我要 反映 办不成事|办不成事 窗口 在哪里}
{喂|你好|您好|} {听得到吗|听得到不|听得见吗|有人吗|在吗}
{我 家|<PLACE>|学校|楼下|有人|这里|} <DANGER> {快来人|快来|救命|}
{救命|快来人|我 不想活了}
<TAKE>
{<REFUSE>|我 <REFUSE>|现在 <REFUSE>|<HELLO> 哪位}
{是|是 我|是的|是啊|对}
{是|对} {的|}
{<SOLVED>|都 <SOLVED>|水管 <SOLVED>} {谢谢|}
{<SATISFIED>|我 <SATISFIED>|<SATISFIED> 谢谢}
{你们|我|} <NORECORD> {我要 <REQ> <DEPT>|<NUISANCE>|}
{还是 老样子|没有人 来|没人来过|又 坏了|又 停水|白跑 了}
{<HELLO>|} {我要|我想|} {投诉|举报} {你们|你们 的|} <OFFICIAL> {<WRONG>|}
{<HELLO>|} {我要|我想|} {<SECRET>|} 举报 {你们|<DEPT>|} <WHO> {<WRONG>|} {<SECRET>|请 <SECRET>|请你 <SECRET>|给我 <SECRET>}
{你们|} <OFFICIAL> {的人|} <WRONG>
{请|请你|请你们|请 给我|要|我要|} <SECRET>
{我|} {还有|还有|有|另外|另外 还有} <MORE>
{我|} 还有事
{我|} {还要|还想|再} {说|反映|问|补充} {<MORE>|一件事|}
{不是这个|不是这件事|不是这个 是 <MORE>}
<ENOUGH> {<ENOUGH>|}
{我|} {开会|} {到|开到|开会 到} {上午|下午|晚上|} <CLOCK> {半|一刻|三刻|}
{我|} {开会|开|} <SPAN>
{我要|我想|想|} {打官司|请律师|法律援助}
{找个人|找人} {说话|说}
""".strip().splitlines()
]

# Sentences of other shapes than any template: what checks the free order of words.
OTHER_SENTENCES = [
    line.split()
    for line in """
我 住在 扎西镇 河边 今天 又 停水 麻烦 帮我 反映
水务局 没有人 我 要 投诉
广场舞 噪音扰民 派出所 没人管 我 要 举报
请问 边境通行证 公安局 现在 可以 办理
失业保险 人社局 不给办 我 要 找 局长
老街 路灯 坏了 一个月了 城管局 不处理
麻烦你 转 医保局 我 咨询 异地就医 报销
学校门口 乱停车 交警大队 没人管
房子 漏水 物业公司 不解决 怎么办
农民工工资 拖欠 半年了 求助 人社局
双河乡 村里 饮水困难 水管 断了 三天了
建议 公园 多 几 个 垃圾桶
营业执照 变更 市场监管局 窗口 没有人
我 是 高田乡 的 低保 没发 民政局 不回复
不动产登记中心 几点下班
拆迁补偿 没到账 自然资源局 推诿
县医院 医生 收红包 我 要 投诉
楼下 油烟扰民 生态环境局 不作为 投诉
""".strip().splitlines()
]
_MORE = """多 几 报销 这个 那个 就是 还是 但是 因为 所以 时候 知道 问题 事情 情况 处理 解决 回复 部门 政府 群众 老百姓 家里
 孩子 老人 房屋 医院 警察 救命 不要 不能 已经 一直 每天 天天 反正 真的 非常 严重 希望 尽快 马上 你们 他们 她 他 能 会 就
 都 也 和 到 给 说 去 来 看 吃 叫 名字 电话 录音 热线 值班 找他"""
MORE_WORDS = _MORE.split()
KEYWORD_CLASSES = ("DEPT", "MATTER", "THING", "PROBLEM", "NUISANCE", "DANGER", "REQ", "FAIL", "PLACE", "WHO")


def sentence(rng: random.Random, classes: Mapping[str, list[str]] = CLASSES) -> list[str]:
    """A random sentence of the domain, as words."""
    return _expand(rng.choice(TEMPLATES), rng, classes)


def class_sentence(rng: random.Random) -> list[str]:
    """The same with classes left as <CLASS>."""
    return sentence(rng, {name: [f"<{name}>"] for name in CLASSES})


def vocabulary() -> list[str]:
    """All words."""
    words = {
        *MORE_WORDS,
        *(w for members in CLASSES.values() for w in members),
        *(w for s in OTHER_SENTENCES for w in s),
    }
    for template in TEMPLATES:
        for name in CLASSES:
            template = template.replace(f"<{name}>", " ")
        words.update(template.replace("{", " ").replace("}", " ").replace("|", " ").split())
    return sorted(words)


def keywords(words: list[str]) -> list[str]:
    """Those words of a sentence that must be heard for it to be understood."""
    wanted = {w for name in KEYWORD_CLASSES for w in CLASSES[name]}
    return [w for w in words if w in wanted]


def _expand(template: str, rng: random.Random, classes: Mapping[str, list[str]]) -> list[str]:
    words: list[str] = []
    at = 0
    while at < len(template):
        if template[at] == "{":
            end = template.index("}", at)
            words += _expand(rng.choice(template[at + 1 : end].split("|")).strip(), rng, classes)
            at = end + 1
        elif template[at] == "<":
            end = template.index(">", at)
            words.append(rng.choice(classes[template[at + 1 : end]]))
            at = end + 1
        elif template[at] == " ":
            at += 1
        else:
            end = at
            while end < len(template) and template[end] not in " {<":
                end += 1
            words.append(template[at:end])
            at = end
    return words

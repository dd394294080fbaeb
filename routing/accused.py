"""被反映的人和单位: found in what the caller said, by name, by unit and by post. Pure.

It is better to leave out one official too many than to ring the one complained of: a surname with a post counts
(“张局长”), and every official whom such words fit.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from routing.directory import Directory
from routing.officials import Official, Terminal

_COMPLAINT = re.compile(
    r"举报|投诉|告|不作为|乱作为|吃拿卡要|收.{0,2}(?:钱|红包|好处)|推诿|推来推去|刁难|骂|态度|贪|受贿|索要|包庇|以权|"
    r"不给办|不办|不管|护着|欺负|有问题|亲戚"
)
_POST = "(?:副|代理)?(?:局长|镇长|乡长|县长|主任|科长|股长|书记|所长|站长|队长|部长|组长|主席|院长|校长)"
_NAMED_POST = re.compile(f"(.)({_POST})")
_SOMEWHERE = re.compile("[局股科所站队部院校镇乡县村委]的?$")
_DOES = re.compile(
    "(?:他|自己|本人|的|们|就|也|都|又|还|老|总|是|在|会|当面|直接|天天|经常|一直|故意|根本|居然|对我|对人|对群众|跟我|问我)*"
    "(?:不作为|乱作为|吃拿卡要|收.{0,2}(?:钱|红包|好处)|推诿|推来推去|刁难|骂|态度|贪|受贿|索要|包庇|以权|"
    "不给|不办|不管|护着|欺负|有问题|亲戚|打人)"
)
_COMPLAINED = re.compile("(?:举报|投诉|反映|(?<![报转公])告)(?:一下|了|这个|那个|值班的?|我们|县里的?|的)*$")
"""A post without a name: only straight behind these, or straight before what he does, is its holder complained of;
局长您好 and 我要跟局长反映 speak to him."""
_POST_OF_IT = re.compile(f"的?({_POST})")
_WANTED = re.compile(
    f"(?<![去没不])(?:找|见|叫|喊|请|转|接)(?:一下|下|个)?(?:你们的?|.){_POST}(?:来|接|听|说|讲|出|给我|跟我|电话|一下|吧|嘛|啊)*$"
)
"""At the very end, 叫你们局长来接: he is wanted, and not complained of by that."""
_DEPUTY = re.compile("^(?:副|代理)")
POST_AT_END = re.compile(f"{_POST}$")
_TITLE = re.compile("(?:长|主任|书记|主席|领导)$")
_TWICE = re.compile("(股|科|所|站|队|组)\\1长$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Accused:
    """Ids of officials, codes of units, and kinds of terminals (as `Directory.whose` has them) complained of."""

    officials: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    terminals: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.officials or self.units or self.terminals)


NOBODY = Accused()


@lru_cache(maxsize=64)
def accused(text: str, directory: Directory, *, complains: bool) -> Accused:
    """Whom the words complain of: nobody unless the request is a 投诉 or 举报 (`complains`) or words in it complain.

    Cost grows with the words, not with the directory: it is asked for each partial text. What was found is kept for a
    while: a sentence is asked about twice, for the case and for the ladder.
    """
    if not (complains or complaining(text)):
        return NOBODY
    names = _names(directory)
    longest = names.longest
    parts = {text[i : i + n] for i in range(len(text)) for n in range(2, longest + 1)}
    officials = {one for part in parts & names.people.keys() for one in names.people[part]}
    officials |= {one for part in parts & names.titles.keys() for one in names.titles[part]}
    units = set[str]()
    for part in parts & names.units.keys():
        for named in re.finditer(part, text):
            # 水务局的局长, 水务局局长: one of them is meant, not all who work there. Named once more, they all are.
            post = _POST_OF_IT.match(text, named.end())
            heads = [(unit, post[1]) for unit in names.units[part]] if post else []
            holders = {one for head in heads for one in names.posts.get(head, ())}
            officials |= holders
            units.update(() if holders else names.units[part])
    wanted = _WANTED.search(text)
    for match in _NAMED_POST.finditer(text[: wanted.start()] if wanted else text):
        officials.update(names.posts.get((match[1], match[2]), ()))
        if text[: match.start(2)].removesuffix("的").endswith("你们"):
            officials.update(names.posts.get((directory.home_unit, match[2]), ()))
    for post in re.finditer(_POST, text):
        before = text[: post.start()]
        if _COMPLAINED.search(before) or (_DOES.match(text, post.end()) and not _SOMEWHERE.search(before)):
            known = (before[-1:], post[0]) in names.posts
            officials.update(() if known else names.posts.get((directory.home_unit, post[0]), ()))
    # Another duty room may be meant; ours is left out then, too, and supervision ends the ladder.
    called = (("duty_room", "值班室"), ("supervision", "督查室"))
    terminals = frozenset(kind for kind, name in called if name in text and _complains_of(name).search(text))
    return Accused(officials=frozenset(officials), units=frozenset(units), terminals=terminals)


def complaining(text: str) -> bool:
    """Whether words in it complain, whatever the request is taken for."""
    return bool(_COMPLAINT.search(text))


@lru_cache(maxsize=4)
def _complains_of(name: str) -> re.Pattern[str]:
    """投诉值班室, 值班室的人骂我; not 值班室叫我打来."""
    return re.compile(f"(?:举报|投诉|反映|告).{{0,8}}{name}|{name}.{{0,12}}(?:{_COMPLAINT.pattern}|没人|不接)")


def names_of(found: Accused, directory: Directory) -> str:
    """Officials with their posts, units and terminals, as a text: 局长张明远、水务局."""
    people = filter(None, map(directory.roster.official, sorted(found.officials)))
    units = (directory.unit(code).name for code in sorted(found.units))
    terminals = (terminal.name for kind, terminal in _terminals(directory) if kind in found.terminals)
    return "、".join([*(official.called for official in people), *units, *terminals])


def ids_of(found: Accused, directory: Directory) -> frozenset[str]:
    """Ids of those complained of and of all in their units, terminals among them, as `Directory.whose` has them.

    They are told nothing of the matter, whoever rang them.
    """
    people = filter(None, map(directory.roster.official, found.officials))
    units = found.units | {unit for official in people for unit in (official.unit, *official.units)}
    return (
        found.officials
        | found.terminals
        | {official.id for unit in units for official in directory.roster.of_unit(unit)}
        | {kind for kind, terminal in _terminals(directory) if terminal.unit in units}
    )


def _terminals(directory: Directory) -> tuple[tuple[str, Terminal], ...]:
    return (("duty_room", directory.duty_room), ("supervision", directory.supervision))


def unit_names(name: str) -> Iterator[str]:
    """How people call a unit: 政务服务管理局, 政务服务局; 扎西镇人民政府, 扎西镇政府; 医疗保障局, 医保局."""
    yield name
    yield name.replace("管理局", "局")
    if name.endswith("人民政府"):
        yield name.removesuffix("人民政府") + "政府"
    if name.endswith("局") and len(name) > 4:
        # The first character and another one: 人社局, 住建局, 医保局. What nobody says is heard nowhere.
        yield from (f"{name[0]}{other}局" for other in name[1:-1])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Names:
    """What officials and units are called. posts: (surname or unit, post) to the officials; titles: whole posts that
    tell more than a rank, as 督查股股长."""

    people: dict[str, list[str]]
    titles: dict[str, list[str]]
    posts: dict[tuple[str, str], list[str]]
    units: dict[str, list[str]]
    longest: int


@lru_cache(maxsize=4)
def _names(directory: Directory) -> _Names:
    people: defaultdict[str, list[str]] = defaultdict(list)
    posts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    titles: defaultdict[str, list[str]] = defaultdict(list)
    units: defaultdict[str, list[str]] = defaultdict(list)
    for official in directory.roster.officials:
        for title in _titles(official.post):
            titles[title].append(official.id)
        if len(official.name) > 1:
            people[official.name].append(official.id)
        surname, post = _called(official)
        if surname and post:
            posts[surname, post].append(official.id)
            posts[official.unit, post].append(official.id)
    # A 副局长 is called 局长 to his face; where one of his name is 局长 beside him, 局长 means that one, unless he
    # comes or goes and perhaps is not there.
    there = (official for official in directory.roster.officials if not official.first and not official.last)
    beside = {(official.unit, *_called(official)) for official in there}
    for official in directory.roster.officials:
        surname, post = _called(official)
        plain = _DEPUTY.sub("", post)
        if surname and plain != post and (official.unit, surname, plain) not in beside:
            posts[surname, plain].append(official.id)
    for unit in directory.units:
        for name in set(unit_names(unit.name)):
            if len(name) > 2:
                units[name].append(unit.code)
    longest = max((len(name) for name in (*people, *titles, *units)), default=2)
    return _Names(people=dict(people), titles=dict(titles), posts=dict(posts), units=dict(units), longest=longest)


def _titles(post: str) -> Iterator[str]:
    """A post that tells whom, as people say it: 督查股股长, 督查股长; 大厅值班长. Not 局长, nor 工作人员."""
    if len(post) > 3 and _TITLE.search(post) and not re.fullmatch(_POST, post):
        yield post
        yield _TWICE.sub(r"\1长", post)


def _called(official: Official) -> tuple[str, str]:
    """Surname and post, as in 张局长; empty where there is none."""
    post = POST_AT_END.search(official.post)
    return official.name[:1], post[0] if post else ""

"""A line's flow as its text has it: what is wrong, at which line; the call drawn and in words; tried by typing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialplans.flow import ASK, BYE, MESSAGE, PEOPLE, PERSON, TERMINALS, Flow, parse_flow
from dialplans.flow_checks import check
from dialplans.flow_walk import Walk, picture, walk
from dialplans.prompts import PromptBook
from routing.calendar import LOCAL
from routing.faults import BadConfig
from zhitong.console.flow_drawing import Box, Drawing, Way, drawn
from zhitong.console.places import line_of
from zhitong.console.rooms.roster import rehearsal
from zhitong.console.rooms.roster_chosen import moment_of
from zhitong.console.visitor import Visitor
from zhitong.desk import DeskLine
from zhitong.dry_run import DryRun, for_a_person, ladder_of
from zhitong.errors import Refused
from zhitong.flows import line_prompts
from zhitong.prompt_book import open_prompt_book
from zhitong.settings import Line
from zhitong.usecases.tell import tell_request

MOST_KEYS = 20
MOST_RUNGS = 5
"""That a drawing names."""
_ENDS = {
    ASK: "提问：什么事？说了就照事项找人",
    PERSON: "不问，直接找人",
    MESSAGE: "请群众留言，转成工单，限时回电",
    BYE: "说再见，挂机",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What is wrong, at a line of the text. error: it cannot be published so."""

    line: int
    told: str
    error: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A step in words. ways: label and where to; says: what is said there."""

    name: str
    kind: str
    says: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    met: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """flow None: the text cannot be read. rungs: who would ring now, from the top."""

    flow: Flow | None
    found: tuple[Found, ...]
    drawing: Drawing | None
    steps: tuple[Told, ...] = ()
    rungs: tuple[str, ...] = ()

    @property
    def fit(self) -> bool:
        """Whether it may be published."""
        return not any(one.error for one in self.found)


def checked(visitor: Visitor, line: Line, text: str) -> Checked:
    """All that can be told of the text without a telephone. Raises BadConfig for a faulty prompts file. An empty text
    is a line without a flow."""
    run, _ = _for_a_person(visitor, line, visitor.office.now().astimezone(LOCAL))
    rungs = tuple(f"{rung.post}{rung.name}" for rung in run.route.rungs) if run.route else ()
    book = open_prompt_book(visitor.office.settings)  # read once: it is long
    said = _sentences(book)
    if not text.strip():
        return Checked(flow=None, found=(), drawing=_drawing(line, None, said, rungs), rungs=rungs)
    try:
        flow = parse_flow(text)
    except BadConfig as error:
        found = tuple(
            Found(line=line_of(text, field=fault.field, mend=fault.mend), told=str(fault), error=True)
            for fault in error.faults
        )
        return Checked(flow=None, found=found, drawing=None, rungs=rungs)
    found = tuple(
        Found(line=line_of(text, name=one.step) if one.step else 1, told=str(one), error=one.error)
        for one in check(flow, line_prompts(book), line.number)
    )
    drawing = _drawing(line, flow, said, rungs)
    return Checked(flow=flow, found=found, drawing=drawing, steps=_steps(flow, said), rungs=rungs)


def tried(visitor: Visitor, line: Line, flow: Flow | None, *, at: str, keys: str, sentence: str) -> dict[str, Any]:
    """What a caller meets who presses these keys and says this, and whom that rings. Raises Refused, NotPermitted.

    flow None: the line has none.
    """
    moment = moment_of("什么时候", at) if at else visitor.office.now().astimezone(LOCAL)
    way = Walk(met=(), end=ASK) if flow is None else walk(flow, moment, pressed(keys))
    said = _said(flow, _sentences(open_prompt_book(visitor.office.settings)))
    answer: dict[str, Any] = {"walk": way, "said": said, "told_end": _ENDS[way.end]}
    answer |= {"run": None, "ladder": [], "understood": "", "unit": "", "says": "", "no_sentence": False}
    if way.end == PERSON:
        run, desk = _for_a_person(visitor, line, moment)
    elif way.end == ASK and sentence.strip():
        run, desk = rehearsal(visitor, sentence, moment.strftime("%Y-%m-%dT%H:%M"), line.number, "")
        answer["understood"] = tell_request(run.request)
    else:
        return answer | {"no_sentence": way.end == ASK}
    unit = next((one.name for one in desk.directory.units if run.route and one.code == run.route.unit), "")
    says = "" if run.route else desk.sentence(run.step.prompt, matter=run.request.matter_name)
    return answer | {"run": run, "ladder": ladder_of(run, desk), "unit": unit, "says": says}


def flow_in(text: str) -> Flow | None:
    """The flow that stands there; None: none. Raises Refused where it cannot be read."""
    try:
        return parse_flow(text) if text.strip() else None
    except BadConfig:
        raise Refused("先把上面的错改好，再来") from None


def seconds_of(visitor: Visitor) -> dict[str, float]:
    """The line's own sentences that a flow may say, with their seconds."""
    return line_prompts(open_prompt_book(visitor.office.settings))


def pressed(told: str) -> list[str]:
    """Keys as they are typed, one after the other; - stands for none. Raises Refused."""
    keys = [sign for sign in told if not sign.isspace() and sign not in ",，、"]
    if odd := [key for key in keys if not (key.isascii() and key.isdigit()) and key not in "*-－无"]:
        raise Refused(f"按的键：“{odd[0]}”不是键；请一个一个写，没按写 -，如：2 -")
    if len(keys) > MOST_KEYS:
        raise Refused(f"按的键：最多写 {MOST_KEYS} 个")
    return ["" if key in "-－无" else key for key in keys]


def _for_a_person(visitor: Visitor, line: Line, at: datetime) -> tuple[DryRun, DeskLine]:
    office = visitor.office
    return for_a_person(office.settings, office.directory(), at=at, line=line, by=office.understanding())


def _sentences(book: PromptBook) -> dict[str, str]:
    """The line's own sentences that a flow may say, by their names."""
    return {key: book.sentence(key) for key in book.static_keys()}


def _said(flow: Flow | None, sentences: Mapping[str, str]) -> dict[str, str]:
    return {**sentences, **({name: one.text for name, one in flow.prompts.items()} if flow else {})}


def _steps(flow: Flow, sentences: Mapping[str, str]) -> tuple[Told, ...]:
    said, drawn_ = _said(flow, sentences), picture(flow)
    return tuple(
        Told(
            name=node.name,
            kind=node.kind,
            says=tuple(said.get(name, name) for name in node.say),
            ways=tuple((edge.label, edge.target) for edge in drawn_.edges if edge.source == node.name),
            met=node.met,
        )
        for node in drawn_.nodes
        if node.name in flow.steps
    )


def _drawing(line: Line, flow: Flow | None, sentences: Mapping[str, str], rungs: tuple[str, ...]) -> Drawing:
    """From the ringing of the telephone to the promise."""
    boxes = [Box(id="|", title="来电", lines=(line.name, line.number), kind="end")]
    ways = [Way(source="|", target="|notice")]
    boxes.append(Box(id="|notice", title="录音告知", lines=(sentences.get("notice", ""),)))
    said = _said(flow, sentences)
    ends = {ASK}
    if flow is None:
        ways.append(Way(source="|notice", target=f"|{ASK}", label="按 0 直接找人"))
    else:
        found, kinds = picture(flow), {node.name: node.kind for node in picture(flow).nodes}
        ends = {kinds[node.name] for node in found.nodes if node.kind in TERMINALS and node.met} | {ASK, PERSON}

        def id_of(name: str) -> str:
            return f"|{kinds[name]}" if kinds.get(name) in TERMINALS else name

        ways.append(Way(source="|notice", target=id_of(flow.start)))
        ways.append(Way(source="|notice", target=f"|{PERSON}", label="按 0"))
        for node in found.nodes:
            if node.kind not in TERMINALS:
                says = tuple(said.get(name, name) for name in node.say)[:2]
                kind = "" if node.met else "spare"
                boxes.append(Box(id=node.name, title=f"{node.kind}：{node.name}", lines=says, kind=kind))
        ways += [Way(source=edge.source, target=id_of(edge.target), label=edge.label) for edge in found.edges]
    for end in (ASK, PERSON, MESSAGE, BYE):
        if end in ends:
            boxes.append(Box(id=f"|{end}", title=_TITLES[end], lines=_lines(end, sentences), kind="end"))
            if end in PEOPLE:
                ways.append(Way(source=f"|{end}", target="|people"))
    boxes.append(Box(id="|people", title="照升级链找人", lines=rungs[:-1][:MOST_RUNGS], kind="people"))
    boxes.append(Box(id="|duty", title="永远在最后", lines=rungs[-1:], kind="people"))
    boxes.append(Box(id="|promise", title="都没接", lines=("说几点前回电", "留言，转成工单")))
    ways += [Way(source="|people", target="|duty", label="都没接"), Way(source="|duty", target="|promise")]
    return drawn(boxes, ways)


_TITLES = {ASK: "找局长：提问", PERSON: "找人", MESSAGE: "留言", BYE: "再见"}


def _lines(end: str, sentences: Mapping[str, str]) -> tuple[str, ...]:
    return {
        ASK: (sentences.get("question", ""),),
        PERSON: ("不问，直接打",),
        MESSAGE: ("转成工单，回电",),
        BYE: (sentences.get("thanks", ""),),
    }[end]


def asked_at(now: datetime) -> str:
    """As a form has it."""
    return f"{now.astimezone(LOCAL):%Y-%m-%dT%H:%M}"

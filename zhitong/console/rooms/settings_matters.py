"""设置 → 事项和例句: words and examples are a draft; what they do is tried, and counts once it is published."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Request
from starlette.responses import Response

from cases.roles import Action
from recognizer.examples import INTENTS, Example
from recognizer.taxonomy import TYPES
from zhitong.console.room import Number, Room, page, the_visitor
from zhitong.console.rooms.settings_frame import PATH, frame
from zhitong.console.taxonomy_now import taxonomy_now
from zhitong.console.visitor import Visitor, go
from zhitong.console.words import URGENCY, without_commands
from zhitong.errors import Refused
from zhitong.trials import Result
from zhitong.understanding_editions import Edition, draft, edition_numbered, editions, newest_id
from zhitong.usecases.publish_understanding import publish_understanding
from zhitong.usecases.see_settings import see_settings
from zhitong.usecases.teach_drafts import (
    WORDS,
    add_example,
    drop_example,
    examples_by_origin,
    put_matter,
    words_of,
)
from zhitong.usecases.weekly_accuracy import FORMULAS, weekly_accuracy

MATTERS = f"{PATH}/matters"
LISTED = 200
EDITIONS = 30
WEEKS = 12
FIELDS: Mapping[str, str] = {
    "strong": "单凭它就够的词",
    "words": "多半说这件事的词",
    "weak": "只帮着加一点分的词",
    "also": "只给分类器学的短句",
}
KINDS: Mapping[str, str] = {
    "director": "只要找人",
    "emergency": "该打 110、119、120 的",
    "unclear": "没有说事项",
}
"""What a sentence is that names no matter."""
_LINE = Annotated[str, Form(max_length=300)]
_TEXT = Annotated[str, Form(max_length=20_000)]


def add_matters(room: Room) -> None:
    """Adds their pages."""

    @room.get("/matters")
    def matters(request: Request, q: str = "", say: str = "") -> Response:
        return _every(request, q=q.strip()[:40], say=say.strip()[:200])

    @room.get("/matters/one")
    def one(request: Request, code: str = "", q: str = "", done: str = "") -> Response:
        return _one(request, code, q=q.strip()[:40], done=_DONE.get(done, ""))

    @room.post("/matters/words", Action.TEACH)
    def words(
        request: Request,
        code: _LINE = "",
        name: _LINE = "",
        strong: _TEXT = "",
        words: _TEXT = "",
        weak: _TEXT = "",
        also: _TEXT = "",
        new: _LINE = "",
    ) -> Response:
        visitor = the_visitor(request)
        office, code = visitor.office, code.strip()
        typed = {"name": name, "strong": strong, "words": words, "weak": weak, "also": also}
        try:
            if new and code in words_of(office.settings.files.taxonomy):
                raise Refused(f"代码：{code} 已经有了；请换一个")
            path = office.settings.files.taxonomy
            put_matter(office.engine, path, code, typed, by=visitor.actor, now=office.now())
        except (Refused, OSError) as error:
            if new:
                return _every(request, told=_why(error), new={"code": code} | typed)
            return _one(request, code, told=_why(error), typed=typed)
        return go(request, f"{MATTERS}/one?code={code}&done=words")

    @room.post("/matters/example", Action.TEACH)
    def example(
        request: Request,
        code: _LINE = "",
        text: _LINE = "",
        intent: _LINE = "",
        type: _LINE = "",
        urgency: _LINE = "",
        place: _LINE = "",
    ) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        typed = {"text": text, "intent": intent, "type": type, "urgency": urgency, "place": place}
        made = Example(
            text=text.strip(),
            intent="request" if code else intent,
            code=code,
            alt_code="",
            type=type,  # type: ignore[arg-type]
            urgency=urgency,  # type: ignore[arg-type]
            place=place.strip(),
        )
        try:
            folder, codes = office.settings.files.examples, tuple(_names(visitor))
            add_example(office.engine, folder, made, codes, by=visitor.actor, now=office.now())
        except (Refused, OSError) as error:
            return _one(request, code, told=_why(error), example=typed)
        return go(request, f"{MATTERS}/one?code={code}&done=added")

    @room.post("/matters/drop", Action.TEACH)
    def drop(request: Request, code: _LINE = "", text: _LINE = "") -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        try:
            drop_example(office.engine, office.settings.files.examples, text, by=visitor.actor, now=office.now())
        except (Refused, OSError) as error:
            return _one(request, code, told=_why(error))
        return go(request, f"{MATTERS}/one?code={code}&done=dropped")

    @room.get("/matters/trial")
    def trial(request: Request, done: Number = 0) -> Response:
        return _trial(request, done=done)

    @room.get("/matters/trial/state")
    def state(request: Request) -> Response:
        """The part of the page that changes, for the script that asks again."""
        return page(request, "_settings_trial.html", **_trial_told(the_visitor(request)), reason="", done=0)

    @room.post("/matters/trial", Action.TEACH)
    def begin(request: Request, number: Annotated[Number, Form()] = -1) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        if number < 0:
            raise Refused("没有选要试哪一版；请从那一页上点")
        see_settings(office.engine, f"试词表和例句 {number or '文件'}", by=visitor.actor, now=office.now())
        try:
            _worth_a_try(visitor, number)
            office.trials.start(office.settings, number)
        except (Refused, OSError) as error:
            return _trial(request, told=_why(error))
        return go(request, f"{MATTERS}/trial")

    @room.post("/matters/publish", Action.TEACH)
    def publish(request: Request, reason: _LINE = "", anyway: _LINE = "", digest: _LINE = "") -> Response:
        visitor = the_visitor(request)
        office, settings = visitor.office, visitor.office.settings
        try:
            result = office.trials.result(settings)
            if result is None or result.error or result.digest != digest:
                raise Refused("试的结果已经不是刚才看的；请再试一遍")
            if result.falls and not anyway:
                raise Refused("回归集变差了，没有发布。改好例句再试；一定要发布，勾上“变差也发布”，原因里写清楚")
            wanted = _wanted(visitor, result.number)
            if wanted is None or wanted.digest != result.digest:
                raise Refused("试过以后又改了，没有发布；请再试一遍")
            edition = publish_understanding(
                office.engine,
                settings,
                replace(wanted, told=result.line),
                on=result.on,
                learned=Path(result.learned),
                falls=result.falls,
                anyway=bool(anyway),
                by=visitor.actor,
                reason=reason,
                now=office.now(),
            )
        except FileNotFoundError:
            return _trial(request, told="学好的已经清掉了，没有发布；请再试一遍", reason=reason)
        except (Refused, OSError) as error:
            return _trial(request, told=_why(error), reason=reason)
        return go(request, f"{MATTERS}/trial?done={edition.id}")

    @room.get("/accuracy", Action.CORRECTIONS)
    def accuracy(request: Request) -> Response:
        visitor = the_visitor(request)
        office = visitor.office
        towns = taxonomy_now(office.settings).towns
        found = weekly_accuracy(office.engine, by=visitor.actor, weeks=WEEKS, now=office.now(), towns=towns)
        told = frame(visitor, "/accuracy")
        return page(request, "settings_accuracy.html", **told, weeks=found[::-1], formulas=FORMULAS)


_DONE = {"words": "词存好了。", "added": "加好了。", "dropped": "删掉了。"}


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"写不进文件（{error.strerror}），没有改；请管理员看看服务器上的权限和空间"
    return without_commands(str(error))


def _names(visitor: Visitor) -> dict[str, str]:
    """Of the matters of the draft, which examples go into. Raises Refused."""
    return {code: str(one.get("name", code)) for code, one in words_of(visitor.office.settings.files.taxonomy).items()}


def _wanted(visitor: Visitor, number: int) -> Edition | None:
    settings = visitor.office.settings
    return edition_numbered(settings, number) if number else draft(settings)


def _worth_a_try(visitor: Visitor, number: int) -> None:
    """Raises Refused where nothing could come of it: half a minute of a core is not spent on that. OSError."""
    settings = visitor.office.settings
    newest, wanted = newest_id(settings), _wanted(visitor, number)
    if not newest:
        raise Refused("还没有发布过，没有可比的；热线第一次启动时，把文件作为第 1 版，那以后再试")
    if wanted is None:
        raise Refused(f"没有第 {number} 版，或者它已经损坏；请从列出的里选")
    in_use = edition_numbered(settings, newest)
    if in_use is not None and in_use.digest == wanted.digest:
        raise Refused(f"和在用的第 {newest} 版一个字也不差，没有要试的")


def _in_use(visitor: Visitor) -> tuple[int, bool]:
    """The number of the edition published last, and whether the files say something else."""
    settings = visitor.office.settings
    newest = newest_id(settings)
    edition = edition_numbered(settings, newest) if newest else None
    try:
        return newest, edition is None or edition.digest != draft(settings).digest
    except OSError:
        return newest, True


def _every(
    request: Request, *, q: str = "", say: str = "", told: str = "", new: Mapping[str, str] | None = None
) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    see_settings(office.engine, "事项和例句", by=visitor.actor, now=office.now())
    names = _names(visitor)
    examples = examples_by_origin(office.settings.files.examples, tuple(names))
    words = words_of(office.settings.files.taxonomy)
    count = Counter(one.code for _, one in examples)
    newest, changed = _in_use(visitor)
    return page(
        request,
        "settings_matters.html",
        status=409 if told else 200,
        **frame(visitor, "/matters"),
        names=names,
        count=count,
        q=q,
        found=[(where, one) for where, one in examples if q in one.text][:LISTED] if q else [],
        worded=[code for code, one in words.items() if q in "".join(str(one.get(name, "")) for name in WORDS)]
        if q
        else [],
        say=say,
        heard=office.understanding().of(say) if say else None,
        by=office.understanding(),
        newest=newest,
        changed=changed,
        told=told,
        new=new or {},
        fields=FIELDS,
        teaches=visitor.may(Action.TEACH),
    )


def _one(
    request: Request,
    code: str,
    *,
    q: str = "",
    told: str = "",
    done: str = "",
    typed: Mapping[str, str] | None = None,
    example: Mapping[str, str] | None = None,
) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    see_settings(office.engine, f"事项 {code[:4]}", by=visitor.actor, now=office.now())
    words = words_of(office.settings.files.taxonomy)
    if code and code not in words:
        raise Refused(f"没有代码是 {code[:10]!r} 的事项；请从列出的里选")
    of_it = [
        (where, one)
        for where, one in examples_by_origin(office.settings.files.examples, tuple(words))
        if one.code == code and q in one.text
    ]
    newest, changed = _in_use(visitor)
    return page(
        request,
        "settings_matter.html",
        status=409 if told else 200,
        **frame(visitor, "/matters"),
        code=code,
        words={**words[code], **(typed or {})} if code else {},
        fields=FIELDS,
        q=q,
        examples=of_it[:LISTED],
        listed=len(of_it),
        example=example or {},
        types=TYPES,
        urgencies=URGENCY,
        kinds={one: KINDS[one] for one in INTENTS if one in KINDS},
        newest=newest,
        changed=changed,
        told=told,
        done=done,
        teaches=visitor.may(Action.TEACH),
    )


def _trial_told(visitor: Visitor) -> dict[str, Any]:
    office = visitor.office
    running, result = office.trials.running(office.settings), office.trials.result(office.settings)
    newest, changed = _in_use(visitor)
    return {
        "running": running,
        "result": None if running else result,
        "stale": _stale(visitor, result) if result is not None else False,
        "newest": newest,
        "changed": changed,
        "teaches": visitor.may(Action.TEACH),
    }


def _stale(visitor: Visitor, result: Result) -> bool:
    """Whether it can no longer be published: changed since, or overtaken."""
    try:
        wanted = _wanted(visitor, result.number)
    except OSError:
        return True
    return wanted is None or wanted.digest != result.digest or result.on != newest_id(visitor.office.settings)


def _trial(request: Request, *, told: str = "", reason: str = "", done: int = 0) -> Response:
    visitor = the_visitor(request)
    office = visitor.office
    see_settings(office.engine, "词表和例句版次", by=visitor.actor, now=office.now())
    listed = [one for one, _ in zip(editions(office.settings), range(EDITIONS), strict=False)]
    return page(
        request,
        "settings_trial.html",
        status=409 if told else 200,
        **frame(visitor, "/matters"),
        **_trial_told(visitor),
        editions=listed,
        by=office.understanding(),
        told=told,
        reason=reason,
        done=done,
    )

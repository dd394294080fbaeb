"""What the API answers, for its OpenAPI document; times are ISO 8601 with a zone, words are Chinese."""

from datetime import datetime

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """One thing that is wrong."""

    field: str = Field(description="哪一项")
    value: str = Field(description="写的是什么（个人信息不写出来）")
    mend: str = Field(description="怎么改")


class Refusal(BaseModel):
    """Why not: all faults at once."""

    errors: list[Fault]


class Clock(BaseModel):
    """A clock of the case."""

    name: str
    due_at: datetime


class Attachment(BaseModel):
    """A file of the case."""

    id: int
    medium: str = Field(description="文字、语音、图片、视频：看内容定的")
    media_type: str
    size: int = Field(description="字节")
    sha256: str
    transcript: str = Field(default="", description="语音转写的文字；只给能看工单的账号")
    heard: str = Field(default="", description="怎么转写的，或者为什么没有转写；空着是还在等")


class Alike(BaseModel):
    """An open case that looks like the same matter. Nothing is merged by itself."""

    number: str
    why: list[str]


class Taken(BaseModel):
    """The case that was made, or was there already of the same Idempotency-Key."""

    number: str
    short: str = Field(description="口头编号")
    code: str = Field(description="提取码，请交给群众；凭编号和它查办理情况")
    new: bool
    state: str
    received_at: datetime
    clocks: list[Clock]
    attachments: list[Attachment]
    alike: list[Alike] = Field(
        default=[], description="像是同一件事的在办工单；只给能并单、能看原话的令牌，别的列给受理台（case todo）"
    )


class Heeded(BaseModel):
    """The text message said nothing but that the citizen wants no texts, or them again: there is no case."""

    heeded: str = Field(description="现在怎样：不要短信，或者和别人一样")


class Added(BaseModel):
    """All attachments that the case has now."""

    number: str
    attachments: list[Attachment]


class Status(BaseModel):
    """How a case stands: nothing of who sent it and what it is about."""

    number: str
    short: str
    state: str
    received_at: datetime
    due_at: datetime | None = Field(description="最迟几时办完；办结以后没有")
    closed_at: datetime | None
    result: str = Field(description="给群众的一句话；领导签发以后才有")


class Case(BaseModel):
    """A case, for an account that may see it. Numbers are masked."""

    number: str
    short: str
    state: str
    channel: str
    received_at: datetime
    caller: str
    name: str
    address: str
    place: str
    type: str
    matter: str
    matter_name: str
    urgency: str
    secrecy: str
    unit: str
    text: str
    result: str
    clocks: list[Clock]
    attachments: list[Attachment]

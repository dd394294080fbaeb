"""A 回访 as it is held: the conversation of cases.callback, spoken and heard. Nothing is disclosed before 是本人."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from cases import callback as table
from cases.callback import CALLBACK, OPEN_END, CallbackBrief, Move, Question, Reply, Talk
from cases.confirm import CONFIRM
from dialplans.prompts import Prompt
from ivr.facts import ASIDE
from ivr.ports import CallPorts
from ivr.speech import Answer, Conversation, Deaf, Gone, Pressed, Said, Silent
from ivr.turn import TurnSettings
from recognizer import answers
from recordings.recording import span_of

log = logging.getLogger(__name__)

_SATISFACTION: dict[answers.Satisfaction | None, Reply] = {
    "satisfied": Reply.YES,
    "fair": Reply.MIDDLE,
    "dissatisfied": Reply.NO,
    None: Reply.UNCLEAR,
}
_BREATH = bytes(6400)
"""0.4 s of silence after the last sentence: what is still under way when we hang up never arrives."""
PATIENCE = TurnSettings(silence=2.5, longest=60.0, whole=90.0)
"""What the citizen would add to a case may be long, and is thought of while it is said."""
QUESTIONS_LIMIT = 20
"""No callback asks more often than this, whatever the table says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a callback's conversation ended."""

    to_human: bool = False
    gone: bool = False
    other: bool = False
    """Who has rung back is here for something else, or has not answered: nobody who called is sent away."""
    said: Said | None = None
    """In these words."""


class CallbackTalk:
    """Holds one callback's or confirm call's conversation; `note` takes facts, `keep` the sound of what is added.

    rang_back: the citizen has called, after ours was missed; who wants something else says so at any moment, in
    whatever words.
    """

    def __init__(
        self,
        brief: CallbackBrief,
        ports: CallPorts,
        note: Callable[..., None],
        *,
        rang_back: bool = False,
        keep: Callable[[bytes], None] = lambda clip: None,
    ) -> None:
        self._brief = brief
        self._script = CONFIRM if brief.channel else CALLBACK
        self._keep = keep
        self._ports = ports
        self._note = note
        self._rang_back = rang_back

    def hold(self, conversation: Conversation) -> Outcome:
        """From “您好,这里是…” to the thanks. Without a recognizer it goes on by keys."""
        deaf = self._ports.settings.trial and not self._rang_back
        drawn = self._brief.coached and not self._rang_back  # whoever rings back is recorded
        # Nobody agrees to what he was not told whole: without the sentence that says for how long, he is not asked.
        learns = bool(self._brief.learn_days) and self._prompt(table.LEARN).key == table.LEARN
        move = table.start(drawn=drawn, learns=learns, script=self._script)
        for _ in range(QUESTIONS_LIMIT):
            if move.to_human:
                return Outcome(to_human=True)
            if move.over and self._rang_back and not self._script.concludes(move):
                return Outcome(other=True)
            sound = self._sound(move)
            if move.over:
                said = conversation.say(sound + _BREATH)
                return Outcome(gone=isinstance(said, Gone))
            question, by_key = move.talk.question, move.keys_only and not self._rang_back
            adds = question in (Question.MORE, Question.ADDITION)
            patience = PATIENCE if adds else None
            deaf_now = (deaf and question is not Question.ADDITION) or by_key  # a recording needs no recognizer's skill
            answer = conversation.ask(sound, deaf=deaf_now, hushed=_aside(question), patience=patience)
            if isinstance(answer, Gone):
                self._reply(move.talk, Reply.HANGUP, "", "voice")
                return Outcome(gone=True)
            if isinstance(answer, Deaf):
                deaf = True
            if isinstance(answer, Said) and self._rang_back and self._something_else(move, answer):
                return Outcome(other=True, said=answer)
            understood = self._understood(question, answer)
            if isinstance(answer, Said | Deaf) and (
                question is Question.ADDITION or (adds and understood[0] is Reply.TEXT)
            ):
                self._keep(answer.clip)
            move = self._reply(move.talk, *understood)
        log.error("callback %s: too many questions", self._brief.task_id)
        return Outcome()

    def _reply(self, talk: Talk, reply: Reply, text: str, by: str) -> Move:
        move = table.reply(talk, reply, text, self._script)
        if move.answer is not None and _aside(talk.question):
            told = {"case": self._brief.case_number, "round": self._brief.round}
            self._note(ASIDE, **told, answer=move.answer[1], by=by)
        elif move.answer is not None:
            self._note("answered", question=move.answer[0], answer=move.answer[1], by=by)
        return move

    def _understood(self, question: Question, answer: Answer) -> tuple[Reply, str, str]:
        """(reply, words, by) of what came back."""
        match answer:
            case Pressed():
                if not _aside(question):
                    self._note("pressed", key=answer.key)
                return table.by_key(question, answer.key), "", "key"
            case Said() if _aside(question):
                return self._by_voice(question, answer), "", "voice"
            case Said():
                self._note("heard", text=answer.text, started=answer.started, ended=answer.ended)
                return self._by_voice(question, answer), answer.text, "voice"
            case Silent() if question is Question.ADDITION:
                return Reply.SILENT, "", "voice"
            case Silent(energy=True) | Deaf():
                return Reply.UNCLEAR, "", "voice"
            case _:
                return Reply.SILENT, "", "voice"

    def _something_else(self, move: Move, said: Said) -> bool:
        """Whether these words are no answer to what was asked, but a matter of their own, or danger."""
        request = self._ports.understand(said.text)
        if request.danger or request.intent == "emergency":
            return True
        question = move.talk.question
        if question in OPEN_END:
            return False
        if move.keys_only or self._ports.settings.trial:
            return True
        no_answer = self._by_voice(question, said) is Reply.UNCLEAR
        return no_answer and (request.intent == "request" or answers.has_more(said.text))

    def _by_voice(self, question: Question, said: Said) -> Reply:
        if not said.text:
            return Reply.UNCLEAR
        if question is Question.MORE and (more := answers.more_to_say(said.text)) is not None:
            return Reply.YES if more else Reply.NO
        if question in OPEN_END:
            return Reply.TEXT
        if question is Question.COACHED and (told := answers.coached(said.text)) is not None:
            return Reply.YES if told else Reply.NO  # before the director: it may have been he
        if self._ports.understand(said.text).intent == "director":
            return Reply.HUMAN
        if question is Question.SATISFIED:
            return _SATISFACTION[answers.satisfaction(said.text)]
        if question is Question.COACHED:
            return Reply.UNCLEAR
        plain = {Question.SOLVED: answers.solved, Question.LEARN: answers.consents}
        found = plain.get(question, answers.yes_or_no)(said.text)
        return Reply.UNCLEAR if found is None else Reply.YES if found else Reply.NO

    def _sound(self, move: Move) -> bytes:
        sound = b""
        for key in move.say:
            prompt = self._prompt(key)
            if not _aside(move.talk.question):
                self._note("asked", prompt=prompt.key, text=prompt.text)
            sound += prompt.pcm()
        return sound

    def _prompt(self, key: str) -> Prompt:
        brief, ports = self._brief, self._ports
        match key:
            case "callback_open" if self._rang_back:
                return ports.prompt("callback_rang_back", day=ports.spoken_day(brief.called_at))
            case "callback_open":
                return ports.prompt(key, day=ports.spoken_day(brief.called_at), number=ports.settings.hotline)
            case "confirm_open" if self._rang_back:
                return ports.prompt("confirm_rang_back")
            case "confirm_open":
                return ports.prompt(key, number=ports.settings.hotline)
            case "confirm_matter":
                day, matter = ports.spoken_day(brief.called_at), brief.matter_name or "一件事"
                return ports.prompt(key, day=day, channel=brief.channel, place=brief.place, matter=matter)
            case "callback_result" if brief.recheck:
                return ports.prompt("callback_recheck", matter=brief.matter_name or "事")
            case "callback_unsolved" if brief.recheck:
                return ports.prompt("callback_recheck_unsolved")
            case "callback_result" if brief.disposition == "已解决":
                return ports.prompt(key, matter=brief.matter_name or "事", unit=brief.unit, result=brief.result)
            case "callback_result":
                return ports.prompt("callback_cannot", reason=brief.result, plan="")
            case table.LEARN:
                return ports.prompt(key, span=span_of(brief.learn_days))
            case "callback_why":
                return ports.prompt(key, who=ports.settings.reports_to)
            case "callback_unsolved":
                self._note("promise", due=brief.promise.isoformat())
                return ports.prompt(key, day=ports.spoken_day(brief.promise))
            case _:
                return ports.prompt(key)


def _aside(question: Question) -> bool:
    """Whether neither question nor answer may stand where others than supervision read."""
    return question is Question.COACHED

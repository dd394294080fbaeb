"""Every name that the dialplan and Python share: one place, one spelling.

The templates in `dialplans/asterisk/` write `<<STATE>>` where the text of `STATE` belongs; a name that is not here
fails the rendering. Names that only one dialplan file uses (loop counters) are not listed.
"""

from typing import Final

# --- AGI requests: agi://127.0.0.1:<agi port>/<path> ------------------------------------------------------------------
AGI_ANSWER: Final = "answer"  # a citizen's call was answered; arg 1 the call id, 2 the caller, 3 the number dialled
AGI_NEXT: Final = "next"  # next/<uuid>: arg 1 the key pressed in the notice, 2 how the audio ended: SUCCESS|FAILED
AGI_SCREENED: Final = "screened"  # screened/<leg uuid>: arg 1 the rung, 2 how the leg's audio ended: SUCCESS|FAILED
AGI_NOBODY: Final = "nobody"  # nobody/<uuid>: arg 1 why: drained|timeout|wish; STATE_RING rings a (new) LADDER anew
AGI_CALLBACK: Final = "callback"  # callback/<task id>: the citizen of a 回访 answered; args as answer
AGI_REDIAL: Final = "redial"  # redial/<task id>: the citizen of a 回拨 answered; args as answer
AGI_STAFF: Final = "staff"  # staff/<task id>: an official we called answered; args as answer
AGI_LATER: Final = "later"  # later/<leg uuid>: an official wants to call back; arg 1 the rung, 2 the number; sets KEY
AGI_OTHERS: Final = "others"  # others/<uuid>: whom an official in the talk may bring in; arg 1 his number; sets OTHERS
AGI_DIRECTED: Final = "directed"  # directed/<uuid>: the desk wants somebody rung now; STATE_RING rings a (new) LADDER
AGI_ALIVE: Final = "alive"  # once a second while anybody listens to the controller: close it, that is the answer

# --- variables of the caller's channel --------------------------------------------------------------------------------
STATE: Final = "HL_STATE"  # what happens next, set LAST in every AGI: STATE_*; empty = the controller did not answer
UUID: Final = "HL_UUID"  # uuid of this round of the conversation
NOTICE: Final = "HL_NOTICE"  # path without extension of the recording notice; empty = static, SAY_NOTHING = none
RECORD: Final = "HL_REC"  # RECORD_NO: no recording; set later in AGI it stops the running one
PROMISE: Final = "HL_PROMISE"  # path of the prompt with the promised time, said before the message is recorded
KEY: Final = "HL_KEY"  # on the caller: key pressed in the notice; on a leg, set LAST in AGI_SCREENED: SCREEN_*
TASK: Final = "HL_TASK"  # set by the Originate of a callback or redial: the task's id
PLACED: Final = "HL_PLACED"  # set by the same Originate: the context in which the one who answers begins
ATTEMPT: Final = "HL_ATTEMPT"  # set by the Originate of any call the system places: the id of this attempt
CALL: Final = "HL_CALL"  # the call id: UNIQUEID of the caller's channel when it was answered
PHASE: Final = "HL_PHASE"  # where the call is: PHASE_*; also the state in AstDB
FALLBACK: Final = "HL_FALLBACK"  # non-empty once the dialplan went on without the controller
STAY: Final = "HL_STAY"  # STAY_YES: life is in danger, only the caller ends this call, and its ringing has no end

CONNECT: Final = "HL_CONNECT"  # the number an attempt calls; the citizen's that STATE_CONNECT calls, who hears PROMISE
OFFICIAL: Final = "HL_OFFICIAL"  # the number of the official in the talk
ASKED: Final = "HL_ASKED"  # non-empty: what to record has been said already, the beep alone is missing
MONITORED: Final = "HL_MONITORED"  # on the channel of somebody who listens to a call (监听): the caller's channel
MONITORING: Final = "HL_MONITORING"  # on the same: the number of the entry that says who listens, and why
MONITOR: Final = "HL_MONITOR"  # on the same: the number at which he was rung
FLOW: Final = "HL_FLOW"  # the digits of the line whose flow comes after the notice; empty = none
FLOW_TRY: Final = "HL_FLOW_TRY"  # non-empty: a test call, which rings nobody and has no case
OTHERS: Final = "HL_OTHERS"  # on the channel that brings in a third: n1&n2, in the order to ring them

LANGUAGE: Final = "CHANNEL(language)"  # LOCAL_SPEECH: <prompts>/local/<key> before <prompts>/<key>, if it is there
LOCAL_SPEECH: Final = "local"  # also the folder of the recordings in the local speech

RECORD_NO: Final = "no"
STAY_YES: Final = "yes"
ASK_YES: Final = "ask"
SAY_NOTHING: Final = "-"  # instead of a prompt's path
LINES_ANY: Final = "any"

STATE_LISTEN: Final = "listen"  # conversation by AudioSocket with UUID
STATE_RING: Final = "ring"  # ring SHARED(LADDER)
STATE_MESSAGE: Final = "message"  # say PROMISE, record a message
STATE_OPEN: Final = "open"  # say NOTICE, record, then as STATE_LISTEN: an official who calls as a citizen
STATE_CONNECT: Final = "connect"  # call CONNECT and join the two
STATE_DONE: Final = "done"  # hang up: everything has been said

SCREEN_ACCEPT: Final = "1"  # the official takes the call
SCREEN_REFUSE: Final = "2"  # the official wants the next one to be rung
SCREEN_DEPUTY: Final = "3"  # the same, and the official's deputies come before all others
SCREEN_LATER: Final = "4"  # the official calls back in some minutes
SCREEN_NOBODY: Final = "n"  # nobody reacted (voicemail): hang this leg up; empty = ask by keys in the dialplan

PHASE_ANSWERED: Final = "answered"
PHASE_LISTEN: Final = "listen"
PHASE_RING: Final = "ring"
PHASE_TALK: Final = "talk"
PHASE_DROPPED: Final = "dropped"  # the caller hung up within DROPPED seconds of the talk: it was none
PHASE_OVER: Final = "over"  # the talk ended after ≥ DROPPED seconds
PHASE_PROMISE: Final = "promise"  # nobody accepted; the promise is being said
PHASE_RECORD: Final = "record"  # the caller is leaving a message
PHASE_MESSAGE: Final = "message"  # the message is on disk

# --- SHARED() of the caller's channel: what the controller plans ------------------------------------------------------
LADDER: Final = "LADDER"  # n1&n2&n3
UBASE: Final = "UBASE"  # the first four groups of the uuids, with the last dash: xxxxxxxx-xxxx-xxxx-xxxx-
BRIEF: Final = "BRIEF"  # path of the brief, for a leg screened by keys; with ASK_KEYS also several joined by &
ASK_KEYS: Final = "KEYS"  # path of the sentence that names the keys: legs are screened by keys, without audio to us
CLIP: Final = "CLIP"  # path without .wav of the caller's own words (key 5), likewise
OPEN_END: Final = "OPEN"  # the number that is connected as soon as it answers: the duty room, at the end of the ladder
LINES: Final = "LINES"  # l1&l2&l3: calls that each number of LADDER takes at once; LINES_ANY: talks are no hindrance
DEPUTIES: Final = "D"  # D<number>: n1&n2: who comes next when that official presses 3
ANNOUNCE: Final = "SAY"  # path of what the caller is told as soon as possible: that an official will call back
PROGRESS: Final = "P"  # P1, P2 …: path of what is said when that rung starts; empty = static, SAY_NOTHING = none
AGAIN_PROMPT: Final = "PAGAIN"  # path of what is said once when the whole ladder is rung again; likewise
ASK_NUMBER: Final = "ASKNUM"  # ASK_YES: the caller cannot be called back, and is asked for a number while it rings
SPOKEN: Final = "SPOKEN"  # four or five digits: the number of the case that is told to the caller, once it is known
OFFER_PROMPT: Final = "OFFERP"  # path of “wait or we call you”; empty = static
STAGGER: Final = "STAGGER"  # ms until the next rung is started; empty = the setting, as the next three
RING: Final = "RING"  # whole seconds a mobile rings
STAGGER_OF: Final = "SN"  # SN<rung>: ms until the next rung after this one, in the first round; empty = STAGGER
RING_OF: Final = "SR"  # SR<rung>: whole seconds this one rings, likewise
OFFER: Final = "OFFER"  # ms of ringing until the offer
NOBODY: Final = "NOBODY"  # ms of ringing until the promise

# --- SHARED(): how the ladder stands, written by the dialplan alone ---------------------------------------------------
RUNG: Final = "N"  # the number of rungs started so far
ROUND: Final = "ROUND"  # how often the ladder was begun; 0 = it is to be begun anew, without waiting
QUEUE: Final = "QUEUE"  # what is left of this round: n1&n2
END: Final = "END"  # ms since 1970 at which time is up
NEWEST: Final = "NEWEST"  # the number called by the newest rung
UNTIL: Final = "UNTIL"  # ms since 1970 at which the next one is due
PREFER: Final = "PREFER"  # n1&n2: these come next, before the rest of the round
LEG_STATE: Final = "L"  # L<number>: of its newest leg: ring | screen | talk | dead-LEG_*, three of them have names
LEG_CHANNEL: Final = "C"  # C<number>: that leg's channel
WINNER: Final = "WIN"  # the accepted leg's channel; WINNER_GONE | WINNER_CLOSED = no leg can win any more
ENGINE: Final = "ENGINE"  # the channel on which the ladder runs
WAKE: Final = "WAKE"  # the same while it waits: only then may it be redirected
OVER: Final = "OVER"  # why the ladder ended without a talk: drained (no mobile can be had) | timeout
THIRD: Final = "THIRD"  # who brings a third into the talk, or the third's channel once it has joined
THIRD_LEG: Final = "THIRDLEG"  # of the channel that brings one in: the mobile rung or asked now; empty = it has joined
COMMAND: Final = "CMD"  # COMMAND_NEXT: start the next rung now
WINNER_GONE: Final = "gone"
WINNER_CLOSED: Final = "closed"
COMMAND_NEXT: Final = "next"

# --- uuids: UBASE + one of these + decimal digits ---------------------------------------------------------------------
UUID_ROUND: Final = "a000000000"  # and two digits: a round of the caller's conversation
NUMBER_TURNS: Final = {"hold": 2, "message": 3, "talk": 4}  # where the caller is asked for a number, and its round
UUID_LEG: Final = "b"  # and eleven digits: the screening of the leg on that rung

# --- contexts that Python names ---------------------------------------------------------------------------------------
CONTEXT_LINE: Final = "line"  # calls from the trunk
CONTEXT_CALLBACK: Final = "callback"  # exten s with TASK: who was called has answered
CONTEXT_REDIAL: Final = "redial"  # exten s with TASK: who was called has answered
CONTEXT_STAFF: Final = "staff"  # exten s with TASK: who was called has answered
CONTEXT_DIRECTED: Final = "directed"  # where AMI sends a caller whom the desk puts through to somebody
CONTEXT_MONITOR: Final = "monitor"  # exten s with MONITORED, MONITORING, MONITOR: who is to listen answered
CONTEXT_ATTEMPT: Final = (
    "attempt"  # Originate Local/go@attempt/n: with TASK, ATTEMPT, PLACED, CONNECT; exten s on its own side
)
CONTEXT_FLOW: Final = "flow"  # exten: FLOW; where the flow of that line begins
CONTEXT_FLOW_CALLER: Final = "flow-caller"  # the other side of a test call: s does nothing, 0 presses that key
ENDPOINT: Final = "trunk"  # the only PJSIP endpoint

# --- UserEvent(HL, Kind: …, Call: …, Base: …) -------------------------------------------------------------------------
EVENT: Final = "HL"
EVENT_KIND: Final = "Kind"
EVENT_CALL: Final = "Call"
EVENT_BASE: Final = "Base"
EVENT_RUNG: Final = "Rung"
EVENT_NUMBER: Final = "Number"
EVENT_WHY: Final = "Why"
EVENT_CAUSE: Final = "Cause"
EVENT_MS: Final = "Ms"
EVENT_STEP: Final = "Step"
EVENT_PHASE: Final = "Phase"
EVENT_KEY: Final = "Key"
EVENT_FILE: Final = "File"
EVENT_STATE: Final = "State"
EVENT_ATTEMPT: Final = "Attempt"
EVENT_MONITORING: Final = "Monitoring"
EVENT_EDITION: Final = "Edition"

KIND_RECORDING: Final = "recording"  # File: the two-channel recording began
KIND_FLOW: Final = "flow"  # Edition: the line's flow begins | Step, Key: a step, a key at it | Why: late, lost
KIND_LADDER: Final = "ladder"  # the ladder is rung anew: a talk broke off, a promise was made
KIND_RUNG: Final = "rung"  # Rung, Number: a mobile is being called
KIND_SCREEN: Final = "screen"  # Rung, Number, Why: SCREEN_LAST or empty: a mobile answered, screening begins
KIND_LEG: Final = "leg"  # Rung, Number, Why: LEG_*, Cause: Q.850; a leg ended, not by a talk
KIND_TALK: Final = "talk"  # Rung, Number: caller and official are being bridged
KIND_TALKOVER: Final = "talkover"  # Rung, Number, Ms, Why: a BRIDGERESULT | dropped: no talk | gone | directed
KIND_KEY: Final = "key"  # Key, Phase
KIND_OPEN: Final = "open"  # Rung, Number, Why: OPEN_*: this leg is connected without a key; KIND_TALK follows
KIND_STAR: Final = "star"  # Rung, Number, Key, State: on|off: an official pressed * and this key in the talk
KIND_THIRD: Final = "third"  # Number, Step: rung | joined | nobody | how the leg ended: LEG_*, with Cause
KIND_OFFER: Final = "offer"  # the caller is offered to be called back
KIND_SPOKEN: Final = "spoken"  # the caller has been told the number of the case
KIND_NOBODY: Final = "nobody"  # Why: drained | timeout | wish
KIND_MESSAGE: Final = "message"  # File, Ms
KIND_FALLBACK: Final = "fallback"  # Step: the dialplan goes on without the controller
KIND_GONE: Final = "gone"  # Phase: the caller's channel ends; out of a talk also what KIND_TALKOVER has
KIND_MONITOR: Final = "monitor"  # Monitoring, State: MONITOR_ON | MONITOR_OFF; of no call that is known by an id
KIND_UNREACHED: Final = "unreached"  # Attempt, State: of the channel (Ringing | Down …) or MARK_NONE, Cause: Q.850

MONITOR_ON: Final = "on"
MONITOR_OFF: Final = "off"

LEG_RANG: Final = "rang"  # never answered: busy, refused, rung out, cancelled; Cause says which
LEG_REFUSED: Final = "refused"
LEG_NOBODY: Final = "noscreen"  # answered, but nobody reacted
LEG_DEPUTY: Final = "deputy"  # refused, for the deputy
LEG_AWAY: Final = "later"  # refused, and will call back
LEG_DEAD: Final = "hopeless"  # it ended at once, was never made, or never rang: no telephone is there
LEG_LATE: Final = "late"  # another leg was first, or the caller has gone; the person was told so
LEG_TALKED: Final = "talked"  # not told: KIND_TALKOVER or KIND_GONE does
# As LEG_STATE only: the person wants the next one to be rung; has said that they call back; no telephone has rung.
LEG_PASSED: Final = f"dead-{LEG_REFUSED}"
LEG_PROMISED: Final = f"dead-{LEG_AWAY}"
LEG_HOPELESS: Final = f"dead-{LEG_DEAD}"

SCREEN_LAST: Final = "last"  # nobody can be rung once more before time is up: who speaks is connected without a key
OPEN_ROOM: Final = "room"  # the leg is that of OPEN_END
OPEN_VOICE: Final = "voice"  # a person spoke, and no key came

STARS: Final = ("1", "2", "3", "4", "5", "7", "9")  # * and one of these, pressed by an official in the talk: KIND_STAR
BRING_IN: Final = "3"  # of these: brings in a third, who has the others; their KIND_STAR has Rung 0

# --- AstDB ------------------------------------------------------------------------------------------------------------
DB_CALL: Final = "call"  # call/<call id> = epoch|kind|caller|dialled|phase|number of the leg|epoch of the end or empty
DB_STEP: Final = "step"  # step/<call id>-<n> = epoch|step
DB_DUTY: Final = "duty"  # duty/<epoch, 10 digits> = LADDER|OPEN_END|LINES, valid from then on; may lack the last two
DB_ATTEMPT: Final = "attempt"  # attempt/<id> = epoch|channel id, once it has ended also |epoch|state or MARK_VOID|cause
DB_VOID: Final = "void"  # void/<id> = epoch: nobody waits for this attempt any more, it may not ring
MARK_VOID: Final = "void"
MARK_NONE: Final = "none"  # of a leg that was ended before its INVITE: void, or the second one of its attempt
KIND_INBOUND: Final = "inbound"  # the kinds in DB_CALL; the others are followed by :<task id>
KIND_CALLBACK: Final = "callback"
KIND_REDIAL: Final = "redial"
KIND_STAFF: Final = "staff"

# --- the watchman -----------------------------------------------------------------------------------------------------
WATCHMAN: Final = "HL_WATCHMAN"  # global: the channel that looks after the controller
LISTENER: Final = "HL_LISTENER"  # of a channel that listens to the controller: the context it goes to when that hangs
TALKS: Final = "talk"  # GROUP(TALKS)=<number>: the legs that a person has answered, for as long as they live
WATCHED: Final = "listen@controller"  # the group of the channels that listen to the controller

# --- management interface ---------------------------------------------------------------------------------------------
AMI_USER: Final = "zhitong"

# --- files ------------------------------------------------------------------------------------------------------------
SUFFIX_RECORDING: Final = ".raw"  # <recordings>/<call id>.raw: interleaved 16 bit 8 kHz, left what the caller says
SUFFIX_MESSAGE: Final = "-message.wav"  # <recordings>/<call id>-message.wav
LOG_FILE: Final = "asterisk.log"  # log/asterisk.log, .0 the day before …
CDR_FILE: Final = "calls.csv"  # log/cdr-custom/calls.csv: no header; a line a call, two when the official hung up first
CDR_DIALLED: Final = "accountcode"  # the number the citizen dialled, then CDR_TALKED once an official was bridged
CDR_TALKED: Final = "/talked"
CDR_DROPPED: Final = "dropped"  # yes when the caller hung up so soon that it was no talk
CDR_COLUMNS: Final = ("uniqueid", "start", "answer", "end", "src", CDR_DIALLED, "disposition", "billsec", CDR_DROPPED)

SORRY: Final = "sorry"
# Spoken by the dialplan itself, with or without a controller: <prompts>/<key>.alaw must exist when Asterisk starts.
STATIC_PROMPTS: Final = {
    "notice": "greeting with the recording notice, at most 6 s",
    "transfer": "I am getting the leader on duty, please hold on",
    "waiting": "the next one is being rung; hang up if you do not want to wait, we call you back",
    "waiting_hidden": "the same to a caller in danger, or whose number cannot be called back: please hold on",
    "talk_again": "the talk broke off, the next one is being rung, please hold on",
    "offer": "press 1 to be called back, or just hold on",
    SORRY: "something went wrong, I am getting somebody; for a prompt whose file has gone",
    "nobody_static": "nobody could answer, your matter is noted, we will call you (no time named)",
    "nobody_hidden": "the same to a caller whose number cannot be called back: say one that can, no call is promised",
    "message": "after the beep: where, what, which number; then hang up",
    "beep": "0.3 s of tone",
    "thanks": "thank you, goodbye",
    "brief_static": "to an official: a citizen is waiting on the hotline, the call is recorded",
    "keys": "to an official: press 1 to take the call, 2 for the next one, 5 to hear the citizen's own words",
    "no_clip": "to an official: there are no recorded words",
    "taken": "to an official in screening: a colleague has taken it, thank you",
    "caller_gone": "to an official in screening: the citizen has hung up",
    "closed": "to an official in screening: the citizen is leaving a message now",
    "callback_static": "to a citizen being called back while the controller is gone: sorry, we will call again",
    "staff_static": "to an official we call while the controller is gone: sorry, we will call again",
    "citizen_away": "to an official: the citizen does not answer, the system calls them again",
    "later_thanks": "to an official who will call back: thank you, within so many minutes please",
    "third_keys": "to a third official: a colleague talks with a citizen; press 1 to join, 2 if not",
    "third_none": "to the official in the talk alone: nobody can be brought in now",
    "star_on": "a tone for the official in the talk alone: the key counts",
    "star_off": "another one: it is taken back",
    "case_number": "your number is; its digits follow",
    "case_number_again": "once more; they follow again",
    "case_number_keep": "no matter if you forget it: your telephone finds the case",
    "case_number_later": "it is not known yet: your telephone finds the case",
    "case_number_report": "the same to a caller whose number cannot be called back: tell this number",
    **{f"digit_{digit}": f"the digit {digit}" for digit in range(10)},
    "pause": "3 s of silence, in which it is heard whether somebody speaks",
    "monitor_on": "to who listens to a call: you hear it and are not heard; hang up to end it",
    "monitor_over": "to the same: the call is over",
}

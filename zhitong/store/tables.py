"""The tables. Times are stored in UTC and come back aware; nothing naive gets in."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; without the zone where the database keeps none (SQLite)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the database takes aware times only, not {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NUMBER = String(40)  # a case number
_CALL = String(80)  # Asterisk's UNIQUEID


def _of_case(nullable: bool = False) -> Column[str]:
    return Column("case_number", _NUMBER, ForeignKey("cases.number"), nullable=nullable)


SPOKEN = "short <> '' AND state <> '销号'"
"""A spoken number is one case's until that is struck off."""
CONTACTED = "contact <> ''"
"""Few cases have another number to call than the caller's."""
CLOSING = "code = 'close'"
"""Of its clocks a case is judged by the one for the result."""
NOT_DONE = "done_at IS NULL"
"""Nearly all tasks are over; only the others are looked for by time."""

PERSONAL_FIELDS = ("name", "address", "demand", "reply", "contact", "unsure_contact")
"""What a case tells of who called, beside the number; it goes years after the end (ADR 0046)."""
PERSONAL = f"({' || '.join(PERSONAL_FIELDS)}) <> ''"

UNSORTED = "matter <> '' AND place <> '' AND sorted_from <> matter || '|' || place || '|' || type"
"""Nobody has looked yet of which kind the case is, as it stands now (zhitong.usecases.sort_clusters)."""
OF_A_KIND = "kind <> ''"
ACTS = "substr(what, 1, 3) IN ('第一个', '账号 ', '停账号', '令牌 ', '停令牌', '工作密', '先用密')"
"""Of all that was recorded, what administrators did to accounts; the rest are looks. Not that it is about no case:
SQLite would take the index of cases, and read all that are about none."""

cases = Table(
    "cases",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("call_id", _CALL, nullable=False, unique=True),
    Column("caller", String(40), nullable=False, index=True),
    Column("dialled", String(40), nullable=False),
    Column("answered_at", Moment, nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("matter", String(10), nullable=False),
    Column("matter_name", String(100), nullable=False),
    Column("type", String(10), nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("place", String(100), nullable=False),
    Column("unit", String(100), nullable=False),
    Column("official", String(100), nullable=False),
    Column("transcript", Text, nullable=False),
    Column("result", String(200), nullable=False),
    Column("disposition", String(20), nullable=False),
    Column("closed_by", String(100), nullable=False),
    Column("rework", Integer, nullable=False),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("channel", String(20), nullable=False, server_default="电话"),
    Column("address", String(200), nullable=False, server_default=""),
    Column("name", String(100), nullable=False, server_default=""),
    Column("sex", String(4), nullable=False, server_default=""),
    Column("demand", Text, nullable=False, server_default=""),
    Column("secrecy", String(4), nullable=False, server_default=""),
    Column("first_unit", String(100), nullable=False, server_default=""),
    Column("reply", Text, nullable=False, server_default=""),
    Column("replied_by", String(100), nullable=False, server_default=""),
    Column("reviewed_by", String(100), nullable=False, server_default=""),
    Column("approved_by", String(100), nullable=False, server_default=""),
    Column("contact", String(40), nullable=False, server_default=""),
    Column("contact_how", String(10), nullable=False, server_default=""),
    Column("contact_at", Moment),
    Column("unsure_contact", String(40), nullable=False, server_default=""),
    Column("shared_phone", Boolean, nullable=False, server_default=false()),
    Column("call_when", String(20), nullable=False, server_default=""),
    Column("call_from", Moment),
    Column("call_until", Moment),
    Column("concluded", String(20), nullable=False, server_default=""),
    Column("concluded_by", String(100), nullable=False, server_default=""),
    Column("closed_at", Moment, index=True),
    Column("struck_off_at", Moment),
    Column("marks", String(100), nullable=False, server_default=""),
    Column("transcript_expires_at", Moment, index=True),  # None: deleted already
    Column("short", String(5), nullable=False, server_default=""),  # the number that is spoken
    Index("ix_cases_state_unit", "state", "unit"),  # the board, of all and of one unit
    Index("ix_cases_personal", "struck_off_at", sqlite_where=text(PERSONAL), postgresql_where=text(PERSONAL)),
    Column("accused", Text, nullable=False, server_default=""),  # whom it complains of: cases.accused
    Column("sorted_from", String(130), nullable=False, server_default=""),  # what its kind was found from
    Column("kind", String(120), nullable=False, server_default=""),  # matter and town (cases.cluster), empty for none
    Index("ix_cases_unsorted", "answered_at", sqlite_where=text(UNSORTED), postgresql_where=text(UNSORTED)),
    Index("ix_cases_kind", "kind", "answered_at", sqlite_where=text(OF_A_KIND), postgresql_where=text(OF_A_KIND)),
    Index("uq_cases_short", "short", unique=True, sqlite_where=text(SPOKEN), postgresql_where=text(SPOKEN)),
    Index("ix_cases_contact", "contact", sqlite_where=text(CONTACTED), postgresql_where=text(CONTACTED)),
)

# Every call, placed ones too, and the case it belongs to. talked: a person and the citizen talked.
# rang_ms: from the INVITE to the answer (None: made from Asterisk's notes); human_ms: from the INVITE to that talk.
calls = Table(
    "calls",
    metadata,
    Column("call_id", _CALL, primary_key=True),
    _of_case(),
    Column("kind", String(10), nullable=False),
    Column("task_id", Integer),
    Column("answered_at", Moment, nullable=False),
    Column("talked", Boolean, nullable=False),
    Column("rang_ms", Integer),
    Column("human_ms", Integer),
    Column("ended_at", Moment, index=True),
    Index("ix_calls_case_number", "case_number"),
)

# The trace. A fact may arrive before its call is known, so there is no foreign key.
facts = Table(
    "facts",
    metadata,
    Column("call_id", _CALL, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("detail", JSON, nullable=False),
    sqlite_with_rowid=False,
)

# One row per clock and round: round 0 runs from the answered call, round n from the n-th 重办.
clocks = Table(
    "clocks",
    metadata,
    Column("case_number", _NUMBER, ForeignKey("cases.number"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("code", String(20), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("policy", String(40), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("met_at", Moment),  # when what it waits for was done
    Column("first_due_at", Moment),  # before any 延期 or 挂起
    Column("warn_at", Moment),  # when somebody is to look whether people must be warned
    Index("ix_clocks_warn_at", "warn_at", sqlite_where=text("met_at IS NULL"), postgresql_where=text("met_at IS NULL")),
    # Figures are counted from these alone. A plain index on met_at SQLite takes for the clocks not met, and reads all.
    *(
        Index(f"ix_clocks_close_{first}", *columns, sqlite_where=text(CLOSING), postgresql_where=text(CLOSING))
        for first, *columns in (
            ("due_at", "due_at", "met_at", "case_number"),
            ("met_at", "met_at", "case_number", "round"),
        )
    ),
)

# What belongs to a case beside its state (cases.record).
case_records = Table(
    "case_records",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(),
    Column("kind", String(20), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("text", Text, nullable=False),
    Column("due_at", Moment),
    Column("opened_at", Moment, nullable=False),
    Column("opened_by", String(100), nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", String(100), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("subject", String(120), nullable=False, server_default=""),  # 专项治理: the kind of its cases
    Index("ix_case_records_case_number", "case_number"),
    Index("ix_case_records_kind_closed_at", "kind", "closed_at"),
    Index(
        "uq_case_records_subject",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("subject <> '' AND closed_at IS NULL"),
        postgresql_where=text("subject <> '' AND closed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# The cases of a record that is about several: 专项治理, 联席会议. out_at: it was taken out again.
record_cases = Table(
    "record_cases",
    metadata,
    Column("record_id", Integer, ForeignKey("case_records.id"), primary_key=True),
    Column("case_number", _NUMBER, ForeignKey("cases.number"), primary_key=True),
    Column("joined_at", Moment, nullable=False),
    Column("joined_by", String(100), nullable=False),
    Column("out_at", Moment),
    Column("out_by", String(100), nullable=False, server_default=""),
    Index("ix_record_cases_case_number", "case_number"),
)

# Risk, cause and pattern of a case, as people see them. Taken off again: out_at.
case_tags = Table(
    "case_tags",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(),
    Column("tag", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("out_at", Moment),
    Column("out_by", String(100), nullable=False, server_default=""),
    Index("ix_case_tags_case_number", "case_number"),
    Index("ix_case_tags_tag", "tag", "at"),
    sqlite_autoincrement=True,
)

# What happened to a case, for people to read. Only ever appended to. mark: what it came from, so that it comes once.
# seq, salt, digest, link: its place in the case's chain (cases.chain); an empty salt: its content was erased.
timeline = Table(
    "timeline",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(),
    Column("mark", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("what", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("who", String(100), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("seq", Integer, nullable=False),
    Column("salt", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("link", String(64), nullable=False),
    UniqueConstraint("case_number", "mark"),
    UniqueConstraint("case_number", "seq"),
    sqlite_autoincrement=True,
)

# Where each case's chain ends, and how much of it the last anchor holds.
chains = Table(
    "chains",
    metadata,
    Column("case_number", _NUMBER, ForeignKey("cases.number"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("link", String(64), nullable=False),
    Column("anchored", Integer, nullable=False),
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(nullable=True),
    Column("call_id", _CALL, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("path", String(400), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("state", String(10), nullable=False),  # fresh | archived | missing | deleted
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    UniqueConstraint("call_id", "path"),
    Index("ix_recordings_case_number", "case_number"),
)

# What is due. claimed_until: a worker has it until then; done_at: over, with the outcome. detail: what its kind needs.
due = Table(
    "due",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("mark", String(120), nullable=False, unique=True),
    _of_case(nullable=True),
    Column("call_id", _CALL, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("promised_at", Moment),
    Column("claimed_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("done_at", Moment),
    Column("outcome", String(100), nullable=False),
    Column("detail", JSON(none_as_null=True)),
    Index("ix_due_open", "kind", "due_at", sqlite_where=text(NOT_DONE), postgresql_where=text(NOT_DONE)),
    Index("ix_due_case_number", "case_number"),
    sqlite_autoincrement=True,
)

# One row per call the system placed to a citizen; a callback's answers included. number: for the rule of one a day.
# So are calls that an official on the line wanted and that were not answered: task_id is then 0.
tries = Table(
    "tries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(),
    Column("task_id", Integer, nullable=False),
    Column("kind", String(20), nullable=False),  # callback | redial | staff | person: a callback made by one
    Column("number", String(40), nullable=False),
    Column("dialled_at", Moment, nullable=False),
    Column("call_id", _CALL, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("person", String(10), nullable=False),
    Column("solved", String(10), nullable=False),
    Column("satisfied", String(10), nullable=False),
    Column("why", Text, nullable=False),
    Column("outcome", String(40), nullable=False),
    Index("ix_tries_number_dialled_at", "number", "dialled_at"),
    Index("ix_tries_task_id", "task_id"),
    Index("ix_tries_call_id", "call_id"),
    Index("ix_tries_case_number", "case_number"),
    sqlite_autoincrement=True,
)

# What was answered in a callback for supervision alone: whether somebody told the citizen to say 满意. It is in no
# fact, on no timeline and in no try: others read those.
asides = Table(
    "asides",
    metadata,
    Column("call_id", _CALL, primary_key=True),
    _of_case(),
    Column("round", Integer, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("answer", String(10), nullable=False),
)

# One row per call the system gives to Asterisk, to citizens and to officials, written before that; kept for a month.
attempts = Table(
    "attempts",
    metadata,
    Column("id", String(32), primary_key=True),  # also AstDB's attempt/<id>
    Column("task_id", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("number", String(40), nullable=False),
    Column("switch", String(60), nullable=False),  # which run of Asterisk
    Column("placed_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),  # when it was known how it went
    Column("outcome", String(40), nullable=False),
    Index("ix_attempts_ended_at", "ended_at"),
)

deletions = Table(
    "deletions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    _of_case(nullable=True),
    Column("kind", String(12), nullable=False),
    Column("what", String(400), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("why", String(100), nullable=False),
    Index("ix_deletions_case_number", "case_number"),
    sqlite_autoincrement=True,
)

accesses = Table(
    "accesses",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("who", String(100), nullable=False),
    _of_case(nullable=True),
    Column("what", String(40), nullable=False),
    Column("unmasked", Boolean, nullable=False),
    Column("login", String(100), nullable=False, server_default=""),  # the user of the machine behind the account
    Index("ix_accesses_case_number", "case_number"),
    Index("ix_accesses_who", "who", "at"),
    Index("ix_accesses_acts", "id", sqlite_where=text(ACTS), postgresql_where=text(ACTS)),
    sqlite_autoincrement=True,
)

# What people did to the roster; only ever appended to, but for the mark that one was undone.
roster_changes = Table(
    "roster_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("author", String(100), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", String(100), nullable=False),
    Column("undone_reason", String(200), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# The roster's two files as somebody published them; only ever appended to. Each number is one higher than the last, and
# given: of two who publish at once, the second finds his taken.
roster_editions = Table(
    "roster_editions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("author", String(100), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("changed", String(400), nullable=False),
    Column("roster", Text, nullable=False),
    Column("escalation", Text, nullable=False),
)

# What the files of rules and notices said when somebody saved them in the console, and what they had said before; only
# ever appended to. name: of the file, below config/.
setting_texts = Table(
    "setting_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", String(100), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_setting_texts_name_id", "name", "id"),
)

# 话务流程: what stands between the notice and the question of a line (by its digits), edition by edition; an empty text
# is none. state: published | used | refused, with why; no text is ever altered. Of drafts there is one a line.
flow_editions = Table(
    "flow_editions",
    metadata,
    Column("line", String(20), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("author", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", String(400), nullable=False),
)
flow_drafts = Table(
    "flow_drafts",
    metadata,
    Column("line", String(20), primary_key=True),
    Column("text", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("based_on", Integer, nullable=False),
    Column("saved", Integer, nullable=False),
)

# The sheets that were imported, to be exported in the same layout: names and numbers of officials. sheet: see
# routing/sheets/forms/kept.py. Only the newest of each unit are kept.
roster_sheets = Table(
    "roster_sheets",
    metadata,
    Column("change_id", Integer, ForeignKey("roster_changes.id"), primary_key=True, autoincrement=False),
    Column("unit", String(100), nullable=False, index=True),
    Column("sheet", JSON, nullable=False),
)

# Callers whom a person has marked as a nuisance: their calls ring the duty room. Nobody is blocked.
caller_marks = Table(
    "caller_marks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False, server_default=""),
    Column("ended_reason", String(200), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# Who needs more care (重点群众), by number, and by name where several people share it.
caller_flags = Table(
    "caller_flags",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", String(40), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False, server_default=""),
    Column("ended_reason", String(500), nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# When a person wants to be called, always: hours of every day, or 先约 (cases.wish).
caller_habits = Table(
    "caller_habits",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("call_when", String(20), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", Moment, nullable=False),
)

# What a citizen wants of texts, as told to a person: the newest row of a number holds. wish: stop | want | (as for all)
sms_wishes = Table(
    "sms_wishes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", String(40), nullable=False),
    Column("wish", String(10), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_sms_wishes_number", "number"),
    sqlite_autoincrement=True,
)

# Telephones at which a person was reached: an official accepted a call there, or a test ring.
proofs = Table(
    "proofs",
    metadata,
    Column("number", String(40), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("how", String(20), nullable=False),  # answered | test ring
)

# The codes by which officials are known who call from another telephone, and where too many wrong ones came from.
staff_codes = Table(
    "staff_codes",
    metadata,
    Column("official", String(100), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
)
wrong_codes = Table(
    "wrong_codes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    sqlite_autoincrement=True,
)

# Who may do what with cases: roles and units by name (cases.roles). Who may something else has a new row.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False, index=True),
    Column("roles", JSON, nullable=False),
    Column("units", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False),
    Column("official", String(100), nullable=False, server_default=""),  # who that is in the roster, by id
    sqlite_autoincrement=True,
)

# Several callers from one town about one matter. call_id: the call that opened it.
surges = Table(
    "surges",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("call_id", _CALL, nullable=False, unique=True),
    Column("town", String(40), nullable=False),
    Column("matter", String(10), nullable=False),
    Column("matter_name", String(100), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", String(100), nullable=False),
    Column("announcement", String(400), nullable=False),  # file with raw A-law; empty: the general sentence is said
    Column("announced_by", String(100), nullable=False),
    Column("lapsed_at", Moment),  # nobody ended it in time
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False),
    Column("result", String(200), nullable=False),
    Column("disposition", String(20), nullable=False),
    sqlite_autoincrement=True,
)

# done_at: the case has been closed with the surge's result, or was seen to be closed, or about something else, already.
surge_cases = Table(
    "surge_cases",
    metadata,
    Column("surge_id", Integer, ForeignKey("surges.id"), primary_key=True),
    Column("case_number", _NUMBER, ForeignKey("cases.number"), primary_key=True),
    Column("joined_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index("ix_surge_cases_case_number", "case_number"),
)

# Addresses under which officials' calendars read their duty, one in use per official. reads: how often, not by whom.
# content, revision, changed_at: what the calendar said when it was last read, how often that has changed, and when.
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("official", String(100), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("by", String(100), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False),
    Column("ended_reason", String(200), nullable=False),
    Column("reads", Integer, nullable=False),
    Column("read_at", Moment),
    Column("content", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Moment),
    sqlite_autoincrement=True,
)
Index(
    "ix_calendar_feeds_in_use",
    calendar_feeds.c.official,
    unique=True,
    sqlite_where=calendar_feeds.c.ended_at.is_(None),
    postgresql_where=calendar_feeds.c.ended_at.is_(None),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("mark", String(200), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("done_at", Moment, nullable=True),
    Column("done_by", String(100), nullable=False, server_default=""),
    Column("outcome", String(500), nullable=False, server_default=""),
    Column("case_number", _NUMBER),  # the case that the text names, so that only who may see that sees this
    sqlite_autoincrement=True,
)

# What programs of other channels act with, as digests; each in the name of an account (cases.roles: scopes).
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False),
    Column("account", String(100), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100), nullable=False),
    Column("used_at", Moment),
    sqlite_autoincrement=True,
)
Index(
    "ix_api_tokens_in_use",
    api_tokens.c.name,
    unique=True,
    sqlite_where=api_tokens.c.ended_at.is_(None),
    postgresql_where=api_tokens.c.ended_at.is_(None),
)

# With what somebody signs in to the console. temporary_until: a first password, to be changed by then.
# totp_secret: of the second factor, once totp_at says that it was confirmed; totp_step: the last whose code was used.
credentials = Table(
    "credentials",
    metadata,
    Column("account", String(100), primary_key=True),
    Column("password_hash", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("temporary_until", Moment),
    Column("totp_secret", String(64), nullable=False),
    Column("totp_at", Moment),
    Column("totp_step", Integer, nullable=False),
)

# Who is signed in, as digests. complete: with the second factor too.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", String(100), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("complete", Boolean, nullable=False),
)

# 办件链接: what opens one case to one official on his telephone, as digests; what is open by it now, and until when.
# Wrong codes are among the wrong extraction codes.
pocket_links = Table(
    "pocket_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("case_number", _NUMBER, ForeignKey("cases.number"), nullable=False, index=True),
    Column("official", String(100), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    Column("session_digest", String(64), nullable=False),
    Column("session_until", Moment),
)

# Who has listened to a live call (监听), and why. open: the call's id while somebody does, so that nobody else can.
monitorings = Table(
    "monitorings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("call_id", String(150), nullable=False),
    Column("case_number", _NUMBER, ForeignKey("cases.number"), nullable=False, index=True),
    Column("by", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("began_at", Moment),
    Column("ended_at", Moment),
    Column("outcome", String(200), nullable=False),
    Column("open", String(150), unique=True),
)

# Cases that came in by another way than a call: by whose account, and the keyed digest of their extraction code.
intakes = Table(
    "intakes",
    metadata,
    Column("case_number", _NUMBER, ForeignKey("cases.number"), primary_key=True),
    Column("account", String(100), nullable=False),
    Column("code_digest", String(64), nullable=False),
)

# Wrong extraction codes: place is a case, an address (a keyed digest) or a token. Kept for as long as they count.
wrong_extractions = Table(
    "wrong_extractions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("place", String(80), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Index("ix_wrong_extractions_place_at", "place", "at"),
    sqlite_autoincrement=True,
)

# Files that citizens sent. path: in the folder of attachments; name: what it was called, for people to read.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_case(),
    Column("medium", String(10), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("name", String(100), nullable=False),
    Column("path", String(100), nullable=False, unique=True),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("state", String(10), nullable=False),  # kept | deleted
    Column("transcript", Text, nullable=False),
    Column("heard", String(100), nullable=False),  # how the transcript came about, or why there is none
    Index("ix_attachments_case_number", "case_number"),
    sqlite_autoincrement=True,
)

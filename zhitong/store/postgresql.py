"""PostgreSQL instead of SQLite: one writer at a time, a limit to every wait, and what its errors say."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Connection, Engine, ExceptionContext, String, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles

from zhitong.errors import DatabaseGone, DatabaseUnfit

_CONNECT_SECONDS = 3
_STATEMENT_SECONDS = 15
_MIGRATION_SECONDS = 120
"""An index on a million cases takes longer than any other statement."""
_LATER = 2.0
"""So many seconds later than the server we see by ourselves that a statement takes too long."""
_POOL_SECONDS = 5.0
_OLDEST = 130000
"""PostgreSQL 13, as the server counts."""

WRITERS = int.from_bytes(b"zhitong", "big")
"""The advisory lock of this database that whoever writes holds until the end of the transaction."""

_AS_IF_GONE = frozenset(("42501", "42P01", "42703", "3F000"))
"""No right, no such table, column or schema: an empty or foreign database, which SQLite calls operational errors."""

# Whoever starts the server chooses the language of what it says: English, or the Chinese of PostgreSQL's translation.
_PLAIN_WORDS = (
    (r"(password|SCRAM|peer|ident|Password) ?\S* ?(authentication failed|认证失败)", "密码或用户不对"),
    (r"no password supplied|没有.*口令|没有提供口令", "密码没有写"),
    (r"no pg_hba\.conf entry|没有.*pg_hba\.conf", "服务器不许从这里连接（看它的 pg_hba.conf）"),
    (
        r"role .* (does not exist|is not permitted)|(角色|用户).*不存在",
        "服务器里没有这个用户，或不许它登录（createuser）",
    ),
    (
        r"database .* does not exist|数据库.*不存在",
        "服务器里没有这个数据库（createdb --encoding=UTF8 --template=template0）",
    ),
    (r"too many (clients|connections)|连接.*太多|已保留的连接位置", "服务器的连接用完了（max_connections）"),
    (r"starting up|shutting down|in recovery|正在启动|正在关闭|恢复", "服务器正在启动或关闭"),
    (r"wait timeout expired", "服务器没有回答"),
    (r"Connection refused|No such file|timeout|resolve|unreachable|translate host", "服务器连不上，没有启动或地址不对"),
)
_SAID_BY_STATE = {
    "55P03": "另一个写入占用太久（lock timeout）",
    "57014": f"超过 {_STATEMENT_SECONDS} 秒没有做完（statement timeout）",
    "25006": "服务器现在只读",
    "53100": "服务器的磁盘满了",
    "42501": "这个用户没有权限，数据库要归它所有（createdb --owner，或 ALTER DATABASE … OWNER TO …）",
}


class _Connection(psycopg.Connection[Any]):
    """One whose server may hang and say nothing at all, not even that a limit is over."""

    longest: float = _STATEMENT_SECONDS + _LATER

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Everything that is asked of the server passes here. Raises OperationalError when it does not answer."""
        try:
            return super().wait(gen, interval=interval, timeout=timeout or self.longest)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # it may answer later, to another question
            raise


@compiles(String, "postgresql")
def _without_length(type_: String, compiler: Any, **how: Any) -> str:
    """As in SQLite, a length is for people to read: nothing of a call is refused because a word in it is long."""
    return "VARCHAR"


def open_postgresql(
    address: URL, *, busy_timeout: float, migrates: bool, json_serializer: Callable[[Any], str]
) -> Engine:
    """An engine for this address; nothing is connected yet. Raises DatabaseUnfit for another driver than psycopg.

    busy_timeout: seconds to wait for another writer. migrates: statements may take minutes.
    """
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername != "postgresql+psycopg":
        raise DatabaseUnfit(f"store.database_url：{address.drivername} 用不了；请写 postgresql+psycopg://…")
    seconds = _MIGRATION_SECONDS if migrates else _STATEMENT_SECONDS
    engine = create_engine(
        address,
        connect_args=_limits(address.query, busy_timeout, seconds),
        pool_timeout=_POOL_SECONDS,
        pool_pre_ping=True,  # after a restart of the server the first call finds a connection that works
        json_serializer=json_serializer,
        hide_parameters=True,
    )

    def connect(dialect: object, entry: object, args: Sequence[Any], given: Mapping[str, Any]) -> _Connection:
        connection = _Connection.connect(*args, **given)
        connection.longest = seconds + _LATER
        return connection

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _tell_no_row)
    return engine


def from_one_moment(connection: Connection) -> Connection:
    """This connection for reading only, from one moment's state."""
    return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def is_as_if_gone(error: DBAPIError) -> bool:
    """Whether this is no fault of the program: the facts must wait for the right database."""
    return getattr(error.orig, "sqlstate", None) in _AS_IF_GONE


def in_plain_words(error: BaseException) -> str:
    """What a person is to know of an error of the server or of the way to it."""
    said = " ".join(str(error).split())
    known = _SAID_BY_STATE.get(getattr(error, "sqlstate", None) or "")
    known = known or next((words for pattern, words in _PLAIN_WORDS if re.search(pattern, said, re.IGNORECASE)), None)
    return f"{known}：{said}" if known else said


def check_server(connection: Connection) -> None:
    """Raises DatabaseUnfit for a PostgreSQL, or a database in it, that would lose or refuse what is written.

    Raises DatabaseGone while its administrator has not yet let us make tables.
    """
    if connection.dialect.name != "postgresql":
        return
    info = connection.connection.dbapi_connection.info  # type: ignore[union-attr]
    if info.server_version < _OLDEST:
        raise DatabaseUnfit(f"store.database_url：PostgreSQL {info.server_version // 10000} 太旧，请用 13 或更高")
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnfit(
            f"store.database_url：数据库 {info.dbname} 的编码是 {encoding}，存不了全部汉字；"
            "请重建：createdb --encoding=UTF8 --template=template0"
        )
    may = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
    if not connection.exec_driver_sql(may).scalar():
        raise DatabaseGone(f"数据库 {info.dbname} 用不了：{_SAID_BY_STATE['42501']}")


def _limits(query: Mapping[str, Any], busy_timeout: float, statement_seconds: int) -> dict[str, Any]:
    """What libpq and the server are told, so that no wait is endless; the address may say otherwise."""
    server: dict[str, int | str] = {
        "lock_timeout": round(busy_timeout * 1000),
        "statement_timeout": statement_seconds * 1000,
        # A controller that was stopped in the middle of writing keeps the others waiting no longer than this.
        "idle_in_transaction_session_timeout": _STATEMENT_SECONDS * 1000,
        # What is committed survives a power cut, whatever the server does for others: we forget it then.
        "synchronous_commit": "on",
    }
    limits = {
        "application_name": "zhitong",
        "client_encoding": "utf8",
        "connect_timeout": _CONNECT_SECONDS,
        # A server whose network has gone says nothing at all.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    options = " ".join(f"-c {name}={value}" for name, value in server.items())
    return {name: value for name, value in limits.items() if name not in query} | {
        "options": f"{options} {query.get('options', '')}".strip()
    }


def join_by_index(connection: Connection) -> None:
    """Until the end of the transaction: no join for which PostgreSQL would read all cases of all years for a month."""
    if connection.dialect.name == "postgresql":
        for join in ("hashjoin", "mergejoin"):
            connection.exec_driver_sql(f"SET LOCAL enable_{join} = off")


def _begin(connection: Connection) -> None:
    # At READ COMMITTED what is read behind the lock is what the writer before has committed (docs/adr/0082).
    if connection.get_execution_options().get("zhitong_writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")


def _tell_no_row(context: ExceptionContext) -> None:
    """PostgreSQL adds the whole row to its errors; they go to the log, and what a caller said must not."""
    error, told = context.original_exception, context.sqlalchemy_exception
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary and told is not None:
        told.args = (str(told.args[0]).replace(str(error), primary),)
        error.args = (primary,)

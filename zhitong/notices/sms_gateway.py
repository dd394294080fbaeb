"""How a text leaves for a citizen's telephone: over whatever gateway the county has. Its file holds keys: chmod 600.

One of three: an address of apprise with {number} in it, an HTTP request, or a command of the county's own. {number},
{text} and {id} stand for what is sent; a gateway knows by {id} what it has taken already.
"""

import http.client
import json
import re
import subprocess
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routing.faults import BadConfig, Fault, unknown_keys
from zhitong.notices.gateway import by_apprise

LIMIT = 8.0
"""Seconds that a gateway has for each step."""
MOST_READ = 65536

_SLOTS = ("{number}", "{text}", "{id}")
_KEYS = ("address", "url", "headers", "json", "form", "accepted", "command")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A text to one canonical number. id: the same at every try."""

    number: str = field(repr=False)
    text: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """why: empty once the gateway has taken it, else why not, in Chinese, without address, key or number.

    said: the beginning of what the gateway itself said: for whoever tries it by hand, never for a log.
    """

    why: str = ""
    said: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmsGateway:
    """The file. headers, json, form: templates. accepted: stands in the answer when the text was taken, spaces apart;
    empty: any HTTP status of 2xx will do."""

    address: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    accepted: str = ""
    command: tuple[str, ...] = ()

    def deliver(self, message: Message) -> Answer:
        """Hands it over, in some seconds."""
        if self.address:
            number = urllib.parse.quote(message.number, safe="")
            return Answer(why=by_apprise(self.address.replace("{number}", number), message.text, title=""))
        return self._run(message) if self.command else self._post(message)

    def _run(self, message: Message) -> Answer:
        told = json.dumps({"number": message.number, "text": message.text, "id": message.id}, ensure_ascii=False)
        try:
            done = subprocess.run(  # the county's own program, named in a file that only the operator can write
                self.command, input=told.encode(), capture_output=True, timeout=LIMIT, check=False
            )
        except subprocess.TimeoutExpired:
            return Answer(why=f"{LIMIT:g} 秒没有做完")
        except OSError as error:
            return Answer(why=f"运行不了（{error.strerror}）")
        said = (done.stdout + done.stderr)[:MOST_READ].decode(errors="replace")
        return Answer(why="" if done.returncode == 0 else f"返回 {done.returncode}", said=said)

    def _post(self, message: Message) -> Answer:
        headers, body = {name: _filled(value, message) for name, value in self.headers.items()}, b""
        if self.json is not None:
            headers = {"Content-Type": "application/json; charset=utf-8"} | headers
            body = json.dumps(_filled(self.json, message), ensure_ascii=False).encode()
        elif self.form is not None:
            body = urllib.parse.urlencode(_filled(self.form, message)).encode()
        url = _filled(self.url, message, quote=True)
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with _OPENER.open(request, timeout=LIMIT) as answer:
                status, said = answer.status, answer.read(MOST_READ).decode(errors="replace")
        except urllib.error.HTTPError as error:
            with error:
                return Answer(why=f"HTTP {error.code}", said=error.read(MOST_READ).decode(errors="replace"))
        except TimeoutError:
            return Answer(why=f"{LIMIT:g} 秒没有回应")
        except (OSError, http.client.HTTPException):
            return Answer(why="连不上")
        except ValueError:  # what http.client will not send, quoted in its words
            return Answer(why="网址或 headers 不能用")
        taken = not self.accepted or _close(self.accepted) in _close(said)
        return Answer(why="" if taken else f"对方没有收下（HTTP {status}）", said=said)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A number goes to the gateway that was named, nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def load_sms_gateway(path: Path) -> SmsGateway:
    """Reads the file. Raises BadConfig, in whose text none of its values is."""
    try:
        if path.stat().st_mode & 0o077:
            raise _bad(path, "", "里面有密钥，别人也能读，请 chmod 600。")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(path, "", f"读不到（{error.strerror}），请建好，或改 sms.gateway。") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise _bad(path, "", "不是合格的 TOML。") from None  # the reader's own words may quote a key
    faults = unknown_keys(table, _KEYS, "") + _faults(table)
    if faults:
        raise BadConfig(str(path), [Fault(field=fault.field, value="…", mend=fault.mend) for fault in faults])
    return SmsGateway(**table | {"command": tuple(table.get("command", ()))})


def _faults(table: Mapping[str, Any]) -> list[Fault]:
    ways = [way for way in ("address", "url", "command") if table.get(way)]
    if len(ways) != 1:
        return [_fault("address", "address、url、command 写一个，只写一个。")]
    faults = []
    for name in ("address", "url", "accepted"):
        if not isinstance(table.get(name, ""), str):
            faults.append(_fault(name, "要写在引号里。"))
    for name in ("headers", "form"):
        rows = table.get(name, {})
        if not isinstance(rows, Mapping) or not all(isinstance(one, str) for one in rows.values()):
            faults.append(_fault(name, '要写成 { 名字 = "值" }。'))
    command = table.get("command", [])
    if not isinstance(command, list) or not all(isinstance(one, str) for one in command):
        faults.append(_fault("command", '要写成 ["/路径/程序", "参数"]。'))
    if faults:
        return faults
    if ways == ["address"] and not ("://" in table["address"] and "{number}" in table["address"]):
        faults.append(_fault("address", "要写 apprise 的地址，里面有 {number}。"))
    if ways == ["url"]:
        if not re.match(r"https?://[^/\s{}]+", table["url"]):
            faults.append(_fault("url", "要以 https:// 开头，主机名里不能有花括号。"))
        if table.get("json") is not None and table.get("form") is not None:
            faults.append(_fault("form", "json 和 form 写一个。"))
        written = json.dumps([table.get(name) for name in ("url", "headers", "json", "form")], default=str)
        missing = [slot for slot in _SLOTS if slot not in written]
        if missing:
            faults.append(_fault("json", f"没有写 {'、'.join(missing)}；重发时网关靠 {{id}} 认出是同一条。"))
    return faults


def _filled(template: Any, message: Message, *, quote: bool = False) -> Any:
    """The template with what is sent; other braces stay. Each word is put in once: a text cannot bring in another."""
    if isinstance(template, Mapping):
        return {name: _filled(value, message) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, message) for value in template]
    if not isinstance(template, str):
        return template
    words = {"{number}": message.number, "{text}": message.text, "{id}": message.id}
    return re.sub(
        "|".join(map(re.escape, words)),
        lambda found: urllib.parse.quote(words[found[0]], safe="") if quote else words[found[0]],
        template,
    )


def _close(text: str) -> str:
    return re.sub(r"\s", "", text)


def _bad(path: Path, field: str, mend: str) -> BadConfig:
    return BadConfig(str(path), [_fault(field or "sms.gateway", mend)])


def _fault(field: str, mend: str) -> Fault:
    return Fault(field=field, value="…", mend=mend)

"""Finding, checking and fetching speech models.

A configured folder is used, else an official model that was fetched, else the small one that ships with the project,
which has never heard a human: recognition is then a trial (试用识别).
"""

import errno
import fcntl
import hashlib
import http.client
import logging
import os
import shutil
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Literal

from recognizer.errors import ModelError

log = logging.getLogger(__name__)

Kind = Literal["own", "big", "small", "demo"]
OFFICIAL: tuple[Literal["big"], Literal["small"]] = ("big", "small")
"""Best first."""
DEMO = Path(__file__).resolve().parent / "demo_model"

_NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/phones/word_boundary.int")
"""Vosk loads a model without the last one, and then tells of each word a time that it was not spoken at."""
_GRAPHS = (("graph/HCLG.fst", "graph/words.txt"), ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int"))
"""Either a whole graph, or the two halves that Vosk joins itself."""
_IVECTOR = tuple(
    f"ivector/{name}"
    for name in ("final.ie", "final.dubm", "final.mat", "global_cmvn.stats", "online_cmvn.conf", "splice.conf")
)
"""Where a model has this folder (the official ones do), all of these are read."""
_FST = (b"\xd6\xfd\xb2\x7e",)
_BEGINS = {
    "am/final.mdl": (b"\0B", b"<Trans"),
    **dict.fromkeys(("graph/HCLG.fst", "graph/HCLr.fst", "graph/Gr.fst"), _FST),
}
"""How these files begin: what a broken download or a stand-in of version control put in their place does not."""
_USUAL = "我不的人了有"
"""Characters that every list of Chinese words has."""
_LOOKED_AT = 256 << 20
"""Bytes of a list of words; where there is none, of the graph, which then holds it."""
_TIMEOUT = 30.0
"""Seconds without a byte after which a connection counts as broken."""
_TRIES = 4
"""A broken connection is taken up again, from where it broke, so many times in a row without any progress."""
_PIECE = 1 << 18
_LARGEST = 8 << 30
"""Bytes that a model may unpack to."""

Progress = Callable[[int, int | None], None]
"""Called with bytes so far and bytes in all, if known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelInfo:
    """A checked model folder."""

    path: Path
    kind: Kind

    @property
    def trial(self) -> bool:
        """Whether recognition is a trial: it may raise urgency, and every caller goes to a person with the own clip."""
        return self.kind == "demo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Official:
    """Where an official model comes from."""

    name: str
    """Name of its folder, and of the archive without .zip."""
    url: str
    sha256: str
    """Hex digest of the archive; empty: unknown, fetching refuses."""


def find_model(setting: Path | None, *, cache: Path, catalogue: dict[str, Official]) -> ModelInfo:
    """The model to use: the configured folder, else the best fetched one in `cache`, else the shipped one.

    Raises ModelError when the configured folder, or the shipped one, is missing or incomplete. A damaged fetched
    model is passed over with a warning.
    """
    if setting is not None:
        check_model(setting)
        return ModelInfo(path=setting, kind=_kind_of(setting, catalogue))
    for kind in OFFICIAL:
        path = cache / catalogue[kind].name
        if path.is_dir():
            try:
                check_model(path)
                return ModelInfo(path=path, kind=kind)
            except ModelError as error:
                log.warning("fetched model passed over: %s", error)
    check_model(DEMO)
    return ModelInfo(path=DEMO, kind="demo")


def _kind_of(path: Path, catalogue: dict[str, Official]) -> Kind:
    if path.resolve() == DEMO:
        return "demo"
    return next((kind for kind in OFFICIAL if path.resolve().name == catalogue[kind].name), "own")


_MEND = "请检查设置 decoder.model，或运行 zhitong model fetch small"


def check_model(path: Path) -> None:
    """Raise ModelError that names the folder, each faulty file, and the mend, unless `path` holds a Chinese Vosk model.

    Files that are cut off in the middle are found when the model is loaded (recognizer.decoder).
    """
    try:
        _check(path)
    except OSError as error:
        raise ModelError(f"语音模型 {path} 读不了：{error.strerror}（{error.filename}）。请检查路径和权限") from error


def _check(path: Path) -> None:
    if not path.is_dir():
        raise ModelError(f"语音模型文件夹 {path} 不存在。{_MEND}")

    def lacks(names: tuple[str, ...]) -> list[str]:
        return [n for n in names if not (path / n).is_file() or (path / n).stat().st_size == 0]

    graph = min(_GRAPHS, key=lambda graph: (graph[0] in lacks(graph), len(lacks(graph))))
    missing = lacks(_NEEDED) + lacks(graph)
    if missing:
        inner = [one for one in path.iterdir() if (one / _NEEDED[0]).is_file()]
        if inner:
            raise ModelError(f"语音模型 {path} 多套了一层文件夹：请把设置 decoder.model 写成 {inner[0]}")
        raise ModelError(f"语音模型 {path} 不完整，缺（或为空）：{'、'.join(missing)}。{_MEND}")
    if (path / "ivector").is_dir() and (missing := lacks(_IVECTOR)):
        raise ModelError(f"语音模型 {path} 不完整，缺（或为空）：{'、'.join(missing)}。{_MEND}")
    there = [name for name in (*_NEEDED, *(n for graph in _GRAPHS for n in graph)) if (path / name).is_file()]
    if closed := [name for name in there if not os.access(path / name, os.R_OK)]:
        raise ModelError(f"语音模型 {path} 没有权限读：{'、'.join(closed)}。请改成热线的用户能读")
    if wrong := [name for name in there if not _head(path / name, 8).startswith(_BEGINS.get(name, (b"",)))]:
        mend = "多半没有下载完整，请删掉整个文件夹，再下载一次"
        raise ModelError(f"语音模型 {path} 里的 {'、'.join(wrong)} 不是模型文件（开头不对），{mend}")
    words = path / "graph" / ("words.txt" if "graph/words.txt" in there else "Gr.fst")
    known = _head(words, _LOOKED_AT)
    if not all(char.encode() in known for char in _USUAL):
        raise ModelError(f"语音模型 {path} 不是中文模型，或者缺词表：{words.name} 里没有“{_USUAL}”这些字。{_MEND}")


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def load_catalogue(path: Path) -> dict[str, Official]:
    """The official models by kind, from config/models.toml. Raises ModelError naming the faulty field."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{path}：读不出来（{error}）。请从发行包恢复 config/models.toml。") from error
    faults: list[str] = []

    def text(where: object, key: str, field: str) -> str:
        value = where.get(key) if isinstance(where, dict) else None
        if not isinstance(value, str):
            faults.append(f"{field}={value!r}：应当是文字")
            return ""
        return value

    base = text(data, "base_url", "base_url").rstrip("/")
    found: dict[str, Official] = {}
    for kind in OFFICIAL:
        name = text(data.get(kind), "name", f"{kind}.name")
        digest = text(data.get(kind), "sha256", f"{kind}.sha256").lower()
        if name != Path(name).name or name.startswith("."):
            faults.append(f"{kind}.name={name!r}：应当是文件夹名，不带路径")
        if digest and not _is_digest(digest):
            faults.append(f"{kind}.sha256={digest!r}：应当是 64 位十六进制，或空着")
        found[kind] = Official(name=name, url=f"{base}/{name}.zip", sha256=digest)
    if faults:
        raise ModelError(f"{path} 有 {len(faults)} 处要改：\n" + "\n".join(faults))
    return found


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def fetch(
    model: Official,
    *,
    into: Path,
    progress: Progress = lambda done, total: None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch `model` into the folder `into`, check it, unpack it; returns its folder.

    An interrupted fetch goes on where it stopped. Nothing appears under the model's name before all of it is there.
    Raises ModelError with what went wrong and the mend.
    """
    if not _is_digest(model.sha256.lower()):
        raise ModelError(
            f"不知道 {model.name} 的 SHA-256 校验值，不能下载后就用。请从可信的来源查到它，"
            f"写进 config/models.toml，或运行 zhitong model fetch … --sha256 校验值"
        )
    target = into / model.name
    try:
        into.mkdir(parents=True, exist_ok=True)
        with open(into / f".{model.name}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ModelError(f"{model.name} 正在由另一个程序下载，请等它完成") from error
            if target.is_dir():
                check_model(target)
                return target
            archive = into / f"{model.name}.zip.part"
            _download(model.url, archive, progress, pause)
            _check_digest(archive, model)
            _unpack(archive, target)
            archive.unlink()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ModelError(f"{into} 的磁盘空间不够了。请腾出空间再运行一次，已下载的部分会接着用") from error
        raise ModelError(f"{model.name} 没有下载成功：{error}。请检查 {into} 后再运行一次") from error
    return target


def _download(url: str, into: Path, progress: Progress, pause: Callable[[float], None]) -> None:
    """Bring `into` to the whole file at `url`, from what is already there."""
    failures = 0
    while True:
        have = into.stat().st_size if into.exists() else 0
        try:
            if _download_rest(url, into, have, progress):
                return
            raise http.client.IncompleteRead(b"")
        except urllib.error.HTTPError as error:
            raise ModelError(f"下载 {url} 被拒绝：{error.code} {error.reason}。请检查地址，或稍后再试") from error
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            grown = into.exists() and into.stat().st_size > have
            failures = 1 if grown else failures + 1
            if failures >= _TRIES:
                raise ModelError(f"下载 {url} 中断：{error}。请检查网络后再运行一次，会从中断处接着下") from error
            pause(float(failures))


def _download_rest(url: str, into: Path, have: int, progress: Progress) -> bool:
    """Fetch from byte `have` on; True when the file is then whole, as far as the server tells."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            whole = error.headers.get("Content-Range", "").rpartition("/")[2]
            if whole == str(have):
                return True
            into.unlink()  # what is here is longer than the file there: another file
            return False
        raise
    with answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            have = 0  # the server cannot go on in the middle: from the start
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else None
        with open(into, "ab" if have else "wb") as file:
            progress(have, total)
            while piece := answer.read(_PIECE):
                file.write(piece)
                have += len(piece)
                progress(have, total)
        return total is None or have >= total


def _check_digest(archive: Path, model: Official) -> None:
    with open(archive, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != model.sha256.lower():
        archive.unlink()
        raise ModelError(
            f"下载的 {model.name} 校验不符（SHA-256 {digest}，应为 {model.sha256.lower()}），已删除。"
            "可能下载出错或被人改过：请再运行一次；仍不符就换一个来源"
        )


def _unpack(archive: Path, target: Path) -> None:
    """Unpack next to `target` and move it there when all is whole."""
    try:
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            _refuse_strange(members, target.name)
            room = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            try:
                packed.extractall(room)
                check_model(room / target.name)
                os.chmod(room / target.name, 0o755)
                os.rename(room / target.name, target)
            finally:
                shutil.rmtree(room, ignore_errors=True)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ModelError(f"{archive} 不是完好的 zip 文件（{error}）。请删掉它再运行一次") from error


def _refuse_strange(members: list[zipfile.ZipInfo], name: str) -> None:
    if sum(m.file_size for m in members) > _LARGEST:
        raise ModelError(f"{name}.zip 解开后超过 {_LARGEST >> 30} GB，不像语音模型，没有解开")
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
        if not parts or parts[0] != name or ".." in parts or is_link:
            raise ModelError(f"{name}.zip 里有不该有的文件 {member.filename!r}，没有解开")

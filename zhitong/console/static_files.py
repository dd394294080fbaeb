"""What browsers get beside pages: our own style and script, and the packages that setup has fetched, from memory."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

OURS = Path(__file__).parent / "static"
OF_OTHERS: Mapping[str, str] = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
    "echarts.js": "echarts/dist/echarts.min.js",
    "fullcalendar.js": "fullcalendar/index.global.min.js",
    "fullcalendar-zh.js": "@fullcalendar/core/locales/zh-cn.global.min.js",
}
"""Name in the console → path in node_modules."""
MODULES: Mapping[str, str] = {
    "@marijn/find-cluster-break": "@marijn/find-cluster-break/src/index.js",
    "crelt": "crelt/index.js",
    "style-mod": "style-mod/src/style-mod.js",
    "w3c-keyname": "w3c-keyname/index.js",
    "@lezer/common": "@lezer/common/dist/index.js",
    "@lezer/highlight": "@lezer/highlight/dist/index.js",
    "@codemirror/streamparser": "@codemirror/streamparser/dist/index.js",
    "@codemirror/state": "@codemirror/state/dist/index.js",
    "@codemirror/view": "@codemirror/view/dist/index.js",
    "@codemirror/language": "@codemirror/language/dist/index.js",
    "@codemirror/commands": "@codemirror/commands/dist/index.js",
    "@codemirror/lint": "@codemirror/lint/dist/index.js",
    "@codemirror/legacy-modes/mode/toml": "@codemirror/legacy-modes/mode/toml.js",
}
"""CodeMirror, module by module as npm has it, each after those that it imports: by the name that imports know → path.

No bundler, and no import map, which would need a script in the page: where a module names another one, the address of
that is put in its place.
"""
_IMPORTED = re.compile(r"""(\bfrom\s*|^import\s*)(["'])([@\w][\w./@-]*)\2""", re.MULTILINE)
_YEAR = 365 * 24 * 3600  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    plain: bytes
    packed: bytes
    media_type: str


class StaticFiles:
    """The files, each under an address that changes with its bytes, so that browsers may keep it for a year."""

    def __init__(self, packages: Path) -> None:
        """packages: node_modules of setup. Raises OSError for a file that is not there."""
        self._files: dict[str, _File] = {}
        self._addresses: dict[str, str] = {}
        for name, inside in OF_OTHERS.items():
            self._add(name, packages / inside)
        for name, inside in MODULES.items():
            self._add(f"{name}.js", packages / inside, imports=True)
        for path in sorted(OURS.iterdir()):
            self._add(path.name, path, imports=path.suffix == ".js")

    def _add(self, name: str, path: Path, *, imports: bool = False) -> None:
        body = path.read_bytes()
        if imports:
            body = _IMPORTED.sub(self._resolved, body.decode()).encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._files[f"{digest}/{name}"] = _File(plain=body, packed=gzip.compress(body), media_type=media_type)
        self._addresses[name] = f"/static/{digest}/{name}"

    def _resolved(self, imported: re.Match[str]) -> str:
        address = self._addresses.get(f"{imported[3]}.js")
        return f"{imported[1]}{imported[2]}{address}{imported[2]}" if address else imported[0]

    def modules(self) -> list[str]:
        """Where the modules are, for a browser to fetch them at once and not one after the other."""
        return [self._addresses[f"{name}.js"] for name in MODULES]

    def address(self, name: str) -> str:
        """Where the file is. Raises KeyError for one that there is not."""
        return self._addresses[name]

    def answer(self, request: Request, path: str) -> Response:
        """The file at this path, packed where the browser can unpack it; 404 for another."""
        found = self._files.get(path)
        if found is None:
            return Response(status_code=404)
        headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
        return Response(found.plain, headers=headers, media_type=found.media_type)

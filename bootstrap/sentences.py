"""Part of `make check`: every sentence that the program says has its text, and every text is said.

Three lists must agree: the keys in the program's own source, dialplans/sentences.py, and config/prompts.toml, or
another file that is named as argument.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from dialplans.prompt_texts import load_texts
from dialplans.sentences import NEEDED, unused
from routing.faults import BadConfig
from zhitong.prompt_book import prompt_constants
from zhitong.settings import load_settings

ROOT = Path(__file__).parents[1]
SAYS = {"prompt", "ready", "prepare", "_prompt", "_sound", "told", "_then", "Sentence", "Ask", "Ring", "Done"}
"""Functions and records whose first argument, `key` or `prompt` is the key of a sentence."""


def main(arguments: list[str]) -> int:
    """Print what is wrong, a line each; 1 if anything is."""
    settings = load_settings(environ={"HOME": "/nonexistent"})
    prompts = Path(arguments[0]) if arguments else settings.files.prompts
    nouns = ("ivr", "zhitong", "cases", "dialplans")
    sources = [path for noun in nouns for path in sorted((ROOT / noun).rglob("*.py")) if path.name != "sentences.py"]
    faults = [fault for path in sources for fault in keys_unknown(path)]
    try:
        texts = load_texts(prompts, prompt_constants(settings)).texts
    except BadConfig as error:
        faults.append(str(error))
    else:
        faults += [
            f"{prompts}: {key}: nothing says this sentence (dialplans/sentences.py does not have it)"
            for key in unused({key: text.fallback for key, text in texts.items()})
        ]
    plain, begun = names_in(sources)
    faults += [
        f"dialplans/sentences.py: {key}: no source names this sentence"
        for key in NEEDED
        if key not in plain and not any(pattern.fullmatch(key) for pattern in begun)
    ]
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


def keys_unknown(path: Path) -> Iterator[str]:
    """The keys that a source gives to what says sentences, and that dialplans/sentences.py does not have."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in SAYS or (name == "told" and isinstance(node.func, ast.Attribute)):
            continue
        named = [word.value for word in node.keywords if word.arg in ("key", "prompt")]
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        for pattern in (
            p for given in (*(node.args if name == "_sound" else node.args[:1]), *named) for p in _keys(given)
        ):
            if not any(re.fullmatch(pattern, key) for key in NEEDED):
                yield f"{where}: {pattern}: dialplans/sentences.py does not have this sentence"
        yield from (f"{where}: {fault}" for fault in _words_unknown(node, named))


def _keys(node: ast.expr) -> Iterator[str]:
    """The keys that an expression may be, as patterns; none where only the run of the program tells."""
    match node:
        case ast.Constant(value=str(key)):
            yield re.escape(key)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_keys(one), *_keys(other))
        case ast.JoinedStr(values=parts):
            yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in parts)
        case ast.Starred(value=value):
            yield from _keys(value)
        case ast.Tuple(elts=several):
            yield from (key for one in several for key in _keys(one))


def _words_unknown(call: ast.Call, named: list[ast.expr]) -> Iterator[str]:
    """Words that a call fills in and the sentence does not have, or lacks; only where both stand there plainly."""
    key = next((one.value for one in (*call.args[:1], *named) if isinstance(one, ast.Constant)), None)
    words = {word.arg for word in call.keywords if word.arg not in ("key", "prompt", "slots", "why")}
    slots = next((word.value for word in call.keywords if word.arg == "slots"), None)
    if key not in NEEDED or None in words or not NEEDED[key]:
        return
    if isinstance(slots, ast.Dict) and None not in slots.keys:
        words |= {one.value for one in slots.keys if isinstance(one, ast.Constant)}
    elif slots is not None:
        return
    if words and words != NEEDED[key]:
        yield f"{key}: filled with {sorted(words)}, dialplans/sentences.py says {sorted(NEEDED[key])}"


def names_in(sources: list[Path]) -> tuple[set[str], list[re.Pattern[str]]]:
    """All that may be the key of a sentence in the sources and the dialplan: whole names, and those made of parts."""
    plain, begun = set(), set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                plain.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                begun.update(_keys(node))
    for path in (ROOT / "dialplans").rglob("*.j2"):
        plain.update(re.findall(r"[a-z][a-z0-9_]+", path.read_text(encoding="utf-8")))
    parts = {pattern: pattern.replace(r"\w+", "") for pattern in begun}
    return plain, [re.compile(pattern) for pattern, part in parts.items() if re.fullmatch("[a-z_]{4,}", part)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

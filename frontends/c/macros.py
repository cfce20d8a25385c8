"""What a model takes from macros: numbers that another -D would change. They become run-time checks, which the compiler
folds, so that a file optimized for one configuration is still right in another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from optimizer.ir.scop import Array, Assumption, AssumptionKind, Scop, Storage

_DEFINE = re.compile(r"^#define (\w+)(\([^)]*\))?(?: (.*))?$", re.MULTILINE)
_CONDITIONAL = re.compile(rb"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif)\b", re.MULTILINE)
_OWN_HEADER = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_NUMBER = re.compile(r"[-+]?\s*(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[uUlLfF]*")
_CONSTANT = re.compile(r"[\d\s()+*/-]*\d[\d\s()+*/-]*")
_LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro's replacement text; `is_function` if it takes arguments."""

    body: str
    is_function: bool


def depends_on_flags(source: bytes, flags: Iterable[str]) -> bool:
    """True if other flags might give the macros of `source` other values."""
    given = any(flag.startswith(("-D", "-U", "-include", "-imacros")) for flag in flags)
    return given or bool(_CONDITIONAL.search(source) or _OWN_HEADER.search(source))


def read_macros(definitions: str) -> dict[str, Macro]:
    """The macros that a compiler lists with -dM."""
    return {name: Macro(body or "", bool(arguments)) for name, arguments, body in _DEFINE.findall(definitions)}


def with_macro_checks(scop: Scop, source: bytes, macros: Mapping[str, Macro]) -> Scop:
    """`scop` with an assumption for each number that its text or its arrays take from macros."""
    text = source[scop.span.start_byte : scop.span.end_byte].decode("utf-8", "replace")
    conditions = [*_numbers(text, macros), *_sizes(scop.arrays)]
    added = tuple(
        Assumption(AssumptionKind.MACRO, condition, "macros have the values that they had") for condition in conditions
    )
    return replace(scop, assumptions=(*scop.assumptions, *added))


def _numbers(text: str, macros: Mapping[str, Macro]) -> Iterator[str]:
    for name in sorted(_reachable(text, macros)):
        value = _number(name, macros, 0)
        if value is not None and not macros[name].is_function and not name.startswith("__"):
            yield f"{name} == {value}"


def _reachable(text: str, macros: Mapping[str, Macro]) -> set[str]:
    found: set[str] = set()
    pending = [_LITERAL.sub(" ", text)]
    while pending:
        for word in _WORD.findall(pending.pop()):
            if word in macros and word not in found:
                found.add(word)
                pending.append(_LITERAL.sub(" ", macros[word].body))
    return found


def _number(name: str, macros: Mapping[str, Macro], depth: int) -> str | None:
    """The numeric literal that the macro stands for, possibly through other macros."""
    body = macros[name].body.strip()
    while body.startswith("(") and body.endswith(")"):
        body = body[1:-1].strip()
    if _NUMBER.fullmatch(body):
        return body
    if body in macros and not macros[body].is_function and depth < 20:
        return _number(body, macros, depth + 1)
    return None


def _sizes(arrays: Iterable[Array]) -> Iterator[str]:
    for array in arrays:
        inner = [extent for extent in array.extents[1:] if extent is not None]
        if array.storage is Storage.LOCAL or array.rank == 0 or not all(map(_CONSTANT.fullmatch, inner)):
            continue
        if array.c_rank == array.rank:
            row = "".join(f" * ({extent})" for extent in inner)
            yield f"sizeof({array.text}[0]) == {array.element.size}{row}"
        outer = array.extents[0]
        if array.storage is Storage.OBJECT and outer is not None and _CONSTANT.fullmatch(outer):
            yield f"sizeof({array.text}) / sizeof({array.text}[0]) == {outer}"

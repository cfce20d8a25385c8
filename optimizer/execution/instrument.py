"""The text that is compiled: the user's, with every region between two calls of the runtime. Text in, text out."""

import re
from collections.abc import Iterator

from optimizer.execution.program import Dump, Program, Purpose
from optimizer.ir.ctype import CType, Kind

_BOM = b"\xef\xbb\xbf"
_DECLARATIONS = (
    "extern void __lw_enter(unsigned), __lw_leave(unsigned), "
    "__lw_dump(unsigned, unsigned, const volatile void *, unsigned long, unsigned);"
)
_PRAGMA = rb"^[ \t]*#[ \t]*pragma[ \t]+(?!scop\b)(?:[^\\\n]|\\[\s\S])*\n"
_PRAGMAS = re.compile(rb"(?:" + _PRAGMA + rb"(?:[ \t]*\n)*)+[ \t]*\Z", re.MULTILINE)
_FLOATS = {4: 1, 8: 2, 16: 3}


def type_code(element: CType) -> int:
    """The runtime's name of an element type: its size and how to read it."""
    match element.kind:
        case Kind.FLOAT:
            how = _FLOATS[element.size]
        case Kind.INTEGER:
            how = 5 if element.signed else 4
        case Kind.OPAQUE:
            return 1 << 8
    return element.size << 8 | how


def instrument(program: Program, purpose: Purpose) -> bytes:
    """The text of `program` with calls of the runtime around its regions and the harness at its end.

    Lines keep their numbers: errors of the compiler and `__LINE__` mean lines of `program.text`.
    """
    return b"".join(_pieces(program, purpose))


def _pieces(program: Program, purpose: Purpose) -> Iterator[bytes]:
    text = program.text
    at = len(_BOM) if text.startswith(_BOM) else 0
    yield _line(program, 1)
    numbered = sorted(enumerate(program.regions), key=lambda pair: pair[1].start)
    for number, region in numbered:
        start = _before_pragmas(text, region.start)
        yield text[at:start]
        yield f"{{ {_DECLARATIONS} __lw_enter({number}u);\n".encode()
        yield _line(program, 1 + text.count(b"\n", 0, start))
        yield text[start : region.end]
        dumps = region.dumps if purpose is Purpose.CHECK else ()
        yield f"\n__lw_leave({number}u); {dump_calls(str(number), dumps)}}}\n".encode()
        yield _line(program, 1 + text.count(b"\n", 0, region.end))
        at = region.end
    yield text[at:]
    if program.harness is not None:
        yield b"\n" + program.harness.text


def _before_pragmas(text: bytes, start: int) -> int:
    """`start`, or where the pragmas begin that directly precede the statement there and belong to it."""
    window = max(0, start - 4096)
    found = _PRAGMAS.search(text, window, start)
    return found.start() if found else start


def _line(program: Program, number: int) -> bytes:
    name = str(program.path).replace("\\", "\\\\").replace('"', '\\"')
    return f'#line {number} "{name}"\n'.encode()


def dump_calls(region: str, dumps: tuple[Dump, ...]) -> str:
    """C statements that hand every dump to the runtime; `region` is the C expression of its number."""
    return "".join(
        f"__lw_dump({region}, {number}u, (const volatile void *)({dump.address}), "
        f"(unsigned long)({dump.size}), {type_code(dump.element)}u); "
        for number, dump in enumerate(dumps)
    )

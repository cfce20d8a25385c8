"""Reads a C file: its loop nests as models, the reasons for what was left alone, and its functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frontends.c.builder import Surroundings
from frontends.c.compiler import Compiler
from frontends.c.constants import evaluate_integer
from frontends.c.detect import Detector, Findings, has_regions
from frontends.c.escapes import note_escapes
from frontends.c.lexer import Token
from frontends.c.locate import Locator
from frontends.c.macros import depends_on_flags, read_macros, with_macro_checks
from frontends.c.marking import mark
from frontends.c.model import Options
from frontends.c.parser import Unit, parse
from frontends.c.purity import Purity
from frontends.c.signatures import signature
from frontends.c.source import MAX_BYTES, Source, check_text
from frontends.c.syntax import Arithmetic, Declaration, Expr, FunctionDef, Variable
from frontends.c.traversal import assigned_variables, statements_in
from optimizer.ir.diagnostic import Diagnostic, Span
from optimizer.ir.function import Function
from optimizer.ir.scop import Scop

_TARGET = (
    b"\n;\nint __loopwright_target[] = { __SIZEOF_LONG__ , __SIZEOF_POINTER__ , __SIZEOF_INT__ , __CHAR_MIN__ };\n"
)
_CHAR = b"""

#ifdef __CHAR_UNSIGNED__
#define __CHAR_MIN__ 0
#else
#define __CHAR_MIN__ 1
#endif
"""


@dataclass(frozen=True)
class CProgram:
    """A C file as the optimizer sees it. Bytes outside the spans of `scops` are never touched."""

    path: Path
    source: bytes
    scops: tuple[Scop, ...]
    refusals: tuple[Diagnostic, ...]
    functions: tuple[Function, ...]
    has_main: bool


def read_program(
    path: Path, *, flags: Sequence[str] = (), compiler: str = "gcc", text: bytes | None = None
) -> CProgram:
    """The loop nests of the C file `path`, compiled with `flags`; `text` stands in for its content.

    Raises InputError with the diagnostic to print if the file as a whole is not usable.
    """
    source = _load(path, text)
    check_text(source)
    marked = mark(source)
    tool = Compiler.create(compiler, flags)
    tool.check(source, path)
    unit = parse(tool.preprocess(source, path, marked.text + _CHAR + _TARGET))
    _check_target(source, unit.parser.tokens)
    locator = Locator(source, unit.parser.tokens)
    own = [f for f in unit.functions if _is_own(f, unit.parser.tokens)]
    findings = Findings()
    aliasing = tool.strict_aliasing and "may_alias" not in marked.identifiers
    options = Options(tool.wraps_signed, aliasing)
    only_regions = any(has_regions(function) for function in own)
    purity = Purity({f.variable.name: f for f in unit.functions})
    for function in own:
        note_escapes(function)
        assigned = assigned_variables([function.body]) if function.body is not None else {}
        around = Surroundings(
            function,
            locator,
            marked.identifiers,
            options,
            _constants(unit, function, assigned),
            assigned,
            purity.is_pure,
        )
        Detector(around, findings).function(only_regions=only_regions)
    scops = findings.scops
    if scops and depends_on_flags(source.data, flags):
        macros = read_macros(tool.macros(source, path))
        scops = [with_macro_checks(scop, source.data, macros) for scop in scops]
    return CProgram(
        path,
        source.data,
        tuple(scops),
        tuple(findings.refusals),
        tuple(signature(f, locator) for f in own),
        any(f.variable.name == "main" for f in own),
    )


def _load(path: Path, text: bytes | None) -> Source:
    name = str(path)
    if text is not None:
        return Source(name, text)
    try:
        if not path.is_file():
            reason = "it is a directory" if path.is_dir() else "there is no such file"
            raise Source(name, b"").fail("LW108", f"cannot read the file: {reason}", Span(name, 1, 1, 1, 1))
        with path.open("rb") as file:
            return Source(
                name, file.read(MAX_BYTES + 1) if path.stat().st_size <= MAX_BYTES else b"\n" * path.stat().st_size
            )
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise Source(name, b"").fail("LW108", message, Span(name, 1, 1, 1, 1)) from None


def _check_target(source: Source, tokens: Sequence[Token]) -> None:
    """Raises InputError unless the target has the type sizes that the model is built on."""
    position = next(i for i in range(len(tokens) - 1, -1, -1) if tokens[i].text == "__loopwright_target")
    found = [t.text for t in tokens[position:] if t.kind == "number"]
    if found != ["8", "8", "4", "1"]:
        raise source.fail(
            "LW109",
            "the target is not modelled: long and pointers must have 8 bytes, int 4, and char must be signed",
            source.span(0, 0),
            "use a 64-bit target, without -m32 and -funsigned-char",
        )


def _is_own(function: FunctionDef, tokens: Sequence[Token]) -> bool:
    """True if the function stands in the file itself, not in a header."""
    return any(t.text == "{" and t.end is not None for t in tokens[function.first : function.last])


def _constants(unit: Unit, function: FunctionDef, assigned: dict[Variable, list[Expr]]) -> dict[Variable, int]:
    """The integer variables that have one known value throughout the function."""
    local: list[Variable] = []
    if function.body is not None:
        for statement in statements_in([function.body]):
            if isinstance(statement, Declaration):
                local.extend(statement.variables)
    found: dict[Variable, int] = {}
    for variable in (*unit.declared.values(), *local):
        if not isinstance(variable.type, Arithmetic) or variable.initial is None or not variable.type.ctype.is_integer:
            continue
        fixed = variable.is_local and variable not in assigned and not variable.address_taken
        if (fixed or "const" in variable.type.quals) and "volatile" not in variable.type.quals:
            value = evaluate_integer(variable.initial)
            if value is not None and variable.type.ctype.minimum <= value <= variable.type.ctype.maximum:
                found[variable] = value
    return found

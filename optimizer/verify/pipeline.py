"""The road from C text to C text as the fuzzer uses it: one function of one file, schedules given for its nests."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.ir.dependence import Nest
from optimizer.ir.diagnostic import Span
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Scop

_OPTIONS = CodegenOptions(min_parallel_work=0)  # small nests run on several threads, too


@dataclass(frozen=True, slots=True)
class Source:
    """A program and what the front end made of one of its functions."""

    text: bytes
    scops: tuple[Scop, ...]
    refusals: tuple[str, ...]  # codes


def read(text: str, directory: Path, function: str | None = None, compiler: str = "gcc") -> Source:
    """The nests of `function` (of all functions if None) in the program `text`."""
    path = directory / "program.c"
    path.write_text(text)
    program = read_program(path, flags=(), compiler=compiler)
    lines = [(f.span.line, f.span.end_line) for f in program.functions if function in (None, f.name)]
    scops = tuple(scop for scop in program.scops if function in (None, scop.function))
    refusals = tuple(
        refusal.code
        for refusal in program.refusals
        if function is None or any(first <= refusal.span.line <= last for first, last in lines)
    )
    return Source(text.encode(), scops, refusals)


def emit(source: Source, nests: Sequence[Nest], schedules: Sequence[Schedule]) -> str | None:
    """The program with each of `nests` in the order of its schedule; None if the generator declines one."""
    replacements: list[tuple[Span, str]] = []
    for nest, schedule in zip(nests, schedules, strict=True):
        span = nest.scop.span
        original = source.text[span.start_byte : span.end_byte].decode()
        line_start = source.text.rfind(b"\n", 0, span.start_byte) + 1
        before = source.text[line_start : span.start_byte].decode()
        indent = before[: len(before) - len(before.lstrip())]
        made = generate(nest, schedule, original=original, indent=indent, options=_OPTIONS)
        if not isinstance(made, Generated):
            return None
        replacements.append((span, made.text))
    return replace_nests(source.text, replacements).decode()

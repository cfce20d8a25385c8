"""From a file to nests ready for the search: raised, with dependences, and with the space of their transformations."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from frontends.c import CProgram, read_program
from optimizer.codegen import CodegenOptions, Generated, GenerationFailed, generate
from optimizer.dependences import TooComplex, analyze
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Nest
from optimizer.ir.diagnostic import Diagnostic, Severity
from optimizer.ir.scop import Scop
from optimizer.search.analytical import AnalyticalModel
from optimizer.search.explore import CANDIDATE_CPU_S, Effort, Explorer, Space
from optimizer.search.machine import this_machine
from optimizer.search.recipes.setting import Setting
from optimizer.search.request import Request
from optimizer.search.sizes import DEFAULT_SIZE, sizes_near
from optimizer.transforms import original


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read: its program, the nests that the request selects, and the reasons for all others."""

    program: CProgram
    nests: tuple[Nest, ...]
    refusals: tuple[Diagnostic, ...]


def prepare(request: Request) -> Prepared:
    """The nests of the request's file. Raises InputError if the file cannot be used as a whole."""
    toolchain = request.toolchain
    program = read_program(
        request.path, flags=toolchain.user_flags, compiler=toolchain.compiler, text=request.text
    )
    chosen = [scop for scop in program.scops if not request.functions or scop.function in request.functions]
    nests: list[Nest] = []
    refusals = list(program.refusals)
    for scop in chosen:
        try:
            nests.append(analyze(replace(scop, reassociates=request.reassociate)))
        except TooComplex as error:
            message = f"not optimized: {error}"
            refusals.append(Diagnostic("LW190", Severity.REMARK, message, scop.span, help=("split the loop nest",)))
    return Prepared(program, tuple(nests), tuple(refusals))


def source_of(scop: Scop, source: bytes) -> str:
    """The bytes of the file that `scop` covers, as text."""
    return source[scop.span.start_byte : scop.span.end_byte].decode()


def indent_of(scop: Scop, source: bytes) -> str:
    """The white space in front of the nest's first line."""
    line_start = source.rfind(b"\n", 0, scop.span.start_byte) + 1
    before = source[line_start : scop.span.start_byte].decode()
    return before[: len(before) - len(before.lstrip())]


def space_of(nest: Nest, source: bytes, setting: Setting) -> Space:
    """What the search may do with `nest`."""
    return Space(
        original=source_of(nest.scop, source),
        indent=indent_of(nest.scop, source),
        codegen=CodegenOptions(openmp=setting.parallel),
        setting=setting,
    )


def explorer_of(
    nest: Nest, request: Request, known: Mapping[str, int], effort: Effort
) -> Explorer | GenerationFailed:
    """The search for `nest` with the static model as its predictor; `known` are parameter values by C text."""
    machine = this_machine(request.threads)
    given = {p.name: known[p.text] for p in nest.scop.parameters if p.text in known}
    sizes = sizes_near(nest.scop.context, given, DEFAULT_SIZE) or sizes_near(nest.scop.context, {}, DEFAULT_SIZE)
    if sizes is None:
        return GenerationFailed("no parameter values meet what the nest assumes")
    space = space_of(nest, request.text, Setting(machine, sizes, machine.threads > 1))
    try:
        baseline = result_from_child(lambda: _as_written(nest, space), CANDIDATE_CPU_S)
    except CpuLimitExceeded as error:
        return GenerationFailed(str(error))
    if isinstance(baseline, GenerationFailed):
        return baseline
    model = AnalyticalModel(machine, sizes, baseline.loop_tree, nest)
    return Explorer(nest, space, model, effort)


def _as_written(nest: Nest, space: Space) -> Generated | GenerationFailed:
    return generate(
        nest, original(nest.scop), original=space.original, indent=space.indent, options=space.codegen
    )

"""The C text that takes the place of a nest: checks, generated loops, exit values, and the original as a fallback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.codegen.buffers import buffer_texts, memory_of
from optimizer.codegen.build import build_loop_tree
from optimizer.codegen.elements import row_shapes
from optimizer.codegen.emit import Emitter, TooLarge
from optimizer.codegen.exit_values import exit_assignments
from optimizer.codegen.heap import Heap, Unbounded, heap_of, names_of
from optimizer.codegen.integers import Integers, parameter_texts
from optimizer.codegen.looptree import For, Let, LoopTree, lane_count, walk, without_vectors
from optimizer.codegen.names import is_redeclared, name_loops, used_names
from optimizer.codegen.original import indented, outer_counters
from optimizer.codegen.overlap import OverlapUnknown, overlap_checks
from optimizer.codegen.packing import UnboundedBuffer
from optimizer.codegen.parallel import Pragmas
from optimizer.codegen.pending import Pending
from optimizer.codegen.privates import locals_of, replaced_variables
from optimizer.codegen.properties import add_properties
from optimizer.codegen.statements import INDENT
from optimizer.codegen.vector_types import VectorTypes
from optimizer.codegen.wrap import comment, wrapped
from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import LoopRef, Schedule
from optimizer.ir.scop import Assumption, AssumptionKind, Scop

BUILD_OPERATIONS = 20_000_000
LINE_LENGTH = 116


@dataclass(frozen=True, slots=True)
class CodegenOptions:
    """What the generated code uses. A parallel region with fewer than `min_parallel_work` statement instances runs on
    one thread. `threads` is OpenMP's default if None.
    """

    openmp: bool = True
    threads: int | None = None
    remarks: bool = True
    min_parallel_work: int = 20_000


@dataclass(frozen=True, slots=True)
class Generated:
    """`text` replaces the bytes of the nest; it starts where the nest starts, without indentation. `lost_vectors` if
    vectors were asked for but none of the loops has a vector form.
    """

    text: str
    loop_tree: LoopTree
    remarks: tuple[str, ...]
    lost_vectors: bool = False


@dataclass(frozen=True, slots=True)
class GenerationFailed:
    """No code can be generated for a schedule, although it is legal."""

    reason: str


def loop_tree(nest: Nest, schedule: Schedule) -> LoopTree | GenerationFailed:
    """The loops that `generate` prints for `schedule`."""
    nest = schedule.subject(nest)
    try:
        with operation_limit(nest.scop.context.get_ctx(), BUILD_OPERATIONS):
            tree = build_loop_tree(nest.scop, schedule)
    except OperationLimitExceeded:
        return GenerationFailed("the loops of this schedule take too long to compute")
    except UnboundedBuffer:
        return GenerationFailed("what is packed has no bound")
    return name_loops(add_properties(tree, schedule, nest), nest.scop)


def generate(
    nest: Nest, schedule: Schedule, *, original: str, indent: str = "", options: CodegenOptions | None = None
) -> Generated | GenerationFailed:
    """C code that does what `original`, the source text of `nest`, does, in the order of the legal `schedule`.

    `indent` is the white space in front of the first line of the nest. Where an assumption of the Scop does not hold
    at run time, the code executes `original`.
    """
    nest = schedule.subject(nest)
    tree = loop_tree(nest, schedule)
    if isinstance(tree, GenerationFailed):
        return tree
    overlap = overlap_checks(nest.scop)
    if isinstance(overlap, OverlapUnknown):
        return GenerationFailed(overlap.reason)
    options = options or CodegenOptions()
    try:
        writer = _Writer(nest.scop, tree, options)
        body = writer.optimized()
        is_plain = bool(writer.plain)
        while writer.plain:
            tree = LoopTree(without_vectors(tree.body, frozenset(writer.plain)))
            writer = _Writer(nest.scop, tree, options)
            body = writer.optimized()
        heap = writer.heap()
    except TooLarge:
        return GenerationFailed("the unrolled code is too large")
    except Unbounded as error:
        return GenerationFailed(str(error))
    if isinstance(body, GenerationFailed):
        return body
    assumptions = (*nest.scop.assumptions, *overlap)
    width = LINE_LENGTH - len(indent)
    heap = heap.behind(writer.declarations())  # inside the checks: these may say that s->n is never read
    body = _allocated(heap, body, indented(original, indent, INDENT), width - len(INDENT) * bool(assumptions))
    heading = str(schedule) if schedule.script else "the order as written"
    lines = list(comment([f"loopwright: {heading}", *(writer.remarks if options.remarks else ())], width))
    lines.append("{")
    if not assumptions:
        unused = [*outer_counters(nest.scop, original), *replaced_variables(nest.scop)]
        lines += [f"{INDENT}(void){name};" for name in dict.fromkeys(unused)]
    lines += (_push(line, INDENT) for line in _guarded(assumptions, body, original, indent))
    if "\t" in indent:
        lines = [_with_tabs(line) for line in lines]
    first, *rest = [*lines, "}"]
    text = "\n".join([first, *(_push(line, indent) for line in rest)])
    lost = is_plain and not any(isinstance(node, For) and lane_count(node) for node in walk(tree.body))
    return Generated(text, tree, tuple(writer.remarks), lost)


def _allocated(heap: Heap, body: list[str], original: Iterator[str], width: int) -> list[str]:
    """The lines of `body` between those of `heap`, and the original where there is no memory; `body` and all that comes
    with it is broken at `width`.
    """
    if heap.check is None:
        return list(wrapped([*heap.before, *body], width))
    inner = [INDENT + line if not line.startswith("#") else line for line in (*body, *heap.after)]
    return [
        *wrapped([*heap.before, f"if ({heap.check}) {{", *inner, "} else {"], width),
        *(INDENT + line for line in heap.after),
        *original,
        "}",
    ]


def _guarded(assumptions: Sequence[Assumption], body: list[str], original: str, indent: str) -> Iterator[str]:
    """The lines of `body`, under the condition that all `assumptions` hold, and else the original."""
    width = LINE_LENGTH - len(indent + INDENT)
    if not assumptions:
        yield from body
        return
    yield from comment([_reasons(assumptions)], width)
    conditions = list(dict.fromkeys(assumption.condition for assumption in assumptions))
    if len(conditions) > 1:
        conditions = [f"({condition})" for condition in conditions]
    tests = [f"    {condition} &&" for condition in conditions]
    tests[0] = "if (" + tests[0].strip()
    tests[-1] = tests[-1].removesuffix(" &&") + ") {"
    yield from wrapped(tests, width)
    yield from (_push(line, INDENT) for line in body)
    yield "} else {"
    yield from indented(original, indent, INDENT)
    yield "}"


def _reasons(assumptions: Sequence[Assumption]) -> str:
    found = [a.reason for a in assumptions if a.kind is not AssumptionKind.NO_OVERLAP]
    if len(found) < len(assumptions):
        found.append("arrays overlap")
    return f"checked first, for the original below: {'; '.join(dict.fromkeys(found))}"


def _with_tabs(line: str) -> str:
    steps = (len(line) - len(line.lstrip(" "))) // len(INDENT)
    return "\t" * steps + line[steps * len(INDENT) :]


def _push(line: str, indent: str) -> str:
    return line if line.startswith("#") or not line else indent + line


class _Writer:
    """Prints one loop tree, and keeps what the printing found out."""

    def __init__(self, scop: Scop, tree: LoopTree, options: CodegenOptions) -> None:
        self.scop = scop
        self.tree = tree
        self.options = options
        self.remarks: list[str] = []
        self.plain: set[tuple[LoopRef, str]] = set()  # vector loops with a statement that has no vector form
        loops = {node.variable for node in walk(tree.body) if isinstance(node, For | Let)}
        redeclared = {array.text for array in scop.arrays if is_redeclared(array)}
        self.taken = set(used_names(scop) | (scop.identifiers - redeclared) | loops)
        self.integers = Integers(parameter_texts(scop, frozenset(self.taken)), set())
        self.taken |= {parameter.code for parameter in self.integers.parameters.values()}
        self.visible = self.taken | scop.identifiers | redeclared  # the original may stand inside
        self.cells = names_of(scop, self.visible)
        self.taken |= set(self.cells.values())
        self.buffers = Heap()

    def optimized(self) -> list[str] | GenerationFailed:
        """The lines of the optimized branch."""
        found = locals_of(self.scop, self.tree, self.taken)
        if isinstance(found, str):
            return GenerationFailed(found)
        arrays, local = found
        arrays |= self.cells
        options = self.options
        texts = buffer_texts(self.tree.body, self.scop, self.integers, self.visible, openmp=options.openmp)
        if isinstance(texts, str):
            return GenerationFailed(texts)
        self.buffers = memory_of(texts, self.visible, options.threads)
        self.taken |= self.visible
        pragmas = Pragmas(self.integers, options.openmp, options.threads, options.min_parallel_work, self.remarks)
        statements = {statement.name: statement for statement in self.scop.statements}
        types = VectorTypes(self.taken)
        context = self.scop.context
        emitter = Emitter(statements, self.integers, arrays, pragmas.lines, self.taken, types, context, texts)
        emitter = replace(emitter, shapes=row_shapes(self.scop.arrays), plain=self.plain)
        lines = list(emitter.lines(self.tree.body, Pending(local)))
        lines += exit_assignments(self.scop, self.integers)
        return [*types.declarations(lines), *lines]

    def heap(self) -> Heap:
        """The memory for arrays of the generated code's own."""
        visible = self.taken | self.visible | {array.text for array in self.scop.arrays}
        try:
            with operation_limit(self.scop.context.get_ctx(), BUILD_OPERATIONS):
                return heap_of(self.scop, self.cells, self.integers, visible).joined(self.buffers)
        except OperationLimitExceeded as error:
            raise Unbounded(str(error)) from error

    def declarations(self) -> list[str]:
        """The declarations of the parameters that were printed."""
        used = (self.integers.parameters[name] for name in sorted(self.integers.used))
        return [parameter.declaration for parameter in used if parameter.declaration]

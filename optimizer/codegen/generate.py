"""The C text that takes the place of a nest: checks, generated loops, exit values, and the original as a fallback."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.codegen.buffers import buffer_texts, memory_of
from optimizer.codegen.build import build_loop_tree
from optimizer.codegen.combine import Combiner, NotCombined, Section
from optimizer.codegen.elements import row_shapes
from optimizer.codegen.emit import Emitter, TooLarge
from optimizer.codegen.exit_values import exit_assignments
from optimizer.codegen.footprint import element_pointer, footprint
from optimizer.codegen.heap import Heap, Unbounded, heap_of, names_of
from optimizer.codegen.integers import Integers, parameter_texts
from optimizer.codegen.looptree import For, Let, LoopTree, lane_count, walk, without_vectors
from optimizer.codegen.names import is_redeclared, name_loops, used_names
from optimizer.codegen.original import indented, outer_counters
from optimizer.codegen.overlap import OverlapUnknown, overlap_checks
from optimizer.codegen.packing import UnboundedBuffer
from optimizer.codegen.parallel import Pragmas
from optimizer.codegen.peel import peeled
from optimizer.codegen.pending import Pending
from optimizer.codegen.privates import MAX_COPY_BYTES, locals_of, replaced_variables
from optimizer.codegen.properties import add_properties
from optimizer.codegen.statements import INDENT
from optimizer.codegen.text import CONDITIONAL, SHIFT, Text
from optimizer.codegen.vector_types import VectorTypes
from optimizer.codegen.wrap import comment, wrapped
from optimizer.dependences import reordered_sums
from optimizer.dependences.updates import Update, commuting_updates
from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import Schedule
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
    """`text` replaces the bytes of the nest; it starts where the nest starts, without indentation. `reordered` are the
    arrays and scalars whose floating-point sums or products it computes in another order, as C writes them.
    `lost_vectors` if vectors were asked for but none of the loops has a vector form.
    """

    text: str
    loop_tree: LoopTree
    remarks: tuple[str, ...]
    reordered: tuple[str, ...] = ()
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
    return name_loops(add_properties(peeled(tree), schedule, nest), nest.scop)


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
            tree = _without_vectors(tree, writer.plain)
            writer = _Writer(nest.scop, tree, options)
            body = writer.optimized()
        heap = writer.heap()
    except TooLarge:
        return GenerationFailed("the unrolled code is too large")
    except (Unbounded, NotCombined) as error:
        return GenerationFailed(str(error))
    if isinstance(body, GenerationFailed):
        return body
    assumptions = (*nest.scop.assumptions, *overlap, *writer.bounds())
    width = LINE_LENGTH - len(indent)
    heap = heap.behind(writer.declarations())  # inside the checks: these may say that s->n is never read
    body = _allocated(heap, body, indented(original, indent, INDENT), width - len(INDENT) * bool(assumptions))
    heading = str(schedule) if schedule.script else "the order as written"
    reordered = _reordered(nest, schedule, writer.summed())
    remarks = [*writer.remarks, f"rounded in another order: {', '.join(reordered)}"] if reordered else writer.remarks
    lines = list(comment([f"loopwright: {heading}", *(remarks if options.remarks else ())], width))
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
    return Generated(text, tree, tuple(remarks), reordered, lost)


def _reordered(nest: Nest, schedule: Schedule, summed: set[str]) -> tuple[str, ...]:
    """The texts of the arrays with sums of floating type in another order; all with such sums if isl gives up."""
    if not nest.scop.reassociates:
        return ()
    try:
        with operation_limit(nest.scop.context.get_ctx(), BUILD_OPERATIONS):
            found = summed | reordered_sums(schedule, nest)
    except OperationLimitExceeded:
        found = {each.array for each in nest.dependences.ordered if each.commutes}
    arrays = [array for array in nest.scop.arrays if array.name in found and array.element.is_float]
    return tuple(dict.fromkeys(array.text for array in arrays))


def _without_vectors(tree: LoopTree, plain: Collection[For]) -> LoopTree:
    """`tree` where the vector loops `plain` are ordinary ones; some stand in copies of what `tree` has."""
    changed = LoopTree(without_vectors(tree.body, lambda loop: loop in plain))
    if changed != tree:
        return changed
    keys = {(loop.loop, loop.variable) for loop in plain}
    return LoopTree(without_vectors(tree.body, lambda loop: (loop.loop, loop.variable) in keys))


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


def _updates(scop: Scop) -> dict[str, Update]:
    """The statements whose updates of one element commute, by name."""
    return {update.statement: update for array in scop.arrays for update in commuting_updates(scop, array)}


class _Writer:
    """Prints one loop tree, and keeps what the printing found out."""

    def __init__(self, scop: Scop, tree: LoopTree, options: CodegenOptions) -> None:
        self.scop = scop
        self.tree = tree
        self.options = options
        self.remarks: list[str] = []
        self.plain: set[For] = set()  # vector loops with something that has no vector form
        loops = {node.variable for node in walk(tree.body) if isinstance(node, For | Let)}
        redeclared = {array.text for array in scop.arrays if is_redeclared(array)}
        self.taken = set(used_names(scop) | (scop.identifiers - redeclared) | loops)
        self.integers = Integers(parameter_texts(scop, frozenset(self.taken)), set())
        self.taken |= {parameter.code for parameter in self.integers.parameters.values()}
        self.visible = self.taken | scop.identifiers | redeclared  # the original may stand inside
        self.cells = names_of(scop, self.visible)
        self.taken |= set(self.cells.values())
        self.buffers = Heap()
        self.combiner: Combiner | None = None

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
        shapes = row_shapes(self.scop.arrays)
        self.combiner = Combiner(_updates(self.scop), shapes, self.scop.context, types, self._section)
        emitter = Emitter(statements, self.integers, arrays, pragmas.lines, self.taken, types, self.combiner, texts)
        emitter = replace(emitter, shapes=shapes, plain=self.plain)
        lines = list(emitter.lines(self.tree.body, Pending(local)))
        lines += exit_assignments(self.scop, self.integers)
        return [*types.declarations(lines), *lines]

    def _section(self, array: str) -> Section | None:
        """What the nest may touch of `array`, which has one subscript in C."""
        found, place = self.scop.array(array), footprint(self.scop, array)
        if place is None or found.c_rank != 1:
            return None
        base = element_pointer(found).code
        return Section("0" if place.first == base else f"({place.first}) - ({base})", place.count)

    def summed(self) -> set[str]:
        """The arrays of which elements are kept in parts."""
        return self.combiner.used if self.combiner is not None else set()

    def bounds(self) -> Iterator[Assumption]:
        """That what each thread has a copy of fits on its stack."""
        for array, section in self.combiner.copied.items() if self.combiner is not None else ():
            most = MAX_COPY_BYTES // self.scop.array(array).element.size
            reason = f"sums in '{self.scop.array(array).text}' are none or too many for a copy in each thread"
            count = Text(section.count, CONDITIONAL).at(SHIFT)
            yield Assumption(AssumptionKind.RANGE, f"{count} >= 1 && {count} <= {most}", reason)

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

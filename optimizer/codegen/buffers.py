"""Where the buffers of packed arrays are: small ones in local arrays, others in memory from `aligned_alloc`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.codegen import text as c_text
from optimizer.codegen.affine import Affine, maximum, number
from optimizer.codegen.heap import Heap
from optimizer.codegen.integers import Integers
from optimizer.codegen.looptree import Buffer, For, Node, Pack, buffers, children
from optimizer.codegen.names import fresh
from optimizer.codegen.privates import base_name
from optimizer.ir.scop import Scop

LINE_BYTES = 64
MAX_LOCAL_BYTES = 128 * 1024
HEAP_FUNCTIONS = (
    "extern void *aligned_alloc(__typeof__(sizeof 0), __typeof__(sizeof 0));",
    "extern void free(void *);",
)
THREAD_FUNCTIONS = "extern int omp_get_max_threads(void), omp_get_thread_num(void);"


@dataclass(frozen=True, slots=True)
class BufferText:
    """How C declares a buffer `name` where it is packed. `lengths` are the sizes of its dimensions, rows padded.

    For one on the heap `memory` is the variable that holds its memory, of `size` bytes for each thread; both are set up
    by `definitions`, and each thread has its own if `thread` names a variable for its number.
    """

    name: str
    element: str
    lengths: tuple[str, ...]
    definitions: tuple[str, ...] = ()
    memory: str | None = None
    size: str = ""
    thread: str | None = None

    def declaration(self) -> Iterator[str]:
        """The lines that declare the buffer."""
        if self.memory is None:
            extents = "".join(f"[{length}]" for length in self.lengths)
            yield f"{self.element} {self.name}{extents} __attribute__((aligned({LINE_BYTES})));"
            return
        place = self.memory
        if self.thread is not None:
            yield from ("#ifdef _OPENMP", f"const long {self.thread} = omp_get_thread_num();")
            yield from ("#else", f"const long {self.thread} = 0;", "#endif")
            place = f"(char *){place} + {self.thread} * {self.size}"
        rows = "".join(f"[{length}]" for length in self.lengths[1:])
        pointer = f"(*restrict {self.name}){rows}" if rows else f"*restrict {self.name}"
        yield f"{self.element} {pointer} = __builtin_assume_aligned({place}, {LINE_BYTES});"


class _Namer:
    """Makes names that are not taken, and takes them."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    def __call__(self, base: str) -> str:
        name = fresh(base, self.taken)
        self.taken.add(name)
        return name


def buffer_texts(
    body: tuple[Node, ...], scop: Scop, integers: Integers, taken: set[str], *, openmp: bool
) -> dict[str, BufferText] | str:
    """The text of each buffer that `body` packs into, by its name in the loop tree; new names join `taken`.

    The reason for which there is no code if several threads would share a buffer.
    """
    namer = _Namer(taken)
    found: dict[str, BufferText] = {}
    for buffer in buffers(body):
        name = namer(f"{base_name(scop.array(buffer.array))}_pack")
        text = _local(buffer, name)
        if text is None:
            teams = _teams(body, buffer) if openmp else 0
            if teams > 1:
                return f"a copy of '{buffer.array}' for each thread of nested parallel loops is not supported"
            text = _on_heap(buffer, name, integers, namer, is_shared=teams == 0)
        found[buffer.name] = text
    return found


def memory_of(texts: Mapping[str, BufferText], taken: set[str], threads: int | None) -> Heap:
    """How the memory of those of `texts` on the heap is allocated and released."""
    found = [(text, text.memory) for text in texts.values() if text.memory is not None]
    if not found:
        return Heap()
    setup = list(HEAP_FUNCTIONS)
    count = ""
    if any(text.thread is not None for text, _ in found):
        count = _Namer(taken)("threads")
        most = "omp_get_max_threads()" if threads is None else str(threads)
        setup += ["#ifdef _OPENMP", THREAD_FUNCTIONS, f"const long {count} = {most};"]
        setup += ["#else", f"const long {count} = 1;", "#endif"]
    for text, memory in found:
        size = text.size if text.thread is None else f"{count} * {text.size}"
        setup += [*text.definitions, f"void *{memory} = aligned_alloc({LINE_BYTES}, {size});"]
    release = tuple(f"free({memory});" for _, memory in found)
    return Heap(tuple(setup), " && ".join(memory for _, memory in found), release)


def _local(buffer: Buffer, name: str) -> BufferText | None:
    """The text of a local array; None if that would be too large, or has no constant size."""
    if not all(span.is_constant for span in buffer.spans):
        return None
    *outer, last = (span.constant for span in buffer.spans)
    lengths = [*outer, _padded(last, buffer.element.size)]
    elements = buffer.element.size
    for length in lengths:
        elements *= length
    return BufferText(name, buffer.element.name, tuple(map(str, lengths))) if elements <= MAX_LOCAL_BYTES else None


def _padded(span: int, size: int) -> int:
    """Elements in a row: whole lines, and for long rows no multiple of four lines, whose parts share few cache sets."""
    lines = -(-span * size // LINE_BYTES)
    return (lines + (lines >= 8 and lines % 4 == 0)) * (LINE_BYTES // size)


def _on_heap(buffer: Buffer, name: str, integers: Integers, namer: _Namer, *, is_shared: bool) -> BufferText:
    definitions: list[str] = []

    def defined(base: str, code: str) -> str:
        variable = namer(base)
        definitions.append(f"const long {variable} = {code};")
        return variable

    lengths: list[str] = []
    for dimension, span in enumerate(buffer.spans[:-1]):
        known = str(span.constant) if span.is_constant else None
        base = f"{name}_rows" if dimension == 0 else f"{name}_extent"
        lengths.append(known or defined(base, _least_one(span, integers).code))
    row, per_line = buffer.spans[-1], LINE_BYTES // buffer.element.size
    if row.is_constant:
        lengths.append(str(_padded(row.constant, buffer.element.size)))
    else:
        last = defined(f"{name}_last", f"{_least_one(row, integers).at(c_text.SUM)} - 1")
        lengths.append(defined(f"{name}_row", f"(({last} / {per_line} + 1) | 1) * {per_line}"))
    factors = " * ".join([f"(long)sizeof({buffer.element.name})", *lengths])
    size = defined(f"{name}_bytes", factors)
    memory = namer(f"{name}_memory")
    thread = None if is_shared else namer(f"{name}_thread")
    return BufferText(name, buffer.element.name, tuple(lengths), tuple(definitions), memory, size, thread)


def _least_one(span: Affine, integers: Integers) -> c_text.Text:
    """`span`, 1 where it is less: the nest does nothing there."""
    return integers.value(maximum([span, number(1)]))


def _teams(body: tuple[Node, ...], buffer: Buffer) -> int:
    """The largest number of parallel loops around a use of `buffer`."""
    most = 0
    for node in body:
        if isinstance(node, Pack) and node.buffer == buffer:
            continue
        inside = children(node)
        if buffer in buffers(inside):
            most = max(most, _teams(inside, buffer) + (isinstance(node, For) and node.parallel))
    return most

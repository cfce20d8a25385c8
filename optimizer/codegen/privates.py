"""Which private arrays the generated code declares for itself, under which names."""

from collections.abc import Iterator

from optimizer.codegen.looptree import For, LoopTree, walk
from optimizer.codegen.names import IDENTIFIER, fresh, is_redeclared
from optimizer.codegen.pending import Local
from optimizer.ir.scop import AccessKind, Array, Scop, Storage

MAX_COPY_BYTES = 64 * 1024  # of an array that each thread gets a copy of on its stack


def locals_of(scop: Scop, tree: LoopTree, taken: set[str]) -> tuple[dict[str, str], tuple[Local, ...]] | str:
    """The C text of each array's base in the generated code, and the variables to declare; new names join `taken`.

    A declared array that is dead outside the nest is copied only if a parallel loop needs one per iteration; if such
    a copy does not fit a thread's stack, the result is the reason for which no code can be generated.
    """
    texts = {array.name: array.text for array in scop.arrays}
    copied = {name for node in walk(tree.body) if isinstance(node, For) and node.parallel for name in node.owned}
    found: list[Local] = []
    for array in scop.arrays:
        if not is_redeclared(array):
            if array.name not in copied:
                continue
            size = byte_size(array)
            if size is None or size > MAX_COPY_BYTES:
                return f"each thread would need a copy of '{array.text}', which is too large for a stack"
        users = frozenset(s.name for s in scop.statements if any(a.array == array.name for a in s.accesses))
        name = fresh(base_name(array), taken)
        taken.add(name)
        texts[array.name] = name
        extents = "".join(f"[{extent}]" for extent in array.extents)
        is_read = any(
            a.kind is AccessKind.READ for s in scop.statements for a in s.accesses if a.array == array.name
        )
        found.append(Local(array.name, array.element.name, name + extents, name, users, is_read))
    return texts, tuple(found)


def byte_size(array: Array) -> int | None:
    """The size of `array` if its extents are numbers."""
    size = array.element.size
    for extent in array.extents:
        if extent is None or not extent.strip().isdecimal():
            return None
        size *= int(extent)
    return size


def base_name(array: Array) -> str:
    """What a variable of the generated code that stands for `array` is called."""
    words = IDENTIFIER.findall(array.text)
    return words[-1] if words else "copy"


def replaced_variables(scop: Scop) -> Iterator[str]:
    """The variables declared outside of the nest for which the generated code has its own."""
    for array in scop.arrays:
        if is_redeclared(array) and array.storage is Storage.OBJECT and IDENTIFIER.fullmatch(array.text):
            yield array.text

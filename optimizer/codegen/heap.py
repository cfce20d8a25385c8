"""Memory of the generated code's own: arrays that hold each value of a nest in a cell of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from optimizer.codegen import text
from optimizer.codegen.affine import Affine, add, maximum, number
from optimizer.codegen.bounds import safe_range, touched
from optimizer.codegen.integers import Integers
from optimizer.codegen.names import fresh
from optimizer.codegen.privates import MAX_COPY_BYTES
from optimizer.codegen.text import Text
from optimizer.ir.scop import Array, Scop, Storage

ALIGNMENT = 64  # bytes
MAX_ROW = 1 << 14  # elements; longer rows are as long as the run needs
MAX_BYTES = "0x1p46"


@dataclass(frozen=True, slots=True)
class Heap:
    """What stands around the optimized lines: `before` and `after` them; `check` is the condition under which memory
    was found, if any was asked for.
    """

    before: tuple[str, ...] = ()
    check: str | None = None
    after: tuple[str, ...] = ()

    def behind(self, lines: Iterable[str]) -> "Heap":
        """This memory with `lines` in front."""
        return replace(self, before=(*lines, *self.before))

    def joined(self, other: "Heap") -> "Heap":
        """The memory of both."""
        checks = " && ".join(check for check in (self.check, other.check) if check is not None)
        return Heap(self.before + other.before, checks or None, self.after + other.after)


class Unbounded(Exception):
    """An array of the generated code has no extents that the parameters give."""


def names_of(scop: Scop, taken: set[str]) -> dict[str, str]:
    """The C name of each array of the generated code's own that the nest uses; these names join `taken`."""
    found: dict[str, str] = {}
    for array in _used(scop):
        found[array.name] = fresh(array.text, taken)
        taken.add(found[array.name])
    return found


def _used(scop: Scop) -> Iterator[Array]:
    mentioned = {access.array for statement in scop.statements for access in statement.accesses}
    return (array for array in scop.arrays if array.storage is Storage.HEAP and array.name in mentioned)


def heap_of(scop: Scop, names: dict[str, str], integers: Integers, taken: set[str]) -> Heap:
    """The declarations of the arrays `names`: small ones are local, the others allocated. Raises Unbounded."""
    local: list[str] = []
    before: list[str] = []
    checks: list[str] = []
    after: list[str] = []
    for array in _used(scop):
        name = names[array.name]
        extents = [_extent(scop, array, dimension) for dimension in range(array.rank)]
        if all(extent.is_constant for extent in extents):
            size = array.element.size
            for extent in extents:
                size *= extent.constant
            if size <= MAX_COPY_BYTES:
                brackets = "".join(f"[{extent.constant}]" for extent in extents)
                local.append(f"{array.element.name} {name}{brackets};")
                continue
        memory = fresh(f"{name}_memory", taken)
        taken.add(memory)
        printed = [integers.wide(extent) for extent in extents]
        count = _product(printed)
        before.append(
            f"void *{memory} = (double){count} < {MAX_BYTES} ? "
            f"__builtin_malloc((unsigned long){count} * {array.element.size} + {ALIGNMENT - 1}) : 0;"
        )
        pointer = f"(*restrict {name})" + "".join(f"[{extent.code}]" for extent in printed[1:])
        if len(printed) == 1:
            pointer = f"*restrict {name}"
        aligned = f"(void *)(((unsigned long){memory} + {ALIGNMENT - 1}) & ~{ALIGNMENT - 1}ul)"
        before.append(f"{array.element.name} {pointer} = {aligned};")
        checks.append(memory)
        after.append(f"__builtin_free({memory});")
    return Heap((*local, *before), " && ".join(checks) or None, tuple(after))


def _product(factors: list[Text]) -> str:
    code = factors[0].at(text.PREFIX)
    for factor in factors[1:]:
        code += f" * {factor.at(text.PREFIX)}"
    return code


def _extent(scop: Scop, array: Array, dimension: int) -> Affine:
    """At least 1, and above all indices in `dimension`; a number for rows that are short in all runs."""
    if dimension > 0:
        highest = touched(scop, array.name).dim_max_val(dimension)
        if highest.is_int() and int(highest.to_python()) < MAX_ROW:
            return number(max(0, int(highest.to_python())) + 1)
    found = safe_range(scop, array.name, dimension)
    if found is None:
        raise Unbounded(f"the extents of '{array.text}' are not known")
    return maximum([number(1), add(found[1], number(1))])

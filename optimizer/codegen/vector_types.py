"""The vector types of generated code: GCC and clang vector extensions, declared once per nest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from optimizer.codegen.names import IDENTIFIER, fresh
from optimizer.codegen.text import Text, cast
from optimizer.ir.ctype import CHAR, INT, LONG, SCHAR, SHORT, UCHAR, UINT, ULONG, USHORT, CType, Kind

_SIGNED = {1: SCHAR, 2: SHORT, 4: INT, 8: LONG}
_UNSIGNED = {1: UCHAR, 2: USHORT, 4: UINT, 8: ULONG}
_LETTERS = {(Kind.FLOAT, True): "f", (Kind.INTEGER, True): "i", (Kind.INTEGER, False): "u"}
_BASES = {
    ("f", 4): "float", ("f", 8): "double",
    ("i", 1): "signed char", ("i", 2): "short", ("i", 4): "int", ("i", 8): "long",
    ("u", 1): "unsigned char", ("u", 2): "unsigned short", ("u", 4): "unsigned int", ("u", 8): "unsigned long",
}  # fmt: skip


def has_vectors(ctype: CType) -> bool:
    """True if values of `ctype` may be lanes of a vector."""
    return (ctype.is_float and ctype.size <= 8) or (ctype.is_integer and ctype.name != "_Bool")


def mask_of(ctype: CType) -> CType:
    """The type of the lanes that a comparison of vectors of `ctype` gives: 0 or -1."""
    return _SIGNED[ctype.size]


@dataclass(slots=True)
class VectorTypes:
    """The names of the vector types that were used; new ones join `taken`."""

    taken: set[str]
    names: dict[tuple[str, int, int], str] = field(default_factory=dict[tuple[str, int, int], str])

    def value(self, ctype: CType, lanes: int) -> str:
        """The type of `lanes` values of `ctype`."""
        key = (_LETTERS[ctype.kind, ctype.signed or ctype == CHAR], ctype.size, lanes)
        if key not in self.names:
            name = fresh(f"{key[0]}{8 * ctype.size}x{lanes}", self.taken)
            self.names[key] = name
            self.taken |= {name, f"{name}_u"}
        return self.names[key]

    def memory(self, ctype: CType, lanes: int) -> str:
        """The type of `lanes` consecutive elements of an array of `ctype`, aligned like one of them."""
        return f"{self.value(ctype, lanes)}_u"

    def converted(self, lanes: Text, source: CType, target: CType, count: int) -> Text:
        """`count` lanes of type `source` with the values of C's conversion to `target`."""
        for step in _steps(source, target):
            if self.value(source, count) == self.value(step, count):
                continue
            if source.is_integer and step.is_integer and source.size == step.size:
                lanes = cast(self.value(step, count), lanes)
            else:
                lanes = Text(f"__builtin_convertvector({lanes.code}, {self.value(step, count)})")
            source = step
        return lanes

    def declarations(self, lines: Sequence[str]) -> Iterator[str]:
        """The typedefs that `lines` need."""
        words = {word for line in lines for word in IDENTIFIER.findall(line)}
        for (letter, size, lanes), name in self.names.items():
            base, attribute = _BASES[letter, size], f"vector_size({size * lanes})"
            if name in words:
                yield f"typedef {base} {name} __attribute__(({attribute}));"
            if f"{name}_u" in words:
                yield f"typedef {base} {name}_u __attribute__(({attribute}, aligned({size}), may_alias));"


def _steps(source: CType, target: CType) -> Iterator[CType]:
    """The types through which a value is converted, `target` last. gcc converts lanes to others of half or twice their
    size at once, but takes vectors apart if sizes differ by more.
    """
    if source.is_integer and target.is_integer:
        yield from _resized(source, target.size)
    elif source.is_integer and source.size < target.size:
        yield from _resized(source, INT.size)
        if source.size < INT.size:
            yield INT  # holds every value of the smaller type
    elif target.is_integer and target.size < INT.size:
        yield INT
        yield from _resized(INT, target.size)
    yield target


def _resized(source: CType, size: int) -> Iterator[CType]:
    """The integer types on the way from `source` to `size` bytes, with the sign of `source`."""
    types = _SIGNED if source.signed else _UNSIGNED
    step = source.size
    while step != size:
        step = step * 2 if step < size else step // 2
        yield types[step]

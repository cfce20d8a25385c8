"""The words that make up C's declaration specifiers, and the arithmetic types that they name."""

from frontends.c.syntax import NO_QUALS, Arithmetic, Type, UnknownType, Void
from optimizer.ir.ctype import ARITHMETIC_TYPES

BASIC = frozenset(
    [
        "void",
        "char",
        "short",
        "int",
        "long",
        "float",
        "double",
        "signed",
        "unsigned",
        "_Bool",
        "__signed__",
        "__signed",
        "_Complex",
        "__complex__",
        "_Imaginary",
        "__int128",
        "_Float128",
        "__float128",
        "_Float16",
        "_Float32",
        "_Float64",
        "__builtin_va_list",
        "_Decimal32",
        "_Decimal64",
    ]
)
QUALIFIERS = {
    "const": "const",
    "__const": "const",
    "__const__": "const",
    "volatile": "volatile",
    "__volatile__": "volatile",
    "__volatile": "volatile",
    "restrict": "restrict",
    "__restrict": "restrict",
    "__restrict__": "restrict",
    "_Atomic": "_Atomic",
}
STORAGE = frozenset(
    [
        "typedef",
        "extern",
        "static",
        "auto",
        "register",
        "inline",
        "__inline",
        "__inline__",
        "_Noreturn",
        "_Thread_local",
        "__thread",
    ]
)
TAGGED = frozenset({"struct", "union", "enum"})
ATTRIBUTES = frozenset({"__attribute__", "__attribute"})
SKIPPED = frozenset({"__asm__", "asm", "__asm", "_Alignas", "__declspec"})
SPECIFIERS = (
    BASIC
    | frozenset(QUALIFIERS)
    | STORAGE
    | TAGGED
    | ATTRIBUTES
    | {"_Alignas", "__extension__"}
    | {"typeof", "__typeof__", "__typeof", "__auto_type", "_Static_assert", "static_assert"}
)


def basic_type(words: list[str]) -> Type:
    """The type that specifier words such as `long unsigned int` name; no words mean int."""
    names = [w.strip("_") for w in words]
    if "void" in names:
        return Void()
    longs = names.count("long")
    unsigned = "unsigned" in names
    others = sorted({n for n in names if n not in ("signed", "unsigned", "int", "long", "short")})
    match others:
        case [] if "short" in names:
            name = "unsigned short" if unsigned else "short"
        case []:
            name = ("unsigned " if unsigned else "") + ("int", "long", "long long")[min(longs, 2)]
        case ["char"]:
            name = "unsigned char" if unsigned else "signed char" if "signed" in names else "char"
        case ["double"]:
            name = "long double" if longs else "double"
        case ["float"]:
            name = "float"
        case ["Bool"]:
            name = "_Bool"
        case ["Float32"]:
            name = "float"
        case ["Float64"]:
            name = "double"
        case _:
            return UnknownType(" ".join(words))
    return Arithmetic(ARITHMETIC_TYPES[name], NO_QUALS)

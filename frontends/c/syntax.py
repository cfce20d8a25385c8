"""The syntax tree of preprocessed C: types, expressions and statements. Names are resolved, meaning is not judged."""

from dataclasses import dataclass, field
from typing import TypeAlias

from optimizer.ir.ctype import CType

Quals: TypeAlias = frozenset[str]
NO_QUALS: Quals = frozenset()


# Types ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Arithmetic:
    """An integer or real floating type."""

    ctype: CType
    quals: Quals = NO_QUALS


@dataclass(frozen=True, slots=True)
class Void:
    """void."""

    quals: Quals = NO_QUALS


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer; `quals` are those of the pointer itself."""

    target: "Type"
    quals: Quals = NO_QUALS


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array; `extent` is None for `[]` and `[*]`."""

    element: "Type"
    extent: "Expr | None"
    quals: Quals = NO_QUALS


@dataclass(eq=False, slots=True)
class StructDef:
    """A struct or union; `fields` is None until its body was seen. `odd` names what makes it unusable."""

    tag: str
    is_union: bool
    fields: "tuple[tuple[str, Type], ...] | None" = None
    bitfields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StructType:
    """A struct or union type."""

    definition: StructDef
    quals: Quals = NO_QUALS


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function; `parameters` may be empty for an old-style declaration."""

    result: "Type"
    parameters: "tuple[Variable, ...]"
    quals: Quals = NO_QUALS


@dataclass(frozen=True, slots=True)
class UnknownType:
    """A type that is not modelled, with a word for it."""

    name: str
    quals: Quals = NO_QUALS


Type: TypeAlias = Arithmetic | Void | Pointer | ArrayType | StructType | FunctionType | UnknownType


@dataclass(eq=False, slots=True)
class Variable:
    """A declared name. `uses` are the indices of the tokens that mention it, its declaration excluded."""

    name: str
    type: Type
    storage: str  # param local static global extern
    at: int
    uses: list[int] = field(default_factory=list[int])
    address_taken: bool = False
    attributes: frozenset[str] = frozenset()
    initial: "Expr | None" = None
    escapes: bool = False  # a pointer or array that is used other than to reach an element

    @property
    def is_local(self) -> bool:
        """True if the variable lives on the stack of its function."""
        return self.storage in ("param", "local")


# Expressions: `at` is the index of the token that best stands for the node -------------------------------------------
@dataclass(frozen=True, slots=True)
class Number:
    """An integer, floating or character constant."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name; `variable` is None if nothing declares it."""

    text: str
    variable: Variable | None
    at: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """`op operand`: + - ~ ! * & ++ --."""

    op: str
    operand: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Postfix:
    """`operand op`: ++ --."""

    op: str
    operand: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Infix:
    """A binary operator, the comma included."""

    op: str
    left: "Expr"
    right: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """`target op value` with an assignment operator."""

    op: str
    target: "Expr"
    value: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Ternary:
    """`condition ? then : otherwise`."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class CastTo:
    """`(type)operand`."""

    type: Type
    operand: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class CallOf:
    """`function(arguments)`."""

    function: "Expr"
    arguments: "tuple[Expr, ...]"
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`base[subscript]`."""

    base: "Expr"
    subscript: "Expr"
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name` or `base->name`."""

    base: "Expr"
    name: str
    arrow: bool
    at: int


@dataclass(frozen=True, slots=True)
class SizeOf:
    """`sizeof` of a type or an expression."""

    type: "Type | None"
    operand: "Expr | None"
    at: int


@dataclass(frozen=True, slots=True)
class OtherExpr:
    """An expression that is only named: a string, a statement expression, a compound literal."""

    what: str
    at: int


Expr: TypeAlias = (
    Number
    | Name
    | Prefix
    | Postfix
    | Infix
    | Assignment
    | Ternary
    | CastTo
    | CallOf
    | Index
    | Member
    | SizeOf
    | OtherExpr
)


# Statements: [first, last) are token indices -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ExprStatement:
    """`expr;`."""

    expr: Expr
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration of variables; initial values hang on the variables. `odd` names what is not modelled."""

    variables: tuple[Variable, ...]
    first: int
    last: int
    odd: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`{ ... }`."""

    body: "tuple[Stmt, ...]"
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class If:
    """`if (condition) then else otherwise`."""

    condition: Expr
    then: "Stmt"
    otherwise: "Stmt | None"
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class For:
    """`for (start; condition; step) body`; `header_last` is the index behind the header's `)`."""

    start: "Expr | Declaration | None"
    condition: Expr | None
    step: Expr | None
    body: "Stmt"
    header_last: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class While:
    """`while` (keyword `while`) or `do` (keyword `do`)."""

    keyword: str
    condition: Expr
    body: "Stmt"
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Jump:
    """break, continue, goto, return with its value, or a label or switch with the statement below."""

    keyword: str
    body: "Stmt | None"
    first: int
    last: int
    value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Pragma:
    """A `#pragma` line."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Empty:
    """`;`."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class OtherStmt:
    """A statement that is only named: assembly, a nested function, something not understood."""

    what: str
    first: int
    last: int


Stmt: TypeAlias = ExprStatement | Declaration | Block | If | For | While | Jump | Pragma | Empty | OtherStmt


@dataclass(eq=False, slots=True)
class FunctionDef:
    """A function definition. `body` is None if it was not understood; `trouble` says why."""

    variable: Variable
    parameters: tuple[Variable, ...]
    body: Block | None
    first: int
    last: int
    trouble: str = ""
    is_static: bool = False
    has_goto: bool = False


def qualified(type_: Type, quals: Quals) -> Type:
    """`type_` with `quals` added; for an array they go to the element."""
    if not quals:
        return type_
    match type_:
        case Arithmetic(ctype, own):
            return Arithmetic(ctype, own | quals)
        case Void(own):
            return Void(own | quals)
        case Pointer(target, own):
            return Pointer(target, own | quals)
        case ArrayType(element, extent, own):
            return ArrayType(qualified(element, quals), extent, own)
        case StructType(definition, own):
            return StructType(definition, own | quals)
        case FunctionType():
            return type_
        case UnknownType(name, own):
            return UnknownType(name, own | quals)


def unqualified(type_: Type) -> Type:
    """An arithmetic type without its qualifiers; others as they are."""
    return Arithmetic(type_.ctype) if isinstance(type_, Arithmetic) else type_

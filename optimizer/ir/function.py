"""A C function as a caller sees it: what a harness must pass to call it."""

from dataclasses import dataclass

from optimizer.ir.ctype import CType
from optimizer.ir.diagnostic import Span


@dataclass(frozen=True, slots=True)
class FunctionParameter:
    """A parameter, or a field of a struct that a parameter points to.

    `type` is the scalar or element type; `pointers` counts the levels of indirection (`double *a`: 1; `double a[n][m]`
    and `double (*a)[m]`: 1 with extents). `extents` are C expressions over the other parameters, None if unknown;
    empty for scalars. `fields` is not empty for a pointer to (or value of) a struct whose fields are all known.
    """

    name: str
    type: CType
    pointers: int = 0
    extents: tuple[str | None, ...] = ()
    is_const: bool = False
    fields: tuple["FunctionParameter", ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function defined in the file. `returns` is None for void."""

    name: str
    parameters: tuple[FunctionParameter, ...]
    returns: CType | None
    is_static: bool
    span: Span

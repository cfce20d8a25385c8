"""Which functions of a file only compute from their arguments, so that calling them is no side effect."""

from collections.abc import Mapping

from frontends.c.pure_functions import result_type
from frontends.c.syntax import Arithmetic, FunctionType, Variable

_PURE_ATTRIBUTES = frozenset({"const"})


def is_pure(variable: Variable, defined: Mapping[str, object]) -> bool:
    """True if calls of the function `variable` neither read nor write memory: declared so, or a known library function
    that the file does not define itself.
    """
    if not isinstance(variable.type, FunctionType) or not isinstance(variable.type.result, Arithmetic):
        return False
    if variable.attributes & _PURE_ATTRIBUTES:
        return True
    return result_type(variable.name) is not None and variable.name not in defined

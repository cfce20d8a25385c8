"""Bounds the work of isl. Everything that may blow up (schedulers, lexmin, set difference) runs under such a bound."""

from collections.abc import Generator
from contextlib import contextmanager

import islpy as isl

DEFAULT_OPERATIONS = 20_000_000  # some seconds of CPU


class OperationLimitExceeded(Exception):
    """isl needed more than `operations` steps; the computation has no result, the context works on."""

    def __init__(self, operations: int) -> None:
        super().__init__(f"isl gave up after {operations} operations")
        self.operations = operations


@contextmanager
def operation_limit(ctx: isl.Context, operations: int = DEFAULT_OPERATIONS) -> Generator[None]:
    """Runs the body with at most `operations` steps of isl, else raises `OperationLimitExceeded`.

    Limits nest: the inner one counts anew, the outer one is in force again afterwards, counting from zero.
    """
    outer = ctx.get_max_operations()
    ctx.reset_operations()
    ctx.set_max_operations(operations)
    try:
        yield
    except isl.Error as error:
        if _is_exhausted(ctx):
            raise OperationLimitExceeded(operations) from error
        raise
    finally:
        ctx.set_max_operations(outer)
        ctx.reset_operations()


def _is_exhausted(ctx: isl.Context) -> bool:
    """True if `ctx` has no operations left. The text of an error does not tell: a parse that runs out of operations
    reports a syntax error. Any allocation fails then.
    """
    try:
        isl.Val.int_from_si(ctx, 1)
    except isl.Error:
        return True
    return False

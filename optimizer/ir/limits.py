"""Bounds on isl computations: any of them may blow up, so each caller states a limit and has an answer for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import islpy as isl


class LimitExceeded(Exception):
    """An isl computation used up its operations; the isl context is usable again."""

    def __init__(self, operations: int) -> None:
        super().__init__(f"isl gave up after {operations} operations")
        self.operations = operations


@contextmanager
def operation_limit(ctx: isl.Context, operations: int) -> Iterator[None]:
    """Run the body with at most `operations` isl operations; LimitExceeded beyond. Limits do not nest: the inner
    one counts anew and the outer one ends with it.
    """
    ctx.reset_operations()
    ctx.set_max_operations(operations)
    try:
        yield
    except isl.Error as error:
        if _is_exhausted(ctx):
            raise LimitExceeded(operations) from error
        raise
    finally:
        ctx.set_max_operations(0)
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

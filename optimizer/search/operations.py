"""The arithmetic of a statement in cycles of throughput: what it costs if nothing waits."""

from dataclasses import dataclass

from optimizer.ir.expr import Action, Assign, Binary, Call, Expr, Ref, operands, type_of

SLOW_OPERATORS = {"/": 5.0, "%": 12.0}
CALL_CYCLES = 20.0
CHEAP_CALLS = {"sqrt": 6.0, "fabs": 0.5, "fmin": 1.0, "fmax": 1.0, "abs": 0.5}


@dataclass(frozen=True, slots=True)
class Work:
    """`cycles` of operations that vectorize well, `slow_cycles` of divisions and calls, `depth`: the operations that
    wait for each other, `element_bytes`: the widest element stored.
    """

    cycles: float
    slow_cycles: float
    depth: float
    element_bytes: int


def work_of(body: tuple[Action, ...]) -> Work:
    """The work of one execution of `body`; both branches of a condition count."""
    cycles = slow = 0.0
    depth, width = 1.0, 1
    for action in body:
        if isinstance(action, Assign):
            fast, heavy = _cost(action.value)
            cycles += fast + (0.0 if action.op == "=" else 0.5)
            slow += heavy + SLOW_OPERATORS.get(action.op[:1], 0.0) * (action.op != "=")
            width = max(width, type_of(action.target).size)
        else:
            inner = [work_of(action.then), work_of(action.otherwise)]
            fast, heavy = _cost(action.condition)
            cycles += fast + sum(w.cycles for w in inner)
            slow += heavy + sum(w.slow_cycles for w in inner)
            width = max([width, *(w.element_bytes for w in inner)])
    return Work(cycles, slow, depth + slow / 4.0, width)


def _cost(expr: Expr) -> tuple[float, float]:
    if isinstance(expr, Ref):
        return 0.0, 0.0
    inner = [_cost(operand) for operand in operands(expr)]
    fast, slow = sum(f for f, _ in inner), sum(s for _, s in inner)
    match expr:
        case Binary(op=op) if op in SLOW_OPERATORS:
            return fast, slow + SLOW_OPERATORS[op]
        case Binary():
            return fast + 0.5, slow
        case Call(function=function):
            return fast, slow + CHEAP_CALLS.get(function.rstrip("fl") if function != "fabs" else function, CALL_CYCLES)
        case _:
            return fast, slow

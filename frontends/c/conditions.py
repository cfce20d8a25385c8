"""isl sets over parameters -> C conditions."""

from collections.abc import Mapping

import islpy as isl

_OP = isl.ast_expr_op_type
_AND, _OR = _OP(0), _OP(2)  # `and_` and `or_`, which the stubs leave out
_INFIX = {
    _AND: "&&", _OR: "||", _OP.and_then: "&&", _OP.or_else: "||", _OP.eq: "==", _OP.le: "<=", _OP.lt: "<",
    _OP.ge: ">=", _OP.gt: ">", _OP.add: "+", _OP.sub: "-", _OP.mul: "*", _OP.div: "/", _OP.pdiv_q: "/",
    _OP.pdiv_r: "%", _OP.zdiv_r: "%",
}  # fmt: skip
_COMPARISONS = (_OP.eq, _OP.le, _OP.lt, _OP.ge, _OP.gt)


def c_condition(holds: isl.Set, known: isl.Set, texts: Mapping[str, str]) -> str:
    """A C condition that is true exactly for the parameters in `holds`, given that they lie in `known`.

    `texts` maps parameters to C expressions that are safe in arithmetic of type long.
    """
    build = isl.AstBuild.from_context(known)
    return _print(build.expr_from_set(holds), texts)


def c_value(function: isl.PwAff, known: isl.Set, texts: Mapping[str, str]) -> str:
    """A C expression for the value of `function` of parameters in `known`."""
    return _print(isl.AstBuild.from_context(known).expr_from_pw_aff(function), texts)


def _has_operators(expr: isl.AstExpr) -> bool:
    """True if an argument of `expr` computes something."""
    arguments = (expr.get_op_arg(i) for i in range(expr.get_op_n_arg()))
    return any(argument.get_type() == isl.ast_expr_type.op for argument in arguments)


def _operator(expr: isl.AstExpr) -> isl.ast_expr_op_type:
    return isl.ast_expr_op_type(expr.get_op_type())


def _print(expr: isl.AstExpr, texts: Mapping[str, str]) -> str:
    kind = expr.get_type()
    if kind == isl.ast_expr_type.int:
        return str(expr.get_val())
    if kind == isl.ast_expr_type.id:
        name = expr.get_id().get_name() or ""
        return texts[name]
    operator = _operator(expr)
    if operator in _COMPARISONS and not _has_operators(expr):
        texts = {name: text.removeprefix("(long)") for name, text in texts.items()}
    arguments = [_print(expr.get_op_arg(i), texts) for i in range(expr.get_op_n_arg())]
    wrapped = [a if _is_simple(expr.get_op_arg(i), operator) else f"({a})" for i, a in enumerate(arguments)]
    if operator in _INFIX:
        return f" {_INFIX[operator]} ".join(wrapped)
    if operator == _OP.minus:
        return f"-{wrapped[0]}"
    if operator == _OP.fdiv_q:
        a, b = wrapped
        return f"({a} >= 0 ? {a} / {b} : -(({b} - 1 - {a}) / {b}))"
    if operator in (_OP.max, _OP.min):
        sign = ">" if operator == _OP.max else "<"
        result = wrapped[0]
        for other in wrapped[1:]:
            result = f"({result} {sign} {other} ? {result} : {other})"
        return result
    if operator in (_OP.cond, _OP.select):
        return f"({wrapped[0]} ? {wrapped[1]} : {wrapped[2]})"
    raise AssertionError(f"isl operator {operator}")


def _is_simple(argument: isl.AstExpr, parent: isl.ast_expr_op_type) -> bool:
    """True if `argument` needs no parentheses below `parent`."""
    if argument.get_type() != isl.ast_expr_type.op:
        return argument.get_type() != isl.ast_expr_type.int or not argument.get_val().is_neg()
    inner = _operator(argument)
    if parent in (_AND, _OP.and_then):
        return inner in _COMPARISONS or inner in (_AND, _OP.and_then)
    if parent in (_OR, _OP.or_else):
        return inner in _COMPARISONS
    if parent in _COMPARISONS:
        return inner not in (*_COMPARISONS, _AND, _OR, _OP.and_then, _OP.or_else)
    if parent == _OP.add:
        return inner in (_OP.mul, _OP.add)
    return False

"""A nest and its dependences as text and as JSON."""

from collections.abc import Iterator

from optimizer.ir.dependence import Nest, Reduction
from optimizer.ir.scop import Statement
from optimizer.report.distance import Edge, edges
from optimizer.report.document import Json, span_as_json


def nest_text(nest: Nest) -> str:
    """Several lines about `nest`, each with a newline: what runs, in which order it must, and what will be checked."""
    scop = nest.scop
    title = f"{scop.span}: nest {scop.name}, {_count(len(scop.statements), 'statement')}"
    lines = [title, *_section("statements", map(_statement_line, scop.statements))]
    found = edges(nest)
    lines += _section("dependences", map(_edge_line, found), empty="none: any order is right")
    lines += _section("reductions", (_reduction_line(each, nest) for each in nest.dependences.reductions))
    lines += _section("private", (ranges.array for ranges in nest.dependences.private))
    lines += _section("checked at run time", (f"{a.condition}  ({a.kind.value}: {a.reason})" for a in scop.assumptions))
    return "".join(f"{line}\n" for line in lines)


def nest_as_json(nest: Nest) -> Json:
    """The JSON object of `nest`."""
    scop = nest.scop
    return {
        "name": scop.name,
        "function": scop.function,
        "span": span_as_json(scop.span),
        "statements": [_statement_as_json(statement) for statement in scop.statements],
        "dependences": [_edge_as_json(edge) for edge in edges(nest)],
        "reductions": [
            {"statement": r.statement, "array": r.array, "operator": r.operator, "exact": r.exact}
            for r in nest.dependences.reductions
        ],
        "private": [ranges.array for ranges in nest.dependences.private],
        "assumptions": [
            {"kind": a.kind.value, "condition": a.condition, "reason": a.reason} for a in scop.assumptions
        ],
    }


def _section(name: str, rows: Iterator[str], empty: str = "") -> list[str]:
    texts = list(rows) or ([empty] if empty else [])
    return [f"  {name}", *(f"    {text}" for text in texts)] if texts else []


def _statement_line(statement: Statement) -> str:
    return f"{statement.name}  {_loops(statement)}  line {statement.span.line}: {' '.join(statement.text.split())}"


def _loops(statement: Statement) -> str:
    names = ", ".join(
        f"{statement.name}@{depth} = {counter.source_name}" for depth, counter in enumerate(statement.counters)
    )
    return f"[{names}]"


def _edge_line(edge: Edge) -> str:
    return f"{edge}{', private' if edge.private else ''}{', in any order' if edge.commutes else ''}"


def _reduction_line(reduction: Reduction, nest: Nest) -> str:
    order = "in any order" if reduction.exact else "order kept: rounding depends on it"
    if any(each.commutes and each.array == reduction.array for each in nest.dependences.ordered):
        order = "in any order" if reduction.exact else "in any order: rounding may change"
    return f"{reduction.statement} accumulates into {reduction.array} by {reduction.operator}, {order}"


def _statement_as_json(statement: Statement) -> Json:
    return {
        "name": statement.name,
        "text": statement.text,
        "span": span_as_json(statement.span),
        "loops": [counter.source_name for counter in statement.counters],
        "domain": str(statement.domain),
    }


def _edge_as_json(edge: Edge) -> Json:
    return {
        "kind": edge.kind,
        "array": edge.array,
        "source": edge.source,
        "sink": edge.sink,
        "distance": list(edge.distance),
        "private": edge.private,
        "commutes": edge.commutes,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

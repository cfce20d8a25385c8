"""The identity of a loop tree as text, for removing duplicates in the search. Not meant to be read back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from optimizer.codegen.affine import (
    Affine,
    Atom,
    Choice,
    Compare,
    Condition,
    FloorDiv,
    Greatest,
    Junction,
    Least,
    ParameterValue,
    Remainder,
    Variable,
    single,
    substitute,
    substitute_condition,
)
from optimizer.codegen.looptree import For, If, Instance, Let, LoopTree, Node, Pack


def canonical_text(tree: LoopTree) -> str:
    """A text that is equal for two trees exactly if they generate the same loops, whatever the variables are called."""
    return "\n".join(_lines(tree.body, {}, 0))


def _lines(body: tuple[Node, ...], names: Mapping[str, Affine], depth: int) -> Iterator[str]:
    pad = " " * depth
    for node in body:
        match node:
            case Instance(statement=statement, counters=counters):
                yield f"{pad}{statement}({', '.join(show(substitute(c, names)) for c in counters)})"
            case For():
                bounds = f"{show(substitute(node.start, names))} .. {show(substitute(node.stop, names))} by {node.step}"
                flags = [name for name in ("parallel", "unroll", "vector") if getattr(node, name)]
                yield " ".join([f"{pad}for c{depth} = {bounds}", *flags])
                yield from _lines(node.body, _bind(names, node.variable, depth), depth + 1)
            case Let(variable=variable, value=value, body=inner):
                yield f"{pad}let c{depth} = {show(substitute(value, names))}"
                yield from _lines(inner, _bind(names, variable, depth), depth + 1)
            case If(condition=condition, then=then, otherwise=otherwise):
                yield f"{pad}if {show_condition(substitute_condition(condition, names))}"
                yield from _lines(then, names, depth + 1)
                if otherwise:
                    yield f"{pad}else"
                    yield from _lines(otherwise, names, depth + 1)
            case Pack(buffer=buffer, corner=corner, body=inner):
                spans = show_all(buffer.spans)
                first = show_all(substitute(index, names) for index in corner)
                yield f"{pad}pack {buffer.name} of {buffer.array}: {spans} from {first}"
                readers = ((s, show_all(subscripts)) for (s, _), subscripts in buffer.readers)
                yield from (f"{pad}read by {statement}: {subscripts}" for statement, subscripts in readers)
                yield from _lines(inner, names, depth + 1)
            case _:
                assert_never(node)


def _bind(names: Mapping[str, Affine], variable: str, depth: int) -> dict[str, Affine]:
    return {**names, variable: single(Variable(f"c{depth}"))}


def show(value: Affine) -> str:
    """`value` as a compact, unambiguous text."""
    parts = [_show_atom(atom) if factor == 1 else f"{factor}*{_show_atom(atom)}" for atom, factor in value.terms]
    if value.constant or not parts:
        parts.append(str(value.constant))
    return " + ".join(parts)


def show_all(values: Iterable[Affine]) -> str:
    """`values` as a compact, unambiguous text."""
    return ", ".join(map(show, values))


def show_condition(condition: Condition) -> str:
    """`condition` as a compact, unambiguous text."""
    match condition:
        case Compare(op=op, left=left, right=right):
            return f"({show(left)} {op} {show(right)})"
        case Junction(op=op, parts=parts):
            return f"({f' {op} '.join(map(show_condition, parts))})" if parts else str(int(op == "&&"))
        case _:
            assert_never(condition)


def _show_atom(atom: Atom) -> str:
    match atom:
        case Variable(name=name) | ParameterValue(name=name):
            return name
        case FloorDiv(dividend=dividend, divisor=divisor):
            return f"floor(({show(dividend)}) / {divisor})"
        case Remainder(dividend=dividend, divisor=divisor):
            return f"rem({show(dividend)}, {divisor})"
        case Least(values=values):
            return f"min({', '.join(map(show, values))})"
        case Greatest(values=values):
            return f"max({', '.join(map(show, values))})"
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return f"({show_condition(condition)} ? {show(then)} : {show(otherwise)})"
        case _:
            assert_never(atom)

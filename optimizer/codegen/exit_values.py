"""Assigns the counters that are used after the nest the values that the original leaves in them."""

from collections.abc import Iterator

import islpy as isl

from optimizer.codegen.affine import TRUE
from optimizer.codegen.build import Reader
from optimizer.codegen.integers import Integers
from optimizer.codegen.statements import INDENT
from optimizer.ir.scop import Scop


def exit_assignments(scop: Scop, integers: Integers) -> Iterator[str]:
    """The C statements that set the exit values of `scop`; a counter keeps its value where none is given."""
    build = isl.AstBuild.from_context(scop.context)
    reader = Reader.for_scop(scop)
    for exit_value in scop.exit_values:
        value = exit_value.value.intersect_params(scop.context).coalesce()
        if value.is_empty():
            continue
        condition = reader.condition(build.expr_from_set(value.domain().params()))
        assignment = f"{exit_value.text} = {integers.value(reader.value(build.expr_from_pw_aff(value))).code};"
        if condition == TRUE:
            yield assignment
        else:
            yield f"if ({integers.condition(condition).code}) {{"
            yield INDENT + assignment
            yield "}"

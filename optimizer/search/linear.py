"""Access functions as numbers: what the static model needs of the polyhedral relations."""

from collections.abc import Mapping
from dataclasses import dataclass

import islpy as isl

from optimizer.ir.scop import Access, Scop, Statement
from optimizer.search.sizes import at_sizes


@dataclass(frozen=True, slots=True)
class LinearForm:
    """constant + sum of coefficients[d] * counter d; divisions are left out, which only blurs an estimate."""

    coefficients: tuple[float, ...]
    constant: float


@dataclass(frozen=True, slots=True)
class NumericAccess:
    """An access with its subscripts at concrete sizes; `subscripts` is None for one that may touch anything."""

    array: str
    element_bytes: int
    subscripts: tuple[LinearForm, ...] | None
    is_write: bool


def numeric_accesses(scop: Scop, statement: Statement, sizes: Mapping[str, int]) -> tuple[NumericAccess, ...]:
    """The accesses of `statement` at parameter values `sizes`, repeated references once."""
    found: dict[NumericAccess, None] = {}
    for access in statement.accesses:
        element = scop.array(access.array).element
        forms = _subscripts(access, sizes)
        found[NumericAccess(access.array, element.size, forms, access.kind.value != "read")] = None
    return tuple(found)


def _subscripts(access: Access, sizes: Mapping[str, int]) -> tuple[LinearForm, ...] | None:
    relation = at_sizes(access.relation.wrap(), sizes).unwrap()
    if relation.is_empty() or not relation.is_single_valued():
        return None
    pieces: list[isl.MultiAff] = []
    isl.PwMultiAff.from_map(relation).foreach_piece(lambda _, value: pieces.append(value))
    return tuple(_linear(pieces[0].get_at(index), sizes) for index in range(pieces[0].dim(isl.dim_type.out)))


def _linear(aff: isl.Aff, sizes: Mapping[str, int]) -> LinearForm:
    constant = _number(aff.get_constant_val())
    for index in range(aff.dim(isl.dim_type.param)):
        name = aff.get_dim_name(isl.dim_type.param, index) or ""
        constant += _number(aff.get_coefficient_val(isl.dim_type.param, index)) * sizes[name]
    count = aff.dim(isl.dim_type.in_)
    return LinearForm(
        tuple(_number(aff.get_coefficient_val(isl.dim_type.in_, index)) for index in range(count)), constant
    )


def _number(value: isl.Val) -> float:
    return float(value.get_num_si()) / float(value.get_den_val().get_num_si())

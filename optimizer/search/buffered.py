"""What statements touch where some of their references go to a buffer."""

from optimizer.codegen.affine import Affine, Variable
from optimizer.codegen.looptree import Buffer
from optimizer.ir.scop import Statement
from optimizer.search.linear import LinearForm, NumericAccess


def buffered_accesses(
    accesses: tuple[NumericAccess, ...], statement: Statement, buffer: Buffer
) -> tuple[NumericAccess, ...]:
    """`accesses` of `statement` where those that `buffer` serves go to it."""
    served: dict[tuple[tuple[float, ...], ...], tuple[LinearForm, ...]] = {}
    for (name, _), subscripts in buffer.readers:
        if name == statement.name:
            forms = tuple(_form(subscript, statement) for subscript in subscripts)
            served[_shape(tuple(forms[buffer.order.index(d)] for d in range(len(forms))))] = forms
    return tuple(
        NumericAccess(buffer.name, access.element_bytes, served[_shape(access.subscripts)], is_write=False)
        if access.subscripts is not None
        and access.array == buffer.array
        and not access.is_write
        and _shape(access.subscripts) in served
        else access
        for access in accesses
    )


def copy_accesses(buffer: Buffer) -> tuple[NumericAccess, ...]:
    """What a copy of one element into `buffer` touches."""
    rank = len(buffer.order)
    along = tuple(LinearForm(tuple(float(c == d) for c in range(rank)), 0.0) for d in range(rank))
    size = buffer.element.size
    return (
        NumericAccess(buffer.array, size, along, is_write=False),
        NumericAccess(buffer.name, size, tuple(along[d] for d in buffer.order), is_write=True),
    )


def _shape(forms: tuple[LinearForm, ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(form.coefficients for form in forms)


def _form(value: Affine, statement: Statement) -> LinearForm:
    factors = {atom.name: factor for atom, factor in value.terms if isinstance(atom, Variable)}
    return LinearForm(tuple(float(factors.get(c.name, 0)) for c in statement.counters), float(value.constant))

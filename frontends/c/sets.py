"""isl sets and functions over named parameters. While a nest is raised, its counters are parameters too."""

from collections.abc import Iterable, Mapping, Sequence

import islpy as isl

from frontends.c.polynomial import Polynomial

CONTEXT = isl.DEFAULT_CONTEXT

# words that isl's own parser takes, in any case
RESERVED = frozenset(
    [
        "and",
        "or",
        "not",
        "exists",
        "implies",
        "min",
        "max",
        "floor",
        "ceil",
        "floord",
        "ceild",
        "mod",
        "true",
        "false",
        "infty",
        "infinity",
        "nan",
        "rat",
        "int",
    ]
)


def universe() -> isl.Set:
    """All values of all parameters."""
    return isl.Set.universe(isl.Space.params_alloc(CONTEXT, 0))


def empty() -> isl.Set:
    """No values at all."""
    return isl.Set.empty(isl.Space.params_alloc(CONTEXT, 0))


def integer(value: int) -> isl.Val:
    """`value` for isl, of any size."""
    return isl.Val(str(value))


def linear(terms: Mapping[str, int], constant: int = 0) -> isl.PwAff:
    """The function `sum(terms[name] * name) + constant`."""
    space = isl.Space.create_from_names(CONTEXT, set=[], params=list(terms)).params()
    function = isl.Aff.zero_on_domain(isl.LocalSpace.from_space(space)).set_constant_val(integer(constant))
    for position, coefficient in enumerate(terms.values()):
        function = function.set_coefficient_val(isl.dim_type.param, position, integer(coefficient))
    return isl.PwAff.from_aff(function)


def atom(name: str) -> isl.PwAff:
    """The value of the parameter `name`."""
    return linear({name: 1})


def between(low: int, name: str, high: int) -> isl.Set:
    """The points with low <= name <= high."""
    value = atom(name)
    return value.ge_set(linear({}, low)).intersect(value.le_set(linear({}, high)))


def substitute(polynomial: Polynomial, definitions: Mapping[str, isl.PwAff]) -> isl.PwAff:
    """The value of an affine polynomial; atoms with a definition stand for that function."""
    assert polynomial.degree <= 1
    plain = {m[0]: c for m, c in polynomial.terms.items() if m and m[0] not in definitions}
    result = linear(plain, polynomial.terms.get((), 0))
    for monomial, coefficient in polynomial.terms.items():
        if monomial and monomial[0] in definitions:
            result = result.add(definitions[monomial[0]].scale_val(integer(coefficient)))
    return result


def names_of(part: isl.Set | isl.PwAff) -> frozenset[str]:
    """The parameters that the description of `part` really uses."""
    used: set[str] = set()
    for position in range(part.dim(isl.dim_type.param)):
        if part.involves_dims(isl.dim_type.param, position, 1):
            used.add(part.get_dim_name(isl.dim_type.param, position) or "")
    return frozenset(used)


def without(part: isl.Set, names: Iterable[str]) -> isl.Set:
    """The projection of `part` that forgets the parameters `names`."""
    for name in names:
        position = part.find_dim_by_name(isl.dim_type.param, name)
        if position >= 0:
            part = part.project_out(isl.dim_type.param, position, 1)
    return part


def shifted(part: isl.Set, name: str, distance: int) -> isl.Set:
    """The points of `part` with `distance` added to the parameter `name`."""
    moved = atom("__moved").eq_set(linear({name: 1}, distance))
    return renamed(without(part.intersect(moved), [name]), "__moved", name)


def renamed(part: isl.Set, old: str, new: str) -> isl.Set:
    """`part` with the parameter `old` called `new`."""
    position = part.find_dim_by_name(isl.dim_type.param, old)
    return part.set_dim_name(isl.dim_type.param, position, new) if position >= 0 else part


def first(part: isl.Set, name: str, *, ascending: bool) -> isl.Set:
    """The points of `part` whose `name` is the least (greatest if not `ascending`) for the other parameters."""
    position = part.find_dim_by_name(isl.dim_type.param, name)
    if position < 0:
        return part
    moved = isl.Set.from_params(part).move_dims(isl.dim_type.set, 0, isl.dim_type.param, position, 1)
    moved = moved.lexmin() if ascending else moved.lexmax()
    count = moved.dim(isl.dim_type.param)
    moved = moved.move_dims(isl.dim_type.param, count, isl.dim_type.set, 0, 1)
    return moved.set_dim_name(isl.dim_type.param, count, name).params()


def instances(part: isl.Set, statement: str, counters: Sequence[str]) -> isl.Set:
    """The statement's domain: the parameters `counters` become its dimensions."""
    result = isl.Set.from_params(part)
    for index, name in enumerate(counters):
        position = result.find_dim_by_name(isl.dim_type.param, name)
        if position < 0:
            result = result.insert_dims(isl.dim_type.set, index, 1).set_dim_name(isl.dim_type.set, index, name)
        else:
            result = result.move_dims(isl.dim_type.set, index, isl.dim_type.param, position, 1)
    return result.set_tuple_name(statement)


def relation(
    part: isl.Set, statement: tuple[str, Sequence[str]], array: str, subscripts: Sequence[isl.PwAff | None]
) -> isl.Map:
    """{ statement[counters] -> array[subscripts] } within `part`; a subscript None stands for every value."""
    outs = [f"__sub{index}" for index in range(len(subscripts))]
    for name, subscript in zip(outs, subscripts, strict=True):
        if subscript is not None:
            part = part.intersect(atom(name).eq_set(subscript))
    result = isl.Map.from_domain(isl.Set.from_params(part))
    for kind, names in ((isl.dim_type.in_, statement[1]), (isl.dim_type.out, outs)):
        for index, name in enumerate(names):
            position = result.find_dim_by_name(isl.dim_type.param, name)
            if position < 0:
                result = result.insert_dims(kind, index, 1)
            else:
                result = result.move_dims(kind, index, isl.dim_type.param, position, 1)
            if kind == isl.dim_type.in_:
                result = result.set_dim_name(kind, index, name)
    for index in range(len(outs)):
        result = result.set_dim_name(isl.dim_type.out, index, f"x{index}")
    return result.set_tuple_name(isl.dim_type.in_, statement[0]).set_tuple_name(isl.dim_type.out, array).coalesce()


def bounded(part: isl.Map, index: int, size: isl.PwAff) -> isl.Map:
    """The pairs of `part` whose output dimension `index` lies in [0, size)."""
    name = "__bounded"
    inside = atom(name).ge_set(linear({})).intersect(atom(name).lt_set(size))
    limits = isl.Map.from_range(isl.Set.from_params(inside))
    position = limits.find_dim_by_name(isl.dim_type.param, name)
    limits = limits.move_dims(isl.dim_type.out, 0, isl.dim_type.param, position, 1)
    limits = limits.insert_dims(isl.dim_type.out, 1, part.dim(isl.dim_type.out) - index - 1)
    limits = limits.insert_dims(isl.dim_type.out, 0, index)
    outputs = limits.range().set_tuple_name(part.get_tuple_name(isl.dim_type.out) or "")
    return part.intersect_range(outputs)

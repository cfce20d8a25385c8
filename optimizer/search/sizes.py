"""Parameter values for the static model and for calling a lone function: as large as bounds, time and memory allow."""

from collections.abc import Mapping

import islpy as isl

from optimizer.ir.scop import Scop

DEFAULT_SIZE = 1024
CANDIDATE_SIZES = (4000, 2000, 1500, 1024, 768, 512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)

Sizes = dict[str, int]


def sizes_near(context: isl.Set, given: Mapping[str, int], wanted: int) -> Sizes | None:
    """A value for each parameter of `context`: the given one, else the value nearest to `wanted` that the context
    allows together with the others. None if the given values contradict the context.
    """
    names = [context.get_dim_name(isl.dim_type.param, i) or "" for i in range(context.dim(isl.dim_type.param))]
    for index, name in enumerate(names):
        if name in given:
            context = context.fix_val(isl.dim_type.param, index, isl.Val.int_from_si(context.get_ctx(), given[name]))
    if context.is_empty():
        return None
    sizes: Sizes = {}
    for index, name in enumerate(names):
        value = _nearest(context, index, wanted)
        sizes[name] = value
        context = context.fix_val(isl.dim_type.param, index, isl.Val.int_from_si(context.get_ctx(), value))
    return sizes


def _nearest(context: isl.Set, index: int, wanted: int) -> int:
    count = context.dim(isl.dim_type.param)
    line = context.params().from_params().move_dims(isl.dim_type.set, 0, isl.dim_type.param, 0, count)
    line = line.project_out(isl.dim_type.set, index + 1, count - index - 1).project_out(isl.dim_type.set, 0, index)
    at = isl.Val.int_from_si(context.get_ctx(), wanted)
    below = line.upper_bound_val(isl.dim_type.set, 0, at)
    nearest = below.lexmax() if not below.is_empty() else line.lexmin()
    value: int = nearest.sample_point().get_coordinate_val(isl.dim_type.set, 0).to_python()
    return value


def at_sizes(part: isl.Set, sizes: Mapping[str, int]) -> isl.Set:
    """`part` with its parameters fixed to `sizes`."""
    for index in range(part.dim(isl.dim_type.param)):
        value = sizes[part.get_dim_name(isl.dim_type.param, index) or ""]
        part = part.fix_val(isl.dim_type.param, index, isl.Val.int_from_si(part.get_ctx(), value))
    return part


def box_instances(scop: Scop, sizes: Mapping[str, int]) -> float:
    """An upper bound on the executed statement instances: the volumes of the bounding boxes of the domains."""
    total = 0.0
    for statement in scop.statements:
        domain = at_sizes(statement.domain.intersect_params(scop.context), sizes)
        volume = 0.0 if domain.is_empty() else 1.0
        for dimension in range(domain.dim(isl.dim_type.set) if volume else 0):
            low, high = domain.dim_min_val(dimension), domain.dim_max_val(dimension)
            volume *= high.to_python() - low.to_python() + 1
        total += volume
    return total


def largest_sizes(scop: Scop, given: Mapping[str, int], instances: float) -> Sizes | None:
    """The largest of a few sizes at which the nest executes at most `instances` statement instances.

    None if `given` contradicts what the nest assumes.
    """
    for wanted in CANDIDATE_SIZES:
        sizes = sizes_near(scop.context, given, wanted)
        if sizes is None:
            return None
        if box_instances(scop, sizes) <= instances or wanted == CANDIDATE_SIZES[-1]:
            return sizes
    return None

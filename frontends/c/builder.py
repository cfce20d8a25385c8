"""A run of statements of a function -> a Scop."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import islpy as isl

from frontends.c import sets
from frontends.c.arrays import AccessRecord, ArrayInfo
from frontends.c.conditions import c_condition
from frontends.c.exits import exit_value
from frontends.c.headers import changes_of, header_of
from frontends.c.liveness import Region, is_dead_after, is_killed_first
from frontends.c.locate import Locator
from frontends.c.lowering import POINTER_TYPE
from frontends.c.model import MAX_PIECES, Model, Options, ParameterInfo, is_postfix
from frontends.c.polynomial import Polynomial
from frontends.c.raising import Draft, Raiser
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.shapes import Shape, require_extents, require_products, shape_of
from frontends.c.syntax import Declaration, Expr, For, FunctionDef, Name, Stmt, Variable
from frontends.c.traversal import effects_of, has_loop, statements_in, walk
from optimizer.ir.order import Node, original_schedule
from optimizer.ir.scop import (
    Access,
    AccessKind,
    Array,
    Assumption,
    AssumptionKind,
    Counter,
    ExitValue,
    Parameter,
    Scop,
    Statement,
    Storage,
)


@dataclass(frozen=True)
class Surroundings:
    """What a nest needs to know of its function and file."""

    function: FunctionDef
    locator: Locator
    identifiers: frozenset[str]
    options: Options
    constants: Mapping[Variable, int]
    assigned: Mapping[Variable, Sequence[Expr]]
    pure: Callable[[Variable], bool]


def build_scop(around: Surroundings, run: Sequence[Stmt], following: Sequence[Stmt], name: str) -> Scop:
    """The model of the statements `run`; raises Refusal if they cannot be modelled exactly."""
    first, last = run[0].first, run[-1].last
    exact = around.locator.exact(first, last)
    if exact is None:
        raise Refusal("LW126", "a macro or #if produces a part of this nest", first, "expand the macro around the loop")
    for statement in run:
        if isinstance(statement, Declaration) and any(use >= last for v in statement.variables for use in v.uses):
            raise Refusal("LW123", "a variable is declared in the nest and used behind it", statement.first)
    effects = effects_of(run)
    model = Model(effects, around.options, dict(around.constants))
    model.joined = sum(has_loop(s) for s in run) > 1
    _check_names(model, run)
    raiser = Raiser(model)
    raiser.lowering.pure = around.pure
    nodes = raiser.run(run)
    if not raiser.drafts or not nodes:
        raise Refusal("LW135", "the nest does nothing", first, "delete it")
    _add_memory_parameters(raiser)
    _check_extents_fixed(around, raiser, first)
    shapes = [(a, shape_of(model, raiser.evaluator, a)) for a in raiser.arrays.arrays.values() if a.accesses]
    model.require(sets.universe(), raiser.evaluator.take_obligations())
    for array, shape in shapes:
        require_extents(model, array, shape)
    require_products(model, shapes)
    early = _evaluated_pointers(model, raiser.arrays.arrays.values(), first)
    region = Region(around.function, first, last)
    return _assemble(around, raiser, nodes, shapes, (name, region, following, early))


# Checks --------------------------------------------------------------------------------------------------------------
def _check_names(model: Model, run: Sequence[Stmt]) -> None:
    headers: set[int] = set()
    for statement in statements_in(run):
        if isinstance(statement, For):
            header = header_of(statement)
            model.counters.add(header.counter)
            headers.update(id(part) for part in changes_of(statement))
    effects = model.effects
    for counter in model.counters:
        for change in effects.assigned.get(counter, ()):
            if id(change) not in headers:
                raise Refusal("LW120", f"'{counter.name}' is a counter and is assigned elsewhere", change.at)
    known: dict[str, Variable] = {}
    for variable in sorted(effects.named | effects.declared | model.counters, key=lambda v: v.at):
        other = known.setdefault(variable.name, variable)
        if other is variable:
            continue
        counters = other in model.counters and variable in model.counters
        declared = {other, variable} <= effects.declared and not {other, variable} & model.counters
        if not counters and not declared:
            raise Refusal("LW134", f"two variables are called '{variable.name}'", variable.at, "rename one of them")


def _check_extents_fixed(around: Surroundings, raiser: Raiser, at: int) -> None:
    """Raises Refusal if a variable in a declared extent may have changed since the declaration."""
    for array in raiser.arrays.arrays.values():
        names = [p for e in array.extents if e is not None for p in walk(e) if isinstance(p, Name)]
        for name in names:
            if name.variable is None or array.variable is None or name.variable in around.constants:
                continue
            declared = array.variable.at
            changed = any(change.at > declared for change in around.assigned.get(name.variable, ()))
            if changed or not name.variable.is_local:
                raise Refusal("LW130", f"'{name.text}', an extent of '{array.text}', may have changed since", at)


def _add_memory_parameters(raiser: Raiser) -> None:
    """Records reads of the parameters that live in memory which the nest might overwrite."""
    model = raiser.model
    for info in list(model.parameters.values()):
        if info.place is None:
            continue
        places = [p for p in (info.place, *info.place.through) if raiser.lowering.is_threatened(p)]
        for place in places:
            array = raiser.arrays.of(place) if place is info.place else raiser.arrays.pointer(place, POINTER_TYPE)
            try:
                subscripts = tuple(raiser.evaluator.observed(s) for s in place.subscripts)
            except NotAffine as error:
                raise Refusal("LW132", f"'{info.text}' cannot be checked against overlap", error.at) from None
            for index, draft in enumerate(raiser.drafts):
                array.accesses.append(AccessRecord(AccessKind.READ, index, draft.domain, subscripts, draft.first))


def _evaluated_pointers(model: Model, arrays: Iterable[ArrayInfo], at: int) -> list[tuple[Variable, Assumption | None]]:
    """The pointers that checks in front of the nest follow, in an order in which that is safe: each with the assumption
    under which the original follows it too, None if it always does. Raises Refusal if there is no such order.
    """
    pending = {p.place.variable for p in model.parameters.values() if p.place is not None and p.place.dereferences}
    for array in arrays:
        pending |= {p.variable for p in (array.place.through if array.place else ()) if p.dereferences}
    found: list[tuple[Variable, Assumption | None]] = []
    while pending:
        ready = [(v, n) for v in sorted(pending, key=lambda v: v.at) if (n := _needed(model, v, pending)) is not None]
        if not ready:
            name = min(v.name for v in pending)
            reason = f"'{name}' may not be readable in front of the nest"
            raise Refusal("LW132", reason, at, "copy what it points to into a local variable first")
        variable, needed = ready[0]
        pending.discard(variable)
        if needed.plain_is_universe():
            found.append((variable, None))
            continue
        condition = c_condition(needed, sets.universe(), model.texts())
        reason = f"'{variable.name}' is only read if the loops run"
        found.append((variable, Assumption(AssumptionKind.POSITIVE, condition, reason)))
        model.context = model.context.intersect(needed)
    return found


def _needed(model: Model, variable: Variable, unsafe: set[Variable]) -> isl.Set | None:
    """Where the original certainly follows the pointer `variable`; None if safe parameters do not tell."""
    site = model.sites.get(variable)
    if site is None:
        return None
    parameters = {p.name for p in model.parameters.values()}
    reached = sets.without(site, sorted(sets.names_of(site) - parameters)).coalesce()
    if reached.is_empty():
        return None
    needed = reached.gist(model.context.intersect(model.types())).coalesce()
    blocked = {
        p.name
        for p in model.parameters.values()
        if p.place is not None and p.place.dereferences and p.place.variable in unsafe
    }
    return None if sets.names_of(needed) & blocked or needed.n_basic_set() > MAX_PIECES else needed


# Assembly ------------------------------------------------------------------------------------------------------------
def _assemble(
    around: Surroundings,
    raiser: Raiser,
    nodes: tuple[Node, ...],
    shapes: Sequence[tuple[ArrayInfo, Shape]],
    place: tuple[str, Region, Sequence[Stmt], list[tuple[Variable, Assumption | None]]],
) -> Scop:
    name, region, following, early = place
    model = raiser.model
    statements = tuple(_statement(around, model, index, draft, shapes) for index, draft in enumerate(raiser.drafts))
    domains = {s.name: s.domain for s in statements}
    exits = _exit_values(raiser, region)
    infos = list(model.parameters.values())
    return Scop(
        name=name,
        function=around.function.variable.name,
        parameters=tuple(Parameter(p.name, p.text, p.ctype) for p in infos),
        context=_with_parameters(model.context, infos),
        arrays=tuple(_array(array, shape, region, following) for array, shape in shapes),
        statements=statements,
        schedule=original_schedule(nodes, domains),
        span=around.locator.span(region.first, region.last),
        assumptions=_ordered(model, early, infos),
        exit_values=exits,
        identifiers=around.identifiers,
        types_alias=not model.options.strict_aliasing,
    )


def _with_parameters(context: isl.Set, infos: Sequence[ParameterInfo]) -> isl.Set:
    names = [p.name for p in infos]
    space = isl.Space.create_from_names(sets.CONTEXT, set=[], params=names).params()
    return context.align_params(space) if names else context


def _ordered(
    model: Model, early: Sequence[tuple[Variable, Assumption | None]], infos: Sequence[ParameterInfo]
) -> tuple[Assumption, ...]:
    """The assumptions in an order in which each condition is safe to evaluate."""
    ordered = _ranges(p for p in infos if p.place is None or not p.place.dereferences)
    for variable, assumption in early:
        ordered += [assumption] if assumption is not None else []
        ordered += _ranges(p for p in infos if p.place and p.place.dereferences and p.place.variable is variable)
    found: dict[str, Assumption] = {}
    for assumption in (*ordered, *model.assumptions):
        found.setdefault(assumption.condition, assumption)
    return tuple(found.values())


def _ranges(infos: Iterable[ParameterInfo]) -> list[Assumption]:
    conditions = [(p, _range_condition(p)) for p in infos]
    return [
        Assumption(AssumptionKind.RANGE, condition, f"'{p.text}' would be too large to count with")
        for p, condition in conditions
        if condition
    ]


def _range_condition(info: ParameterInfo) -> str:
    """The C condition that a 64-bit parameter stays within its limits; '' if its type says so."""
    if info.ctype.size < 8:
        return ""
    if info.text.startswith("(long)"):
        return ""
    text = info.text if is_postfix(info.text) else f"({info.text})"
    if info.ctype.signed:
        return f"{text} >= {info.low}L && {text} <= {info.high}L"
    return f"{text} <= {info.high}UL"


def _statement(
    around: Surroundings, model: Model, index: int, draft: Draft, shapes: Sequence[tuple[ArrayInfo, Shape]]
) -> Statement:
    name = f"S{index}"
    counters = tuple(f.name for f in draft.frames)
    accesses: list[Access] = []
    for array, shape in shapes:
        for record, subscripts in zip(array.accesses, shape.subscripts, strict=True):
            if record.statement != index:
                continue
            relation = _relation(model, record, (name, counters), array, (shape, subscripts))
            accesses.append(Access(record.kind, array.name, relation, around.locator.token(record.at)))
    return Statement(
        name=name,
        counters=tuple(Counter(f.name, f.ctype, f.variable.name) for f in draft.frames),
        domain=sets.instances(draft.domain, name, counters),
        body=draft.body,
        accesses=tuple(accesses),
        span=around.locator.span(draft.first, draft.last),
        text=around.locator.text(draft.first, draft.last),
    )


def _relation(
    model: Model,
    record: AccessRecord,
    statement: tuple[str, tuple[str, ...]],
    array: ArrayInfo,
    place: tuple[Shape, tuple[Polynomial, ...] | None],
) -> isl.Map:
    shape, subscripts = place
    if subscripts is not None:
        return sets.relation(record.domain, statement, array.name, [model.function(s) for s in subscripts])
    whole = sets.relation(record.domain, statement, array.name, [None] * len(shape.extents))
    for index, size in enumerate(shape.sizes):
        if size is not None:
            whole = sets.bounded(whole, index, model.function(size))
    return whole


def _array(array: ArrayInfo, shape: Shape, region: Region, following: Sequence[Stmt]) -> Array:
    local = array.storage is Storage.LOCAL
    dead = False
    reachable = True
    variable = array.variable
    if variable is not None and not local and array.storage is Storage.OBJECT and array.text == variable.name:
        dead = not variable.escapes and (is_dead_after(region, variable) or is_killed_first(variable, following))
        reachable = not variable.is_local or variable.address_taken or variable.escapes
    extents = shape.extents
    return Array(
        name=array.name,
        text=array.text,
        element=array.element,
        extents=extents,
        storage=array.storage,
        c_rank=len(array.extents),
        live_in=not local,
        live_out=not local and not dead,
        is_reachable=reachable,
    )


def _exit_values(raiser: Raiser, region: Region) -> tuple[ExitValue, ...]:
    found: list[ExitValue] = []
    declared = raiser.model.effects.declared
    for variable in sorted(raiser.model.counters - declared, key=lambda v: v.at):
        if is_dead_after(region, variable):
            continue
        loops = [loop for loop in raiser.loops if loop.header.counter is variable]
        found.append(exit_value(variable, loops, raiser.model.context, {variable: variable.name}))
    return tuple(found)

"""Integer expressions that a nest does not change become parameters of its model."""

from frontends.c import sets
from frontends.c.model import Model, ParameterInfo
from frontends.c.places import Place, is_lvalue, scalar_place
from frontends.c.printing import c_text
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.syntax import Expr, Name, Number, Variable
from frontends.c.traversal import walk
from optimizer.ir.ctype import CType
from optimizer.ir.scop import Storage


def parameter_for(model: Model, expr: Expr) -> ParameterInfo:
    """The parameter that holds the value of the lvalue `expr`; raises NotAffine if the nest may change it."""
    if not is_lvalue(expr):
        raise NotAffine(f"'{c_text(expr)}' is not affine", expr.at, reads_memory=any(map(is_lvalue, walk(expr))))
    if isinstance(expr, Name) and expr.variable in model.effects.assigned:
        raise NotAffine(f"'{expr.text}' changes within the nest", expr.at, reads_memory=True, changes=True)
    place = scalar_place(expr)
    if not place.element.is_integer:
        raise NotAffine(f"'{c_text(expr)}' is no integer", expr.at, reads_memory=True)
    if not is_invariant(model, place):
        raise NotAffine(f"'{c_text(expr)}' is read from memory that varies", expr.at, reads_memory=True)
    text = c_text(expr)
    key = (id(place.variable), text)
    if key not in model.parameters:
        check_base(model, place, expr.at)
        in_memory = place.is_memory
        info = ParameterInfo(model.fresh(text), text, place.element, place if in_memory else None)
        model.parameters[key] = info
        if not info.ctype.signed:
            model.context = model.context.intersect(sets.atom(info.name).ge_set(sets.linear({}, 0)))
    model.touch(place, None)
    return model.parameters[key]


def is_invariant(model: Model, place: Place) -> bool:
    """True if the nest does not store to `place` by a name that shows it; overlap is the run-time check's business."""
    if _is_changed(model, place.variable):
        return False
    if any(not _is_fixed(model, s) for s in place.subscripts):
        return False
    parts = (*place.through, place)
    return not any(store.key == part.key for store in model.effects.stores for part in parts)


def check_base(model: Model, place: Place, at: int) -> None:
    """Raises Refusal if the nest changes a pointer on the way to `place`."""
    pointers = place.through or ((place,) if place.dereferences else ())
    for pointer in pointers:
        stored = any(store.key == pointer.key and store is not place for store in model.effects.stores if place.through)
        if _is_changed(model, pointer.variable) or stored:
            raise Refusal(
                "LW121", f"the pointer '{pointer.text}' changes within the nest", at, "index one array instead"
            )


def _is_changed(model: Model, variable: Variable) -> bool:
    return variable in model.effects.assigned or variable in model.effects.declared


def _is_fixed(model: Model, expr: Expr) -> bool:
    """True if a subscript has one value throughout the nest."""
    for part in walk(expr):
        if isinstance(part, Name):
            if part.variable is None or _is_changed(model, part.variable) or not part.variable.is_local:
                return False
        elif not isinstance(part, Number):
            return False
    return True


def may_alias(model: Model, store: tuple[CType | None, Storage], read: tuple[CType | None, bool]) -> bool:
    """True if a store of a type through a storage may change memory read as a type; None stands for a pointer.

    `read[1]` is True if the memory is reached through a pointer.
    """
    stored, storage = store
    value, through_pointer = read
    if storage in (Storage.RESTRICT, Storage.LOCAL) or (storage is Storage.OBJECT and not through_pointer):
        return False
    if not model.options.strict_aliasing:
        return True
    if any(t is not None and t.is_integer and t.size == 1 and t.name != "_Bool" for t in (stored, value)):
        return True
    if stored is None or value is None:
        return stored is value
    return stored == value or (stored.is_integer and value.is_integer and stored.rank == value.rank)

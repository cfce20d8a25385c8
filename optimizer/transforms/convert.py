"""isl schedule tree -> `Tree` -> isl schedule tree."""

from collections.abc import Mapping
from collections.abc import Sequence as Sequence_

import islpy as isl

from optimizer.transforms.fullness import is_isolated, isolate_option
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, sequence, statements

_NODE = isl.schedule_node_type


def read_tree(schedule: isl.Schedule) -> Tree | None:
    """The loops, sequences and leaves of `schedule`, without statements that never run; None if none ever does.

    Unordered children (`set`) come out in textual order.
    """
    domains = {name: part for name, part in _by_name(schedule.get_domain()).items() if not part.is_empty()}
    return _read(schedule.get_root(), domains) if domains else None


def _by_name(domain: isl.UnionSet) -> dict[str, isl.Set]:
    parts: list[isl.Set] = []
    domain.foreach_set(parts.append)
    return {part.get_tuple_name() or "": part for part in sorted(parts, key=lambda part: part.get_tuple_name() or "")}


def _read(node: isl.ScheduleNode, domains: Mapping[str, isl.Set], marks: tuple[str, ...] = ()) -> Tree:
    match node.get_type():
        case _NODE.domain:
            return _read(node.child(0), domains)
        case _NODE.filter:
            return _read(node.child(0), _filtered(node, domains))
        case _NODE.mark:
            return _read(node.child(0), domains, (*marks, node.mark_get_id().get_name() or ""))
        case _NODE.band:
            return _read_band(node, domains, marks)
        case _NODE.sequence | _NODE.set:
            filters = [node.child(i) for i in range(node.n_children())]
            children = [_read(child, domains) for child in filters if _filtered(child, domains)]
            if node.get_type() == _NODE.set:
                children.sort(key=lambda child: min(map(_textual, statements(child))))
            return sequence(children)
        case _NODE.leaf:
            return sequence([Leaf(name, domains[name]) for name in sorted(domains, key=_textual)])
        case other:
            raise ValueError(f"schedule node {other} is not supported")


def _textual(statement: str) -> tuple[int, str]:
    """A key that sorts S2 before S10."""
    return len(statement), statement


def _filtered(node: isl.ScheduleNode, domains: Mapping[str, isl.Set]) -> dict[str, isl.Set]:
    """The instances of `domains` that pass the filter node `node`, statements without any left out."""
    kept = node.filter_get_filter()
    passing: dict[str, isl.Set] = {}
    for name, part in domains.items():
        instances = kept.intersect(isl.UnionSet.from_set(part)).extract_set(part.get_space())
        if not instances.is_empty():
            passing[name] = instances
    return passing


def _read_band(node: isl.ScheduleNode, domains: Mapping[str, isl.Set], marks: tuple[str, ...]) -> Tree:
    partial = node.band_get_partial_schedule()
    isolated = is_isolated(node.band_get_ast_build_options())
    permutable = bool(node.band_get_permutable())
    tree = _read(node.child(0), domains)
    for member in reversed(range(node.band_n_member())):
        pieces: list[isl.PwAff] = []
        partial.get_at(member).foreach_pw_aff(pieces.append)
        named = {piece.get_domain_space().get_tuple_name(isl.dim_type.set) or "": piece for piece in pieces}
        values = {name: named[name] for name in domains}
        is_last = member == node.band_n_member() - 1
        tree = Loop(
            values,
            tree,
            marks=marks if member == 0 else (),
            coincident=bool(node.band_member_get_coincident(member)),
            permutable=permutable and not is_last,
            isolated=isolated,
        )
    return tree


def write_tree(tree: Tree, context: isl.Set) -> isl.Schedule:
    """The isl schedule tree of `tree`; `context` is what is known of the parameters, used for isolated loops only."""
    root = _build(tree).get_root()
    return _decorate(root.child(0), tree, (), context).get_schedule()


def _build(tree: Tree) -> isl.Schedule:
    match tree:
        case Leaf(domain=domain):
            return isl.Schedule.from_domain(isl.UnionSet.from_set(domain))
        case Sequence(children=children):
            result = _build(children[0])
            for child in children[1:]:
                result = result.sequence(_build(child))
            return result
        case Loop():
            band, body = _band(tree)
            partial = isl.MultiUnionPwAff.from_union_pw_aff(_union(tree.values))
            for loop in band[1:]:
                partial = partial.flat_range_product(isl.MultiUnionPwAff.from_union_pw_aff(_union(loop.values)))
            return _build(body).insert_partial_schedule(partial)


def _union(values: Mapping[str, isl.PwAff]) -> isl.UnionPwAff:
    result: isl.UnionPwAff | None = None
    for value in values.values():
        piece = isl.UnionPwAff.from_pw_aff(value)
        result = piece if result is None else result.union_add(piece)
    assert result is not None
    return result


def _band(loop: Loop) -> tuple[list[Loop], Tree]:
    """The loops that share a band with `loop`, from it on, and what is inside."""
    band = [loop]
    while True:
        last = band[-1]
        inner = last.body
        if last.marks or last.isolated or not last.permutable or not isinstance(inner, Loop):
            return band, inner
        if inner.marks or inner.isolated:
            return band, inner
        band.append(inner)


def _decorate(
    node: isl.ScheduleNode, tree: Tree, outer: Sequence_[Loop], context: isl.Set
) -> isl.ScheduleNode:
    """`node`, which was built from `tree`, with the properties of its loops set; the same position."""
    match tree:
        case Leaf():
            return node
        case Sequence(children=children):
            for position, child in enumerate(children):
                node = _decorate(node.child(position).child(0), child, outer, context).parent().parent()
            return node
        case Loop():
            band, body = _band(tree)
            node = _decorate(node.child(0), body, (*outer, *band), context).parent()
            node = node.band_set_permutable(1 if len(band) > 1 else 0)
            for member, loop in enumerate(band):
                node = node.band_member_set_coincident(member, int(loop.coincident))
            option = isolate_option(tree, outer, context)
            if option is not None:
                node = node.band_set_ast_build_options(option)
            for mark in reversed(tree.marks):
                node = node.insert_mark(isl.Id(mark)).child(0)
            for _ in tree.marks:
                node = node.parent()
            return node

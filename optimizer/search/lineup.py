"""The order in which candidates are raced: the best of every recipe and of every kind of script before variations."""

from collections.abc import Hashable, Iterable, Sequence

from optimizer.search.explore import Candidate
from optimizer.transforms import parse_script


def lineup(ranked: Sequence[Candidate]) -> list[Candidate]:
    """All of `ranked` (best prediction first): the best of all, then one per recipe, then leaders of each kind of
    script in turns with what is predicted best of the rest.
    """
    recipes = _leaders(ranked, [candidate.recipe or None for candidate in ranked])
    kinds = _leaders(ranked, [_kind(candidate) for candidate in ranked])
    rest = [candidate for pair in zip(kinds, ranked, strict=False) for candidate in pair]
    order = [*ranked[:1], *recipes, *rest, *ranked]
    return list({candidate.script: candidate for candidate in order}.values())


def _kind(candidate: Candidate) -> Hashable:
    """Equal for scripts that differ only in numbers and loops."""
    return tuple(step.name for step in parse_script(candidate.script).steps)


def _leaders(ranked: Sequence[Candidate], groups: Iterable[Hashable]) -> list[Candidate]:
    """The first candidate of each group but None."""
    found: dict[Hashable, Candidate] = {}
    for candidate, group in zip(ranked, groups, strict=True):
        if group is not None:
            found.setdefault(group, candidate)
    return list(found.values())

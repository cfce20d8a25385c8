"""What a recipe may assume: the machine, the sizes of the run, and whether threads may be used."""

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.search.machine import Machine


@dataclass(frozen=True, slots=True)
class Setting:
    """`sizes` are the values of the parameters, by their names in isl."""

    machine: Machine
    sizes: Mapping[str, int]
    parallel: bool

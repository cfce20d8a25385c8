"""The stable codes of all diagnostics that no front end reports."""

from typing import Final

TITLES: Final[dict[str, str]] = {
    "LW190": "the dependences are too complex",
    "LW201": "the command reverses a dependence",
    "LW202": "the parallel loop carries a dependence",
    "LW203": "the command overwrites a private value before its last read",
    "LW204": "the command does not fit the loops",
    "LW205": "the command packs an element that is written before it is read",
    "LW301": "no code can be generated for the schedule",
    "LW401": "the optimized program computes something else",
    "LW402": "the optimized program does not compile",
    "LW403": "the program crashes",
    "LW404": "the program runs past its limit",
    "LW405": "nothing can be compared",
}

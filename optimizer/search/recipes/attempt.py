"""Scripts that grow step by step from one structure of a nest, each step proven legal when it is taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.loops import OuterNest, outer_nests
from optimizer.transforms import parse_script


@dataclass(frozen=True, slots=True)
class Attempt:
    """The legal `schedule` that `steps` lead to; further steps never change a value, they give a new attempt."""

    nest: Nest
    schedule: Schedule
    steps: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The script from the structure that the attempt began with."""
        return "; ".join(self.steps)

    @property
    def outers(self) -> tuple[OuterNest, ...]:
        """The outermost nests as they are now."""
        return outer_nests(self.schedule)

    def then(self, text: str) -> "Attempt | None":
        """The attempt after the steps of `text`; None if one of them is illegal or does not fit."""
        moved = apply_checked(parse_script(text), self.nest, self.schedule)
        return None if isinstance(moved, Rejected) else Attempt(self.nest, moved, (*self.steps, text))

    def first_of(self, texts: Iterable[str]) -> "Attempt":
        """The attempt after the first of `texts` that is legal; this one if none is."""
        for text in texts:
            if (moved := self.then(text)) is not None:
                return moved
        return self

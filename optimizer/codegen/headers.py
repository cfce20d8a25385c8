"""Headers of loops. Bounds that are minima or maxima get names in front of their loops."""

from dataclasses import dataclass

from optimizer.codegen import text
from optimizer.codegen.affine import (
    Affine,
    Choice,
    FloorDiv,
    Greatest,
    Least,
    Remainder,
    Variable,
    add,
    number,
    scale,
    single,
)
from optimizer.codegen.integers import Integers
from optimizer.codegen.names import fresh
from optimizer.codegen.statements import INDENT
from optimizer.codegen.text import Text


@dataclass(frozen=True, slots=True)
class Headers:
    """Prints the headers of loops and the values that they need; `taken` are the names in use."""

    integers: Integers
    taken: set[str]

    def named(self, value: Affine, name: str, lines: list[str]) -> Affine:
        """`value`, or a new variable that `lines` sets to it if it is more than a sum."""
        value = self.hoist(value, name, lines)
        if value.is_linear:
            return value
        name = self.fresh(name)
        lines.append(f"const long {name} = {self.integers.value(value).code};")
        return single(Variable(name))

    def header(self, variable: str, start: Affine, stop: Affine, step: int) -> str:
        """What stands in the parentheses of a `for`."""
        inclusive = stop.constant == 1
        limit = self.integers.value(add(stop, number(-1)) if inclusive else stop).at(text.SHIFT)
        increment = f"{variable}++" if step == 1 else f"{variable} += {step}"
        first = self.integers.value(start).code
        return f"long {variable} = {first}; {variable} {'<=' if inclusive else '<'} {limit}; {increment}"

    def hoist(self, value: Affine, name: str, lines: list[str]) -> Affine:
        """`value`, or a new variable that `lines` sets to it if it is not cheap and short in a loop header."""
        if all(_is_inline(atom) for atom, _ in value.terms):
            return value
        name = self.fresh(name)
        match value.terms:
            case ((Least(values=values), 1),) if not value.constant:
                self._hoist_extreme(name, "<", values, lines)
            case ((Greatest(values=values), 1),) if not value.constant:
                self._hoist_extreme(name, ">", values, lines)
            case _:
                plain = number(value.constant)
                for atom, factor in value.terms:
                    part = single(atom)
                    plain = add(plain, scale(self.hoist(part, name, lines) if len(value.terms) > 1 else part, factor))
                lines.append(f"const long {name} = {self.integers.value(plain).code};")
        return single(Variable(name))

    def _hoist_extreme(self, name: str, op: str, values: tuple[Affine, ...], lines: list[str]) -> None:
        parts = self.integers.comparable([self.hoist(value, name, lines) for value in values])
        if len(parts) == 2:
            chosen = text.select(text.binary(op, parts[0], parts[1]), parts[0], parts[1])
            lines.append(f"const long {name} = {chosen.code};")
            return
        lines.append(f"long {name} = {parts[0].code};")
        for part in parts[1:]:
            lines += [f"if ({text.binary(op, part, Text(name)).code})", f"{INDENT}{name} = {part.code};"]

    def fresh(self, base: str) -> str:
        """A name like `base` that is not in use; it is then."""
        name = fresh(base, self.taken)
        self.taken.add(name)
        return name


def _is_inline(atom: object) -> bool:
    """True if `atom` may stand in a loop header: cheap, and no longer than a division."""
    match atom:
        case Least() | Greatest() | Choice():
            return False
        case FloorDiv(dividend=dividend, truncates=truncates):
            return truncates and dividend.is_linear
        case Remainder(dividend=dividend):
            return dividend.is_linear
        case _:
            return True

"""The state of one nest while it is raised: counters, parameters, arrays, what is known and what had to be assumed."""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import islpy as isl

from frontends.c import sets
from frontends.c.conditions import c_condition
from frontends.c.places import Place
from frontends.c.polynomial import Polynomial
from frontends.c.refusal import Refusal
from frontends.c.syntax import Expr, Variable
from frontends.c.traversal import Effects
from optimizer.ir.ctype import LONG, CType
from optimizer.ir.scop import Assumption, AssumptionKind

MAX_PIECES = 12  # of a run-time check
WIDE_LIMIT = 1 << 40  # what 64-bit parameters are checked to stay below


@dataclass(frozen=True)
class Options:
    """How the compiler's flags change the meaning of the program."""

    wraps_signed: bool = False
    strict_aliasing: bool = True


@dataclass(frozen=True, eq=False)
class Frame:
    """A loop around the statements that are being raised; `name` is the dimension of its counter."""

    variable: Variable
    name: str
    ctype: CType


@dataclass(frozen=True)
class Obligation:
    """A fact that must hold wherever an expression is evaluated; `guard` narrows where it is."""

    good: isl.Set
    guard: isl.Set | None
    kind: AssumptionKind
    reason: str
    at: int


@dataclass(frozen=True)
class ProductBound:
    """An unsigned product of counters and parameters that must not wrap around at `width` bits."""

    polynomial: Polynomial
    width: int
    at: int


@dataclass
class ParameterInfo:
    """A loop-invariant integer: isl name, C text, type, the memory it is read from and the largest value assumed."""

    name: str
    text: str
    ctype: CType
    place: Place | None = None
    limit: int = WIDE_LIMIT

    @property
    def low(self) -> int:
        """The least value that is possible or assumed."""
        return max(self.ctype.minimum, -self.limit)

    @property
    def high(self) -> int:
        """The greatest value that is possible or assumed."""
        return min(self.ctype.maximum, self.limit)


@dataclass(frozen=True)
class Checkpoint:
    """The assumptions of a model at one time."""

    context: isl.Set
    facts: tuple[tuple[isl.Set, Assumption], ...]
    products: int


class Model:
    """Names, parameters and assumptions of one nest."""

    def __init__(self, effects: Effects, options: Options, constants: dict[Variable, int]) -> None:
        self.effects = effects
        self.options = options
        self.constants = constants
        self.frames: list[Frame] = []
        self.aliases: dict[Variable, Expr] = {}
        self.parameters: dict[tuple[int, str], ParameterInfo] = {}
        self.definitions: dict[str, isl.PwAff] = {}
        self.context = sets.universe()
        self._facts: list[tuple[isl.Set, Assumption]] = []
        self.extra_assumptions: list[Assumption] = []  # that no set expresses
        self.products: list[ProductBound] = []
        self.counters: set[Variable] = set()
        self.sites: dict[Variable, isl.Set] = {}  # where a pointer is certainly followed
        self.domain = sets.universe()  # of what is being raised
        self.guarded = False  # by the nest's data
        self.joined = False  # several nests in a row are modelled together
        self._names: set[str] = set()
        self._counter_names: dict[str, list[str]] = {}

    # Names -----------------------------------------------------------------------------------------------------------
    def fresh(self, wanted: str) -> str:
        """A name for isl that is like `wanted` and not taken yet."""
        clean = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in wanted).strip("_") or "x"
        clean = f"v{clean}" if clean[0].isdigit() else clean
        if clean.lower() in sets.RESERVED or (clean[0] == "S" and clean[1:].isdigit()):
            clean += "_"
        clean = re.sub("__+", "_", clean)
        name, number = clean, 1
        while name in self._names:
            number += 1
            name = f"{clean}_{number}"
        self._names.add(name)
        return name

    def fresh_counter(self, wanted: str) -> str:
        """A dimension name for a counter; loops side by side share it."""
        active = {f.name for f in self.frames}
        known = self._counter_names.setdefault(wanted, [])
        for name in known:
            if name not in active:
                return name
        known.append(self.fresh(wanted))
        return known[-1]

    def define(self, function: isl.PwAff) -> Polynomial:
        """An atom that stands for `function`."""
        used = sets.names_of(function)
        if function.n_piece() == 1 and not used and function.is_cst():
            return Polynomial.constant(int(function.max_val().to_python()))
        name = f"__part{len(self.definitions)}"
        self.definitions[name] = function
        return Polynomial.atom(name)

    def frame_of(self, variable: Variable) -> Frame | None:
        """The loop around whose counter is `variable`."""
        return next((f for f in reversed(self.frames) if f.variable is variable), None)

    def touch(self, place: Place, domain: isl.Set | None) -> None:
        """Notes that `place` is evaluated for the instances `domain` (those being raised if None)."""
        if not place.dereferences or self.guarded:
            return
        where = self.domain if domain is None else domain
        known = self.sites.get(place.variable)
        self.sites[place.variable] = where if known is None else known.union(where)

    @contextmanager
    def under_data(self) -> Generator[None]:
        """What is evaluated meanwhile may not be evaluated by every instance."""
        outer, self.guarded = self.guarded, True
        yield
        self.guarded = outer

    @property
    def counter_names(self) -> tuple[str, ...]:
        """The dimensions of the loops around."""
        return tuple(f.name for f in self.frames)

    # Functions -------------------------------------------------------------------------------------------------------
    def function(self, polynomial: Polynomial) -> isl.PwAff:
        """The value of `polynomial`; products of parameters become parameters. Raises ArithmeticError if it is not
        affine.
        """
        if polynomial.degree > 1:
            terms: dict[tuple[str, ...], int] = {}
            for monomial, coefficient in polynomial.terms.items():
                key = (self._product(monomial),) if len(monomial) > 1 else monomial
                terms[key] = terms.get(key, 0) + coefficient
            polynomial = Polynomial(terms)
        return sets.substitute(polynomial, self.definitions)

    def _product(self, monomial: tuple[str, ...]) -> str:
        known = {p.name: p for p in self.parameters.values()}
        if any(atom not in known for atom in monomial):
            raise ArithmeticError("a product that involves a counter")
        text = " * ".join(_widened(known[a].text) for a in monomial)
        key = (0, text)
        if key not in self.parameters:
            for atom in monomial:
                known[atom].limit = min(known[atom].limit, 1 << (62 // len(monomial)))
            info = ParameterInfo(self.fresh("_".join(monomial)), text, LONG, limit=1 << 62)
            self.parameters[key] = info
        return self.parameters[key].name

    # Assumptions -----------------------------------------------------------------------------------------------------
    def types(self) -> isl.Set:
        """What the types of the parameters say about their values."""
        result = sets.universe()
        for info in self.parameters.values():
            result = result.intersect(sets.between(info.low, info.name, info.high))
        return result

    def require(self, domain: isl.Set, obligations: Sequence[Obligation]) -> None:
        """Makes sure that `obligations` hold in `domain`, by proof or by an assumption over the parameters.

        Raises Refusal where the assumption would be false.
        """
        for obligation in obligations:
            where = domain if obligation.guard is None else domain.intersect(obligation.guard)
            bad = where.subtract(obligation.good)
            if bad.is_empty() or bad.intersect(self.context).intersect(self.types()).is_empty():
                continue
            names = {p.name for p in self.parameters.values()}
            reached = sets.without(where, sorted(sets.names_of(where) - names)).coalesce()
            bad = sets.without(bad, sorted(sets.names_of(bad) - names)).coalesce()
            # the simplest fact that excludes `bad`: what only says that the code is reached needs no check
            excluded = bad.gist(reached) if reached.n_basic_set() == 1 else bad
            self.assume(excluded.complement(), obligation.kind, obligation.reason, obligation.at)

    def assume(self, holds: isl.Set, kind: AssumptionKind, reason: str, at: int) -> None:
        """Adds the assumption that the parameters lie in `holds`; weaker ones that were made before go."""
        types = self.types()
        if self.context.intersect(types).intersect(holds).is_empty():
            raise Refusal(
                "LW122" if kind is not AssumptionKind.EXTENT else "LW130", f"{reason}, whatever the parameters", at
            )
        holds = holds.gist(types).coalesce()
        if holds.n_basic_set() > MAX_PIECES:
            raise Refusal("LW128", f"the run-time check against '{reason}' would be too long", at)
        self._facts = [(f, a) for f, a in self._facts if not holds.intersect(types).is_subset(f)]
        self._facts.append((holds, Assumption(kind, c_condition(holds, sets.universe(), self.texts()), reason)))
        self.context = self.context.intersect(holds).coalesce()

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What was assumed so far."""
        return tuple(a for _, a in self._facts) + tuple(self.extra_assumptions)

    def save(self) -> "Checkpoint":
        """What `restore` needs to forget the assumptions made from here on."""
        return Checkpoint(self.context, tuple(self._facts), len(self.products))

    def restore(self, checkpoint: "Checkpoint") -> None:
        """Forgets the assumptions made since `checkpoint`."""
        self.context, self._facts = checkpoint.context, list(checkpoint.facts)
        del self.products[checkpoint.products :]

    def texts(self) -> dict[str, str]:
        """C expressions of type long for the parameters, for run-time checks."""
        return {p.name: _as_long(p) for p in self.parameters.values()}


def is_postfix(text: str) -> bool:
    """True if the C expression `text` needs no brackets next to an operator."""
    return re.fullmatch(r"(?:[\w.\[\]]|->)+", text) is not None


def _as_long(info: ParameterInfo) -> str:
    if info.ctype.name == "long":
        return info.text if is_postfix(info.text) or info.text.startswith("(long)") else f"({info.text})"
    return _widened(info.text)


def _widened(text: str) -> str:
    return f"(long){text}" if is_postfix(text) else f"(long)({text})"

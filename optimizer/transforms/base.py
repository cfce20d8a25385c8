"""What a transformation is, how it fails, and how it is found by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast

import islpy as isl

from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import Schedule
from optimizer.transforms.convert import read_tree, write_tree
from optimizer.transforms.tree import Tree

ISL_FAILED = "isl failed"
REWRITE_OPERATIONS = 4_000_000  # about 2 s of CPU


@dataclass(frozen=True, slots=True)
class Inapplicable:
    """A command does not fit the schedule: no such loop, no perfect chain, a bad factor. `help` says what would."""

    reason: str
    help: str = ""


def guarded(
    ctx: isl.Context, operations: int, work: Callable[[], Schedule | Inapplicable]
) -> Schedule | Inapplicable:
    """The result of `work`; inapplicable if isl needs more than `operations` for it or fails inside."""
    try:
        with operation_limit(ctx, operations):
            return work()
    except OperationLimitExceeded as error:
        return Inapplicable(str(error))
    except isl.Error as error:  # some of isl's algorithms do not cover all inputs
        return Inapplicable(f"{ISL_FAILED}: {str(error).partition(' in /')[0]}")


class Transformation(Protocol):
    """A change of the order of execution, as a value: its fields are the arguments of its command."""

    name: ClassVar[str]

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """The changed schedule; says nothing about legality."""
        ...

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:
        """Instances worth trying on `schedule`, legal or not."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An order of execution to be changed, and what is known of the parameters."""

    tree: Tree
    context: isl.Set


class TreeTransformation(ABC):
    """A transformation that rewrites the tree of loops; bounds the work of isl and records the command."""

    __slots__ = ()
    name: ClassVar[str]

    @abstractmethod
    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The changed tree."""

    @classmethod
    @abstractmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Instances worth trying on `tree`, legal or not."""

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """The changed schedule; says nothing about legality."""
        return guarded(schedule.tree.get_ctx(), REWRITE_OPERATIONS, lambda: self._apply(schedule, nest))

    def _apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        before = read_tree(schedule.tree)
        if before is None:
            return Inapplicable("no statement of the nest ever runs")
        tree = self.rewrite(Order(before, nest.scop.context))
        if isinstance(tree, Inapplicable):
            return tree
        nest = schedule.subject(nest)
        changed = replace(schedule, tree=write_tree(tree, nest.scop.context), script=(*schedule.script, str(self)))
        if not nest.scop.domain.is_subset(changed.map.domain()):  # isl's piecewise bounds may leave gaps
            return Inapplicable("the bounds of the loops are too irregular: iterations would be left out")
        return changed

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:  # noqa: ARG003
        """Instances worth trying on `schedule`, legal or not."""
        tree = read_tree(schedule.tree)
        return iter(()) if tree is None else cls.candidates(tree)

    def __str__(self) -> str:
        return command_text(self)


REGISTRY: dict[str, type[Transformation]] = {}

_T = TypeVar("_T", bound=type[Transformation])


def transformation(cls: _T) -> _T:
    """Registers a transformation under its command name."""
    REGISTRY[cls.name] = cls
    return cls


def command_text(step: Transformation) -> str:
    """`step` in the syntax of schedule scripts: positional fields, then keywords that differ from their default."""
    arguments: list[str] = []
    for field in arguments_of(step):
        value = getattr(step, field.name)
        if isinstance(value, tuple):
            arguments.extend(map(str, cast("tuple[object, ...]", value)))
        elif not field.kw_only:
            arguments.append(str(value))
        elif value != field.default:
            arguments.append(f"{field.name}={value}")
    return f"{step.name}({', '.join(arguments)})"


def arguments_of(command: Transformation | type[Transformation]) -> "tuple[Field[Any], ...]":
    """The declared arguments of a command, in order."""
    assert is_dataclass(command)
    return fields(command)

"""Where the generated code declares its own variables for private arrays: as far inside as their values live."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.codegen.looptree import For, If, Instance, Let, Node, Pack, children, instances, is_unrolled


@dataclass(frozen=True, slots=True)
class Local:
    """A variable of the generated code that takes the place of a private array of the Scop."""

    array: str
    type_name: str
    declarator: str  # `t` or `t[4]`
    name: str
    statements: frozenset[str]  # that use it
    is_read: bool
    is_zeroed: bool = False  # declared with a value, for compilers that cannot see that it is written before it is read

    @property
    def is_memory(self) -> bool:
        """True if it has elements."""
        return self.declarator != self.name


@dataclass(frozen=True, slots=True)
class Pending:
    """The variables that the code under some node uses, and those of them that are declared around it."""

    locals: tuple[Local, ...] = ()
    declared: frozenset[str] = frozenset()

    def within(self, body: tuple[Node, ...]) -> "Pending":
        """Those that `body` uses."""
        if not self.locals:
            return self
        present = {instance.statement for instance in instances(body)}
        return Pending(tuple(local for local in self.locals if local.statements & present), self.declared)

    def entering(self, loop: For) -> "Pending":
        """What holds inside `loop`: each iteration of a parallel loop declares what it owns."""
        return Pending(self.locals, self.declared - loop.owned) if loop.parallel else self

    def at(self, body: tuple[Node, ...]) -> tuple[tuple[Local, ...], "Pending"]:
        """The variables to declare in the block of `body`, and what holds after that."""
        belonging = (x for x in self.locals if x.array not in self.declared and _belongs_to(body, x))
        here = tuple(replace(x, is_zeroed=_starts_inside(body, x)) for x in belonging)
        return here, Pending(self.locals, self.declared.union(local.array for local in here))


def _belongs_to(body: tuple[Node, ...], local: Local) -> bool:
    """True if a value of `local` may live longer than one iteration of a loop in `body`, or one branch."""
    users = [node for node in body if any(i.statement in local.statements for i in instances((node,)))]
    if len(users) > 1:
        return not all(_keeps(node, local) for node in users)
    return any(not isinstance(node, If | Let | Pack) and not _keeps(node, local) for node in users)


def _keeps(node: Node, local: Local) -> bool:
    """True if every value of `local` that `node` uses lives within one iteration of a loop in it."""
    if isinstance(node, For) and _owns(node, local):
        return True
    users = [each for each in children(node) if any(i.statement in local.statements for i in instances((each,)))]
    return isinstance(node, If | Let | Pack) and all(_keeps(each, local) for each in users)


def _starts_inside(body: tuple[Node, ...], local: Local) -> bool:
    """True if the first user of the scalar `local` stands in a loop or branch of `body`."""
    first = next(node for node in body if any(i.statement in local.statements for i in instances((node,))))
    return not local.is_memory and not isinstance(first, Instance)


def _owns(loop: For, local: Local) -> bool:
    return local.array in loop.owned and not is_unrolled(loop)


def declarations(here: tuple[Local, ...]) -> Iterator[str]:
    """The C declarations of `here`, one a type."""
    for type_name in dict.fromkeys(local.type_name for local in here):
        yield f"{type_name} {', '.join(_initialized(local) for local in here if local.type_name == type_name)};"
    yield from (f"(void){local.name};" for local in here if not local.is_read)


def _initialized(local: Local) -> str:
    return f"{local.declarator} = 0" if local.is_zeroed else local.declarator

"""A `main` for a function of a file without one: it makes arguments, calls, and shows what may have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from optimizer.execution.instrument import dump_calls, type_code
from optimizer.execution.program import Dump, Harness
from optimizer.ir.ctype import CType, Kind
from optimizer.ir.function import Function, FunctionParameter
from optimizer.ir.outcome import Refused

_MOST_TARGETS = 256  # arrays of the runtime
_CALL = "__LW_CALL"  # a macro of the build: the region that stands for the call
_DECLARATIONS = """\
  extern void *__lw_array(unsigned, unsigned long, unsigned long);
  extern void __lw_fill(unsigned, void *, unsigned long, unsigned, double, double, int);
  extern void __lw_enter(unsigned), __lw_leave(unsigned), __lw_guards(void);
  extern void __lw_dump(unsigned, unsigned, const volatile void *, unsigned long, unsigned);
  extern double __lw_scalar(unsigned);
  extern int __lw_more(unsigned);
"""


@dataclass(frozen=True, slots=True)
class Values:
    """What memory holds before the call: values in [low, high), or nothing usable if it is not `live_in`.

    Without bounds: [0.5, 1.5) for floating types, [0, 16) for integers, [0, 2) for `_Bool`.
    """

    low: float | None = None
    high: float | None = None
    live_in: bool = True


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """Memory behind a pointer: `after` elements from subscript 0 on, `before` elements at negative subscripts."""

    after: int
    before: int = 0
    values: Values = Values()


@dataclass(frozen=True, slots=True)
class GlobalPlan:
    """Memory at file scope that the function uses: filled before the call, compared after it."""

    memory: Dump
    values: Values = Values()


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The arguments of a call. Names are those of parameters; a field of a struct is `s->n` or `s.n`.

    Scalars that are not named get a value in [0.5, 1.5) (floating types) or 2 (integers).
    """

    scalars: Mapping[str, int | float] = field(default_factory=dict[str, int | float])
    arrays: Mapping[str, ArrayPlan] = field(default_factory=dict[str, ArrayPlan])
    globals: tuple[GlobalPlan, ...] = ()


class _Impossible(Exception):
    """The function cannot be called by a harness; carries the reason."""


def synthesize(function: Function, plan: CallPlan) -> Harness | Refused:
    """The harness that calls `function` with the arguments of `plan`; Refused if an argument cannot be made.

    To check, it calls a few times with other values each time; to time, again and again with the same ones.
    """
    try:
        return _Writer(function, plan).write()
    except _Impossible as reason:
        return Refused(f"'{function.name}' cannot be called by a harness: {reason}")


class _Writer:
    """Collects the parts of one harness. Numbers of targets (filled memory) are numbers of dumps too."""

    def __init__(self, function: Function, plan: CallPlan) -> None:
        self.function = function
        self.plan = plan
        self.once: list[str] = []  # before the first call
        self.always: list[str] = []  # before every call
        self.targets: list[Dump] = []
        self.others: list[Dump] = []  # compared but not filled
        self.variables = 0

    def write(self) -> Harness:
        """The text and its dumps."""
        function = self.function
        arguments = [self._argument(parameter) for parameter in function.parameters]
        for plan in self.plan.globals:
            self._fill(plan.memory, plan.values)
        call = f"__lw_call({', '.join(arguments)});"
        if function.returns is not None and function.returns.kind is not Kind.OPAQUE:
            self.once.append(f"{function.returns} __lw_result;")
            self.others.append(Dump("the return value", "&__lw_result", "sizeof __lw_result", function.returns))
            call = f"__lw_result = {call}"
        if len(self.targets) > _MOST_TARGETS:
            raise _Impossible(f"it uses more than {_MOST_TARGETS} arrays")
        dumps = (*self.targets, *self.others)
        return Harness("\n".join(self._lines(call, dumps)).encode(), dumps)

    def _lines(self, call: str, dumps: tuple[Dump, ...]) -> Iterator[str]:
        yield "int main(void) {"
        yield _DECLARATIONS.rstrip()
        # read through volatile, so that the compiler does not fit the function to this one call
        yield f"  __typeof__(&{self.function.name}) volatile __lw_call = &{self.function.name};"
        yield from (f"  {line}" for line in self.once)
        yield f"  while (__lw_more({_CALL})) {{"
        yield from (f"    {line}" for line in self.always)
        yield f"    __lw_enter({_CALL});"
        yield f"    {call}"
        yield f"    __lw_leave({_CALL});"
        yield "    __lw_guards();"
        yield f"    {dump_calls(_CALL, dumps)}"
        yield "  }"
        yield "  return 0;"
        yield "}"
        yield ""

    def _variable(self, declaration: str) -> str:
        """The name of a new variable; `declaration` has its type and a place `{}` for the name."""
        name = f"__lw_v{self.variables}"
        self.variables += 1
        self.once.append(declaration.format(name) + ";")
        return name

    def _argument(self, parameter: FunctionParameter) -> str:
        """The C expression to pass for `parameter`."""
        if parameter.pointers == 0 and parameter.fields:
            name = self._variable(f"static {parameter.type} {{}}")
            self._fields(parameter, name, f"{parameter.name}.")
            return name
        if parameter.pointers == 0:
            name = self._variable(f"{_known(parameter)} volatile {{}}")
        else:
            name = self._variable("void *{}")
        self._initialize(parameter, name, parameter.name)
        return name

    def _fields(self, parameter: FunctionParameter, variable: str, prefix: str) -> None:
        for member in parameter.fields:
            self._initialize(member, f"{variable}.{member.name}", prefix + member.name)

    def _initialize(self, parameter: FunctionParameter, place: str, path: str) -> None:
        """Give the lvalue `place`, which is `path` to the user, its value before every call."""
        match parameter.pointers, bool(parameter.fields), bool(parameter.extents):
            case 0, True, False:
                self._fields(parameter, place, f"{path}.")
            case 0, False, False:
                self._scalar(parameter, place, path)
            case 0, False, True:
                self._fill(Dump(path, f"&{place}", f"sizeof {place}", _known(parameter)), Values())
            case 1, True, _:
                variable = self._variable(f"static {parameter.type} {{}}")
                self._fields(parameter, variable, f"{path}->")
                self.always.append(f"{place} = &{variable};")
            case 1, False, _:
                self._array(parameter, place, path)
            case _:
                raise _Impossible(f"'{path}' is a pointer to pointers")

    def _scalar(self, parameter: FunctionParameter, place: str, path: str) -> None:
        ctype = _known(parameter)
        value = self.plan.scalars.get(path)
        if value is not None:
            text = _literal(value, ctype)
        elif ctype.is_float:
            text = f"({ctype})__lw_scalar({self.variables + len(self.always)}u)"
        else:
            text = "2"
        self.always.append(f"{place} = {text};")
        if path != parameter.name:  # a field: the function may change it
            self.others.append(Dump(path, f"&{place}", f"sizeof {place}", ctype))

    def _array(self, parameter: FunctionParameter, place: str, path: str) -> None:
        plan = self.plan.arrays.get(path)
        if plan is None:
            raise _Impossible(f"the size of '{path}' is not known")
        ctype = _known(parameter)
        number, size = len(self.targets), ctype.size
        name = self._variable("unsigned char *{}")
        self.once.append(f"{name} = __lw_array({number}u, {plan.before * size}ul, {plan.after * size}ul);")
        begin = f"({name} - {plan.before * size})"
        self._fill(Dump(path, begin, str((plan.before + plan.after) * size), ctype), plan.values)
        self.always.append(f"{place} = (void *){name};")

    def _fill(self, memory: Dump, values: Values) -> None:
        low, high = _bounds(values, memory.element)
        number, code = len(self.targets), type_code(memory.element)
        self.targets.append(memory)
        self.always.append(
            f"__lw_fill({number}u, (void *)({memory.address}), (unsigned long)({memory.size}), {code}u, "
            f"{low!r}, {high!r}, {int(not values.live_in)});"
        )


def _known(parameter: FunctionParameter) -> CType:
    if parameter.type.kind is Kind.OPAQUE:
        raise _Impossible(f"the type '{parameter.type}' of '{parameter.name}' is not known")
    return parameter.type


def _bounds(values: Values, element: CType) -> tuple[float, float]:
    default = (0.5, 1.5) if element.is_float else (0.0, 2.0 if element.name == "_Bool" else 16.0)
    low = default[0] if values.low is None else float(values.low)
    high = default[1] if values.high is None else float(values.high)
    return low, max(low, high)


def _literal(value: int | float, ctype: CType) -> str:
    if isinstance(value, float):
        return f"({ctype}){value!r}"
    return f"({ctype}){value}{'ULL' if value > (1 << 63) - 1 else 'LL'}"

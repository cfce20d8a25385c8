"""Prints a random nest as a complete C program: arrays, their first values, the function `kernel`, and a main that
prints one hash per array. Reading the hashes of two builds tells whether they compute the same, bit for bit.
"""

from optimizer.verify.nests import (
    ArrayPlan,
    Block,
    Guard,
    Layout,
    Linear,
    Loop,
    NestPlan,
    Node,
    Reference,
    Statement,
    layouts,
)

_PRELUDE = """\
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
"""

_SUPPORT = """\
static unsigned long long random_state;

static unsigned draw(void)
{
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(random_state >> 40);
}

static void show_bytes(const char *name, const void *data, size_t bytes)
{
    const unsigned char *next = data;
    unsigned long long hash = 14695981039346656037ULL;
    while (bytes-- > 0)
        hash = (hash ^ *next++) * 1099511628211ULL;
    printf("%s %016llx\\n", name, hash);
}

#define FILL(type, base, count, value) \\
    do { type *p_ = (type *)(base); size_t q_ = 0; \\
         while (q_ < (count)) { unsigned r = draw(); p_[q_++] = (type)(value); } } while (0)
#define SETTLE(type, base, count) /* any NaN becomes the same one */ \\
    do { type *p_ = (type *)(base); size_t q_ = 0; \\
         while (q_ < (count)) { if (p_[q_] != p_[q_]) p_[q_] = (type)NAN; q_++; } } while (0)
"""

_REAL = ("float", "double", "long double")


def render(plan: NestPlan) -> str:
    """The program as C text."""
    return _Printer(plan).program()


class _Printer:
    """Holds the plan and its layouts while the parts of the program are printed."""

    def __init__(self, plan: NestPlan) -> None:
        self.plan = plan
        self.layouts = layouts(plan)
        self.arrays = tuple(array for array in plan.arrays if array.name in self.layouts)

    def program(self) -> str:
        macros = "".join(f"#define {p.name} {p.value}\n" for p in self.plan.parameters if p.is_macro)
        parts = [_PRELUDE + macros, self._globals(), _SUPPORT, self._kernel(), self._main()]
        return "\n".join(part for part in parts if part)

    def layout(self, array: ArrayPlan) -> Layout:
        return self.layouts[array.name]

    def _dims(self, array: ArrayPlan) -> str:
        return "".join(f"[{extent}]" for extent in self.layout(array).extents)

    def _globals(self) -> str:
        fields = [a for a in self.arrays if a.place == "field"]
        lines = [f"    {a.type} {a.name}{self._dims(a)};" for a in fields]
        text = "struct state {\n" + "\n".join(lines) + "\n};\nstatic struct state state_data;\n" if lines else ""
        for array in self.arrays:
            if array.place not in ("local", "field"):
                name = array.name if array.place == "global" else f"{array.name}_data"
                text += f"static {array.type} {name}{self._dims(array)};\n"
        if self.plan.outer_counters:
            text += "".join(f"static long long {name}_last;\n" for name, _ in self.plan.counters)
        return text

    def _signature(self) -> list[tuple[str, str]]:
        """(declaration, argument) of each parameter of the function."""
        found = [(f"{p.type} {p.name}", p.name) for p in self.plan.parameters if not p.is_macro]
        if any(array.place == "field" for array in self.arrays):
            found.append(("struct state *s", "&state_data"))
        for array in self.arrays:
            found.extend(self._array_parameters(array))
        return found

    def _array_parameters(self, array: ArrayPlan) -> list[tuple[str, str]]:
        data, extents = self._pointed(array), self.layout(array).extents
        restrict = "restrict " if array.restrict else ""
        sizes = [(f"int {array.name}_{d}", str(extent)) for d, extent in enumerate(extents)]
        match array.place:
            case "pointer" if len(extents) > 1:
                inner = "".join(f"[{extent}]" for extent in extents[1:])
                return [(f"{array.type} (*{restrict}{array.name}){inner}", data)]
            case "pointer":
                return [(f"{array.type} *{restrict}{array.name}", data if extents else f"&{array.name}_data")]
            case "linear":
                return [*sizes[1:], (f"{array.type} *{restrict}{array.name}", f"(void *){data}")]
            case "vla":
                dims = "".join(f"[{array.name}_{d}]" for d in range(len(extents)))
                return [*sizes, (f"{array.type} {array.name}{dims}", data)]
            case _:
                return []

    def _pointed(self, array: ArrayPlan) -> str:
        """The argument for a pointer: its own data, or a place in another array where that is large enough."""
        if array.overlaps is not None and array.overlaps[0] in self.layouts:
            other, offset = array.overlaps
            if offset + self.layout(array).count <= self.layouts[other].count:
                return f"(void *)(({array.type} *){other}_data + {offset})"
        return f"{array.name}_data"

    def _kernel(self) -> str:
        parameters = ", ".join(declaration for declaration, _ in self._signature()) or "void"
        lines = [f"void kernel({parameters})", "{"]
        automatic = [a for a in self.arrays if a.place == "automatic"]
        lines += [f"    {a.type} {a.name} = {a.name}_data;" for a in automatic]
        if self.plan.outer_counters:
            lines += [f"    {ctype} {name} = 1;" for name, ctype in self.plan.counters]
        lines += self._nodes(self.plan.body, 1)
        lines += [f"    {a.name}_data = {a.name};" for a in automatic]
        if self.plan.outer_counters:
            lines += [f"    {name}_last = (long long){name};" for name, _ in self.plan.counters]
        return "\n".join([*lines, "}", ""])

    def _nodes(self, nodes: tuple[Node, ...], depth: int) -> list[str]:
        return [line for node in nodes for line in self._node(node, depth)]

    def _node(self, node: Node, depth: int) -> list[str]:
        pad = "    " * depth
        match node:
            case Statement():
                return [pad + self._statement(node)]
            case Guard(condition=condition, then=then, otherwise=otherwise):
                lines = [f"{pad}if ({self._statement(condition)}) {{", *self._nodes(then, depth + 1)]
                if otherwise:
                    lines += [f"{pad}}} else {{", *self._nodes(otherwise, depth + 1)]
                return [*lines, pad + "}"]
            case Loop(body=body):
                return [f"{pad}for ({self._header(node)}) {{", *self._nodes(body, depth + 1), pad + "}"]
            case Block(nodes=nodes, local=local):
                inside = self._nodes(nodes, depth)
                if local is None or local not in self.layouts:
                    return inside
                array = self.plan.array(local)
                return [f"{pad}{array.type} {array.name}{self._dims(array)};", *inside]

    def _statement(self, statement: Statement) -> str:
        return statement.text.format(*(self._reference(reference) for reference in statement.references))

    def _reference(self, reference: Reference) -> str:
        array = self.plan.array(reference.array)
        if reference.through is not None:
            index = Reference(reference.through, reference.subscripts)
            return f"{self._base(array)}[{self._reference(index)}]"
        shifted = [s.plus(-low) for s, low in zip(reference.subscripts, self.layout(array).lows, strict=True)]
        if array.rank == 0:
            return self._base(array)
        if array.place == "linear":
            return f"{array.name}[{_linearized(array.name, shifted)}]"
        return self._base(array) + "".join(f"[{subscript}]" for subscript in shifted)

    def _base(self, array: ArrayPlan) -> str:
        if array.place == "field":
            return f"s->{array.name}"
        return f"(*{array.name})" if array.place == "pointer" and array.rank == 0 else array.name

    def _header(self, loop: Loop) -> str:
        ctype = "" if self.plan.outer_counters else dict(self.plan.counters)[loop.counter] + " "
        up = loop.step > 0
        first = str(loop.first)
        if loop.first_other is not None:
            first = f"{'MAX' if up else 'MIN'}({first}, {loop.first_other})"
        step = {1: "++", -1: "--"}.get(loop.step, f" {'+' if up else '-'}= {abs(loop.step)}")
        return f"{ctype}{loop.counter} = {first}; {self._condition(loop)}; {loop.counter}{step}"

    def _condition(self, loop: Loop) -> str:
        past = {"<": 1, ">": -1, "!=": 1 if loop.step > 0 else -1}.get(loop.relation, 0)
        ends = [loop.last] + ([loop.last_other] if loop.last_other is not None else [])
        if loop.divisor != 1:
            texts = [f"({end}) / {loop.divisor}" + {1: " + 1", -1: " - 1"}.get(past, "") for end in ends]
        else:
            texts = [str(end.plus(past)) for end in ends]
        if len(texts) > 1 and loop.joined:
            return " && ".join(f"{loop.counter} {loop.relation} {text}" for text in texts)
        bound = texts[0] if len(texts) == 1 else f"{'MIN' if loop.step > 0 else 'MAX'}({', '.join(texts)})"
        return f"{loop.counter} {loop.relation} {bound}"

    def _main(self) -> str:
        lines = ["int main(void)", "{", f"    random_state = {self.plan.seed}ULL;"]
        shown = [array for array in self.arrays if array.place != "local"]
        lines += [f"    FILL({a.type}, &{self._data(a)}, {self.layout(a).count}, {self._first(a)});" for a in shown]
        calls = 1 + max((len(p.others) for p in self.plan.parameters), default=0)
        lines += [f"    {self._call(number)}" for number in range(calls)]
        for a in shown:
            if a.type in _REAL:
                lines.append(f"    SETTLE({a.type}, &{self._data(a)}, {self.layout(a).count});")
            lines.append(f'    show_bytes("{a.name}", &{self._data(a)}, sizeof {self._data(a)});')
        if self.plan.outer_counters:
            lines += [f'    show_bytes("{n}", &{n}_last, sizeof {n}_last);' for n, _ in self.plan.counters]
        return "\n".join([*lines, "    return 0;", "}", ""])

    def _call(self, number: int) -> str:
        """The call with the `number`th values of the parameters."""
        values = {p.name: str((p.value, *p.others)[min(number, len(p.others))]) for p in self.plan.parameters}
        return f"kernel({', '.join(values.get(argument, argument) for _, argument in self._signature())});"

    def _data(self, array: ArrayPlan) -> str:
        if array.place == "field":
            return f"state_data.{array.name}"
        return array.name if array.place == "global" else f"{array.name}_data"

    def _first(self, array: ArrayPlan) -> str:
        if array.index_into is not None:
            target = self.layouts.get(array.index_into)
            return f"r % {target.extents[0] if target else 1}"
        if array.type in _REAL:
            return "(int)(r % 2001) / 1000.0 - 1.0"
        return "r % 2" if array.type == "_Bool" else "r % 101"


def _linearized(name: str, subscripts: list[Linear]) -> str:
    text = str(subscripts[0])
    for dimension, subscript in enumerate(subscripts[1:], 1):
        text = f"({text}) * {name}_{dimension}" if " " in text else f"{text} * {name}_{dimension}"
        text += f" - {-subscript.constant}" if not subscript.terms and subscript.constant < 0 else f" + {subscript}"
    return text

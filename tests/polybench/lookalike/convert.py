"""Rewrites a kernel program of `polybench/kernels` in the macro style of PolyBench/C 4.2.1.

`python convert.py FOLDER` writes all of them to FOLDER/<kernel>/<kernel>.c and .h, and the utilities beside them.
"""

import re
import shutil
import sys
from pathlib import Path

from polybench.suite import KERNELS, Kernel, Size

HERE = Path(__file__).parent
FORMATS = {"double": '"%0.2lf "', "float": '"%0.2f "', "int": '"%d "'}
LITERALS = {"double": "x", "float": "x##f", "int": "x"}

HEADER = """\
#ifndef KERNEL_H
# define KERNEL_H

/* Default to LARGE_DATASET. */
# if {no_data_set}
#  define LARGE_DATASET
# endif

# if {no_sizes}
{sizes}
#endif /* sizes */

{bounds}

# define DATA_TYPE {element}
# ifndef DATA_PRINTF_MODIFIER
#  define DATA_PRINTF_MODIFIER {format}
# endif
# define SCALAR_VAL(x) {literal}
# define SQRT_FUN(x) {sqrt}
# define EXP_FUN(x) {exp}
# define POW_FUN(x,y) {pow}

#endif /* !KERNEL_H */
"""

PROGRAM = """\
/* {name}.c: in the macro style of the suite. */

#include <stdio.h>
#include <unistd.h>
#include <string.h>
#include <math.h>

/* Include polybench common header. */
#include "polybench.h"

/* Include benchmark-specific header. */
#include "{name}.h"

{declarations}

/* Array initialization. */
{init}

/* DCE code. Must scan the entire live-out data. */
static
void print_array({print_parameters})

{{
  int {counters};

  POLYBENCH_DUMP_START;
{prints}
  POLYBENCH_DUMP_FINISH;
}}


/* Main computational kernel. The whole function will be timed,
   including the call and return. */
{kernel}


int main(int argc, char** argv)
{{
  /* Retrieve problem size. */
{retrieve}

  /* Variable declaration/allocation. */
{allocate}

  /* Initialize array(s). */
  init_array ({init_arguments});

  /* Start timer. */
  polybench_start_instruments;

  /* Run kernel. */
  {function} ({kernel_arguments});

  /* Stop and print timer. */
  polybench_stop_instruments;
  polybench_print_instruments;

  /* Prevent dead-code elimination. All live-out data must be printed
     by the function call in argument. */
  polybench_prevent_dce(print_array({print_arguments}));

  /* Be clean. */
{free}

  return 0;
}}
"""


def header(kernel: Kernel) -> str:
    """The text of the kernel's own header: sizes, loop bounds, data type."""
    lines: list[str] = []
    for size in Size:
        lines.append(f"#  ifdef {size.macro}")
        lines += [f"#   define {name} {value}" for name, value in kernel.values(size).items()]
        lines.append("#  endif\n")
    suffix = "f" if kernel.element == "float" else ""
    return HEADER.format(
        no_data_set=" && ".join(f"!defined({size.macro})" for size in Size),
        no_sizes=" && ".join(f"!defined({name})" for name in kernel.parameters),
        sizes="\n".join(lines),
        bounds="\n".join(f"# define _PB_{n} POLYBENCH_LOOP_BOUND({n},{n.lower()})" for n in kernel.parameters),
        element=kernel.element,
        format=FORMATS[kernel.element],
        literal=LITERALS[kernel.element],
        sqrt=f"sqrt{suffix}(x)",
        exp=f"exp{suffix}(x)",
        pow=f"pow{suffix}(x,y)",
    )


def program(kernel: Kernel) -> str:
    """The text of the program in the macro style."""
    text = kernel.path.read_text()
    init = _function(text, "init_array")
    body = _function(text, kernel.function)
    main = text[text.index("int main(void)") :]
    arrays = re.findall(r"^    (\w+)\(\*(\w+)\)((?:\[\w+\])+) = allocate", main, re.M)
    reported = re.findall(r'report_(?:block_)?\w+\("(\w+)"', main)
    shapes = {name: (element, re.findall(r"\w+", extents)) for element, name, extents in arrays}
    sizes = ", ".join(f"int {name.lower()}" for name in kernel.parameters)
    shared = "".join(re.findall(r"^typedef .*\n|^#define (?:match|max_score).*\n", text, re.M))
    return PROGRAM.format(
        name=kernel.name,
        declarations=shared + _helpers(kernel),
        init=_signature(kernel, init),
        print_parameters=", ".join(
            [sizes, *(f"{_type(kernel, shapes[a][0])} {_macro('', a, shapes[a][1])}" for a in reported)]
        ),
        counters="i, j, k"[: 3 * max(len(shapes[a][1]) for a in reported) - 2],
        prints="\n".join(_print(name, shapes[name][1]) for name in reported),
        kernel=_scop(kernel, _signature(kernel, body)),
        retrieve="\n".join(f"  int {name.lower()} = {name};" for name in kernel.parameters),
        allocate="\n".join(_scalars(kernel, main) + [_declare(kernel, *shape) for shape in arrays]),
        init_arguments=_arguments(main, "init_array", kernel),
        kernel_arguments=_arguments(main, kernel.function, kernel),
        print_arguments=", ".join(
            [n.lower() for n in kernel.parameters] + [f"POLYBENCH_ARRAY({name})" for name in reported]
        ),
        function=kernel.function,
        free="\n".join(f"  POLYBENCH_FREE_ARRAY({name});" for _, name, _ in arrays),
    )


def write(kernel: Kernel, folder: Path) -> Path:
    """Write the program, its header and the utilities under `folder`; the path of the program."""
    place = folder / kernel.name
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{kernel.name}.h").write_text(header(kernel))
    (place / f"{kernel.name}.c").write_text(program(kernel))
    utilities = folder / "utilities"
    utilities.mkdir(exist_ok=True)
    for name in ("polybench.c", "polybench.h"):
        shutil.copyfile(HERE / name, utilities / name)
    return place / f"{kernel.name}.c"


def _function(text: str, name: str) -> str:
    start = re.search(rf"^static void {name}\(", text, re.M)
    assert start is not None
    return text[start.start() : text.index("\n}\n", start.start()) + 2]


def _helpers(kernel: Kernel) -> str:
    """The functions of initial values that the kernel uses, with their own text."""
    common = (kernel.path.parent / "common.h").read_text()
    names = ("scatter", "fraction") if "fraction(" in kernel.path.read_text() else ("scatter",)
    found = [re.search(rf"^static inline [^\n]* {name}\(.*?^}}\n", common, re.M | re.S) for name in names]
    return "".join(match.group() + "\n" for match in found if match)


def _type(kernel: Kernel, element: str) -> str:
    return "DATA_TYPE" if element == kernel.element and kernel.name != "nussinov" else element


def _macro(suffix: str, name: str, extents: list[str]) -> str:
    dims = ",".join([*extents, *(extent.lower() for extent in extents)])
    return f"POLYBENCH_{len(extents)}D{suffix}({name},{dims})"


def _signature(kernel: Kernel, function: str) -> str:
    """The function with its array parameters and scalar types in macros."""

    def parameter(match: re.Match[str]) -> str:
        element, name, extents = match.groups()
        dims: list[str] = re.findall(r"\w+", extents)
        return f"\n\t\t {_type(kernel, element)} {_macro('', name, dims)}"

    start = function.index("{")
    head = re.sub(r"\s+(double|float|int|base) (\w+)((?:\[\w+\])+)", parameter, function[:start])
    if kernel.element != "int":
        head = re.sub(rf"\b{kernel.element}\b", "DATA_TYPE", head)
    return head.replace("static void ", "static\nvoid ") + function[start:]


def _scop(kernel: Kernel, function: str) -> str:
    """The kernel function with its body in macros: bounds, literals, mathematical functions, types."""
    start = function.index("{")
    head, body = function[:start], function[start:]
    for name in kernel.parameters:
        body = re.sub(rf"\b{name.lower()}\b", f"_PB_{name}", body)
    if kernel.element != "int":
        body = re.sub(rf"\b{kernel.element}\b", "DATA_TYPE", body)
        body = re.sub(r"\b(\d+\.\d+)f?\b", r"SCALAR_VAL(\1)", body)
        for function_name in ("sqrt", "exp", "pow"):
            body = re.sub(rf"\b{function_name}f?\(", f"{function_name.upper()}_FUN(", body)
    return head + body.replace("    ", "  ")


def _declare(kernel: Kernel, element: str, name: str, extents: str) -> str:
    dims = re.findall(r"\w+", extents)
    both = ", ".join([*dims, *(dim.lower() for dim in dims)])
    return f"  POLYBENCH_{len(dims)}D_ARRAY_DECL({name}, {_type(kernel, element)}, {both});"


def _scalars(kernel: Kernel, main: str) -> list[str]:
    lists = re.findall(rf"^    {kernel.element} ([\w, ]+);", main, re.M)
    return [f"  DATA_TYPE {name};" for names in lists for name in names.split(", ")]


def _arguments(main: str, function: str, kernel: Kernel) -> str:
    call = re.search(rf"\b{function}\((.*?)\)\)?;", main)
    assert call is not None
    text = re.sub(r"\*(\w+)", r"POLYBENCH_ARRAY(\1)", call.group(1))
    return re.sub(rf"\b({'|'.join(kernel.parameters)})\b", lambda match: match.group().lower(), text)


def _print(name: str, extents: list[str]) -> str:
    counters = "ijk"[: len(extents)]
    indent = "  "
    lines = [f'  POLYBENCH_DUMP_BEGIN("{name}");']
    for counter, extent in zip(counters, extents, strict=True):
        lines.append(f"{indent}for ({counter} = 0; {counter} < {extent.lower()}; {counter}++)")
        indent += "  "
    element = name + "".join(f"[{counter}]" for counter in counters)
    lines[-1] += " {"
    lines.append(f'{indent}if ({counters[-1]} % 20 == 0) fprintf (POLYBENCH_DUMP_TARGET, "\\n");')
    lines.append(f"{indent}fprintf (POLYBENCH_DUMP_TARGET, DATA_PRINTF_MODIFIER, {element});")
    lines.append(f"{indent[2:]}}}")
    lines.append(f'  POLYBENCH_DUMP_END("{name}");')
    return "\n".join(lines)


if __name__ == "__main__":
    for each in KERNELS:
        write(each, Path(sys.argv[1]))

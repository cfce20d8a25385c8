"""The kernels as data: what each is called, how large its five data sets are, and where its source lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from math import prod
from pathlib import Path

ELEMENT_BYTES = {"double": 8, "float": 4, "int": 4}


class Size(Enum):
    """The five data sets; the value is the stem of the macro that selects it."""

    MINI = "MINI"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"
    EXTRALARGE = "EXTRALARGE"

    @property
    def macro(self) -> str:
        """The macro that selects the data set when a kernel is compiled."""
        return f"{self.value}_DATASET"


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kernel of the suite.

    `extents` holds for each size (in the order of `Size`) the value of each parameter. `operations` and `elements` are
    sums of products of numbers and parameters: the arithmetic operations on elements as written in the source, to the
    leading orders, and the array elements in memory.
    """

    name: str
    category: str
    element: str
    parameters: tuple[str, ...]
    extents: tuple[tuple[int, ...], ...]
    operations: str
    elements: str

    @property
    def path(self) -> Path:
        """The C source; it includes `common.h` beside it."""
        return Path(str(files("polybench.kernels").joinpath(f"{self.name}.c")))

    @property
    def function(self) -> str:
        """The C function that holds the nest."""
        return "kernel_" + self.name.replace("-", "_")

    def values(self, size: Size) -> dict[str, int]:
        """Parameter -> value at `size`."""
        return dict(zip(self.parameters, self.extents[list(Size).index(size)], strict=True))

    def operation_count(self, size: Size) -> int:
        """About how many arithmetic operations on elements one run takes."""
        return _evaluate(self.operations, self.values(size))

    def memory_bytes(self, size: Size) -> int:
        """The size of all arrays together."""
        return _evaluate(self.elements, self.values(size)) * ELEMENT_BYTES[self.element]


def _evaluate(formula: str, values: Mapping[str, int]) -> int:
    """The value of a sum of products such as `2*N*N/3 + N`, each product rounded down."""
    total = 0
    for term in formula.split("+"):
        numerator, _, denominator = term.partition("/")
        factors = (values[factor] if factor in values else int(factor) for factor in numerator.strip().split("*"))
        total += prod(factors) // int(denominator or 1)
    return total


def find(name: str) -> Kernel:
    """The kernel called `name`; KeyError if there is none."""
    return _BY_NAME[name]


def sources() -> dict[str, Path]:
    """Kernel name -> its C source, all kernels in the order of the suite."""
    return {kernel.name: kernel.path for kernel in KERNELS}


_DATAMINING = "datamining"
_LINEAR = "linear-algebra/kernels"
_BLAS = "linear-algebra/blas"
_SOLVERS = "linear-algebra/solvers"
_MEDLEY = "medley"
_STENCILS = "stencils"

KERNELS: tuple[Kernel, ...] = (
    Kernel(
        "correlation", _DATAMINING, "double", ("M", "N"),
        ((28, 32), (80, 100), (240, 260), (1200, 1400), (2600, 3000)),
        "M*M*N + 8*M*N",
        "M*N + M*M + 2*M",
    ),
    Kernel(
        "covariance", _DATAMINING, "double", ("M", "N"),
        ((28, 32), (80, 100), (240, 260), (1200, 1400), (2600, 3000)),
        "M*M*N + 2*M*N",
        "M*N + M*M + M",
    ),
    Kernel(
        "2mm", _LINEAR, "double", ("NI", "NJ", "NK", "NL"),
        ((16, 18, 22, 24), (40, 50, 70, 80), (180, 190, 210, 220), (800, 900, 1100, 1200), (1600, 1800, 2200, 2400)),
        "3*NI*NJ*NK + 2*NI*NJ*NL + NI*NL",
        "NI*NJ + NI*NK + NK*NJ + NJ*NL + NI*NL",
    ),
    Kernel(
        "3mm", _LINEAR, "double", ("NI", "NJ", "NK", "NL", "NM"),
        ((16, 18, 20, 22, 24), (40, 50, 60, 70, 80), (180, 190, 200, 210, 220), (800, 900, 1000, 1100, 1200),
         (1600, 1800, 2000, 2200, 2400)),
        "2*NI*NJ*NK + 2*NJ*NL*NM + 2*NI*NJ*NL",
        "NI*NJ + NI*NK + NK*NJ + NJ*NL + NJ*NM + NM*NL + NI*NL",
    ),
    Kernel(
        "atax", _LINEAR, "double", ("M", "N"),
        ((38, 42), (116, 124), (390, 410), (1900, 2100), (1800, 2200)),
        "4*M*N",
        "M*N + 2*N + M",
    ),
    Kernel(
        "bicg", _LINEAR, "double", ("M", "N"),
        ((38, 42), (116, 124), (390, 410), (1900, 2100), (1800, 2200)),
        "4*M*N",
        "M*N + 2*N + 2*M",
    ),
    Kernel(
        "doitgen", _LINEAR, "double", ("NQ", "NR", "NP"),
        ((8, 10, 12), (20, 25, 30), (40, 50, 60), (140, 150, 160), (220, 250, 270)),
        "2*NR*NQ*NP*NP",
        "NR*NQ*NP + NP*NP + NP",
    ),
    Kernel(
        "mvt", _LINEAR, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "4*N*N",
        "N*N + 4*N",
    ),
    Kernel(
        "gemm", _BLAS, "double", ("NI", "NJ", "NK"),
        ((20, 25, 30), (60, 70, 80), (200, 220, 240), (1000, 1100, 1200), (2000, 2300, 2600)),
        "3*NI*NJ*NK + NI*NJ",
        "NI*NJ + NI*NK + NK*NJ",
    ),
    Kernel(
        "gemver", _BLAS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "10*N*N + N",
        "N*N + 8*N",
    ),
    Kernel(
        "gesummv", _BLAS, "double", ("N",),
        ((30,), (90,), (250,), (1300,), (2800,)),
        "4*N*N + 3*N",
        "2*N*N + 3*N",
    ),
    Kernel(
        "symm", _BLAS, "double", ("M", "N"),
        ((20, 30), (60, 80), (200, 240), (1000, 1200), (2000, 2600)),
        "5*M*M*N/2 + 7*M*N/2",
        "2*M*N + M*M",
    ),
    Kernel(
        "syr2k", _BLAS, "double", ("M", "N"),
        ((20, 30), (60, 80), (200, 240), (1000, 1200), (2000, 2600)),
        "3*M*N*N + 3*M*N + N*N/2",
        "N*N + 2*M*N",
    ),
    Kernel(
        "syrk", _BLAS, "double", ("M", "N"),
        ((20, 30), (60, 80), (200, 240), (1000, 1200), (2000, 2600)),
        "3*M*N*N/2 + 3*M*N/2 + N*N/2",
        "N*N + M*N",
    ),
    Kernel(
        "trmm", _BLAS, "double", ("M", "N"),
        ((20, 30), (60, 80), (200, 240), (1000, 1200), (2000, 2600)),
        "M*M*N",
        "M*M + M*N",
    ),
    Kernel(
        "cholesky", _SOLVERS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "N*N*N/3 + N*N/2",
        "N*N",
    ),
    Kernel(
        "durbin", _SOLVERS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "2*N*N + 2*N",
        "3*N",
    ),
    Kernel(
        "gramschmidt", _SOLVERS, "double", ("M", "N"),
        ((20, 30), (60, 80), (200, 240), (1000, 1200), (2000, 2600)),
        "2*M*N*N + M*N",
        "2*M*N + N*N",
    ),
    Kernel(
        "lu", _SOLVERS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "2*N*N*N/3",
        "N*N",
    ),
    Kernel(
        "ludcmp", _SOLVERS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "2*N*N*N/3 + 3*N*N/2",
        "N*N + 3*N",
    ),
    Kernel(
        "trisolv", _SOLVERS, "double", ("N",),
        ((40,), (120,), (400,), (2000,), (4000,)),
        "N*N",
        "N*N + 2*N",
    ),
    Kernel(
        "deriche", _MEDLEY, "float", ("W", "H"),
        ((64, 64), (192, 128), (720, 480), (4096, 2160), (7680, 4320)),
        "32*W*H",
        "4*W*H",
    ),
    Kernel(
        "floyd-warshall", _MEDLEY, "int", ("N",),
        ((60,), (180,), (500,), (2800,), (5600,)),
        "2*N*N*N",
        "N*N",
    ),
    Kernel(
        "nussinov", _MEDLEY, "int", ("N",),
        ((60,), (180,), (500,), (2500,), (5500,)),
        "N*N*N/3",
        "N*N",
    ),
    Kernel(
        "adi", _STENCILS, "double", ("TSTEPS", "N"),
        ((20, 20), (40, 60), (100, 200), (500, 1000), (1000, 2000)),
        "34*TSTEPS*N*N",
        "4*N*N",
    ),
    Kernel(
        "fdtd-2d", _STENCILS, "double", ("TMAX", "NX", "NY"),
        ((20, 20, 30), (40, 60, 80), (100, 200, 240), (500, 1000, 1200), (1000, 2000, 2600)),
        "11*TMAX*NX*NY",
        "3*NX*NY + TMAX",
    ),
    Kernel(
        "heat-3d", _STENCILS, "double", ("TSTEPS", "N"),
        ((20, 10), (40, 20), (100, 40), (500, 120), (1000, 200)),
        "30*TSTEPS*N*N*N",
        "2*N*N*N",
    ),
    Kernel(
        "jacobi-1d", _STENCILS, "double", ("TSTEPS", "N"),
        ((20, 30), (40, 120), (100, 400), (500, 2000), (1000, 4000)),
        "6*TSTEPS*N",
        "2*N",
    ),
    Kernel(
        "jacobi-2d", _STENCILS, "double", ("TSTEPS", "N"),
        ((20, 30), (40, 90), (100, 250), (500, 1300), (1000, 2800)),
        "10*TSTEPS*N*N",
        "2*N*N",
    ),
    Kernel(
        "seidel-2d", _STENCILS, "double", ("TSTEPS", "N"),
        ((20, 40), (40, 120), (100, 400), (500, 2000), (1000, 4000)),
        "9*TSTEPS*N*N",
        "N*N",
    ),
)

_BY_NAME = {kernel.name: kernel for kernel in KERNELS}

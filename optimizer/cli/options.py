"""Options that several commands share, spelled as compilers spell them."""

from enum import Enum
from typing import Annotated

import typer


class Format(Enum):
    """How diagnostics and reports are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class PlainFormat(Enum):
    """How a report without diagnostics is written."""

    TEXT = "text"
    JSON = "json"


File = Annotated[str, typer.Argument(metavar="FILE", help="A C file; - is standard input.")]
SecondFile = Annotated[str, typer.Argument(metavar="SECOND", help="The C file to compare with the first.")]
Includes = Annotated[
    list[str] | None, typer.Option("-I", metavar="DIR", help="Search DIR for headers.", show_default=False)
]
Defines = Annotated[
    list[str] | None, typer.Option("-D", metavar="NAME[=VALUE]", help="Define a macro.", show_default=False)
]
Undefines = Annotated[
    list[str] | None, typer.Option("-U", metavar="NAME", help="Undefine a macro.", show_default=False)
]
CompilerName = Annotated[
    str, typer.Option("--cc", "--compiler", metavar="COMMAND", help="The C compiler.", envvar="CC")
]
CompilerCommand = Annotated[
    str | None,
    typer.Option("--cc", "--compiler", metavar="COMMAND", help="The C compiler.", show_default="$CC, gcc or clang"),
]
Arguments = Annotated[
    list[str] | None,
    typer.Option("--arg", metavar="TEXT", help="An argument of the program when it is run.", show_default=False),
]
Links = Annotated[
    list[str] | None,
    typer.Option("--link", metavar="FILE", help="A further source of the program.", show_default=False),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="The size to expect or run with.", show_default=False),
]
Functions = Annotated[
    list[str] | None,
    typer.Option("--function", metavar="NAME", help="Only this function's nests.", show_default=False),
]
Reassociate = Annotated[
    bool, typer.Option("--reassociate", help="Let floating-point sums and products be computed in any order.")
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads to run with.", show_default="all cores")]
OutputFormat = Annotated[Format, typer.Option("--format", help="How diagnostics are written.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where the program goes.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors on stderr.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="More on stderr; a traceback if loopwright fails.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if a nest was refused.")]

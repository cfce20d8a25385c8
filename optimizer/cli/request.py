"""What the shared options say, as values: compiler flags in the order that compilers want, sizes, further sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.files import STDIN, STDIN_NAME, read_source
from optimizer.ir.diagnostic import UsageError

if TYPE_CHECKING:
    from optimizer.execution import Toolchain
    from optimizer.search.request import Request


@dataclass(frozen=True, slots=True)
class CompilerOptions:
    """How the user's compiler is called; `flags` are those after `--`."""

    command: str | None
    includes: Sequence[str] | None
    defines: Sequence[str] | None
    undefines: Sequence[str] | None
    flags: tuple[str, ...]

    def toolchain(self) -> "Toolchain":
        """The compiler with these flags; libraries come last on its command line, as linkers want them."""
        from optimizer.execution import detect_toolchain

        libraries = tuple(flag for flag in self.flags if flag.startswith("-l"))
        others = tuple(flag for flag in self.flags if not flag.startswith("-l"))
        found = detect_toolchain(
            self.command, (*preprocessor_flags(self.includes, self.defines, self.undefines), *others)
        )
        return replace(found, libs=(*libraries, *found.libs))


@dataclass(frozen=True, slots=True)
class Choices:
    """What to work on and with which sizes, as the options spell it."""

    parameters: Sequence[str] | None = None
    functions: Sequence[str] | None = None
    links: Sequence[str] | None = None
    arguments: Sequence[str] | None = None
    threads: int | None = None
    seed: int = 0
    reassociate: bool = False


def make_request(file: str, compiler: CompilerOptions, choices: Choices) -> "Request":
    """The request that the options stand for; reads `file`."""
    from optimizer.search.request import Request

    sizes = parse_parameters(choices.parameters)
    links = linked_files(choices.links)
    text = read_source(file)
    return Request(
        path=source_path(file),
        text=text,
        toolchain=compiler.toolchain(),
        links=links,
        sizes=sizes,
        threads=choices.threads,
        functions=frozenset(choices.functions or ()),
        arguments=tuple(choices.arguments or ()),
        seed=choices.seed,
        reassociate=choices.reassociate,
    )


def source_path(file: str) -> Path:
    """The path by which diagnostics call `file`."""
    return Path(STDIN_NAME if file == STDIN else file)


def preprocessor_flags(
    includes: Sequence[str] | None, defines: Sequence[str] | None, undefines: Sequence[str] | None
) -> tuple[str, ...]:
    """The flags -I, -D and -U for a compiler; UsageError for a name that is defined and undefined."""
    defined = {define.partition("=")[0].partition("(")[0] for define in defines or ()}
    both = defined & set(undefines or ())
    if both:
        name = min(both)
        raise UsageError(f"-D {name} and -U {name} contradict each other")
    return (
        *(f"-I{directory}" for directory in includes or ()),
        *(f"-D{define}" for define in defines or ()),
        *(f"-U{name}" for name in undefines or ()),
    )


def parse_parameters(texts: Sequence[str] | None) -> Mapping[str, int]:
    """The sizes given with --param NAME=VALUE."""
    sizes: dict[str, int] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        try:
            number = int(value, 0)
        except ValueError:
            number = None
        if not name or not equals or number is None:
            raise UsageError(f"--param {text}: expected NAME=INTEGER, for example --param n=1000")
        if sizes.setdefault(name, number) != number:
            raise UsageError(f"--param {name} is given twice, as {sizes[name]} and {number}")
    return sizes


def linked_files(names: Sequence[str] | None) -> tuple[Path, ...]:
    """The files given with --link; UsageError for one that is not there."""
    files = tuple(Path(name) for name in names or ())
    for file in files:
        if not file.is_file():
            raise UsageError(f"--link {file}: there is no such file")
    return files


def parse_budget(text: str) -> float:
    """Seconds in a duration such as 90, 90s, 2m or 1h."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    number, unit = (text[:-1], text[-1]) if text and text[-1] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--budget {text}: expected a duration such as 90s, 2m or 1h")
    return seconds

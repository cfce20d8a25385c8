"""The table of commands. Their modules import what is heavy only when they run."""

import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from loopwright import __version__
from optimizer.cli.bench import bench
from optimizer.cli.doctor import doctor
from optimizer.cli.explain import explain
from optimizer.cli.fuzz import fuzz
from optimizer.cli.optimize import optimize
from optimizer.cli.tune import tune
from optimizer.cli.verify import verify
from optimizer.ir.diagnostic import UsageError

app = typer.Typer(
    name="loopwright",
    help="Makes the loop nests of a C file faster: every rewrite is proven, and what is measured is run.",
    epilog="Exit codes: 0 done, 1 findings, 2 usage or unreadable input, 3 internal error. Compiler flags follow --.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (optimize, tune, verify, explain, bench, doctor, fuzz):
    app.command()(command)


def _show_version(value: bool) -> None:
    if value:
        sys.stdout.write(f"loopwright {__version__}\n")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="The version.")]


@app.callback(invoke_without_command=True)
def _callback(
    context: typer.Context,
    version: Version = False,  # noqa: ARG001  its callback has done the work
) -> None:
    if context.invoked_subcommand is None:
        sys.stderr.write(context.get_help() + "\n")
        raise typer.Exit(2)


def run(arguments: list[str]) -> int:
    """The exit code of the command that `arguments` name; what follows `--` is handed to the compiler."""
    own, compiler_flags = split_at_dashes(arguments)
    try:
        code = app(own, prog_name="loopwright", standalone_mode=False, obj=compiler_flags)
    except TyperException as error:
        raise UsageError(_usage_message(error)) from error
    return code if isinstance(code, int) else 0


def split_at_dashes(arguments: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The arguments before the first `--` and those after it."""
    if "--" not in arguments:
        return arguments, ()
    position = arguments.index("--")
    return arguments[:position], tuple(arguments[position + 1 :])


def _usage_message(error: TyperException) -> str:
    message = error.message or error.format_message()
    possibilities = getattr(error, "possibilities", None)
    if possibilities:
        message = f"{message}. Did you mean {' or '.join(sorted(possibilities))}?"
    elif message.startswith("No such option: -") and not message.startswith("No such option: --"):
        message = f"{message}; flags for the compiler follow a lone --"
    else:
        message = error.format_message().replace("Value error, ", "") if not message.startswith("No such") else message
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "loopwright"
    return f"{message}\nTry '{path} --help'."

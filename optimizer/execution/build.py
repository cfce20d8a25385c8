"""Instrumented text to executable, inside the sandbox."""

import hashlib
import os
import re
import uuid
from pathlib import Path

from optimizer.execution.flags import absolute_flags, link_flags
from optimizer.execution.instrument import instrument
from optimizer.execution.limits import Limits
from optimizer.execution.process import Finished
from optimizer.execution.program import Binary, Program, Purpose
from optimizer.execution.sandbox import Job, detect_sandbox
from optimizer.execution.toolchain import Toolchain, accepts
from optimizer.ir.outcome import CompileError, TimedOut

COMPILE_LIMITS = Limits(wall_s=120, cpu_s=120)
_RUNTIME = Path(__file__).with_name("runtime.c")
_EXACT = ("-fno-fast-math", "-ffp-contract=off")  # the program's order of operations, whatever the flags
_PATTERN = "-ftrivial-auto-var-init=pattern"  # what is not initialized holds the same everywhere, and nothing useful
_COUNTED = ("/bin/sh", "-c", '"$@"; status=$?; times; exit $status', "sh")  # jails hide the times of what runs in them
_TIMES = re.compile(r"(\d+)m([\d.]+)s")
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX")
_ERROR = re.compile(r"^.*(?:\berror\b|\bundefined reference\b|multiple definition).*$", re.MULTILINE)


def build(
    program: Program, toolchain: Toolchain, *, purpose: Purpose, directory: Path, limits: Limits = COMPILE_LIMITS
) -> Binary | CompileError | TimedOut:
    """`program` compiled for `purpose`, its files below `directory`; one build needs about a second.

    Objects that do not depend on the program's text are compiled once per directory.
    """
    flags = _flags(toolchain, purpose)
    text = instrument(program, purpose)
    objects: list[Path] = []
    sources = [(_RUNTIME, _runtime_flags(program, toolchain, purpose))]
    sources += [(link, (*flags, *_include_flags(link))) for link in program.links]
    for source, source_flags in sources:
        built = _object(source, source_flags, toolchain, directory, limits)
        if not isinstance(built, Path):
            return built
        objects.append(built)
    key = _key(toolchain.compiler, *flags, str(program.path), *map(str, objects), text)
    copy, output = directory / f"{key}.c", directory / f"{key}.bin"
    compile_cpu_s = 0.0
    if not output.exists():
        copy.write_bytes(text)
        call = _call_flag(program)
        words = (*flags, call, *_include_flags(program.path), str(copy), *map(str, objects), *_libraries(toolchain))
        cpu_s = _compile(toolchain, words, output, limits)
        if isinstance(cpu_s, CompileError | TimedOut):
            return cpu_s
        compile_cpu_s = cpu_s
    return Binary(output, program, purpose, toolchain, compile_cpu_s)


def build_file(source: Path, toolchain: Toolchain, directory: Path) -> Path | CompileError | TimedOut:
    """The executable of the program in the one file `source`, as it is, below `directory`."""
    flags = (*toolchain.flags, *toolchain.user_flags)
    output = directory / f"{_key(toolchain.compiler, *flags, source.read_bytes())}.bin"
    if not output.exists():
        cpu_s = _compile(toolchain, (*flags, str(source), *_libraries(toolchain)), output, COMPILE_LIMITS)
        if isinstance(cpu_s, CompileError | TimedOut):
            return cpu_s
    return output


def _flags(toolchain: Toolchain, purpose: Purpose) -> tuple[str, ...]:
    extra: tuple[str, ...] = ("-w",)
    if purpose is Purpose.CHECK:
        extra += _EXACT
        if accepts(toolchain.compiler, (_PATTERN,)):
            extra += (_PATTERN,)
    return (*toolchain.flags, *absolute_flags(toolchain.user_flags), *extra)


def _include_flags(path: Path) -> tuple[str, ...]:
    return ("-iquote", str(path.absolute().parent))


def _call_flag(program: Program) -> str:
    """The number of the region that stands for the whole call of a harness."""
    return f"-D__LW_CALL={len(program.regions)}u"


def _libraries(toolchain: Toolchain) -> tuple[str, ...]:
    return (*link_flags(toolchain.user_flags), *toolchain.libs, "-lpthread")


def _runtime_flags(program: Program, toolchain: Toolchain, purpose: Purpose) -> tuple[str, ...]:
    watched = program.watched
    dumps = max((len(dumps) for dumps in watched), default=0)
    return (
        "-O3",
        "-fno-strict-aliasing",
        *toolchain.machine_flags,
        f"-DLW_CHECK={int(purpose is Purpose.CHECK)}",
        f"-DLW_REGIONS={max(1, len(watched))}",
        f"-DLW_DUMPS={dumps}",
        "-DLW_ARRAYS=256",
    )


def _object(
    source: Path, flags: tuple[str, ...], toolchain: Toolchain, directory: Path, limits: Limits
) -> Path | CompileError | TimedOut:
    try:
        text = source.read_bytes()
    except OSError as error:
        return CompileError(f"{source}: {error.strerror}")
    output = directory / f"{_key(toolchain.compiler, *flags, str(source), text)}.o"
    if not output.exists():
        cpu_s = _compile(toolchain, (*flags, "-c", str(source.absolute())), output, limits)
        if isinstance(cpu_s, CompileError | TimedOut):
            return cpu_s
    return output


def _key(*parts: str | bytes) -> str:
    hasher = hashlib.blake2b(digest_size=12)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hasher.update(len(data).to_bytes(8, "little") + data)
    return hasher.hexdigest()


def _compile(
    toolchain: Toolchain, words: tuple[str, ...], output: Path, limits: Limits
) -> float | CompileError | TimedOut:
    """Run the compiler on `words`; the processor seconds that it took if `output` is there now."""
    directory = output.parent
    temporary = output.with_suffix(f".{uuid.uuid4().hex}.tmp")
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"LC_ALL": "C", "TMPDIR": str(directory), "HOME": str(directory)}
    command = (*_COUNTED, toolchain.compiler, *words, "-o", str(temporary))
    job = Job(command, directory, environment, reads_everything=True)
    done = detect_sandbox(directory).run(job, limits)
    if done.timed_out:
        return TimedOut(limits.wall_s)
    if done.status != 0:
        return CompileError(_first_error(done))
    temporary.chmod(0o755)
    temporary.replace(output)
    return _cpu_seconds(done)


def _cpu_seconds(done: Finished) -> float:
    """What the shell around the compiler has counted: user and system time of its children, on the last line."""
    lines = done.stdout.data.decode(errors="replace").splitlines()
    return sum(60 * int(minutes) + float(seconds) for minutes, seconds in _TIMES.findall(lines[-1] if lines else ""))


def _first_error(done: Finished) -> str:
    message = done.stderr.data.decode(errors="replace").strip()
    found = _ERROR.search(message)
    if found:
        return found.group().strip()
    return message.splitlines()[-1] if message else f"the compiler ended with status {done.status}"

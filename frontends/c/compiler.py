"""Runs the user's compiler: to check that it accepts the file, and to preprocess it. No C is interpreted here."""

import re
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frontends.c.source import Source

TIMEOUT_S = 60
MEMORY_BYTES = 4 << 30
_DROPPED = ("-c", "-S", "-E", "-M", "-MM", "-MD", "-MMD", "-MP", "-MG", "-pipe")
_DROPPED_WITH_VALUE = ("-o", "-MF", "-MT", "-MQ")
_LOCATED = re.compile(
    r"^(?P<file>[^\n:]+):(?P<line>\d+):(?:(?P<column>\d+):)? (?:fatal )?error: (?P<message>.*)$", re.M
)
_UNLOCATED = re.compile(r"^(?:[\w.+/-]+: )?(?:fatal )?error: (?P<message>.*)$", re.M)


@dataclass(frozen=True)
class Compiler:
    """A C compiler with the user's flags, started in the current directory as the user would."""

    command: str
    flags: tuple[str, ...]

    @classmethod
    def create(cls, command: str, flags: Sequence[str]) -> "Compiler":
        """The compiler without the flags that choose outputs."""
        kept: list[str] = []
        skip = False
        for flag in flags:
            if skip:
                skip = False
            elif flag in _DROPPED_WITH_VALUE:
                skip = True
            elif flag not in _DROPPED and not flag.startswith("-o"):
                kept.append(flag)
        return cls(command, tuple(kept))

    @property
    def wraps_signed(self) -> bool:
        """True if the flags give signed overflow a meaning."""
        return any(flag in ("-fwrapv", "-fno-strict-overflow", "-ftrapv") for flag in self.flags)

    @property
    def strict_aliasing(self) -> bool:
        """True if objects of different types may be taken not to overlap."""
        return "-fno-strict-aliasing" not in self.flags

    def check(self, source: Source, path: Path) -> None:
        """Raises InputError with the compiler's first error if it does not accept `source`."""
        text = b'#line 1 "%s"\n' % _quoted(source.name) + source.data
        result = self._run(source, path, ["-fsyntax-only", "-w"], text)
        if result.returncode != 0:
            raise self._rejection(source, result)

    def preprocess(self, source: Source, path: Path, text: bytes) -> str:
        """The output of the preprocessor for `text`, comments kept; raises InputError if there is none."""
        result = self._run(source, path, ["-E", "-C", "-w"], text)
        if result.returncode != 0:
            raise self._rejection(source, result)
        return result.stdout.decode("utf-8", "replace")

    def macros(self, source: Source, path: Path) -> str:
        """The definitions of all macros at the end of `source`, one `#define` a line."""
        result = self._run(source, path, ["-E", "-dM", "-w"], source.data)
        if result.returncode != 0:
            raise self._rejection(source, result)
        return result.stdout.decode("utf-8", "replace")

    def _run(self, source: Source, path: Path, mode: list[str], text: bytes) -> "subprocess.CompletedProcess[bytes]":
        directory = str(path.parent) or "."
        command = [self.command, *mode, "-iquote", directory, *self.flags, "-x", "c", "-"]
        start = source.span(0, 0)
        try:
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process:
                _limit(process.pid)
                try:
                    out, err = process.communicate(text, timeout=TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise source.fail("LW107", f"{self.command} did not end within {TIMEOUT_S} s", start) from None
        except (OSError, ValueError) as error:
            raise source.fail(
                "LW107", f"cannot run the compiler '{self.command}': {error}", start, "install it, or name another one"
            ) from None
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def _rejection(self, source: Source, result: "subprocess.CompletedProcess[bytes]") -> Exception:
        text = result.stderr.decode("utf-8", "replace")
        tried = (
            f"'{self.command} -fsyntax-only {' '.join(self.flags)}' must accept the file; pass the -I and -D it needs"
        )
        located = _LOCATED.search(text)
        if located is not None:
            message = f"{self.command}: {located['message']}"
            if located["file"] == source.name:
                span = source.line_span(int(located["line"]), int(located["column"] or 1))
            else:
                span = source.line_span(1)
                message = f"{self.command}: {located['file']}:{located['line']}: {located['message']}"
            return source.fail("LW106", message, span, tried)
        unlocated = _UNLOCATED.search(text)
        detail = unlocated["message"] if unlocated else (text.strip().splitlines() or [f"exit {result.returncode}"])[0]
        return source.fail("LW107", f"{self.command}: {detail}", source.span(0, 0), tried)


def _limit(pid: int) -> None:
    """Limit the process, as far as the limits are below those that this process has itself."""
    try:
        for kind, wanted in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, TIMEOUT_S)):
            hard = resource.getrlimit(kind)[1]
            bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.prlimit(pid, kind, (bound, bound))
    except ProcessLookupError:
        return


def _quoted(name: str) -> bytes:
    return name.encode("utf-8", "replace").replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b" ")

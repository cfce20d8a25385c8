"""One diagnostic type for everything the user is told about a program. Rendering lives in `optimizer.report`."""

from dataclasses import dataclass, field
from enum import Enum


class Severity(Enum):
    """How a diagnostic weighs; `REMARK` informs, `ERROR` means that there is no product."""

    ERROR = "error"
    WARNING = "warning"
    REMARK = "remark"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a source file: lines and columns count from 1, columns in bytes, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    start_byte: int = field(default=0, compare=False)
    end_byte: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is said about one span. `code` is stable (LW101): 1xx input not modelled, 2xx transformation rejected,
    3xx code generation, 4xx execution check, 5xx measurement unstable.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    label: str = ""
    related: tuple[tuple[Span, str], ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.span}: {self.severity.value}: {self.message} [{self.code}]"


class InputError(Exception):
    """The input cannot be read or used as a whole; carries the diagnostic to print (exit code 2)."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


class UsageError(Exception):
    """The user's command or settings cannot be followed (exit code 2); the message says what to do."""

"""Finds the nests of a function: the regions that the user marks, else the maximal runs that can be modelled."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import islpy as isl

from frontends.c import sets
from frontends.c.builder import Surroundings, build_scop
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.syntax import (
    Block,
    Declaration,
    Empty,
    ExprStatement,
    For,
    FunctionDef,
    If,
    Jump,
    OtherStmt,
    Pragma,
    Stmt,
    While,
)
from frontends.c.traversal import has_loop, statements_in, substatements
from optimizer.ir.diagnostic import Diagnostic, Severity
from optimizer.ir.scop import Scop

MAX_RUN = 40  # statements that are modelled together
MAX_OPERATIONS = 4_000_000  # of isl, for one nest


@dataclass
class Findings:
    """The nests of a file and why others were left alone."""

    scops: list[Scop] = field(default_factory=list[Scop])
    refusals: list[Diagnostic] = field(default_factory=list[Diagnostic])


def has_regions(function: FunctionDef) -> bool:
    """True if `function` marks nests with `#pragma scop`."""
    return function.body is not None and any(
        _is_mark(s, "scop") or _is_mark(s, "endscop") for s in statements_in([function.body])
    )


class Detector:
    """Finds the nests of one function."""

    def __init__(self, around: Surroundings, findings: Findings) -> None:
        self.around = around
        self.findings = findings
        self.count = 0

    def function(self, *, only_regions: bool) -> None:
        """Adds the nests of the function to the findings; those in marked regions, if `only_regions`."""
        function = self.around.function
        if function.body is None:
            self._refuse(
                Refusal("LW110", f"'{function.variable.name}' is not understood: {function.trouble}", function.first)
            )
            return
        if only_regions:
            self._regions(function.body.body)
        else:
            self._block(function.body.body)

    # Regions marked by the user --------------------------------------------------------------------------------------
    def _regions(self, statements: Sequence[Stmt]) -> None:
        start: int | None = None
        for index, statement in enumerate(statements):
            if _is_mark(statement, "scop"):
                start = index + 1
            elif _is_mark(statement, "endscop"):
                if start is None:
                    self._refuse(Refusal("LW129", "'#pragma endscop' without '#pragma scop'", statement.first))
                elif start < index:
                    self._region(statements[start:index], statements[index + 1 :])
                start = None
            elif start is None:
                self._regions(substatements(statement))
        if start is not None:
            self._refuse(
                Refusal(
                    "LW129", "'#pragma scop' without '#pragma endscop' in the same block", statements[start - 1].first
                )
            )

    def _region(self, run: Sequence[Stmt], following: Sequence[Stmt]) -> None:
        run = [s for s in run if not isinstance(s, Empty)]
        if not any(has_loop(s) for s in run):
            return
        refusal = self._try(run, following)
        if refusal is not None:
            refusal.reason = f"the region is not modelled: {refusal.reason}"
            self._refuse(refusal, run[0])
            self._block(run)

    # Runs found by us ------------------------------------------------------------------------------------------------
    def _block(self, statements: Sequence[Stmt]) -> None:
        """Finds the maximal runs of a block."""
        position = 0
        while position < len(statements):
            statement = statements[position]
            if not has_loop(statement):
                position += 1
            elif (pragma := _pragma_before(statements, position)) is not None:
                self._refuse(Refusal("LW127", f"it stands behind '{pragma.text}'", statement.first, _LEAVE_ALONE))
                position += 1
            elif isinstance(statement, For | If):
                position = self._run_from(statements, position)
            else:
                self._refuse_statement(statement)
                self._block(substatements(statement))
                position += 1

    def _run_from(self, statements: Sequence[Stmt], position: int) -> int:
        """Takes the longest run that begins at `position`; where to go on."""
        end = _candidate_end(statements, position)
        while True:
            refusal = self._try(statements[position:end], statements[end:])
            if refusal is None:
                return end
            if end == position + 1:
                break
            culprit = end
            if refusal.at is not None:
                culprit = next((k for k in range(position, end) if refusal.at < statements[k].last), end)
            end = max(position + 1, _trimmed(statements, position, culprit if position < culprit < end else end - 1))
        self._refuse(refusal, statements[position])
        if refusal.code != "LW135":
            self._block(_branches(statements[position]))
        return position + 1

    def _try(self, run: Sequence[Stmt], following: Sequence[Stmt]) -> Refusal | None:
        """Models `run`; the refusal if that fails."""
        name = f"{self.around.function.variable.name}:{self.count}"
        sets.CONTEXT.reset_operations()
        sets.CONTEXT.set_max_operations(MAX_OPERATIONS)
        try:
            scop = build_scop(self.around, run, following, name)
        except Refusal as refusal:
            return refusal
        except NotAffine as error:
            return Refusal("LW118", error.reason, error.at)
        except isl.Error:
            return Refusal("LW128", "its sets take too long to compute", run[0].first, "split the nest")
        finally:
            sets.CONTEXT.set_max_operations(0)
        self.count += 1
        self.findings.scops.append(scop)
        return None

    def _refuse_statement(self, statement: Stmt) -> None:
        if isinstance(statement, While):
            help_ = "write it as a 'for' loop over an integer counter"
            self._refuse(Refusal("LW111", f"a '{statement.keyword}' loop is not modelled", statement.first, help_))

    def _refuse(self, refusal: Refusal, statement: Stmt | None = None) -> None:
        locator = self.around.locator
        first = statement.first if statement is not None else refusal.at or 0
        span = locator.token(refusal.at if refusal.at is not None else first)
        help_ = (refusal.help,) if refusal.help else ()
        message = f"not optimized: {refusal.reason}"
        diagnostic = Diagnostic(refusal.code, Severity.REMARK, message, span, help=help_)
        if diagnostic not in self.findings.refusals:
            self.findings.refusals.append(diagnostic)


_LEAVE_ALONE = "code that is parallel already is left alone; remove the pragma to have it optimized"


def _is_mark(statement: Stmt, word: str) -> bool:
    return isinstance(statement, Pragma) and statement.text.lstrip("# ").split()[:2] == ["pragma", word]


def _pragma_before(statements: Sequence[Stmt], position: int) -> Pragma | None:
    """The pragma that applies to the statement at `position`, if there is one."""
    before = statements[position - 1] if position else None
    if not isinstance(before, Pragma):
        return None
    words = before.text.lstrip("# ").split()[1:]
    neutral = words[:1] in (["scop"], ["endscop"], ["STDC"]) or words[:2] in (
        ["GCC", "diagnostic"],
        ["clang", "diagnostic"],
    )
    ended = words[:2] in (["omp", "barrier"], ["omp", "taskwait"], ["omp", "flush"], ["omp", "threadprivate"])
    return None if neutral or ended or words[:2] in (["GCC", "push_options"], ["GCC", "pop_options"]) else before


def _candidate_end(statements: Sequence[Stmt], position: int) -> int:
    """The end of the longest run from `position` that holds nothing that is never modelled."""
    end = position
    while end < len(statements) and end - position < MAX_RUN:
        statement = statements[end]
        if not isinstance(statement, For | If | ExprStatement | Declaration | Empty):
            break
        if any(isinstance(s, While | Jump | OtherStmt) for s in statements_in([statement])) and end > position:
            break
        end += 1
    return max(position + 1, _trimmed(statements, position, end))


def _trimmed(statements: Sequence[Stmt], position: int, end: int) -> int:
    """`end` moved back behind the last loop."""
    while end > position and not has_loop(statements[end - 1]):
        end -= 1
    return end


def _branches(statement: Stmt) -> tuple[Stmt, ...]:
    """The statements inside `statement`, blocks opened."""
    found: list[Stmt] = []
    for child in substatements(statement):
        found.extend(child.body if isinstance(child, Block) else (child,))
    return tuple(found)

"""What `optimize` and `tune` decided for a file: a summary for people, and the whole story as JSON."""

import math

from optimizer.ir.outcome import Accuracy, Measured, Outcome
from optimizer.report.cost import cost_as_json
from optimizer.report.document import Json, span_as_json
from optimizer.report.outcome import accuracy_line, outcome_line
from optimizer.search.request import NestResult, Result, Trial


def result_text(result: Result) -> str:
    """One line a nest and one for the file, each with a newline."""
    lines = [_nest_line(nest) for nest in result.nests]
    lines += [f"{result.path}: note: {note}" for note in result.notes]
    return "".join(f"{line}\n" for line in (*lines, summary_line(result)))


def summary_line(result: Result) -> str:
    """How much of the file was rewritten and how much faster it is, in one line that can be pasted."""
    rewritten = sum(nest.script is not None for nest in result.nests)
    text = f"{result.path}: {rewritten} of {_count(len(result.nests), 'nest')} rewritten"
    if result.refusals:
        text += f", {len(result.refusals)} refused"
    if result.total is not None:
        text += f"; all nests together {outcome_line(result.total)}"
    return text


def result_as_json(result: Result) -> dict[str, Json]:
    """The members of the report of `result`; its refusals are diagnostics of the same document."""
    return {
        "file": str(result.path),
        "changed": result.changed,
        "sandbox": result.sandbox,
        "sizes": dict(result.sizes),
        "total": None if result.total is None else outcome_as_json(result.total),
        "nests": [_nest_as_json(nest) for nest in result.nests],
        "notes": list(result.notes),
    }


def accuracy_as_json(accuracy: Accuracy) -> Json:
    """The JSON object of an accuracy."""
    return {"label": accuracy.label, "own_ulps": accuracy.own_ulps, "original_ulps": accuracy.original_ulps}


def outcome_as_json(outcome: Outcome) -> Json:
    """The JSON object of an outcome: its name in `outcome`, then its fields."""
    document: dict[str, Json] = {"outcome": type(outcome).__name__}
    for name in type(outcome).__match_args__:
        value = getattr(outcome, name)
        document[name] = _number(value)
    return document


def _nest_line(nest: NestResult) -> str:
    head = f"{nest.scop.span}: remark: nest {nest.scop.name}"
    early = f" ({nest.settled})" if nest.settled else ""
    if nest.script is None:
        return f"{head} stays as it is: {nest.reason}{early}"
    if isinstance(nest.outcome, Measured):
        error = "" if nest.accuracy is None else f", {accuracy_line(nest.accuracy)}"
        return f"{head} is {outcome_line(nest.outcome)}{error}{early}: {nest.script}"
    gain = nest.predicted_log2_speedup
    expected = f" (expected {2**gain:.2g}x)" if gain is not None else ""
    rounding = f", {', '.join(nest.reordered)} rounded in another order" if nest.reordered else ""
    return f"{head} is rewritten{expected}{rounding}: {nest.script}"


def _nest_as_json(nest: NestResult) -> Json:
    return {
        "name": nest.scop.name,
        "span": span_as_json(nest.scop.span),
        "script": nest.script,
        "reason": nest.reason,
        "settled": nest.settled,
        "predicted_log2_speedup": _number(nest.predicted_log2_speedup),
        "reordered": list(nest.reordered),
        "accuracy": None if nest.accuracy is None else accuracy_as_json(nest.accuracy),
        "outcome": None if nest.outcome is None else outcome_as_json(nest.outcome),
        "costs": cost_as_json(nest.costs),
        "text_bytes": nest.text_bytes,
        "trials": [_trial_as_json(trial) for trial in nest.trials],
    }


def _number(value: Json) -> Json:
    """`value`, spelled out where JSON has no number for it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _trial_as_json(trial: Trial) -> Json:
    return {"script": trial.script, "result": outcome_as_json(trial.outcome)}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

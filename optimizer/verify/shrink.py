"""Makes a failing random program smaller while it keeps failing: fewer steps, statements, loops and arrays."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from optimizer.verify.nests import Block, Guard, Linear, Loop, NestPlan, Node, loop_range, substitute

Scripts = tuple[str, ...]
StillFails = Callable[[NestPlan, Scripts], bool]


def shrink(plan: NestPlan, scripts: Scripts, still_fails: StillFails, budget_s: float) -> tuple[NestPlan, Scripts]:
    """The smallest program and scripts found within `budget_s` seconds that `still_fails` confirms."""
    deadline = time.monotonic() + budget_s
    progress = True
    while progress:
        progress = False
        for smaller_plan, smaller_scripts in _smaller(plan, scripts):
            if time.monotonic() > deadline:
                return plan, scripts
            if still_fails(smaller_plan, smaller_scripts):
                plan, scripts, progress = smaller_plan, smaller_scripts, True
                break
    return plan, scripts


def _smaller(plan: NestPlan, scripts: Scripts) -> Iterator[tuple[NestPlan, Scripts]]:
    for shorter in _shorter_scripts(scripts):
        yield plan, shorter
    for body in _smaller_bodies(plan.body, {p.name: p.range for p in plan.parameters}):
        for renamed in _renamings(scripts):
            yield replace(plan, body=body), renamed
    if plan.outer_counters:
        yield replace(plan, outer_counters=False), scripts
    for number, parameter in enumerate(plan.parameters):
        if parameter.others:
            single = (*plan.parameters[:number], replace(parameter, others=()), *plan.parameters[number + 1 :])
            yield replace(plan, parameters=single), scripts
        if parameter.value > 1:
            smaller = (*plan.parameters[:number], replace(parameter, value=parameter.value - 1))
            yield replace(plan, parameters=(*smaller, *plan.parameters[number + 1 :])), scripts


def _shorter_scripts(scripts: Scripts) -> Iterator[Scripts]:
    for number, text in enumerate(scripts):
        steps = [step for step in text.split("; ") if step]
        for position in range(len(steps)):
            rest = "; ".join(steps[:position] + steps[position + 1 :])
            yield (*scripts[:number], rest, *scripts[number + 1 :])


def _renamings(scripts: Scripts) -> Iterator[Scripts]:
    """`scripts` as they are, with one of them dropped, or with all statements after one that vanished renamed."""
    yield scripts
    if len(scripts) > 1:
        for number in range(len(scripts)):
            yield scripts[:number] + scripts[number + 1 :]
    highest = max((int(n) for text in scripts for n in re.findall(r"\bS(\d+)", text)), default=0)
    for gone in range(highest):
        yield tuple(re.sub(r"\bS(\d+)", lambda m, gone=gone: _shifted(m, gone), text) for text in scripts)  # type: ignore[misc]


def _shifted(match: "re.Match[str]", gone: int) -> str:
    number = int(match.group(1))
    return f"S{number - 1 if number > gone else number}"


def _smaller_bodies(nodes: tuple[Node, ...], env: dict[str, tuple[int, int]]) -> Iterator[tuple[Node, ...]]:
    """`nodes` with one node removed or simplified, larger removals first."""
    if len(nodes) > 1:
        for position in range(len(nodes)):
            yield nodes[:position] + nodes[position + 1 :]
    for position, node in enumerate(nodes):
        for smaller in _smaller_nodes(node, env):
            yield (*nodes[:position], *smaller, *nodes[position + 1 :])


def _smaller_nodes(node: Node, env: dict[str, tuple[int, int]]) -> Iterator[tuple[Node, ...]]:
    match node:
        case Loop(counter=counter, body=body):
            low, high = loop_range(node, env)
            if low <= high:
                yield tuple(substitute(child, counter, low) for child in body)
            for simpler in _simpler_headers(node, env):
                yield (simpler,)
            for inner in _smaller_bodies(body, {**env, counter: (low, max(low, high))}):
                yield (replace(node, body=inner),)
        case Guard(then=then, otherwise=otherwise):
            yield then
            if otherwise:
                yield otherwise
            for inner in _smaller_bodies(then, env):
                yield (replace(node, then=inner),)
        case Block(nodes=nodes, local=None):
            if len(nodes) > 1:
                yield nodes[1:]
        case _:
            return


def _simpler_headers(loop: Loop, env: dict[str, tuple[int, int]]) -> Iterator[Loop]:
    low, high = loop_range(loop, env)
    plain = Loop(loop.counter, Linear((), low), Linear((), high), loop.body)
    if low <= high and plain != loop:
        yield plain

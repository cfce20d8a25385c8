"""A mutation test of the judge: planted mistakes in generated code and in schedules must be found."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.dependences import analyze
from optimizer.transforms import original
from optimizer.verify.batch import LIGHT, ORIGINAL, SANITIZED, run_all
from optimizer.verify.generator import random_nest
from optimizer.verify.pipeline import emit, read
from optimizer.verify.render import render
from optimizer.verify.scripts import draw_script
from optimizer.verify.trial import Trial, attempt

RULES = {
    "loop runs once more": (r"(for \([^;]*; \w+) < ", r"\1 <= "),
    "loop stops early": (r"(for \([^;]*; \w+) <= ", r"\1 < "),
    "other step": (r"(for \([^;]*;[^;]*; \w+) \+= (\d+)", r"\1 += 1 + \2"),
    "sign of a term": (r"(\[[^\[\]]*) \+ ", r"\1 - "),
    "sign of an offset": (r"(\[[^\[\]]*) - ", r"\1 + "),
    "guard dropped": (r"if \(([^(){}]*)\) \{", r"if (1) {"),
    "guard negated": (r"if \(([^(){}]*)\) \{", r"if (!(\1)) {"),
    "compound becomes plain": (r" \+= ([^;]*;)\n", r" = \1\n"),
    "statement dropped": (r"\n( *)\w+\[[^;{}]* = [^;{}]*;", r"\n\1;"),
}
EQUIVALENT = 0.35  # mutants that compute the same or touch only what is never read


@dataclass(frozen=True)
class Mutant:
    rule: str
    seed: int
    text: str


def optimized_part(text: str) -> tuple[int, int]:
    """The code of the first nest, without its run-time checks and the original behind them."""
    start = text.index("/* loopwright:")
    checks = re.compile(r"/\* checked.*?\*/\n( *)if \(.*?\) \{\n", re.DOTALL).search(text, start)
    if checks is None:
        return start, text.index("int main(void)")
    return checks.end(), text.index(f"\n{checks.group(1)}}} else {{", checks.end())


def mutants(seed: int, text: str, rng: random.Random) -> Iterator[Mutant]:
    """One random place for each rule inside the kernel."""
    start, end = optimized_part(text)
    for rule, (pattern, replacement) in RULES.items():
        places = list(re.finditer(pattern, text[start:end]))
        if not places:
            continue
        place = rng.choice(places)
        changed = place.expand(replacement)
        yield Mutant(rule, seed, text[: start + place.start()] + changed + text[start + place.end() :])


def planted_mutants(first: int, count: int) -> tuple[list[Trial], list[Mutant]]:
    """Nests that were generated in the order as written, and their mutants."""
    trials = [attempt(random_nest(seed), 0) for seed in range(first, first + count)]
    trials = [trial for trial in trials if trial.variants]
    planted = [
        mutant
        for trial in trials
        for mutant in mutants(trial.plan.seed, trial.variants[0].text, random.Random(trial.plan.seed))
    ]
    return trials, planted


def test_mistakes_in_generated_code_are_found(tmp_path: Path) -> None:
    trials, planted = planted_mutants(5000, 20)
    assert len(planted) > 40
    seeds = [trial.plan.seed for trial in trials]
    expected = dict(zip(seeds, run_all([trial.text for trial in trials], ORIGINAL, tmp_path), strict=True))
    survivors = planted
    for build in (replace(LIGHT, limit_s=4), replace(SANITIZED, limit_s=4)):
        results = run_all([mutant.text for mutant in survivors], build, tmp_path)
        survivors = [m for m, result in zip(survivors, results, strict=True) if result == expected[m.seed]]
    total, alive = Counter(m.rule for m in planted), Counter(m.rule for m in survivors)
    assert len(survivors) <= EQUIVALENT * len(planted), (alive, total)
    assert [rule for rule in total if alive[rule] == total[rule] > 4] == []


def test_illegal_schedules_change_results(tmp_path: Path) -> None:
    """Code for refused schedules is generated all the same: running it must show what the refusal was about."""
    originals: list[str] = []
    changed: list[str] = []
    for seed in range(6000, 6012):
        source = read(render(random_nest(seed)), tmp_path, "kernel")
        nests = [analyze(scop) for scop in source.scops]
        plain = [original(nest.scop) for nest in nests]
        for number, nest in enumerate(nests):
            for step in draw_script(random.Random(seed), nest, 3).refused[:2]:
                text = emit(source, nests, [*plain[:number], step.schedule, *plain[number + 1 :]])
                if text is not None:
                    originals.append(source.text.decode())
                    changed.append(text)
    assert len(changed) >= 10
    results = zip(run_all(originals, ORIGINAL, tmp_path), run_all(changed, LIGHT, tmp_path), strict=True)
    assert sum(before != after for before, after in results) >= 0.3 * len(changed)

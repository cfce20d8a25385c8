"""Compiles and runs the variants of many trials together and compares what they print with the originals."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.verify.batch import LIGHT, OPTIMIZED, ORIGINAL, SANITIZED, Broken, Build, Printed, Result, run_all
from optimizer.verify.nests import NestPlan
from optimizer.verify.trial import Failure, FailureKind, Trial, Variant


def judge(trials: Sequence[Trial], build: Build, directory: Path) -> list[Failure]:
    """The failures among the variants of `trials`, built with `build`, against the originals built plainly."""
    waiting = [trial for trial in trials if trial.variants]
    expected = run_all([trial.text for trial in waiting], ORIGINAL, directory)
    results = {trial.plan.seed: result for trial, result in zip(waiting, expected, strict=True)}
    pairs = [(trial, variant) for trial in waiting for variant in trial.variants]
    texts = [variant.text for _, variant in pairs]
    failures: list[Failure] = []
    for number, result in enumerate(run_all(texts, build, directory)):
        trial, variant = pairs[number]
        if isinstance(result, Broken):  # alone it says more
            (result,) = run_all([variant.text], build, directory)
        failure = compare(trial.plan, variant, results[trial.plan.seed], result)
        if failure is not None and failure.kind is FailureKind.WRONG_RESULT:
            serial = replace(build, flags=tuple(flag for flag in build.flags if flag != "-fopenmp"))
            stays = run_all(texts, serial, directory)[number] != results[trial.plan.seed]
            if run_all([trial.text], SANITIZED, directory)[0] != results[trial.plan.seed]:
                failure = replace(failure, kind=FailureKind.GENERATOR, detail="undefined behaviour")
            elif stays and is_right_elsewhere(variant.text, serial, results[trial.plan.seed], directory):
                failure = replace(failure, kind=FailureKind.COMPILER, detail=f"{build}: {failure.detail}")
        if failure is not None:
            failures.append(failure)
    return failures


def is_right_elsewhere(text: str, build: Build, expected: Result, directory: Path) -> bool:
    """True if a program that is wrong under `build`, which has no threads, is right without optimization whatever
    uninitialized memory holds, under the sanitizers, and (if there is one) with another compiler at the same level.
    """
    plain = ("-O0", "-fopenmp", "-ffp-contract=off")
    judges = [Build("gcc", (*plain, f"-ftrivial-auto-var-init={fill}")) for fill in ("zero", "pattern")]
    clang = shutil.which("clang") or shutil.which("clang-19")
    if clang is not None:
        judges.append(replace(build, compiler=clang, flags=tuple(f for f in build.flags if f != "-fno-ivopts")))
    return all(run_all([text], judge_, directory)[0] == expected for judge_ in (*judges, SANITIZED))


def compare(plan: NestPlan, variant: Variant, expected: Result, actual: Result) -> Failure | None:
    """What is wrong with a variant that gave `actual`, None if nothing."""
    failure = Failure(FailureKind.GENERATOR, plan.seed, "", plan, variant.scripts, variant.text)
    if isinstance(expected, Broken):
        return replace(failure, detail=expected.detail)
    if isinstance(actual, Broken):
        return replace(failure, kind=FailureKind.BROKEN_PROGRAM, detail=actual.detail)
    if expected == actual:
        return None
    return replace(failure, kind=FailureKind.WRONG_RESULT, detail=_first_line(expected, actual))


def _first_line(expected: Printed, actual: Printed) -> str:
    pairs = zip(expected.text.splitlines(), actual.text.splitlines(), strict=False)
    return next((f"{right} instead of {left}" for left, right in pairs if left != right), "an array is missing")


def choose_build(rng: random.Random) -> Build:
    """One of the builds, the quick ones more often."""
    return rng.choice((LIGHT, LIGHT, OPTIMIZED, OPTIMIZED, OPTIMIZED, SANITIZED))

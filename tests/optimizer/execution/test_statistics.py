"""The gate: real gains pass, noise does not. All noise is simulated, so every figure is the same in every run."""

from collections.abc import Callable

import numpy as np
import pytest

from optimizer.execution import is_loss, is_win
from optimizer.execution.statistics import ratio_interval, summarize

TRIALS = 400
Noise = Callable[[np.random.Generator, int], np.ndarray]


def _white(dice: np.random.Generator, runs: int) -> np.ndarray:
    return np.exp(dice.normal(0, 0.02, runs))


def _loaded(dice: np.random.Generator, runs: int) -> np.ndarray:
    """Neighbours that come and go: a fifth of the runs are slowed by up to half."""
    return np.exp(dice.normal(0, 0.01, runs)) * (1 + (dice.random(runs) < 0.2) * dice.random(runs) * 0.5)


def _drifting(dice: np.random.Generator, runs: int) -> np.ndarray:
    """A machine that warms up: 30 % slower at the end than at the beginning, in a random walk."""
    walk = np.cumsum(dice.normal(0, 0.01, runs)) + np.linspace(0, 0.3, runs)
    return np.exp(walk + dice.normal(0, 0.01, runs))


def _bimodal(dice: np.random.Generator, runs: int) -> np.ndarray:
    """Two threads on a virtual machine: a factor of two that switches once in a while."""
    mode = np.cumsum(dice.random(runs) < 0.05) % 2
    return np.exp(dice.normal(0, 0.01, runs)) * (1 + mode)


def _flickering(dice: np.random.Generator, runs: int) -> np.ndarray:
    """The same factor of two, drawn anew for every run."""
    return np.exp(dice.normal(0, 0.01, runs)) * (1 + (dice.random(runs) < 0.5))


def _outcome(noise: Noise, pairs: int, speedup: float, seed: int) -> tuple[bool, bool]:
    """Whether a candidate that is `speedup` times as fast counts as a win, and as a loss; pairs in random order."""
    dice = np.random.default_rng(seed)
    machine = noise(dice, 2 * pairs).reshape(pairs, 2)
    first = dice.integers(0, 2, pairs)
    rows = np.arange(pairs)
    measured = summarize(1e6 * machine[rows, first], 1e6 * machine[rows, 1 - first] / speedup, seed)
    return is_win(measured), is_loss(measured)


@pytest.mark.parametrize("pairs", [2, 3, 5, 8, 12, 30])
@pytest.mark.parametrize("noise", [_white, _loaded, _drifting, _bimodal, _flickering])
def test_the_same_code_twice_is_no_win_and_no_loss(noise: Noise, pairs: int) -> None:
    outcomes = [_outcome(noise, pairs, 1.0, seed) for seed in range(TRIALS)]
    assert sum(win for win, _ in outcomes) <= TRIALS // 100
    assert sum(loss for _, loss in outcomes) <= TRIALS // 100


@pytest.mark.parametrize("noise", [_white, _loaded, _drifting, _bimodal])
def test_real_gains_and_losses_are_seen(noise: Noise) -> None:
    assert all(_outcome(noise, 20, 1.5, seed)[0] for seed in range(40))
    assert all(_outcome(noise, 20, 0.7, seed)[1] for seed in range(40))


def test_a_large_gain_needs_few_pairs() -> None:
    assert all(_outcome(_white, 3, 4.0, seed)[0] for seed in range(40))


def test_the_median_of_the_ratios_is_the_speedup() -> None:
    measured = summarize([10, 20, 30], [5, 5, 10], seed=1)
    assert (measured.speedup, measured.original_ns, measured.candidate_ns, measured.pairs) == (3.0, 20.0, 5.0, 3)
    assert measured.low <= 3.0 <= measured.high


def test_one_pair_says_nothing() -> None:
    assert ratio_interval([5.0], seed=0) == (0.05, 500.0)
    assert not is_win(summarize([50], [10], seed=0))


def test_equal_seeds_give_equal_intervals() -> None:
    ratios = [1.0, 1.1, 0.9, 1.05, 1.2, 0.95, 1.0, 1.02, 0.99]
    assert ratio_interval(ratios, 7) == ratio_interval(ratios, 7)


def test_the_gate_is_two_percent() -> None:
    assert not is_win(summarize([101.9] * 20, [100] * 20, seed=0))
    assert is_win(summarize([102.1] * 20, [100] * 20, seed=0))
    assert is_loss(summarize([100] * 20, [102.1] * 20, seed=0))

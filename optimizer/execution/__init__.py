"""Builds, runs, compares and times programs as text and processes. Knows neither schedules nor front ends."""

from optimizer.execution.build import build
from optimizer.execution.compare import compare
from optimizer.execution.harness import ArrayPlan, CallPlan, GlobalPlan, Values, synthesize
from optimizer.execution.limits import Limits
from optimizer.execution.machine import cache_sizes, machine_description
from optimizer.execution.observation import Observation, run_check, run_reference
from optimizer.execution.probe import LARGE_BYTES, Probe, Prober
from optimizer.execution.program import Binary, Dump, Harness, Program, Purpose, Region
from optimizer.execution.race import measure, measure_many
from optimizer.execution.sandbox import Sandbox, detect_sandbox
from optimizer.execution.size import text_bytes
from optimizer.execution.statistics import is_loss, is_win
from optimizer.execution.toolchain import Toolchain, detect_toolchain, newest
from optimizer.execution.workspace import workspace

__all__ = [
    "LARGE_BYTES",
    "ArrayPlan",
    "Binary",
    "CallPlan",
    "Dump",
    "GlobalPlan",
    "Harness",
    "Limits",
    "Observation",
    "Probe",
    "Prober",
    "Program",
    "Purpose",
    "Region",
    "Sandbox",
    "Toolchain",
    "Values",
    "build",
    "cache_sizes",
    "compare",
    "detect_sandbox",
    "detect_toolchain",
    "is_loss",
    "is_win",
    "machine_description",
    "measure",
    "measure_many",
    "newest",
    "run_check",
    "run_reference",
    "synthesize",
    "text_bytes",
    "workspace",
]

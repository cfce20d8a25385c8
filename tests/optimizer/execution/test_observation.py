"""What a run shows: memory, output, status; and every way in which a program may end."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from optimizer.execution import (
    Dump,
    Limits,
    Observation,
    Region,
    detect_sandbox,
    detect_toolchain,
    run_reference,
    workspace,
)
from optimizer.execution.observation import run_check
from optimizer.ir.ctype import DOUBLE, INT, LONG_DOUBLE
from optimizer.ir.outcome import Crashed, Refused, TimedOut

UNIX = '#include <unistd.h>\n#define RESULT ".loopwright-times-and-values"'


def test_memory_output_and_status_are_seen(workshop: Any) -> None:
    seen = workshop.observe(workshop.program(after='fputs("err", stderr); puts("out"); return 3;'))
    assert (seen.status, seen.stdout.data, seen.stderr.data) == (3, b"out\n", b"err")
    assert seen.entries[0][0] == 1
    (snapshot,) = seen.snapshots
    assert (snapshot.size, snapshot.comparable) == (320, 40)


@pytest.mark.parametrize(
    "ending", ["exit(4);", "_Exit(4);", "quick_exit(4);", "fflush(0); extern void _exit(int); _exit(4);"]
)
def test_every_way_to_exit_keeps_the_results(workshop: Any, ending: str) -> None:
    seen = workshop.observe(workshop.program(after=ending))
    assert (seen.status, seen.entries[0][0], len(seen.snapshots)) == (4, 1, 1)


def test_exit_before_the_nest_leaves_nothing_to_compare(workshop: Any) -> None:
    program = workshop.program(before="__attribute__((constructor)) static void first(void) { exit(0); }")
    reference = run_reference(workshop.build(program), limits=workshop.limits)
    assert reference == Refused("the program ended without executing the loop nest")


@pytest.mark.parametrize(
    ("after", "name"),
    [
        ("*(volatile int *)0 = 1;", "SIGSEGV"),
        ("abort();", "SIGABRT"),
        ("volatile int z = 0; return 7 / z;", "SIGFPE"),
        ("__builtin_trap();", "SIG"),
    ],
)
def test_signals_are_crashes(workshop: Any, after: str, name: str) -> None:
    outcome = workshop.run(workshop.program(after=after))
    assert isinstance(outcome, Crashed)
    assert name in outcome.detail


def test_endless_programs_time_out(workshop: Any) -> None:
    program = workshop.program(after='for (;;) __asm__ volatile("");')
    assert workshop.run(program, limits=Limits(wall_s=0.5)) == TimedOut(0.5)
    assert workshop.run(program, limits=Limits(wall_s=20, cpu_s=1)) == TimedOut(1.0)


def test_sleeping_programs_time_out(workshop: Any) -> None:
    program = workshop.program(before="#include <unistd.h>", after="for (;;) sleep(100);")
    assert workshop.run(program, limits=Limits(wall_s=0.5)) == TimedOut(0.5)


def test_programs_that_print_without_end_are_compared_whole_but_not_kept(workshop: Any) -> None:
    program_text = 'for (int i = 0; i < 3000000; i++) puts("a line that is not short"); return 0;'
    program = workshop.program(after=program_text)
    seen = workshop.observe(program)
    assert seen.stdout.size == 3000000 * 25
    assert len(seen.stdout.data) == workshop.limits.output_bytes
    other = workshop.program(after=program_text.replace("puts(", 'puts(i == 2999999 ? "a line that is not shorT" : '))
    assert workshop.observe(other).stdout.digest != seen.stdout.digest


def test_arguments_and_stdin_reach_the_program(workshop: Any) -> None:
    program = workshop.program(after='int c = getchar(); printf("%s %c %d", argv[1], c, argc); return 0;')
    program = dataclasses.replace(program, arguments=("-n 5 'x'",), stdin=b"q" * 300000)
    assert workshop.observe(program).stdout.data == b"-n 5 'x' q 2"


def test_files_named_by_arguments_are_there(workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/in.txt").write_text("q")
    (tmp_path / "data/in.txt").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    program = workshop.program(after='FILE *f = fopen(argv[2], "r"); return f ? fgetc(f) : 1;')
    program = dataclasses.replace(program, arguments=("-f", "data/in.txt", "data", "../data", "/etc/passwd", ""))
    assert workshop.observe(program).status == ord("q")


def test_programs_may_write_files_in_their_directory(workshop: Any) -> None:
    after = 'FILE *f = fopen("out.txt", "w"); if (!f) return 9; fputs("x", f); return fclose(f);'
    assert workshop.observe(workshop.program(after=after)).status == 0


def test_children_do_not_disturb_the_results(workshop: Any) -> None:
    program = workshop.program(
        before="#include <unistd.h>\n#include <sys/wait.h>",
        nest="if (fork() == 0) { A[0] = 5; } else { wait(0); A[1] = 7; }",
        after="return A[0] == 5 ? 0 : 2;",
    )
    seen = workshop.observe(program)
    assert (seen.status, seen.entries[0][0], len(seen.snapshots)) == (2, 1, 1)


def test_every_execution_of_a_region_is_seen(workshop: Any) -> None:
    nest = "for (int i = 0; i < N; i++) counts[i % 4] += t;"
    text = workshop.program(before="static void step(int t) { " + nest + " }")
    start = text.text.index(nest.encode())
    region = Region(start, start + len(nest), (Dump("counts", "counts", "16", INT),))
    body = text.text.replace(b"/*end*/", b"for (int t = 0; t < 1000; t++) step(t);/*end*/")
    seen = workshop.observe(text.with_text(body, (region,)))
    assert seen.entries[0][0] == 1000
    recorded = [s.entry for s in seen.snapshots]
    assert recorded[:66] == [*range(64), 64, 128]


def test_clocks_stand_still_so_that_printed_times_are_equal(workshop: Any) -> None:
    before = "#include <time.h>\n#include <sys/time.h>"
    after = (
        "struct timeval v; struct timespec s; gettimeofday(&v, 0); clock_gettime(CLOCK_MONOTONIC, &s);"
        'srand(time(0)); printf("%ld.%06ld %ld ", v.tv_sec, v.tv_usec, s.tv_nsec);'
        'printf("%ld %d\\n", (long)clock(), rand()); return 0;'
    )
    program = workshop.program(before=before, after=after)
    assert workshop.observe(program).stdout == workshop.observe(program).stdout


def test_output_that_differs_from_run_to_run_is_not_compared(workshop: Any) -> None:
    program = workshop.program(before="#include <unistd.h>", after='printf("%p\\n", malloc(1)); return 0;')
    reference = run_reference(workshop.build(program), limits=workshop.limits)
    assert isinstance(reference, Observation)
    assert reference.stdout is None
    assert reference.stderr is not None


def test_memory_that_differs_from_run_to_run_is_refused(workshop: Any) -> None:
    program = workshop.program(nest="A[0] = (double)(long)malloc(8);")
    reference = run_reference(workshop.build(program), limits=workshop.limits)
    assert isinstance(reference, Refused)


def test_memory_without_values_is_not_comparable(workshop: Any) -> None:
    program = workshop.program(nest="for (int i = 0; i < N; i++) A[i] = 0.0 * (1e308 * 10 * B[i]);")
    reference = run_reference(workshop.build(program), limits=workshop.limits)
    assert isinstance(reference, Refused)
    assert "NaN" in reference.reason


def test_uninitialized_memory_is_the_same_in_every_version(workshop: Any) -> None:
    def text(extra: str) -> Any:
        sums = "p[3] = 1; q[4] = 1; for (int i = 0; i < N; i++) A[i] = p[i] + q[i];"
        return workshop.program(nest=f"double *p = malloc(800), q[100]; {extra} {sums}")

    plain = workshop.observe(text(""))
    other = workshop.observe(text("volatile double r[1000]; r[0] = 3;"))
    assert plain.snapshots == other.snapshots


def test_padding_of_long_doubles_is_ignored(workshop: Any) -> None:
    dumps = (Dump("x", "x", "sizeof x", LONG_DOUBLE),)
    programs = [
        workshop.program(
            before="static long double x[2];", nest=f"memset(x, {byte}, 32); x[0] = 1; x[1] = 2;", dumps=dumps
        )
        for byte in (0, 85)
    ]
    programs = [
        p.with_text(
            b"#include <string.h>\n" + p.text,
            tuple(dataclasses.replace(r, start=r.start + 20, end=r.end + 20) for r in p.regions),
        )
        for p in programs
    ]
    one, other = (workshop.observe(p) for p in programs)
    assert one.snapshots == other.snapshots


def test_a_planted_link_is_not_followed(workshop: Any) -> None:
    after = 'unlink(RESULT); symlink("/etc/passwd", RESULT); _exit(0);'
    outcome = workshop.run(workshop.program(before=UNIX, after=after))
    assert isinstance(outcome, Observation)
    assert outcome.snapshots == ()


@pytest.mark.parametrize("content", ["garbage", "", "x" * 100])
def test_a_damaged_result_file_is_refused_or_empty(workshop: Any, content: str) -> None:
    after = f'FILE *f = fopen(RESULT, "w"); fputs("{content}", f); fclose(f); _exit(0);'
    outcome = workshop.run(workshop.program(before=UNIX, after=after))
    assert isinstance(outcome, Refused) or (isinstance(outcome, Observation) and not outcome.snapshots)


def test_large_arrays_are_hashed_in_pieces(workshop: Any) -> None:
    def text(index: int) -> Any:
        nest = f"big[{index}] = 3;"
        return workshop.program(
            before="static double big[12000000];", nest=nest, dumps=(Dump("big", "big", "sizeof big", DOUBLE),)
        )

    one, other = (workshop.observe(text(index)) for index in (5000000, 5000001))
    assert one.snapshots[0].contents is None
    assert one.snapshots[0].hashes != other.snapshots[0].hashes


def test_the_fallback_sandboxes_give_the_same(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = workshop.observe(workshop.program())
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    with workspace() as directory:
        assert detect_sandbox(directory).mode != "bubblewrap"
        workshop.directory = directory
        seen = workshop.observe(workshop.program())
    assert (seen.snapshots, seen.stdout) == (plain.snapshots, plain.stdout)


@pytest.mark.skipif(not shutil.which("clang-19") and not shutil.which("clang"), reason="clang is not installed")
def test_other_compilers_give_the_same(workshop: Any) -> None:
    nest = "double s = 0; for (int i = 0; i < N; i++) { s += B[i] * B[i] + 0.1; A[i] = s; }"
    plain = workshop.observe(workshop.program(nest=nest))
    workshop.toolchain = detect_toolchain("clang" if shutil.which("clang") else "clang-19")
    seen = workshop.observe(workshop.program(nest=nest))
    assert (seen.snapshots, seen.stdout) == (plain.snapshots, plain.stdout)


def test_checking_needs_a_binary_built_to_check(workshop: Any) -> None:
    from optimizer.execution import Purpose

    with pytest.raises(AssertionError):
        run_check(workshop.build(workshop.program(), Purpose.TIME))

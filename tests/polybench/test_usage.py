import sys

from polybench.usage import run_measured


def test_time_and_memory_of_a_child():
    work = "import sys; b = bytearray(300 << 20)\nfor i in range(3000000): pass\n"
    script = work + "print('done'); sys.stderr.write('x' * 200000)"
    usage = run_measured([sys.executable, "-c", script])
    assert (usage.status, usage.output, len(usage.errors)) == (0, "done\n", 200000)
    assert 0.01 < usage.cpu_s < 60
    assert 300 << 20 <= usage.peak_bytes < 600 << 20


def test_failures_are_seen():
    assert run_measured([sys.executable, "-c", "raise SystemExit(3)"]).status == 3
    assert run_measured([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).status == -9

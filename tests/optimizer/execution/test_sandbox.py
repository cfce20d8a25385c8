"""What programs cannot do. Every attack runs in each sandbox that this machine has; limits hold in all of them."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optimizer.execution import Limits, Sandbox, detect_sandbox
from optimizer.execution.process import Finished
from optimizer.execution.sandbox import MODES, Job

LIMITS = Limits(wall_s=10, cpu_s=5, memory_bytes=1 << 30, processes=40, file_bytes=8 << 20, output_bytes=4096)
Attack = Callable[..., Finished]


def _sandboxes() -> Iterator[Sandbox]:
    yield from map(Sandbox, MODES)
    if os.getuid() == 0:
        yield Sandbox("bubblewrap", 61000)
        yield Sandbox("landlock", 61000)


def _name(sandbox: Sandbox) -> str:
    return sandbox.mode + ("" if sandbox.uid is None else "-other-user")


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in platform.release().split(".")[:2])


def _require(sandbox: Sandbox, directory: Path) -> None:
    probe = directory / "probe"
    probe.mkdir(exist_ok=True)
    try:
        works = sandbox.run(Job(("/bin/true",), probe, {}), Limits(wall_s=20)).status == 0
    except OSError:
        works = False
    if not works:
        pytest.skip(f"{sandbox.mode} does not work here: not installed, or the kernel does not allow it")


@pytest.fixture(params=list(_sandboxes()), ids=_name)
def sandbox(request: pytest.FixtureRequest, directory: Path) -> Sandbox:
    found = request.param
    assert isinstance(found, Sandbox)
    _require(found, directory)
    return found


@pytest.fixture
def jail(directory: Path) -> Sandbox:
    found = Sandbox("bubblewrap")
    _require(found, directory)
    return found


@pytest.fixture
def attack(directory: Path, make_binary: Callable[[str], Path]) -> Iterator[Attack]:
    """Runs the body of a `main` in a sandbox, in a fresh directory below `directory`."""
    here = directory / "attack"
    here.mkdir()

    def run(sandbox: Sandbox, body: str, *arguments: str, limits: Limits = LIMITS) -> Finished:
        headers = (
            "stdio",
            "stdlib",
            "string",
            "unistd",
            "fcntl",
            "errno",
            "sys/socket",
            "sys/mman",
            "netinet/in",
            "signal",
        )
        text = "".join(f"#include <{header}.h>\n" for header in headers)
        shutil.copy(make_binary(f"{text}int main(int argc, char **argv) {{ {body} }}\n"), here / "program")
        job = Job(("./program", *arguments), here, {"PATH": "/usr/bin:/bin", "SHOWN": "1"})
        return sandbox.run(job, limits)

    yield run
    shutil.rmtree(here)


def test_an_ordinary_program_runs(sandbox: Sandbox, attack: Attack) -> None:
    done = attack(
        sandbox, 'FILE *f = fopen("out", "w"); printf("%s %s", argv[1], getenv("SHOWN")); return f ? 7 : 8;', "hello"
    )
    assert (done.status, done.stdout.data, done.timed_out) == (7, b"hello 1", False)


def test_signals_end_in_their_number(sandbox: Sandbox, attack: Attack) -> None:
    assert attack(sandbox, "raise(SIGSEGV); return 0;").status == 128 + 11


def test_the_environment_of_the_caller_is_hidden(
    sandbox: Sandbox, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    body = """
      for (int p = 0; p < 40; p++) {
        char name[64], data[65536]; sprintf(name, p ? "/proc/%d/environ" : "/proc/self/environ", p);
        int f = open(name, O_RDONLY); if (f < 0) continue;
        long n = read(f, data, sizeof data); fwrite(data, 1, n, stdout); close(f); }
      return 0;"""
    done = attack(sandbox, body, limits=Limits(wall_s=10, output_bytes=1 << 22))
    assert done.status == 0
    if sandbox != Sandbox("rlimits"):
        assert b"hunter2" not in done.stdout.data
    assert b"SHOWN=1" in done.stdout.data


def test_a_fork_bomb_ends(sandbox: Sandbox, attack: Attack) -> None:
    if sandbox.uid is None and os.getuid() == 0:
        pytest.skip("the number of root's processes cannot be limited")
    done = attack(
        sandbox,
        "int n = 0; for (; n < 5000; n++) { int p = fork(); if (p < 0) break; if (p == 0) pause(); } return n > 300;",
    )
    assert done.status == 0
    assert attack(sandbox, "return 0;").status == 0


def test_memory_is_bounded(sandbox: Sandbox, attack: Attack) -> None:
    assert (
        attack(sandbox, "char *p = malloc(10ull << 30); if (p) memset(p, 1, 10ull << 30); return p ? 1 : 0;").status
        == 0
    )


def test_endless_loops_end(sandbox: Sandbox, attack: Attack) -> None:
    done = attack(sandbox, 'for (;;) __asm__ volatile("");', limits=Limits(wall_s=10, cpu_s=1))
    assert done.status == 128 + 24


def test_sleepers_end(sandbox: Sandbox, attack: Attack) -> None:
    started = time.monotonic()
    done = attack(sandbox, "signal(SIGTERM, SIG_IGN); for (;;) pause();", limits=Limits(wall_s=0.5))
    assert done.timed_out
    assert time.monotonic() - started < 8


def test_output_is_counted_but_not_kept(sandbox: Sandbox, attack: Attack) -> None:
    body = "static char line[65536]; for (int i = 0; i < 3200; i++) if (write(1, line, 65536) < 0) return 1; return 0;"
    done = attack(sandbox, body)
    assert (done.status, len(done.stdout.data), done.stdout.size) == (0, 4096, 3200 * 65536)


def test_files_are_bounded(sandbox: Sandbox, attack: Attack) -> None:
    body = """
      static char block[1 << 20]; signal(SIGXFSZ, SIG_IGN); int f = open("big", O_WRONLY | O_CREAT, 0600);
      for (int i = 0; i < 600; i++) if (write(f, block, sizeof block) < (long)sizeof block) return 0; return 1;"""
    assert attack(sandbox, body).status == 0


def test_descriptors_are_bounded(sandbox: Sandbox, attack: Attack) -> None:
    assert (
        attack(
            sandbox, 'int n = 0; while (n < 100000 && open("/dev/null", O_RDONLY) >= 0) n++; return n > 1000;'
        ).status
        == 0
    )


def test_core_files_are_not_written(sandbox: Sandbox, attack: Attack, directory: Path) -> None:
    attack(sandbox, "abort();")
    assert sorted(path.name for path in (directory / "attack").iterdir()) == ["program"]


def test_daemons_do_not_survive(sandbox: Sandbox, attack: Attack, directory: Path) -> None:
    body = """
      if (fork() == 0) { setsid(); if (fork() == 0) { close(0); close(1); close(2); sleep(1);
        int f = open("survived", O_WRONLY | O_CREAT, 0600); (void)f; _exit(0); } _exit(0); }
      usleep(100000); return 0;"""
    assert attack(sandbox, body).status == 0
    time.sleep(1.3)
    assert not (directory / "attack/survived").exists()


def test_a_daemon_that_holds_the_output_does_not_hold_us(sandbox: Sandbox, attack: Attack) -> None:
    started = time.monotonic()
    done = attack(
        sandbox, "if (fork() == 0) { setsid(); if (fork() == 0) { sleep(8); } _exit(0); } usleep(100000); return 5;"
    )
    assert done.status == 5
    assert time.monotonic() - started < 6


def test_other_directories_are_not_written(sandbox: Sandbox, attack: Attack, tmp_path: Path) -> None:
    if sandbox == Sandbox("rlimits"):
        pytest.skip("with limits only, the program may write what its user may write")
    tmp_path.chmod(0o755)
    body = """
      int bad = 0; for (int i = 1; i < argc; i++) { char name[4200]; sprintf(name, "%s/planted-by-test", argv[i]);
        int f = open(name, O_WRONLY | O_CREAT, 0600); bad += f >= 0; } return bad;"""
    assert attack(sandbox, body, "/etc", "/root", "/usr", "/", str(tmp_path)).status == 0


def test_private_files_are_not_read(sandbox: Sandbox, attack: Attack, tmp_path: Path) -> None:
    if sandbox == Sandbox("rlimits"):
        pytest.skip("with limits only, the program may read what its user may read")
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o600)
    assert (
        attack(
            sandbox, "return open(argv[1], O_RDONLY) >= 0 || open(argv[2], O_RDONLY) >= 0;", str(secret), "/etc/shadow"
        ).status
        == 0
    )


def test_the_network_is_not_reached(sandbox: Sandbox, attack: Attack) -> None:
    if sandbox.mode == "rlimits" or (sandbox.mode == "landlock" and _kernel() < (6, 7)):
        pytest.skip("limits and an old Landlock do not cover the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        body = f"""
          struct sockaddr_in to = {{ .sin_family = AF_INET, .sin_port = htons({port}) }};
          to.sin_addr.s_addr = htonl(0x7f000001);
          int s = socket(AF_INET, SOCK_STREAM, 0); return s >= 0 && connect(s, (void *)&to, sizeof to) == 0;"""
        assert attack(sandbox, body).status == 0


def test_other_processes_are_not_seen(jail: Sandbox, attack: Attack) -> None:
    assert attack(jail, f"return kill({os.getpid()}, 0) == 0 && getpid() > 100;").status == 0
    assert attack(jail, "return getpid() > 20;").status == 0


def test_shared_memory_is_bounded_and_private(jail: Sandbox, attack: Attack) -> None:
    body = """
      static char block[1 << 20]; signal(SIGXFSZ, SIG_IGN); long total = 0;
      for (int k = 0; k < 100; k++) {
        char name[64]; sprintf(name, "/dev/shm/f%d", k); int f = open(name, O_WRONLY | O_CREAT, 0600);
        for (int i = 0; i < 7; i++) { long n = write(f, block, sizeof block); if (n > 0) total += n; } }
      return total > 300 << 20;"""
    help_text = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
    if "--size" not in help_text.stdout + help_text.stderr:
        pytest.skip("this bubblewrap cannot bound temporary file systems")
    assert attack(jail, body).status == 0
    assert not list(Path("/dev/shm").glob("f99"))


def test_the_mode_is_found_by_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else f"/usr/bin/{name}")
    tmp_path.chmod(0o755)
    assert detect_sandbox(tmp_path).mode in ("landlock", "rlimits")
    assert list(tmp_path.iterdir()) == []


def test_nothing_survives_the_death_of_the_caller(
    sandbox: Sandbox, directory: Path, make_binary: Callable[[str], Path]
) -> None:
    """The caller is killed with SIGKILL, so no clean-up of its own can help."""
    here = directory / "orphan"
    here.mkdir()
    program = make_binary(
        "#include <unistd.h>\n#include <fcntl.h>\n"
        'int main(void) { creat("started", 0600); sleep(1); creat("survived", 0600); return 0; }\n'
    )
    shutil.copy(program, here / "program")
    script = (
        "from pathlib import Path; from optimizer.execution import Sandbox, Limits;"
        "from optimizer.execution.sandbox import Job;"
        f"Sandbox({sandbox.mode!r}, {sandbox.uid!r}).run(Job(('./program',), Path({str(here)!r}), {{}}), Limits())"
    )
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(root), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, env={"PATH": os.environ["PATH"], "PYTHONPATH": path}
    ) as caller:
        for _ in range(100):
            if (here / "started").exists():
                break
            time.sleep(0.05)
        caller.kill()
    time.sleep(1.4)
    found = sorted(path.name for path in here.iterdir())
    shutil.rmtree(here)
    assert found == ["program", "started"]

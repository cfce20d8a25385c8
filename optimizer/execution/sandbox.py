"""Where other people's code runs: a jail made of namespaces where the system allows it, limits everywhere."""

import functools
import os
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.execution import process
from optimizer.execution.limits import Limits
from optimizer.execution.process import Command, Finished
from optimizer.execution.workspace import remove_tree

JOB = "/job"  # the private directory as seen inside the jail
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_CONFIGURATION = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_PROCESSOR = "/sys/devices/system/cpu"
_SCRATCH_BYTES = 256 << 20
_FIRST_UID, _UIDS = 61184, 4000  # a user per process of ours, so that jails do not share the count of processes


MODES = (
    "bubblewrap",  # namespaces: nothing but the system's libraries and the job's directory exists, no network
    "landlock",  # the kernel refuses other files and TCP; other processes and sockets are visible
    "rlimits",  # limits only: a program may do what its user may do
)


@dataclass(frozen=True, slots=True)
class Job:
    """One command to run in `directory`, the only place it may write; `argv` is relative to it."""

    argv: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    stdin: bytes = b""
    cpus: tuple[int, ...] = ()  # pinned to these, if any
    reads_everything: bool = False  # compilers may read the whole file system, programs only the system's libraries


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How jobs are kept apart: `mode` is one of MODES. Limits on resources hold in all of them."""

    mode: str
    uid: int | None = None

    def inside(self, directory: Path) -> str:
        """The path under which a job sees its directory."""
        return JOB if self.mode == "bubblewrap" else str(directory)

    def run(self, job: Job, limits: Limits) -> Finished:
        """Run `job` under `limits` to its end."""
        uid = None if job.reads_everything else self.uid
        if uid is not None:
            os.chown(job.directory, uid, uid)
        inner = (*_prlimit(limits, uid), *_taskset(job.cpus), *job.argv)
        if self.mode == "bubblewrap":
            command = Command((*_bubblewrap(job), "--", *inner), {}, uid)
        else:
            command = Command((*_supervisor(job, uid, self.mode), *inner), job.environment)
        return process.run(command, limits, job.stdin)


def _supervisor(job: Job, uid: int | None, mode: str) -> tuple[str, ...]:
    directory = str(job.directory)
    words = [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))]
    if mode == "landlock":
        readable = ["/"] if job.reads_everything else ["/usr", *_SYSTEM, *_CONFIGURATION, _PROCESSOR, "/proc"]
        words += [f"--read={path}" for path in readable]
        words += [f"--write={path}" for path in (directory, *_DEVICES)]
    words += ["--", _tool("env"), "-C", directory, _tool("setpriv")]
    user = () if uid is None else (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    return (*words, "--no-new-privs", *user)


def _prlimit(limits: Limits, uid: int | None) -> tuple[str, ...]:
    """The command that sets `limits`, as far as they are below those that this process has itself."""
    others = 0 if uid is not None else _tasks(os.getuid())
    wanted = (
        ("cpu", resource.RLIMIT_CPU, limits.cpu_s),
        ("as", resource.RLIMIT_AS, limits.memory_bytes),
        ("nproc", resource.RLIMIT_NPROC, limits.processes + others),
        ("fsize", resource.RLIMIT_FSIZE, limits.file_bytes),
        ("nofile", resource.RLIMIT_NOFILE, limits.files),
    )
    words = [_tool("prlimit"), "--core=0"]
    for name, number, value in wanted:
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # a second between the signal and the kill tells processor time from other ends
        slack = 1 if name == "cpu" and bound != hard else 0
        words.append(f"--{name}={bound}:{bound + slack}")
    return (*words, "--")


def _taskset(cpus: Sequence[int]) -> tuple[str, ...]:
    return (_tool("taskset"), "-c", ",".join(map(str, cpus))) if cpus else ()


@functools.cache
def _tool(name: str) -> str:
    return shutil.which(name) or f"/usr/bin/{name}"


def _tasks(uid: int) -> int:
    """The number of threads of `uid` now; the limit on processes counts them all."""
    count = 0
    for entry in Path("/proc").glob("[0-9]*/task"):
        try:
            if entry.stat().st_uid == uid:
                count += entry.stat().st_nlink - 2
        except OSError:
            continue
    return count


def _bubblewrap(job: Job) -> tuple[str, ...]:
    directory = str(job.directory)
    words = [_tool("bwrap"), "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
    words += ["--ro-bind", "/", "/"] if job.reads_everything else _system_binds()
    words += ["--proc", "/proc", "--dev", "/dev"]
    size = ["--size", str(_SCRATCH_BYTES)] if _sized() else []
    words += [*size, "--tmpfs", "/dev/shm"]
    if job.reads_everything:
        words += ["--bind", directory, directory, "--chdir", directory]
    else:
        words += [*size, "--tmpfs", "/tmp", "--bind", directory, JOB, "--remount-ro", "/", "--chdir", JOB]
    for name, value in job.environment.items():
        words += ["--setenv", name, value]
    return tuple(words)


def _system_binds() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            words += ["--ro-bind", name, name]
    for name in (*_CONFIGURATION, _PROCESSOR):
        words += ["--ro-bind-try", name, name]
    return words


@functools.cache
def _sized() -> bool:
    """True if the installed bubblewrap can bound a tmpfs."""
    done = subprocess.run([_tool("bwrap"), "--help"], capture_output=True, text=True, timeout=20, check=False)
    return "--size" in done.stdout + done.stderr


def detect_sandbox(directory: Path) -> Sandbox:
    """The strongest sandbox that works for jobs below `directory`, found by trying once.

    As root, jobs run under a user of their own where that is possible.
    """
    with _detecting:
        return _detect(directory)


_detecting = threading.Lock()


@functools.lru_cache(maxsize=16)
def _detect(directory: Path) -> Sandbox:
    uids = (_FIRST_UID + os.getpid() % _UIDS, None) if os.getuid() == 0 else (None,)
    for mode in MODES if shutil.which("bwrap") else MODES[1:]:
        for uid in uids:
            sandbox = Sandbox(mode, uid)
            if _works(sandbox, directory):
                return sandbox
    return Sandbox("rlimits")


def _works(sandbox: Sandbox, directory: Path) -> bool:
    probe = directory / f"probe-{sandbox.mode}-{sandbox.uid}"
    probe.mkdir(exist_ok=True)
    limits = Limits(wall_s=20, cpu_s=10)
    environment = {"PATH": "/usr/bin:/bin"}
    try:
        ran = sandbox.run(Job(("/usr/bin/touch", "works"), probe, environment), limits)
        compiled = sandbox.run(Job(("/bin/true",), probe, environment, reads_everything=True), limits)
        return ran.status == 0 and compiled.status == 0 and (probe / "works").exists()
    except OSError:
        return False
    finally:
        remove_tree(probe)

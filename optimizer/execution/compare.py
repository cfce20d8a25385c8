"""Bit-for-bit comparison of two observations, with the first difference named."""

import numpy as np

from optimizer.execution.observation import CHUNK_BYTES, Observation, Snapshot, overrun, why_incomparable
from optimizer.execution.process import Stream
from optimizer.execution.program import Dump
from optimizer.ir.ctype import CType, Kind
from optimizer.ir.outcome import Crashed, Miscompiled, Refused

_EXCERPT = 40


def compare(expected: Observation, actual: Observation) -> Miscompiled | Crashed | Refused | None:
    """None if `actual` (a candidate's) equals `expected` (the original's) in every bit that is observed.

    Refused if `expected` has nothing to compare; Crashed if only the exit status tells them apart.
    """
    reason = why_incomparable(expected)
    if reason is not None:
        return Refused(reason)
    if actual.overruns:
        return Miscompiled(f"writes to {overrun(actual)}, outside the array")
    detail = _memory_difference(expected, actual) or _output_difference(expected, actual)
    if detail is not None:
        return Miscompiled(detail)
    if expected.status != actual.status:
        return Crashed(f"exit status {actual.status} instead of {expected.status}")
    return None


def _memory_difference(expected: Observation, actual: Observation) -> str | None:
    for left, right in zip(expected.snapshots, actual.snapshots, strict=False):
        if (left.region, left.dump, left.entry) != (right.region, right.dump, right.entry):
            return "the loop nests are executed in another order"
        detail = _snapshot_difference(left, right, expected.watched[left.region][left.dump])
        if detail is not None:
            return detail + _when(left, expected)
    for number, (left_count, right_count) in enumerate(zip(expected.entries, actual.entries, strict=True)):
        if left_count[0] != right_count[0]:
            return f"loop nest {number} is executed {right_count[0]} times instead of {left_count[0]}"
        if left_count != right_count:
            return f"an execution of loop nest {number} leaves other values"
    if len(expected.snapshots) != len(actual.snapshots):
        return "the run recorded fewer or more results"
    return None


def _when(snapshot: Snapshot, observation: Observation) -> str:
    total = observation.entries[snapshot.region][0]
    return f" (execution {snapshot.entry + 1} of {total})" if total > 1 else ""


def _snapshot_difference(left: Snapshot, right: Snapshot, dump: Dump) -> str | None:
    if left.size != right.size:
        return f"'{dump.label}' has {right.size} bytes instead of {left.size}"
    if left.contents is not None and right.contents is not None:
        if left.contents == right.contents:
            return None
        return _element_difference(left.contents, right.contents, dump)
    if left.hashes != right.hashes:
        chunk = _first_difference(left.hashes, right.hashes) // 8
        first = chunk * CHUNK_BYTES // dump.element.size
        last = min(left.size, (chunk + 1) * CHUNK_BYTES) // dump.element.size - 1
        return f"'{dump.label}' differs between elements {first} and {last}"
    return None if left.running == right.running else f"'{dump.label}' differed after an earlier execution"


def _element_difference(left: bytes, right: bytes, dump: Dump) -> str:
    size = dump.element.size
    index = _first_difference(left, right) // size
    place = slice(index * size, (index + 1) * size)
    one, other = (_spelled(data[place], dump.element) for data in (left, right))
    element = dump.label if len(left) == size else f"{dump.label}[{index}]"
    return f"'{element}' is {other} instead of {one}"


def _first_difference(left: bytes, right: bytes) -> int:
    different = np.frombuffer(left, np.uint8) != np.frombuffer(right, np.uint8)
    return int(np.argmax(different))


def _spelled(data: bytes, element: CType) -> str:
    match element.kind:
        case Kind.INTEGER:
            return str(int.from_bytes(data, "little", signed=element.signed))
        case Kind.FLOAT:
            kinds = {4: np.float32, 8: np.float64, 16: np.longdouble}
            value = np.frombuffer(data, kinds[element.size])[0]
            return f"{value!s}" if element.size == 16 else f"{float(value)!r} ({float(value).hex()})"
        case Kind.OPAQUE:
            return "0x" + data.hex()


def _output_difference(expected: Observation, actual: Observation) -> str | None:
    streams = ((expected.stdout, actual.stdout, "stdout"), (expected.stderr, actual.stderr, "stderr"))
    for left, right, name in streams:
        if left is not None and right is not None and (left.size, left.digest) != (right.size, right.digest):
            return f"{name} differs {_place(left, right)}"
    return None


def _place(left: Stream, right: Stream) -> str:
    common = min(len(left.data), len(right.data))
    at = _first_difference(left.data[:common], right.data[:common]) if common else 0
    if left.data[:common] == right.data[:common]:
        at = common
    if at == common and at in (len(left.data), len(right.data)) and left.size == right.size:
        return f"after byte {at}"
    line = left.data.count(b"\n", 0, at) + 1
    begin = max(left.data.rfind(b"\n", 0, at) + 1, at - _EXCERPT)
    one, other = (_excerpt(stream.data, begin) for stream in (left, right))
    return f"in line {line}: {other!r} instead of {one!r}"


def _excerpt(data: bytes, begin: int) -> str:
    return data[begin : begin + 2 * _EXCERPT].split(b"\n")[0].decode(errors="replace")

"""A mergeable quantile sketch with a relative error of 1 %.

DDSketch (Masson, Rim and Lee, VLDB 2019): a value v > 0 is counted at the index ceil(log_gamma(v)) with
gamma = (1 + a) / (1 - a); an index i stands for 2 * gamma**i / (gamma + 1), which is within a of every value that it
holds. Negative values are counted the same way at indexes below that of zero, so that the indexes have the order of
the values. Sketches of disjoint samples merge by adding counts.

Stored, a sketch is one of three, told apart by its first byte and its length:
- sparse: 0, the first index (zigzag), its count, then gap and count of each further one, all as varints;
- dense: the bytes k of a count (1 to 8), the first index in three bytes, then the lowest bytes of all counts from
  there on, then the next higher ones …, so that thousands of them are added up as large integers;
- pairs of index and count in 8 bytes: how it was before; the others are padded so that 8 never divides their length.
"""

import math
import struct
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_PER_LOG = 1 / math.log(GAMMA)
_SMALLEST = 1e-6  # what is nearer to zero is not told apart from it
_ZERO = -50_000
_NEGATIVE = -100_000  # where the indexes of negative values begin, downwards
_OLD_ZERO = -(2**31)
_PAIR = struct.Struct("<iI")
_BASE = struct.Struct("<i")  # the first byte of a dense one below its first index
_SPARSE = 0
DENSE_AT_ONCE = 256  # 256 * 255 fits into two bytes
_HEADER = 4  # bytes before the counts of a dense one
_DENSE_ENOUGH = 3  # bytes that an index may take before it is stored sparsely

Counts = dict[int, int]


def bucket(value: float) -> int:
    """The index at which `value` is counted."""
    if value > _SMALLEST:
        return math.ceil(math.log(value) * _PER_LOG)
    if value < -_SMALLEST:
        return _NEGATIVE - math.ceil(math.log(-value) * _PER_LOG)
    return _ZERO


def merge(into: Counts, other: Counts) -> None:
    if into.keys().isdisjoint(other):
        into.update(other)
        return
    for index, count in other.items():
        into[index] = into.get(index, 0) + count


def encode(counts: Counts) -> bytes:
    if not counts:
        return b""
    first, last = min(counts), max(counts)
    size = (max(counts.values()).bit_length() + 7) // 8
    wide = (last - first + 1) * size > _DENSE_ENOUGH * len(counts)
    blob = _sparse(counts) if wide else _dense(counts, first, last - first + 1, size)
    if len(blob) % _PAIR.size == 0:
        blob.append(0)
    return bytes(blob)


def decode(blob: bytes | None) -> Counts:
    return union([blob] if blob else [])


def union(blobs: Iterable[bytes]) -> Counts:
    """Stored sketches added up."""
    counts: Counts = {}
    dense: dict[int, list[bytes]] = {}  # by the bytes of a count
    for blob in blobs:
        if len(blob) % _PAIR.size == 0:
            _add_pairs(counts, blob)
        elif blob[0] == _SPARSE:
            _add_sparse(counts, blob)
        else:
            dense.setdefault(blob[0], []).append(blob)
    for size, alike in dense.items():
        for start in range(0, len(alike), DENSE_AT_ONCE):
            _add_dense(counts, size, alike[start : start + DENSE_AT_ONCE])
    return counts


def _add_pairs(counts: Counts, blob: bytes) -> None:
    for index, count in _PAIR.iter_unpack(blob):
        found = _ZERO if index == _OLD_ZERO else index
        counts[found] = counts.get(found, 0) + count


def _add_sparse(counts: Counts, blob: bytes) -> None:
    begin = 1
    while blob[begin] & 0x80:
        begin += 1
    [first], rest = _numbers(blob[1 : begin + 1]), blob[begin + 1 :]
    numbers = rest if rest.isascii() else list(_numbers(rest))  # in ASCII each byte is a number
    for index, count in zip(accumulate(numbers[1::2], initial=_signed(first)), numbers[::2], strict=False):
        counts[index] = counts.get(index, 0) + count  # a gap for padding has no count after it


def _add_dense(counts: Counts, size: int, blobs: list[bytes]) -> None:
    """Without a look at each count: the bytes of one weight are an integer, and those are added up.

    The bytes at even places and those at odd ones apart, so that each sum has room for two bytes.
    """
    bases = [base for blob in blobs for (base,) in (_BASE.unpack_from(blob),)]
    start = min(bases) >> 8 & ~1
    befores = [(base >> 8) - start for base in bases]
    longest = max(befores) + max(map(len, blobs))
    even = int.from_bytes(b"\xff\x00" * longest, "little")
    for weight in range(size):
        rows = zip(blobs, befores, strict=True)
        numbers = [int.from_bytes(_plane(blob, weight), "little") << 8 * before for blob, before in rows]
        evens = sum([number & even for number in numbers])
        _add_lanes(counts, evens, start, weight)
        _add_lanes(counts, sum(numbers) - evens >> 8, start + 1, weight)


def _plane(blob: bytes, weight: int) -> bytes:
    """The bytes of one weight of all counts."""
    length = (len(blob) - _HEADER) // blob[0]
    begin = _HEADER + weight * length
    return blob[begin : begin + length]


def _add_lanes(counts: Counts, lanes: int, start: int, weight: int) -> None:
    """Every second index from `start` on has two bytes."""
    size = (lanes.bit_length() + 15) // 16
    found = struct.unpack(f"<{size}H", lanes.to_bytes(2 * size, "little"))
    indexes = range(start, start + 2 * size, 2)
    merge(counts, {index: n << 8 * weight for index, n in zip(indexes, found, strict=True) if n})


def quantiles(counts: Counts, wanted: Iterable[float]) -> list[float | None]:
    """The values at the `wanted` quantiles (0–1, ascending); None for each when nothing was counted."""
    ordered = sorted(counts)
    seen = list(accumulate(map(counts.__getitem__, ordered)))
    if not seen or not seen[-1]:
        return [None for _ in wanted]
    return [_value(ordered[bisect_right(seen, q * (seen[-1] - 1))]) for q in wanted]


def _value(index: int) -> float:
    if index == _ZERO:
        return 0.0
    return _middle(index) if index > _ZERO else -_middle(_NEGATIVE - index)


def _middle(index: int) -> float:
    return 2 * float(GAMMA**index) / (GAMMA + 1)


def _sparse(counts: Counts) -> bytearray:
    blob = bytearray((_SPARSE,))
    before = None
    for index in sorted(counts):
        _put(blob, _unsigned(index) if before is None else index - before)
        _put(blob, counts[index])
        before = index
    return blob


def _dense(counts: Counts, first: int, length: int, size: int) -> bytearray:
    blob = bytearray(_HEADER + length * size)
    blob[0], blob[1:_HEADER] = size, first.to_bytes(_HEADER - 1, "little", signed=True)
    for index, count in counts.items():
        place = _HEADER + index - first
        while count:
            blob[place] = count & 0xFF
            count >>= 8
            place += length
    return blob


def _put(blob: bytearray, number: int) -> None:
    while number > 0x7F:
        blob.append(number & 0x7F | 0x80)
        number >>= 7
    blob.append(number)


def _numbers(blob: bytes) -> Iterable[int]:
    number = shift = 0
    for byte in blob:
        if byte < 0x80:
            yield number | byte << shift
            number = shift = 0
        else:
            number |= (byte & 0x7F) << shift
            shift += 7


def _unsigned(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _signed(number: int) -> int:
    return number >> 1 if not number & 1 else -((number + 1) >> 1)

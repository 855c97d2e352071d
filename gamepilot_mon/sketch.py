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
_SPARSE = 0
_HEADER = 4  # bytes before the counts of a dense one
_LANE = 8  # bytes of one count while sketches are added up
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
    union = Union()
    if blob:
        union.add(blob)
    return union.counts()


class Union:
    """Adds up stored sketches, without a look at each count of the dense ones."""

    __slots__ = ("_base", "_counts", "_lanes")

    def __init__(self) -> None:
        self._counts: Counts = {}
        self._lanes = 0  # counts of 8 bytes each from the index _base on, as one integer
        self._base: int | None = None

    def count(self, index: int, count: int) -> None:
        self._counts[index] = self._counts.get(index, 0) + count

    def add(self, blob: bytes) -> None:
        if len(blob) % _PAIR.size == 0:
            self._add_pairs(blob)
        elif blob[0] == _SPARSE:
            self._add_sparse(blob)
        else:
            self._add_dense(blob)

    def counts(self) -> Counts:
        found = dict(self._counts)
        if self._base is not None:
            size = (self._lanes.bit_length() + 63) // 64
            lanes = struct.unpack(f"<{size}Q", self._lanes.to_bytes(size * _LANE, "little"))
            merge(found, {index: count for index, count in enumerate(lanes, self._base) if count})
        return found

    def _add_pairs(self, blob: bytes) -> None:
        for index, count in _PAIR.iter_unpack(blob):
            self.count(_ZERO if index == _OLD_ZERO else index, count)

    def _add_sparse(self, blob: bytes) -> None:
        numbers = iter(_numbers(blob, 1))
        index = _signed(next(numbers))
        self.count(index, next(numbers))
        for gap in numbers:
            if not gap:
                return  # padding
            index += gap
            self.count(index, next(numbers))

    def _add_dense(self, blob: bytes) -> None:
        size, base = blob[0], int.from_bytes(blob[1:_HEADER], "little", signed=True)
        length = (len(blob) - _HEADER) // size
        lanes = bytearray(length * _LANE)
        for plane in range(size):
            start = _HEADER + plane * length
            lanes[plane::_LANE] = blob[start : start + length]
        if self._base is None:
            self._base = base
        if base < self._base:
            self._lanes <<= 64 * (self._base - base)
            self._base = base
        self._lanes += int.from_bytes(lanes, "little") << 64 * (base - self._base)


def quantiles(counts: Counts, wanted: Iterable[float]) -> list[float | None]:
    """The values at the `wanted` quantiles (0–1, ascending); None for each when nothing was counted."""
    ordered = sorted(counts)
    seen = list(accumulate(counts[index] for index in ordered))
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


def _numbers(blob: bytes, start: int) -> Iterable[int]:
    number = shift = 0
    for byte in blob[start:]:
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

"""HyperLogLog: how many different names were added, from 4 KB however many they are. Pure.

The standard error is 1.04 / sqrt(4096) = 1.6 %; up to about 10,000 names it is smaller. Union is the maximum of each
register. Source: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation
algorithm" (2007), with its linear counting for small cardinalities; 64-bit hashes need no correction for large ones.
"""

import math
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

BITS = 12
REGISTERS = 1 << BITS
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)
_ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)
_REST = 64 - BITS


def empty() -> bytearray:
    return bytearray(REGISTERS)


def add(registers: bytearray, names: Iterable[str]) -> None:
    for name in names:
        number = int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest())
        index, rest = number >> _REST, number & ((1 << _REST) - 1)
        rank = _REST - rest.bit_length() + 1  # of the first one, from the left
        if rank > registers[index]:
            registers[index] = rank


def union(parts: Iterable[bytes]) -> bytearray:
    return bytearray(map(max, empty(), empty(), *parts))


def estimate(registers: bytes) -> int:
    counts = Counter(registers)
    raw = _ALPHA * REGISTERS**2 / sum(count * 2.0**-rank for rank, count in counts.items())
    if raw <= 2.5 * REGISTERS and (unused := counts.get(0, 0)):
        return round(REGISTERS * math.log(REGISTERS / unused))
    return round(raw)

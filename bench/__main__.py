"""Run every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys

BENCHMARKS = (
    ("ingest", []),
    ("detection", []),
    ("rules", []),
    ("delivery", []),
    ("idle", []),
    ("folding", []),
    ("fold", []),
    ("source", []),
    ("pages", []),
    ("peers", ["--ours", "--clients", "2000"]),
    ("peers", ["--quick"]),
)


def main() -> int:
    codes = []
    for name, arguments in BENCHMARKS:
        print(f"\n== {' '.join((name, *arguments))}", flush=True)
        codes.append(subprocess.call([sys.executable, "-m", f"bench.{name}", *arguments]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

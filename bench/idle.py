"""What the product costs while nothing happens: memory and processor of web and daemon together, over a minute."""

import sys
import tempfile
import time
from pathlib import Path

from bench.product import product

SPAN_S = 60.0


def main(span_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder, product(Path(folder)) as running:
        time.sleep(5)
        processes = running.processes()
        before = sum(sum(process.cpu_times()[:2]) for process in processes)
        time.sleep(span_s)
        used = sum(sum(process.cpu_times()[:2]) for process in processes) - before
        print(f"{'process':<60} {'RSS MB':>8} {'PSS MB':>8}")
        total_rss = total_pss = 0.0
        for process in processes:
            memory = process.memory_full_info()
            total_rss += memory.rss / 1e6
            total_pss += memory.pss / 1e6
            name = " ".join(process.cmdline())[-60:]
            print(f"{name:<60} {memory.rss / 1e6:8.1f} {memory.pss / 1e6:8.1f}")
        print(f"{'together':<60} {total_rss:8.1f} {total_pss:8.1f}")
        print(f"processor: {used / span_s * 100:.2f} % of one core over {span_s:.0f} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SPAN_S)

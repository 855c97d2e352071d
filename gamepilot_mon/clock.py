
"""stub"""
import time, datetime
def utcnow() -> int: return time.time_ns() // 1_000_000
def iso(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms/1000, datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

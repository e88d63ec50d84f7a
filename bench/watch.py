"""What one process has used, and how fast this machine is at this moment."""

import json
import time
from pathlib import Path

import psutil


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds of the process so far, its own code and the kernel's for it."""
    times = process.cpu_times()
    return float(times.user + times.system)


def peak_mb(process: psutil.Process) -> float:
    """The most memory the process ever held, as Linux counts it."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def calibration_s() -> float:
    """Seconds for a fixed piece of work (JSON and arithmetic): compare figures of two machines by their ratio to it."""
    began = time.process_time()
    for n in range(20_000):
        row = json.loads(json.dumps({"t": n, "v": [n / 7 + i for i in range(10)]}))
        sum(row["v"])
    return time.process_time() - began

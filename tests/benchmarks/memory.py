"""How much memory a process has needed."""

from pathlib import Path


def peak_mb() -> float:
    """Largest resident memory of this process so far [MiB]; unlike ru_maxrss not inherited."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(s for s in status.splitlines() if s.startswith("VmHWM")).split()[1]) / 1024


def tree_mb(process: int) -> float:
    """Resident memory of a process and its descendants at this moment [MiB]."""
    total, waiting = 0.0, [process]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        try:
            status = (folder / "status").read_text("ascii")
            children = (folder / "task" / folder.name / "children").read_text("ascii")
        except OSError:  # it has ended meanwhile
            continue
        resident = next((s for s in status.splitlines() if s.startswith("VmRSS")), "VmRSS: 0")
        total += int(resident.split()[1]) / 1024
        waiting += [int(child) for child in children.split()]
    return total

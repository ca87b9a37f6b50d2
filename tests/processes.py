"""Linux's view of processes, for tests that kill them. Only processes below one of our own are ever looked for."""

from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()


def process_status(process_id):
    """State and parent of a process, as Linux tells them; None when there is no such process."""
    try:
        state, parent = (Path("/proc") / str(process_id) / "stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return state, int(parent)


def children(process_id):
    statuses = {int(path.name): process_status(path.name) for path in Path("/proc").glob("[0-9]*")}
    return [child for child, status in statuses.items() if status and status[1] == process_id]


def descendants(process_id):
    found = []
    for child in children(process_id):
        found += [child, *descendants(child)]
    return found


def is_running(process_id):
    status = process_status(process_id)
    return status is not None and status[0] != "Z"


def title(process_id):
    """The command line of a process, or what it calls itself; "" when there is no such process."""
    try:
        return (Path("/proc") / str(process_id) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""

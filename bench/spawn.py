"""Runs commands side by side, and says how long they took and what they needed.

Deno tells neither the peak memory nor the processor time of a child. Reads one
JSON request from the first argument, prints one JSON answer. What it says of
memory begins at some 10 MB, its own: a new process inherits that mark.
"""

import json
import os
import signal
import sys
import tempfile
import time

# macOS counts bytes, Linux counts KiB.
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


def main():
    request = json.loads(sys.argv[1])
    if request.get("cwd") is not None:
        os.chdir(request["cwd"])
    with tempfile.TemporaryFile() as said:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 2),
        ]
        running = []

        def stop(*_):
            for process in running:
                os.kill(process, signal.SIGKILL)

        signal.signal(signal.SIGALRM, stop)
        signal.signal(signal.SIGTERM, stop)
        signal.alarm(request["atMostSeconds"])
        started = time.perf_counter()
        for command in request["commands"]:
            running.append(os.posix_spawnp(command[0], command, os.environ, file_actions=actions))
        codes, peak, cpu = [], 0, 0.0
        for process in list(running):
            _, status, usage = os.wait4(process, 0)
            running.remove(process)
            codes.append(os.waitstatus_to_exitcode(status))
            peak += usage.ru_maxrss * MEMORY_UNIT  # side by side, so all of it at once
            cpu += usage.ru_utime + usage.ru_stime
        seconds = time.perf_counter() - started
        said.seek(0)
        words = said.read(100_000).decode(errors="replace")
    print(json.dumps({"seconds": seconds, "peakBytes": peak, "cpuSeconds": cpu, "codes": codes, "said": words}))


if __name__ == "__main__":
    main()

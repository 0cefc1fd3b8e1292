"""Many clients and hostile files at the server: python benchmarks/web.py FOLDER [--clients 64] [--seconds 120]

Starts `python -m web` on a free port and tells when it is ready. Then so many clients send photos of FOLDER, one in a
request, each as soon as the last one is answered; a client that is told 429 comes again after the time that it is told.
Then hostile files of every kind of `samples/hostile.py` are sent, each answer is compared with the expected reason, and
memory is told before and after. Exit status 1 if an answer was another than expected, or the server ended.
"""

import argparse
import asyncio
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from samples import hostile
from samples.tiny import export_tiny_models

ROOT = Path(__file__).resolve().parents[1]
HTTP = 600  # seconds until a client gives up


class Server:
    """A server in a process of its own; use as a context."""

    def __init__(self, models: Path | None):
        """Args: models: their folder; None for the shipped ones."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        given: list[str | Path] = ["--models", models] if models else []
        self._command = [sys.executable, "-m", "web", "--port", str(port), *given]

    def __enter__(self) -> "Server":
        start = time.monotonic()
        self.process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self._status() != 200:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}")
            time.sleep(0.1)
        print(f"ready after {time.monotonic() - start:.1f} s, {self.cpu():.1f} s of CPU time, {self.memory()}")
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        print(f"the server ended with {self.process.wait()}")

    def _status(self) -> int:
        try:
            return httpx2.get(f"{self.address}/ready").status_code
        except httpx2.ConnectError:
            return 0

    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> str:
        """Resident memory and its peak, in words."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        megabytes = {line.split(":")[0]: int(line.split()[1]) // 1000 for line in lines if line.startswith("Vm")}
        return f"{megabytes['VmRSS']} MB resident, {megabytes['VmHWM']} MB at most"


async def load(server: Server, photos: list[tuple[str, bytes]], clients: int, seconds: float) -> bool:
    """So many clients for so long; prints what they saw, returns whether there was no answer but 200 and 429."""
    statuses: Counter[int | str] = Counter()
    times: list[float] = []
    end, cpu = time.monotonic() + seconds, server.cpu()

    async def client(http: httpx2.AsyncClient, mine: Iterator[tuple[str, bytes]]) -> None:
        while time.monotonic() < end:
            start = time.monotonic()
            try:
                answer = await http.post(f"{server.address}/api/photos", files={"photo": next(mine)})
            except httpx2.HTTPError as error:
                statuses[type(error).__name__] += 1
                continue
            statuses[answer.status_code] += 1
            if answer.status_code == 429:
                await asyncio.sleep(float(answer.headers["retry-after"]))
            else:
                times.append(time.monotonic() - start)

    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(timeout=HTTP, limits=limits) as http:
        await asyncio.gather(
            *(client(http, itertools.islice(itertools.cycle(photos), n, None)) for n in range(clients))
        )
    print(f"{clients} clients, {seconds:g} s: " + ", ".join(f"{n} times {status}" for status, n in statuses.items()))
    if times:
        p50, p95, most = np.percentile(times, [50, 95, 100])
        rate = f"{len(times) / seconds:.2f} photos/s, {(server.cpu() - cpu) / len(times):.2f} s of CPU time each"
        print(f"{rate}; seconds to an answer: {p50:.1f} half, {p95:.1f} of 95 %, {most:.1f} at most; {server.memory()}")
    return set(statuses) <= {200, 429}


def hostile_files(folder: Path) -> list[tuple[str, str, bytes]]:
    """(expected reason, name, content) of each kind that can be sent."""
    photo, cases = Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 160, 3), np.uint8)), []
    for kind, case in hostile.BAD.items():
        path = hostile.make(kind, folder, photo) if kind not in hostile.NEEDS and "link" not in kind else None
        if path and case.name.isascii():
            cases.append((case.reason or "", path.name, path.read_bytes()))
    return cases


def send_hostile(server: Server, count: int) -> bool:
    """Send so many hostile files; prints and returns whether each was refused as expected, and the server lives."""
    with tempfile.TemporaryDirectory() as folder:
        cases = hostile_files(Path(folder))
    wrong, before, slowest = [], server.memory(), 0.0
    with httpx2.Client(timeout=HTTP) as http:
        for expected, name, content in itertools.islice(itertools.cycle(cases), count):
            start = time.monotonic()
            answer = http.post(f"{server.address}/api/photos", files={"photo": (name, content)})
            slowest = max(slowest, time.monotonic() - start)
            if answer.status_code != 200 or not answer.json()[0].get("reason", "").startswith(expected):
                wrong.append((name, answer.text[:200]))
    print(f"{count} hostile files of {len(cases)} kinds: {len(wrong)} not refused as expected {wrong[:3] or ''}")
    print(f"slowest {slowest:.1f} s; before {before}; after {server.memory()}")
    return not wrong and server.process.poll() is None


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/web.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the photos")
    parser.add_argument("--clients", type=int, default=64, help="at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=120, help="(default: %(default)g)")
    parser.add_argument("--hostile", type=int, default=500, help="hostile files (default: %(default)s)")
    parser.add_argument("--models", help="their folder, or tiny (default: the shipped ones)")
    args = parser.parse_args(arguments)
    photos = [(path.name, path.read_bytes()) for path in sorted(args.folder.rglob("*.jpg"))[:200]]
    with tempfile.TemporaryDirectory() as work:
        models = export_tiny_models(Path(work)) if args.models == "tiny" else args.models and Path(args.models)
        with Server(models or None) as server:
            good = asyncio.run(load(server, photos, args.clients, args.seconds))
            return 0 if send_hostile(server, args.hostile) and good else 1


if __name__ == "__main__":
    raise SystemExit(main())

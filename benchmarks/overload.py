"""What happens when five times as much is asked as can be done: python -m benchmarks.overload [--seconds 30] [--on …]

First how much can be done of a mix (4 clients, each waiting for its answer), then five times that at times of its own
(open_load.py), with help-now asked beside it by another process; then reports alone, at five times what can be done
of them. README.md says how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from sqlmodel import Session, select

from app.models import Report
from app.reports import intake
from benchmarks import machine, overload_mix, processes, rounds, sections, tables
from benchmarks.overload_mix import Mix
from benchmarks.processes import Databases, Generator, Product
from benchmarks.rounds import Figure, Section
from benchmarks.sections import ms
from tests.support import nginx
from tests.support import processes as kept
from tests.support.nginx import Nginx
from tests.support.receiver import Receiver

TIMES = 5
CLIENTS = 4
# A second: of help-now, and of urgent reports, whose pages are looked for.
PROBES, URGENT = 50.0, 1.0
MOST_CONNECTIONS = 4000
# Until everything is as before, at the most.
RECOVERY_SECONDS = 60.0


@dataclasses.dataclass(slots=True)
class Bench:
    """What a run works with: one generator for the load, one for what is looked at meanwhile."""

    load: Generator
    probe: Generator
    closed: Generator
    receiver: Receiver
    seconds: float

    def both(self, product: Product, streams: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
        with ThreadPoolExecutor(2) as threads:
            load = threads.submit(self.load.tell, self._job(product, streams, self.seconds))
            probe = threads.submit(self.probed, product, self.seconds)
            return load.result(), probe.result()

    def probed(self, product: Product, seconds: float) -> dict[str, Any]:
        help_now = overload_mix.stream("help-now", PROBES, [overload_mix.HELP], even=True)
        result: dict[str, Any] = self.probe.tell(self._job(product, [help_now], seconds))["streams"]["help-now"]
        return result

    def capacity(self, product: Product, requests: list[bytes], *, clients: int) -> float:
        """Accepted requests a second."""
        found = self.closed.run(port=product.port, clients=clients, requests=requests, seconds=self.seconds / 3)
        done = sum(count for status, count in found["statuses"].items() if status.startswith("2"))
        return float(done / found["elapsed"])

    def _job(self, product: Product, streams: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
        return {"port": product.port, "seconds": seconds, "most": MOST_CONNECTIONS, "streams": streams}


def main() -> int:
    """1 when a promise was broken: a report lost, an answer without help, help-now ten times as slow."""
    chosen = _arguments()
    if chosen.nginx and nginx.found() is None:
        sys.exit("there is no nginx here: apt install nginx-light")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder = Path(tempfile.mkdtemp(prefix="peerline-overload-", dir=chosen.dir))
    kept.keep_folder(folder)
    facts, found = machine.facts(folder), []
    with contextlib.ExitStack() as stack:
        stack.callback(kept.remove_folder, folder)
        generators = [
            stack.enter_context(contextlib.closing(Generator(module)))
            for module in ("benchmarks.open_load", "benchmarks.open_load", "benchmarks.load")
        ]
        receiver = stack.enter_context(Receiver())
        databases = stack.enter_context(contextlib.closing(Databases(folder, receiver, parent=chosen.dir)))
        bench = Bench(*generators, receiver, chosen.seconds)
        for on in ("sqlite", "postgres") if chosen.on == "both" else (chosen.on,):
            several = chosen.processes if on == "postgres" else 1
            with databases.products("overload", on=on, processes=several) as [served], contextlib.ExitStack() as before:
                product = served
                if chosen.nginx:
                    # Without TLS, which the generator does not speak.
                    proxy = before.enter_context(Nginx(folder / f"nginx-{on}", upstream=served.port, tls=False))
                    product = dataclasses.replace(served, port=proxy.port)
                mix = Mix.of(product)
                found += [everything(bench, product, mix, on, chosen.times)]
                found[-1].title += _behind(nginx=chosen.nginx, several=several)
                print(tables.terminal(found[-1]), file=sys.stderr, flush=True)
                if not chosen.short:
                    found += [reports_alone(bench, product, mix, on, chosen.times)]
                    found[-1].title += _behind(nginx=chosen.nginx, several=several)
                    print(tables.terminal(found[-1]), file=sys.stderr, flush=True)
    words = f"{chosen.times:g} times what can be done, for {chosen.seconds:g} s each."
    print(tables.markdown(found, facts, plan=words))
    return 1 if any(figure.met is False for section in found for figure in section.figures) else 0


def _behind(*, nginx: bool, several: int) -> str:
    """What of a run is not as usual. The memory of several processes is that of the one that has made them."""
    return f"{', behind nginx' if nginx else ''}{f', {several} processes' if several > 1 else ''}"


def everything(bench: Bench, product: Product, mix: Mix, on: Literal["sqlite", "postgres"], times: float) -> Section:
    bench.capacity(product, mix.requests(), clients=CLIENTS)
    capacity = bench.capacity(product, mix.requests(), clients=CLIENTS)
    idle = bench.probed(product, bench.seconds / 2)
    alone = bench.capacity(product, mix.reports, clients=CLIENTS)
    before, peak = rss(product), 0
    bench.receiver.reset()
    # Beside the mix, and not more of it: what is looked at are their pages.
    urgent = overload_mix.stream("urgent", URGENT, mix.urgent, even=True, bodies=True)
    load, probe = bench.both(product, [*mix.streams(times * capacity), urgent])
    recovered = recovery(product, mix, load["ended"])
    peak, after = rss(product, "VmHWM"), rss(product)
    section = Section(f"overload-{on}", f"{times:g} times as much as can be done, {_name(on)}")
    section.figures = [
        Figure("what can be done of the mix, 4 clients", capacity, "a second"),
        Figure("what can be done of reports alone, 4 clients", alone, "a second"),
        Figure("asked", sum(each["sent"] for each in load["streams"].values()) / bench.seconds, "a second"),
        *_of_streams(load, first=("report", "receipt", "urgent")),
        *_of_probe(idle, probe),
        *_of_pages(bench, product, load["streams"]["urgent"]["kept"]),
        *_stored(product, [load["streams"]["report"], load["streams"]["urgent"]]),
        *_of_the_end(load, before=before, peak=peak, after=after, recovered=recovered),
    ]
    return section


def reports_alone(bench: Bench, product: Product, mix: Mix, on: Literal["sqlite", "postgres"], times: float) -> Section:
    alone = bench.capacity(product, mix.reports, clients=64)
    idle = bench.probed(product, bench.seconds / 2)
    before = rss(product)
    reports = overload_mix.stream("report", times * alone, mix.reports, bodies=True)
    lists = overload_mix.stream("who is on call", 5.0, mix.on_call, even=True)
    load, probe = bench.both(product, [reports, lists])
    recovered = recovery(product, mix, load["ended"])
    section = Section(f"overload-reports-{on}", f"Reports alone, {times:g} times as many as can be stored, {_name(on)}")
    section.figures = [
        Figure("what can be done of them, 64 clients", alone, "a second"),
        Figure("asked", load["streams"]["report"]["sent"] / bench.seconds, "a second"),
        Figure("stored", load["streams"]["report"]["statuses"].get("201", 0) / bench.seconds, "a second"),
        *_of_streams(load, first=()),
        *_of_probe(idle, probe),
        *_stored(product, [load["streams"]["report"]]),
        *_of_the_end(load, before=before, peak=rss(product, "VmHWM"), after=rss(product), recovered=recovered),
    ]
    return section


def _of_streams(load: dict[str, Any], *, first: tuple[str, ...]) -> list[Figure]:
    """For each kind how many were let in and how fast; nothing but that, 503, and the answers' own completeness."""
    figures = []
    for name, found in load["streams"].items():
        share = 100 * len(found["accepted"]) / max(1, found["sent"])
        target = {"at_least": 99.0} if name in first else {}
        figures.append(Figure(f"{name}: let in, of {found['sent']}", share, "%", *rounds.judged(share, **target)))
        for what, times in (("let in", found["accepted"]), ("refused", found["refused"])):
            if times:
                p50, p99 = (1e3 * rounds.percentile(times, part) for part in (50, 99))
                figures += [Figure(f"{name}: {what}, p50", p50, "ms"), Figure(f"{name}: {what}, p99", p99, "ms")]
    everything = load["streams"].values()
    other = sum(n for each in everything for status, n in each["statuses"].items() if status not in OFTEN)
    for what, value in (
        ("answers that are neither 2xx nor 503", other),
        ("refused without Retry-After or help", sum(each["incomplete"] for each in everything)),
        ("without any answer", sum(each["lost"] for each in everything)),
    ):
        figures.append(Figure(what, value, "", *rounds.judged(value, at_most=0)))
    return figures


OFTEN = ("200", "201", "204", "503")


def _of_probe(idle: dict[str, Any], probe: dict[str, Any]) -> list[Figure]:
    quiet, loud = (rounds.percentile(each["accepted"], 99) for each in (idle, probe))
    missing = probe["sent"] - len(probe["accepted"])
    return [
        ms("help-now, idle, p50", rounds.percentile(idle["accepted"], 50)),
        ms("help-now, idle, p99", quiet),
        ms("help-now, under it, p50", rounds.percentile(probe["accepted"], 50)),
        ms("help-now, under it, p99", loud),
        Figure("help-now, p99 under it / idle", loud / quiet, "times", *rounds.judged(loud / quiet, at_most=10)),
        Figure(f"help-now without its answer, of {probe['sent']}", missing, "", *rounds.judged(missing, at_most=0)),
    ]


def _of_pages(bench: Bench, product: Product, told: list[tuple[float, str]]) -> list[Figure]:
    """From an urgent report's 201 to its page at the receiver."""
    receipts = {str(json.loads(body)["receipt"]): done for done, body in told}
    kept.wait_until(lambda: len(sections._arrived(bench.receiver)) >= len(receipts), timeout=30.0, what="every page")
    events = product.read(lambda session: sections._events_of(session, list(receipts)))
    received: dict[str, float] = {}
    for request in sections._arrived(bench.receiver):
        received.setdefault(request.headers["webhook-id"], request.monotonic)
    times = [received[events[receipt]] - done for receipt, done in receipts.items()]
    return [
        ms(f"201 to webhook of {len(times)} urgent reports, p50", rounds.percentile(times, 50)),
        ms("the same, p99", rounds.percentile(times, 99)),
    ]


def _stored(product: Product, streams: list[dict[str, Any]]) -> list[Figure]:
    receipts = [str(json.loads(body)["receipt"]) for stream in streams for _, body in stream["kept"]]

    def missing(session: Session) -> int:
        there = set(session.exec(select(Report.receipt_hash)).all())
        return sum(intake.receipt_hash(session, receipt) not in there for receipt in receipts)

    lost = product.read(missing)
    return [Figure(f"told 201 and not stored, of {len(receipts)}", lost, "", *rounds.judged(lost, at_most=0))]


def _of_the_end(load: dict[str, Any], *, before: int, peak: int, after: int, recovered: float) -> list[Figure]:
    return [
        Figure("memory before", before / 1024, "MiB"),
        Figure("memory at its highest", peak / 1024, "MiB"),
        Figure("memory after", after / 1024, "MiB"),
        Figure("from the end of the load until all is as before", recovered, "s"),
        Figure("generator busy", 100 * load["busy"], "%"),
        ms("generator behind its times, at the most", load["latest"]),
        Figure("connections", load["connections"], ""),
    ]


def recovery(product: Product, mix: Mix, ended: float) -> float:
    """Seconds from the end of the load until ten of the last line in a row are answered within 100 ms each."""
    good, path, headers = 0, *mix.last
    while good < 10 and time.monotonic() < ended + RECOVERY_SECONDS:
        began = time.monotonic()
        status, _, _ = processes.get(product.port, path, headers)
        good = good + 1 if status == 200 and time.monotonic() - began < 0.1 else 0
        if good == 1:
            since = began
    return since - ended if good == 10 else RECOVERY_SECONDS


def rss(product: Product, name: str = "VmRSS") -> int:
    """KiB; 0 where the system does not say."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{product.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def _name(on: str) -> str:
    return "SQLite" if on == "sqlite" else "PostgreSQL"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, metavar="N", help="of the load")
    parser.add_argument("--times", type=float, default=TIMES, metavar="N", help="what can be done")
    parser.add_argument("--on", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--nginx", action="store_true", help="all of it through nginx, with deploy/nginx.conf")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="of the API, on PostgreSQL")
    parser.add_argument("--short", action="store_true", help="without reports alone")
    parser.add_argument("--dir", type=Path, help="put the databases here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

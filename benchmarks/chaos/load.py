"""The load: reporters, supporters and people who are paged, each a thread that does one thing after the other."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import seed
from benchmarks.chaos import school
from benchmarks.chaos.calls import Caller, new_key
from benchmarks.chaos.ledger import Ack, Entry, Kind, Ledger, Told
from benchmarks.chaos.school import Cast, Member

REPORTERS = 4
REPORTS = f"{school.PATH}/reports"
ADVICE = f"{school.PATH}/advice-requests"
# A pause after each thing, in seconds, of 0 to this: a steady load that leaves the machine room for the faults.
PAUSE = 0.5
# Of the things done: a key sent everywhere at once, one used for another thing, and who answers killed right after.
EVERYWHERE, MISUSED, STRUCK = 0.15, 0.05, 0.1
# Within so many seconds of sending everywhere, one of those who are asked is killed.
STRIKES_WITHIN = 0.05
AFTER_201, WITH_ONE_KEY = "right after its 201", "with one key on its way to every address"
# Told where it can be reached, and when; kills what runs there.
Strike = Callable[[str, str], None]


class Load:
    """Starts the clients; `stop` lets each finish what it has begun. `strike` is asked for now and then; `pause` is the
    longest after each thing, in seconds."""

    def __init__(
        self, ledger: Ledger, cast: Cast, addresses: Sequence[str], *, seed_: int, strike: Strike, pause: float = PAUSE
    ) -> None:
        self._ledger, self._addresses, self._seed = ledger, addresses, seed_
        self._strike, self._pause = strike, pause
        self._stopping = threading.Event()
        self._failed: list[BaseException] = []
        self._threads = [self._thread(f"reporter {n}", self._reporter) for n in range(REPORTERS)]
        for number, member in enumerate(cast.supporters):
            self._threads.append(self._thread(f"supporter {number}", self._supporter, member))
        for number, member in enumerate(cast.paged):
            self._threads.append(self._thread(f"paged {number}", self._paged, member))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Raises what a client failed with: it may have sent what the ledger does not know."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise self._failed[0]

    def _thread(self, name: str, work: Callable[..., None], *args: Any) -> threading.Thread:
        chance = random.Random(f"{self._seed}/{name}")
        caller = Caller(self._ledger, self._addresses, chance)

        def run() -> None:
            try:
                work(caller, chance, *args)
            except BaseException as exc:
                self._failed.append(exc)
            finally:
                caller.close()

        return threading.Thread(target=run, name=name, daemon=True)

    def _goes_on(self, chance: random.Random) -> bool:
        return not self._stopping.wait(chance.uniform(0, self._pause))

    def _reporter(self, caller: Caller, chance: random.Random) -> None:
        bodies = {Kind.URGENT: seed.reports(urgent=True), Kind.REPORT: seed.reports()}
        while self._goes_on(chance):
            kind = Kind.URGENT if chance.random() < 0.5 else Kind.REPORT
            entry = self._ledger.begin(kind, key=new_key() if chance.random() < 0.75 else None)
            body = chance.choice(bodies[kind])
            body = body | {"narrative": f"{entry.mark} {body['narrative']}"}
            if entry.key is not None and chance.random() < EVERYWHERE:
                stored = self._everywhere(caller, chance, entry, REPORTS, body)
            else:
                twice = chance.random() < 0.2
                stored = self._enter(caller, chance, entry, REPORTS, body, with_help=True, twice=twice)
            if stored and entry.key is not None and chance.random() < MISUSED:
                self._misuse(caller, entry, REPORTS, kind, body, "narrative")
            if stored and chance.random() < 0.5:
                self._write(caller, chance, entry)

    def _enter(
        self, caller: Caller, chance: random.Random, entry: Entry, path: str, body: dict[str, Any], **how: Any
    ) -> bool:
        """And now and then whoever acknowledged it is killed in the same moment."""
        by = caller.enter(entry, path, body, **how)
        if by is not None and chance.random() < STRUCK:
            self._strike(by, AFTER_201)
        return by is not None

    def _everywhere(
        self,
        caller: Caller,
        chance: random.Random,
        entry: Entry,
        path: str,
        body: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> bool:
        def meanwhile() -> None:
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, STRIKES_WITHIN))
                self._strike(chance.choice(self._addresses), WITH_ONE_KEY)

        return caller.enter_everywhere(entry, path, body, headers=headers, meanwhile=meanwhile)

    def _misuse(self, caller: Caller, entry: Entry, path: str, kind: Kind, body: dict[str, Any], text: str) -> None:
        other = self._ledger.begin(kind)
        caller.misuse(other, path, body | {text: f"{other.mark} This is about somebody else."}, of=entry)

    def _write(self, caller: Caller, chance: random.Random, report: Entry) -> None:
        receipt = report.answer["receipt"]
        opened = caller.repeatable("POST", "/v1/receipts/session", headers={}, body={"receipt": receipt})
        if opened.status in (404, 422):
            self._ledger.never("a receipt that was given out did not open its report")
        if opened.told is not Told.ACKNOWLEDGED:
            return
        headers = {"Authorization": f"Bearer {opened.body['access_token']}"}
        for _ in range(chance.randint(1, 2)):
            key = new_key() if chance.random() < 0.75 else None
            entry = self._ledger.begin(Kind.MESSAGE, about=receipt, key=key)
            text = {"text": f"{entry.mark} I saw her again today."}
            caller.enter(entry, "/v1/me/report/messages", text, headers=headers, twice=chance.random() < 0.2)

    def _supporter(self, caller: Caller, chance: random.Random, me: Member) -> None:
        topics = ("when_to_escalate", "cannot_reach_them", "role_boundaries")
        while self._goes_on(chance):
            entry = self._ledger.begin(Kind.ADVICE, about=str(me.id), key=new_key())
            body = {"topic": chance.choice(topics), "priority": "now", "summary": f"{entry.mark} What do I do now?"}
            if chance.random() < EVERYWHERE:
                stored = self._everywhere(caller, chance, entry, ADVICE, body, me.headers)
            else:
                twice = chance.random() < 0.2
                stored = self._enter(caller, chance, entry, ADVICE, body, headers=me.headers, twice=twice)
            if not stored:
                continue
            if chance.random() < MISUSED:
                self._misuse(caller, entry, ADVICE, Kind.ADVICE, body, "summary")
            if chance.random() < 0.5:
                made = entry.answer["id"]
                entry = self._ledger.begin(Kind.ADVICE_MESSAGE, about=made, key=new_key())
                text = {"text": f"{entry.mark} They have answered me now."}
                caller.enter(entry, f"{ADVICE}/{made}/messages", text, headers=me.headers)

    def _paged(self, caller: Caller, chance: random.Random, me: Member) -> None:
        """Acknowledges most pages, answers many of them, and never gets to some."""
        seen: set[str] = set()
        while self._goes_on(chance):
            listed = caller.repeatable("GET", "/v1/me/pages", headers=me.headers)
            for page in listed.body.get("items", ()) if listed.told is Told.ACKNOWLEDGED else ():
                if page["id"] in seen or page["state"] not in ("sent", "delivered") or self._stopping.is_set():
                    continue
                seen.add(page["id"])
                if chance.random() < 0.7:
                    self._answer(caller, chance, me, page["id"])

    def _answer(self, caller: Caller, chance: random.Random, me: Member, page: str) -> None:
        done = caller.repeatable("POST", f"/v1/pages/{page}/ack", headers=me.headers)
        if done.told is not Told.ACKNOWLEDGED:
            return
        self._ledger.acked(Ack(page=page, person=str(me.id), first=done.body["first"]))
        if done.body["first"] and chance.random() < 0.6:
            entry = self._ledger.begin(Kind.REPLY, about=page, key=new_key())
            text = {"text": f"{entry.mark} I am here. Are you with them?"}
            caller.enter(entry, f"/v1/pages/{page}/reply", text, headers=me.headers, twice=chance.random() < 0.2)

"""What is asked in the overload: by whom, how often, and of what line (docs/overload.md)."""

from __future__ import annotations

import base64
import http.client
import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from app.identity.passwords import Passwords
from app.models import Person, School
from app.schools import service as schools
from app.vocabulary import Role
from benchmarks import seed
from benchmarks.processes import Product, request

SCHOOL = f"/v1/schools/{seed.SLUG}"
HELP = request("GET", f"{SCHOOL}/help-now")
PASSWORD = "five times as much as can be done"
# Of a hundred: people of the programme at work, students who look for help, a report now and then; few sign in.
SHARES = {
    "report": 10,
    "receipt": 4,
    "reports to read": 10,
    "who is on call": 9,
    "sign-in": 1,
    "directory": 46,
    "people": 20,
}
WORDS = ("sleep", "grief", "money", "housing", "exam", "placement", "alcohol", "lonely", "anxious", "crisis")


@dataclass(frozen=True, slots=True)
class Mix:
    """Requests by their kind, each list to be gone through in turn."""

    by_kind: dict[str, list[bytes]]
    urgent: list[bytes]
    # Of the line that is refused first: path and headers.
    last: tuple[str, dict[str, str]]

    @classmethod
    def of(cls, product: Product) -> Mix:
        logins, triager = product.write(_people)
        bearer = {"Authorization": f"Bearer {product.seeded.token}"}
        reader = {"Authorization": f"Bearer {triager}"}
        reports = [request("POST", f"{SCHOOL}/reports", body=body) for body in seed.reports()]
        sign_in = [{"grant_type": "password", "login": login, "password": PASSWORD} for login in logins]
        by_kind = {
            "report": reports,
            "receipt": [request("POST", "/v1/receipts/session", body={"receipt": each}) for each in _receipts(product)],
            "reports to read": [request("GET", f"{SCHOOL}/reports?limit=20", headers=reader)],
            "who is on call": [request("GET", f"{SCHOOL}/rosters/{product.seeded.new_roster}/on-call", headers=bearer)],
            "sign-in": [request("POST", "/v1/auth/token", body=body) for body in sign_in],
            # Each word of each page, so that not all lie ready.
            "directory": [
                request("GET", f"{SCHOOL}/directory?q={one}%20{other}")
                for one, other in itertools.permutations(WORDS, 2)
            ],
            "people": [request("GET", f"{SCHOOL}/people?limit=100", headers=bearer)],
        }
        urgent = [request("POST", f"{SCHOOL}/reports", body=body) for body in seed.reports(urgent=True)]
        return cls(by_kind, urgent, (f"{SCHOOL}/people?limit=100", bearer))

    @property
    def reports(self) -> list[bytes]:
        return self.by_kind["report"]

    @property
    def on_call(self) -> list[bytes]:
        return self.by_kind["who is on call"]

    def requests(self) -> list[bytes]:
        """In their shares, and in no order."""
        turns = {kind: itertools.cycle(requests) for kind, requests in self.by_kind.items()}
        kinds = [kind for kind, share in SHARES.items() for _ in range(share * 10)]
        random.Random(4).shuffle(kinds)
        return [next(turns[kind]) for kind in kinds]

    def streams(self, rate: float) -> list[dict[str, Any]]:
        """All kinds, `rate` a second together."""
        return [
            stream(kind, rate * share / 100, self.by_kind[kind], bodies=kind == "report")
            for kind, share in SHARES.items()
        ]


def stream(
    name: str, rate: float, requests: Sequence[bytes], *, even: bool = False, bodies: bool = False
) -> dict[str, Any]:
    """As open_load.py is told."""
    encoded = [base64.b64encode(each).decode() for each in requests]
    return {"name": name, "rate": rate, "requests": encoded, "even": even, "bodies": bodies}


def _receipts(product: Product) -> list[str]:
    """Of reports that were sent before."""
    receipts = []
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=10.0)
    for body in seed.reports():
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{SCHOOL}/reports", body=json.dumps(body), headers=headers)
        receipts.append(str(json.loads(connection.getresponse().read())["receipt"]))
    connection.close()
    return receipts


def _people(session: Session) -> tuple[list[str], str]:
    """Logins of people with a password, and an access token of somebody who reads reports."""
    school: School = schools.find(session, seed.SLUG)
    hashed = Passwords(cost="recommended").hash_now(PASSWORD)
    logins = []
    for number in range(50):
        person = seed.new_person(session, school, f"Signs in {number}", Role.SUPPORTER)
        person.password_hash = hashed
        logins.append(person.login)
    triager = session.exec(select(Person).where(Person.alias == "Reader")).one()
    return logins, seed.token_for(session, school, triager, Role.TRIAGER)

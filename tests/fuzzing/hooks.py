"""What Schemathesis asks of us: whose token a call carries, which things its path names, and which failures are known.

Loaded by Schemathesis itself (SCHEMATHESIS_HOOKS). PEERLINE_FUZZING is the folder in which `seeded.json` is and into
which goes which exclusions were met.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import uuid
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

from tests.fuzzing import exclusions
from tests.fuzzing.seeding import Seeded

FOLDER = Path(os.environ["PEERLINE_FUZZING"])
SEED = os.environ["PEERLINE_FUZZING_SEED"]
# About how many cases of the coverage phase each operation gets; 0: all that there are.
MOST_COVERAGE = int(os.environ["PEERLINE_FUZZING_COVERAGE"])
SEEDED = Seeded.load(FOLDER / "seeded.json")
DICE = random.Random(SEED)
KEY = "Idempotency-Key"
# What ends the sign-in that it comes with.
ENDING = {"/v1/auth/revoke"}
# By the path that names one thing: what finds its parameters, and those of the newest that were made.
PATTERNS: dict[str, re.Pattern[str]] = {}
MADE: dict[str, deque[dict[str, str]]] = defaultdict(lambda: deque(maxlen=4))
# Cases of the coverage phase by operation.
OFFERED: Counter[str] = Counter()


@schemathesis.auth(refresh_interval=None)
class WhoeverMay:
    """Mostly one of those for whom the operation is; at times anybody, and somebody of another school."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str | None:
        security = {name: scopes for each in _raw(case).get("security", []) for name, scopes in each.items()}
        if "receipt" in security:
            return DICE.choice(SEEDED.reporters)
        if "bearer" not in security:
            return None
        if case.operation.path in ENDING:
            return SEEDED.spare.pop()
        lot, roles = DICE.random(), security["bearer"]
        if lot < 0.05:
            return SEEDED.foreign[DICE.choice(roles)]
        if lot < 0.1:
            return DICE.choice(SEEDED.staff[DICE.choice(sorted(SEEDED.staff))])
        if lot < 0.2 and "service" in security:
            return DICE.choice(SEEDED.programs)
        return DICE.choice(SEEDED.staff[DICE.choice(roles)])

    def set(self, case: schemathesis.Case, data: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = data


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Of the coverage phase, which goes through every bound of every field, some by lot; of the others all."""
    if not MOST_COVERAGE or case.meta is None or case.meta.phase.name != "coverage":
        return True
    name = _raw(case)["operationId"]
    OFFERED[name] += 1
    lot = hashlib.sha256(f"{SEED} {name} {OFFERED[name]}".encode()).digest()
    return int.from_bytes(lot[:4], "big") / 2**32 < MOST_COVERAGE / _expected(case)


def _expected(case: schemathesis.Case) -> int:
    """About as many cases as there are fields to go wrong."""
    return max(MOST_COVERAGE, len(str(_raw(case))) // 40)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Most calls are about things that are there, and each is a new one."""
    if KEY in case.headers and not _wrong(case, ParameterLocation.HEADER) and DICE.random() < 0.9:
        case.headers[KEY] = str(uuid.UUID(int=DICE.getrandbits(128), version=4))
    if "cursor" in case.query and not _wrong(case, ParameterLocation.QUERY) and DICE.random() < 0.7:
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
    if case.path_parameters and not _wrong(case, ParameterLocation.PATH) and DICE.random() < 0.9:
        known = _things(case.path)
        if case.meta is not None and case.meta.phase.name == "stateful":
            # There, what was made before is what the next call is about.
            known = {"school": known["school"]}
        given = {name: known[name] for name in case.path_parameters if name in known}
        case.path_parameters = case.path_parameters | given
    secrets = SEEDED.secrets.get(_raw(case)["operationId"])
    if secrets and isinstance(case.body, dict) and not _wrong(case, ParameterLocation.BODY) and DICE.random() < 0.6:
        case.body = case.body | DICE.choice(secrets)


def _raw(case: schemathesis.Case) -> dict[str, Any]:
    raw: dict[str, Any] = case.operation.definition.raw
    return raw


def _wrong(case: schemathesis.Case, location: ParameterLocation) -> bool:
    return case.meta is not None and case.meta.is_negative_at(location)


def _things(path: str) -> dict[str, str]:
    ids = SEEDED.ids
    if "{school}/webhook-endpoints" in path:
        ids = ids | {"endpoint_id": SEEDED.school_endpoint, "delivery_id": SEEDED.school_delivery}
    made = [place for place in MADE if path == place or path.startswith(f"{place}/")]
    if made and DICE.random() < 0.6:
        return ids | DICE.choice(MADE[max(made, key=len)])
    return ids


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Remember what was made."""
    location = response.headers.get("location") if response.status_code == 201 else None
    if location:
        for place, pattern in _places(case.operation.schema).items():
            found = pattern.fullmatch(location[0])
            if found:
                MADE[place].append(found.groupdict())


def _places(schema: Any) -> dict[str, re.Pattern[str]]:
    if not PATTERNS:
        for path, item in schema.raw_schema["paths"].items():
            if "get" in item and path.endswith("}"):
                PATTERNS[path] = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
    return PATTERNS


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """False drops a failure: one for which exclusions.py has a reason."""
    found = exclusions.known(type(failure).__name__, _raw(case), response.status_code, response.text)
    for each in found or ():
        with (FOLDER / "met").open("a") as file:
            file.write(f"{exclusions.KNOWN.index(each)}\n")
    return found is None

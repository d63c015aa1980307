"""The people of the two demo schools. Their passwords are public: they exist in the demo only."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from app.vocabulary import Role

PASSWORD = "peerline-demo-only"  # noqa: S105  public on purpose, and refused outside a loopback demo


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`paged` people have an endpoint at the demo receiver."""

    login: str
    alias: str
    roles: tuple[Role, ...]
    paged: bool = False

    @property
    def name(self) -> str:
        """The receiver's path for this person, such as `harbour-adviser`."""
        local, _, domain = self.login.partition("@")
        return f"{domain.split('.')[0]}-{local}"

    @property
    def secret(self) -> str:
        """The webhook secret of the demo endpoint: made from the name, so that the receiver can check signatures."""
        return "whsec_" + base64.b64encode(hashlib.sha256(f"demo only {self.login}".encode()).digest()).decode()


HARBOUR = (
    DemoPerson("supporter@harbour.example", "Wren", (Role.SUPPORTER,), paged=True),
    DemoPerson("adviser@harbour.example", "Mira", (Role.ADVISER,), paged=True),
    DemoPerson("backup-adviser@harbour.example", "Tomas", (Role.ADVISER,), paged=True),
    DemoPerson("academic-adviser@harbour.example", "Ines", (Role.ADVISER,), paged=True),
    DemoPerson("triager@harbour.example", "Noor", (Role.TRIAGER,), paged=True),
    DemoPerson("independent@harbour.example", "Asha", (Role.INDEPENDENT_HANDLER,), paged=True),
    DemoPerson("coordinator@harbour.example", "Lee", (Role.COORDINATOR,), paged=True),
    DemoPerson("sponsor@harbour.example", "Okafor", (Role.SPONSOR,), paged=True),
    DemoPerson("evaluator@harbour.example", "Petra", (Role.EVALUATOR,)),
    DemoPerson("it@harbour.example", "Sam", (Role.SCHOOL_IT,)),
    DemoPerson("privacy@harbour.example", "Juno", (Role.PRIVACY_OFFICER,)),
    DemoPerson("student@harbour.example", "Kai", (Role.STUDENT,)),
)
RIDGE = (
    DemoPerson("coordinator@ridge.example", "Dana", (Role.COORDINATOR,), paged=True),
    DemoPerson("triager@ridge.example", "Rowan", (Role.TRIAGER,), paged=True),
    DemoPerson("sponsor@ridge.example", "Bell", (Role.SPONSOR,), paged=True),
    DemoPerson("it@ridge.example", "Vic", (Role.SCHOOL_IT,)),
    DemoPerson("evaluator@ridge.example", "Ola", (Role.EVALUATOR,)),
    DemoPerson("privacy@ridge.example", "Mei", (Role.PRIVACY_OFFICER,)),
)
OPERATOR = DemoPerson("operator@peerline.example", "Operator", (Role.PLATFORM_OPERATOR,))

BY_NAME = {person.name: person for person in (*HARBOUR, *RIDGE)}

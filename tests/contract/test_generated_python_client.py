"""A client that openapi-python-client makes of the contract is whole, and goes the main journey (contract O8).

Of all of the contract in the long suite, which takes twenty seconds of a core; else of what the journey needs of it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import python_client
from openapi_reading import COMMITTED, operations, part_of, webhooks

from app.vocabulary import Role
from tests.support.receiver import Receiver, verified
from tests.support.server import Server
from tests.support.thorough import LONG
from tests.support.world import World

JOURNEY = frozenset(
    {
        "acknowledgePage",
        "claimReport",
        "createMyReportMessage",
        "createReceiptSession",
        "createReport",
        "createReportMessage",
        "createToken",
        "getHelpNow",
        "getMyReport",
        "getOnCall",
        "getReport",
        "listMyPages",
        "listMyReportMessages",
        "listReportMessages",
        "listReports",
        "onPageRequested",
    }
)
PHRASE = "a long phrase that is made up"


class Generated:
    """The package that was made, whose modules are found by the names of operations and schemas."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "peerline_client"

    def client(self, base_url: str, token: str | None = None) -> Any:
        package = importlib.import_module("peerline_client")
        told = {"base_url": base_url, "raise_on_unexpected_status": True}
        return package.AuthenticatedClient(token=token, **told) if token else package.Client(**told)

    def model(self, name: str) -> Any:
        return getattr(importlib.import_module("peerline_client.models"), name)

    def operations(self) -> list[str]:
        return [file.stem for file in self.folder.glob("api/*/*.py") if file.stem != "__init__"]

    async def call(self, client: Any, operation: str, status: int, **given: Any) -> Any:
        """Call an operation, and give what the client made of the answer. Its headers are in `self.headers`."""
        [file] = self.folder.glob(f"api/*/{operation}.py")
        module = importlib.import_module(f"peerline_client.api.{file.parent.name}.{operation}")
        school = {"school": "harbour"} if "school: str" in file.read_text() else {}
        answer = await module.asyncio_detailed(client=client, **school, **given)
        assert answer.status_code == HTTPStatus(status), answer.content
        self.headers = answer.headers
        return answer.parsed


@pytest.fixture
def generated(tmp_path: Path) -> Iterator[Generated]:
    folder = tmp_path / "generated"
    folder.mkdir()
    document = COMMITTED
    if not LONG:
        document = tmp_path / "part.json"
        document.write_text(json.dumps(part_of(JOURNEY)))
    assert python_client.make(folder, document) == [], "the generator leaves something out"
    sys.path.insert(0, str(folder))
    yield Generated(folder)
    sys.path.remove(str(folder))


def missing(generated: Generated) -> set[str]:
    """Operations and events of the contract that the client has not."""
    made = {name.replace("_", "").lower() for name in generated.operations()}
    there = {operation.name for operation in operations()} | {each["operationId"] for each in webhooks().values()}
    wanted = there if LONG else JOURNEY
    events = {name.removeprefix("on") + "Event" for name in wanted if name.startswith("on")}
    lost = {event for event in events if not hasattr(generated.model(event), "from_dict")}
    return {name for name in wanted if not name.startswith("on") and name.lower() not in made} | lost


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_generated_client_is_whole_and_goes_the_main_journey_against_a_running_service(
    world: World, generated: Generated, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    assert missing(generated) == set()
    await world.school()
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True, password_hash=hashed)
    triager = await world.person(Role.TRIAGER, alias="Noor", password_hash=hashed)
    roster = await world.on_call(adviser)
    env = {
        "PEERLINE_MASTER_KEYS": world.settings.master_keys,
        "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin,
    }
    server = Server(tmp_path / "data", database_url=database_url, env=env)
    server.output.touch()  # the database is migrated: serving is all that is left to do
    call, model = generated.call, generated.model
    with server:
        async with contextlib.AsyncExitStack() as clients:

            async def client(token: str | None = None) -> Any:
                return await clients.enter_async_context(generated.client(server.base_url, token))

            anybody = await client()

            # Somebody is worried, and has no account.
            help_now = await call(anybody, "get_help_now", 200)
            assert help_now.emergency[0].name
            assert (await call(anybody, "get_help_now", 304, if_none_match=generated.headers["ETag"])) is None
            worry = model("ReportCreate")(
                signs=[model("Sign").TEARFUL],
                narrative="She has stopped coming to lunch.",
                wants=model("Wants").ADVICE_ONLY,
            )
            key = str(uuid.uuid4())
            made = await call(anybody, "create_report", 201, body=worry, idempotency_key=key)
            again = await call(anybody, "create_report", 201, body=worry, idempotency_key=key)
            assert (made.receipt, generated.headers["Idempotency-Replayed"]) == (again.receipt, "true")
            assert made.expect.read_by > datetime.now(UTC)

            # They come back with the receipt, and write.
            opened = model("ReceiptSessionCreate")(receipt=made.receipt)
            session = await call(anybody, "create_receipt_session", 200, body=opened)
            reporter = await client(session.access_token)
            text = model("MessageCreate")(text="She was there today.")
            await call(reporter, "create_my_report_message", 201, body=text, idempotency_key=str(uuid.uuid4()))

            # A triager signs in, takes it on, reads and answers.
            noor = await client(await token_of(generated, anybody, triager.login))
            [listed] = (await call(noor, "list_reports", 200)).items
            report = {"report_id": listed.id}
            shown = await call(noor, "get_report", 200, **report)
            assert shown.narrative == worry.narrative
            etag = generated.headers["ETag"]
            assert (await call(noor, "claim_report", 200, **report, if_match=etag)).claimed_by_me is True
            assert (await call(noor, "claim_report", 412, **report, if_match=etag)).code == "precondition_failed"
            thread = await call(noor, "list_report_messages", 200, **report)
            assert [message.text for message in thread.items] == ["She was there today."]
            reply = model("MessageCreate")(text="Thank you. Ask her along.")
            await call(noor, "create_report_message", 201, **report, body=reply, idempotency_key=str(uuid.uuid4()))
            read = await call(reporter, "list_my_report_messages", 200)
            assert read.items[-1].text == "Thank you. Ask her along."
            assert (await call(reporter, "get_my_report", 200)).status == "someone_has_replied"

            # A worry that cannot wait pages whoever is on call, who acknowledges.
            urgent = model("ReportCreate")(signs=[model("Sign").SAID_THOUGHTS_OF_SUICIDE])
            assert (await call(anybody, "create_report", 201, body=urgent)).help_now[0].tier == "emergency"
            [request] = receiver.wait_for(adviser.hook)
            event = model("PageRequestedEvent").from_dict(verified(request, adviser.secret or ""))
            mira = await client(await token_of(generated, anybody, adviser.login))
            assert [page.id for page in (await call(mira, "list_my_pages", 200)).items] == [event.data.page_id]
            acknowledged = await call(mira, "acknowledge_page", 200, page_id=event.data.page_id)
            assert (acknowledged.state, acknowledged.first) == ("acknowledged", True)
            on_call = await call(mira, "get_on_call", 200, roster_id=roster)
            assert [person.alias for person in on_call.on_call] == ["Mira"]

            # A refusal is a problem that can be read, with help for whoever has no account.
            refused = await call(
                anybody, "create_receipt_session", 404, body=model("ReceiptSessionCreate")(receipt="7K3QD")
            )
            assert (refused.code, bool(refused.help_)) == ("not_found", True)


async def token_of(generated: Generated, client: Any, login: str) -> str:
    grant = generated.model("PasswordGrant")(grant_type="password", login=login, password=PHRASE)
    pair = await generated.call(client, "create_token", 200, body=grant)
    token: str = pair.access_token
    return token

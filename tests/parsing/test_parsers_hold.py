"""Nothing that strangers send crashes what reads it: it is read, or refused in the way that its callers know.

`make fuzz` asks the same with as many examples as one has time for, from another seed each time.
"""

from __future__ import annotations

import asyncio
import os

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks import outgoing
from app.webhooks.names import Names
from app.webhooks.sending import TIMEOUT_SECONDS, Outcome, Shot, perform
from tests.parsing.given import octets
from tests.parsing.parsers import CURSORS, PARSERS, TOKENS, Parser

# In the suite a few, the same ones each time.
EXAMPLES = int(os.environ.get("PEERLINE_FUZZ_EXAMPLES", "0"))
budget = hypothesis.settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_it_is_read_or_refused(parser: Parser) -> None:
    read = refused = 0

    @budget
    @given(parser.given)
    def run(sent: object) -> None:
        nonlocal read, refused
        try:
            parser.read(sent)
        except parser.refused:
            refused += 1
        else:
            read += 1

    run()
    assert read + refused >= budget.max_examples // 2
    # Where it can refuse, something was to be refused: else nothing was tried.
    assert refused or not parser.refused


@pytest.mark.parametrize("right", [TOKENS[0], *CURSORS], ids=lambda right: f"{len(right)} characters")
def test_what_we_gave_is_read(right: str) -> None:
    """Without this, a parser that refuses everything would do."""
    name = "an access token" if right in TOKENS else "a cursor"
    assert next(parser for parser in PARSERS if parser.name == name).read(right)


REPLIES = octets(
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 503 No\r\nRetry-After: 120\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    longest=2000,
)


def test_whatever_a_receiver_answers_is_an_outcome() -> None:
    """Over a real connection: taken with a 2xx that is one, and failed with anything else."""
    loop = asyncio.new_event_loop()
    answer = b""
    outcomes: list[Outcome] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def send(origin: str) -> Outcome:
        shot = Shot(url=f"{origin}/hook", message_id="msg_1", body=b"{}", secrets=("whsec_MTIz",), owner="somebody")
        client = outgoing.client(timeout_seconds=TIMEOUT_SECONDS, most_connections=2)
        async with client:
            return await perform(shot, client=client, allowed_origins=frozenset({origin}), names=Names())

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    @budget
    @given(st.one_of(REPLIES, st.binary(max_size=400)))
    def run(said: bytes) -> None:
        nonlocal answer
        answer = said
        outcome = loop.run_until_complete(send(origin))
        outcomes.append(outcome)
        assert (outcome.status is None) is (outcome.error is not None)
        if outcome.delivered:
            assert said.startswith(b"HTTP/1.") or b"HTTP/1." in said, "nobody said that it was taken"

    try:
        run()
    finally:
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()
    assert {outcome.delivered for outcome in outcomes} == {True, False}

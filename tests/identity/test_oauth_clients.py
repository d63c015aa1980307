"""Standard OAuth 2.0 clients at the token endpoint: by oauthlib, which knows nothing of this product (RFC 6749)."""

from __future__ import annotations

import base64
import itertools
from urllib.parse import quote_plus

import httpx
import pytest
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient, OAuth2Error
from programs import EXPORT, an_account, keeper

from app.vocabulary import Role
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
URL = "https://peerline.test/v1/auth/token"
PHRASE = "a phrase with ünüsual & signs + a %"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """RFC 6749, 2.3.1: each part encoded as in a form first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


@pytest.mark.parametrize("way", ["in the form", "by Basic"])
async def test_a_program_with_a_standard_library_gets_a_token_and_uses_it(world: World, way: str) -> None:
    """RFC 6749, 4.4 and 2.3.1: either way of saying who it is."""
    await world.school()
    account = await an_account(world, await keeper(world), "directory:read", "webhooks:write")
    client = BackendApplicationClient(client_id=account["client_id"], scope=["directory:read"])
    in_form = {"client_secret": account["client_secret"]} if way == "in the form" else {}
    _, headers, body = client.prepare_token_request(URL, include_client_id=way == "in the form", **in_form)
    if way == "by Basic":
        headers |= basic(account["client_id"], account["client_secret"])
    answer = await world.http.post(URL, headers=headers, content=body)
    token = client.parse_request_body_response(answer.text)
    assert (token["token_type"], token["scope"], token["expires_in"]) == ("Bearer", ["directory:read"], 600)
    address, headers, _ = client.add_token(f"https://peerline.test{EXPORT}")
    assert (await world.http.get(address, headers=headers)).status_code == 200


async def test_a_person_with_a_standard_library_signs_in_and_goes_on(world: World) -> None:
    """RFC 6749, 4.3 and 6: `username`; a client id that public clients send is passed over."""
    await world.school()
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    person = await world.person(Role.ADVISER, password_hash=hashed)
    client = LegacyApplicationClient(client_id="the-app")
    body = client.prepare_request_body(username=person.login, password=PHRASE, include_client_id=True)
    first = client.parse_request_body_response((await world.http.post(URL, headers=FORM, content=body)).text)
    body = client.prepare_refresh_body(refresh_token=first["refresh_token"])
    again = client.parse_request_body_response((await world.http.post(URL, headers=FORM, content=body)).text)
    assert again["refresh_token"] not in ("", first["refresh_token"])
    _, headers, _ = client.add_token("https://peerline.test/v1/auth/me")
    assert (await world.http.get("/v1/auth/me", headers=headers)).json()["alias"] == person.alias


async def test_a_standard_library_understands_what_is_refused(world: World) -> None:
    """RFC 6749, 5.2: `error` beside the problem; the challenge is of the scheme that was used."""
    await world.school()
    account = await an_account(world, await keeper(world), "directory:read")
    secret = account["client_secret"]

    async def refused(headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        body = {"grant_type": "client_credentials", "client_id": account["client_id"]} | fields
        return await world.http.post(URL, headers=headers, data={name: each for name, each in body.items() if each})

    wrong = basic(account["client_id"], "psa_wrong")
    for answer, error, status, challenge in (
        (await refused(client_secret="psa_wrong"), "invalid_client", 401, "Bearer"),
        (await refused(wrong), "invalid_client", 401, "Basic"),
        (await refused({"Authorization": "Basic %%%"}), "invalid_client", 401, "Basic"),
        (await refused(client_secret=secret, scope="directory:write"), "invalid_scope", 422, None),
        (await refused(grant_type="urn:nothing"), "unsupported_grant_type", 422, None),
        (await refused(grant_type=""), "invalid_request", 422, None),
        (await refused(), "invalid_request", 422, None),
        (await refused(wrong, client_secret=secret), "invalid_request", 422, None),
        (
            await refused(grant_type="refresh_token", refresh_token="ptr_" + "x" * 40),
            "invalid_grant",
            401,
            "Bearer",
        ),
    ):
        with pytest.raises(OAuth2Error) as caught:
            BackendApplicationClient(client_id="any").parse_request_body_response(answer.text)
        assert caught.value.error == error
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert {"code", "status", "title", "help"} <= set(answer.json())
        assert answer.headers.get("WWW-Authenticate", "").partition(" ")[0] == (challenge or "")
    asked = {"grant_type": "client_credentials", "client_id": account["client_id"], "client_secret": "psa_wrong"}
    assert "error" not in (await world.http.post(URL, json=asked)).json()


async def test_a_form_that_is_none_is_refused_and_repeated_nowhere(world: World) -> None:
    """E1, E5, E7: hostile forms get a problem, whatever they are; other routes take no form."""
    await world.school()
    bodies = [
        b"",
        b"&&&=",
        b"CANARY-123",
        b"grant_type=CANARY-123",
        b"grant_type=client_credentials&grant_type=CANARY-123",
        b"grant_type=password&username=CANARY-123&login=CANARY-123&password=x",
        b"grant_type=password&username=%ff%fe&password=CANARY-123",
        b"grant_type=password&username=%00CANARY-123&password=x",
        b"grant_type=password&username=%ed%a0%80&password=CANARY-123",
        "grant_type=password&username=ü&password=CANARY-123".encode(),
        b"grant_type=client_credentials&client_id=CANARY-123&client_secret=" + b"x" * 5000,
        b"&".join(b"CANARY-123-%d=x" % number for number in range(5000)),
        b'{"grant_type": "client_credentials"}',
    ]
    for body, charset in zip(bodies, itertools.cycle(("", "; charset=UTF-8")), strict=False):
        kind = {"Content-Type": FORM["Content-Type"] + charset}
        answer = await world.http.post(URL, headers=kind, content=body)
        assert (body, answer.status_code) == (body, 422)
        assert (answer.json()["code"] in ("malformed_form", "validation_failed", "malformed_json")) is True
        assert answer.json()["error"] in ("invalid_request", "unsupported_grant_type")
        assert "CANARY" not in answer.text
    whole = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await world.http.post(URL, headers=whole, content=b"--x--")).status_code == 415
    latin = {"Content-Type": FORM["Content-Type"] + "; charset=latin-1"}
    refused = await world.http.post(URL, headers=latin, content=b"grant_type=password")
    said = "Please send application/json or application/x-www-form-urlencoded, in UTF-8."
    assert (refused.status_code, refused.json()["detail"]) == (415, said)
    assert (await world.http.post("/v1/auth/revoke", headers=FORM, content=b"token=x")).status_code == 415

"""Signatures against the vector of the contract and the independent library (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks import signing

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = (
    b'{"type":"page.escalated","timestamp":"2026-11-03T20:26:10Z",'
    b'"data":{"page_id":"0190b7d8-0000-7000-8000-000000000001"}}'
)


# Of the contract's vector: secret, id, time and body. The signature printed there belongs to other bytes; this is the
# one that the independent library gives for these.
SIGNATURE = "v1,YsXrE0wZcv3/4VmiHPoQzF90mYOvOtJu4C95q6x0e2w="


def test_the_vector_of_the_contract() -> None:
    assert base64.b64decode(SECRET.removeprefix("whsec_")) == bytes(range(32))
    at = dt.datetime(2026, 11, 3, 20, 26, 10, tzinfo=dt.UTC)
    assert standardwebhooks.Webhook(SECRET).sign("msg_01", at, BODY.decode()) == SIGNATURE
    assert signing.sign(SECRET, message_id="msg_01", timestamp=1793737570, body=BODY) == SIGNATURE


def test_the_headers_have_the_exact_names() -> None:
    headers = signing.headers(SECRET, message_id="msg_01", timestamp=1793737570, body=BODY)
    assert headers["webhook-id"] == "msg_01"
    assert headers["webhook-timestamp"] == "1793737570"
    assert headers["webhook-signature"] == SIGNATURE


def test_a_new_secret_is_long_enough_and_never_the_same() -> None:
    secrets = {signing.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.uuids().map(str),
    text=st.text(max_size=500),
    age=st.integers(-290, 290),
)
def test_the_independent_library_agrees(key: bytes, message_id: str, text: str, age: int) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    at = int(dt.datetime.now(dt.UTC).timestamp()) - age
    body = text.encode(errors="ignore")
    headers = signing.headers(secret, message_id=message_id, timestamp=at, body=body)
    judge = standardwebhooks.Webhook(secret)
    judge.verify(body, headers, json_parse=False)
    assert judge.sign(message_id, dt.datetime.fromtimestamp(at, dt.UTC), body.decode()) == headers["webhook-signature"]


@pytest.mark.parametrize("changed", ["body", "id", "timestamp", "secret"])
def test_nothing_that_is_signed_can_be_changed(changed: str) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    headers = signing.headers(SECRET, message_id="msg_01", timestamp=now, body=BODY)
    body, secret = BODY, SECRET
    if changed == "body":
        body = BODY.replace(b"escalated", b"cancelled")
    elif changed == "secret":
        secret = signing.new_secret()
    else:
        headers |= {"webhook-id": "msg_02"} if changed == "id" else {"webhook-timestamp": str(now + 1)}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(body, headers)

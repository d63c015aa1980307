"""The signing keys of access tokens as stored: made once, sealed, shared by every process of the deployment."""

from __future__ import annotations

import secrets

from sqlmodel import Session, col, or_, select

from app.core import clock
from app.core.crypto import Place
from app.identity.tokens import PrivateKey, PublicKey, TokenKeys, new_key_pair
from app.models import SigningKey
from app.vault import service as vault


def create_signing_key(session: Session) -> None:
    """Make a new key pair. It signs from the next start on."""
    private, public = new_key_pair(secrets.token_hex(8))
    session.add(
        SigningKey(
            kid=private.kid,
            public_pem=public.pem,
            private_sealed=vault.seal(session, private.pem, school_id=None, place=_place(private.kid)),
            created_at=clock.now(),
        )
    )


def load_token_keys(session: Session, *, issuer: str) -> TokenKeys:
    """The published keys, the newest as the one that signs. Raises LookupError when there is none."""
    now = clock.now()
    rows = session.exec(
        select(SigningKey)
        .where(or_(col(SigningKey.retired_at).is_(None), col(SigningKey.retired_at) > now))
        .order_by(col(SigningKey.created_at).desc())
    ).all()
    if not rows:
        raise LookupError("no signing key; run: peerline migrate")
    newest = rows[0]
    private = vault.unseal(session, newest.private_sealed, school_id=None, place=_place(newest.kid))
    return TokenKeys(
        issuer=issuer,
        signing=PrivateKey(kid=newest.kid, pem=private),
        published={row.kid: PublicKey(kid=row.kid, pem=row.public_pem) for row in rows},
    )


def _place(kid: str) -> Place:
    return Place(table="signing_keys", row=kid, column="private_sealed")

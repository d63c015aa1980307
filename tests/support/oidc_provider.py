"""A maintained OpenID Connect provider, in a process of its own: django-oauth-toolkit, as a university would set it up.

    with OidcProvider() as provider:
        id_token = await provider.sign_in("sam", nonce="n-1")   # the authorization code flow, with PKCE
        provider.rotate()                                       # another key signs, the old one is still published
        provider.drop_old_keys()

By hand: `python -m tests.support.oidc_provider --port 8898`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import secrets
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.support import processes

CLIENT = "peerline-app"
PASSWORD = "what the university knows"
# The app's own address; nobody listens there.
CALLBACK = "http://127.0.0.1:9/signed-in"
# By login: what the university says of them.
PEOPLE: dict[str, dict[str, Any]] = {
    "sam": {"given_name": "Sam", "affiliation": ["member", "student"]},
    "toni": {"given_name": "Toni", "affiliation": ["member", "staff"]},
}
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class OidcProvider:
    """Starts the provider, tells it to change its keys, and signs people in as a browser and an app do."""

    def __init__(self) -> None:
        self.port = processes.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> OidcProvider:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.oidc_provider", "--port", str(self.port)],
            cwd=processes.REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        processes.keep(self._process)
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError(f"the provider ended with {processes.end(self._process, signal.SIGKILL)}")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            processes.end(self._process, signal.SIGKILL)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    @property
    def origin(self) -> str:
        """What PEERLINE_WEBHOOK_ALLOWED_ORIGINS must list."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.origin}/o"

    def rotate(self) -> None:
        """Another key signs from now on. The ones before it are still published."""
        self._control("rotate")

    def drop_old_keys(self) -> None:
        self._control("drop")

    def keys(self) -> list[str]:
        """The ids of the keys that it publishes, the one that signs first."""
        with DIRECTLY.open(f"{self.issuer}/.well-known/jwks.json", timeout=10) as answer:
            return [key["kid"] for key in json.load(answer)["keys"]]

    async def sign_in(self, login: str, *, nonce: str) -> str:
        """The ID token that the app gets when somebody signs in with a browser (OpenID Connect Core, 3.1)."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False, timeout=30) as browser:
            said = (await browser.get(f"{self.issuer}/.well-known/openid-configuration")).json()
            sent_to_login = await browser.get(said["authorization_endpoint"], params=asked)
            form = await browser.get(sent_to_login.headers["Location"])
            [csrf] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
            entered = {"username": login, "password": PASSWORD, "csrfmiddlewaretoken": csrf}
            back = await browser.post(str(form.url), data=entered)
            assert back.status_code == 302, back.text
            done = await browser.get(back.headers["Location"])
            code = parse_qs(urlsplit(done.headers["Location"]).query)
            assert code["state"] == [asked["state"]]
            got = await browser.post(
                said["token_endpoint"],
                data={
                    "grant_type": "authorization_code",
                    "code": code["code"][0],
                    "redirect_uri": CALLBACK,
                    "client_id": CLIENT,
                    "code_verifier": verifier,
                },
            )
        assert got.status_code == 200, got.text
        return str(got.json()["id_token"])

    def _control(self, what: str) -> None:
        request = urllib.request.Request(f"{self.origin}/_keys/{what}", method="POST", data=b"")
        with DIRECTLY.open(request, timeout=30):
            pass


# The process


def _new_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def _configure() -> None:
    """Django without a project: one database in memory, one template, and the toolkit."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(32),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.support.oidc_provider_urls",
        LOGIN_URL="/login/",
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        # Tables as the models say, at once: the steps that led to them take seconds.
        MIGRATION_MODULES=dict.fromkeys(("auth", "contenttypes", "sessions", "oauth2_provider")),
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"registration/login.html": "<form method=post>{% csrf_token %}{{ form }}</form>"},
                        )
                    ]
                },
            }
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": _new_key(),
            "OAUTH2_VALIDATOR_CLASS": "tests.support.oidc_provider_urls.Validator",
            "SCOPES": {"openid": "Who you are"},
            "PKCE_REQUIRED": True,
        },
    )
    django.setup()


def _fill() -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", run_syncdb=True, verbosity=0)
    for login in PEOPLE:
        get_user_model().objects.create_user(login, f"{login}@harbour.example", PASSWORD)
    get_application_model().objects.create(
        client_id=CLIENT,
        name="The app",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris=CALLBACK,
        algorithm="RS256",
        skip_authorization=True,
    )


def change_keys(what: str) -> None:
    """`rotate` or `drop`, in the provider's own settings."""
    from django.conf import settings
    from oauth2_provider.settings import oauth2_settings

    told = dict(settings.OAUTH2_PROVIDER)
    if what == "rotate":
        old = [told["OIDC_RSA_PRIVATE_KEY"], *told.get("OIDC_RSA_PRIVATE_KEYS_INACTIVE", [])]
        told |= {"OIDC_RSA_PRIVATE_KEY": _new_key(), "OIDC_RSA_PRIVATE_KEYS_INACTIVE": old}
    else:
        told["OIDC_RSA_PRIVATE_KEYS_INACTIVE"] = []
    settings.OAUTH2_PROVIDER = told
    oauth2_settings.reload()


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenID Connect provider with two people.")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    _configure()
    _fill()
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named by http.server
            """Say nothing."""

    application: Callable[..., Any] = get_wsgi_application()
    with make_server("127.0.0.1", chosen.port, application, handler_class=Quiet) as server:
        sys.stdout.write(json.dumps({"port": server.server_port}) + "\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()

"""What the provider of oidc_provider.py answers at, and what it says of people. Only its own process imports this."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.oauth2_validators import OAuth2Validator

from tests.support.oidc_provider import PEOPLE, change_keys


class Validator(OAuth2Validator):
    """Every claim with the scope `openid` alone."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        return PEOPLE[request.user.username] | {"email": request.user.email, "email_verified": True}


@csrf_exempt
def keys(request: HttpRequest, what: str) -> HttpResponse:
    change_keys(what)
    return HttpResponse(status=204)


urlpatterns = [
    path("login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("_keys/<str:what>", keys),
]

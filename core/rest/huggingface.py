"""Sign in with Hugging Face, on a Space only (OpenID Connect with the Space's own client).

A Space's page runs in an iframe, where cookies of its own are refused. So the sign-in opens a tab of its own, and that
tab hands a one-time code back to the page that opened it, which exchanges it for a token. The code is worth nothing
without the verifier that never left that page, and the verifier nothing without the code, so neither a leaked address
nor a link somebody was lured into gives anybody else's account away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from core import acts
from core.errors import Refused, Unauthorised
from core.record.users import Subject
from core.rest.accounts import signed_in
from core.rest.consent_fields import Purpose, Scopes, ShownText
from core.rest.rate_limits import address_of
from core.services import Routes, Services

WAITS_S = 600.0
"""from the first tab to the code"""
MAX_WAITING = 1000
"""attempts; above it the oldest of the address with the most of them goes, so that nobody else's is in danger"""
CALL_S = 10.0
ISSUER = "https://huggingface.co"
"""what a subject hangs on, whichever address the provider is asked at"""


@dataclass
class SignIn:
    """One attempt under way."""

    challenge: str
    """base64url of the sha256 of the page's verifier (as PKCE, RFC 7636)"""
    since_s: float
    address: str = ""
    """it was begun from, as limits count it"""
    code: str = ""
    subject: str = ""
    name: str = ""


class Finish(BaseModel):
    code: str = Field(max_length=100)
    verifier: str = Field(max_length=200)
    scopes: Scopes | None = None
    purpose: Purpose = "self"
    text_hash: ShownText = None


class Provider:
    """The Space's client at its provider, as Hugging Face puts it into the environment."""

    def __init__(self) -> None:
        self.url = os.environ.get("OPENID_PROVIDER_URL", ISSUER).rstrip("/")
        self.client_id = os.environ.get("OAUTH_CLIENT_ID", "")
        self._secret = os.environ.get("OAUTH_CLIENT_SECRET", "")
        self.redirect = f"https://{os.environ.get('SPACE_HOST', '')}/api/hf/callback"

    @property
    def is_there(self) -> bool:
        """Only on a Space with `hf_oauth: true`."""
        return bool("SPACE_ID" in os.environ and self.client_id and self._secret)

    async def who(self, code: str) -> tuple[str, str]:
        """Subject and preferred name behind a provider's code. Raises Refused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect}
        try:
            async with httpx.AsyncClient(timeout=CALL_S) as client:
                given = await client.post(f"{self.url}/oauth/token", data=form, auth=(self.client_id, self._secret))
                given.raise_for_status()
                bearer = {"Authorization": f"Bearer {given.json()['access_token']}"}
                told = await client.get(f"{self.url}/oauth/userinfo", headers=bearer)
                told.raise_for_status()
                facts = told.json()
                return str(facts["sub"]), str(facts.get("preferred_username") or facts["sub"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise Refused("Hugging Face did not confirm the sign-in; try again", "hf_failed") from error


class Waiting:
    """Attempts by their state; old ones leave, and nobody is ever refused for those of others."""

    def __init__(self) -> None:
        self._by_state: dict[str, SignIn] = {}
        """the oldest first"""

    def begin(self, challenge: str, address: str) -> str:
        """The state to send along."""
        now_s = time.monotonic()
        for state in [s for s, one in self._by_state.items() if now_s - one.since_s > WAITS_S]:
            del self._by_state[state]
        if len(self._by_state) >= MAX_WAITING:
            self._make_room()
        state = secrets.token_urlsafe(24)
        self._by_state[state] = SignIn(challenge, now_s, address)
        return state

    def _make_room(self) -> None:
        ((most, _),) = Counter(one.address for one in self._by_state.values()).most_common(1)
        oldest = next(state for state, one in self._by_state.items() if one.address == most)
        del self._by_state[oldest]

    def find(self, state: str) -> SignIn:
        """One that waits for its provider, once. Raises Refused."""
        one = self._by_state.get(state)
        if one is None or one.code or time.monotonic() - one.since_s > WAITS_S:
            raise Refused(
                "this sign-in has run out, or gave way to newer ones from your network; begin again", "hf_expired"
            )
        return one

    def take(self, code: str, verifier: str) -> SignIn:
        """The finished attempt of this page, once. Raises Unauthorised."""
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        for state, one in self._by_state.items():
            fits = secrets.compare_digest(one.code.encode(), code.encode())
            if one.code and fits and secrets.compare_digest(one.challenge.encode(), challenge.encode()):
                del self._by_state[state]
                return one
        raise Unauthorised("this code is not known here, or was used; begin again", "hf_code")


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Signed in</title><style>body{font:1.1rem system-ui;margin:3rem auto;max-width:32rem;padding:0 1rem}</style>
<h1>Signed in</h1><p>You can close this tab.
If the page you came from does not go on by itself, type this code there:</p>
<p><strong id="code"></strong></p>
<script>const code=%s;document.getElementById("code").textContent=code;
if(opener){opener.postMessage({attune_code:code},location.origin);setTimeout(close,1500)}</script></html>"""


def routes(services: Services) -> APIRouter:
    """/api/hf, which says whether it is there; the others exist only on a Space."""
    router = APIRouter(prefix="/api/hf", tags=["account"])
    provider, waiting = Provider(), Waiting()

    @router.get("", summary="Whether one can sign in with Hugging Face here")
    async def is_there() -> dict[str, bool]:
        """False everywhere but on a Space with `hf_oauth`."""
        return {"available": provider.is_there}

    if not provider.is_there:
        return router

    @router.get("/start", summary="To Hugging Face", response_class=RedirectResponse)
    async def start(challenge: str, request: Request) -> RedirectResponse:
        """Opened in a tab of its own; `challenge` is base64url(sha256(verifier))."""
        asked = {"client_id": provider.client_id, "redirect_uri": provider.redirect, "response_type": "code"}
        asked |= {"scope": "openid profile", "state": waiting.begin(challenge[:100], address_of(request))}
        return RedirectResponse(f"{provider.url}/oauth/authorize?{urlencode(asked)}")

    @router.get("/callback", summary="Back from Hugging Face", response_class=HTMLResponse)
    async def callback(code: str, state: str) -> HTMLResponse:
        """Hands the one-time code to the page that opened this tab."""
        one = waiting.find(state)
        one.subject, one.name = await provider.who(code)
        one.code = secrets.token_urlsafe(12)
        return HTMLResponse(PAGE % json.dumps(one.code), headers={"Cache-Control": "no-store"})

    @router.post("/finish", summary="A token for the one-time code")
    async def finish(body: Finish) -> dict[str, object]:
        """As login; 401 for a code that is unknown, used, or another page's."""
        services.accounts.check_shown(body.text_hash)
        one = waiting.take(body.code, body.verifier)
        # a colon: nobody can sign up with this name
        subject = Subject(ISSUER, one.subject, f"hf:{one.name.lower()[:60]}")
        return signed_in(*await acts.sign_in_with(services, subject, body.scopes, body.purpose))

    return router


ROUTES = Routes("huggingface", routes)

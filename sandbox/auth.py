"""Tokens: who calls, and what the caller may do."""

import base64
import hashlib
import hmac
import json

from .problems import Problem, forbidden

_ALIASES = {
    "global": {"company:read", "document:receive", "document:send", "lookup"},
    "company": {"company:read", "company:write"},
}
# What a token gets when no scope was asked for.
_DEFAULT_SCOPE = "global company"


def _unauthorized(message):
    return Problem(401, "unauthorized", message, headers={"WWW-Authenticate": "Bearer"})


def _pack(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(state, text):
    key = state.settings["token_key"].encode()
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def issue_token(state, form):
    """Exchange credentials for a token.

    :param State state: the sandbox's state.
    :param dict form: the body of ``POST /oauth2/token``.
    :returns: the company, and the body of the answer.
    :raises Problem: 401 where any of the three credentials is wrong.
    """
    company = state.companies.get(form["client_id"])
    given = form["client_secret"], form["vendor_api_key"]
    real = (company["client_secret"], company["vendor_api_key"]) if company else given
    right = [
        hmac.compare_digest(a.encode(), b.encode())
        for a, b in zip(given, real, strict=True)
    ]
    if not company or not all(right):
        raise _unauthorized("The credentials are not valid.")
    wanted = form.get("scope", _DEFAULT_SCOPE).split()
    granted = [s for s in dict.fromkeys(wanted) if s in company["scopes"]]
    lifetime = company["token_lifetime"]
    claims = {
        "client_id": company["client_id"],
        "scope": granted,
        "expires_at": state.now().timestamp() + lifetime,
        "generation": state.settings["token_generation"],
    }
    header = _pack(b'{"alg":"HS256","typ":"JWT"}')
    payload = f"{header}.{_pack(json.dumps(claims).encode())}"
    return company, {
        "access_token": f"{payload}.{_pack(_signature(state, payload))}",
        "token_type": "bearer",
        "expires_in": lifetime,
        "scope": " ".join(granted),
    }


def kill_tokens(state):
    """Make every token that was issued so far invalid."""
    with state.change():
        state.settings["token_generation"] += 1
        state.save_settings()


def _claims(state, request):
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    payload, _, signature = token.strip().rpartition(".")
    try:
        good = hmac.compare_digest(_unpack(signature), _signature(state, payload))
        return json.loads(_unpack(payload.partition(".")[2])) if good else None
    except ValueError:
        return None


def client_id(state, request):
    """Whose token the request has, be it good for it or not; None where it has none."""
    return (_claims(state, request) or {}).get("client_id")


def caller(state, request):
    """Who sent the request.

    :returns: the company and the token's scopes.
    :raises Problem: 401 where the token is missing, wrong or expired.
    """
    claims = _claims(state, request)
    if not claims:
        raise _unauthorized("The access token is missing or not valid.")
    company = state.companies.get(claims["client_id"])
    expired = claims["expires_at"] <= state.now().timestamp()
    dead = claims["generation"] != state.settings["token_generation"]
    if expired or dead or not company:
        raise _unauthorized("The access token has expired.")
    return company, claims["scope"]


def demand_scopes(scopes, alternatives):
    """Check a token's scopes.

    :param list scopes: what the token holds.
    :param list alternatives: sets of scopes; one whole set is needed.
    :raises Problem: 403.
    """
    held = set(scopes).union(*(_ALIASES.get(scope, ()) for scope in scopes))
    if any(needed <= held for needed in alternatives):
        return
    words = " or ".join(" and ".join(sorted(needed)) for needed in alternatives)
    raise forbidden(f"The access token lacks a scope: {words}.")

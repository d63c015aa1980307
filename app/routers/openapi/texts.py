"""What the OpenAPI document says in words: the introduction, tags, statuses and headers."""

from __future__ import annotations

import datetime as dt

from app.core.problems import REGISTRY, Problem
from app.idempotency.service import REMEMBER_FOR, REPLAY_FOR
from app.routers.openapi.example_privacy import AUDIT_HEAD

TAGS = {
    "public": "For anyone: no account, no cookie.",
    "hsds": "The public directory by the Open Referral standard HSDS 3.2, with its names and its pages.",
    "directory": "Who to turn to: at a school, now, and without a signal.",
    "guidance": "What to read, words to borrow, conversations to practise, the rules: for anyone, unrecorded.",
    "training": "What is written for people of the programme, and the training that every supporter has.",
    "content": "What a school changes, adds and hides, and whether its words are good ones.",
    "reports": "Anonymous reports, and those who read them.",
    "my report": "The reporter's side, with a receipt session.",
    "sign-in": "Tokens for people of the programme, and for programs.",
    "people": "Who is of a school's programme, what they may do, and where they are signed in.",
    "service accounts": "Programs of a school's IT, which act by scopes and read no report.",
    "advice": "Case advice for supporters, day and night.",
    "pages": "For whoever is paged.",
    "decisions": "Telling somebody more than was agreed, and the name that was given.",
    "choosing a supporter": "For a peer without an account: by a friend's code, or an open invitation.",
    "supervision": "Sessions with a supervisor: planned, said to have been, and overdue. Never what was said.",
    "contacts": "For supporters: whom they are asked to get in touch with.",
    "pauses": "For supporters: pausing without a reason, what they carry, and being back.",
    "rosters": "Who is on call.",
    "shifts": "Being away, giving shifts away, taking them, exchanging them.",
    "coverage": "Where nobody is, and what is done about it.",
    "evaluation": "Whether the programme helps or harms: asked without names, and counted so that nobody is found.",
    "stories": "What people tell of themselves: for anyone to read, under the control of whoever told it.",
    "supporters": "The programme: who is in it, what is owed before somebody is active, and what they signed.",
    "schools": "Schools from outside, for a platform operator: made, opened, stopped, and never read.",
    "school profile": "What a school says of itself, and the policies that its programme goes by.",
    "directory keeping": "Who a school turns its students to, and who has made sure that it is right.",
    "posts": "Who answers for what, and who stands in.",
    "escalation policies": "Whom to ask for which need, in which order; and what nobody answered.",
    "privacy": "Who saw what, who did what, and what went wrong with somebody's privacy.",
    "retention": "What is kept for how long, what must be kept, and the runs that erase the rest.",
    "succession": "When people of the programme go, who comes after them, and what is left without.",
    "suggestions": "What anybody would have otherwise, without a name.",
    "drills": "Test pages, and who answered them.",
    "calendars": "Shifts in calendar programs, by secret addresses.",
    "webhooks": "Where people and schools are told.",
    "events": "What they are told: sent to their endpoints of the format `standard`, and answered by them.",
    "system": "Probes.",
}

_INTRODUCTION = """Peerline helps students help each other: anonymous worries about a peer, who to turn to, and a person
on call who answers.

It promises no benefit. Studies of peer support among students are few and small, and what they found is mixed: use it
to make help easier to reach, and measure what comes of it.

## For whoever writes a client

**Growth.** Inside `/v1` things are only added. Accept fields that you do not know, and values of enums that you do
not know: show those as you show "other". Nothing here is removed, renamed or narrowed. Should an operation have to go
one day, every answer of it says so for a year at least, in `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

**Apps** send `App-Version: ios/1.4.0`. `/v1/meta` has the oldest that a deployment still takes; an older one gets
`client_upgrade_required` with an `upgrade_url` where people of the programme sign in and work. Help, reports, receipts
and pages are never refused for it.

**Input.** JSON in UTF-8. A field that an operation does not know is refused (`unknown_field`), so that a misspelt one
is not dropped in silence; so is a body where an operation takes none (`unexpected_body`; an empty object counts as
none). Texts are trimmed. Times are RFC 3339 with an offset; without one they are refused. Fields of answers are always
present, `null` when there is nothing. Times in answers are UTC.

**Retries.** Every operation can be retried after a lost answer; each says how. GET changes nothing, although a record
can be kept of who read. With `Idempotency-Key`, a random UUID, the same key and body have one effect and one answer:
for {replay} hours the answer is repeated, with `Idempotency-Replayed: true`; until {remember} days have passed the
key still refuses a second effect (`already_received`). The key is bound to caller, method and path; the order of a
body's members and its white space do not matter, another body is refused (`idempotency_key_reused`). A request that
was refused as invalid, or that failed on our side, leaves no trace: mend it and use the same key. The same request
twice at once has one effect; the second waits for the answer of the first, or gets `request_in_progress`.

**Versions.** A single resource has a strong `ETag`. Send it in `If-None-Match` to get 304 while nothing has changed,
and in `If-Match` where you change what others change too: 412 means that somebody was faster, so read again.

**Lists.** `limit` is 1 to 100. Go on with `next_cursor`, or the address in `Link`, until it is null. A cursor is good
for its list, filters and caller; rows that come and go neither repeat nor hide others.

**Limits.** Limited operations tell what is left in `RateLimit` and `RateLimit-Policy`; 429 comes with `Retry-After`.
No report is refused for its number, and no receipt: while very many come in, a report that can wait is asked for work
first (`challenge_required`, 428), never one with a red-flag sign or the priority `now`. When more is asked than can be
done, 503 `overloaded` says after how many seconds to come again: reports, receipts and pages are the last to get it.

**HEAD** works wherever GET does, with the same headers and no body. `traceparent` is taken over into `X-Request-Id`,
except by the anonymous operations, which read nothing of the caller.

**Errors** are `application/problem+json` (RFC 9457). Decide by `code`: texts may change, codes do not. 422 is for
what was sent, 409 for the state it met; each fault in `errors` says where (`pointer`, `parameter` or `header`) and by
which rule (`required`, `unknown_field`, or the rule's own name, such as `string_too_long`), and repeats nothing that
was sent. For a caller without a staff token every error has `help`: whom to call now. What does not exist and what is
not yours get the same 404. A path that is not in this document answers 404; a method that its path has not answers
405, with all that it has in `Allow`. `x-problem-codes` of an operation has the codes it can answer with, by status.

| `code` | status | meaning |
| --- | --- | --- |
{codes}
"""

STATUS_TEXTS = {
    200: "What was asked for.",
    201: "Made, and on disk.",
    202: "On its way: look there for what came of it.",
    204: "Done. There is nothing more to say.",
    304: "You have this version already.",
    400: "The Idempotency-Key header is missing, or cannot be used.",
    401: "No valid token, or no such credentials.",
    403: "Your role does not allow this.",
    404: "Not there, or not yours to see: the same answer for both.",
    409: "Not possible in the present state; `code` says why.",
    410: "It was there, and is no more.",
    412: "Changed by somebody else since the ETag in If-Match.",
    413: "The body is too large: 256 KiB, if this deployment says nothing else.",
    414: "Path and query have more than 8000 bytes.",
    415: "A kind of body that is not read here; `detail` says which are.",
    422: "Something in the request cannot be accepted; `errors` points at it. Nothing was stored.",
    428: "If-Match is missing; or a report is asked for work first, see `report_challenge`.",
    429: "Too many requests; `Retry-After` says when to go on.",
    431: "The headers have more than 16 KiB, or one that is read has more than 8.",
    500: "Our fault; `instance` helps us to find it.",
    503: "Not right now. `detail` says whether anything was stored, `Retry-After` when to try again.",
}

RESPONSE_HEADERS = {
    "Audit-Log-Head": (
        "How far the audit log had come, sealed. Keep it: by it a later roll-back is found.",
        AUDIT_HEAD,
    ),
    "Cache-Control": ("Whether it may be kept. What is personal may not.", "no-store"),
    "Content-Language": ("The languages that the texts in it are in; the one that was chosen first.", "en"),
    "ETag": ("The version of what is shown; strong.", '"3f5c8a10b7d94e26a1c0f2d4e6b8a097"'),
    "Idempotency-Replayed": ("`true` when this answer was given before.", "true"),
    "Link": ('`rel="next"`: the next page, if there is one.', '</v1/me/pages?cursor=kD3v>; rel="next"'),
    "Location": (
        "Where it now stands.",
        "/v1/schools/harbour/advice-requests/0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f11",
    ),
    "RateLimit": ("What is left of the quota, and the seconds until it is full again.", '"default";r=598;t=41'),
    "RateLimit-Policy": ("The quota, and its window in seconds.", '"default";q=600;w=60'),
    "Retry-After": ("Seconds to wait.", "5"),
    "WWW-Authenticate": ("RFC 6750.", 'Bearer realm="peerline", error="invalid_token"'),
    "X-Request-Id": ("Name this when something went wrong.", "4bf92f3577b34da6a3ce929d0e0e4736"),
}


def introduction() -> str:
    """The introduction, with a table of every code (contract E3)."""
    return _INTRODUCTION.format(
        replay=REPLAY_FOR // dt.timedelta(hours=1),
        remember=REMEMBER_FOR.days,
        codes="\n".join(f"| `{code}` | {kind.status} | {kind.title} |" for code, kind in problems().items()),
    )


def problems() -> dict[str, type[Problem]]:
    """Every problem of the product by its code; those that a test makes up are not among them."""
    return {code: REGISTRY[code] for code in sorted(REGISTRY) if REGISTRY[code].__module__.startswith("app.")}

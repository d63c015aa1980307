"""Deny by default: who may do what, as one table; and that nobody else can (domain 5; contract 1, C6, E10).

A new route fails the first test until it has its line here: its roles, or its name among the public ones.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, select

from app.core import clock
from app.models import Escalation, Person, PersonIdentity, RoleGrant, School, SignIn, Supporter
from app.routers.finding import Finder
from app.routers.openapi import guards_of, scopes_of
from app.schools.policies import standard_rules
from app.stories.texts import load_texts
from app.vocabulary import EscalationState, Level, Role, RosterLine, Scope, SubjectKind
from tests.programme.put_in_place import a_pause_and_a_talk
from tests.reports.passing_on import put_in_place
from tests.support.thorough import LONG, TURN, in_turn
from tests.support.world import Someone, World
from tests.supporters.joining import ANSWERS, on_the_way_in

SIGNED_IN = (
    "adviser coordinator evaluator independent_handler platform_operator privacy_officer school_it sponsor student "
    "supporter triager"
)
OF_THE_PROGRAMME = (
    "adviser coordinator evaluator independent_handler privacy_officer school_it sponsor supporter triager"
)
OF_A_SCHOOL = f"{OF_THE_PROGRAMME} student"
IN_ADVICE = "adviser coordinator independent_handler supporter"
PAGED = "adviser coordinator independent_handler supporter triager"
ROSTER_READERS = "adviser coordinator independent_handler sponsor supporter triager"
PLANNERS = "coordinator sponsor"
KEEPERS = "coordinator school_it"
ROLE_GIVERS = "coordinator school_it"
SECOND_PEOPLE = "privacy_officer sponsor"
WHO_SEE_KEEPING = "coordinator school_it sponsor"
DECIDING = "adviser coordinator independent_handler privacy_officer triager"
READERS = "independent_handler triager"
STORY_READERS = "coordinator privacy_officer sponsor"
DOCUMENT_KEEPERS = "coordinator school_it"
INCIDENT_HANDLERS = "coordinator independent_handler privacy_officer sponsor"

# The same below the country's directory and a school's.
HSDS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
HSDS_IDS = ("service_id", "organization_id", "service_at_location_id", "taxonomy_id", "taxonomy_term_id")

# About the API, and no part of it.
UNTOLD = {"GET /docs", "GET /docs/{asset}", "GET /openapi.json"}

# Anyone, without a token.
PUBLIC = {
    "GET /.well-known/jwks.json",
    "GET /healthz",
    "GET /docs",
    "GET /docs/{asset}",
    "GET /join",
    "GET /openapi.json",
    "GET /readyz",
    "GET /v1/calendars/{token}.ics",
    "GET /v1/meta",
    "GET /v1/pages/{page_id}/ack-link/{token}",
    "GET /v1/schools/{school}/coverage/now",
    "GET /v1/schools/{school}/directory",
    "GET /v1/schools/{school}/directory/changes",
    "GET /v1/schools/{school}/directory/snapshot",
    "GET /v1/schools/{school}/directory/{entry_id}",
    "GET /v1/schools/{school}/help-now",
    "GET /v1/schools/{school}/privacy-statement",
    "GET /v1/schools/{school}/profile",
    "GET /v1/schools/{school}/readers",
    "GET /v1/schools/{school}/report-challenge",
    "GET /v1/schools/{school}/sites",
    "GET /v1/schools/{school}/transparency",
    "POST /v1/schools/{school}/referral-options",
    "GET /v1/schools/{school}/action-plan-templates",
    "GET /v1/schools/{school}/guidance",
    "GET /v1/schools/{school}/guidance/changes",
    "GET /v1/schools/{school}/guidance/{piece}",
    "GET /v1/schools/{school}/obligations-cards",
    "GET /v1/schools/{school}/practice-scenarios",
    "GET /v1/schools/{school}/practice-scenarios/{piece}",
    "GET /v1/schools/{school}/role-cards",
    "GET /v1/schools/{school}/role-cards/{role}",
    "GET /v1/schools/{school}/scripts",
    "POST /v1/auth/token",
    "POST /v1/invitations/accept",
    "POST /v1/invitations/look",
    "POST /v1/pages/{page_id}/ack-link/{token}",
    "GET /v1/schools/{school}/open-invitations",
    "POST /v1/schools/{school}/open-invitations/{open_invitation_id}/choice-sessions",
    "POST /v1/contact-codes/session",
    "POST /v1/receipts/session",
    "GET /v1/schools/{school}/stories",
    "GET /v1/schools/{school}/stories/consent",
    "GET /v1/schools/{school}/stories/{story_id}",
    "POST /v1/schools/{school}/directory/{entry_id}/corrections",
    "POST /v1/schools/{school}/practice-scenarios/{piece}/moves",
    "POST /v1/schools/{school}/reports",
    "POST /v1/schools/{school}/stories/submissions",
    "POST /v1/schools/{school}/suggestions",
    "POST /v1/evaluation/form",
    "POST /v1/evaluation/responses",
    "GET /v1/schools/{school}/selection-criteria",
    "POST /v1/schools/{school}/expressions-of-interest",
    "POST /v1/expressions-of-interest/take-back",
    "POST /v1/stories/mine",
    "POST /v1/stories/mine/edit",
    "POST /v1/stories/mine/withdraw",
}
for _base in ("GET /hsds/v3", "GET /hsds/v3/schools/{school}"):
    PUBLIC |= {_base, *(f"{_base}/{name}" for name in HSDS)}
    PUBLIC |= {f"{_base}/{name}/{{{each}}}" for name, each in zip(HSDS, HSDS_IDS, strict=True)}

# Whoever has opened a report with its receipt.
REPORTERS = {
    "GET /v1/me/report",
    "GET /v1/me/report/messages",
    "GET /v1/me/report/relay-summary",
    "PUT /v1/me/report/relay-summary",
    "POST /v1/me/report/messages",
    "GET /v1/me/report/withdraw-preview",
    "POST /v1/me/report/withdraw",
    "POST /v1/me/report/withdraw/undo",
    "POST /v1/me/report/extend",
    "GET /v1/me/report/contact-codes",
    "POST /v1/me/report/contact-codes",
    "DELETE /v1/me/report/contact-codes",
}

# A peer who has a code, or has chosen by one.
PEERS = {
    "GET /v1/me/choice/supporters",
    "POST /v1/me/choice",
    "GET /v1/me/choice",
    "POST /v1/me/choice/withdraw",
}

# People with one of these roles.
STAFF = {
    "GET /v1/auth/me": SIGNED_IN,
    "PUT /v1/auth/password": SIGNED_IN,
    "POST /v1/auth/revoke": SIGNED_IN,
    "GET /v1/auth/identities": OF_A_SCHOOL,
    "POST /v1/auth/identities": OF_A_SCHOOL,
    "GET /v1/auth/identities/{identity_id}": OF_A_SCHOOL,
    "DELETE /v1/auth/identities/{identity_id}": OF_A_SCHOOL,
    "GET /v1/schools/{school}/identity-providers": KEEPERS,
    "POST /v1/schools/{school}/identity-providers": KEEPERS,
    "GET /v1/schools/{school}/identity-providers/{provider_id}": KEEPERS,
    "PATCH /v1/schools/{school}/identity-providers/{provider_id}": KEEPERS,
    "DELETE /v1/schools/{school}/identity-providers/{provider_id}": KEEPERS,
    "POST /v1/schools/{school}/identity-providers/{provider_id}/check": KEEPERS,
    "GET /v1/auth/sessions": SIGNED_IN,
    "DELETE /v1/auth/sessions/{session_id}": SIGNED_IN,
    "POST /v1/auth/sessions/revoke-others": SIGNED_IN,
    "POST /v1/auth/sessions/revoke-all": SIGNED_IN,
    "GET /v1/event-types": OF_THE_PROGRAMME,
    "GET /v1/supporters/me/supervision": "supporter",
    "GET /v1/supporters/{supporter_id}/supervision": "coordinator",
    "GET /v1/schools/{school}/supervision-sessions": "adviser coordinator supporter",
    "POST /v1/schools/{school}/supervision-sessions": "adviser coordinator",
    "GET /v1/schools/{school}/supervision-sessions/{supervision_id}": "adviser coordinator supporter",
    "PATCH /v1/schools/{school}/supervision-sessions/{supervision_id}": "adviser coordinator",
    "DELETE /v1/schools/{school}/supervision-sessions/{supervision_id}": "adviser coordinator",
    "PUT /v1/schools/{school}/supervision-sessions/{supervision_id}/attendance": "adviser coordinator supporter",
    "GET /v1/supporters/me/training": "supporter",
    "POST /v1/supporters/me/training/{module}/attempts": "supporter",
    "GET /v1/supporters/{supporter_id}/training": "coordinator",
    "POST /v1/supporters/{supporter_id}/training/assignments": "coordinator",
    "POST /v1/supporters/{supporter_id}/training/records": "coordinator",
    "GET /v1/supporters/open-invitations": "coordinator supporter",
    "POST /v1/supporters/open-invitations": "coordinator supporter",
    "GET /v1/supporters/open-invitations/{open_invitation_id}": "coordinator supporter",
    "POST /v1/supporters/open-invitations/{open_invitation_id}/take-down": "coordinator supporter",
    "GET /v1/me/contacts": "supporter",
    "GET /v1/me/contacts/{contact_id}": "supporter",
    "POST /v1/me/contacts/{contact_id}/accept": "supporter",
    "POST /v1/me/contacts/{contact_id}/decline": "supporter",
    "POST /v1/me/contacts/{contact_id}/end": "supporter",
    "GET /v1/me/pages": PAGED,
    "GET /v1/me/webhook-endpoints": OF_THE_PROGRAMME,
    "POST /v1/me/webhook-endpoints": OF_THE_PROGRAMME,
    "GET /v1/me/webhook-endpoints/{endpoint_id}": OF_THE_PROGRAMME,
    "PATCH /v1/me/webhook-endpoints/{endpoint_id}": OF_THE_PROGRAMME,
    "DELETE /v1/me/webhook-endpoints/{endpoint_id}": OF_THE_PROGRAMME,
    "POST /v1/me/webhook-endpoints/{endpoint_id}/ping": OF_THE_PROGRAMME,
    "POST /v1/me/webhook-endpoints/{endpoint_id}/rotate-secret": OF_THE_PROGRAMME,
    "GET /v1/me/webhook-endpoints/{endpoint_id}/deliveries": OF_THE_PROGRAMME,
    "GET /v1/me/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}": OF_THE_PROGRAMME,
    "POST /v1/me/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/resend": OF_THE_PROGRAMME,
    "GET /v1/pages/{page_id}": PAGED,
    "POST /v1/pages/{page_id}/ack": PAGED,
    "POST /v1/pages/{page_id}/outcomes": PAGED,
    "POST /v1/pages/{page_id}/close": PAGED,
    "POST /v1/pages/{page_id}/decline": PAGED,
    "POST /v1/pages/{page_id}/reply": PAGED,
    "POST /v1/pages/{page_id}/notes": PAGED,
    "POST /v1/pages/{page_id}/hand-over": PAGED,
    "POST /v1/pages/{page_id}/conflicts": PAGED,
    "POST /v1/pages/{page_id}/recuse": PAGED,
    "GET /v1/pages/{page_id}/relay-summary": PAGED,
    "POST /v1/pages/{page_id}/relay-summary": PAGED,
    "GET /v1/debriefs": "adviser coordinator independent_handler",
    "GET /v1/supporters/me/debriefs": "supporter",
    "POST /v1/supporters/me/debriefs/{debrief_id}/decline": "supporter",
    "POST /v1/supporters/me/debriefs/{debrief_id}/take": "supporter",
    "GET /v1/pause-appeals": "sponsor",
    "POST /v1/pause-appeals/{pause_id}/decide": "sponsor",
    "GET /v1/supporters/{supporter_id}/pauses": "coordinator",
    "POST /v1/supporters/{supporter_id}/pauses": "coordinator",
    "POST /v1/supporters/me/pauses/{pause_id}/appeal": "supporter",
    "GET /v1/supporters/me/limits": "supporter",
    "PATCH /v1/supporters/me/limits": "supporter",
    "GET /v1/supporters/me/load": "supporter",
    "GET /v1/supporters/{supporter_id}/limits": "coordinator",
    "PATCH /v1/supporters/{supporter_id}/limits": "coordinator",
    "GET /v1/supporters/{supporter_id}/load": "coordinator",
    "GET /v1/supporters/me/pauses": "supporter",
    "POST /v1/supporters/me/pauses": "supporter",
    "POST /v1/supporters/me/resume": "supporter",
    "GET /v1/schools/{school}/advice-requests": IN_ADVICE,
    "POST /v1/schools/{school}/advice-requests": "supporter",
    "GET /v1/schools/{school}/advice-requests/{request_id}": IN_ADVICE,
    "POST /v1/schools/{school}/advice-requests/{request_id}/close": "supporter",
    "POST /v1/schools/{school}/advice-requests/{request_id}/outcome": "supporter",
    "GET /v1/schools/{school}/advice-requests/{request_id}/messages": IN_ADVICE,
    "POST /v1/schools/{school}/advice-requests/{request_id}/messages": IN_ADVICE,
    "GET /v1/schools/{school}/calendar-feeds": ROSTER_READERS,
    "POST /v1/schools/{school}/calendar-feeds": ROSTER_READERS,
    "GET /v1/schools/{school}/calendar-feeds/{feed_id}": ROSTER_READERS,
    "DELETE /v1/schools/{school}/calendar-feeds/{feed_id}": ROSTER_READERS,
    "GET /v1/schools/{school}/reports": READERS,
    "GET /v1/schools/{school}/reports/{report_id}": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/claim": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/release": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/close": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/priority": READERS,
    "GET /v1/schools/{school}/reports/{report_id}/proposals": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/proposals/{proposal_id}/confirm": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/proposals/{proposal_id}/decline": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/proposals/{proposal_id}/take-back": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/group": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/ungroup": READERS,
    "GET /v1/schools/{school}/reports/{report_id}/outcomes": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/outcomes": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/hurtful": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/messages/{message_id}/hurtful": READERS,
    "GET /v1/schools/{school}/reports/{report_id}/messages": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/messages": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/withdrawal-decision": PAGED,
    "GET /v1/schools/{school}/reports/{report_id}/identity": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/confidentiality-decisions": "independent_handler triager",
    "POST /v1/pages/{page_id}/confidentiality-decisions": PAGED,
    "GET /v1/schools/{school}/confidentiality-threshold": DECIDING,
    "GET /v1/schools/{school}/confidentiality-decisions": "privacy_officer",
    "GET /v1/schools/{school}/confidentiality-decisions/{decision_id}": DECIDING,
    "GET /v1/schools/{school}/confidentiality-decisions/{decision_id}/identity": DECIDING,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/confirm": DECIDING,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/decline": DECIDING,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/take-back": DECIDING,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/alone": DECIDING,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/review": DECIDING,
    "POST /v1/schools/{school}/reports/{report_id}/conflicts": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/recuse": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/grants": "independent_handler",
    "GET /v1/schools/{school}/reports/{report_id}/access-log": INCIDENT_HANDLERS,
    "GET /v1/schools/{school}/audit-log": "privacy_officer",
    "GET /v1/schools/{school}/audit-log/export": "privacy_officer",
    "GET /v1/schools/{school}/privacy-incidents": OF_THE_PROGRAMME,
    "POST /v1/schools/{school}/privacy-incidents": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/privacy-incidents/{incident_id}": OF_THE_PROGRAMME,
    "PATCH /v1/schools/{school}/privacy-incidents/{incident_id}": INCIDENT_HANDLERS,
    "GET /v1/schools/{school}/report-records": "privacy_officer",
    "GET /v1/schools/{school}/report-records/{report_id}": "privacy_officer",
    "GET /v1/schools/{school}/retention-policies": "privacy_officer",
    "GET /v1/schools/{school}/retention-policies/{retention_class}": "privacy_officer",
    "PUT /v1/schools/{school}/retention-policies/{retention_class}": "privacy_officer",
    "GET /v1/schools/{school}/legal-holds": "privacy_officer",
    "POST /v1/schools/{school}/legal-holds": "privacy_officer",
    "GET /v1/schools/{school}/legal-holds/{hold_id}": "privacy_officer",
    "POST /v1/schools/{school}/legal-holds/{hold_id}/release": "privacy_officer",
    "GET /v1/schools/{school}/retention-runs": "privacy_officer",
    "POST /v1/schools/{school}/retention-runs": "privacy_officer",
    "GET /v1/schools/{school}/retention-runs/{run_id}": "privacy_officer",
    "GET /v1/schools/{school}/retention-runs/{run_id}/items": "privacy_officer",
    "GET /v1/schools/{school}/reports/{report_id}/relay-summary": READERS,
    "POST /v1/schools/{school}/reports/{report_id}/relay-summary": READERS,
    "GET /v1/schools/{school}/reports/{report_id}/supporters": "triager",
    "GET /v1/schools/{school}/reports/{report_id}/contacts": "triager",
    "POST /v1/schools/{school}/reports/{report_id}/contacts": "triager",
    "POST /v1/schools/{school}/reports/{report_id}/contacts/{contact_id}/end": "triager",
    "GET /v1/schools/{school}/rosters": ROSTER_READERS,
    "POST /v1/schools/{school}/rosters": "coordinator",
    "POST /v1/schools/{school}/rosters/preview": "coordinator",
    "GET /v1/schools/{school}/rosters/load": "coordinator",
    "GET /v1/schools/{school}/rosters/{roster_id}/calendar.svg": ROSTER_READERS,
    "GET /v1/schools/{school}/rosters/{roster_id}": ROSTER_READERS,
    "GET /v1/schools/{school}/rosters/{roster_id}/on-call": ROSTER_READERS,
    "GET /v1/schools/{school}/rosters/{roster_id}/shifts": ROSTER_READERS,
    "GET /v1/me/shifts": ROSTER_READERS,
    "GET /v1/schools/{school}/absences": ROSTER_READERS,
    "POST /v1/schools/{school}/absences": ROSTER_READERS,
    "GET /v1/schools/{school}/absences/{absence_id}": ROSTER_READERS,
    "PATCH /v1/schools/{school}/absences/{absence_id}": ROSTER_READERS,
    "DELETE /v1/schools/{school}/absences/{absence_id}": ROSTER_READERS,
    "GET /v1/schools/{school}/coverage": PLANNERS,
    "GET /v1/schools/{school}/coverage/gaps/{gap_id}": ROSTER_READERS,
    "PUT /v1/schools/{school}/coverage/gaps/{gap_id}/external-cover": "coordinator",
    "DELETE /v1/schools/{school}/coverage/gaps/{gap_id}/external-cover": "coordinator",
    "POST /v1/schools/{school}/people/{person_id}/departures": "coordinator",
    "GET /v1/schools/{school}/people/{person_id}/shifts": "coordinator",
    "POST /v1/schools/{school}/escalation-policies": "coordinator",
    "GET /v1/schools/{school}/escalation-policies": PLANNERS,
    "GET /v1/schools/{school}/escalation-policies/in-force": PLANNERS,
    "GET /v1/schools/{school}/escalation-policies/{policy_id}": PLANNERS,
    "GET /v1/schools/{school}/escalation-policies/{policy_id}/versions": PLANNERS,
    "PUT /v1/schools/{school}/escalation-policies/{policy_id}": "coordinator",
    "DELETE /v1/schools/{school}/escalation-policies/{policy_id}": "coordinator",
    "GET /v1/schools/{school}/unanswered": PLANNERS,
    "GET /v1/schools/{school}/unanswered/{escalation_id}": PLANNERS,
    "POST /v1/schools/{school}/unanswered/{escalation_id}/close": "coordinator",
    "POST /v1/schools/{school}/drills": "coordinator",
    "GET /v1/schools/{school}/drills": PLANNERS,
    "GET /v1/schools/{school}/drills/{drill_id}": PLANNERS,
    "GET /v1/schools/{school}/people": ROLE_GIVERS,
    "GET /v1/schools/{school}/people/{person_id}": ROLE_GIVERS,
    "PATCH /v1/schools/{school}/people/{person_id}": ROLE_GIVERS,
    "POST /v1/schools/{school}/people/{person_id}/leave": ROLE_GIVERS,
    "POST /v1/schools/{school}/people/{person_id}/come-back": ROLE_GIVERS,
    "GET /v1/schools/{school}/people/{person_id}/sessions": ROLE_GIVERS,
    "DELETE /v1/schools/{school}/people/{person_id}/sessions/{session_id}": ROLE_GIVERS,
    "POST /v1/schools/{school}/people/{person_id}/sessions/revoke-all": ROLE_GIVERS,
    "GET /v1/schools/{school}/role-grants": OF_THE_PROGRAMME,
    "POST /v1/schools/{school}/role-grants": ROLE_GIVERS,
    "GET /v1/schools/{school}/role-grants/{grant_id}": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/invitations": ROLE_GIVERS,
    "POST /v1/schools/{school}/invitations": ROLE_GIVERS,
    "GET /v1/schools/{school}/invitations/{invitation_id}": ROLE_GIVERS,
    "DELETE /v1/schools/{school}/invitations/{invitation_id}": ROLE_GIVERS,
    "POST /v1/schools/{school}/invitations/{invitation_id}/renew": ROLE_GIVERS,
    "POST /v1/schools/{school}/people/{person_id}/password-link": ROLE_GIVERS,
    "GET /v1/schools/{school}/password-links": f"{ROLE_GIVERS} {SECOND_PEOPLE}",
    "GET /v1/schools/{school}/password-links/{link_id}": f"{ROLE_GIVERS} {SECOND_PEOPLE}",
    "DELETE /v1/schools/{school}/password-links/{link_id}": f"{ROLE_GIVERS} {SECOND_PEOPLE}",
    "POST /v1/schools/{school}/password-links/{link_id}/confirm": SECOND_PEOPLE,
    "POST /v1/schools/{school}/role-grants/{grant_id}/confirm": SECOND_PEOPLE,
    "POST /v1/schools/{school}/role-grants/{grant_id}/decline": SECOND_PEOPLE,
    "POST /v1/schools/{school}/role-grants/{grant_id}/end": OF_THE_PROGRAMME,
    "GET /v1/supporters/me/expected-end": "supporter",
    "PATCH /v1/supporters/me/expected-end": "supporter",
    "POST /v1/supporters/me/step-down": "supporter",
    "GET /v1/supporters/{supporter_id}/expected-end": "coordinator",
    "PATCH /v1/supporters/{supporter_id}/expected-end": "coordinator",
    "POST /v1/supporters/{supporter_id}/step-down": "coordinator",
    "GET /v1/schools/{school}/succession/forecast": PLANNERS,
    "GET /v1/schools/{school}/suggestions": PLANNERS,
    "POST /v1/schools/{school}/suggestions/{suggestion_id}/settle": PLANNERS,
    "GET /v1/schools/{school}/digests": STORY_READERS,
    "GET /v1/schools/{school}/digests/{week}": STORY_READERS,
    "GET /v1/succession-plans": PLANNERS,
    "POST /v1/succession-plans": "coordinator",
    "GET /v1/succession-plans/{plan_id}": PLANNERS,
    "PATCH /v1/succession-plans/{plan_id}": "coordinator",
    "GET /v1/schools/{school}/posts": PLANNERS,
    "GET /v1/schools/{school}/posts/{post}": PLANNERS,
    "PUT /v1/schools/{school}/posts/{post}": "coordinator",
    "DELETE /v1/schools/{school}/posts/{post}": "coordinator",
    "GET /v1/schools/{school}/evaluation/instruments": "evaluator",
    "POST /v1/schools/{school}/evaluation/instruments": "evaluator",
    "GET /v1/schools/{school}/evaluation/instruments/{instrument}": "evaluator",
    "GET /v1/schools/{school}/evaluation/waves": "evaluator",
    "POST /v1/schools/{school}/evaluation/waves": "evaluator",
    "GET /v1/schools/{school}/evaluation/waves/{wave_id}": "evaluator",
    "PATCH /v1/schools/{school}/evaluation/waves/{wave_id}": "evaluator",
    "DELETE /v1/schools/{school}/evaluation/waves/{wave_id}": "evaluator",
    "POST /v1/schools/{school}/evaluation/waves/{wave_id}/open": "evaluator",
    "POST /v1/schools/{school}/evaluation/waves/{wave_id}/close": "evaluator",
    "POST /v1/schools/{school}/evaluation/waves/{wave_id}/tokens": "evaluator",
    "GET /v1/schools/{school}/evaluation/waves/{wave_id}/results": "evaluator",
    "GET /v1/packs": "platform_operator",
    "GET /v1/schools": "platform_operator",
    "POST /v1/schools": "platform_operator",
    "GET /v1/schools/{school}": "platform_operator",
    "POST /v1/schools/{school}/activate": "platform_operator",
    "POST /v1/schools/{school}/suspend": "platform_operator",
    "GET /v1/schools/{school}/statistics": "evaluator",
    "GET /v1/schools/{school}/statistics.csv": "evaluator",
    "GET /v1/schools/{school}/statistics.svg": "evaluator",
    "GET /v1/schools/{school}/statistics/periods": "evaluator",
    "GET /v1/schools/{school}/statistics-rules": "evaluator privacy_officer",
    "PUT /v1/schools/{school}/statistics-rules": "privacy_officer",
    "GET /v1/schools/{school}/policies": "coordinator privacy_officer sponsor",
    "PUT /v1/schools/{school}/policies": "coordinator privacy_officer",
    "GET /v1/schools/{school}/privacy-statement/adoption": "coordinator privacy_officer sponsor",
    "PUT /v1/schools/{school}/privacy-statement/adoption": "coordinator privacy_officer",
    "PUT /v1/schools/{school}/profile": "coordinator",
    "GET /v1/schools/{school}/policy-documents": f"{DOCUMENT_KEEPERS} sponsor",
    "GET /v1/schools/{school}/policy-documents/{document}": f"{DOCUMENT_KEEPERS} sponsor",
    "PUT /v1/schools/{school}/policy-documents/{document}": DOCUMENT_KEEPERS,
    "DELETE /v1/schools/{school}/policy-documents/{document}": DOCUMENT_KEEPERS,
    "GET /v1/schools/{school}/stories/submissions": STORY_READERS,
    "GET /v1/schools/{school}/stories/submissions/{story_id}": STORY_READERS,
    "POST /v1/schools/{school}/stories/submissions/{story_id}/review": "coordinator",
    "POST /v1/schools/{school}/stories/submissions/{story_id}/confirm": STORY_READERS,
    "POST /v1/schools/{school}/stories/submissions/{story_id}/decline": STORY_READERS,
    "PUT /v1/schools/{school}/selection-criteria": "coordinator",
    "GET /v1/schools/{school}/expressions-of-interest": "coordinator",
    "POST /v1/schools/{school}/expressions-of-interest/{interest_id}/invite": "coordinator",
    "POST /v1/schools/{school}/expressions-of-interest/{interest_id}/close": "coordinator",
    "POST /v1/supporters/applications": OF_A_SCHOOL,
    "GET /v1/supporters/applications": PLANNERS,
    "GET /v1/supporters/me/application": OF_A_SCHOOL,
    "POST /v1/supporters/me/application/withdraw": OF_A_SCHOOL,
    "POST /v1/supporters/me/application/appeal": OF_A_SCHOOL,
    "GET /v1/supporters/applications/{application_id}": PLANNERS,
    "POST /v1/supporters/applications/{application_id}/decision": "coordinator",
    "POST /v1/supporters/applications/{application_id}/appeal-decision": PLANNERS,
    "POST /v1/supporters/{supporter_id}/not-proceeding": "coordinator",
    "GET /v1/supporters/me": OF_A_SCHOOL,
    "PATCH /v1/supporters/me": "supporter",
    "GET /v1/supporters/me/agreements": OF_A_SCHOOL,
    "POST /v1/supporters/me/agreements": "supporter",
    "POST /v1/supporters/me/role-card-acceptances": "supporter",
    "GET /v1/supporters": "coordinator",
    "GET /v1/supporters/{supporter_id}": "coordinator",
    "POST /v1/supporters/{supporter_id}/activate": "coordinator",
    "POST /v1/supporters/{supporter_id}/return-to-training": "coordinator",
    "GET /v1/schools/{school}/directory/entries": WHO_SEE_KEEPING,
    "GET /v1/schools/{school}/directory/entries/{entry_id}": WHO_SEE_KEEPING,
    "PUT /v1/schools/{school}/directory/entries/{entry_id}": KEEPERS,
    "PATCH /v1/schools/{school}/directory/entries/{entry_id}": KEEPERS,
    "POST /v1/schools/{school}/directory/entries/{entry_id}/hide": KEEPERS,
    "POST /v1/schools/{school}/directory/entries/{entry_id}/show": KEEPERS,
    "POST /v1/schools/{school}/directory/entries/{entry_id}/verify": KEEPERS,
    "GET /v1/schools/{school}/directory/entries/{entry_id}/verifications": WHO_SEE_KEEPING,
    "DELETE /v1/schools/{school}/directory/entries/{entry_id}": KEEPERS,
    "POST /v1/schools/{school}/directory/imports": KEEPERS,
    "GET /v1/schools/{school}/directory/export": WHO_SEE_KEEPING,
    "GET /v1/schools/{school}/directory/corrections": KEEPERS,
    "POST /v1/schools/{school}/directory/corrections/{correction_id}/settle": KEEPERS,
    "GET /v1/schools/{school}/directory/review-tasks": WHO_SEE_KEEPING,
    "POST /v1/schools/{school}/sites": KEEPERS,
    "GET /v1/schools/{school}/sites/{site_id}": WHO_SEE_KEEPING,
    "PATCH /v1/schools/{school}/sites/{site_id}": KEEPERS,
    "DELETE /v1/schools/{school}/sites/{site_id}": KEEPERS,
    "GET /v1/schools/{school}/content/overrides": PLANNERS,
    "GET /v1/schools/{school}/content/overrides/{sort}/{piece}": PLANNERS,
    "PUT /v1/schools/{school}/content/overrides/{sort}/{piece}": "coordinator",
    "DELETE /v1/schools/{school}/content/overrides/{sort}/{piece}": "coordinator",
    "POST /v1/schools/{school}/content/wording-check": PLANNERS,
    "GET /v1/schools/{school}/supporter-guidance": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/supporter-guidance/{piece}": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/training-modules": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/training-modules/{module}": OF_THE_PROGRAMME,
    "POST /v1/schools/{school}/training-modules/{module}/answers": OF_THE_PROGRAMME,
    "GET /v1/schools/{school}/readiness": PLANNERS,
    "GET /v1/schools/{school}/roster-rules": ROSTER_READERS,
    "PATCH /v1/schools/{school}/roster-rules": "coordinator",
    "PATCH /v1/schools/{school}/rosters/{roster_id}": "coordinator",
    "GET /v1/schools/{school}/rosters/{roster_id}/gaps": ROSTER_READERS,
    "GET /v1/schools/{school}/rosters/{roster_id}/overrides": ROSTER_READERS,
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides": "coordinator",
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/imports": "coordinator",
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/imports/preview": "coordinator",
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/preview": "coordinator",
    "GET /v1/schools/{school}/rosters/{roster_id}/overrides/{override_id}": ROSTER_READERS,
    "DELETE /v1/schools/{school}/rosters/{roster_id}/overrides/{override_id}": "coordinator",
    "GET /v1/schools/{school}/rosters/{roster_id}/versions": ROSTER_READERS,
    "POST /v1/schools/{school}/rosters/{roster_id}/versions": "coordinator",
    "POST /v1/schools/{school}/rosters/{roster_id}/versions/preview": "coordinator",
    "GET /v1/schools/{school}/rosters/{roster_id}/versions/{version_id}": ROSTER_READERS,
    "DELETE /v1/schools/{school}/rosters/{roster_id}/versions/{version_id}": "coordinator",
    "GET /v1/schools/{school}/shift-offers": ROSTER_READERS,
    "POST /v1/schools/{school}/shift-offers": ROSTER_READERS,
    "GET /v1/schools/{school}/shift-offers/{offer_id}": ROSTER_READERS,
    "POST /v1/schools/{school}/shift-offers/{offer_id}/hand-back": ROSTER_READERS,
    "POST /v1/schools/{school}/shift-offers/{offer_id}/take": ROSTER_READERS,
    "POST /v1/schools/{school}/shift-offers/{offer_id}/withdraw": ROSTER_READERS,
    "GET /v1/schools/{school}/swaps": ROSTER_READERS,
    "POST /v1/schools/{school}/swaps": ROSTER_READERS,
    "GET /v1/schools/{school}/swaps/{swap_id}": ROSTER_READERS,
    "POST /v1/schools/{school}/swaps/{swap_id}/accept": ROSTER_READERS,
    "POST /v1/schools/{school}/swaps/{swap_id}/decline": ROSTER_READERS,
    "POST /v1/schools/{school}/people/deprovision": KEEPERS,
    "POST /v1/schools/{school}/people/imports": KEEPERS,
    "GET /v1/schools/{school}/service-accounts": KEEPERS,
    "POST /v1/schools/{school}/service-accounts": KEEPERS,
    "GET /v1/schools/{school}/service-accounts/{account_id}": KEEPERS,
    "PATCH /v1/schools/{school}/service-accounts/{account_id}": KEEPERS,
    "DELETE /v1/schools/{school}/service-accounts/{account_id}": KEEPERS,
    "POST /v1/schools/{school}/service-accounts/{account_id}/rotate-secret": KEEPERS,
    "GET /v1/schools/{school}/webhook-endpoints": "school_it",
    "POST /v1/schools/{school}/webhook-endpoints": "school_it",
    "GET /v1/schools/{school}/webhook-endpoints/{endpoint_id}": "school_it",
    "PATCH /v1/schools/{school}/webhook-endpoints/{endpoint_id}": "school_it",
    "DELETE /v1/schools/{school}/webhook-endpoints/{endpoint_id}": "school_it",
    "POST /v1/schools/{school}/webhook-endpoints/{endpoint_id}/ping": "school_it",
    "POST /v1/schools/{school}/webhook-endpoints/{endpoint_id}/rotate-secret": "school_it",
    "GET /v1/schools/{school}/webhook-endpoints/{endpoint_id}/deliveries": "school_it",
    "GET /v1/schools/{school}/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}": "school_it",
    "POST /v1/schools/{school}/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/resend": "school_it",
}

_WEBHOOKS = "/v1/schools/{school}/webhook-endpoints"
_DIRECTORY = "/v1/schools/{school}/directory"
_SITES = "/v1/schools/{school}/sites"
# Programs with one of these scopes come in here, and nowhere else.
SCOPED = {
    **dict.fromkeys(
        (
            f"GET {_DIRECTORY}/entries",
            f"GET {_DIRECTORY}/entries/{{entry_id}}",
            f"GET {_DIRECTORY}/entries/{{entry_id}}/verifications",
            f"GET {_DIRECTORY}/export",
            f"GET {_DIRECTORY}/review-tasks",
            f"GET {_SITES}/{{site_id}}",
        ),
        "directory:read",
    ),
    **dict.fromkeys(
        (
            f"PUT {_DIRECTORY}/entries/{{entry_id}}",
            f"PATCH {_DIRECTORY}/entries/{{entry_id}}",
            f"DELETE {_DIRECTORY}/entries/{{entry_id}}",
            f"POST {_DIRECTORY}/entries/{{entry_id}}/hide",
            f"POST {_DIRECTORY}/entries/{{entry_id}}/show",
            f"POST {_DIRECTORY}/imports",
            f"POST {_SITES}",
            f"PATCH {_SITES}/{{site_id}}",
            f"DELETE {_SITES}/{{site_id}}",
        ),
        "directory:write",
    ),
    "POST /v1/schools/{school}/people/deprovision": "people:write",
    "POST /v1/schools/{school}/people/imports": "people:write",
    **{operation: "webhooks:write" for operation in STAFF if operation.split(" ")[1].startswith(_WEBHOOKS)},
}

# What is asked is no matter of the database.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
OWN_SIGN_IN = {
    "GET /v1/auth/me",
    "PUT /v1/auth/password",
    "POST /v1/auth/revoke",
    "GET /v1/auth/sessions",
    "DELETE /v1/auth/sessions/{session_id}",
    "POST /v1/auth/sessions/revoke-others",
    "POST /v1/auth/sessions/revoke-all",
}
# They end the sign-in that asks.
ENDING_IT = {"POST /v1/auth/revoke", "POST /v1/auth/sessions/revoke-all"}
OWN_IDENTITIES = {operation for operation in STAFF if " /v1/auth/identities" in operation}
# Whoever is of a school may ask to become a supporter, and sees where they stand themselves.
OWN_WAY_IN = {each for each in STAFF if " /v1/supporters/" in each and "student" in STAFF[each]}
BEYOND_ONESELF = [operation for operation in STAFF if operation not in OWN_SIGN_IN]
EVERY_ROLE = tuple(Role)
# Whoever belongs to a school is refused these by that alone.
OF_OPERATORS = {operation for operation in STAFF if STAFF[operation] == "platform_operator"}
WINDOW = {"start": "2026-11-02T00:00Z", "end": "2026-11-09T00:00Z"}
LAYER = {
    "id": "L1",
    "rank": 1,
    "rotation": {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": ["A"]},
}
ROSTER = {"name": "A", "line": "triage", "time_zone": "Australia/Melbourne", "combine": "union", "layers": [LAYER]}
TEXT = {"text": "I am here."}
OVERRIDE = {"person": None, "start": "2098-01-01T00:00Z", "end": "2098-01-02T00:00Z", "reason": "Closed"}
IMPORT = {"csv": "person,start,end,reason\n,2098-02-01T00:00Z,2098-02-02T00:00Z,Closed"}
NOBODY: dict[str, Any] = {"time_zone": "UTC", "layers": []}
SHIFT = {"layer_id": "L1", "slot_start": "2098-01-01T00:00Z"}
INVITED: dict[str, Any] = {"login": "kai@harbour.example", "alias": "Kai", "roles": []}
POST: dict[str, Any] = {"title": "Lead", "holder": None, "deputy": None}
DOCUMENT = {
    "owner": "school",
    "title": "Who does what",
    "url": "https://policies.example.edu/who",
    "version": "1",
    "review_by": "2098-01-01",
}
STORY: dict[str, Any] = {
    "author_kind": "peer",
    "title": "The year I asked",
    "text": "I asked.",
    "includes_careers_advice": False,
    "consent": {"version": load_texts().consent.version, "agreed": True},
}
_GATES = dict.fromkeys(("strengths_based", "safe_messaging_checked", "nobody_else_recognisable"), True)
REVIEW = {"gates": _GATES, "decision": "ask_for_changes", "words": "What helped?"}
HIDDEN = {"hidden_reason": "We have our own.", "reviewed_on": "2026-01-05", "review_by": "2026-06-05"}
POLICY: dict[str, Any] = {
    "levels": [{"level": "primary", "ask": {"kind": "roster", "level": "primary"}, "ack_seconds": 600}],
    "fallback": {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 600},
}
# Nobody's name: whoever may declare a conflict is told so, and changes nothing for the routes after it.
CONFLICT = {"person": "Nobody", "reason": "They live together."}
HOLD = {"report_id": None, "reason": "It was asked for.", "authority_ref": "A letter"}
INCIDENT = {"kind": "other", "what_happened": "A screen was left open.", "happened_on": "2026-01-05"}
NO_RISK = dict.fromkeys(("small_placement_group", "details_only_one_person_could_know", "where_or_when_exactly"), "no")
SUMMARY = {"text": "Somebody to talk to would do them good.", "who": "peer", "outing_check": NO_RISK}
# A service and a number that do not exist.
ENTRY = {
    "id": "a-line",
    "name": "A line",
    "tier": "school_support",
    "what_it_is": "Somebody to talk to",
    "who_for": "Students",
    "for": ["self"],
    "independent": False,
    "run_by": "school",
    "shares_information_with_school": "never",
    "channels": ["phone"],
    "phone_display": "02 5550 0177",
    "hours_text": "On working days",
    "cost": "free",
    "verification": "verified",
    "sources": [{"url_or_text": "Made up", "date": "undated"}],
}
SITE = {"name": "A hospital", "kind": "hospital", "region": "VIC", "is_teaching_site": True}
PROVIDER = {"name": "A university", "issuer": "https://login.example.edu", "client_ids": ["app"]}
ID_TOKEN = {"subject_token": "x" * 40, "subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}
ENDPOINT = {"url": "https://pager.example.edu/peerline"}
DECISION = {
    "basis": "consent",
    "threshold_text_version": "au-vic-2026-1",
    "necessary_because": "She asked for it.",
    "disclosed_what": "That she wants to be called.",
    "disclosed_to": "Her doctor.",
    "person_told": True,
}


def an_account(now: dt.datetime) -> dict[str, Any]:
    """A service account that may do all that any may."""
    end = (now + dt.timedelta(days=390)).isoformat()
    return {"name": "Sync", "scopes": [str(scope) for scope in Scope], "expires_at": end}


SCHOOL = {
    "slug": "seaside",
    "name": "Seaside Medical School",
    "region": "NSW",
    "time_zone": "Australia/Sydney",
    "coordinator": {"login": "dana@seaside.example", "alias": "Dana"},
    "sponsor": {"login": "bell@seaside.example", "alias": "Bell"},
}
RULES = {"triage": {"rest_hours": 8, "weekly_hours": None}}
SUPERVISION: dict[str, Any] = {
    "kind": "individual",
    "supervisor": "00000000-0000-4000-8000-000000000001",
    "starts_local": "2098-03-01T17:00",
    "minutes": 60,
    "attendees": ["00000000-0000-4000-8000-000000000002"],
}
POLICIES: dict[str, Any] = {
    "formal_program": True,
    "language": "en",
    "local_holidays": [],
    "reading_hours": "Mo-Fr 09:00-17:00; PH off",
    "reading_hours_text": "09:00 to 17:00 on working days",
    "weekly_drill": True,
    # As PATCH leaves them: a privacy officer who sends what is there changes nothing.
    "roster_rules": {str(line): rules.model_dump(mode="json") for line, rules in standard_rules().items()} | RULES,
    "independent_partner": None,
    "external_advice_entry_id": None,
    "assess_incidents_within_days": 30,
    "keeps_withdrawn_reports": False,
    "contact_answer_hours": 24,
}
WAVE = {
    "title": "How are we doing?",
    "period": "2097",
    "populations": [{"population": "staff", "invited": 20}],
    "instruments": [{"instrument": "peerline"}],
    "opens_on": "2097-01-01",
    "closes_on": "2097-01-31",
}
INSTRUMENT = {
    "code": "our_own",
    "name": "Our own",
    "measures": "Something",
    "licence": "Ours",
    "citation": "Us",
    "source": "Us",
    "right_to_use": {"attested": True, "because": "We wrote it."},
    "answers": [{"code": "yes", "text": "Yes"}, {"code": "no", "text": "No"}],
    "items": [{"code": "one", "text": "One?", "direction": "intended"}],
}
# A body that each operation accepts, so that nothing but the caller is a reason to refuse.
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/auth/identities": ID_TOKEN,
    "POST /v1/schools/{school}/suggestions/{suggestion_id}/settle": {"state": "read"},
    "POST /v1/succession-plans": {"post": "programme_lead"},
    "PATCH /v1/succession-plans/{plan_id}": {"shadow_from": None},
    "PATCH /v1/supporters/me/expected-end": {"expected_end": None},
    "POST /v1/supporters/me/step-down": {"last_day": "2098-01-01"},
    "PATCH /v1/supporters/{supporter_id}/expected-end": {"expected_end": None},
    "POST /v1/supporters/{supporter_id}/step-down": {"last_day": "2098-01-01"},
    "POST /v1/schools/{school}/identity-providers": PROVIDER,
    "PATCH /v1/schools/{school}/identity-providers/{provider_id}": {"name": "Another university"},
    "POST /v1/schools": SCHOOL,
    "PUT /v1/schools/{school}/policies": POLICIES,
    "PUT /v1/schools/{school}/statistics-rules": {"smallest_group": 10, "terms": []},
    "PUT /v1/schools/{school}/privacy-statement/adoption": {"version": "2026-3"},
    "POST /v1/me/report/messages": TEXT,
    "POST /v1/schools/{school}/people/deprovision": {"external_id": "nobody"},
    "POST /v1/schools/{school}/people/imports": {"rows": []},
    "POST /v1/schools/{school}/service-accounts": an_account(clock.now()),
    "PATCH /v1/schools/{school}/service-accounts/{account_id}": {"name": "Another name"},
    "POST /v1/schools/{school}/service-accounts/{account_id}/rotate-secret": {"overlap_minutes": 0},
    "PUT /v1/auth/password": {"current_password": "of no account", "new_password": "seven wet otters in a teapot"},
    "POST /v1/me/report/withdraw": {"expected": "restricted"},
    "PUT /v1/me/report/relay-summary": {"decision": "approve"},
    "POST /v1/me/contacts/{contact_id}/end": {"note": None},
    "POST /v1/supporters/me/debriefs/{debrief_id}/take": {},
    "POST /v1/pause-appeals/{pause_id}/decide": {"decision": "kept"},
    "POST /v1/supporters/{supporter_id}/pauses": {"note": "We talked."},
    "POST /v1/supporters/me/pauses/{pause_id}/appeal": {"text": "I would rather go on."},
    "PATCH /v1/supporters/me/limits": {"max_open_contacts": 1},
    "PATCH /v1/supporters/{supporter_id}/limits": {"max_open_contacts": 1},
    "POST /v1/supporters/me/pauses": {},
    "POST /v1/supporters/me/resume": {},
    "POST /v1/supporters/open-invitations": {
        "audience": "everybody",
        "title": "Tea",
        "words": "Come and sit with us.",
        "opens_at": "2026-01-01T00:00:00Z",
        "closes_at": "2026-01-02T00:00:00Z",
    },
    "POST /v1/me/choice": {"how_to_reach": "By a note in my locker."},
    "POST /v1/me/webhook-endpoints": ENDPOINT,
    "PATCH /v1/me/webhook-endpoints/{endpoint_id}": {"enabled": True},
    "POST /v1/me/webhook-endpoints/{endpoint_id}/rotate-secret": {"overlap_hours": 1},
    "POST /v1/pages/{page_id}/reply": TEXT,
    "POST /v1/pages/{page_id}/notes": TEXT,
    "POST /v1/pages/{page_id}/hand-over": {"note": None},
    "POST /v1/pages/{page_id}/conflicts": CONFLICT,
    "POST /v1/pages/{page_id}/recuse": {},
    "POST /v1/schools/{school}/reports/{report_id}/conflicts": CONFLICT,
    "POST /v1/schools/{school}/reports/{report_id}/recuse": {},
    "POST /v1/schools/{school}/reports/{report_id}/grants": {"person": "Nobody"},
    "POST /v1/pages/{page_id}/relay-summary": SUMMARY,
    "POST /v1/schools/{school}/advice-requests/{request_id}/outcome": {"outcome": "i_continue"},
    "POST /v1/schools/{school}/escalation-policies": {"need": "report", **POLICY},
    "PUT /v1/schools/{school}/escalation-policies/{policy_id}": POLICY,
    "POST /v1/schools/{school}/unanswered/{escalation_id}/close": {"note": "Both pagers were off."},
    "POST /v1/schools/{school}/advice-requests": {"topic": "when_to_escalate", "summary": "When?"},
    "POST /v1/schools/{school}/advice-requests/{request_id}/messages": TEXT,
    "POST /v1/schools/{school}/calendar-feeds": {"roster_id": None},
    "POST /v1/pages/{page_id}/outcomes": {"outcome": "worry_eased"},
    "POST /v1/schools/{school}/reports/{report_id}/messages": TEXT,
    "POST /v1/schools/{school}/reports/{report_id}/withdrawal-decision": {"decision": "let_go", "note": "All is well."},
    "POST /v1/schools/{school}/reports/{report_id}/confidentiality-decisions": DECISION,
    "POST /v1/pages/{page_id}/confidentiality-decisions": DECISION,
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/confirm": {"note": None},
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/decline": {"note": "Not yet."},
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/alone": {"reason": "Nobody answers."},
    "POST /v1/schools/{school}/confidentiality-decisions/{decision_id}/review": {"note": "It was right."},
    "POST /v1/schools/{school}/privacy-incidents": INCIDENT,
    "PATCH /v1/schools/{school}/privacy-incidents/{incident_id}": {"status": "contained"},
    "PUT /v1/schools/{school}/retention-policies/{retention_class}": {"period_days": None},
    "POST /v1/schools/{school}/legal-holds": HOLD,
    "POST /v1/schools/{school}/legal-holds/{hold_id}/release": {"note": "It is over."},
    "POST /v1/schools/{school}/reports/{report_id}/priority": {"priority": "when_you_can", "note": "They are well."},
    "POST /v1/schools/{school}/reports/{report_id}/group": {"with": str(uuid.uuid4())},
    "POST /v1/schools/{school}/reports/{report_id}/outcomes": {"outcome": "worry_eased"},
    "POST /v1/schools/{school}/reports/{report_id}/hurtful": {"hurtful": True},
    "POST /v1/schools/{school}/reports/{report_id}/messages/{message_id}/hurtful": {"hurtful": True},
    "POST /v1/schools/{school}/reports/{report_id}/relay-summary": SUMMARY | {"purpose": "supporter"},
    "POST /v1/schools/{school}/reports/{report_id}/contacts": {
        "supporter": str(uuid.uuid4()),
        "who": "peer",
        "contact": "By telephone.",
    },
    "POST /v1/schools/{school}/rosters": {"roster": ROSTER},
    "POST /v1/schools/{school}/rosters/preview": {"roster": ROSTER, "window": WINDOW},
    "POST /v1/schools/{school}/webhook-endpoints": ENDPOINT,
    "POST /v1/schools/{school}/absences": {"kind": "leave", "start": "2099-01-01T00:00Z", "end": "2099-01-02T00:00Z"},
    "PATCH /v1/schools/{school}/absences/{absence_id}": {"end": None},
    "PUT /v1/schools/{school}/coverage/gaps/{gap_id}/external-cover": {"entry_id": "example-line"},
    "POST /v1/schools/{school}/people/{person_id}/departures": {"next_in_turn": False},
    "POST /v1/schools/{school}/invitations": INVITED,
    "PATCH /v1/schools/{school}/people/{person_id}": {"alias": "Somebody"},
    "POST /v1/schools/{school}/role-grants": {"person": str(uuid.uuid4()), "role": "student"},
    "PUT /v1/schools/{school}/posts/{post}": POST,
    "PUT /v1/schools/{school}/profile": {"sponsors": [{"kind": "academic", "title": "Dean"}]},
    "PUT /v1/schools/{school}/policy-documents/{document}": DOCUMENT,
    "POST /v1/schools/{school}/stories/submissions/{story_id}/review": REVIEW,
    "PUT /v1/schools/{school}/selection-criteria": {"note": "Twice a year."},
    "POST /v1/supporters/applications": ANSWERS,
    "POST /v1/supporters/me/application/appeal": {"note": None},
    "POST /v1/supporters/applications/{application_id}/decision": {"decision": "accept", "words": "Welcome."},
    "POST /v1/supporters/applications/{application_id}/appeal-decision": {"decision": "stands", "words": "We looked."},
    "POST /v1/supporters/{supporter_id}/not-proceeding": {"words": "Not now.", "because": ["study_on_track"]},
    "PATCH /v1/supporters/me": {"listed": True},
    "POST /v1/supporters/me/agreements": {"version": "1999-1"},
    "POST /v1/supporters/me/role-card-acceptances": {"version": "1999-1"},
    "PUT /v1/schools/{school}/directory/entries/{entry_id}": ENTRY,
    "PATCH /v1/schools/{school}/directory/entries/{entry_id}": {"cost": "a fee"},
    "POST /v1/schools/{school}/directory/entries/{entry_id}/hide": {"reason": "They move."},
    "POST /v1/schools/{school}/directory/entries/{entry_id}/verify": {"method": "called", "evidence": "They said so."},
    "POST /v1/schools/{school}/directory/imports": {"entries": []},
    "POST /v1/schools/{school}/directory/corrections/{correction_id}/settle": {"outcome": "was_right"},
    "POST /v1/schools/{school}/sites": SITE,
    "PATCH /v1/schools/{school}/sites/{site_id}": {"name": "Another hospital"},
    "PUT /v1/schools/{school}/content/overrides/{sort}/{piece}": HIDDEN,
    "POST /v1/schools/{school}/evaluation/instruments": INSTRUMENT,
    "POST /v1/schools/{school}/evaluation/waves": WAVE,
    "PATCH /v1/schools/{school}/evaluation/waves/{wave_id}": {"title": "How are we?"},
    "POST /v1/schools/{school}/evaluation/waves/{wave_id}/tokens": {"population": "staff", "count": 1},
    "POST /v1/schools/{school}/content/wording-check": {"text": "We noticed."},
    "POST /v1/schools/{school}/training-modules/{module}/answers": {"exercise": "not-there", "choices": []},
    "POST /v1/schools/{school}/supervision-sessions": SUPERVISION,
    "PATCH /v1/schools/{school}/supervision-sessions/{supervision_id}": {"place": None},
    "PUT /v1/schools/{school}/supervision-sessions/{supervision_id}/attendance": {"attendance": "missed"},
    "POST /v1/supporters/me/training/{module}/attempts": {"answers": [{"exercise": "not-there", "choices": []}]},
    "POST /v1/supporters/{supporter_id}/training/assignments": {
        "module": "mental_health_responses",
        "due_on": "2097-01-01",
    },
    "POST /v1/supporters/{supporter_id}/training/records": {
        "module": "mental_health_responses",
        "kind": "workshop",
        "held_on": "2026-11-01",
    },
    "PATCH /v1/schools/{school}/roster-rules": RULES,
    "PATCH /v1/schools/{school}/rosters/{roster_id}": {"expects": "always"},
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides": OVERRIDE,
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/imports": IMPORT,
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/imports/preview": IMPORT,
    "POST /v1/schools/{school}/rosters/{roster_id}/overrides/preview": OVERRIDE,
    "POST /v1/schools/{school}/rosters/{roster_id}/versions": {"effective_from": None, "plan": NOBODY},
    "POST /v1/schools/{school}/rosters/{roster_id}/versions/preview": {"effective_from": None, "plan": NOBODY},
    "POST /v1/schools/{school}/shift-offers": {"roster_id": str(uuid.uuid4()), "shift": SHIFT},
    "POST /v1/schools/{school}/swaps": {
        "other": str(uuid.uuid4()),
        "give": {"roster_id": str(uuid.uuid4()), "shift": SHIFT},
        "get": {"roster_id": str(uuid.uuid4()), "shift": SHIFT},
    },
    "PATCH /v1/schools/{school}/webhook-endpoints/{endpoint_id}": {"enabled": True},
    "POST /v1/schools/{school}/webhook-endpoints/{endpoint_id}/rotate-secret": {"overlap_hours": 1},
}
A_TABLE = {"period": "2026", "by": "wants"}
QUERIES = {
    "GET /v1/schools/{school}/audit-log/export": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/schools/{school}/escalation-policies/in-force": {"need": "report"},
    "GET /v1/schools/{school}/rosters/load": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/me/shifts": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/schools/{school}/coverage": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/schools/{school}/people/{person_id}/shifts": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/schools/{school}/rosters/{roster_id}/calendar.svg": {"from": WINDOW["start"], "to": WINDOW["end"]},
    "GET /v1/schools/{school}/rosters/{roster_id}/shifts": {"from": WINDOW["start"], "to": WINDOW["end"]},
    **{f"GET /v1/schools/{{school}}/statistics{form}": A_TABLE for form in ("", ".csv", ".svg")},
}


@dataclass
class Scene:
    """A school at work, with one of everything that has an id."""

    ids: dict[str, str]
    school_endpoint: str
    school_delivery: str
    adviser: Someone
    reporter: dict[str, str]

    def path(self, operation: str, **other: str) -> str:
        """The path of an operation in this school; `other` replaces the school or the ids."""
        template = operation.split(" ")[1]
        ids = dict(self.ids)
        if "{school}/webhook-endpoints" in template:
            ids |= {"endpoint_id": self.school_endpoint, "delivery_id": self.school_delivery}
        return template.format(**ids | other)

    def nowhere(self) -> dict[str, str]:
        """Ids of nothing."""
        return {name: str(uuid.uuid4()) for name in self.ids if name != "school"}


async def at_work(world: World) -> Scene:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    staff = await world.person(Role.SUPPORTER, Role.TRIAGER, Role.SCHOOL_IT)
    roster = await world.on_call(adviser)
    receipt = (await world.report()).json()["receipt"]
    base = "/v1/schools/harbour"
    reports = await world.http.get(f"{base}/reports", headers=staff.headers)
    asked = await world.http.post(
        f"{base}/advice-requests",
        headers=staff.headers | world.once(),
        json=BODIES["POST /v1/schools/{school}/advice-requests"],
    )
    made = await world.http.post(f"{base}/webhook-endpoints", headers=staff.headers, json=ENDPOINT)
    sent = await world.http.get(f"{base}/webhook-endpoints/{made.json()['id']}/deliveries", headers=staff.headers)
    paged = await world.http.get(f"/v1/me/webhook-endpoints/{adviser.endpoint_id}/deliveries", headers=adviser.headers)
    planned = await being_planned(world, adviser, str(roster))
    pages = await world.http.get("/v1/me/pages", headers=adviser.headers)
    feed = await world.http.post(f"{base}/calendar-feeds", headers=adviser.headers, json={})
    report_id = reports.json()["items"][0]["id"]
    decision = await world.http.post(
        f"{base}/reports/{report_id}/confidentiality-decisions", headers=staff.headers | world.once(), json=DECISION
    )
    officer = await world.person(Role.PRIVACY_OFFICER)
    kept = {}
    for name, what in (("hold_id", "legal-holds"), ("incident_id", "privacy-incidents"), ("run_id", "retention-runs")):
        body = BODIES.get(f"POST /v1/schools/{{school}}/{what}")
        headers = officer.headers | world.once()
        kept[name] = (await world.http.post(f"{base}/{what}", headers=headers, json=body)).json()["id"]
    now = world.time.now()
    body = BODIES["POST /v1/supporters/open-invitations"] | {
        "opens_at": now.isoformat(),
        "closes_at": (now + dt.timedelta(days=9)).isoformat(),
    }
    headers = staff.headers | world.once()
    invitation = await world.http.post("/v1/supporters/open-invitations", headers=headers, json=body)
    kept["open_invitation_id"] = invitation.json()["id"]
    handled = await being_handled(world, f"{base}/reports/{report_id}", staff)
    contact = await world.write(lambda session: put_in_place(session, report_id, staff))
    directory = await being_kept(world, staff)
    account = await world.http.post(
        f"{base}/service-accounts", headers=staff.headers | world.once(), json=an_account(world.time.now())
    )
    signing_in = await being_signed_in_with(world, staff, adviser)
    return Scene(
        ids={
            "school": "harbour",
            "report_id": report_id,
            "decision_id": decision.json()["id"],
            "contact_id": contact,
            **await world.write(lambda session: a_pause_and_a_talk(session, staff)),
            "supporter_id": await world.write(lambda session: supporter_id_of(session, staff)),
            "supervision_id": await a_session(world, adviser, await world.person(Role.SUPPORTER, Role.COORDINATOR)),
            "request_id": asked.json()["id"],
            "page_id": pages.json()["items"][0]["id"],
            "roster_id": str(roster),
            "endpoint_id": str(adviser.endpoint_id),
            "delivery_id": paged.json()["items"][0]["id"],
            **planned,
            **kept,
            "retention_class": "named",
            **await on_the_way_in(world),
            **handled,
            "feed_id": feed.json()["id"],
            **directory,
            "account_id": account.json()["id"],
            **signing_in,
        },
        school_endpoint=made.json()["id"],
        school_delivery=sent.json()["items"][0]["id"],
        adviser=adviser,
        reporter=await world.reporter(receipt),
    )


def supporter_id_of(session: Session, person: Someone) -> str:
    return str(session.exec(select(Supporter.id).where(Supporter.person_id == person.id)).one())


async def being_handled(world: World, report: str, triager: Someone) -> dict[str, str]:
    """Somebody has answered a report, and proposed to find that it was misuse."""
    for what, body in (("messages", TEXT), ("outcomes", {"outcome": "misuse", "note": "It mocks whoever reads it."})):
        made = await world.http.post(f"{report}/{what}", headers=triager.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
    ids = {}
    for what, name in (("messages", "message_id"), ("proposals", "proposal_id")):
        listed = await world.http.get(f"{report}/{what}", headers=triager.headers)
        ids[name] = listed.json()["items"][0]["id"]
    return ids


async def being_kept(world: World, keeper: Someone) -> dict[str, str]:
    """A directory with an entry of its own, which somebody says is wrong, and a site."""
    base, headers = "/v1/schools/harbour", keeper.headers
    made = await world.http.put(f"{base}/directory/entries/a-line", headers=headers, json=ENTRY)
    assert made.status_code == 201, made.text
    site = await world.http.post(f"{base}/sites", headers=headers | world.once(), json=SITE)
    await world.http.post(f"{base}/directory/a-line/corrections", json={"kind": "other"})
    listed = await world.http.get(f"{base}/directory/corrections", headers=headers)
    [correction] = listed.json()["items"]
    return {"entry_id": "a-line", "site_id": site.json()["id"], "correction_id": correction["id"]}


async def being_signed_in_with(world: World, it: Someone, linked: Someone) -> dict[str, str]:
    """A provider, and somebody who is linked to it."""
    body = PROVIDER | {"issuer": world.receiver.url("idp")}
    path = f"/v1/schools/{it.school}/identity-providers"
    made = await world.http.post(path, headers=it.headers | world.once(), json=body)
    assert made.status_code == 201, made.text

    def link(session: Session) -> str:
        school_id = session.exec(select(School.id).where(School.slug == it.school)).one()
        identity = PersonIdentity(
            school_id=school_id, person_id=linked.id, issuer=body["issuer"], subject="s-1", linked_at=clock.now()
        )
        session.add(identity)
        session.flush()
        return str(identity.id)

    return {"provider_id": made.json()["id"], "identity_id": await world.write(link)}


async def exhausted(world: World) -> str:
    """A matter that everybody was asked about in vain."""

    def make(session: Session) -> str:
        school_id = session.exec(select(School.id).where(School.slug == "harbour")).one()
        row = Escalation(
            school_id=school_id,
            subject_kind=SubjectKind.REPORT,
            subject_id=uuid.uuid4(),
            line=RosterLine.TRIAGE,
            priority="now",
            policy={},
            excluded=[],
            discreet=False,
            state=EscalationState.EXHAUSTED,
            started_at=world.time.now(),
            exhausted_at=world.time.now(),
        )
        session.add(row)
        session.flush()
        return str(row.id)

    return await world.write(make)


async def a_session(world: World, supervisor: Someone, supporter: Someone) -> str:
    """Supervision of somebody who, as a coordinator, has planned it."""
    who = {"supervisor": str(supervisor.id), "attendees": [await world.supporter_id(supporter)]}
    path, headers = f"/v1/schools/{supporter.school}/supervision-sessions", supporter.headers | world.once()
    made = await world.http.post(path, headers=headers, json=SUPERVISION | who)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def a_story(world: World, coordinator: Someone) -> str:
    """One that was sent in, and waits."""
    path = f"/v1/schools/{coordinator.school}/stories/submissions"
    assert (await world.http.post(path, json=STORY)).status_code == 201
    return str((await world.http.get(path, headers=coordinator.headers)).json()["items"][0]["id"])


async def succession_planned(world: World, coordinator: Someone) -> dict[str, str]:
    """A plan for a post that is there, and a suggestion."""
    body, headers = {"post": "programme_lead"}, coordinator.headers | world.once()
    made = await world.http.post("/v1/succession-plans", headers=headers, json=body)
    assert made.status_code == 201, made.text
    path = f"/v1/schools/{coordinator.school}/suggestions"
    assert (await world.http.post(path, json={"text": "Tea on Fridays."})).status_code == 201
    listed = await world.http.get(path, headers=coordinator.headers)
    return {"plan_id": made.json()["id"], "suggestion_id": listed.json()["items"][0]["id"]}


async def being_planned(world: World, adviser: Someone, roster: str) -> dict[str, str]:
    """One of everything that rosters lead to: the adviser is away for a while and gives shifts away; there is a gap."""
    base = "/v1/schools/harbour"
    coordinator = await world.person(Role.COORDINATOR)
    other = await world.person(Role.ADVISER, paged=True)
    backup = await world.on_call(other, level=Level.BACKUP)

    async def made(path: str, body: dict[str, Any], by: Someone, etag: str = "*") -> str:
        headers = by.headers | world.once() | {"If-Match": etag}
        answer = await world.http.post(f"{base}/{path}", headers=headers, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def next_shift(of: Someone) -> dict[str, Any]:
        soon = world.time.now().replace(second=0, microsecond=0) + dt.timedelta(days=8)
        window = {"from": soon.isoformat(), "to": (soon + dt.timedelta(hours=1)).isoformat()}
        listed = await world.http.get("/v1/me/shifts", headers=of.headers, params=window)
        [shift] = [each["shift"] for each in listed.json()["items"]]
        return {name: value for name, value in shift.items() if value is not None}

    await world.http.put(f"{base}/posts/programme_lead", headers=coordinator.headers, json=POST)
    await world.http.put(f"{base}/policy-documents/who_does_what", headers=coordinator.headers, json=DOCUMENT)
    ids = {
        "document": "who_does_what",
        "week": "2026-01-05",
        **await succession_planned(world, coordinator),
        "story_id": await a_story(world, coordinator),
        "policy_id": await made("escalation-policies", {"need": "advice", **POLICY}, coordinator),
        "drill_id": await made("drills", {}, coordinator),
        "wave_id": await made("evaluation/waves", WAVE, await world.person(Role.EVALUATOR)),
        "instrument": "peerline",
        "escalation_id": await exhausted(world),
        "person_id": str(other.id),
        "invitation_id": await made("invitations", INVITED | {"login": "wren@harbour.example"}, coordinator),
        "link_id": await made(f"people/{other.id}/password-link", {}, coordinator),
        "grant_id": await made("role-grants", {"person": str(other.id), "role": "evaluator"}, coordinator),
        "session_id": await sign_in_of(world, other),
        "post": "programme_lead",
        "sort": "script",
        "piece": "not-there",
        "module": "mental_health_responses",
        "absence_id": await made(
            "absences", {"kind": "leave", "start": "2097-01-01T00:00Z", "end": "2097-01-02T00:00Z"}, adviser
        ),
        "override_id": await made(f"rosters/{roster}/overrides", OVERRIDE, coordinator),
        "offer_id": await made("shift-offers", {"roster_id": roster, "shift": await next_shift(adviser)}, adviser),
        "swap_id": await made(
            "swaps",
            {
                "other": str(other.id),
                "give": {"roster_id": roster, "shift": await next_shift(adviser)},
                "get": {"roster_id": str(backup), "shift": await next_shift(other)},
            },
            adviser,
        ),
    }
    tomorrow = world.time.now().replace(second=0, microsecond=0) + dt.timedelta(days=1)
    gap = {"start": tomorrow.isoformat(), "end": (tomorrow + dt.timedelta(hours=1)).isoformat()}
    await made(f"rosters/{roster}/overrides", OVERRIDE | gap, coordinator)
    for what, name in (("gaps", "gap_id"), ("versions", "version_id")):
        listed = await world.http.get(f"{base}/rosters/{roster}/{what}", headers=coordinator.headers)
        ids[name] = listed.json()["items"][0]["id"]
    return ids


async def sign_in_of(world: World, person: Someone) -> str:
    """The id of the one that somebody has."""
    wanted = select(SignIn.id).where(SignIn.person_id == person.id)
    return await world.db.read(lambda session: str(session.exec(wanted).one()))


async def call(world: World, operation: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Do it as well as it can be done: with a body, an Idempotency-Key and an If-Match that fits."""
    return await world.http.request(
        operation.split(" ")[0],
        path,
        headers=headers | world.once() | {"If-Match": "*"},
        json=BODIES.get(operation),
        params=QUERIES.get(operation),
    )


def said(answer: httpx.Response) -> dict[str, Any]:
    """The body of a problem, without the reference that differs each time."""
    return {name: value for name, value in answer.json().items() if name != "instance"}


def code_of(refused: httpx.Response) -> str:
    return str(refused.json()["code"])


def roles_of(operation: str) -> set[str]:
    return set(STAFF[operation].split())


# The table


@ON_SQLITE
async def test_every_route_has_exactly_the_roles_of_the_table(world: World) -> None:
    """Deny by default: each method of each path is in the table, with its roles, or it is public by name."""
    expected: dict[str, str | None] = dict.fromkeys(PUBLIC) | dict.fromkeys(REPORTERS, "reporter")
    expected |= dict.fromkeys(PEERS, "peer")
    expected |= {operation: " ".join(sorted(roles.split())) for operation, roles in STAFF.items()}
    found = {
        f"{method} {path}": None if roles is None else " ".join(sorted(roles))
        for (method, path), roles in guards_of(world.app).items()
    }
    assert {f"{method} {path}": scope for (method, path), scope in scopes_of(world.app).items()} == SCOPED
    # What is no operation of the API, and so has nothing that could be a guard.
    for context in iter_route_contexts(world.app.routes):
        # It has only those that come after it.
        if isinstance(context.route, Finder):
            continue
        if getattr(context, "dependant", None) is None or context.path is None:
            methods = set(getattr(context, "methods", None) or {"ANY"}) - {"HEAD"}
            found |= {f"{method} {context.path}": None for method in methods}
    assert found == expected


@ON_SQLITE
async def test_the_document_names_the_same_roles(world: World) -> None:
    """O9: what clients are told of security is what is done."""
    paths = (await world.http.get("/openapi.json")).json()["paths"]
    told = {
        f"{method.upper()} {path}": operation["security"]
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert {operation for operation, security in told.items() if security == []} == PUBLIC - UNTOLD
    assert {operation for operation, security in told.items() if security == [{"receipt": []}]} == REPORTERS
    assert {operation for operation, security in told.items() if security == [{"contactCode": []}]} == PEERS
    assert {operation: told[operation] for operation in STAFF} == {
        operation: [
            {"bearer": sorted(roles.split())},
            *([{"service": [SCOPED[operation]]}] if operation in SCOPED else []),
        ]
        for operation, roles in STAFF.items()
    }


# Without a token, or with the wrong one


@ON_SQLITE
async def test_without_a_token_every_guarded_route_answers_401_with_help(world: World) -> None:
    """E10, 1.4: `WWW-Authenticate: Bearer`, and where to turn."""
    scene = await at_work(world)
    # What is no token is the same to every route of a guard: each is asked without any, and with one of the others.
    wrong = itertools.cycle(("Bearer", "Bearer  ", "Basic YTpi", "bearer"))
    for operation in in_turn([*STAFF, *REPORTERS, *PEERS]):
        for given in (None, next(wrong)):
            headers = {} if given is None else {"Authorization": given}
            answer = await call(world, operation, scene.path(operation), headers)
            assert (given, operation, answer.status_code) == (given, operation, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["help"]


@ON_SQLITE
async def test_a_token_in_the_address_opens_nothing(world: World) -> None:
    """S1: a token is read from the Authorization header alone."""
    await world.school()
    person = await world.person(Role.ADVISER)
    token = person.headers["Authorization"].removeprefix("Bearer ")
    for query in ({"access_token": token}, {"token": token}, {"authorization": f"Bearer {token}"}):
        assert (await world.http.get("/v1/auth/me", params=query)).status_code == 401
    assert (await world.http.get("/v1/auth/me", headers={"Cookie": f"access_token={token}"})).status_code == 401


@ON_SQLITE
async def test_a_receipt_opens_no_staff_route(world: World) -> None:
    """Domain 5: a reporter has their own report, and nothing else."""
    scene = await at_work(world)
    for operation in in_turn([*STAFF, *PEERS]):
        answer = await call(world, operation, scene.path(operation), scene.reporter)
        assert (operation, answer.status_code) == (operation, 401)
    # In this order: whoever takes it back does so last, and undoes it then.
    for operation in sorted(REPORTERS):
        answer = await call(world, operation, scene.path(operation), scene.reporter)
        assert (operation, answer.status_code) in ((operation, 200), (operation, 201), (operation, 204))


@ON_SQLITE
async def test_a_peers_code_opens_their_choice_and_nothing_else(world: World) -> None:
    """STUDY D06: neither of their two tokens opens what the other does, a report, or anything of the programme."""
    scene = await at_work(world)
    await a_supporter_to_choose(world)
    made = await world.http.post("/v1/me/report/contact-codes", headers=scene.reporter)
    choosing = await opened_with(world, made.json()["code"])
    opens = {"POST /v1/me/choice", "GET /v1/me/choice/supporters"}
    for operation in [*STAFF, *REPORTERS, *sorted(PEERS - opens)]:
        answer = await call(world, operation, scene.path(operation), choosing)
        assert (operation, answer.status_code) == (operation, 401)
    chosen = await call(world, "POST /v1/me/choice", "/v1/me/choice", choosing)
    choice = await opened_with(world, chosen.json()["code"])
    for operation in [*STAFF, *REPORTERS, *sorted(opens)]:
        answer = await call(world, operation, scene.path(operation), choice)
        assert (operation, answer.status_code) == (operation, 401)
    for operation in sorted(PEERS - opens):
        assert (await call(world, operation, operation.split()[1], choice)).status_code == 200


async def opened_with(world: World, code: str) -> dict[str, str]:
    found = await world.http.post("/v1/contact-codes/session", json={"code": code})
    return {"Authorization": f"Bearer {found.json()['access_token']}"}


async def a_supporter_to_choose(world: World) -> None:
    person = await world.person(Role.SUPPORTER)

    def be_listed(session: Session) -> None:
        row = session.exec(select(Supporter).where(Supporter.person_id == person.id)).one()
        row.listed = True
        session.add(row)

    await world.write(be_listed)


@ON_SQLITE
async def test_no_role_opens_the_reporters_side(world: World) -> None:
    """Domain 5: not even somebody who holds every role can act as a reporter."""
    scene = await at_work(world)
    everyone = await world.person(*EVERY_ROLE)
    for operation in [*REPORTERS, *PEERS]:
        answer = await call(world, operation, scene.path(operation), everyone.headers)
        assert (operation, answer.status_code) == (operation, 401)


async def test_two_receipts_open_two_reports(world: World) -> None:
    """Domain 5: each its own; there is no id that could be another's."""
    await world.school()
    texts = []
    for number in range(2):
        reporter = await world.reporter((await world.report()).json()["receipt"])
        await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": f"Message {number}"})
        listed = await world.http.get("/v1/me/report/messages", headers=reporter)
        texts.append([message["text"] for message in listed.json()["items"]])
    assert texts == [["Message 0"], ["Message 1"]]


# With the wrong role


@ON_SQLITE
async def test_a_role_does_what_the_table_says_and_nothing_else(world: World) -> None:
    """E10, domain 5: each role gets 403 from every route whose list does not have it, and from no other.

    Here with a body that fits, a third of the pairs in turn; tests/test_access_matrix.py asks all of them without one.
    """
    scene = await at_work(world)
    wrong = {}
    for number, role in enumerate(Role):
        person = await world.person(role, school=None if role is Role.PLATFORM_OPERATOR else "harbour")
        for operation in ["GET /v1/auth/me", *BEYOND_ONESELF][0 if LONG else (number + TURN) % 3 :: 1 if LONG else 3]:
            answer = await call(world, operation, scene.path(operation), person.headers)
            # An operator belongs to no school: for them its resources do not exist.
            refusal = 404 if person.school is None and "{school}" in operation else 403
            refused = answer.status_code == refusal
            # Other codes of a 403 are about whom it is done to, not about the role.
            let_in = answer.status_code != 401 and not (answer.status_code == 403 and code_of(answer) == "forbidden")
            right = let_in if str(role) in roles_of(operation) else refused
            if not right:
                wrong[role, operation] = answer.status_code
    assert wrong == {}


async def program(world: World, *scopes: str) -> dict[str, str]:
    """Headers of a service account of harbour with these scopes."""
    keeper = await world.person(Role.SCHOOL_IT)
    path, body = "/v1/schools/harbour/service-accounts", an_account(world.time.now()) | {"scopes": scopes}
    made = (await world.http.post(path, headers=keeper.headers | world.once(), json=body)).json()
    asked = {name: made[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
    opened = await world.http.post("/v1/auth/token", json=asked)
    assert opened.status_code == 200, opened.text
    return {"Authorization": f"Bearer {opened.json()['access_token']}"}


@ON_SQLITE
async def test_a_program_does_what_its_scope_says_and_nothing_else(world: World) -> None:
    """Contract 1.2, J10: with one scope, with all of them: never a report, a page, a roster, a service account."""
    scene = await at_work(world)
    wrong = {}
    for number, scopes in enumerate([*((scope,) for scope in Scope), tuple(Scope)]):
        headers = await program(world, *scopes)
        # In turn, as above, and all that any scope opens.
        for operation in {*[*STAFF][0 if LONG else (number + TURN) % 3 :: 1 if LONG else 3], *SCOPED}:
            answer = await call(world, operation, scene.path(operation), headers)
            opened = SCOPED.get(operation) in scopes
            right = answer.status_code not in (401, 403) if opened else answer.status_code == 403
            if not right:
                wrong[scopes, operation] = answer.status_code
    assert wrong == {}
    for operation in [*REPORTERS, *PEERS]:
        answer = await call(world, operation, scene.path(operation), headers)
        assert (operation, answer.status_code) == (operation, 401)


@ON_SQLITE
async def test_a_student_sees_to_their_own_sign_in_and_that_is_all(world: World) -> None:
    """Domain 5: a membership, and nothing that anyone without a token cannot do, but how they sign in."""
    scene = await at_work(world)
    known = BODIES["PUT /v1/auth/password"]["current_password"]
    hashed = world.app.state.runtime.passwords.hash_now(known)
    student = await world.person(Role.STUDENT, password_hash=hashed)
    allowed = set()
    for operation in STAFF:
        who = await world.person(Role.STUDENT) if operation in ENDING_IT else student
        answer = await call(world, operation, scene.path(operation), who.headers)
        # Somebody else's sign-in is nobody's.
        if answer.is_success or (operation in OWN_SIGN_IN and answer.status_code == 404):
            allowed.add(operation)
        elif operation in OWN_IDENTITIES:
            # There is none, and what is sent is no ID token.
            assert (operation, answer.status_code) in ((operation, 404), (operation, 422))
        elif operation in OWN_WAY_IN:
            # There is none of theirs yet.
            assert (operation, answer.status_code) == (operation, 404)
        else:
            assert (operation, answer.status_code, answer.json()["code"]) == (operation, 403, "forbidden")
    assert allowed - OWN_WAY_IN == OWN_SIGN_IN | {"GET /v1/auth/identities"}


@ON_SQLITE
async def test_an_operator_of_the_platform_sees_nothing_of_a_school(world: World) -> None:
    """Contract 1.2, domain 5: no tenant content; not by path, not by id."""
    scene = await at_work(world)
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    me = await world.http.get("/v1/auth/me", headers=operator.headers)
    assert (me.json()["school"], me.json()["roles"]) == (None, ["platform_operator"])
    for operation in BEYOND_ONESELF:
        if operation in OF_OPERATORS:
            continue
        answer = await call(world, operation, scene.path(operation), operator.headers)
        assert (operation, answer.status_code) == (operation, 404 if "{school}" in operation else 403)


# Another school, another person


@ON_SQLITE
async def test_what_belongs_to_another_school_does_not_exist(world: World) -> None:
    """E10, contract 1: 404 with the body of an unknown id, by either school's path, whatever the stranger's roles."""
    scene = await at_work(world)
    await world.school("coast", region="NSW")
    stranger = await world.person(*EVERY_ROLE, school="coast")
    checked = 0
    for operation in BEYOND_ONESELF:
        has_id = "_id}" in operation
        paths = []
        if "{school}" in operation:
            paths += [scene.path(operation), scene.path(operation, school="nowhere")]
        if has_id:
            paths += [scene.path(operation, school="coast"), scene.path(operation, school="coast", **scene.nowhere())]
        answers = [await call(world, operation, path, stranger.headers) for path in paths]
        assert (operation, {answer.status_code for answer in answers}) == (operation, {404} if paths else set())
        assert all(said(answer) == said(answers[0]) for answer in answers)
        assert all("help" not in answer.json() for answer in answers)
        checked += has_id
    assert checked == sum("_id}" in operation for operation in BEYOND_ONESELF) > 20


@ON_SQLITE
async def test_nothing_was_changed_by_trying(world: World) -> None:
    """E10: a stranger's claim, reply, close, patch and delete leave no trace with those whom it concerns."""
    scene = await at_work(world)
    await world.school("coast", region="NSW")
    owner = await world.person(Role.TRIAGER, Role.SUPPORTER, Role.SCHOOL_IT, Role.COORDINATOR)
    stranger = await world.person(*EVERY_ROLE, school="coast")
    readable = [
        "GET /v1/schools/{school}/reports/{report_id}",
        "GET /v1/schools/{school}/reports/{report_id}/messages",
        "GET /v1/schools/{school}/rosters",
        "GET /v1/schools/{school}/webhook-endpoints",
    ]
    own = ["GET /v1/pages/{page_id}", "GET /v1/me/webhook-endpoints"]

    async def state() -> list[str]:
        answers = [await world.http.get(scene.path(read), headers=owner.headers) for read in readable]
        answers += [await world.http.get(scene.path(read), headers=scene.adviser.headers) for read in own]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.text for answer in answers]

    before = await state()
    for operation in STAFF:
        if operation.startswith("GET") or operation in OWN_SIGN_IN or "_id}" not in operation:
            continue
        await call(world, operation, scene.path(operation), stranger.headers)
        await call(world, operation, scene.path(operation, school="coast"), stranger.headers)
    assert await state() == before


@ON_SQLITE
async def test_what_belongs_to_a_colleague_does_not_exist_either(world: World) -> None:
    """Domain 5: pages, endpoints of one's own and advice are for those they are addressed to; nobody browses."""
    scene = await at_work(world)
    colleague = await world.person(*EVERY_ROLE)
    marks = (
        "{page_id}",
        "{request_id}",
        "{swap_id}",
        "{feed_id}",
        "/auth/sessions/{session_id}",
        "/me/contacts/{contact_id}",
        "/me/pauses/{pause_id}",
        "/me/debriefs/{debrief_id}",
        "/auth/identities/{identity_id}",
        "/me/webhook-endpoints/{endpoint_id}",
    )
    personal = [operation for operation in STAFF if any(mark in operation for mark in marks)]
    assert len(personal) == 41
    for operation in personal:
        theirs = await call(world, operation, scene.path(operation), colleague.headers)
        nobodys = await call(world, operation, scene.path(operation, **scene.nowhere()), colleague.headers)
        assert (operation, theirs.status_code, nobodys.status_code) == (operation, 404, 404)
        assert said(theirs) == said(nobodys)
    of_school = [f"/v1/schools/harbour/{name}" for name in ("advice-requests", "calendar-feeds")]
    for path in ("/v1/me/pages", "/v1/me/contacts", "/v1/me/webhook-endpoints", *of_school):
        assert (await world.http.get(path, headers=colleague.headers)).json()["items"] == []


# No longer


def revoked(session: Session, person: Someone) -> None:
    for sign_in in session.exec(select(SignIn).where(SignIn.person_id == person.id)):
        sign_in.revoked_at, sign_in.revoked_because = clock.now(), "signed_out"
        session.add(sign_in)


def gone(session: Session, person: Someone) -> None:
    row = session.get_one(Person, person.id)
    row.active = False
    session.add(row)


def without_roles(session: Session, person: Someone) -> None:
    for grant in session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id)):
        grant.ended_at = clock.now()
        session.add(grant)


@pytest.mark.parametrize("ending", [revoked, gone], ids=["a revoked sign-in", "a person who left"])
async def test_access_ends_at_once_although_the_token_lives_on(
    world: World, ending: Callable[[Session, Someone], None]
) -> None:
    """Domain 5, M6: 401 invalid_token everywhere, with the very next request."""
    scene = await at_work(world)
    person = await world.person(*EVERY_ROLE)
    assert (await world.http.get("/v1/auth/me", headers=person.headers)).status_code == 200
    await world.write(lambda session: ending(session, person))
    for operation in in_turn(STAFF):
        answer = await call(world, operation, scene.path(operation), person.headers)
        assert (operation, answer.status_code) == (operation, 401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@ON_SQLITE
async def test_a_role_that_has_ended_ends_at_once(world: World) -> None:
    """Domain 5: what the token says of roles is not believed: 403 on every route that needs one."""
    scene = await at_work(world)
    person = await world.person(*EVERY_ROLE)
    await world.write(lambda session: without_roles(session, person))
    for operation in in_turn(BEYOND_ONESELF):
        answer = await call(world, operation, scene.path(operation), person.headers)
        assert (operation, answer.status_code) == (operation, 403)


async def test_one_role_that_has_ended_leaves_the_others(world: World) -> None:
    """Domain 5: a triager who is now a supporter only reads no report any more, and still asks for advice."""
    await world.school()
    person = await world.person(Role.TRIAGER, Role.SUPPORTER)

    def no_longer_triager(session: Session) -> None:
        statement = select(RoleGrant).where(RoleGrant.person_id == person.id, RoleGrant.role == Role.TRIAGER)
        grant = session.exec(statement).one()
        grant.ended_at = clock.now()
        session.add(grant)

    await world.write(no_longer_triager)
    base = "/v1/schools/harbour"
    answers = [
        await world.http.get(f"{base}/{name}", headers=person.headers) for name in ("reports", "advice-requests")
    ]
    assert [answer.status_code for answer in answers] == [403, 200]
    assert (await world.http.get("/v1/auth/me", headers=person.headers)).json()["roles"] == ["supporter"]


@ON_SQLITE
async def test_who_has_no_role_left_sees_that_and_can_sign_out(world: World) -> None:
    """Domain 5: a sign-in can always be ended by its owner; a lost phone is no less lost for it."""
    await world.school()
    person = await world.person(Role.TRIAGER)
    await world.write(lambda session: without_roles(session, person))
    me = await world.http.get("/v1/auth/me", headers=person.headers)
    assert (me.status_code, me.json()["roles"]) == (200, [])
    sign_in = await world.db.read(
        lambda session: session.exec(select(SignIn.id).where(SignIn.person_id == person.id)).one()
    )
    for headers in (world.headers_for(person.id, sign_in, "harbour", ()), person.headers):
        assert (await world.http.get("/v1/auth/me", headers=headers)).status_code == 200
    assert (await world.http.post("/v1/auth/revoke", headers=person.headers)).status_code == 204
    assert (await world.http.get("/v1/auth/me", headers=person.headers)).status_code == 401


@ON_SQLITE
async def test_a_role_that_only_the_token_claims_opens_nothing(world: World) -> None:
    """Domain 5: a token with more roles than its owner holds, such as one issued before they ended."""
    scene = await at_work(world)
    person = await world.person(Role.SUPPORTER)
    sign_in = await world.db.read(
        lambda session: session.exec(select(SignIn.id).where(SignIn.person_id == person.id)).one()
    )
    boasting = world.headers_for(person.id, sign_in, "harbour", EVERY_ROLE)
    for operation in in_turn(BEYOND_ONESELF):
        if "supporter" not in roles_of(operation):
            answer = await call(world, operation, scene.path(operation), boasting)
            assert (operation, answer.status_code) == (operation, 403)


async def test_a_token_goes_with_the_sign_in_and_the_person_it_was_issued_for(world: World) -> None:
    """Domain 5: a sign-in of somebody else, or of nobody, makes no session."""
    await world.school()
    one, two = await world.person(Role.TRIAGER), await world.person(Role.COORDINATOR)
    of_two = await world.db.read(
        lambda session: session.exec(select(SignIn.id).where(SignIn.person_id == two.id)).one()
    )
    for person_id, sign_in in ((one.id, of_two), (one.id, uuid.uuid4()), (uuid.uuid4(), of_two)):
        headers = world.headers_for(person_id, sign_in, "harbour", (Role.TRIAGER,))
        assert (await world.http.get("/v1/auth/me", headers=headers)).status_code == 401


async def test_a_person_who_moved_to_another_school_takes_nothing_along(world: World) -> None:
    """Contract 1: a token names one school; where that is no longer the person's, it opens nothing there."""
    scene = await at_work(world)
    await world.school("coast", region="NSW")
    coast = await world.person(Role.TRIAGER, school="coast")
    mover = await world.person(Role.TRIAGER)
    before = await world.http.get(scene.path("GET /v1/schools/{school}/reports/{report_id}"), headers=mover.headers)
    assert before.status_code == 200

    def move(session: Session) -> None:
        row, model = session.get_one(Person, mover.id), session.get_one(Person, coast.id)
        row.school_id = model.school_id
        session.add(row)

    await world.write(move)
    for operation in in_turn(STAFF):
        after = await call(world, operation, scene.path(operation), mover.headers)
        assert (operation, after.status_code) == (operation, 401 if "triager" in roles_of(operation) else 403)


async def test_a_token_that_names_another_school_than_its_owners_opens_nothing(world: World) -> None:
    """Domain 5: in depth: whatever made such a token, the school of the person counts, and both must be the same."""
    scene = await at_work(world)
    await world.school("coast", region="NSW")
    stranger = await world.person(*EVERY_ROLE, school="coast")
    sign_in = await world.db.read(
        lambda session: session.exec(select(SignIn.id).where(SignIn.person_id == stranger.id)).one()
    )
    forged = world.headers_for(stranger.id, sign_in, "harbour", EVERY_ROLE)
    for operation in in_turn(STAFF):
        answer = await call(world, operation, scene.path(operation), forged)
        assert (operation, answer.status_code) == (operation, 401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

"""Which example stands where (contract O6). Each is checked against its schema in tests/contract/test_openapi.py."""

from __future__ import annotations

from typing import Any

from app.core.problems import Problem
from app.events.types import PAYLOADS, described
from app.routers.openapi import example_calendars as calendars
from app.routers.openapi import example_choosing as choosing
from app.routers.openapi import example_conflicts as conflicts
from app.routers.openapi import example_content as content
from app.routers.openapi import example_decisions as decisions
from app.routers.openapi import example_directory as directory
from app.routers.openapi import example_directory_keeping as keeping
from app.routers.openapi import example_duty as duty
from app.routers.openapi import example_evaluation as evaluation
from app.routers.openapi import example_guidance as guidance
from app.routers.openapi import example_handling as handling
from app.routers.openapi import example_help as help_
from app.routers.openapi import example_hsds as hsds
from app.routers.openapi import example_joining as joining
from app.routers.openapi import example_load as load
from app.routers.openapi import example_paging as paging
from app.routers.openapi import example_pausing as pausing
from app.routers.openapi import example_people as people
from app.routers.openapi import example_policies as policies
from app.routers.openapi import example_posts as posts
from app.routers.openapi import example_privacy as privacy
from app.routers.openapi import example_profile as profile
from app.routers.openapi import example_relaying as relaying
from app.routers.openapi import example_rosters as planning
from app.routers.openapi import example_schools as schools
from app.routers.openapi import example_selection as selection
from app.routers.openapi import example_service_accounts as services
from app.routers.openapi import example_sso as sso
from app.routers.openapi import example_statistics as statistics
from app.routers.openapi import example_stories as stories
from app.routers.openapi import example_succession as succession
from app.routers.openapi import example_supervision as supervision
from app.routers.openapi import example_supporters as supporters
from app.routers.openapi import example_training as training
from app.routers.openapi import example_webhooks as webhooks
from app.routers.openapi import example_withdrawal as withdrawal

_PARTS = (
    help_,
    handling,
    choosing,
    decisions,
    directory,
    keeping,
    duty,
    joining,
    load,
    planning,
    calendars,
    hsds,
    pausing,
    people,
    policies,
    posts,
    paging,
    conflicts,
    privacy,
    profile,
    relaying,
    services,
    sso,
    schools,
    statistics,
    stories,
    succession,
    selection,
    supporters,
    webhooks,
    withdrawal,
    guidance,
    content,
    training,
    evaluation,
    supervision,
)
_BODIES: dict[str, Any] = {name: each for part in _PARTS for name, each in getattr(part, "BODIES", {}).items()}
_ANSWERS: dict[str, Any] = {name: each for part in _PARTS for name, each in getattr(part, "ANSWERS", {}).items()}
_EVENTS: dict[str, Any] = {name: each for part in _PARTS for name, each in getattr(part, "EVENTS", {}).items()}

_ETAG = '"3f5c8a10b7d94e26a1c0f2d4e6b8a097"'
# None for a cursor or a key: only one of one's own would do.
PARAMETERS: dict[str, Any] = {
    "school": "harbour",
    "App-Version": "ios/1.4.0",
    "request_id": duty.REQUEST_ID,
    "report_id": help_.REPORT_ID,
    "supervision_id": supervision.SUPERVISION_ID,
    "series": supervision.SERIES_ID,
    "upcoming": True,
    "and_following": True,
    "Tier": "crisis",
    "SideList": "access",
    "open_now": True,
    "independent": True,
    "ForWhom": "self",
    "Channel": "phone",
    "language": "en",
    "Community": "first_nations",
    "CostKind": "free",
    "RunBy": "independent",
    "q": "students",
    "avoid_site_ids": [help_.SITE_ID],
    "near_site_id": help_.SITE_ID,
    "within_km": 20,
    "zone": "Australia/Perth",
    "proposal_id": handling.PROPOSAL_ID,
    "message_id": handling.MESSAGE_ID,
    "group_id": handling.GROUP_ID,
    "open_only": True,
    "awaiting_second_person": True,
    "show_hidden": True,
    "page_id": duty.PAGE_ID,
    "roster_id": duty.ROSTER_ID,
    "endpoint_id": webhooks.ENDPOINT_ID,
    "delivery_id": webhooks.DELIVERY_ID,
    "version_id": planning.VERSION_ID,
    "override_id": planning.OVERRIDE_ID,
    "absence_id": planning.ABSENCE_ID,
    "offer_id": planning.OFFER_ID,
    "swap_id": planning.SWAP_ID,
    "gap_id": planning.GAP_ID,
    "person_id": planning.PERSON_ID,
    "grant_id": people.GRANT_ID,
    "invitation_id": joining.INVITATION_ID,
    "open_invitation_id": choosing.OPEN_INVITATION_ID,
    "link_id": joining.LINK_ID,
    "PasswordLinkState": "awaiting_second_person",
    "session_id": people.SESSION_ID,
    "active": True,
    "GrantState": "awaiting_second_person",
    "feed_id": calendars.FEED_ID,
    "account_id": services.ACCOUNT_ID,
    "provider_id": sso.PROVIDER_ID,
    "identity_id": sso.IDENTITY_ID,
    "period": statistics.PERIOD,
    "by": statistics.TABLE,
    "post": posts.CODE,
    "document": profile.DOCUMENT,
    "wave_id": evaluation.WAVE_ID,
    "instrument": evaluation.INSTRUMENT,
    "story_id": stories.STORY_ID,
    "interest_id": selection.INTEREST_ID,
    "application_id": selection.APPLICATION_ID,
    "ApplicationState": "waiting",
    "SupporterStatus": "in_training",
    "AuthorKind": "near_peer",
    "includes_careers_advice": True,
    "sync_token": "c2VhbGVkLWV4YW1wbGU",
    "StoryState": "awaiting_review",
    "supporter_id": succession.SUPPORTER,
    "plan_id": succession.PLAN,
    "week": "2027-03-15",
    "suggestion_id": succession.SUGGESTION,
    "PlanState": "open",
    "SuggestionState": "new",
    "pause_id": pausing.PAUSE_ID,
    "debrief_id": pausing.DEBRIEF_ID,
    "policy_id": paging.POLICY_ID,
    "drill_id": paging.DRILL_ID,
    "escalation_id": paging.ESCALATION_ID,
    "decision_id": decisions.DECISION_ID,
    "DecisionReview": "due",
    "hold_id": privacy.HOLD_ID,
    "run_id": privacy.RUN_ID,
    "incident_id": privacy.INCIDENT_ID,
    "retention_class": "named",
    "dry_run": True,
    "entry_id": keeping.ENTRY_ID,
    "correction_id": keeping.CORRECTION_ID,
    "site_id": keeping.SITE_ID,
    "site": keeping.SITE_ID,
    "YearBand": "final_years",
    "Origin": "own",
    "ImportMode": "replace",
    "confirm_removals": 12,
    "at_most": 40,
    "action": "report.claimed",
    "person": duty.MIRA,
    "IncidentStatus": "open",
    "piece": guidance.ARTICLE_ID,
    "kind": "signs",
    "ContentKind": "signs",
    "audience": "all_students",
    "Audience": "all_students",
    "purpose": "opener",
    "ScriptPurpose": "opener",
    "channel": "message",
    "ScriptChannel": "message",
    "relationship": "friend",
    "Relationship": "friend",
    "applies_to": "student",
    "AppliesTo": "student",
    "role": "supporter",
    "Role": "supporter",
    "sort": "article",
    "Sort": "article",
    "module": "reaching_isolated_students",
    "ModuleCode": "reaching_isolated_students",
    "Accept-Language": "en-AU, en;q=0.8",
    "contact_id": relaying.CONTACT_ID,
    "need": "advice",
    "reviewed": False,
    "NeedKind": "advice",
    "Topic": "thoughts_of_suicide",
    "Priority": "now",
    "token": "ZXhhbXBsZS1vbmx5LW5vdC1hLXRva2Vu",
    "limit": 20,
    "ReportState": "new",
    "OfferState": "open",
    "GapState": "open",
    "DeliveryState": "failed",
    "at": "2027-03-10T11:00:00Z",
    "from": "2027-03-21T00:00:00Z",
    "to": "2027-03-28T00:00:00Z",
    "service_id": hsds.SERVICE_ID,
    "organization_id": hsds.ORGANIZATION_ID,
    "service_at_location_id": hsds.SERVICE_AT_LOCATION_ID,
    "taxonomy_id": hsds.TAXONOMY_ID,
    "taxonomy_term_id": hsds.TAXONOMY_TERM_ID,
    "parent_id": hsds.TAXONOMY_TERM_ID,
    "search": "counselling",
    "page": 1,
    "per_page": 50,
    "format": "json",
    "full": True,
    "full_service": True,
    "top_only": True,
    "If-Match": _ETAG,
    "If-None-Match": _ETAG,
}
_SVG = '<svg role="img"><title>On call</title>…</svg>'
_HTML = "<!doctype html><title>Somebody needs an answer · Peerline</title><main>…</main>"
# Where the same schema says something else.
_BODIES_OF: dict[str, dict[str, Any]] = {
    "createToken": {
        "password": {"grant_type": "password", "login": "adviser@harbour.example", "password": "a long phrase"},
        "refreshToken": {"grant_type": "refresh_token", "refresh_token": "ptr_ZmljdGl0aW91cy1leGFtcGxlLXRva2Vu"},
        "clientCredentials": services.GRANT,
        "schoolsOwn": {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "school": "harbour",
            "subject_token": sso.ID_TOKEN,
            "subject_token_type": sso.ID_TOKEN_TYPE,
            "nonce": "n-0S6_WzA2Mj",
        },
    },
    "createReportMessage": {"message": {"text": _ANSWERS["MessageOut"]["text"]}},
    "createPageOutcome": {name: _BODIES["OutcomeCreate"][name] for name in ("advice", "referral")},
}
_ANSWERS_OF: dict[str, Any] = {
    "claimReport": help_.CLAIMED,
    "releaseReport": help_.REPORT,
    "closeReport": help_.CLOSED,
    "setReportPriority": handling.RAISED,
    "confirmReportProposal": handling.LOWERED,
    "declineReportProposal": handling.DECLINED,
    "takeBackReportProposal": handling.DECLINED,
    "groupReport": handling.GROUPED,
    "markReport": handling.HURTFUL,
    "markReportMessage": handling.HURTFUL_MESSAGE,
    "createMyReportMessage": help_.REPORTERS_MESSAGE,
    "recordAdviceOutcome": duty.REQUEST_CLOSED,
    "closeAdviceRequest": duty.REQUEST_CLOSED,
    "withdrawMyReport": withdrawal.WITHDRAWN,
    "closePage": duty.BRIEF_CLOSED,
    "activateSchool": schools.ACTIVE,
    "suspendSchool": schools.SUSPENDED,
    "openEvaluationWave": evaluation.OPENED,
    "closeEvaluationWave": evaluation.CLOSED,
    "confirmStory": stories.CONFIRMED,
    "declineStory": stories.DECLINED,
    "createApplication": selection.APPLIED,
    "appealMyApplication": selection.APPEALED,
    "decideApplication": selection.DECIDED,
    "decideApplicationAppeal": selection.APPEAL_DECIDED,
    "endTraining": selection.NOT_PROCEEDING,
    "acceptRoleCard": supporters.ACCEPTANCE,
    "activateSupporter": supporters.ACTIVE,
    "createPageRelaySummary": relaying.FOR_A_SERVICE,
    "getPageRelaySummary": relaying.FOR_A_SERVICE,
    "decideRelaySummary": relaying.MINE_EDITED,
    "endReportContact": relaying.TAKEN_BACK,
    "acceptMyContact": relaying.ACCEPTED,
    "declineMyContact": relaying.DECLINED,
    "endMyContact": relaying.ENDED,
    "createSupporterPause": pausing.BY_THE_PROGRAMME,
    "appealMyPause": pausing.APPEALED,
    "takeMyDebrief": pausing.TAKEN,
    "declineMyDebrief": pausing.DECLINED,
    "previewRosterImport": planning.WOULD_BE_STORED,
    "takeShiftOffer": planning.OFFER_TAKEN,
    "withdrawShiftOffer": planning.OFFER_WITHDRAWN,
    "acceptSwap": planning.SWAP_ACCEPTED,
    "declineSwap": planning.SWAP_DECLINED,
    "putExternalCover": planning.GAP_COVERED_EXTERNALLY,
    "confirmPasswordLink": joining.CONFIRMED,
    "leavePerson": people.LEFT,
    "takeDownOpenInvitation": choosing.TAKEN_DOWN,
    "comeBackPerson": people.BACK,
    "confirmRoleGrant": people.CONFIRMED,
    "declineRoleGrant": people.DECLINED,
    "endRoleGrant": people.ENDED,
    "declinePage": duty.PAGE_DECLINED,
    "handOverPage": duty.PAGE_HANDED_OVER,
    "closeUnanswered": paging.REVIEWED,
    "confirmDecision": decisions.CONFIRMED,
    "declineDecision": decisions.DECLINED,
    "takeBackDecision": decisions.TAKEN_BACK,
    "decideAlone": decisions.MADE_ALONE,
    "reviewDecision": decisions.REVIEWED,
    "updateMyWebhookEndpoint": webhooks.ENDPOINT_PAUSED,
    "updateSchoolWebhookEndpoint": webhooks.ENDPOINT_PAUSED,
    "rotateMyWebhookSecret": webhooks.SECRET_ROTATED,
    "rotateSchoolWebhookSecret": webhooks.SECRET_ROTATED,
    "listEventTypes": {"items": [{"type": name, "description": described(name)} for name in sorted(PAYLOADS)]},
    "rotateClientSecret": services.ROTATED,
    "releaseLegalHold": privacy.HOLD_RELEASED,
    "createRetentionRun": privacy.RUN_BEGUN,
    "createPrivacyIncident": privacy.INCIDENT_TOLD,
    "updatePrivacyIncident": privacy.INCIDENT_CONTAINED,
    "hideKeptEntry": keeping.HIDDEN,
    "settleCorrection": keeping.SETTLED,
    "settleSuggestion": succession.SETTLED_SUGGESTION,
    "getRosterPicture": _SVG,
    "getStatisticsChart": statistics.PICTURE,
    "getCalendar": calendars.ICALENDAR,
    "showAckLink": _HTML,
    "showJoinPage": "<!doctype html><title>Join Harbour Medical School · Peerline</title><main>…</main>",
    "useAckLink": _HTML,
}
# Where an answer is a file, by its media type.
_FILES_OF = {
    ("exportDirectory", "text/csv"): keeping.TABLE,
    ("createResponseTokens", "text/csv"): evaluation.CODES_TABLE,
    ("getEvaluationResults", "text/csv"): evaluation.TABLE,
    ("exportAuditLog", "text/csv"): privacy.AUDIT_TABLE,
    ("exportStatistics", "text/csv"): statistics.CSV,
    ("exportAuditLog", "application/x-ndjson"): privacy.AUDIT_LINES,
}
# The same for everyone without a staff token.
_WITH_HELP = (401, 404, 410, 413, 415, 422, 429, 500, 503)


def of_parameter(name: str, schema: dict[str, Any]) -> Any:
    """The example of a parameter: by its schema where several have its name. None where nobody wrote one."""
    return PARAMETERS.get(_name(schema), PARAMETERS.get(name))


def of_body(operation: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The examples of a request's body; none where nobody wrote one."""
    values = _BODIES_OF.get(operation) or _BODIES.get(_name(schema), {})
    return {name: {"value": value} for name, value in values.items()}


def of_answer(operation: str, schema: dict[str, Any], kind: str) -> dict[str, Any]:
    """The example of an answer; none where nobody wrote one."""
    value = _ANSWERS_OF.get(operation) or _ANSWERS.get(_name(schema)) or _FILES_OF.get((operation, kind))
    return {} if value is None else {"example": {"value": value}}


def event(name: str) -> dict[str, Any]:
    return {"type": name, "timestamp": "2027-03-10T11:00:00Z", "data": _EVENTS.get(name)}


def problem(code: str, kind: type[Problem], type_base: str) -> dict[str, Any]:
    """A problem as it is sent (RFC 9457)."""
    document: dict[str, Any] = {
        "type": type_base + code,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.default_detail or kind.title,
        "instance": "urn:peerline:request:4bf92f3577b34da6a3ce929d0e0e4736",
        "code": code,
    }
    if code == "validation_failed":
        document["errors"] = [
            {"code": "unknown_field", "detail": "This field is not known here.", "pointer": "#/keep_form"},
            {"code": "required", "detail": "Field required", "pointer": "#/signs"},
        ]
    if code == "too_many_requests":
        document["type"] = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        document["violated-policies"] = ["default"]
    if code == "challenge_required":
        document["report_challenge"] = help_.REPORT_CHALLENGE
    if kind.status in _WITH_HELP or code == "challenge_required" or kind.helps_everyone:
        document["help"] = [help_.HELP_MEMBER]
    return document


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]

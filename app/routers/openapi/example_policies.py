"""Examples of what a school decides and adopts, and of its readiness."""

from __future__ import annotations

from typing import Any

from app.readiness.checks import DONE
from app.routers.openapi.example_duty import TOMAS
from app.schools.policies import TrainingRules, standard_rules

_RULES = {str(line): rules.model_dump(mode="json") for line, rules in standard_rules().items()}
_DECIDED: dict[str, Any] = {
    "formal_program": True,
    "language": "en",
    "local_holidays": [{"on": "2027-11-05", "name": "Show day", "kept": True}],
    "reading_hours": "Mo-Fr 09:00-17:00; PH off",
    "reading_hours_text": "09:00 to 17:00 on working days",
    "weekly_drill": True,
    "roster_rules": _RULES,
    "independent_partner": None,
    "external_advice_entry_id": None,
    "assess_incidents_within_days": 30,
    "keeps_withdrawn_reports": False,
    "supporter_load": {"max_open_contacts": 2, "max_on_call_hours_per_week": 12, "debrief": True},
    "minimum_supporters": 4,
    "suggestions_kept_days": 365,
    "digest_weekday": 0,
    "digest_hour": 8,
    "training": TrainingRules().model_dump(mode="json"),
    "contact_answer_hours": 24,
}
_ADOPTION = {"current": "2026-3", "adopted": "2026-3", "adopted_by": "Juno", "adopted_hour": "2027-03-10T11:00:00Z"}


def _passed(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "ok": True, "applies": True, "detail": DONE} | more


def _failed(code: str, detail: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "ok": False, "applies": True, "detail": detail} | more


_READINESS = {
    "from": "2027-03-21T00:00:00Z",
    "to": "2027-04-18T00:00:00Z",
    "ready": False,
    "cover": _failed(
        "advice_cover",
        "Put somebody whose contact works on a roster of advice for these times, or declare external cover for a gap.",
        uncovered=[{"start": "2027-03-27T00:00:00Z", "end": "2027-03-28T00:00:00Z"}],
    ),
    "external_advice": {
        "code": "external_advice",
        "ok": True,
        "applies": False,
        "detail": "Advice comes from rosters: see `advice_cover`.",
    },
    "contacts": _failed(
        "working_contacts",
        "Each of these adds an endpoint that answers its ping (`me/webhook-endpoints`), or leaves the rosters.",
        people=[{"id": TOMAS, "alias": "Tomas"}],
    ),
    "report_readers": _passed("report_readers"),
    "independent_pool": _passed("independent_pool"),
    "fallback_policy": _passed("fallback_policy", needs=[]),
    "sponsor": _passed("sponsor", sponsors=2),
    "privacy_officer": _passed("privacy_officer"),
    "succession": _passed("succession", without=[]),
    "identity": _passed("identity", people=3),
    "policy_documents": _passed("policy_documents", overdue=[]),
    "privacy_statement": _passed("privacy_statement"),
    "retention_policy": _passed("retention_policy", undecided=[]),
    "obligations_card": _passed("obligations_card", overdue=[]),
    "directory": _passed("directory_minimum", missing=[]),
    "directory_checks": _passed("directory_checked", overdue=0),
}
BODIES: dict[str, Any] = {
    "PoliciesPut": {"decided": _DECIDED, "withAPartner": _DECIDED | {"independent_partner": "ridge"}},
    "AdoptionPut": {"current": {"version": "2026-3"}},
}
ANSWERS: dict[str, Any] = {
    "PoliciesOut": _DECIDED | {"time_zone": "Australia/Melbourne", "partner_agrees": False},
    "AdoptionOut": _ADOPTION,
    "ReadinessOut": _READINESS,
}

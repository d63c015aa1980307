"""Examples of what privacy officers see and decide."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

from app.privacy import audit_lines
from app.routers.openapi.example_duty import MIRA, PAGE_ID, TOMAS
from app.routers.openapi.example_help import REPORT_ID

HOLD_ID = "6f1d2c3b-4a59-4e68-8f70-9b8c7d6e5f41"
RUN_ID = "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f802"
INCIDENT_ID = "8c9d0e1f-2a3b-4c4d-9e5f-6a7b8c9d0e13"
ENTRY_ID = "2d3e4f50-6172-4839-8a4b-5c6d7e8f9024"
_HOUR = "2027-03-10T11:00:00Z"
_LIST_ID = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c35"

_POLICY = {
    "retention_class": "named",
    "period_days": 2555,
    "trigger": "closed",
    "action": "destroy",
    "authority_ref": "Disposal authority of the university, class 4.2",
    "automatic": False,
    "suggested": False,
    "changed_by": "Priya",
    "changed_hour": _HOUR,
    "version": 1,
}
_SUGGESTED = _POLICY | {
    "retention_class": "advice_only_unnamed",
    "period_days": 90,
    "authority_ref": None,
    "suggested": True,
    "changed_by": None,
    "changed_hour": None,
    "version": 0,
}
_HOLD = {
    "id": HOLD_ID,
    "report_id": REPORT_ID,
    "reason": "The ombudsman has asked for it.",
    "authority_ref": "Request of the ombudsman of 4 March",
    "placed_by": "Priya",
    "placed_hour": _HOUR,
    "released_by": None,
    "released_hour": None,
    "release_note": None,
}
HOLD_RELEASED = _HOLD | {
    "released_by": "Priya",
    "released_hour": "2027-06-10T11:00:00Z",
    "release_note": "The matter was closed.",
}
_RECORD = {
    "id": REPORT_ID,
    "state": "closed",
    "retention_class": "advice_only_unnamed",
    "submitted_hour": _HOUR,
    "updated_hour": "2027-03-12T01:00:00Z",
    "closed_hour": "2027-03-12T01:00:00Z",
    "withdrawn_hour": None,
    "erased_hour": None,
    "read": True,
    "restricted": False,
    "held": False,
    "due_on": "2027-06-10",
}
_RUN = {
    "id": RUN_ID,
    "dry_run": False,
    "automatic": False,
    "listed_by": _LIST_ID,
    "started_by": "Priya",
    "state": "finished",
    "started_at": "2027-06-14T00:05:00Z",
    "finished_at": "2027-06-14T00:05:02Z",
    "counts": [
        {"retention_class": "advice_only_unnamed", "result": "erased", "count": 11},
        {"retention_class": "advice_only_unnamed", "result": "held", "count": 1},
    ],
}
RUN_BEGUN = _RUN | {"state": "running", "finished_at": None, "dry_run": True, "listed_by": None, "counts": []}
_ITEM = {
    "subject_kind": "report",
    "subject_id": REPORT_ID,
    "retention_class": "advice_only_unnamed",
    "result": "due",
}
_ACCESS = {"id": ENTRY_ID, "action": "report.read", "person": MIRA, "alias": "Mira", "role": "adviser", "hour": _HOUR}
_AUDIT = {
    "id": ENTRY_ID,
    "action": "page.acknowledged",
    "person": MIRA,
    "alias": "Mira",
    "subject": PAGE_ID,
    "hour": _HOUR,
}
_TAKEN_OUT = [
    audit_lines.Entry(
        id=uuid.UUID(ENTRY_ID),
        hour=dt.datetime.fromisoformat(_HOUR),
        person=uuid.UUID(MIRA),
        action="page.acknowledged",
        subject=PAGE_ID,
        mac=hashlib.sha256(b"an example").digest(),
    )
]
AUDIT_HEAD = (
    "KWbefNbUed0hkVtWu3NPqp-dCHA4qSBy3aK4SGCiZ2bix18bAoeIAstwQK78a1QN_gZ14BcHnzGRi6UCHKrKS9MgUX81ywRci9Kw"
    "3DIApwbjr2wJ_5MYvbU34O4_xWp8LDGJQnPbPWLIAhjpbFELasCHFJWiLekfBotJWuVAv92zq1HaPQperRWykZgKseqXnfQ"
)
AUDIT_LINES = audit_lines.ndjson(_TAKEN_OUT, head=AUDIT_HEAD).decode()
AUDIT_TABLE = audit_lines.table(_TAKEN_OUT).decode()
_WHAT_HAPPENED = "I left my phone on the train, signed in. It was gone for an hour."
_INCIDENT = {
    "id": INCIDENT_ID,
    "kind": "lost_device_or_credentials",
    "status": "open",
    "what_happened": _WHAT_HAPPENED,
    "happened_on": "2027-03-09",
    "report_id": None,
    "told_by": "Tomas",
    "told_hour": _HOUR,
    "assess_by": "2027-04-09",
    "assessment": {"serious_harm": None, "harm_note": None, "people_told": None},
    "closed_hour": None,
}
INCIDENT_TOLD = _INCIDENT | {"assessment": None}
INCIDENT_CONTAINED = _INCIDENT | {
    "status": "contained",
    "assessment": {
        "serious_harm": "no",
        "harm_note": "The phone was locked, and no session of it is left.",
        "people_told": "Whoever wrote the report was told through its receipt.",
    },
}
BODIES: dict[str, Any] = {
    "RetentionPolicyPut": {
        "period": {"period_days": 2555, "authority_ref": _POLICY["authority_ref"]},
        "kept": {"period_days": None},
    },
    "LegalHoldCreate": {
        "report": {name: _HOLD[name] for name in ("report_id", "reason", "authority_ref")},
        "school": {"report_id": None, "reason": _HOLD["reason"], "authority_ref": _HOLD["authority_ref"]},
    },
    "LegalHoldRelease": {"note": {"note": HOLD_RELEASED["release_note"]}},
    "PrivacyIncidentCreate": {
        "device": {
            "kind": "lost_device_or_credentials",
            "what_happened": _WHAT_HAPPENED,
            "happened_on": "2027-03-09",
        }
    },
    "PrivacyIncidentUpdate": {
        "contained": {"status": "contained"} | INCIDENT_CONTAINED["assessment"]  # type: ignore[operator]  # a mapping
    },
}
ANSWERS: dict[str, Any] = {
    "RetentionPolicies": {"items": [_SUGGESTED, _POLICY]},
    "RetentionPolicyOut": _POLICY,
    "LegalHoldOut": _HOLD,
    "LegalHoldPage": {"items": [_HOLD], "next_cursor": None},
    "ReportRecord": _RECORD,
    "ReportRecordPage": {"items": [_RECORD], "next_cursor": None},
    "RetentionRunOut": _RUN,
    "RetentionRunPage": {"items": [_RUN], "next_cursor": None},
    "RetentionItemPage": {"items": [_ITEM], "next_cursor": None},
    "AccessPage": {"items": [_ACCESS], "next_cursor": None},
    "AuditPage": {"items": [_AUDIT, _AUDIT | {"person": TOMAS, "alias": "Tomas"}], "next_cursor": None},
    "PrivacyIncidentOut": _INCIDENT,
    "PrivacyIncidentPage": {"items": [_INCIDENT], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "privacy_incident.opened": {"school": "harbour", "incident_id": INCIDENT_ID},
    "retention.due": {"school": "harbour", "run_id": RUN_ID},
}

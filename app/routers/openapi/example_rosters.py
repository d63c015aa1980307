"""Examples of rosters that change: versions, overrides, shifts that change hands, absences, coverage."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import KEPT_LAYER, LAYER, MIRA, NO_COVER, ROSTER_ID, TOMAS, WINDOW

VERSION_ID = "0197b7d8-2a6c-7405-acfe-7268a874a683"
OVERRIDE_ID = "0197b7d8-2b6c-7405-acfe-7268a874a683"
ABSENCE_ID = "0197b7d8-2c6c-7405-acfe-7268a874a683"
OFFER_ID = "0197b7d8-2d6c-7405-acfe-7268a874a683"
SWAP_ID = "0197b7d8-2e6c-7405-acfe-7268a874a683"
GAP_ID = "0197b7d8-2f6c-7405-acfe-7268a874a683"
# The week of 22 March is theirs.
PERSON_ID = TOMAS
_ZONE = "Australia/Melbourne"
_MADE = "2027-03-10T11:00:00Z"
_HANDOFF = "2027-03-28T22:00:00Z"
_WEEK = ("2027-03-21T22:00:00Z", "2027-03-28T22:00:00Z")
_NEXT_WEEK = ("2027-03-28T22:00:00Z", "2027-04-04T23:00:00Z")
_SHIFT = {"layer_id": "weekly", "slot_start": _WEEK[0]}
_NEXT_SHIFT = {"layer_id": "weekly", "slot_start": _NEXT_WEEK[0]}
_SHIFT_OUT = _SHIFT | {"override_id": None}
_NEXT_SHIFT_OUT = _NEXT_SHIFT | {"override_id": None}
_PLAN = {"time_zone": _ZONE, "layers": [LAYER]}
_KEPT_PLAN = {"time_zone": _ZONE, "combine": "precedence", "layers": [KEPT_LAYER]}
_CHANGE = {
    "from": "2027-03-10T11:00:00Z",
    "to": "2027-06-08T11:00:00Z",
    "shifts": [{"start": NO_COVER[0], "end": NO_COVER[1], "before": [TOMAS], "after": []}],
    "gaps_opened": [{"start": NO_COVER[0], "end": NO_COVER[1], "cause": "unfilled"}],
    "gaps_closed": [],
    "minutes_per_person": {TOMAS: -480},
    "breaches": [],
}
_VERSION = {
    "id": VERSION_ID,
    "roster_id": ROSTER_ID,
    "number": 2,
    "effective_from": _HANDOFF,
    "effective_until": None,
    "plan": _KEPT_PLAN,
    "created_at": _MADE,
}
_OVERRIDE = {
    "id": OVERRIDE_ID,
    "roster_id": ROSTER_ID,
    "person": None,
    "replaces": None,
    "start": NO_COVER[0],
    "end": NO_COVER[1],
    "created_seq": 4,
    "origin": "coordinator",
    "reason": "The building is closed.",
    "removed_at": None,
}
_MY_SHIFT = {
    "roster_id": ROSTER_ID,
    "name": "Clinical advice",
    "line": "clinical_advice",
    "level": "primary",
    "start": _WEEK[0],
    "end": _WEEK[1],
    "shift": _SHIFT_OUT,
}
_LATER_SHIFT = _MY_SHIFT | {
    "start": "2027-04-04T23:00:00Z",
    "end": "2027-04-11T23:00:00Z",
    "shift": _SHIFT_OUT | {"slot_start": "2027-04-04T23:00:00Z"},
}
_ABSENCE = {
    "id": ABSENCE_ID,
    "person": TOMAS,
    "kind": "exam_window",
    "start": NO_COVER[0],
    "end": NO_COVER[1],
    "version": 1,
    "created_at": _MADE,
}
_OFFER = {
    "id": OFFER_ID,
    "roster_id": ROSTER_ID,
    "line": "clinical_advice",
    "level": "primary",
    "person": TOMAS,
    "alias": "Tomas",
    "shift": _SHIFT_OUT,
    "start": _WEEK[0],
    "end": _WEEK[1],
    "state": "open",
    "taken_by": None,
    "version": 1,
    "created_at": _MADE,
    "updated_at": _MADE,
}
_SWAP = {
    "id": SWAP_ID,
    "person": TOMAS,
    "other": MIRA,
    "give": {"roster_id": ROSTER_ID, "shift": _SHIFT_OUT},
    "get": {"roster_id": ROSTER_ID, "shift": _NEXT_SHIFT_OUT},
    "state": "proposed",
    "version": 1,
    "created_at": _MADE,
    "updated_at": _MADE,
}
_EXTERNAL = {"entry_id": "au-example-line", "name": "Example Line (24 hours, 7 days)"}
_GAP = {
    "id": GAP_ID,
    "roster_id": ROSTER_ID,
    "name": "Clinical advice",
    "line": "clinical_advice",
    "level": "primary",
    "cause": "leave",
    "start": NO_COVER[0],
    "start_local": "2027-03-25T09:00:00+11:00",
    "end": NO_COVER[1],
    "end_local": "2027-03-25T17:00:00+11:00",
    "state": "open",
    "notice": "days_28",
    "external_cover": None,
    "version": 1,
    "found_at": _MADE,
    "closed_at": None,
}
_RULES: dict[str, Any] = {
    "peer_support": {"rest_hours": 10, "weekly_hours": 20},
    "clinical_advice": {"rest_hours": 0, "weekly_hours": None},
    "academic_advice": {"rest_hours": 0, "weekly_hours": None},
    "independent_advice": {"rest_hours": 0, "weekly_hours": None},
    "triage": {"rest_hours": 10, "weekly_hours": 40},
}
_IMPORT = {
    "csv": (
        "person,start,end,reason\n"
        "adviser@harbour.example,2027-04-02T09:00,2027-04-02T21:00,Good Friday\n"
        "backup-adviser@harbour.example,2027-04-02T21:00,2027-04-03T09:00,Good Friday\n"
    )
}
OFFER_TAKEN = _OFFER | {"state": "taken", "taken_by": MIRA, "version": 2}
OFFER_WITHDRAWN = _OFFER | {"state": "withdrawn", "version": 2}
SWAP_ACCEPTED = _SWAP | {"state": "accepted", "version": 2}
SWAP_DECLINED = _SWAP | {"state": "declined", "version": 2}
GAP_COVERED_EXTERNALLY = _GAP | {"external_cover": _EXTERNAL, "version": 2}
WOULD_BE_STORED = {"stored": False, "rows": 2, "change": _CHANGE}

BODIES: dict[str, dict[str, Any]] = {
    "RosterUpdate": {"inTheirHours": {"expects": "planned_hours"}, "rename": {"name": "Clinical advice, nights"}},
    "VersionCreate": {"fromAHandoffOn": {"effective_from": _HANDOFF, "plan": _PLAN}},
    "OverrideCreate": {
        "somebodyElse": {
            "person": MIRA,
            "replaces": TOMAS,
            "start_local": "2027-03-23T18:00",
            "end_local": "2027-03-24T08:00",
        },
        "nobody": {
            "person": None,
            "start": NO_COVER[0],
            "end": NO_COVER[1],
            "reason": "The building is closed.",
        },
    },
    "OverrideImport": {"easter": _IMPORT},
    "DepartureCreate": {
        "toSomebody": {"effective_from": _HANDOFF, "reassign_to": MIRA},
        "toTheNext": {"effective_from": _HANDOFF, "next_in_turn": True},
    },
    "AbsenceCreate": {
        "exams": {"kind": "exam_window", "start": NO_COVER[0], "end": NO_COVER[1]},
        "untilIAmBack": {"kind": "leave", "start": NO_COVER[0]},
    },
    "AbsenceUpdate": {"longer": {"end": WINDOW[1]}},
    "ShiftOfferCreate": {
        "wholeShift": {"roster_id": ROSTER_ID, "shift": _SHIFT},
        "oneEvening": {
            "roster_id": ROSTER_ID,
            "shift": _SHIFT,
            "start": "2027-03-24T07:00:00Z",
            "end": "2027-03-24T12:00:00Z",
        },
        "timeThatNobodyHas": {"roster_id": ROSTER_ID, "start": NO_COVER[0], "end": NO_COVER[1]},
    },
    "ShiftSwapCreate": {
        "weeks": {
            "other": MIRA,
            "give": {"roster_id": ROSTER_ID, "shift": _SHIFT},
            "get": {"roster_id": ROSTER_ID, "shift": _NEXT_SHIFT},
        }
    },
    "ExternalCoverIn": {"line": {"entry_id": "au-example-line"}},
    "RosterRulesUpdate": {"moreRest": {"peer_support": {"rest_hours": 12, "weekly_hours": 16}}},
}
ANSWERS: dict[str, Any] = {
    "ChangeOut": _CHANGE,
    "RosterVersionOut": _VERSION,
    "VersionPage": {"items": [_VERSION], "next_cursor": None},
    "VersionCreated": _VERSION | {"change": _CHANGE},
    "RosterOverrideOut": _OVERRIDE,
    "OverridePage": {"items": [_OVERRIDE], "next_cursor": None},
    "OverrideCreated": _OVERRIDE | {"change": _CHANGE},
    "ImportOut": WOULD_BE_STORED | {"stored": True},
    "MyShiftList": {"items": [_MY_SHIFT], "shadows": []},
    "DepartureOut": {"person": TOMAS, "effective_from": _HANDOFF, "cover": [_LATER_SHIFT]},
    "AbsenceOut": _ABSENCE,
    "AbsencePage": {"items": [_ABSENCE], "next_cursor": None},
    "AbsenceCreated": _ABSENCE | {"changes": [{"roster_id": ROSTER_ID, "change": _CHANGE}]},
    "ShiftOfferOut": _OFFER,
    "ShiftOfferPage": {"items": [_OFFER], "next_cursor": None},
    "ShiftSwapOut": _SWAP,
    "ShiftSwapPage": {"items": [_SWAP], "next_cursor": None},
    "FoundGapOut": _GAP,
    "GapPage": {"items": [_GAP], "next_cursor": None},
    "CoverageOut": {
        "from": WINDOW[0],
        "to": WINDOW[1],
        "rosters": [
            {
                "roster_id": ROSTER_ID,
                "name": "Clinical advice",
                "line": "clinical_advice",
                "level": "primary",
                "expects": "always",
                "expected_minutes": 10_080,
                "gap_minutes": 480,
                "gaps": [
                    {
                        "id": GAP_ID,
                        "cause": "leave",
                        "start": NO_COVER[0],
                        "start_local": "2027-03-25T09:00:00+11:00",
                        "end": NO_COVER[1],
                        "end_local": "2027-03-25T17:00:00+11:00",
                        "external_cover": _EXTERNAL,
                    }
                ],
            }
        ],
        "lines_without_roster": ["academic_advice", "independent_advice", "peer_support", "triage"],
    },
    "RosterRulesOut": _RULES,
}
EVENTS: dict[str, Any] = {
    "coverage.gap_upcoming": {
        "school": "harbour",
        "gap_id": GAP_ID,
        "line": "clinical_advice",
        "level": "primary",
        "cause": "unfilled",
        "starts_at": NO_COVER[0],
        "ends_at": NO_COVER[1],
        "notice": "days_14",
    },
    "coverage.gap_closed": {
        "school": "harbour",
        "gap_id": GAP_ID,
        "line": "clinical_advice",
        "level": "primary",
        "state": "covered",
    },
    "roster.changed": {
        "school": "harbour",
        "roster_id": ROSTER_ID,
        "line": "clinical_advice",
        "level": "primary",
        "change": "version_added",
    },
    "roster_rules.changed": {"school": "harbour"},
    "absence.changed": {"school": "harbour", "absence_id": ABSENCE_ID},
    "shift_offer.changed": {"school": "harbour", "offer_id": OFFER_ID, "roster_id": ROSTER_ID, "state": "open"},
    "shift_swap.changed": {"school": "harbour", "swap_id": SWAP_ID, "state": "proposed"},
}

"""What can stand in the way of a write, and how to repeat one.

Kept by operationId. tests/contract/test_openapi.py says when an entry is missing, or has nothing to stand for.
"""

from __future__ import annotations

_TOO_LITTLE = ("last_emergency_entry", "last_crisis_entry", "too_few_at_any_hour")

# The codes of a 409, less those that every write can meet.
CONFLICTS: dict[str, tuple[str, ...]] = {
    "claimReport": ("already_claimed", "report_withdrawn", "report_closed"),
    "grantReport": ("not_for_handlers", "report_closed"),
    "declarePageConflict": ("not_a_report", "not_held"),
    "recuseFromPage": ("not_a_report",),
    "closeReport": ("not_claimed", "already_claimed", "outcome_needed", "report_withdrawn", "report_closed"),
    "listReportMessages": ("report_withdrawn", "report_closed"),
    "createReportMessage": ("already_claimed", "report_withdrawn", "report_closed", "too_many_messages"),
    "createMyReportMessage": ("report_withdrawn", "report_closed", "too_many_messages"),
    "listMyReportMessages": ("report_withdrawn",),
    "withdrawMyReport": ("outcome_changed", "too_many_messages"),
    "undoMyWithdrawal": ("not_withdrawn",),
    "extendMyReceipt": ("report_withdrawn",),
    "decideWithdrawal": ("not_to_be_decided", "already_decided", "not_read"),
    "setReportPriority": ("report_withdrawn", "report_closed", "already_claimed", "already_proposed"),
    "confirmReportProposal": ("own_proposal", "proposal_settled", "report_withdrawn", "report_closed"),
    "declineReportProposal": ("own_proposal", "proposal_settled", "report_withdrawn", "report_closed"),
    "takeBackReportProposal": ("not_your_proposal", "proposal_settled", "report_withdrawn", "report_closed"),
    "createReportOutcome": (
        "already_claimed",
        "report_withdrawn",
        "report_closed",
        "decision_required",
        "already_proposed",
    ),
    "createPageOutcome": ("not_a_report", "not_held", "report_withdrawn", "report_closed", "decision_required"),
    "markReport": ("was_misused",),
    "markReportMessage": ("report_withdrawn", "report_closed"),
    "listReportProposals": ("report_withdrawn", "report_closed"),
    "listReportOutcomes": ("report_withdrawn", "report_closed"),
    "createRelaySummary": (
        "not_claimed",
        "already_claimed",
        "for_services_alone",
        "report_withdrawn",
        "report_closed",
        "too_many_versions",
    ),
    "getRelaySummary": ("report_withdrawn", "report_closed"),
    "createPageRelaySummary": (
        "not_a_report",
        "triagers_work",
        "not_claimed",
        "already_claimed",
        "report_withdrawn",
        "report_closed",
        "too_many_versions",
    ),
    "getPageRelaySummary": (
        "not_a_report",
        "triagers_work",
        "not_claimed",
        "already_claimed",
        "report_withdrawn",
        "report_closed",
    ),
    "getMyRelaySummary": ("report_withdrawn",),
    "decideRelaySummary": ("report_withdrawn", "report_closed", "too_many_versions"),
    "listReportContacts": ("report_withdrawn", "report_closed"),
    "createReportContact": (
        "not_claimed",
        "already_claimed",
        "report_withdrawn",
        "report_closed",
        "summary_not_approved",
        "not_asked_for",
        "already_asked",
    ),
    "endReportContact": ("not_claimed", "already_claimed"),
    "acceptMyContact": ("contact_over",),
    "declineMyContact": ("contact_accepted", "contact_over"),
    "endMyContact": ("contact_not_accepted", "contact_over"),
    "createAdviceMessage": ("advice_closed",),
    "closeAdviceRequest": ("advice_closed",),
    "declinePage": ("page_over",),
    "createPageNote": ("drill_page", "not_held", "report_withdrawn", "too_many_notes"),
    "handOverPage": ("drill_page", "not_held", "report_withdrawn", "report_closed", "advice_closed", "too_many_notes"),
    "createDecision": (
        "report_withdrawn",
        "report_closed",
        "threshold_changed",
        "nothing_to_open",
        "other_ground_needed",
        "decision_awaits",
        "too_many_decisions",
    ),
    "createPageDecision": (
        "drill_page",
        "not_held",
        "report_withdrawn",
        "report_closed",
        "threshold_changed",
        "nothing_to_open",
        "other_ground_needed",
        "decision_awaits",
        "too_many_decisions",
    ),
    "confirmDecision": ("same_person", "decision_settled", "decider_is_out"),
    "declineDecision": ("same_person", "decision_settled"),
    "takeBackDecision": ("decision_settled",),
    "decideAlone": ("too_early_alone", "decision_settled"),
    "reviewDecision": ("nothing_to_review", "same_person"),
    "getDecisionIdentity": ("sealed", "report_withdrawn", "report_closed"),
    "getReportIdentity": ("sealed", "not_claimed", "already_claimed", "report_withdrawn"),
    "putKeptEntry": (*_TOO_LITTLE, "external_id_taken", "too_many_entries"),
    "patchKeptEntry": (*_TOO_LITTLE, "external_id_taken"),
    "deleteKeptEntry": _TOO_LITTLE,
    "hideKeptEntry": _TOO_LITTLE,
    "importDirectory": (*_TOO_LITTLE, "external_id_taken", "too_many_entries", "confirm_removals"),
    "settleCorrection": ("correction_settled",),
    "createEscalationPolicy": ("policy_exists",),
    "closeUnanswered": ("still_asked", "already_reviewed", "too_many_notes"),
    "putContentOverride": ("id_taken", "too_many_pieces"),
    "createRoleGrant": ("role_held", "assessment_conflict", "person_left"),
    "confirmRoleGrant": ("grant_settled", "person_left", "not_joined"),
    "declineRoleGrant": ("grant_settled",),
    "endRoleGrant": ("grant_settled", "last_coordinator"),
    "createLegalHold": ("already_erased",),
    "releaseLegalHold": ("hold_released",),
    "createRetentionRun": ("dry_run_needed", "run_goes_on"),
    "createPrivacyIncident": (),
    "updatePrivacyIncident": ("not_assessed",),
    "createDrill": ("drill_running", "nobody_to_drill"),
    "closePage": (
        "not_claimed",
        "already_claimed",
        "outcome_needed",
        "report_withdrawn",
        "report_closed",
        "closed_by_others",
    ),
    "replyToPage": ("drill_page", "report_withdrawn", "report_closed", "advice_closed", "too_many_messages"),
    "createStory": ("consent_changed",),
    "editMyStory": ("consent_changed",),
    "reviewStory": ("story_not_waiting",),
    "confirmStory": ("story_not_waiting", "reviewed_by_you"),
    "declineStory": ("story_not_waiting", "reviewed_by_you"),
    "putPolicyDocument": ("too_many_documents",),
    "acceptInvitation": ("not_confirmed",),
    "createInvitation": ("login_taken",),
    "renewInvitation": ("already_joined",),
    "deleteInvitation": ("already_joined",),
    "createPasswordLink": ("person_left", "not_joined"),
    "confirmPasswordLink": ("link_settled",),
    "createRoster": ("roster_exists",),
    "updateRoster": ("roster_exists",),
    "createRosterVersion": (),
    "deleteRosterVersion": ("version_begun",),
    "createRosterOverride": ("changes_nothing", "rules_broken", "too_many_overrides"),
    "deleteRosterOverride": ("override_over",),
    "importRosterOverrides": ("rules_broken", "too_many_overrides"),
    "createDeparture": ("has_cover", "rules_broken", "too_many_overrides"),
    "createAbsence": (),
    "updateAbsence": ("absence_over",),
    "deleteAbsence": ("absence_over",),
    "createShiftOffer": ("not_your_shift", "no_gap", "already_offered"),
    "takeShiftOffer": ("not_on_this_line", "offer_not_open", "rules_broken", "too_many_overrides"),
    "handBackShiftOffer": ("offer_not_open", "offer_over"),
    "withdrawShiftOffer": ("not_your_offer", "offer_not_open"),
    "createSwap": ("not_your_shift", "not_their_shift", "rules_broken"),
    "acceptSwap": ("swap_not_open", "not_your_shift", "not_their_shift", "rules_broken", "too_many_overrides"),
    "declineSwap": ("swap_not_open",),
    "putExternalCover": ("gap_closed",),
    "deleteExternalCover": ("gap_closed",),
    "createCalendarFeed": ("too_many_calendar_feeds",),
    "createServiceAccount": ("too_many_service_accounts",),
    "createMyWebhookEndpoint": ("too_many_endpoints",),
    "createSchoolWebhookEndpoint": ("too_many_endpoints",),
    "resendMyWebhookDelivery": ("endpoint_is_off", "event_over", "too_many_attempts"),
    "resendSchoolWebhookDelivery": ("endpoint_is_off", "event_over", "too_many_attempts"),
}

# How to repeat a write that has neither key nor ETag, or can do without.
RETRIES: dict[str, str] = {
    "createToken": (
        "a password opens one more sign-in, which does no harm; a refresh token works again for one minute, for "
        "whoever lost the answer; a client's credentials open one more token."
    ),
    "revokeToken": "safe. When it was done already, the answer is 401.",
    "lookAtLink": "safe: it changes nothing.",
    "acceptInvitation": "with the same secret and password, within a minute: one more sign-in. Later sign in with it.",
    "putPassword": "safe: the answer is the same.",
    "createReceiptSession": "safe: one more token for the same report.",
    "findReferralOptions": "safe: it reads, and keeps nothing.",
    "createReport": (
        "with the same key and body you get the same receipt; without a key the worry is received twice, and pages "
        "twice."
    ),
    "createMyReportMessage": (
        "with the same key and body; you get the first answer again. Without a key look at the conversation first: a "
        "message that had arrived would stand there twice."
    ),
    "withdrawMyReport": "safe: it is one withdrawal.",
    "undoMyWithdrawal": "when it was done already, the answer is `not_withdrawn`.",
    "extendMyReceipt": "safe: 90 days from the last time.",
    "createStory": (
        "with the same key and body you get the same code; without a key the story is there twice, once under a code "
        "that you did not get."
    ),
    "showMyStory": "safe: it changes nothing.",
    "editMyStory": "safe: what you sent last counts.",
    "withdrawMyStory": "safe. When it was done already, the answer is 404.",
    "putPolicyDocument": (
        "safe. When it was done already, your ETag is of the past (412), or there is one now (428): read again."
    ),
    "declareConflict": "safe: the answer is the same. 404 when nobody but independent handlers may know of it since.",
    "declarePageConflict": "safe: the answer is the same.",
    "recuseFromReport": "safe. When it was done already, the answer is 404.",
    "recuseFromPage": "safe. When it was done already, the answer is 404.",
    "grantReport": "safe: the answer is the same.",
    "setReportPriority": (
        "safe to raise. When it was lowered or proposed already, your ETag is of the past, and 412 tells you to read "
        "again."
    ),
    "confirmReportProposal": "safe: the answer is the same.",
    "declineReportProposal": "safe: the answer is the same.",
    "takeBackReportProposal": "safe: the answer is the same.",
    "groupReport": "safe: the answer is the same.",
    "ungroupReport": "safe: the answer is the same.",
    "markReport": "safe: the answer is the same.",
    "markReportMessage": "safe: the answer is the same.",
    "endReportContact": "safe: the answer is the same.",
    "acceptMyContact": "safe: the answer is the same.",
    "declineMyContact": "safe: the answer is the same.",
    "endMyContact": "safe: the answer is the same, and the first note stays.",
    "acknowledgePage": "safe: the answer is the same.",
    "declinePage": "safe: the answer is the same.",
    "handOverPage": "safe: the answer is the same.",
    "useAckLink": "safe: the page is acknowledged once.",
    "createEscalationPolicy": "safe: one that was made already is refused as a second one for the same need.",
    "previewRoster": "safe: nothing is stored.",
    "previewRosterVersion": "safe: nothing is stored.",
    "previewRosterOverride": "safe: nothing is stored.",
    "previewRosterImport": "safe: nothing is stored.",
    "createCorrection": "safe: it is said once more, and somebody looks into it once.",
    "settleCorrection": "safe: the answer is the same.",
    "putKeptEntry": (
        "safe. When it was done already, your ETag is of the past (412), or there is one now (428): read again."
    ),
    "importDirectory": "safe. When it was stored already, 412; with the new ETag the same file changes nothing.",
    "putPost": (
        "safe. When it was done already, your ETag is of the past (412), or there is one now (428): read again."
    ),
    "putContentOverride": (
        "safe. When it was done already, your ETag is of the past (412), or there is one now (428): read again."
    ),
    "playPracticeScenario": "safe: nothing is kept.",
    "answerTrainingExercise": "safe: nothing is kept.",
    "checkContentWording": "safe: nothing is kept.",
    "takeShiftOffer": "safe: the answer is the same.",
    "handBackShiftOffer": "safe: the answer is the same.",
    "withdrawShiftOffer": "safe: the answer is the same.",
    "acceptSwap": "safe: the answer is the same.",
    "declineSwap": "safe: the answer is the same.",
    "createCalendarFeed": "look at your list first: revoke a feed whose address you did not get.",
    "createMyWebhookEndpoint": "look at your list first: an endpoint that was made would stand there twice.",
    "createSchoolWebhookEndpoint": "look at the list first: an endpoint that was made would stand there twice.",
    "pingMyWebhookEndpoint": "safe: one more test delivery.",
    "pingSchoolWebhookEndpoint": "safe: one more test delivery.",
    "rotateMyWebhookSecret": (
        "412 when it was done already. The secret that was made then is shown to nobody: read again, rotate once more "
        "and give the receiver the new one at once, for the one that it has is then out of use."
    ),
    "rotateSchoolWebhookSecret": (
        "412 when it was done already. The secret that was made then is shown to nobody: read again, rotate once more "
        "and give the receiver the new one at once, for the one that it has is then out of use."
    ),
    "rotateClientSecret": (
        "412 when it was done already. The secret that was made then is shown to nobody: read again and rotate once "
        "more; what the program has is then out of use."
    ),
    "resendMyWebhookDelivery": "safe: one more attempt, with the same `webhook-id`.",
    "resendSchoolWebhookDelivery": "safe: one more attempt, with the same `webhook-id`.",
}

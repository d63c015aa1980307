"""What Schemathesis finds and we let stand, each with its reason. Whatever else it finds is a fault.

An entry is for one check and some operations. With `codes`, every fault that the answer lists must be one of them: they
are rules over what a request says together, or about what is stored, which a JSON Schema cannot say or which no
generator of clients would understand; each is in words in the description of its operation or field.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

REJECTED = "RejectedPositiveData"


@dataclass(frozen=True)
class Known:
    """`check`: the name of the failure. `parameter`: of all operations that have it, instead of `operations`."""

    check: str
    reason: str
    codes: frozenset[str] = frozenset()
    status: int = 422
    operations: frozenset[str] = frozenset()
    parameter: str | None = None

    def is_for(self, operation: dict[str, Any]) -> bool:
        names = {each["name"] for each in operation.get("parameters", ())}
        return operation["operationId"] in self.operations or self.parameter in names


def _rule(codes: str, operations: str, reason: str) -> Known:
    return Known(REJECTED, reason, codes=frozenset(codes.split()), operations=frozenset(operations.split()))


ZONES = "The names of the IANA database are hundreds, and change with each release."
PLANS = "createRoster previewRoster createRosterVersion previewRosterVersion"
OVERRIDES = "createRosterOverride previewRosterOverride"
TURNS = "createShiftOffer createSwap"
POLICIES = "createEscalationPolicy replaceEscalationPolicy"

KNOWN: Sequence[Known] = (
    Known(
        REJECTED,
        "A cursor is one that we have given: what it looks like is not said, so that nobody makes one.",
        codes=frozenset({"invalid_cursor"}),
        parameter="cursor",
    ),
    Known(
        REJECTED,
        "A key that was used for another body is refused, which is what it is for (contract I3).",
        codes=frozenset({"idempotency_key_reused"}),
        parameter="Idempotency-Key",
    ),
    Known(
        REJECTED,
        "To make something needs no version, to change it does, and which of the two it is the school's data say.",
        codes=frozenset({"precondition_required"}),
        status=428,
        operations=frozenset({"putKeptEntry", "putPolicyDocument", "putPost", "putContentOverride"}),
    ),
    Known(
        REJECTED,
        "A key that is a secret is a random UUID; of a UUID, `format` does not say how it was made.",
        codes=frozenset({"idempotency_key_invalid"}),
        status=400,
        operations=frozenset({"createReport", "createStory", "createInterest"}),
    ),
    Known(
        "MissingHeaderNotRejected",
        "That there is nothing to decide comes before its version (contract C6).",
        status=404,
        operations=frozenset({"decideRelaySummary"}),
    ),
    Known(
        "MissingHeaderNotRejected",
        "That everything was taken back comes before its version as well.",
        status=409,
        operations=frozenset({"decideRelaySummary"}),
    ),
    _rule("time_zone_unknown", PLANS, ZONES),
    _rule("unknown_time_zone", "listDirectory findReferralOptions", ZONES),
    _rule("local_time_invalid", PLANS, "A pattern does not know how many days a month has."),
    _rule(
        "string_too_short", PLANS, "A text of white space alone is empty: its ends are cut off before it is measured."
    ),
    _rule("int_type", PLANS, "To JSON Schema 1.0 is a whole number; here a whole number has no point."),
    _rule(
        "instant_invalid",
        f"{PLANS} {OVERRIDES} createShiftOffer createAbsence updateAbsence createDeparture createMyPause "
        "createSupporterPause",
        "Rosters know the years 1900 to 2199; `format` knows all years.",
    ),
    _rule("less_than", "findReferralOptions", "What is open when is known until 2099; `format` knows all years."),
    _rule("in_the_past", "createRoleGrant", "What is past changes with each minute."),
    _rule(
        "required login_taken own_row role_not_given_here duplicate_external_id duplicate_login",
        "importPeople",
        "Whether somebody is new, who has which login and who asks is data; which roles it can give is in words.",
    ),
    _rule("inside_the_programme", POLICIES, "What is kept from the programme is asked of independent handlers alone."),
    _rule(
        "end_not_after_start",
        f"{PLANS} {OVERRIDES} createShiftOffer createAbsence putContentOverride",
        "One time comes after another.",
    ),
    _rule(
        "not_whole_minute",
        f"{PLANS} {OVERRIDES} createAbsence updateAbsence getCoverage listMyShifts listShifts listPersonShifts "
        "getRosterLoad getRosterPicture getOnCall listGaps createShiftOffer createDeparture exportAuditLog "
        "createMyPause createSupporterPause",
        "Rosters know whole minutes: `format` knows seconds, and a pattern beside it confuses generators of clients.",
    ),
    _rule("in_the_past too_far", "createServiceAccount updateServiceAccount", "What is past changes with each second."),
    _rule(
        "rotation_or_versions versions_not_ascending layer_id_repeated layer_rank_repeated rendering_too_large",
        PLANS,
        "A layer has one of two things; layers are told apart, versions follow one another, and all of it has an end.",
    ),
    _rule("created_seq_repeated window_too_long", "createRoster previewRoster", "Overrides are told apart."),
    _rule(
        "in_the_past",
        f"createRosterVersion previewRosterVersion {OVERRIDES} createDeparture createAbsence updateAbsence",
        "The past is a record, and grows with each minute.",
    ),
    _rule(
        "window_refused instant_invalid",
        "getCoverage listMyShifts listShifts listPersonShifts getRosterLoad getRosterPicture listGaps exportAuditLog",
        "A window ends after it starts, not long after, and in a year of a roster: 1900 to 2199.",
    ),
    _rule(
        "required",
        "createDecision createPageDecision",
        "Why somebody was not told is needed where they were not.",
    ),
    _rule(
        "roster_unnamed override_id_repeated",
        "createRoster previewRoster",
        "A preview needs no name, what is stored does; ids are told apart.",
    ),
    _rule("edge_once reason_required", OVERRIDES, "Each edge is said once; to take cover away needs a reason."),
    _rule(
        "shift_named_once part_has_two_ends offer_of_nothing",
        TURNS,
        "A shift is named in one of two ways, a part of it has two ends.",
    ),
    _rule(
        "unknown_person",
        f"{PLANS} {OVERRIDES} {TURNS} createAbsence createDeparture createRoleGrant "
        "previewRosterImport importRosterOverrides",
        "Who is of the school is not in the document.",
    ),
    _rule(
        "not_on_this_line",
        f"{PLANS} {OVERRIDES} createDeparture previewRosterImport importRosterOverrides",
        "Who has which role is the school's data.",
    ),
    _rule("csv_header", "previewRosterImport importRosterOverrides", "A table's columns are within its text."),
    _rule("reassigned_twice", "createDeparture", "Either somebody has it, or whoever is next in turn."),
    _rule(
        "unknown_reader",
        "createReport declareConflict declarePageConflict",
        "Whose names may be given is the school's data.",
    ),
    _rule(
        "unknown_site near_site_id required",
        "listDirectory",
        "Sites are the school's data; two parameters go together.",
    ),
    _rule("not_with_filters", "listStories", "What is synchronised is all, and is not filtered."),
    _rule("unknown", "answerTrainingExercise", "Which exercises a module has is content, which a school changes."),
    _rule(
        "no_topic_here unknown_post supporters_are_not_paged",
        POLICIES,
        "Only advice has a topic; the posts are the school's data; one line is asked nothing.",
    ),
    _rule(
        "webhook_url_refused",
        "createMyWebhookEndpoint createSchoolWebhookEndpoint updateMyWebhookEndpoint updateSchoolWebhookEndpoint",
        "Where an address leads is known when it is looked up.",
    ),
    _rule(
        "in_the_future",
        "createPrivacyIncident putContentOverride putKeptEntry verifyKeptEntry",
        "What is the future changes every day.",
    ),
    _rule(
        "no_referral referral_needed contact_method_needed note_needed not_set_by_hand unknown_entry",
        "createReportOutcome createPageOutcome",
        "What goes with an outcome depends on which it is; entries are the school's data.",
    ),
    _rule(
        "not_in_order too_far_off population_twice instrument_twice asks_about_suicide unknown_wave wave_not_closed "
        "unknown_instrument words_not_loaded unknown_item not_asked too_many_items",
        "createEvaluationWave updateEvaluationWave",
        "Days follow one another, people and instruments stand there once, and which there are is the school's data.",
    ),
    _rule(
        "twice answer_is_always_there some_values asks_about_suicide not_whole other_values instrument_refused",
        "loadEvaluationInstrument",
        "Items are told apart, a known instrument is loaded whole, and what may not be asked is a list of words.",
    ),
    _rule("not_asked", "createResponseTokens", "Whom a wave asks is the evaluator's data."),
    _rule("unknown_item unknown_answer twice", "createEvaluationResponse", "What is asked is the evaluator's data."),
    _rule("text_to_edit", "decideRelaySummary", "A text belongs to one of the decisions."),
    _rule("one_of_two", "importDirectory importPeople", "Entries or a table, one of the two."),
    _rule("unknown_region", "createSite updateSite", "Which regions a country has is content."),
    _rule("place_has_both", "createSite updateSite", "A latitude and a longitude go together; each may be null."),
    _rule("one_of_three", "putContentOverride", "Changes, a piece of one's own, or a reason to hide: exactly one."),
    _rule("token_not_accepted", "createIdentity", "Which tokens are good now is for their issuer to say."),
    _rule(
        "cannot_be_served same_person",
        "createSchool",
        "Which zones and regions are served is content; two roles need two people.",
    ),
    _rule("one_of_three", "createIdentityProvider updateIdentityProvider", "A rule compares in one of three ways."),
    _rule("issuer_refused", "createIdentityProvider", "Where an address leads is known when it is looked up."),
    _rule("opening_hours", "putSchoolPolicies", "Opening hours have a grammar that no pattern holds."),
    _rule("before_start", "createRoleGrant", "A role ends after it begins."),
    _rule("nobody_there", POLICIES, "Whether anybody holds a role or a post is the school's data."),
    _rule("with_oneself", "createSwap", "A swap is with somebody else."),
    _rule("unknown_person", "putPost", "Who is of the school is not in the document."),
    _rule("same_person", "putPost", "A deputy is somebody else than the holder."),
    _rule("same_report", "groupReport", "A report is not grouped with itself."),
    _rule("unknown_handler", "grantReport", "Who handles reports is the school's data."),
    _rule("site_without_place", "listDirectory", "Where a site is may be known or not."),
    _rule("due_out_of_range", "verifyKeptEntry", "The next check lies within a time from today."),
    _rule(
        "another_id too_late", "putKeptEntry", "The id is that of the path; what was checked is checked again in time."
    ),
    _rule(
        "unknown_language not_to_be_hidden other_jurisdiction other_id too_late",
        "putContentOverride",
        "What is shipped, in which languages and for where, is content.",
    ),
    _rule(
        "unknown_table too_many_dimensions",
        "getStatistics exportStatistics getStatisticsChart",
        "Which tables there are is in the list of periods.",
    ),
    _rule(
        "outside_its_year term_too_short twice_the_same_term terms_overlap never_lowered year_has_begun",
        "putStatisticsRules",
        "Terms follow one another in a year that has not begun, and what was promised stays.",
    ),
    _rule(
        "small_figure",
        "putSchoolProfile createOpenInvitation",
        "Which figures are in a text is not for a schema to say.",
    ),
    _rule("twice_the_same_day", "putSchoolPolicies", "Days are told apart."),
    _rule("ends_before_start", "putSchoolProfile", "A term ends after it starts."),
    _rule("one_of_two", "deprovisionPerson", "Somebody is named in one of two ways."),
    _rule("above_the_limit", "updateMyLimits updateSupporterLimits", "What is the school's limit is its own data."),
    _rule(
        "end_not_after_start in_the_past",
        "createMyPause createSupporterPause",
        "One time comes after another, and none before this minute.",
    ),
    _rule(
        "in_the_past",
        "updateMyExpectedEnd updateExpectedEnd stepDown stepDownSupporter",
        "What is past changes every day.",
    ),
    _rule("not_soon", "takeMyDebrief", "What is soon changes with each minute."),
    _rule("unknown_site", "updateMyListing createOpenInvitation findReferralOptions", "Sites are the school's data."),
    _rule(
        "in_the_past period audience_incomplete names_a_method",
        "createOpenInvitation",
        "Times follow one another, an audience has what it is named by, and what may not be written is a list.",
    ),
    _rule(
        "names_a_method names_a_condition",
        "putSelectionCriteria",
        "What may not be written is a list of words.",
    ),
    _rule(
        "preferred_and_not nobody_wanted unknown_supporter",
        "createMyChoice",
        "Nobody stands in both lists, somebody is left, and who can be chosen is the school's data.",
    ),
    _rule(
        "in_the_past more_than_one not_oneself no_supervisor own_supervisor unknown_supporter attendee_twice "
        "series_incomplete series_too_long one_at_a_time local_time_invalid",
        "createSupervisionSession updateSupervisionSession putSupervisionAttendance",
        "Who leads and who attends is the school's data, and a series hangs together.",
    ),
    _rule(
        "unknown_post not_in_programme unknown_person two_people wording too_many_items unknown_item nobody_looks_on "
        "not_their_shift one_subject shift_named_once",
        "createSuccessionPlan updateSuccessionPlan",
        "Who goes, who comes and which shifts they have is the school's data.",
    ),
    _rule("unknown not_each_once", "attemptTrainingModule", "Which exercises a module has is content."),
    _rule("not_within_a_year", "assignTrainingModule", "Within a year of today."),
    _rule("not_held_yet too_long_ago", "recordTrainingInPerson", "What has been changes every day."),
    Known(
        "AcceptedNegativeData",
        "White space at the ends of a text is cut off before it is measured: it makes nothing too long.",
        status=201,
        operations=frozenset({"createSuggestion"}),
    ),
)


def known(check: str, operation: dict[str, Any], status: int, body: str) -> list[Known] | None:
    """The entries that let this failure stand; None where none does, or not for all of it."""
    for each in (each for each in KNOWN if not each.codes):
        if each.check == check and each.status == status and each.is_for(operation):
            return [each]
    found = []
    for code in _codes(body):
        fitting = [
            each
            for each in KNOWN
            if code in each.codes and each.check == check and each.status == status and each.is_for(operation)
        ]
        if not fitting:
            return None
        found += fitting
    return found or None


def _codes(body: str) -> set[str]:
    """Of every fault that a problem lists; its own where it lists none."""
    try:
        problem = json.loads(body)
    except ValueError:
        return set()
    return {fault["code"] for fault in problem.get("errors", ())} or {problem.get("code", "")}

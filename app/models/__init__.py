"""Tables only, one file for each capability. Importing this package registers them all."""

from app.models.advice import AdviceMessage, AdviceRequest
from app.models.audit import AuditBlock, AuditEntry, AuditHead
from app.models.challenges import SpentChallenge
from app.models.choices import Choice, ContactCode, GivenContactCode, OpenInvitation
from app.models.conflicts import ReportConflict, ReportGrant
from app.models.content import LocalPiece, ReviewNotice
from app.models.coverage import CoverageGap
from app.models.decisions import ConfidentialityDecision
from app.models.digests import Digest
from app.models.directory import EntryCorrection, EntryVerification, LocalEntry, PublishedState
from app.models.drills import Drill, DrillPage
from app.models.evaluation import (
    EvaluationInstrument,
    EvaluationResponse,
    EvaluationWave,
    ResponseToken,
    WavePopulation,
)
from app.models.identity_providers import IdentityProvider, PersonIdentity, UsedIdToken
from app.models.incidents import PrivacyIncident, PrivacyIncidentExclusion
from app.models.one_time_links import Invitation, OneTimeLink
from app.models.paging import CaseNote, Escalation, EscalationPolicy, EscalationPolicyVersion, Page
from app.models.pausing import DebriefOffer, Pause
from app.models.people import Person, RefreshToken, RoleGrant, SignIn, SigningKey
from app.models.posts import Post
from app.models.profile import PolicyDocument, SchoolProfile
from app.models.relaying import Contact, RelaySummary
from app.models.reports import Report, ReportAccess, ReportExcludedRole, ReportExclusion, ReportMessage
from app.models.retention import LegalHold, RetentionItem, RetentionPolicy, RetentionRun
from app.models.rosters import Absence, Roster, RosterOverride, RosterRecord, RosterVersion
from app.models.schools import DataKey, School, Site, StatementAdoption
from app.models.selection import BindingTextInForce, Interest, SelectionPage, SupporterApplication, SupporterSignature
from app.models.service_accounts import ServiceAccount
from app.models.shifts import CalendarFeed, ShiftOffer, ShiftSwap
from app.models.statistics import StatisticsPeriod, StatisticsRules, StatisticsTally
from app.models.stories import Story, StoryReview
from app.models.succession import ShadowShift, SuccessionPlan, SuccessionWatch
from app.models.suggestions import Suggestion
from app.models.supervision import SupervisionAttendee, SupervisionClock, SupervisionSession
from app.models.supporters import Supporter
from app.models.training import TrainingAssignment, TrainingRecord
from app.models.triage import ReportOutcome, ReportProposal
from app.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.models.withdrawals import ReportWithdrawal
from app.models.work import Event, IdempotencyKey, WorkItem

__all__ = [
    "Absence",
    "AdviceMessage",
    "AdviceRequest",
    "AuditBlock",
    "AuditEntry",
    "AuditHead",
    "BindingTextInForce",
    "CalendarFeed",
    "CaseNote",
    "Choice",
    "ConfidentialityDecision",
    "Contact",
    "ContactCode",
    "CoverageGap",
    "DataKey",
    "DebriefOffer",
    "Digest",
    "Drill",
    "DrillPage",
    "EntryCorrection",
    "EntryVerification",
    "Escalation",
    "EscalationPolicy",
    "EscalationPolicyVersion",
    "EvaluationInstrument",
    "EvaluationResponse",
    "EvaluationWave",
    "Event",
    "GivenContactCode",
    "IdempotencyKey",
    "IdentityProvider",
    "Interest",
    "Invitation",
    "LegalHold",
    "LocalEntry",
    "LocalPiece",
    "OneTimeLink",
    "OpenInvitation",
    "Page",
    "Pause",
    "Person",
    "PersonIdentity",
    "PolicyDocument",
    "Post",
    "PrivacyIncident",
    "PrivacyIncidentExclusion",
    "PublishedState",
    "RefreshToken",
    "RelaySummary",
    "Report",
    "ReportAccess",
    "ReportConflict",
    "ReportExcludedRole",
    "ReportExclusion",
    "ReportGrant",
    "ReportMessage",
    "ReportOutcome",
    "ReportProposal",
    "ReportWithdrawal",
    "ResponseToken",
    "RetentionItem",
    "RetentionPolicy",
    "RetentionRun",
    "ReviewNotice",
    "RoleGrant",
    "Roster",
    "RosterOverride",
    "RosterRecord",
    "RosterVersion",
    "School",
    "SchoolProfile",
    "SelectionPage",
    "ServiceAccount",
    "ShadowShift",
    "ShiftOffer",
    "ShiftSwap",
    "SignIn",
    "SigningKey",
    "Site",
    "SpentChallenge",
    "StatementAdoption",
    "StatisticsPeriod",
    "StatisticsRules",
    "StatisticsTally",
    "Story",
    "StoryReview",
    "SuccessionPlan",
    "SuccessionWatch",
    "Suggestion",
    "SupervisionAttendee",
    "SupervisionClock",
    "SupervisionSession",
    "Supporter",
    "SupporterApplication",
    "SupporterSignature",
    "TrainingAssignment",
    "TrainingRecord",
    "UsedIdToken",
    "WavePopulation",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkItem",
]

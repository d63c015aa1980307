"""Which work each feature does, in two lanes: pages and their timers are never behind anything else (contract W13)."""

from __future__ import annotations

import datetime as dt

from app.contacts import forgetting, passing_on
from app.contacts import service as handed_over
from app.directory import publishing, review
from app.evaluation import closing, opening
from app.events import outbox
from app.guidance import reviews
from app.idempotency import service as idempotency
from app.identity import forgetting_sign_ins, leaving, role_giving
from app.paging import asking, auditor, deadlines, drills, in_vain, timers
from app.paging import departed as paging
from app.privacy import addressees, unseen
from app.programme import debriefs, interests, pauses_forgotten, pausing, risk, stepping_down
from app.programme import forgetting as way_in
from app.programme import suggestions as suggesting
from app.readiness import digests
from app.reports import (
    challenges,
    conflicts,
    deciding,
    decisions,
    departed,
    dialogue,
    follow_ups,
    left_waiting,
    unread,
    withdrawal,
)
from app.retention import at_once, sweep, weekly
from app.rosters import absences, gaps
from app.schools import key_rotation, policy_documents, posts
from app.stories import erasing as story_erasing
from app.stories import telling as story_telling
from app.supporters import applications, binding, endings, selection_telling, training_look
from app.webhooks import contacts, delivery, retention
from app.work.engine import Handler, Outside

RECURRING = (
    auditor.AUDIT,
    idempotency.FORGET,
    challenges.FORGET,
    forgetting.FORGET,
    forgetting_sign_ins.FORGET,
    retention.PRUNE,
    gaps.SWEEP,
    posts.LOOK,
    policy_documents.LOOK,
    review.SWEEP,
    drills.WEEKLY,
    weekly.WEEKLY,
    addressees.LOOK,
    publishing.SWEEP,
    reviews.SWEEP,
    endings.SWEEP,
    risk.SWEEP,
    binding.SWEEP,
    suggesting.SWEEP,
    training_look.SWEEP,
    digests.WEEKLY,
    closing.SWEEP,
    left_waiting.SWEEP,
)
# What follows at once from something else.
AT_ONCE = (
    outbox.FAN_OUT,
    delivery.DELIVER_PAGE,
    asking.DELIVERY_SETTLED,
    auditor.DEAD_MAN,
    role_giving.ENDED,
    leaving.LEFT,
    gaps.FILLED,
    in_vain.SOONER,
    conflicts.UNSEEN,
    handed_over.URGENT_OVER,
    endings.LOOK,
    binding.LOOK,
    training_look.LOOK,
    risk.LOOK,
    review.LOOK,
    reviews.LOOK,
    left_waiting.LOOK,
    drills.BEGIN,
    weekly.BEGIN,
    digests.BEGIN,
    closing.CLOSE,
    suggesting.FORGET,
)
# Nothing of these kinds is ever due later than so long after it was written. Recurring work comes again within an hour,
# or within a day.
LONGEST_WAITS: dict[dt.timedelta, tuple[str, ...]] = {
    dt.timedelta(): AT_ONCE,
    max(asking.HOLD, follow_ups.TOGETHER_WITHIN): (asking.TELL, follow_ups.TELL),
    dt.timedelta(seconds=auditor.AUDIT_SECONDS): (auditor.AUDIT, weekly.TOLD),
    at_once.TAKEN_OVER_AFTER: (sweep.RUN,),
    dt.timedelta(hours=1): (
        contacts.CHANGED,
        story_telling.TELL,
        story_telling.TELL_WITHDRAWN,
        selection_telling.TELL,
    ),
    dt.timedelta(days=1): RECURRING,
}


def urgent_handlers(send: Outside) -> dict[str, Handler | Outside]:
    return {
        deadlines.STEP_DUE: timers.due,
        deadlines.REPLY_DUE: timers.due,
        deadlines.DELIVERY_DUE: timers.due,
        deadlines.ASK_AGAIN: timers.due,
        asking.DELIVERY_SETTLED: timers.delivery_settled,
        asking.TELL: asking.tell,
        gaps.FILLED: in_vain.look_sooner,
        in_vain.SOONER: in_vain.ask_sooner,
        leaving.LEFT: stepping_down.left,
        role_giving.ENDED: paging.role_ended,
        absences.PAUSE_CHANGED: pausing.changed,
        absences.BEGINS: paging.away,
        unread.UNREAD: unread.due,
        follow_ups.TELL: dialogue.tell_together,
        decisions.UNANSWERED: deciding.unanswered,
        unread.UNREAD_BY: unread.look,
        auditor.AUDIT: auditor.audit,
        delivery.DELIVER_PAGE: send,
    }


def other_handlers(send: Outside, ping: Outside) -> dict[str, Handler | Outside]:
    return {
        outbox.FAN_OUT: delivery.fan_out,
        delivery.DELIVER: send,
        retention.PRUNE: retention.prune,
        idempotency.FORGET: idempotency.forget,
        challenges.FORGET: challenges.forget,
        forgetting.FORGET: forgetting.forget,
        forgetting_sign_ins.FORGET: forgetting_sign_ins.forget,
        passing_on.NEXT: passing_on.due,
        passing_on.TELL_UNANSWERED: passing_on.tell_unanswered,
        handed_over.URGENT_OVER: debriefs.offer,
        debriefs.FORGET: debriefs.forget,
        absences.FORGET_PAUSE: pauses_forgotten.pause_over,
        gaps.LOOK: gaps.look,
        gaps.SWEEP: gaps.sweep,
        contacts.CHANGED: gaps.school_changed,
        role_giving.CHANGED: departed.roles_changed,
        auditor.DEAD_MAN: ping,
        decisions.UNREVIEWED: deciding.unreviewed,
        drills.WEEKLY: drills.weekly,
        drills.BEGIN: drills.begin,
        drills.END: drills.end,
        posts.LOOK: posts.look,
        policy_documents.LOOK: policy_documents.look,
        story_erasing.FORGET: story_erasing.due,
        story_telling.TELL: story_telling.tell,
        story_telling.TELL_WITHDRAWN: story_telling.tell_withdrawn,
        review.SWEEP: review.sweep,
        review.LOOK: review.look,
        weekly.WEEKLY: weekly.weekly,
        weekly.BEGIN: weekly.begin,
        weekly.TOLD: weekly.tell,
        sweep.RUN: sweep.due,
        addressees.LOOK: addressees.look,
        conflicts.UNSEEN: unseen.due,
        reviews.SWEEP: reviews.sweep,
        reviews.LOOK: reviews.look,
        training_look.SWEEP: training_look.sweep,
        training_look.LOOK: training_look.look,
        key_rotation.RESEAL: key_rotation.reseal,
        withdrawal.UNDO_OVER: withdrawal.due,
        endings.SWEEP: endings.sweep,
        endings.LOOK: endings.look,
        endings.OVER: stepping_down.over,
        risk.SWEEP: risk.sweep,
        risk.LOOK: risk.look,
        binding.SWEEP: binding.sweep,
        binding.LOOK: binding.look,
        suggesting.SWEEP: suggesting.sweep,
        suggesting.FORGET: suggesting.forget,
        digests.WEEKLY: digests.weekly,
        digests.BEGIN: digests.begin,
        selection_telling.TELL: selection_telling.tell,
        interests.FORGET: way_in.interest,
        applications.FORGET: way_in.application,
        publishing.SWEEP: publishing.sweep,
        publishing.PUBLISH: publishing.publish,
        opening.CLOSE: opening.close_due,
        opening.ERASE: opening.erase_due,
        closing.SWEEP: closing.sweep,
        closing.CLOSE: closing.close_due,
        left_waiting.SWEEP: left_waiting.sweep,
        left_waiting.LOOK: left_waiting.look,
    }


def urgent_kinds() -> frozenset[str]:
    """Which kinds of work are of the urgent lane."""
    return frozenset(urgent_handlers(Outside(plan=delivery.plan, perform=_nothing, record=delivery.record)))


async def _nothing(_plan: object) -> None:
    """For a table of handlers that is only read."""


def kinds_by_lane(urgent: str) -> dict[str, frozenset[str]]:
    """Which kinds of work each lane does; `urgent` names the lane of pages."""
    read = Outside(plan=delivery.plan, perform=_nothing, record=delivery.record)
    return {urgent: urgent_kinds(), "other": frozenset(other_handlers(read, read))}
